/* The state machine as text. */
#include "emit/emit.h"

#include "base/json_write.h"

static bool is_placeholder(const struct map *names, struct str text, size_t at)
{
    size_t end = str_find_char(text, '}', at);
    return end != SIZE_MAX && map_has(names, str_sub(text, at + 2, end));
}

/* CloudFormation looks for "${Name}" in the definition's text, whoever wrote it. What is not ours
 * is spelled so that only JSON knows it for a dollar sign. */
static void put_escaped(const struct plan *p, struct buf *out, struct str text)
{
    struct map names = { 0 };
    size_t from = 0;
    for (size_t i = 0; i < p->substitutions.n; i++)
        map_put(p->arena, &names, p->substitutions.p[i].name, out);
    for (size_t at = str_find(text, S("${"), 0); at != SIZE_MAX;
         at = str_find(text, S("${"), at + 2))
        if (!is_placeholder(&names, text, at)) {
            buf_put(out, str_sub(text, from, at));
            buf_put(out, S("\\u0024"));
            from = at + 1;
        }
    buf_put(out, str_sub(text, from, text.n));
}

void emit_asl(const struct plan *p, struct buf *out)
{
    struct json_writer w;
    struct buf text;
    buf_init(&text, 0);
    json_writer_init(&w, &text, 2);
    json_node(&w, p->definition);
    put_escaped(p, out, buf_str(&text));
    buf_putc(out, '\n');
    buf_done(&text);
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
