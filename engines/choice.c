/* Branches on data. Written from the States Language, "Choice State" and "Choice Rule". */
#include "plan/plan.h"
#include "schema/bind.h"

#include <inttypes.h>

struct choice_rule {
    struct vstr input;
    struct vany condition;
    struct vgroups groups;
};
struct choice {
    struct vobjs choices; /* of struct choice_rule */
    struct vgroups otherwise;
};

#define F(kind, name, ...) FIELD_##kind(struct choice_rule, name, __VA_ARGS__)
static const struct field rule_rows[] = {
    F(STR, input, .runtime = true, .example = "\"$.stars\"",
      .doc = "Path of the value that the condition looks at."),
    F(MAP, condition, .required = true, .example = "{NumericLessThan: 3}",
      .doc = "One comparison of the States Language (several must all hold), or and, or, not with "
             "conditions inside, each of which may have an input of its own.",
      .source = "States Language, Choice Rule"),
    F(GROUPS, groups,
      .doc = "What runs if the condition holds; without groups the pipeline goes on."),
};
#undef F
static const struct fields rule_fields = FIELDS(struct choice_rule, "choice", rule_rows,
                                                .doc = "A condition and what runs if it holds.");

#define F(kind, name, ...) FIELD_##kind(struct choice, name, __VA_ARGS__)
static const struct field choice_rows[] = {
    F(OBJS, choices, .required = true, .sub = &rule_fields,
      .doc = "Conditions in order; the first that holds decides."),
    { .key = "default",
      .kind = FIELD_KIND_GROUPS,
      .offset = offsetof(struct choice, otherwise),
      .doc = "What runs if none holds; without it the pipeline goes on." },
};
#undef F
static const struct fields choice_fields =
    FIELDS(struct choice, "choice", choice_rows, .doc = "Branches on data.");

enum operand { TEXT, NUMBER, BOOLEAN, TIMESTAMP, PATH, IS };

struct comparison {
    const char *name;
    enum operand operand;
    const char *sign; /* for pictures */
};

