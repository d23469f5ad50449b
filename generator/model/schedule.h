/* Schedules: cron(minutes hours day-of-month month day-of-week year), rate(value unit) and
 * at(yyyy-mm-ddThh:mm:ss), when they hold, and whether they ever come.
 * Source: EventBridge Scheduler user guide, "Schedule types". */
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include "schema/bind.h"

struct schedule {
    struct vstr cron; /* "cron(…)", "rate(…)" or "at(…)" */
    struct vstr timezone, start, end;
    struct vint window, retries, max_age;
    struct vany payload;
    struct vbool enabled;
    struct vstrs stages;
};

/* The table of struct schedule: the pipeline, triggers and functions have some. */
extern const struct fields schedule_fields;

/* Reports what is wrong with the expression; false if anything is. */
bool schedule_check(struct diags *ds, struct str text, struct span span);

/* Rules across the fields of a schedule, or of each in a list: a schedule that never comes is an
 * error. */
void schedule_check_whole(struct diags *ds, const struct schedule *sc);
void schedule_check_all(struct diags *ds, const struct vobjs *list);

/* A date ("2027-03-01", all of it) or time ("2027-03-01T08:00:00Z") of `start` or `end` as *out
 * "yyyy-mm-ddThh:mm:ssZ" and in seconds since 1970; false if it is neither. */
bool schedule_date(struct str text, bool end, struct str *out, int64_t *seconds, struct arena *a);

#endif
