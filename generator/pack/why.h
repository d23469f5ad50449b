/* Why a bundle is another one than before: the files that came, went or changed between its last
 * two builds, noted in the cache when the second of them was made. */
#ifndef PACK_WHY_H
#define PACK_WHY_H

#include "pack/index.h"

enum {
    WHY_MAX_CHANGES = 1000, /* that are listed */
    WHY_MAX_FILES =
        50000, /* in a bundle, for it to be looked into: the memory is needed for more */
};

/* Notes for the zip `out` why it is not the one that `before` speaks of, whose memory is NULL if
 * nothing is known of one. Where it cannot be noted, nothing happens. */
void why_write(struct arena *a, struct str cache, struct str out, const struct index *before,
               const struct index_subject *now, const struct tree *t,
               const struct zip_packed *packed);

/* Text for people on the zip `out`; false if nothing is noted of it. */
bool why_read(struct arena *a, struct str cache, struct str out, struct str *text);

#endif
