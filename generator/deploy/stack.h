/* Stacks of CloudFormation and what is done to them. Each call reports its own failures. */
#ifndef DEPLOY_STACK_H
#define DEPLOY_STACK_H

#include "deploy/cloud.h"

struct stack {
    struct str name;
    bool exists;   /* false: everything below is empty. One that is only in review does not exist */
    bool reviewed; /* … but then there is this much of it */
    struct str id, status, reason;
    bool protected;
    const struct node *parameters, *tags, *outputs; /* maps, never NULL */
};

bool stack_read(struct cloud *c, struct str name, struct stack *s);
/* What was sent when it was deployed, as text; an empty one where there is none yet. */
bool stack_template(struct cloud *c, const struct stack *s, struct str *text);
struct str stack_output(const struct stack *s, const char *name);
/* "StackResources" of DescribeStackResources. */
bool stack_resources(struct cloud *c, struct str name, struct answer *a);
/* The state machine's ARN: an output, or looked for where outputs are missing. Empty if the stack
 * has none. */
bool stack_machine(struct cloud *c, const struct stack *s, struct str *arn);

/* "arn:aws:cloudformation:eu-west-1:123456789012:stack/x/…" */
struct str stack_account(const struct stack *s);
struct str stack_region(const struct stack *s);

bool status_in_progress(struct str status);
bool status_failed(struct str status); /* of a resource: …_FAILED */

/* ---- change sets ----------------------------------------------------------------------------- */

struct change_set_request {
    struct str name;      /* the same content has the same name: made twice, there is one */
    struct str body, url; /* one of them is empty */
    const struct node *parameters, *tags; /* maps from names to strings */
    struct str role_arn;                  /* may be empty */
};

struct change_set {
    struct str arn, stack_id;
    bool found;                 /* somebody had made it: an earlier run, a saved plan */
    bool empty;                 /* it would change nothing; it is gone already */
    const struct node *changes; /* "Changes" of DescribeChangeSet */
};

/* Makes the set and waits until CloudFormation has looked at it. */
bool change_set_create(struct cloud *c, const struct stack *s,
                       const struct change_set_request *request, struct change_set *set);
/* Whether it can still be executed: false after a diagnostic. */
bool change_set_check(struct cloud *c, struct str arn, struct str stack);
/* Best effort: failures are not reported. Takes a stack away that was only in review for it. What
 * was found stays: it may be a plan that somebody saved. */
void change_set_discard(struct cloud *c, const struct stack *s, const struct change_set *set);
/* Begins; `token` is this run's own. */
bool change_set_execute(struct cloud *c, struct str stack, struct str arn, struct str token);

/* ---- other operations: they begin, and are followed like an execution ------------------------ */

bool stack_delete(struct cloud *c, const struct stack *s, const struct str *retain, size_t nretain,
                  struct str token);
bool stack_continue_rollback(struct cloud *c, const struct stack *s, const struct str *skip,
                             size_t nskip, struct str token);
bool stack_protect(struct cloud *c, struct str name, bool on);

#endif
