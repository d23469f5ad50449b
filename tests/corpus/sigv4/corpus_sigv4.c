/* Requests and the signatures that AWS gives them: aws-c-auth/v4, a folder per case with a result
 * for header signing and one for the query form, and an older suite, botocore-aws4_testsuite. The
 * cases of aws-c-auth/v4a are named and not counted: nothing of ours signs with ECDSA keys, which
 * only S3 multi-region access points ask for. */
#include "aws/sigv4.h"
#include "base/file.h"
#include "base/path.h"
#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>

struct request {
    struct str method, target, body, host;
    struct http_headers headers; /* without host and date, which signing adds */
};

/* One case in one form. */
struct form {
    struct sigv4_request q;
    struct sigv4_identity who;
    struct str canonical, to_sign, result; /* what must come out */
};

static struct str file(struct corpus *c, struct str folder, const char *name)
{
    return corpus_read(c, arena_printf(&c->arena, "%.*s/%s", STR(folder), name));
}

static struct str line_of(struct str *rest)
{
    struct str line = { 0 };
    str_split(rest, '\n', &line);
    return str_ends(line, S("\r")) ? str_sub(line, 0, line.n - 1) : line;
}

static struct request read_request(struct arena *a, struct str text)
{
    struct request r = { 0 };
    struct str first = line_of(&text);
    size_t blank = str_find_char(first, ' ', 0), last = str_rfind_char(first, ' ');
    r.method = str_sub(first, 0, blank);
    r.target = str_sub(first, blank + 1, last);
    while (text.n) {
        struct str line = line_of(&text);
        size_t colon = str_find_char(line, ':', 0);
        if (!line.n)
            break;
        if (ascii_is_space(line.p[0]) && r.headers.all.n) { /* goes on from the line before */
            struct http_header *h = &r.headers.all.p[r.headers.all.n - 1];
            h->value = arena_printf(a, "%.*s\n%.*s", STR(h->value), STR(line));
            continue;
        }
        struct str name = str_sub(line, 0, colon), value = str_sub(line, colon + 1, line.n);
        if (str_eq(name, S("Host")))
            r.host = value;
        else if (!str_eq(name, S("X-Amz-Date")))
            http_header_add(a, &r.headers, name, value);
    }
    r.body = text;
    return r;
}

static const char *differ(struct arena *a, const char *what, struct str have, struct str want)
{
    want = str_trim(want);
    if (str_eq(have, want))
        return NULL;
    return arena_printf(a, "%s\n--- have\n%.*s\n--- want\n%.*s", what, STR(have), STR(want)).p;
}

static const char *judge(struct arena *a, const struct form *f, const struct sigv4_trace *t,
                         struct str result)
{
    const char *why = differ(a, "canonical request", t->canonical_request, f->canonical);
    if (!why)
        why = differ(a, "string to sign", t->string_to_sign, f->to_sign);
    return why ? why : differ(a, "result", result, f->result);
}

/* The lines that signing adds to a request, in the order of the suite's signed requests. */
static struct str added_lines(struct arena *a, const struct http_headers *add)
{
    static const char *const ORDER[] = { "X-Amz-Security-Token", "X-Amz-Date",
                                         "x-amz-content-sha256", "Authorization" };
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        struct str value = http_header(add, str_from(ORDER[i]));
        if (value.p)
            buf_printf(&b, "%s%s:%.*s", b.n ? "\n" : "", ORDER[i], STR(value));
    }
    struct str s = arena_str(a, buf_str(&b));
    buf_done(&b);
    return s;
}

/* The same lines of the suite's own signed request. */
static struct str expected_lines(struct arena *a, struct str signed_request)
{
    struct buf b;
    buf_init(&b, 0);
    while (signed_request.n) {
        struct str line = line_of(&signed_request);
        if (!line.n)
            break;
        if (str_starts(line, S("X-Amz-")) || str_starts(line, S("x-amz-")) ||
            str_starts(line, S("Authorization")))
            buf_printf(&b, "%s%.*s", b.n ? "\n" : "", STR(line));
    }
    struct str s = arena_str(a, buf_str(&b));
    buf_done(&b);
    return s;
}

static struct str text_of(struct val map, const char *key)
{
    struct val v = peek_get(map, str_from(key));
    return v.kind == VAL_STR ? peek_str(v) : (struct str){ 0 };
}

static bool true_of(struct val map, const char *key)
{
    struct val v = peek_get(map, str_from(key));
    return v.kind == VAL_BOOL && v.boolean;
}

/* All timestamps of the suites are this one; another would fail its case. */
enum { SUITE_TIME = 1440938160 };

