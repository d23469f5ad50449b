#include "fake_parts.h"

#include "base/mem.h"
#include "base/path.h"

#include <stdlib.h>
#include <time.h>

struct str fake_keep(struct fake *f, struct str s)
{
    return arena_str(&f->arena, s);
}

void fake_note(struct fake *f, const char *operation)
{
    vec_push(&f->arena, &f->operations, fake_keep(f, str_from(operation)));
}

int64_t fake_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct str fake_param(struct fake_call *c, const char *name)
{
    return server_parameter(c->arena, c->request->body, name, NULL);
}

void fake_put_xml(struct buf *out, const char *element, struct str text)
{
    buf_printf(out, "<%s>", element);
    for (size_t i = 0; i < text.n; i++)
        switch (text.p[i]) {
        case '<':
            buf_put(out, S("&lt;"));
            break;
        case '&':
            buf_put(out, S("&amp;"));
            break;
        case '>':
            buf_put(out, S("&gt;"));
            break;
        default:
            buf_putc(out, text.p[i]);
        }
    buf_printf(out, "</%s>", element);
}

struct server_reply fake_xml(struct fake_call *c, const char *operation, struct buf *result)
{
    struct str body = arena_printf(
        c->arena,
        "<?xml version=\"1.0\"?><%sResponse><%sResult>%.*s</%sResult><ResponseMetadata>"
        "<RequestId>req-1</RequestId></ResponseMetadata></%sResponse>",
        operation, operation, STR(buf_str(result)), operation, operation);
    buf_done(result);
    return (struct server_reply){ .body = body };
}

struct server_reply fake_xml_error(struct fake_call *c, unsigned status, const char *code,
                                   struct str message)
{
    struct buf text;
    buf_init(&text, 0);
    buf_put(&text, S("<ErrorResponse><Error><Type>Sender</Type>"));
    fake_put_xml(&text, "Code", str_from(code));
    fake_put_xml(&text, "Message", message);
    buf_put(&text, S("</Error><RequestId>req-1</RequestId></ErrorResponse>"));
    struct server_reply r = { .status = status, .body = arena_str(c->arena, buf_str(&text)) };
    buf_done(&text);
    return r;
}

struct server_reply fake_json(struct fake_call *c, struct buf *text)
{
    struct server_reply r = { .type = "application/x-amz-json-1.0",
                              .body = arena_str(c->arena, buf_str(text)) };
    buf_done(text);
    return r;
}

struct server_reply fake_json_error(struct fake_call *c, unsigned status, const char *code,
                                    const char *message)
{
    return (struct server_reply){
        .status = status,
        .type = "application/x-amz-json-1.0",
        .body = arena_printf(c->arena, "{\"__type\":\"%s\",\"message\":\"%s\"}", code, message)
    };
}

static struct server_reply sts(struct fake_call *c)
{
    struct buf out;
    buf_init(&out, 0);
    fake_note(c->fake, "GetCallerIdentity");
    buf_put(&out, S("<Arn>arn:aws:iam::" FAKE_ACCOUNT ":user/tester</Arn><UserId>AIDATEST</UserId>"
                    "<Account>" FAKE_ACCOUNT "</Account>"));
    return fake_xml(c, "GetCallerIdentity", &out);
}

static struct server_reply answer(void *self, struct arena *a, const struct server_request *q)
{
    struct fake *f = self;
    struct fake_call c = { f, a, q };
    struct server_reply r;
    pthread_mutex_lock(&f->lock);
    struct str target = server_header(q, "x-amz-target");
    struct str type = server_header(q, "content-type");
    if (!server_header(q, "authorization").n) {
        r = fake_xml_error(&c, 403, "MissingAuthenticationToken", S("the request is not signed"));
    } else if (target.n) {
        r = fake_json_service(&c, target);
    } else if (str_starts(type, S("application/x-www-form-urlencoded"))) {
        struct str action = fake_param(&c, "Action");
        r = str_eq(action, S("GetCallerIdentity")) ? sts(&c) : fake_cloudformation(&c, action);
    } else if (str_starts(q->path, S("/schedules/"))) {
        r = fake_scheduler(&c, path_base(q->path));
    } else {
        r = fake_s3(&c);
    }
    pthread_mutex_unlock(&f->lock);
    return r;
}

