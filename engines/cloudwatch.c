/* Amazon CloudWatch: alarms on the pipeline's own executions.
 * Written from AWS::CloudWatch::Alarm and the Step Functions page "Monitoring metrics". */
#include "plan/plan.h"
#include "schema/bind.h"

enum metric { FAILED, TIMED_OUT, ABORTED, THROTTLED, EXECUTION_TIME, SUCCEEDED };

struct alarm {
    struct venum metric, comparison;
    struct vfloat threshold;
    struct vint period, evaluation_periods, datapoints;
    struct vstrs topic_name, topic_arn;
    struct vbool notify_ok;
};

static void check_period(struct bind *b, const struct field *f, const struct node *value)
{
    int64_t v = value->integer;
    if (v == 10 || v == 20 || v == 30 || v % 60 == 0)
        return;
    diag_error(b->ds, "out-of-range", value->span,
               "'%s' is %lld seconds; expected 10, 20, 30 or a multiple of 60", f->key,
               (long long)v);
}

#define F(kind, name, ...) FIELD_##kind(struct alarm, name, __VA_ARGS__)
static const struct field rows[] = {
    F(ENUM, metric, .dflt = "executions_failed",
      .values = WORDS("executions_failed", "executions_timed_out", "executions_aborted",
                      "executions_throttled", "execution_time", "executions_succeeded"),
      .doc = "What is watched; execution_time is the longest, in seconds."),
    F(ENUM, comparison, .dflt = "at_least", .values = WORDS("at_least", "more_than", "less_than"),
      .doc = "How it is compared with the threshold."),
    F(FLOAT, threshold, .min = 0, .max = 100000000, .dflt = "1",
      .doc = "Number of executions, or seconds, in one period."),
    F(INT, period, .min = 10, .max = 86400, .dflt = "300", .unit = "seconds", .check = check_period,
      .doc = "Length of a period.", .source = "AWS::CloudWatch::Alarm, Period"),
    F(INT, evaluation_periods, .min = 1, .max = 1440, .dflt = "1",
      .doc = "Number of latest periods that are looked at."),
    F(INT, datapoints, .aliases = WORDS("datapoints_to_alarm"), .min = 1, .max = 1440,
      .doc = "In how many of them it must hold; in all by default."),
    F(STRS, topic_name, .aliases = WORDS("topic_ref"), .example = "alerts",
      .doc = "sns_topic resources of this pipeline that are told."),
    F(STRS, topic_arn, .doc = "ARNs of other topics that are told."),
    F(BOOL, notify_ok, .dflt = "false", .doc = "Tell them as well when it is over."),
};
#undef F
static const struct fields fields =
    FIELDS(struct alarm, "cloudwatch_alarm", rows, .doc = "An alarm on the pipeline's executions.");

static void check_alarm(struct diags *ds, const struct item *it)
{
    const struct alarm *a = it->body;
    if (a->datapoints.set && a->datapoints.v > a->evaluation_periods.v)
        diag_error(ds, "out-of-range", a->datapoints.span,
                   "'datapoints' is %lld, more than 'evaluation_periods', %lld",
                   (long long)a->datapoints.v, (long long)a->evaluation_periods.v);
    /* Source: CloudWatch user guide, "Evaluating an alarm": a week for periods of hours, else a
     * day. */
    int64_t most = a->period.v >= 3600 ? 7 * 86400 : 86400;
    if (a->period.v * a->evaluation_periods.v > most)
        diag_error(ds, "out-of-range", a->period.span,
                   "the alarm looks back %lld seconds; expected at most %lld",
                   (long long)(a->period.v * a->evaluation_periods.v), (long long)most);
    if (a->notify_ok.v && !a->topic_name.n && !a->topic_arn.n)
        diag_error(ds, "missing-key", a->notify_ok.span, "'notify_ok' needs 'topic_name'");
}

/* A topic with a policy of its own has lost the one that lets the account's alarms in. Source: SNS
 * developer guide, "Example cases for access control", CloudWatch alarms. */
static void let_alarms_in(struct plan *p, const struct resource *topic)
{
    for (size_t i = 0; i < p->resources.n; i++) {
        struct resource *r = p->resources.p[i];
        const struct node *topics = node_get(r->props, S("Topics"));
        if (strcmp(r->type, "AWS::SNS::TopicPolicy") != 0 || !topics ||
            !node_equal(topics->seq.items[0], plan_ref(p, topic)))
            continue;
        struct node *list = node_get(node_get(r->props, S("PolicyDocument")), S("Statement"));
        struct node *st = plan_map(p), *who = plan_map(p), *condition = plan_map(p);
        struct node *equals = plan_map(p), *account = plan_map(p);
        plan_put_text(p, account, "Ref", "AWS::AccountId");
        plan_put(p, equals, "aws:SourceAccount", account);
        plan_put(p, condition, "StringEquals", equals);
        plan_put_text(p, who, "Service", "cloudwatch.amazonaws.com");
        plan_put_text(p, st, "Sid", "Alarms");
        plan_put_text(p, st, "Effect", "Allow");
        plan_put(p, st, "Principal", who);
        plan_put_text(p, st, "Action", "sns:Publish");
        plan_put(p, st, "Resource", plan_ref(p, topic));
        plan_put(p, st, "Condition", condition);
        for (size_t j = 0; j < list->seq.n; j++)
            if (node_equal(list->seq.items[j], st))
                return;
        node_push(p->arena, list, st);
    }
}

