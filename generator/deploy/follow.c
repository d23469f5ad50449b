#include "deploy/follow.h"

#include "asl/asl_time.h"

static const struct span NOWHERE;

static int64_t time_of(const struct node *event)
{
    struct asl_time t;
    if (!asl_time_parse(cloud_text(event, "Timestamp"), &t))
        return 0;
    return t.seconds * 1000 + t.nanos / 1000000;
}

/* One page, newest first; `next` in and out. */
static bool read_page(struct follow *f, struct str *next, struct answer *a)
{
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "StackName", f->stack_id.n ? f->stack_id : f->stack);
    if (next->n)
        aws_param(&q, "NextToken", *next);
    size_t before = f->cloud->ds->all.n;
    bool good = cloud_call(
        f->cloud, &AWS_CLOUDFORMATION, "DescribeStackEvents", &q,
        arena_printf(f->cloud->arena, "read the events of '%.*s'", STR(f->stack)).p, NULL, a);
    *next = cloud_text(a->data, "NextToken");
    if (!good && f->cloud->ds->all.n > before)
        diag_help(f->cloud->ds->all.p[before],
                  "what CloudFormation does to '%.*s' goes on unseen; 'stepwright status' tells, "
                  "and --wait waits for it",
                  STR(f->stack));
    return good;
}

bool follow_begin(struct follow *f, struct cloud *c, struct progress *p, const struct manifest *m,
                  struct str stack, struct str stack_id)
{
    struct answer a;
    struct str next = { 0 };
    *f = (struct follow){ .cloud = c, .progress = p, .m = m, .stack = stack, .stack_id = stack_id };
    if (!stack_id.n)
        return true;
    if (!read_page(f, &next, &a))
        return false;
    /* One page will do: reading goes back to the first event that is known. */
    for (size_t i = 0; i < cloud_count(a.data, "StackEvents"); i++)
        map_put(c->arena, &f->seen, cloud_text(cloud_item(a.data, "StackEvents", i), "EventId"), f);
    return true;
}

struct news {
    VEC(const struct node *) all; /* newest first */
};

static bool read_news(struct follow *f, struct news *news, bool *hard)
{
    struct str next = { 0 };
    *hard = false;
    for (;;) {
        struct answer a;
        if (!read_page(f, &next, &a))
            return false;
        *hard = *hard || a.attempts > 1;
        for (size_t i = 0; i < cloud_count(a.data, "StackEvents"); i++) {
            const struct node *e = cloud_item(a.data, "StackEvents", i);
            if (map_has(&f->seen, cloud_text(e, "EventId")))
                return true;
            vec_push(f->cloud->arena, &news->all, e);
        }
        if (!next.n)
            return true;
    }
}

static bool is_stack(const struct follow *f, const struct node *e)
{
    return str_eq(cloud_text(e, "ResourceType"), S("AWS::CloudFormation::Stack")) &&
           (str_eq(cloud_text(e, "PhysicalResourceId"), cloud_text(e, "StackId")) ||
            str_eq(cloud_text(e, "LogicalResourceId"), f->stack));
}

static void put_seconds(struct buf *out, int64_t ms)
{
    buf_printf(out, "%lld.%01lld s", (long long)(ms / 1000), (long long)(ms % 1000 / 100));
}

/* "   12.3 s  created  GreetFunction  AWS::Lambda::Function  (4.1 s)" */
static void tell(struct follow *f, const struct node *e, int64_t at)
{
    struct str id = cloud_text(e, "LogicalResourceId"), status = cloud_text(e, "ResourceStatus");
    const int64_t *from = map_get(&f->started, id);
    bool failed = status_failed(status);
    struct buf when, took;
    buf_init(&when, 0);
    buf_init(&took, 0);
    put_seconds(&when, at - f->begun_ms);
    if (from) {
        buf_put(&took, S("  ("));
        put_seconds(&took, at - *from);
        buf_put(&took, S(")"));
    }
    struct str reason = failed ? cloud_text(e, "ResourceStatusReason") : (struct str){ 0 };
    progress_say(f->progress, "  %.*s  %s%10.*s%s  %s%-16.*s%s %.*s  %s%.*s%.*s%s%s%.*s",
                 STR(f->stack), progress_paint(f->progress, PAINT_DIM), STR(buf_str(&when)),
                 progress_paint(f->progress, PAINT_PLAIN),
                 progress_paint(f->progress, failed ? PAINT_RED : PAINT_GREEN), STR(status),
                 progress_paint(f->progress, PAINT_PLAIN), STR(id),
                 progress_paint(f->progress, PAINT_DIM), STR(cloud_text(e, "ResourceType")),
                 STR(buf_str(&took)), progress_paint(f->progress, PAINT_PLAIN),
                 reason.n ? ": " : "", STR(reason));
    buf_done(&when);
    buf_done(&took);
}

