/* Expressions. Precedence, weakest first: if else, or, and, not, comparisons and in, + -, ~,
 * * / // %, **, unary, then attribute, index, call, filter and test. */
#include "base/limits.h"
#include "base/num.h"
#include "template/parse.h"

static struct ast *parse_unary(struct parser *p, bool with_filter);

void parse_advance(struct parser *p)
{
    p->end = p->now.at + p->now.len;
    if (p->have_next) {
        p->now = p->next;
        p->have_next = false;
    } else if (p->now.kind != TOK_ERROR) {
        p->now = lexer_next(&p->lexer);
    }
    if (p->now.kind == TOK_ERROR)
        p->failed = true;
}

const struct token *parse_look(struct parser *p)
{
    if (!p->have_next) {
        p->next = p->now.kind == TOK_EOF ? p->now : lexer_next(&p->lexer);
        p->have_next = true;
        p->failed |= p->next.kind == TOK_ERROR;
    }
    return &p->next;
}

bool parse_is_name(const struct parser *p, struct str name)
{
    return p->now.kind == TOK_NAME && str_eq(p->now.text, name);
}

bool parse_skip(struct parser *p, enum token_kind kind)
{
    if (p->now.kind != kind)
        return false;
    parse_advance(p);
    return true;
}

bool parse_skip_name(struct parser *p, struct str name)
{
    if (!parse_is_name(p, name))
        return false;
    parse_advance(p);
    return true;
}

struct span parse_span(const struct parser *p, uint32_t at, uint32_t len)
{
    return (struct span){ p->lexer.src, at, len };
}

struct diag *parse_error(struct parser *p, const char *slug, struct span span, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str text = arena_vprintf(p->arena, fmt, args);
    va_end(args);
    struct diags *ds = p->failed ? &p->ignored : p->diags;
    p->failed = true;
    return diag_error(ds, slug, span, "%.*s", STR(text));
}

/* A kind of token as messages show it: what ends a tag by its own characters. */
static const char *name_of(struct parser *p, enum token_kind kind)
{
    if (kind == TOK_VARIABLE_END)
        return arena_printf(p->arena, "'%.*s'", STR(p->options->variable_end)).p;
    if (kind == TOK_BLOCK_END && p->lexer.text.p[p->lexer.tag_at] == p->options->block_start.p[0])
        return arena_printf(p->arena, "'%.*s'", STR(p->options->block_end)).p;
    return token_kind_name(kind).p;
}

/* What was read runs on into other lines: the end of the tag is missing there. */
static void note_open_tag(struct parser *p, struct diag *d)
{
    uint32_t tag = p->lexer.tag_at;
    size_t line = source_position(p->lexer.src, tag).line;
    if (p->lexer.state == LEX_TEXT || source_position(p->lexer.src, p->now.at).line == line)
        return;
    bool variable = p->lexer.state == LEX_VARIABLE;
    struct str end = variable ? p->options->variable_end : p->options->block_end;
    diag_note(d, parse_span(p, tag, 2), "%s begins here; is its '%.*s' missing?",
              variable ? "the expression" : "the tag", STR(end));
}

struct diag *parse_unexpected(struct parser *p, const char *expected)
{
    const struct token *t = &p->now;
    if (p->failed || t->kind == TOK_ERROR) {
        p->failed = true;
        return NULL;
    }
    struct span span = parse_span(p, t->at, t->len);
    struct diag *d;
    if (t->kind == TOK_NAME || t->kind == TOK_STRING || t->kind == TOK_INTEGER ||
        t->kind == TOK_FLOAT) {
        bool quoted = t->kind == TOK_STRING;
        d = parse_error(p, "template-syntax", span, "expected %s, found %s%.*s%s", expected,
                        quoted ? "" : "'", STR(t->text), quoted ? "" : "'");
        note_open_tag(p, d);
        return d;
    }
    d = parse_error(p, "template-syntax", span, "expected %s, found %s", expected,
                    name_of(p, t->kind));
    if (t->kind == TOK_EOF && p->lexer.state != LEX_TEXT)
        diag_note(d, parse_span(p, p->lexer.tag_at, 2), "this tag is not closed");
    else
        note_open_tag(p, d);
    return d;
}

