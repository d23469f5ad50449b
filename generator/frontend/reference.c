#include "frontend/reference.h"

#include "base/diag.h"
#include "frontend/blueprint.h"
#include "schema/describe.h"

#include <stdio.h>

static const struct {
    enum role role;
    const char *name, *list, *title;
} ROLES[] = {
    { ROLE_RESOURCE, "resource", "aws_resources", "Resources" },
    { ROLE_TRIGGER, "trigger", "triggers", "Triggers" },
    { ROLE_STEP, "step", "groups", "Steps" },
};
enum { ROLE_COUNT = sizeof ROLES / sizeof *ROLES };

/* Calls f for every kind that may stand in the role. */
static void each_kind(const struct engines *es, enum role role,
                      void (*f)(void *ctx, const struct kind *k), void *ctx)
{
    for (size_t i = 0; i < es->n; i++)
        for (size_t j = 0; j < es->list[i]->nkinds; j++)
            if (es->list[i]->kinds[j].roles & (unsigned)role)
                f(ctx, &es->list[i]->kinds[j]);
}

/* ---- schema --------------------------------------------------------------------------------- */

struct schema {
    struct json_writer w;
    const struct engines *es;
    enum role role;
    const char *role_name;
};

static void write_type_names(void *ctx, const struct kind *k)
{
    struct schema *s = ctx;
    json_str(&s->w, str_from(k->type));
    for (size_t i = 0; k->aliases && k->aliases[i]; i++)
        json_str(&s->w, str_from(k->aliases[i]));
}

/* {"if": {type is X}, "then": {"$ref": its own definition}} */
static void write_case(void *ctx, const struct kind *k)
{
    struct schema *s = ctx;
    char ref[128];
    json_begin_map(&s->w);
    json_key(&s->w, S("if"));
    json_begin_map(&s->w);
    json_key(&s->w, S("properties"));
    json_begin_map(&s->w);
    json_key(&s->w, S("type"));
    json_begin_map(&s->w);
    json_key(&s->w, S("enum"));
    json_begin_list(&s->w);
    write_type_names(s, k);
    json_end_list(&s->w);
    json_end_map(&s->w);
    json_end_map(&s->w);
    json_key(&s->w, S("required"));
    json_raw(&s->w, S("[\"type\"]"));
    json_end_map(&s->w);
    json_key(&s->w, S("then"));
    json_begin_map(&s->w);
    snprintf(ref, sizeof ref, "#/definitions/%s_%s", s->role_name, k->type);
    json_put_str(&s->w, "$ref", str_from(ref));
    json_end_map(&s->w);
    json_end_map(&s->w);
}

static const char *const WRAPPERS[] = { "config", "properties" };
enum { WRAPPER_COUNT = sizeof WRAPPERS / sizeof *WRAPPERS };

static void write_row(struct schema *s, const struct kind *k, const struct field *f,
                      const char *key)
{
    json_key(&s->w, str_from(key));
    json_begin_map(&s->w);
    if (k) {
        char ref[256];
        snprintf(ref, sizeof ref, "#/definitions/%s_%s_keys/properties/%s", s->role_name, k->type,
                 key);
        json_put_str(&s->w, "$ref", str_from(ref));
    } else {
        describe_property(&s->w, f);
    }
    json_end_map(&s->w);
}

/* A row's key and its other spellings; with k by reference to the keys of that type. */
static void write_spellings(struct schema *s, const struct kind *k, const struct field *f)
{
    write_row(s, k, f, f->key);
    for (size_t i = 0; f->aliases && f->aliases[i]; i++)
        write_row(s, k, f, f->aliases[i]);
}

static bool is_wrapper(const char *key)
{
    for (size_t i = 0; i < WRAPPER_COUNT; i++)
        if (strcmp(WRAPPERS[i], key) == 0)
            return true;
    return false;
}

/* What an item of this type may say. A key that its own table has again, as a function's timeout,
 * is as that says. */
static void write_keys(struct schema *s, const struct kind *k, bool by_reference)
{
    const struct fields *const tables[] = { &blueprint_item,
                                            s->role == ROLE_STEP ? &blueprint_step : NULL,
                                            k->fields };
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; tables[t] && i < tables[t]->n; i++) {
            const struct field *f = &tables[t]->rows[i];
            bool hidden = tables[t] != k->fields && describe_find(k->fields, str_from(f->key));
            if (!hidden && !(by_reference && is_wrapper(f->key)))
                write_spellings(s, by_reference ? k : NULL, f);
        }
}

/* A type may have a key of that name as well, as glue_job's `config: file.yaml`: then a map is the
 * wrapper, anything else the key's own value. */
