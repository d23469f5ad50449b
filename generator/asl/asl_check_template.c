/* Payload templates. JSONPath: a key that ends in ".$" holds a path or call, and a string in a list
 * is never one. JSONata: every string may be an expression, keys never are. */
#include "asl/asl_check.h"

#include "asl/asl_expression.h"
#include "asl/asl_path.h"
#include "asl/asl_text.h"

enum { DEPTH_MAX = 600 }; /* above LIMIT_JSON_DEPTH: the reader has stopped deeper ones */

static bool is_hole(struct check *c, struct str text)
{
    return c->o->placeholders && asl_has_placeholder(text);
}

static bool looks_dynamic(struct arena *a, struct str text)
{
    if (str_starts(text, S("$.")) || str_starts(text, S("$$.")) || str_starts(text, S("$[")))
        return !asl_path_syntax(a, text).wrong;
    return str_starts(text, S("States.")) && str_find_char(text, '(', 0) != SIZE_MAX &&
           !asl_call_syntax(a, text, false).wrong;
}

static void check_dynamic(struct check *c, const struct node *map, const struct node_entry *e)
{
    struct str plain = str_sub(e->key, 0, e->key.n - 2);
    const struct node_entry *twin = node_entry(map, plain);
    if (twin) {
        struct diag *d =
            diag_error(c->ds, "duplicate-key", e->key_span, "'%.*s' and '%.*s' make the same field",
                       STR(plain), STR(e->key));
        diag_note(d, twin->key_span, "'%.*s' stands here", STR(plain));
    }
    if (e->value->kind != NODE_STR) {
        diag_error(c->ds, "wrong-type", e->value->span,
                   "'%.*s' is %.*s; a key that ends in '.$' holds a path or a call", STR(e->key),
                   STR(asl_node_shown(c->a, e->value)));
        return;
    }
    if (!is_hole(c, e->value->str))
        check_path(c, e->key, e->value, ASL_KIND_TEMPLATE);
}

/* Fields whose paths the service itself reads. Source: SageMaker, DataProcessing. */
static bool is_service_path(struct str key)
{
    return str_eq(key, S("InputFilter")) || str_eq(key, S("OutputFilter"));
}

static void check_static(struct check *c, const struct node_entry *e)
{
    if (e->value->kind != NODE_STR)
        return;
    if (asl_expression_marks(e->value->str, NULL) == ASL_MARKS_BOTH) {
        struct diag *d = diag_warning(c->ds, "plain-text", e->value->span,
                                      "'%.*s' looks like JSONata, but is plain text in a JSONPath "
                                      "state",
                                      STR(e->key));
        diag_help(d, "set the state's \"QueryLanguage\": \"JSONata\"");
    } else if (looks_dynamic(c->a, e->value->str) && !is_service_path(e->key)) {
        struct diag *d = diag_warning(c->ds, "plain-text", e->value->span,
                                      "'%.*s' looks like a path, but is plain text", STR(e->key));
        diag_help(d, "name it '%.*s.$' to have it replaced", STR(e->key));
    }
}

static void walk_jsonpath(struct check *c, const struct node *n, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return;
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        walk_jsonpath(c, n->seq.items[i], depth + 1);
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++) {
        const struct node_entry *e = &n->map.entries[i];
        if (str_ends(e->key, S(".$"))) {
            check_dynamic(c, n, e);
        } else {
            check_static(c, e);
            walk_jsonpath(c, e->value, depth + 1);
        }
    }
}

static void check_string(struct check *c, struct str key, const struct node *n)
{
    struct str inner;
    enum asl_marks marks = asl_expression_marks(n->str, &inner);
    if (marks == ASL_MARKS_BOTH)
        check_expression(c, key, n, inner);
    else if (marks == ASL_MARKS_OPEN)
        diag_error(c->ds, "jsonata-marks", n->span,
                   "'%.*s' begins with '{%%' and does not end with '%%}'", STR(key));
    else if (marks == ASL_MARKS_CLOSE)
        diag_error(c->ds, "jsonata-marks", n->span,
                   "'%.*s' ends with '%%}' and does not begin with '{%%'", STR(key));
}

static void walk_jsonata(struct check *c, struct str key, const struct node *n, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return;
    if (n->kind == NODE_STR)
        check_string(c, key, n);
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        walk_jsonata(c, key, n->seq.items[i], depth + 1);
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++)
        walk_jsonata(c, n->map.entries[i].key, n->map.entries[i].value, depth + 1);
}

void check_template(struct check *c, const struct asl_value *v)
{
    if (c->lang == ASL_JSONATA) {
        walk_jsonata(c, v->field->key, v->node, 0);
        return;
    }
    if (v->node->kind != NODE_MAP)
        diag_warning(c->ds, "wrong-type", v->node->span,
                     "'%.*s' is %s; a payload template should be a map", STR(v->field->key),
                     node_kind_name(v->node));
    walk_jsonpath(c, v->node, 0);
}

/* Pass: Result is taken as it stands, also where it looks like a template. AWS warns as well
 * (PASS_RESULT_IS_STATIC). */
static bool warn_static(struct check *c, const struct node *n, unsigned depth)
{
    bool warned = false;
    for (size_t i = 0; !warned && depth < DEPTH_MAX && n->kind == NODE_MAP && i < n->map.n; i++) {
        const struct node_entry *e = &n->map.entries[i];
        if (e->value->kind == NODE_STR && str_ends(e->key, S(".$")) &&
            looks_dynamic(c->a, e->value->str)) {
            struct diag *d = diag_warning(c->ds, "plain-text", e->key_span,
                                          "'Result' is taken literally, '%.*s' too", STR(e->key));
            diag_help(d, "use 'Parameters' for values out of the input");
            return true;
        }
        warned = warn_static(c, e->value, depth + 1);
    }
    return warned;
}

void check_result(struct check *c, const struct asl_value *v)
{
    warn_static(c, v->node, 0);
}
