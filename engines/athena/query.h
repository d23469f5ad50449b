/* Shared by the files of athena_query.c: what a step runs, and how it is read. */
#ifndef ENGINES_ATHENA_QUERY_H
#define ENGINES_ATHENA_QUERY_H

#include "model/sql.h"
#include "plan/plan.h"

/* What is run: one of the three ways, in a step or in a job of a job file. */
struct source_body {
    struct vstrs file;
    struct vstr query_string, prepared_statement;
    struct vany variables; /* a map for templates, or a list of values for question marks */
};
struct query_step {
    struct source_body what;
    struct vstr config_file, workgroup, database, catalog, query_result_location;
    struct vstrs read_from, write_to;
    struct vbool wait_for_completion;
};

#define SOURCE_ROWS(T, F)                                                                           \
    { .key = "file",                                                                                \
      .kind = FIELD_KIND_STRS,                                                                      \
      .offset = offsetof(T, F file),                                                                \
      .aliases = WORDS("files"),                                                                    \
      .doc = "SQL files, relative to the project's root: templates, each of one or more "           \
             "statements, which run one after the other.",                                          \
      .example = "customcode/athena/sql_queries/reviews.sql" },                                     \
        { .key = "query_string",                                                                    \
          .kind = FIELD_KIND_STR,                                                                   \
          .offset = offsetof(T, F query_string),                                                    \
          .aliases = WORDS("query", "sql"),                                                         \
          .doc = "The SQL itself, or a States.Format(…) that makes it at run time." },              \
        { .key = "prepared_statement",                                                              \
          .kind = FIELD_KIND_STR,                                                                   \
          .offset = offsetof(T, F prepared_statement),                                              \
          .min = 1,                                                                                 \
          .doc = "A prepared statement to execute, of this pipeline or of the workgroup." },        \
    {                                                                                               \
        .key = "variables", .kind = FIELD_KIND_ANY, .offset = offsetof(T, F variables),             \
        .aliases = WORDS("parameters"), .example = "{dimension: colour}",                           \
        .doc = "A map: template variables of the files. A list: values for the question marks, "    \
               "constants or run-time paths, as text; {number: $.n} is a number, {sql: …} stays " \
               "as it is."                                                                          \
    }

struct query {
    struct span span;
    struct vstr text;                      /* QueryString */
    struct vstr values;                    /* ExecutionParameters, if a call makes them */
    const struct node *value_list;         /* … or a list of constants */
    const struct sql_statement *statement; /* what it does; NULL: unknown, a prepared statement of
                                              somebody else's */
    const struct resource *prepared;       /* the statement of this pipeline that it executes */
    bool executes;
};
struct job {
    struct vstr name;
    VEC(struct query) queries;
};
struct phase {
    struct vstr name;
    VEC(struct job *) jobs;
};
struct work {
    struct plan *plan;
    const struct step *step;
    const struct query_step *body;
    struct node *own;           /* variables that the job file sets */
    struct resource *workgroup; /* of this pipeline, or NULL */
    struct vstr workgroup_name;
    VEC(struct phase *) phases;
    size_t total; /* queries */
    bool good;
};

/* How many of the ways to say what is run are used: exactly one is right, others are reported. */
int athena_count_ways(const struct source_body *b, bool job_file);
void athena_check_source(struct diags *ds, const struct source_body *b, bool job_file,
                         struct vstr name);

/* The queries of a source, appended to the job; w->good tells of diagnostics. */
void athena_add_source(struct work *w, struct job *j, const struct source_body *b);

/* All that the step runs, in w->phases: by itself or by its job file. */
void athena_read_work(struct work *w);

/* What the state machine may do for it. The workgroup is known. */
void athena_grant_work(struct work *w);

#endif
