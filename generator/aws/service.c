#include "aws/client.h"

const struct aws_service AWS_S3 = { "s3", "s3", "s3", AWS_REST_XML, NULL, NULL, false };
const struct aws_service AWS_STS = { "sts", "sts", "sts", AWS_QUERY, NULL, "2011-06-15", false };
const struct aws_service AWS_IAM = { "iam", "iam", "iam", AWS_QUERY, NULL, "2010-05-08", true };
const struct aws_service AWS_CLOUDFORMATION = {
    "cloudformation", "cloudformation", "cloudformation", AWS_QUERY, NULL, "2010-05-15", false
};
const struct aws_service AWS_STEP_FUNCTIONS = { "sfn",        "states",           "states",
                                                AWS_JSON_1_0, "AWSStepFunctions", NULL,
                                                false };
const struct aws_service AWS_ECR = {
    "ecr", "api.ecr", "ecr", AWS_JSON_1_1, "AmazonEC2ContainerRegistry_V20150921", NULL, false
};
const struct aws_service AWS_LOGS = { "cloudwatch_logs", "logs", "logs", AWS_JSON_1_1,
                                      "Logs_20140328",   NULL,   false };
const struct aws_service AWS_EVENTS = { "eventbridge", "events", "events", AWS_JSON_1_1,
                                        "AWSEvents",   NULL,     false };
const struct aws_service AWS_SCHEDULER = { "scheduler", "scheduler", "scheduler", AWS_REST_JSON,
                                           NULL,        NULL,        false };
const struct aws_service AWS_LAMBDA = { "lambda", "lambda", "lambda", AWS_REST_JSON,
                                        NULL,     NULL,     false };

void aws_param(struct buf *b, const char *name, struct str value)
{
    buf_printf(b, "&%s=", name);
    http_encode(b, value, false);
}

void aws_param_int(struct buf *b, const char *name, int64_t value)
{
    buf_printf(b, "&%s=%lld", name, (long long)value);
}

void aws_param_member(struct buf *b, const char *list, size_t i, const char *rest, struct str value)
{
    buf_printf(b, "&%s.member.%zu%s%s=", list, i, *rest ? "." : "", rest);
    http_encode(b, value, false);
}

struct val aws_items(struct val v)
{
    if (v.kind == VAL_LIST)
        return val_copy(v);
    bool none = v.kind == VAL_UNDEFINED || v.kind == VAL_NULL ||
                (v.kind == VAL_STR && !str_trim(peek_str(v)).n);
    return none ? val_list() : val_list_push(val_list(), val_copy(v));
}

struct str aws_text(struct arena *a, struct val map, const char *key)
{
    struct val v = map.kind == VAL_MAP ? peek_get(map, str_from(key)) : (struct val){ 0 };
    return v.kind == VAL_STR ? arena_str(a, peek_str(v)) : S("");
}
