#include "asl/asl_check.h"

#include "asl/asl_text.h"

#include "base/json.h"

enum { SOURCE_MAX_BYTES = 1 << 20 }; /* CreateStateMachine: definition, at most 1 MiB */

struct str check_where(struct check *c)
{
    return c->state ? arena_printf(c->a, "state %.*s", STR(asl_shown(c->a, c->state->name)))
                    : S("the state machine");
}

static void check_sub(struct check *c, const struct asl_field *f, const void *object)
{
    size_t n;
    const char *items = asl_sub_objects(object, f, &n);
    for (size_t i = 0; i < n; i++) {
        const void *item = items + i * f->table->size;
        if (f->table == &asl_block_table)
            check_block(c, item);
        else
            check_object(c, f->table, f->context, item);
    }
}

void check_object(struct check *c, const struct asl_table *t, uint16_t context, const void *object)
{
    struct asl_walk walk = { .table = t, .object = object, .context = context };
    for (const struct asl_value *v; (v = asl_walk_next(&walk));) {
        if (v->form == ASL_ABSENT)
            continue;
        if (v->field->table)
            check_sub(c, v->field, object);
        else
            check_value(c, v);
    }
    if (t == &asl_rule_table)
        check_rule(c, object);
}

static void check_one_state(struct check *c, const struct asl_state *s)
{
    c->state = s;
    c->lang = s->lang;
    c->reads_token = false;
    if (s->type == ASL_TYPES)
        return;
    check_object(c, &asl_state_table, (uint16_t)(1 << s->type), s);
    check_state(c, s);
}

/* A distributed Map runs its block as executions of their own: no outer variables. */
static bool is_apart(const struct asl_block *block)
{
    return block->owner && block->owner->type == ASL_MAP && block->owner->map.distributed;
}

void check_block(struct check *c, const struct asl_block *block)
{
    struct check saved = *c;
    bool apart = is_apart(block);
    c->block = block;
    c->block_broken = false;
    if (apart)
        c->express = str_eq(block->processor->execution_type.text, S("EXPRESS"));
    c->scope = check_scope(c, block, apart ? NULL : saved.scope);
    if (block->owner)
        check_object(c, &asl_block_table,
                     ASL_BLOCK_BRANCH | ASL_BLOCK_PROCESSOR | ASL_BLOCK_ITERATOR, block);
    for (size_t i = 0; i < block->states.n; i++)
        check_one_state(c, block->states.p[i]);
    c->state = block->owner;
    check_graph(c, block);
    saved.labels = c->labels;
    saved.suggested = c->suggested;
    *c = saved;
}

bool asl_check_machine(struct arena *a, struct diags *ds, const struct asl_machine *m,
                       const struct asl_options *o)
{
    size_t errors = ds->errors;
    struct check c = { .a = a, .ds = ds, .o = o, .m = m, .lang = m->lang };
    c.express = o->workflow == ASL_EXPRESS;
    c.block = &m->top;
    check_names(&c);
    check_object(&c, &asl_machine_table, 1, m);
    check_block(&c, &m->top);
    return ds->errors == errors;
}

bool asl_check(struct arena *a, struct diags *ds, const struct source *src,
               const struct asl_options *o)
{
    size_t errors = ds->errors;
    if (src->text.n > SOURCE_MAX_BYTES) {
        diag_error(ds, "too-large", (struct span){ src, 0, 0 },
                   "the definition has %zu bytes; at most %d are allowed", src->text.n,
                   SOURCE_MAX_BYTES);
        return false;
    }
    struct node *root = json_read_node(a, ds, src);
    struct asl_machine *m = root ? asl_parse(a, ds, root, o) : NULL;
    if (m)
        asl_check_machine(a, ds, m, o);
    return ds->errors == errors;
}
