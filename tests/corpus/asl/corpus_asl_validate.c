/* Definitions that AWS (or the project that owns them) takes or refuses: valid/ and invalid/ in
 * DIR. A valid one must give no error, read back equal from what is printed, and stay without error
 * whether unknown fields are errors or not and whether placeholders are tolerated or not. An
 * invalid one must give an error; where --faults=FILE lists "id slug", one with that slug. Unknown
 * fields are errors there: their owners refuse them. */
#include "corpus.h"

#include "asl/asl.h"
#include "base/json.h"
#include "base/json_write.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

struct faults {
    struct str path;
    struct map slugs; /* id -> struct str, "slug" or "slug slug" */
};

static bool option(void *data, struct str text)
{
    struct faults *f = data;
    if (!str_starts(text, S("--faults=")))
        return false;
    f->path = str_sub(text, 9, text.n);
    return true;
}

static void read_faults(struct corpus *c, struct faults *f)
{
    struct diags ds;
    struct str rest, line;
    diags_init(&ds, &c->arena);
    if (!f->path.n)
        return;
    if (!file_read(&c->arena, &ds, (struct span){ 0 }, (struct str){ 0 }, f->path, 1 << 20,
                   &rest)) {
        fprintf(stderr, "cannot read %.*s\n", STR(f->path));
        exit(3);
    }
    while (str_split(&rest, '\n', &line)) {
        line = str_trim(line);
        size_t blank = str_find_char(line, ' ', 0);
        if (!line.n || line.p[0] == '#' || blank == SIZE_MAX)
            continue;
        struct str *slugs = arena_make(&c->arena, struct str);
        *slugs = str_trim(str_sub(line, blank, line.n));
        map_put(&c->arena, &f->slugs, str_sub(line, 0, blank), slugs);
    }
}

/* One case while it is judged; `why` is filled in where it fails. */
struct trial {
    struct arena arena;
    struct diags ds;
    const struct source *src;
    struct buf why;
};

static void fails(struct trial *t, const char *what)
{
    if (t->why.n == 0)
        buf_printf(&t->why, "%s", what);
}

static const struct diag *first_error(const struct diags *ds)
{
    for (size_t i = 0; i < ds->all.n; i++)
        if (ds->all.p[i]->severity == SEVERITY_ERROR)
            return ds->all.p[i];
    return NULL;
}

static void expect_accepted(struct trial *t, bool strict, bool placeholders)
{
    diags_init(&t->ds, &t->arena);
    const struct asl_options o = { .strict = strict, .placeholders = placeholders };
    if (!asl_check(&t->arena, &t->ds, t->src, &o))
        buf_printf(&t->why, "refused%s%s: %.*s; ", strict ? " (strict)" : "",
                   placeholders ? " (placeholders)" : "", STR(first_error(&t->ds)->message));
}

static void expect_same_printed(struct trial *t)
{
    struct buf text;
    struct json_writer w;
    diags_init(&t->ds, &t->arena);
    const struct asl_options o = { 0 };
    struct node *root = json_read_node(&t->arena, &t->ds, t->src);
    struct asl_machine *m = root ? asl_parse(&t->arena, &t->ds, root, &o) : NULL;
    if (!m)
        return;
    buf_init(&text, 0);
    json_writer_init(&w, &text, 2);
    asl_print(&w, m);
    struct source *again =
        source_make(&t->arena, S("printed"), arena_str(&t->arena, buf_str(&text)));
    struct node *printed = json_read_node(&t->arena, &t->ds, again);
    if (!printed || !node_equal(root, printed))
        fails(t, "what is printed differs from what was read");
    buf_done(&text);
}

static void judge_valid(struct trial *t)
{
    expect_same_printed(t);
    for (int i = 0; i < 4; i++)
        expect_accepted(t, i & 1, i & 2);
}

static bool has_slug(const struct diags *ds, struct str slug)
{
    for (size_t i = 0; i < ds->all.n; i++)
        if (ds->all.p[i]->severity == SEVERITY_ERROR && str_eq(str_from(ds->all.p[i]->slug), slug))
            return true;
    return false;
}

static void judge_invalid(struct trial *t, bool express, const struct str *slugs)
{
    const struct asl_options o = { .strict = true,
                                   .workflow = express ? ASL_EXPRESS : ASL_STANDARD };
    diags_init(&t->ds, &t->arena);
    if (asl_check(&t->arena, &t->ds, t->src, &o)) {
        fails(t, "accepted");
        return;
    }
    struct str rest = slugs ? *slugs : (struct str){ 0 }, slug;
    while (str_split(&rest, ' ', &slug))
        if (!has_slug(&t->ds, slug))
            buf_printf(&t->why, "refused, but not for [%.*s]: %.*s; ", STR(slug),
                       STR(first_error(&t->ds)->message));
}

static struct str field(struct val map, const char *key)
{
    struct val v = peek_get(map, str_from(key));
    return v.kind == VAL_STR ? peek_str(v) : (struct str){ 0 };
}

static void judge(struct corpus *c, struct val entry, const char *folder, bool valid,
                  const struct faults *f)
{
    struct trial t = { 0 };
    struct str id = arena_str(&c->arena, field(entry, "id"));
    if (!corpus_wants(c, id))
        return;
    struct str file = arena_printf(&t.arena, "%s/%.*s", folder, STR(field(entry, "file")));
    t.src = source_make(&t.arena, file, corpus_read(c, file));
    buf_init(&t.why, 0);
    if (valid)
        judge_valid(&t);
    else
        judge_invalid(&t, str_eq(field(entry, "machine_type"), S("EXPRESS")),
                      map_get(&f->slugs, id));
    struct str family = arena_printf(&t.arena, "%s: %.*s", folder, STR(field(entry, "origin")));
    buf_putc(&t.why, '\0');
    if (c->verbose) {
        struct buf out;
        buf_init(&out, 0);
        diags_print(&t.ds, &out, false);
        printf("%.*s", STR(buf_str(&out)));
        buf_done(&out);
    }
    corpus_result(c, family, id, t.why.n > 1 ? t.why.p : NULL);
    buf_done(&t.why);
    arena_done(&t.arena);
}

static void judge_folder(struct corpus *c, const char *folder, bool valid, const struct faults *f)
{
    struct str name = arena_printf(&c->arena, "%s/index.json", folder);
    struct val index = corpus_json(corpus_read(c, name), name);
    for (size_t i = 0; i < peek_count(index); i++)
        judge(c, peek_item(index, i), folder, valid, f);
    val_free(index);
}

int main(int argc, char **argv)
{
    struct corpus c;
    struct faults f = { 0 };
    corpus_init(&c, argc, argv, option, &f);
    read_faults(&c, &f);
    judge_folder(&c, "valid", true, &f);
    judge_folder(&c, "invalid", false, &f);
    return corpus_close(&c);
}
