#include "asl/asl_text.h"

#include "base/num.h"
#include "base/utf8.h"

#include <math.h>

enum { SHOWN_MAX = 60, VARIABLE_MAX = 80 };

struct str asl_shown(struct arena *a, struct str text)
{
    char *out = arena_alloc(a, 2 + 4 * SHOWN_MAX + 3);
    size_t n = 0, at = 0;
    out[n++] = '\'';
    for (size_t count = 0; at < text.n; count++) {
        if (count == SHOWN_MAX) {
            n += utf8_put(out + n, 0x2026);
            break;
        }
        uint32_t code = utf8_next(text, &at);
        if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            code = 0xfffd;
        n += utf8_put(out + n, code);
    }
    out[n++] = '\'';
    return (struct str){ out, n };
}

struct str asl_number_shown(struct arena *a, double number)
{
    char text[NUM_TEXT];
    size_t n = num_put_double(text, number);
    return arena_str(a, (struct str){ text, n });
}

struct str asl_node_shown(struct arena *a, const struct node *n)
{
    switch (n->kind) {
    case NODE_STR:
        return asl_shown(a, n->str);
    case NODE_BOOL:
        return n->boolean ? S("true") : S("false");
    case NODE_INT:
        return asl_number_shown(a, (double)n->integer);
    case NODE_FLOAT:
        return asl_number_shown(a, n->number);
    default:
        return str_from(node_kind_name(n));
    }
}

bool asl_has_placeholder(struct str text)
{
    for (size_t at = str_find(text, S("${"), 0); at != SIZE_MAX;
         at = str_find(text, S("${"), at + 2)) {
        size_t end = at + 2;
        while (end < text.n && (ascii_is_alnum(text.p[end]) ||
                                str_find_char(S("_.:-"), text.p[end], 0) != SIZE_MAX))
            end++;
        if (end > at + 2 && end < text.n && text.p[end] == '}')
            return true;
    }
    return false;
}

bool asl_is_whole(double number)
{
    return isfinite(number) && floor(number) == number;
}

/* Bytes in front of the text in its source: 1 in quotes, 0 without; SIZE_MAX: it is not there. */
static size_t text_offset(const struct node *n)
{
    struct str raw = span_text(n->span);
    if (str_eq(raw, n->str))
        return 0;
    bool quoted = raw.n == n->str.n + 2 && (raw.p[0] == '"' || raw.p[0] == '\'');
    return quoted && str_eq(str_sub(raw, 1, raw.n - 1), n->str) ? 1 : SIZE_MAX;
}

struct span asl_span_in(const struct node *n, size_t at, size_t len)
{
    struct span s = n->span;
    size_t offset = text_offset(n);
    if (offset == SIZE_MAX || at + len > n->str.n)
        return s;
    s.at += (uint32_t)(offset + at);
    s.len = (uint32_t)len;
    return s;
}

/* Letters beyond ASCII are not told from other characters there: too little to gain. */
static bool is_letter(uint32_t code)
{
    return code == '_' || (code < 0x80 ? ascii_is_alpha((char)code) : code != 0xfffd);
}

bool asl_is_variable_name(struct str text)
{
    size_t at = 0, count = 0;
    while (at < text.n) {
        uint32_t code = utf8_next(text, &at);
        if (!is_letter(code) && !(count > 0 && code < 0x80 && ascii_is_digit((char)code)))
            return false;
        count++;
    }
    return count > 0 && count <= VARIABLE_MAX;
}
