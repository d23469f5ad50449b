/* The small languages inside paths: escapes, lenient JSON, regular expressions. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "jsonpath/program.h"

#include "base/num.h"
#include "base/utf8.h"

#include <pcre2.h>

/* The four digits at s[at]; -1 unless all are hexadecimal. */
static int32_t read_hex4(struct str s, size_t at)
{
    int32_t code = 0;
    if (s.n - at < 4)
        return -1;
    for (size_t i = at; i < at + 4; i++) {
        int digit = ascii_hex(s.p[i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

static bool is_high(int32_t code)
{
    return code >= 0xD800 && code < 0xDC00;
}

/* \uXXXX behind s[at], surrogate pairs joined; a lone one becomes U+FFFD. An unfinished escape at
 * the end of the text vanishes, as in Jayway. */
static bool unescape_unicode(struct parser *ps, struct str s, size_t *at, struct buf *out)
{
    if (s.n - *at < 4) {
        *at = s.n;
        return true;
    }
    int32_t code = read_hex4(s, *at);
    if (code < 0)
        return parse_fail(ps, 0, "'\\u%.*s' is no character: expected four hexadecimal digits", 4,
                          s.p + *at);
    *at += 4;
    if (is_high(code) && s.n - *at >= 6 && s.p[*at] == '\\' && s.p[*at + 1] == 'u') {
        int32_t low = read_hex4(s, *at + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            *at += 6;
        }
    }
    if (code >= 0xD800 && code < 0xE000)
        code = 0xFFFD;
    char utf8[4];
    buf_put(out, (struct str){ utf8, utf8_put(utf8, (uint32_t)code) });
    return true;
}

static char unescape_char(char c)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *hit = c ? strchr(from, c) : NULL;
    return hit ? to[hit - from] : c;
}

bool parse_unescape(struct parser *ps, struct str raw, struct str *out)
{
    *out = raw;
    if (str_find_char(raw, '\\', 0) == SIZE_MAX)
        return true;
    struct buf text;
    buf_init(&text, 0);
    bool ok = true;
    for (size_t at = 0; ok && at < raw.n;) {
        char c = raw.p[at++];
        if (c != '\\' || at == raw.n) {
            buf_putc(&text, c);
        } else if (raw.p[at] == 'u') {
            at++;
            ok = unescape_unicode(ps, raw, &at, &text);
        } else {
            buf_putc(&text, unescape_char(raw.p[at++]));
        }
    }
    *out = arena_str(ps->arena, buf_str(&text));
    buf_done(&text);
    return ok;
}

/* ---- lenient JSON ---- */

static void skip_space(struct parser *ps)
{
    while (ps->at < ps->s.n && ascii_is_space(ps->s.p[ps->at]))
        ps->at++;
}

static const struct span nowhere;

static struct node *read_value(struct parser *ps);

static bool read_text(struct parser *ps, struct str *out)
{
    char quote = ps->s.p[ps->at];
    if (quote == '\'' || quote == '"') {
        size_t from = ps->at + 1, to = scan_unescaped(ps->s, quote, from);
        if (to == SIZE_MAX)
            return parse_fail(ps, ps->at, "the string is not closed: missing %c", quote);
        ps->at = to + 1;
        return parse_unescape(ps, str_sub(ps->s, from, to), out);
    }
    size_t from = ps->at;
    while (ps->at < ps->s.n && !memchr(",:[]{}", ps->s.p[ps->at], 6))
        ps->at++;
    *out = str_trim(str_sub(ps->s, from, ps->at));
    return out->n > 0 || parse_fail(ps, from, "expected a value");
}

static struct node *read_plain(struct parser *ps)
{
    bool quoted = ps->s.p[ps->at] == '\'' || ps->s.p[ps->at] == '"';
    struct str text;
    int64_t i;
    double d;
    if (!read_text(ps, &text))
        return NULL;
    if (!quoted) {
        if (str_eq(text, S("true")) || str_eq(text, S("false")))
            return node_bool(ps->arena, nowhere, text.n == 4);
        if (str_eq(text, S("null")))
            return node_null(ps->arena, nowhere);
        if (num_get_int(text, &i))
            return node_int(ps->arena, nowhere, i);
        if (num_get_double(text, &d))
            return node_float(ps->arena, nowhere, d);
    }
    return node_str(ps->arena, nowhere, text);
}

static bool read_member(struct parser *ps, struct node *into, char close)
{
    struct str key = { 0 };
    if (close == '}') {
        if (!read_text(ps, &key))
            return false;
        skip_space(ps);
        if (ps->at >= ps->s.n || ps->s.p[ps->at++] != ':')
            return parse_fail(ps, ps->at, "expected ':'");
    }
    struct node *value = read_value(ps);
    if (!value)
        return false;
    if (close == '}')
        node_put(ps->arena, into, key, nowhere, value);
    else
        node_push(ps->arena, into, value);
    return true;
}

static struct node *read_group(struct parser *ps)
{
    bool is_map = ps->s.p[ps->at++] == '{';
    char close = is_map ? '}' : ']';
    struct node *n = is_map ? node_map(ps->arena, nowhere) : node_seq(ps->arena, nowhere);
    for (;;) {
        skip_space(ps);
        if (ps->at < ps->s.n && ps->s.p[ps->at] == close) {
            ps->at++;
            return n;
        }
        if (ps->at >= ps->s.n) {
            parse_fail(ps, ps->at, "expected '%c'", close);
            return NULL;
        }
        if (!read_member(ps, n, close))
            return NULL;
        skip_space(ps);
        if (ps->at < ps->s.n && ps->s.p[ps->at] == ',')
            ps->at++;
    }
}

static struct node *read_value(struct parser *ps)
{
    skip_space(ps);
    if (ps->at >= ps->s.n) {
        parse_fail(ps, ps->at, "expected a value");
        return NULL;
    }
    if (ps->s.p[ps->at] != '[' && ps->s.p[ps->at] != '{')
        return read_plain(ps);
    if (++ps->depth > JSONPATH_MAX_DEPTH) {
        parse_fail(ps, ps->at, "nested more than %d deep", JSONPATH_MAX_DEPTH);
        return NULL;
    }
    struct node *n = read_group(ps);
    ps->depth--;
    return n;
}

struct node *parse_lenient_json(struct parser *ps)
{
    struct node *n = read_value(ps);
    skip_space(ps);
    if (n && ps->at < ps->s.n) {
        parse_fail(ps, ps->at, "something stands behind the value");
        return NULL;
    }
    return n;
}

/* ---- regular expressions ---- */

/* PCRE2 takes its memory from the arena, so that a compiled pattern needs no release. */
static void *take_memory(size_t size, void *arena)
{
    return arena_alloc(arena, size);
}

static void keep_memory(void *p, void *arena)
{
    (void)p;
    (void)arena;
}

const void *parse_regex(struct parser *ps, struct str pattern, bool ignore_case)
{
    pcre2_general_context *memory =
        pcre2_general_context_create(take_memory, keep_memory, ps->arena);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    pcre2_set_parens_nest_limit(context, JSONPATH_MAX_DEPTH);
    uint32_t options =
        PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | (ignore_case ? (uint32_t)PCRE2_CASELESS : 0u);
    int error;
    PCRE2_SIZE at;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options, &error, &at, context);
    if (!code) {
        PCRE2_UCHAR text[120];
        pcre2_get_error_message(error, text, sizeof text);
        parse_fail(ps, at, "the regular expression is wrong: %s", (const char *)text);
    }
    return code;
}
