/* From the plan to a picture: states become nodes, groups that span several of them boxes. */
#include "emit/svg.h"

#include "base/limits.h"
#include "emit/svg_group.h"
#include "emit/svg_picture.h"

enum { LABEL_BYTES = 200 }; /* more would not be seen */

/* Numbers for things known by their address. Only looked up, never listed: the order of addresses
 * does not reach the output. */
struct numbers {
    struct arena *arena;
    struct map map;
};

static struct str address_key(const void *const *p)
{
    return (struct str){ (const char *)p, sizeof *p };
}

static size_t number_find(const struct numbers *n, const void *p)
{
    const size_t *at = map_get(&n->map, address_key(&p));
    return at ? *at : SIZE_MAX;
}

static void number_set(struct numbers *n, const void *p, size_t number)
{
    size_t *value = arena_make(n->arena, size_t);
    *value = number;
    map_put(n->arena, &n->map, arena_str(n->arena, address_key(&p)), value);
}

/* ---- text ----------------------------------------------------------------------------------- */

static struct str text_of(const struct state *s, const char *key)
{
    const struct node *n = node_get(s->body, str_from(key));
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}

static struct str detail_of_wait(struct arena *a, const struct state *s)
{
    const struct node *seconds = node_get(s->body, S("Seconds"));
    if (seconds && seconds->kind == NODE_INT)
        return arena_printf(a, "wait %lld s", (long long)seconds->integer);
    static const char *const keys[] = { "Seconds", "SecondsPath", "Timestamp", "TimestampPath" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (text_of(s, keys[i]).n)
            return arena_printf(a, "wait %s%.*s", i < 2 ? "" : "until ", STR(text_of(s, keys[i])));
    return S("wait");
}

/* The resource that ${name} stands for, or NULL. */
static const struct resource *resource_behind(const struct plan *p, struct str name)
{
    const struct node *value = NULL;
    for (size_t i = 0; i < p->substitutions.n && !value; i++)
        if (str_eq(p->substitutions.p[i].name, name))
            value = p->substitutions.p[i].value;
    const struct node *id = node_get(value, S("Ref"));
    const struct node *attribute = node_get(value, S("Fn::GetAtt"));
    if (attribute && attribute->kind == NODE_SEQ && attribute->seq.n)
        id = attribute->seq.items[0];
    for (size_t i = 0; id && id->kind == NODE_STR && i < p->resources.n; i++)
        if (str_eq(p->resources.p[i]->id, id->str))
            return p->resources.p[i];
    return NULL;
}

/* "AWS::StepFunctions::StateMachine" → "stepfunctions state machine" */
static struct str words_of_type(struct arena *a, struct str type)
{
    struct buf b;
    buf_init(&b, 0);
    size_t colon = str_rfind_char(type, ':');
    for (size_t i = str_starts(type, S("AWS::")) ? 5 : 0; i < type.n; i++) {
        bool word = colon != SIZE_MAX && i > colon + 1 && ascii_is_upper(type.p[i]);
        if ((type.p[i] == ':' && i == colon) || (word && ascii_is_lower(type.p[i - 1])))
            buf_putc(&b, ' ');
        if (type.p[i] != ':')
            buf_putc(&b, ascii_lower(type.p[i]));
    }
    struct str words = arena_str(a, buf_str(&b));
    buf_done(&b);
    return words;
}

/* What a Task calls; a placeholder is told by what it stands for. */
static struct str detail_of_task(struct arena *a, const struct plan *p, struct str resource)
{
    if (!str_starts(resource, S("${")) || !str_ends(resource, S("}")))
        return picture_resource(a, resource);
    struct str name = str_sub(resource, 2, resource.n - 1);
    const struct resource *r = resource_behind(p, name);
    return r ? words_of_type(a, str_from(r->type)) : name;
}

static struct str detail_of(struct arena *a, const struct plan *p, const struct state *s,
                            enum picture_kind kind)
{
    struct str error = text_of(s, "Error");
    switch (kind) {
    case PICTURE_TASK:
        return detail_of_task(a, p, text_of(s, "Resource"));
    case PICTURE_WAIT:
        return detail_of_wait(a, s);
    case PICTURE_PASS:
        return S("pass");
    case PICTURE_FAIL:
        return error.n ? error : S("fail");
    case PICTURE_MAP:
        return S("map");
    case PICTURE_PARALLEL:
        if (s->scopes.n < 2)
            return (struct str){ 0 };
        return arena_printf(a, "%zu branches", s->scopes.n);
    default:
        return (struct str){ 0 };
    }
}

static struct str tip_of(struct arena *a, const struct state *s)
{
    struct str comment = text_of(s, "Comment"), resource = text_of(s, "Resource");
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, "%s: %.*s", s->type, STR(s->name));
    if (comment.n)
        buf_printf(&b, "\n%.*s", STR(comment));
    if (resource.n)
        buf_printf(&b, "\n%.*s", STR(resource));
    for (size_t i = 0; s->retry && i < s->retry->seq.n; i++) {
        const struct node *times = node_get(s->retry->seq.items[i], S("MaxAttempts"));
        if (times && times->kind == NODE_INT)
            buf_printf(&b, "\nretried up to %lld times", (long long)times->integer);
    }
    struct str tip = arena_str(a, buf_str(&b));
    buf_done(&b);
    return tip;
}

