#include "deploy/diff.h"

#include "base/json.h"
#include "deploy/cfn_text.h"
#include "deploy/replace.h"

#include <stdlib.h>

enum { PATH_DEPTH = 6 }; /* property paths are followed so deep, then values are shown whole */

struct work {
    struct arena *arena;
    struct diff *diff;
    const struct manifest *m;
};

static struct str type_of(const struct node *resource)
{
    const struct node *n = node_get(resource, S("Type"));
    return n && n->kind == NODE_STR ? n->str : S("?");
}

static bool is_kept(const struct node *resource, const char *attribute)
{
    const struct node *n = node_get(resource, str_from(attribute));
    return n && n->kind == NODE_STR && str_starts(n->str, S("Retain"));
}

/* ---- properties ------------------------------------------------------------------------------ */

static void push_property(struct work *w, struct resource_change *c, struct str path,
                          const struct node *old, const struct node *new)
{
    size_t dot = str_find_char(path, '.', 0);
    struct str top = dot == SIZE_MAX ? path : str_sub(path, 0, dot);
    struct property_change p = { .path = path,
                                 .before = cfn_text(w->arena, old),
                                 .after = cfn_text(w->arena, new),
                                 .replacement =
                                     replace_forced(c->type, top) ? REPLACE_YES : REPLACE_NO };
    if (p.replacement > c->replacement)
        c->replacement = p.replacement;
    vec_push(w->arena, &c->properties, p);
}

static bool is_function(const struct node *n)
{
    return n->map.n == 1 && (str_eq(n->map.entries[0].key, S("Ref")) ||
                             str_starts(n->map.entries[0].key, S("Fn::")));
}

/* Every place below `path` where the two differ. */
static void compare_values(struct work *w, struct resource_change *c, struct str path,
                           const struct node *old, const struct node *new, int depth)
{
    if (old && new &&node_equal(old, new))
        return;
    bool maps = old && new && old->kind == NODE_MAP &&new->kind == NODE_MAP && !is_function(old) &&
                !is_function(new);
    bool lists =
        old && new && old->kind == NODE_SEQ &&new->kind == NODE_SEQ && old->seq.n == new->seq.n;
    if (depth >= PATH_DEPTH || !(maps || lists)) {
        push_property(w, c, path, old, new);
        return;
    }
    for (size_t i = 0; lists && i < old->seq.n; i++)
        compare_values(w, c, arena_printf(w->arena, "%.*s[%zu]", STR(path), i), old->seq.items[i],
                       new->seq.items[i], depth + 1);
    if (lists)
        return;
    const char *dot = path.n ? "." : "";
    for (size_t i = 0; i < old->map.n; i++) {
        struct str key = old->map.entries[i].key;
        compare_values(w, c, arena_printf(w->arena, "%.*s%s%.*s", STR(path), dot, STR(key)),
                       old->map.entries[i].value, node_get(new, key), depth + 1);
    }
    for (size_t i = 0; i < new->map.n; i++) {
        struct str key = new->map.entries[i].key;
        if (!node_get(old, key))
            compare_values(w, c, arena_printf(w->arena, "%.*s%s%.*s", STR(path), dot, STR(key)),
                           NULL, new->map.entries[i].value, depth + 1);
    }
}

/* ---- resources ------------------------------------------------------------------------------- */

static void push_whole(struct work *w, enum change_kind kind, struct str id,
                       const struct node *resource)
{
    struct resource_change c = {
        .kind = kind, .id = id, .type = type_of(resource), .source = manifest_source(w->m, id)
    };
    c.kept = kind == CHANGE_REMOVE && is_kept(resource, "DeletionPolicy");
    vec_push(w->arena, &w->diff->resources, c);
}

