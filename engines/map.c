/* The map step: the same groups for every item, inside the execution or as executions of their own.
 * Written from the States Language, "Map State", and the Step Functions pages on distributed maps.
 */
#include "plan/plan.h"
#include "schema/bind.h"

struct reader {
    struct vstr bucket, key, prefix;
    struct venum input_type;
    struct vstrs csv_headers;
    struct vint max_items;
};
struct batcher {
    struct vint max_items_per_batch, max_input_bytes_per_batch;
    struct vany batch_input;
};
struct writer {
    struct vstr bucket, prefix;
};
struct map_step {
    struct vstr items_path, label;
    struct vany item_selector;
    struct venum mode, execution_type;
    struct vint max_concurrency, tolerated_failure_count, tolerated_failure_percentage;
    struct vobj item_reader, item_batcher, result_writer;
    struct vgroups groups;
};

#define F(kind, name, ...) FIELD_##kind(struct reader, name, __VA_ARGS__)
static const struct field reader_rows[] = {
    F(STR, bucket, .required = true, .runtime = true, .doc = "Bucket that holds the items."),
    F(STR, key, .runtime = true, .doc = "Object that lists the items."),
    F(STR, prefix, .runtime = true, .doc = "In place of key: the objects below it are the items."),
    F(ENUM, input_type, .values = WORDS("JSON", "JSONL", "CSV", "MANIFEST", "PARQUET"),
      .dflt = "JSON", .any_case = true, .doc = "What the object is.",
      .source = "Step Functions, ItemReader"),
    F(STRS, csv_headers, .doc = "CSV: names of the columns, if the first line does not hold them."),
    F(INT, max_items, .min = 1, .max = 100000000, .runtime = true, .doc = "Read no more items."),
};
#undef F
static const struct fields reader_fields =
    FIELDS(struct reader, "item_reader", reader_rows, .doc = "Where the items come from.");

#define F(kind, name, ...) FIELD_##kind(struct batcher, name, __VA_ARGS__)
static const struct field batcher_rows[] = {
    F(INT, max_items_per_batch, .min = 1, .max = 100000000, .runtime = true,
      .doc = "Items of one batch."),
    F(INT, max_input_bytes_per_batch, .unit = "bytes", .min = 1, .max = 262144, .runtime = true,
      .doc = "Size of one batch.", .source = "Step Functions, ItemBatcher"),
    F(MAP, batch_input, .doc = "Data that every batch gets along."),
};
#undef F
static const struct fields batcher_fields =
    FIELDS(struct batcher, "item_batcher", batcher_rows, .doc = "Items in batches.");

#define F(kind, name, ...) FIELD_##kind(struct writer, name, __VA_ARGS__)
static const struct field writer_rows[] = {
    F(STR, bucket, .required = true, .runtime = true, .doc = "Bucket for the results."),
    F(STR, prefix, .runtime = true, .doc = "Where in the bucket."),
};
#undef F
static const struct fields writer_fields =
    FIELDS(struct writer, "result_writer", writer_rows, .doc = "Where the results go.");

