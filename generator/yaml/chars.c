#include "yaml/chars.h"

#include "base/file.h"
#include "base/utf8.h"

static struct span span_at(const struct source *src, size_t at, size_t len)
{
    return (struct span){ src, (uint32_t)at, (uint32_t)len };
}

/* The short escape of a character in double quotes, or 0. */
static char escape_of(uint32_t code)
{
    static const struct {
        uint32_t code;
        char letter;
    } rows[] = {
        { 0x00, '0' }, { 0x07, 'a' }, { 0x08, 'b' },   { 0x0B, 'v' },   { 0x0C, 'f' },
        { 0x1B, 'e' }, { 0x85, 'N' }, { 0x2028, 'L' }, { 0x2029, 'P' },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code)
            return rows[i].letter;
    return 0;
}

static void report_bad_character(struct diags *ds, struct span span, uint32_t code)
{
    const char *what = code == 0                          ? "a NUL byte"
                       : code == 0xFEFF                   ? "a byte order mark"
                       : code == 0x2028 || code == 0x85   ? "a line separator"
                       : code == 0x2029                   ? "a paragraph separator"
                       : code == 0xFFFE || code == 0xFFFF ? "a noncharacter"
                                                          : "a control character";
    struct diag *d = diag_error(ds, "bad-character", span, "%s (U+%04X) stands in the text", what,
                                (unsigned)code);
    if (code >= 0xFEFF)
        diag_help(d, "remove it");
    else if (escape_of(code))
        diag_help(d, "remove it, or write \\%c in double quotes", escape_of(code));
    else
        diag_help(d, "remove it, or write \\x%02X in double quotes", (unsigned)code);
}

/* YAML 1.2 §5.1, without the line ends of YAML 1.1: libyaml would break lines at them. */
static bool is_allowed(uint32_t code)
{
    if (code < 0x20)
        return code == '\t' || code == '\n' || code == '\r';
    return code < 0x7F || (code >= 0xA0 && code != 0x2028 && code != 0x2029 && code != 0xFEFF &&
                           code != 0xFFFE && code != 0xFFFF);
}

/* Counts the code points; false after a diagnostic. */
static bool check(struct chars *c, struct diags *ds, const struct source *src)
{
    const char *p = src->text.p;
    size_t n = src->text.n, at = c->skipped;
    while (at < n) {
        unsigned char first = (unsigned char)p[at];
        size_t begin = at++;
        uint32_t code = first;
        if (first >= 0x80) {
            at = begin;
            code = utf8_next(src->text, &at);
        }
        if (!is_allowed(code)) {
            report_bad_character(ds, span_at(src, begin, at - begin), code);
            return false;
        }
        c->n++;
    }
    return true;
}

static void index_bytes(struct chars *c, struct arena *scratch)
{
    c->stride = arena_make_n(scratch, uint32_t, c->n / CHARS_STRIDE + 1);
    size_t count = 0;
    for (size_t at = 0; at < c->text.n; at++) {
        if (((unsigned char)c->text.p[at] & 0xC0) == 0x80)
            continue;
        if (count % CHARS_STRIDE == 0)
            c->stride[count / CHARS_STRIDE] = (uint32_t)at;
        count++;
    }
}

static struct span line_span(const struct source *src, size_t line)
{
    struct str text = source_line(src, line);
    return span_at(src, (size_t)(text.p - src->text.p), text.n);
}

/* <<<<<<< ours … ======= … >>>>>>> theirs, each at the start of a line. */
static bool check_conflicts(struct diags *ds, const struct source *src)
{
    size_t begin = 0, found = 0;
    for (size_t line = 1; line <= src->nlines; line++) {
        struct str text = str_sub(src->text, src->lines[line - 1], src->text.n);
        if (text.n == 0 || (text.p[0] != '<' && text.p[0] != '>'))
            continue;
        if (str_starts(text, S("<<<<<<< ")))
            begin = line;
        if (!begin || !str_starts(text, S(">>>>>>>")))
            continue;
        struct diag *d = diag_error(ds, "merge-conflict", line_span(src, begin),
                                    "the file holds a merge conflict that is not resolved");
        diag_help(d, "keep one side and remove the lines with <<<<<<<, ======= and >>>>>>>");
        diag_note(d, line_span(src, line), "it ends here");
        begin = 0;
        found++;
    }
    return !found;
}

bool chars_init(struct chars *c, struct arena *scratch, struct diags *ds, const struct source *src)
{
    *c = (struct chars){ .skipped = str_starts(src->text, S("\xEF\xBB\xBF")) ? 3 : 0 };
    c->text = str_sub(src->text, c->skipped, src->text.n);
    if (!source_check_utf8(ds, src) || !check(c, ds, src) || !check_conflicts(ds, src))
        return false;
    if (c->n != c->text.n)
        index_bytes(c, scratch);
    return true;
}

size_t chars_byte(struct chars *c, size_t index)
{
    if (index >= c->n)
        return c->skipped + c->text.n;
    if (!c->stride)
        return c->skipped + index;
    if (index < c->index || index - c->index > CHARS_STRIDE) {
        c->index = index - index % CHARS_STRIDE;
        c->at = c->stride[index / CHARS_STRIDE];
    }
    for (; c->index < index; c->index++) {
        c->at++;
        while (((unsigned char)c->text.p[c->at] & 0xC0) == 0x80)
            c->at++;
    }
    return c->skipped + c->at;
}

static bool is_odd_blank(uint32_t code)
{
    return code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200B) || code == 0x202F ||
           code == 0x205F || code == 0x2060 || code == 0x3000;
}

struct str chars_odd_blank(struct str s)
{
    size_t at = 0;
    if (s.n && (unsigned char)s.p[0] >= 0x80 && is_odd_blank(utf8_next(s, &at)))
        return str_sub(s, 0, at);
    if (s.n == 0 || (unsigned char)s.p[s.n - 1] < 0x80)
        return str_sub(s, 0, 0);
    size_t last = s.n - 1;
    while (last && ((unsigned char)s.p[last] & 0xC0) == 0x80)
        last--;
    at = last;
    return str_sub(s, last, is_odd_blank(utf8_next(s, &at)) ? s.n : last);
}
