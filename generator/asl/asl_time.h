/* Timestamps of the States Language: the RFC 3339 profile of ISO 8601 with a capital T and Z or an
 * offset. */
#ifndef ASL_TIME_H
#define ASL_TIME_H

#include "base/str.h"

struct asl_time {
    int64_t seconds; /* since 1970-01-01T00:00:00Z */
    uint32_t nanos;
};

/* The whole text as a timestamp; false if it is none. Digits behind the ninth of a fraction are
 * dropped. */
bool asl_time_parse(struct str text, struct asl_time *out);

#endif
