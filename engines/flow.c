/* Flow of control: parallel, pass, wait, succeed, fail. No service, no permissions.
 * Written from the States Language, chapter "State Types". */
#include "plan/plan.h"

/* ---- pass ----------------------------------------------------------------------------------- */

struct pass {
    struct vany result, parameters;
};
#define F(kind, name, ...) FIELD_##kind(struct pass, name, __VA_ARGS__)
static const struct field pass_rows[] = {
    F(ANY, result, .doc = "Fixed data that the step gives.", .source = "States Language, Pass"),
    F(ANY, parameters, .doc = "Data to build; values that are run-time paths are filled in."),
};
#undef F
static const struct fields pass_fields =
    FIELDS(struct pass, "pass", pass_rows, .doc = "Passes data on, or makes some.");

static void check_pass(struct diags *ds, const struct item *it)
{
    const struct pass *b = it->body;
    if (b->result.node && b->parameters.node)
        diag_error(ds, "conflict", it->name.span, "pass takes 'result' or 'parameters', not both");
}

static void lower_pass(struct plan *p, const struct step *s)
{
    const struct pass *b = s->item.body;
    struct state *st = plan_add_state(p, s, "Pass", "Pass: ");
    if (b->result.node)
        plan_put(p, st->body, "Result", (struct node *)b->result.node);
    if (b->parameters.node)
        plan_put(p, st->body, "Parameters", plan_payload(p, b->parameters.node));
}

/* ---- wait ----------------------------------------------------------------------------------- */

struct wait {
    struct vint seconds;
    struct vstr timestamp;
};
#define F(kind, name, ...) FIELD_##kind(struct wait, name, __VA_ARGS__)
static const struct field wait_rows[] = {
    F(INT, seconds, .unit = "seconds", .min = 0, .max = 99999999, .runtime = true,
      .aliases = WORDS("seconds_path"), .doc = "How long to wait, or a path to the number.",
      .source = "States Language, Wait"),
    F(STR, timestamp, .runtime = true, .aliases = WORDS("timestamp_path"),
      .doc = "Until when to wait (2026-01-31T09:00:00Z), or a path to it."),
};
#undef F
static const struct fields wait_fields =
    FIELDS(struct wait, "wait", wait_rows, .doc = "Waits for some time or until a moment.");

static void check_wait(struct diags *ds, const struct item *it)
{
    const struct wait *w = it->body;
    if (w->seconds.set == w->timestamp.set) {
        struct diag *d = diag_error(ds, w->seconds.set ? "conflict" : "missing-key", it->name.span,
                                    "wait takes %s of 'seconds' and 'timestamp'",
                                    w->seconds.set ? "only one" : "one");
        if (!w->seconds.set)
            diag_help(d, "for example 'seconds: 30'");
    }
}

static void lower_wait(struct plan *p, const struct step *s)
{
    const struct wait *w = s->item.body;
    struct state *st = plan_add_state(p, s, "Wait", "Wait: ");
    if (w->seconds.set && !w->seconds.path.n)
        plan_put(p, st->body, "Seconds", node_int(p->arena, w->seconds.span, w->seconds.v));
    else
        task_arg_int(p, st, "/Seconds", w->seconds);
    if (w->timestamp.set)
        plan_put(p, st->body, w->timestamp.runtime ? "TimestampPath" : "Timestamp",
                 node_str(p->arena, w->timestamp.span, w->timestamp.s));
}

/* ---- succeed, fail -------------------------------------------------------------------------- */

struct succeed {
    char none;
};
static const struct fields succeed_fields = { .name = "succeed",
                                              .doc = "Ends the pipeline (or its branch) well.",
                                              .size = sizeof(struct succeed) };

static void lower_succeed(struct plan *p, const struct step *s)
{
    plan_add_state(p, s, "Succeed", "Succeed: ");
}