static void aws_c_auth(struct corpus *c, struct str folder, struct str name)
{
    struct arena *a = &c->arena;
    struct val context = corpus_json(file(c, folder, "context.json"), folder);
    struct val keys = peek_get(context, S("credentials"));
    struct request r = read_request(a, file(c, folder, "request.txt"));
    struct form f = {
        .q = { .method = r.method,
               .url = arena_printf(a, "https://%.*s%.*s", STR(r.host), STR(r.target)),
               .headers = &r.headers,
               .payload = sigv4_payload(a, r.body),
               .region = text_of(context, "region"),
               .service = text_of(context, "service"),
               .time = SUITE_TIME,
               .as_is = !true_of(context, "normalize"),
               .payload_header = true_of(context, "sign_body"),
               .token_unsigned = true_of(context, "omit_session_token") },
        .who = { text_of(keys, "access_key_id"), text_of(keys, "secret_access_key"),
                 text_of(keys, "token") },
        .canonical = file(c, folder, "header-canonical-request.txt"),
        .to_sign = file(c, folder, "header-string-to-sign.txt"),
        .result = expected_lines(a, file(c, folder, "header-signed-request.txt")),
    };
    struct http_headers add = { 0 };
    struct sigv4_trace t;
    sigv4_sign(a, &f.q, &f.who, &add, &t);
    corpus_result(c, S("v4 header"), arena_printf(a, "%.*s/header", STR(name)),
                  judge(a, &f, &t, added_lines(a, &add)));

    f.canonical = file(c, folder, "query-canonical-request.txt");
    f.to_sign = file(c, folder, "query-string-to-sign.txt");
    f.result = read_request(a, file(c, folder, "query-signed-request.txt")).target;
    struct str host = arena_printf(a, "https://%.*s", STR(r.host));
    struct str url =
        sigv4_presign(a, &f.q, &f.who, peek_get(context, S("expiration_in_seconds")).integer, &t);
    corpus_result(c, S("v4 query"), arena_printf(a, "%.*s/query", STR(name)),
                  judge(a, &f, &t, str_sub(url, host.n, url.n)));
    val_free(context);
}

/* The suite has no context: the key, region and time are the same for all, a token stands in the
 * signed request only, and one case, as its name says, adds it after signing. */
static void botocore(struct corpus *c, struct str folder, struct str name)
{
    struct arena *a = &c->arena;
    struct str stem = arena_printf(a, "%.*s/%.*s", STR(folder), STR(path_base(folder)));
    struct request r = read_request(a, corpus_read(c, arena_printf(a, "%.*s.req", STR(stem))));
    struct request ready = read_request(a, corpus_read(c, arena_printf(a, "%.*s.sreq", STR(stem))));
    struct form f = {
        .q = { .method = r.method,
               .url = arena_printf(a, "https://%.*s%.*s", STR(r.host), STR(r.target)),
               .headers = &r.headers,
               .payload = sigv4_payload(a, r.body),
               .region = S("us-east-1"),
               .service = S("service"),
               .time = SUITE_TIME,
               .token_unsigned = str_ends(name, S("header-after")) },
        .who = { S("AKIDEXAMPLE"), S("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                 http_header(&ready.headers, S("X-Amz-Security-Token")) },
        .canonical = corpus_read(c, arena_printf(a, "%.*s.creq", STR(stem))),
        .to_sign = corpus_read(c, arena_printf(a, "%.*s.sts", STR(stem))),
        .result = corpus_read(c, arena_printf(a, "%.*s.authz", STR(stem))),
    };
    struct http_headers add = { 0 };
    struct sigv4_trace t;
    sigv4_sign(a, &f.q, &f.who, &add, &t);
    corpus_result(c, S("botocore header"), name,
                  judge(a, &f, &t, http_header(&add, S("Authorization"))));
}

static void skip(struct corpus *c, struct str folder, struct str name)
{
    (void)c, (void)folder;
    printf("skipped %.*s: SigV4a (ECDSA) is not supported\n", STR(name));
}

static bool is_folder(struct corpus *c, struct str path)
{
    return file_is_dir(c->dir, path);
}

/* Calls judge for each folder of `folder` that holds cases, which lie at most one deeper. */
static void each_case(struct corpus *c, struct str folder, struct str mark, int depth,
                      void (*run)(struct corpus *, struct str, struct str))
{
    struct diags ds;
    struct names names = { 0 };
    diags_init(&ds, &c->arena);
    if (!file_list(&c->arena, &ds, (struct span){ 0 }, c->dir, folder, &names)) {
        fprintf(stderr, "corpus_sigv4: cannot read %.*s\n", STR(folder));
        exit(1);
    }
    for (size_t i = 0; i < names.all.n; i++) {
        struct str path = path_join(&c->arena, folder, names.all.p[i]);
        struct str own = arena_printf(&c->arena, "%.*s%.*s", STR(names.all.p[i]), STR(mark));
        if (!is_folder(c, path))
            continue;
        if (file_exists(c->dir,
                        path_join(&c->arena, path, str_starts(mark, S(".")) ? own : mark))) {
            if (corpus_wants(c, path))
                run(c, path, path);
        } else if (depth > 0) {
            each_case(c, path, mark, depth - 1, run);
        }
    }
}

int main(int argc, char **argv)
{
    struct corpus c;
    corpus_init(&c, argc, argv, NULL, NULL);
    each_case(&c, S("aws-c-auth/v4"), S("context.json"), 0, aws_c_auth);
    each_case(&c, S("aws-c-auth/v4a"), S("context.json"), 0, skip);
    each_case(&c, S("botocore-aws4_testsuite"), S(".req"), 1, botocore);
    return corpus_close(&c);
}
