/* Amazon DynamoDB: the step that gets, puts, updates or deletes one item.
 * Written from the DynamoDB API pages of those actions and the Step Functions page on DynamoDB. */
#include "base/limits.h"
#include "base/mem.h"
#include "plan/plan.h"

enum action { GET, PUT, UPDATE, DELETE };

static const struct {
    const char *resource, *grant, *reason, *prefix;
} ACTIONS[] = {
    [GET] = { "dynamodb:getItem", "dynamodb:GetItem", "reads an item", "DynamoDB: Get " },
    [PUT] = { "dynamodb:putItem", "dynamodb:PutItem", "writes an item", "DynamoDB: Put " },
    [UPDATE] = { "dynamodb:updateItem", "dynamodb:UpdateItem", "updates an item",
                 "DynamoDB: Update " },
    [DELETE] = { "dynamodb:deleteItem", "dynamodb:DeleteItem", "deletes an item",
                 "DynamoDB: Delete " },
};

/* ---- fields --------------------------------------------------------------------------------- */

struct access {
    struct venum action, return_values;
    struct vstr table_ref, table_name, update_expression, condition_expression;
    struct vany key, item, set, add, values, names;
    struct vstrs remove, attributes;
    struct vbool consistent_read;
};

#define F(kind, name, ...) FIELD_##kind(struct access, name, __VA_ARGS__)
static const struct field rows[] = {
    F(ENUM, action, .required = true, .aliases = WORDS("operation"), .any_case = true,
      .values = WORDS("get", "put", "update", "delete"), .doc = "What to do.", .example = "get"),
    F(STR, table_ref, .example = "reviews", .doc = "A dynamodb table of this pipeline."),
    F(STR, table_name, .check = check_names_one, .runtime = true,
      .doc = "Name of another table of the account."),
    F(MAP, key, .example = "{id: $.id}",
      .doc = "get, update, delete: the item's key attributes. Plain values get their type; "
             "DynamoDB's own {S: x} is taken as it is."),
    F(MAP, item, .example = "{id: $.id, stars: {N: $.stars}}", .doc = "put: all of the item."),
    F(MAP, set, .example = "{status: done}", .doc = "update: attributes to set."),
    F(MAP, add, .example = "{count: 1}", .doc = "update: numbers to add to attributes."),
    F(STRS, remove, .doc = "update: attributes to remove."),
    F(STR, update_expression, .doc = "update: the whole expression, in place of set, add, remove.",
      .source = "UpdateItem, UpdateExpression"),
    F(STR, condition_expression, .aliases = WORDS("condition"),
      .example = "attribute_not_exists(id)",
      .doc = "put, update, delete: what must hold; otherwise the step fails with "
             "DynamoDB.ConditionalCheckFailedException."),
    F(MAP, values, .aliases = WORDS("expression_attribute_values"), .example = "{\":n\": 3}",
      .doc = "Values for the names with a colon in expressions."),
    F(MAP, names, .aliases = WORDS("expression_attribute_names"), .example = "{\"#s\": status}",
      .doc = "Attributes for the names with a # in expressions."),
    F(STRS, attributes, .doc = "get: only these attributes."),
    F(BOOL, consistent_read, .dflt = "false",
      .doc = "get: what was just written, at twice the "
             "price."),
    F(ENUM, return_values, .any_case = true,
      .values = WORDS("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"),
      .doc = "put, update, delete: which state of the item is the result.",
      .source = "UpdateItem, ReturnValues"),
};
#undef F
static const struct fields fields =
    FIELDS(struct access, "dynamodb_item", rows,
           .doc = "Gets, puts, updates or deletes an item of a DynamoDB table.");

/* ---- checks --------------------------------------------------------------------------------- */

static void only_for(struct diags *ds, const struct access *a, bool wrong, struct span span,
                     const char *key)
{
    if (wrong)
        diag_error(ds, "conflict", span, "'%s' does not go with action %.*s", key,
                   STR(a->action.s));
}

