#include "lambda_runtime/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

/* Checks: each takes the first byte of its rule and returns what follows, NULL if malformed. */

static const char *check_digits(const char *p, const char *end)
{
    if (p == end || !is_digit(*p))
        return NULL;
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* number = [ "-" ] ( "0" / digits ) [ "." digits ] [ "e" [ sign ] digits ] */
static const char *check_number(const char *p, const char *end)
{
    if (p < end && *p == '-')
        p++;
    if (p < end && *p == '0')
        p++;
    else if ((p = check_digits(p, end)) == NULL)
        return NULL;
    if (p < end && *p == '.' && (p = check_digits(p + 1, end)) == NULL)
        return NULL;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        return check_digits(p, end);
    }
    return p;
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind "\u"; -1 if they are not. */
static int hex4(const char *p, const char *end)
{
    int value = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static const char *check_string(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '"')
            return p + 1;
        if ((unsigned char)*p < 0x20)
            return NULL;
        if (*p != '\\')
            continue;
        if (++p == end)
            return NULL;
        if (*p == 'u' ? hex4(p + 1, end) < 0 : strchr("\"\\/bfnrt", *p) == NULL || *p == '\0')
            return NULL;
    }
    return NULL;
}

static const char *check_word(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);

    return (size_t)(end - p) >= n && memcmp(p, word, n) == 0 ? p + n : NULL;
}

static const char *check_value(const char *p, const char *end, int depth);

/* Behind "[" or "{", up to and with what closes it. */
static const char *check_items(const char *p, const char *end, char close, int depth)
{
    if (depth > LJSON_MAX_DEPTH)
        return NULL;
    p = skip_blanks(p, end);
    if (p < end && *p == close)
        return p + 1;
    for (;;) {
        if (close == '}') {
            p = skip_blanks(p, end);
            if (p == end || *p != '"' || (p = check_string(p, end)) == NULL)
                return NULL;
            p = skip_blanks(p, end);
            if (p == end || *p++ != ':')
                return NULL;
        }
        if ((p = check_value(skip_blanks(p, end), end, depth)) == NULL)
            return NULL;
        p = skip_blanks(p, end);
        if (p == end || (*p != ',' && *p != close))
            return NULL;
        if (*p++ == close)
            return p;
    }
}

static const char *check_value(const char *p, const char *end, int depth)
{
    if (p == end)
        return NULL;
    switch (*p) {
    case '{':
        return check_items(p + 1, end, '}', depth + 1);
    case '[':
        return check_items(p + 1, end, ']', depth + 1);
    case '"':
        return check_string(p, end);
    case 't':
        return check_word(p, end, "true");
    case 'f':
        return check_word(p, end, "false");
    case 'n':
        return check_word(p, end, "null");
    default:
        return check_number(p, end);
    }
}

bool ljson_parse(const char *p, size_t n, struct ljson *value)
{
    const char *end = p + n;
    const char *start = skip_blanks(p, end);
    const char *stop = check_value(start, end, 0);

    *value = (struct ljson){ 0 };
    if (stop == NULL || skip_blanks(stop, end) != end)
        return false;
    *value = (struct ljson){ start, (size_t)(stop - start) };
    return true;
}

enum ljson_type ljson_type(struct ljson v)
{
    if (v.p == NULL)
        return LJSON_ABSENT;
    switch (*v.p) {
    case '{':
        return LJSON_OBJECT;
    case '[':
        return LJSON_ARRAY;
    case '"':
        return LJSON_STRING;
    case 't':
    case 'f':
        return LJSON_BOOL;
    case 'n':
        return LJSON_NULL;
    default:
        return LJSON_NUMBER;
    }
}

struct ljson_walk ljson_walk(struct ljson container)
{
    enum ljson_type type = ljson_type(container);

    if (type != LJSON_ARRAY && type != LJSON_OBJECT)
        return (struct ljson_walk){ 0 };
    return (struct ljson_walk){ .at = container.p + 1,
                                .end = container.p + container.n - 1,
                                .members = type == LJSON_OBJECT };
}

bool ljson_next(struct ljson_walk *w)
{
    if (w->at == NULL)
        return false;
    const char *p = skip_blanks(w->at, w->end);
    if (p == w->end)
        return false;
    if (*p == ',')
        p = skip_blanks(p + 1, w->end);
    if (w->members) {
        const char *stop = check_string(p, w->end);
        w->key = (struct ljson){ p, (size_t)(stop - p) };
        p = skip_blanks(stop, w->end) + 1; /* the colon */
        p = skip_blanks(p, w->end);
    }
    w->at = check_value(p, w->end, 0);
    w->value = (struct ljson){ p, (size_t)(w->at - p) };
    return true;
}

struct ljson ljson_get(struct ljson object, const char *key)
{
    if (ljson_type(object) == LJSON_OBJECT)
        for (struct ljson_walk w = ljson_walk(object); ljson_next(&w);)
            if (ljson_equals(w.key, key))
                return w.value;
    return (struct ljson){ 0 };
}

bool ljson_number(struct ljson v, double *number)
{
    char digits[512]; /* strtod wants a NUL; a longer number is not one that anybody meant */

    if (ljson_type(v) != LJSON_NUMBER || v.n >= sizeof digits)
        return false;
    memcpy(digits, v.p, v.n);
    digits[v.n] = '\0';
    *number = strtod(digits, NULL);
    return isfinite(*number);
}

bool ljson_integer(struct ljson v, int64_t *integer)
{
    const double exact = 9007199254740992.0; /* 2^53 */
    double number;

    if (!ljson_number(v, &number) || number < -exact || number > exact)
        return false;
    *integer = (int64_t)number;
    return (double)*integer == number;
}

static size_t put_utf8(char out[static 4], unsigned code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* The code point of an escape whose "\u" ends before *p; moves *p behind it. */
static unsigned take_unicode(const char **p, const char *end)
{
    unsigned code = (unsigned)hex4(*p, end);

    *p += 4;
    if (code < 0xD800 || code > 0xDFFF)
        return code;
    if (code < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        unsigned low = (unsigned)hex4(*p + 2, end);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *p += 6;
            return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return 0xFFFD;
}

static char unescape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

/* One character of a string's inside, as UTF-8 (a byte of a longer one at a time). */
static size_t take_char(const char **p, const char *end, char out[static 4])
{
    char c = *(*p)++;

    if (c == '\\') {
        c = *(*p)++;
        if (c == 'u')
            return put_utf8(out, take_unicode(p, end));
        c = unescape(c);
    }
    out[0] = c;
    return 1;
}

bool ljson_string(struct ljson v, struct ltext *to)
{
    if (ljson_type(v) != LJSON_STRING)
        return false;
    const char *end = v.p + v.n - 1;
    for (const char *p = v.p + 1; p < end;) {
        char bytes[4];
        ltext_add(to, bytes, take_char(&p, end, bytes));
    }
    return !to->failed;
}

bool ljson_equals(struct ljson v, const char *s)
{
    if (ljson_type(v) != LJSON_STRING)
        return false;
    const char *end = v.p + v.n - 1;
    for (const char *p = v.p + 1; p < end;) {
        char bytes[4];
        size_t n = take_char(&p, end, bytes);
        if (bytes[0] == '\0' || strncmp(s, bytes, n) != 0)
            return false;
        s += n;
    }
    return *s == '\0';
}
