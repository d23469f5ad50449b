#include "emit/svg.h"
#include "emit/svg_group.h"
#include "emit/svg_picture.h"
#include "emit/svg_text.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct font SMALL = { 10, false };

/* ---- text ----------------------------------------------------------------------------------- */

static void test_text_has_a_width(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t width; /* tenths of a pixel at size 10 */
    } cases[] = {
        { "", 0 },   { "i", 22 },       { "m", 83 },   { "WWW", 283 }, { "日本", 200 },
        { "~", 58 }, { "e\u0301", 55 }, { "\x01", 0 }, { "é", 58 },    { "\xff", 58 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(text_width(str_from(cases[i].text), SMALL), cases[i].width);
    assert_true(text_width(S("bold"), (struct font){ 10, true }) > text_width(S("bold"), SMALL));
}

static void test_text_wraps(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *lines[3];
    } cases[] = {
        { "short", { "short" } },
        { "", { "" } },
        { "   ", { "" } },
        { "two words here", { "two words", "here" } },
        { "snake_case_name", { "snake_", "case_", "name" } },
        { "RedCarpetTime", { "RedCarpet", "Time" } },
        { "mmmmmmmmmmmm", { "mmmmmm", "mmmmmm" } },
        { "mmmmmmmmmmmmmmmmmmmmmmmmm", { "mmmmmm", "mmmmmm", "mmmm…" } },
        { "日本語日本語", { "日本語日本", "語" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena a = { 0 };
        struct str lines[3];
        size_t n = text_wrap(&a, str_from(cases[i].text), SMALL, 500, 3, lines);
        for (size_t k = 0; k < n; k++) {
            assert_non_null(cases[i].lines[k]);
            if (!str_eq(lines[k], str_from(cases[i].lines[k])))
                fail_msg("'%s': line %zu is '%.*s'", cases[i].text, k, STR(lines[k]));
            assert_true(text_width(lines[k], SMALL) <= 500);
        }
        assert_true(n == 3 || !cases[i].lines[n]);
        arena_done(&a);
    }
}

static void test_resources_are_named_shortly(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "arn:aws:states:::lambda:invoke", "lambda:invoke" },
        { "arn:aws:states:::glue:startJobRun.sync", "glue:startJobRun.sync" },
        { "arn:aws-cn:states:::aws-sdk:s3:getObject", "s3:getObject" },
        { "arn:${AWS::Partition}:states:::sns:publish", "sns:publish" },
        { "arn:aws:lambda:eu-west-1:123456789012:function:greet", "function greet" },
        { "arn:aws:states:eu-west-1:123456789012:activity:paint", "activity:paint" },
        { "${GreetFunctionArn}", "${GreetFunctionArn}" },
        { "arn:aws", "arn:aws" },
        { "arn:aws:x:::y", "y" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena a = { 0 };
        struct str got = picture_resource(&a, str_from(cases[i][0]));
        if (!str_eq(got, str_from(cases[i][1])))
            fail_msg("'%s' gives '%.*s'", cases[i][0], STR(got));
        arena_done(&a);
    }
}

/* ---- groups --------------------------------------------------------------------------------- */

/* States are digits, in order; `groups` has a letter or '.' for each; `links` are pairs; `expect`
 * has, for each state, the names of the boxes around it from the outside, separated by blanks. */
static const struct {
    const char *name, *groups, *links, *expect;
} groupings[] = {
    { "none", "...", "01 12", "- - -" },
    { "one state makes no box", "a.b", "01 12", "- - -" },
    { "two in a row", "aab", "01 12", "a a -" },
    { "a way out and back in", "a.ab", "01 12 23", "a a a -" },
    { "nested", "abba", "01 12 23", "a ab ab a" },
    { "a branch that is left alone", "aab", "01 02 12", "a a -" },
    { "a loop", "aaab", "01 12 21 23", "a a a -" },
    { "a way back from outside", "aab", "01 12 20", "a a -" },
    { "interleaved", "abab", "01 12 23", "a a a -" },
    { "the same extent twice", "abba", "01 02 13 23", "a ab ab a" },
};

static void check_grouping(struct arena *a, size_t c)
{
    struct grouping g = { .arena = a, .ngroups = 2 };
    for (const char *p = groupings[c].groups; *p; p++) {
        struct grouping_state s = { .group = *p == '.' ? SIZE_MAX : (size_t)(*p - 'a') };
        vec_push(a, &g.states, s);
    }
    struct str rest = str_from(groupings[c].links), word;
    while (str_split(&rest, ' ', &word))
        vec_push(a, &g.states.p[word.p[0] - '0'].next, (size_t)(word.p[1] - '0'));
    grouping_run(&g);
    rest = str_from(groupings[c].expect);
    for (size_t i = 0; i < g.states.n; i++) {
        char names[8];
        size_t n = 0;
        for (size_t b = g.states.p[i].box; b != SIZE_MAX; b = g.boxes.p[b].outer)
            names[n++] = (char)('a' + g.boxes.p[b].group);
        assert_true(str_split(&rest, ' ', &word));
        size_t expected = str_eq(word, S("-")) ? 0 : word.n;
        if (n != expected)
            fail_msg("%s: state %zu is in %zu boxes", groupings[c].name, i, n);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(names[n - 1 - k], word.p[k]);
    }
}

static void test_groups_become_boxes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof groupings / sizeof *groupings; i++) {
        struct arena a = { 0 };
        print_message("  %s\n", groupings[i].name);
        check_grouping(&a, i);
        arena_done(&a);
    }
}

