#include "emit/svg_draw.h"

#include "base/num.h"
#include "base/xml.h"

struct colours {
    const char *line, *fill;
};

/* Lines are dark enough for white and light enough for black; fills are light, under dark text. */
static const struct colours colours[] = {
    [PICTURE_TASK] = { "#3b78d8", "#eaf1fc" },     [PICTURE_CHOICE] = { "#c77d0a", "#fdf3df" },
    [PICTURE_PARALLEL] = { "#8461c9", "#f1ecfa" }, [PICTURE_MAP] = { "#b4539b", "#faeaf6" },
    [PICTURE_WAIT] = { "#158a8a", "#e2f5f4" },     [PICTURE_PASS] = { "#7b8794", "#f1f3f5" },
    [PICTURE_SUCCEED] = { "#2f9457", "#e5f5eb" },  [PICTURE_FAIL] = { "#d34a45", "#fceae9" },
    [PICTURE_GROUP] = { "#7b8794", "#f1f3f5" },    [PICTURE_START] = { "#7b8794", "#7b8794" },
    [PICTURE_END] = { "#7b8794", "#7b8794" },      [PICTURE_NOTE] = { "#7b8794", "#f1f3f5" },
};

static const char *const edge_colours[] = {
    [PICTURE_NEXT] = "#7b8794",
    [PICTURE_CATCH] = "#d9605b",
};

#define INK "#1f2933"
#define FAINT "#5f6c7a"

enum { MARGIN = 16 * LAYOUT_PX, TURN = 34 * LAYOUT_PX, ARROW = 8 * LAYOUT_PX };

/* ---- numbers -------------------------------------------------------------------------------- */

/* Units as pixels with at most one decimal. */
static void put_units(struct buf *out, int64_t v)
{
    char text[NUM_TEXT];
    if (v < 0)
        buf_putc(out, '-');
    v = v < 0 ? -v : v;
    buf_put(out, (struct str){ text, num_put_int(text, v / LAYOUT_PX) });
    if (v % LAYOUT_PX)
        buf_printf(out, ".%d", (int)(v % LAYOUT_PX));
}

static void put_attribute(struct buf *out, const char *name, int64_t v)
{
    buf_printf(out, " %s=\"", name);
    put_units(out, v);
    buf_putc(out, '"');
}

static void put_point(struct buf *out, const char *command, int64_t x, int64_t y)
{
    buf_put(out, str_from(command));
    put_units(out, x);
    buf_putc(out, ' ');
    put_units(out, y);
}

static void put_box(struct buf *out, int64_t x, int64_t y, int64_t w, int64_t h, int64_t rx)
{
    buf_put(out, S("<rect"));
    put_attribute(out, "x", x);
    put_attribute(out, "y", y);
    put_attribute(out, "width", w);
    put_attribute(out, "height", h);
    put_attribute(out, "rx", rx);
}

/* ---- edges ---------------------------------------------------------------------------------- */

static void put_curve(struct buf *out, int64_t x0, int64_t x1, int64_t y1, int64_t bend0,
                      int64_t bend1)
{
    put_point(out, "C", x0, bend0);
    put_point(out, " ", x1, bend1);
    put_point(out, " ", x1, y1);
}

/* From the end of station a to the beginning of b: straight, sideways, or a half turn. */
static void put_passage(struct buf *out, const struct layout_station *a,
                        const struct layout_station *b, bool was_down, bool is_down)
{
    if (was_down && !is_down) {
        int64_t low = (a->y1 > b->y0 ? a->y1 : b->y0) + TURN;
        put_curve(out, a->x, b->x, b->y0, low, low);
    } else if (!was_down && is_down) {
        int64_t high = (a->y1 < b->y0 ? a->y1 : b->y0) - TURN;
        put_curve(out, a->x, b->x, b->y0, high, high);
    } else if (a->x == b->x)
        put_point(out, "L", b->x, b->y0);
    else
        put_curve(out, a->x, b->x, b->y0, (a->y1 + b->y0) / 2, (a->y1 + b->y0) / 2);
}

