/* What the SageMaker engines share: images of algorithms, places in S3, what a job's role may do.
 * It knows nobody's steps; sagemaker.c holds it. */
#ifndef ENGINES_SAGEMAKER_H
#define ENGINES_SAGEMAKER_H

#include "plan/plan.h"
#include "schema/bind.h"

/* ---- values of requests --------------------------------------------------------------------- */

/* "Key": value, or "Key.$" for what is only known at run time; nothing for what is absent. */
void sm_put(struct plan *p, struct node *map, const char *key, struct vstr value);
void sm_put_int(struct plan *p, struct node *map, const char *key, struct vint value);
void sm_put_true(struct plan *p, struct node *map, const char *key, struct vbool value);
void sm_put_list(struct plan *p, struct node *map, const char *key, const struct vstrs *values);
/* SageMaker's maps are of strings: a number or boolean becomes the text that stands in the file. */
struct str sm_text(struct plan *p, const struct node *scalar);
struct node *sm_texts(struct plan *p, const struct node *map);
/* As a field's check: every value of the map is a scalar. */
void sm_check_texts(struct bind *b, const struct field *f, const struct node *value);
/* The stage's tags, the step's own, the pipeline's and the execution's. */
void sm_put_tags(struct plan *p, struct node *params, const struct node *own);

/* "x.y" below a path: "$" gives "$.y". */
struct str sm_below(struct plan *p, struct str path, const char *key);
/* Where a step's result goes: its result_path, else `other`, which is put into `t`. Empty where it
 * is dropped. */
struct str sm_result_path(struct plan *p, const struct step *s, struct state *t, struct vstr other);
/* Retries that name no error are for SageMaker's own errors: a job that failed for its own fault
 * would run again for hours. */
void sm_narrow_retry(struct plan *p, const struct step *s, struct state *t);

/* ---- places in S3 --------------------------------------------------------------------------- */

struct sm_place { /* a bucket and what keys begin with */
    struct vstr bucket, prefix_key;
};
extern const struct fields sm_place_fields;

/* The place's URI; where part of it is a run-time path, the call that makes it. */
struct vstr sm_uri(struct plan *p, struct vstr bucket, struct vstr prefix);
/* As a field's check: s3://bucket or https://…, or a run-time path. */
void sm_check_uri(struct bind *b, const struct field *f, const struct node *value);

/* As a field's check: a name in SageMaker's alphabet, or a run-time path. */
void sm_check_name(struct bind *b, const struct field *f, const struct node *value);

/* A machine's type: SageMaker's begin with "ml.", or it is a run-time path. */
void sm_check_instance(struct bind *b, const struct field *f, const struct node *value);
/* The word of an enumeration, as a value to put. */
struct vstr sm_word(const struct venum *e);

/* ---- images --------------------------------------------------------------------------------- */

/* Where an image of the project's own comes from. */
struct sm_built { /* a folder that it is built from */
    struct vstr directory, file, target;
    struct vany build_args;
};
struct sm_repository { /* a repository that it lies in */
    struct vstr arn, ref, name, tag;
};
extern const struct fields sm_built_fields, sm_repository_fields;

struct sm_metric {
    struct vstr name, regex;
};
struct sm_algorithm {
    struct vstr name, version, training_image;
    struct vobj assets, ecr_repository; /* struct sm_built, struct sm_repository */
    struct venum training_input_mode;
    struct vobjs metric_definitions; /* of struct sm_metric */
    struct vany pre_built;
};
extern const struct fields sm_algorithm_fields;

/* Reports what is wrong with it; `where` is for what is missing. */
void sm_check_algorithm(struct diags *ds, const struct sm_algorithm *a, struct span where);

void sm_check_repository(struct diags *ds, const struct sm_repository *r, struct span where);

struct sm_image {
    struct vstr uri;               /* text, maybe with a placeholder, or a run-time path */
    const struct node *repository; /* ARN of what it is fetched from, or NULL: AWS's own */
};
/* The algorithm's image, for the step of that name. Its URI is empty after a diagnostic: AWS has no
 * such image in the stage's region. */
struct sm_image sm_find_image(struct plan *p, struct vstr step, const struct sm_algorithm *a);
/* The image that is built, lies in a repository, or is named by its URI. */
struct sm_image sm_own_image(struct plan *p, struct vstr name, const struct sm_built *built,
                             const struct sm_repository *repository, struct vstr uri);
/* scikit-learn of that version, for scripts. */
struct sm_image sm_script_image(struct plan *p, struct span span, const char *version);
/* Whether it is one of AWS's own, which need no permission: SageMaker fetches their images in its
 * own name. */
bool sm_is_aws_account(struct str account);

/* ---- what a job's role may do --------------------------------------------------------------- */

struct sm_vpc {
    struct vstrs security_group_ids, subnets;
};
extern const struct fields sm_vpc_fields;
void sm_put_vpc(struct plan *p, struct node *map, const struct sm_vpc *vpc);

/* A job's role while it is told what it may do. */
struct sm_worker {
    struct plan *p;
    const struct step *s;
    const char *noun;       /* "the training job" */
    struct role_decl *role; /* NULL: a role of somebody else's, which is told nothing */
    bool warned_read, warned_write;
};

/* A role for the step's job, put into `map` under `key`: `given`, or one of its own. The state
 * machine may pass it on. */
struct sm_worker sm_hire(struct plan *p, const struct step *s, struct node *map, const char *key,
                         struct vstr given, const char *noun);
/* The role of the models that the pipeline makes: all share one, because a transform job works with
 * its model's. Without `make` only if there is one already. */
struct sm_worker sm_model_worker(struct plan *p, const struct step *s, bool make);
/* Puts that role into `map`. */
void sm_put_model_role(struct plan *p, const struct step *s, struct node *map,
                       const struct sm_worker *w);

void sm_may_log(const struct sm_worker *w, const char *group); /* "TrainingJobs" */
void sm_may_pull(const struct sm_worker *w, struct sm_image image);
/* `access` lists further places: what a manifest names, or what is only known at run time. A place
 * that only a run shows, without such a list, is every bucket, and a warning says so once. */
void sm_may_read(struct sm_worker *w, struct vstr uri, const struct vstrs *access);
void sm_may_write(struct sm_worker *w, struct vstr uri, const struct vstrs *access);
/* One object of a bucket, by their ARNs. */
void sm_may_fetch(const struct sm_worker *w, const struct node *bucket, const struct node *object);
void sm_may_use_key(const struct sm_worker *w, struct vstr key);
void sm_may_join_network(const struct sm_worker *w, const struct sm_vpc *vpc);

/* ---- what the state machine may do ---------------------------------------------------------- */

struct sm_name {
    struct vstr v;
    struct str tail; /* of its ARN: the name in small letters, as far as it is known */
};
/* What is known of a name, for ARNs: all of it, "train-*", or "*". */
struct str sm_name_tail(struct plan *p, struct vstr name);
/* `given`, or plan_job_name. */
struct sm_name sm_job_name(struct plan *p, const struct step *s, struct vstr given, size_t max);
/* `given`, or <pipeline>-<name> in SageMaker's alphabet. */
struct sm_name sm_fixed_name(struct plan *p, struct str name, struct vstr given, size_t max);
struct node *sm_arn(struct plan *p, const char *type, struct str tail);
void sm_grant(struct plan *p, const struct step *s, const char *action, const char *type,
              struct str tail, const char *reason);
/* Starting a job and waiting for its end: "TrainingJob", "training-job", and the name of the
 * service's events, "Training". */
void sm_grant_job(struct plan *p, const struct step *s, const char *job, const char *type,
                  struct str tail, const char *events);

#endif
