#include "runner/compile.h"

#include "asl/asl_field.h"
#include "asl/asl_time.h"
#include "base/limits.h"
#include "base/mem.h"

/* ---- retriers, catchers, rules ---- */

static struct errors errors(struct compiler *c, const struct asl_value *v)
{
    struct errors out = { 0 };
    if (!v->node || v->node->kind != NODE_SEQ)
        return out;
    out.n = v->node->seq.n;
    out.names = arena_make_n(c->a, struct str, out.n);
    for (size_t i = 0; i < out.n; i++)
        if (v->node->seq.items[i]->kind == NODE_STR)
            out.names[i] = v->node->seq.items[i]->str;
    return out;
}

static double number_or(const struct asl_value *v, double otherwise)
{
    return v->form == ASL_NUMBER ? v->number : otherwise;
}

static void retriers(struct compiler *c, const struct asl_state *s, struct state *out)
{
    struct retrier *list = arena_make_n(c->a, struct retrier, s->retry.n);
    for (size_t i = 0; i < s->retry.n; i++) {
        const struct asl_retrier *r = &s->retry.p[i];
        list[i] = (struct retrier){
            .errors = errors(c, &r->errors),
            .interval_s = number_or(&r->interval_s, 1),
            .rate = number_or(&r->backoff_rate, 2),
            .max_delay_s = number_or(&r->max_delay_s, 0),
            .max_attempts = (uint64_t)number_or(&r->max_attempts, 3),
            .jitter = str_eq(r->jitter.text, S("FULL")),
        };
    }
    out->retry = list;
    out->nretry = s->retry.n;
}

static size_t number_of(struct compiler *c, const struct asl_state *target,
                        const struct asl_value *v)
{
    if (target)
        return target->number;
    diag_error(c->ds, "unknown-state", v->node ? v->node->span : (struct span){ 0 },
               "the transition leads to no state");
    return NO_STATE;
}

static void catchers(struct compiler *c, const struct asl_state *s, struct state *out)
{
    struct catcher *list = arena_make_n(c->a, struct catcher, s->catchers.n);
    for (size_t i = 0; i < s->catchers.n; i++) {
        const struct asl_catcher *k = &s->catchers.p[i];
        list[i] = (struct catcher){
            .errors = errors(c, &k->errors),
            .result = compile_route(c, &k->result_path),
            .assign = compile_template(c, &k->assign),
            .next = number_of(c, k->target, &k->next),
        };
    }
    out->catchers = list;
    out->ncatchers = s->catchers.n;
}

static void rule(struct compiler *c, const struct asl_rule *r, struct rule *out, int depth)
{
    out->op = r->op;
    out->variable = compile_path(c, &r->variable);
    out->other = compile_path(c, &r->operand);
    if (r->operand.node && !out->other && r->op != ASL_OP_AND && r->op != ASL_OP_OR &&
        r->op != ASL_OP_NOT)
        out->operand = compile_own(c, val_from_node(r->operand.node));
    out->assign = compile_template(c, &r->assign);
    out->next = NO_STATE;
    struct rule *rules = arena_make_n(c->a, struct rule, r->rules.n);
    if (depth > LIMIT_DEPTH) {
        diag_error(c->ds, "too-deep", r->node->span, "rules are nested more than %d deep",
                   LIMIT_DEPTH);
        return;
    }
    for (size_t i = 0; i < r->rules.n; i++)
        rule(c, &r->rules.p[i], &rules[i], depth + 1);
    out->rules = rules;
    out->n = r->rules.n;
}

static void choice(struct compiler *c, const struct asl_state *s, struct state *out)
{
    struct rule *rules = arena_make_n(c->a, struct rule, s->choice.rules.n);
    for (size_t i = 0; i < s->choice.rules.n; i++) {
        const struct asl_rule *r = &s->choice.rules.p[i];
        rule(c, r, &rules[i], 0);
        rules[i].next = number_of(c, r->target, &r->next);
    }
    out->rules = rules;
    out->nrules = s->choice.rules.n;
    out->otherwise = NO_STATE;
    if (ASL_SET(s->choice.otherwise))
        out->otherwise = number_of(c, s->choice.otherwise_target, &s->choice.otherwise);
}

/* ---- states ---- */

/* "arn:aws:states:::aws-sdk:s3:putObject.sync" is resource "putObject.sync" of "aws-sdk:s3". */
static void resource_names(struct state *out)
{
    struct str prefix = S("arn:aws:states:::"), text = out->resource;
    if (str_starts(text, prefix))
        text = str_sub(text, prefix.n, text.n);
    size_t from = str_starts(text, S("aws-sdk:")) ? 8 : 0;
    size_t colon = str_find_char(text, ':', from);
    if (colon == SIZE_MAX) {
        out->resource_name = text;
        return;
    }
    out->resource_type = str_sub(text, 0, colon);
    out->resource_name = str_sub(text, colon + 1, text.n);
}

/* "${Name}" and nothing else. */
static bool is_hole(struct str text)
{
    return str_starts(text, S("${")) && str_find_char(text, '}', 0) == text.n - 1;
}