struct fail {
    struct vstr error, cause;
};
#define F(kind, name, ...) FIELD_##kind(struct fail, name, __VA_ARGS__)
static const struct field fail_rows[] = {
    F(STR, error, .runtime = true, .doc = "Name of the error.", .source = "States Language, Fail"),
    F(STR, cause, .runtime = true, .doc = "What happened, for people."),
};
#undef F
static const struct fields fail_fields =
    FIELDS(struct fail, "fail", fail_rows, .doc = "Ends the pipeline as failed.");

static void lower_fail(struct plan *p, const struct step *s)
{
    const struct fail *f = s->item.body;
    struct state *st = plan_add_state(p, s, "Fail", "Fail: ");
    if (f->error.set)
        plan_put(p, st->body, f->error.runtime ? "ErrorPath" : "Error",
                 node_str(p->arena, f->error.span, f->error.s));
    if (f->cause.set)
        plan_put(p, st->body, f->cause.runtime ? "CausePath" : "Cause",
                 node_str(p->arena, f->cause.span, f->cause.s));
}

/* ---- parallel ------------------------------------------------------------------------------- */

struct branch {
    struct vstr name;
    struct vgroups groups;
};
struct parallel {
    struct vobjs branches; /* of struct branch */
};
#define F(kind, name, ...) FIELD_##kind(struct branch, name, __VA_ARGS__)
static const struct field branch_rows[] = {
    F(STR, name, .doc = "The branch's name, for pictures."),
    F(GROUPS, groups, .required = true, .doc = "What the branch runs."),
};
#undef F
static const struct fields branch_fields =
    FIELDS(struct branch, "branch", branch_rows, .doc = "A branch.");
#define F(kind, name, ...) FIELD_##kind(struct parallel, name, __VA_ARGS__)
static const struct field parallel_rows[] = {
    F(OBJS, branches, .required = true, .sub = &branch_fields,
      .doc = "Branches that run side by side; result_path stores the list of their outputs.",
      .source = "States Language, Parallel State"),
};
#undef F
static const struct fields parallel_fields =
    FIELDS(struct parallel, "parallel", parallel_rows, .doc = "Runs branches side by side.");

static void lower_parallel(struct plan *p, const struct step *s)
{
    const struct parallel *b = s->item.body;
    struct state *st = plan_add_state(p, s, "Parallel", "Parallel: ");
    const struct branch *branch = b->branches.items;
    for (size_t i = 0; i < b->branches.n; i++)
        plan_add_scope(p, st, branch[i].groups.seq, branch[i].name.s);
}

/* ---- engine --------------------------------------------------------------------------------- */

#define KIND(name, ...)                                                                          \
    {                                                                                            \
        .type = #name, .roles = ROLE_STEP, .fields = &name##_fields, .lower_step = lower_##name, \
        __VA_ARGS__                                                                              \
    }
static const struct kind kinds[] = {
    KIND(fail, .doc = "Ends the pipeline as failed.",
         .example = "error: BadReviews\n"
                    "cause: $.reason\n"),
    KIND(parallel, .doc = "Runs branches side by side.",
         .example = "branches:\n"
                    "  - groups:\n"
                    "      - name: Left\n"
                    "        jobs: [{name: left, type: pass}]\n"
                    "  - groups:\n"
                    "      - name: Right\n"
                    "        jobs: [{name: right, type: wait, seconds: 5}]\n"),
    KIND(pass, .check = check_pass, .doc = "Passes data on, or makes some.",
         .example = "result: {threshold: 3}\n"
                    "result_path: $.settings\n"),
    KIND(succeed, .doc = "Ends the pipeline or its branch well.",
         .example = "output_path: $.report\n"),
    KIND(wait, .check = check_wait, .doc = "Waits for some time or until a moment.",
         .example = "seconds: 60\n"),
};

const struct engine engine_flow = {
    .abi = ENGINE_ABI,
    .name = "flow",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
