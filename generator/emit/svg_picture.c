/* What goes into a picture, and how large it is. */
#include "emit/svg_picture.h"

#include "emit/svg_draw.h"

enum {
    NAME_WIDTH = 190,  /* where names break */
    LABEL_WIDTH = 150, /* where edge labels break */
    HEAD_WIDTH = 420,  /* where names of boxes are cut */
    LEAF_MIN = 108,
    MARKER = 16,
    STRAIGHT = 64, /* weight of the way that a machine usually takes */
    ASIDE = 2,     /* … of what leads from or to somewhere else */
    SAFETY = 1,    /* … of an error's way */
};

void picture_init(struct picture *p, struct arena *a, struct str title)
{
    *p = (struct picture){ .arena = a, .title = title };
    layout_init(&p->layout, a);
    vec_push(a, &p->labels, (struct str){ 0 });
}

size_t picture_add_frame(struct picture *p, size_t owner, struct str label)
{
    vec_push(p->arena, &p->labels, label);
    return layout_add_frame(&p->layout, owner);
}

size_t picture_add_node(struct picture *p, size_t frame, enum picture_kind kind, struct str name)
{
    struct picture_node n = { .kind = kind, .name = name };
    vec_push(p->arena, &p->nodes, n);
    return layout_add_node(&p->layout, frame, 0, 0);
}

size_t picture_add_edge(struct picture *p, size_t from, size_t to, enum picture_edge_kind kind,
                        struct str label)
{
    struct picture_edge e = { .kind = kind, .label = label };
    vec_push(p->arena, &p->edges, e);
    return layout_add_edge(&p->layout, from, to);
}

enum picture_kind picture_kind_of(struct str type)
{
    static const struct str types[] = {
        [PICTURE_TASK] = S_INIT("Task"),         [PICTURE_CHOICE] = S_INIT("Choice"),
        [PICTURE_PARALLEL] = S_INIT("Parallel"), [PICTURE_MAP] = S_INIT("Map"),
        [PICTURE_WAIT] = S_INIT("Wait"),         [PICTURE_PASS] = S_INIT("Pass"),
        [PICTURE_SUCCEED] = S_INIT("Succeed"),   [PICTURE_FAIL] = S_INIT("Fail"),
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq(types[i], type))
            return (enum picture_kind)i;
    return PICTURE_NOTE;
}

/* Offset behind the n-th ':' of an ARN; those inside of "${…}" do not count. */
static size_t arn_part(struct str arn, size_t n)
{
    bool inside = false;
    for (size_t i = 0; i < arn.n; i++) {
        if (arn.p[i] == '$' && i + 1 < arn.n && arn.p[i + 1] == '{')
            inside = true;
        else if (arn.p[i] == '}')
            inside = false;
        else if (arn.p[i] == ':' && !inside && --n == 0)
            return i + 1;
    }
    return SIZE_MAX;
}

/* arn:partition:states:region:account:service:action, or …:lambda:region:account:function:name */
struct str picture_resource(struct arena *a, struct str arn)
{
    size_t service = arn_part(arn, 2), rest = arn_part(arn, 5);
    if (!str_starts(arn, S("arn:")) || rest == SIZE_MAX)
        return arn;
    struct str what = str_sub(arn, rest, arn.n);
    if (str_starts(str_sub(arn, service, arn.n), S("states:"))) {
        struct str sdk = S("aws-sdk:");
        return str_starts(what, sdk) ? str_sub(what, sdk.n, what.n) : what;
    }
    size_t colon = str_find_char(what, ':', 0);
    if (colon == SIZE_MAX)
        return what;
    return arena_printf(a, "%.*s %.*s", (int)colon, what.p, STR(str_sub(what, colon + 1, what.n)));
}

/* ---- sizes ---------------------------------------------------------------------------------- */

static int64_t px(int64_t n)
{
    return n * LAYOUT_PX;
}

static int64_t widest(const struct str *lines, size_t n, struct font font)
{
    int64_t w = 0;
    for (size_t i = 0; i < n; i++)
        w = text_width(lines[i], font) > w ? text_width(lines[i], font) : w;
    return w;
}

static void measure_leaf(struct picture *p, struct picture_node *n, struct layout_node *box)
{
    n->nlines = text_wrap(p->arena, n->name, FONT_NAME, px(NAME_WIDTH), PICTURE_LINES, n->lines);
    n->detail = text_shorten(p->arena, n->detail, FONT_DETAIL, px(NAME_WIDTH));
    int64_t w = widest(n->lines, n->nlines, FONT_NAME);
    int64_t detail = text_width(n->detail, FONT_DETAIL);
    w = (detail > w ? detail : w) + px(n->kind == PICTURE_CHOICE ? 44 : 28);
    box->w = w > px(LEAF_MIN) ? w : px(LEAF_MIN);
    box->h = px(20) + (int64_t)n->nlines * px(LINE_NAME) + (n->detail.n ? px(LINE_DETAIL) : 0);
}

