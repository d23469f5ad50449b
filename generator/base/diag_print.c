/* Diagnostics as text with carets, and as JSON. */
#include "base/diag.h"
#include "base/json_write.h"
#include "base/utf8.h"

enum { EXCERPT = 100 }; /* code points of a source line that are shown */

struct paint {
    const char *bold, *error, *warning, *note, *off;
};

static const struct paint COLOURS = { "\033[1m", "\033[1;31m", "\033[1;35m", "\033[1;36m",
                                      "\033[0m" };
static const struct paint PLAIN = { "", "", "", "", "" };

/* What a terminal may do with a character is not the input's business: control characters show as
 * a blank (tab) or as U+FFFD. */
static void put_visible(struct buf *out, uint32_t code)
{
    char utf8[4];
    if (code == '\t')
        code = ' ';
    else if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
             (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069))
        code = 0xFFFD;
    buf_put(out, (struct str){ utf8, utf8_put(utf8, code) });
}

static void put_text(struct buf *out, struct str text)
{
    for (size_t at = 0; at < text.n;) {
        uint32_t code = utf8_next(text, &at);
        if (code == '\n')
            buf_putc(out, '\n');
        else
            put_visible(out, code);
    }
}

/* The window of a line that is shown, in code points: all of it, or EXCERPT around `column`. */
static void window(size_t length, size_t column, size_t *from, size_t *to)
{
    *from = 0;
    *to = length;
    if (length <= EXCERPT)
        return;
    if (column > EXCERPT * 3 / 5)
        *from = column - EXCERPT * 3 / 5;
    if (*from + EXCERPT < length)
        *to = *from + EXCERPT;
    else
        *from = length - EXCERPT;
}

/* What the window is cut from: the bytes of a line that can be in it. A line may be megabytes long,
 * and most of it is never looked at. *at is the place of interest, on return within the piece. */
static struct str piece_of_line(struct str line, size_t *at)
{
    enum { REACH = 4 * (EXCERPT + 1) };
    if (*at > line.n)
        *at = line.n;
    size_t from = *at > REACH ? *at - REACH : 0;
    size_t to = line.n - *at > REACH ? *at + REACH : line.n;
    while (from && from < *at && (line.p[from] & 0xC0) == 0x80)
        from++;
    *at -= from;
    return str_sub(line, from, to);
}

/*    41 |       worker_tpye: G.2X
 *       |       ^^^^^^^^^^^ did you mean 'worker_type'?        */
static void print_excerpt(struct buf *out, struct span span, struct str help, const char *colour,
                          const struct paint *p)
{
    size_t number = source_position(span.src, span.at).line, from, to, n = 0;
    struct str line = source_line(span.src, number);
    size_t at = span.at - (size_t)(line.p - span.src->text.p);
    struct str piece = piece_of_line(line, &at);
    size_t column = utf8_length(str_sub(piece, 0, at)), length = utf8_length(piece);
    window(length, column, &from, &to);

    buf_printf(out, "%5zu | %s", number, from ? "…" : "");
    for (size_t i = 0; i < piece.n && n < to; n++) {
        uint32_t code = utf8_next(piece, &i);
        if (n >= from)
            put_visible(out, code);
    }
    buf_printf(out, "%s\n      | %s", to < length ? "…" : "", from ? " " : "");

    size_t end = piece.n - at > span.len ? at + span.len : piece.n;
    size_t carets = utf8_length(str_sub(piece, at, end));
    if (column + carets > to)
        carets = to - column;
    buf_fill(out, ' ', column - from);
    buf_put(out, str_from(colour));
    buf_fill(out, '^', carets ? carets : 1);
    buf_put(out, str_from(p->off));
    if (help.n) {
        buf_putc(out, ' ');
        put_text(out, help);
    }
    buf_putc(out, '\n');
}

static void print_place(struct buf *out, struct span span)
{
    if (!span.src) {
        buf_put(out, S("stepwright: "));
        return;
    }
    struct position pos = source_position(span.src, span.at);
    put_text(out, span.src->path);
    buf_printf(out, ":%zu:%zu: ", pos.line, pos.column);
}

