/* Jinja cases with the results that Jinja2 3.1 gave: cases.jsonl in DIR.
 * --level 1: the same text, or an error; --level 2: errors of the same stage and class;
 * --level 3: and on the same line (the words are ours). Families: by tag py-method, and the rest.
 */
#include "corpus.h"
#include "template/template.h"

#include "base/json.h"
#include "base/num.h"

#include <stdio.h>

struct options {
    int64_t level;
};

static bool option(void *data, struct str text)
{
    struct options *o = data;
    return str_starts(text, S("--level=")) && num_get_int(str_sub(text, 8, text.n), &o->level) &&
           o->level >= 1 && o->level <= 3;
}

/* One case: its templates, and what came out. */
struct job {
    struct arena arena;
    struct diags ds;
    const struct node *line, *expect;
    bool compiled;
};

/* Integers beyond 64 bits are floats to the JSON reader; their digits are still in the text. */
static struct val value_of(const struct node *n)
{
    struct val v;
    struct str text = span_text(n->span);
    switch (n->kind) {
    case NODE_FLOAT:
        for (size_t i = 0; i < text.n; i++)
            if (!ascii_is_digit(text.p[i]) && text.p[i] != '-')
                return val_float(n->number);
        return template_integer(text);
    case NODE_SEQ:
        v = val_list();
        for (size_t i = 0; i < n->seq.n; i++)
            v = val_list_push(v, value_of(n->seq.items[i]));
        return v;
    case NODE_MAP:
        v = val_map();
        for (size_t i = 0; i < n->map.n; i++)
            v = val_map_set(v, n->map.entries[i].key, value_of(n->map.entries[i].value));
        return v;
    default:
        return val_from_node(n);
    }
}

static struct str text_of(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}

static bool flag_of(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return n && n->kind == NODE_BOOL && n->boolean;
}

static void set_text(const struct node *env, const char *key, struct str *to)
{
    const struct node *n = node_get(env, str_from(key));
    if (n && n->kind == NODE_STR)
        *to = n->str;
}

static bool has_item(const struct node *list, struct str item)
{
    for (size_t i = 0; list && list->kind == NODE_SEQ && i < list->seq.n; i++)
        if (list->seq.items[i]->kind == NODE_STR && str_eq(list->seq.items[i]->str, item))
            return true;
    return false;
}

static struct template_options case_options(const struct node *env)
{
    struct template_options o = template_options_jinja();
    struct str undefined = text_of(env, "undefined");
    const struct node *extensions = node_get(env, S("extensions"));
    o.trim_blocks = flag_of(env, "trim_blocks");
    o.lstrip_blocks = flag_of(env, "lstrip_blocks");
    o.keep_trailing_newline = flag_of(env, "keep_trailing_newline");
    o.autoescape = flag_of(env, "autoescape");
    o.undefined = str_eq(undefined, S("strict"))      ? TEMPLATE_STRICT
                  : str_eq(undefined, S("chainable")) ? TEMPLATE_CHAINABLE
                  : str_eq(undefined, S("debug"))     ? TEMPLATE_DEBUG
                                                      : TEMPLATE_LENIENT;
    o.no_do = !has_item(extensions, S("do"));
    o.no_loopcontrols = !has_item(extensions, S("loopcontrols"));
    set_text(env, "newline_sequence", &o.newline);
    set_text(env, "block_start_string", &o.block_start);
    set_text(env, "block_end_string", &o.block_end);
    set_text(env, "variable_start_string", &o.variable_start);
    set_text(env, "variable_end_string", &o.variable_end);
    set_text(env, "comment_start_string", &o.comment_start);
    set_text(env, "comment_end_string", &o.comment_end);
    set_text(env, "line_statement_prefix", &o.line_statement);
    set_text(env, "line_comment_prefix", &o.line_comment);
    return o;
}

static struct source *load(void *ctx, struct str name, const struct source *by, struct span cause)
{
    struct job *job = ctx;
    (void)by;
    (void)cause;
    const struct node *templates = node_get(job->line, S("templates"));
    const struct node *text = node_get(templates, name);
    return text ? source_make(&job->arena, name, text->str) : NULL;
}

static struct source *main_source(struct job *job)
{
    const struct node *text = node_get(job->line, S("template"));
    if (text)
        return source_make(&job->arena, S("<template>"), text->str);
    struct str name = text_of(job->line, "name");
    return load(job, name, NULL, (struct span){ 0 });
}

static struct source *run(struct job *job)
{
    struct template_options o = case_options(node_get(job->line, S("env")));
    const struct node *globals = node_get(job->line, S("globals"));
    const struct node *context = node_get(job->line, S("context"));
    struct source *result = NULL;
    o.loader = (struct template_loader){ load, job };
    o.globals = globals ? value_of(globals) : val_map();
    struct template *t = template_compile(&job->ds, &o, main_source(job));
    job->compiled = t != NULL;
    if (t)
        result = template_run(&job->arena, &job->ds, t, context ? value_of(context) : val_map());
    template_free(t);
    val_free(o.globals);
    return result;
}

