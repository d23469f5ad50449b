#include "yaml/expr.h"

#include "base/vec.h"
#include "yaml/chars.h"

#include <yaml.h>

static const struct str TAG = S_INIT("!jsonata");

/* Whether a comment may begin on the line of `at` before it, not too far off. */
static bool may_be_comment(struct str text, size_t at)
{
    enum { FAR = 1000 };
    size_t stop = at > FAR ? at - FAR : 0;
    for (size_t i = at; i > stop && text.p[i - 1] != '\n'; i--)
        if (text.p[i - 1] == '#' && (i == 1 || ascii_is_space(text.p[i - 2])))
            return true;
    return false;
}

/* End of the expression whose "{%" is at `open`, or SIZE_MAX: it ends before the next one begins,
 * and within the line if that may be a comment. */
static size_t end_of_expr(struct str text, size_t open)
{
    size_t limit = str_find(text, S("{%"), open + 2);
    if (may_be_comment(text, open)) {
        size_t line_end = str_find_char(text, '\n', open);
        limit = limit < line_end ? limit : line_end;
    }
    struct str inside = str_sub(text, 0, limit < text.n ? limit : text.n);
    size_t close = str_find(inside, S("%}"), open + 2);
    return close == SIZE_MAX ? SIZE_MAX : close + 2;
}

/* The next "!jsonata {% … %}" from `from` on: its braces. */
static bool next_expr(struct str text, size_t from, struct expr *out)
{
    for (size_t at = from; (at = str_find(text, TAG, at)) != SIZE_MAX;) {
        at += TAG.n;
        size_t open = at;
        while (open < text.n && (text.p[open] == ' ' || text.p[open] == '\t'))
            open++;
        if (open == at || !str_starts(str_sub(text, open, text.n), S("{%")))
            continue;
        size_t end = end_of_expr(text, open);
        if (end == SIZE_MAX)
            continue;
        *out = (struct expr){ .at = open, .len = end - open, .real = true };
        return true;
    }
    return false;
}

/* The text with every real expression crossed out, each character by an x. */
static struct str cross_out(const struct exprs *e, struct arena *scratch, struct str text)
{
    char *p = arena_alloc(scratch, text.n + 1);
    size_t n = 0, at = 0;
    for (size_t i = 0; i < e->n; i++) {
        if (!e->all[i].real)
            continue;
        memcpy(p + n, text.p + at, e->all[i].at - at);
        n += e->all[i].at - at;
        at = e->all[i].at + e->all[i].len;
        for (size_t j = e->all[i].at; j < at; j++)
            if (((unsigned char)text.p[j] & 0xC0) != 0x80)
                p[n++] = 'x';
    }
    memcpy(p + n, text.p + at, text.n - at);
    return (struct str){ p, n + text.n - at };
}

/* Code point index of each expression; they are in order. */
static size_t *index_of_each(const struct exprs *e, struct arena *scratch, struct str text)
{
    size_t *index = arena_make_n(scratch, size_t, e->n);
    size_t at = 0, count = 0;
    for (size_t i = 0; i < e->n; i++) {
        for (; at < e->all[i].at; at++)
            count += ((unsigned char)text.p[at] & 0xC0) != 0x80;
        index[i] = count;
    }
    return index;
}

/* A scalar, from *next on: what is inside of it is real only where it begins a plain scalar tagged
 * !jsonata. The event's own mark is that of the tag, so the scalar reaches over both. */
static void judge(struct exprs *e, const size_t *index, size_t *next, const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;
    bool real =
        tag && strcmp(tag, TAG.p) == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    while (*next < e->n && index[*next] < event->start_mark.index)
        (*next)++;
    for (; *next < e->n && index[*next] < event->end_mark.index; (*next)++) {
        e->all[*next].real = real;
        real = false; /* a second one is text of the first */
    }
}

/* Reads the crossed-out text for the sake of its scalars alone. What stands in comments remains
 * crossed out, which does no harm; so does all behind an error, which will come again. */
static void judge_all(struct exprs *e, struct arena *scratch, struct str original, struct str text)
{
    size_t *index = index_of_each(e, scratch, original), next = 0;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    for (bool more = true; more && next < e->n;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event))
            break;
        more = event.type != YAML_STREAM_END_EVENT;
        if (event.type == YAML_SCALAR_EVENT)
            judge(e, index, &next, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

void exprs_init(struct exprs *e, struct arena *scratch, struct str text)
{
    VEC(struct expr) found = { 0 };
    struct expr one;
    for (size_t at = 0; next_expr(text, at, &one); at = one.at + one.len)
        vec_push(scratch, &found, one);
    *e = (struct exprs){ .text = text, .all = found.p, .n = found.n };
    if (!e->n)
        return;
    judge_all(e, scratch, text, cross_out(e, scratch, text));
    e->text = cross_out(e, scratch, text);
}

const struct expr *exprs_find(const struct exprs *e, size_t at)
{
    size_t low = 0, high = e->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (e->all[mid].at < at)
            low = mid + 1;
        else
            high = mid;
    }
    return low < e->n && e->all[low].at == at && e->all[low].real ? &e->all[low] : NULL;
}
