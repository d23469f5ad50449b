/* What was bound, back to data. */
#include "base/mem.h"
#include "schema/bind.h"

static struct node *objects_node(struct arena *a, const struct field *f, const struct vobjs *v)
{
    struct node *list = node_seq(a, v->span);
    for (size_t i = 0; i < v->n; i++)
        node_push(a, list,
                  bind_node(a, f->sub, (const char *)v->items + i * f->sub->size, v->span));
    return v->n ? list : NULL;
}

static struct node *strings_node(struct arena *a, const struct vstrs *v)
{
    struct node *list = node_seq(a, v->span);
    for (size_t i = 0; i < v->n; i++)
        node_push(a, list, node_str(a, v->items[i].span, v->items[i].s));
    return v->set ? list : NULL;
}

static struct node *value_node(struct arena *a, const struct field *f, const char *member)
{
    switch (f->kind) {
    case FIELD_KIND_STR: {
        const struct vstr *v = (const void *)member;
        return v->s.n ? node_str(a, v->span, v->s) : NULL;
    }
    case FIELD_KIND_INT: {
        const struct vint *v = (const void *)member;
        return v->path.n           ? node_str(a, v->span, v->path)
               : v->set || f->dflt ? node_int(a, v->span, v->v)
                                   : NULL;
    }
    case FIELD_KIND_FLOAT: {
        const struct vfloat *v = (const void *)member;
        return v->set || f->dflt ? node_float(a, v->span, v->v) : NULL;
    }
    case FIELD_KIND_BOOL: {
        const struct vbool *v = (const void *)member;
        return v->set || f->dflt ? node_bool(a, v->span, v->v) : NULL;
    }
    case FIELD_KIND_ENUM: {
        const struct venum *v = (const void *)member;
        return v->v >= 0 ? node_str(a, v->span, v->s) : NULL;
    }
    case FIELD_KIND_STRS:
        return strings_node(a, (const void *)member);
    case FIELD_KIND_ANY:
    case FIELD_KIND_MAP:
        return (struct node *)((const struct vany *)(const void *)member)->node;
    case FIELD_KIND_OBJ: {
        const struct vobj *v = (const void *)member;
        return v->p ? bind_node(a, f->sub, v->p, v->span) : NULL;
    }
    case FIELD_KIND_OBJS:
        return objects_node(a, f, (const void *)member);
    case FIELD_KIND_GROUPS:
        return NULL;
    }
    UNREACHABLE();
}

struct node *bind_node(struct arena *a, const struct fields *fields, const void *body,
                       struct span span)
{
    struct node *map = node_map(a, span);
    for (size_t i = 0; i < fields->n; i++) {
        const struct field *f = &fields->rows[i];
        struct node *n = value_node(a, f, (const char *)body + f->offset);
        if (n)
            node_put(a, map, str_from(f->key), n->span, n);
    }
    return map;
}
