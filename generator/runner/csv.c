#include "runner/engine.h"

struct cursor {
    struct str s;
    size_t at;
};

/* One field, quoted or not, into *out. */
static void field(struct cursor *c, char delimiter, struct buf *out)
{
    out->n = 0;
    if (c->at < c->s.n && c->s.p[c->at] == '"') {
        for (c->at++; c->at < c->s.n; c->at++) {
            if (c->s.p[c->at] == '"') {
                if (c->at + 1 >= c->s.n || c->s.p[c->at + 1] != '"') {
                    c->at++;
                    break;
                }
                c->at++; /* "" is a quote */
            }
            buf_putc(out, c->s.p[c->at]);
        }
    }
    while (c->at < c->s.n && c->s.p[c->at] != delimiter && c->s.p[c->at] != '\n' &&
           c->s.p[c->at] != '\r')
        buf_putc(out, c->s.p[c->at++]);
}

static void line_end(struct cursor *c)
{
    if (c->at < c->s.n && c->s.p[c->at] == '\r')
        c->at++;
    if (c->at < c->s.n && c->s.p[c->at] == '\n')
        c->at++;
}

/* Lines without a character are no rows. */
struct val csv_rows(struct str text, char delimiter)
{
    struct cursor c = { .s = text };
    struct val rows = val_list();
    struct buf room;
    buf_init(&room, 0);
    if (str_starts(text, S("\xEF\xBB\xBF")))
        c.at = 3;
    while (c.at < text.n) {
        if (text.p[c.at] == '\n' || text.p[c.at] == '\r') {
            line_end(&c);
            continue;
        }
        struct val row = val_list();
        for (;;) {
            field(&c, delimiter, &room);
            row = val_list_push(row, val_str(buf_str(&room)));
            if (c.at >= text.n || text.p[c.at] != delimiter)
                break;
            c.at++;
        }
        line_end(&c);
        rows = val_list_push(rows, row);
    }
    buf_done(&room);
    return rows;
}
