#include "runner/engine.h"

#include "asl/asl_time.h"

enum verdict { NO, YES, BROKEN };

bool choice_matches(struct str text, struct str pattern)
{
    size_t t = 0, p = 0, star = SIZE_MAX, from = 0;
    while (t < text.n || p < pattern.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = ++p;
            from = t;
            continue;
        }
        size_t step = p + 1 < pattern.n && pattern.p[p] == '\\' ? 2 : 1;
        if (t < text.n && p < pattern.n && pattern.p[p + step - 1] == text.p[t]) {
            p += step;
            t++;
        } else if (star != SIZE_MAX && from < text.n) {
            t = ++from; /* the last star takes one byte more */
            p = star;
        } else {
            return false;
        }
    }
    return true;
}

/* ---- comparing two values ---- */

static bool is_number(struct val v)
{
    return v.kind == VAL_INT || v.kind == VAL_FLOAT;
}

static bool order_numbers(struct val a, struct val b, int *order)
{
    if (!is_number(a) || !is_number(b))
        return false;
    if (a.kind == VAL_INT && b.kind == VAL_INT) {
        *order = (a.integer > b.integer) - (a.integer < b.integer);
    } else {
        double x = a.kind == VAL_INT ? (double)a.integer : a.number;
        double y = b.kind == VAL_INT ? (double)b.integer : b.number;
        *order = (x > y) - (x < y);
    }
    return true;
}

static bool order_strings(struct val a, struct val b, int *order)
{
    if (a.kind != VAL_STR || b.kind != VAL_STR)
        return false;
    *order = str_cmp(peek_str(a), peek_str(b));
    return true;
}

static bool order_times(struct val a, struct val b, int *order)
{
    struct asl_time x, y;
    if (a.kind != VAL_STR || b.kind != VAL_STR || !asl_time_parse(peek_str(a), &x) ||
        !asl_time_parse(peek_str(b), &y))
        return false;
    *order = x.seconds != y.seconds ? (x.seconds > y.seconds) - (x.seconds < y.seconds)
                                    : (x.nanos > y.nanos) - (x.nanos < y.nanos);
    return true;
}

