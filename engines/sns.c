/* Amazon SNS: topics, and the step that publishes to one.
 * Written from AWS::SNS::Topic, AWS::SNS::TopicPolicy and the Step Functions page on SNS. */
#include "sns.h"

#include "schema/bind.h"

/* ---- topic ---------------------------------------------------------------------------------- */

struct topic {
    struct vstrs subscriber_accounts;
    struct vstr display_name;
};

static void check_accounts(struct bind *b, const struct field *f, const struct node *value);

#define F(kind, name, ...) FIELD_##kind(struct topic, name, __VA_ARGS__)
static const struct field topic_rows[] = {
    F(STRS, subscriber_accounts, .check = check_accounts, .example = "[\"111122223333\"]",
      .doc = "Other accounts that may subscribe. The pipeline's own account may anyway."),
    F(STR, display_name, .min = 1, .max = 100, .doc = "Sender of messages by SMS and e-mail.",
      .source = "AWS::SNS::Topic, DisplayName"),
};
#undef F
static const struct fields topic_fields =
    FIELDS(struct topic, "sns_topic", topic_rows, .doc = "An SNS topic.");

static size_t count_digits(struct str s)
{
    size_t n = 0;
    while (n < s.n && ascii_is_digit(s.p[n]))
        n++;
    return n;
}

static bool is_account(struct str s)
{
    return s.n == 12 && count_digits(s) == s.n;
}

/* "111122223333…" or with dots, as templates have it where an account should be filled in. Nobody
 * is let in for it. */
static bool is_placeholder(struct str s)
{
    struct str rest = str_sub(s, count_digits(s), s.n);
    if (!rest.n || rest.n == s.n)
        return false;
    for (size_t i = 0; i < rest.n; i++)
        if (rest.p[i] != '.')
            return str_eq(rest, S("…"));
    return true;
}

static void check_account(struct bind *b, const struct node *n)
{
    if (is_account(n->str))
        return;
    if (is_placeholder(n->str)) {
        struct diag *d =
            diag_warning(b->ds, "bad-account", n->span,
                         "'%.*s' stands for an account id and is left out", STR(n->str));
        diag_help(d, "write its 12 digits");
        return;
    }
    diag_error(b->ds, "bad-account", n->span, "'%.*s' is no account id; expected 12 digits",
               STR(n->str));
}

static void check_accounts(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    if (value->kind == NODE_STR)
        check_account(b, value);
    for (size_t i = 0; value->kind == NODE_SEQ && i < value->seq.n; i++)
        check_account(b, value->seq.items[i]);
}

static struct str topic_name(struct plan *p, struct str name)
{
    return arena_printf(p->arena, "%.*s-%.*s", STR(name), STR(p->pipeline->full_name));
}

static void check_topic(struct diags *ds, const struct item *it)
{
    struct str name = it->name.s;
    for (size_t i = 0; i < name.n; i++)
        if (!ascii_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_') {
            struct diag *d =
                diag_error(ds, "bad-name", it->name.span, "'%.*s' cannot name a topic", STR(name));
            diag_help(d, "use letters, digits, '-' and '_'");
            return;
        }
}

/* One statement for each account; without any, SNS's own default policy serves. */
static void add_policy(struct plan *p, const struct item *it, struct resource *topic)
{
    const struct topic *t = it->body;
    struct node *principals = plan_list(p), *principal = plan_map(p), *statement = plan_map(p);
    for (size_t i = 0; i < t->subscriber_accounts.n; i++)
        if (is_account(t->subscriber_accounts.items[i].s))
            node_push(p->arena, principals,
                      plan_sub(p, "arn:${AWS::Partition}:iam::%.*s:root",
                               STR(t->subscriber_accounts.items[i].s)));
    if (!principals->seq.n)
        return;
    struct resource *r =
        plan_add_resource(p, it->name.s, "TopicPolicy", "AWS::SNS::TopicPolicy", it->name.span);
    plan_put(p, principal, "AWS", principals);
    plan_put_text(p, statement, "Sid", "SubscriberAccounts");
    plan_put_text(p, statement, "Effect", "Allow");
    plan_put(p, statement, "Principal", principal);
    plan_put_text(p, statement, "Action", "sns:Subscribe");
    plan_put(p, statement, "Resource", plan_ref(p, topic));
    struct node *statements = plan_list(p), *doc = plan_map(p), *topics = plan_list(p);
    node_push(p->arena, statements, statement);
    plan_put_text(p, doc, "Version", "2012-10-17");
    plan_put(p, doc, "Statement", statements);
    node_push(p->arena, topics, plan_ref(p, topic));
    res_put(p, r, "PolicyDocument", doc);
    res_put(p, r, "Topics", topics);
}

