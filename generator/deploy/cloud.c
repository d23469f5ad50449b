#include "deploy/cloud.h"

#include "base/digest.h"

#include <sys/random.h>
#include <time.h>

static const struct span NOWHERE;

bool answer_no_stack(const struct answer *a)
{
    return str_find(a->message, S("does not exist"), 0) != SIZE_MAX;
}

bool answer_any(const struct answer *a)
{
    (void)a;
    return true;
}

/* What was answered, for as long as the arena lives. */
static const struct node *keep(struct cloud *c, struct val data)
{
    const struct node *n = val_to_node(c->arena, val_copy(data), NOWHERE);
    return n && n->kind == NODE_MAP ? n : node_map(c->arena, NOWHERE);
}

static bool run(struct cloud *c, struct aws_call *call, struct buf *input, const char *what,
                answer_expected *expected, struct answer *answer)
{
    call->input = buf_str(input);
    bool good = aws_call(c->aws, call);
    const struct aws_result *r = &call->result;
    *answer = (struct answer){ .data = keep(c, r->data),
                               .code = arena_str(c->arena, r->code),
                               .message = arena_str(c->arena, r->message),
                               .refused = r->outcome == AWS_REFUSED,
                               .uncertain = r->uncertain,
                               .attempts = r->attempts };
    if (!good && !(answer->refused && expected && expected(answer)))
        aws_report(c->aws, call, what);
    aws_call_done(call);
    buf_done(input);
    return good;
}

bool cloud_call(struct cloud *c, const struct aws_service *service, const char *operation,
                struct buf *input, const char *what, answer_expected *expected,
                struct answer *answer)
{
    struct aws_call call = { .service = service, .operation = str_from(operation) };
    return run(c, &call, input, what, expected, answer);
}

bool cloud_rest(struct cloud *c, const struct aws_service *service, const char *operation,
                const char *method, struct str path, struct buf *input, const char *what,
                struct answer *answer)
{
    struct aws_call call = { .service = service,
                             .operation = str_from(operation),
                             .method = str_from(method),
                             .path = path };
    return run(c, &call, input, what, NULL, answer);
}

struct cloud_mark cloud_mark(const struct cloud *c)
{
    return (struct cloud_mark){ c->ds->all.n, c->ds->errors, c->ds->world };
}

void cloud_forget(struct cloud *c, struct cloud_mark mark)
{
    c->ds->all.n = mark.all;
    c->ds->errors = mark.errors;
    c->ds->world = mark.world;
}

void cloud_wait(const struct cloud *c, unsigned hard)
{
    uint64_t ms = c->poll_ms;
    for (unsigned i = 0; i < hard && i < 4; i++)
        ms *= 2;
    struct timespec t = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
    nanosleep(&t, NULL);
}

struct str cloud_token(struct arena *a)
{
    uint8_t bytes[16] = { 0 };
    char *hex = arena_alloc(a, 2 * sizeof bytes + 1);
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        struct timespec t; /* early in a boot; unlikely enough to repeat */
        clock_gettime(CLOCK_REALTIME, &t);
        memcpy(bytes, &t, sizeof t < sizeof bytes ? sizeof t : sizeof bytes);
    }
    hex_put(hex, bytes, sizeof bytes);
    return (struct str){ hex, 2 * sizeof bytes };
}

struct str cloud_text(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}

/* XML makes a string of an empty list. */
size_t cloud_count(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    if (!n || n->kind == NODE_STR)
        return 0;
    return n->kind == NODE_SEQ ? n->seq.n : 1;
}

const struct node *cloud_item(const struct node *map, const char *key, size_t i)
{
    const struct node *n = node_get(map, str_from(key));
    return n->kind == NODE_SEQ ? n->seq.items[i] : n;
}
