#include "frontend/blueprint.h"

#include "base/limits.h"
#include "base/map.h"
#include "model/permission.h"
#include "model/schedule.h"
#include "schema/bind.h"
#include "schema/contract.h"

/* ---- tables --------------------------------------------------------------------------------- */

#define F(kind, name, ...) FIELD_##kind(struct retrier, name, __VA_ARGS__)
static const struct field retrier_rows[] = {
    F(STRS, error_equals, .min = 1, .doc = "Errors to retry; States.ALL by default.",
      .source = "States Language, Retry", .example = "[States.TaskFailed]"),
    F(INT, interval_seconds, .unit = "seconds", .min = 1, .max = 99999999, .dflt = "1",
      .doc = "Wait before the first retry.", .source = "States Language, IntervalSeconds"),
    F(INT, max_attempts, .min = 0, .max = 99999999, .dflt = "3",
      .aliases = WORDS("retry_attempts", "retry_attempt"), .doc = "Retries; 0 means never.",
      .source = "States Language, MaxAttempts"),
    F(FLOAT, backoff_rate, .min = 1, .max = 1000, .dflt = "2",
      .doc = "Factor by which the wait grows from one retry to the next.",
      .source = "States Language, BackoffRate"),
    F(INT, max_delay_seconds, .unit = "seconds", .min = 1, .max = 31622399,
      .doc = "Longest wait between retries.", .source = "States Language, MaxDelaySeconds"),
    F(ENUM, jitter_strategy, .values = WORDS("NONE", "FULL"), .dflt = "NONE",
      .doc = "FULL spreads the waits at random.", .source = "States Language, JitterStrategy"),
};
#undef F
static const struct fields retrier_fields =
    FIELDS(struct retrier, "retry", retrier_rows, .doc = "What to do when a step fails: again.");

#define F(kind, name, ...) FIELD_##kind(struct handler, name, __VA_ARGS__)
static const struct field handler_rows[] = {
    F(STRS, error_equals, .min = 1, .doc = "Errors to catch; States.ALL by default.",
      .source = "States Language, Catch"),
    F(STR, result_path, .runtime = true, .dflt = "$.error",
      .doc = "Where {Error, Cause} goes in the data; '$' replaces all of it."),
    F(GROUPS, groups, .doc = "What runs then; afterwards the pipeline goes on behind the step."),
};
#undef F
static const struct fields handler_fields =
    FIELDS(struct handler, "catch", handler_rows, .doc = "What to do when retries did not help.");

#define F(kind, name, ...) FIELD_##kind(struct item, name, __VA_ARGS__)
static const struct field item_rows[] = {
    F(STR, name, .required = true, .min = 1, .max = 256,
      .doc = "Its name, unique in the pipeline."),
    F(STR, type, .doc = "What it is; decides which other keys it may have."),
    F(STR, description, .aliases = WORDS("comment"), .doc = "A sentence for people."),
    F(OBJS, permissions, .sub = &permission_fields,
      .doc =
          "What the code that it runs may do besides, or may not do; of a step without code: what "
          "the state machine may."),
};
#undef F
const struct fields blueprint_item =
    FIELDS(struct item, "item", item_rows, .doc = "What everything with a name and a type has.");

#define F(kind, name, ...) FIELD_##kind(struct step_common, name, __VA_ARGS__)
static const struct field step_rows[] = {
    F(OBJS, retry, .sub = &retrier_fields, .doc = "Retries of this step."),
    F(OBJS, catch, .sub = &handler_fields, .doc = "What to do when it fails."),
    F(INT, timeout, .unit = "seconds", .min = 1, .max = 99999999, .runtime = true,
      .doc = "Fail the step with States.Timeout after this long.",
      .source = "States Language, TimeoutSeconds"),
    F(INT, heartbeat, .unit = "seconds", .min = 1, .max = 99999999, .runtime = true,
      .doc = "Fail the step if it gives no sign of life for this long.",
      .source = "States Language, HeartbeatSeconds"),
    F(STR, input_path, .runtime = true, .doc = "The part of the data that the step sees."),
    F(STR, result_path, .runtime = true,
      .doc = "Where the result goes in the data. Without it the data stays as it is."),
    F(STR, output_path, .runtime = true, .doc = "The part of the data that goes on."),
    F(MAP, result_selector, .doc = "Builds what is stored from the raw result."),
    F(MAP, assign, .doc = "Variables to set: later steps read them as $name."),
};
#undef F
const struct fields blueprint_step =
    FIELDS(struct step_common, "step", step_rows, .doc = "What every step may say.");