bool parse_expect(struct parser *p, enum token_kind kind)
{
    if (parse_skip(p, kind))
        return true;
    parse_unexpected(p, name_of(p, kind));
    return false;
}

bool parse_expect_name(struct parser *p, struct str name)
{
    if (parse_skip_name(p, name))
        return true;
    parse_unexpected(p, arena_printf(p->arena, "'%.*s'", STR(name)).p);
    return false;
}

bool parse_enter(struct parser *p)
{
    if (p->depth++ < LIMIT_DEPTH)
        return true;
    if (!p->failed)
        parse_error(p, "too-deep", parse_span(p, p->now.at, p->now.len),
                    "the template nests deeper than %d levels here", LIMIT_DEPTH);
    return false;
}

struct ast *parse_make(struct parser *p, enum ast_kind kind, uint32_t at)
{
    struct ast *n = arena_make(p->arena, struct ast);
    n->kind = (uint8_t)kind;
    n->at = at;
    return n;
}

void parse_close(struct parser *p, struct ast *n)
{
    n->len = p->end > n->at ? p->end - n->at : 0;
}

void parse_adopt(struct parser *p, struct ast *n, const struct ast *c)
{
    if (!c || c->depth < n->depth)
        return;
    n->depth = (uint16_t)(c->depth + 1);
    if (n->depth > PARSE_CHAIN && !p->failed)
        parse_error(p, "too-deep", parse_span(p, c->at, 1),
                    "this expression has more than %d operators in a row", PARSE_CHAIN);
}

/* n with the operands a and b; NULL if one is missing. */
static struct ast *join(struct parser *p, enum ast_kind kind, int op, struct ast *a, struct ast *b)
{
    if (!a || !b)
        return NULL;
    struct ast *n = parse_make(p, kind, a->at);
    n->op = (uint8_t)op;
    n->a = a;
    n->b = b;
    parse_adopt(p, n, a);
    parse_adopt(p, n, b);
    n->len = b->at + b->len - a->at;
    return p->failed ? NULL : n;
}

static struct ast *parse_number(struct parser *p)
{
    struct ast *n = parse_make(p, AST_CONST, p->now.at);
    char *digits = arena_alloc(p->arena, p->now.text.n + 1);
    size_t used = 0;
    for (size_t i = 0; i < p->now.text.n; i++)
        if (p->now.text.p[i] != '_')
            digits[used++] = p->now.text.p[i];
    struct str text = { digits, used };
    if (p->now.kind == TOK_FLOAT) {
        n->op = CONST_FLOAT;
        num_get_double(text, &n->number);
    } else if (num_get_int(text, &n->integer)) {
        n->op = CONST_INT;
    } else {
        n->op = CONST_BIG;
        n->text = text;
    }
    parse_advance(p);
    parse_close(p, n);
    return n;
}

static struct ast *parse_string(struct parser *p)
{
    struct ast *n = parse_make(p, AST_CONST, p->now.at);
    n->op = CONST_STR;
    struct str text;
    if (!lexer_unescape(&p->lexer, p->arena, &p->now, &text)) {
        p->failed = true;
        return NULL;
    }
    parse_advance(p);
    while (p->now.kind == TOK_STRING) { /* "a" "b" is "ab" */
        struct str more;
        if (!lexer_unescape(&p->lexer, p->arena, &p->now, &more)) {
            p->failed = true;
            return NULL;
        }
        char *both = arena_alloc(p->arena, text.n + more.n + 1);
        if (text.n)
            memcpy(both, text.p, text.n);
        if (more.n)
            memcpy(both + text.n, more.p, more.n);
        text = (struct str){ both, text.n + more.n };
        parse_advance(p);
    }
    n->text = text;
    parse_close(p, n);
    return n;
}

