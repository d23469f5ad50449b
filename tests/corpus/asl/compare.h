/* Comparing what ran here with what AWS recorded, where the recording masks what it could not
 * keep: names, times, ids. */
#ifndef CORPUS_ASL_COMPARE_H
#define CORPUS_ASL_COMPARE_H

#include "base/map.h"
#include "base/val.h"

/* Recorded strings that stand for anything. */
struct masks {
    struct arena *arena;
    struct map any; /* text -> non-NULL */
};

void masks_init(struct masks *m, struct arena *a);
void masks_add(struct masks *m, struct str text);
/* The strings at the JSON pointers in `pointers` (a list) below `root`. */
void masks_add_pointers(struct masks *m, struct val root, struct val pointers);
/* Strings of `recorded` that differ from those at the same place in `actual`: the recorder's names
 * for something made up. */
void masks_add_differences(struct masks *m, struct val recorded, struct val actual);

/* Equal as JSON; numbers by value; recorded text that holds <tokens> matches around them; JSON
 * inside strings is compared as JSON. */
bool same_value(const struct masks *m, struct val recorded, struct val actual);
bool same_text(const struct masks *m, struct str recorded, struct str actual);

#endif