static const struct field sequence_rows[] = {
    FIELD_GROUPS(struct step, groups, .required = true,
                 .doc = "Groups in place of a type: a sequence that runs as one branch."),
};
const struct fields blueprint_sequence =
    FIELDS(struct step, "sequence", sequence_rows, .doc = "A sequence that runs as one branch.");

struct document {
    struct vstr name, description, role;
    struct vany variables, aws_resources, triggers, input;
    struct vobjs schedulers, retry, catch, permissions;
    struct vgroups groups;
    struct vint timeout;
};
#define F(kind, name, ...) FIELD_##kind(struct document, name, __VA_ARGS__)
static const struct field document_rows[] = {
    F(STR, name, .doc = "The pipeline's title."),
    F(STR, description, .aliases = WORDS("comment"), .doc = "What it does."),
    F(ANY, variables, .doc = "Template variables of this pipeline, or `file:` that holds them."),
    F(ANY, aws_resources, .doc = "Resources that the pipeline needs."),
    F(ANY, triggers, .doc = "Functions that start the pipeline."),
    F(OBJS, schedulers, .sub = &schedule_fields, .aliases = WORDS("scheduler"),
      .doc = "When the pipeline starts by itself."),
    F(GROUPS, groups,
      .doc = "Groups of steps: one after the other, the steps of each in parallel."),
    F(OBJS, retry, .sub = &retrier_fields, .doc = "Retries of the whole pipeline."),
    F(OBJS, catch, .sub = &handler_fields, .doc = "What to do when the pipeline fails."),
    F(MAP, input, .example = "{type: object, required: [day], properties: {day: {type: string}}}",
      .doc = "JSON Schema of what an execution begins with: paths into it are checked when the "
             "pipeline is compiled, and what it is given when it runs here.",
      .source = "JSON Schema draft-07"),
    F(INT, timeout, .unit = "seconds", .min = 1, .max = 99999999,
      .doc = "Stop an execution after this long.", .source = "States Language, TimeoutSeconds"),
    F(STR, role, .min = 20, .max = 2048,
      .doc = "ARN of an existing role that everything runs as, in place of roles of its own."),
    F(OBJS, permissions, .sub = &permission_fields,
      .doc = "What the state machine may do besides, or may not do."),
};
#undef F
const struct fields blueprint_document =
    FIELDS(struct document, "the pipeline", document_rows, .doc = "A pipeline's file.");

/* ---- reading -------------------------------------------------------------------------------- */

struct reader {
    struct bind bind;
    const struct engines *engines;
    int depth;
};

static const char *const WRAPPERS[] = { "config", "properties", NULL };
static const char *const DOCUMENT_WRAPPERS[] = { "properties", NULL };

static const char *role_name(enum role role)
{
    return role == ROLE_RESOURCE ? "resource" : role == ROLE_TRIGGER ? "trigger" : "step";
}

static void unknown_type(struct reader *r, struct vstr type, enum role role)
{
    struct diag *d = diag_error(r->bind.ds, "unknown-type", type.span, "unknown %s type '%.*s'",
                                role_name(role), STR(type.s));
    VEC(struct str) names = { 0 };
    for (size_t i = 0; i < r->engines->n; i++)
        for (size_t j = 0; j < r->engines->list[i]->nkinds; j++) {
            const struct kind *k = &r->engines->list[i]->kinds[j];
            if (k->roles & (unsigned)role)
                vec_push(r->bind.arena, &names, str_from(k->type));
        }
    if (diag_nearest(type.s, names.p, names.n) != SIZE_MAX) {
        diag_suggest(d, type.s, names.p, names.n);
        return;
    }
    struct buf all;
    buf_init(&all, 0);
    for (size_t i = 0; i < names.n; i++)
        buf_printf(&all, "%s%.*s", i ? ", " : "", STR(names.p[i]));
    diag_help(d, "known types: %.*s", STR(buf_str(&all)));
    buf_done(&all);
}

