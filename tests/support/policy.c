#include "support/policy.h"

bool policy_arn_fits(struct str pattern, struct str arn)
{
    if (str_eq(pattern, S("*")))
        return true;
    if (str_eq(arn, S("*"))) /* a call on nothing in particular */
        return false;
    for (int i = 0; i < 5; i++) {
        struct str want, is;
        if (!str_split(&pattern, ':', &want) || !str_split(&arn, ':', &is))
            return false;
        if (!str_fits(want, is, false))
            return false;
    }
    return str_fits(pattern, arn, false);
}

/* ---- lists that may be one text -------------------------------------------------------------- */

static size_t count(const struct node *n)
{
    return n->kind == NODE_SEQ ? n->seq.n : 1;
}

static struct str text(const struct node *n, size_t i)
{
    const struct node *item = n->kind == NODE_SEQ ? n->seq.items[i] : n;
    return item->kind == NODE_STR    ? item->str
           : item->kind != NODE_BOOL ? (struct str){ 0 }
           : item->boolean           ? S("true")
                                     : S("false");
}

static bool is_text(const struct node *n)
{
    for (size_t i = 0; i < count(n); i++)
        if (!text(n, i).p)
            return false;
    return n->kind != NODE_MAP;
}

/* ---- conditions ------------------------------------------------------------------------------ */

static bool fits_exactly(struct str want, struct str is)
{
    return str_eq(want, is);
}

static bool fits_like(struct str want, struct str is)
{
    return str_fits(want, is, false);
}

static const struct comparison {
    const char *name;
    bool (*fits)(struct str want, struct str is);
    bool negated;
} COMPARISONS[] = {
    { "ArnEquals", policy_arn_fits, false },
    { "ArnLike", policy_arn_fits, false },
    { "ArnNotEquals", policy_arn_fits, true },
    { "ArnNotLike", policy_arn_fits, true },
    { "Bool", fits_exactly, false },
    { "StringEquals", fits_exactly, false },
    { "StringEqualsIgnoreCase", str_same_letters, false },
    { "StringLike", fits_like, false },
    { "StringNotEquals", fits_exactly, true },
    { "StringNotLike", fits_like, true },
};

struct condition {
    const struct comparison *op;
    bool if_exists, any, all;
};

static bool read_operator(struct str name, struct condition *c)
{
    *c = (struct condition){ 0 };
    c->any = str_starts(name, S("ForAnyValue:"));
    c->all = str_starts(name, S("ForAllValues:"));
    if (c->any || c->all)
        name = str_sub(name, str_find_char(name, ':', 0) + 1, name.n);
    c->if_exists = str_ends(name, S("IfExists"));
    if (c->if_exists)
        name.n -= sizeof "IfExists" - 1;
    for (size_t i = 0; i < sizeof COMPARISONS / sizeof *COMPARISONS; i++)
        if (str_eq(str_from(COMPARISONS[i].name), name))
            c->op = &COMPARISONS[i];
    return c->op != NULL;
}

static const struct node *look_up(const struct node *context, struct str key)
{
    for (size_t i = 0; context && i < context->map.n; i++)
        if (str_same_letters(context->map.entries[i].key, key))
            return context->map.entries[i].value;
    return NULL;
}

static bool value_passes(const struct condition *c, const struct node *wanted, struct str is)
{
    bool fits = false;
    for (size_t i = 0; i < count(wanted); i++)
        fits = fits || c->op->fits(text(wanted, i), is);
    return fits != c->op->negated;
}

static bool key_passes(const struct condition *c, const struct node *wanted, const struct node *is)
{
    if (!is)
        return c->if_exists || c->all || (c->op->negated && !c->any);
    if (!c->any && !c->all)
        return is->kind != NODE_SEQ && value_passes(c, wanted, text(is, 0));
    for (size_t i = 0; i < count(is); i++)
        if (value_passes(c, wanted, text(is, i)) == c->any)
            return c->any;
    return c->all;
}

static bool conditions_hold(const struct node *conditions, const struct policy_call *call)
{
    for (size_t i = 0; conditions && i < conditions->map.n; i++) {
        const struct node *keys = conditions->map.entries[i].value;
        struct condition c;
        read_operator(conditions->map.entries[i].key, &c);
        for (size_t k = 0; k < keys->map.n; k++)
            if (!key_passes(&c, keys->map.entries[k].value,
                            look_up(call->context, keys->map.entries[k].key)))
                return false;
    }
    return true;
}

/* ---- what can be judged ---------------------------------------------------------------------- */

static struct str check_text(struct arena *a, struct str key, const struct node *value)
{
    if (!is_text(value))
        return arena_printf(a, "'%.*s' holds what is no text", STR(key));
    for (size_t i = 0; i < count(value); i++)
        if (str_find(text(value, i), S("${"), 0) != SIZE_MAX)
            return arena_printf(a, "'%.*s' holds a variable: %.*s", STR(key), STR(text(value, i)));
    return (struct str){ 0 };
}

static struct str check_conditions(struct arena *a, const struct node *conditions)
{
    if (conditions->kind != NODE_MAP)
        return S("'Condition' is no map");
    for (size_t i = 0; i < conditions->map.n; i++) {
        const struct node_entry *e = &conditions->map.entries[i];
        struct condition c;
        if (!read_operator(e->key, &c))
            return arena_printf(a, "unknown condition operator '%.*s'", STR(e->key));
        if (e->value->kind != NODE_MAP)
            return arena_printf(a, "'%.*s' is no map", STR(e->key));
        for (size_t k = 0; k < e->value->map.n; k++) {
            struct str why =
                check_text(a, e->value->map.entries[k].key, e->value->map.entries[k].value);
            if (why.n)
                return why;
        }
    }
    return (struct str){ 0 };
}

