/* Calls to AWS as deploy makes them: one after the other, answers as nodes. */
#ifndef DEPLOY_CLOUD_H
#define DEPLOY_CLOUD_H

#include "aws/client.h"
#include "base/node.h"

struct cloud {
    struct arena *arena;
    struct diags *ds;
    struct aws *aws;
    unsigned poll_ms; /* between two looks at something that takes its time */
};

struct answer {
    const struct node *data; /* the result; an empty map where there is none */
    struct str code, message;
    bool refused;      /* in the service's words: code, message */
    bool uncertain;    /* it failed, and may have happened all the same */
    unsigned attempts; /* more than one: the service may have been slow, or told us to be */
};

/* Whether a refusal is an answer that the caller can use. */
typedef bool answer_expected(const struct answer *a);
bool answer_no_stack(const struct answer *a); /* "... does not exist" */
bool answer_any(const struct answer *a);

/* `input` is what aws_param wrote, or JSON; it is released. True if the service did it. Otherwise a
 * diagnostic says what failed (`what`: "read the stack 'x'"), unless the refusal was expected,
 * which may be NULL. */
bool cloud_call(struct cloud *c, const struct aws_service *service, const char *operation,
                struct buf *input, const char *what, answer_expected *expected,
                struct answer *answer);

/* The same for a service that speaks REST: `path` begins with its '/', and is encoded. */
bool cloud_rest(struct cloud *c, const struct aws_service *service, const char *operation,
                const char *method, struct str path, struct buf *input, const char *what,
                struct answer *answer);

/* For what is merely tidied up: takes back the diagnostics since the mark. */
struct cloud_mark {
    size_t all, errors;
    bool world;
};
struct cloud_mark cloud_mark(const struct cloud *c);
void cloud_forget(struct cloud *c, struct cloud_mark mark);

/* Sleeps for the time between two looks, longer after `hard` ones in a row: such that took more
 * than one attempt. */
void cloud_wait(const struct cloud *c, unsigned hard);

/* A token that no other run has: 32 lower-case hexadecimal digits. */
struct str cloud_token(struct arena *a);

/* Fields of answers; empty, or NULL, where there is none. */
struct str cloud_text(const struct node *map, const char *key);
size_t cloud_count(const struct node *map, const char *key);
const struct node *cloud_item(const struct node *map, const char *key, size_t i);

#endif
