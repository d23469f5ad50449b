#include "job_file.h"

#include "schema/bind.h"

/* ---- tables --------------------------------------------------------------------------------- */

struct file_body {
    struct vstr name, description, sql_queries, glue_jobs, udfs, tests, variables_files;
    struct vany variables, steps, nblines;
};
struct step_body {
    struct vstr name, type, description;
    struct vany config;
};

#define F(kind, name, ...) FIELD_##kind(struct file_body, name, __VA_ARGS__)
static const struct field file_rows[] = {
    F(STR, name, .doc = "For people."),
    F(STR, description, .aliases = WORDS("comment"), .doc = "For people."),
    F(ANY, variables,
      .doc = "Template variables of this file, or `file:`, looked for in variables_files/."),
    F(STR, sql_queries, .aliases = WORDS("queries"), .dflt = "sql_queries",
      .doc = "Folder of SQL files: in customcode/glue, or from the root if it holds a '/'."),
    F(STR, glue_jobs, .doc = "Of old job files; not needed."),
    F(STR, udfs, .doc = "Of old job files; not needed."),
    F(STR, tests, .doc = "Of old job files; not needed."),
    F(STR, variables_files, .doc = "Of old job files; not needed."),
    F(ANY, nblines, .doc = "Of old job files; not needed."),
    F(ANY, steps, .required = true, .doc = "Steps, which run one after the other."),
};
#undef F
static const struct fields file_fields =
    FIELDS(struct file_body, "the job file", file_rows, .doc = "A job file for Glue.");

#define F(kind, name, ...) FIELD_##kind(struct step_body, name, __VA_ARGS__)
static const struct field step_rows[] = {
    F(STR, name, .required = true, .min = 1, .max = 128,
      .doc = "Its name, and that of the table that it makes."),
    F(STR, type, .required = true, .example = "query", .doc = "What it does."),
    F(STR, description, .aliases = WORDS("comment"), .doc = "For people."),
    F(MAP, config, .doc = "How it does it."),
};
#undef F
static const struct fields step_fields =
    FIELDS(struct step_body, "step", step_rows, .doc = "A step of a job file.");

/* ---- what handlers call --------------------------------------------------------------------- */

void glue_add_frame(struct glue_reading *r, struct str name)
{
    vec_push(r->plan->arena, &r->frames, name);
}

static bool has_frame(const struct glue_reading *r, struct str name)
{
    for (size_t i = 0; i < r->frames.n; i++)
        if (str_eq(r->frames.p[i], name))
            return true;
    return false;
}

/* The step of that name, wherever it stands; NULL if there is none. */
static const struct node *named_step(const struct glue_reading *r, struct str name)
{
    for (size_t i = 0; i < r->steps->seq.n; i++) {
        const struct node *n = node_get(r->steps->seq.items[i], S("name"));
        if (node_is_str(n) && str_eq(n->str, name))
            return n;
    }
    return NULL;
}

bool glue_need_frame(struct glue_reading *r, struct vstr name)
{
    if (has_frame(r, name.s))
        return true;
    const struct node *other = named_step(r, name.s);
    struct diag *d = diag_error(r->plan->ds, "unknown-reference", name.span,
                                "no step before this one makes a table '%.*s'", STR(name.s));
    if (other)
        diag_note(d, other->span, "this step is called so");
    else
        diag_suggest(d, name.s, r->frames.p, r->frames.n);
    r->good = false;
    return false;
}

/* What is left of text that a ${…} makes known at run time only: the folder above it. */
static struct str known_folder(struct str s)
{
    size_t at = str_find(s, S("${"), 0);
    if (at == SIZE_MAX)
        return s;
    size_t slash = str_rfind_char(str_sub(s, 0, at), '/');
    return str_sub(s, 0, slash == SIZE_MAX ? 0 : slash);
}

void glue_add_place(struct glue_reading *r, struct str bucket, struct str prefix, unsigned access,
                    struct span span, const char *does)
{
    struct arena *a = r->plan->arena;
    struct glue_place place = { .access = access, .span = span, .does = does };
    while (prefix.n && prefix.p[0] == '/')
        prefix = str_sub(prefix, 1, prefix.n);
    if (str_find(bucket, S("${"), 0) == SIZE_MAX)
        place.url = arena_printf(a, "s3://%.*s/%.*s", STR(bucket), STR(known_folder(prefix)));
    if (!str_eq(known_folder(prefix), prefix))
        place.access &= ~(unsigned)(PLAN_S3_OBJECT | PLAN_S3_MARKER);
    vec_push(a, &r->out->places, place);
}

