/* From libyaml's marks, which count code points and run on, to the bytes that somebody wrote. */
#include "yaml/reader.h"

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

/* Over blanks, line ends and comments. */
static size_t skip_gap(struct str text, size_t at, size_t end)
{
    while (at < end) {
        if (text.p[at] == '#') {
            while (at < end && !is_break(text.p[at]))
                at++;
        } else if (ascii_is_space(text.p[at])) {
            at++;
        } else {
            break;
        }
    }
    return at;
}

/* A tag ends with a blank, an anchor with its name. */
static size_t skip_property(struct str text, size_t at, size_t end)
{
    bool tag = text.p[at++] == '!';
    while (at < end && !ascii_is_space(text.p[at]) &&
           (tag || ascii_is_alnum(text.p[at]) || text.p[at] == '-' || text.p[at] == '_'))
        at++;
    return at;
}

/* "&anchor" and "!tag" in either order: neither a value nor a comment begins like them. */
struct place place_properties(const struct reader *r, size_t at, size_t end)
{
    struct str text = r->src->text;
    struct place p = { .at = at, .value = at, .end = end };
    while (p.value < end && (text.p[p.value] == '&' || text.p[p.value] == '!')) {
        size_t word = skip_property(text, p.value, end);
        if (text.p[p.value] == '!')
            p.tag = reader_span(r, p.value, word);
        p.value = skip_gap(text, word, end);
    }
    return p;
}

/* A block scalar ends with the last line that has text; libyaml's goes on to the next key. */
static size_t trim_block(struct str text, size_t begin, size_t end, bool blank)
{
    size_t header = begin + 1;
    while (header < end &&
           (ascii_is_digit(text.p[header]) || text.p[header] == '-' || text.p[header] == '+'))
        header++;
    if (blank)
        return header;
    size_t at = end;
    while (at > header && ascii_is_space(text.p[at - 1]))
        at--;
    while (at < end && !is_break(text.p[at]))
        at++;
    return at;
}

/* What is not there has a place too: behind its ':' or '-', or behind what came before, where
 * libyaml gives the place of the next token. */
static size_t place_of_nothing(const struct reader *r, size_t at)
{
    char before = at ? r->src->text.p[at - 1] : '\0';
    if (before == ':' || before == '-' || before == '?' || r->end > at || !r->end)
        return at;
    size_t colon = skip_gap(r->src->text, r->end, at);
    return colon < at && r->src->text.p[colon] == ':' ? colon + 1 : r->end;
}

struct place place_scalar(struct reader *r, const yaml_event_t *e)
{
    size_t at = chars_byte(&r->chars, e->start_mark.index);
    size_t end = chars_byte(&r->chars, e->end_mark.index);
    struct str value = { (const char *)e->data.scalar.value, e->data.scalar.length };
    if (at == end)
        at = end = place_of_nothing(r, at);
    struct place p = place_properties(r, at, end);
    if (e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
        e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE)
        p.end = trim_block(r->src->text, p.value, p.end, str_trim(value).n == 0);
    r->end = p.end;
    r->last = p;
    return p;
}
