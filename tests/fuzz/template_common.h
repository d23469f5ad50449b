/* What the two fuzz targets of the template layer share: options from the first byte of the input,
 * and what must hold of diagnostics. */
#ifndef FUZZ_TEMPLATE_COMMON_H
#define FUZZ_TEMPLATE_COMMON_H

#include "fuzz.h"

#include "base/utf8.h"
#include "template/template.h"

static inline struct template_options fuzz_options(uint8_t bits)
{
    struct template_options o = bits & 1 ? template_options_config() : template_options_jinja();
    o.trim_blocks = bits & 2;
    o.lstrip_blocks = bits & 4;
    o.autoescape = bits & 8;
    if (bits & 16) {
        o.line_statement = S("#");
        o.line_comment = S("##");
    }
    if (bits & 32)
        o.undefined = bits & 1 ? TEMPLATE_DEBUG : TEMPLATE_CHAINABLE;
    if (bits & 64) {
        o.block_start = S("<%");
        o.block_end = S("%>");
        o.variable_start = S("${");
        o.variable_end = S("}");
        o.newline = S("\r\n");
    }
    return o;
}

/* Every message points into a source, and can be printed. */
static inline void fuzz_check_diags(struct diags *ds)
{
    struct buf out;
    for (size_t i = 0; i < ds->all.n; i++) {
        struct span s = ds->all.p[i]->span;
        MUST(s.src);
        MUST((size_t)s.at + s.len <= s.src->text.n);
        for (size_t k = 0; k < ds->all.p[i]->notes.n; k++) {
            s = ds->all.p[i]->notes.p[k].span;
            MUST(!s.src || (size_t)s.at + s.len <= s.src->text.n);
        }
    }
    buf_init(&out, 1 << 20);
    diags_print(ds, &out, false);
    buf_done(&out);
}

#endif