#define F(kind, name, ...) FIELD_##kind(struct map_step, name, __VA_ARGS__)
static const struct field map_rows[] = {
    F(STR, items_path, .runtime = true, .aliases = WORDS("items"), .example = "$.files",
      .doc = "The list in the data; all of the data by default."),
    F(MAP, item_selector, .aliases = WORDS("parameters"), .example = "{file: $$.Map.Item.Value}",
      .doc = "What an iteration gets; the item by default."),
    F(ENUM, mode, .values = WORDS("inline", "distributed"), .dflt = "inline", .any_case = true,
      .doc = "inline: inside this execution; distributed: an execution for each item."),
    F(ENUM, execution_type, .values = WORDS("STANDARD", "EXPRESS"), .dflt = "STANDARD",
      .any_case = true, .doc = "distributed: kind of the executions."),
    F(INT, max_concurrency, .min = 0, .max = 10000, .runtime = true,
      .doc = "Iterations at a time; 0 lets Step Functions decide.",
      .source = "States Language, MaxConcurrency"),
    F(INT, tolerated_failure_count, .min = 0, .max = 100000000, .runtime = true,
      .doc = "distributed: this many items may fail."),
    F(INT, tolerated_failure_percentage, .unit = "percent", .min = 0, .max = 100, .runtime = true,
      .doc = "distributed: this share of the items may fail."),
    F(OBJ, item_reader, .sub = &reader_fields, .doc = "distributed: items from S3."),
    F(OBJ, item_batcher, .sub = &batcher_fields, .doc = "distributed: items in batches."),
    F(OBJ, result_writer, .sub = &writer_fields, .doc = "distributed: results to S3."),
    F(STR, label, .min = 1, .max = 40, .doc = "distributed: a name for the map runs."),
    F(GROUPS, groups, .required = true, .doc = "What runs for each item."),
};
#undef F
static const struct fields map_fields =
    FIELDS(struct map_step, "map", map_rows, .doc = "Runs its groups for every item of a list.");

static void only_distributed(struct diags *ds, const struct map_step *m, bool set, struct span span,
                             const char *key)
{
    if (!set || m->mode.v == 1)
        return;
    struct diag *d = diag_error(ds, "conflict", span, "'%s' is for distributed maps", key);
    diag_help(d, "add 'mode: distributed'");
}

static void check_map(struct diags *ds, const struct item *it)
{
    const struct map_step *m = it->body;
    only_distributed(ds, m, m->execution_type.set, m->execution_type.span, "execution_type");
    only_distributed(ds, m, m->item_reader.p, m->item_reader.span, "item_reader");
    only_distributed(ds, m, m->item_batcher.p, m->item_batcher.span, "item_batcher");
    only_distributed(ds, m, m->result_writer.p, m->result_writer.span, "result_writer");
    only_distributed(ds, m, m->label.set, m->label.span, "label");
    only_distributed(ds, m, m->tolerated_failure_count.set, m->tolerated_failure_count.span,
                     "tolerated_failure_count");
    only_distributed(ds, m, m->tolerated_failure_percentage.set,
                     m->tolerated_failure_percentage.span, "tolerated_failure_percentage");
    const struct reader *r = m->item_reader.p;
    if (r && r->key.set == r->prefix.set)
        diag_error(ds, r->key.set ? "conflict" : "missing-key", m->item_reader.span,
                   "item_reader takes %s of 'key' and 'prefix'", r->key.set ? "only one" : "one");
    if (r && m->items_path.set)
        diag_error(ds, "conflict", m->items_path.span, "items_path and item_reader are both given");
    if (m->items_path.set && !m->items_path.runtime)
        diag_error(ds, "bad-path", m->items_path.span,
                   "'items_path' is '%.*s'; expected a path like $.files", STR(m->items_path.s));
}

/* ---- lowering ------------------------------------------------------------------------------- */

/* "Key": value, or "Key.$" for a run-time path. */
static void put(struct plan *p, struct node *map, const char *key, struct vstr v)
{
    if (v.s.n)
        node_put(p->arena, map, v.runtime ? arena_printf(p->arena, "%s.$", key) : str_from(key),
                 v.span, node_str(p->arena, v.span, v.s));
}

/* "Key": number, or "KeyPath" for a run-time path. */
static void put_int(struct plan *p, struct node *map, const char *key, struct vint v)
{
    if (v.path.n)
        node_put(p->arena, map, arena_printf(p->arena, "%sPath", key), v.span,
                 node_str(p->arena, v.span, v.path));
    else if (v.set)
        node_put(p->arena, map, str_from(key), v.span, node_int(p->arena, v.span, v.v));
}

/* The bucket's objects below `prefix`, for a grant; everything where a name is known only at run
 * time. */
