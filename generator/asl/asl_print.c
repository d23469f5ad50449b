#include "asl/asl_field.h"

static void print_object(struct json_writer *w, const struct asl_table *t, uint16_t context,
                         const void *object);

static void print_states(struct json_writer *w, const struct asl_block *block)
{
    json_begin_map(w);
    for (size_t i = 0; i < block->states.n; i++) {
        const struct asl_state *s = block->states.p[i];
        json_key(w, s->name);
        if (s->type == ASL_TYPES)
            json_node(w, s->node);
        else
            print_object(w, &asl_state_table, (uint16_t)(1 << s->type), s);
    }
    json_end_map(w);
}

/* A value that the tables took apart is printed from its parts; any other as it was written. */
static void print_value(struct json_writer *w, const struct asl_value *v, const void *object)
{
    const struct asl_field *f = v->field;
    if (f->kind == ASL_KIND_STATES && v->form != ASL_ABSENT) {
        print_states(w, object);
    } else if (f->table && v->form != ASL_ABSENT) {
        size_t n;
        const char *items = asl_sub_objects(object, f, &n);
        if (f->kind == ASL_KIND_MANY)
            json_begin_list(w);
        for (size_t i = 0; i < n; i++)
            print_object(w, f->table, f->context, items + i * f->table->size);
        if (f->kind == ASL_KIND_MANY)
            json_end_list(w);
    } else {
        json_node(w, v->node);
    }
}

static void print_object(struct json_writer *w, const struct asl_table *t, uint16_t context,
                         const void *object)
{
    const asl_unknown *unknown =
        (const asl_unknown *)(const void *)((const char *)object + t->unknown_at);
    struct asl_walk walk = { .table = t, .object = object, .context = context };
    json_begin_map(w);
    for (const struct asl_value *v; (v = asl_walk_next(&walk));) {
        json_key(w, v->field->key);
        print_value(w, v, object);
    }
    for (size_t i = 0; i < unknown->n; i++) {
        json_key(w, unknown->p[i]->key);
        json_node(w, unknown->p[i]->value);
    }
    json_end_map(w);
}

void asl_print(struct json_writer *w, const struct asl_machine *m)
{
    print_object(w, &asl_machine_table, 1, m);
}
