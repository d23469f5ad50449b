#include "deploy/diff.h"

#include "base/json_write.h"

static void put_known(struct json_writer *w, const char *key, struct str text)
{
    if (text.n)
        json_put_str(w, key, text);
}

static void put_bool(struct json_writer *w, const char *key, bool b)
{
    json_key(w, str_from(key));
    json_bool(w, b);
}

static void begin(struct json_writer *w, const char *key)
{
    json_key(w, str_from(key));
    json_begin_list(w);
}

static void put_change(struct json_writer *w, enum change_kind k)
{
    json_put_str(w, "change", str_from(change_kind_name(k)));
}

static void put_resource(struct json_writer *w, const struct resource_change *c)
{
    json_begin_map(w);
    put_change(w, c->kind);
    json_put_str(w, "id", c->id);
    json_put_str(w, "type", c->type);
    json_put_str(w, "replacement", str_from(replacement_name(c->replacement)));
    put_bool(w, "kept", c->kept);
    put_known(w, "source", c->source);
    begin(w, "properties");
    for (size_t i = 0; i < c->properties.n; i++) {
        json_begin_map(w);
        json_put_str(w, "path", c->properties.p[i].path);
        put_known(w, "before", c->properties.p[i].before);
        put_known(w, "after", c->properties.p[i].after);
        json_end_map(w);
    }
    json_end_list(w);
    json_end_map(w);
}

static void put_texts(struct json_writer *w, const char *key, const struct str *texts, size_t n)
{
    begin(w, key);
    for (size_t i = 0; i < n; i++)
        json_str(w, texts[i]);
    json_end_list(w);
}

static void put_grant(struct json_writer *w, const struct grant_change *g)
{
    json_begin_map(w);
    json_put_str(w, "change", g->broader ? S("broader") : S("narrower"));
    json_put_str(w, "subject", g->subject);
    put_known(w, "for", g->who);
    put_bool(w, "deny", g->deny);
    put_known(w, "principal", g->principal);
    put_known(w, "action", g->action);
    put_known(w, "resource", g->resource);
    put_known(w, "condition", g->condition);
    put_texts(w, "because", g->reasons.p, g->reasons.n);
    json_end_map(w);
}

static void put_state(struct json_writer *w, const struct state_change *c)
{
    json_begin_map(w);
    put_change(w, c->kind);
    put_known(w, "state", c->name);
    put_texts(w, "fields", c->fields.p, c->fields.n);
    json_end_map(w);
}

static void put_value(struct json_writer *w, const struct value_change *c)
{
    json_begin_map(w);
    put_change(w, c->kind);
    json_put_str(w, "section", c->section);
    json_put_str(w, "name", c->name);
    put_known(w, "before", c->before);
    put_known(w, "after", c->after);
    json_end_map(w);
}

void diff_print_json(const struct diff *d, const struct manifest *m, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_begin_map(&w);
    json_put_str(&w, "stack", m->stack);
    json_put_str(&w, "pipeline", m->pipeline);
    json_put_str(&w, "stage", m->stage);
    put_bool(&w, "new", d->fresh);
    put_bool(&w, "changes", diff_any(d));
    put_bool(&w, "broadening", diff_broadens(d));
    put_bool(&w, "destructive", diff_destroys(d));
    begin(&w, "resources");
    for (size_t i = 0; i < d->resources.n; i++)
        put_resource(&w, &d->resources.p[i]);
    json_end_list(&w);
    begin(&w, "permissions");
    for (size_t i = 0; i < d->grants.n; i++)
        put_grant(&w, &d->grants.p[i]);
    json_end_list(&w);
    begin(&w, "states");
    for (size_t i = 0; i < d->states.n; i++)
        put_state(&w, &d->states.p[i]);
    json_end_list(&w);
    begin(&w, "other");
    for (size_t i = 0; i < d->values.n; i++)
        put_value(&w, &d->values.p[i]);
    json_end_list(&w);
    begin(&w, "uploads");
    for (size_t i = 0; i < d->uploads.n; i++) {
        json_begin_map(&w);
        json_put_str(&w, "id", d->uploads.p[i]->id);
        json_put_str(&w, "key", d->uploads.p[i]->key);
        json_put_int(&w, "bytes", d->uploads.p[i]->bytes);
        json_end_map(&w);
    }
    json_end_list(&w);
    json_end_map(&w);
    buf_putc(out, '\n');
}
