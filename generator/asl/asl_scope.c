/* Variables: a block's states share one scope; branches and inline Maps read the scopes around
 * them, and must not assign a name of theirs. Source: AWS developer guide, "Passing data between
 * states with variables". */
#include "asl/asl_check.h"

#include "asl/asl_text.h"

static const struct asl_assigned *find(const struct asl_scope *s, struct str name)
{
    for (; s; s = s->up) {
        const struct asl_assigned *found = map_get(&s->names, name);
        if (found)
            return found;
    }
    return NULL;
}

/* The variable that a key of Assign names. */
static struct str variable_of(struct str key, enum asl_lang lang)
{
    return lang == ASL_JSONPATH && str_ends(key, S(".$")) ? str_sub(key, 0, key.n - 2) : key;
}

static void assign_one(struct check *c, struct asl_scope *scope, enum asl_lang lang,
                       const struct node_entry *e)
{
    struct str name = variable_of(e->key, lang);
    struct str shown = asl_shown(c->a, name);
    if (!asl_is_variable_name(name) && !(c->o->placeholders && asl_has_placeholder(name))) {
        struct diag *d = diag_error(c->ds, "bad-variable", e->key_span,
                                    "%.*s cannot be the name of a variable", STR(shown));
        diag_help(d, "it needs a letter first, then letters, digits and '_', at most 80 in all");
        return;
    }
    if (str_eq(name, S("states"))) {
        diag_error(c->ds, "bad-variable", e->key_span, "the variable 'states' is reserved");
        return;
    }
    const struct asl_assigned *outer = find(scope->up, name);
    if (outer) {
        struct diag *d =
            diag_error(c->ds, "outer-variable", e->key_span,
                       "variable %.*s belongs to the states outside and cannot be assigned in here",
                       STR(shown));
        diag_note(d, outer->at, "it is assigned here");
        return;
    }
    if (map_has(&scope->names, name))
        return;
    struct asl_assigned *assigned = arena_make(c->a, struct asl_assigned);
    assigned->at = e->key_span;
    map_put(c->a, &scope->names, name, assigned);
}

static void assign(struct check *c, struct asl_scope *scope, enum asl_lang lang,
                   const struct asl_value *v)
{
    if (v->form != ASL_JSON)
        return;
    for (size_t i = 0; i < v->node->map.n; i++)
        assign_one(c, scope, lang, &v->node->map.entries[i]);
}

struct asl_scope *check_scope(struct check *c, const struct asl_block *block,
                              const struct asl_scope *up)
{
    struct asl_scope *scope = arena_make(c->a, struct asl_scope);
    scope->block = block;
    scope->up = up;
    for (size_t i = 0; i < block->states.n; i++) {
        const struct asl_state *s = block->states.p[i];
        assign(c, scope, s->lang, &s->assign);
        for (size_t k = 0; k < s->catchers.n; k++)
            assign(c, scope, s->lang, &s->catchers.p[k].assign);
        for (size_t k = 0; s->type == ASL_CHOICE && k < s->choice.rules.n; k++)
            assign(c, scope, s->lang, &s->choice.rules.p[k].assign);
    }
    return scope;
}

/* AWS takes a variable that is never assigned, and fails when it comes to it. */
void check_variable(struct check *c, struct str name, const struct node *node, size_t at)
{
    if (!c->scope || c->o->variables_elsewhere || find(c->scope, name))
        return;
    diag_warning(c->ds, "unknown-variable", asl_span_in(node, at - 1, name.n + 1),
                 "no state assigns the variable '$%.*s'", STR(name));
}
