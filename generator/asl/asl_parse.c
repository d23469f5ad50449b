#include "asl/asl_field.h"

#include "asl/asl_expression.h"
#include "asl/asl_text.h"

#include <assert.h>

enum {
    DEPTH_MAX = 150, /* maps within maps that a table binds; AWS refuses far earlier */
    NEAR_MAX = 80,   /* fields that a suggestion chooses among */
};

/* Where the binder is. Saved and restored around each nested block. */
struct bind {
    struct arena *a;
    struct diags *ds;
    const struct asl_options *o;
    struct asl_machine *m;
    struct asl_state *state; /* the innermost, or NULL */
    enum asl_lang lang;
    unsigned depth;
};

static void bind_object(struct bind *b, const struct asl_table *t, uint16_t context,
                        const struct node *node, void *object);

static struct asl_value *slot(void *object, const struct asl_field *f)
{
    return (struct asl_value *)(void *)((char *)object + f->at);
}

static bool in_lang(const struct asl_field *f, enum asl_lang lang)
{
    return f->langs == 0 || (f->langs & (1 << lang)) != 0;
}

/* The row for a key: one that may stand here, else one of the other query language, else one of
 * another context, else NULL. */
static const struct asl_field *find_field(const struct bind *b, const struct asl_table *t,
                                          uint16_t context, struct str key)
{
    const struct asl_field *best = NULL;
    for (size_t i = 0; i < t->n; i++) {
        const struct asl_field *f = &t->fields[i];
        if (f->key.n != key.n || memcmp(f->key.p, key.p, key.n) != 0)
            continue;
        if ((f->in & context) && in_lang(f, b->lang))
            return f;
        if (!best || (f->in & context))
            best = f;
    }
    return best;
}

static const char *what(const struct asl_table *t, uint16_t context)
{
    if (t != &asl_block_table)
        return t->what;
    return context == ASL_BLOCK_BRANCH      ? "a branch"
           : context == ASL_BLOCK_PROCESSOR ? "the 'ItemProcessor'"
                                            : "the 'Iterator'";
}

/* "state 'Pick'", "a catcher of state 'Pick'": whose field it is. */
static struct str whose(const struct bind *b, const struct asl_table *t, uint16_t context)
{
    if (!b->state)
        return str_from(t->what);
    struct str name = asl_shown(b->a, b->state->name);
    if (t == &asl_state_table)
        return arena_printf(b->a, "state %.*s", STR(name));
    return arena_printf(b->a, "%s of state %.*s", what(t, context), STR(name));
}

static void report_unknown(struct bind *b, const struct asl_table *t, uint16_t context,
                           const struct node_entry *e)
{
    struct str key = asl_shown(b->a, e->key), where = whose(b, t, context);
    struct diag *d = b->o->strict
                         ? diag_error(b->ds, "unknown-field", e->key_span,
                                      "unknown field %.*s in %.*s", STR(key), STR(where))
                         : diag_warning(b->ds, "unknown-field", e->key_span,
                                        "unknown field %.*s in %.*s", STR(key), STR(where));
    struct str near[NEAR_MAX];
    size_t n = 0;
    for (size_t i = 0; i < t->n && n < NEAR_MAX; i++)
        if ((t->fields[i].in & context) && in_lang(&t->fields[i], b->lang))
            near[n++] = t->fields[i].key;
    diag_suggest(d, e->key, near, n);
}

/* Types whose states have a field: "Task, Parallel and Map". */
static struct str types_of(struct arena *a, uint16_t in)
{
    struct str list = { 0 };
    for (enum asl_type t = 0; t < ASL_TYPES; t++) {
        if (!(in & (1 << t)))
            continue;
        bool last = (in >> (t + 1)) == 0;
        const char *glue = list.n == 0 ? "" : last ? " and " : ", ";
        list = arena_printf(a, "%.*s%s%.*s", STR(list), glue, STR(asl_type_name(t)));
    }
    return list;
}