static struct span span_of(struct vany v)
{
    return v.node ? v.node->span : (struct span){ 0 };
}

static void check_keys(struct diags *ds, const struct access *a)
{
    enum action act = (enum action)a->action.v;
    only_for(ds, a, act == PUT && a->key.node, span_of(a->key), "key");
    only_for(ds, a, act != PUT && a->item.node, span_of(a->item), "item");
    only_for(ds, a, act != UPDATE && a->set.node, span_of(a->set), "set");
    only_for(ds, a, act != UPDATE && a->add.node, span_of(a->add), "add");
    only_for(ds, a, act != UPDATE && a->remove.set, a->remove.span, "remove");
    only_for(ds, a, act != UPDATE && a->update_expression.set, a->update_expression.span,
             "update_expression");
    only_for(ds, a, act == GET && a->condition_expression.set, a->condition_expression.span,
             "condition_expression");
    only_for(ds, a, act == GET && a->return_values.set, a->return_values.span, "return_values");
    only_for(ds, a, act != GET && a->attributes.set, a->attributes.span, "attributes");
    only_for(ds, a, act != GET && a->consistent_read.v, a->consistent_read.span, "consistent_read");
    if ((act == PUT || act == DELETE) && a->return_values.set && a->return_values.v > 1)
        diag_error(ds, "conflict", a->return_values.span,
                   "return_values of %.*s is %.*s; expected NONE or ALL_OLD", STR(a->action.s),
                   STR(a->return_values.s));
}

static void missing(struct diags *ds, const struct item *it, const char *key, const char *example)
{
    struct diag *d = diag_error(ds, "missing-key", it->name.span, "step '%.*s' has no '%s'",
                                STR(it->name.s), key);
    diag_help(d, "for example '%s'", example);
}

static void check_names(struct diags *ds, const struct node *map, char sign, const char *key)
{
    for (size_t i = 0; map && i < map->map.n; i++) {
        const struct node_entry *e = &map->map.entries[i];
        if (e->key.n > 1 && e->key.p[0] == sign)
            continue;
        diag_error(ds, "bad-name", e->key_span, "'%.*s' in '%s' must begin with '%c'", STR(e->key),
                   key, sign);
    }
}

static void check_access(struct diags *ds, const struct item *it)
{
    const struct access *a = it->body;
    enum action act = (enum action)a->action.v;
    bool parts = a->set.node || a->add.node || a->remove.n;
    check_keys(ds, a);
    if (a->table_ref.set == a->table_name.set) {
        if (a->table_ref.set)
            diag_error(ds, "conflict", a->table_name.span,
                       "'table_ref' and 'table_name' are both given");
        else
            missing(ds, it, "table_ref", "table_ref: reviews");
    }
    if (act == PUT && !a->item.node)
        missing(ds, it, "item", "item: {id: $.id}");
    if (act != PUT && !a->key.node)
        missing(ds, it, "key", "key: {id: $.id}");
    if (act == UPDATE && !parts && !a->update_expression.set)
        missing(ds, it, "set", "set: {status: done}");
    if (parts && a->update_expression.set)
        diag_error(ds, "conflict", a->update_expression.span,
                   "'update_expression' takes the place of set, add and remove");
    check_names(ds, a->values.node, ':', "values");
    check_names(ds, a->names.node, '#', "names");
}

/* ---- values --------------------------------------------------------------------------------- */

/* The type of an attribute that the table declares ("S", "N", "B"); empty for others. */
static struct str declared_type(const struct resource *table, struct str name)
{
    const struct node *list = table ? node_get(table->props, S("AttributeDefinitions")) : NULL;
    for (size_t i = 0; list && i < list->seq.n; i++)
        if (str_eq(node_get(list->seq.items[i], S("AttributeName"))->str, name))
            return node_get(list->seq.items[i], S("AttributeType"))->str;
    return (struct str){ 0 };
}