static struct str label(struct reader *r, const struct node *node, enum role role)
{
    const struct node *name = node_get(node, S("name"));
    return name && name->kind == NODE_STR
               ? arena_printf(r->bind.arena, "%s '%.*s'", role_name(role), STR(name->str))
               : arena_printf(r->bind.arena, "this %s", role_name(role));
}

/* 'typ' or 'Type': what was meant for the key that is missing, or NULL. */
static const struct node_entry *misspelt_type(const struct node *node)
{
    const struct str type = S("type");
    for (size_t i = 0; i < node->map.n; i++)
        if (diag_nearest(node->map.entries[i].key, &type, 1) == 0)
            return &node->map.entries[i];
    return NULL;
}

static void no_type(struct reader *r, const struct node *node, enum role role)
{
    const struct node_entry *name = node_entry(node, S("name")), *typo = misspelt_type(node);
    struct str what = label(r, node, role);
    if (typo) {
        struct diag *d = diag_error(r->bind.ds, "unknown-key", typo->key_span,
                                    "unknown key '%.*s' in %.*s", STR(typo->key), STR(what));
        diag_help(d, "did you mean 'type'?");
        return;
    }
    struct span at = name ? name->value->span : node->span;
    struct diag *d = diag_error(r->bind.ds, "missing-key", at, "%.*s has no 'type'", STR(what));
    diag_help(d, "for example 'type: lambda_function'");
}

/* The kind that `type:` names. Without one every other key would be unknown: one mistake, one
 * message. */
static const struct kind *find_kind(struct reader *r, const struct node *node, enum role role)
{
    const struct node_entry *type = node_entry(node, S("type"));
    if (!type) {
        no_type(r, node, role);
        return NULL;
    }
    if (type->value->kind != NODE_STR) {
        diag_error(r->bind.ds, "wrong-type", type->value->span, "'type' is %s; expected a string",
                   node_kind_name(type->value));
        return NULL;
    }
    const struct kind *k = engines_find(r->engines, type->value->str, role);
    if (!k)
        unknown_type(r, (struct vstr){ .s = type->value->str, .span = type->value->span }, role);
    return k;
}

static bool is_map(struct reader *r, const struct node *n, const char *what)
{
    if (n->kind == NODE_MAP)
        return true;
    diag_error(r->bind.ds, "wrong-type", n->span, "%s is %s; expected a map with a name and a type",
               what, node_kind_name(n));
    return false;
}

/* Whether the kind's own rules are kept. */
static bool check_item(struct reader *r, const struct item *it)
{
    size_t before = r->bind.ds->errors;
    permissions_check(r->bind.ds, &it->permissions);
    if (it->kind && it->kind->check)
        it->kind->check(r->bind.ds, it);
    return r->bind.ds->errors == before;
}

static struct item *read_item(struct reader *r, const struct node *n, enum role role)
{
    if (!is_map(r, n, role == ROLE_RESOURCE ? "a resource" : "a trigger"))
        return NULL;
    const struct kind *k = find_kind(r, n, role);
    if (!k)
        return NULL;
    struct item *it = arena_make(r->bind.arena, struct item);
    *it = (struct item){ .role = role, .kind = k, .node = n };
    it->body = arena_alloc(r->bind.arena, k->fields->size);
    struct bind_part parts[] = { { &blueprint_item, it }, { k->fields, it->body } };
    if (!bind_parts(&r->bind, n, WRAPPERS, parts, 2, label(r, n, role)))
        return NULL;
    return check_item(r, it) ? it : NULL;
}

