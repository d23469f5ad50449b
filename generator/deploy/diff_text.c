#include "deploy/diff.h"

#include "base/utf8.h"

enum { SHOWN = 60 }; /* bytes of a value */

struct print {
    struct buf *out;
    bool colour;
};

#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define RED "\033[31m"
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

static const char *paint(const struct print *p, const char *code)
{
    return p->colour ? code : "";
}

static void put_mark(struct print *p, enum change_kind k)
{
    static const char *const marks[] = { "+", "~", "-" };
    static const char *const colours[] = { GREEN, YELLOW, RED };
    buf_printf(p->out, "    %s%s%s ", paint(p, colours[k]), marks[k], paint(p, PLAIN));
}

/* The part where two values differ is what matters; their common beginning is left out. */
static size_t common_start(struct str a, struct str b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    n = n > SHOWN / 3 ? n - SHOWN / 3 : 0;
    return n ? utf8_floor(a, n) : 0;
}

static void put_value(struct print *p, struct str s, size_t from)
{
    bool cut_start = from > 0 && from < s.n;
    struct str rest = cut_start ? str_sub(s, from, s.n) : s;
    bool cut_end = rest.n > SHOWN;
    if (cut_end)
        rest.n = utf8_floor(rest, SHOWN);
    buf_put(p->out, cut_start ? S("…") : S(""));
    for (size_t i = 0; i < rest.n; i++)
        buf_putc(p->out, rest.p[i] >= 0 && rest.p[i] < ' ' ? ' ' : rest.p[i]);
    buf_put(p->out, cut_end ? S("…") : S(""));
}

static void put_change(struct print *p, struct str before, struct str after)
{
    size_t from = common_start(before, after);
    if (before.n)
        put_value(p, before, from);
    buf_put(p->out, before.n ? S(" → ") : S("now "));
    if (after.n)
        put_value(p, after, from);
    else
        buf_put(p->out, S("nothing"));
}

static void put_resource(struct print *p, const struct resource_change *c)
{
    static const char *const replaced[] = { "", ", may be replaced", ", is replaced" };
    put_mark(p, c->kind);
    buf_printf(p->out, "%s%.*s%s  %.*s", paint(p, BOLD), STR(c->id), paint(p, PLAIN), STR(c->type));
    if (c->replacement != REPLACE_NO)
        buf_printf(p->out, "%s%s%s", paint(p, RED), replaced[c->replacement], paint(p, PLAIN));
    if (c->kept && (c->kind == CHANGE_REMOVE || c->replacement != REPLACE_NO))
        buf_put(p->out, c->kind == CHANGE_REMOVE ? S(", kept outside of the stack")
                                                 : S("; the old one is kept"));
    if (c->source.n)
        buf_printf(p->out, "  %s%.*s%s", paint(p, DIM), STR(c->source), paint(p, PLAIN));
    buf_putc(p->out, '\n');
    for (size_t i = 0; i < c->properties.n; i++) {
        const struct property_change *f = &c->properties.p[i];
        buf_printf(p->out, "        %.*s: ", STR(f->path));
        if (str_eq(f->path, S("DefinitionString")))
            buf_put(p->out, S("see below"));
        else
            put_change(p, f->before, f->after);
        if (f->replacement == REPLACE_YES && c->replacement == REPLACE_YES)
            buf_printf(p->out, " %s(replaces it)%s", paint(p, RED), paint(p, PLAIN));
        buf_putc(p->out, '\n');
    }
}

static bool same_text(const struct grant_change *a, const struct grant_change *b)
{
    if (a->broader != b->broader || a->deny != b->deny || !str_eq(a->subject, b->subject) ||
        !str_eq(a->principal, b->principal) || !str_eq(a->resource, b->resource) ||
        !str_eq(a->condition, b->condition) || a->reasons.n != b->reasons.n)
        return false;
    for (size_t i = 0; i < a->reasons.n; i++)
        if (!str_eq(a->reasons.p[i], b->reasons.p[i]))
            return false;
    return true;
}

static void put_reasons(struct print *p, const struct grant_change *g)
{
    for (size_t i = 0; i < g->reasons.n; i++)
        buf_printf(p->out, "        %s%s %.*s%s\n", paint(p, DIM), i ? "   and" : "because",
                   STR(g->reasons.p[i]), paint(p, PLAIN));
    if (!g->reasons.n && !g->broader && !g->deny)
        buf_printf(p->out, "        %sno step needs it any more%s\n", paint(p, DIM),
                   paint(p, PLAIN));
}

