#include "emit/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { W = 1000, H = 400 };

/* ---- what must hold for every picture ------------------------------------------------------- */

struct box {
    int64_t x, y, w, h;
};

static bool touch(struct box a, struct box b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static bool holds(struct box outer, struct box in)
{
    return outer.x <= in.x && outer.y <= in.y && in.x + in.w <= outer.x + outer.w &&
           in.y + in.h <= outer.y + outer.h;
}

static struct box node_box(const struct layout *l, size_t i)
{
    const struct layout_node *n = &l->nodes.p[i];
    return (struct box){ n->x, n->y, n->w, n->h };
}

static struct box frame_box(const struct layout *l, size_t i)
{
    const struct layout_frame *f = &l->frames.p[i];
    return (struct box){ f->x, f->y, f->w, f->h };
}

static void check_boxes(const struct layout *l)
{
    for (size_t i = 0; i < l->frames.n; i++) {
        const struct layout_frame *f = &l->frames.p[i];
        if (f->owner != SIZE_MAX)
            assert_true(holds(node_box(l, f->owner), frame_box(l, i)));
        for (size_t a = 0; a < f->nodes.n; a++) {
            assert_true(holds(frame_box(l, i), node_box(l, f->nodes.p[a])));
            for (size_t b = 0; b < a; b++)
                assert_false(touch(node_box(l, f->nodes.p[a]), node_box(l, f->nodes.p[b])));
        }
    }
    for (size_t i = 0; i < l->nodes.n; i++) {
        const struct layout_node *n = &l->nodes.p[i];
        for (size_t a = 0; a < n->frames.n; a++)
            for (size_t b = 0; b < a; b++)
                assert_false(touch(frame_box(l, n->frames.p[a]), frame_box(l, n->frames.p[b])));
    }
}

static bool is_on(const struct layout_station *s, int64_t x, int64_t y)
{
    int64_t low = s->y0 < s->y1 ? s->y0 : s->y1, high = s->y0 < s->y1 ? s->y1 : s->y0;
    return s->x == x && low <= y && y <= high;
}

/* Does another edge of the same kind to the same node pass where e stops? */
static bool is_joined(const struct layout *l, size_t edge)
{
    const struct layout_edge *e = &l->edges.p[edge];
    const struct layout_station *end = &e->way.p[e->way.n - 1];
    for (size_t i = 0; i < l->edges.n; i++) {
        const struct layout_edge *o = &l->edges.p[i];
        if (i == edge || o->to != e->to || o->kind != e->kind)
            continue;
        for (size_t k = 0; k < o->way.n; k++)
            if (is_on(&o->way.p[k], end->x, end->y1))
                return true;
    }
    return false;
}

/* Does another edge from the same node, of the same kind, to the same node stand for this one? */
static bool is_double(const struct layout *l, size_t edge)
{
    const struct layout_edge *e = &l->edges.p[edge];
    for (size_t i = 0; i < edge; i++) {
        const struct layout_edge *o = &l->edges.p[i];
        if (o->from == e->from && o->to == e->to && o->kind == e->kind && o->way.n)
            return true;
    }
    return false;
}

static bool contains(const struct layout *l, size_t outer, size_t node)
{
    for (;;) {
        size_t owner = l->frames.p[l->nodes.p[node].frame].owner;
        if (owner == SIZE_MAX)
            return false;
        if (owner == outer)
            return true;
        node = owner;
    }
}

static void check_passes_nothing(const struct layout *l, const struct layout_edge *e)
{
    for (size_t i = 0; i < l->nodes.n; i++) {
        struct box b = node_box(l, i);
        if (contains(l, i, e->from) || contains(l, i, e->to))
            continue; /* it has to cross the border */
        for (size_t k = 0; k < e->way.n; k++) {
            const struct layout_station *s = &e->way.p[k];
            int64_t low = s->y0 < s->y1 ? s->y0 : s->y1, high = s->y0 < s->y1 ? s->y1 : s->y0;
            bool beside = s->x <= b.x || s->x >= b.x + b.w;
            assert_true(beside || high <= b.y || low >= b.y + b.h);
        }
    }
}

static void check_edges(const struct layout *l)
{
    for (size_t i = 0; i < l->edges.n; i++) {
        const struct layout_edge *e = &l->edges.p[i];
        if (!e->way.n) {
            assert_true(is_double(l, i));
            continue;
        }
        assert_true(e->way.n >= 2);
        struct box from = node_box(l, e->from), to = node_box(l, e->to);
        const struct layout_station *first = &e->way.p[0], *last = &e->way.p[e->way.n - 1];
        assert_int_equal(first->y0, from.y + from.h);
        assert_true(first->x > from.x && first->x < from.x + from.w);
        if (e->arrow) {
            assert_int_equal(last->y1, to.y);
            assert_true(last->x > to.x && last->x < to.x + to.w);
        } else
            assert_true(is_joined(l, i));
        check_passes_nothing(l, e);
    }
}

static struct box label_box(const struct layout *l, size_t i)
{
    const struct layout_edge *e = &l->edges.p[i];
    return (struct box){ e->label_x, e->label_y, e->label_w, e->label_h };
}

static void check_labels(const struct layout *l)
{
    for (size_t i = 0; i < l->edges.n; i++) {
        if (!l->edges.p[i].label_w)
            continue;
        struct box b = label_box(l, i);
        assert_true(holds(frame_box(l, l->nodes.p[l->edges.p[i].from].frame), b));
        for (size_t k = 0; k < l->nodes.n; k++)
            assert_false(!l->nodes.p[k].frames.n && touch(b, node_box(l, k)));
        for (size_t k = 0; k < i; k++)
            assert_false(l->edges.p[k].label_w && touch(b, label_box(l, k)));
    }
}

static void check_all(struct layout *l)
{
    layout_run(l);
    check_boxes(l);
    check_edges(l);
    check_labels(l);
}

/* ---- pictures written as text --------------------------------------------------------------- */

/* Words: "a" makes a node; "a>b" an edge, "a~b" one of another kind, with "!" behind it a labelled
 * one; "a{" opens a frame in node a, "|" begins another one beside it, "}" closes. */
struct reader {
    struct layout *l;
    size_t nodes[128];
    size_t frames[16], owners[16];
    size_t depth;
};

static size_t node_named(struct reader *r, char c)
{
    size_t *at = &r->nodes[(unsigned char)c];
    if (*at == SIZE_MAX)
        *at = layout_add_node(r->l, r->frames[r->depth], W, H);
    return *at;
}

static void read_word(struct reader *r, struct str w)
{
    if (str_eq(w, S("}")))
        r->depth--;
    else if (str_eq(w, S("|")))
        r->frames[r->depth] = layout_add_frame(r->l, r->owners[r->depth]);
    else if (w.n == 2 && w.p[1] == '{') {
        size_t owner = node_named(r, w.p[0]);
        r->l->nodes.p[owner].head = 200;
        r->l->nodes.p[owner].padding = 100;
        r->owners[++r->depth] = owner;
        r->frames[r->depth] = layout_add_frame(r->l, owner);
    } else if (w.n >= 3) {
        size_t from = node_named(r, w.p[0]), to = node_named(r, w.p[2]);
        size_t edge = layout_add_edge(r->l, from, to);
        struct layout_edge *e = &r->l->edges.p[edge];
        e->kind = w.p[1] == '~';
        e->weight = e->kind ? 1 : 16;
        e->label_w = w.n > 3 ? 700 : 0;
        e->label_h = w.n > 3 ? 160 : 0;
    } else
        node_named(r, w.p[0]);
}

static size_t *read_layout(struct layout *l, struct arena *a, struct reader *r, const char *text)
{
    struct str rest = str_from(text), word;
    *r = (struct reader){ .l = l };
    for (size_t i = 0; i < 128; i++)
        r->nodes[i] = SIZE_MAX;
    layout_init(l, a);
    while (str_split(&rest, ' ', &word))
        read_word(r, word);
    return r->nodes;
}

static const struct picture_case {
    const char *name, *text;
} pictures[] = {
    { "one node", "a" },
    { "a chain", "a>b b>c c>d" },
    { "a diamond", "a>b a>c b>d c>d" },
    { "a way past others", "a>b b>c c>d a>d" },
    { "labels that rejoin", "a>b! a>c! a>d! b>e c>e d>e a>e!" },
    { "a loop", "a>b b>c c>a c>d" },
    { "a loop with a label", "a>b b>c c>a! c>d!" },
    { "loops within loops", "a>b b>c c>d d>c d>b d>a d>e e>a" },
    { "a node that follows itself", "a>a" },
    { "itself with a label", "a>a! a>b!" },
    { "two nodes that follow each other", "a>b b>a" },
    { "twice the same", "a>b a>b b>c" },
    { "twice the same with labels", "a>b! a>b! b>c" },
    { "both kinds to the same node", "a>b a~b a~c b~c b>c" },
    { "everybody to one handler", "a>b b>c c>d d>e a~x b~x c~x d~x e~x" },
    { "crossing by nature", "a>c a>d b>c b>d a>e b>e" },
    { "branches side by side", "a p{ b>c | d | e>f e>g } a>p p>h" },
    { "branches in branches", "p{ q{ a>b | c } q>d | r{ e | f>f } } p>z" },
    { "a box that edges cross", "a g{ b c } b>c a>b c>d a>d" },
    { "a box with two ways out", "g{ a b c } a>b a~c b>d c>d a>e! e>d" },
    { "a box that is left and entered again", "g{ a b } a>x x>b b>z" },
    { "a way back into a box", "s>a g{ a b } a>b b>c c>a! c>d!" },
    { "boxes in boxes", "s g{ h{ a b } c } s>a a>b b>c s>c a~z b~z c~z z>e c>e" },
    { "from one branch to another", "p{ a>b | c>d } b>c d>a" },
    { "from a branch to its box", "p{ a>b | c } b>p p>a" },
    { "nothing inside", "p{ | } p>a" },
    { "parts that do not hang together", "a>b c>d e f>f" },
};

static void test_pictures_are_drawable(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        struct arena a = { 0 };
        struct layout l;
        struct reader r;
        print_message("  %s\n", pictures[i].name);
        read_layout(&l, &a, &r, pictures[i].text);
        check_all(&l);
        arena_done(&a);
    }
}

