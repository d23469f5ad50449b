/* Statements: text, {{ … }} and {% … %}. */
#include "template/parse.h"

static struct ast *parse_body(struct parser *p, const struct str *ends);

static const struct str no_end = { 0 };

/* Sets every name in a target to be stored; false, after a diagnostic, if it is no target. */
static bool make_target(struct parser *p, struct ast *n, enum ast_context context)
{
    if (n->kind == AST_NAME) {
        n->op = (uint8_t)context;
        return true;
    }
    if (n->kind != AST_TUPLE) {
        parse_error(p, "template-syntax", parse_span(p, n->at, n->len),
                    n->kind == AST_CONST && n->op < CONST_INT
                        ? "'%.*s' is a constant and cannot be set"
                        : "'%.*s' cannot be set; expected a name",
                    STR(str_sub(p->lexer.src->text, n->at, n->at + n->len)));
        return false;
    }
    for (struct ast *item = n->list; item; item = item->next)
        if (!make_target(p, item, context))
            return false;
    return true;
}

/* A name or names with commas between them, up to the word `end`. */
static struct ast *parse_target(struct parser *p, struct str end, enum ast_context context)
{
    struct ast *n = parse_tuple(p, true, false, end, false);
    return n && make_target(p, n, context) ? n : NULL;
}

static bool parse_plain_name(struct parser *p, struct str *name)
{
    *name = p->now.text;
    return parse_expect(p, TOK_NAME);
}

/* The end of the opening tag, then everything up to one of `ends`, whose name is then current. */
static struct ast *parse_part(struct parser *p, const struct str *ends, bool *good)
{
    parse_skip(p, TOK_COLON);
    if (!parse_expect(p, TOK_BLOCK_END)) {
        *good = false;
        return NULL;
    }
    struct ast *body = parse_body(p, ends);
    *good = !p->failed;
    return body;
}

/* The same where one tag alone can end the block; its name is skipped. */
static bool parse_whole(struct parser *p, struct str end, struct ast **body)
{
    const struct str ends[] = { end, { 0 } };
    bool good;
    *body = parse_part(p, ends, &good);
    if (good)
        parse_advance(p);
    return good;
}

static struct ast *parse_if(struct parser *p, struct ast *n)
{
    static const struct str more[] = { S_INIT("elif"), S_INIT("else"), S_INIT("endif"), { 0 } };
    struct ast **tail = &n->choice.branches;
    for (;;) {
        struct ast *branch = parse_make(p, AST_IF, p->now.at);
        bool good;
        parse_advance(p); /* if or elif */
        branch->a = parse_tuple(p, false, false, no_end, false);
        if (!branch->a)
            return NULL;
        branch->b = parse_part(p, more, &good);
        if (!good)
            return NULL;
        *tail = branch;
        tail = &branch->next;
        if (!parse_is_name(p, S("elif")))
            break;
    }
    if (parse_skip_name(p, S("endif")))
        return n;
    struct ast *branch = parse_make(p, AST_IF, p->now.at);
    parse_advance(p);
    *tail = branch;
    return parse_whole(p, S("endif"), &branch->b) ? n : NULL;
}

static struct ast *parse_for(struct parser *p, struct ast *n)
{
    static const struct str ends[] = { S_INIT("endfor"), S_INIT("else"), { 0 } };
    bool good;
    parse_advance(p);
    if (!(n->loop.target = parse_target(p, S("in"), NAME_PARAM)) || !parse_expect_name(p, S("in")))
        return NULL;
    if (!(n->loop.iter = parse_tuple(p, false, false, S("recursive"), false)))
        return NULL;
    if (parse_skip_name(p, S("if")) && !(n->loop.test = parse_expression(p)))
        return NULL;
    n->flag = parse_skip_name(p, S("recursive"));
    n->loop.body = parse_part(p, ends, &good);
    if (!good)
        return NULL;
    bool otherwise = parse_is_name(p, S("else"));
    parse_advance(p);
    n->flag2 = otherwise;
    return !otherwise || parse_whole(p, S("endfor"), &n->loop.otherwise) ? n : NULL;
}