/* ---- SQL ------------------------------------------------------------------------------------ */

static struct vstr sql_path(struct glue_reading *r, struct vstr file)
{
    struct str folder = r->folder.s;
    bool from_root = str_starts(file.s, S("customcode/"));
    bool far = str_find_char(folder, '/', 0) != SIZE_MAX;
    if (!from_root)
        file.s = arena_printf(r->plan->arena, "%s%.*s/%.*s", far ? "" : "customcode/glue/",
                              STR(folder), STR(file.s));
    return file;
}

/* A plain name that no step makes is a table of the database `default`, or a mistake. */
static void check_table(struct glue_reading *r, struct vstr step, struct str name, struct span span)
{
    const struct node *later = named_step(r, name);
    size_t near = diag_nearest(name, r->frames.p, r->frames.n);
    if (str_eq(name, step.s) || (!later && near == SIZE_MAX))
        return;
    struct diag *d =
        later ? diag_error(r->plan->ds, "unknown-reference", span,
                           "this query reads '%.*s', which a later step makes", STR(name))
              : diag_warning(r->plan->ds, "unknown-reference", span,
                             "no step makes '%.*s'; a table of the database default is meant",
                             STR(name));
    if (later)
        diag_note(d, later->span, "that step");
    else
        diag_help(d, "did you mean '%.*s'?", STR(r->frames.p[near]));
    r->good = r->good && !later;
}

static void add_statement(struct glue_reading *r, struct vstr step, const struct sql_statement *st,
                          struct span span)
{
    struct sql_statement foreign = *st;
    foreign.tables.n = foreign.tables.cap = 0;
    foreign.tables.p = NULL;
    for (size_t i = 0; i < st->tables.n; i++) {
        struct sql_table t = st->tables.p[i];
        if (!t.database.n && has_frame(r, t.name))
            continue;
        if (!t.database.n)
            check_table(r, step, t.name, span);
        vec_push(r->plan->arena, &foreign.tables, t);
    }
    vec_push(r->plan->arena, &r->out->queries, foreign);
}

struct str glue_take_sql(struct glue_reading *r, struct vstr name, struct vstr sql,
                         struct vstr file, struct node *config)
{
    struct plan *p = r->plan;
    struct span span = sql.span;
    struct source *src = NULL;
    struct sql_text text;
    r->good = r->good && sql.set != file.set;
    if (sql.set == file.set) {
        struct diag *d = diag_error(p->ds, sql.set ? "conflict" : "missing-key", name.span,
                                    "step '%.*s' takes %s of 'sql' and 'file'", STR(name.s),
                                    sql.set ? "only one" : "one");
        if (!sql.set)
            diag_help(d, "for example 'sql: SELECT * FROM …'");
        return S("");
    }
    if (file.set && !(src = plan_read_text(p, sql_path(r, file), r->variables))) {
        r->good = false;
        return S("");
    }
    sql_read(p->arena, src ? src->text : sql.s, &text);
    if (src)
        span = (struct span){ src, (uint32_t)(text.open ? text.open_at : 0), 1 };
    if (text.open || text.all.n != 1) {
        if (text.open)
            diag_error(p->ds, "bad-sql", span, "this %s does not end", text.open);
        else
            diag_error(p->ds, "bad-sql", file.set ? file.span : span,
                       "there are %zu statements; expected one", text.all.n);
        r->good = false;
        return S("");
    }
    const struct sql_statement *st = &text.all.p[0];
    if (src)
        span = (struct span){ src, (uint32_t)st->at, (uint32_t)st->text.n };
    add_statement(r, name, st, src ? (struct span){ src, span.at, 1 } : span);
    node_put(p->arena, config, S("sql"), span, node_str(p->arena, span, st->text));
    return st->text;
}

/* ---- ${arguments} --------------------------------------------------------------------------- */

static void unknown_argument(struct glue_reading *r, struct str name, struct span span)
{
    const struct node *args = r->arguments;
    struct diag *d = diag_error(r->plan->ds, "unknown-argument", span,
                                "the step gives no argument '%.*s'", STR(name));
    VEC(struct str) names = { 0 };
    for (size_t i = 0; args && i < args->map.n; i++)
        vec_push(r->plan->arena, &names, args->map.entries[i].key);
    if (diag_nearest(name, names.p, names.n) != SIZE_MAX)
        diag_suggest(d, name, names.p, names.n);
    else
        diag_help(d, "add it in the pipeline: 'arguments: {%.*s: $.%.*s}'", STR(name), STR(name));
    r->good = false;
}

