/* Every row of every field table says what it is for, and its example and its default are values
 * that it takes. Prints what is wrong; the exit code says whether anything is. */
#include "base/mem.h"
#include "cli/registry.h"
#include "frontend/blueprint.h"
#include "schema/bind.h"
#include "yaml/yaml.h"

#include <stdio.h>

enum { DEPTH = 16 };

struct run {
    struct arena *arena;
    const char *owner;
    size_t rows, failures;
};

static void fail(struct run *r, const struct field *f, const char *what, struct str detail)
{
    printf("%s: %s: %s%s%.*s\n", r->owner, f->key, what, detail.n ? ":\n" : "", STR(detail));
    r->failures++;
}

static struct sequence *no_groups(void *ctx, const struct node *value)
{
    (void)ctx;
    (void)value;
    return NULL;
}

/* `key: text` as somebody would write it, bound by the row alone. */
static void bind_text(struct run *r, const struct fields *table, const struct field *f,
                      const char *text, const char *what)
{
    struct diags ds;
    diags_init(&ds, r->arena);
    struct str line = arena_printf(r->arena, "%s: %s\n", f->key, text);
    const struct source *src = source_make(r->arena, S("example.yaml"), line);
    const struct node *n = yaml_read(r->arena, &ds, src, NULL);
    struct bind b = { .arena = r->arena, .ds = &ds, .groups = no_groups };
    const struct fields one = {
        .name = table->name, .doc = table->doc, .size = table->size, .rows = f, .n = 1
    };
    struct buf messages;
    buf_init(&messages, 0);
    if (n)
        bind_struct(&b, &one, n, S(""));
    diags_print(&ds, &messages, false);
    if (ds.errors)
        fail(r, f, what, buf_str(&messages));
    buf_done(&messages);
}

static void look(struct run *r, const struct fields *table, int depth)
{
    for (size_t i = 0; depth < DEPTH && i < table->n; i++) {
        const struct field *f = &table->rows[i];
        struct str doc = f->doc ? str_from(f->doc) : (struct str){ 0 };
        r->rows++;
        if (!doc.n)
            fail(r, f, "no word of what it is for", S(""));
        else if (doc.p[doc.n - 1] != '.' && !str_ends(doc, S("…")))
            fail(r, f, "its sentence does not end", doc);
        if (f->example)
            bind_text(r, table, f, f->example, "its example is not what it takes");
        if (f->dflt) { /* of a string it is the text itself */
            struct str quoted = arena_printf(r->arena, "'%s'", f->dflt);
            bind_text(r, table, f, f->kind == FIELD_KIND_STR ? quoted.p : f->dflt,
                      "its default is not what it takes");
        }
        if (f->sub)
            look(r, f->sub, depth + 1);
    }
}

int main(void)
{
    struct arena arena = { 0 };
    struct run r = { .arena = &arena };
    const struct fields *const common[] = { &blueprint_document, &blueprint_group, &blueprint_item,
                                            &blueprint_step, &blueprint_sequence };
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        r.owner = common[i]->name;
        look(&r, common[i], 0);
    }
    struct engines all = registry_engines();
    for (size_t i = 0; i < all.n; i++)
        for (size_t j = 0; j < all.list[i]->nkinds; j++) {
            r.owner = all.list[i]->kinds[j].type;
            look(&r, all.list[i]->kinds[j].fields, 0);
        }
    printf("%zu rows\n", r.rows);
    arena_done(&arena);
    return r.failures || r.rows < 500;
}
