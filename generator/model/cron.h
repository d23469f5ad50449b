/* cron(minutes hours day-of-month month day-of-week year): read into sets, and asked whether it
 * ever comes. Source: EventBridge Scheduler user guide, "Schedule types", cron-based schedules. */
#ifndef MODEL_CRON_H
#define MODEL_CRON_H

#include "base/diag.h"

enum { CRON_YEAR_MIN = 1970, CRON_YEAR_MAX = 2199 };

struct cron {
    uint64_t minutes;                       /* a bit for each value, as in the next */
    uint32_t hours, days, months, weekdays; /* weekdays: 1 is Sunday */
    uint8_t years[CRON_YEAR_MAX - CRON_YEAR_MIN + 1];
    uint32_t nearest;            /* "15W": days of the month, of which the nearest working day */
    bool last_day, last_workday; /* "L", "LW" */
    uint8_t last_weekday;        /* "6L": the month's last one; 0 if not */
    uint8_t nth;                 /* "6#3": the third of `weekdays` in a month; 0 if not */
    bool by_week;                /* the day of the week counts, not that of the month */
};

/* Reads what stands in cron(…). Reports what is wrong with it and returns false. */
bool cron_read(struct diags *ds, struct str inside, struct span span, struct cron *out);

/* Whether it comes between two times, both included; seconds since 1970. */
bool cron_comes(const struct cron *c, int64_t from, int64_t to);

/* The last year in which it may come. */
int cron_last_year(const struct cron *c);

#endif
