/* What corpus runners share: finding the cases, keeping score per family, known failures.
 *
 * A runner prints a line per failing case, the score per family and `N passed, N failed`. It ends
 * with 0 if every failing case is listed as known and every listed case fails; with 1 otherwise;
 * with 77 (CTest: skipped) where the corpus is absent. Known failures are counted as failed. */
#ifndef CORPUS_CORPUS_H
#define CORPUS_CORPUS_H

#include "base/arena.h"
#include "base/map.h"
#include "base/val.h"

enum { CORPUS_SKIPPED = 77 };

struct corpus_family {
    size_t passed, failed;
};

struct corpus {
    struct arena arena;
    struct str dir;
    struct map families; /* name -> struct corpus_family */
    struct map known;    /* id -> its line in the file, or NULL once it has failed */
    size_t passed, failed, unexpected;
    bool verbose;    /* --verbose: passing cases too */
    struct str only; /* --only=TEXT: cases whose id holds it */
};

/* Reads "DIR [--known=FILE] [--only=TEXT] [--verbose]"; other options go to option(data, text),
 * which returns false for those it does not know. Does not return where DIR is absent. */
void corpus_init(struct corpus *c, int argc, char **argv, bool (*option)(void *, struct str),
                 void *data);

/* The file's bytes in c->arena; ends the program where it cannot be read. */
struct str corpus_read(struct corpus *c, struct str name);

/* Names of the files in DIR that end in `suffix`, sorted; index.json is left out. */
struct str *corpus_files(struct corpus *c, struct str suffix, size_t *n);

/* JSON that must be right; ends the program otherwise. Released by the caller. */
struct val corpus_json(struct str text, struct str name);

bool corpus_wants(const struct corpus *c, struct str id);
/* Counts a case; `why` (NULL: passed) is printed. */
void corpus_result(struct corpus *c, struct str family, struct str id, const char *why);

/* Prints the scores and returns what main returns. */
int corpus_close(struct corpus *c);

#endif