static void compare_resource(struct work *w, struct str id, const struct node *old,
                             const struct node *new)
{
    struct resource_change c = { .kind = CHANGE_UPDATE,
                                 .id = id,
                                 .type = type_of(new),
                                 .source = manifest_source(w->m, id),
                                 .kept = is_kept(old, "UpdateReplacePolicy") };
    if (node_equal(old, new))
        return;
    if (!str_eq(type_of(old), c.type)) {
        c.replacement = REPLACE_YES;
        push_property(w, &c, S("Type"), node_get(old, S("Type")), node_get(new, S("Type")));
    } else {
        struct node *none = node_map(w->arena, (struct span){ 0 });
        const struct node *a = node_get(old, S("Properties")), *b = node_get(new, S("Properties"));
        compare_values(w, &c, S(""), a ? a : none, b ? b : none, 0);
    }
    static const char *const attributes[] = { "DeletionPolicy", "UpdateReplacePolicy",
                                              "DependsOn",      "Condition",
                                              "Metadata",       "CreationPolicy",
                                              "UpdatePolicy" };
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        const struct node *a = node_get(old, str_from(attributes[i]));
        const struct node *b = node_get(new, str_from(attributes[i]));
        if ((a || b) && !(a && b && node_equal(a, b)))
            push_property(w, &c, arena_printf(w->arena, "(%s)", attributes[i]), a, b);
    }
    vec_push(w->arena, &w->diff->resources, c);
}

static void compare_resources(struct work *w, const struct node *old, const struct node *new)
{
    for (size_t i = 0; old && i < old->map.n; i++)
        if (!node_get(new, old->map.entries[i].key))
            push_whole(w, CHANGE_REMOVE, old->map.entries[i].key, old->map.entries[i].value);
    for (size_t i = 0; new &&i < new->map.n; i++) {
        const struct node_entry *e = &new->map.entries[i];
        const struct node *before = node_get(old, e->key);
        if (before)
            compare_resource(w, e->key, before, e->value);
        else
            push_whole(w, CHANGE_ADD, e->key, e->value);
    }
}

static int compare_changes(const void *a, const void *b)
{
    const struct resource_change *x = a, *y = b;
    return x->kind != y->kind ? (int)x->kind - (int)y->kind : str_cmp(x->id, y->id);
}

/* ---- outputs, parameters, mappings, tags ------------------------------------------------------
 */

static void push_value(struct work *w, const char *section, struct str name, const struct node *old,
                       const struct node *new)
{
    if (old && new &&node_equal(old, new))
        return;
    struct value_change c = { .kind = !old  ? CHANGE_ADD
                                      : new ? CHANGE_UPDATE
                                            : CHANGE_REMOVE,
                              .section = str_from(section),
                              .name = name,
                              .before = cfn_text(w->arena, old),
                              .after = cfn_text(w->arena, new) };
    vec_push(w->arena, &w->diff->values, c);
}

static void compare_section(struct work *w, const char *section, const struct node *old,
                            const struct node *new)
{
    for (size_t i = 0; old && old->kind == NODE_MAP && i < old->map.n; i++)
        push_value(w, section, old->map.entries[i].key, old->map.entries[i].value,
                   node_get(new, old->map.entries[i].key));
    for (size_t i = 0; new &&new->kind == NODE_MAP &&i < new->map.n; i++)
        if (!node_get(old, new->map.entries[i].key))
            push_value(w, section, new->map.entries[i].key, NULL, new->map.entries[i].value);
}

/* ---- uploads --------------------------------------------------------------------------------- */

/* Whether a string of the template is `text`; the parser has limited the depth. */
static bool names(const struct node *n, struct str text, int depth)
{
    if (!n || depth > 32)
        return false;
    if (n->kind == NODE_STR)
        return str_eq(n->str, text);
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        if (names(n->seq.items[i], text, depth + 1))
            return true;
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++)
        if (names(n->map.entries[i].value, text, depth + 1))
            return true;
    return false;
}

