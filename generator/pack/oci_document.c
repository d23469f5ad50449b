#include "pack/oci_document.h"

#include "base/json_write.h"
#include "base/map.h"

#include <stdlib.h>

#define EPOCH "1970-01-01T00:00:00Z"

/* ---- configuration -------------------------------------------------------------------------- */

static void put_texts(struct json_writer *w, const char *key, const struct oci_texts *texts)
{
    json_key(w, str_from(key));
    json_begin_list(w);
    for (size_t i = 0; i < texts->all.n; i++)
        json_str(w, texts->all.p[i]);
    json_end_list(w);
}

static void put_inherited(struct json_writer *w, const struct node *base, const char *key)
{
    const struct node *n = node_get(base, str_from(key));
    if (!n)
        return;
    json_key(w, str_from(key));
    json_node(w, n);
}

static void put_user(struct json_writer *w, const struct node *base, const char *key,
                     struct str value)
{
    if (value.n)
        json_put_str(w, key, value);
    else
        put_inherited(w, base, key);
}

static struct str name_of(struct str assignment)
{
    size_t cut = str_find_char(assignment, '=', 0);
    return str_sub(assignment, 0, cut == SIZE_MAX ? assignment.n : cut);
}

/* The base's variables, in their order, then those that are new. */
static void put_env(struct json_writer *w, struct arena *a, const struct oci_spec *spec,
                    const struct node *base)
{
    const struct node *theirs = node_get(base, S("Env"));
    struct map all = { 0 };
    for (uint32_t i = 0; theirs && theirs->kind == NODE_SEQ && i < theirs->seq.n; i++)
        if (node_is_str(theirs->seq.items[i]))
            map_put(a, &all, name_of(theirs->seq.items[i]->str), &theirs->seq.items[i]->str);
    for (size_t i = 0; i < spec->env.n; i++)
        map_put(a, &all, name_of(spec->env.p[i]), &spec->env.p[i]);
    if (!all.n)
        return;
    json_key(w, S("Env"));
    json_begin_list(w);
    for (size_t i = 0; i < all.n; i++)
        json_str(w, *(struct str *)all.entries[i].value);
    json_end_list(w);
}

static int compare_entries(const void *a, const void *b)
{
    return str_cmp(((const struct map_entry *)a)->key, ((const struct map_entry *)b)->key);
}

static void put_labels(struct json_writer *w, struct arena *a, const struct oci_spec *spec,
                       const struct node *base)
{
    const struct node *theirs = node_get(base, S("Labels"));
    struct map all = { 0 };
    for (uint32_t i = 0; theirs && theirs->kind == NODE_MAP && i < theirs->map.n; i++)
        if (node_is_str(theirs->map.entries[i].value))
            map_put(a, &all, theirs->map.entries[i].key, &theirs->map.entries[i].value->str);
    for (size_t i = 0; i < spec->labels.n; i++)
        map_put(a, &all, spec->labels.p[i].key, &spec->labels.p[i].value);
    if (!all.n)
        return;
    qsort(all.entries, all.n, sizeof *all.entries, compare_entries);
    json_key(w, S("Labels"));
    json_begin_map(w);
    for (size_t i = 0; i < all.n; i++) {
        json_key(w, all.entries[i].key);
        json_str(w, *(struct str *)all.entries[i].value);
    }
    json_end_map(w);
}

/* Keys of the base that nothing here speaks of: ports, volumes, health checks. */
static void put_others(struct json_writer *w, const struct node *base)
{
    static const struct str OURS[] = { S_INIT("User"),  S_INIT("Env"),        S_INIT("Entrypoint"),
                                       S_INIT("Cmd"),   S_INIT("WorkingDir"), S_INIT("Labels"),
                                       S_INIT("Image"), S_INIT("Hostname") };
    for (uint32_t i = 0; base && i < base->map.n; i++) {
        bool ours = false;
        for (size_t j = 0; j < sizeof OURS / sizeof *OURS; j++)
            ours = ours || str_eq(OURS[j], base->map.entries[i].key);
        if (ours)
            continue;
        json_key(w, base->map.entries[i].key);
        json_node(w, base->map.entries[i].value);
    }
}

static void put_start(struct json_writer *w, struct arena *a, const struct oci_spec *spec,
                      const struct node *base)
{
    json_begin_map(w);
    put_user(w, base, "User", spec->user);
    put_env(w, a, spec, base);
    if (spec->entrypoint.set)
        put_texts(w, "Entrypoint", &spec->entrypoint);
    else
        put_inherited(w, base, "Entrypoint");
    if (spec->cmd.set)
        put_texts(w, "Cmd", &spec->cmd);
    else if (!spec->entrypoint.set)
        put_inherited(w, base, "Cmd");
    put_user(w, base, "WorkingDir", spec->workdir);
    put_labels(w, a, spec, base);
    put_others(w, base);
    json_end_map(w);
}