static void report_misplaced(struct bind *b, const struct asl_table *t, uint16_t context,
                             const struct node_entry *e, const struct asl_field *f)
{
    if (f->in & context) {
        enum asl_lang other = b->lang == ASL_JSONATA ? ASL_JSONPATH : ASL_JSONATA;
        struct diag *d = diag_error(b->ds, "wrong-query-language", e->key_span,
                                    "'%.*s' is a field of %.*s states; %.*s uses %.*s", STR(f->key),
                                    STR(asl_lang_name(other)), STR(whose(b, t, context)),
                                    STR(asl_lang_name(b->lang)));
        if (f->other)
            diag_help(d, "with %.*s, use '%s'", STR(asl_lang_name(b->lang)), f->other);
        return;
    }
    if (t == &asl_state_table) {
        struct str type = asl_type_name(b->state->type);
        struct diag *d =
            diag_error(b->ds, "unsupported-field", e->key_span,
                       "'%.*s' is not supported in a %.*s state", STR(f->key), STR(type));
        diag_help(d, "%.*s states have it", STR(types_of(b->a, f->in)));
        return;
    }
    bool rule = t == &asl_rule_table;
    struct diag *d =
        diag_error(b->ds, "unsupported-field", e->key_span, "'%.*s' is not supported in %s",
                   STR(f->key), rule ? "a nested choice rule" : what(t, context));
    diag_help(d, rule ? "only the outermost rule has it" : "only the state machine itself has it");
}

/* "'Seconds' is a list; expected a whole number". */
static void report_kind(struct bind *b, const struct asl_value *v, const char *expected)
{
    struct str is = v->node->kind == NODE_STR ? asl_shown(b->a, v->node->str)
                                              : str_from(node_kind_name(v->node));
    diag_error(b->ds, "wrong-type", v->node->span, "'%.*s' is %.*s; expected %s",
               STR(v->field->key), STR(is), expected);
}

/* A string that is right as it stands: plain, an expression, or left to deployment. */
static bool bind_text(struct bind *b, struct asl_value *v, const char *expected)
{
    const struct node *n = v->node;
    if (n->kind != NODE_STR) {
        report_kind(b, v, expected);
        return false;
    }
    v->text = n->str;
    v->form = ASL_TEXT;
    if (v->field->expression && b->lang == ASL_JSONATA &&
        asl_expression_marks(n->str, &v->text) == ASL_MARKS_BOTH)
        v->form = ASL_EXPRESSION;
    else if (b->o->placeholders && asl_has_placeholder(n->str))
        v->form = ASL_HOLE;
    return true;
}

static void bind_number(struct bind *b, struct asl_value *v)
{
    const struct node *n = v->node;
    bool whole = v->field->kind == ASL_KIND_COUNT;
    bool marked = v->field->expression && b->lang == ASL_JSONATA;
    v->form = ASL_NUMBER;
    if (n->kind == NODE_INT) {
        v->number = (double)n->integer;
        return;
    }
    if (n->kind == NODE_FLOAT && (!whole || asl_is_whole(n->number))) {
        v->number = n->number;
        return;
    }
    if (n->kind == NODE_STR && marked && asl_expression_marks(n->str, &v->text) == ASL_MARKS_BOTH) {
        v->form = ASL_EXPRESSION;
        return;
    }
    v->form = ASL_ABSENT;
    struct str is = asl_node_shown(b->a, n);
    struct diag *d = diag_error(b->ds, "wrong-type", n->span, "'%.*s' is %.*s; expected %s%s",
                                STR(v->field->key), STR(is), whole ? "a whole number" : "a number",
                                marked ? " or an expression in {% %}" : "");
    if (n->kind == NODE_STR && asl_has_placeholder(n->str))
        diag_help(d, "a placeholder in quotes stays a string when it is filled in");
    else if (n->kind == NODE_STR && n->str.n > 0 && n->str.p[0] == '$' && b->lang == ASL_JSONPATH &&
             v->field->expression)
        diag_help(d, "a path belongs into '%.*sPath'", STR(v->field->key));
}

