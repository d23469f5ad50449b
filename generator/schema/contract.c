/* Written from JSON Schema draft-07, "Validation", sections 6.1 to 6.5, and "Core", 4.3. */
#include "schema/contract.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <math.h>

enum { TYPES = 7 };
static const struct str TYPE_NAMES[TYPES] = {
    S_INIT("array"),  S_INIT("boolean"), S_INIT("integer"), S_INIT("null"),
    S_INIT("number"), S_INIT("object"),  S_INIT("string"),
};

/* ---- the schema itself ---------------------------------------------------------------------- */

static bool check_at(struct diags *ds, const struct node *schema, int depth);

static bool wants(struct diags *ds, const struct node_entry *e, const char *expected)
{
    bool empty = e->value->kind == NODE_SEQ && e->value->seq.n == 0;
    diag_error(ds, "bad-schema", e->value->span, "'%.*s' is %s; expected %s", STR(e->key),
               empty ? "empty" : node_kind_name(e->value), expected);
    return false;
}

static bool is_type(struct str name)
{
    for (size_t i = 0; i < TYPES; i++)
        if (str_eq(TYPE_NAMES[i], name))
            return true;
    return false;
}

static bool check_type_name(struct diags *ds, const struct node *n)
{
    if (node_is_str(n) && is_type(n->str))
        return true;
    struct diag *d = diag_error(
        ds, "bad-schema", n->span, "'type' is %s%.*s%s; expected a type", node_is_str(n) ? "'" : "",
        STR(node_is_str(n) ? n->str : str_from(node_kind_name(n))), node_is_str(n) ? "'" : "");
    size_t near = node_is_str(n) ? diag_nearest(n->str, TYPE_NAMES, TYPES) : SIZE_MAX;
    if (near != SIZE_MAX)
        diag_help(d, "did you mean '%.*s'?", STR(TYPE_NAMES[near]));
    else
        diag_help(d, "types are array, boolean, integer, null, number, object and string");
    return false;
}

static bool check_type(struct diags *ds, const struct node_entry *e, int depth)
{
    bool ok = true;
    (void)depth;
    if (e->value->kind != NODE_SEQ)
        return check_type_name(ds, e->value);
    for (size_t i = 0; i < e->value->seq.n; i++)
        ok = check_type_name(ds, e->value->seq.items[i]) && ok;
    return ok && (e->value->seq.n || wants(ds, e, "at least one type"));
}

static bool check_schema(struct diags *ds, const struct node_entry *e, int depth)
{
    return e->value->kind == NODE_MAP ? check_at(ds, e->value, depth + 1)
                                      : wants(ds, e, "a schema");
}

static bool check_more(struct diags *ds, const struct node_entry *e, int depth)
{
    return e->value->kind == NODE_BOOL || check_schema(ds, e, depth);
}

static bool check_properties(struct diags *ds, const struct node_entry *e, int depth)
{
    bool ok = true;
    if (e->value->kind != NODE_MAP)
        return wants(ds, e, "a map of names and schemas");
    for (size_t i = 0; i < e->value->map.n; i++)
        ok = check_schema(ds, &e->value->map.entries[i], depth) && ok;
    return ok;
}

static bool check_strings(struct diags *ds, const struct node_entry *e, int depth)
{
    (void)depth;
    if (e->value->kind != NODE_SEQ)
        return wants(ds, e, "a list of names");
    for (size_t i = 0; i < e->value->seq.n; i++)
        if (!node_is_str(e->value->seq.items[i]))
            return wants(ds, e, "a list of names");
    return true;
}

static bool check_list(struct diags *ds, const struct node_entry *e, int depth)
{
    (void)depth;
    return (e->value->kind == NODE_SEQ && e->value->seq.n) || wants(ds, e, "a list of values");
}

static bool check_number(struct diags *ds, const struct node_entry *e, int depth)
{
    (void)depth;
    return e->value->kind == NODE_INT || e->value->kind == NODE_FLOAT || wants(ds, e, "a number");
}

static bool check_count(struct diags *ds, const struct node_entry *e, int depth)
{
    (void)depth;
    return (e->value->kind == NODE_INT && e->value->integer >= 0) ||
           wants(ds, e, "a number from 0 on");
}

