#include "base/map.h"

#include "base/vec.h"

enum { SMALL = 8 };

static size_t slot_of(const struct map *m, struct str key)
{
    size_t i = (size_t)str_hash(key) & (m->nslots - 1);
    while (m->slots[i] && !str_eq(m->entries[m->slots[i] - 1].key, key))
        i = (i + 1) & (m->nslots - 1);
    return i;
}

static void rehash(struct arena *a, struct map *m)
{
    m->nslots = m->nslots ? m->nslots * 2 : 32;
    while (m->nslots < m->n * 2)
        m->nslots *= 2;
    m->slots = arena_make_n(a, uint32_t, m->nslots);
    for (size_t i = 0; i < m->n; i++)
        m->slots[slot_of(m, m->entries[i].key)] = (uint32_t)(i + 1);
}

size_t map_find(const struct map *m, struct str key)
{
    if (m->slots) {
        uint32_t hit = m->slots[slot_of(m, key)];
        return hit ? hit - 1 : SIZE_MAX;
    }
    for (size_t i = 0; i < m->n; i++)
        if (str_eq(m->entries[i].key, key))
            return i;
    return SIZE_MAX;
}

void *map_get(const struct map *m, struct str key)
{
    size_t i = map_find(m, key);
    return i == SIZE_MAX ? NULL : m->entries[i].value;
}

bool map_has(const struct map *m, struct str key)
{
    return map_find(m, key) != SIZE_MAX;
}

void *map_put(struct arena *a, struct map *m, struct str key, void *value)
{
    size_t i = map_find(m, key);
    if (i != SIZE_MAX) {
        void *old = m->entries[i].value;
        m->entries[i].value = value;
        return old;
    }
    if (m->n == m->cap)
        m->entries = vec_grow(a, m->entries, m->n, sizeof *m->entries, &m->cap);
    m->entries[m->n++] = (struct map_entry){ key, value };
    if (m->n > SMALL && m->n * 2 > m->nslots)
        rehash(a, m);
    else if (m->slots)
        m->slots[slot_of(m, key)] = (uint32_t)m->n;
    return NULL;
}