static void bind_word(struct bind *b, struct asl_value *v)
{
    if (!bind_text(b, v, "a string") || v->form == ASL_HOLE)
        return;
    struct str words[16];
    size_t n = 0;
    struct str list = { 0 };
    for (const char *const *w = v->field->words; *w; w++) {
        words[n] = str_from(*w);
        if (str_eq(words[n++], v->text))
            return;
        list = arena_printf(b->a, "%.*s%s'%s'", STR(list), n == 1 ? "" : w[1] ? ", " : " or ", *w);
    }
    struct diag *d =
        diag_error(b->ds, "unknown-value", v->node->span, "'%.*s' is %.*s; expected %.*s",
                   STR(v->field->key), STR(asl_shown(b->a, v->text)), STR(list));
    diag_suggest(d, v->text, words, n);
    v->form = ASL_ABSENT;
}

static void bind_path(struct bind *b, struct asl_value *v)
{
    if (v->node->kind == NODE_NULL && v->field->nullable) {
        v->form = ASL_NULL;
        return;
    }
    if (!bind_text(b, v, v->field->nullable ? "a path or null" : "a path") || v->form == ASL_HOLE)
        return;
    bool call = v->field->kind == ASL_KIND_PATH_CALL && str_starts(v->text, S("States."));
    v->form = call ? ASL_CALL : ASL_PATH;
}

static void bind_strings(struct bind *b, struct asl_value *v)
{
    if (v->node->kind != NODE_SEQ) {
        report_kind(b, v, "a list of strings");
        return;
    }
    v->form = ASL_JSON;
    for (size_t i = 0; i < v->node->seq.n; i++) {
        const struct node *item = v->node->seq.items[i];
        if (item->kind == NODE_STR)
            continue;
        diag_error(b->ds, "wrong-type", item->span, "'%.*s' holds %s; expected strings only",
                   STR(v->field->key), node_kind_name(item));
        v->form = ASL_ABSENT;
    }
}

static void bind_template(struct bind *b, struct asl_value *v)
{
    const struct node *n = v->node;
    bool map_only = v->field->kind == ASL_KIND_OBJECT;
    bool condition = v->field->kind == ASL_KIND_CONDITION;
    bool marked = b->lang == ASL_JSONATA && (!map_only || v->field->expression);
    if (marked && n->kind == NODE_STR && asl_expression_marks(n->str, &v->text) == ASL_MARKS_BOTH) {
        v->form = ASL_EXPRESSION;
        return;
    }
    if (condition && n->kind == NODE_BOOL) {
        v->form = ASL_BOOL;
        v->number = n->boolean;
    } else if (condition) {
        report_kind(b, v, "true, false or an expression in {% %}");
    } else if (map_only && n->kind != NODE_MAP) {
        report_kind(b, v, marked ? "a map or an expression in {% %}" : "a map");
    } else {
        v->form = ASL_JSON;
    }
}

/* AWS::CloudFormation functions: {"Ref": …}, {"Fn::GetAtt": …}. */
static bool is_function(const struct node *n)
{
    return n->kind == NODE_MAP && n->map.n == 1 &&
           (str_eq(n->map.entries[0].key, S("Ref")) ||
            str_starts(n->map.entries[0].key, S("Fn::")));
}

static void bind_resource(struct bind *b, struct asl_value *v)
{
    if (is_function(v->node)) {
        diag_warning(b->ds, "template-function", v->node->span,
                     "'%.*s' is a CloudFormation function; only a template can resolve it",
                     STR(v->field->key));
        v->form = ASL_HOLE;
        return;
    }
    bind_text(b, v, "a string");
}

