/* Test files: what is refused, what cases see, what differs, what is covered. */
#include "base/json.h"
#include "runner/suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Single quotes for double ones: the texts stay readable. */
static struct str requote(struct arena *a, const char *text)
{
    struct str s = arena_str(a, str_from(text));
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\'')
            ((char *)s.p)[i] = '"';
    return s;
}

static struct node *parse(struct arena *a, struct diags *ds, const char *text)
{
    struct node *n = json_read_node(a, ds, source_make(a, S("test"), requote(a, text)));
    assert_non_null(n);
    return n;
}

static const char machine_text[] =
    "{'StartAt':'Pick','States':{"
    "'Pick':{'Type':'Choice','Choices':[{'Variable':'$.n','NumericEquals':1,'Next':'One'}],"
    "'Default':'Each'},"
    "'One':{'Type':'Task','Resource':'arn:aws:states:::lambda:invoke','Parameters':{"
    "'FunctionName':'f','Payload.$':'$'},'ResultPath':'$.r','Retry':[{'ErrorEquals':['Busy'],"
    "'IntervalSeconds':3}],'Catch':[{'ErrorEquals':['Bad'],'Next':'Sorry'}],'End':true},"
    "'Each':{'Type':'Map','ItemsPath':'$.l','ItemProcessor':{'StartAt':'Do','States':{'Do':"
    "{'Type':'Task','Resource':'arn:aws:states:::sqs:sendMessage','End':true}}},'End':true},"
    "'Sorry':{'Type':'Fail','ErrorPath':'$.Error','Cause':'sorry'}}}";

static const struct {
    const char *name, *mocks, *input, *expect;
    const char *differences; /* part of them; "" passes; "!…": a diagnostic instead */
} cases[] = {
    { "one answer", "{'One':{'return':7}}", "{'n':1}", "{'output':{'n':1,'r':7}}", "" },
    { "as lambda answers", "{'One':{'payload':{'a':1}}}", "{'n':1}",
      "{'output_at':{'$.r.Payload.a':1,'$.r.StatusCode':200}}", "" },
    { "what was asked", "{'One':{'return_payload':true}}", "{'n':1}",
      "{'tasks':{'One':{'times':1,'payload':{'FunctionName':'f','Payload':{'n':1}}}},"
      "'output_contains':{'r':{'FunctionName':'f'}}}",
      "" },
    { "a sequence", "{'One':[{'error':'Busy','times':2},{'return':1,'takes':4}]}", "{'n':1}",
      "{'visits':{'One':1},'tasks':{'One':{'times':3}},'takes':13}", "" },
    { "by attempt", "{'One':[{'attempt':'0-1','error':'Busy'},{'attempt':2,'return':2}]}",
      "{'n':1}", "{'output_at':{'$.r':2}}", "" },
    { "by index", "{'Do':[{'index':1,'return':'b'},{'return':'a','times':9}]}",
      "{'n':2,'l':[1,2,3]}", "{'output':['a','b','a'],'path':['Pick','Each','Do','Do','Do']}", "" },
    { "by payload", "{'Do':[{'when':{'id':2},'return':'two'},{'when':{},'return':'other'}]}",
      "{'n':2,'l':[{'id':1},{'id':2,'more':3}]}", "{'output':['other','two']}", "" },
    { "an error of its own", "{'One':{'error':'Bad','cause':'c'}}", "{'n':1}",
      "{'error':'Bad','cause':'sorry','not_visited':['Each'],'visits':{'Sorry':1}}", "" },
    { "run out", "{'One':[{'error':'Busy'}]}", "{'n':1}", "{'status':'ABORTED'}", "" },
    { "a wrong output", "{'One':{'return':7}}", "{'n':1}", "{'output':{'n':2,'x':1}}",
      "output $.n: expected 2, got 1\noutput $.x: expected 1, got nothing\n"
      "output $.r: unexpected 7\n" },
    { "a wrong status", "{'One':{'error':'Other','cause':'why'}}", "{'n':1}", "{}",
      "status: expected SUCCEEDED, got FAILED in state 'One': Other\n  why\n" },
    { "a wrong path", "{'One':{'return':7}}", "{'n':1}", "{'path':['Pick','Each']}",
      "path $[1]: expected \"Each\", got \"One\"\n" },
    { "a wrong number of calls", "{'One':{'return':7}}", "{'n':1}", "{'tasks':{'One':{'times':2}}}",
      "task 'One', calls $: expected 2, got 1\n" },
    { "an unvisited state", "{'One':{'return':7}}", "{'n':1}", "{'not_visited':['One']}",
      "state 'One' was visited\n" },
    { "a wrong time", "{'One':{'return':7,'takes':2}}", "{'n':1}", "{'takes':3}",
      "takes: expected 3 s, took 2 s\n" },
    { "an unknown state mocked", "{'Two':{'return':7}}", "{}", "{}", "!no state 'Two'" },
    { "a choice mocked", "{'Pick':{'return':7}}", "{}", "{}", "!only tasks are answered for" },
    { "two answers at once", "{'One':{'return':7,'error':'x'}}", "{}", "{}", "!more than one way" },
    { "no answer", "{'One':{'takes':7}}", "{}", "{}", "!gives no answer" },
    { "a misspelt key", "{'One':{'retrun':7}}", "{}", "{}", "!unknown key 'retrun'" },
    { "an unknown expectation", "{}", "{}", "{'outptu':1}", "!unknown expectation 'outptu'" },
    { "an unknown state expected", "{}", "{}", "{'visits':{'Nobody':1}}", "!no state 'Nobody'" },
    { "a wrong path expected", "{}", "{}", "{'output_at':{'a.b':1}}", "!begins with '$'" },
};