struct fake *fake_start(void)
{
    struct fake *f = mem_alloc(sizeof *f);
    memset(f, 0, sizeof *f);
    pthread_mutex_init(&f->lock, NULL);
    diags_init(&f->ds, &f->arena);
    f->pace = 4;
    f->next_status = S("SUCCEEDED");
    f->server = server_start(answer, f);
    return f;
}

void fake_stop(struct fake *f)
{
    server_stop(f->server);
    pthread_mutex_destroy(&f->lock);
    arena_done(&f->arena);
    mem_free(f);
}

struct server *fake_server(struct fake *f)
{
    return f->server;
}

/* ---- scripts --------------------------------------------------------------------------------- */

/* The server's thread uses the same arena: nothing is made of it without the lock. */
static void set(struct fake *f, struct map *m, const char *key, void *value)
{
    map_put(&f->arena, m, fake_keep(f, str_from(key)), value);
}

static void set_text(struct fake *f, struct map *m, const char *key, const char *text)
{
    struct str *s = arena_make(&f->arena, struct str);
    *s = fake_keep(f, str_from(text));
    set(f, m, key, s);
}

void fake_add_bucket(struct fake *f, const char *name)
{
    pthread_mutex_lock(&f->lock);
    set(f, &f->buckets, name, arena_make(&f->arena, struct map));
    pthread_mutex_unlock(&f->lock);
}

void fake_fail(struct fake *f, const char *logical_id, const char *reason, int times)
{
    pthread_mutex_lock(&f->lock);
    int *left = arena_make(&f->arena, int);
    *left = times;
    set(f, &f->failures, logical_id, left);
    set_text(f, &f->reasons, logical_id, reason);
    pthread_mutex_unlock(&f->lock);
}

void fake_fail_rollback(struct fake *f, const char *logical_id, bool fails)
{
    pthread_mutex_lock(&f->lock);
    set(f, &f->no_rollback, logical_id, fails ? f : NULL);
    pthread_mutex_unlock(&f->lock);
}

void fake_fail_delete(struct fake *f, const char *logical_id, bool fails)
{
    pthread_mutex_lock(&f->lock);
    set(f, &f->no_delete, logical_id, fails ? f : NULL);
    pthread_mutex_unlock(&f->lock);
}

void fake_pace(struct fake *f, int events)
{
    pthread_mutex_lock(&f->lock);
    f->pace = events;
    pthread_mutex_unlock(&f->lock);
}

void fake_execution(struct fake *f, const char *status, const char *events)
{
    pthread_mutex_lock(&f->lock);
    f->next_status = fake_keep(f, str_from(status));
    f->next_events = fake_keep(f, str_from(events));
    pthread_mutex_unlock(&f->lock);
}

void fake_log(struct fake *f, const char *group, const char *events)
{
    pthread_mutex_lock(&f->lock);
    set_text(f, &f->logs, group, events);
    pthread_mutex_unlock(&f->lock);
}

/* ---- questions ------------------------------------------------------------------------------- */

size_t fake_count(struct fake *f, const char *operation)
{
    size_t n = 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->operations.n; i++)
        n += !*operation || str_eq(f->operations.p[i], str_from(operation));
    pthread_mutex_unlock(&f->lock);
    return n;
}

void fake_reset_counts(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->operations.n = 0;
    pthread_mutex_unlock(&f->lock);
}

struct str fake_operations(struct fake *f, struct arena *a)
{
    struct buf out;
    buf_init(&out, 0);
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->operations.n; i++)
        buf_printf(&out, "%.*s ", STR(f->operations.p[i]));
    pthread_mutex_unlock(&f->lock);
    struct str all = arena_str(a, buf_str(&out));
    buf_done(&out);
    return all;
}