static struct ast *parse_name(struct parser *p)
{
    static const struct {
        struct str word;
        enum ast_const value;
    } words[] = { { S_INIT("true"), CONST_TRUE },   { S_INIT("True"), CONST_TRUE },
                  { S_INIT("false"), CONST_FALSE }, { S_INIT("False"), CONST_FALSE },
                  { S_INIT("none"), CONST_NONE },   { S_INIT("None"), CONST_NONE } };
    struct ast *n = parse_make(p, AST_NAME, p->now.at);
    n->text = p->now.text;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq(words[i].word, n->text)) {
            n->kind = AST_CONST;
            n->op = (uint8_t)words[i].value;
        }
    }
    parse_advance(p);
    parse_close(p, n);
    return n;
}

/* [a, b, …] and {k: v, …}; the bracket is the current token. */
static struct ast *parse_display(struct parser *p, enum ast_kind kind, enum token_kind close)
{
    struct ast *n = parse_make(p, kind, p->now.at), **tail = &n->list;
    parse_advance(p);
    for (bool first = true; p->now.kind != close; first = false) {
        if (!first && !parse_expect(p, TOK_COMMA))
            return NULL;
        if (p->now.kind == close)
            break;
        struct ast *item = parse_expression(p);
        if (!item)
            return NULL;
        parse_adopt(p, n, item);
        *tail = item;
        tail = &item->next;
        if (kind == AST_DICT) {
            if (!parse_expect(p, TOK_COLON) || !(item = parse_expression(p)))
                return NULL;
            parse_adopt(p, n, item);
            *tail = item;
            tail = &item->next;
        }
    }
    parse_advance(p);
    parse_close(p, n);
    return n;
}

struct ast *parse_primary(struct parser *p)
{
    struct ast *n;
    switch (p->now.kind) {
    case TOK_NAME:
        return parse_name(p);
    case TOK_STRING:
        return parse_string(p);
    case TOK_INTEGER:
    case TOK_FLOAT:
        return parse_number(p);
    case TOK_LPAREN: {
        uint32_t at = p->now.at;
        parse_advance(p);
        n = parse_tuple(p, false, true, (struct str){ 0 }, true);
        if (!n || !parse_expect(p, TOK_RPAREN))
            return NULL;
        if (n->kind == AST_TUPLE) {
            n->at = at;
            parse_close(p, n);
        }
        return n;
    }
    case TOK_LBRACKET:
        return parse_display(p, AST_LIST, TOK_RBRACKET);
    case TOK_LBRACE:
        return parse_display(p, AST_DICT, TOK_RBRACE);
    default:
        parse_unexpected(p, "an expression");
        return NULL;
    }
}

static bool is_tuple_end(const struct parser *p, struct str end)
{
    return p->now.kind == TOK_VARIABLE_END || p->now.kind == TOK_BLOCK_END ||
           p->now.kind == TOK_RPAREN || (end.n && parse_is_name(p, end));
}

struct ast *parse_tuple(struct parser *p, bool plain, bool inline_if, struct str end, bool parens)
{
    struct ast *n = parse_make(p, AST_TUPLE, p->now.at), **tail = &n->list;
    bool tuple = false;
    for (bool first = true;; first = false) {
        if (!first && !parse_expect(p, TOK_COMMA))
            return NULL;
        if (is_tuple_end(p, end))
            break;
        struct ast *item = plain ? parse_primary(p) : inline_if ? parse_expression(p) : parse_or(p);
        if (!item)
            return NULL;
        parse_adopt(p, n, item);
        *tail = item;
        tail = &item->next;
        if (p->now.kind != TOK_COMMA)
            break;
        tuple = true;
    }
    if (!tuple && n->list)
        return n->list;
    if (!tuple && !parens) {
        parse_unexpected(p, "an expression");
        return NULL;
    }
    parse_close(p, n);
    return n;
}

