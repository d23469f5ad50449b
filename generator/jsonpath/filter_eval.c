#define PCRE2_CODE_UNIT_WIDTH 8
#include "jsonpath/program.h"

#include "base/num.h"
#include "base/utf8.h"

#include <pcre2.h>

/* An operand's value. What a path found is in `v`: borrowed, or `owned`. */
struct cell {
    enum cell_kind { UNDEFINED, NULLED, BOOLEAN, NUMBER, STRING, JSON, REGEX } kind;
    bool owned, boolean;
    struct val v;
    struct str str;
    const void *regex;
};

static void cell_done(struct cell *c)
{
    if (c->owned)
        val_free(c->v);
}

static struct cell cell_of(struct val v)
{
    struct cell c = { .v = v };
    switch (v.kind) {
    case VAL_NULL:
        c.kind = NULLED;
        break;
    case VAL_BOOL:
        c.kind = BOOLEAN;
        c.boolean = v.boolean;
        break;
    case VAL_INT:
    case VAL_FLOAT:
        c.kind = NUMBER;
        break;
    case VAL_STR:
        c.kind = STRING;
        c.str = peek_str(v);
        break;
    case VAL_LIST:
    case VAL_MAP:
        c.kind = JSON;
        break;
    default:
        c.kind = UNDEFINED;
        break;
    }
    return c;
}

/* What a path finds from the item or the root. Finding nothing is UNDEFINED; *error says that the
 * walk must end. */
static struct cell path_cell(const struct operand *o, struct val item, struct walk *w, bool require,
                             bool *error)
{
    struct jsonpath_fail fail = { 0 };
    struct val from = o->item ? item : w->root;
    struct val v = walk_path(o->path, from, w->root, require, w->visits, w->depth + 1, &fail);
    if (v.kind == VAL_UNDEFINED && fail.trouble == JSONPATH_TOO_MUCH)
        *error = !walk_fail(w, fail.trouble, "%.*s", STR(buf_str(&fail.text)));
    jsonpath_fail_done(&fail);
    struct cell c = cell_of(v);
    c.owned = true;
    return c;
}

static struct cell operand_cell(const struct operand *o, struct val item, struct walk *w,
                                bool *error)
{
    struct cell c;
    switch (o->kind) {
    case OPERAND_PATH:
        return path_cell(o, item, w, false, error);
    case OPERAND_STR:
        return (struct cell){ .kind = STRING, .str = o->str };
    case OPERAND_NUM:
        return (struct cell){ .kind = NUMBER, .v = o->num, .str = o->str };
    case OPERAND_BOOL:
        return (struct cell){ .kind = BOOLEAN, .boolean = o->boolean };
    case OPERAND_NULL:
        return (struct cell){ .kind = NULLED };
    case OPERAND_REGEX:
        return (struct cell){ .kind = REGEX, .regex = o->regex };
    case OPERAND_JSON:
        c = cell_of(val_from_node(o->json));
        c.owned = true;
        return c;
    }
    UNREACHABLE();
}

/* ---- comparing ---- */

/* A number's text: as written, or as Java prints it. */
static struct str number_text(const struct cell *c, char room[static NUM_TEXT])
{
    if (c->str.p)
        return c->str;
    size_t n = c->v.kind == VAL_INT ? num_put_int(room, c->v.integer)
                                    : num_put_double_python(room, c->v.number);
    return (struct str){ room, n };
}

static double as_double(struct val v)
{
    return v.kind == VAL_INT ? (double)v.integer : v.number;
}

static int compare_numbers(struct val a, struct val b)
{
    if (a.kind == VAL_INT && b.kind == VAL_INT)
        return (a.integer > b.integer) - (a.integer < b.integer);
    double x = as_double(a), y = as_double(b);
    return (x > y) - (x < y);
}

static bool number_from(struct str s, struct val *out)
{
    int64_t i;
    double d;
    if (num_get_int(s, &i))
        *out = val_int(i);
    else if (num_get_double(s, &d))
        *out = val_float(d);
    else
        return false;
    return true;
}

/* The left side decides how: a number reads a string as a number, a string prints a number. */
static bool cells_equal(const struct cell *a, const struct cell *b)
{
    char room[NUM_TEXT];
    struct val number;
    switch (a->kind) {
    case NULLED:
        return b->kind == NULLED;
    case BOOLEAN:
        return b->kind == BOOLEAN && a->boolean == b->boolean;
    case NUMBER:
        if (b->kind == STRING)
            return number_from(b->str, &number) && compare_numbers(a->v, number) == 0;
        return b->kind == NUMBER && compare_numbers(a->v, b->v) == 0;
    case STRING:
        if (b->kind == NUMBER)
            return str_eq(a->str, number_text(b, room));
        return b->kind == STRING && str_eq(a->str, b->str);
    case JSON:
        return b->kind == JSON && peek_equal(a->v, b->v);
    default:
        return false;
    }
}

/* <0, 0, >0 into *order; false where the two have no order. */
static bool cells_order(const struct cell *a, const struct cell *b, int *order)
{
    char left[NUM_TEXT], right[NUM_TEXT];
    if (a->kind == NUMBER && b->kind == NUMBER) {
        *order = compare_numbers(a->v, b->v);
        return true;
    }
    if ((a->kind != NUMBER && a->kind != STRING) || (b->kind != NUMBER && b->kind != STRING))
        return false;
    *order = str_cmp(a->kind == NUMBER ? number_text(a, left) : a->str,
                     b->kind == NUMBER ? number_text(b, right) : b->str);
    return true;
}

