#include "cli/synth.h"

#include "check/check.h"

bool synth_project(struct cli *c, struct project *pr, struct str root, struct str stage,
                   const struct texts *defines)
{
    *pr = (struct project){
        .arena = &c->arena, .ds = &c->ds, .engines = &c->engines, .root = root, .stage_name = stage
    };
    pr->reads.arena = &c->arena;
    for (size_t i = 0; i < defines->all.n; i++) {
        struct str text = defines->all.p[i];
        size_t equals = str_find_char(text, '=', 0);
        if (equals == SIZE_MAX || equals == 0) {
            cli_usage(c, "-D takes key=value, not '%.*s'", STR(text));
            return false;
        }
        struct define d = { str_sub(text, 0, equals), str_sub(text, equals + 1, text.n) };
        vec_push(&c->arena, &pr->defines, d);
    }
    return true;
}

struct plan *synth_plan(struct project *pr, struct str config)
{
    size_t before = pr->ds->errors;
    struct pipeline *pl = project_load(pr, config);
    struct plan *p = pl ? plan_make(pr->arena, pr->ds, pl) : NULL;
    if (p)
        check_plan(p, pr->root);
    return pr->ds->errors == before ? p : NULL;
}