/* A state's type and query language decide which of its fields may stand, so they come first. */
static void begin_state(struct bind *b, struct asl_state *s)
{
    s->type = ASL_TYPES;
    s->lang = b->m->lang;
    const struct node *type = node_get(s->node, S("Type"));
    for (enum asl_type t = 0; type && type->kind == NODE_STR && t < ASL_TYPES; t++)
        if (str_eq(type->str, asl_type_name(t)))
            s->type = t;
    const struct node *lang = node_get(s->node, S("QueryLanguage"));
    if (lang && lang->kind == NODE_STR && str_eq(lang->str, S("JSONata")))
        s->lang = ASL_JSONATA;
    if (lang && lang->kind == NODE_STR && str_eq(lang->str, S("JSONPath")))
        s->lang = ASL_JSONPATH;
}

/* Without a type nothing but the type can be judged. */
static void bind_typeless(struct bind *b, struct asl_state *s)
{
    const struct asl_field *f = &asl_state_table.fields[0];
    assert(str_eq(f->key, S("Type")));
    const struct node_entry *e = node_entry(s->node, f->key);
    if (!e) {
        diag_error(b->ds, "missing-field", s->name_span, "state %.*s has no 'Type'",
                   STR(asl_shown(b->a, s->name)));
        return;
    }
    struct asl_value v = { .node = e->value, .field = f, .key = e->key_span };
    bind_word(b, &v);
}

static void finish_state(struct asl_state *s)
{
    const struct node *end = s->end.form == ASL_BOOL ? s->end.node : NULL;
    s->terminal = s->type == ASL_SUCCEED || s->type == ASL_FAIL || (end && end->boolean);
    if (s->type == ASL_TASK && s->task.resource.node && s->task.resource.node->kind == NODE_STR)
        s->task.parts = asl_resource_parse(s->task.resource.node->str);
    else if (s->type == ASL_TASK)
        s->task.parts.pattern = ASL_RESOURCE_NO;
    if (s->type == ASL_MAP && s->map.processor && s->map.processor->processor)
        s->map.distributed = str_eq(s->map.processor->processor->mode.text, S("DISTRIBUTED"));
}

static struct asl_state *bind_state(struct bind *b, const struct asl_block *block,
                                    const struct node_entry *e)
{
    struct asl_state *s = arena_make(b->a, struct asl_state);
    struct bind saved = *b;
    s->name = e->key;
    s->name_span = e->key_span;
    s->node = e->value;
    s->block = block;
    s->number = b->m->nstates++;
    if (e->value->kind != NODE_MAP) {
        s->type = ASL_TYPES;
        diag_error(b->ds, "wrong-type", e->value->span, "state %.*s is %s; expected a map",
                   STR(asl_shown(b->a, s->name)), node_kind_name(e->value));
        return s;
    }
    begin_state(b, s);
    b->state = s;
    b->lang = s->lang;
    if (s->type == ASL_TYPES)
        bind_typeless(b, s);
    else
        bind_object(b, &asl_state_table, (uint16_t)(1 << s->type), s->node, s);
    finish_state(s);
    b->state = saved.state;
    b->lang = saved.lang;
    return s;
}

static const struct asl_state *target(const struct asl_block *block, const struct asl_value *v)
{
    return v->form == ASL_TEXT ? map_get(&block->by_name, v->text) : NULL;
}

static void resolve(struct asl_block *block)
{
    block->start = target(block, &block->start_at);
    for (size_t i = 0; i < block->states.n; i++) {
        struct asl_state *s = block->states.p[i];
        s->target = target(block, &s->next);
        for (size_t k = 0; k < s->catchers.n; k++)
            s->catchers.p[k].target = target(block, &s->catchers.p[k].next);
        if (s->type != ASL_CHOICE)
            continue;
        s->choice.otherwise_target = target(block, &s->choice.otherwise);
        for (size_t k = 0; k < s->choice.rules.n; k++)
            s->choice.rules.p[k].target = target(block, &s->choice.rules.p[k].next);
    }
}

static void bind_states(struct bind *b, struct asl_value *v, struct asl_block *block)
{
    if (v->node->kind != NODE_MAP) {
        report_kind(b, v, "a map of states");
        return;
    }
    v->form = ASL_JSON;
    size_t n = v->node->map.n;
    block->states.p = arena_make_n(b->a, struct asl_state *, n);
    block->states.n = n;
    for (size_t i = 0; i < n; i++) {
        struct asl_state *s = bind_state(b, block, &v->node->map.entries[i]);
        block->states.p[i] = s;
        map_put(b->a, &block->by_name, s->name, s);
    }
}