static struct node *objects(struct plan *p, struct vstr bucket, struct vstr prefix,
                            const char *tail)
{
    if (bucket.runtime)
        return plan_sub(p, "arn:${AWS::Partition}:s3:::*");
    bool known = prefix.s.n && !prefix.runtime;
    return plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s/%.*s%s", STR(bucket.s),
                    (int)(known ? prefix.s.n : 0), prefix.s.p ? prefix.s.p : "",
                    known ? tail : "*");
}

/* `action` on objects; where only a run shows the bucket, of any bucket of the account. */
static void grant_objects(struct plan *p, const struct step *s, const char *action,
                          struct vstr bucket, const struct node *where, const char *reason)
{
    plan_grant_if(p, p->machine_role, action, where, bucket.runtime ? plan_own_account(p) : NULL,
                  s->item.name.span,
                  arena_printf(p->arena, "step '%.*s' %s", STR(s->item.name.s), reason));
}

static void warn_of_any_bucket(struct plan *p, const struct step *s, struct vstr bucket,
                               const char *what)
{
    if (!bucket.runtime || p->pipeline->role.s.n)
        return;
    struct diag *d = diag_warning(p->ds, "wide-permission", bucket.span,
                                  "step '%.*s' may %s any bucket of the account: which one is only "
                                  "known at run time",
                                  STR(s->item.name.s), what);
    diag_help(d, "name the bucket");
}

static void add_reader(struct plan *p, const struct step *s, struct state *st)
{
    const struct map_step *m = s->item.body;
    const struct reader *r = m->item_reader.p;
    if (!r)
        return;
    struct node *reader = plan_map(p), *parameters = plan_map(p), *config = plan_map(p);
    plan_put(p, reader, "Resource",
             plan_textf(p, "arn:%s:states:::s3:%s", plan_partition(p),
                        r->prefix.set ? "listObjectsV2" : "getObject"));
    put(p, parameters, "Bucket", r->bucket);
    put(p, parameters, "Key", r->key);
    put(p, parameters, "Prefix", r->prefix);
    if (!r->prefix.set)
        plan_put(p, config, "InputType", plan_str(p, r->input_type.s));
    if (r->input_type.v == 2 && !r->prefix.set) {
        plan_put_text(p, config, "CSVHeaderLocation", r->csv_headers.n ? "GIVEN" : "FIRST_ROW");
        struct node *headers = plan_list(p);
        for (size_t i = 0; i < r->csv_headers.n; i++)
            node_push(p->arena, headers, plan_str(p, r->csv_headers.items[i].s));
        if (r->csv_headers.n)
            plan_put(p, config, "CSVHeaders", headers);
    }
    put_int(p, config, "MaxItems", r->max_items);
    if (config->map.n)
        plan_put(p, reader, "ReaderConfig", config);
    plan_put(p, reader, "Parameters", parameters);
    plan_put(p, st->body, "ItemReader", reader);
    warn_of_any_bucket(p, s, r->bucket, "read");
    if (r->prefix.set)
        plan_grant_if(p, p->machine_role, "s3:ListBucket",
                      plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s",
                               STR(r->bucket.runtime ? S("*") : r->bucket.s)),
                      r->bucket.runtime ? plan_own_account(p) : NULL, s->item.name.span,
                      arena_printf(p->arena, "step '%.*s' lists its items", STR(s->item.name.s)));
    else
        grant_objects(p, s, "s3:GetObject", r->bucket, objects(p, r->bucket, r->key, ""),
                      "reads its items");
}

static void add_batcher(struct plan *p, const struct step *s, struct state *st)
{
    const struct map_step *m = s->item.body;
    const struct batcher *b = m->item_batcher.p;
    if (!b)
        return;
    struct node *n = plan_map(p);
    put_int(p, n, "MaxItemsPerBatch", b->max_items_per_batch);
    put_int(p, n, "MaxInputBytesPerBatch", b->max_input_bytes_per_batch);
    if (b->batch_input.node)
        plan_put(p, n, "BatchInput", plan_payload(p, b->batch_input.node));
    plan_put(p, st->body, "ItemBatcher", n);
}