static struct ast *parse_set(struct parser *p, struct ast *n)
{
    parse_advance(p);
    if (p->now.kind == TOK_NAME && parse_look(p)->kind == TOK_DOT) {
        struct ast *base = parse_make(p, AST_NAME, p->now.at);
        struct ast *target = parse_make(p, AST_NSREF, p->now.at);
        base->text = p->now.text;
        parse_advance(p);
        parse_close(p, base);
        parse_advance(p);
        target->attr.base = base;
        if (!parse_plain_name(p, &target->attr.name))
            return NULL;
        parse_close(p, target);
        n->set.target = target;
    } else if (!(n->set.target = parse_target(p, no_end, NAME_STORE))) {
        return NULL;
    }
    if (parse_skip(p, TOK_ASSIGN))
        return (n->set.value = parse_tuple(p, false, true, no_end, false)) ? n : NULL;
    n->kind = AST_SET_BLOCK;
    n->set.value = parse_filters(p, NULL, false);
    return !p->failed && parse_whole(p, S("endset"), &n->set.body) ? n : NULL;
}

static bool parse_signature(struct parser *p, struct ast *n)
{
    struct ast **tail = &n->macro.params;
    bool defaults = false;
    if (!parse_expect(p, TOK_LPAREN))
        return false;
    for (bool first = true; p->now.kind != TOK_RPAREN; first = false) {
        if (!first && !parse_expect(p, TOK_COMMA))
            return false;
        struct ast *param = parse_make(p, AST_NAME, p->now.at);
        param->op = NAME_PARAM;
        if (!parse_plain_name(p, &param->param.name))
            return false;
        parse_close(p, param);
        if (parse_skip(p, TOK_ASSIGN)) {
            if (!(param->param.dflt = parse_expression(p)))
                return false;
            defaults = true;
        } else if (defaults) {
            parse_error(p, "template-syntax", parse_span(p, param->at, param->len),
                        "parameter '%.*s' needs a default, since one before it has one",
                        STR(param->param.name));
            return false;
        }
        *tail = param;
        tail = &param->next;
    }
    parse_advance(p);
    return true;
}

static struct ast *parse_macro(struct parser *p, struct ast *n)
{
    parse_advance(p);
    return parse_plain_name(p, &n->macro.name) && parse_signature(p, n) &&
                   parse_whole(p, S("endmacro"), &n->macro.body)
               ? n
               : NULL;
}

static struct ast *parse_call_block(struct parser *p, struct ast *n)
{
    parse_advance(p);
    if (p->now.kind == TOK_LPAREN && !parse_signature(p, n))
        return NULL;
    struct ast *call = parse_expression(p);
    if (!call)
        return NULL;
    if (call->kind != AST_CALL) {
        parse_error(p, "template-syntax", parse_span(p, n->at, n->len), "'call' needs a call");
        return NULL;
    }
    n->macro.call = call;
    return parse_whole(p, S("endcall"), &n->macro.body) ? n : NULL;
}

static struct ast *parse_filter_block(struct parser *p, struct ast *n)
{
    parse_advance(p);
    n->with.values = parse_filters(p, NULL, true);
    return n->with.values && parse_whole(p, S("endfilter"), &n->with.body) ? n : NULL;
}

static struct ast *parse_with(struct parser *p, struct ast *n)
{
    struct ast **targets = &n->with.targets, **values = &n->with.values;
    parse_advance(p);
    for (bool first = true; p->now.kind != TOK_BLOCK_END; first = false) {
        if (!first && !parse_expect(p, TOK_COMMA))
            return NULL;
        struct ast *target = parse_target(p, no_end, NAME_PARAM);
        if (!target || !parse_expect(p, TOK_ASSIGN))
            return NULL;
        struct ast *value = parse_expression(p);
        if (!value)
            return NULL;
        *targets = target;
        targets = &target->next;
        *values = value;
        values = &value->next;
    }
    return parse_whole(p, S("endwith"), &n->with.body) ? n : NULL;
}

static bool is_blank(struct str s)
{
    return str_trim(s).n == 0;
}

static struct ast *parse_block(struct parser *p, struct ast *n)
{
    parse_advance(p);
    if (!parse_plain_name(p, &n->block.name))
        return NULL;
    n->flag = parse_skip_name(p, S("scoped"));
    n->flag2 = parse_skip_name(p, S("required"));
    if (p->now.kind == TOK_SUB) {
        parse_error(p, "template-syntax", parse_span(p, p->now.at, 1),
                    "a block's name cannot hold '-'; use '_'");
        return NULL;
    }
    if (!parse_whole(p, S("endblock"), &n->block.body))
        return NULL;
    for (struct ast *c = n->flag2 ? n->block.body : NULL; c; c = c->next) {
        if (c->kind != AST_DATA || !is_blank(c->text)) {
            parse_error(p, "template-syntax", parse_span(p, p->now.at, p->now.len),
                        "a required block can hold comments and blanks only");
            return NULL;
        }
    }
    parse_skip_name(p, n->block.name);
    return n;
}