static void compare_uploads(struct work *w, const struct node *old,
                            const struct manifest_files *files)
{
    for (size_t i = 0; i < files->all.n; i++)
        if (!names(old, files->all.p[i].key, 0))
            vec_push(w->arena, &w->diff->uploads, &files->all.p[i]);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* NULL for templates of a shape that CloudFormation would not have taken. */
static const struct node *resources_of(const struct diff_side *side)
{
    const struct node *n = node_get(side->template, S("Resources"));
    return n && n->kind == NODE_MAP ? n : NULL;
}

/* The definition in the template's state machine, if it stands there as text. */
static const struct node *definition_of(struct arena *a, const struct diff_side *side)
{
    const struct node *resources = resources_of(side);
    if (side->definition || !resources)
        return side->definition;
    for (size_t i = 0; i < resources->map.n; i++) {
        const struct node *r = resources->map.entries[i].value;
        const struct node *text = node_get(node_get(r, S("Properties")), S("DefinitionString"));
        if (!str_eq(type_of(r), S("AWS::StepFunctions::StateMachine")) || !text ||
            text->kind != NODE_STR)
            continue;
        struct diags ignored;
        diags_init(&ignored, a); /* what is deployed may be anything */
        return json_read_node(a, &ignored, source_make(a, S("definition"), text->str));
    }
    return NULL;
}

struct diff *diff_make(struct arena *a, const struct diff_side *old, const struct diff_side *new,
                       const struct manifest *m)
{
    struct diff *d = arena_make(a, struct diff);
    struct work w = { a, d, m };
    d->fresh = !old->template;
    compare_resources(&w, resources_of(old), resources_of(new));
    if (d->resources.n)
        qsort(d->resources.p, d->resources.n, sizeof *d->resources.p, compare_changes);
    static const char *const sections[][2] = { { "output", "Outputs" },
                                               { "parameter", "Parameters" },
                                               { "mapping", "Mappings" },
                                               { "condition", "Conditions" } };
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        compare_section(&w, sections[i][0], node_get(old->template, str_from(sections[i][1])),
                        node_get(new->template, str_from(sections[i][1])));
    compare_section(&w, "tag", old->tags, new->tags);
    compare_uploads(&w, old->template, &m->uploads);
    compare_uploads(&w, old->template, &m->images);
    diff_grants(a, d, old, new);
    diff_states(a, d, definition_of(a, old), definition_of(a, new));
    return d;
}

static enum replacement replacement_of(const struct node *change)
{
    const struct node *n = node_get(change, S("Replacement"));
    if (!n || n->kind != NODE_STR || str_eq(n->str, S("False")))
        return REPLACE_NO;
    return str_eq(n->str, S("True")) ? REPLACE_YES : REPLACE_MAYBE;
}

void diff_refine(struct diff *d, const struct node *changes)
{
    for (size_t i = 0; changes && changes->kind == NODE_SEQ && i < changes->seq.n; i++) {
        const struct node *c = node_get(changes->seq.items[i], S("ResourceChange"));
        const struct node *id = node_get(c, S("LogicalResourceId"));
        for (size_t j = 0; id && id->kind == NODE_STR && j < d->resources.n; j++)
            if (d->resources.p[j].kind == CHANGE_UPDATE && str_eq(d->resources.p[j].id, id->str))
                d->resources.p[j].replacement = replacement_of(c);
    }
}

bool diff_any(const struct diff *d)
{
    return d->fresh || d->resources.n || d->values.n || d->grants.n || d->states.n;
}

bool diff_broadens(const struct diff *d)
{
    for (size_t i = 0; i < d->grants.n; i++)
        if (d->grants.p[i].broader)
            return true;
    return false;
}

bool diff_destroys(const struct diff *d)
{
    for (size_t i = 0; i < d->resources.n; i++) {
        const struct resource_change *c = &d->resources.p[i];
        bool replaced = c->kind == CHANGE_UPDATE && c->replacement != REPLACE_NO;
        if (!c->kept && (c->kind == CHANGE_REMOVE || (replaced && !replace_is_usual(c->type))))
            return true;
    }
    return false;
}

bool diff_levels_get(struct str list, unsigned *levels)
{
    static const struct {
        const char *name;
        unsigned level;
    } known[] = { { "never", 0 },
                  { "broadening", DIFF_BROADENING },
                  { "destructive", DIFF_DESTRUCTIVE },
                  { "any", DIFF_ANY } };
    struct str one;
    *levels = 0;
    if (!list.n)
        return false;
    while (str_split(&list, ',', &one)) {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && !str_eq(one, str_from(known[i].name)))
            i++;
        if (i == sizeof known / sizeof *known)
            return false;
        *levels |= known[i].level;
    }
    return true;
}

bool diff_reaches(const struct diff *d, unsigned levels)
{
    return ((levels & DIFF_BROADENING) && diff_broadens(d)) ||
           ((levels & DIFF_DESTRUCTIVE) && diff_destroys(d)) ||
           ((levels & DIFF_ANY) && diff_any(d));
}

const char *change_kind_name(enum change_kind k)
{
    static const char *const names_of[] = { "add", "update", "remove" };
    return names_of[k];
}

const char *replacement_name(enum replacement r)
{
    static const char *const names_of[] = { "no", "maybe", "yes" };
    return names_of[r];
}
