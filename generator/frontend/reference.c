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

/* A step without a type is a sequence. */
static void write_sequence_case(struct schema *s)
{
    static const struct fields *const tables[] = { &blueprint_item, &blueprint_step,
                                                   &blueprint_sequence };
    json_begin_map(&s->w);
    json_key(&s->w, S("if"));
    json_raw(&s->w, S("{\"not\":{\"required\":[\"type\"]}}"));
    json_key(&s->w, S("then"));
    json_begin_map(&s->w);
    json_put_str(&s->w, "description", str_from(blueprint_sequence.doc));
    json_key(&s->w, S("properties"));
    json_begin_map(&s->w);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        describe_properties(&s->w, tables[i]);
    json_end_map(&s->w);
    json_key(&s->w, S("required"));
    json_raw(&s->w, S("[\"groups\"]"));
    json_key(&s->w, S("additionalProperties"));
    json_bool(&s->w, false);
    json_end_map(&s->w);
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
    if (s->role == ROLE_STEP)
        write_sequence_case(s);
    each_kind(s->es, s->role, write_case, s);
    json_end_list(&s->w);
    json_key(&s->w, S("required"));
    json_raw(&s->w, s->role == ROLE_STEP ? S("[\"name\"]") : S("[\"name\",\"type\"]"));
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

static void write_document_keys(struct schema *s)
{
    for (size_t i = 0; i < blueprint_document.n; i++) {
        const struct field *f = &blueprint_document.rows[i];
        const struct fields one = { .rows = f, .n = 1 };
        if (strcmp(f->key, "aws_resources") != 0 && strcmp(f->key, "triggers") != 0)
            describe_properties(&s->w, &one);
    }
    write_items(s, "aws_resources", "resource");
    write_items(s, "triggers", "trigger");
}

static void write_document(struct schema *s)
{
    json_key(&s->w, S("properties"));
    json_begin_map(&s->w);
    write_document_keys(s);
    json_key(&s->w, S("properties"));
    json_begin_map(&s->w);
    json_put_str(&s->w, "type", S("object"));
    json_key(&s->w, S("properties"));
    json_begin_map(&s->w);
    write_document_keys(s);
    json_end_map(&s->w);
    json_key(&s->w, S("additionalProperties"));
    json_bool(&s->w, false);
    json_end_map(&s->w);
    json_end_map(&s->w);
    json_key(&s->w, S("additionalProperties"));
    json_bool(&s->w, false);
}

/* A group's jobs under either of their names. */
static void write_groups(struct schema *s)
{
    json_begin_map(&s->w);
    json_put_str(&s->w, "type", S("array"));
    json_key(&s->w, S("items"));
    json_begin_map(&s->w);
    json_put_str(&s->w, "type", S("object"));
    json_key(&s->w, S("properties"));
    json_begin_map(&s->w);
    for (size_t i = 0; i < blueprint_group.n; i++) {
        const struct field *f = &blueprint_group.rows[i];
        const struct fields one = { .rows = f, .n = 1 };
        if (strcmp(f->key, "jobs") != 0)
            describe_properties(&s->w, &one);
    }
    write_items(s, "jobs", "step");
    write_items(s, "steps", "step");
    json_end_map(&s->w);
    json_key(&s->w, S("required"));
    json_raw(&s->w, S("[\"name\"]"));
    json_key(&s->w, S("anyOf"));
    json_raw(&s->w, S("[{\"required\":[\"jobs\"]},{\"required\":[\"steps\"]}]"));
    json_key(&s->w, S("additionalProperties"));
    json_bool(&s->w, false);
    json_end_map(&s->w);
    json_end_map(&s->w);
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
    write_groups(&s);
    json_end_map(&s.w);
    json_end_map(&s.w);
    buf_putc(out, '\n');
}

/* ---- pages ---------------------------------------------------------------------------------- */

/* What stands before an item of that role, and how far in. */
static const struct {
    enum role role;
    const char *before;
    int indent;
} PLACES[] = {
    { ROLE_RESOURCE, "aws_resources:\n", 2 },
    { ROLE_TRIGGER, "triggers:\n", 2 },
    { ROLE_STEP, "groups:\n  - name: Example\n    jobs:\n", 6 },
};

/* The kind's example as a pipeline that compiles. */
static void write_example(struct buf *out, const struct kind *k, enum role role, int margin)
{
    struct str rest = str_from(k->example), line;
    size_t place = 0;
    while (PLACES[place].role != role)
        place++;
    struct str before = str_from(PLACES[place].before);
    while (str_split(&before, '\n', &line) && line.n)
        buf_printf(out, "%*s%.*s\n", margin, "", STR(line));
    int in = margin + PLACES[place].indent;
    buf_printf(out, "%*s- name: example\n%*s  type: %s\n", in, "", in, "", k->type);
    while (str_split(&rest, '\n', &line) && line.n)
        buf_printf(out, "%*s  %.*s\n", in, "", STR(line));
}

struct pages {
    struct buf *out;
    enum role role;
};

static void write_page(void *ctx, const struct kind *k)
{
    const struct pages *pages = ctx;
    struct buf *out = pages->out;
    buf_printf(out, "\n### %s\n\n%s", k->type, k->doc);
    if (k->source)
        buf_printf(out, " Written from: %s.", k->source);
    buf_put(out, S("\n\n"));
    if (k->example) {
        buf_put(out, S("```yaml\n"));
        write_example(out, k, pages->role, 0);
        buf_put(out, S("```\n\n"));
    }
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
        struct pages pages = { out, ROLES[i].role };
        buf_printf(out, "\n## %s\n", ROLES[i].title);
        each_kind(es, ROLES[i].role, write_page, &pages);
    }
}

