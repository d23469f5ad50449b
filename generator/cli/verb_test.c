#include "base/file.h"
#include "base/path.h"
#include "cli/machine.h"
#include "cli/test_report.h"
#include "runner/suite.h"
#include "schema/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct request {
    struct synth_options synth;
    struct str only, junit, ctest;
    bool coverage, tap, list, draft;
};

/* All files of one call. */
struct session {
    struct cli *c;
    const struct request *q;
    struct test_report report;
    size_t reached, total; /* of coverage */
    struct buf tests;      /* for CTest */
    struct str program;
    bool colour;
};

static struct str program_path(struct cli *c)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    return n > 0 ? arena_str(&c->arena, (struct str){ path, (size_t)n }) : S("stepwright");
}

/* The config as seen from the nearest folder above the test file that has it: other folders called
 * configs/ or customcode/ may lie on the way. */
static struct str find_config(struct cli *c, struct str folder, struct str config)
{
    for (struct str dir = path_absolute(&c->arena, folder);; dir = path_dir(dir)) {
        struct str path = path_join(&c->arena, dir, config);
        struct stat st;
        if (stat(arena_str(&c->arena, path).p, &st) == 0)
            return path;
        if (str_eq(dir, S("/")))
            return config;
    }
}

/* Where the machine is: `definition` is seen from the test file, `pipeline` from the project. */
static struct str machine_path(struct cli *c, const struct suite *s, struct str folder)
{
    if (s->definition)
        return path_join(&c->arena, folder, s->definition->str);
    struct str name = s->pipeline->str;
    bool is_path = str_ends(name, S(".yaml")) || str_ends(name, S(".yml"));
    return find_config(c, folder,
                       is_path ? name : arena_printf(&c->arena, "configs/%.*s.yaml", STR(name)));
}

/* A bracket argument of CMake, which takes any text. */
static void put_argument(struct buf *out, struct str text)
{
    buf_printf(out, " [===[%.*s]===]", STR(text));
}

static void add_ctest(struct session *s, struct str file, struct str name)
{
    struct str test = arena_printf(&s->c->arena, "pipeline %.*s: %.*s",
                                   STR(path_stem(path_stem(file))), STR(name));
    buf_put(&s->tests, S("add_test("));
    put_argument(&s->tests, test);
    put_argument(&s->tests, s->program);
    buf_put(&s->tests, S(" test"));
    put_argument(&s->tests, path_absolute(&s->c->arena, file));
    buf_put(&s->tests, S(" --case"));
    put_argument(&s->tests, name);
    if (s->q->synth.root.n) {
        buf_put(&s->tests, S(" --root"));
        put_argument(&s->tests, s->q->synth.root);
    }
    buf_put(&s->tests, S(")\nset_tests_properties("));
    put_argument(&s->tests, test);
    buf_put(&s->tests, S(" PROPERTIES LABELS pipeline)\n"));
}

static bool wanted(const struct request *q, const struct suite_case *k)
{
    return !q->only.n || str_eq(q->only, k->name);
}

/* Whether the case begins with what the pipeline's `input:` allows. */
static bool fits(struct session *s, const struct machine_file *m, const struct suite_case *k)
{
    static const struct span nowhere;
    const struct node *input = k->input ? k->input : node_map(&s->c->arena, nowhere);
    return !m->input || contract_accepts(&s->c->ds, m->input, input, k->node->span);
}

static void run_cases(struct session *s, struct suite_run *sr, const struct machine_file *m,
                      struct str file)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sr->suite->cases.n; i++) {
        const struct suite_case *k = &sr->suite->cases.p[i];
        struct suite_verdict v;
        if (!wanted(s->q, k) || !fits(s, m, k))
            continue;
        if (suite_run_case(sr, k, &v)) {
            test_report_add(&s->report, file, k->name, v.passed, buf_str(&v.differences), v.states,
                            v.elapsed_ms);
            test_report_text(&s->report.all.p[s->report.all.n - 1], &out, s->colour);
        }
        buf_done(&v.differences);
    }
    if (sr->coverage)
        coverage_report(sr->coverage, &out, &s->reached, &s->total);
    if (!s->q->tap && !s->c->json)
        printf("%.*s\n%.*s", STR(file), STR(buf_str(&out)));
    buf_done(&out);
}

