#include "aws/provider.h"

#include "aws/instant.h"
#include "base/json_parse.h"
#include "base/mem.h"

#include <openssl/crypto.h>
#include <time.h>

enum { ATTEMPTS = 3, ATTEMPT_MS = 5000, PAUSE_MS = 200 };

/* ---- the struct ---- */

void credentials_set(struct credentials *c, struct str key_id, struct str secret, struct str token)
{
    const struct str parts[] = { key_id, secret, token };
    struct str *const to[] = { &c->id.key_id, &c->id.secret, &c->id.token };
    size_t size = key_id.n + secret.n + token.n + 3;
    char *p = mem_alloc(size), *at = p;
    struct str copies[3];
    for (size_t i = 0; i < 3; i++) {
        copies[i] = (struct str){ at, parts[i].n };
        if (parts[i].n)
            memcpy(at, parts[i].p, parts[i].n);
        at += parts[i].n;
        *at++ = '\0';
    }
    credentials_done(c); /* after copying: the parts may be its own */
    for (size_t i = 0; i < 3; i++)
        *to[i] = copies[i];
    c->size = size;
}

void credentials_done(struct credentials *c)
{
    char *p = (char *)c->id.key_id.p;
    if (p)
        OPENSSL_cleanse(p, c->size);
    mem_free(p);
    *c = (struct credentials){ 0 };
}

/* ---- JSON ---- */

struct finder {
    const struct credential_names *names;
    struct str key_id, secret, token;
    struct buf kept; /* texts that had escapes, one piece from the start */
    int64_t expires;
    size_t depth, inside; /* how deep the map of interest is: 1 or 2; 0: not in it */
};

static struct str keep(struct finder *f, const struct json_text *text)
{
    if (!text->decoded)
        return text->str;
    size_t at = f->kept.n;
    buf_put(&f->kept, text->str);
    return str_sub(buf_str(&f->kept), at, f->kept.n);
}

static void find_field(struct finder *f, const struct json_event *e)
{
    const struct credential_names *n = f->names;
    struct str key = e->key.str;
    if (e->kind == JSON_STR && str_eq(key, str_from(n->key_id)))
        f->key_id = keep(f, &e->text);
    else if (e->kind == JSON_STR && str_eq(key, str_from(n->secret)))
        f->secret = keep(f, &e->text);
    else if (e->kind == JSON_STR && str_eq(key, str_from(n->token)))
        f->token = keep(f, &e->text);
    else if (e->kind == JSON_STR && str_eq(key, str_from(n->expires)))
        instant_parse(e->text.str, &f->expires);
    else if (e->kind == JSON_INT && n->expires_ms && str_eq(key, str_from(n->expires)))
        f->expires = e->integer / 1000;
}

static void find(void *self, const struct json_event *e)
{
    struct finder *f = self;
    bool begins = e->kind == JSON_BEGIN_MAP || e->kind == JSON_BEGIN_LIST;
    bool wanted = f->names->inside ? f->depth == 1 && str_eq(e->key.str, str_from(f->names->inside))
                                   : f->depth == 0;
    if (e->kind == JSON_END && f->depth-- == f->inside)
        f->inside = 0;
    if (begins)
        f->depth++;
    if (e->kind == JSON_BEGIN_MAP && wanted)
        f->inside = f->depth;
    else if (f->inside && f->depth == f->inside && !begins)
        find_field(f, e);
}

bool credentials_from_json(struct str text, const struct credential_names *names,
                           struct credentials *out)
{
    struct finder f = { .names = names };
    struct source src = { .text = text };
    size_t error_at;
    buf_init(&f.kept, 0);
    buf_room(&f.kept, text.n);
    bool ok = json_parse(&src, (struct json_sink){ find, &f }, NULL, &error_at) && f.key_id.n &&
              f.secret.n;
    if (ok) {
        credentials_set(out, f.key_id, f.secret, f.token);
        out->expires = f.expires;
    }
    aws_wipe(&f.kept);
    return ok;
}

/* ---- what providers share ---- */

enum provided chain_lacks(struct chain *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vec_push(c->a, &c->lacking, arena_vprintf(c->a, fmt, args));
    va_end(args);
    return NOT_PROVIDED;
}

enum provided chain_breaks(struct chain *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str text = arena_vprintf(c->a, fmt, args);
    va_end(args);
    diag_error(c->ds, "bad-credentials", (struct span){ 0 }, "%.*s", STR(text));
    return PROVIDER_FAILED;
}

bool provider_ask(struct chain *c, struct http_request *q, bool patient, struct http_response *r)
{
    q->secret = true;
    if (!q->timeout_ms)
        q->timeout_ms = ATTEMPT_MS;
    for (int attempt = 1;; attempt++) {
        bool whole = http_send(c->from->http, c->a, q, r);
        bool again = !whole || r->status == 429 || r->status >= 500;
        if (!again || !patient || attempt == ATTEMPTS)
            return whole;
        http_response_done(r);
        struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L * attempt };
        nanosleep(&pause, NULL);
    }
}

/* ---- the chain ---- */

static enum provided provide_environment(struct chain *c, struct credentials *out)
{
    const struct aws_environment *env = c->from->env;
    struct str id = aws_variable(env, "AWS_ACCESS_KEY_ID");
    struct str secret = aws_variable(env, "AWS_SECRET_ACCESS_KEY");
    if (!id.n && !secret.n)
        return chain_lacks(c, "environment: AWS_ACCESS_KEY_ID is not set");
    if (!id.n || !secret.n)
        return chain_breaks(c, "AWS_%s is set, but AWS_%s is not",
                            id.n ? "ACCESS_KEY_ID" : "SECRET_ACCESS_KEY",
                            id.n ? "SECRET_ACCESS_KEY" : "ACCESS_KEY_ID");
    credentials_set(out, id, secret, aws_variable(env, "AWS_SESSION_TOKEN"));
    out->source = "the environment";
    return PROVIDED;
}

static enum provided provide_own_profile(struct chain *c, struct credentials *out)
{
    return provide_profile(c, aws_profile_name(c->from->env, c->from->profile), out);
}

typedef enum provided provider(struct chain *c, struct credentials *out);

bool credentials_find(struct arena *a, struct diags *ds, const struct credentials_from *from,
                      struct credentials *out)
{
    static provider *const ALL[] = { provide_environment, provide_web_identity, provide_own_profile,
                                     provide_container, provide_instance };
    static provider *const NAMED[] = { provide_own_profile };
    struct chain c = { .a = a, .ds = ds, .from = from };
    provider *const *chain = from->profile.n ? NAMED : ALL;
    size_t n = from->profile.n ? 1 : sizeof ALL / sizeof *ALL;
    for (size_t i = 0; i < n; i++) {
        enum provided p = chain[i](&c, out);
        if (p != NOT_PROVIDED)
            return p == PROVIDED;
    }
    struct diag *d = diag_error(ds, "no-credentials", (struct span){ 0 }, "no AWS credentials");
    for (size_t i = 0; i < c.lacking.n; i++)
        diag_help(d, "%.*s", STR(c.lacking.p[i]));
    return false;
}

bool credentials_assume(struct arena *a, struct diags *ds, const struct credentials_from *from,
                        struct str role_arn, struct str session_name, struct credentials *out)
{
    struct chain c = { .a = a, .ds = ds, .from = from };
    struct role role = { .arn = role_arn, .session = session_name, .region = from->region };
    return provide_role(&c, &role, out) == PROVIDED;
}