static void task(struct compiler *c, const struct asl_state *s, struct state *out)
{
    out->resource = s->task.resource.text;
    out->parts = s->task.parts;
    if (out->parts.kind == ASL_RESOURCE_OTHER && is_hole(out->resource))
        out->parts.kind =
            ASL_RESOURCE_LAMBDA; /* what deployment fills in whole: a function's ARN */
    resource_names(out);
    out->timeout_s = compile_amount(c, &s->task.timeout_s);
    out->heartbeat_s = compile_amount(c, &s->task.heartbeat_s);
    if (out->parts.pattern == ASL_TASK_TOKEN || out->parts.pattern == ASL_SYNC ||
        out->parts.pattern == ASL_SYNC_2)
        out->uses_token = true;
}

static void wait_state(struct compiler *c, const struct asl_state *s, struct state *out)
{
    struct asl_time t;
    out->seconds = compile_amount(c, &s->wait.seconds);
    out->timestamp_path = compile_path(c, &s->wait.timestamp);
    if (s->wait.timestamp.form == ASL_TEXT && asl_time_parse(s->wait.timestamp.text, &t)) {
        out->has_timestamp = true;
        out->timestamp_ms = t.seconds * 1000 + t.nanos / 1000000;
    }
}

static void fail_field(struct compiler *c, const struct asl_value *v, struct str *text, bool *has,
                       struct expression *e)
{
    if (v->form == ASL_PATH || v->form == ASL_CALL) {
        compile_expression(c, v->text, v->node, e);
    } else if (v->form == ASL_TEXT || v->form == ASL_HOLE) {
        *text = v->node->str;
        *has = true;
    }
}

static const struct block *blocks(struct compiler *c, const struct asl_block *const *list, size_t n)
{
    struct block *out = arena_make_n(c->a, struct block, n);
    for (size_t i = 0; i < n; i++)
        out[i].start = number_of(c, list[i]->start, &list[i]->start_at);
    return out;
}

static enum reader_input reader_input(const struct asl_reader *r)
{
    static const struct {
        struct str name;
        enum reader_input input;
    } names[] = { { S_INIT("JSON"), READ_JSON },
                  { S_INIT("JSONL"), READ_JSONL },
                  { S_INIT("CSV"), READ_CSV },
                  { S_INIT("MANIFEST"), READ_MANIFEST },
                  { S_INIT("PARQUET"), READ_PARQUET } };
    if (str_find(r->resource.text, S("listObjects"), 0) != SIZE_MAX)
        return READ_LISTING;
    for (size_t i = 0; r->config && i < sizeof names / sizeof *names; i++)
        if (str_eq(names[i].name, r->config->input_type.text))
            return names[i].input;
    return READ_JSON;
}

static char delimiter(struct str name)
{
    static const struct {
        struct str name;
        char c;
    } names[] = { { S_INIT("PIPE"), '|' },
                  { S_INIT("SEMICOLON"), ';' },
                  { S_INIT("SPACE"), ' ' },
                  { S_INIT("TAB"), '\t' } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(names[i].name, name))
            return names[i].c;
    return ',';
}

static const struct reader *reader(struct compiler *c, const struct asl_reader *r)
{
    if (!r)
        return NULL;
    struct reader *out = arena_make(c->a, struct reader);
    out->input = reader_input(r);
    out->parameters = compile_template(c, &r->parameters);
    out->delimiter = ',';
    if (!r->config)
        return out;
    out->max_items = compile_amount(c, &r->config->max_items);
    out->header_given = str_eq(r->config->csv_header_location.text, S("GIVEN"));
    out->delimiter = delimiter(r->config->csv_delimiter.text);
    out->items_pointer = r->config->items_pointer.text;
    struct errors headers = errors(c, &r->config->csv_headers);
    out->headers = headers.names;
    out->nheaders = headers.n;
    return out;
}

static const struct batcher *batcher(struct compiler *c, const struct asl_batcher *b)
{
    if (!b)
        return NULL;
    struct batcher *out = arena_make(c->a, struct batcher);
    out->max_items = compile_amount(c, &b->max_items);
    out->max_bytes = compile_amount(c, &b->max_bytes);
    out->input = compile_template(c, &b->batch_input);
    return out;
}

static const struct writer *writer(struct compiler *c, const struct asl_writer *w)
{
    if (!w)
        return NULL;
    struct writer *out = arena_make(c->a, struct writer);
    out->export = ASL_SET(w->resource);
    out->parameters = compile_template(c, &w->parameters);
    if (w->config) {
        out->lines = str_eq(w->config->output_type.text, S("JSONL"));
        if (str_eq(w->config->transformation.text, S("COMPACT")))
            out->transformation = WRITE_COMPACT;
        if (str_eq(w->config->transformation.text, S("FLATTEN")))
            out->transformation = WRITE_FLATTEN;
    }
    return out;
}