/* Every ${name} in the data is an argument. */
static void check_arguments(struct glue_reading *r, const struct node *n, int depth)
{
    for (size_t i = 0; n->kind == NODE_MAP && depth < 64 && i < n->map.n; i++)
        check_arguments(r, n->map.entries[i].value, depth + 1);
    for (size_t i = 0; n->kind == NODE_SEQ && depth < 64 && i < n->seq.n; i++)
        check_arguments(r, n->seq.items[i], depth + 1);
    if (n->kind != NODE_STR)
        return;
    for (size_t at = 0; (at = str_find(n->str, S("${"), at)) != SIZE_MAX; at++) {
        size_t end = str_find_char(n->str, '}', at);
        struct str name = str_sub(n->str, at + 2, end == SIZE_MAX ? n->str.n : end);
        if (!node_get(r->arguments, name))
            unknown_argument(r, name, n->span);
    }
}

/* ---- steps ---------------------------------------------------------------------------------- */

static const struct glue_handler *find_handler(struct glue_reading *r, struct vstr type)
{
    struct str names[32];
    size_t n = 0;
    for (size_t i = 0; i < glue_handler_count && n < 32; i++) {
        if (str_eq(type.s, str_from(glue_handlers[i].type)))
            return &glue_handlers[i];
        names[n++] = str_from(glue_handlers[i].type);
    }
    struct diag *d = diag_error(r->plan->ds, "unknown-type", type.span,
                                "unknown step type '%.*s' in a job file", STR(type.s));
    struct buf all;
    if (diag_nearest(type.s, names, n) != SIZE_MAX) {
        diag_suggest(d, type.s, names, n);
        return NULL;
    }
    buf_init(&all, 0);
    for (size_t i = 0; i < n; i++)
        buf_printf(&all, "%s%.*s", i ? ", " : "", STR(names[i]));
    diag_help(d, "known types: %.*s", STR(buf_str(&all)));
    buf_done(&all);
    return NULL;
}

/* "customcode/glue/glue_jobs/x.yaml:12": where the driver says that something failed. */
static struct node *place_node(struct plan *p, struct span span)
{
    struct span at = span_origin(span, NULL);
    if (!at.src)
        return plan_text(p, "");
    return plan_textf(p, "%.*s:%zu", STR(at.src->path), source_position(at.src, at.at).line);
}

static void check_name(struct glue_reading *r, struct vstr name, const struct node *first)
{
    bool fine = !ascii_is_digit(name.s.p[0]);
    for (size_t i = 0; i < name.s.n; i++)
        fine = fine && (ascii_is_alnum(name.s.p[i]) || name.s.p[i] == '_');
    if (!fine) {
        struct diag *d = diag_error(r->plan->ds, "bad-name", name.span,
                                    "'%.*s' cannot name a step of a job file", STR(name.s));
        diag_help(d, "its table is called so: use letters, digits and '_', no digit first");
    } else if (first && first->span.at != name.span.at) {
        struct diag *d = diag_error(r->plan->ds, "duplicate-name", name.span,
                                    "there are two steps named '%.*s'", STR(name.s));
        diag_note(d, first->span, "the first one");
        fine = false;
    }
    r->good = r->good && fine;
}

static struct str label(struct plan *p, struct vstr name)
{
    return arena_printf(p->arena, "step '%.*s'", STR(name.s));
}