/* A station with no length goes on in the direction in which it was reached. */
static bool goes_down(const struct layout_station *before, const struct layout_station *s)
{
    if (s->y1 != s->y0)
        return s->y1 > s->y0;
    return !before || s->y0 > before->y1;
}

static void put_way(struct buf *out, const struct layout_edge *e)
{
    bool was_down = true;
    for (size_t i = 0; i < e->way.n; i++) {
        struct layout_station s = e->way.p[i];
        bool is_down =
            i + 1 == e->way.n && e->arrow ? true : goes_down(i ? &e->way.p[i - 1] : NULL, &s);
        if (i + 1 == e->way.n && e->arrow)
            s.y1 -= ARROW * 3 / 4; /* under the arrow's head */
        if (s.y1 < s.y0 && is_down)
            s.y0 = s.y1;
        if (i == 0)
            put_point(out, "M", s.x, s.y0);
        else
            put_passage(out, &e->way.p[i - 1], &s, was_down, is_down);
        if (s.y1 != s.y0)
            put_point(out, "L", s.x, s.y1);
        was_down = is_down;
    }
}

static void put_arrow(struct buf *out, const struct layout_edge *e)
{
    const struct layout_station *end = &e->way.p[e->way.n - 1];
    put_point(out, "M", end->x, end->y1);
    put_point(out, "l", -ARROW / 2, -ARROW);
    put_point(out, "l", ARROW, 0);
    buf_put(out, S("z"));
}

static void put_edges(const struct picture *p, struct buf *out, enum picture_edge_kind kind)
{
    bool any = false;
    for (size_t i = 0; i < p->edges.n; i++) {
        const struct layout_edge *e = &p->layout.edges.p[i];
        if (p->edges.p[i].kind != kind || e->way.n < 2)
            continue;
        if (!any)
            buf_printf(out, "<g fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"%s>\n",
                       edge_colours[kind],
                       kind == PICTURE_CATCH ? " stroke-dasharray=\"5 3\"" : "");
        any = true;
        buf_put(out, S("<path d=\""));
        put_way(out, e);
        buf_put(out, S("\"/>\n"));
    }
    if (!any)
        return;
    buf_printf(out, "</g>\n<path fill=\"%s\" d=\"", edge_colours[kind]);
    for (size_t i = 0; i < p->edges.n; i++)
        if (p->edges.p[i].kind == kind && p->layout.edges.p[i].arrow)
            put_arrow(out, &p->layout.edges.p[i]);
    buf_put(out, S("\"/>\n"));
}

/* ---- text ----------------------------------------------------------------------------------- */

static void put_title(struct buf *out, struct str text)
{
    if (!text.n)
        return;
    buf_put(out, S("<title>"));
    xml_put(out, text);
    buf_put(out, S("</title>"));
}

static void put_text(struct buf *out, int64_t x, int64_t baseline, struct font font,
                     const char *colour, struct str text)
{
    buf_put(out, S("<text"));
    put_attribute(out, "x", x);
    put_attribute(out, "y", baseline);
    buf_printf(out, " font-size=\"%d\"%s fill=\"%s\">", font.size,
               font.bold ? " font-weight=\"bold\"" : "", colour);
    xml_put(out, text);
    buf_put(out, S("</text>"));
}

/* Lines centred on x, the first one's line box beginning at y. */
static int64_t put_lines(struct buf *out, int64_t x, int64_t y, int line, struct font font,
                         const char *colour, const struct str *lines, size_t n)
{
    for (size_t i = 0; i < n; i++, y += line * LAYOUT_PX)
        put_text(out, x, y + (line + font.size * 7 / 10) * LAYOUT_PX / 2, font, colour, lines[i]);
    return y;
}

