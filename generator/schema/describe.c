#include "schema/describe.h"

#include "base/mem.h"
#include "base/num.h"

#include <inttypes.h>

static bool bounded(const struct field *f)
{
    return f->min != 0 || f->max != 0;
}

/* ---- JSON Schema ---------------------------------------------------------------------------- */

static void write_default(struct json_writer *w, const struct field *f)
{
    int64_t i;
    double d;
    if (!f->dflt)
        return;
    json_key(w, S("default"));
    if (f->kind == FIELD_KIND_INT && num_get_int(str_from(f->dflt), &i))
        json_int(w, i);
    else if (f->kind == FIELD_KIND_FLOAT && num_get_double(str_from(f->dflt), &d))
        json_float(w, d);
    else if (f->kind == FIELD_KIND_BOOL)
        json_bool(w, strcmp(f->dflt, "true") == 0);
    else
        json_str(w, str_from(f->dflt));
}

static void write_bounds(struct json_writer *w, const struct field *f, const char *low,
                         const char *high)
{
    if (!bounded(f))
        return;
    json_key(w, str_from(low));
    json_int(w, f->min);
    if (f->max != INT64_MAX && f->max != 0) {
        json_key(w, str_from(high));
        json_int(w, f->max);
    }
}

static void write_object(struct json_writer *w, const struct fields *fields)
{
    json_put_str(w, "type", S("object"));
    json_key(w, S("properties"));
    json_begin_map(w);
    describe_properties(w, fields);
    json_end_map(w);
    json_key(w, S("required"));
    json_begin_list(w);
    describe_required(w, fields);
    json_end_list(w);
    json_key(w, S("additionalProperties"));
    json_bool(w, false);
}

static void write_one_or_list(struct json_writer *w, const struct field *f)
{
    json_key(w, S("anyOf"));
    json_begin_list(w);
    for (int list = 0; list < 2; list++) {
        json_begin_map(w);
        if (list) {
            json_put_str(w, "type", S("array"));
            json_key(w, S("items"));
            json_begin_map(w);
        }
        if (f->kind == FIELD_KIND_OBJS)
            write_object(w, f->sub);
        else
            json_put_str(w, "type", S("string"));
        if (list)
            json_end_map(w);
        json_end_map(w);
    }
    json_end_list(w);
}

static void write_number(struct json_writer *w, const struct field *f, const char *type)
{
    if (!f->runtime) {
        json_put_str(w, "type", str_from(type));
        write_bounds(w, f, "minimum", "maximum");
        return;
    }
    json_key(w, S("anyOf"));
    json_begin_list(w);
    json_begin_map(w);
    json_put_str(w, "type", str_from(type));
    write_bounds(w, f, "minimum", "maximum");
    json_end_map(w);
    json_begin_map(w);
    json_put_str(w, "type", S("string"));
    json_put_str(w, "pattern", S("^\\$"));
    json_end_map(w);
    json_end_list(w);
}

static void write_words(struct json_writer *w, const struct field *f)
{
    if (f->any_case) { /* JSON Schema's enum minds the case: words are only suggested */
        json_put_str(w, "type", S("string"));
        json_key(w, S("examples"));
    } else {
        json_key(w, S("enum"));
    }
    json_begin_list(w);
    for (size_t i = 0; f->values[i]; i++)
        json_str(w, str_from(f->values[i]));
    json_end_list(w);
}