static void test_flow_goes_down(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct layout l;
    struct reader r;
    size_t *n = read_layout(&l, &a, &r, "a>b b>c c>d b>d c>b d>e a~e");
    layout_run(&l);
    for (int c = 'a'; c < 'e'; c++)
        assert_true(l.nodes.p[n[c]].y + H < l.nodes.p[n[c + 1]].y);
    arena_done(&a);
}

/* What usually happens is a straight line; what happens else stands beside it. */
static void test_main_flow_is_straight(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct layout l;
    struct reader r;
    size_t *n = read_layout(&l, &a, &r, "a>b b>c c>d d>e a~x b~x c~y d~x x>z y>z");
    layout_run(&l);
    for (int c = 'b'; c <= 'e'; c++)
        assert_int_equal(l.nodes.p[n[c]].x, l.nodes.p[n['a']].x);
    assert_true(llabs((long long)(l.nodes.p[n['x']].x - l.nodes.p[n['a']].x)) >= W);
    arena_done(&a);
}

/* Lines end at a box where the flow inside of it begins. */
static void test_lines_go_on_inside(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct layout l;
    struct reader r;
    size_t *n = read_layout(&l, &a, &r, "s>p p>z p{ a>b b>c a~x a~y b~x x>y }");
    layout_run(&l);
    const struct layout_node *inner = &l.nodes.p[n['a']], *box = &l.nodes.p[n['p']];
    assert_int_not_equal(inner->x + W / 2, box->x + box->w / 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(l.edges.p[i].way.p[0].x, inner->x + W / 2);
    assert_int_equal(l.nodes.p[n['s']].x, inner->x);
    assert_int_equal(l.nodes.p[n['z']].x, inner->x);
    arena_done(&a);
}

static void test_trees_have_their_parent_in_the_middle(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct layout l;
    struct reader r;
    size_t *n = read_layout(&l, &a, &r, "a>b a>c a>d a>e b>z c>z d>z e>z");
    layout_run(&l);
    int64_t middle = (l.nodes.p[n['b']].x + l.nodes.p[n['e']].x) / 2;
    assert_true(l.nodes.p[n['a']].x >= middle - 10 && l.nodes.p[n['a']].x <= middle + 10);
    assert_true(l.nodes.p[n['z']].x >= middle - 10 && l.nodes.p[n['z']].x <= middle + 10);
    assert_true(l.nodes.p[n['b']].x < l.nodes.p[n['c']].x);
    assert_true(l.nodes.p[n['c']].x < l.nodes.p[n['d']].x);
    arena_done(&a);
}

/* ---- random pictures ------------------------------------------------------------------------ */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void make_random(struct layout *l, struct arena *a, uint32_t seed)
{
    layout_init(l, a);
    uint32_t nodes = 1 + next_random(&seed) % 30, edges = next_random(&seed) % 60;
    bool nested = next_random(&seed) % 2;
    for (uint32_t i = 0; i < nodes; i++) {
        size_t frame = nested ? next_random(&seed) % l->frames.n : 0;
        size_t n = layout_add_node(l, frame, 200 + next_random(&seed) % 2000,
                                   100 + next_random(&seed) % 600);
        l->nodes.p[n].padding = 100;
        for (uint32_t k = next_random(&seed) % 6; nested && k > 3; k--)
            layout_add_frame(l, n);
    }
    for (uint32_t i = 0; i < edges; i++) {
        size_t e = layout_add_edge(l, next_random(&seed) % nodes, next_random(&seed) % nodes);
        l->edges.p[e].kind = next_random(&seed) % 4 == 0;
        l->edges.p[e].weight = next_random(&seed) % 2 ? 16 : 1;
        l->edges.p[e].label_w = next_random(&seed) % 4 ? 0 : 100 + next_random(&seed) % 900;
        l->edges.p[e].label_h = l->edges.p[e].label_w ? 150 : 0;
    }
}

static void test_random_pictures_are_drawable(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 2000; seed++) {
        struct arena a = { 0 };
        struct layout l;
        make_random(&l, &a, seed);
        check_all(&l);
        arena_done(&a);
    }
}

