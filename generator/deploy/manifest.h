/* What `link` wrote about one pipeline at one stage: everything that a deployment needs, by digest.
 * A manifest and the files that it names may be carried from machine to machine and from stage to
 * stage; nothing of them is made again. */
#ifndef DEPLOY_MANIFEST_H
#define DEPLOY_MANIFEST_H

#include "base/diag.h"
#include "base/node.h"

struct manifest_file {
    struct str id;     /* "lambda_functions.greet", "asl.json" */
    struct str path;   /* as it can be opened */
    struct str sha256; /* 64 lower-case digits */
    struct str key;    /* where it goes in the bucket; an image's tag; empty: it is not uploaded */
    int64_t bytes;
};

struct manifest_files {
    VEC(struct manifest_file) all;
};

struct manifest {
    struct str path, pipeline, stage, stack, config;
    struct str account, region, bucket; /* empty: those of the deployment */
    bool protection;                    /* the stack shall not be deleted by mistake */
    const struct node *tags;            /* map, or NULL */
    const struct node *sources;         /* map from logical ids to "configs/hello.yaml:8" */
    struct manifest_files uploads, images, files;
    struct manifest_file template;
};

/* Reads the file at `path`; false after a diagnostic. */
bool manifest_read(struct arena *a, struct diags *ds, struct str path, struct manifest *m);

enum manifest_depth {
    MANIFEST_QUICK, /* digests of what deploy reads, sizes of what it may upload */
    MANIFEST_FULL,  /* digests of all */
};

/* Whether every file still is what it was when it was linked; false after a diagnostic for each
 * that is not [changed-since-build]. Images are folders and judged when they are pushed. */
bool manifest_check(struct diags *ds, const struct manifest *m, enum manifest_depth depth);

/* The same for one file, digest included. */
bool manifest_check_file(struct diags *ds, const struct manifest *m, const struct manifest_file *f);

/* The text of one of m->files by its id ("iam.json"), or of the template, read as JSON; NULL where
 * there is none or after a diagnostic. */
const struct node *manifest_document(struct arena *a, struct diags *ds, const struct manifest *m,
                                     struct str id);

/* The line that a logical id was written at: "configs/hello.yaml:8", or empty. */
struct str manifest_source(const struct manifest *m, struct str logical_id);

#endif