static bool check_flag(struct diags *ds, const struct node_entry *e, int depth)
{
    (void)depth;
    return e->value->kind == NODE_BOOL || wants(ds, e, "true or false");
}

/* ---- the data ------------------------------------------------------------------------------- */

/* A place in the data. */
struct spot {
    const struct spot *up;
    const struct node *node;
    struct str name; /* of the member; empty for an item */
    size_t index;
};

struct judge {
    struct diags *ds;
    struct span at;
};

static bool accepts(struct judge *j, const struct node *schema, const struct spot *s, int depth);

static void put_path(struct buf *out, const struct spot *s)
{
    if (!s->up) {
        buf_putc(out, '$');
        return;
    }
    put_path(out, s->up);
    if (s->name.p)
        buf_printf(out, ".%.*s", STR(s->name));
    else
        buf_printf(out, "[%zu]", s->index);
}

__attribute__((format(printf, 4, 5))) static bool
refuse(struct judge *j, const struct spot *s, const struct node *rule, const char *fmt, ...)
{
    struct buf text;
    va_list args;
    buf_init(&text, 0);
    buf_putc(&text, '\'');
    put_path(&text, s);
    buf_put(&text, S("' "));
    va_start(args, fmt);
    buf_vprintf(&text, fmt, args);
    va_end(args);
    struct span at = s->node->span.src ? s->node->span : j->at;
    struct diag *d = diag_error(j->ds, "wrong-input", at, "%.*s", STR(buf_str(&text)));
    if (rule->span.src)
        diag_note(d, rule->span, "as the schema says here");
    buf_done(&text);
    return false;
}

static double number_of(const struct node *n)
{
    return n->kind == NODE_INT ? (double)n->integer : n->number;
}

static bool is_number(const struct node *n)
{
    return n->kind == NODE_INT || n->kind == NODE_FLOAT;
}

static bool has_type(const struct node *n, struct str type)
{
    switch (n->kind) {
    case NODE_NULL:
        return str_eq(type, S("null"));
    case NODE_BOOL:
        return str_eq(type, S("boolean"));
    case NODE_FLOAT:
        if (str_eq(type, S("integer")))
            return isfinite(n->number) && n->number == floor(n->number);
        return str_eq(type, S("number"));
    case NODE_INT:
        return str_eq(type, S("integer")) || str_eq(type, S("number"));
    case NODE_STR:
        return str_eq(type, S("string"));
    case NODE_SEQ:
        return str_eq(type, S("array"));
    case NODE_MAP:
        return str_eq(type, S("object"));
    }
    return false;
}

static bool judge_type(struct judge *j, const struct node *rule, const struct spot *s)
{
    struct buf types;
    bool fits = rule->kind == NODE_STR && has_type(s->node, rule->str);
    for (size_t i = 0; rule->kind == NODE_SEQ && i < rule->seq.n; i++)
        fits = fits || has_type(s->node, rule->seq.items[i]->str);
    if (fits)
        return true;
    buf_init(&types, 0);
    if (rule->kind == NODE_STR)
        buf_put(&types, rule->str);
    for (size_t i = 0; rule->kind == NODE_SEQ && i < rule->seq.n; i++)
        buf_printf(&types, "%s%.*s", i ? " or " : "", STR(rule->seq.items[i]->str));
    refuse(j, s, rule, "is %s; expected %.*s", node_kind_name(s->node), STR(buf_str(&types)));
    buf_done(&types);
    return false;
}

static bool judge_enum(struct judge *j, const struct node *rule, const struct spot *s)
{
    for (size_t i = 0; i < rule->seq.n; i++)
        if (node_equal(rule->seq.items[i], s->node))
            return true;
    return refuse(j, s, rule, "is none of the values that it may have");
}

static bool judge_const(struct judge *j, const struct node *rule, const struct spot *s)
{
    return node_equal(rule, s->node) || refuse(j, s, rule, "is not the value that it must have");
}

static bool judge_minimum(struct judge *j, const struct node *rule, const struct spot *s)
{
    return !is_number(s->node) || number_of(s->node) >= number_of(rule) ||
           refuse(j, s, rule, "is %.15g; expected %.15g or more", number_of(s->node),
                  number_of(rule));
}

