#include "jsonpath/program.h"

static struct val put_at(const struct jsonpath *p, size_t i, struct val doc, struct val value);

/* What the step holds now is taken out first, so that it is unshared and changed in place. */
static struct val put_name(const struct jsonpath *p, size_t i, struct val doc, struct val value)
{
    struct str name = p->steps[i].name;
    if (doc.kind != VAL_MAP) {
        val_free(doc);
        val_free(value);
        return (struct val){ 0 };
    }
    if (i + 1 == p->nsteps)
        return val_map_set(doc, name, value);
    struct val child = val_copy(peek_get(doc, name));
    if (child.kind == VAL_UNDEFINED)
        child = val_map();
    else
        doc = val_map_set(doc, name, val_null());
    child = put_at(p, i + 1, child, value);
    if (child.kind == VAL_UNDEFINED) {
        val_free(doc);
        return child;
    }
    return val_map_set(doc, name, child);
}

static struct val put_index(const struct jsonpath *p, size_t i, struct val doc, struct val value)
{
    size_t k = (size_t)p->steps[i].from;
    if (doc.kind != VAL_LIST || k >= peek_count(doc)) {
        val_free(doc);
        val_free(value);
        return (struct val){ 0 };
    }
    if (i + 1 == p->nsteps)
        return val_list_set(doc, k, value);
    struct val child = val_copy(peek_item(doc, k));
    doc = val_list_set(doc, k, val_null());
    child = put_at(p, i + 1, child, value);
    if (child.kind == VAL_UNDEFINED) {
        val_free(doc);
        return child;
    }
    return val_list_set(doc, k, child);
}

/* As deep as the path is long, which the parser bounds. */
static struct val put_at(const struct jsonpath *p, size_t i, struct val doc, struct val value)
{
    if (i == p->nsteps) {
        val_free(doc);
        return value;
    }
    return p->steps[i].kind == STEP_NAME ? put_name(p, i, doc, value) : put_index(p, i, doc, value);
}

struct val jsonpath_put(const struct jsonpath *p, struct val doc, struct val value)
{
    return put_at(p, 0, doc, value);
}
