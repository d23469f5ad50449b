/* Everything that can go wrong on the way, once for every request of a deployment in turn. A run
 * either completes, or says what happened and completes when it is run again; nothing is ever made
 * twice, and no stack is left in a state that nobody knows of. */
#include "deploy_scene.h"

static const struct build FIRST = { .queue = "inbox" };
static const struct build SECOND = { .code = "second", .queue = "renamed" };

enum { MOST = 60 }; /* requests of one deployment, far more than there are */

static void must(struct scene *s, bool ok, const char *what, const char *fault, size_t n)
{
    if (!ok)
        fail_msg("%s (%s at request %zu)\n%s\n%s", what, fault, n, scene_messages(s),
                 fake_operations(s->fake, &s->folder.arena).p);
}

/* What has to hold once a run has succeeded. */
static void check(struct scene *s, const char *fault, size_t n)
{
    struct str status = fake_stack_status(s->fake, &s->folder.arena, "x-dev");
    must(s, fake_stacks(s->fake) == 1, "there is not one stack", fault, n);
    must(s, fake_resources(s->fake) == 4, "there are not four resources", fault, n);
    must(s, str_ends(status, S("E_COMPLETE")), "the stack is not complete", fault, n);
    must(s, fake_uploads_open(s->fake) == 0, "an upload is open", fault, n);
    must(s, fake_change_sets(s->fake) == 0, "a change set is left", fault, n);
    must(s, s->d.ds.errors == 0, "it succeeded with an error", fault, n);
}

/* The second run has a good network, and waits for what the first may have begun. */
static void run_again(struct scene *s, struct str manifest, const char *fault, size_t n)
{
    must(s, s->d.ds.errors > 0, "it failed without a word", fault, n);
    server_forget(fake_server(s->fake));
    s->options.wait = true;
    s->options.timeout_ms = 10000;
    must(s, scene_deploy(s, manifest), "it failed again", fault, n);
    s->options.wait = false;
}

/* A deployment of `b` on top of what the scene has, with `times` requests from the n-th on meeting
 * the fault. False when it made fewer than n. */
static bool meet(struct scene *s, const struct build *b, enum server_fault fault, size_t n,
                 size_t times)
{
    struct str manifest = scene_build(s, b);
    size_t before = server_count(fake_server(s->fake));
    for (size_t i = 0; i < times; i++)
        server_fail(fake_server(s->fake), n + i, fault);
    bool good = scene_deploy(s, manifest);
    bool met = server_count(fake_server(s->fake)) >= before + n;
    if (!good)
        run_again(s, manifest, server_fault_name(fault), n);
    server_forget(fake_server(s->fake));
    check(s, server_fault_name(fault), n);
    return met;
}

/* With each request of the deployment as the first that meets the fault. */
static void meet_everywhere(const struct build *first, const struct build *then,
                            enum server_fault fault, size_t times)
{
    for (size_t n = 1; n < MOST; n++) {
        struct scene s;
        scene_begin(&s);
        if (first)
            assert_deployed(&s, scene_build(&s, first));
        if (fault == FAULT_STALL) /* else a busy machine would be one, too */
            s.options.timeout_ms = 100;
        s.options.max_attempts = times > 1 ? 2 : 3;
        bool met = meet(&s, then, fault, n, times);
        scene_end(&s);
        if (!met)
            return;
    }
    fail_msg("a deployment never ends");
}

static void test_one_fault(const struct build *first, const struct build *then)
{
    for (int fault = FAULT_DROP_BEFORE; fault < FAULT_COUNT; fault++)
        meet_everywhere(first, then, (enum server_fault)fault, 1);
}

static void test_cut_off(const struct build *first, const struct build *then)
{
    static const enum server_fault faults[] = { FAULT_DROP_BEFORE, FAULT_DROP_AFTER, FAULT_503,
                                                FAULT_HTML, FAULT_EXPIRED };
    for (size_t i = 0; i < COUNT(faults); i++)
        meet_everywhere(first, then, faults[i], 200);
}

static void test_a_creation_with_one_fault(void **state)
{
    (void)state;
    test_one_fault(NULL, &FIRST);
}

static void test_an_update_with_one_fault(void **state)
{
    (void)state;
    test_one_fault(&FIRST, &SECOND);
}

/* From the n-th request on nothing works any more. */
static void test_a_creation_that_is_cut_off(void **state)
{
    (void)state;
    test_cut_off(NULL, &FIRST);
}

static void test_an_update_that_is_cut_off(void **state)
{
    (void)state;
    test_cut_off(&FIRST, &SECOND);
}

/* Hours away from the service's clock, in either direction. */
static void test_a_skewed_clock(void **state)
{
    (void)state;
    static const int64_t offsets[] = { -7200, 7200, -86400 };
    for (size_t i = 0; i < COUNT(offsets); i++) {
        struct scene s;
        scene_begin(&s);
        server_set_clock(fake_server(s.fake), offsets[i]);
        assert_deployed(&s, scene_build(&s, &FIRST));
        check(&s, "skewed clock", i);
        scene_end(&s);
    }
}

static void test_destroying_with_one_fault(void **state)
{
    (void)state;
    for (int fault = FAULT_DROP_BEFORE; fault < FAULT_COUNT; fault++)
        for (size_t n = 1; n < MOST; n++) {
            struct scene s;
            struct destroy_options o = { 0 };
            scene_begin(&s);
            struct str manifest = scene_build(&s, &FIRST);
            assert_deployed(&s, manifest);
            size_t before = server_count(fake_server(s.fake));
            server_fail(fake_server(s.fake), n, (enum server_fault)fault);
            s.options.timeout_ms = fault == FAULT_STALL ? 100 : 10000;
            bool good = scene_destroy(&s, manifest, &o);
            bool met = server_count(fake_server(s.fake)) >= before + n;
            const char *name = server_fault_name((enum server_fault)fault);
            if (!good) {
                must(&s, s.d.ds.errors > 0, "it failed without a word", name, n);
                server_forget(fake_server(s.fake));
                s.options.wait = true;
                s.options.timeout_ms = 10000;
                must(&s, scene_destroy(&s, manifest, &o), "it failed again", name, n);
            }
            must(&s, fake_stacks(s.fake) == 0 && fake_resources(s.fake) == 0, "something is left",
                 name, n);
            scene_end(&s);
            if (!met)
                break;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_creation_with_one_fault),
        cmocka_unit_test(test_an_update_with_one_fault),
        cmocka_unit_test(test_a_creation_that_is_cut_off),
        cmocka_unit_test(test_an_update_that_is_cut_off),
        cmocka_unit_test(test_a_skewed_clock),
        cmocka_unit_test(test_destroying_with_one_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
