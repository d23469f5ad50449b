#include "unit.h"

#include "../support/folder.h"
#include "../support/http_server.h"
#include "aws/http.h"

struct world {
    struct arena arena;
    struct server *server;
    struct http *http;
};

/* Says what it was asked: "PUT /x 5 hello". */
static struct server_reply echo(void *self, struct arena *a, const struct server_request *q)
{
    (void)self;
    if (str_eq(q->path, S("/missing")))
        return (struct server_reply){ .status = 404, .body = S("not here") };
    return (struct server_reply){
        .type = "text/plain",
        .headers = S("X-Test: one\r\nLocation: http://127.0.0.1/elsewhere\r\n"),
        .status = str_eq(q->path, S("/moved")) ? 301 : 200,
        .body = arena_printf(a, "%.*s %.*s %zu %.*s", STR(q->method), STR(q->target), q->body.n,
                             STR(str_sub(q->body, 0, q->body.n < 20 ? q->body.n : 20))),
    };
}

static int set_up(void **state)
{
    static struct world w;
    w = (struct world){ .server = server_start(echo, NULL) };
    w.http = http_new(&(struct http_settings){ .connections = 4, .stall_s = 1 });
    assert_non_null(w.http);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    http_free(w->http);
    server_stop(w->server);
    arena_done(&w->arena);
    return 0;
}

static struct http_request to(struct world *w, const char *method, const char *target)
{
    return (struct http_request){
        .method = str_from(method),
        .url = arena_printf(&w->arena, "%.*s%s", STR(server_url(w->server)), target),
        .plain = true,
        .direct = true,
    };
}

static void test_methods(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *name, *method, *target, *body, *want;
        unsigned status;
    } CASES[] = {
        { "get", "GET", "/a?b=c", "", "GET /a?b=c 0 ", 200 },
        { "path stays as it is", "GET", "/a/../b//c%2F", "", "GET /a/../b//c%2F 0 ", 200 },
        { "post", "POST", "/", "hello", "POST / 5 hello", 200 },
        { "empty post", "POST", "/", "", "POST / 0 ", 200 },
        { "put", "PUT", "/k", "hello", "PUT /k 5 hello", 200 },
        { "empty put", "PUT", "/k", "", "PUT /k 0 ", 200 },
        { "delete", "DELETE", "/k", "", "DELETE /k 0 ", 200 },
        { "head has no body", "HEAD", "/k", "", "", 200 },
        { "an error is a response", "GET", "/missing", "", "not here", 404 },
        { "redirects are not followed", "GET", "/moved", "", "GET /moved 0 ", 301 },
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct http_request q = to(w, CASES[i].method, CASES[i].target);
        struct http_response r;
        q.body.bytes = str_from(CASES[i].body);
        bool ok = http_send(w->http, &w->arena, &q, &r);
        assert_text(CASES[i].name, r.why, "");
        assert_true(ok);
        assert_int_equal(r.status, CASES[i].status);
        assert_text(CASES[i].name, buf_str(&r.body), CASES[i].want);
        http_response_done(&r);
    }
    assert_int_equal(server_connections(w->server), 1);
}

static void test_headers(void **state)
{
    struct world *w = *state;
    struct http_request q = to(w, "POST", "/");
    struct http_response r;
    http_header_add(&w->arena, &q.headers, S("X-Mine"), S("yes"));
    http_header_add(&w->arena, &q.headers, S("X-Empty"), S(""));
    assert_true(http_send(w->http, &w->arena, &q, &r));
    assert_text("any case", http_header(&r.headers, S("x-TEST")), "one");
    assert_null(http_header(&r.headers, S("x-none")).p);
    http_response_done(&r);
    struct server_request seen = server_request(w->server, &w->arena, 0);
    assert_text("sent", server_header(&seen, "x-mine"), "yes");
    assert_non_null(server_header(&seen, "X-Empty").p);
    assert_null(server_header(&seen, "Content-Type").p);
    assert_null(server_header(&seen, "Expect").p);
}

