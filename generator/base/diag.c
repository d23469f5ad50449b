#include "base/diag.h"

#include "base/limits.h"

#include <stdlib.h>

void diags_init(struct diags *ds, struct arena *a)
{
    *ds = (struct diags){ .arena = a };
}

/* One over the limit takes no memory: an input of millions of errors must not. */
static struct diag *drop(struct diags *ds)
{
    ds->dropped++;
    if (!ds->nobody)
        ds->nobody = arena_make(ds->arena, struct diag); /* without an owner: notes are dropped */
    return ds->nobody;
}

static struct diag *add(struct diags *ds, enum severity severity, const char *slug,
                        struct span span, const char *fmt, va_list args)
{
    if (severity != SEVERITY_WARNING)
        ds->errors++;
    ds->world = ds->world || severity == SEVERITY_WORLD;
    if (ds->all.n == LIMIT_DIAGS)
        return drop(ds);
    struct diag *d = arena_make(ds->arena, struct diag);
    *d = (struct diag){ .owner = ds, .severity = severity, .slug = slug, .span = span };
    d->message = arena_vprintf(ds->arena, fmt, args);
    vec_push(ds->arena, &ds->all, d);
    return d;
}

#define ADD(severity)                                          \
    va_list args;                                              \
    va_start(args, fmt);                                       \
    struct diag *d = add(ds, severity, slug, span, fmt, args); \
    va_end(args);                                              \
    return d

struct diag *diag_error(struct diags *ds, const char *slug, struct span span, const char *fmt, ...)
{
    ADD(SEVERITY_ERROR);
}

struct diag *diag_warning(struct diags *ds, const char *slug, struct span span, const char *fmt,
                          ...)
{
    ADD(SEVERITY_WARNING);
}

struct diag *diag_world(struct diags *ds, const char *slug, struct span span, const char *fmt, ...)
{
    ADD(SEVERITY_WORLD);
}

void diag_help(struct diag *d, const char *fmt, ...)
{
    if (!d->owner)
        return;
    va_list args;
    va_start(args, fmt);
    struct str text = arena_vprintf(d->owner->arena, fmt, args);
    va_end(args);
    vec_push(d->owner->arena, &d->helps, text);
}

void diag_note(struct diag *d, struct span span, const char *fmt, ...)
{
    if (!d->owner)
        return;
    va_list args;
    va_start(args, fmt);
    struct diag_extra note = { span, arena_vprintf(d->owner->arena, fmt, args) };
    va_end(args);
    vec_push(d->owner->arena, &d->notes, note);
}

/* Close means a third of the letters wrong at most, and at least one right. */
size_t diag_nearest(struct str word, const struct str *candidates, size_t n)
{
    size_t best = SIZE_MAX, best_distance = word.n / 3 + 1;
    for (size_t i = 0; i < n; i++) {
        size_t distance = str_distance(word, candidates[i]);
        if (distance <= best_distance && distance < candidates[i].n &&
            (best == SIZE_MAX || distance < best_distance)) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}

void diag_suggest(struct diag *d, struct str word, const struct str *candidates, size_t n)
{
    size_t near = diag_nearest(word, candidates, n);
    if (near != SIZE_MAX)
        diag_help(d, "did you mean '%.*s'?", STR(candidates[near]));
}

static int compare(const void *a, const void *b)
{
    const struct diag *x = *(struct diag *const *)a, *y = *(struct diag *const *)b;
    struct span xs = span_origin(x->span, NULL), ys = span_origin(y->span, NULL);
    if (xs.src != ys.src) {
        if (!xs.src || !ys.src)
            return xs.src ? 1 : -1;
        int c = str_cmp(xs.src->path, ys.src->path);
        if (c)
            return c;
    }
    if (xs.at != ys.at)
        return xs.at < ys.at ? -1 : 1;
    if (xs.len != ys.len)
        return xs.len < ys.len ? -1 : 1;
    int c = strcmp(x->slug, y->slug);
    return c ? c : str_cmp(x->message, y->message);
}

void diags_sort(struct diags *ds)
{
    if (ds->all.n < 2)
        return;
    qsort(ds->all.p, ds->all.n, sizeof *ds->all.p, compare);
    size_t kept = 1;
    for (size_t i = 1; i < ds->all.n; i++) {
        if (compare(&ds->all.p[kept - 1], &ds->all.p[i]) != 0)
            ds->all.p[kept++] = ds->all.p[i];
        else if (ds->all.p[i]->severity != SEVERITY_WARNING)
            ds->errors--;
    }
    ds->all.n = kept;
}

int diags_exit(const struct diags *ds)
{
    if (ds->world)
        return 3;
    return ds->errors ? 1 : 0;
}