#define COMPARE(Type, T)                                                                      \
    { #Type "Equals", T, "=" }, { #Type "EqualsPath", PATH, "=" },                            \
        { #Type "GreaterThan", T, ">" }, { #Type "GreaterThanEquals", T, "≥" },               \
        { #Type "GreaterThanEqualsPath", PATH, "≥" }, { #Type "GreaterThanPath", PATH, ">" }, \
        { #Type "LessThan", T, "<" }, { #Type "LessThanEquals", T, "≤" },                     \
        { #Type "LessThanEqualsPath", PATH, "≤" },                                            \
    {                                                                                         \
#Type "LessThanPath", PATH, "<"                                                       \
    }

static const struct comparison COMPARISONS[] = {
    { "BooleanEquals", BOOLEAN, "=" },
    { "BooleanEqualsPath", PATH, "=" },
    { "IsBoolean", IS, "is a boolean" },
    { "IsNull", IS, "is null" },
    { "IsNumeric", IS, "is a number" },
    { "IsPresent", IS, "is present" },
    { "IsString", IS, "is a string" },
    { "IsTimestamp", IS, "is a timestamp" },
    COMPARE(Numeric, NUMBER),
    COMPARE(String, TEXT),
    { "StringMatches", TEXT, "matches" },
    COMPARE(Timestamp, TIMESTAMP),
};
enum { COMPARISON_COUNT = sizeof COMPARISONS / sizeof *COMPARISONS };

static const struct comparison *find_comparison(struct str name)
{
    for (size_t i = 0; i < COMPARISON_COUNT; i++)
        if (str_eq(str_from(COMPARISONS[i].name), name))
            return &COMPARISONS[i];
    return NULL;
}

static const char *operand_words(enum operand o)
{
    static const char *const WORDS_OF[] = {
        [TEXT] = "a string",
        [NUMBER] = "a number",
        [BOOLEAN] = "true or false",
        [TIMESTAMP] = "a timestamp such as 2026-01-31T09:00:00Z",
        [PATH] = "a path such as $.limit",
        [IS] = "true or false",
    };
    return WORDS_OF[o];
}

static bool operand_fits(enum operand o, const struct node *n)
{
    switch (o) {
    case TEXT:
    case TIMESTAMP:
        return n->kind == NODE_STR;
    case NUMBER:
        return n->kind == NODE_INT || n->kind == NODE_FLOAT;
    case BOOLEAN:
    case IS:
        return n->kind == NODE_BOOL;
    case PATH:
        return n->kind == NODE_STR && text_is_runtime_path(n->str);
    }
    return false;
}

enum { CONDITION_DEPTH = 20 };

static void check_condition(struct diags *ds, const struct node *n, bool has_input, int depth);

static void check_nested(struct diags *ds, const struct node_entry *e, bool has_input, int depth)
{
    bool list = !str_eq(e->key, S("not"));
    if (e->value->kind != (list ? NODE_SEQ : NODE_MAP) || (list && e->value->seq.n == 0)) {
        diag_error(ds, "wrong-type", e->value->span, "'%.*s' is %s; expected %s", STR(e->key),
                   node_kind_name(e->value), list ? "a list of conditions" : "a condition");
        return;
    }
    if (!list)
        check_condition(ds, e->value, has_input, depth + 1);
    for (size_t i = 0; list && i < e->value->seq.n; i++)
        check_condition(ds, e->value->seq.items[i], has_input, depth + 1);
}

static void unknown_comparison(struct diags *ds, const struct node_entry *e)
{
    struct str names[COMPARISON_COUNT];
    for (size_t i = 0; i < COMPARISON_COUNT; i++)
        names[i] = str_from(COMPARISONS[i].name);
    struct diag *d =
        diag_error(ds, "unknown-key", e->key_span, "unknown comparison '%.*s'", STR(e->key));
    if (diag_nearest(e->key, names, COMPARISON_COUNT) == SIZE_MAX)
        diag_help(d, "for example StringEquals, NumericLessThan, IsPresent, and, or, not");
    diag_suggest(d, e->key, names, COMPARISON_COUNT);
}

static bool is_logic(struct str key)
{
    return str_eq(key, S("and")) || str_eq(key, S("or")) || str_eq(key, S("not"));
}

static void check_comparison(struct diags *ds, const struct node_entry *e, bool has_input)
{
    const struct comparison *c = find_comparison(e->key);
    if (!c)
        unknown_comparison(ds, e);
    else if (!operand_fits(c->operand, e->value))
        diag_error(ds, "wrong-type", e->value->span, "%s compares with %s, not with %s", c->name,
                   operand_words(c->operand), node_kind_name(e->value));
    else if (!has_input)
        diag_error(ds, "missing-key", e->key_span, "%s has nothing to look at: 'input' is missing",
                   c->name);
}

static void check_condition(struct diags *ds, const struct node *n, bool has_input, int depth)
{
    if (depth > CONDITION_DEPTH) {
        diag_error(ds, "too-deep", n->span, "conditions are nested more than %d deep",
                   CONDITION_DEPTH);
        return;
    }
    if (n->kind != NODE_MAP || n->map.n == 0) {
        diag_error(ds, n->kind == NODE_MAP ? "empty-value" : "wrong-type", n->span,
                   "the condition is %s; expected a comparison such as {StringEquals: yes}",
                   n->kind == NODE_MAP ? "empty" : node_kind_name(n));
        return;
    }
    const struct node_entry *input = node_entry(n, S("input"));
    if (input && !(input->value->kind == NODE_STR && text_is_runtime_path(input->value->str)))
        diag_error(ds, "bad-path", input->value->span, "'input' is no path; expected one like $.x");
    for (size_t i = 0; i < n->map.n; i++) {
        const struct node_entry *e = &n->map.entries[i];
        if (is_logic(e->key))
            check_nested(ds, e, has_input || input, depth);
        else if (e != input)
            check_comparison(ds, e, has_input || input);
    }
}

static void check_choice(struct diags *ds, const struct item *it)
{
    const struct choice *c = it->body;
    const struct choice_rule *r = c->choices.items;
    for (size_t i = 0; i < c->choices.n; i++) {
        if (r[i].input.set && !r[i].input.runtime)
            diag_error(ds, "bad-path", r[i].input.span,
                       "'input' is '%.*s'; expected a path like $.stars", STR(r[i].input.s));
        check_condition(ds, r[i].condition.node, r[i].input.set, 0);
    }
    if (c->choices.n == 0)
        diag_error(ds, "empty-value", c->choices.span, "'choices' is empty");
}

static struct node *lower_condition(struct plan *p, const struct node *n, struct node *input,
                                    int depth);

static struct node *lower_entry(struct plan *p, const struct node_entry *e, struct node *input,
                                int depth)
{
    struct node *out = node_map(p->arena, e->key_span);
    if (str_eq(e->key, S("not"))) {
        plan_put(p, out, "Not", lower_condition(p, e->value, input, depth + 1));
    } else if (is_logic(e->key)) {
        struct node *list = plan_list(p);
        for (size_t i = 0; i < e->value->seq.n; i++)
            node_push(p->arena, list, lower_condition(p, e->value->seq.items[i], input, depth + 1));
        plan_put(p, out, str_eq(e->key, S("and")) ? "And" : "Or", list);
    } else {
        plan_put(p, out, "Variable", input);
        node_put(p->arena, out, e->key, e->key_span, e->value);
    }
    return out;
}

/* Several comparisons in one condition must all hold. */
static struct node *lower_condition(struct plan *p, const struct node *n, struct node *input,
                                    int depth)
{
    struct node *own = node_get(n, S("input"));
    struct node *all = plan_list(p), *one = NULL;
    if (own)
        input = own;
    for (size_t i = 0; i < n->map.n; i++)
        if (n->map.entries[i].value != own) {
            one = lower_entry(p, &n->map.entries[i], input, depth);
            node_push(p->arena, all, one);
        }
    if (all->seq.n < 2)
        return one ? one : plan_map(p);
    struct node *out = plan_map(p);
    plan_put(p, out, "And", all);
    return out;
}

/* "$.stars < 3": what a picture says at the branch. */
static struct str rule_label(struct plan *p, const struct choice_rule *r)
{
    const struct node *n = r->condition.node;
    const struct comparison *c = n->map.n == 1 ? find_comparison(n->map.entries[0].key) : NULL;
    if (!c)
        return S("condition");
    const struct node *v = n->map.entries[0].value;
    struct str input = r->input.s;
    switch (v->kind) {
    case NODE_STR:
        return arena_printf(p->arena, "%.*s %s %.*s", STR(input), c->sign, STR(v->str));
    case NODE_INT:
        return arena_printf(p->arena, "%.*s %s %" PRId64, STR(input), c->sign, v->integer);
    case NODE_BOOL:
        if (c->operand == IS)
            return arena_printf(p->arena, "%s%.*s %s", v->boolean ? "" : "not ", STR(input),
                                c->sign);
        return arena_printf(p->arena, "%.*s %s %s", STR(input), c->sign,
                            v->boolean ? "true" : "false");
    default:
        return arena_printf(p->arena, "%.*s %s %.*s", STR(input), c->sign, STR(span_text(v->span)));
    }
}

static void lower_choice(struct plan *p, const struct step *s)
{
    const struct choice *c = s->item.body;
    struct state *st = plan_add_state(p, s, "Choice", "Branch: ");
    const struct choice_rule *r = c->choices.items;
    for (size_t i = 0; i < c->choices.n; i++) {
        struct node *input = node_str(p->arena, r[i].input.span, r[i].input.s);
        plan_add_rule(p, st, lower_condition(p, r[i].condition.node, input, 0),
                      rule_label(p, &r[i]), r[i].groups.seq);
    }
    plan_set_otherwise(p, st, c->otherwise.seq);
}

static const struct kind kinds[] = {
    { .type = "choice",
      .roles = ROLE_STEP,
      .doc = "Branches on data.",
      .source = "States Language, Choice State",
      .example = "choices:\n"
                 "  - input: $.stats.mean\n"
                 "    condition: {NumericLessThan: 3}\n"
                 "    groups:\n"
                 "      - name: Bad\n"
                 "        jobs: [{name: bad, type: fail, error: BadReviews}]\n"
                 "default:\n"
                 "  - name: Good\n"
                 "    jobs: [{name: good, type: pass}]\n",
      .fields = &choice_fields,
      .check = check_choice,
      .lower_step = lower_choice },
};

const struct engine engine_choice = {
    .abi = ENGINE_ABI,
    .name = "choice",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
