/* Messages about any text at any place: the first bytes say where, how the text is cut into the
 * segments of a template, and the rest is the text. */
#include "fuzz.h"

#include "base/diag.h"

enum { PLACES = 3, HEAD = PLACES * 4 };

static uint32_t two_bytes(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

/* The text as if a template had made it out of itself, `step` bytes at a time. */
static struct source *make_generated(struct arena *a, const struct source *src, uint32_t step)
{
    struct source *made = source_make(a, src->path, src->text);
    VEC(struct segment) segments = { 0 };
    struct frame *frame = arena_make(a, struct frame);
    *frame = (struct frame){ .what = S("in macro 'm'"), .at = { src, 0, 1 } };
    for (uint32_t at = 0; at < src->text.n; at += step) {
        uint32_t from = (uint32_t)src->text.n - at < step ? 0 : (uint32_t)src->text.n - at - step;
        struct segment s = { .at = at, .literal = at / step % 2, .from = { src, from, step } };
        s.frame = at / step % 3 ? frame : NULL;
        vec_push(a, &segments, s);
    }
    source_map(a, made, segments.p, segments.n);
    return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD)
        return 0;
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    buf_init(&out, 0);
    diags_init(&ds, &a);
    struct str text = { (const char *)data + HEAD, size - HEAD };
    struct source *src = source_make(&a, S("f"), text);
    struct source *made = make_generated(&a, src, data[3] % 16u + 1);
    for (size_t i = 0; i < PLACES; i++) {
        const uint8_t *p = data + i * 4;
        uint32_t at = two_bytes(p) % ((uint32_t)text.n + 1);
        uint32_t len = p[2] % ((uint32_t)text.n - at + 1);
        struct diag *d = diag_error(&ds, "w", (struct span){ i % 2 ? made : src, at, len }, "%.*s",
                                    STR(str_sub(text, at, at + len)));
        diag_help(d, "%.*s", STR(text));
        diag_note(d, (struct span){ made, at, len }, "here");
    }
    diags_print(&ds, &out, data[3] & 1);
    diags_print_json(&ds, &out);
    MUST(out.n > 0 && diags_exit(&ds) == 1);
    buf_done(&out);
    arena_done(&a);
    return 0;
}
