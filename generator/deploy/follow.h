/* Follows what CloudFormation does to a stack until it is done, and finds out why it failed. */
#ifndef DEPLOY_FOLLOW_H
#define DEPLOY_FOLLOW_H

#include "base/map.h"
#include "deploy/manifest.h"
#include "deploy/progress.h"
#include "deploy/stack.h"

struct failure {
    struct str id, type, status, reason;
};

struct follow {
    struct cloud *cloud;
    struct progress *progress;
    const struct manifest *m; /* for the lines of resources; may be NULL */
    struct str stack, stack_id;
    struct map seen;    /* event ids */
    struct map started; /* resource → its beginning, ms */
    int64_t begun_ms;   /* by the first event */
    struct str status;  /* of the stack, by the events */
    VEC(struct failure) failures;
    size_t finished; /* resources */
};

/* Remembers what has happened to the stack so far, so that it is not told as news. Call it before
 * the operation begins. `stack_id` may be empty where there is no stack yet. */
bool follow_begin(struct follow *f, struct cloud *c, struct progress *p, const struct manifest *m,
                  struct str stack, struct str stack_id);
/* Tells what happens until the operation has ended; f->status says how. False after a diagnostic
 * that says that it goes on unseen. */
bool follow_end(struct follow *f);

/* The failures that caused others, told as diagnostics: nothing of what was merely cancelled. */
void follow_report(struct follow *f, const char *what);

#endif
