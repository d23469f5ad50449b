/* Diagnostics as values: collected, sorted, printed once. Who detects trouble adds one; who is told
 * `false` only cleans up. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/buf.h"
#include "base/source.h"
#include "base/vec.h"

enum severity {
    SEVERITY_ERROR,   /* the user's input is wrong: exit 1 */
    SEVERITY_WORLD,   /* the world failed (disk, network): exit 3; printed as an error */
    SEVERITY_WARNING, /* exit 0 */
};

struct diag_extra {
    struct span span;
    struct str text;
};

struct diag {
    struct diags *owner;
    enum severity severity;
    const char *slug; /* stable; `explain SLUG` says more */
    struct span span; /* where, or zeroed */
    struct str message;
    VEC(struct str) helps;
    VEC(struct diag_extra) notes;
};

struct diags {
    struct arena *arena;
    VEC(struct diag *) all;
    size_t errors;       /* SEVERITY_ERROR and SEVERITY_WORLD */
    size_t dropped;      /* past LIMIT_DIAGS: counted, not kept */
    struct diag *nobody; /* stands for each of those */
    bool world;          /* a SEVERITY_WORLD was among all */
};

void diags_init(struct diags *ds, struct arena *a);

/* Each adds one and returns it, never NULL, for diag_help and diag_note. Messages are lower case,
 * without a full stop. */
__attribute__((format(printf, 4, 5))) struct diag *
diag_error(struct diags *ds, const char *slug, struct span span, const char *fmt, ...);
__attribute__((format(printf, 4, 5))) struct diag *
diag_warning(struct diags *ds, const char *slug, struct span span, const char *fmt, ...);
__attribute__((format(printf, 4, 5))) struct diag *
diag_world(struct diags *ds, const char *slug, struct span span, const char *fmt, ...);

/* What would be right: "did you mean 'x'?". */
__attribute__((format(printf, 2, 3))) void diag_help(struct diag *d, const char *fmt, ...);
/* Another place that belongs to it: "'x' begins here". */
__attribute__((format(printf, 3, 4))) void diag_note(struct diag *d, struct span span,
                                                     const char *fmt, ...);

/* "did you mean 'near'?" for the candidate closest to `word`, if one is close; n may be 0. */
void diag_suggest(struct diag *d, struct str word, const struct str *candidates, size_t n);
/* The same choice without a diagnostic: index of the closest candidate, or SIZE_MAX. */
size_t diag_nearest(struct str word, const struct str *candidates, size_t n);

/* By file and offset, exact repeats dropped. Printing calls it. */
void diags_sort(struct diags *ds);
/* For people: location, message, excerpt with carets. `colour` adds ANSI escapes. */
void diags_print(struct diags *ds, struct buf *out, bool colour);
/* For programs: a JSON array, one object per diagnostic. */
void diags_print_json(struct diags *ds, struct buf *out);
/* 0, 1 or 3. */
int diags_exit(const struct diags *ds);

#endif