static void write_kind(struct json_writer *w, const struct field *f)
{
    switch (f->kind) {
    case FIELD_KIND_STR:
        json_put_str(w, "type", S("string"));
        if (!f->runtime)
            write_bounds(w, f, "minLength", "maxLength");
        return;
    case FIELD_KIND_INT:
        write_number(w, f, "integer");
        return;
    case FIELD_KIND_FLOAT:
        write_number(w, f, "number");
        return;
    case FIELD_KIND_BOOL:
        json_put_str(w, "type", S("boolean"));
        return;
    case FIELD_KIND_ENUM:
        write_words(w, f);
        return;
    case FIELD_KIND_STRS:
    case FIELD_KIND_OBJS:
        write_one_or_list(w, f);
        return;
    case FIELD_KIND_ANY:
        return;
    case FIELD_KIND_MAP:
        json_put_str(w, "type", S("object"));
        return;
    case FIELD_KIND_OBJ:
        write_object(w, f->sub);
        return;
    case FIELD_KIND_GROUPS:
        json_put_str(w, "$ref", S("#/definitions/groups"));
        return;
    }
    UNREACHABLE();
}

static void write_description(struct json_writer *w, const struct field *f)
{
    struct buf text;
    buf_init(&text, 0);
    if (f->doc)
        buf_put(&text, str_from(f->doc));
    if (f->unit)
        buf_printf(&text, "%sUnit: %s.", text.n ? " " : "", f->unit);
    if (text.n)
        json_put_str(w, "description", buf_str(&text));
    buf_done(&text);
}

/* Examples are YAML; of strings it is seen what they are. */
static void write_example(struct json_writer *w, const struct field *f)
{
    struct str text = f->example ? str_from(f->example) : (struct str){ 0 };
    if (f->kind != FIELD_KIND_STR || !text.n || text.p[0] == '[' || text.p[0] == '{')
        return;
    bool quoted = text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"';
    if (quoted && str_find_char(text, '\\', 0) != SIZE_MAX)
        return;
    json_key(w, S("examples"));
    json_begin_list(w);
    json_str(w, quoted ? str_sub(text, 1, text.n - 1) : text);
    json_end_list(w);
}

void describe_property(struct json_writer *w, const struct field *f)
{
    write_description(w, f);
    write_kind(w, f);
    write_default(w, f);
    write_example(w, f);
}

/* A table inside itself, API paths below API paths, is written out once. */
static void write_property(struct json_writer *w, const struct fields *within,
                           const struct field *f, const char *key)
{
    json_key(w, str_from(key));
    json_begin_map(w);
    if (f->sub != within)
        describe_property(w, f);
    else if (f->doc)
        json_put_str(w, "description", str_from(f->doc));
    json_end_map(w);
}

void describe_properties(struct json_writer *w, const struct fields *fields)
{
    for (size_t i = 0; i < fields->n; i++) {
        const struct field *f = &fields->rows[i];
        write_property(w, fields, f, f->key);
        for (size_t j = 0; f->aliases && f->aliases[j]; j++)
            write_property(w, fields, f, f->aliases[j]);
    }
}

void describe_required(struct json_writer *w, const struct fields *fields)
{
    for (size_t i = 0; i < fields->n; i++)
        if (fields->rows[i].required && !fields->rows[i].aliases)
            json_str(w, str_from(fields->rows[i].key));
}

/* ---- pages ---------------------------------------------------------------------------------- */

static const char *kind_words(const struct field *f)
{
    static const char *const WORDS_OF[] = {
        [FIELD_KIND_STR] = "string",    [FIELD_KIND_INT] = "integer",
        [FIELD_KIND_FLOAT] = "number",  [FIELD_KIND_BOOL] = "boolean",
        [FIELD_KIND_ENUM] = "word",     [FIELD_KIND_STRS] = "list of strings",
        [FIELD_KIND_ANY] = "data",      [FIELD_KIND_MAP] = "map",
        [FIELD_KIND_OBJ] = "map",       [FIELD_KIND_OBJS] = "list of maps",
        [FIELD_KIND_GROUPS] = "groups",
    };
    return WORDS_OF[f->kind];
}

