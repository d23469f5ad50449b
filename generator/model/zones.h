/* Names of time zones, as the IANA database has them: Europe/Brussels. */
#ifndef MODEL_ZONES_H
#define MODEL_ZONES_H

#include "base/diag.h"

bool zone_exists(struct str name);
/* "did you mean", if a zone is close. */
void zone_suggest(struct diag *d, struct str name);
/* The zones in the order of their bytes, NULL behind the last. */
const char *zone_at(size_t i);

#endif