static void put_label(const struct picture *p, struct buf *out, size_t i)
{
    const struct picture_edge *e = &p->edges.p[i];
    const struct layout_edge *l = &p->layout.edges.p[i];
    buf_put(out, S("<g>"));
    put_title(out, e->label);
    put_box(out, l->label_x, l->label_y, l->label_w, l->label_h, 80);
    buf_printf(out, " fill=\"#f6f7f9\" stroke=\"%s\" stroke-opacity=\".5\"/>",
               edge_colours[e->kind]);
    put_lines(out, l->label_x + l->label_w / 2, l->label_y + 3 * LAYOUT_PX, LINE_LABEL, FONT_LABEL,
              INK, e->lines, e->nlines);
    buf_put(out, S("</g>\n"));
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static void put_hexagon(struct buf *out, const struct layout_node *n)
{
    int64_t corner = 14 * LAYOUT_PX;
    buf_put(out, S("<path d=\""));
    put_point(out, "M", n->x, n->y + n->h / 2);
    put_point(out, "L", n->x + corner, n->y);
    put_point(out, "L", n->x + n->w - corner, n->y);
    put_point(out, "L", n->x + n->w, n->y + n->h / 2);
    put_point(out, "L", n->x + n->w - corner, n->y + n->h);
    put_point(out, "L", n->x + corner, n->y + n->h);
    buf_put(out, S("z\""));
}

static void put_leaf(struct buf *out, const struct picture_node *n, const struct layout_node *box)
{
    const struct colours *c = &colours[n->kind];
    bool ends = n->kind == PICTURE_SUCCEED || n->kind == PICTURE_FAIL;
    buf_put(out, S("<g>"));
    put_title(out, n->tip);
    if (n->kind == PICTURE_CHOICE)
        put_hexagon(out, box);
    else
        put_box(out, box->x, box->y, box->w, box->h, ends ? box->h / 2 : 6 * LAYOUT_PX);
    buf_printf(out, " fill=\"%s\" stroke=\"%s\" stroke-width=\"1.5\"/>", c->fill, c->line);
    int64_t x = box->x + box->w / 2;
    int64_t y =
        put_lines(out, x, box->y + 10 * LAYOUT_PX, LINE_NAME, FONT_NAME, INK, n->lines, n->nlines);
    put_lines(out, x, y, LINE_DETAIL, FONT_DETAIL, FAINT, &n->detail, n->detail.n > 0);
    buf_put(out, S("</g>\n"));
}

static void put_marker(struct buf *out, const struct picture_node *n, const struct layout_node *box)
{
    int64_t x = box->x + box->w / 2, y = box->y + box->h / 2;
    bool start = n->kind == PICTURE_START;
    buf_put(out, S("<g>"));
    put_title(out, start ? S("start") : S("end"));
    buf_put(out, S("<circle"));
    put_attribute(out, "cx", x);
    put_attribute(out, "cy", y);
    buf_printf(out, " r=\"7\" fill=\"%s\" stroke=\"%s\" stroke-width=\"2\"/>",
               start ? colours[n->kind].fill : "none", colours[n->kind].line);
    if (!start) {
        buf_put(out, S("<circle"));
        put_attribute(out, "cx", x);
        put_attribute(out, "cy", y);
        buf_printf(out, " r=\"4\" fill=\"%s\"/>", colours[n->kind].fill);
    }
    buf_put(out, S("</g>\n"));
}

/* Dashed lines between branches side by side, and what each is for. */
static void put_branches(const struct picture *p, struct buf *out, const struct layout_node *box,
                         const char *colour)
{
    const struct layout_frame *frames = p->layout.frames.p;
    int64_t bottom = box->y + box->h - box->padding;
    for (size_t i = box->frames.n; i-- > 0;) {
        const struct layout_frame *f = &frames[box->frames.p[i]];
        if (i + 1 < box->frames.n && frames[box->frames.p[i + 1]].y != f->y)
            bottom = frames[box->frames.p[i + 1]].y - box->padding;
        struct str label = p->labels.p[box->frames.p[i]];
        if (label.n)
            put_text(out, f->x + f->w / 2, f->y + 11 * LAYOUT_PX, FONT_LABEL, colour, label);
        if (!i || frames[box->frames.p[i - 1]].y != f->y)
            continue;
        buf_printf(out, "<path stroke=\"%s\" stroke-opacity=\".4\" stroke-dasharray=\"2 4\" d=\"",
                   colour);
        put_point(out, "M", f->x - box->padding / 2, f->y);
        put_point(out, "L", f->x - box->padding / 2, bottom);
        buf_put(out, S("\"/>"));
    }
}

/* The name of a box in the corner that edges leave free, shortened if there is little room. */
static void put_heading(const struct picture *p, struct buf *out, size_t i)
{
    const struct picture_node *n = &p->nodes.p[i];
    const struct layout_node *box = &p->layout.nodes.p[i];
    const char *colour = colours[n->kind].line;
    int64_t pad = 12 * LAYOUT_PX, y = box->y + 21 * LAYOUT_PX, x = box->x + pad;
    int64_t left = box->lines_from - x - pad / 2;
    int64_t right = box->x + box->w - pad - box->lines_to - pad / 2;
    int64_t width = text_width(n->lines[0], FONT_HEAD);
    bool at_left = width <= left || left >= right;
    struct str name = text_shorten(p->arena, n->lines[0], FONT_HEAD, at_left ? left : right);
    if (!at_left)
        x = box->x + box->w - pad - text_width(name, FONT_HEAD);
    put_text(out, x, y, FONT_HEAD, colour, name);
    if (n->detail.n)
        put_text(out, x + width + pad * 2 / 3, y, FONT_DETAIL, colour, n->detail);
}

static void put_container(const struct picture *p, struct buf *out, size_t i)
{
    const struct picture_node *n = &p->nodes.p[i];
    const struct layout_node *box = &p->layout.nodes.p[i];
    const char *colour = colours[n->kind].line;
    buf_put(out, S("<g>"));
    put_title(out, n->tip);
    put_box(out, box->x, box->y, box->w, box->h, 8 * LAYOUT_PX);
    buf_printf(out, " fill=\"%s\" fill-opacity=\".07\" stroke=\"%s\"%s/>", colour, colour,
               n->kind == PICTURE_GROUP ? " stroke-opacity=\".6\"" : " stroke-width=\"1.5\"");
    buf_put(out, S("<g text-anchor=\"start\">"));
    put_heading(p, out, i);
    buf_put(out, S("</g>"));
    put_branches(p, out, box, colour);
    buf_put(out, S("</g>\n"));
}

/* ---- the picture ---------------------------------------------------------------------------- */

static void put_head(const struct picture *p, struct buf *out)
{
    const struct layout_frame *all = &p->layout.frames.p[0];
    int64_t w = all->w + 2 * MARGIN, h = all->h + 2 * MARGIN;
    buf_put(out, S("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    put_attribute(out, "width", w);
    put_attribute(out, "height", h);
    buf_put(out, S(" viewBox=\""));
    put_point(out, "", -MARGIN, -MARGIN);
    put_point(out, " ", w, h);
    buf_put(out, S("\" role=\"img\" font-family=\"Helvetica, Arial, 'Liberation Sans', "
                   "sans-serif\" text-anchor=\"middle\">\n"));
    put_title(out, p->title);
    buf_putc(out, '\n');
}

void draw_picture(const struct picture *p, struct buf *out)
{
    put_head(p, out);
    for (size_t i = 0; i < p->nodes.n; i++)
        if (p->layout.nodes.p[i].frames.n)
            put_container(p, out, i);
    put_edges(p, out, PICTURE_CATCH);
    put_edges(p, out, PICTURE_NEXT);
    for (size_t i = 0; i < p->edges.n; i++)
        if (p->edges.p[i].nlines)
            put_label(p, out, i);
    for (size_t i = 0; i < p->nodes.n; i++) {
        const struct picture_node *n = &p->nodes.p[i];
        if (n->kind == PICTURE_START || n->kind == PICTURE_END)
            put_marker(out, n, &p->layout.nodes.p[i]);
        else if (!p->layout.nodes.p[i].frames.n)
            put_leaf(out, n, &p->layout.nodes.p[i]);
    }
    buf_put(out, S("</svg>\n"));
}
