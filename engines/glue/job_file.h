/* Job files of Glue: YAML that lists what a job does, step by step. Read and checked when the
 * pipeline is compiled, they become one JSON document, which the driver in customcode/glue runs:
 * SQL included, defaults filled in, nothing left to render. */
#ifndef ENGINES_GLUE_JOB_FILE_H
#define ENGINES_GLUE_JOB_FILE_H

#include "plan/plan.h"

struct glue_place { /* in S3 */
    struct str url; /* "s3://bucket/prefix"; empty: any, for it is known at run time only */
    unsigned access;
    struct span span;
    const char *does;
};
struct glue_table { /* that is written; an empty name: any of the database */
    struct str database, name;
    struct span span;
};

/* What a job file comes to. */
struct glue_job_file {
    const struct node *document; /* for the driver */
    VEC(struct glue_place) places;
    VEC(struct glue_table) tables;
    VEC(struct sql_statement) queries; /* without the tables that steps of the job make */
    bool udfs, metrics;                /* runs functions of the project; publishes metrics */
};

/* The job file of step s at `path`, rendered with `variables` (a map or NULL); `arguments` (a map
 * or NULL) are what ${name} in it may stand for. False after diagnostics, which point into the
 * file. */
bool glue_read_job_file(struct plan *p, const struct step *s, struct vstr path,
                        const struct node *variables, const struct node *arguments,
                        struct glue_job_file *out);

/* ---- for handlers.c ------------------------------------------------------------------------- */

struct glue_reading {
    struct plan *plan;
    const struct node *variables, *arguments;
    struct vstr folder;     /* of SQL files */
    VEC(struct str) frames; /* made by the steps so far */
    const struct node *steps;
    size_t at; /* index of the step being read */
    struct glue_job_file *out;
    bool good;
};

struct glue_handler {
    const char *type;
    const char *doc;
    const struct fields *fields;
    /* Checks body, and tells r what the step needs and makes; `config` is the body as data, for the
     * driver, to be added to. Reports through r. */
    void (*take)(struct glue_reading *r, struct vstr name, const void *body, struct node *config);
};

extern const struct glue_handler glue_handlers[];
extern const size_t glue_handler_count;

/* `name` is a table for the steps that follow. */
void glue_add_frame(struct glue_reading *r, struct str name);
/* Whether a step before this one makes it; false after a diagnostic. */
bool glue_need_frame(struct glue_reading *r, struct vstr name);
void glue_add_place(struct glue_reading *r, struct str bucket, struct str prefix, unsigned access,
                    struct span span, const char *does);
/* SQL in place or in a file: the text, which becomes config's "sql", its tables known to r; an
 * empty string after a diagnostic. */
struct str glue_take_sql(struct glue_reading *r, struct vstr name, struct vstr sql,
                         struct vstr file, struct node *config);

#endif
