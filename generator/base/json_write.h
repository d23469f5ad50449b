/* Deterministic JSON text into a buffer: keys in the order given, shortest numbers, UTF-8 kept as
 * it is, only what must be escaped escaped. */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include "base/buf.h"
#include "base/node.h"
#include "base/val.h"

struct json_writer {
    struct buf *out;
    int indent; /* blanks per level; 0 = compact, no white space at all */
    int depth;
    bool any; /* something stands before the next item at this level */
    bool after_key;
};

void json_writer_init(struct json_writer *w, struct buf *out, int indent);
void json_begin_map(struct json_writer *w);
void json_end_map(struct json_writer *w); /* an empty one prints {} */
void json_begin_list(struct json_writer *w);
void json_end_list(struct json_writer *w);
void json_key(struct json_writer *w, struct str key);
void json_str(struct json_writer *w, struct str s); /* invalid UTF-8 becomes U+FFFD */
void json_int(struct json_writer *w, int64_t i);
void json_float(struct json_writer *w, double d); /* NaN and infinities print null */
void json_bool(struct json_writer *w, bool b);
void json_null(struct json_writer *w);
/* A key and its value at once. */
void json_put_str(struct json_writer *w, const char *key, struct str value);
void json_put_int(struct json_writer *w, const char *key, int64_t value);
void json_node(struct json_writer *w, const struct node *n);
/* Compact, on its own; "" for NULL. */
struct str json_node_text(struct arena *a, const struct node *n);
/* VAL_UNDEFINED and extensions print null. Consumes nothing. */
void json_val(struct json_writer *w, struct val v);
/* JSON text that is already made, as one item. */
void json_raw(struct json_writer *w, struct str json);

#endif