static bool list_holds(struct val list, const struct cell *what)
{
    for (size_t i = 0; i < peek_count(list); i++) {
        struct cell item = cell_of(peek_item(list, i));
        if (cells_equal(what, &item))
            return true;
    }
    return false;
}

static bool is_list(const struct cell *c)
{
    return c->kind == JSON && c->v.kind == VAL_LIST;
}

/* How many items of a are in b. */
static size_t common(const struct cell *a, const struct cell *b)
{
    size_t n = 0;
    for (size_t i = 0; i < peek_count(a->v); i++) {
        struct cell item = cell_of(peek_item(a->v, i));
        n += list_holds(b->v, &item);
    }
    return n;
}

static bool compare_sets(enum filter_op op, const struct cell *a, const struct cell *b)
{
    if (!is_list(a) || !is_list(b))
        return false;
    if (op == OP_ALL)
        return common(b, a) == peek_count(b->v);
    size_t n = common(a, b);
    return op == OP_SUBSETOF ? n == peek_count(a->v) : op == OP_ANYOF ? n > 0 : n == 0;
}

static bool has_size(const struct cell *a, const struct cell *b)
{
    if (b->kind != NUMBER)
        return false;
    double want = as_double(b->v);
    if (a->kind == STRING)
        return (double)utf8_length(a->str) == want;
    return is_list(a) && (double)peek_count(a->v) == want;
}

static bool is_empty(const struct cell *a, const struct cell *b)
{
    if (a->kind == STRING)
        return (a->str.n == 0) == b->boolean;
    return a->kind == JSON && (peek_count(a->v) == 0) == b->boolean;
}

static bool contains(const struct cell *a, const struct cell *b)
{
    if (a->kind == STRING && b->kind == STRING)
        return str_find(a->str, b->str, 0) != SIZE_MAX;
    return is_list(a) && list_holds(a->v, b);
}

/* ---- regular expressions ---- */

enum { MATCH_LIMIT = 1000000, HEAP_LIMIT_KIB = 20000 };

/* The whole text must match, as with Java's matches(). */
static bool text_matches(const void *code, struct str text)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, MATCH_LIMIT);
    pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int n = pcre2_match(code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, 0,
                        PCRE2_ANCHORED | PCRE2_ENDANCHORED, data, context);
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return n >= 0;
}

static bool cell_matches(const void *code, const struct cell *c)
{
    char room[NUM_TEXT];
    if (is_list(c)) {
        for (size_t i = 0; i < peek_count(c->v); i++) {
            struct cell item = cell_of(peek_item(c->v, i));
            if (!is_list(&item) && cell_matches(code, &item))
                return true;
        }
        return false;
    }
    if (c->kind == STRING)
        return text_matches(code, c->str);
    if (c->kind == NUMBER)
        return text_matches(code, number_text(c, room));
    if (c->kind == BOOLEAN)
        return text_matches(code, c->boolean ? S("true") : S("false"));
    return text_matches(code, S(""));
}

/* ---- the tree ---- */

static bool compare(enum filter_op op, const struct cell *a, const struct cell *b)
{
    int order;
    switch (op) {
    case OP_EQ:
        return cells_equal(a, b);
    case OP_NE:
        return !cells_equal(a, b);
    case OP_TSEQ:
        return a->kind == b->kind && cells_equal(a, b);
    case OP_TSNE:
        return a->kind != b->kind || !cells_equal(a, b);
    case OP_LT:
        return cells_order(a, b, &order) && order < 0;
    case OP_LE:
        return cells_order(a, b, &order) && order <= 0;
    case OP_GT:
        return cells_order(a, b, &order) && order > 0;
    case OP_GE:
        return cells_order(a, b, &order) && order >= 0;
    case OP_REGEX:
        return a->kind == REGEX ? cell_matches(a->regex, b) : cell_matches(b->regex, a);
    case OP_IN:
        return is_list(b) && list_holds(b->v, a);
    case OP_NIN:
        return !is_list(b) || !list_holds(b->v, a);
    case OP_CONTAINS:
        return contains(a, b);
    case OP_SIZE:
        return has_size(a, b);
    case OP_EMPTY:
        return is_empty(a, b);
    case OP_ALL:
    case OP_SUBSETOF:
    case OP_ANYOF:
    case OP_NONEOF:
        return compare_sets(op, a, b);
    case OP_EXISTS:
        break;
    }
    UNREACHABLE();
}

static bool compare_accepts(const struct filter *f, struct val item, struct walk *w, bool *error)
{
    if (f->op == OP_EXISTS) {
        struct cell c = path_cell(&f->left, item, w, true, error);
        bool exists = c.kind != UNDEFINED;
        cell_done(&c);
        return !*error && exists != f->negated;
    }
    struct cell a = operand_cell(&f->left, item, w, error);
    struct cell b = operand_cell(&f->right, item, w, error);
    bool ok = !*error && compare(f->op, &a, &b);
    cell_done(&a);
    cell_done(&b);
    return ok;
}

/* As deep as the filter is nested, which the parser bounds. */
bool filter_accepts(const struct filter *f, struct val item, struct walk *w, bool *error)
{
    switch (f->kind) {
    case FILTER_COMPARE:
        return compare_accepts(f, item, w, error);
    case FILTER_NOT:
        return !filter_accepts(f->kids[0], item, w, error) && !*error;
    case FILTER_AND:
        for (size_t i = 0; i < f->n; i++)
            if (!filter_accepts(f->kids[i], item, w, error))
                return false;
        return true;
    case FILTER_OR:
        for (size_t i = 0; i < f->n; i++) {
            if (filter_accepts(f->kids[i], item, w, error))
                return true;
            if (*error)
                return false;
        }
        return false;
    }
    UNREACHABLE();
}