/* ---- whole pictures ------------------------------------------------------------------------- */

struct maker {
    struct arena arena;
    struct plan plan;
    struct pipeline pipeline;
    struct scope *scope; /* being filled */
};

static struct node *text_node(struct maker *m, const char *text)
{
    return node_str(&m->arena, (struct span){ 0 }, str_from(text));
}

static void put(struct maker *m, struct state *s, const char *key, const char *text)
{
    node_put(&m->arena, s->body, str_from(key), (struct span){ 0 }, text_node(m, text));
}

static struct scope *make_scope(struct maker *m)
{
    return m->scope = arena_make(&m->arena, struct scope);
}

/* Follows on the scope's last state, if that one ends so far. */
static struct state *add(struct maker *m, const char *type, const char *name)
{
    struct state *s = arena_make(&m->arena, struct state);
    s->name = str_from(name);
    s->type = type;
    s->body = node_map(&m->arena, (struct span){ 0 });
    if (m->scope->states.n) {
        struct state *last = m->scope->states.p[m->scope->states.n - 1];
        bool ends = strcmp(last->type, "Fail") == 0 || strcmp(last->type, "Choice") == 0;
        last->next = last->next || ends ? last->next : s;
    } else
        m->scope->start = s;
    vec_push(&m->arena, &m->scope->states, s);
    return s;
}

static void begin(struct maker *m)
{
    *m = (struct maker){ .pipeline.full_name = S_INIT("reviews-dev") };
    m->plan.arena = &m->arena;
    m->plan.pipeline = &m->pipeline;
    m->plan.machine = make_scope(m);
}

static void add_rule(struct maker *m, struct state *choice, const char *label, struct state *next)
{
    struct rule *r = arena_make(&m->arena, struct rule);
    r->label = str_from(label);
    r->next = next;
    vec_push(&m->arena, &choice->rules, r);
}

static void add_catch(struct maker *m, struct state *s, const char *error, struct state *next)
{
    struct catcher *c = arena_make(&m->arena, struct catcher);
    struct node *list = node_seq(&m->arena, (struct span){ 0 });
    node_push(&m->arena, list, text_node(m, error));
    c->error_equals = list;
    c->next = next;
    vec_push(&m->arena, &s->catchers, c);
}

/* A machine with a bit of everything; hostile texts wherever a text can be. */
static void make_machine(struct maker *m, const char *evil)
{
    begin(m);
    struct group *group = arena_make(&m->arena, struct group);
    group->name.s = group->comment.s = str_from(evil);
    struct state *first = add(m, "Task", evil);
    put(m, first, "Resource", evil);
    put(m, first, "Comment", evil);
    struct state *choice = add(m, "Choice", "choose");
    struct state *wait = add(m, "Wait", "wait");
    put(m, wait, "SecondsPath", evil);
    choice->otherwise = wait;
    struct state *par = add(m, "Parallel", "both");
    struct state *done = add(m, "Pass", "done");
    struct state *failed = add(m, "Fail", "failed");
    done->next = NULL;
    put(m, failed, "Error", evil);
    add_rule(m, choice, evil, done);
    add_rule(m, choice, "again", first);
    add_catch(m, first, evil, failed);
    add_catch(m, par, "States.ALL", failed);
    wait->group = par->group = group;
    for (int i = 0; i < 2; i++) {
        vec_push(&m->arena, &par->scopes, make_scope(m));
        m->scope->label = str_from(evil);
        add(m, "Task", evil);
        add(m, "Task", "next");
    }
}

