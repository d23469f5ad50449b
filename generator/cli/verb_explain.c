/* explain: what a type or a key means, from the field tables; with --pipeline where a key was set
 * there, and what the value became in the state machine and the template. */
#include "base/json_write.h"
#include "base/limits.h"
#include "cli/synth.h"
#include "frontend/reference.h"

#include <stdio.h>

struct explain {
    struct cli *c;
    const struct topic *topic;
    const struct plan *plan;
    VEC(const struct node *) seen; /* items: a step may become several states */
    size_t found;
};

/* ---- where a value is ----------------------------------------------------------------------- */

static struct str place_of(struct cli *c, struct span span)
{
    struct span at = span_origin(span, NULL);
    if (!at.src)
        return S("nowhere");
    struct position pos = source_position(at.src, at.at);
    return arena_printf(&c->arena, "%.*s:%zu:%zu", STR(at.src->path), pos.line, pos.column);
}

/* The value on one line of the screen. */
static struct str shown(struct cli *c, const struct node *n)
{
    enum { WIDTH = 100 };
    struct str s = json_node_text(&c->arena, n);
    return s.n <= WIDTH ? s : arena_printf(&c->arena, "%.*s…", WIDTH, s.p);
}

static const struct node *find_spelling(const struct node *map, const struct field *f)
{
    const struct node *n = node_get(map, str_from(f->key));
    for (size_t i = 0; !n && f->aliases && f->aliases[i]; i++)
        n = node_get(map, str_from(f->aliases[i]));
    return n;
}

/* The value of the topic's key below `n`, `depth` keys in; of lists that of the first that has one.
 * Depth is that of the tables. */
static const struct node *find_value(const struct topic *t, const struct node *n, size_t depth)
{
    if (n && n->kind == NODE_SEQ) {
        const struct node *found = NULL;
        for (size_t i = 0; !found && i < n->seq.n; i++)
            if (n->seq.items[i]->kind == NODE_MAP)
                found = find_value(t, n->seq.items[i], depth);
        return found;
    }
    if (!n || depth == t->path.n || n->kind != NODE_MAP)
        return n;
    const struct node *inner = find_spelling(n, t->path.p[depth]);
    return inner ? find_value(t, inner, depth + 1) : NULL;
}

/* An item's keys stand in it, in its config: or in its properties:. */
static const struct node *find_in_item(const struct topic *t, const struct node *item)
{
    static const char *const WRAPPERS[] = { "config", "properties" };
    const struct node *found = find_value(t, item, 0);
    for (size_t i = 0; i < sizeof WRAPPERS / sizeof *WRAPPERS; i++) {
        const struct node *inner = node_get(item, str_from(WRAPPERS[i]));
        if (inner && inner->kind == NODE_MAP && (!found || found == inner))
            found = find_value(t, inner, 0);
    }
    return found;
}

/* ---- what it became ------------------------------------------------------------------------- */

static bool within(struct span inner, struct span outer)
{
    return inner.src && inner.src == outer.src && inner.at >= outer.at &&
           inner.at + inner.len <= outer.at + outer.len;
}

/* Whatever is made of the value has its span, or one inside of it. */
static void print_made(struct explain *e, const struct node *n, struct span value, struct str path,
                       int depth)
{
    struct arena *a = &e->c->arena;
    if (!n || depth > LIMIT_JSON_DEPTH)
        return;
    bool leaf = n->kind != NODE_MAP && n->kind != NODE_SEQ;
    if (leaf && within(n->span, value)) {
        printf("      becomes %.*s: %.*s\n", STR(path), STR(shown(e->c, n)));
        return;
    }
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++)
        print_made(e, n->map.entries[i].value, value,
                   arena_printf(a, "%.*s.%.*s", STR(path), STR(n->map.entries[i].key)), depth + 1);
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        print_made(e, n->seq.items[i], value, arena_printf(a, "%.*s[%zu]", STR(path), i),
                   depth + 1);
}

static void print_value(struct explain *e, struct str what, const struct node *value)
{
    const struct field *f = e->topic->path.p[e->topic->path.n - 1];
    e->found++;
    if (!value) {
        bool dflt =
            f->dflt && e->topic->path.n == 1; /* else of a map that may be missing as well */
        printf("    %.*s: not set%s%s%s%s\n", STR(what), dflt ? "; by default " : "",
               dflt ? f->dflt : "", dflt && f->unit ? " " : "", dflt && f->unit ? f->unit : "");
        return;
    }
    printf("    %.*s: %.*s, set at %.*s\n", STR(what), STR(shown(e->c, value)),
           STR(place_of(e->c, value->span)));
    print_made(e, e->plan->definition, value->span, S("state machine"), 0);
    for (size_t i = 0; i < e->plan->resources.n; i++) {
        const struct resource *r = e->plan->resources.p[i];
        print_made(e, r->props, value->span,
                   arena_printf(&e->c->arena, "%.*s (%s)", STR(r->id), r->type), 0);
    }
}

