/* Borrowed strings: a pointer and a length, never NUL-terminated, never owning. NUL bytes are data.
 * Print one with "%.*s" and STR(s). */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define S(literal) ((struct str){ "" literal "", sizeof(literal) - 1 })
#define S_INIT(literal)                    \
    {                                      \
        "" literal "", sizeof(literal) - 1 \
    } /* for static initialisers */
#define STR(s) (int)(s).n, (s).p

static inline struct str str_from(const char *c)
{
    return (struct str){ c, c ? strlen(c) : 0 };
}

static inline struct str str_sub(struct str s, size_t from, size_t to)
{
    return (struct str){ s.p ? s.p + from : s.p, to - from };
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Order of the bytes, shorter first where one begins the other: <0, 0 or >0. */
int str_cmp(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Byte offset of the first (last) occurrence at or after `from`, or SIZE_MAX. */
size_t str_find(struct str s, struct str what, size_t from);
size_t str_find_char(struct str s, char c, size_t from);
size_t str_rfind_char(struct str s, char c);

/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str s);

/* Takes the text before the next `sep` off the front of *rest; false when nothing is left.
 * "a,,b" gives "a", "", "b"; an empty *rest gives nothing. */
bool str_split(struct str *rest, char sep, struct str *part);

/* Whether `text` fits `pattern`, in which `*` stands for any text and `?` for any character;
 * `fold_case`: ASCII letters of either case are the same. */
bool str_fits(struct str pattern, struct str text, bool fold_case);

/* 64-bit FNV-1a; the same on every machine, for tables and never for output order. */
uint64_t str_hash(struct str s);

/* ASCII only, whatever the locale. */
static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool ascii_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}
static inline bool ascii_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
static inline bool ascii_is_alpha(char c)
{
    return ascii_is_lower(c) || ascii_is_upper(c);
}
static inline bool ascii_is_alnum(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}
static inline bool ascii_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline char ascii_lower(char c)
{
    return ascii_is_upper(c) ? (char)(c + 32) : c;
}
static inline char ascii_upper(char c)
{
    return ascii_is_lower(c) ? (char)(c - 32) : c;
}
/* The value of a hexadecimal digit, or -1. */
static inline int ascii_hex(char c)
{
    char low = ascii_lower(c);
    return ascii_is_digit(c) ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* Equal but for the case of ASCII letters. */
bool str_same_letters(struct str a, struct str b);
/* Number of single-character edits (insert, delete, replace, swap neighbours) from a to b, case
 * ignored; SIZE_MAX where either is over 64 bytes. For "did you mean". */
size_t str_distance(struct str a, struct str b);

#endif