static void print_note(struct buf *out, struct span span, struct str text, const struct paint *p)
{
    span = span_origin(span, NULL);
    buf_put(out, str_from(p->bold));
    print_place(out, span);
    buf_printf(out, "%snote:%s ", p->note, p->off);
    put_text(out, text);
    buf_putc(out, '\n');
    if (span.src)
        print_excerpt(out, span, (struct str){ 0 }, p->note, p);
}

static void print_one(struct buf *out, const struct diag *d, const struct paint *p)
{
    const struct frame *frame;
    struct span span = span_origin(d->span, &frame);
    bool warning = d->severity == SEVERITY_WARNING;
    const char *colour = warning ? p->warning : p->error;
    buf_put(out, str_from(p->bold));
    print_place(out, span);
    buf_printf(out, "%s%s:%s ", colour, warning ? "warning" : "error", p->off);
    put_text(out, d->message);
    buf_printf(out, " [%s]\n", d->slug);
    size_t shown = 0;
    if (span.src)
        print_excerpt(out, span, d->helps.n ? d->helps.p[shown++] : (struct str){ 0 }, colour, p);
    for (; shown < d->helps.n; shown++) {
        buf_put(out, S("      | "));
        put_text(out, d->helps.p[shown]);
        buf_putc(out, '\n');
    }
    for (size_t i = 0; i < d->notes.n; i++)
        print_note(out, d->notes.p[i].span, d->notes.p[i].text, p);
    for (; frame; frame = frame->up)
        print_note(out, frame->at, frame->what, p);
}

void diags_print(struct diags *ds, struct buf *out, bool colour)
{
    diags_sort(ds);
    for (size_t i = 0; i < ds->all.n; i++)
        print_one(out, ds->all.p[i], colour ? &COLOURS : &PLAIN);
    if (ds->dropped)
        buf_printf(out, "stepwright: %zu more are not shown\n", ds->dropped);
}

static void json_place(struct json_writer *w, struct span span)
{
    span = span_origin(span, NULL);
    if (!span.src)
        return;
    struct position from = source_position(span.src, span.at);
    struct position to = source_position(span.src, (size_t)span.at + span.len);
    json_key(w, S("file"));
    json_str(w, span.src->path);
    json_key(w, S("line"));
    json_int(w, (int64_t)from.line);
    json_key(w, S("column"));
    json_int(w, (int64_t)from.column);
    json_key(w, S("end_line"));
    json_int(w, (int64_t)to.line);
    json_key(w, S("end_column"));
    json_int(w, (int64_t)to.column);
    json_key(w, S("at"));
    json_int(w, span.at);
    json_key(w, S("length"));
    json_int(w, span.len);
}

static void json_note(struct json_writer *w, struct span span, struct str text)
{
    json_begin_map(w);
    json_key(w, S("message"));
    json_str(w, text);
    json_place(w, span);
    json_end_map(w);
}

void diags_print_json(struct diags *ds, struct buf *out)
{
    diags_sort(ds);
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_begin_list(&w);
    for (size_t i = 0; i < ds->all.n; i++) {
        const struct diag *d = ds->all.p[i];
        const struct frame *frame;
        span_origin(d->span, &frame);
        json_begin_map(&w);
        json_key(&w, S("severity"));
        json_str(&w, d->severity == SEVERITY_WARNING ? S("warning") : S("error"));
        json_key(&w, S("code"));
        json_str(&w, str_from(d->slug));
        json_key(&w, S("message"));
        json_str(&w, d->message);
        json_place(&w, d->span);
        json_key(&w, S("help"));
        json_begin_list(&w);
        for (size_t h = 0; h < d->helps.n; h++)
            json_str(&w, d->helps.p[h]);
        json_end_list(&w);
        json_key(&w, S("notes"));
        json_begin_list(&w);
        for (size_t n = 0; n < d->notes.n; n++)
            json_note(&w, d->notes.p[n].span, d->notes.p[n].text);
        for (; frame; frame = frame->up)
            json_note(&w, frame->at, frame->what);
        json_end_list(&w);
        json_end_map(&w);
    }
    json_end_list(&w);
    buf_putc(out, '\n');
}