static struct node *read_step(struct glue_reading *r, const struct node *n)
{
    struct plan *p = r->plan;
    struct bind b = { .arena = p->arena, .ds = p->ds };
    struct step_body body = { 0 };
    struct bind_part part = { &step_fields, &body };
    if (n->kind != NODE_MAP) {
        diag_error(p->ds, "wrong-type", n->span, "a step is %s; expected a map", node_kind_name(n));
        return NULL;
    }
    const struct node *name = node_get(n, S("name"));
    struct vstr named = { .s = node_is_str(name) ? name->str : S("") };
    if (!bind_parts(&b, n, NULL, &part, 1, named.s.n ? label(p, named) : S("step")))
        return NULL;
    check_name(r, body.name, named_step(r, body.name.s));
    const struct glue_handler *h = find_handler(r, body.type);
    if (!h)
        return NULL;
    const struct node *config = body.config.node ? body.config.node : node_map(p->arena, n->span);
    void *out = arena_alloc(p->arena, h->fields->size);
    struct bind_part own = { h->fields, out };
    if (!bind_parts(&b, config, NULL, &own, 1, label(p, body.name))) {
        glue_add_frame(r, body.name.s); /* one mistake, one message */
        return NULL;
    }
    struct node *made = plan_map(p), *data = bind_node(p->arena, h->fields, out, config->span);
    h->take(r, body.name, out, data);
    check_arguments(r, data, 0);
    plan_put(p, made, "name", plan_str(p, body.name.s));
    plan_put(p, made, "type", plan_text(p, h->type));
    plan_put(p, made, "at", place_node(p, body.name.span));
    plan_put(p, made, "config", data);
    return made;
}

static struct node *header(struct plan *p, const struct step *s, const struct glue_reading *r)
{
    struct node *doc = plan_map(p), *arguments = plan_list(p);
    for (size_t i = 0; r->arguments && i < r->arguments->map.n; i++)
        node_push(p->arena, arguments, plan_str(p, r->arguments->map.entries[i].key));
    plan_put(p, doc, "version", plan_int(p, 1));
    plan_put(p, doc, "pipeline", plan_str(p, p->pipeline->full_name));
    plan_put(p, doc, "stage", plan_str(p, p->pipeline->stage->name));
    plan_put(p, doc, "job", plan_str(p, s->item.name.s));
    plan_put(p, doc, "arguments", arguments);
    return doc;
}

/* The file's own variables, and over them those of the step. */
static const struct node *with_own(struct plan *p, struct node *own, const struct node *variables)
{
    for (size_t i = 0; i < variables->map.n; i++)
        node_put(p->arena, own, variables->map.entries[i].key, variables->map.entries[i].key_span,
                 variables->map.entries[i].value);
    return own;
}

/* stage_ is the stage, but empty in production: databases were called lake_{{ stage_ }} so. */
static const struct node *with_stage(struct plan *p, const struct node *variables)
{
    struct node *all = plan_map(p);
    bool prod = str_eq(p->pipeline->stage->name, S("prod"));
    plan_put(p, all, "stage_", plan_str(p, prod ? S("") : p->pipeline->stage->name));
    for (size_t i = 0; variables && i < variables->map.n; i++)
        node_put(p->arena, all, variables->map.entries[i].key, variables->map.entries[i].key_span,
                 variables->map.entries[i].value);
    return all;
}

bool glue_read_job_file(struct plan *p, const struct step *s, struct vstr path,
                        const struct node *variables, const struct node *arguments,
                        struct glue_job_file *out)
{
    struct glue_reading r = { .plan = p, .arguments = arguments, .out = out, .good = true };
    struct file_body body = { 0 };
    struct bind b = { .arena = p->arena, .ds = p->ds };
    struct bind_part part = { &file_fields, &body };
    r.variables = with_stage(p, variables);
    struct node *own = NULL;
    const struct node *doc = plan_read_yaml(p, path, r.variables, &own);
    if (!doc)
        return false;
    if (doc->kind != NODE_MAP) {
        diag_error(p->ds, "wrong-type", doc->span,
                   "the job file is %s; expected a map with 'steps'", node_kind_name(doc));
        return false;
    }
    if (!bind_parts(&b, doc, NULL, &part, 1, S("the job file")))
        return false;
    r.steps = body.steps.node;
    if (r.steps->kind != NODE_SEQ || !r.steps->seq.n) {
        diag_error(p->ds, r.steps->kind == NODE_SEQ ? "empty-value" : "wrong-type",
                   r.steps->kind == NODE_NULL ? doc->span : r.steps->span,
                   "'steps' is %s; expected a list of steps",
                   r.steps->kind == NODE_SEQ ? "empty" : node_kind_name(r.steps));
        return false;
    }
    r.folder = body.sql_queries;
    r.variables = with_own(p, own, r.variables);
    struct node *made = header(p, s, &r), *steps = plan_list(p);
    for (r.at = 0; r.at < r.steps->seq.n; r.at++) {
        struct node *one = read_step(&r, r.steps->seq.items[r.at]);
        r.good = r.good && one;
        if (one)
            node_push(p->arena, steps, one);
    }
    plan_put(p, made, "steps", steps);
    out->document = made;
    return r.good;
}
