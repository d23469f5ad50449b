#include "base/json_write.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"

#include <math.h>

void json_writer_init(struct json_writer *w, struct buf *out, int indent)
{
    *w = (struct json_writer){ .out = out, .indent = indent };
}

static void new_line(struct json_writer *w)
{
    if (w->indent == 0)
        return;
    buf_putc(w->out, '\n');
    buf_fill(w->out, ' ', (size_t)w->indent * (size_t)w->depth);
}

/* What stands between the former item and the next. */
static void separate(struct json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->any)
        buf_putc(w->out, ',');
    if (w->depth)
        new_line(w);
    w->any = true;
}

static void begin(struct json_writer *w, char bracket)
{
    separate(w);
    buf_putc(w->out, bracket);
    w->depth++;
    w->any = false;
}

static void end(struct json_writer *w, char bracket)
{
    w->depth--;
    if (w->any)
        new_line(w);
    buf_putc(w->out, bracket);
    w->any = true;
}

void json_begin_map(struct json_writer *w)
{
    begin(w, '{');
}

void json_end_map(struct json_writer *w)
{
    end(w, '}');
}

void json_begin_list(struct json_writer *w)
{
    begin(w, '[');
}

void json_end_list(struct json_writer *w)
{
    end(w, ']');
}

static void put_escape(struct buf *out, unsigned char c)
{
    static const char SHORT[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *p = SHORT; *p; p += 2) {
        if (c == (unsigned char)p[0]) {
            buf_put(out, (struct str){ (char[]){ '\\', p[1] }, 2 });
            return;
        }
    }
    buf_printf(out, "\\u%04x", (unsigned)c);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Nonzero if one of eight bytes must be looked at: a quote, a backslash, a control character or
 * anything beyond ASCII. A byte b is below n where (b - n) borrows; x ^ c is 0 where x is c. */
static uint64_t special_bytes(const char *p)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t x;
    memcpy(&x, p, sizeof x);
    uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
    return (x | (x - ones * 0x20) | (quote - ones) | (slash - ones)) & tops;
}

/* Which of eight bytes in memory is the first that special_bytes means; the later ones may be
 * wrong, because it borrows from them. */
static size_t first_byte(uint64_t special)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return special ? (size_t)__builtin_ctzll(special) / 8 : 0;
#else
    (void)special;
    return 0; /* each byte is looked at */
#endif
}

/* End of the run of bytes from `at` that are printed as they are. */
static size_t plain_run(struct str s, size_t at)
{
    const size_t word = sizeof(uint64_t);
    for (;;) {
        uint64_t special = 0;
        while (s.n - at >= word && !(special = special_bytes(s.p + at)))
            at += word;
        at += first_byte(special);
        /* The rest, if it is the end of eight bytes of the string. */
        if (at == s.n || (s.n >= word && s.n - at < word && !special_bytes(s.p + s.n - word)))
            return s.n;
        unsigned char c = (unsigned char)s.p[at];
        size_t len = c < 0x80 ? is_plain(c) : utf8_sequence(str_sub(s, at, s.n));
        if (!len)
            return at;
        at += len;
    }
}

static void put_plain(struct buf *out, struct str s)
{
    char *to = buf_room(out, s.n + 2);
    if (!to)
        return;
    to[0] = '"';
    if (s.n)
        memcpy(to + 1, s.p, s.n);
    to[s.n + 1] = '"';
    out->n += s.n + 2;
}

static void put_quoted(struct buf *out, struct str s)
{
    size_t end = plain_run(s, 0);
    if (end == s.n) {
        put_plain(out, s);
        return;
    }
    buf_putc(out, '"');
    buf_put(out, str_sub(s, 0, end));
    while (end < s.n) {
        unsigned char c = (unsigned char)s.p[end];
        if (c >= 0x80)
            buf_put(out, S("\xEF\xBF\xBD"));
        else
            put_escape(out, c);
        size_t from = end + 1;
        end = plain_run(s, from);
        buf_put(out, str_sub(s, from, end));
    }
    buf_putc(out, '"');
}

void json_key(struct json_writer *w, struct str key)
{
    separate(w);
    put_quoted(w->out, key);
    buf_put(w->out, w->indent ? S(": ") : S(":"));
    w->after_key = true;
}

void json_str(struct json_writer *w, struct str s)
{
    separate(w);
    put_quoted(w->out, s);
}

void json_int(struct json_writer *w, int64_t i)
{
    char text[NUM_TEXT];
    json_raw(w, (struct str){ text, num_put_int(text, i) });
}

void json_float(struct json_writer *w, double d)
{
    char text[NUM_TEXT];
    if (isfinite(d))
        json_raw(w, (struct str){ text, num_put_double(text, d) });
    else
        json_null(w);
}

void json_bool(struct json_writer *w, bool b)
{
    json_raw(w, b ? S("true") : S("false"));
}

void json_null(struct json_writer *w)
{
    json_raw(w, S("null"));
}

