#include "deploy/cfn_text.h"

#include "base/json_write.h"

enum { JOIN_DEPTH = 8 }; /* functions inside functions; deeper ones stay JSON */

static void put_text(struct buf *out, const struct node *n, int depth);

static void put_json(struct buf *out, const struct node *n)
{
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_node(&w, n);
}

static bool put_get_att(struct buf *out, const struct node *arg)
{
    if (arg->kind == NODE_STR) {
        buf_printf(out, "${%.*s}", STR(arg->str));
        return true;
    }
    if (arg->kind != NODE_SEQ || arg->seq.n != 2 || arg->seq.items[0]->kind != NODE_STR ||
        arg->seq.items[1]->kind != NODE_STR)
        return false;
    buf_printf(out, "${%.*s.%.*s}", STR(arg->seq.items[0]->str), STR(arg->seq.items[1]->str));
    return true;
}

static bool put_join(struct buf *out, const struct node *arg, int depth)
{
    if (arg->kind != NODE_SEQ || arg->seq.n != 2 || arg->seq.items[0]->kind != NODE_STR ||
        arg->seq.items[1]->kind != NODE_SEQ)
        return false;
    const struct node *list = arg->seq.items[1];
    for (size_t i = 0; i < list->seq.n; i++) {
        if (i)
            buf_put(out, arg->seq.items[0]->str);
        put_text(out, list->seq.items[i], depth + 1);
    }
    return true;
}

static bool put_function(struct buf *out, struct str name, const struct node *arg, int depth)
{
    if (str_eq(name, S("Ref")) && arg->kind == NODE_STR) {
        buf_printf(out, "${%.*s}", STR(arg->str));
        return true;
    }
    if (str_eq(name, S("Fn::Sub")) && arg->kind == NODE_STR) {
        buf_put(out, arg->str);
        return true;
    }
    if (str_eq(name, S("Fn::GetAtt")))
        return put_get_att(out, arg);
    return str_eq(name, S("Fn::Join")) && depth < JOIN_DEPTH && put_join(out, arg, depth);
}

static void put_text(struct buf *out, const struct node *n, int depth)
{
    if (n->kind == NODE_STR)
        buf_put(out, n->str);
    else if (n->kind != NODE_MAP || n->map.n != 1 ||
             !put_function(out, n->map.entries[0].key, n->map.entries[0].value, depth))
        put_json(out, n);
}

struct str cfn_text(struct arena *a, const struct node *n)
{
    struct buf out;
    if (!n)
        return (struct str){ 0 };
    buf_init(&out, 0);
    put_text(&out, n, 0);
    struct str text = arena_str(a, buf_str(&out));
    buf_done(&out);
    return text;
}
