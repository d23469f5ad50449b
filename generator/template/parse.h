/* The parser's state, shared by its two files: expressions and statements. */
#ifndef TEMPLATE_PARSE_H
#define TEMPLATE_PARSE_H

#include "template/ast.h"
#include "template/lex.h"

enum {
    PARSE_CHAIN = 500, /* operators in a row, attributes of attributes … */
    PARSE_ENDS = 4,    /* tags that may end a block */
};

/* A block tag that waits for its end. */
struct open_block {
    struct str tag;
    uint32_t at, len;
    const struct str *ends; /* what may end the current part, an empty one behind the last */
    struct open_block *up;
};

struct parser {
    struct arena *arena;
    struct diags *diags;
    struct diags ignored; /* what is said after the first error */
    const struct template_options *options;
    struct lexer lexer;
    struct token now, next;
    bool have_next;
    bool failed;
    int depth;
    uint32_t end; /* where the token before `now` ended */
    struct open_block *blocks;
};

void parse_advance(struct parser *p);
const struct token *parse_look(struct parser *p);
bool parse_is_name(const struct parser *p, struct str name);
bool parse_skip(struct parser *p, enum token_kind kind);
bool parse_skip_name(struct parser *p, struct str name);
bool parse_expect(struct parser *p, enum token_kind kind);
bool parse_expect_name(struct parser *p, struct str name);

struct span parse_span(const struct parser *p, uint32_t at, uint32_t len);
/* Reports once; what follows a first error is not worth reading. */
__attribute__((format(printf, 4, 5))) struct diag *
parse_error(struct parser *p, const char *slug, struct span span, const char *fmt, ...);
struct diag *parse_unexpected(struct parser *p, const char *expected);

/* False, after a diagnostic, when constructs nest too deep. */
bool parse_enter(struct parser *p);
static inline void parse_leave(struct parser *p)
{
    p->depth--;
}

struct ast *parse_make(struct parser *p, enum ast_kind kind, uint32_t at);
/* Ends the node where the last token ended. */
void parse_close(struct parser *p, struct ast *n);
/* n got the child c (or NULL). */
void parse_adopt(struct parser *p, struct ast *n, const struct ast *c);

/* All of these return NULL after a diagnostic. */
struct ast *parse_expression(struct parser *p);
struct ast *parse_or(struct parser *p); /* without inline if */
struct ast *parse_primary(struct parser *p);
/* Expressions with commas between them become a tuple. `plain`: names and literals only. `end`
 * (empty: none) is a word that ends it, like a closing tag. */
struct ast *parse_tuple(struct parser *p, bool plain, bool inline_if, struct str end, bool parens);
/* |filter|filter…; base may be NULL. `first`: the first filter has no pipe before it. */
struct ast *parse_filters(struct parser *p, struct ast *base, bool first);

#endif