static bool judge_maximum(struct judge *j, const struct node *rule, const struct spot *s)
{
    return !is_number(s->node) || number_of(s->node) <= number_of(rule) ||
           refuse(j, s, rule, "is %.15g; expected %.15g or less", number_of(s->node),
                  number_of(rule));
}

static bool judge_above(struct judge *j, const struct node *rule, const struct spot *s)
{
    return !is_number(s->node) || number_of(s->node) > number_of(rule) ||
           refuse(j, s, rule, "is %.15g; expected more than %.15g", number_of(s->node),
                  number_of(rule));
}

static bool judge_below(struct judge *j, const struct node *rule, const struct spot *s)
{
    return !is_number(s->node) || number_of(s->node) < number_of(rule) ||
           refuse(j, s, rule, "is %.15g; expected less than %.15g", number_of(s->node),
                  number_of(rule));
}

static bool judge_least(struct judge *j, const struct node *rule, const struct spot *s)
{
    size_t n = s->node->kind == NODE_STR ? utf8_length(s->node->str) : s->node->seq.n;
    return n >= (size_t)rule->integer ||
           refuse(j, s, rule, "has %zu %s; expected at least %lld", n,
                  s->node->kind == NODE_STR ? "characters" : "items", (long long)rule->integer);
}

static bool judge_most(struct judge *j, const struct node *rule, const struct spot *s)
{
    size_t n = s->node->kind == NODE_STR ? utf8_length(s->node->str) : s->node->seq.n;
    return n <= (size_t)rule->integer ||
           refuse(j, s, rule, "has %zu %s; expected at most %lld", n,
                  s->node->kind == NODE_STR ? "characters" : "items", (long long)rule->integer);
}

static bool judge_min_length(struct judge *j, const struct node *rule, const struct spot *s)
{
    return s->node->kind != NODE_STR || judge_least(j, rule, s);
}

static bool judge_max_length(struct judge *j, const struct node *rule, const struct spot *s)
{
    return s->node->kind != NODE_STR || judge_most(j, rule, s);
}

static bool judge_min_items(struct judge *j, const struct node *rule, const struct spot *s)
{
    return s->node->kind != NODE_SEQ || judge_least(j, rule, s);
}

static bool judge_max_items(struct judge *j, const struct node *rule, const struct spot *s)
{
    return s->node->kind != NODE_SEQ || judge_most(j, rule, s);
}

static bool judge_unique(struct judge *j, const struct node *rule, const struct spot *s)
{
    const struct node *n = s->node;
    for (size_t i = 1; n->kind == NODE_SEQ && rule->boolean && i < n->seq.n; i++)
        for (size_t k = 0; k < i; k++)
            if (node_equal(n->seq.items[i], n->seq.items[k]))
                return refuse(j, s, rule, "has item %zu twice", k);
    return true;
}

static bool judge_required(struct judge *j, const struct node *rule, const struct spot *s)
{
    bool ok = true;
    for (size_t i = 0; s->node->kind == NODE_MAP && i < rule->seq.n; i++)
        if (!node_get(s->node, rule->seq.items[i]->str))
            ok = refuse(j, s, rule->seq.items[i], "has no '%.*s'", STR(rule->seq.items[i]->str));
    return ok;
}

/* ---- keywords ------------------------------------------------------------------------------- */

static const struct keyword {
    struct str name;
    bool (*check)(struct diags *ds, const struct node_entry *e, int depth);
    bool (*judge)(struct judge *j, const struct node *rule, const struct spot *s);
} KEYWORDS[] = {
    { S_INIT("$comment"), NULL, NULL },
    { S_INIT("$id"), NULL, NULL },
    { S_INIT("$schema"), NULL, NULL },
    { S_INIT("additionalProperties"), check_more, NULL },
    { S_INIT("const"), NULL, judge_const },
    { S_INIT("default"), NULL, NULL },
    { S_INIT("description"), NULL, NULL },
    { S_INIT("enum"), check_list, judge_enum },
    { S_INIT("examples"), NULL, NULL },
    { S_INIT("exclusiveMaximum"), check_number, judge_below },
    { S_INIT("exclusiveMinimum"), check_number, judge_above },
    { S_INIT("format"), NULL, NULL },
    { S_INIT("items"), check_schema, NULL },
    { S_INIT("maxItems"), check_count, judge_max_items },
    { S_INIT("maxLength"), check_count, judge_max_length },
    { S_INIT("maximum"), check_number, judge_maximum },
    { S_INIT("minItems"), check_count, judge_min_items },
    { S_INIT("minLength"), check_count, judge_min_length },
    { S_INIT("minimum"), check_number, judge_minimum },
    { S_INIT("properties"), check_properties, NULL },
    { S_INIT("required"), check_strings, judge_required },
    { S_INIT("title"), NULL, NULL },
    { S_INIT("type"), check_type, judge_type },
    { S_INIT("uniqueItems"), check_flag, judge_unique },
};
enum { KEYWORD_COUNT = sizeof KEYWORDS / sizeof *KEYWORDS };

