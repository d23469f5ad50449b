/* Any two templates, for what is deployed may be anybody's: they can be compared and printed, and a
 * template compared with itself has no changes. */
#include "fuzz.h"

#include "base/json.h"
#include "base/utf8.h"
#include "deploy/diff.h"

static void compare(struct arena *a, const struct diff_side *old, const struct diff_side *new,
                    bool same)
{
    struct manifest m = { .stack = S("s") };
    struct buf text, json;
    size_t at;
    struct diff *d = diff_make(a, old, new, &m);
    buf_init(&text, 0);
    buf_init(&json, 0);
    diff_print(d, &m, true, &text);
    diff_print_json(d, &m, &json);
    struct val v = json_parse_val(buf_str(&json), &at);
    MUST(v.kind == VAL_MAP);
    val_free(v);
    MUST(!same || d->fresh || !diff_any(d));
    MUST(diff_any(d) || (!diff_broadens(d) && !diff_destroys(d)));
    buf_done(&text);
    buf_done(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size };
    struct arena a = { 0 };
    struct diags ds;
    if (size > (32 << 10) || utf8_invalid_at(text) != SIZE_MAX)
        return 0;
    diags_init(&ds, &a);
    const struct node *n = json_read_node(&a, &ds, source_make(&a, S("input"), text));
    if (n) {
        struct diff_side old = { .template = node_get(n, S("old")),
                                 .tags = node_get(n, S("tags")) };
        struct diff_side new = { .template = node_get(n, S("new")), .iam = node_get(n, S("iam")) };
        compare(&a, &old, &new, false);
        compare(&a, &new, &old, false);
        compare(&a, &old, &old, true);
    }
    arena_done(&a);
    return 0;
}