static bool parse_context(struct parser *p, struct ast *n)
{
    if ((!parse_is_name(p, S("with")) && !parse_is_name(p, S("without"))) ||
        parse_look(p)->kind != TOK_NAME || !str_eq(parse_look(p)->text, S("context")))
        return false;
    n->flag2 = parse_is_name(p, S("with"));
    parse_advance(p);
    parse_advance(p);
    return true;
}

static struct ast *parse_include(struct parser *p, struct ast *n)
{
    parse_advance(p);
    if (!(n->import.name = parse_expression(p)))
        return NULL;
    if (parse_is_name(p, S("ignore")) && parse_look(p)->kind == TOK_NAME &&
        str_eq(parse_look(p)->text, S("missing"))) {
        n->flag = true;
        parse_advance(p);
        parse_advance(p);
    }
    n->flag2 = true;
    parse_context(p, n);
    return n;
}

static struct ast *parse_import(struct parser *p, struct ast *n)
{
    parse_advance(p);
    if (!(n->import.name = parse_expression(p)) || !parse_expect_name(p, S("as")) ||
        !parse_plain_name(p, &n->import.target))
        return NULL;
    parse_context(p, n);
    return n;
}

static struct ast *parse_from(struct parser *p, struct ast *n)
{
    struct ast **tail = &n->import.names;
    parse_advance(p);
    if (!(n->import.name = parse_expression(p)) || !parse_expect_name(p, S("import")))
        return NULL;
    for (;;) {
        if (n->import.names && !parse_expect(p, TOK_COMMA))
            return NULL;
        if (p->now.kind != TOK_NAME) {
            parse_expect(p, TOK_NAME);
            return NULL;
        }
        if (parse_context(p, n))
            return n;
        struct ast *name = parse_make(p, AST_NAME, p->now.at);
        name->imported.name = name->imported.alias = p->now.text;
        parse_advance(p);
        parse_close(p, name);
        if (str_starts(name->imported.name, S("_"))) {
            parse_error(p, "template-assertion", parse_span(p, name->at, name->len),
                        "'%.*s' cannot be imported: it begins with an underscore",
                        STR(name->imported.name));
            return NULL;
        }
        if (parse_skip_name(p, S("as")) && !parse_plain_name(p, &name->imported.alias))
            return NULL;
        *tail = name;
        tail = &name->next;
        if (parse_context(p, n) || p->now.kind != TOK_COMMA)
            return n;
    }
}

static struct ast *parse_extends(struct parser *p, struct ast *n)
{
    parse_advance(p);
    return (n->import.name = parse_expression(p)) ? n : NULL;
}

static struct ast *parse_print(struct parser *p, struct ast *n)
{
    struct ast **tail = &n->list;
    parse_advance(p);
    for (bool first = true; p->now.kind != TOK_BLOCK_END; first = false) {
        if (!first && !parse_expect(p, TOK_COMMA))
            return NULL;
        if (!(*tail = parse_expression(p)))
            return NULL;
        tail = &(*tail)->next;
    }
    return n;
}

static struct ast *parse_autoescape(struct parser *p, struct ast *n)
{
    parse_advance(p);
    n->with.values = parse_expression(p);
    return n->with.values && parse_whole(p, S("endautoescape"), &n->with.body) ? n : NULL;
}

static struct ast *parse_do(struct parser *p, struct ast *n)
{
    parse_advance(p);
    return (n->a = parse_tuple(p, false, true, no_end, false)) ? n : NULL;
}

static struct ast *parse_word(struct parser *p, struct ast *n)
{
    parse_advance(p);
    return n;
}

