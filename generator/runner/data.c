#include "runner/engine.h"

#include "base/num.h"
#include "jsonpath/text.h"

#include <math.h>

/* ---- the context object ---- */

static struct val text_of(struct str s, const char *otherwise)
{
    return val_str(s.n ? s : str_from(otherwise));
}

static struct val fixed_execution(struct run *r, struct execution *e)
{
    if (e->fixed_execution.kind == VAL_UNDEFINED) {
        struct val v = val_map();
        v = val_map_set(v, S("Id"), val_str(e->id));
        v = val_map_set(v, S("Input"), val_copy(e->input));
        v = val_map_set(v, S("StartTime"), clock_text(e->start_ms));
        v = val_map_set(v, S("Name"), val_str(e->name));
        v = val_map_set(v, S("RoleArn"),
                        text_of(r->options.role_arn, "arn:aws:iam::123456789012:role/local"));
        if (!r->options.express)
            v = val_map_set(v, S("RedriveCount"), val_int(0));
        e->fixed_execution = v;
    }
    return val_copy(e->fixed_execution);
}

static struct val fixed_machine(struct run *r, struct execution *e)
{
    if (e->fixed_machine.kind == VAL_UNDEFINED) {
        struct str name = r->options.machine_name;
        struct buf id;
        buf_init(&id, 0);
        struct str region = r->options.region, account = r->options.account;
        buf_printf(&id, "arn:aws:states:%.*s:%.*s:stateMachine:%.*s",
                   STR(region.n ? region : S("us-east-1")),
                   STR(account.n ? account : S("123456789012")),
                   STR(name.n ? name : S("StateMachine")));
        struct val v = val_map_set(val_map(), S("Id"), val_str(buf_str(&id)));
        e->fixed_machine = val_map_set(v, S("Name"), text_of(name, "StateMachine"));
        buf_done(&id);
    }
    return val_copy(e->fixed_machine);
}

static struct val map_item(const struct fiber *f)
{
    for (; f; f = f->group ? f->group->owner : NULL)
        if (f->item.kind != VAL_UNDEFINED)
            return val_copy(f->item);
    return (struct val){ 0 };
}

static bool counts_retries(enum asl_type type)
{
    return type == ASL_TASK || type == ASL_PARALLEL || type == ASL_MAP;
}

static struct val make_context(struct run *r, struct fiber *f)
{
    struct val v = val_map(), state = val_map();
    v = val_map_set(v, S("Execution"), fixed_execution(r, f->execution));
    v = val_map_set(v, S("StateMachine"), fixed_machine(r, f->execution));
    state = val_map_set(state, S("Name"), val_str(f->state->asl->name));
    state = val_map_set(state, S("EnteredTime"), clock_text(f->entered_ms));
    if (counts_retries(f->state->type))
        state = val_map_set(state, S("RetryCount"), val_int((int64_t)f->retries));
    v = val_map_set(v, S("State"), state);
    if (f->state->type == ASL_TASK && f->state->uses_token) {
        struct val task = val_map_set(val_map(), S("Token"), val_str(task_token(r, f)));
        v = val_map_set(v, S("Task"), task);
    }
    struct val item = map_item(f);
    if (item.kind != VAL_UNDEFINED)
        v = val_map_set(v, S("Map"), val_map_set(val_map(), S("Item"), item));
    return v;
}

static struct val find_variable(void *data, struct str name)
{
    for (const struct scope *s = ((const struct fiber *)data)->scope; s; s = s->up) {
        struct val v = { 0 };
        if (s->variables.kind == VAL_MAP)
            v = peek_get(s->variables, name);
        if (v.kind != VAL_UNDEFINED)
            return v;
    }
    return (struct val){ 0 };
}

/* The generator belongs to the run; environments carry the fiber alone. */
static uint64_t draw(void *data)
{
    return run_random(((const struct fiber *)data)->run);
}

struct jsonpath_env fiber_env(struct run *r, struct fiber *f, struct val input)
{
    if (f->state->uses_context && f->context.kind == VAL_UNDEFINED)
        f->context = r->options.context.kind != VAL_UNDEFINED ? val_copy(r->options.context)
                                                              : make_context(r, f);
    return (struct jsonpath_env){ .input = input,
                                  .context = f->context,
                                  .variable = find_variable,
                                  .data = f,
                                  .random = draw,
                                  .lenient = true };
}

