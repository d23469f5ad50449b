#include "template/unicode.h"

#include "base/utf8.h"
#include "template/unicode_tables.h"

#include <utf8proc.h>

static utf8proc_category_t category(uint32_t c)
{
    return utf8proc_category((utf8proc_int32_t)c);
}

bool code_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x1F);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

size_t space_at(struct str s, size_t at)
{
    if (at >= s.n)
        return 0;
    if ((unsigned char)s.p[at] < 0x80)
        return code_is_space((unsigned char)s.p[at]);
    size_t next = at;
    return code_is_space(utf8_next(s, &next)) ? next - at : 0;
}

size_t space_before(struct str s, size_t at)
{
    if (at == 0)
        return 0;
    size_t from = at - 1;
    while (from > 0 && at - from < 4 && ((unsigned char)s.p[from] & 0xC0) == 0x80)
        from--;
    return space_at(s, from) == at - from ? at - from : 0;
}

struct str trim_start(struct str s)
{
    for (size_t n; (n = space_at(s, 0));)
        s = str_sub(s, n, s.n);
    return s;
}

struct str trim_end(struct str s)
{
    for (size_t n; (n = space_before(s, s.n));)
        s.n -= n;
    return s;
}

bool code_is_alpha(uint32_t c)
{
    if (c < 0x80)
        return ascii_is_alpha((char)c);
    switch (category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return true;
    default:
        return false;
    }
}

bool code_is_decimal(uint32_t c)
{
    return c < 0x80 ? ascii_is_digit((char)c) : category(c) == UTF8PROC_CATEGORY_ND;
}

bool code_is_digit(uint32_t c)
{
    return code_is_decimal(c) || c == 0xB2 || c == 0xB3 || c == 0xB9 || c == 0x2070 ||
           (c >= 0x2074 && c <= 0x2079) || (c >= 0x2080 && c <= 0x2089) ||
           (c >= 0x2460 && c <= 0x2468) || (c >= 0x2474 && c <= 0x247C) ||
           (c >= 0x2488 && c <= 0x2490);
}

bool code_is_numeric(uint32_t c)
{
    utf8proc_category_t k = category(c);
    return k == UTF8PROC_CATEGORY_ND || k == UTF8PROC_CATEGORY_NL || k == UTF8PROC_CATEGORY_NO;
}

bool code_is_upper(uint32_t c)
{
    return category(c) == UTF8PROC_CATEGORY_LU || (c >= 0x2160 && c <= 0x216F) ||
           (c >= 0x24B6 && c <= 0x24CF);
}

bool code_is_lower(uint32_t c)
{
    return category(c) == UTF8PROC_CATEGORY_LL || c == 0xAA || c == 0xBA ||
           (c >= 0x2170 && c <= 0x217F) || (c >= 0x24D0 && c <= 0x24E9) ||
           (c >= 0x2B0 && c <= 0x2B8);
}

bool code_is_title(uint32_t c)
{
    return category(c) == UTF8PROC_CATEGORY_LT;
}

bool code_is_cased(uint32_t c)
{
    return code_is_upper(c) || code_is_lower(c) || code_is_title(c);
}

bool code_is_printable(uint32_t c)
{
    if (c < 0x7F)
        return c >= 0x20;
    switch (category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS:
        return false;
    default:
        return true;
    }
}

bool code_is_word(uint32_t c)
{
    return c == '_' || code_is_alpha(c) || code_is_numeric(c);
}

bool code_starts_name(uint32_t c)
{
    return c == '_' || code_is_alpha(c) || category(c) == UTF8PROC_CATEGORY_NL;
}

bool code_continues_name(uint32_t c)
{
    if (code_starts_name(c) || c == 0xB7 || c == 0x387)
        return true;
    switch (category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC:
        return true;
    default:
        return false;
    }
}

bool code_in_name(uint32_t c)
{
    return code_continues_name(c) || code_is_word(c);
}

/* Case. */

