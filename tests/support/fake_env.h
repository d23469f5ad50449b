/* An environment of a test's own for the aws layer: variables from a table, the real clock or one
 * that stands still. */
#ifndef SUPPORT_FAKE_ENV_H
#define SUPPORT_FAKE_ENV_H

#include "aws/config.h"

#include <stdlib.h>
#include <time.h>

enum { FAKE_VARIABLES = 32 };

struct fake_env {
    struct {
        const char *name, *value;
    } variables[FAKE_VARIABLES];
    int64_t now; /* 0: the real clock */
    struct aws_environment env;
};

static inline const char *fake_env_get(void *self, const char *name)
{
    struct fake_env *f = self;
    for (size_t i = 0; i < FAKE_VARIABLES && f->variables[i].name; i++)
        if (strcmp(f->variables[i].name, name) == 0)
            return f->variables[i].value;
    return NULL;
}

static inline int64_t fake_env_now(void *self)
{
    struct fake_env *f = self;
    return f->now ? f->now : (int64_t)time(NULL);
}

/* The variable from now on; value NULL: not set. */
static inline void fake_env_set(struct fake_env *f, const char *name, const char *value)
{
    size_t i = 0;
    while (f->variables[i].name && strcmp(f->variables[i].name, name) != 0)
        i++;
    if (i == FAKE_VARIABLES)
        abort();
    f->variables[i].name = name;
    f->variables[i].value = value;
}

/* Nothing set but HOME, a folder that holds nothing. */
static inline const struct aws_environment *fake_env_init(struct fake_env *f)
{
    *f = (struct fake_env){ 0 };
    f->env = (struct aws_environment){ fake_env_get, fake_env_now, f };
    fake_env_set(f, "HOME", "/nonexistent");
    fake_env_set(f, "AWS_EC2_METADATA_DISABLED", "true");
    return &f->env;
}

#endif