/* A step has a type, or groups and no type: a sequence that runs as one branch. */
static struct step *read_step(struct reader *r, const struct node *n)
{
    if (!is_map(r, n, "a job"))
        return NULL;
    bool sequence = !node_get(n, S("type")) && node_get(n, S("groups"));
    const struct kind *k = sequence ? NULL : find_kind(r, n, ROLE_STEP);
    if (!k && !sequence)
        return NULL;
    struct step *s = arena_make(r->bind.arena, struct step);
    s->item = (struct item){ .role = ROLE_STEP, .kind = k, .node = n };
    if (k)
        s->item.body = arena_alloc(r->bind.arena, k->fields->size);
    const struct bind_part parts[] = { { &blueprint_item, &s->item },
                                       { &blueprint_step, &s->common },
                                       { k ? k->fields : &blueprint_sequence,
                                         k ? s->item.body : s } };
    if (!bind_parts(&r->bind, n, WRAPPERS, parts, 3, label(r, n, ROLE_STEP)))
        return NULL;
    return check_item(r, &s->item) ? s : NULL;
}

struct group_body {
    struct vstr name, comment;
    struct vany jobs;
};
#define F(kind, name, ...) FIELD_##kind(struct group_body, name, __VA_ARGS__)
static const struct field group_rows[] = {
    F(STR, name, .required = true, .min = 1, .max = 80, .doc = "The group's name."),
    F(STR, comment, .aliases = WORDS("description"), .doc = "A sentence for people."),
    F(ANY, jobs, .required = true, .aliases = WORDS("steps"), .doc = "Steps that run in parallel."),
};
#undef F
const struct fields blueprint_group =
    FIELDS(struct group_body, "group", group_rows, .doc = "Steps that run in parallel.");

static struct group *read_group(struct reader *r, const struct node *n)
{
    if (n->kind != NODE_MAP) {
        diag_error(r->bind.ds, "wrong-type", n->span,
                   "a group is %s; expected a map with a name and jobs", node_kind_name(n));
        return NULL;
    }
    const struct group_body *body = bind_struct(&r->bind, &blueprint_group, n, S("group"));
    if (!body)
        return NULL;
    const struct node *jobs = body->jobs.node;
    if (jobs->kind != NODE_SEQ || jobs->seq.n == 0) {
        struct diag *d =
            diag_error(r->bind.ds, jobs->kind == NODE_SEQ ? "empty-value" : "wrong-type",
                       jobs->kind == NODE_NULL ? body->name.span : jobs->span,
                       "'jobs' of group '%.*s' is %s; expected a list of jobs", STR(body->name.s),
                       jobs->kind == NODE_SEQ ? "empty" : node_kind_name(jobs));
        if (jobs->kind == NODE_MAP)
            diag_help(d, "begin each job with '- '");
        return NULL;
    }
    struct group *g = arena_make(r->bind.arena, struct group);
    g->name = body->name;
    g->comment = body->comment;
    for (size_t i = 0; i < jobs->seq.n; i++) {
        struct step *s = read_step(r, jobs->seq.items[i]);
        if (s)
            vec_push(r->bind.arena, &g->steps, s);
    }
    return g;
}

static struct sequence *read_groups(void *ctx, const struct node *n)
{
    struct reader *r = ctx;
    if (r->depth >= LIMIT_GROUP_DEPTH) {
        diag_error(r->bind.ds, "too-deep", n->span, "groups are nested more than %d deep",
                   LIMIT_GROUP_DEPTH);
        return NULL;
    }
    if (n->seq.n == 0) {
        diag_error(r->bind.ds, "empty-value", n->span, "'groups' is empty");
        return NULL;
    }
    r->depth++;
    struct sequence *seq = arena_make(r->bind.arena, struct sequence);
    seq->span = n->span;
    for (size_t i = 0; i < n->seq.n; i++) {
        struct group *g = read_group(r, n->seq.items[i]);
        if (g)
            vec_push(r->bind.arena, &seq->groups, g);
    }
    r->depth--;
    return seq;
}