/* An entry for each layer: the base's where it has them. */
static void put_history(struct json_writer *w, const struct oci_config *base,
                        const struct oci_parts *parts)
{
    json_key(w, S("history"));
    json_begin_list(w);
    for (uint32_t i = 0; base && base->history && i < base->history->seq.n; i++)
        json_node(w, base->history->seq.items[i]);
    for (size_t i = 0; i < parts->all.n; i++) {
        struct str note = parts->all.p[i].note;
        if (!note.n && base && base->history)
            continue;
        json_begin_map(w);
        json_put_str(w, "created", S(EPOCH));
        json_put_str(w, "created_by", note.n ? note : S("base"));
        json_end_map(w);
    }
    json_end_list(w);
}

void oci_put_config(struct buf *out, struct arena *a, const struct oci_spec *spec,
                    const struct oci_config *base, const struct oci_platform *platform,
                    const struct oci_parts *parts)
{
    struct json_writer w;
    struct str variant = platform->variant;
    if (!variant.n && base && str_eq(base->architecture, platform->architecture))
        variant = base->variant;
    json_writer_init(&w, out, 0);
    json_begin_map(&w);
    json_put_str(&w, "created", S(EPOCH));
    json_put_str(&w, "architecture", platform->architecture);
    if (variant.n)
        json_put_str(&w, "variant", variant);
    json_put_str(&w, "os", platform->os);
    json_key(&w, S("config"));
    put_start(&w, a, spec, base ? base->config : NULL);
    json_key(&w, S("rootfs"));
    json_begin_map(&w);
    json_put_str(&w, "type", S("layers"));
    json_key(&w, S("diff_ids"));
    json_begin_list(&w);
    for (size_t i = 0; i < parts->all.n; i++)
        json_str(&w, arena_printf(a, "sha256:%.*s", STR(parts->all.p[i].diff_id)));
    json_end_list(&w);
    json_end_map(&w);
    put_history(&w, base, parts);
    json_end_map(&w);
}

/* ---- manifest and index --------------------------------------------------------------------- */

static void put_facts(struct json_writer *w, const struct oci_descriptor *d)
{
    char digest[7 + SHA256_HEX] = "sha256:";
    memcpy(digest + 7, d->sha256.p, SHA256_HEX);
    json_put_str(w, "mediaType", d->media_type);
    json_put_str(w, "digest", (struct str){ digest, sizeof digest });
    json_put_int(w, "size", d->bytes);
}

static void put_descriptor(struct json_writer *w, const struct oci_descriptor *d)
{
    json_begin_map(w);
    put_facts(w, d);
    if (d->architecture.n) {
        json_key(w, S("platform"));
        json_begin_map(w);
        json_put_str(w, "architecture", d->architecture);
        json_put_str(w, "os", d->os);
        if (d->variant.n)
            json_put_str(w, "variant", d->variant);
        json_end_map(w);
    }
    if (d->name.n) {
        json_key(w, S("annotations"));
        json_begin_map(w);
        json_put_str(w, "org.opencontainers.image.ref.name", d->name);
        json_end_map(w);
    }
    json_end_map(w);
}

static void begin(struct json_writer *w, struct buf *out, struct str type)
{
    json_writer_init(w, out, 0);
    json_begin_map(w);
    json_put_int(w, "schemaVersion", (int64_t)2);
    json_put_str(w, "mediaType", type);
}

void oci_put_manifest(struct buf *out, const struct oci_descriptor *config,
                      const struct oci_parts *parts)
{
    struct json_writer w;
    begin(&w, out, S(OCI_MANIFEST));
    json_key(&w, S("config"));
    put_descriptor(&w, config);
    json_key(&w, S("layers"));
    json_begin_list(&w);
    for (size_t i = 0; i < parts->all.n; i++)
        put_descriptor(&w, &parts->all.p[i].descriptor);
    json_end_list(&w);
    json_end_map(&w);
}

void oci_put_index(struct buf *out, const struct oci_index *index)
{
    struct json_writer w;
    begin(&w, out, S(OCI_INDEX));
    json_key(&w, S("manifests"));
    json_begin_list(&w);
    for (size_t i = 0; i < index->all.n; i++)
        put_descriptor(&w, &index->all.p[i]);
    json_end_list(&w);
    json_end_map(&w);
}