/* {S: x}, {N: "1"} … as DynamoDB has it. Source: DynamoDB API reference, AttributeValue. */
static bool is_typed(const struct node *n)
{
    static const char *const TYPES[] = {
        "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"
    };
    if (n->kind != NODE_MAP || n->map.n != 1)
        return false;
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (str_eq(n->map.entries[0].key, str_from(TYPES[i])))
            return true;
    return false;
}

static struct node *value_of(struct plan *p, const struct node *n, struct str type, int depth);

/* Numbers travel as text, so one that is known at run time only is made text then. */
static struct node *runtime_value(struct plan *p, const struct node *n, struct str type)
{
    if (str_eq(type, S("N")))
        return plan_call(p, "N.$", plan_textf(p, "States.Format('{}', %.*s)", STR(n->str)));
    return plan_call(p, str_eq(type, S("B")) ? "B.$" : "S.$", node_str(p->arena, n->span, n->str));
}

static struct node *typed_value(struct plan *p, const struct node *n)
{
    const struct node_entry *e = &n->map.entries[0];
    if (str_eq(e->key, S("N")) && e->value->kind == NODE_STR && plan_is_runtime(e->value->str))
        return runtime_value(p, e->value, S("N"));
    if (str_eq(e->key, S("N")) && (e->value->kind == NODE_INT || e->value->kind == NODE_FLOAT))
        return plan_call(p, "N", plan_str(p, plan_json(p, e->value)));
    return plan_payload(p, n);
}

static struct node *map_values(struct plan *p, const struct node *map, int depth)
{
    struct node *out = plan_map(p);
    for (size_t i = 0; i < map->map.n; i++)
        node_put(p->arena, out, map->map.entries[i].key, map->map.entries[i].key_span,
                 value_of(p, map->map.entries[i].value, (struct str){ 0 }, depth + 1));
    return out;
}

/* A plain value with its type. */
static struct node *value_of(struct plan *p, const struct node *n, struct str type, int depth)
{
    struct node *list;
    if (is_typed(n) || depth > LIMIT_JSON_DEPTH)
        return typed_value(p, n);
    switch (n->kind) {
    case NODE_STR:
        if (plan_is_runtime(n->str))
            return runtime_value(p, n, type);
        return plan_call(p, str_eq(type, S("B")) ? "B" : "S", (struct node *)n);
    case NODE_INT:
    case NODE_FLOAT:
        return plan_call(p, "N", plan_str(p, plan_json(p, n)));
    case NODE_BOOL:
        return plan_call(p, "BOOL", (struct node *)n);
    case NODE_NULL:
        return plan_call(p, "NULL", plan_bool(p, true));
    case NODE_SEQ:
        list = plan_list(p);
        for (size_t i = 0; i < n->seq.n; i++)
            node_push(p->arena, list, value_of(p, n->seq.items[i], (struct str){ 0 }, depth + 1));
        return plan_call(p, "L", list);
    case NODE_MAP:
        return plan_call(p, "M", map_values(p, n, depth));
    }
    UNREACHABLE();
}

/* ---- keys ----------------------------------------------------------------------------------- */

static const char *type_word(struct str type)
{
    return str_eq(type, S("N")) ? "a number" : str_eq(type, S("B")) ? "binary" : "a string";
}

/* A key attribute of the wrong type is refused by DynamoDB at run time: better now. */
static void check_type(struct plan *p, const struct node_entry *e, struct str type)
{
    const struct node *n = e->value;
    bool number = n->kind == NODE_INT || n->kind == NODE_FLOAT;
    bool runtime = n->kind == NODE_STR && plan_is_runtime(n->str);
    bool good = runtime || (str_eq(type, S("N")) ? number : n->kind == NODE_STR);
    if (is_typed(n))
        good = str_eq(n->map.entries[0].key, type);
    if (good)
        return;
    struct diag *d = diag_error(p->ds, "wrong-type", n->span,
                                "key attribute '%.*s' is %s in the table, but %s here", STR(e->key),
                                type_word(type), node_kind_name(n));
    if (number)
        diag_help(d, "write \"%.*s\" in quotes", STR(span_text(n->span)));
}