static void test_files(void **state)
{
    struct world *w = *state;
    struct folder f;
    struct http_response r;
    folder_make(&f);
    folder_file(&f, "body", "0123456789abcdef");
    int in = open(folder_at(&f, "body"), O_RDONLY | O_CLOEXEC);
    int out = open(folder_at(&f, "out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct http_request q = to(w, "PUT", "/part");
    q.body = (struct http_body){ .is_file = true, .fd = in, .at = 4, .size = 8 };
    q.to_file = true;
    q.fd = out;
    assert_true(http_send(w->http, &w->arena, &q, &r));
    assert_text("part of a file", folder_read(&f, "out"), "PUT /part 8 456789ab");
    assert_int_equal(r.body.n, 0);
    assert_int_equal(r.got, 20);
    http_response_done(&r);

    q = to(w, "PUT", "/part");
    q.body = (struct http_body){ .is_file = true, .fd = in, .at = 4, .size = 8 };
    q.to_file = true;
    q.fd = out;
    q.max_file = 20;
    assert_true(http_send(w->http, &w->arena, &q, &r));
    http_response_done(&r);
    q.max_file = 19;
    assert_false(http_send(w->http, &w->arena, &q, &r));
    assert_int_equal(r.failure, HTTP_TOO_LARGE);
    assert_true(lseek(out, 0, SEEK_END) <= 59);
    http_response_done(&r);

    q = to(w, "PUT", "/missing");
    q.to_file = true;
    q.fd = out;
    assert_true(http_send(w->http, &w->arena, &q, &r));
    assert_text("an error goes to memory", buf_str(&r.body), "not here");
    http_response_done(&r);

    q = to(w, "PUT", "/part");
    q.body = (struct http_body){ .is_file = true, .fd = in, .at = 4, .size = 99 };
    assert_false(http_send(w->http, &w->arena, &q, &r));
    assert_int_equal(r.failure, HTTP_LOCAL);
    http_response_done(&r);
    close(in);
    close(out);
    folder_remove(&f);
}

static void test_failures(void **state)
{
    struct world *w = *state;
    static const struct {
        enum server_fault fault;
        enum http_failure failure;
        unsigned status;
    } CASES[] = {
        { FAULT_DROP_BEFORE, HTTP_DROPPED, 0 },
        { FAULT_DROP_AFTER, HTTP_DROPPED, 0 },
        { FAULT_TRUNCATED, HTTP_DROPPED, 200 },
        { FAULT_STALL, HTTP_TIMEOUT, 0 },
        { FAULT_503, HTTP_OK, 503 },
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct http_request q = to(w, "POST", "/");
        struct http_response r;
        server_fail(w->server, 0, CASES[i].fault);
        http_send(w->http, &w->arena, &q, &r);
        if (r.failure != CASES[i].failure || r.status != CASES[i].status || !r.sent)
            fail_msg("%s: failure %d, status %u: %.*s", server_fault_name(CASES[i].fault),
                     r.failure, r.status, STR(r.why));
        assert_true(r.failure == HTTP_OK || r.why.n > 0);
        http_response_done(&r);
    }
    server_forget(w->server);
}

static void test_refused_here(void **state)
{
    struct world *w = *state;
    struct http_response r;
    struct http_request q = to(w, "GET", "/");
    q.plain = false;
    assert_false(http_send(w->http, &w->arena, &q, &r));
    assert_int_equal(r.failure, HTTP_BAD_URL);
    assert_false(r.sent);
    http_response_done(&r);

    q = to(w, "GET", "/long/enough/to/be/over");
    q.max_body = 10;
    assert_false(http_send(w->http, &w->arena, &q, &r));
    assert_int_equal(r.failure, HTTP_TOO_LARGE);
    http_response_done(&r);

    q.url = S("file:///etc/passwd");
    assert_false(http_send(w->http, &w->arena, &q, &r));
    assert_int_equal(r.failure, HTTP_BAD_URL);
    http_response_done(&r);

    static const struct str BROKEN[] = { S_INIT("a\r\nX-Evil: 1"), S_INIT("a\nb"), S_INIT("a\0b") };
    for (size_t i = 0; i < COUNT(BROKEN); i++) {
        struct http_request evil = to(w, "GET", "/");
        http_header_add(&w->arena, &evil.headers, S("X-Mine"), BROKEN[i]);
        assert_false(http_send(w->http, &w->arena, &evil, &r));
        assert_int_equal(r.failure, HTTP_BAD_URL);
        http_response_done(&r);
    }

    q.url = S("http://127.0.0.1:1/");
    assert_false(http_send(w->http, &w->arena, &q, &r));
    assert_int_equal(r.failure, HTTP_NO_CONNECT);
    assert_false(r.sent);
    http_response_done(&r);

    assert_int_equal(server_count(w->server), 1);
}

static void test_many_at_once(void **state)
{
    enum { MANY = 60 };
    struct world *w = *state;
    struct http_transfer t[MANY] = { 0 };
    bool seen[MANY] = { 0 };
    for (size_t i = 0; i < MANY; i++) {
        t[i].request = to(w, "PUT", arena_printf(&w->arena, "/%zu", i).p);
        t[i].arena = &w->arena;
        t[i].user = &seen[i];
        http_start(w->http, &t[i]);
    }
    assert_int_equal(http_under_way(w->http), MANY);
    struct http_request q = to(w, "GET", "/between");
    struct http_response r;
    assert_true(http_send(w->http, &w->arena, &q, &r));
    http_response_done(&r);
    for (struct http_transfer *done; (done = http_wait(w->http, -1));) {
        assert_int_equal(done->response.status, 200);
        assert_false(*(bool *)done->user);
        *(bool *)done->user = true;
        http_response_done(&done->response);
    }
    for (size_t i = 0; i < MANY; i++)
        assert_true(seen[i]);
    assert_int_equal(http_under_way(w->http), 0);
    assert_true(server_connections(w->server) <= 4);
    assert_null(http_wait(w->http, 0));
}

/* The server stands for a proxy: it is asked for a whole URL. */
static void test_proxy(void **state)
{
    struct world *w = *state;
    struct http_response r;
    setenv("http_proxy", server_url(w->server).p, 1);
    struct http_request q = { .method = S("GET"), .url = S("http://127.0.0.1:1/x"), .plain = true };
    assert_true(http_send(w->http, &w->arena, &q, &r));
    assert_text("asked", buf_str(&r.body), "GET http://127.0.0.1:1/x 0 ");
    http_response_done(&r);

    q.direct = true;
    assert_false(http_send(w->http, &w->arena, &q, &r));
    assert_int_equal(r.failure, HTTP_NO_CONNECT);
    http_response_done(&r);

    q.direct = false;
    setenv("no_proxy", "127.0.0.1", 1);
    assert_false(http_send(w->http, &w->arena, &q, &r));
    http_response_done(&r);
    unsetenv("http_proxy");
    unsetenv("no_proxy");
}

static void test_encode(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    http_encode(&b, S("a/b c~\xc3\xa9+&"), false);
    assert_text("all", buf_str(&b), "a%2Fb%20c~%C3%A9%2B%26");
    b.n = 0;
    http_encode(&b, S("a/b c"), true);
    assert_text("path", buf_str(&b), "a/b%20c");
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_methods, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_here, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_proxy, set_up, tear_down),
        cmocka_unit_test(test_encode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