/* ---- items ---------------------------------------------------------------------------------- */

static bool is_meant(struct explain *e, const struct item *it)
{
    const struct topic *t = e->topic;
    if (t->kind ? it->kind != t->kind : it->role != ROLE_STEP || !str_eq(t->owner, S("step")))
        return false;
    for (size_t i = 0; i < e->seen.n; i++)
        if (e->seen.p[i] == it->node)
            return false;
    vec_push(&e->c->arena, &e->seen, it->node);
    return true;
}

static void print_item(struct explain *e, const struct item *it)
{
    static const char *const ROLES[] = {
        [ROLE_RESOURCE] = "resource", [ROLE_TRIGGER] = "trigger", [ROLE_STEP] = "step"
    };
    if (is_meant(e, it))
        print_value(e, arena_printf(&e->c->arena, "%s '%.*s'", ROLES[it->role], STR(it->name.s)),
                    find_in_item(e->topic, it->node));
}

static void print_steps(struct explain *e, const struct scope *sc, int depth)
{
    if (!sc || depth > LIMIT_GROUP_DEPTH)
        return;
    for (size_t i = 0; i < sc->states.n; i++) {
        const struct state *s = sc->states.p[i];
        if (s->step)
            print_item(e, &s->step->item);
        for (size_t j = 0; j < s->scopes.n; j++)
            print_steps(e, s->scopes.p[j], depth + 1);
    }
}

static void print_in_pipeline(struct explain *e, struct str stage)
{
    const struct pipeline *pl = e->plan->pipeline;
    printf("  in %.*s, stage %.*s:\n", STR(pl->config), STR(stage));
    for (size_t i = 0; i < pl->resources.n; i++)
        print_item(e, pl->resources.p[i]);
    for (size_t i = 0; i < pl->triggers.n; i++)
        print_item(e, pl->triggers.p[i]);
    print_steps(e, e->plan->machine, 0);
    if (str_eq(e->topic->owner, S("pipeline")))
        print_value(e, S("the pipeline"), find_in_item(e->topic, pl->node));
    if (!e->found)
        printf("    there is no %.*s\n", STR(e->topic->owner));
}

/* ---- the verb ------------------------------------------------------------------------------- */

static int explain_in_pipeline(struct cli *c, const struct topic *topic, struct str pipeline,
                               struct synth_options *o)
{
    struct project pr;
    struct str config;
    if (!topic->path.n)
        return cli_usage(c, "--pipeline is for keys, like %.*s.name", STR(topic->owner));
    if (!cli_find_root(c, cli_config_of(c, pipeline), &o->root, &config))
        return cli_finish(c);
    if (!synth_project(c, &pr, o->root, o))
        return EXIT_USAGE;
    const struct plan *p = synth_plan(&pr, config);
    struct explain e = { .c = c, .topic = topic, .plan = p };
    if (!p)
        return cli_finish(c);
    print_in_pipeline(&e, o->stage);
    return EXIT_GOOD; /* warnings are for those who compile */
}

static int unknown_topic(struct cli *c, struct str text, struct str near)
{
    static const struct span NOWHERE;
    struct diag *d =
        diag_error(&c->ds, "unknown-topic", NOWHERE, "nothing is called '%.*s'", STR(text));
    if (near.n)
        diag_help(d, "did you mean '%.*s'?", STR(near));
    else
        diag_help(d, "for example lambda_function, lambda_function.timeout, step.retry");
    return cli_finish(c);
}

int verb_explain(struct cli *c, int argc, char **argv)
{
    struct texts args = { 0 };
    struct synth_options o = { .stage = S("dev") };
    struct str pipeline = { 0 }, near;
    struct topic topic;
    const struct option options[] = { { "--pipeline", OPTION_TEXT, &pipeline, false },
                                      { "--stage", OPTION_TEXT, &o.stage, false },
                                      SYNTH_OPTIONS(o) };
    if (argc && strcmp(argv[0], "variable") == 0)
        return explain_variable(c, argc - 1, argv + 1);
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one topic");
    if (!reference_find(&c->arena, &c->engines, args.all.p[0], &topic, &near))
        return unknown_topic(c, args.all.p[0], near);
    struct buf text;
    buf_init(&text, 0);
    reference_explain(&topic, &text);
    fwrite(text.p, 1, text.n, stdout);
    buf_done(&text);
    return pipeline.n ? explain_in_pipeline(c, &topic, pipeline, &o) : cli_finish(c);
}