static void test_the_same_again(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 50; seed++) {
        struct arena a = { 0 }, b = { 0 };
        struct layout l, m;
        make_random(&l, &a, seed);
        layout_run(&l);
        arena_alloc(&b, 1000 + seed * 16); /* at other addresses */
        make_random(&m, &b, seed);
        layout_run(&m);
        for (size_t i = 0; i < l.nodes.n; i++) {
            assert_int_equal(l.nodes.p[i].x, m.nodes.p[i].x);
            assert_int_equal(l.nodes.p[i].y, m.nodes.p[i].y);
        }
        for (size_t i = 0; i < l.edges.n; i++) {
            size_t n = l.edges.p[i].way.n;
            assert_int_equal(n, m.edges.p[i].way.n);
            assert_true(!n || !memcmp(l.edges.p[i].way.p, m.edges.p[i].way.p,
                                      n * sizeof *l.edges.p[i].way.p));
        }
        arena_done(&a);
        arena_done(&b);
    }
}

/* ---- large ones ----------------------------------------------------------------------------- */

static size_t count_stations(const struct layout *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->edges.n; i++)
        n += l->edges.p[i].way.n;
    return n;
}

/* A thousand states, each with the same error handler: one line beside them, not a thousand. */
static void test_a_long_chain_grows_linearly(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct layout l;
    layout_init(&l, &a);
    for (size_t i = 0; i < 1000; i++)
        layout_add_node(&l, 0, W, H);
    size_t handler = layout_add_node(&l, 0, W, H);
    for (size_t i = 0; i < 1000; i++) {
        size_t next = i + 1 < 1000 ? layout_add_edge(&l, i, i + 1) : SIZE_MAX;
        size_t caught = layout_add_edge(&l, i, handler);
        if (next != SIZE_MAX)
            l.edges.p[next].weight = 16;
        l.edges.p[caught].kind = 1;
    }
    check_all(&l);
    assert_true(count_stations(&l) <= 6 * 1000);
    assert_true(l.frames.p[0].w < 4 * W);
    arena_done(&a);
}

