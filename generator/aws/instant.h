/* Points in time as AWS writes them, to seconds since 1970. */
#ifndef AWS_INSTANT_H
#define AWS_INSTANT_H

#include "base/str.h"

/* RFC 3339, "2026-11-21T12:00:00Z", with a fraction (dropped) or an offset; false if it is none. */
bool instant_parse(struct str s, int64_t *out);
/* A Date header, "Sun, 06 Nov 1994 08:49:37 GMT". */
bool instant_parse_http(struct str s, int64_t *out);

#endif
