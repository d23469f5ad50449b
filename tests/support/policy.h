/* A small judge of IAM policies, for tests: may this call be made? Takes what our policies and the
 * ones we are compared with are made of, and refuses the rest: a condition that it does not know is
 * an error, never a yes.
 * Source: IAM user guide, "Policy evaluation logic", "IAM JSON policy elements". */
#ifndef SUPPORT_POLICY_H
#define SUPPORT_POLICY_H

#include "base/node.h"

struct policy_call {
    struct str action;          /* "sns:Publish" */
    struct str resource;        /* an ARN; "*" for actions that know no resources */
    const struct node *context; /* condition key → text or list of texts; or NULL */
    struct str service;         /* in a trust policy: who asks, "states.amazonaws.com" */
};

enum policy_verdict {
    POLICY_DENIED,    /* nothing allows it */
    POLICY_FORBIDDEN, /* a Deny hits it */
    POLICY_ALLOWED,
    POLICY_BROKEN, /* the policy holds what cannot be judged; `why` says what */
};

struct policy_answer {
    enum policy_verdict verdict;
    struct str why;
};

/* `statements` is the list of a policy document, all of it text, references filled in. A statement
 * without Effect allows. */
struct policy_answer policy_judge(struct arena *a, const struct node *statements,
                                  const struct policy_call *call);

/* The same statements, but the n-th does not allow its i-th action on its k-th resource. */
struct node *policy_without_pair(struct arena *a, const struct node *statements, size_t n, size_t i,
                                 size_t k);

/* Whether the ARN fits the pattern: in the first five parts a wildcard ends at the colon. */
bool policy_arn_fits(struct str pattern, struct str arn);

#endif
