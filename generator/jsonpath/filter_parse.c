#include "jsonpath/program.h"

#include "base/num.h"

static void skip(struct parser *ps)
{
    while (ps->at < ps->s.n && ps->s.p[ps->at] == ' ')
        ps->at++;
}

static char peek(struct parser *ps)
{
    skip(ps);
    return ps->at < ps->s.n ? ps->s.p[ps->at] : 0;
}

static bool take(struct parser *ps, struct str what)
{
    skip(ps);
    if (!str_starts(str_sub(ps->s, ps->at, ps->s.n), what))
        return false;
    ps->at += what.n;
    return true;
}

/* Where the path that begins at ps->at ends: at a blank, an operator or a bracket that is not its
 * own. */
static size_t path_end(struct parser *ps)
{
    size_t i = ps->at + 1;
    while (i < ps->s.n) {
        char c = ps->s.p[i];
        if (c == '[' || c == '(') {
            size_t close = scan_closing(ps->s, i, false);
            if (close == SIZE_MAX) {
                parse_fail(ps, i, "'%c' is not closed", c);
                return SIZE_MAX;
            }
            i = close + 1;
        } else if (memchr(" )<>=~!&|", c, 9)) {
            break;
        } else {
            i++;
        }
    }
    return i;
}

static bool read_path_operand(struct parser *ps, struct operand *o)
{
    size_t end = path_end(ps);
    if (end == SIZE_MAX)
        return false;
    struct parser inner = { .arena = ps->arena,
                            .s = str_sub(ps->s, ps->at, end),
                            .base = ps->base + ps->at,
                            .depth = ps->depth + 1,
                            .err = ps->err };
    o->kind = OPERAND_PATH;
    o->item = ps->s.p[ps->at] == '@';
    o->path = parse_path(&inner);
    ps->at = end;
    return o->path != NULL;
}

static bool read_string(struct parser *ps, struct operand *o)
{
    size_t from = ps->at + 1, to = scan_unescaped(ps->s, ps->s.p[ps->at], from);
    if (to == SIZE_MAX)
        return parse_fail(ps, ps->at, "the string is not closed: missing %c", ps->s.p[ps->at]);
    o->kind = OPERAND_STR;
    ps->at = to + 1;
    return parse_unescape(ps, str_sub(ps->s, from, to), &o->str);
}

static bool read_json(struct parser *ps, struct operand *o)
{
    size_t close = scan_closing(ps->s, ps->at, false);
    if (close == SIZE_MAX)
        return parse_fail(ps, ps->at, "'%c' is not closed", ps->s.p[ps->at]);
    struct parser inner = { .arena = ps->arena,
                            .s = str_sub(ps->s, ps->at, close + 1),
                            .base = ps->base + ps->at,
                            .depth = ps->depth + 1,
                            .err = ps->err };
    o->kind = OPERAND_JSON;
    o->json = parse_lenient_json(&inner);
    ps->at = close + 1;
    return o->json != NULL;
}

static bool read_regex(struct parser *ps, struct operand *o)
{
    size_t from = ps->at + 1, to = scan_unescaped(ps->s, '/', from);
    if (to == SIZE_MAX)
        return parse_fail(ps, ps->at, "the regular expression is not closed: missing /");
    ps->at = to + 1;
    bool ignore_case = false;
    while (ps->at < ps->s.n && ascii_is_alpha(ps->s.p[ps->at]))
        ignore_case |= ps->s.p[ps->at++] == 'i';
    o->kind = OPERAND_REGEX;
    struct parser inner = {
        .arena = ps->arena, .s = ps->s, .base = ps->base + from, .err = ps->err
    };
    o->regex = parse_regex(&inner, str_sub(ps->s, from, to), ignore_case);
    return o->regex != NULL;
}

static bool read_word(struct parser *ps, struct operand *o)
{
    size_t to = ps->at;
    while (to < ps->s.n && (ascii_is_alnum(ps->s.p[to]) || memchr("+-._", ps->s.p[to], 4)))
        to++;
    struct str word = str_sub(ps->s, ps->at, to);
    int64_t i;
    double d;
    if (str_eq(word, S("true")) || str_eq(word, S("false"))) {
        o->kind = OPERAND_BOOL;
        o->boolean = word.n == 4;
    } else if (str_eq(word, S("null"))) {
        o->kind = OPERAND_NULL;
    } else if (num_get_int(word, &i)) {
        o->kind = OPERAND_NUM;
        o->num = val_int(i);
        o->str = word;
    } else if (num_get_double(word, &d)) {
        o->kind = OPERAND_NUM;
        o->num = val_float(d);
        o->str = word;
    } else {
        return parse_fail(ps, ps->at,
                          "expected a path, a number, a string in quotes, true, false "
                          "or null");
    }
    ps->at = to;
    return true;
}

static bool read_operand(struct parser *ps, struct operand *o)
{
    switch (peek(ps)) {
    case '@':
    case '$':
        return read_path_operand(ps, o);
    case '\'':
    case '"':
        return read_string(ps, o);
    case '[':
    case '{':
        return read_json(ps, o);
    case '/':
        return read_regex(ps, o);
    default:
        return read_word(ps, o);
    }
}