static const uint16_t *find_expansion(const struct expansion *table, size_t n, uint32_t c)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (table[mid].code == c)
            return table[mid].to;
        if (table[mid].code < c)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static void put_code(struct buf *out, uint32_t c)
{
    char utf8[4];
    buf_put(out, (struct str){ utf8, utf8_put(utf8, c) });
}

static void put_expansion(struct buf *out, const uint16_t *to)
{
    for (int i = 0; i < 3 && to[i]; i++)
        put_code(out, to[i]);
}

static void put_upper_code(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_putc(out, ascii_upper((char)c));
        return;
    }
    const uint16_t *to =
        find_expansion(upper_expansions, sizeof upper_expansions / sizeof *upper_expansions, c);
    if (to)
        put_expansion(out, to);
    else
        put_code(out, (uint32_t)utf8proc_toupper((utf8proc_int32_t)c));
}

static void put_title_code(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_putc(out, ascii_upper((char)c));
        return;
    }
    const uint16_t *to =
        find_expansion(title_expansions, sizeof title_expansions / sizeof *title_expansions, c);
    if (to)
        put_expansion(out, to);
    else
        put_code(out, (uint32_t)utf8proc_totitle((utf8proc_int32_t)c));
}

static bool is_case_ignorable(uint32_t c)
{
    switch (category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
        return true;
    default:
        return c == '\'' || c == '.' || c == ':' || c == 0xB7 || c == 0x2019;
    }
}

/* Whether the sigma in s[from, to) ends a word: a cased letter before it and none behind it. */
static bool is_final_sigma(struct str s, size_t from, size_t to)
{
    bool before = false;
    for (size_t at = 0; at < from;) {
        uint32_t c = utf8_next(s, &at);
        if (!is_case_ignorable(c))
            before = code_is_cased(c);
    }
    while (before && to < s.n) {
        uint32_t c = utf8_next(s, &to);
        if (!is_case_ignorable(c))
            return !code_is_cased(c);
    }
    return before;
}

/* The code point at *at of s in lower case. */
static void put_lower_next(struct buf *out, struct str s, size_t *at)
{
    size_t from = *at;
    uint32_t c = utf8_next(s, at);
    if (c < 0x80)
        buf_putc(out, ascii_lower((char)c));
    else if (c == 0x3A3)
        put_code(out, is_final_sigma(s, from, *at) ? 0x3C2 : 0x3C3);
    else if (c == 0x130)
        buf_put(out, S("i\xCC\x87"));
    else
        put_code(out, (uint32_t)utf8proc_tolower((utf8proc_int32_t)c));
}

void put_upper(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.n;)
        put_upper_code(out, utf8_next(s, &at));
}

void put_lower(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.n;)
        put_lower_next(out, s, &at);
}

void put_casefold(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        if (c == 0xDF || c == 0x1E9E) {
            buf_put(out, S("ss"));
        } else if (c == 0x3C2) {
            put_code(out, 0x3C3);
        } else {
            at = from;
            put_lower_next(out, s, &at);
        }
    }
}

void put_title(struct buf *out, struct str s)
{
    bool inside = false;
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        if (inside) {
            at = from;
            put_lower_next(out, s, &at);
        } else {
            put_title_code(out, c);
        }
        inside = code_is_cased(c);
    }
}

void put_capitalized(struct buf *out, struct str s)
{
    size_t at = 0;
    if (s.n)
        put_title_code(out, utf8_next(s, &at));
    while (at < s.n)
        put_lower_next(out, s, &at);
}

void put_swapped(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        if (code_is_upper(c)) {
            at = from;
            put_lower_next(out, s, &at);
        } else if (code_is_lower(c)) {
            put_upper_code(out, c);
        } else {
            put_code(out, c);
        }
    }
}

bool is_ascii(struct str s)
{
    unsigned char all = 0;
    for (size_t i = 0; i < s.n; i++)
        all |= (unsigned char)s.p[i];
    return all < 0x80;
}

size_t code_offset(struct str s, size_t n)
{
    size_t at = 0;
    while (n-- > 0 && at < s.n)
        utf8_next(s, &at);
    return at;
}
