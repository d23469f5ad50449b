/* Schedule expressions of EventBridge: cron(minutes hours day-of-month month day-of-week year) and
 * rate(value unit). Source: EventBridge user guide, "Using cron and rate expressions". */
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include "schema/bind.h"

/* Reports what is wrong with the expression; false if anything is. */
bool schedule_check(struct diags *ds, struct str text, struct span span);
/* The same as a field's check. */
void schedule_check_field(struct bind *b, const struct field *f, const struct node *value);

/* The table of struct schedule (model.h): the pipeline and triggers have some. */
extern const struct fields schedule_fields;

#endif