/* The errors that a catcher is for; nothing where it is for all. */
static struct str label_of_catch(struct arena *a, const struct catcher *c)
{
    struct str label = { 0 };
    const struct node *errors = c->error_equals;
    for (size_t i = 0; errors && i < errors->seq.n && label.n < LABEL_BYTES; i++) {
        const struct node *e = errors->seq.items[i];
        if (e->kind != NODE_STR || (errors->seq.n == 1 && str_eq(e->str, S("States.ALL"))))
            continue;
        label = label.n ? arena_printf(a, "%.*s, %.*s", STR(label), STR(e->str)) : e->str;
    }
    return label;
}

/* ---- scopes --------------------------------------------------------------------------------- */

struct drawing {
    struct picture picture;
    struct arena *arena;
    const struct plan *plan;
    struct numbers nodes; /* of states */
};

/* Calls f for every transition out of s. */
static void each_next(struct drawing *d, const struct state *s,
                      void (*f)(struct drawing *d, void *data, const struct state *to,
                                enum picture_edge_kind kind, struct str label),
                      void *data)
{
    for (size_t i = 0; i < s->rules.n; i++)
        if (s->rules.p[i]->next)
            f(d, data, s->rules.p[i]->next, PICTURE_NEXT, s->rules.p[i]->label);
    if (s->otherwise)
        f(d, data, s->otherwise, PICTURE_NEXT, S("otherwise"));
    if (s->next)
        f(d, data, s->next, PICTURE_NEXT, (struct str){ 0 });
    for (size_t i = 0; i < s->catchers.n; i++)
        if (s->catchers.p[i]->next)
            f(d, data, s->catchers.p[i]->next, PICTURE_CATCH,
              label_of_catch(d->arena, s->catchers.p[i]));
}

struct transition {
    struct grouping *grouping;
    const struct numbers *places; /* of states in the scope */
    size_t from;
};

static void note_next(struct drawing *d, void *data, const struct state *to,
                      enum picture_edge_kind kind, struct str label)
{
    struct transition *t = data;
    size_t place = number_find(t->places, to);
    (void)kind;
    (void)label;
    if (place != SIZE_MAX)
        vec_push(d->arena, &t->grouping->states.p[t->from].next, place);
}

static void draw_next(struct drawing *d, void *data, const struct state *to,
                      enum picture_edge_kind kind, struct str label)
{
    size_t from = number_find(&d->nodes, data), at = number_find(&d->nodes, to);
    if (at != SIZE_MAX)
        picture_add_edge(&d->picture, from, at, kind, label);
}

/* The scope's states, the first one first. */
static const struct state **list_states(struct arena *a, const struct scope *sc)
{
    const struct state **list = arena_make_n(a, const struct state *, sc->states.n);
    size_t n = 0;
    for (size_t i = 0; i < sc->states.n; i++)
        if (sc->states.p[i] == sc->start)
            list[n++] = sc->states.p[i];
    for (size_t i = 0; i < sc->states.n; i++)
        if (sc->states.p[i] != sc->start)
            list[n++] = sc->states.p[i];
    return list;
}

static bool ends_well(const struct state *s)
{
    enum picture_kind kind = picture_kind_of(str_from(s->type));
    return !s->next && kind != PICTURE_CHOICE && kind != PICTURE_FAIL;
}

/* The mark where a scope ends: the machine has one; a branch where the end could be overlooked. */
static size_t add_end(struct drawing *d, const struct scope *sc, size_t frame)
{
    size_t ends = 0;
    bool unclear = frame == 0;
    for (size_t i = 0; i < sc->states.n; i++) {
        const struct state *s = sc->states.p[i];
        if (!ends_well(s))
            continue;
        unclear |= s->catchers.n > 0 || ends > 0;
        ends++;
    }
    if (!ends || !unclear)
        return SIZE_MAX;
    return picture_add_node(&d->picture, frame, PICTURE_END, (struct str){ 0 });
}

static void add_edges(struct drawing *d, const struct state *s, size_t end)
{
    if (end != SIZE_MAX && ends_well(s))
        picture_add_edge(&d->picture, number_find(&d->nodes, s), end, PICTURE_NEXT,
                         (struct str){ 0 });
    each_next(d, s, draw_next, (void *)s);
}

