#include "model/s3_event.h"

/* Source: Amazon S3 user guide, "EventBridge event message structure". */
static const struct {
    const char *word, *type;
} EVENTS[] = {
    { "created", "Object Created" },
    { "deleted", "Object Deleted" },
    { "restored", "Object Restore Completed" },
    { "tagged", "Object Tags Added" },
};
enum { EVENT_COUNT = sizeof EVENTS / sizeof *EVENTS };

const char *s3_event_type(struct str word)
{
    for (size_t i = 0; i < EVENT_COUNT; i++)
        if (str_eq(word, str_from(EVENTS[i].word)))
            return EVENTS[i].type;
    return NULL;
}

static void check_event(struct bind *b, const struct field *f, const struct node *n)
{
    struct str words[EVENT_COUNT];
    if (n->kind != NODE_STR || s3_event_type(n->str))
        return;
    for (size_t i = 0; i < EVENT_COUNT; i++)
        words[i] = str_from(EVENTS[i].word);
    struct diag *d =
        diag_error(b->ds, "unknown-value", n->span, "'%s' cannot be '%.*s'", f->key, STR(n->str));
    diag_suggest(d, n->str, words, EVENT_COUNT);
    diag_help(d, "expected some of created, deleted, restored, tagged");
}

static void check_events(struct bind *b, const struct field *f, const struct node *value)
{
    check_event(b, f, value);
    for (size_t i = 0; value->kind == NODE_SEQ && i < value->seq.n; i++)
        check_event(b, f, value->seq.items[i]);
}

/* A variable of EventBridge's input templates is <name>. */
void event_check_payload(struct bind *b, const struct field *f, const struct node *value)
{
    for (size_t i = 0; value->kind == NODE_MAP && i < value->map.n; i++)
        event_check_payload(b, f, value->map.entries[i].value);
    for (size_t i = 0; value->kind == NODE_SEQ && i < value->seq.n; i++)
        event_check_payload(b, f, value->seq.items[i]);
    if (value->kind == NODE_STR && str_find_char(value->str, '<', 0) != SIZE_MAX)
        diag_error(b->ds, "bad-payload", value->span,
                   "'%s' holds a '<', which EventBridge would take for a variable", f->key);
    if (value->kind == NODE_STR && str_starts(value->str, S("$$.")))
        diag_error(b->ds, "runtime-path", value->span,
                   "'%.*s' is about an execution, which has not begun yet", STR(value->str));
}

#define F(kind, name, ...) FIELD_##kind(struct s3_event, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, bucket_ref, .example = "uploads", .doc = "An s3_bucket of this pipeline."),
    F(STR, bucket, .min = 3, .max = 63,
      .doc = "Name of another bucket, which must send its events to EventBridge."),
    F(STR, prefix, .max = 1024, .doc = "Only objects whose keys begin so.", .example = "in/"),
    F(STR, suffix, .max = 1024, .doc = "Only objects whose keys end so.", .example = ".csv"),
    F(STRS, events, .check = check_events, .example = "[created]",
      .doc = "created, deleted, restored, tagged; created by default.",
      .source = "Amazon S3 user guide, EventBridge event message structure"),
    F(MAP, payload, .aliases = WORDS("input"), .check = event_check_payload,
      .example = "{key: $.detail.object.key}",
      .doc = "What is handed over; paths look into the event. All of the event by default."),
    F(BOOL, enabled, .dflt = "true", .doc = "Whether the trigger is on."),
};
#undef F
const struct fields s3_event_fields =
    FIELDS(struct s3_event, "s3", rows, .doc = "Events of objects in a bucket.");

void s3_event_check(struct diags *ds, struct span where, const struct s3_event *ev)
{
    if (ev->bucket_ref.set == ev->bucket.set) {
        struct diag *d = diag_error(ds, ev->bucket.set ? "conflict" : "missing-key", where,
                                    "an S3 trigger takes %s of 'bucket_ref' and 'bucket'",
                                    ev->bucket.set ? "only one" : "one");
        if (!ev->bucket.set)
            diag_help(d, "for example 'bucket_ref: uploads'");
    }
}