static void parallel(struct compiler *c, const struct asl_state *s, struct state *out)
{
    const struct asl_block **list =
        arena_make_n(c->a, const struct asl_block *, s->parallel.branches.n);
    for (size_t i = 0; i < s->parallel.branches.n; i++)
        list[i] = &s->parallel.branches.p[i];
    out->blocks = blocks(c, list, s->parallel.branches.n);
    out->nblocks = s->parallel.branches.n;
}

static void map_state(struct compiler *c, const struct asl_state *s, struct state *out)
{
    const struct asl_block *list[] = { s->map.processor };
    if (!s->map.processor) {
        diag_error(c->ds, "no-processor", s->name_span, "the Map has no ItemProcessor");
        return;
    }
    out->blocks = blocks(c, list, 1);
    out->nblocks = 1;
    out->distributed = s->map.distributed;
    out->items = compile_path(c, &s->map.items);
    out->item_selector = compile_template(c, &s->map.item_selector);
    out->max_concurrency = compile_amount(c, &s->map.max_concurrency);
    out->tolerated_count = compile_amount(c, &s->map.tolerated_count);
    out->tolerated_percentage = compile_amount(c, &s->map.tolerated_percentage);
    out->reader = reader(c, s->map.reader);
    out->batcher = batcher(c, s->map.batcher);
    out->writer = writer(c, s->map.writer);
    out->label = s->map.label.text;
    if (out->reader && out->reader->input == READ_PARQUET)
        diag_error(c->ds, "not-supported", s->name_span,
                   "reading Parquet is not supported yet; use JSON, JSONL or CSV");
}

static void by_type(struct compiler *c, const struct asl_state *s, struct state *out)
{
    switch (s->type) {
    case ASL_PASS:
        if (ASL_SET(s->pass.result) && s->pass.result.node) {
            struct val *literal = arena_make(c->a, struct val);
            *literal = compile_own(c, val_from_node(s->pass.result.node));
            out->literal = literal;
        }
        break;
    case ASL_TASK:
        task(c, s, out);
        break;
    case ASL_CHOICE:
        choice(c, s, out);
        break;
    case ASL_WAIT:
        wait_state(c, s, out);
        break;
    case ASL_FAIL:
        fail_field(c, &s->fail.error, &out->error, &out->has_error, &out->error_path);
        fail_field(c, &s->fail.cause, &out->cause, &out->has_cause, &out->cause_path);
        break;
    case ASL_PARALLEL:
        parallel(c, s, out);
        break;
    case ASL_MAP:
        map_state(c, s, out);
        break;
    default:
        break;
    }
}

static void state(struct compiler *c, const struct asl_state *s)
{
    struct state *out = c->state = &c->p->states[s->number];
    out->asl = s;
    out->type = s->type;
    out->next = out->otherwise = NO_STATE;
    if (s->lang != ASL_JSONPATH) {
        struct diag *d =
            diag_error(c->ds, "not-supported", s->name_span,
                       "state '%.*s' is in JSONata, which cannot be run here yet", STR(s->name));
        diag_help(d, "states in JSONPath can be run");
        return;
    }
    if (s->target)
        out->next = s->target->number;
    else if (ASL_SET(s->next))
        number_of(c, NULL, &s->next);
    out->input = compile_route(c, &s->input_path);
    out->output = compile_route(c, &s->output_path);
    out->result = compile_route(c, &s->result_path);
    out->parameters = compile_template(c, &s->parameters);
    out->selector = compile_template(c, &s->result_selector);
    out->assign = compile_template(c, &s->assign);
    retriers(c, s, out);
    catchers(c, s, out);
    by_type(c, s, out);
}

static void block_states(struct compiler *c, const struct asl_block *b, int depth)
{
    if (depth > LIMIT_DEPTH) {
        diag_error(c->ds, "too-deep", b->node->span, "states are nested more than %d deep",
                   LIMIT_DEPTH);
        return;
    }
    for (size_t i = 0; i < b->states.n; i++) {
        const struct asl_state *s = b->states.p[i];
        state(c, s);
        if (s->type == ASL_PARALLEL)
            for (size_t k = 0; k < s->parallel.branches.n; k++)
                block_states(c, &s->parallel.branches.p[k], depth + 1);
        else if (s->type == ASL_MAP && s->map.processor)
            block_states(c, s->map.processor, depth + 1);
    }
}

struct program *program_new(struct arena *a, struct diags *ds, const struct asl_machine *m)
{
    size_t errors_before = ds->errors;
    struct program *p = mem_alloc(sizeof *p);
    *p = (struct program){ .arena = a, .machine = m, .nstates = m->nstates };
    p->states = arena_make_n(a, struct state, m->nstates);
    struct compiler c = { .a = a, .ds = ds, .p = p };
    block_states(&c, &m->top, 0);
    p->top.start = number_of(&c, m->top.start, &m->top.start_at);
    if (m->timeout.form == ASL_NUMBER)
        p->timeout_s = m->timeout.number;
    if (ds->errors == errors_before)
        return p;
    program_free(p);
    return NULL;
}

void program_free(struct program *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->owned.n; i++)
        val_free(p->owned.p[i]);
    mem_free(p);
}
