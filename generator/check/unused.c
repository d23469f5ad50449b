/* Resources that nothing needs: most often a name that is misspelt elsewhere, or a leftover. */
#include "check/check.h"

#include "base/limits.h"

/* Whether `n` refers to the logical id: {"Ref": id}, {"Fn::GetAtt": [id, …]}, "${id}" or "${id.…".
 */
static bool refers(const struct node *n, struct str id, int depth)
{
    if (depth > LIMIT_JSON_DEPTH)
        return false;
    if (n->kind == NODE_STR) {
        size_t at = str_find(n->str, id, 0);
        return at != SIZE_MAX && (n->str.n == id.n || (at >= 2 && n->str.p[at - 1] == '{'));
    }
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        if (refers(n->seq.items[i], id, depth + 1))
            return true;
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++)
        if (refers(n->map.entries[i].value, id, depth + 1))
            return true;
    return false;
}

static bool is_referred_to(const struct plan *p, const struct resource *r)
{
    for (size_t i = 0; i < p->resources.n; i++)
        if (p->resources.p[i] != r && refers(p->resources.p[i]->props, r->id, 0))
            return true;
    return false;
}

static bool is_word(struct str text, size_t at, size_t len)
{
    bool before = at > 0 && (ascii_is_alnum(text.p[at - 1]) || text.p[at - 1] == '_');
    bool behind =
        at + len < text.n && (ascii_is_alnum(text.p[at + len]) || text.p[at + len] == '_');
    return !before && !behind;
}

/* Whether the file says the name anywhere else: in a variable of a function, in a message. */
static bool is_mentioned(struct vstr name)
{
    struct span own = span_origin(name.span, NULL);
    if (!own.src)
        return true;
    struct str text = own.src->text;
    for (size_t at = str_find(text, name.s, 0); at != SIZE_MAX; at = str_find(text, name.s, at + 1))
        if ((at < own.at || at >= own.at + own.len) && is_word(text, at, name.s.n))
            return true;
    return false;
}

void check_unused(struct plan *p)
{
    if (!p->machine && !p->pipeline->triggers.n)
        return; /* a stack of resources for others */
    for (size_t i = 0; i < p->by_name.n; i++) {
        const struct known *k = p->by_name.entries[i].value;
        const struct item *it = k->item;
        if (k->used || it->role != ROLE_RESOURCE || !it->kind || it->kind->alone ||
            is_mentioned(it->name) || is_referred_to(p, k->resource))
            continue;
        struct diag *d = diag_warning(p->ds, "unused-resource", it->name.span,
                                      "nothing in this pipeline uses the %s '%.*s'", it->kind->type,
                                      STR(it->name.s));
        diag_help(d, "name it where it is needed, or remove it");
    }
}