static void write_wrapper(struct schema *s, const struct kind *k, const char *wrapper)
{
    const struct field *own = describe_find(k->fields, str_from(wrapper));
    char ref[128];
    snprintf(ref, sizeof ref, "#/definitions/%s_%s_keys", s->role_name, k->type);
    json_key(&s->w, str_from(wrapper));
    json_begin_map(&s->w);
    if (own) {
        json_key(&s->w, S("anyOf"));
        json_begin_list(&s->w);
        json_begin_map(&s->w);
        describe_property(&s->w, own);
        json_end_map(&s->w);
        json_begin_map(&s->w);
    }
    json_put_str(&s->w, "$ref", str_from(ref));
    if (own) {
        json_end_map(&s->w);
        json_end_list(&s->w);
    }
    json_end_map(&s->w);
}

static void begin_definition(struct schema *s, const struct kind *k, const char *suffix)
{
    char name[128];
    snprintf(name, sizeof name, "%s_%s%s", s->role_name, k->type, suffix);
    json_key(&s->w, str_from(name));
    json_begin_map(&s->w);
    json_put_str(&s->w, "description", str_from(k->doc));
    json_put_str(&s->w, "type", S("object"));
    json_key(&s->w, S("properties"));
    json_begin_map(&s->w);
}

static void end_definition(struct schema *s)
{
    json_end_map(&s->w);
    json_key(&s->w, S("additionalProperties"));
    json_bool(&s->w, false);
}

/* Two definitions: the keys, as config: and properties: hold them, and the item, which has these
 * keys and the two. */
static void write_definition(void *ctx, const struct kind *k)
{
    struct schema *s = ctx;
    begin_definition(s, k, "_keys");
    write_keys(s, k, false);
    end_definition(s);
    json_end_map(&s->w);
    begin_definition(s, k, "");
    write_keys(s, k, true);
    for (size_t i = 0; i < WRAPPER_COUNT; i++)
        write_wrapper(s, k, WRAPPERS[i]);
    end_definition(s);
    json_key(&s->w, S("required"));
    json_raw(&s->w, S("[\"name\",\"type\"]"));
    json_end_map(&s->w);
}

static void write_role(struct schema *s, size_t i)
{
    s->role = ROLES[i].role;
    s->role_name = ROLES[i].name;
    each_kind(s->es, s->role, write_definition, s);
    json_key(&s->w, str_from(s->role_name));
    json_begin_map(&s->w);
    json_put_str(&s->w, "type", S("object"));
    json_key(&s->w, S("properties"));
    json_begin_map(&s->w);
    json_key(&s->w, S("type"));
    json_begin_map(&s->w);
    json_key(&s->w, S("enum"));
    json_begin_list(&s->w);
    each_kind(s->es, s->role, write_type_names, s);
    json_end_list(&s->w);
    json_end_map(&s->w);
    json_end_map(&s->w);
    json_key(&s->w, S("allOf"));
    json_begin_list(&s->w);
    each_kind(s->es, s->role, write_case, s);
    json_end_list(&s->w);
    json_end_map(&s->w);
}

static void write_items(struct schema *s, const char *key, const char *definition)
{
    char ref[64];
    json_key(&s->w, str_from(key));
    json_begin_map(&s->w);
    json_key(&s->w, S("type"));
    json_raw(&s->w, S("[\"array\",\"null\"]"));
    json_key(&s->w, S("items"));
    json_begin_map(&s->w);
    snprintf(ref, sizeof ref, "#/definitions/%s", definition);
    json_put_str(&s->w, "$ref", str_from(ref));
    json_end_map(&s->w);
    json_end_map(&s->w);
}

static void write_document(struct schema *s)
{
    json_key(&s->w, S("properties"));
    json_begin_map(&s->w);
    for (size_t i = 0; i < blueprint_document.n; i++) {
        const struct field *f = &blueprint_document.rows[i];
        const struct fields one = { .rows = f, .n = 1 };
        if (strcmp(f->key, "aws_resources") != 0 && strcmp(f->key, "triggers") != 0)
            describe_properties(&s->w, &one);
    }
    write_items(s, "aws_resources", "resource");
    write_items(s, "triggers", "trigger");
    json_key(&s->w, S("properties"));
    json_raw(&s->w, S("{\"type\":\"object\"}"));
    json_end_map(&s->w);
    json_key(&s->w, S("additionalProperties"));
    json_bool(&s->w, false);
}

