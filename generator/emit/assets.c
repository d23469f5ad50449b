/* The hand-over from `compile` to `link`. */
#include "emit/emit.h"

#include "base/digest.h"
#include "base/json_write.h"

static void key_text(struct json_writer *w, const char *key, struct str text)
{
    if (!text.n)
        return;
    json_key(w, str_from(key));
    json_str(w, text);
}

static void key_int(struct json_writer *w, const char *key, size_t n)
{
    json_key(w, str_from(key));
    json_int(w, (int64_t)n);
}

static size_t count_statements(const struct plan *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->roles.n; i++)
        n += plan_statements(p->arena, p->roles.p[i]).n;
    return n;
}

static void write_bundle(struct json_writer *w, const struct asset *as)
{
    json_begin_map(w);
    key_text(w, "id", as->id);
    key_text(w, "kind", plan_asset_kind_name(as->kind));
    key_text(w, "dir", as->dir);
    key_text(w, "executable", as->executable);
    key_text(w, "command", as->command);
    key_text(w, "runtime", as->runtime);
    key_text(w, "file", as->image.file);
    key_text(w, "target", as->image.target);
    key_text(w, "platform", as->image.platform);
    if (as->image.build_args) {
        json_key(w, S("build_args"));
        json_node(w, as->image.build_args);
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
        key_text(w, "suffix", p->texts.p[i].suffix);
        key_text(w, "sha256", (struct str){ hex, SHA256_HEX });
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
    key_int(&w, "version", 1);
    key_text(&w, "pipeline", pl->id);
    key_text(&w, "stage", pl->stage->name);
    key_text(&w, "stack", pl->full_name);
    key_text(&w, "config", pl->config);
    key_text(&w, "account", pl->stage->account);
    key_text(&w, "region", pl->stage->region);
    key_text(&w, "bucket", pl->stage->bucket);
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
    key_int(&w, "states", emit_count_states(p->machine));
    key_int(&w, "resources", p->resources.n);
    key_int(&w, "statements", count_statements(p));
    json_end_map(&w);
    json_key(&w, S("bundles"));
    json_begin_list(&w);
    for (size_t i = 0; i < p->assets.n; i++)
        write_bundle(&w, p->assets.p[i]);
    json_end_list(&w);
    write_texts(&w, p);
    json_end_map(&w);
    buf_putc(out, '\n');
}