static const struct fake_resource *find_resource(struct fake *f, const char *stack, const char *id)
{
    const struct fake_stack *s = fake_find_stack(f, str_from(stack));
    const struct fake_resource *r = s ? map_get(&s->resources, str_from(id)) : NULL;
    return r && r->body ? r : NULL;
}

struct str fake_physical_id(struct fake *f, struct arena *a, const char *stack, const char *id)
{
    struct str text = { 0 };
    pthread_mutex_lock(&f->lock);
    const struct fake_stack *s = fake_find_stack(f, str_from(stack));
    const struct fake_resource *r = find_resource(f, stack, id);
    if (s && strcmp(id, "StackId") == 0)
        text = arena_str(a, s->arn);
    else if (r)
        text = arena_str(a, r->physical);
    pthread_mutex_unlock(&f->lock);
    return text;
}

struct str fake_stack_status(struct fake *f, struct arena *a, const char *stack)
{
    struct str text = { 0 };
    pthread_mutex_lock(&f->lock);
    const struct fake_stack *s = fake_find_stack(f, str_from(stack));
    if (s)
        text = arena_str(a, s->status);
    pthread_mutex_unlock(&f->lock);
    return text;
}

struct str fake_property(struct fake *f, struct arena *a, const char *stack, const char *id,
                         const char *property)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    pthread_mutex_lock(&f->lock);
    const struct fake_resource *r = find_resource(f, stack, id);
    const struct node *n =
        r ? node_get(node_get(r->body, S("Properties")), str_from(property)) : NULL;
    json_writer_init(&w, &out, 0);
    if (n)
        json_node(&w, n);
    pthread_mutex_unlock(&f->lock);
    struct str text = arena_str(a, buf_str(&out));
    buf_done(&out);
    return text;
}

bool fake_is_protected(struct fake *f, const char *stack)
{
    pthread_mutex_lock(&f->lock);
    const struct fake_stack *s = fake_find_stack(f, str_from(stack));
    bool yes = s && s->protected;
    pthread_mutex_unlock(&f->lock);
    return yes;
}

size_t fake_resources(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    size_t n = f->physical_made - f->physical_deleted;
    pthread_mutex_unlock(&f->lock);
    return n;
}

size_t fake_stacks(struct fake *f)
{
    size_t n = 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->stacks.n; i++)
        n += !f->stacks.p[i]->deleted;
    pthread_mutex_unlock(&f->lock);
    return n;
}

size_t fake_objects(struct fake *f)
{
    size_t n = 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->buckets.n; i++) {
        const struct map *objects = f->buckets.entries[i].value;
        for (size_t j = 0; j < objects->n; j++)
            n += !((struct fake_object_data *)objects->entries[j].value)->gone;
    }
    pthread_mutex_unlock(&f->lock);
    return n;
}

size_t fake_change_sets(struct fake *f)
{
    size_t n = 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->stacks.n; i++)
        for (size_t j = 0; j < f->stacks.p[i]->sets.n && !f->stacks.p[i]->deleted; j++)
            n += !f->stacks.p[i]->sets.p[j]->gone &&
                 str_eq(f->stacks.p[i]->sets.p[j]->execution, S("AVAILABLE"));
    pthread_mutex_unlock(&f->lock);
    return n;
}

size_t fake_uploads_open(struct fake *f)
{
    size_t n = 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->uploads.n; i++)
        n += !f->uploads.p[i]->done;
    pthread_mutex_unlock(&f->lock);
    return n;
}

struct str fake_object(struct fake *f, struct arena *a, const char *bucket, const char *key)
{
    pthread_mutex_lock(&f->lock);
    const struct fake_object_data *o = fake_find_object(f, str_from(bucket), str_from(key));
    struct str bytes = o ? arena_str(a, o->bytes) : (struct str){ 0 };
    pthread_mutex_unlock(&f->lock);
    return bytes;
}
