/* SQL as far as a compiler has to know it: where statements end, what kind each is, which tables it
 * names. Athena's two dialects (Trino for queries, Hive for definitions) and Spark's, which agree
 * that far. Nothing is executed or checked beyond that. */
#ifndef MODEL_SQL_H
#define MODEL_SQL_H

#include "base/arena.h"
#include "base/vec.h"

struct sql_table {
    struct str database, name; /* without quotes; database is empty where none is written */
};

struct sql_statement {
    struct str text; /* without the blanks around it and the ';' behind it */
    size_t at;       /* of text in what was read */
    struct str verb; /* its first words in capitals, one blank between them: "CREATE EXTERNAL TABLE
                        IF NOT"; of WITH … and ( … what comes behind: "SELECT" */
    bool selects;    /* there is a SELECT in it: CREATE TABLE … AS SELECT */
    size_t parameters; /* question marks that EXECUTE fills */
    VEC(struct sql_table)
    tables;                    /* that it reads or changes, each once; common table expressions
                                  do not count */
    bool tables_known;         /* false: a table's name is only known at run time, or is in another
                                  catalog */
    VEC(struct str) locations; /* strings that begin with s3:// */
};

struct sql_text {
    VEC(struct sql_statement) all;
    const char *open; /* what is not closed: "string", "comment"; or NULL */
    size_t open_at;
};

/* The statements in `text`; empty ones are left out. */
void sql_read(struct arena *a, struct str text, struct sql_text *out);

/* Whether the verb begins with these words, in capitals. */
bool sql_begins(const struct sql_statement *st, const char *words);

#endif