/* What stands between the brackets of x[…], one part. */
static struct ast *parse_subscript_part(struct parser *p)
{
    struct ast *n = parse_make(p, AST_SLICE, p->now.at);
    if (p->now.kind != TOK_COLON) {
        struct ast *start = parse_expression(p);
        if (!start || p->now.kind != TOK_COLON)
            return start;
        n->a = start;
    }
    parse_advance(p);
    struct ast **parts[] = { &n->b, &n->c };
    for (int i = 0; i < 2; i++) {
        if (p->now.kind != TOK_COLON && p->now.kind != TOK_RBRACKET && p->now.kind != TOK_COMMA) {
            *parts[i] = parse_expression(p);
            if (!*parts[i])
                return NULL;
        }
        if (i == 1 || !parse_skip(p, TOK_COLON))
            break;
    }
    parse_adopt(p, n, n->a);
    parse_adopt(p, n, n->b);
    parse_adopt(p, n, n->c);
    parse_close(p, n);
    return n;
}

static struct ast *parse_index(struct parser *p)
{
    struct ast *n = parse_make(p, AST_TUPLE, p->now.at), **tail = &n->list;
    size_t count = 0;
    for (; p->now.kind != TOK_RBRACKET; count++) {
        if (count && !parse_expect(p, TOK_COMMA))
            return NULL;
        struct ast *part = parse_subscript_part(p);
        if (!part)
            return NULL;
        parse_adopt(p, n, part);
        *tail = part;
        tail = &part->next;
    }
    parse_advance(p);
    return count == 1 ? n->list : n;
}

/* .name, .0 or […] behind base. */
static struct ast *parse_access(struct parser *p, struct ast *base)
{
    struct ast *n = parse_make(p, AST_GETITEM, base->at);
    if (parse_skip(p, TOK_DOT)) {
        if (p->now.kind == TOK_NAME) {
            n->kind = AST_GETATTR;
            n->attr.base = base;
            n->attr.name = p->now.text;
            parse_advance(p);
        } else if (p->now.kind == TOK_INTEGER) {
            n->a = base;
            n->b = parse_number(p);
        } else {
            parse_unexpected(p, "a name or number");
            return NULL;
        }
    } else {
        parse_advance(p);
        n->a = base;
        if (!(n->b = parse_index(p)))
            return NULL;
        parse_adopt(p, n, n->b);
    }
    parse_adopt(p, n, base);
    parse_close(p, n);
    return p->failed ? NULL : n;
}

static bool bad_arguments(struct parser *p, uint32_t at, const char *what)
{
    if (!p->failed)
        parse_error(p, "template-syntax", parse_span(p, at, 1), "%s", what);
    return false;
}

/* One argument; the lists end at *args and *kwargs. */
static bool parse_argument(struct parser *p, struct ast_args *out, struct ast ***args,
                           struct ast ***kwargs)
{
    uint32_t at = p->now.at;
    if (parse_skip(p, TOK_MUL)) {
        if (out->dyn_args || out->dyn_kwargs)
            return bad_arguments(p, at, "'*' may stand once, and before '**'");
        return (out->dyn_args = parse_expression(p)) != NULL;
    }
    if (parse_skip(p, TOK_POW)) {
        if (out->dyn_kwargs)
            return bad_arguments(p, at, "'**' may stand once");
        return (out->dyn_kwargs = parse_expression(p)) != NULL;
    }
    if (p->now.kind == TOK_NAME && parse_look(p)->kind == TOK_ASSIGN) {
        if (out->dyn_kwargs)
            return bad_arguments(p, at, "'**' comes last");
        struct ast *k = parse_make(p, AST_NAME, at);
        k->keyword.name = p->now.text;
        parse_advance(p);
        parse_close(p, k);
        parse_advance(p);
        if (!(k->keyword.value = parse_expression(p)))
            return false;
        parse_adopt(p, k, k->keyword.value);
        **kwargs = k;
        *kwargs = &k->next;
        return true;
    }
    if (out->dyn_args || out->dyn_kwargs || out->kwargs)
        return bad_arguments(p, at, "arguments without a name come first");
    struct ast *arg = parse_expression(p);
    if (!arg)
        return false;
    **args = arg;
    *args = &arg->next;
    return true;
}

