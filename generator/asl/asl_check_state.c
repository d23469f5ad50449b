#include "asl/asl_check.h"

#include "asl/asl_text.h"

/* Source: States Language, appendix "Predefined Error Codes". */
static const struct str error_names[] = {
    S_INIT("States.ALL"),
    S_INIT("States.BranchFailed"),
    S_INIT("States.DataLimitExceeded"),
    S_INIT("States.ExceedToleratedFailureThreshold"),
    S_INIT("States.HeartbeatTimeout"),
    S_INIT("States.Http.Socket"),
    S_INIT("States.IntrinsicFailure"),
    S_INIT("States.ItemReaderFailed"),
    S_INIT("States.NoChoiceMatched"),
    S_INIT("States.ParameterPathFailure"),
    S_INIT("States.Permissions"),
    S_INIT("States.QueryEvaluationError"),
    S_INIT("States.ResultPathMatchFailure"),
    S_INIT("States.ResultWriterFailed"),
    S_INIT("States.Runtime"),
    S_INIT("States.TaskFailed"),
    S_INIT("States.Timeout"),
};
enum { ERROR_NAMES = sizeof error_names / sizeof *error_names };

static void check_error_name(struct check *c, const struct node *n)
{
    if (!str_starts(n->str, S("States.")))
        return;
    for (size_t i = 0; i < ERROR_NAMES; i++)
        if (str_eq(n->str, error_names[i]))
            return;
    if (str_starts(n->str, S("States.Http.StatusCode.")))
        return;
    struct diag *d = diag_warning(c->ds, "unknown-error", n->span,
                                  "there is no error %.*s; names with 'States.' are reserved",
                                  STR(asl_shown(c->a, n->str)));
    diag_suggest(d, n->str, error_names, ERROR_NAMES);
}

/* What holds for the ErrorEquals of retriers and of catchers. */
static void check_errors(struct check *c, const struct asl_value *v, bool last)
{
    if (v->form != ASL_JSON)
        return;
    size_t n = v->node->seq.n;
    if (n == 0)
        diag_error(c->ds, "empty-list", v->node->span,
                   "'ErrorEquals' is empty; expected at least one error name");
    for (size_t i = 0; i < n; i++) {
        const struct node *item = v->node->seq.items[i];
        check_error_name(c, item);
        if (!str_eq(item->str, S("States.ALL")))
            continue;
        if (n > 1)
            diag_error(c->ds, "error-order", item->span, "'States.ALL' must stand alone");
        else if (!last)
            diag_error(c->ds, "error-order", item->span,
                       "'States.ALL' must come last; what follows it would never be tried");
    }
}

void check_retriers(struct check *c, const struct asl_state *s)
{
    for (size_t i = 0; i < s->retry.n; i++)
        check_errors(c, &s->retry.p[i].errors, i + 1 == s->retry.n);
    for (size_t i = 0; i < s->catchers.n; i++)
        check_errors(c, &s->catchers.p[i].errors, i + 1 == s->catchers.n);
}

static struct span start_of(const struct node *n)
{
    struct span s = n->span;
    s.len = s.len > 0;
    return s;
}

void check_rule(struct check *c, const struct asl_rule *r)
{
    if (c->lang == ASL_JSONATA || !r->node)
        return;
    if (!ASL_SET(r->operand) && node_get(r->node, S("Condition")))
        return; /* JSONata's, and reported as such */
    if (!ASL_SET(r->operand)) {
        diag_error(c->ds, "missing-operator", start_of(r->node),
                   "a choice rule of state %.*s has no operator such as 'StringEquals'",
                   STR(asl_shown(c->a, c->state->name)));
        return;
    }
    bool logic = r->op == ASL_OP_AND || r->op == ASL_OP_OR || r->op == ASL_OP_NOT;
    if (logic && r->operand.form == ASL_JSON && r->rules.n == 0)
        diag_error(c->ds, "empty-list", r->operand.node->span,
                   "'%.*s' is empty; expected at least one rule", STR(r->operand.field->key));
    if (logic && ASL_SET(r->variable))
        diag_warning(c->ds, "unused-field", r->variable.key,
                     "'Variable' has no meaning beside '%.*s'", STR(r->operand.field->key));
    if (!logic && !ASL_SET(r->variable))
        diag_error(c->ds, "missing-field", r->operand.key, "'%.*s' needs a 'Variable' to compare",
                   STR(r->operand.field->key));
}

static void check_moves(struct check *c, const struct asl_state *s)
{
    if (ASL_SET(s->next) && ASL_SET(s->end) && (s->terminal || s->end.form == ASL_ABSENT)) {
        struct diag *d = diag_error(c->ds, "exclusive-fields", s->end.key,
                                    "'Next' and 'End' exclude each other");
        diag_note(d, s->next.key, "'Next' stands here");
    } else if (!ASL_SET(s->next) && !ASL_SET(s->end)) {
        struct diag *d =
            diag_error(c->ds, "missing-field", s->name_span,
                       "state %.*s has neither 'Next' nor 'End'", STR(asl_shown(c->a, s->name)));
        diag_help(d, "where the work is done behind it, say \"End\": true");
    } else if (!ASL_SET(s->next) && s->end.form == ASL_BOOL && !s->terminal) {
        diag_error(c->ds, "missing-field", s->end.node->span,
                   "'End' is false, and there is no 'Next'");
    }
}