/* Groups inside a Parallel that a group became: its own name stands on the Parallel already. */
static void find_groups(struct drawing *d, struct grouping *g, const struct state **states,
                        size_t n, const struct group *around, const struct group ***groups)
{
    struct numbers places = { .arena = d->arena }, known = { .arena = d->arena };
    *groups = arena_make_n(d->arena, const struct group *, n);
    for (size_t i = 0; i < n; i++) {
        const struct group *group = states[i]->group;
        struct grouping_state gs = { .group = SIZE_MAX };
        number_set(&places, states[i], i);
        if (group && group != around && group->name.s.n) {
            gs.group = number_find(&known, group);
            if (gs.group == SIZE_MAX) {
                gs.group = g->ngroups++;
                number_set(&known, group, gs.group);
                (*groups)[gs.group] = group;
            }
        }
        vec_push(d->arena, &g->states, gs);
    }
    for (size_t i = 0; i < n; i++) {
        struct transition t = { g, &places, i };
        each_next(d, states[i], note_next, &t);
    }
    grouping_run(g);
}

static void add_scopes(struct drawing *d, const struct state *s, size_t node, int depth);

static void add_state(struct drawing *d, const struct state *s, size_t frame, int depth)
{
    enum picture_kind kind = picture_kind_of(str_from(s->type));
    size_t node = picture_add_node(&d->picture, frame, kind, s->name);
    number_set(&d->nodes, s, node);
    d->picture.nodes.p[node].detail = detail_of(d->arena, d->plan, s, kind);
    d->picture.nodes.p[node].tip = tip_of(d->arena, s);
    if (depth < LIMIT_DEPTH)
        add_scopes(d, s, node, depth + 1);
}

/* The frame inside of a box, made with the frames around it when its first state needs it. */
static size_t frame_of_box(struct drawing *d, const struct grouping *g, size_t box, size_t *frames,
                           const struct group **groups, size_t frame)
{
    size_t outer = frame;
    if (box == SIZE_MAX)
        return frame;
    if (frames[box] != SIZE_MAX)
        return frames[box];
    size_t path[LIMIT_DEPTH], n = 0;
    for (size_t b = box; b != SIZE_MAX && frames[b] == SIZE_MAX && n < LIMIT_DEPTH;
         b = g->boxes.p[b].outer) {
        path[n++] = b;
        size_t up = g->boxes.p[b].outer;
        outer = up == SIZE_MAX ? frame : frames[up];
    }
    while (n-- > 0) {
        const struct group *group = groups[g->boxes.p[path[n]].group];
        size_t node = picture_add_node(&d->picture, outer, PICTURE_GROUP, group->name.s);
        d->picture.nodes.p[node].tip = group->comment.s;
        outer = frames[path[n]] = picture_add_frame(&d->picture, node, (struct str){ 0 });
    }
    return outer;
}

static void add_scope(struct drawing *d, const struct scope *sc, size_t frame,
                      const struct group *around, int depth)
{
    size_t n = sc->states.n;
    const struct state **states = list_states(d->arena, sc);
    const struct group **groups;
    struct grouping g = { .arena = d->arena };
    find_groups(d, &g, states, n, around, &groups);
    size_t *frames = arena_make_n(d->arena, size_t, g.boxes.n);
    for (size_t i = 0; i < g.boxes.n; i++)
        frames[i] = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        add_state(d, states[i], frame_of_box(d, &g, g.states.p[i].box, frames, groups, frame),
                  depth);
    size_t end = add_end(d, sc, frame);
    for (size_t i = 0; i < n; i++)
        add_edges(d, states[i], end);
}

/* A branch of several states says what it is for; one of a single state has that state's name. */
static void add_scopes(struct drawing *d, const struct state *s, size_t node, int depth)
{
    for (size_t i = 0; i < s->scopes.n; i++) {
        const struct scope *sc = s->scopes.p[i];
        struct str label = sc->states.n > 1 ? sc->label : (struct str){ 0 };
        size_t frame = picture_add_frame(&d->picture, node, label);
        add_scope(d, sc, frame, s->group, depth);
    }
}

void emit_svg(const struct plan *p, struct buf *out)
{
    struct arena scratch = { 0 };
    struct drawing d = { .arena = &scratch, .plan = p, .nodes = { .arena = &scratch } };
    picture_init(&d.picture, &scratch, p->pipeline->full_name);
    if (p->machine && p->machine->states.n) {
        size_t start = picture_add_node(&d.picture, 0, PICTURE_START, (struct str){ 0 });
        add_scope(&d, p->machine, 0, NULL, 0);
        picture_add_edge(&d.picture, start, number_find(&d.nodes, p->machine->start), PICTURE_NEXT,
                         (struct str){ 0 });
    } else
        picture_add_node(&d.picture, 0, PICTURE_NOTE, S("no steps"));
    picture_write(&d.picture, out);
    arena_done(&scratch);
}