static const struct statement {
    struct str tag;
    struct str end; /* what closes it; empty where it stands alone */
    enum ast_kind kind;
    struct ast *(*parse)(struct parser *p, struct ast *n);
} statements[] = {
    { S_INIT("autoescape"), S_INIT("endautoescape"), AST_AUTOESCAPE, parse_autoescape },
    { S_INIT("block"), S_INIT("endblock"), AST_BLOCK, parse_block },
    { S_INIT("break"), { 0 }, AST_BREAK, parse_word },
    { S_INIT("call"), S_INIT("endcall"), AST_CALL_BLOCK, parse_call_block },
    { S_INIT("continue"), { 0 }, AST_CONTINUE, parse_word },
    { S_INIT("do"), { 0 }, AST_DO, parse_do },
    { S_INIT("extends"), { 0 }, AST_EXTENDS, parse_extends },
    { S_INIT("filter"), S_INIT("endfilter"), AST_FILTER_BLOCK, parse_filter_block },
    { S_INIT("for"), S_INIT("endfor"), AST_FOR, parse_for },
    { S_INIT("from"), { 0 }, AST_FROM, parse_from },
    { S_INIT("if"), S_INIT("endif"), AST_IF, parse_if },
    { S_INIT("import"), { 0 }, AST_IMPORT, parse_import },
    { S_INIT("include"), { 0 }, AST_INCLUDE, parse_include },
    { S_INIT("macro"), S_INIT("endmacro"), AST_MACRO, parse_macro },
    { S_INIT("print"), { 0 }, AST_OUTPUT, parse_print },
    { S_INIT("set"), S_INIT("endset"), AST_SET, parse_set },
    { S_INIT("with"), S_INIT("endwith"), AST_WITH, parse_with },
};
enum { NSTATEMENTS = sizeof statements / sizeof *statements };

static const struct statement *find_statement(const struct parser *p, struct str tag)
{
    for (size_t i = 0; i < NSTATEMENTS; i++) {
        if (!str_eq(statements[i].tag, tag))
            continue;
        enum ast_kind kind = statements[i].kind;
        if ((kind == AST_DO && p->options->no_do) ||
            ((kind == AST_BREAK || kind == AST_CONTINUE) && p->options->no_loopcontrols))
            return NULL;
        return &statements[i];
    }
    return NULL;
}

/* "'elif', 'else' or 'endif'" */
static struct str list_ends(struct parser *p, const struct str *ends)
{
    struct str text = arena_printf(p->arena, "'%.*s'", STR(ends[0]));
    for (size_t i = 1; ends[i].n; i++)
        text = arena_printf(p->arena, "%.*s%s'%.*s'", STR(text), ends[i + 1].n ? ", " : " or ",
                            STR(ends[i]));
    return text;
}

static void note_open_block(struct parser *p, struct diag *d)
{
    if (p->blocks && d)
        diag_note(d, parse_span(p, p->blocks->at, p->blocks->len), "the '%.*s' block begins here",
                  STR(p->blocks->tag));
}

static bool ends_outer_block(const struct parser *p, struct str tag)
{
    for (const struct open_block *b = p->blocks; b; b = b->up)
        for (const struct str *e = b->ends; e && e->n; e++)
            if (str_eq(*e, tag))
                return true;
    return false;
}

static void suggest_tag(struct parser *p, struct diag *d, struct str tag)
{
    struct str names[NSTATEMENTS + PARSE_ENDS];
    size_t n = 0;
    for (size_t i = 0; i < NSTATEMENTS; i++)
        names[n++] = statements[i].tag;
    for (const struct str *e = p->blocks ? p->blocks->ends : NULL; e && e->n; e++)
        names[n++] = *e;
    diag_suggest(d, tag, names, n);
}

/* What stands in the tag looks like an expression of another language. */
static bool looks_like_jsonata(struct parser *p)
{
    if (p->now.kind != TOK_NAME)
        return p->now.kind != TOK_BLOCK_END && p->now.kind != TOK_EOF;
    switch (parse_look(p)->kind) {
    case TOK_NAME:
    case TOK_STRING:
    case TOK_BLOCK_END:
    case TOK_EOF:
    case TOK_ERROR:
        return false;
    default:
        return true;
    }
}

static bool is_closing_tag(struct str tag)
{
    for (size_t i = 0; i < NSTATEMENTS; i++)
        if (statements[i].end.n && str_eq(statements[i].end, tag))
            return true;
    return str_eq(tag, S("else")) || str_eq(tag, S("elif"));
}

