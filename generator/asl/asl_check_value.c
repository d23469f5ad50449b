#include "asl/asl_check.h"

#include "asl/asl_expression.h"
#include "asl/asl_path.h"
#include "asl/asl_text.h"
#include "asl/asl_time.h"

#include "base/utf8.h"

enum { LABEL_MAX = 40 }; /* AWS developer guide, "Distributed Map state fields", Label */

static void check_range(struct check *c, const struct asl_value *v)
{
    const struct asl_field *f = v->field;
    if (v->form != ASL_NUMBER || (f->min == 0 && f->max == 0) ||
        (v->number >= f->min && v->number <= f->max))
        return;
    bool open = f->max >= 1e15;
    diag_error(c->ds, "out-of-range", v->node->span, "'%.*s' is %.*s; expected %.*s %s%.*s",
               STR(f->key), STR(asl_number_shown(c->a, v->number)),
               STR(asl_number_shown(c->a, f->min)), open ? "or more" : "to ",
               STR(open ? S("") : asl_number_shown(c->a, f->max)));
}

static void check_time(struct check *c, const struct asl_value *v)
{
    struct asl_time time;
    if ((v->form != ASL_TEXT && v->form != ASL_HOLE) || asl_time_parse(v->text, &time))
        return;
    struct diag *d = diag_error(c->ds, "bad-timestamp", v->node->span,
                                "'%.*s' is %.*s; expected an RFC 3339 timestamp",
                                STR(v->field->key), STR(asl_shown(c->a, v->text)));
    diag_help(d, "such as '2030-01-31T12:00:00Z'");
}

/* '*' stands for any text; a backslash goes before '*' or another backslash only. */
static void check_pattern(struct check *c, const struct asl_value *v)
{
    for (size_t i = 0; v->form == ASL_TEXT && i < v->text.n; i++) {
        if (v->text.p[i] != '\\')
            continue;
        if (i + 1 == v->text.n || (v->text.p[i + 1] != '*' && v->text.p[i + 1] != '\\')) {
            struct diag *d = diag_error(c->ds, "bad-pattern", asl_span_in(v->node, i, 1),
                                        "a '\\' in '%.*s' must stand before '*' or another '\\'",
                                        STR(v->field->key));
            diag_help(d, "in JSON text each backslash is written twice");
            return;
        }
        i++;
    }
}

/* Source: AWS developer guide, Label: no white space, wildcards, brackets, special or control
 * characters. */
static bool label_char(uint32_t code)
{
    if (code <= 0x20 || (code >= 0x7f && code <= 0x9f))
        return false;
    return code > 0x7f || str_find_char(S("?*<>{}[]:;,\\|^~$#%&`\""), (char)code, 0) == SIZE_MAX;
}

static void check_label(struct check *c, const struct asl_value *v)
{
    if (v->form != ASL_TEXT)
        return;
    size_t n = utf8_length(v->text);
    if (n == 0 || n > LABEL_MAX)
        diag_error(c->ds, "bad-label", v->node->span,
                   "'Label' has %zu characters; expected 1 to %d", n, LABEL_MAX);
    for (size_t at = 0; at < v->text.n;) {
        size_t from = at;
        uint32_t code = utf8_next(v->text, &at);
        if (label_char(code))
            continue;
        struct str shown = code >= 0x20 && code < 0x7f
                               ? arena_printf(c->a, "'%c'", (char)code)
                               : arena_printf(c->a, "U+%04X", (unsigned)code);
        diag_error(c->ds, "bad-label", asl_span_in(v->node, from, at - from),
                   "'Label' must not hold %.*s", STR(shown));
        break;
    }
    const struct asl_value *first = map_get(&c->labels, v->text);
    if (first) {
        struct diag *d = diag_error(c->ds, "duplicate-label", v->node->span,
                                    "'Label' %.*s is taken already", STR(asl_shown(c->a, v->text)));
        diag_note(d, first->node->span, "here");
        return;
    }
    map_put(c->a, &c->labels, v->text, (void *)v);
}

/* A filter that we cannot read may be one that AWS can: a warning. */
static void report_syntax(struct check *c, struct str key, const struct node *node,
                          const char *expected, const struct asl_syntax *s)
{
    struct span at = s->at < node->str.n ? asl_span_in(node, s->at, s->len) : node->span;
    struct str shown = asl_shown(c->a, node->str);
    struct diag *d = s->filter ? diag_warning(c->ds, "bad-path", at, "'%.*s' is %.*s: %s", STR(key),
                                              STR(shown), s->wrong)
                               : diag_error(c->ds, "bad-path", at, "'%.*s' is %.*s: %s", STR(key),
                                            STR(shown), s->wrong);
    if (!str_starts(node->str, S("$")) && !str_starts(node->str, S("States.")))
        diag_help(d, "expected %s", expected);
}

static const char *expected_of(enum asl_kind kind)
{
    switch (kind) {
    case ASL_KIND_RESULT_PATH:
        return "a reference path into the input, such as '$.result'";
    case ASL_KIND_PATH_CALL:
        return "a path, such as '$.error', or a call that gives a string, such as States.Format";
    case ASL_KIND_TEMPLATE:
    case ASL_KIND_OBJECT:
        return "a path, such as '$.name', or a call, such as States.Format('{}', $.name)";
    default:
        return "a path, such as '$.name'";
    }
}

