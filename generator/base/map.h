/* Ordered map from strings to pointers, in an arena. Iterate entries[0..n) in insertion order;
 * lookups hash once there are more than a few. A zeroed map is empty. Keys are borrowed. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"

struct map_entry {
    struct str key;
    void *value;
};

struct map {
    struct map_entry *entries;
    size_t n, cap;
    uint32_t *slots; /* open addressing, entry number + 1; NULL while the map is small */
    size_t nslots;
};

/* Sets key to value and returns what it held before, or NULL if it is new. */
void *map_put(struct arena *a, struct map *m, struct str key, void *value);
/* The value, or NULL. */
void *map_get(const struct map *m, struct str key);
bool map_has(const struct map *m, struct str key);
/* Index of the entry, or SIZE_MAX. */
size_t map_find(const struct map *m, struct str key);

#endif