static void unknown_tag(struct parser *p)
{
    struct token t = p->now;
    struct span span = parse_span(p, t.at, t.len);
    if (p->failed)
        return;
    struct diag *d;
    if (t.kind == TOK_NAME && ends_outer_block(p, t.text)) {
        d = parse_error(p, "template-syntax", span,
                        "'%.*s' does not match the innermost block, which needs %.*s", STR(t.text),
                        STR(list_ends(p, p->blocks->ends)));
        note_open_block(p, d);
    } else if (looks_like_jsonata(p)) {
        d = parse_error(p, "jsonata-in-template", span,
                        "this is no Jinja statement; is it JSONata?");
        diag_help(d, "mark the value: !jsonata \"{%% … %%}\", or wrap it in {%% raw %%} … "
                     "{%% endraw %%}");
    } else if (p->failed) {
        return; /* looking ahead found something worse */
    } else if (t.kind != TOK_NAME) {
        parse_error(p, "template-syntax", span, "expected the name of a tag");
    } else if (is_closing_tag(t.text)) {
        d = parse_error(p, "template-syntax", span, "'%.*s' belongs to no open block here",
                        STR(t.text));
        note_open_block(p, d);
    } else {
        d = parse_error(p, "unknown-tag", span, "unknown tag '%.*s'", STR(t.text));
        suggest_tag(p, d, t.text);
        note_open_block(p, d);
    }
}

static struct ast *parse_statement(struct parser *p, uint32_t tag_at)
{
    const struct statement *s = p->now.kind == TOK_NAME ? find_statement(p, p->now.text) : NULL;
    if (!s) {
        unknown_tag(p);
        return NULL;
    }
    struct ast *n = parse_make(p, s->kind, tag_at);
    n->len = p->now.at + p->now.len - tag_at;
    struct open_block block = { s->tag, tag_at, n->len, NULL, p->blocks };
    if (s->end.n)
        p->blocks = &block;
    struct ast *made = s->parse(p, n);
    if (s->end.n)
        p->blocks = block.up;
    if (p->failed || !made)
        return NULL;
    return parse_expect(p, TOK_BLOCK_END) ? made : NULL;
}

static void unexpected_end(struct parser *p)
{
    if (p->failed)
        return;
    struct diag *d =
        parse_error(p, "template-syntax", parse_span(p, p->now.at, p->now.len),
                    "the template ends before %.*s", STR(list_ends(p, p->blocks->ends)));
    note_open_block(p, d);
}

static struct ast *parse_data(struct parser *p)
{
    struct ast *n = parse_make(p, AST_DATA, p->now.at);
    n->text = p->now.text;
    n->len = p->now.len;
    parse_advance(p);
    return n;
}

static struct ast *parse_output(struct parser *p)
{
    struct ast *n = parse_make(p, AST_OUTPUT, p->now.at);
    parse_advance(p);
    n->list = parse_tuple(p, false, true, no_end, false);
    return n->list && parse_expect(p, TOK_VARIABLE_END) ? n : NULL;
}

static bool is_end(const struct parser *p, const struct str *ends)
{
    for (; ends && ends->n; ends++)
        if (parse_is_name(p, *ends))
            return true;
    return false;
}

/* Statements up to a tag that is one of `ends`, whose name is then current; NULL: to the end. */
static struct ast *parse_body(struct parser *p, const struct str *ends)
{
    struct ast *first = NULL, **tail = &first;
    if (!parse_enter(p))
        return NULL;
    if (p->blocks)
        p->blocks->ends = ends;
    while (!p->failed) {
        struct ast *n = NULL;
        uint32_t at = p->now.at;
        if (p->now.kind == TOK_DATA) {
            n = parse_data(p);
        } else if (p->now.kind == TOK_VARIABLE_BEGIN) {
            n = parse_output(p);
        } else if (p->now.kind == TOK_BLOCK_BEGIN) {
            parse_advance(p);
            if (is_end(p, ends))
                break;
            n = parse_statement(p, at);
        } else {
            if (ends)
                unexpected_end(p);
            break;
        }
        *tail = n;
        if (!n)
            break;
        tail = &n->next;
    }
    parse_leave(p);
    return first;
}

struct ast *template_parse(struct arena *a, struct diags *ds,
                           const struct template_options *options, const struct source *src,
                           bool *good)
{
    struct parser p = { .arena = a, .diags = ds, .options = options };
    diags_init(&p.ignored, a);
    lexer_init(&p.lexer, ds, options, src);
    p.now = lexer_next(&p.lexer);
    p.failed = p.now.kind == TOK_ERROR;
    struct ast *body = parse_body(&p, NULL);
    *good = !p.failed;
    return body;
}