void check_path(struct check *c, struct str key, const struct node *node, enum asl_kind kind)
{
    struct str text = node->str;
    bool template = kind == ASL_KIND_TEMPLATE || kind == ASL_KIND_OBJECT;
    bool call = (template || kind == ASL_KIND_PATH_CALL) && str_starts(text, S("States."));
    struct asl_syntax s = call ? asl_call_syntax(c->a, text, kind == ASL_KIND_PATH_CALL)
                               : asl_path_syntax(c->a, text);
    if (!s.wrong && kind == ASL_KIND_RESULT_PATH && !(s.input && s.one)) {
        s.wrong = !s.input && text.n > 1 && text.p[1] == '$'
                      ? "the context object cannot be written to"
                  : !s.input ? "a variable is set by 'Assign', not by a path"
                             : "only a path to one place can be written to";
        s.len = text.n;
    }
    if (s.wrong) {
        report_syntax(c, key, node, expected_of(kind), &s);
        return;
    }
    if (kind == ASL_KIND_REFERENCE && !s.one)
        diag_warning(c->ds, "many-values", node->span,
                     "'%.*s' is %.*s, which may give several values; expected a path to one",
                     STR(key), STR(asl_shown(c->a, text)));
    c->reads_token |= s.task_token;
    for (size_t i = 0; i < s.variables.n; i++)
        check_variable(c, s.variables.p[i], node, (size_t)(s.variables.p[i].p - text.p));
}

static void check_uses(struct check *c, struct str key, const struct node *node,
                       const struct asl_uses *u)
{
    bool runs = c->state && (c->state->type == ASL_TASK || c->state->type == ASL_PARALLEL ||
                             c->state->type == ASL_MAP);
    const struct {
        size_t at;
        bool seen;
        struct str name;
        const char *help;
    } rows[] = {
        { u->result, runs && (c->sees & ASL_SEES_RESULT), S_INIT("$states.result"),
          "'Output' and 'Assign' of Task, Parallel and Map states have it" },
        { u->error, (c->sees & ASL_SEES_ERROR) != 0, S_INIT("$states.errorOutput"),
          "'Output' and 'Assign' of a catcher have it" },
        { u->document, false, S_INIT("$$"), "the state's input is '$states.input'" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].at == SIZE_MAX || rows[i].seen)
            continue;
        struct diag *d =
            diag_error(c->ds, "no-such-value", asl_span_in(node, rows[i].at + 2, rows[i].name.n),
                       "there is no '%.*s' in '%.*s'", STR(rows[i].name), STR(key));
        diag_help(d, "%s", rows[i].help);
    }
}

void check_expression(struct check *c, struct str key, const struct node *node,
                      struct str expression)
{
    size_t at = 0;
    struct asl_uses uses;
    const char *wrong = asl_expression_wrong(expression, &at, &uses);
    if (str_find(expression, S("$states.context.Task.Token"), 0) != SIZE_MAX)
        c->reads_token = true;
    if (c->o->placeholders && asl_has_placeholder(expression))
        return;
    check_uses(c, key, node, &uses);
    if (wrong)
        diag_error(c->ds, "bad-jsonata", asl_span_in(node, at + 2, at < expression.n ? 1 : 2),
                   "the expression of '%.*s' cannot be read: %s", STR(key), wrong);
}

/* A string of a JSONata state with one of the two marks only. */
static void check_marks(struct check *c, const struct asl_value *v)
{
    enum asl_marks marks = asl_expression_marks(v->text, NULL);
    if (c->lang != ASL_JSONATA || !v->field->expression || marks == ASL_MARKS_NONE ||
        marks == ASL_MARKS_BOTH)
        return;
    diag_error(c->ds, "jsonata-marks", v->node->span, "'%.*s' %s", STR(v->field->key),
               marks == ASL_MARKS_OPEN ? "begins with '{%' and does not end with '%}'"
                                       : "ends with '%}' and does not begin with '{%'");
}

void check_value(struct check *c, const struct asl_value *v)
{
    c->sees = v->field->sees;
    if (v->form == ASL_EXPRESSION) {
        check_expression(c, v->field->key, v->node, v->text);
        return;
    }
    if ((v->form == ASL_HOLE && !c->o->whole_paths) || v->form == ASL_NULL)
        return;
    switch (v->field->kind) {
    case ASL_KIND_STRING:
        check_marks(c, v);
        break;
    case ASL_KIND_STATE:
        check_target(c, v);
        break;
    case ASL_KIND_COUNT:
    case ASL_KIND_NUMBER:
        check_range(c, v);
        break;
    case ASL_KIND_LABEL:
        check_label(c, v);
        break;
    case ASL_KIND_TIMESTAMP:
        check_time(c, v);
        break;
    case ASL_KIND_PATTERN:
        check_pattern(c, v);
        break;
    case ASL_KIND_PATH:
    case ASL_KIND_REFERENCE:
    case ASL_KIND_RESULT_PATH:
    case ASL_KIND_PATH_CALL:
        check_path(c, v->field->key, v->node, v->field->kind);
        break;
    case ASL_KIND_TEMPLATE:
    case ASL_KIND_OBJECT:
        check_template(c, v);
        break;
    case ASL_KIND_JSON:
        check_result(c, v);
        break;
    case ASL_KIND_BOOL:
    case ASL_KIND_WORD:
    case ASL_KIND_RESOURCE:
    case ASL_KIND_ERRORS:
    case ASL_KIND_STRINGS:
    case ASL_KIND_CONDITION:
    case ASL_KIND_ONE:
    case ASL_KIND_MANY:
    case ASL_KIND_ALONE:
    case ASL_KIND_STATES:
        break;
    }
}
