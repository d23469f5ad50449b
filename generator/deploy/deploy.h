/* From a manifest to a stack that is as it says: compare, ask, upload, execute, follow. One
 * `struct deployment` per pipeline; several may be under way on threads of their own, for none
 * shares anything with another but the progress. */
#ifndef DEPLOY_DEPLOY_H
#define DEPLOY_DEPLOY_H

#include "deploy/cloud.h"
#include "deploy/diff.h"
#include "deploy/progress.h"
#include "deploy/stack.h"

struct deploy_options {
    struct str region, profile, endpoint_url; /* empty: as manifest and environment say */
    struct str bucket, repository;            /* likewise */
    struct str registry_url;                  /* in place of ECR's own; for emulators */
    struct str execution_role;                /* that CloudFormation takes on; may be empty */
    const struct node *parameters;            /* more of them, by name; may be NULL */
    bool wait;                                /* for what somebody else is doing to the stack */
    bool continue_rollback;                   /* of a stack whose rollback failed … */
    const struct str *skip;                   /* … without these resources */
    size_t nskip;
    unsigned poll_ms;                                       /* 0: 2000 */
    unsigned max_attempts, backoff_ms, timeout_ms, stall_s; /* of a call; 0: the client's own */
};

/* Where resources go that the template does not place: from the options, the manifest, the stack as
 * it is, or what bootstrap made. */
struct place {
    struct str bucket, repository, execution_role;
};

enum deployment_state {
    DEPLOYMENT_FAILED,  /* diagnostics say why */
    DEPLOYMENT_CURRENT, /* nothing to do */
    DEPLOYMENT_READY,   /* `diff` says what would happen */
    DEPLOYMENT_DONE,
};

struct deployment {
    struct arena arena;
    struct diags ds;
    struct manifest m;
    struct aws_environment env;
    struct aws_settings aws;
    struct cloud cloud;
    struct progress *progress;
    const struct deploy_options *options;
    enum deployment_state state;
    struct stack before, after;
    struct place place;
    struct str deployed; /* template text */
    const struct node *template;
    struct diff *diff;
    struct change_set set;
    size_t uploaded;
};

/* `d` is the caller's, whatever it holds. False after diagnostics in d->ds. */
bool deployment_open(struct deployment *d, struct str manifest,
                     const struct deploy_options *options, struct progress *progress);
void deployment_close(struct deployment *d);

/* Reads what is deployed and compares. Changes nothing, unless the stack has to be brought into a
 * state that can be updated: --wait, --continue-rollback, the remains of a failed creation. With
 * `look` it does not even do that. */
void deployment_compare(struct deployment *d, bool look);
/* Makes the change set, after which the diff knows what is replaced. */
void deployment_prepare(struct deployment *d);
/* Takes the change set back. */
void deployment_discard(struct deployment *d);
/* Uploads what the bucket lacks, executes the change set, follows it. */
void deployment_apply(struct deployment *d);

/* ---- saved plans ----------------------------------------------------------------------------- */

/* What was approved, as JSON: stacks, digests of templates, change sets. */
bool plan_save(struct diags *ds, struct str path, const struct deployment *all, size_t n);
/* Puts the saved change set into d; false after [stale-plan] where anything is not what it was. */
bool plan_apply(struct deployment *d, const struct node *plan);

/* {"stack": {"Output": "value"}} of all that are done or current. */
bool outputs_save(struct diags *ds, struct str path, const struct deployment *all, size_t n);

#endif