/* Source: Step Functions, "IAM policies for using Distributed Map states". */
static void add_writer(struct plan *p, const struct step *s, struct state *st)
{
    static const char *const ACTIONS[] = { "s3:AbortMultipartUpload", "s3:GetObject",
                                           "s3:ListMultipartUploadParts", "s3:PutObject" };
    const struct map_step *m = s->item.body;
    const struct writer *w = m->result_writer.p;
    if (!w)
        return;
    struct node *n = plan_map(p), *parameters = plan_map(p);
    plan_put(p, n, "Resource", plan_textf(p, "arn:%s:states:::s3:putObject", plan_partition(p)));
    put(p, parameters, "Bucket", w->bucket);
    put(p, parameters, "Prefix", w->prefix);
    plan_put(p, n, "Parameters", parameters);
    plan_put(p, st->body, "ResultWriter", n);
    const struct node *where = objects(p, w->bucket, w->prefix, "/*");
    warn_of_any_bucket(p, s, w->bucket, "write to");
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        grant_objects(p, s, ACTIONS[i], w->bucket, where, "writes its results");
}

/* A distributed map starts executions of its own machine. The machine's ARN is spelled out: a
 * reference would make role and machine wait for each other. */
static void grant_children(struct plan *p, const struct step *s)
{
    const struct map_step *m = s->item.body;
    struct str name = p->pipeline->full_name;
    plan_grant(p, s, "states:StartExecution",
               plan_sub(p,
                        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
                        "stateMachine:%.*s",
                        STR(name)),
               "starts an execution for each item");
    const struct node *runs = plan_sub(
        p, "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:%.*s/*",
        STR(name));
    plan_grant(p, s, "states:DescribeExecution", runs, "follows its executions");
    plan_grant(p, s, "states:StopExecution", runs, "stops its executions");
    if (!m->execution_type.set || m->execution_type.v == 0) /* others are started anew */
        plan_grant(p, s, "states:RedriveExecution", runs, "goes on with those that failed");
}

static void lower_map(struct plan *p, const struct step *s)
{
    const struct map_step *m = s->item.body;
    bool distributed = m->mode.v == 1;
    struct state *st = plan_add_state(p, s, "Map", "Map: ");
    if (m->items_path.set)
        plan_put(p, st->body, "ItemsPath", node_str(p->arena, m->items_path.span, m->items_path.s));
    if (m->item_selector.node)
        plan_put(p, st->body, "ItemSelector", plan_payload(p, m->item_selector.node));
    put_int(p, st->body, "MaxConcurrency", m->max_concurrency);
    put_int(p, st->body, "ToleratedFailureCount", m->tolerated_failure_count);
    put_int(p, st->body, "ToleratedFailurePercentage", m->tolerated_failure_percentage);
    if (m->label.set)
        plan_put(p, st->body, "Label", node_str(p->arena, m->label.span, m->label.s));
    add_reader(p, s, st);
    add_batcher(p, s, st);
    add_writer(p, s, st);
    st->processor_config = plan_map(p);
    plan_put_text(p, st->processor_config, "Mode", distributed ? "DISTRIBUTED" : "INLINE");
    if (distributed) {
        plan_put(p, st->processor_config, "ExecutionType", plan_str(p, m->execution_type.s));
        grant_children(p, s);
    }
    plan_add_scope(p, st, m->groups.seq, (struct str){ 0 });
}

static const struct kind kinds[] = {
    { .type = "map",
      .roles = ROLE_STEP,
      .doc = "Runs its groups for every item of a list.",
      .source = "States Language, Map State",
      .example = "items_path: $.files\n"
                 "max_concurrency: 4\n"
                 "groups:\n"
                 "  - name: Look\n"
                 "    jobs: [{name: look, type: pass}]\n",
      .fields = &map_fields,
      .check = check_map,
      .lower_step = lower_map },
};

const struct engine engine_map = {
    .abi = ENGINE_ABI,
    .name = "map",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