void json_raw(struct json_writer *w, struct str json)
{
    separate(w);
    buf_put(w->out, json);
}

/* A container that is being printed, and how far. Trees that code has built may be deeper than a
 * reader allows, so the way down is kept on the heap. */
struct level {
    const struct node *node; /* or, where it is NULL, */
    struct val val;
    bool is_map;
    size_t next, count;
};

struct levels {
    struct level *p;
    size_t n, cap;
};

static void enter(struct json_writer *w, struct levels *stack, struct level l)
{
    if (l.is_map)
        json_begin_map(w);
    else
        json_begin_list(w);
    if (stack->n == stack->cap) {
        stack->cap = stack->cap ? stack->cap * 2 : 16;
        stack->p = mem_realloc(stack->p, stack->cap * sizeof *stack->p);
    }
    stack->p[stack->n++] = l;
}

/* Prints a scalar whole, of a container the beginning. */
static void put_node(struct json_writer *w, struct levels *stack, const struct node *n)
{
    switch (n->kind) {
    case NODE_NULL:
        json_null(w);
        return;
    case NODE_BOOL:
        json_bool(w, n->boolean);
        return;
    case NODE_INT:
        json_int(w, n->integer);
        return;
    case NODE_FLOAT:
        json_float(w, n->number);
        return;
    case NODE_STR:
        json_str(w, n->str);
        return;
    case NODE_SEQ:
        enter(w, stack, (struct level){ .node = n, .count = n->seq.n });
        return;
    case NODE_MAP:
        enter(w, stack, (struct level){ .node = n, .is_map = true, .count = n->map.n });
        return;
    }
    UNREACHABLE();
}

static void put_val(struct json_writer *w, struct levels *stack, struct val v)
{
    switch (v.kind) {
    case VAL_UNDEFINED:
    case VAL_NULL:
    case VAL_EXT:
        json_null(w);
        return;
    case VAL_BOOL:
        json_bool(w, v.boolean);
        return;
    case VAL_INT:
        json_int(w, v.integer);
        return;
    case VAL_FLOAT:
        json_float(w, v.number);
        return;
    case VAL_STR:
        json_str(w, peek_str(v));
        return;
    case VAL_LIST:
    case VAL_MAP:
        enter(w, stack,
              (struct level){ .val = v, .is_map = v.kind == VAL_MAP, .count = peek_count(v) });
        return;
    }
    UNREACHABLE();
}

/* Keys that are no strings are printed as the strings of their JSON text. */
static void put_val_key(struct json_writer *w, struct val key)
{
    char text[NUM_TEXT];
    if (key.kind == VAL_STR)
        json_key(w, peek_str(key));
    else if (key.kind == VAL_INT)
        json_key(w, (struct str){ text, num_put_int(text, key.integer) });
    else if (key.kind == VAL_FLOAT)
        json_key(w, (struct str){ text, num_put_double(text, key.number) });
    else if (key.kind == VAL_BOOL)
        json_key(w, key.boolean ? S("true") : S("false"));
    else
        json_key(w, S("null"));
}

static void put_child(struct json_writer *w, struct levels *stack, struct level l)
{
    if (l.node && l.is_map) {
        json_key(w, l.node->map.entries[l.next].key);
        put_node(w, stack, l.node->map.entries[l.next].value);
    } else if (l.node) {
        put_node(w, stack, l.node->seq.items[l.next]);
    } else if (l.is_map) {
        put_val_key(w, peek_key_at(l.val, l.next));
        put_val(w, stack, peek_value_at(l.val, l.next));
    } else {
        put_val(w, stack, peek_item(l.val, l.next));
    }
}

static void put_rest(struct json_writer *w, struct levels *stack)
{
    while (stack->n) {
        struct level now = stack->p[stack->n - 1];
        if (now.next < now.count) {
            stack->p[stack->n - 1].next++;
            put_child(w, stack, now);
        } else {
            if (now.is_map)
                json_end_map(w);
            else
                json_end_list(w);
            stack->n--;
        }
    }
    mem_free(stack->p);
}

void json_node(struct json_writer *w, const struct node *n)
{
    struct levels stack = { 0 };
    put_node(w, &stack, n);
    put_rest(w, &stack);
}

void json_val(struct json_writer *w, struct val v)
{
    struct levels stack = { 0 };
    put_val(w, &stack, v);
    put_rest(w, &stack);
}

void json_put_str(struct json_writer *w, const char *key, struct str value)
{
    json_key(w, str_from(key));
    json_str(w, value);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value)
{
    json_key(w, str_from(key));
    json_int(w, value);
}

struct str json_node_text(struct arena *a, const struct node *n)
{
    struct buf out;
    struct json_writer w;
    if (!n)
        return (struct str){ 0 };
    buf_init(&out, 0);
    json_writer_init(&w, &out, 0);
    json_node(&w, n);
    struct str s = arena_str(a, buf_str(&out));
    buf_done(&out);
    return s;
}