static size_t count(struct str s, const char *what)
{
    size_t n = 0;
    for (size_t at = 0; (at = str_find(s, str_from(what), at)) != SIZE_MAX; at++)
        n++;
    return n;
}

/* Tags balance, attributes are quoted, nothing is left of XML's own signs in texts. */
static void check_xml(struct str s)
{
    struct str open[32];
    size_t depth = 0, at = 0;
    assert_int_equal(utf8_invalid_at(s), SIZE_MAX);
    while (at < s.n) {
        unsigned char c = (unsigned char)s.p[at];
        assert_true(c >= ' ' || c == '\n' || c == '\t');
        if (c != '<') {
            assert_true(c != '>');
            at++;
            continue;
        }
        size_t end = str_find_char(s, '>', at), quotes = 0;
        assert_true(end != SIZE_MAX);
        struct str tag = str_sub(s, at + 1, end);
        for (size_t i = 0; i < tag.n; i++)
            quotes += tag.p[i] == '"';
        assert_int_equal(quotes % 2, 0);
        assert_int_equal(str_find_char(tag, '<', 0), SIZE_MAX);
        size_t blank = str_find_char(tag, ' ', 0);
        if (tag.p[0] == '/') {
            assert_true(depth > 0 && str_eq(open[--depth], str_sub(tag, 1, tag.n)));
        } else if (!str_ends(tag, S("/"))) {
            assert_true(depth < 32);
            open[depth++] = str_sub(tag, 0, blank < tag.n ? blank : tag.n);
        }
        at = end + 1;
    }
    assert_int_equal(depth, 0);
}

