/* Whose permissions are not shown to be least:
 *
 *     policy_coverage <engines>
 *
 * Each step type of the registry, and each sort of role that a case has ("function", "the training
 * job of step"), needs a case with the calls that AWS makes: calls.yaml with `roles`. */
#include "base/file.h"
#include "base/json.h"
#include "base/map.h"
#include "cli/registry.h"

#include <stdio.h>

struct run {
    struct arena *arena;
    struct diags *ds;
    struct str folder;
    VEC(struct str) shown;    /* pipeline.yaml of the cases with calls */
    struct map roles, proven; /* sorts of roles → the case */
    int failures;
};

static struct str read_text(struct run *r, struct str name)
{
    struct str text = { 0 };
    file_read(r->arena, r->ds, (struct span){ 0 }, r->folder, name, (size_t)1 << 24, &text);
    return text;
}

/* "function 'greet'" → "function … for lambda.amazonaws.com". */
static void add_roles(struct run *r, struct str name, struct str shown)
{
    const struct source *src = source_read(r->arena, r->ds, (struct span){ 0 }, r->folder, name);
    const struct node *iam = src ? json_read_node(r->arena, r->ds, src) : NULL;
    const struct node *roles = node_get(iam, S("roles"));
    for (size_t i = 0; roles && i < roles->seq.n; i++) {
        struct str who = node_get(roles->seq.items[i], S("for"))->str;
        size_t quote = str_find_char(who, '\'', 0);
        if (quote != SIZE_MAX)
            who = str_sub(who, 0, quote);
        struct str service = node_get(roles->seq.items[i], S("assumed_by"))->str;
        who = arena_printf(r->arena, "%.*s… for %.*s", STR(who), STR(service));
        struct str *kept = arena_make(r->arena, struct str);
        *kept = name;
        map_put(r->arena, shown.n ? &r->proven : &r->roles, who, kept);
    }
}

static void add_case(struct run *r, struct str name)
{
    struct str calls = arena_printf(r->arena, "%.*s/calls.yaml", STR(name));
    struct str iam = arena_printf(r->arena, "%.*s/expect/pipeline.iam.json", STR(name));
    if (!file_exists(r->folder, iam))
        return;
    add_roles(r, iam, S(""));
    if (!file_exists(r->folder, calls) ||
        str_find(read_text(r, calls), S("\nroles:"), 0) == SIZE_MAX)
        return;
    add_roles(r, iam, name);
    struct str pipeline = arena_printf(r->arena, "%.*s/pipeline.yaml", STR(name));
    vec_push(r->arena, &r->shown, read_text(r, pipeline));
}

static void add_cases(struct run *r)
{
    struct names services = { 0 };
    file_list(r->arena, r->ds, (struct span){ 0 }, (struct str){ 0 }, r->folder, &services);
    for (size_t i = 0; i < services.all.n; i++) {
        struct str service = services.all.p[i];
        struct names cases = { 0 };
        if (!file_is_dir(r->folder, service))
            continue;
        file_list(r->arena, r->ds, (struct span){ 0 }, r->folder, service, &cases);
        for (size_t k = 0; k < cases.all.n; k++)
            add_case(r, arena_printf(r->arena, "%.*s/%.*s", STR(service), STR(cases.all.p[k])));
    }
}

/* Whether the text says `type: name`. */
static bool says_type(struct str text, struct str name)
{
    for (size_t at = str_find(text, S("type:"), 0); at != SIZE_MAX;
         at = str_find(text, S("type:"), at + 1)) {
        struct str rest = str_trim(str_sub(text, at + 5, text.n));
        if (rest.n && (rest.p[0] == '"' || rest.p[0] == '\''))
            rest = str_sub(rest, 1, rest.n);
        char next = rest.n > name.n ? rest.p[name.n] : ' ';
        if (str_starts(rest, name) && !ascii_is_alnum(next) && next != '_')
            return true;
    }
    return false;
}

static void check_types(struct run *r)
{
    struct engines engines = registry_engines();
    for (size_t e = 0; e < engines.n; e++)
        for (size_t k = 0; k < engines.list[e]->nkinds; k++) {
            const struct kind *kind = &engines.list[e]->kinds[k];
            bool shown = !(kind->roles & ROLE_STEP);
            for (size_t i = 0; !shown && i < r->shown.n; i++)
                shown = says_type(r->shown.p[i], str_from(kind->type));
            if (shown)
                continue;
            printf("step type '%s' has no case with the calls that it makes (calls.yaml)\n",
                   kind->type);
            r->failures++;
        }
}

static void check_roles(struct run *r)
{
    for (size_t i = 0; i < r->roles.n; i++) {
        const struct map_entry *e = &r->roles.entries[i];
        if (map_get(&r->proven, e->key))
            continue;
        const struct str *where = e->value;
        printf("no calls.yaml lists the calls of a role like \"%.*s\" (%.*s)\n", STR(e->key),
               STR(*where));
        r->failures++;
    }
}

int main(int argc, char **argv)
{
    struct arena arena = { 0 };
    struct diags ds;
    if (argc != 2) {
        fprintf(stderr, "usage: policy_coverage ENGINES\n");
        return 2;
    }
    diags_init(&ds, &arena);
    struct run r = { .arena = &arena, .ds = &ds, .folder = str_from(argv[1]) };
    add_cases(&r);
    check_types(&r);
    check_roles(&r);
    struct buf messages;
    buf_init(&messages, 0);
    diags_print(&ds, &messages, false);
    printf("%.*s", STR(buf_str(&messages)));
    int failures = r.failures + (int)ds.errors;
    buf_done(&messages);
    arena_done(&arena);
    return failures ? 1 : 0;
}