/* A denial that comes takes away, one that goes lets in. */
static void put_verb(struct print *p, const struct grant_change *g)
{
    static const char *const whom[][2] = { { " no longer admits", " admits" },
                                           { " denies", " no longer denies" } };
    static const char *const what[][2] = { { " may no longer", " may now" },
                                           { " is denied:", " is no longer denied:" } };
    if (g->principal.n)
        buf_printf(p->out, "%s %.*s:", whom[g->deny][g->broader], STR(g->principal));
    else
        buf_put(p->out, str_from(what[g->deny][g->broader]));
}

/* What is said alike is said once, with all its actions. */
static void put_grants(struct print *p, const struct diff *d)
{
    for (size_t i = 0; i < d->grants.n; i++) {
        const struct grant_change *g = &d->grants.p[i];
        bool said = false;
        for (size_t j = 0; j < i && !said; j++)
            said = same_text(&d->grants.p[j], g);
        if (said)
            continue;
        put_mark(p, g->broader ? CHANGE_ADD : CHANGE_REMOVE);
        buf_printf(p->out, "%.*s", STR(g->subject));
        if (g->who.n)
            buf_printf(p->out, " (%.*s)", STR(g->who));
        put_verb(p, g);
        buf_putc(p->out, ' ');
        for (size_t j = i; j < d->grants.n; j++)
            if (same_text(&d->grants.p[j], g))
                buf_printf(p->out, "%s%.*s", j == i ? "" : ", ", STR(d->grants.p[j].action));
        if (g->resource.n)
            buf_printf(p->out, " on %.*s", STR(g->resource));
        if (g->condition.n)
            buf_printf(p->out, " if %.*s", STR(g->condition));
        buf_putc(p->out, '\n');
        put_reasons(p, g);
    }
}

static void put_state(struct print *p, const struct state_change *c)
{
    put_mark(p, c->kind);
    buf_printf(p->out, "%.*s", STR(c->name.n ? c->name : S("(the machine itself)")));
    for (size_t i = 0; i < c->fields.n; i++)
        buf_printf(p->out, "%s%.*s", i ? ", " : ": ", STR(c->fields.p[i]));
    buf_putc(p->out, '\n');
}

static void put_values(struct print *p, const struct value_change *c)
{
    put_mark(p, c->kind);
    buf_printf(p->out, "%.*s %.*s", STR(c->section), STR(c->name));
    if (c->kind == CHANGE_UPDATE) {
        buf_put(p->out, S(": "));
        put_change(p, c->before, c->after);
    }
    buf_putc(p->out, '\n');
}

static void put_title(struct print *p, const char *title, size_t n)
{
    if (n)
        buf_printf(p->out, "  %s\n", title);
}

void diff_print(const struct diff *d, const struct manifest *m, bool colour, struct buf *out)
{
    struct print p = { out, colour };
    buf_printf(out, "%s%.*s%s", paint(&p, BOLD), STR(m->stack), paint(&p, PLAIN));
    if (!diff_any(d)) {
        buf_put(out, S(": no changes\n"));
        return;
    }
    if (d->fresh)
        buf_put(out, S(" is new"));
    buf_putc(out, '\n');
    put_title(&p, "resources", d->resources.n);
    for (size_t i = 0; i < d->resources.n; i++)
        put_resource(&p, &d->resources.p[i]);
    put_title(&p, "permissions", d->grants.n);
    put_grants(&p, d);
    put_title(&p, "states", d->states.n);
    for (size_t i = 0; i < d->states.n; i++)
        put_state(&p, &d->states.p[i]);
    put_title(&p, "other", d->values.n);
    for (size_t i = 0; i < d->values.n; i++)
        put_values(&p, &d->values.p[i]);
    put_title(&p, "uploads, if the bucket has them not yet", d->uploads.n);
    for (size_t i = 0; i < d->uploads.n; i++)
        buf_printf(out, "      %.*s  %lld bytes\n", STR(d->uploads.p[i]->id),
                   (long long)d->uploads.p[i]->bytes);
}