static void lower_topic(struct plan *p, const struct item *it)
{
    const struct topic *t = it->body;
    struct resource *r =
        plan_add_resource(p, it->name.s, "Topic", "AWS::SNS::Topic", it->name.span);
    res_put(p, r, "TopicName", plan_str(p, topic_name(p, it->name.s)));
    res_put_str(p, r, "DisplayName", t->display_name);
    add_policy(p, it, r);
    plan_publish(p, it, r, "sns_topic");
}

/* ---- subscriptions -------------------------------------------------------------------------- */

void sns_check_source(struct diags *ds, struct str who, const struct vstr *topic_ref,
                      const struct vstr *topic_arn)
{
    if (topic_ref->set == topic_arn->set) {
        struct diag *d = diag_error(ds, topic_arn->set ? "conflict" : "missing-key",
                                    topic_arn->span, "%.*s takes %s of 'topic_ref' and 'topic_arn'",
                                    STR(who), topic_arn->set ? "only one" : "one");
        if (!topic_arn->set)
            diag_help(d, "for example 'topic_ref: uploads'");
    }
}

struct node *sns_topic_arn(struct plan *p, struct vstr topic_ref, struct vstr topic_arn)
{
    if (!topic_ref.set)
        return node_str(p->arena, topic_arn.span, topic_arn.s);
    struct resource *own = plan_find(p, topic_ref, "sns_topic");
    return own ? plan_ref(p, own) : NULL;
}

/* arn:aws:sns:REGION:…: a topic may be in another region than what it calls. */
static struct str region_of(const struct node *topic)
{
    struct str rest = topic->kind == NODE_STR ? topic->str : (struct str){ 0 }, part = { 0 };
    for (int i = 0; i < 4; i++)
        if (!str_split(&rest, ':', &part))
            return (struct str){ 0 };
    return str_find_char(part, '$', 0) == SIZE_MAX ? part : (struct str){ 0 };
}

struct resource *sns_subscribe(struct plan *p, struct vstr name, struct node *topic,
                               const char *protocol, struct node *endpoint)
{
    struct resource *r =
        plan_add_resource(p, name.s, "Subscription", "AWS::SNS::Subscription", name.span);
    struct str region = region_of(topic);
    res_put(p, r, "Protocol", plan_text(p, protocol));
    res_put(p, r, "TopicArn", topic);
    res_put(p, r, "Endpoint", endpoint);
    if (region.n)
        res_put(p, r, "Region", plan_str(p, region));
    return r;
}

/* ---- publish -------------------------------------------------------------------------------- */

struct publish {
    struct vstr topic_name, topic_arn, subject;
    struct vany message, message_attributes;
    struct vbool wait_for_callback;
};

#define F(kind, name, ...) FIELD_##kind(struct publish, name, __VA_ARGS__)
static const struct field publish_rows[] = {
    F(STR, topic_name, .check = check_names_one, .aliases = WORDS("topic_ref"), .example = "alerts",
      .doc = "An sns_topic of this pipeline, or the full name of another topic of the account."),
    F(STR, topic_arn, .check = check_names_one, .runtime = true,
      .doc = "ARN of any topic, in place of its name."),
    F(ANY, message, .required = true, .example = "\"$.report\"",
      .doc = "What to publish: text, data, or a run-time path.", .source = "SNS Publish, Message"),
    F(STR, subject, .runtime = true, .min = 1, .max = 100, .doc = "Subject line of e-mails.",
      .source = "SNS Publish, Subject"),
    F(MAP, message_attributes, .doc = "Attributes, as Publish has them.",
      .source = "SNS Publish, MessageAttributes"),
    F(BOOL, wait_for_callback, .dflt = "false",
      .doc =
          "Wait until somebody returns the task token, which the message has as task_token unless "
          "you put $$.Task.Token elsewhere."),
};
#undef F
static const struct fields publish_fields =
    FIELDS(struct publish, "sns_publish", publish_rows, .doc = "Publishes a message to a topic.");

