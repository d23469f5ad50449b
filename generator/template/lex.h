/* Template text as tokens: runs of literal text, and what stands inside tags. Tokens borrow from
 * the source; nothing is copied. One token is read at a time, so that the first mistake in the text
 * is the first to be reported. */
#ifndef TEMPLATE_LEX_H
#define TEMPLATE_LEX_H

#include "template/template.h"

enum token_kind {
    TOK_EOF,
    TOK_DATA, /* literal text */
    TOK_VARIABLE_BEGIN,
    TOK_VARIABLE_END,
    TOK_BLOCK_BEGIN,
    TOK_BLOCK_END,
    TOK_NAME,
    TOK_STRING,
    TOK_INTEGER,
    TOK_FLOAT,
    TOK_ADD,
    TOK_SUB,
    TOK_DIV,
    TOK_FLOORDIV,
    TOK_MUL,
    TOK_MOD,
    TOK_POW,
    TOK_TILDE,
    TOK_LBRACKET,
    TOK_RBRACKET,
    TOK_LPAREN,
    TOK_RPAREN,
    TOK_LBRACE,
    TOK_RBRACE,
    TOK_EQ,
    TOK_NE,
    TOK_GT,
    TOK_GE,
    TOK_LT,
    TOK_LE,
    TOK_ASSIGN,
    TOK_DOT,
    TOK_COLON,
    TOK_PIPE,
    TOK_COMMA,
    TOK_SEMICOLON,
    TOK_ERROR, /* reported already */
};

struct token {
    enum token_kind kind;
    uint32_t at, len;
    struct str text;
};

enum { LEX_NESTING = 256 }; /* open brackets in one tag */

/* What a scan of literal text can find. */
enum lex_mark {
    MARK_NONE,
    MARK_RAW,
    MARK_VARIABLE,
    MARK_LINE_STATEMENT,
    MARK_LINE_COMMENT,
    MARK_COMMENT,
    MARK_BLOCK,
};

struct lex_rule {
    enum lex_mark mark;
    struct str start;
};

struct lexer {
    struct diags *diags;
    const struct template_options *options;
    const struct source *src;
    struct str text; /* without the last newline, where that is dropped */
    size_t at;
    enum { LEX_TEXT, LEX_BLOCK, LEX_VARIABLE, LEX_LINE } state;
    bool line_starting;       /* what was consumed last ended with a line end */
    struct token pending;     /* a tag's beginning found behind text, or TOK_EOF */
    uint32_t tag_at;          /* where the current tag begins, for messages */
    struct lex_rule rules[5]; /* longest first */
    size_t nrules;
    bool first[256];        /* bytes that can begin a tag */
    char open[LEX_NESTING]; /* brackets to be closed, each the closing one's character */
    uint32_t open_at[LEX_NESTING];
    size_t nopen;
    uint32_t last_at; /* where the last token began: "the end" for messages */
};

void lexer_init(struct lexer *lx, struct diags *ds, const struct template_options *options,
                const struct source *src);
struct token lexer_next(struct lexer *lx);

/* "'end of print statement'" or "'name'": the token as messages show it. */
struct str token_name(const struct token *t);
struct str token_kind_name(enum token_kind kind);

/* The value of a string literal (quotes included), escapes undone, in `a`; false after a
 * diagnostic. */
bool lexer_unescape(struct lexer *lx, struct arena *a, const struct token *t, struct str *out);

#endif
