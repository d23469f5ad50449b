/* What a user reads for each fault of a definition, word for word. Definitions are written with the
 * two kinds of quotes swapped, so that they need no escapes. */
#include "asl/asl.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* One state S and nothing else; one state S and a place E to go to. */
#define ONE(fields) "{'StartAt':'S','States':{'S':{" fields "}}}"
#define TWO(fields) "{'StartAt':'S','States':{'S':{" fields "},'E':{'Type':'Succeed'}}}"
#define JSONATA_ONE(fields) "{'StartAt':'S','QueryLanguage':'JSONata','States':{'S':{" fields "}}}"
#define TASK(fields) \
    ONE("'Type':'Task','Resource':'arn:aws:lambda:us-east-1:1:function:f','End':true," fields)
#define CHOICE(rule) TWO("'Type':'Choice','Choices':[{" rule ",'Next':'E'}]")
#define PASS(fields) ONE("'Type':'Pass','End':true," fields)
#define MAP(fields)                                                                           \
    ONE("'Type':'Map','End':true,'ItemProcessor':{'StartAt':'I','States':{'I':{'Type':'Pass'" \
        ",'End':true}}}," fields)
#define DISTRIBUTED(fields)                                                                    \
    ONE("'Type':'Map','End':true,'ItemProcessor':{'ProcessorConfig':{'Mode':'DISTRIBUTED',"    \
        "'ExecutionType':'STANDARD'},'StartAt':'I','States':{'I':{'Type':'Pass','End':true}}}" \
        "," fields)

struct sample {
    const char *name, *definition, *expected;
    struct asl_options o;
};

static const struct sample samples[] = {
#include "asl_check_samples.inc"
};

static struct str swap_quotes(struct arena *a, const char *text)
{
    struct str s = arena_str(a, str_from(text));
    char *p = (char *)s.p;
    for (size_t i = 0; i < s.n; i++)
        p[i] = p[i] == '\'' ? '"' : p[i] == '"' ? '\'' : p[i];
    return s;
}

/* "error: message [slug]" and "  help" lines, in the order of the text. */
static void render(struct diags *ds, struct buf *out)
{
    diags_sort(ds);
    for (size_t i = 0; i < ds->all.n; i++) {
        const struct diag *d = ds->all.p[i];
        buf_printf(out, "%s: %.*s [%s]\n", d->severity == SEVERITY_WARNING ? "warning" : "error",
                   STR(d->message), d->slug);
        for (size_t k = 0; k < d->helps.n; k++)
            buf_printf(out, "  help: %.*s\n", STR(d->helps.p[k]));
        for (size_t k = 0; k < d->notes.n; k++)
            buf_printf(out, "  note: %.*s\n", STR(d->notes.p[k].text));
    }
}

static void test_messages(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *s = &samples[i];
        struct arena a = { 0 };
        struct diags ds;
        struct buf out;
        diags_init(&ds, &a);
        buf_init(&out, 0);
        bool ok =
            asl_check(&a, &ds, source_make(&a, S("t"), swap_quotes(&a, s->definition)), &s->o);
        render(&ds, &out);
        if (!str_eq(buf_str(&out), str_from(s->expected)) || ok != (ds.errors == 0)) {
            print_message("@@%s\n%.*s@@\n", s->name, STR(buf_str(&out)));
            failed++;
        }
        buf_done(&out);
        arena_done(&a);
    }
    assert_int_equal(failed, 0);
}

/* Carets under the very piece of a string that is wrong, and under the place that a note means. */
static void test_carets(void **state)
{
    static const char definition[] = "{\n"
                                     "  \"StartAt\": \"Wiat\",\n"
                                     "  \"States\": {\n"
                                     "    \"Wait\": {\n"
                                     "      \"Type\": \"Wait\",\n"
                                     "      \"Seconds\": 5,\n"
                                     "      \"SecondsPath\": \"$.a..\",\n"
                                     "      \"OutputPath\": \"$.a[x]\",\n"
                                     "      \"End\": true\n"
                                     "    }\n"
                                     "  }\n"
                                     "}\n";
    static const char expected[] =
        "wait.asl.json:2:14: error: 'StartAt' is 'Wiat', but there is no such state "
        "[no-such-state]\n"
        "    2 |   \"StartAt\": \"Wiat\",\n"
        "      |              ^^^^^^ did you mean 'Wait'?\n"
        "wait.asl.json:7:7: error: 'Seconds' and 'SecondsPath' exclude each other "
        "[exclusive-fields]\n"
        "    7 |       \"SecondsPath\": \"$.a..\",\n"
        "      |       ^^^^^^^^^^^^^\n"
        "wait.asl.json:6:7: note: 'Seconds' stands here\n"
        "    6 |       \"Seconds\": 5,\n"
        "      |       ^^^^^^^^^\n"
        "wait.asl.json:8:26: error: 'OutputPath' is '$.a[x]': expected a name in quotes, an index, "
        "a slice, '*' or '?(' behind '[' [bad-path]\n"
        "    8 |       \"OutputPath\": \"$.a[x]\",\n"
        "      |                          ^\n";
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    const struct asl_options o = { 0 };
    (void)state;
    diags_init(&ds, &a);
    buf_init(&out, 0);
    assert_false(asl_check(&a, &ds, source_make(&a, S("wait.asl.json"), str_from(definition)), &o));
    diags_print(&ds, &out, false);
    if (!str_eq(buf_str(&out), str_from(expected)))
        fail_msg("what is printed:\n%.*s", STR(buf_str(&out)));
    buf_done(&out);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_messages),
                                        cmocka_unit_test(test_carets) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
