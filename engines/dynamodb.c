/* Amazon DynamoDB: tables. Written from the CloudFormation page of AWS::DynamoDB::Table. */
#include "plan/plan.h"

struct key {
    struct vstr name;
    struct venum type;
};
struct table {
    struct vobj partition_key, sort_key; /* struct key */
    struct venum billing_mode, deletion_policy;
    struct vint read_capacity, write_capacity;
};

#define F(kind, name, ...) FIELD_##kind(struct key, name, __VA_ARGS__)
static const struct field key_rows[] = {
    F(STR, name, .required = true, .min = 1, .max = 255, .doc = "The attribute's name.",
      .example = "region"),
    F(ENUM, type, .required = true, .values = WORDS("string", "number", "binary"),
      .doc = "The attribute's type.", .example = "string"),
};
#undef F
static const struct fields key_fields =
    FIELDS(struct key, "key", key_rows, .doc = "A key attribute.");

#define F(kind, name, ...) FIELD_##kind(struct table, name, __VA_ARGS__)
static const struct field table_rows[] = {
    F(OBJ, partition_key, .required = true, .sub = &key_fields,
      .doc = "The attribute that spreads the items.", .example = "{name: region, type: string}"),
    F(OBJ, sort_key, .sub = &key_fields,
      .doc = "The attribute that orders items of one partition."),
    F(ENUM, billing_mode, .values = WORDS("PROVISIONED", "PAY_PER_REQUEST"), .dflt = "PROVISIONED",
      .any_case = true, .doc = "Pay for capacity or for each request.",
      .source = "AWS::DynamoDB::Table, BillingMode"),
    F(ENUM, deletion_policy, .values = WORDS("Delete", "Retain"), .dflt = "Delete",
      .any_case = true, .doc = "What becomes of the table when it leaves the pipeline."),
    F(INT, read_capacity, .min = 1, .max = 40000, .dflt = "5", .unit = "units",
      .doc = "Provisioned reads a second.", .source = "ProvisionedThroughput"),
    F(INT, write_capacity, .min = 1, .max = 40000, .dflt = "5", .unit = "units",
      .doc = "Provisioned writes a second.", .source = "ProvisionedThroughput"),
};
#undef F
static const struct fields table_fields =
    FIELDS(struct table, "dynamodb", table_rows, .doc = "A DynamoDB table.");

static void check_table(struct diags *ds, const struct item *it)
{
    const struct table *t = it->body;
    bool on_demand = t->billing_mode.v == 1;
    if (on_demand && (t->read_capacity.set || t->write_capacity.set))
        diag_error(ds, "conflict",
                   t->read_capacity.set ? t->read_capacity.span : t->write_capacity.span,
                   "a table with billing_mode PAY_PER_REQUEST has no capacity");
    const struct key *partition = t->partition_key.p, *sort = t->sort_key.p;
    if (sort && str_eq(partition->name.s, sort->name.s))
        diag_error(ds, "conflict", sort->name.span, "partition_key and sort_key are both '%.*s'",
                   STR(sort->name.s));
}

static void add_key(struct plan *p, const struct key *k, const char *role, struct node *attributes,
                    struct node *schema)
{
    static const char *const LETTERS[] = { "S", "N", "B" };
    if (!k)
        return;
    struct node *attribute = plan_map(p), *part = plan_map(p);
    plan_put(p, attribute, "AttributeName", plan_str(p, k->name.s));
    plan_put_text(p, attribute, "AttributeType", LETTERS[k->type.v]);
    node_push(p->arena, attributes, attribute);
    plan_put(p, part, "AttributeName", plan_str(p, k->name.s));
    plan_put_text(p, part, "KeyType", role);
    node_push(p->arena, schema, part);
}

static void lower_table(struct plan *p, const struct item *it)
{
    const struct table *t = it->body;
    struct resource *r =
        plan_add_resource(p, it->name.s, "Table", "AWS::DynamoDB::Table", it->name.span);
    struct node *attributes = plan_list(p), *schema = plan_list(p), *sse = plan_map(p);
    add_key(p, t->partition_key.p, "HASH", attributes, schema);
    add_key(p, t->sort_key.p, "RANGE", attributes, schema);
    res_put(p, r, "TableName",
            plan_textf(p, "%.*s-%.*s", STR(it->name.s), STR(p->pipeline->stage->name)));
    res_put(p, r, "AttributeDefinitions", attributes);
    res_put(p, r, "KeySchema", schema);
    res_put(p, r, "BillingMode", plan_str(p, t->billing_mode.s));
    if (t->billing_mode.v == 0) {
        struct node *capacity = plan_map(p);
        plan_put(p, capacity, "ReadCapacityUnits", plan_int(p, t->read_capacity.v));
        plan_put(p, capacity, "WriteCapacityUnits", plan_int(p, t->write_capacity.v));
        res_put(p, r, "ProvisionedThroughput", capacity);
    }
    plan_put(p, sse, "SSEEnabled", plan_bool(p, true));
    res_put(p, r, "SSESpecification", sse);
    r->deletion_policy = t->deletion_policy.v == 1 ? "Retain" : "Delete";
    plan_publish(p, it, r, "dynamodb");
}

static const struct kind kinds[] = {
    { .type = "dynamodb",
      .roles = ROLE_RESOURCE,
      .alone = true,
      .doc = "A DynamoDB table.",
      .source = "AWS::DynamoDB::Table",
      .example = "billing_mode: PAY_PER_REQUEST\n"
                 "partition_key: {name: id, type: string}\n",
      .fields = &table_fields,
      .check = check_table,
      .lower_resource = lower_table },
};

const struct engine engine_dynamodb = {
    .abi = ENGINE_ABI,
    .name = "dynamodb",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
