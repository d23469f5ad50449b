#include "corpus.h"

#include "base/file.h"
#include "base/json.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static _Noreturn void give_up(const char *what, struct str name)
{
    fprintf(stderr, "%s: %.*s\n", what, STR(name));
    exit(3);
}

static bool exists(struct str dir)
{
    DIR *d = opendir(dir.p);
    if (d)
        closedir(d);
    return d != NULL;
}

static struct str read_file(struct arena *a, struct str dir, struct str name)
{
    struct diags ds;
    struct str text;
    diags_init(&ds, a);
    if (!file_read(a, &ds, (struct span){ 0 }, dir, name, (size_t)1 << 28, &text))
        give_up("cannot read", name);
    return text;
}

/* Lines "id  reason"; '#' begins a comment line. */
static void read_known(struct corpus *c, struct str path)
{
    struct str rest = read_file(&c->arena, (struct str){ 0 }, path), line;
    while (str_split(&rest, '\n', &line)) {
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        size_t blank = str_find_char(line, ' ', 0);
        if (blank == SIZE_MAX)
            give_up("a known failure needs a reason", line);
        struct str *kept = arena_make(&c->arena, struct str);
        *kept = line;
        map_put(&c->arena, &c->known, str_sub(line, 0, blank), kept);
    }
}

void corpus_init(struct corpus *c, int argc, char **argv, bool (*option)(void *, struct str),
                 void *data)
{
    *c = (struct corpus){ 0 };
    struct str known = { 0 };
    for (int i = 1; i < argc; i++) {
        struct str arg = str_from(argv[i]);
        if (!str_starts(arg, S("--")))
            c->dir = arena_str(&c->arena, arg);
        else if (str_starts(arg, S("--known=")))
            known = arena_str(&c->arena, str_sub(arg, 8, arg.n));
        else if (str_starts(arg, S("--only=")))
            c->only = str_sub(arg, 7, arg.n);
        else if (str_eq(arg, S("--verbose")))
            c->verbose = true;
        else if (!option || !option(data, arg))
            give_up("unknown option", arg);
    }
    if (!c->dir.p)
        give_up("which folder? usage", S("PROGRAM DIR [--known=FILE] [--only=TEXT] [--verbose]"));
    if (!exists(c->dir)) {
        printf("skipped: there is no corpus at %.*s\n", STR(c->dir));
        arena_done(&c->arena);
        exit(CORPUS_SKIPPED);
    }
    if (known.p)
        read_known(c, known);
}

struct str corpus_read(struct corpus *c, struct str name)
{
    return read_file(&c->arena, c->dir, name);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

struct str *corpus_files(struct corpus *c, struct str suffix, size_t *n)
{
    VEC(struct str) names = { 0 };
    DIR *d = opendir(c->dir.p);
    if (!d)
        give_up("cannot read", c->dir);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        struct str name = str_from(e->d_name);
        if (str_ends(name, suffix) && !str_eq(name, S("index.json")))
            vec_push(&c->arena, &names, arena_str(&c->arena, name));
    }
    closedir(d);
    if (names.n)
        qsort(names.p, names.n, sizeof *names.p, by_name);
    *n = names.n;
    return names.p;
}

struct val corpus_json(struct str text, struct str name)
{
    size_t at;
    struct val v = json_parse_val(text, &at);
    if (v.kind == VAL_UNDEFINED)
        give_up("not JSON", name);
    return v;
}

bool corpus_wants(const struct corpus *c, struct str id)
{
    return !c->only.n || str_find(id, c->only, 0) != SIZE_MAX;
}

void corpus_result(struct corpus *c, struct str family, struct str id, const char *why)
{
    struct corpus_family *f = map_get(&c->families, family);
    if (!f) {
        f = arena_make(&c->arena, struct corpus_family);
        map_put(&c->arena, &c->families, arena_str(&c->arena, family), f);
    }
    size_t known = map_find(&c->known, id);
    if (!why) {
        f->passed++;
        c->passed++;
        if (c->verbose)
            printf("pass  %.*s\n", STR(id));
        return;
    }
    f->failed++;
    c->failed++;
    if (known != SIZE_MAX)
        c->known.entries[known].value = NULL;
    else
        c->unexpected++;
    printf("%s %.*s: %s\n", known != SIZE_MAX ? "known" : "FAIL ", STR(id), why);
}

int corpus_close(struct corpus *c)
{
    for (size_t i = 0; i < c->known.n && !c->only.n; i++) {
        if (c->known.entries[i].value) {
            printf("FAIL  %.*s: listed as a known failure, but it passes or is gone\n",
                   STR(c->known.entries[i].key));
            c->unexpected++;
        }
    }
    for (size_t i = 0; i < c->families.n; i++) {
        const struct corpus_family *f = c->families.entries[i].value;
        size_t all = f->passed + f->failed;
        printf("%6.2f %%  %5zu of %-5zu %.*s\n", 100.0 * (double)f->passed / (double)all, f->passed,
               all, STR(c->families.entries[i].key));
    }
    size_t all = c->passed + c->failed;
    if (all)
        printf("%6.2f %%\n", 100.0 * (double)c->passed / (double)all);
    printf("%zu passed, %zu failed\n", c->passed, c->failed);
    int status = c->unexpected > 0 || all == 0;
    arena_done(&c->arena);
    return status;
}