static const struct {
    struct str text;
    enum filter_op op;
} operators[] = {
    { S_INIT("!="), OP_NE },
    { S_INIT("!=="), OP_TSNE },
    { S_INIT("<"), OP_LT },
    { S_INIT("<="), OP_LE },
    { S_INIT("<>"), OP_NE },
    { S_INIT("=="), OP_EQ },
    { S_INIT("==="), OP_TSEQ },
    { S_INIT("=~"), OP_REGEX },
    { S_INIT(">"), OP_GT },
    { S_INIT(">="), OP_GE },
    { S_INIT("all"), OP_ALL },
    { S_INIT("anyof"), OP_ANYOF },
    { S_INIT("contains"), OP_CONTAINS },
    { S_INIT("empty"), OP_EMPTY },
    { S_INIT("in"), OP_IN },
    { S_INIT("nin"), OP_NIN },
    { S_INIT("noneof"), OP_NONEOF },
    { S_INIT("size"), OP_SIZE },
    { S_INIT("subsetof"), OP_SUBSETOF },
};

static bool is_operator_char(char c)
{
    return c == '<' || c == '>' || c == '=' || c == '~' || c == '!';
}

static bool read_operator(struct parser *ps, enum filter_op *op)
{
    bool is_symbol = is_operator_char(peek(ps)); /* looks behind the blanks first */
    size_t from = ps->at, to = from;
    if (is_symbol) {
        while (to < ps->s.n && is_operator_char(ps->s.p[to]))
            to++;
    } else {
        while (to < ps->s.n && ascii_is_alpha(ps->s.p[to]))
            to++;
    }
    struct str text = str_sub(ps->s, from, to);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (str_same_letters(text, operators[i].text)) {
            *op = operators[i].op;
            ps->at = to;
            return true;
        }
    }
    return parse_fail(ps, from,
                      "'%.*s' is no filter operator; there are ==, !=, <, <=, >, >=, =~, "
                      "in, nin, contains, all, size, empty, subsetof, anyof, noneof",
                      STR(text));
}

/* Operators with words want an operand of one kind. */
static bool check_operands(struct parser *ps, size_t at, const struct filter *f)
{
    enum operand_kind right = f->right.kind, left = f->left.kind;
    if (f->op == OP_EMPTY && right != OPERAND_BOOL)
        return parse_fail(ps, at, "'empty' is followed by true or false");
    if (f->op == OP_REGEX && (right == OPERAND_REGEX) == (left == OPERAND_REGEX))
        return parse_fail(ps, at, "'=~' wants a regular expression, /.../, on one side");
    return true;
}

/* expression = operand [operator operand]; without the operator: "exists" */
static bool read_expression(struct parser *ps, struct filter *f)
{
    f->kind = FILTER_COMPARE;
    f->op = OP_EXISTS;
    size_t at = ps->at;
    if (take(ps, S("!")))
        f->negated = true;
    if (!read_operand(ps, &f->left))
        return false;
    char c = peek(ps);
    if (c == 0 || c == ')' || c == '&' || c == '|') {
        if (f->left.kind != OPERAND_PATH)
            return parse_fail(ps, at, "a value alone is no condition; compare it with a path");
        return true;
    }
    at = ps->at;
    if (!read_operator(ps, &f->op) || !read_operand(ps, &f->right))
        return false;
    return check_operands(ps, at, f);
}

static const struct filter *read_or(struct parser *ps);

/* '!' applies to what follows: a path's existence, or anything in brackets. */
static const struct filter *read_primary(struct parser *ps)
{
    struct filter *f = arena_make(ps->arena, struct filter);
    size_t before = ps->at;
    if (++ps->depth > JSONPATH_MAX_DEPTH) {
        parse_fail(ps, ps->at, "nested more than %d deep", JSONPATH_MAX_DEPTH);
        return NULL;
    }
    const struct filter *result = NULL;
    if (take(ps, S("!")) && peek(ps) != '@' && peek(ps) != '$') {
        f->kind = FILTER_NOT;
        f->kids = arena_make(ps->arena, const struct filter *);
        f->n = 1;
        f->kids[0] = read_primary(ps);
        result = f->kids[0] ? f : NULL;
    } else if (ps->at = before, take(ps, S("("))) {
        result = read_or(ps);
        if (result && !take(ps, S(")"))) {
            parse_fail(ps, ps->at, "expected ')'");
            result = NULL;
        }
    } else if (read_expression(ps, f)) {
        result = f;
    }
    ps->depth--;
    return result;
}

/* Operands joined by one operator; a single operand stands for itself. */
static const struct filter *read_chain(struct parser *ps, enum filter_kind kind, struct str joint,
                                       const struct filter *(*operand)(struct parser *))
{
    VEC(const struct filter *) kids = { 0 };
    do {
        const struct filter *kid = operand(ps);
        if (!kid)
            return NULL;
        vec_push(ps->arena, &kids, kid);
    } while (take(ps, joint));
    if (kids.n == 1)
        return kids.p[0];
    struct filter *f = arena_make(ps->arena, struct filter);
    f->kind = kind;
    f->kids = kids.p;
    f->n = kids.n;
    return f;
}

static const struct filter *read_and(struct parser *ps)
{
    return read_chain(ps, FILTER_AND, S("&&"), read_primary);
}

static const struct filter *read_or(struct parser *ps)
{
    return read_chain(ps, FILTER_OR, S("||"), read_and);
}

const struct filter *parse_filter(struct parser *ps)
{
    const struct filter *f = read_or(ps);
    if (f && peek(ps) != 0) {
        parse_fail(ps, ps->at, "expected '&&', '||' or the end of the filter");
        return NULL;
    }
    return f;
}
