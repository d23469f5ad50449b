#include "plan/format.h"

void format_init(struct format *f, struct arena *a)
{
    *f = (struct format){ .arena = a };
    buf_init(&f->plain, 0);
    buf_init(&f->pattern, 0);
    buf_init(&f->arguments, 0);
}

/* Source: States Language, "Intrinsic Functions": in a string, \' \{ \} and \\ stand for the
 * characters themselves. */
void format_text(struct format *f, struct str s)
{
    buf_put(&f->plain, s);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'' || s.p[i] == '\\' || s.p[i] == '{' || s.p[i] == '}')
            buf_putc(&f->pattern, '\\');
        buf_putc(&f->pattern, s.p[i]);
    }
}

void format_value(struct format *f, struct str path)
{
    f->runtime = true;
    buf_put(&f->pattern, S("{}"));
    buf_printf(&f->arguments, ", %.*s", STR(path));
}

struct vstr format_done(struct format *f, struct span span)
{
    struct vstr v = { .span = span, .set = true, .runtime = f->runtime };
    v.s = f->runtime ? arena_printf(f->arena, "States.Format('%.*s'%.*s)",
                                    STR(buf_str(&f->pattern)), STR(buf_str(&f->arguments)))
                     : arena_str(f->arena, buf_str(&f->plain));
    buf_done(&f->plain);
    buf_done(&f->pattern);
    buf_done(&f->arguments);
    return v;
}
