#include "check/check.h"

#include "base/file.h"

/* Source: Step Functions quotas, "State machine definition size"; CloudFormation quotas,
 * "Resources", "Outputs". */
enum { RESOURCES_MAX = 500, OUTPUTS_MAX = 200 };

static void check_assets(struct plan *p, struct str root)
{
    for (size_t i = 0; i < p->assets.n; i++) {
        const struct asset *as = p->assets.p[i];
        bool file = as->kind == ASSET_FILE, there = file_exists(root, as->dir);
        if (there && file_is_dir(root, as->dir) != file)
            continue;
        const char *kind = file ? "file" : "folder";
        struct diag *d =
            there ? diag_error(p->ds, "no-file", as->span, "'%.*s' is no %s", STR(as->dir), kind)
                  : diag_error(p->ds, "no-file", as->span, "%s '%.*s' does not exist", kind,
                               STR(as->dir));
        diag_help(d, "paths are relative to the project's root");
    }
}

static void check_counts(struct plan *p)
{
    static const struct span NOWHERE;
    if (p->resources.n > RESOURCES_MAX)
        diag_error(p->ds, "too-many-resources", NOWHERE,
                   "the pipeline needs %zu resources; a stack holds at most %d", p->resources.n,
                   RESOURCES_MAX);
    if (p->outputs.n > OUTPUTS_MAX)
        diag_error(p->ds, "too-many-outputs", NOWHERE,
                   "the pipeline has %zu outputs; a stack holds at most %d", p->outputs.n,
                   OUTPUTS_MAX);
}

void check_plan(struct plan *p, struct str root)
{
    check_assets(p, root);
    check_counts(p);
}
