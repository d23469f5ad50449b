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

/* A topic: a type ("lambda_function"), a key of one ("lambda_function.timeout"), of every step
 * ("step.timeout") or of the file ("pipeline.groups"). False if there is none; then *near is the
 * closest type, or empty. */
bool reference_explain(const struct engines *es, struct str topic, struct buf *out,
                       struct str *near);

#endif