static void run_case(size_t i)
{
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct asl_options options = { 0 };
    struct asl_machine *m = asl_parse(&a, &ds, parse(&a, &ds, machine_text), &options);
    struct program *p = program_new(&a, &ds, m);
    assert_non_null(p);
    struct suite suite = { 0 };
    struct suite_case c = { .mocks = parse(&a, &ds, cases[i].mocks),
                            .input = parse(&a, &ds, cases[i].input),
                            .expect = parse(&a, &ds, cases[i].expect) };
    struct suite_run sr = { .arena = &a, .ds = &ds, .suite = &suite, .machine = m, .program = p };
    struct suite_verdict v;
    bool ok = suite_run_case(&sr, &c, &v);
    const char *want = cases[i].differences;
    if (want[0] == '!') {
        if (ok || !ds.errors || str_find(ds.all.p[0]->message, str_from(want + 1), 0) == SIZE_MAX)
            fail_msg("%s: %.*s", cases[i].name,
                     STR(ds.errors ? ds.all.p[0]->message : S("no message")));
    } else if (!ok || v.passed != (want[0] == '\0') ||
               str_find(buf_str(&v.differences), str_from(want), 0) == SIZE_MAX) {
        fail_msg("%s: %.*s", cases[i].name, STR(buf_str(&v.differences)));
    }
    buf_done(&v.differences);
    program_free(p);
    arena_done(&a);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        run_case(i);
}

static const struct {
    const char *text, *message;
} refused[] = {
    { "[]", "a test file is a list" },
    { "{'cases':[]}", "one 'pipeline' or one 'definition'" },
    { "{'pipeline':'x','definition':'y','cases':[]}", "one 'pipeline' or one 'definition'" },
    { "{'pipeline':'x'}", "no 'cases'" },
    { "{'pipeline':'x','cases':[{}]}", "a case needs a name" },
    { "{'pipeline':'x','cases':[{'name':'a'},{'name':'a'}]}", "another case is called 'a'" },
    { "{'pipeline':'x','cases':[{'name':'a','start':'noon'}]}", "'start' is no time" },
    { "{'pipeline':'x','case':[],'cases':[]}", "unknown key 'case'" },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        struct suite s;
        if (suite_read(&a, &ds, parse(&a, &ds, refused[i].text), &s) ||
            str_find(ds.all.p[0]->message, str_from(refused[i].message), 0) == SIZE_MAX)
            fail_msg("%s: %.*s", refused[i].text,
                     STR(ds.errors ? ds.all.p[0]->message : S("accepted")));
        arena_done(&a);
    }
}

static void test_coverage(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct asl_options options = { 0 };
    struct asl_machine *m = asl_parse(&a, &ds, parse(&a, &ds, machine_text), &options);
    struct suite suite = { 0 };
    struct suite_case c = { .mocks = parse(&a, &ds, "{'One':[{'error':'Busy'},{'return':1}]}"),
                            .input = parse(&a, &ds, "{'n':1}") };
    struct suite_run sr = { .arena = &a,
                            .ds = &ds,
                            .suite = &suite,
                            .machine = m,
                            .program = program_new(&a, &ds, m),
                            .coverage = coverage_new(&a, m) };
    struct suite_verdict v;
    assert_true(suite_run_case(&sr, &c, &v) && v.passed);
    struct buf out;
    size_t reached = 0, total = 0;
    buf_init(&out, 0);
    coverage_report(sr.coverage, &out, &reached, &total);
    assert_true(str_eq(buf_str(&out), S("  never reached: state 'Pick', its Default\n"
                                        "  never reached: state 'One', catcher 1\n"
                                        "  never reached: state 'Each'\n"
                                        "  never reached: state 'Do'\n"
                                        "  never reached: state 'Sorry'\n")));
    assert_int_equal(reached, 4); /* Pick, its rule, One, its retrier */
    assert_int_equal(total, 9);
    buf_done(&out);
    buf_done(&v.differences);
    program_free((struct program *)sr.program);
    arena_done(&a);
}

static void test_mock_file_of_step_functions_local(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct node *n =
        parse(&a, &ds,
              "{'StateMachines':{'M':{'TestCases':{'Good':{'One':'R'},'Bad':{'One':'X'}}}},"
              "'MockedResponses':{'R':{'0-1':{'Throw':{'Error':'Busy','Cause':'c'}},"
              "'2':{'Return':{'ok':true}}}}}");
    struct asl_options options = { 0 };
    struct asl_machine *m = asl_parse(&a, &ds, parse(&a, &ds, machine_text), &options);
    struct program *p = program_new(&a, &ds, m);
    struct mocks mocks;
    mocks_init(&mocks, &a);
    assert_true(mocks_is_sfn_local(n));
    assert_true(mocks_add_sfn_local(&mocks, &ds, n, S("M"), S("Good")));
    struct run_options o = { .tasks = mocks_provider(&mocks) };
    struct run_result r = run_program(p, val_map_set(val_map(), S("n"), val_int(1)), &o);
    assert_int_equal(r.status, RUN_SUCCEEDED);
    assert_true(peek_get(peek_get(r.output, S("r")), S("ok")).boolean);
    assert_int_equal(r.elapsed_ms, 9000);
    run_result_done(&r);
    assert_false(mocks_add_sfn_local(&mocks, &ds, n, S("M"), S("Bad")));
    assert_false(mocks_add_sfn_local(&mocks, &ds, n, S("M"), S("None")));
    assert_false(mocks_add_sfn_local(&mocks, &ds, n, S("M"), (struct str){ 0 }));
    program_free(p);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_mock_file_of_step_functions_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