static void take_resource(struct follow *f, const struct node *e, int64_t at)
{
    struct str id = cloud_text(e, "LogicalResourceId"), status = cloud_text(e, "ResourceStatus");
    if (status_in_progress(status)) {
        int64_t *from = arena_make(f->cloud->arena, int64_t);
        *from = at;
        if (!map_get(&f->started, id))
            map_put(f->cloud->arena, &f->started, id, from);
        return;
    }
    if (status_failed(status))
        vec_push(f->cloud->arena, &f->failures,
                 ((struct failure){ id, cloud_text(e, "ResourceType"), status,
                                    cloud_text(e, "ResourceStatusReason") }));
    tell(f, e, at);
    map_put(f->cloud->arena, &f->started, id, NULL);
    f->finished++;
    progress_advance(f->progress);
}

static void take_event(struct follow *f, const struct node *e)
{
    int64_t at = time_of(e);
    map_put(f->cloud->arena, &f->seen, cloud_text(e, "EventId"), f);
    if (!f->begun_ms)
        f->begun_ms = at;
    if (!is_stack(f, e)) {
        take_resource(f, e, at);
        return;
    }
    f->status = cloud_text(e, "ResourceStatus");
    struct str reason = cloud_text(e, "ResourceStatusReason");
    if (str_find(f->status, S("ROLLBACK_IN_PROGRESS"), 0) != SIZE_MAX)
        progress_say(f->progress, "  %.*s  %srolling back%s%s%.*s", STR(f->stack),
                     progress_paint(f->progress, PAINT_YELLOW),
                     progress_paint(f->progress, PAINT_PLAIN), reason.n ? ": " : "", STR(reason));
}

/* Where events are late or missing, the stack itself knows. */
static bool ask_stack(struct follow *f)
{
    struct stack s;
    if (!stack_read(f->cloud, f->stack_id.n ? f->stack_id : f->stack, &s))
        return false;
    f->status = s.status.n ? s.status : S("DELETE_COMPLETE");
    return true;
}

bool follow_end(struct follow *f)
{
    unsigned hard = 0, quiet = 0;
    f->status = (struct str){ 0 };
    for (;;) {
        struct news news = { 0 };
        bool slow;
        if (!read_news(f, &news, &slow))
            return false;
        for (size_t i = news.all.n; i-- > 0;)
            take_event(f, news.all.p[i]);
        quiet = news.all.n ? 0 : quiet + 1;
        if (quiet >= 3 && quiet % 3 == 0 && !ask_stack(f))
            return false;
        if (f->status.n && !status_in_progress(f->status) &&
            !str_eq(f->status, S("REVIEW_IN_PROGRESS")))
            return true;
        hard = slow ? hard + 1 : 0;
        cloud_wait(f->cloud, hard);
    }
}

/* Cancelled because of another, or the sum of others. */
static bool is_consequence(const struct failure *x)
{
    return !x->reason.n || str_find(x->reason, S("cancelled"), 0) != SIZE_MAX ||
           str_starts(x->reason, S("The following resource(s) failed"));
}

void follow_report(struct follow *f, const char *what)
{
    size_t told = 0;
    for (size_t i = 0; i < f->failures.n; i++) {
        const struct failure *x = &f->failures.p[i];
        if (is_consequence(x))
            continue;
        struct diag *d = diag_world(f->cloud->ds, "deploy-failed", NOWHERE,
                                    "%s '%.*s' failed: %.*s (%.*s): %.*s", what, STR(f->stack),
                                    STR(x->id), STR(x->type), STR(x->reason));
        struct str source = f->m ? manifest_source(f->m, x->id) : (struct str){ 0 };
        if (source.n)
            diag_help(d, "%.*s is written at %.*s", STR(x->id), STR(source));
        if (++told == 3)
            return;
    }
    if (!told)
        diag_world(f->cloud->ds, "deploy-failed", NOWHERE, "%s '%.*s' ended as %.*s", what,
                   STR(f->stack), STR(f->status));
}