/* What an operator asks of the order of its two sides. */
enum wanted { EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

static bool has_order(int order, enum wanted wanted)
{
    switch (wanted) {
    case EQUAL:
        return order == 0;
    case LESS:
        return order < 0;
    case LESS_EQUAL:
        return order <= 0;
    case GREATER:
        return order > 0;
    case GREATER_EQUAL:
        return order >= 0;
    }
    UNREACHABLE();
}

static const struct {
    bool (*order)(struct val a, struct val b, int *order);
    enum wanted wanted;
} comparisons[] = {
    [ASL_OP_STRING_EQUALS] = { order_strings, EQUAL },
    [ASL_OP_STRING_LESS] = { order_strings, LESS },
    [ASL_OP_STRING_LESS_EQUALS] = { order_strings, LESS_EQUAL },
    [ASL_OP_STRING_GREATER] = { order_strings, GREATER },
    [ASL_OP_STRING_GREATER_EQUALS] = { order_strings, GREATER_EQUAL },
    [ASL_OP_NUMERIC_EQUALS] = { order_numbers, EQUAL },
    [ASL_OP_NUMERIC_LESS] = { order_numbers, LESS },
    [ASL_OP_NUMERIC_LESS_EQUALS] = { order_numbers, LESS_EQUAL },
    [ASL_OP_NUMERIC_GREATER] = { order_numbers, GREATER },
    [ASL_OP_NUMERIC_GREATER_EQUALS] = { order_numbers, GREATER_EQUAL },
    [ASL_OP_TIMESTAMP_EQUALS] = { order_times, EQUAL },
    [ASL_OP_TIMESTAMP_LESS] = { order_times, LESS },
    [ASL_OP_TIMESTAMP_LESS_EQUALS] = { order_times, LESS_EQUAL },
    [ASL_OP_TIMESTAMP_GREATER] = { order_times, GREATER },
    [ASL_OP_TIMESTAMP_GREATER_EQUALS] = { order_times, GREATER_EQUAL },
};

static bool is_kind(enum asl_op op, struct val v)
{
    struct asl_time t;
    switch (op) {
    case ASL_OP_IS_PRESENT:
        return v.kind != VAL_UNDEFINED;
    case ASL_OP_IS_NULL:
        return v.kind == VAL_NULL;
    case ASL_OP_IS_NUMERIC:
        return is_number(v);
    case ASL_OP_IS_STRING:
        return v.kind == VAL_STR;
    case ASL_OP_IS_BOOLEAN:
        return v.kind == VAL_BOOL;
    case ASL_OP_IS_TIMESTAMP:
        return v.kind == VAL_STR && asl_time_parse(peek_str(v), &t);
    default:
        UNREACHABLE();
    }
}

/* A value of another kind than the operator's is no error: it does not compare. */
static bool compare(const struct rule *rule, struct val a, struct val b)
{
    int order;
    switch (rule->op) {
    case ASL_OP_BOOLEAN_EQUALS:
        return a.kind == VAL_BOOL && b.kind == VAL_BOOL && a.boolean == b.boolean;
    case ASL_OP_STRING_MATCHES:
        return a.kind == VAL_STR && b.kind == VAL_STR && choice_matches(peek_str(a), peek_str(b));
    case ASL_OP_IS_NULL:
    case ASL_OP_IS_PRESENT:
    case ASL_OP_IS_NUMERIC:
    case ASL_OP_IS_STRING:
    case ASL_OP_IS_BOOLEAN:
    case ASL_OP_IS_TIMESTAMP:
        return is_kind(rule->op, a) == (b.kind == VAL_BOOL && b.boolean);
    default:
        return (size_t)rule->op < sizeof comparisons / sizeof *comparisons &&
               comparisons[rule->op].order && comparisons[rule->op].order(a, b, &order) &&
               has_order(order, comparisons[rule->op].wanted);
    }
}

/* ---- rules ---- */

struct judge {
    struct run *r;
    struct fiber *f;
    struct jsonpath_env env;
    struct failure *why;
};

/* The value at a rule's path, to be released. BROKEN: nothing is there. */
static enum verdict look_up(struct judge *j, const struct jsonpath *p, bool may_miss,
                            struct val *out)
{
    struct val v = jsonpath_peek(p, &j->env);
    *out = v.kind != VAL_UNDEFINED ? val_copy(v) : jsonpath_eval(p, &j->env, NULL);
    if (out->kind != VAL_UNDEFINED || may_miss)
        return YES;
    *j->why = failure_runtime(j->f,
                              "Invalid path '%.*s': The choice state's condition path references "
                              "an invalid value.",
                              STR(p->text));
    return BROKEN;
}

static enum verdict judge_leaf(struct judge *j, const struct rule *rule)
{
    struct val a = { 0 }, b = rule->operand;
    if (!rule->variable)
        return NO;
    enum verdict v = look_up(j, rule->variable, rule->op == ASL_OP_IS_PRESENT, &a);
    if (v == BROKEN)
        return v;
    if (rule->other) {
        v = look_up(j, rule->other, false, &b);
        if (v == BROKEN) {
            val_free(a);
            return v;
        }
    }
    v = compare(rule, a, b) ? YES : NO;
    val_free(a);
    if (rule->other)
        val_free(b);
    return v;
}

/* Nested as deep as program.c let rules be. */
static enum verdict judge_rule(struct judge *j, const struct rule *rule)
{
    enum verdict v;
    switch (rule->op) {
    case ASL_OP_AND:
    case ASL_OP_OR:
        for (size_t i = 0; i < rule->n; i++) {
            v = judge_rule(j, &rule->rules[i]);
            if (v == BROKEN || (v == YES) == (rule->op == ASL_OP_OR))
                return v;
        }
        return rule->op == ASL_OP_AND ? YES : NO;
    case ASL_OP_NOT:
        v = rule->n ? judge_rule(j, &rule->rules[0]) : NO;
        return v == BROKEN ? v : v == YES ? NO : YES;
    default:
        return judge_leaf(j, rule);
    }
}

/* The rule that holds: its index, nrules for Default, NO_STATE after *why. */
static size_t choose(struct run *r, struct fiber *f, struct val input, struct failure *why)
{
    struct judge j = { .r = r, .f = f, .env = fiber_env(r, f, input), .why = why };
    const struct state *s = f->state;
    for (size_t i = 0; i < s->nrules; i++) {
        enum verdict v = judge_rule(&j, &s->rules[i]);
        if (v == BROKEN)
            return NO_STATE;
        if (v == YES)
            return i;
    }
    if (s->otherwise != NO_STATE)
        return s->nrules;
    *why = failure_make(S("States.NoChoiceMatched"), (struct str){ 0 });
    struct failure text = failure_runtime(
        f, "Failed to transition out of the state. The state's Choice rules did not match and "
           "there is no Default.");
    why->cause = text.cause;
    val_free(text.error);
    return NO_STATE;
}

void choice_run(struct run *r, struct fiber *f)
{
    const struct state *s = f->state;
    struct failure why = { 0 };
    struct val assigned = { 0 };
    struct val v = data_input(r, f, &why);
    size_t chosen = v.kind == VAL_UNDEFINED ? NO_STATE : choose(r, f, v, &why);
    bool ok = chosen != NO_STATE;
    if (ok) {
        const struct template *assign = chosen < s->nrules ? s->rules[chosen].assign : s->assign;
        ok = state_assign(r, f, assign, v, &assigned, &why);
    }
    if (ok && (s->output.none || s->output.path)) {
        struct val whole = v;
        v = s->output.none ? val_map() : data_path(r, f, s->output.path, whole, &why);
        val_free(whole);
        ok = v.kind != VAL_UNDEFINED;
    }
    if (ok) {
        run_turned(r, f, TURN_RULE, chosen);
        state_leave(r, f, v, assigned, chosen < s->nrules ? s->rules[chosen].next : s->otherwise);
        return;
    }
    val_free(v);
    val_free(assigned);
    fiber_fail(r, f, &why);
}
