/* The whole configuration language, from the tables of the front end and the engines: for editors,
 * for the reference pages, for `explain`. */
#ifndef FRONTEND_REFERENCE_H
#define FRONTEND_REFERENCE_H

#include "base/buf.h"
#include "model/engine.h"

/* JSON Schema (draft-07) of a pipeline's file. */
void reference_schema(const struct engines *es, struct buf *out);

/* Markdown: what a file and every item may say, then a section for each type. */
void reference_pages(const struct engines *es, struct buf *out);

/* What `explain` tells of: a type ("lambda_function"), a key of one ("lambda_function.timeout",
 * "glue_job.connection"), of every step ("step.timeout") or of the file ("pipeline.groups"). */
struct topic {
    struct str owner;
    const struct kind *kind; /* NULL: of every step, or of the file */
    enum role role;          /* the first that the kind may have */
    const struct fields *table;
    VEC(const struct field *) path; /* of the key, from the outside in; empty: all of the type */
};

/* False if nothing is called like that; then *near is what was meant, or empty. */
bool reference_find(struct arena *a, const struct engines *es, struct str text, struct topic *topic,
                    struct str *near);
void reference_explain(const struct topic *topic, struct buf *out);

#endif