static struct node *topics(struct plan *p, const struct alarm *a)
{
    struct node *list = plan_list(p);
    for (size_t i = 0; i < a->topic_name.n; i++) {
        struct resource *r = plan_find(p, a->topic_name.items[i], "sns_topic");
        if (!r)
            continue;
        let_alarms_in(p, r);
        node_push(p->arena, list, plan_ref(p, r));
    }
    for (size_t i = 0; i < a->topic_arn.n; i++)
        node_push(p->arena, list, plan_str(p, a->topic_arn.items[i].s));
    return list->seq.n ? list : NULL;
}

static const char *const METRICS[] = {
    [FAILED] = "ExecutionsFailed",      [TIMED_OUT] = "ExecutionsTimedOut",
    [ABORTED] = "ExecutionsAborted",    [THROTTLED] = "ExecutionThrottled",
    [EXECUTION_TIME] = "ExecutionTime", [SUCCEEDED] = "ExecutionsSucceeded",
};

static void put_metric(struct plan *p, struct resource *r, const struct alarm *a)
{
    bool time = a->metric.v == EXECUTION_TIME; /* in milliseconds */
    struct node *dimension = plan_map(p), *dimensions = plan_list(p);
    plan_put_text(p, dimension, "Name", "StateMachineArn");
    plan_put(p, dimension, "Value", plan_ref(p, p->machine_resource));
    node_push(p->arena, dimensions, dimension);
    res_put(p, r, "Namespace", plan_text(p, "AWS/States"));
    res_put(p, r, "MetricName", plan_text(p, METRICS[a->metric.v]));
    res_put(p, r, "Dimensions", dimensions);
    res_put(p, r, "Statistic", plan_text(p, time ? "Maximum" : "Sum"));
    res_put_int(p, r, "Period", a->period);
    res_put_int(p, r, "EvaluationPeriods", a->evaluation_periods);
    if (a->datapoints.set)
        res_put_int(p, r, "DatapointsToAlarm", a->datapoints);
    res_put(p, r, "Threshold",
            node_float(p->arena, a->threshold.span, a->threshold.v * (time ? 1000 : 1)));
}

static void lower_alarm(struct plan *p, const struct item *it)
{
    static const char *const OPERATORS[] = { "GreaterThanOrEqualToThreshold",
                                             "GreaterThanThreshold", "LessThanThreshold" };
    const struct alarm *a = it->body;
    if (!p->machine_resource) {
        diag_error(p->ds, "nothing-to-watch", it->name.span,
                   "alarm '%.*s' has no executions to watch: the pipeline has no groups",
                   STR(it->name.s));
        return;
    }
    struct resource *r =
        plan_add_resource(p, it->name.s, "Alarm", "AWS::CloudWatch::Alarm", it->name.span);
    res_put(p, r, "AlarmName", plan_str(p, plan_physical_name(p, it->name.s, 255)));
    res_put_str(p, r, "AlarmDescription", it->description);
    put_metric(p, r, a);
    res_put(p, r, "ComparisonOperator", plan_text(p, OPERATORS[a->comparison.v]));
    /* No executions is what "fewer than" looks for, and good news for all others. */
    res_put(p, r, "TreatMissingData",
            plan_text(p, a->comparison.v == 2 ? "breaching" : "notBreaching"));
    struct node *told = topics(p, a);
    if (told)
        res_put(p, r, "AlarmActions", told);
    if (told && a->notify_ok.v)
        res_put(p, r, "OKActions", told);
    plan_publish(p, it, r, "cloudwatch_alarm");
}

static const struct kind kind = { .type = "cloudwatch_alarm",
                                  .roles = ROLE_RESOURCE,
                                  .alone = true,
                                  .doc = "An alarm on the pipeline's executions.",
                                  .source = "AWS::CloudWatch::Alarm",
                                  .example =
                                      "metric: executions_failed\n"
                                      "topic_arn: arn:aws:sns:eu-west-1:111122223333:alerts\n",
                                  .fields = &fields,
                                  .check = check_alarm,
                                  .lower_resource = lower_alarm };

const struct engine engine_cloudwatch = {
    .abi = ENGINE_ABI,
    .name = "cloudwatch",
    .kinds = &kind,
    .nkinds = 1,
};