static void check_unique(struct reader *r, const struct item *it, struct map *names)
{
    struct str key = arena_printf(r->bind.arena, "%s %.*s", it->kind->type, STR(it->name.s));
    const struct item *old = map_put(r->bind.arena, names, key, (void *)it);
    if (!old)
        return;
    struct diag *d = diag_error(r->bind.ds, "duplicate-name", it->name.span,
                                "there are two %ss named '%.*s'", it->kind->type, STR(it->name.s));
    diag_note(d, old->name.span, "the first one");
}

static bool is_list(struct reader *r, const struct node *n, const char *key)
{
    if (!n || n->kind == NODE_NULL)
        return false;
    if (n->kind == NODE_SEQ)
        return true;
    struct diag *d = diag_error(r->bind.ds, "wrong-type", n->span, "'%s' is %s; expected a list",
                                key, node_kind_name(n));
    if (n->kind == NODE_MAP)
        diag_help(d, "begin each item with '- '");
    return false;
}

static void read_broken(struct reader *r, struct pipeline *pl, const struct node *n)
{
    const struct node *name = node_get(n, S("name"));
    if (node_is_str(name))
        vec_push(r->bind.arena, &pl->broken, name->str);
}

static void read_items(struct reader *r, struct pipeline *pl, const struct document *doc)
{
    struct map names = { 0 };
    const struct node *list = doc->aws_resources.node;
    for (size_t i = 0; is_list(r, list, "aws_resources") && i < list->seq.n; i++) {
        struct item *it = read_item(r, list->seq.items[i], ROLE_RESOURCE);
        if (it) {
            vec_push(r->bind.arena, &pl->resources, it);
            check_unique(r, it, &names);
        } else {
            read_broken(r, pl, list->seq.items[i]);
        }
    }
    list = doc->triggers.node;
    for (size_t i = 0; is_list(r, list, "triggers") && i < list->seq.n; i++) {
        struct item *it = read_item(r, list->seq.items[i], ROLE_TRIGGER);
        if (it) {
            vec_push(r->bind.arena, &pl->triggers, it);
            check_unique(r, it, &names);
        }
    }
}

/* A file that describes nothing, where all that it says could be read. */
static void check_something(struct reader *r, const struct pipeline *pl, const struct document *doc)
{
    const struct node *list = doc->aws_resources.node;
    if (pl->main || (list && list->kind == NODE_SEQ && list->seq.n))
        return;
    struct diag *d =
        diag_error(r->bind.ds, "no-steps", doc->name.set ? doc->name.span : pl->node->span,
                   "the pipeline has neither steps nor resources");
    diag_help(d, "write its steps under 'groups', or what it makes under 'aws_resources'");
}

struct pipeline *blueprint_read(struct arena *a, struct diags *ds, const struct engines *engines,
                                const struct node *node)
{
    struct reader r = { { a, ds, read_groups, &r }, engines, 0 };
    if (node->kind != NODE_MAP) {
        struct diag *d = diag_error(ds, "wrong-type", node->span,
                                    "the document is %s; expected a map with 'groups'",
                                    node->kind == NODE_NULL ? "empty" : node_kind_name(node));
        diag_help(d, "begin with 'name: …' and 'groups:'");
        return NULL;
    }
    struct document doc = { 0 };
    size_t before = ds->errors;
    struct bind_part part = { &blueprint_document, &doc };
    bind_parts(&r.bind, node, DOCUMENT_WRAPPERS, &part, 1, S("the pipeline"));
    struct pipeline *pl = arena_make(a, struct pipeline);
    pl->node = node;
    pl->name = doc.name;
    pl->description = doc.description;
    pl->timeout = doc.timeout;
    if (doc.input.node && contract_check(ds, doc.input.node))
        pl->input = doc.input;
    pl->role = doc.role;
    if (permissions_check(ds, &doc.permissions))
        pl->permissions = doc.permissions;
    pl->schedulers = doc.schedulers;
    schedule_check_all(ds, &pl->schedulers);
    pl->main = doc.groups.seq;
    pl->retry = doc.retry;
    pl->catch = doc.catch;
    read_items(&r, pl, &doc);
    bool started = pl->triggers.n || pl->schedulers.n; /* which says that there is nothing */
    if (ds->errors == before && !started)
        check_something(&r, pl, &doc);
    return pl;
}
