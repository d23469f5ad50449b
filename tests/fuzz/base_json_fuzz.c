/* The JSON reader on any bytes: both builders agree, what is written reads back as the same, and
 * every message can be printed. */
#include "fuzz.h"

#include "base/json.h"
#include "base/json_write.h"

static void print_messages(struct diags *ds)
{
    struct buf out;
    buf_init(&out, 0);
    diags_print(ds, &out, true);
    diags_print_json(ds, &out);
    MUST(out.n > 0);
    buf_done(&out);
}

static struct node *read_again(struct arena *a, struct diags *ds, const struct buf *text)
{
    return json_read_node(a, ds, source_make(a, S("again.json"), buf_str(text)));
}

/* The texts are compared: a double beyond 2^53 is written as an integer that it may not be. */
static void write_and_read_node(struct arena *a, struct diags *ds, const struct node *n, int indent)
{
    struct buf first, second;
    struct json_writer w;
    buf_init(&first, 0);
    buf_init(&second, 0);
    json_writer_init(&w, &first, indent);
    json_node(&w, n);
    struct node *again = read_again(a, ds, &first);
    MUST(again);
    json_writer_init(&w, &second, indent);
    json_node(&w, again);
    MUST(str_eq(buf_str(&first), buf_str(&second)));
    buf_done(&first);
    buf_done(&second);
}

static void write_val(struct buf *text, struct val v)
{
    struct json_writer w;
    buf_init(text, 0);
    json_writer_init(&w, text, 0);
    json_val(&w, v);
    MUST(text->n == peek_json_size(v));
}

static void write_and_read_val(struct val v)
{
    struct buf first, second;
    size_t error_at;
    write_val(&first, v);
    struct val again = json_parse_val(buf_str(&first), &error_at);
    MUST(again.kind != VAL_UNDEFINED);
    write_val(&second, again);
    MUST(str_eq(buf_str(&first), buf_str(&second)));
    val_free(again);
    buf_done(&first);
    buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct str text = { (const char *)data, size };
    struct source *src = source_make(&a, S("fuzz.json"), text);
    struct node *n = json_read_node(&a, &ds, src);
    MUST((n != NULL) == (ds.errors == 0));
    if (!n)
        print_messages(&ds);

    struct diags again;
    diags_init(&again, &a);
    struct val checked = json_read_val(&again, src);
    MUST((checked.kind != VAL_UNDEFINED) == (n != NULL));
    MUST(again.errors == ds.errors);

    size_t error_at = SIZE_MAX;
    struct val loose = json_parse_val(text, &error_at);
    MUST(loose.kind == VAL_UNDEFINED ? error_at <= size : error_at == SIZE_MAX);
    if (n) {
        MUST(peek_equal(checked, loose));
        MUST(node_equal(n, val_to_node(&a, val_copy(loose), n->span)));
        MUST(n->span.at + n->span.len <= size);
        write_and_read_node(&a, &ds, n, 0);
        write_and_read_node(&a, &ds, n, 3);
    }
    if (loose.kind != VAL_UNDEFINED)
        write_and_read_val(loose);
    val_free(checked);
    val_free(loose);
    arena_done(&a);
    return 0;
}