static const struct {
    const char *slug, *class;
} classes[] = {
    { "filter-argument", "FilterArgumentError" },
    { "jsonata-in-template", "TemplateSyntaxError" },
    { "no-template", "TemplateNotFound" },
    { "no-templates", "TemplatesNotFound" },
    { "template-assertion", "TemplateAssertionError" },
    { "template-runtime", "TemplateRuntimeError" },
    { "template-syntax", "TemplateSyntaxError" },
    { "undefined-attribute", "UndefinedError" },
    { "undefined-value", "UndefinedError" },
    { "undefined-variable", "UndefinedError" },
    { "unknown-filter", "TemplateAssertionError" },
    { "unknown-tag", "TemplateSyntaxError" },
    { "unknown-test", "TemplateAssertionError" },
};

/* Filters that are not known are found out when they are compiled, or when they are run. */
static const char *class_of(const struct diag *d, bool compiled)
{
    if (compiled && str_starts(str_from(d->slug), S("unknown-")))
        return "TemplateRuntimeError";
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (!strcmp(classes[i].slug, d->slug))
            return classes[i].class;
    return "Exception";
}

static const char *judge_error(struct job *job, int64_t level, struct buf *why)
{
    const struct diag *d = job->ds.all.p[0];
    const struct node *line = node_get(job->expect, S("line"));
    struct position at =
        d->span.src ? source_position(d->span.src, d->span.at) : (struct position){ 0 };
    bool at_compile = str_eq(text_of(job->expect, "stage"), S("compile"));
    struct str class = text_of(job->expect, "class");
    if (level >= 2 && flag_of(job->expect, "jinja")) {
        if (at_compile == job->compiled || !str_eq(class, str_from(class_of(d, job->compiled))))
            buf_printf(why, "should be %.*s %s, is %s %s: %.*s", STR(class),
                       at_compile ? "at compile" : "at run", class_of(d, job->compiled),
                       job->compiled ? "at run" : "at compile", STR(d->message));
        else if (level >= 3 && line && line->kind == NODE_INT && line->integer != (int64_t)at.line)
            buf_printf(why, "should be on line %lld, is on %zu: %.*s", (long long)line->integer,
                       at.line, STR(d->message));
    }
    if (!why->n)
        return NULL;
    buf_putc(why, '\0');
    return why->p;
}

static const char *judge(struct job *job, int64_t level, struct buf *why)
{
    bool error = str_eq(text_of(job->expect, "kind"), S("error"));
    struct source *result = run(job);
    struct str want = text_of(job->expect, "text");
    if (!result && error)
        return judge_error(job, level, why);
    if (error)
        buf_printf(why, "should fail (%.*s), gave '%.*s'", STR(text_of(job->expect, "message")),
                   STR(result->text));
    else if (!result)
        buf_printf(why, "failed: %.*s", STR(job->ds.all.p[0]->message));
    else if (str_eq(result->text, want))
        return NULL;
    else
        buf_printf(why, "\n--- have\n%.*s\n--- want\n%.*s\n---", STR(result->text), STR(want));
    buf_putc(why, '\0');
    return why->p;
}

/* "--level 2" is "--level=2". */
static int join_level(int argc, char **argv, char joined[32])
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--level") != 0)
            continue;
        snprintf(joined, 32, "--level=%s", argv[i + 1]);
        argv[i] = joined;
        for (int k = i + 1; k + 1 < argc; k++)
            argv[k] = argv[k + 1];
        return argc - 1;
    }
    return argc;
}

int main(int argc, char **argv)
{
    char joined[32];
    struct corpus c;
    struct options o = { 1 };
    argc = join_level(argc, argv, joined);
    corpus_init(&c, argc, argv, option, &o);
    struct str rest = corpus_read(&c, S("cases.jsonl")), line;
    while (str_split(&rest, '\n', &line)) {
        struct job job = { 0 };
        diags_init(&job.ds, &job.arena);
        job.line =
            json_read_node(&job.arena, &job.ds, source_make(&job.arena, S("cases.jsonl"), line));
        if (!job.line) {
            fprintf(stderr, "not JSON: %.*s\n", STR(line));
            return 3;
        }
        job.expect = node_get(job.line, S("expect"));
        struct str id = text_of(job.line, "id");
        bool method = has_item(node_get(job.line, S("tags")), S("py-method"));
        if (corpus_wants(&c, id)) {
            struct buf why;
            buf_init(&why, 0);
            corpus_result(&c, method ? S("py-method") : S("others"), id,
                          judge(&job, o.level, &why));
            buf_done(&why);
        }
        arena_done(&job.arena);
    }
    return corpus_close(&c);
}
