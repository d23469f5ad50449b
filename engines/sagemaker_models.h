/* Making a model, for the steps that have one to make. sagemaker_models.c holds it. */
#ifndef ENGINES_SAGEMAKER_MODELS_H
#define ENGINES_SAGEMAKER_MODELS_H

#include "sagemaker.h"

struct sm_model {
    bool behind; /* a training or tuning of the same step, whose `retry` it leaves alone */
    struct vstr name, role;
    struct sm_image image;
    struct vstr data;  /* its archive */
    struct vstr place; /* where in S3 that lies, if more is known of it than `data` says */
    struct vbool isolated;
    const struct sm_vpc *vpc;
    const struct node *environment, *tags;
    const struct vstrs *read_access;
};

/* Appends the states that delete a model of that name and make this one. */
void sm_add_model(struct plan *p, const struct step *s, const struct sm_model *m);

/* Makes the full name of what a step makes known under the step's own; finds it by either. */
void sm_publish_name(struct plan *p, const struct item *it, struct str name, const char *what);
struct vstr sm_find_name(struct plan *p, struct vstr name, const char *what);

#endif