void inspect(struct run *r, const struct fiber *f, const char *stage, struct val v)
{
    if (r->options.inspector && !f->group)
        r->options.inspector->stage(r->options.inspector->data, f->state->asl, stage, v);
}

/* ---- evaluating ---- */

struct val data_path(struct run *r, struct fiber *f, const struct jsonpath *p, struct val input,
                     struct failure *why)
{
    struct jsonpath_env env = fiber_env(r, f, input);
    struct jsonpath_fail fail = { 0 };
    struct val v = jsonpath_eval(p, &env, &fail);
    if (v.kind == VAL_UNDEFINED)
        *why = failure_path(f, &fail, (struct str){ 0 }, input);
    jsonpath_fail_done(&fail);
    return v;
}

struct val data_template(struct run *r, struct fiber *f, const struct template *t, struct val input,
                         struct failure *why)
{
    struct jsonpath_env env = fiber_env(r, f, input);
    struct jsonpath_fail fail = { 0 };
    struct str field = { 0 };
    struct val v = template_eval(t, &env, &fail, &field);
    if (v.kind == VAL_UNDEFINED)
        *why = failure_path(f, &fail, field, input);
    jsonpath_fail_done(&fail);
    return v;
}

struct val data_input(struct run *r, struct fiber *f, struct failure *why)
{
    const struct state *s = f->state;
    struct val v;
    inspect(r, f, "input", f->input);
    if (s->input.none)
        v = val_map();
    else if (s->input.path)
        v = data_path(r, f, s->input.path, f->input, why);
    else
        v = val_copy(f->input);
    if (v.kind == VAL_UNDEFINED)
        return v;
    if (!s->literal && s->type != ASL_PARALLEL) /* as TestState shows it */
        inspect(r, f, "afterInputPath", v);
    if (s->parameters) {
        struct val payload = data_template(r, f, s->parameters, v, why);
        val_free(v);
        v = payload;
    }
    return v;
}

/* ---- numbers ---- */

static bool number_of(struct val v, double *out)
{
    int64_t i;
    if (v.kind == VAL_INT)
        *out = (double)v.integer;
    else if (v.kind == VAL_FLOAT)
        *out = v.number;
    else if (v.kind == VAL_STR && num_get_int(peek_str(v), &i))
        *out = (double)i; /* recorded: a number in a string is taken */
    else
        return v.kind == VAL_STR && num_get_double(peek_str(v), out);
    return true;
}

bool data_amount(struct run *r, struct fiber *f, const struct amount *a, struct val input,
                 bool whole, double *out, struct failure *why)
{
    if (!a->set)
        return true;
    *out = a->number;
    if (!a->path)
        return true;
    struct val v = data_path(r, f, a->path, input, why);
    if (v.kind == VAL_UNDEFINED)
        return false;
    bool ok = number_of(v, out) && (!whole || *out == floor(*out));
    if (!ok) {
        struct buf text;
        buf_init(&text, 0);
        text_java(&text, v);
        *why = failure_runtime(f,
                               "The %.*s field refers to value \"%.*s\" which is not a valid %s: "
                               "%.*s",
                               STR(a->field), STR(buf_str(&text)), whole ? "integer" : "float",
                               STR(a->path->text));
        buf_done(&text);
    }
    val_free(v);
    return ok;
}

/* ---- limits ---- */

static bool too_deep(struct val v, int depth)
{
    if (v.kind != VAL_LIST && v.kind != VAL_MAP)
        return false;
    if (depth > RUN_DATA_DEPTH)
        return true;
    for (size_t i = 0; i < peek_count(v); i++)
        if (too_deep(v.kind == VAL_LIST ? peek_item(v, i) : peek_value_at(v, i), depth + 1))
            return true;
    return false;
}

bool data_fits(struct fiber *f, struct str what, struct val v, struct failure *why)
{
    if (v.kind < VAL_STR)
        return true;
    if (too_deep(v, 0)) {
        *why = failure_runtime(f, "Data is nested more than %d levels deep.", RUN_DATA_DEPTH);
        return false;
    }
    if (peek_json_size(v) <= RUN_DATA_LIMIT)
        return true;
    struct buf text;
    buf_init(&text, 0);
    buf_printf(&text,
               "The state/task '%.*s' returned a result with a size exceeding the maximum number "
               "of bytes service limit.",
               STR(what));
    *why = failure_make(S("States.DataLimitExceeded"), buf_str(&text));
    buf_done(&text);
    return false;
}