static void draw(struct maker *m, struct buf *out)
{
    buf_init(out, 0);
    emit_svg(&m->plan, out);
    check_xml(buf_str(out));
    assert_true(str_starts(buf_str(out), S("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"")));
    assert_int_equal(count(buf_str(out), "<script"), 0);
    assert_int_equal(count(buf_str(out), "onload=\""), 0);
}

static void test_hostile_texts_stay_texts(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<script>alert(1)</script>",
        "\"/><svg onload=\"alert(1)\">",
        "]]></title><script>",
        "&lt;&#x3c;&unknown;",
        "\x01\x02\x7f\xff\xfe\xed\xa0\x80",
        "<!-- <![CDATA[ <?xml",
        "a very long name that goes on and on and on and on and on and on and on and on and on",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\xE2\x80\xAE right to left",
        "\n\n\n",
        " ",
        "",
        "%s%n%d",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct maker m;
        struct buf b;
        make_machine(&m, texts[i]);
        draw(&m, &b);
        buf_done(&b);
        arena_done(&m.arena);
    }
}

static void test_everything_is_in_the_picture(void **state)
{
    (void)state;
    struct maker m;
    struct buf b;
    make_machine(&m, "evil");
    draw(&m, &b);
    struct str s = buf_str(&b);
    assert_int_equal(count(s, "<title>reviews-dev</title>"), 1);
    assert_int_equal(count(s, "<title>Task: evil"), 3);
    assert_int_equal(count(s, ">choose</text>"), 1);
    assert_int_equal(count(s, ">both</text>"), 1);
    assert_int_equal(count(s, ">2 branches</text>"), 1);
    assert_int_equal(count(s, ">next</text>"), 2);
    assert_int_equal(count(s, ">again</text>"), 1);
    assert_int_equal(count(s, ">otherwise</text>"), 1);
    assert_int_equal(count(s, "stroke-dasharray=\"5 3\""), 1); /* the group of caught errors */
    assert_int_equal(count(s, "<title>start</title>"), 1);
    assert_int_equal(count(s, "<title>end</title>"), 1);
    assert_int_equal(count(s, "<title>evil</title><rect"), 3); /* the group, two labels */
    buf_done(&b);
    arena_done(&m.arena);
}

static void test_the_same_plan_gives_the_same_bytes(void **state)
{
    (void)state;
    struct maker m, n;
    struct buf b, c;
    make_machine(&m, "evil");
    draw(&m, &b);
    make_machine(&n, "evil");
    draw(&n, &c);
    assert_int_equal(b.n, c.n);
    assert_memory_equal(b.p, c.p, b.n);
    buf_done(&b);
    buf_done(&c);
    arena_done(&m.arena);
    arena_done(&n.arena);
}

static void test_one_state(void **state)
{
    (void)state;
    struct maker m;
    struct buf b;
    begin(&m);
    put(&m, add(&m, "Task", "greet"), "Resource", "arn:aws:states:::lambda:invoke");
    draw(&m, &b);
    assert_int_equal(count(buf_str(&b), ">lambda:invoke</text>"), 1);
    assert_int_equal(count(buf_str(&b), "<path d=\"M"), 2); /* from the start, to the end */
    buf_done(&b);
    arena_done(&m.arena);
}

/* A placeholder is told by the resource that fills it. */
static void test_placeholders_are_resolved(void **state)
{
    (void)state;
    struct maker m;
    struct buf b;
    begin(&m);
    struct resource *r = arena_make(&m.arena, struct resource);
    r->id = S("Inner");
    r->type = "AWS::StepFunctions::StateMachine";
    vec_push(&m.arena, &m.plan.resources, r);
    struct node *attribute = node_seq(&m.arena, (struct span){ 0 });
    node_push(&m.arena, attribute, text_node(&m, "Inner"));
    node_push(&m.arena, attribute, text_node(&m, "Arn"));
    struct node *value = node_map(&m.arena, (struct span){ 0 });
    node_put(&m.arena, value, S("Fn::GetAtt"), (struct span){ 0 }, attribute);
    struct substitution sub = { S("InnerArn"), value };
    vec_push(&m.arena, &m.plan.substitutions, sub);
    put(&m, add(&m, "Task", "one"), "Resource", "${InnerArn}");
    put(&m, add(&m, "Task", "two"), "Resource", "${Elsewhere}");
    draw(&m, &b);
    assert_int_equal(count(buf_str(&b), ">stepfunctions state machine</text>"), 1);
    assert_int_equal(count(buf_str(&b), ">Elsewhere</text>"), 1);
    buf_done(&b);
    arena_done(&m.arena);
}

static void test_no_states(void **state)
{
    (void)state;
    struct maker m;
    struct buf b;
    begin(&m);
    m.plan.machine = NULL;
    draw(&m, &b);
    assert_int_equal(count(buf_str(&b), ">no steps</text>"), 1);
    buf_done(&b);
    arena_done(&m.arena);
}

/* A scope within a scope, as deep as plans may get and deeper. */
static void test_deep_nesting(void **state)
{
    (void)state;
    struct maker m;
    struct buf b;
    begin(&m);
    for (int i = 0; i < 300; i++) {
        struct state *par = add(&m, "Parallel", "deeper");
        vec_push(&m.arena, &par->scopes, make_scope(&m));
    }
    add(&m, "Pass", "bottom");
    buf_init(&b, 0);
    emit_svg(&m.plan, &b);
    assert_true(count(buf_str(&b), "deeper</text>") >= 200);
    buf_done(&b);
    arena_done(&m.arena);
}

static void test_a_thousand_states(void **state)
{
    (void)state;
    static char names[1000][8];
    struct maker m;
    struct buf b;
    begin(&m);
    for (size_t i = 0; i < 1000; i++) {
        snprintf(names[i], sizeof names[i], "s%zu", i);
        add(&m, "Task", names[i]);
    }
    draw(&m, &b);
    assert_int_equal(count(buf_str(&b), "<title>Task: "), 1000);
    assert_true(b.n < 500 * 1000);
    buf_done(&b);
    arena_done(&m.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_has_a_width),
        cmocka_unit_test(test_text_wraps),
        cmocka_unit_test(test_resources_are_named_shortly),
        cmocka_unit_test(test_groups_become_boxes),
        cmocka_unit_test(test_hostile_texts_stay_texts),
        cmocka_unit_test(test_everything_is_in_the_picture),
        cmocka_unit_test(test_the_same_plan_gives_the_same_bytes),
        cmocka_unit_test(test_one_state),
        cmocka_unit_test(test_placeholders_are_resolved),
        cmocka_unit_test(test_no_states),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_a_thousand_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
