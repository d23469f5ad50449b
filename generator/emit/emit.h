/* From the plan to bytes, one file per artefact. The same plan gives the same bytes: no clock, no
 * host, no absolute path. Nothing here knows a service. */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include "base/buf.h"
#include "plan/plan.h"

/* Number of states, nested ones included. */
size_t emit_count_states(const struct scope *sc);

/* <name>.asl.json: the state machine, with ${Placeholders}. Only for a plan with a machine. */
void emit_asl(const struct plan *p, struct buf *out);

/* <name>.unlinked.json: the CloudFormation template, but for the keys of assets. `asl` is the text
 * of the state machine, empty if there is none. */
void emit_template(const struct plan *p, struct str asl, struct buf *out);

/* <name>.iam.json: every statement of every role, with the steps and lines that need it. */
void emit_iam(const struct plan *p, struct buf *out);

/* <name>.assets.json: what has to be bundled, and all that `link` has to know. */
void emit_assets(const struct plan *p, struct buf *out);

#endif