static bool parse_arguments(struct parser *p, struct ast *n, struct ast_args *out)
{
    struct ast **args = &out->args, **kwargs = &out->kwargs;
    parse_advance(p);
    for (bool first = true; p->now.kind != TOK_RPAREN; first = false) {
        if (!first && !parse_expect(p, TOK_COMMA))
            return false;
        if (!first && p->now.kind == TOK_RPAREN)
            break;
        if (!parse_argument(p, out, &args, &kwargs))
            return false;
    }
    parse_advance(p);
    for (struct ast *a = out->args; a; a = a->next)
        parse_adopt(p, n, a);
    for (struct ast *a = out->kwargs; a; a = a->next)
        parse_adopt(p, n, a);
    parse_adopt(p, n, out->dyn_args);
    parse_adopt(p, n, out->dyn_kwargs);
    return !p->failed;
}

static struct ast *parse_call(struct parser *p, struct ast *callee)
{
    struct ast *n = parse_make(p, AST_CALL, callee->at);
    n->call.callee = callee;
    parse_adopt(p, n, callee);
    if (!parse_arguments(p, n, &n->call.args))
        return NULL;
    parse_close(p, n);
    return n;
}

static struct ast *parse_postfix(struct parser *p, struct ast *n)
{
    while (n) {
        if (p->now.kind == TOK_DOT || p->now.kind == TOK_LBRACKET)
            n = parse_access(p, n);
        else if (p->now.kind == TOK_LPAREN)
            n = parse_call(p, n);
        else
            break;
    }
    return n;
}

/* A filter's or test's name, which may have dots. */
static bool parse_dotted(struct parser *p, struct str *name)
{
    uint32_t at = p->now.at;
    *name = p->now.text;
    if (!parse_expect(p, TOK_NAME))
        return false;
    while (parse_skip(p, TOK_DOT)) {
        if (!parse_expect(p, TOK_NAME))
            return false;
        *name = str_sub(p->lexer.src->text, at, p->end);
    }
    return true;
}

struct ast *parse_filters(struct parser *p, struct ast *base, bool first)
{
    struct ast *n = base;
    while (p->now.kind == TOK_PIPE || first) {
        if (!first)
            parse_advance(p);
        first = false;
        struct ast *f = parse_make(p, AST_FILTER, p->now.at);
        f->filter.value = n;
        f->filter.args = arena_make(p->arena, struct ast_args);
        parse_adopt(p, f, n);
        if (p->now.kind == TOK_PIPE) {
            diag_help(parse_error(p, "template-syntax", parse_span(p, p->now.at - 1, 2),
                                  "a filter is missing between the bars"),
                      "write 'or' for one of two");
            return NULL;
        }
        if (!parse_dotted(p, &f->filter.name) ||
            (p->now.kind == TOK_LPAREN && !parse_arguments(p, f, f->filter.args)))
            return NULL;
        parse_close(p, f);
        n = f;
    }
    return p->failed ? NULL : n;
}

static bool begins_test_argument(const struct parser *p)
{
    switch (p->now.kind) {
    case TOK_NAME:
        return !parse_is_name(p, S("else")) && !parse_is_name(p, S("or")) &&
               !parse_is_name(p, S("and"));
    case TOK_STRING:
    case TOK_INTEGER:
    case TOK_FLOAT:
    case TOK_LBRACKET:
    case TOK_LBRACE:
        return true;
    default:
        return false;
    }
}

