/* The hand-over from `compile` to `link`. */
#include "emit/emit.h"

#include "base/digest.h"
#include "base/json_write.h"

/* Nothing for what is not known. */
static void put_known(struct json_writer *w, const char *key, struct str text)
{
    if (text.n)
        json_put_str(w, key, text);
}

static size_t count_statements(const struct plan *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->roles.n; i++)
        n += p->roles.p[i]->statements.n;
    return n;
}

static void write_bundle(struct json_writer *w, const struct asset *as)
{
    json_begin_map(w);
    put_known(w, "id", as->id);
    put_known(w, "kind", plan_asset_kind_name(as->kind));
    put_known(w, "dir", as->dir);
    put_known(w, "executable", as->executable);
    put_known(w, "command", as->command);
    put_known(w, "runtime", as->runtime);
    put_known(w, "architecture", as->architecture);
    put_known(w, "file", as->image.file);
    put_known(w, "target", as->image.target);
    put_known(w, "platform", as->image.platform);
    if (as->image.build_args) {
        json_key(w, S("build_args"));
        json_node(w, as->image.build_args);
    }
    json_end_map(w);
}

/* "Greet": "configs/hello.yaml:8", so that a deployment can say which line a failure comes from. */
static void write_sources(struct json_writer *w, const struct plan *p)
{
    json_key(w, S("sources"));
    json_begin_map(w);
    for (size_t i = 0; i < p->resources.n; i++) {
        struct span at = span_origin(p->resources.p[i]->span, NULL);
        if (!at.src)
            continue;
        json_key(w, p->resources.p[i]->id);
        json_str(w, arena_printf(p->arena, "%.*s:%zu", STR(at.src->path),
                                 source_position(at.src, at.at).line));
    }
    json_end_map(w);
}

/* Digests, so that a text that changed is linked again. */
static void write_texts(struct json_writer *w, const struct plan *p)
{
    if (!p->texts.n)
        return;
    json_key(w, S("texts"));
    json_begin_list(w);
    for (size_t i = 0; i < p->texts.n; i++) {
        uint8_t digest[SHA256_BYTES];
        char hex[SHA256_HEX];
        sha256(digest, p->texts.p[i].text);
        hex_put(hex, digest, SHA256_BYTES);
        json_begin_map(w);
        put_known(w, "suffix", p->texts.p[i].suffix);
        put_known(w, "sha256", (struct str){ hex, SHA256_HEX });
        json_end_map(w);
    }
    json_end_list(w);
}

void emit_assets(const struct plan *p, struct buf *out)
{
    const struct pipeline *pl = p->pipeline;
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_begin_map(&w);
    json_put_int(&w, "version", (int64_t)1);
    put_known(&w, "pipeline", pl->id);
    put_known(&w, "stage", pl->stage->name);
    put_known(&w, "stack", plan_stack_name(p));
    put_known(&w, "config", pl->config);
    put_known(&w, "account", pl->stage->account);
    put_known(&w, "region", pl->stage->region);
    put_known(&w, "bucket", pl->stage->bucket);
    if (pl->stage->protection) {
        json_key(&w, S("protection"));
        json_bool(&w, true);
    }
    if (pl->stage->tags) {
        json_key(&w, S("tags"));
        json_node(&w, pl->stage->tags);
    }
    json_key(&w, S("counts"));
    json_begin_map(&w);
    json_put_int(&w, "states", (int64_t)emit_count_states(p->machine));
    json_put_int(&w, "resources", (int64_t)p->resources.n);
    json_put_int(&w, "statements", (int64_t)count_statements(p));
    json_end_map(&w);
    json_key(&w, S("bundles"));
    json_begin_list(&w);
    for (size_t i = 0; i < p->assets.n; i++)
        write_bundle(&w, p->assets.p[i]);
    json_end_list(&w);
    write_texts(&w, p);
    write_sources(&w, p);
    json_end_map(&w);
    buf_putc(out, '\n');
}