static void check_against_table(struct plan *p, const struct step *s, const struct resource *table,
                                const struct node *attributes, bool keys_only)
{
    const struct node *list = table ? node_get(table->props, S("AttributeDefinitions")) : NULL;
    for (size_t i = 0; list && i < list->seq.n; i++) {
        struct str name = node_get(list->seq.items[i], S("AttributeName"))->str;
        const struct node_entry *e = node_entry(attributes, name);
        if (e) {
            check_type(p, e, declared_type(table, name));
            continue;
        }
        struct diag *d = diag_error(p->ds, "missing-key", attributes->span,
                                    "step '%.*s' does not say '%.*s', a key of the table",
                                    STR(s->item.name.s), STR(name));
        diag_note(d, table->span, "the table");
    }
    for (size_t i = 0; list && keys_only && i < attributes->map.n; i++) {
        const struct node_entry *e = &attributes->map.entries[i];
        if (!declared_type(table, e->key).n)
            diag_error(p->ds, "unknown-key", e->key_span, "'%.*s' is no key of the table",
                       STR(e->key));
    }
}

static struct node *attributes_of(struct plan *p, const struct resource *table,
                                  const struct node *map)
{
    struct node *out = plan_map(p);
    for (size_t i = 0; i < map->map.n; i++) {
        const struct node_entry *e = &map->map.entries[i];
        node_put(p->arena, out, e->key, e->key_span,
                 value_of(p, e->value, declared_type(table, e->key), 0));
    }
    return out;
}

/* ---- expressions ---------------------------------------------------------------------------- */

struct expression {
    struct node *names, *values; /* maps */
    struct buf text;
    int parts;
};

static void name_attribute(struct plan *p, struct expression *x, struct str attribute)
{
    struct str name = arena_printf(p->arena, "#a%d", x->parts);
    node_put(p->arena, x->names, name, (struct span){ 0 }, plan_str(p, attribute));
}

/* "SET #a0 = :v0, #a1 = :v1" */
static void put_clause(struct plan *p, struct expression *x, const char *word, const char *between,
                       const struct node *map, struct str type)
{
    for (size_t i = 0; map && i < map->map.n; i++, x->parts++) {
        const struct node_entry *e = &map->map.entries[i];
        name_attribute(p, x, e->key);
        node_put(p->arena, x->values, arena_printf(p->arena, ":v%d", x->parts), e->key_span,
                 value_of(p, e->value, type, 0));
        buf_printf(&x->text, "%s%s#a%d%s:v%d",
                   i          ? ", "
                   : x->parts ? " "
                              : "",
                   i ? "" : word, x->parts, between, x->parts);
    }
}

static void put_removals(struct plan *p, struct expression *x, const struct vstrs *remove)
{
    for (size_t i = 0; i < remove->n; i++, x->parts++) {
        name_attribute(p, x, remove->items[i].s);
        buf_printf(&x->text, "%s%s#a%d",
                   i          ? ", "
                   : x->parts ? " "
                              : "",
                   i ? "" : "REMOVE ", x->parts);
    }
}

static void put_projection(struct plan *p, struct expression *x, const struct vstrs *attributes)
{
    for (size_t i = 0; i < attributes->n; i++, x->parts++) {
        name_attribute(p, x, attributes->items[i].s);
        buf_printf(&x->text, "%s#a%d", i ? ", " : "", x->parts);
    }
}

