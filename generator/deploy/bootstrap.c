#include "deploy/bootstrap.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/path.h"

static const struct span NOWHERE;

static void put_known(struct json_writer *w, const char *key, struct str text)
{
    if (text.n)
        json_put_str(w, key, text);
}

static void put_template(struct json_writer *w, struct str text)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    sha256(digest, text);
    hex_put(hex, digest, SHA256_BYTES);
    json_key(w, S("template"));
    json_begin_map(w);
    json_put_str(w, "id", S("template"));
    json_put_str(w, "path", S("bootstrap.template.json"));
    json_put_str(w, "sha256", (struct str){ hex, SHA256_HEX });
    json_put_int(w, "bytes", (int64_t)text.n);
    json_end_map(w);
}

static void put_empty(struct json_writer *w, const char *key)
{
    json_key(w, str_from(key));
    json_begin_list(w);
    json_end_list(w);
}

struct str bootstrap_write(struct arena *a, struct diags *ds, struct str dir,
                           const struct bootstrap_options *o)
{
    struct str template = bootstrap_template(),
               path = path_join(a, dir, S("bootstrap.manifest.json"));
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_map(&w);
    json_put_int(&w, "version", (int64_t)1);
    json_put_str(&w, "pipeline", S("bootstrap"));
    json_put_str(&w, "stage", S("bootstrap"));
    json_put_str(&w, "stack", S(BOOTSTRAP_STACK));
    put_known(&w, "account", o->account);
    put_known(&w, "region", o->region);
    json_key(&w, S("protection"));
    json_bool(&w, true);
    put_empty(&w, "uploads");
    put_empty(&w, "files");
    put_template(&w, template);
    json_end_map(&w);
    bool good =
        file_write(ds, path, buf_str(&out)) != WRITE_FAILED &&
        file_write(ds, path_join(a, dir, S("bootstrap.template.json")), template) != WRITE_FAILED;
    buf_done(&out);
    return good ? path : (struct str){ 0 };
}

const struct node *bootstrap_parameters(struct arena *a, const struct bootstrap_options *o)
{
    struct node *map = node_map(a, NOWHERE);
    node_put(a, map, S("ExecutionPolicies"), NOWHERE, node_str(a, NOWHERE, o->execution_policies));
    node_put(a, map, S("GitHubRepository"), NOWHERE, node_str(a, NOWHERE, o->github));
    return map;
}