/* More long edges than there is room for bends: they go straight through, but all are there. */
static void test_a_dense_graph_stays_bounded(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct layout l;
    size_t n = 600;
    layout_init(&l, &a);
    for (size_t i = 0; i < n; i++)
        layout_add_node(&l, 0, W, H);
    for (size_t i = 0; i < n; i++) {
        layout_add_edge(&l, i, i + 1 < n ? i + 1 : 0);
        layout_add_edge(&l, i, (i * 7919 + 13) % n);
        layout_add_edge(&l, i, (i * 104729 + 5) % n);
    }
    layout_run(&l);
    check_boxes(&l);
    assert_true(count_stations(&l) < 70000);
    for (size_t i = 0; i < l.edges.n; i++)
        assert_true(l.edges.p[i].way.n >= 2 || is_double(&l, i));
    arena_done(&a);
}

static void test_many_branches_get_rows(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct layout l;
    layout_init(&l, &a);
    size_t parallel = layout_add_node(&l, 0, 0, 0);
    l.nodes.p[parallel].padding = 160;
    for (size_t i = 0; i < 50; i++)
        layout_add_node(&l, layout_add_frame(&l, parallel), W, H);
    check_all(&l);
    assert_true(l.frames.p[0].w < 20 * W);
    assert_true(l.frames.p[0].h > 3 * H);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_are_drawable),
        cmocka_unit_test(test_flow_goes_down),
        cmocka_unit_test(test_main_flow_is_straight),
        cmocka_unit_test(test_lines_go_on_inside),
        cmocka_unit_test(test_trees_have_their_parent_in_the_middle),
        cmocka_unit_test(test_random_pictures_are_drawable),
        cmocka_unit_test(test_the_same_again),
        cmocka_unit_test(test_a_long_chain_grows_linearly),
        cmocka_unit_test(test_a_dense_graph_stays_bounded),
        cmocka_unit_test(test_many_branches_get_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
