/* A pipeline as its author thinks of it: groups of steps, the resources they need, what starts it.
 * Front ends build it, nobody changes it afterwards. All of it lives in one arena. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/vec.h"
#include "model/documents.h"
#include "model/engine.h"
#include "schema/field.h"

/* A thing with a name and a type: resource, trigger or (inside struct step) step. */
struct item {
    enum role role;
    const struct kind *kind;
    const struct node *node; /* the map it was read from */
    struct vstr name, type;
    struct vstr description;  /* `description` or `comment` */
    void *body;               /* kind->fields' struct */
    struct vobjs permissions; /* of struct permission */
};

struct retrier {
    struct vstrs error_equals;
    struct vint interval_seconds, max_attempts, max_delay_seconds;
    struct vfloat backoff_rate;
    struct venum jitter_strategy;
};

struct handler { /* a catch */
    struct vstrs error_equals;
    struct vstr result_path;
    struct vgroups groups;
};

/* What every step may say, whatever its type. */
struct step_common {
    struct vobjs retry;  /* of struct retrier */
    struct vobjs catch;  /* of struct handler */
    struct vint timeout; /* seconds; 0 = none */
    struct vint heartbeat;
    struct vstr input_path, result_path, output_path;
    struct vany result_selector;
    struct vany assign;
};

struct step {
    struct item item; /* without a kind: a sequence, which runs as one branch */
    struct step_common common;
    struct vgroups groups; /* of a sequence */
};

struct group {
    struct vstr name, comment;
    VEC(struct step *) steps; /* run in parallel */
};

struct sequence {
    VEC(struct group *) groups; /* run one after the other */
    struct span span;
};

/* Where the pipeline goes: one stage of stages.yaml. Empty strings are unknown until deployment. */
struct stage {
    struct str name;
    struct str account, region, bucket, repository, role_arn, sns_topic_arn, saml_group;
    const struct node *tags;   /* map of strings, or NULL */
    const struct node *stages; /* all stages by name, or NULL where they are not listed */
    bool protection;           /* of the stack against deletion */
};

struct pipeline {
    struct str id;        /* the file's stem: "reviews" */
    struct str full_name; /* id-stage, or id alone for prod: names in AWS begin with it */
    struct str config;    /* path of the file, relative to the project root */
    const struct source *source;
    const struct node *node; /* the document */
    const struct stage *stage;
    const struct documents *documents; /* the project's files */
    struct vstr name, description;
    struct vany input;        /* JSON Schema of what executions begin with, or NULL: anything */
    struct vint timeout;      /* seconds, of a whole execution */
    struct vstr role;         /* ARN of an existing role in place of one of its own */
    struct vobjs permissions; /* of struct permission: the state machine's */
    VEC(struct item *) resources;
    VEC(struct item *) triggers;
    VEC(struct str) broken;  /* names of items that were reported and left out */
    struct vobjs schedulers; /* of struct schedule */
    struct sequence *main;   /* NULL if the pipeline has no steps */
    struct vobjs retry, catch;
};

#endif
