#include "check/check.h"

#include "check/flow.h"

#include "asl/asl.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/path.h"
#include "frontend/image.h"
#include "model/literal.h"
#include "model/schedule.h"
#include "schema/contract.h"

#include <math.h>

static void check_dockerfile(struct plan *p, struct str root, const struct asset *as)
{
    if (as->kind != ASSET_IMAGE)
        return;
    struct str file = path_join(p->arena, as->dir, as->image.file);
    if (file_exists(root, file)) {
        if (image_file_is(file))
            image_file_read(p->arena, p->ds, root, file);
        return;
    }
    struct diag *d = diag_error(p->ds, "no-file", as->span, "'%.*s' does not exist", STR(file));
    if (file_exists(root, path_join(p->arena, as->dir, S("image.yaml"))))
        diag_help(d, "'file: image.yaml' names the image file that is there");
}

static void check_assets(struct plan *p, struct str root)
{
    for (size_t i = 0; i < p->assets.n; i++) {
        const struct asset *as = p->assets.p[i];
        bool file = as->kind == ASSET_FILE, there = file_exists(root, as->dir);
        if (there && file_is_dir(root, as->dir) != file) {
            check_dockerfile(p, root, as);
            continue;
        }
        const char *kind = file ? "file" : "folder";
        struct diag *d =
            there ? diag_error(p->ds, "no-file", as->span, "'%.*s' is no %s", STR(as->dir), kind)
                  : diag_error(p->ds, "no-file", as->span, "%s '%.*s' does not exist", kind,
                               STR(as->dir));
        diag_help(d, "paths are relative to the project's root");
    }
}

static void check_needed(struct plan *p, struct str root)
{
    for (size_t i = 0; i < p->needed.n; i++) {
        const struct needed_file *f = &p->needed.p[i];
        if (file_exists(root, f->path) || !file_is_dir(root, path_dir(f->path)))
            continue;
        struct diag *d =
            diag_error(p->ds, "no-file", f->span, "file '%.*s' does not exist", STR(f->path));
        struct names names = { 0 };
        if (file_list(p->arena, p->ds, f->span, root, path_dir(f->path), &names) && names.all.n)
            diag_help(d, "the folder holds %.*s%s", STR(names.all.p[0]),
                      names.all.n > 1 ? " and others" : "");
    }
}

/* JSON has no infinities, and a number with too many digits would lose some. */
static void check_numbers(struct plan *p, const struct node *n, int depth)
{
    if (depth > LIMIT_JSON_DEPTH)
        return;
    if (n->kind == NODE_FLOAT) {
        struct str text = span_text(n->span);
        bool digits = text.n > 18; /* fewer fit into 64 bits */
        for (size_t i = 0; i < text.n; i++)
            digits = digits && (ascii_is_digit(text.p[i]) || (i == 0 && text.p[i] == '-'));
        if (!isfinite(n->number) || digits) {
            struct diag *d = diag_error(p->ds, "bad-number", n->span,
                                        digits ? "%.*s has more digits than a number keeps"
                                               : "%.*s is no number that JSON has",
                                        STR(text));
            diag_help(d, "write it in quotes");
        }
    }
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        check_numbers(p, n->seq.items[i], depth + 1);
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++)
        check_numbers(p, n->map.entries[i].value, depth + 1);
}

static void check_payload(struct plan *p, const struct schedule *sc)
{
    const struct node *given = sc->payload.node;
    const struct node *payload = given ? literal_read(p->arena, p->ds, given) : NULL;
    if (payload)
        contract_accepts(p->ds, p->pipeline->input.node, payload, given->span);
}

/* "${Name}" that somebody wrote and CloudFormation would fill with something of ours. */
static void check_holes(struct plan *p, const struct node *n, int depth)
{
    size_t at = n->kind == NODE_STR && n->span.src ? str_find(n->str, S("${"), 0) : SIZE_MAX;
    for (size_t i = 0; at != SIZE_MAX && i < p->substitutions.n; i++) {
        struct str hole = arena_printf(p->arena, "${%.*s}", STR(p->substitutions.p[i].name));
        if (str_find(n->str, hole, at) == SIZE_MAX ||
            str_find(span_text(n->span), hole, 0) == SIZE_MAX)
            continue;
        struct diag *d =
            diag_error(p->ds, "placeholder", n->span,
                       "'%.*s' would be replaced when the pipeline is deployed", STR(hole));
        diag_help(d, "that name stands for something of this pipeline: use another one");
    }
    for (size_t i = 0; depth < LIMIT_JSON_DEPTH && n->kind == NODE_SEQ && i < n->seq.n; i++)
        check_holes(p, n->seq.items[i], depth + 1);
    for (size_t i = 0; depth < LIMIT_JSON_DEPTH && n->kind == NODE_MAP && i < n->map.n; i++)
        check_holes(p, n->map.entries[i].value, depth + 1);
}

/* What a schedule sends has to be what the pipeline takes. */
static void check_payloads(struct plan *p)
{
    const struct pipeline *pl = p->pipeline;
    const struct schedule *sc = pl->schedulers.items;
    if (!pl->input.node)
        return;
    for (size_t i = 0; i < pl->schedulers.n; i++)
        check_payload(p, &sc[i]);
    for (size_t i = 0; i < pl->triggers.n; i++)
        if (pl->triggers.p[i]->kind->fields == &schedule_fields)
            check_payload(p, pl->triggers.p[i]->body);
}

/* What executions begin with. */
static const struct shape *execution_input(struct plan *p, struct arena *scratch)
{
    const struct node *schema = p->pipeline->input.node;
    return schema ? shape_of_schema(scratch, schema) : shape_of(SHAPE_ANY);
}

/* A machine that takes messages out of lists begins where it has done so. */
static void check_paths(struct plan *p, const struct asl_machine *m)
{
    struct arena scratch = { 0 };
    struct asl_machine unwrapped = *m;
    if (p->batched && m->top.start)
        unwrapped.top.start = m->top.start->choice.otherwise_target;
    flow_check(&scratch, p->ds, &unwrapped, execution_input(p, &scratch));
    arena_done(&scratch);
}

/* What AWS would refuse in the state machine, told at the line that caused it. */
static void check_machine(struct plan *p)
{
    const struct asl_options options = { .placeholders = true,
                                         .whole_paths = true,
                                         .variables_elsewhere = true };
    if (!p->definition)
        return;
    const struct asl_machine *m = asl_parse(p->arena, p->ds, p->definition, &options);
    if (m && asl_check_machine(p->arena, p->ds, m, &options))
        check_paths(p, m);
    check_definition_size(p);
    check_numbers(p, p->definition, 0);
    check_holes(p, p->definition, 0);
}

void check_plan(struct plan *p, struct str root)
{
    check_assets(p, root);
    check_needed(p, root);
    check_limits(p);
    check_timeouts(p);
    check_resource_names(p);
    check_recursion(p);
    if (!p->ds->errors) { /* what could not be lowered might have used it, or been explained */
        check_unused(p);
        check_arns(p);
    }
    check_wide(p);
    check_payloads(p);
    check_machine(p);
}
