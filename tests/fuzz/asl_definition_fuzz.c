/* Any bytes as a definition, under each set of options: what is accepted prints and reads back the
 * same, printing twice gives the same bytes, and every message can be printed. */
#include "fuzz.h"

#include "asl/asl.h"
#include "base/json.h"
#include "base/utf8.h"

static void print_machine(struct arena *a, struct diags *ds, const struct node *root,
                          const struct asl_options *o, struct buf *text)
{
    struct json_writer w;
    struct asl_machine *m = asl_parse(a, ds, root, o);
    buf_init(text, 0);
    if (!m)
        return;
    json_writer_init(&w, text, 2);
    asl_print(&w, m);
}

static void print_and_read(struct arena *a, struct diags *ds, const struct node *root,
                           const struct asl_options *o)
{
    struct buf first, second;
    print_machine(a, ds, root, o, &first);
    struct node *again = json_read_node(a, ds, source_make(a, S("printed"), buf_str(&first)));
    MUST(again && node_equal(root, again));
    print_machine(a, ds, again, o, &second);
    MUST(str_eq(buf_str(&first), buf_str(&second)));
    buf_done(&first);
    buf_done(&second);
}

static void check_with(struct str text, struct asl_options o)
{
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    diags_init(&ds, &a);
    const struct source *src = source_make(&a, S("definition"), text);
    bool ok = asl_check(&a, &ds, src, &o);
    MUST(ok == (ds.errors == 0));
    buf_init(&out, 0);
    diags_print(&ds, &out, false);
    diags_print_json(&ds, &out);
    buf_done(&out);
    if (ok)
        print_and_read(&a, &ds, json_read_node(&a, &ds, src), &o);
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size };
    if (size > (64 << 10) || utf8_invalid_at(text) != SIZE_MAX)
        return 0;
    check_with(text, (struct asl_options){ .placeholders = true });
    check_with(text, (struct asl_options){ .strict = true, .workflow = ASL_EXPRESS });
    return 0;
}