/* n objects bound from nodes; their memory goes to `object`, where the row says. */
static void bind_subs(struct bind *b, const struct asl_field *f, struct node *const *nodes,
                      size_t n, void *object)
{
    ASL_LIST(void) list = { arena_alloc_n(b->a, n, f->table->size), n };
    char *sub = (char *)object + f->sub;
    if (f->kind == ASL_KIND_ONE)
        memcpy(sub, &list.p, sizeof list.p);
    else
        memcpy(sub, &list, sizeof list);
    for (size_t i = 0; i < n; i++) {
        void *item = (char *)list.p + i * f->table->size;
        if (nodes[i]->kind != NODE_MAP)
            diag_error(b->ds, "wrong-type", nodes[i]->span, "'%.*s' holds %s; expected maps",
                       STR(f->key), node_kind_name(nodes[i]));
        else
            bind_object(b, f->table, f->context, nodes[i], item);
    }
}

static void bind_nested(struct bind *b, struct asl_value *v, void *object)
{
    const struct asl_field *f = v->field;
    struct node *one = (struct node *)v->node;
    if (f->kind == ASL_KIND_MANY && one->kind != NODE_SEQ) {
        report_kind(b, v, "a list");
    } else if (f->kind != ASL_KIND_MANY && one->kind != NODE_MAP) {
        report_kind(b, v, "a map");
    } else if (b->depth >= DEPTH_MAX) {
        diag_error(b->ds, "too-deep", v->node->span, "'%.*s' is nested more than %d maps deep",
                   STR(f->key), DEPTH_MAX);
    } else {
        b->depth++;
        v->form = ASL_JSON;
        if (f->kind == ASL_KIND_MANY)
            bind_subs(b, f, one->seq.items, one->seq.n, object);
        else
            bind_subs(b, f, &one, 1, object);
        b->depth--;
    }
}

static void bind_value(struct bind *b, struct asl_value *v, void *object)
{
    switch (v->field->kind) {
    case ASL_KIND_STRING:
    case ASL_KIND_STATE:
    case ASL_KIND_LABEL:
    case ASL_KIND_TIMESTAMP:
    case ASL_KIND_PATTERN:
        bind_text(b, v, "a string");
        break;
    case ASL_KIND_BOOL:
        if (v->node->kind != NODE_BOOL) {
            report_kind(b, v, "true or false");
            break;
        }
        v->form = ASL_BOOL;
        v->number = v->node->boolean;
        break;
    case ASL_KIND_COUNT:
    case ASL_KIND_NUMBER:
        bind_number(b, v);
        break;
    case ASL_KIND_WORD:
        bind_word(b, v);
        break;
    case ASL_KIND_PATH:
    case ASL_KIND_REFERENCE:
    case ASL_KIND_RESULT_PATH:
    case ASL_KIND_PATH_CALL:
        bind_path(b, v);
        break;
    case ASL_KIND_RESOURCE:
        bind_resource(b, v);
        break;
    case ASL_KIND_ERRORS:
    case ASL_KIND_STRINGS:
        bind_strings(b, v);
        break;
    case ASL_KIND_JSON:
        v->form = ASL_JSON;
        break;
    case ASL_KIND_TEMPLATE:
    case ASL_KIND_OBJECT:
    case ASL_KIND_CONDITION:
        bind_template(b, v);
        break;
    case ASL_KIND_ONE:
    case ASL_KIND_MANY:
    case ASL_KIND_ALONE:
        bind_nested(b, v, object);
        break;
    case ASL_KIND_STATES:
        bind_states(b, v, object);
        break;
    }
}