void reference_schema(const struct engines *es, struct buf *out)
{
    struct schema s = { .es = es };
    json_writer_init(&s.w, out, 1);
    json_begin_map(&s.w);
    json_put_str(&s.w, "$schema", S("http://json-schema.org/draft-07/schema#"));
    json_put_str(&s.w, "title", S("Stepwright pipeline"));
    json_put_str(&s.w, "type", S("object"));
    write_document(&s);
    json_key(&s.w, S("definitions"));
    json_begin_map(&s.w);
    for (size_t i = 0; i < ROLE_COUNT; i++)
        write_role(&s, i);
    json_key(&s.w, S("groups"));
    json_begin_map(&s.w);
    json_put_str(&s.w, "type", S("array"));
    json_key(&s.w, S("items"));
    json_begin_map(&s.w);
    json_put_str(&s.w, "type", S("object"));
    json_key(&s.w, S("properties"));
    json_begin_map(&s.w);
    json_key(&s.w, S("name"));
    json_raw(&s.w, S("{\"type\":\"string\"}"));
    json_key(&s.w, S("comment"));
    json_raw(&s.w, S("{\"type\":\"string\"}"));
    write_items(&s, "jobs", "step");
    json_end_map(&s.w);
    json_key(&s.w, S("required"));
    json_raw(&s.w, S("[\"name\",\"jobs\"]"));
    json_end_map(&s.w);
    json_end_map(&s.w);
    json_end_map(&s.w);
    json_end_map(&s.w);
    buf_putc(out, '\n');
}

/* ---- pages ---------------------------------------------------------------------------------- */

static void write_page(void *ctx, const struct kind *k)
{
    struct buf *out = ctx;
    buf_printf(out, "\n### %s\n\n%s", k->type, k->doc);
    if (k->source)
        buf_printf(out, " Written from: %s.", k->source);
    buf_put(out, S("\n\n"));
    describe_markdown(out, k->fields);
}

void reference_pages(const struct engines *es, struct buf *out)
{
    buf_put(out,
            S("# Reference\n\nMade from the field tables by `stepwright docs`.\n\n## A file\n\n"));
    describe_markdown(out, &blueprint_document);
    buf_put(out, S("\n## Every item\n\n"));
    describe_markdown(out, &blueprint_item);
    buf_put(out, S("\n## Every step\n\n"));
    describe_markdown(out, &blueprint_step);
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        buf_printf(out, "\n## %s\n", ROLES[i].title);
        each_kind(es, ROLES[i].role, write_page, out);
    }
}

/* ---- explain -------------------------------------------------------------------------------- */

static void explain_kind(struct buf *out, const struct kind *k)
{
    buf_printf(out, "%s: %s\n", k->type, k->doc);
    if (k->source)
        buf_printf(out, "  source: %s\n", k->source);
    for (size_t i = 0; i < k->fields->n; i++)
        buf_printf(out, "%s%s", i ? ", " : "  keys: ", k->fields->rows[i].key);
    if (k->fields->n)
        buf_putc(out, '\n');
}

static const struct kind *any_kind(const struct engines *es, struct str type)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        const struct kind *k = engines_find(es, type, ROLES[i].role);
        if (k)
            return k;
    }
    return NULL;
}

static const struct fields *table_of(const struct engines *es, struct str owner)
{
    if (str_eq(owner, S("pipeline")))
        return &blueprint_document;
    if (str_eq(owner, S("step")))
        return &blueprint_step;
    const struct kind *k = any_kind(es, owner);
    return k ? k->fields : NULL;
}

static struct str nearest_type(const struct engines *es, struct str word)
{
    struct str best = { 0 };
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < es->n; i++)
        for (size_t j = 0; j < es->list[i]->nkinds; j++) {
            struct str type = str_from(es->list[i]->kinds[j].type);
            size_t distance = str_distance(word, type);
            if (distance < best_distance && distance <= word.n / 3 + 1) {
                best = type;
                best_distance = distance;
            }
        }
    return best;
}

bool reference_explain(const struct engines *es, struct str topic, struct buf *out,
                       struct str *near)
{
    struct str owner, key;
    str_split(&topic, '.', &owner);
    const struct fields *fields = table_of(es, owner);
    const struct field *f = NULL;
    *near = (struct str){ 0 };
    if (!fields) {
        *near = nearest_type(es, owner);
        return false;
    }
    if (!topic.n) {
        const struct kind *k = any_kind(es, owner);
        if (k)
            explain_kind(out, k);
        else
            describe_markdown(out, fields);
        return true;
    }
    while (fields && str_split(&topic, '.', &key)) {
        f = describe_find(fields, key);
        if (!f && any_kind(es, owner))
            f = describe_find(&blueprint_step, key);
        fields = f ? f->sub : NULL;
    }
    if (f && !topic.n)
        describe_field(out, owner, f);
    return f && !topic.n;
}
