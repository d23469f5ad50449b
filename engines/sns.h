/* What other engines may use of topics: functions and pipelines are told of messages. */
#ifndef ENGINES_SNS_H
#define ENGINES_SNS_H

#include "plan/plan.h"

/* Reports where not exactly one of the two is given, of which messages come for `who`. */
void sns_check_source(struct diags *ds, struct str who, const struct vstr *topic_ref,
                      const struct vstr *topic_arn);
/* ARN of an sns_topic of this pipeline, or of another topic; NULL after a diagnostic. */
struct node *sns_topic_arn(struct plan *p, struct vstr topic_ref, struct vstr topic_arn);
/* Sends what comes to the topic to `endpoint` ("lambda", "sqs"). */
struct resource *sns_subscribe(struct plan *p, struct vstr name, struct node *topic,
                               const char *protocol, struct node *endpoint);

#endif
