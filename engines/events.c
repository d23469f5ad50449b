/* Amazon EventBridge: the step that puts an event on a bus.
 * Written from the Step Functions page on EventBridge and PutEvents. */
#include "plan/plan.h"
#include "schema/bind.h"

struct put {
    struct vstr event_bus, source, detail_type;
    struct vany detail;
    struct vstrs resources;
    struct vbool wait_for_callback;
};

#define F(kind, name, ...) FIELD_##kind(struct put, name, __VA_ARGS__)
static const struct field put_rows[] = {
    F(STR, event_bus, .check = check_names_one, .dflt = "default",
      .doc = "Name of a bus of the account, or its ARN."),
    F(STR, source, .required = true, .runtime = true, .example = "com.example.reviews",
      .doc = "Where the event comes from; aws.… is for AWS alone.", .source = "PutEvents, Source"),
    F(STR, detail_type, .required = true, .runtime = true, .example = "ReviewsDone",
      .doc = "What kind of event it is.", .source = "PutEvents, DetailType"),
    F(ANY, detail, .required = true, .example = "{id: $.id}",
      .doc = "The event's data: a map or a path.", .source = "PutEvents, Detail"),
    F(STRS, resources, .runtime = true, .doc = "ARNs that the event is about."),
    F(BOOL, wait_for_callback, .dflt = "false",
      .doc =
          "Wait until somebody returns the task token, which the detail has as task_token unless "
          "you put $$.Task.Token elsewhere."),
};
#undef F
static const struct fields put_fields =
    FIELDS(struct put, "eventbridge_put", put_rows, .doc = "Puts an event on a bus.");

static void check_put(struct diags *ds, const struct item *it)
{
    const struct put *b = it->body;
    if (!b->source.runtime && str_starts(b->source.s, S("aws."))) {
        struct diag *d =
            diag_error(ds, "bad-name", b->source.span,
                       "'source' is '%.*s'; aws.* is for AWS itself", STR(b->source.s));
        diag_help(d, "for example com.example.reviews");
    }
    const struct node *detail = b->detail.node;
    bool path = detail && detail->kind == NODE_STR && text_is_runtime_path(detail->str);
    if (detail && detail->kind != NODE_MAP && !path)
        diag_error(ds, "wrong-type", detail->span, "'detail' is %s; expected a map or a path",
                   node_kind_name(detail));
}

static const struct node *bus_arn(struct plan *p, struct str bus)
{
    if (str_starts(bus, S("arn:")))
        return plan_str(p, bus);
    return plan_sub(p,
                    "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:"
                    "event-bus/%.*s",
                    STR(bus));
}

static void lower_put(struct plan *p, const struct step *s)
{
    const struct put *b = s->item.body;
    struct state *t = plan_add_task(
        p, s,
        "EventBridge: ", plan_callback_resource(p, "events:putEvents", b->wait_for_callback.v));
    plan_check_callback_time(p, s, b->wait_for_callback.v);
    struct node *entry = plan_map(p), *entries = plan_list(p);
    plan_put(p, entry, "EventBusName", plan_str(p, b->event_bus.s));
    plan_put(p, entry, "Source", plan_str(p, b->source.s));
    plan_put(p, entry, "DetailType", plan_str(p, b->detail_type.s));
    plan_put(p, entry, "Detail",
             (struct node *)plan_callback_data(p, s, b->wait_for_callback.v, b->detail.node,
                                               "detail", PLAN_TOKEN_KEY));
    if (b->resources.n) {
        struct node *list = plan_list(p);
        for (size_t i = 0; i < b->resources.n; i++)
            node_push(p->arena, list, plan_str(p, b->resources.items[i].s));
        plan_put(p, entry, "Resources", list);
    }
    node_push(p->arena, entries, entry);
    task_arg_node(p, t, "Entries", entries);
    plan_grant(p, s, "events:PutEvents", bus_arn(p, b->event_bus.s), "puts its event");
}

static const struct kind kinds[] = {
    { .type = "eventbridge_put",
      .roles = ROLE_STEP,
      .doc = "Puts an event on a bus.",
      .source = "Step Functions, Add EventBridge events",
      .example = "source: com.example\n"
                 "detail_type: Done\n"
                 "detail: {id: $.id}\n",
      .fields = &put_fields,
      .check = check_put,
      .lower_step = lower_put },
};

const struct engine engine_events = {
    .abi = ENGINE_ABI,
    .name = "events",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