/* x is [not] name [argument]; `is` is the current token. */
static struct ast *parse_test(struct parser *p, struct ast *value)
{
    parse_advance(p);
    bool negated = parse_skip_name(p, S("not"));
    struct ast *n = parse_make(p, AST_TEST, p->now.at);
    n->filter.value = value;
    n->filter.args = arena_make(p->arena, struct ast_args);
    parse_adopt(p, n, value);
    if (!parse_dotted(p, &n->filter.name))
        return NULL;
    if (p->now.kind == TOK_LPAREN) {
        if (!parse_arguments(p, n, n->filter.args))
            return NULL;
    } else if (begins_test_argument(p)) {
        if (parse_is_name(p, S("is"))) {
            parse_error(p, "template-syntax", parse_span(p, p->now.at, 2),
                        "one 'is' cannot follow another; use 'and'");
            return NULL;
        }
        struct ast *arg = parse_postfix(p, parse_primary(p));
        if (!arg)
            return NULL;
        parse_adopt(p, n, arg);
        n->filter.args->args = arg;
    }
    parse_close(p, n);
    if (!negated)
        return p->failed ? NULL : n;
    struct ast *no = parse_make(p, AST_UNARY, n->at);
    no->op = UNARY_NOT;
    no->a = n;
    parse_adopt(p, no, n);
    parse_close(p, no);
    return p->failed ? NULL : no;
}

static struct ast *parse_unary(struct parser *p, bool with_filter)
{
    struct ast *n;
    if (!parse_enter(p))
        return NULL;
    if (p->now.kind == TOK_SUB || p->now.kind == TOK_ADD) {
        n = parse_make(p, AST_UNARY, p->now.at);
        n->op = p->now.kind == TOK_SUB ? UNARY_NEG : UNARY_POS;
        parse_advance(p);
        n->a = parse_unary(p, false);
        if (n->a) {
            parse_adopt(p, n, n->a);
            parse_close(p, n);
        } else {
            n = NULL;
        }
    } else {
        n = parse_primary(p);
    }
    n = parse_postfix(p, n);
    while (n && with_filter) {
        if (p->now.kind == TOK_PIPE)
            n = parse_filters(p, n, false);
        else if (parse_is_name(p, S("is")))
            n = parse_test(p, n);
        else if (p->now.kind == TOK_LPAREN)
            n = parse_call(p, n);
        else
            break;
    }
    parse_leave(p);
    return p->failed ? NULL : n;
}

static struct ast *parse_pow(struct parser *p)
{
    struct ast *n = parse_unary(p, true);
    while (n && parse_skip(p, TOK_POW))
        n = join(p, AST_BINARY, BIN_POW, n, parse_unary(p, true));
    return n;
}

static struct ast *parse_product(struct parser *p)
{
    struct ast *n = parse_pow(p);
    while (n) {
        enum ast_binary op;
        if (p->now.kind == TOK_MUL)
            op = BIN_MUL;
        else if (p->now.kind == TOK_DIV)
            op = BIN_DIV;
        else if (p->now.kind == TOK_FLOORDIV)
            op = BIN_FLOORDIV;
        else if (p->now.kind == TOK_MOD)
            op = BIN_MOD;
        else
            break;
        parse_advance(p);
        n = join(p, AST_BINARY, (int)op, n, parse_pow(p));
    }
    return n;
}

static struct ast *parse_concat(struct parser *p)
{
    struct ast *first = parse_product(p);
    if (!first || p->now.kind != TOK_TILDE)
        return first;
    struct ast *n = parse_make(p, AST_CONCAT, first->at), **tail = &first->next;
    n->list = first;
    parse_adopt(p, n, first);
    while (parse_skip(p, TOK_TILDE)) {
        struct ast *item = parse_product(p);
        if (!item)
            return NULL;
        parse_adopt(p, n, item);
        *tail = item;
        tail = &item->next;
    }
    parse_close(p, n);
    return n;
}