static void check_wait(struct check *c, const struct asl_state *s)
{
    const struct asl_value *seconds = &s->wait.seconds, *time = &s->wait.timestamp;
    if (ASL_SET(*seconds) && ASL_SET(*time)) {
        struct diag *d =
            diag_error(c->ds, "exclusive-fields", time->key, "'%.*s' and '%.*s' exclude each other",
                       STR(seconds->field->key), STR(time->field->key));
        diag_note(d, seconds->key, "'%.*s' stands here", STR(seconds->field->key));
    } else if (!ASL_SET(*seconds) && !ASL_SET(*time)) {
        diag_error(c->ds, "missing-field", s->name_span, "state %.*s has no %s",
                   STR(asl_shown(c->a, s->name)),
                   s->lang == ASL_JSONATA
                       ? "'Seconds' or 'Timestamp'"
                       : "'Seconds', 'SecondsPath', 'Timestamp' or 'TimestampPath'");
    }
}

/* AWS requires RoleArn [recorded for a JSONata state]. JSONPath samples that other validators hold
 * right have templates without it, so there it is a warning. */
static void check_credentials(struct check *c, const struct asl_state *s)
{
    const struct asl_value *v = &s->task.credentials;
    if (v->form != ASL_JSON || node_get(v->node, S("RoleArn")) || node_get(v->node, S("RoleArn.$")))
        return;
    if (s->lang == ASL_JSONATA)
        diag_error(c->ds, "missing-field", v->key, "'Credentials' has no 'RoleArn'");
    else
        diag_warning(c->ds, "missing-field", v->key, "'Credentials' has no 'RoleArn'");
}

static void check_task(struct check *c, const struct asl_state *s)
{
    const struct asl_value *timeout = &s->task.timeout_s, *heartbeat = &s->task.heartbeat_s;
    if (timeout->form == ASL_NUMBER && heartbeat->form == ASL_NUMBER &&
        heartbeat->number >= timeout->number) {
        struct diag *d = diag_error(c->ds, "heartbeat", heartbeat->node->span,
                                    "'HeartbeatSeconds' is %.*s; expected less than "
                                    "'TimeoutSeconds', which is %.*s",
                                    STR(asl_number_shown(c->a, heartbeat->number)),
                                    STR(asl_number_shown(c->a, timeout->number)));
        diag_note(d, timeout->key, "'TimeoutSeconds' stands here");
    }
    check_credentials(c, s);
    check_resource(c, s);
}

/* Recorded from AWS for states of the machine itself. Other validators take it inside of a
 * distributed Map, whose executions are their own: a warning there. */
static bool is_apart(const struct asl_state *s)
{
    for (; s; s = s->block->owner)
        if (s->block->owner && s->block->owner->type == ASL_MAP && s->block->owner->map.distributed)
            return true;
    return false;
}

static void check_language(struct check *c, const struct asl_state *s)
{
    if (c->m->lang != ASL_JSONATA || s->lang == ASL_JSONATA)
        return;
    struct span at = s->query_language.node->span;
    const char *text = "'QueryLanguage' is 'JSONPath', but the state machine's is JSONata";
    struct diag *d = is_apart(s) ? diag_warning(c->ds, "wrong-query-language", at, "%s", text)
                                 : diag_error(c->ds, "wrong-query-language", at, "%s", text);
    diag_note(d, c->m->query_language.key, "it is set here for all states");
}

void check_state(struct check *c, const struct asl_state *s)
{
    check_language(c, s);
    check_retriers(c, s);
    if (s->type != ASL_CHOICE && s->type != ASL_SUCCEED && s->type != ASL_FAIL)
        check_moves(c, s);
    switch (s->type) {
    case ASL_TASK:
        check_task(c, s);
        break;
    case ASL_CHOICE:
        if (s->choice.rules_value.form == ASL_JSON && s->choice.rules.n == 0)
            diag_error(c->ds, "empty-list", s->choice.rules_value.node->span,
                       "'Choices' is empty; expected at least one rule");
        break;
    case ASL_WAIT:
        check_wait(c, s);
        break;
    case ASL_PARALLEL:
        if (s->parallel.branches_value.form == ASL_JSON && s->parallel.branches.n == 0)
            diag_error(c->ds, "empty-list", s->parallel.branches_value.node->span,
                       "'Branches' is empty; expected at least one branch");
        break;
    case ASL_MAP:
        check_map(c, s);
        break;
    case ASL_PASS:
    case ASL_SUCCEED:
    case ASL_FAIL:
    case ASL_TYPES:
        break;
    }
}