static struct str check_statement(struct arena *a, const struct node *st)
{
    static const char *const TEXTS[] = { "Action", "NotAction", "NotResource", "Resource" };
    if (st->kind != NODE_MAP)
        return S("a statement is no map");
    for (size_t i = 0; i < st->map.n; i++) {
        const struct node_entry *e = &st->map.entries[i];
        struct str why = { 0 };
        bool known = str_eq(e->key, S("Sid")) || str_eq(e->key, S("Principal"));
        for (size_t t = 0; t < sizeof TEXTS / sizeof *TEXTS; t++)
            if (str_eq(e->key, str_from(TEXTS[t]))) {
                known = true;
                why = check_text(a, e->key, e->value);
            }
        if (str_eq(e->key, S("Effect"))) {
            known = true;
            if (!node_is_str(e->value) ||
                (!str_eq(e->value->str, S("Allow")) && !str_eq(e->value->str, S("Deny"))))
                why = S("'Effect' is neither Allow nor Deny");
        } else if (str_eq(e->key, S("Condition"))) {
            known = true;
            why = check_conditions(a, e->value);
        }
        if (!known)
            why = arena_printf(a, "unknown key '%.*s'", STR(e->key));
        if (why.n)
            return why;
    }
    if (!node_get(st, S("Action")) == !node_get(st, S("NotAction")))
        return S("a statement has Action or NotAction");
    bool trust = node_get(st, S("Principal"));
    if (!trust && !node_get(st, S("Resource")) == !node_get(st, S("NotResource")))
        return S("a statement has Resource or NotResource");
    return (struct str){ 0 };
}

/* ---- statements ------------------------------------------------------------------------------ */

static bool any_fits(const struct node *patterns, struct str is, bool action)
{
    for (size_t i = 0; i < count(patterns); i++)
        if (action ? str_fits(text(patterns, i), is, true) : policy_arn_fits(text(patterns, i), is))
            return true;
    return false;
}

static bool principal_fits(const struct node *principal, struct str service)
{
    const struct node *services = node_get(principal, S("Service"));
    for (size_t i = 0; services && i < count(services); i++)
        if (str_eq(text(services, i), service))
            return true;
    return false;
}

static bool statement_hits(const struct node *st, const struct policy_call *call)
{
    const struct node *actions = node_get(st, S("Action")),
                      *resources = node_get(st, S("Resource"));
    const struct node *but = node_get(st, S("NotAction")), *except = node_get(st, S("NotResource"));
    const struct node *principal = node_get(st, S("Principal"));
    if (actions ? !any_fits(actions, call->action, true) : any_fits(but, call->action, true))
        return false;
    if (resources && !any_fits(resources, call->resource, false))
        return false;
    if (except && any_fits(except, call->resource, false))
        return false;
    if (principal && !principal_fits(principal, call->service))
        return false;
    return conditions_hold(node_get(st, S("Condition")), call);
}

struct policy_answer policy_judge(struct arena *a, const struct node *statements,
                                  const struct policy_call *call)
{
    struct policy_answer answer = { POLICY_DENIED, { 0 } };
    for (size_t i = 0; i < statements->seq.n; i++) {
        const struct node *st = statements->seq.items[i];
        struct str why = check_statement(a, st);
        if (why.n)
            return (struct policy_answer){ POLICY_BROKEN, why };
        if (!statement_hits(st, call))
            continue;
        const struct node *effect = node_get(st, S("Effect"));
        if (effect && str_eq(effect->str, S("Deny")))
            answer.verdict = POLICY_FORBIDDEN;
        else if (answer.verdict == POLICY_DENIED)
            answer.verdict = POLICY_ALLOWED;
    }
    return answer;
}

/* The statement with only the i-th item of a list, or with all but that. */
static struct node *with_items(struct arena *a, const struct node *st, struct str key, size_t i,
                               bool only)
{
    struct node *out = node_map(a, st->span), *items = node_seq(a, st->span);
    const struct node *list = node_get(st, key);
    for (size_t k = 0; k < count(list); k++)
        if ((k == i) == only)
            node_push(a, items, node_str(a, list->span, text(list, k)));
    for (size_t k = 0; k < st->map.n; k++) {
        const struct node_entry *e = &st->map.entries[k];
        node_put(a, out, e->key, e->key_span, str_eq(e->key, key) ? items : e->value);
    }
    return items->seq.n ? out : NULL;
}

struct node *policy_without_pair(struct arena *a, const struct node *statements, size_t n, size_t i,
                                 size_t k)
{
    struct node *out = node_seq(a, statements->span), *st = statements->seq.items[n];
    struct node *others = with_items(a, st, S("Action"), i, false);
    struct node *elsewhere =
        with_items(a, with_items(a, st, S("Action"), i, true), S("Resource"), k, false);
    for (size_t j = 0; j < statements->seq.n; j++)
        if (j != n)
            node_push(a, out, statements->seq.items[j]);
    if (others)
        node_push(a, out, others);
    if (elsewhere)
        node_push(a, out, elsewhere);
    return out;
}