static struct ast *parse_sum(struct parser *p)
{
    struct ast *n = parse_concat(p);
    while (n && (p->now.kind == TOK_ADD || p->now.kind == TOK_SUB)) {
        enum ast_binary op = p->now.kind == TOK_ADD ? BIN_ADD : BIN_SUB;
        parse_advance(p);
        n = join(p, AST_BINARY, (int)op, n, parse_concat(p));
    }
    return n;
}

/* The comparison operator here, skipped; false if there is none. */
static bool parse_comparison(struct parser *p, enum ast_compare *op)
{
    switch (p->now.kind) {
    case TOK_EQ:
        *op = CMP_EQ;
        break;
    case TOK_NE:
        *op = CMP_NE;
        break;
    case TOK_LT:
        *op = CMP_LT;
        break;
    case TOK_LE:
        *op = CMP_LE;
        break;
    case TOK_GT:
        *op = CMP_GT;
        break;
    case TOK_GE:
        *op = CMP_GE;
        break;
    case TOK_NAME:
        if (str_eq(p->now.text, S("in"))) {
            *op = CMP_IN;
            break;
        }
        if (!str_eq(p->now.text, S("not")) || parse_look(p)->kind != TOK_NAME ||
            !str_eq(parse_look(p)->text, S("in")))
            return false;
        parse_advance(p);
        *op = CMP_NOTIN;
        break;
    default:
        return false;
    }
    parse_advance(p);
    return true;
}

static struct ast *parse_compare(struct parser *p)
{
    struct ast *first = parse_sum(p);
    enum ast_compare op;
    if (!first || !parse_comparison(p, &op))
        return first;
    struct ast *n = parse_make(p, AST_COMPARE, first->at), **tail = &n->compare.operands;
    n->compare.first = first;
    parse_adopt(p, n, first);
    do {
        struct ast *operand = parse_make(p, AST_COMPARE, n->at);
        operand->op = (uint8_t)op;
        operand->a = parse_sum(p);
        if (!operand->a)
            return NULL;
        parse_close(p, operand);
        parse_adopt(p, n, operand->a);
        *tail = operand;
        tail = &operand->next;
    } while (parse_comparison(p, &op));
    parse_close(p, n);
    return p->failed ? NULL : n;
}

static struct ast *parse_not(struct parser *p)
{
    if (!parse_is_name(p, S("not")))
        return parse_compare(p);
    struct ast *n = parse_make(p, AST_UNARY, p->now.at);
    n->op = UNARY_NOT;
    parse_advance(p);
    if (!parse_enter(p))
        return NULL;
    n->a = parse_not(p);
    parse_leave(p);
    parse_adopt(p, n, n->a);
    parse_close(p, n);
    return p->failed ? NULL : n;
}

static struct ast *parse_and(struct parser *p)
{
    struct ast *n = parse_not(p);
    while (n && parse_skip_name(p, S("and")))
        n = join(p, AST_AND, 0, n, parse_not(p));
    return n;
}

struct ast *parse_or(struct parser *p)
{
    struct ast *n = parse_and(p);
    while (n && parse_skip_name(p, S("or")))
        n = join(p, AST_OR, 0, n, parse_and(p));
    return n;
}

struct ast *parse_expression(struct parser *p)
{
    if (!parse_enter(p))
        return NULL;
    struct ast *n = parse_or(p);
    while (n && parse_skip_name(p, S("if"))) {
        struct ast *cond = parse_make(p, AST_COND, n->at);
        cond->b = n;
        cond->a = parse_or(p);
        if (!cond->a)
            return NULL;
        if (parse_skip_name(p, S("else")) && !(cond->c = parse_expression(p)))
            return NULL;
        parse_adopt(p, cond, cond->a);
        parse_adopt(p, cond, cond->b);
        parse_adopt(p, cond, cond->c);
        parse_close(p, cond);
        n = cond;
    }
    parse_leave(p);
    return p->failed ? NULL : n;
}
