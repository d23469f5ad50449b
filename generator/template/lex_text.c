/* Tokens in words, and string literals as values. */
#include "base/buf.h"
#include "base/utf8.h"
#include "template/lex.h"

struct str token_kind_name(enum token_kind kind)
{
    static const struct str names[] = {
        [TOK_EOF] = S_INIT("end of template"),
        [TOK_DATA] = S_INIT("text"),
        [TOK_VARIABLE_BEGIN] = S_INIT("begin of expression"),
        [TOK_VARIABLE_END] = S_INIT("end of expression"),
        [TOK_BLOCK_BEGIN] = S_INIT("begin of tag"),
        [TOK_BLOCK_END] = S_INIT("end of tag"),
        [TOK_NAME] = S_INIT("a name"),
        [TOK_STRING] = S_INIT("a string"),
        [TOK_INTEGER] = S_INIT("a number"),
        [TOK_FLOAT] = S_INIT("a number"),
        [TOK_ADD] = S_INIT("'+'"),
        [TOK_SUB] = S_INIT("'-'"),
        [TOK_DIV] = S_INIT("'/'"),
        [TOK_FLOORDIV] = S_INIT("'//'"),
        [TOK_MUL] = S_INIT("'*'"),
        [TOK_MOD] = S_INIT("'%'"),
        [TOK_POW] = S_INIT("'**'"),
        [TOK_TILDE] = S_INIT("'~'"),
        [TOK_LBRACKET] = S_INIT("'['"),
        [TOK_RBRACKET] = S_INIT("']'"),
        [TOK_LPAREN] = S_INIT("'('"),
        [TOK_RPAREN] = S_INIT("')'"),
        [TOK_LBRACE] = S_INIT("'{'"),
        [TOK_RBRACE] = S_INIT("'}'"),
        [TOK_EQ] = S_INIT("'=='"),
        [TOK_NE] = S_INIT("'!='"),
        [TOK_GT] = S_INIT("'>'"),
        [TOK_GE] = S_INIT("'>='"),
        [TOK_LT] = S_INIT("'<'"),
        [TOK_LE] = S_INIT("'<='"),
        [TOK_ASSIGN] = S_INIT("'='"),
        [TOK_DOT] = S_INIT("'.'"),
        [TOK_COLON] = S_INIT("':'"),
        [TOK_PIPE] = S_INIT("'|'"),
        [TOK_COMMA] = S_INIT("','"),
        [TOK_SEMICOLON] = S_INIT("';'"),
        [TOK_ERROR] = S_INIT("an error"),
    };
    return names[kind];
}

/* The code point of \xhh, \uhhhh, \Uhhhhhhhh or \ooo at *at, which moves past it; false if it is
 * malformed. */
static bool numeric_escape(struct str s, size_t *at, char kind, uint32_t *code)
{
    size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 3;
    uint32_t base = kind == 'o' ? 8 : 16, value = 0;
    size_t n = 0;
    for (; n < digits && *at < s.n; n++, ++*at) {
        char c = ascii_lower(s.p[*at]);
        uint32_t digit = ascii_is_digit(c)      ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                                                : 16;
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    *code = value;
    return (kind == 'o' || n == digits) && value <= 0x10FFFF;
}

static const char *simple_escape(char c)
{
    static const char *const pairs[] = { "\\\\", "''",  "\"\"", "a\a", "b\b",
                                         "f\f",  "n\n", "r\r",  "t\t", "v\v" };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i][0] == c)
            return pairs[i] + 1;
    return NULL;
}

static void put_code(struct buf *out, uint32_t code)
{
    char utf8[4];
    if (code >= 0xD800 && code <= 0xDFFF)
        code = 0xFFFD;
    buf_put(out, (struct str){ utf8, utf8_put(utf8, code) });
}

/* One escape, whose letter is at *at. */
static bool put_escape(struct buf *out, struct str s, size_t *at)
{
    char c = s.p[*at];
    const char *simple = simple_escape(c);
    uint32_t code;
    if (simple) {
        buf_putc(out, *simple);
        ++*at;
    } else if (c == '\n') {
        ++*at; /* a line end that does not count */
    } else if (c >= '0' && c <= '7') {
        numeric_escape(s, at, 'o', &code);
        put_code(out, code);
    } else if (c == 'x' || c == 'u' || c == 'U') {
        ++*at;
        if (!numeric_escape(s, at, c, &code))
            return false;
        put_code(out, code);
    } else if (c == 'N') {
        return false; /* names of characters are not known here */
    } else {
        buf_putc(out, '\\');
    }
    return true;
}

bool lexer_unescape(struct lexer *lx, struct arena *a, const struct token *t, struct str *out)
{
    struct str s = str_sub(t->text, 1, t->text.n - 1);
    if (str_find_char(s, '\\', 0) == SIZE_MAX && str_find_char(s, '\r', 0) == SIZE_MAX &&
        str_find_char(s, '\n', 0) == SIZE_MAX) {
        *out = s;
        return true;
    }
    struct buf text;
    buf_init(&text, 0);
    bool good = true;
    for (size_t at = 0; good && at < s.n;) {
        char c = s.p[at];
        if (c == '\r' || c == '\n') {
            at += c == '\r' && at + 1 < s.n && s.p[at + 1] == '\n' ? 2 : 1;
            buf_put(&text, lx->options->newline);
        } else if (c == '\\' && at + 1 < s.n) {
            size_t from = at++;
            good = put_escape(&text, s, &at);
            if (!good) {
                struct span span = { lx->src, t->at + 1 + (uint32_t)from, 2 };
                diag_error(lx->diags, "template-syntax", span,
                           "'%.*s' is no complete escape in a string",
                           STR(str_sub(s, from, from + 2)));
            }
        } else {
            buf_putc(&text, c);
            at++;
        }
    }
    *out = arena_str(a, buf_str(&text));
    buf_done(&text);
    return good;
}