static void measure_box(struct picture *p, struct picture_node *n, struct layout_node *box)
{
    n->lines[0] = text_shorten(p->arena, n->name, FONT_HEAD, px(HEAD_WIDTH));
    n->nlines = 1;
    n->detail = text_shorten(p->arena, n->detail, FONT_DETAIL, px(HEAD_WIDTH));
    box->w = text_width(n->lines[0], FONT_HEAD) + text_width(n->detail, FONT_DETAIL) + px(36);
    box->head = px(34);
    box->padding = px(16);
}

static void measure_node(struct picture *p, size_t i)
{
    struct picture_node *n = &p->nodes.p[i];
    struct layout_node *box = &p->layout.nodes.p[i];
    if (n->kind == PICTURE_START || n->kind == PICTURE_END)
        box->w = box->h = px(MARKER);
    else if (box->frames.n)
        measure_box(p, n, box);
    else
        measure_leaf(p, n, box);
}

static void measure_edge(struct picture *p, size_t i)
{
    struct picture_edge *e = &p->edges.p[i];
    struct layout_edge *line = &p->layout.edges.p[i];
    line->kind = (int)e->kind;
    if (!e->label.n)
        return;
    e->nlines = text_wrap(p->arena, e->label, FONT_LABEL, px(LABEL_WIDTH), 2, e->lines);
    line->label_w = widest(e->lines, e->nlines, FONT_LABEL) + px(14);
    line->label_h = (int64_t)e->nlines * px(LINE_LABEL) + px(6);
}

/* Where one branch of a state has a label, the others keep the same room. */
static void measure_frame(struct picture *p, size_t i)
{
    if (!p->labels.p[i].n)
        return;
    p->labels.p[i] = text_shorten(p->arena, p->labels.p[i], FONT_LABEL, px(NAME_WIDTH));
    p->layout.frames.p[i].w = text_width(p->labels.p[i], FONT_LABEL);
    const struct layout_node *owner = &p->layout.nodes.p[p->layout.frames.p[i].owner];
    if (p->layout.frames.p[i].head)
        return;
    for (size_t k = 0; k < owner->frames.n; k++)
        p->layout.frames.p[owner->frames.p[k]].head = px(20);
}

/* ---- the usual way -------------------------------------------------------------------------- */

struct links {
    VEC(size_t) next, before; /* nodes */
};

/* Marks everything that is reached from what is marked. */
static void spread(struct picture *p, const struct links *links, char *marked, bool forward)
{
    VEC(size_t) todo = { 0 };
    for (size_t i = 0; i < p->nodes.n; i++)
        if (marked[i])
            vec_push(p->arena, &todo, i);
    while (todo.n) {
        const struct links *l = &links[todo.p[--todo.n]];
        const size_t *to = forward ? l->next.p : l->before.p;
        for (size_t i = 0; i < (forward ? l->next.n : l->before.n); i++) {
            if (marked[to[i]])
                continue;
            marked[to[i]] = 1;
            vec_push(p->arena, &todo, to[i]);
        }
    }
}

/* What happens without an error and does not end in a Fail is to be a straight line. */
static void set_weights(struct picture *p)
{
    struct links *links = arena_make_n(p->arena, struct links, p->nodes.n);
    char *usual = arena_make_n(p->arena, char, p->nodes.n);
    char *alive = arena_make_n(p->arena, char, p->nodes.n);
    for (size_t i = 0; i < p->edges.n; i++) {
        const struct layout_edge *e = &p->layout.edges.p[i];
        if (p->edges.p[i].kind != PICTURE_NEXT)
            continue;
        vec_push(p->arena, &links[e->from].next, e->to);
        vec_push(p->arena, &links[e->to].before, e->from);
    }
    for (size_t i = 0; i < p->layout.frames.n; i++) {
        const struct layout_frame *f = &p->layout.frames.p[i];
        bool group = f->owner != SIZE_MAX && p->nodes.p[f->owner].kind == PICTURE_GROUP;
        for (size_t k = 0; k < f->nodes.n && !group; k++) {
            size_t first = f->nodes.p[k];
            while (p->nodes.p[first].kind == PICTURE_GROUP)
                first = p->layout.frames.p[p->layout.nodes.p[first].frames.p[0]].nodes.p[0];
            usual[first] = 1;
            break;
        }
    }
    for (size_t i = 0; i < p->nodes.n; i++)
        alive[i] = !links[i].next.n && p->nodes.p[i].kind != PICTURE_FAIL;
    spread(p, links, usual, true);
    spread(p, links, alive, false);
    for (size_t i = 0; i < p->edges.n; i++) {
        struct layout_edge *e = &p->layout.edges.p[i];
        bool straight = usual[e->from] && usual[e->to] && alive[e->to];
        e->weight = p->edges.p[i].kind == PICTURE_CATCH ? SAFETY : straight ? STRAIGHT : ASIDE;
    }
}

void picture_write(struct picture *p, struct buf *out)
{
    for (size_t i = 0; i < p->nodes.n; i++)
        measure_node(p, i);
    for (size_t i = 0; i < p->edges.n; i++)
        measure_edge(p, i);
    for (size_t i = 0; i < p->labels.n; i++)
        measure_frame(p, i);
    set_weights(p);
    layout_run(&p->layout);
    draw_picture(p, out);
}