static void check_publish(struct diags *ds, const struct item *it)
{
    const struct publish *b = it->body;
    if (b->topic_name.set == b->topic_arn.set) {
        struct diag *d =
            diag_error(ds, b->topic_name.set ? "conflict" : "missing-key", it->name.span,
                       "sns_publish takes %s of 'topic_name' and "
                       "'topic_arn'",
                       b->topic_name.set ? "only one" : "one");
        if (!b->topic_name.set)
            diag_help(d, "for example 'topic_name: alerts'");
    }
}

/* The topic of this pipeline that is meant, by its short or its full name. */
static struct resource *own_topic(struct plan *p, struct str name)
{
    struct resource *r = plan_lookup(p, name, "sns_topic");
    struct str tail = arena_printf(p->arena, "-%.*s", STR(p->pipeline->full_name));
    if (!r && str_ends(name, tail))
        r = plan_lookup(p, str_sub(name, 0, name.n - tail.n), "sns_topic");
    return r;
}

static void lower_publish(struct plan *p, const struct step *s)
{
    const struct publish *b = s->item.body;
    struct state *t = plan_add_task(
        p, s, "SNS: ", plan_callback_resource(p, "sns:publish", b->wait_for_callback.v));
    plan_check_callback_time(p, s, b->wait_for_callback.v);
    const struct node *arn;
    if (b->topic_arn.set) {
        task_arg(p, t, "TopicArn", b->topic_arn);
        arn = b->topic_arn.runtime ? plan_sub(p, "arn:${AWS::Partition}:sns:${AWS::Region}:"
                                                 "${AWS::AccountId}:*")
                                   : plan_str(p, b->topic_arn.s);
    } else {
        struct resource *r = own_topic(p, b->topic_name.s);
        struct str near = plan_nearest(p, b->topic_name.s, "sns_topic");
        if (!r && near.n) {
            struct diag *d = diag_warning(p->ds, "unknown-reference", b->topic_name.span,
                                          "no sns_topic is named '%.*s'; an existing topic of the "
                                          "account is meant",
                                          STR(b->topic_name.s));
            diag_help(d, "did you mean '%.*s'?", STR(near));
        }
        arn = r ? plan_ref(p, r)
                : plan_sub(p, "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:%.*s",
                           STR(b->topic_name.s));
        task_arg_node(
            p, t, "TopicArn",
            plan_placeholder(p, plan_placeholder_name(p, b->topic_name.s, "TopicArn"), arn));
    }
    task_arg_node(p, t, "Message",
                  plan_callback_data(p, s, b->wait_for_callback.v, b->message.node, "message",
                                     PLAN_TOKEN_KEY));
    task_arg(p, t, "Subject", b->subject);
    task_arg_node(p, t, "MessageAttributes", b->message_attributes.node);
    plan_grant(p, s, "sns:Publish", arn, "publishes to the topic");
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sns_publish",
      .roles = ROLE_STEP,
      .doc = "Publishes a message to a topic.",
      .source = "Step Functions, Publish messages to an Amazon SNS topic",
      .example = "topic_name: alerts\n"
                 "subject: New reviews\n"
                 "message: {count: $.count}\n",
      .fields = &publish_fields,
      .check = check_publish,
      .lower_step = lower_publish },
    { .type = "sns_topic",
      .roles = ROLE_RESOURCE,
      .doc = "An SNS topic.",
      .source = "AWS::SNS::Topic",
      .example = "subscriber_accounts: [\"111122223333\"]\n",
      .fields = &topic_fields,
      .check = check_topic,
      .lower_resource = lower_topic },
};

const struct engine engine_sns = {
    .abi = ENGINE_ABI,
    .name = "sns",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