static const struct keyword *find_keyword(struct str name)
{
    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        if (str_eq(KEYWORDS[i].name, name))
            return &KEYWORDS[i];
    return NULL;
}

static bool unknown_keyword(struct diags *ds, const struct node_entry *e)
{
    struct str names[KEYWORD_COUNT];
    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        names[i] = KEYWORDS[i].name;
    struct diag *d = diag_error(ds, "bad-schema", e->key_span,
                                "the schema says '%.*s', which is not understood", STR(e->key));
    if (diag_nearest(e->key, names, KEYWORD_COUNT) != SIZE_MAX)
        diag_suggest(d, e->key, names, KEYWORD_COUNT);
    else
        diag_help(d, "it may use type, enum, const, properties, required, items and bounds");
    return false;
}

static bool check_at(struct diags *ds, const struct node *schema, int depth)
{
    bool ok = true;
    if (depth > LIMIT_DEPTH)
        return true; /* YAML and JSON are not nested deeper */
    for (size_t i = 0; i < schema->map.n; i++) {
        const struct node_entry *e = &schema->map.entries[i];
        const struct keyword *k = find_keyword(e->key);
        if (!k)
            ok = unknown_keyword(ds, e);
        else if (k->check)
            ok = k->check(ds, e, depth) && ok;
    }
    return ok;
}

bool contract_check(struct diags *ds, const struct node *schema)
{
    return check_at(ds, schema, 0);
}

/* ---- inside the data ------------------------------------------------------------------------ */

static bool accepts_members(struct judge *j, const struct node *schema, const struct spot *s,
                            int depth)
{
    const struct node *properties = node_get(schema, S("properties"));
    const struct node *more = node_get(schema, S("additionalProperties"));
    bool ok = true;
    for (size_t i = 0; i < s->node->map.n; i++) {
        const struct node_entry *e = &s->node->map.entries[i];
        const struct spot member = { .up = s, .node = e->value, .name = e->key };
        const struct node *rule = node_get(properties, e->key);
        if (!rule && more && more->kind == NODE_BOOL && !more->boolean)
            ok = refuse(j, &member, more, "is not among the properties");
        else if (rule || (more && more->kind == NODE_MAP))
            ok = accepts(j, rule ? rule : more, &member, depth + 1) && ok;
    }
    return ok;
}

static bool accepts(struct judge *j, const struct node *schema, const struct spot *s, int depth)
{
    const struct node *items = node_get(schema, S("items"));
    bool ok = true;
    if (depth > LIMIT_JSON_DEPTH)
        return true;
    for (size_t i = 0; i < schema->map.n && ok; i++) {
        const struct keyword *k = find_keyword(schema->map.entries[i].key);
        if (k && k->judge)
            ok = k->judge(j, schema->map.entries[i].value, s);
    }
    if (s->node->kind == NODE_MAP)
        ok = accepts_members(j, schema, s, depth) && ok;
    for (size_t i = 0; items && s->node->kind == NODE_SEQ && i < s->node->seq.n; i++) {
        const struct spot item = { .up = s, .node = s->node->seq.items[i], .index = i };
        ok = accepts(j, items, &item, depth + 1) && ok;
    }
    return ok;
}

bool contract_accepts(struct diags *ds, const struct node *schema, const struct node *data,
                      struct span at)
{
    struct judge j = { .ds = ds, .at = at };
    const struct spot top = { .node = data };
    return accepts(&j, schema, &top, 0);
}