static void bind_entry(struct bind *b, const struct asl_table *t, const struct asl_field *f,
                       const struct node_entry *e, void *object)
{
    struct asl_value *v = slot(object, f);
    if (ASL_SET(*v)) {
        struct diag *d =
            t == &asl_rule_table
                ? diag_error(b->ds, "exclusive-fields", e->key_span,
                             "a choice rule has one operator; '%.*s' is one too many", STR(e->key))
                : diag_error(b->ds, "exclusive-fields", e->key_span,
                             "'%.*s' and '%.*s' exclude each other", STR(v->field->key),
                             STR(e->key));
        diag_note(d, v->key, "'%.*s' stands here", STR(v->field->key));
        return;
    }
    *v = (struct asl_value){ .node = e->value, .field = f, .key = e->key_span };
    bind_value(b, v, object);
}

static void keep_unknown(struct bind *b, const struct asl_table *t, const struct node *map,
                         const struct node_entry *e, void *object)
{
    asl_unknown *unknown = (asl_unknown *)(void *)((char *)object + t->unknown_at);
    if (unknown->n == 0)
        unknown->p = arena_make_n(b->a, const struct node_entry *, map->map.n);
    unknown->p[unknown->n++] = e;
}

static void report_missing(struct bind *b, const struct asl_table *t, uint16_t context,
                           const struct node *map, const void *object, bool other_lang)
{
    struct span at = map->span;
    at.len = at.len > 0;
    if (t == &asl_state_table)
        at = b->state->name_span;
    for (size_t i = 0; i < t->n; i++) {
        const struct asl_field *f = &t->fields[i];
        if (other_lang && f->langs) /* it has been said that its counterpart is wrong here */
            continue;
        if ((f->required & context) && in_lang(f, b->lang) && !ASL_SET(*asl_value_at(object, f)))
            diag_error(b->ds, "missing-field", at, "%.*s has no '%.*s'", STR(whose(b, t, context)),
                       STR(f->key));
    }
}

static void bind_object(struct bind *b, const struct asl_table *t, uint16_t context,
                        const struct node *node, void *object)
{
    if (t->node_at != SIZE_MAX)
        memcpy((char *)object + t->node_at, &node, sizeof node);
    if (t == &asl_block_table)
        ((struct asl_block *)object)->owner = b->state;
    bool other_lang = false;
    for (size_t i = 0; i < node->map.n; i++) {
        const struct node_entry *e = &node->map.entries[i];
        const struct asl_field *f = find_field(b, t, context, e->key);
        if (!f) {
            report_unknown(b, t, context, e);
            keep_unknown(b, t, node, e, object);
        } else if (!(f->in & context) || !in_lang(f, b->lang)) {
            report_misplaced(b, t, context, e, f);
            other_lang |= (f->in & context) != 0;
        } else {
            bind_entry(b, t, f, e, object);
        }
    }
    report_missing(b, t, context, node, object, other_lang);
    if (t == &asl_block_table || t == &asl_machine_table)
        resolve(object);
    if (t == &asl_rule_table) {
        struct asl_rule *rule = object;
        rule->op = rule->operand.field ? (enum asl_op)rule->operand.field->op : ASL_OP_NONE;
    }
}

struct asl_machine *asl_parse(struct arena *a, struct diags *ds, const struct node *root,
                              const struct asl_options *o)
{
    static_assert(offsetof(struct asl_machine, top) == 0, "a machine is bound as its block, too");
    if (root->kind != NODE_MAP) {
        diag_error(ds, "wrong-type", root->span, "a state machine is a map, not %s",
                   node_kind_name(root));
        return NULL;
    }
    struct asl_machine *m = arena_make(a, struct asl_machine);
    m->src = root->span.src;
    const struct node *lang = node_get(root, S("QueryLanguage"));
    if (lang && lang->kind == NODE_STR && str_eq(lang->str, S("JSONata")))
        m->lang = ASL_JSONATA;
    struct bind b = { .a = a, .ds = ds, .o = o, .m = m, .lang = m->lang };
    bind_object(&b, &asl_machine_table, 1, root, m);
    return m;
}
