/* A definition, a line end, an input: run with a budget of states. Tasks answer with what they are
 * asked, fail where the payload says so, or take their time. */
#include "fuzz.h"

#include "base/json.h"
#include "base/json_write.h"
#include "runner/history.h"
#include "runner/run.h"

enum { STATES = 300, INPUT = 1 << 16 };

static void start(void *data, const struct task_request *q, struct task_answer *answer)
{
    (void)data;
    answer->after_ms =
        q->payload.kind == VAL_INT && q->payload.integer > 0 && q->payload.integer < 100000
            ? q->payload.integer
            : 0;
    answer->outcome = q->payload.kind == VAL_STR ? TASK_FAILED : TASK_SUCCEEDED;
    if (answer->outcome == TASK_FAILED)
        answer->error = val_copy(q->payload);
    else
        answer->result = val_copy(q->payload);
}

/* What holds for every history. */
struct checker {
    uint64_t last;
    struct buf out;
};

static void on_event(void *data, const struct run_event *e)
{
    struct checker *c = data;
    if (!e->child) {
        MUST(e->id == c->last + 1);
        MUST(e->previous < e->id);
        c->last = e->id;
    }
    struct json_writer w;
    c->out.n = 0;
    json_writer_init(&w, &c->out, 0);
    history_write(&w, e);
}

static void run(struct program *p, struct val input)
{
    struct checker c = { 0 };
    buf_init(&c.out, 0);
    struct run_options o = {
        .tasks = { .start = start }, .event = on_event, .event_data = &c, .max_states = STATES
    };
    struct run_result r = run_program(p, input, &o);
    MUST(r.states <= STATES);
    MUST(r.status != RUN_SUCCEEDED || r.output.kind != VAL_UNDEFINED);
    MUST(r.status == RUN_SUCCEEDED || r.output.kind == VAL_UNDEFINED);
    MUST(r.events == c.last);
    run_result_done(&r);
    buf_done(&c.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = { (const char *)data, size };
    size_t cut = str_find_char(all, '\n', 0), at;
    if (cut == SIZE_MAX || size > INPUT)
        return 0;
    struct val input = json_parse_val(str_sub(all, cut + 1, all.n), &at);
    if (input.kind == VAL_UNDEFINED)
        return 0;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    const struct asl_options options = { .placeholders = true };
    const struct source *src = source_make(&a, S("fuzz"), str_sub(all, 0, cut));
    const struct node *root = json_read_node(&a, &ds, src);
    struct asl_machine *m = root ? asl_parse(&a, &ds, root, &options) : NULL;
    struct program *p = m && ds.errors == 0 ? program_new(&a, &ds, m) : NULL;
    if (p)
        run(p, input);
    else
        val_free(input);
    program_free(p);
    arena_done(&a);
    return 0;
}
