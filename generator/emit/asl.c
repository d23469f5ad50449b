/* The state machine as text. */
#include "emit/emit.h"

#include "base/json_write.h"

void emit_asl(const struct plan *p, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_node(&w, p->definition);
    buf_putc(out, '\n');
}

size_t emit_count_states(const struct scope *sc)
{
    size_t n = 0;
    for (size_t i = 0; sc && i < sc->states.n; i++) {
        n++;
        for (size_t j = 0; j < sc->states.p[i]->scopes.n; j++)
            n += emit_count_states(sc->states.p[i]->scopes.p[j]);
    }
    return n;
}