/* "1 to 900 seconds" */
static void put_limits(struct buf *out, const struct field *f)
{
    bool text = f->kind == FIELD_KIND_STR;
    const char *unit = text ? "characters" : f->unit ? f->unit : "";
    if (f->values) {
        for (size_t i = 0; f->values[i]; i++)
            buf_printf(out, "%s%s", i ? ", " : "", f->values[i]);
    } else if (bounded(f)) {
        if (f->max == INT64_MAX)
            buf_printf(out, "%" PRId64 " or more", f->min);
        else
            buf_printf(out, "%" PRId64 " to %" PRId64, f->min, f->max);
        buf_printf(out, "%s%s", *unit ? " " : "", unit);
    } else if (f->unit) {
        buf_put(out, str_from(f->unit));
    }
}

/* A table's cell: bars and line ends would break it. */
static void put_cell(struct buf *out, const char *text)
{
    for (; text && *text; text++) {
        if (*text == '|')
            buf_putc(out, '\\');
        buf_putc(out, *text == '\n' ? ' ' : *text);
    }
}

static void put_row(struct buf *out, const struct field *f)
{
    buf_printf(out, "| `%s`", f->key);
    if (f->required)
        buf_put(out, S(" (required)"));
    for (size_t i = 0; f->aliases && f->aliases[i]; i++)
        buf_printf(out, "%s`%s`", i ? ", " : "<br>also ", f->aliases[i]);
    buf_printf(out, " | %s%s | ", kind_words(f), f->runtime ? " or path" : "");
    put_limits(out, f);
    buf_put(out, S(" | "));
    if (f->dflt)
        buf_printf(out, "`%s`", f->dflt);
    buf_put(out, S(" | "));
    put_cell(out, f->doc);
    buf_put(out, S(" |\n"));
}

void describe_markdown(struct buf *out, const struct fields *fields)
{
    if (!fields->n)
        return;
    buf_put(out, S("| key | kind | allowed | default | meaning |\n"
                   "| --- | --- | --- | --- | --- |\n"));
    for (size_t i = 0; i < fields->n; i++)
        put_row(out, &fields->rows[i]);
    for (size_t i = 0; i < fields->n; i++)
        if (fields->rows[i].sub && fields->rows[i].sub != fields) {
            buf_printf(out, "\n`%s`:\n\n", fields->rows[i].key);
            describe_markdown(out, fields->rows[i].sub);
        }
}

/* ---- explain -------------------------------------------------------------------------------- */

void describe_field(struct buf *out, struct str owner, const struct field *f)
{
    buf_printf(out, "%.*s.%s: %s%s%s\n", STR(owner), f->key, kind_words(f),
               f->runtime ? ", or a run-time path" : "", f->required ? ", required" : "");
    if (f->doc)
        buf_printf(out, "  %s\n", f->doc);
    if (bounded(f) || f->values || f->unit) {
        buf_put(out, S("  allowed: "));
        put_limits(out, f);
        buf_putc(out, '\n');
    }
    if (f->dflt)
        buf_printf(out, "  default: %s%s%s\n", f->dflt, f->unit ? " " : "", f->unit ? f->unit : "");
    for (size_t i = 0; f->aliases && f->aliases[i]; i++)
        buf_printf(out, "%s%s", i ? ", " : "  also spelt: ", f->aliases[i]);
    if (f->aliases)
        buf_putc(out, '\n');
    if (f->example)
        buf_printf(out, "  example: %s: %s\n", f->key, f->example);
    if (f->source)
        buf_printf(out, "  source: %s\n", f->source);
    for (size_t i = 0; f->sub && i < f->sub->n; i++)
        buf_printf(out, "%s%s", i ? ", " : "  keys: ", f->sub->rows[i].key);
    if (f->sub)
        buf_putc(out, '\n');
}

const struct field *describe_find(const struct fields *fields, struct str key)
{
    for (size_t i = 0; i < fields->n; i++) {
        const struct field *f = &fields->rows[i];
        if (str_eq(str_from(f->key), key))
            return f;
        for (size_t j = 0; f->aliases && f->aliases[j]; j++)
            if (str_eq(str_from(f->aliases[j]), key))
                return f;
    }
    return NULL;
}