/* ---- explain -------------------------------------------------------------------------------- */

static void explain_kind(struct buf *out, const struct kind *k, enum role role)
{
    buf_printf(out, "%s: %s\n", k->type, k->doc);
    if (k->source)
        buf_printf(out, "  source: %s\n", k->source);
    if (k->example) {
        buf_put(out, S("  example:\n"));
        write_example(out, k, role, 4);
    }
    for (size_t i = 0; i < k->fields->n; i++)
        buf_printf(out, "%s%s", i ? ", " : "  keys: ", k->fields->rows[i].key);
    if (k->fields->n)
        buf_putc(out, '\n');
}

static bool find_owner(const struct engines *es, struct topic *t)
{
    for (size_t i = 0; i < ROLE_COUNT && !t->kind; i++) {
        t->kind = engines_find(es, t->owner, ROLES[i].role);
        t->role = ROLES[i].role;
    }
    if (t->kind)
        t->table = t->kind->fields;
    else if (str_eq(t->owner, S("pipeline")))
        t->table = &blueprint_document;
    else if (str_eq(t->owner, S("step")))
        t->table = &blueprint_step;
    return t->table;
}

/* What may stand in an item of the topic's type beside its own keys. */
static const struct fields *more_keys(const struct topic *t)
{
    if (t->path.n || !t->kind)
        return NULL;
    return t->kind->roles & ROLE_STEP ? &blueprint_step : &blueprint_item;
}

static const struct field *find_key(const struct topic *t, const struct fields *table,
                                    struct str key)
{
    const struct field *f = table ? describe_find(table, key) : NULL;
    const struct fields *more = more_keys(t);
    if (!f && more)
        f = describe_find(more, key);
    return f || !t->kind || t->path.n ? f : describe_find(&blueprint_item, key);
}

static struct str nearest(struct str word, const struct str *names, size_t n)
{
    size_t i = diag_nearest(word, names, n);
    return i == SIZE_MAX ? (struct str){ 0 } : names[i];
}

static struct str nearest_owner(struct arena *a, const struct engines *es, struct str word)
{
    VEC(struct str) names = { 0 };
    vec_push(a, &names, S("step"));
    vec_push(a, &names, S("pipeline"));
    for (size_t i = 0; i < es->n; i++)
        for (size_t j = 0; j < es->list[i]->nkinds; j++)
            vec_push(a, &names, str_from(es->list[i]->kinds[j].type));
    return nearest(word, names.p, names.n);
}

static struct str nearest_key(struct arena *a, const struct topic *t, const struct fields *table,
                              struct str word)
{
    const struct fields *const tables[] = { table, more_keys(t) };
    VEC(struct str) names = { 0 };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (size_t j = 0; tables[i] && j < tables[i]->n; j++)
            vec_push(a, &names, str_from(tables[i]->rows[j].key));
    return nearest(word, names.p, names.n);
}

bool reference_find(struct arena *a, const struct engines *es, struct str text, struct topic *topic,
                    struct str *near)
{
    struct str rest = text, key;
    *topic = (struct topic){ 0 };
    *near = (struct str){ 0 };
    str_split(&rest, '.', &topic->owner);
    if (!find_owner(es, topic)) {
        struct str owner = nearest_owner(a, es, topic->owner);
        if (owner.n)
            *near = arena_printf(a, "%.*s%s%.*s", STR(owner), rest.n ? "." : "", STR(rest));
        return false;
    }
    const struct fields *table = topic->table;
    while (rest.n && str_split(&rest, '.', &key)) {
        const struct field *f = find_key(topic, table, key);
        if (!f) {
            struct str before = { text.p, (size_t)(key.p - text.p) };
            struct str meant = nearest_key(a, topic, table, key);
            if (meant.n)
                *near = arena_printf(a, "%.*s%.*s", STR(before), STR(meant));
            return false;
        }
        vec_push(a, &topic->path, f);
        table = f->sub;
    }
    return true;
}

void reference_explain(const struct topic *topic, struct buf *out)
{
    const struct field *f = topic->path.n ? topic->path.p[topic->path.n - 1] : NULL;
    if (f) {
        struct buf owner;
        buf_init(&owner, 0);
        buf_put(&owner, topic->owner);
        for (size_t i = 0; i + 1 < topic->path.n; i++)
            buf_printf(&owner, ".%s", topic->path.p[i]->key);
        describe_field(out, buf_str(&owner), f);
        buf_done(&owner);
        if (!f->source && topic->kind && topic->kind->source)
            buf_printf(out, "  source: %s\n", topic->kind->source);
    } else if (topic->kind) {
        explain_kind(out, topic->kind, topic->role);
    } else {
        describe_markdown(out, topic->table);
    }
}