static void put_expressions(struct plan *p, struct state *t, const struct access *a)
{
    struct expression x = { .names = plan_map(p), .values = plan_map(p) };
    buf_init(&x.text, 0);
    put_clause(p, &x, "SET ", " = ", a->set.node, (struct str){ 0 });
    put_clause(p, &x, "ADD ", " ", a->add.node, S("N"));
    put_removals(p, &x, &a->remove);
    put_projection(p, &x, &a->attributes);
    for (size_t i = 0; a->values.node && i < a->values.node->map.n; i++) {
        const struct node_entry *e = &a->values.node->map.entries[i];
        node_put(p->arena, x.values, e->key, e->key_span,
                 value_of(p, e->value, (struct str){ 0 }, 0));
    }
    for (size_t i = 0; a->names.node && i < a->names.node->map.n; i++) {
        const struct node_entry *e = &a->names.node->map.entries[i];
        node_put(p->arena, x.names, e->key, e->key_span, e->value);
    }
    if (x.text.n)
        task_arg_node(p, t, a->attributes.n ? "ProjectionExpression" : "UpdateExpression",
                      plan_str(p, arena_str(p->arena, buf_str(&x.text))));
    buf_done(&x.text);
    task_arg(p, t, "UpdateExpression", a->update_expression);
    task_arg(p, t, "ConditionExpression", a->condition_expression);
    if (x.names->map.n)
        task_arg_node(p, t, "ExpressionAttributeNames", x.names);
    if (x.values->map.n)
        task_arg_node(p, t, "ExpressionAttributeValues", x.values);
}

/* ---- lowering ------------------------------------------------------------------------------- */

static const struct resource *put_table(struct plan *p, const struct step *s, struct state *t)
{
    const struct access *a = s->item.body;
    const char *grant = ACTIONS[a->action.v].grant, *reason = ACTIONS[a->action.v].reason;
    if (a->table_name.set) {
        task_arg(p, t, "TableName", a->table_name);
        struct str name = a->table_name.runtime ? S("*") : a->table_name.s;
        plan_grant(p, s, grant,
                   plan_sub(p,
                            "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:"
                            "table/%.*s",
                            STR(name)),
                   reason);
        return NULL;
    }
    struct resource *r = plan_find(p, a->table_ref, "dynamodb");
    if (!r)
        return NULL;
    struct str name = plan_placeholder_name(p, a->table_ref.s, "TableName");
    task_arg_node(p, t, "TableName", plan_placeholder(p, name, plan_ref(p, r)));
    plan_grant(p, s, grant, plan_attr(p, r, "Arn"), reason);
    return r;
}

static void lower_access(struct plan *p, const struct step *s)
{
    const struct access *a = s->item.body;
    bool put = a->action.v == PUT;
    struct state *t =
        plan_add_task(p, s, ACTIONS[a->action.v].prefix, ACTIONS[a->action.v].resource);
    const struct resource *table = put_table(p, s, t);
    const struct node *map = put ? a->item.node : a->key.node;
    check_against_table(p, s, table, map, !put);
    task_arg_node(p, t, put ? "Item" : "Key", attributes_of(p, table, map));
    put_expressions(p, t, a);
    if (a->consistent_read.v)
        task_arg_node(p, t, "ConsistentRead", plan_bool(p, true));
    if (a->return_values.set)
        task_arg_node(p, t, "ReturnValues", plan_str(p, a->return_values.s));
}

static const struct kind kind = { .type = "dynamodb_item",
                                  .roles = ROLE_STEP,
                                  .doc = "Gets, puts, updates or deletes an item of a table.",
                                  .source = "Step Functions, Perform CRUD operations on DynamoDB",
                                  .example = "action: put\n"
                                             "table_name: reviews\n"
                                             "item: {id: $.id, stars: 5}\n",
                                  .fields = &fields,
                                  .check = check_access,
                                  .lower_step = lower_access };

const struct engine engine_dynamodb_item = {
    .abi = ENGINE_ABI,
    .name = "dynamodb_item",
    .kinds = &kind,
    .nkinds = 1,
};