static bool run_file(struct session *s, struct str file)
{
    struct cli *c = s->c;
    struct suite suite;
    struct machine_file m;
    bool usage = false;
    struct node *root = machine_document(c, file);
    if (!root || !suite_read(&c->arena, &c->ds, root, &suite))
        return true;
    for (size_t i = 0; i < suite.cases.n && (s->q->list || s->q->ctest.n); i++) {
        if (s->q->list)
            printf("%.*s: %.*s\n", STR(file), STR(suite.cases.p[i].name));
        add_ctest(s, file, suite.cases.p[i].name);
    }
    if (s->q->list || s->q->ctest.n)
        return true;
    struct synth_options o = s->q->synth;
    struct str folder = path_dir(file);
    o.stage = suite.stage;
    if (!machine_load(c, machine_path(c, &suite, folder), &o, &m, &usage))
        return !usage;
    struct suite_run sr = { .arena = &c->arena,
                            .ds = &c->ds,
                            .suite = &suite,
                            .machine = m.machine,
                            .program = m.program,
                            .name = m.name,
                            .folder = folder };
    if (s->q->coverage)
        sr.coverage = coverage_new(&c->arena, m.machine);
    run_cases(s, &sr, &m, file);
    program_free(m.program);
    return true;
}

static void print_end(struct session *s)
{
    struct buf out;
    buf_init(&out, 0);
    if (s->q->tap)
        test_report_tap(&s->report, &out);
    else if (s->c->json)
        test_report_json(&s->report, &out);
    else
        buf_printf(&out, "%zu passed, %zu failed\n", s->report.passed, s->report.failed);
    if (s->q->coverage && s->total && !s->q->tap && !s->c->json)
        buf_printf(&out, "coverage: %zu of %zu states, rules, retriers and catchers (%zu %%)\n",
                   s->reached, s->total, 100 * s->reached / s->total);
    printf("%.*s", STR(buf_str(&out)));
    out.n = 0;
    if (s->q->junit.n) {
        test_report_junit(&s->report, &out);
        file_write(&s->c->ds, s->q->junit, buf_str(&out));
    }
    buf_done(&out);
}

static int draft(struct cli *c, const struct request *q, struct str file)
{
    struct machine_file m;
    bool usage = false;
    if (!machine_load(c, file, &q->synth, &m, &usage))
        return usage ? EXIT_USAGE : cli_finish(c);
    struct buf out;
    buf_init(&out, 0);
    suite_draft(m.machine, str_ends(file, S(".json")) ? file : m.name, str_ends(file, S(".json")),
                &out);
    printf("%.*s", STR(buf_str(&out)));
    buf_done(&out);
    program_free(m.program);
    return cli_finish(c);
}

static int run_files(struct cli *c, const struct request *q, const struct texts *files)
{
    struct session s = { .c = c, .q = q, .report = { .arena = &c->arena } };
    const char *no = getenv("NO_COLOR");
    s.colour = isatty(STDOUT_FILENO) && !(no && *no);
    s.program = program_path(c);
    buf_init(&s.tests, 0);
    for (size_t i = 0; i < files->all.n; i++) {
        if (!run_file(&s, files->all.p[i])) {
            buf_done(&s.tests);
            return EXIT_USAGE;
        }
    }
    if (q->ctest.n && !c->ds.errors)
        file_write(&c->ds, q->ctest, buf_str(&s.tests));
    else if (!q->list && !q->ctest.n)
        print_end(&s);
    buf_done(&s.tests);
    if (q->only.n && !s.report.all.n && !c->ds.errors && !q->list && !q->ctest.n)
        diag_error(&c->ds, "no-case", (struct span){ 0 }, "no case is called '%.*s'", STR(q->only));
    if (c->ds.errors || !c->json) {
        int code = cli_finish(c);
        return code ? code : s.report.failed ? EXIT_INPUT : EXIT_GOOD;
    }
    return s.report.failed ? EXIT_INPUT : EXIT_GOOD;
}

int verb_test(struct cli *c, int argc, char **argv)
{
    struct request q = { .synth = { .stage = S("dev") } };
    struct texts files = { 0 };
    const struct option options[] = {
        { "--case", OPTION_TEXT, &q.only, false },
        { "--coverage", OPTION_FLAG, &q.coverage, false },
        { "--ctest", OPTION_TEXT, &q.ctest, false },
        { "--junit", OPTION_TEXT, &q.junit, false },
        { "--list", OPTION_FLAG, &q.list, false },
        { "--stage", OPTION_TEXT, &q.synth.stage, false },
        { "--tap", OPTION_FLAG, &q.tap, false },
        { "--write-mocks", OPTION_FLAG, &q.draft, false },
        SYNTH_OPTIONS(q.synth),
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &files))
        return EXIT_USAGE;
    if (!files.all.n)
        return cli_usage(c, "expected a test file");
    if (q.draft && files.all.n > 1)
        return cli_usage(c, "--write-mocks is for one pipeline");
    return q.draft ? draft(c, &q, files.all.p[0]) : run_files(c, &q, &files);
}
