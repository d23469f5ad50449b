#include "cli/synth.h"

#include "check/check.h"

bool synth_project(struct cli *c, struct project *pr, struct str root,
                   const struct synth_options *o)
{
    *pr = (struct project){ .arena = &c->arena,
                            .ds = &c->ds,
                            .engines = &c->engines,
                            .root = root,
                            .stage_name = o->stage,
                            .env_compat = o->env_compat };
    pr->reads.arena = &c->arena;
    pr->lenient = str_eq(o->undefined, S("lenient"));
    if (o->undefined.n && !pr->lenient && !str_eq(o->undefined, S("strict"))) {
        cli_usage(c, "--undefined is '%.*s'; expected strict or lenient", STR(o->undefined));
        return false;
    }
    for (size_t i = 0; i < o->defines.all.n; i++) {
        struct str text = o->defines.all.p[i];
        size_t equals = str_find_char(text, '=', 0);
        if (equals == SIZE_MAX || equals == 0) {
            cli_usage(c, "-D takes key=value, not '%.*s'", STR(text));
            return false;
        }
        if (str_eq(str_sub(text, 0, equals), S("stage")) ||
            str_eq(str_sub(text, 0, equals), S("pipeline_name"))) {
            cli_usage(c, "-D cannot set %.*s: names in AWS are made of it", (int)equals, text.p);
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
