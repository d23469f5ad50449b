#include "support/arns.h"

#include "base/buf.h"

enum { DEPTH_MAX = 32 };

enum what { NAME, ARN, OTHER };

/* How a type's name property is called, its ARN, and what Ref gives. %s is the name.
 * Source: each type's page in the CloudFormation template reference, "Return values". */
static const struct type {
    const char *type, *name, *arn;
    enum what ref;
} TYPES[] = {
#define AT(service) "arn:aws:" service ":" ARNS_REGION ":" ARNS_ACCOUNT ":"
    { "AWS::ApiGateway::RestApi", "Name", "arn:aws:apigateway:" ARNS_REGION "::/restapis/%s",
      NAME },
    { "AWS::Athena::WorkGroup", "Name", AT("athena") "workgroup/%s", NAME },
    { "AWS::Batch::ComputeEnvironment", "ComputeEnvironmentName",
      AT("batch") "compute-environment/%s", ARN },
    { "AWS::Batch::JobDefinition", "JobDefinitionName", AT("batch") "job-definition/%s:1", ARN },
    { "AWS::Batch::JobQueue", "JobQueueName", AT("batch") "job-queue/%s", ARN },
    { "AWS::DynamoDB::Table", "TableName", AT("dynamodb") "table/%s", NAME },
    { "AWS::ECR::Repository", "RepositoryName", AT("ecr") "repository/%s", NAME },
    { "AWS::Events::Connection", "Name", AT("events") "connection/%s/0a1b", NAME },
    { "AWS::Events::Rule", "Name", AT("events") "rule/%s", NAME },
    { "AWS::Glue::Connection", "", AT("glue") "connection/%s", NAME },
    { "AWS::Glue::Job", "Name", AT("glue") "job/%s", NAME },
    { "AWS::IAM::Role", "RoleName", "arn:aws:iam::" ARNS_ACCOUNT ":role/%s", NAME },
    { "AWS::Lambda::Function", "FunctionName", AT("lambda") "function:%s", NAME },
    { "AWS::Lambda::LayerVersion", "LayerName", AT("lambda") "layer:%s:1", ARN },
    { "AWS::Logs::LogGroup", "LogGroupName", AT("logs") "log-group:%s:*", NAME },
    { "AWS::S3::Bucket", "BucketName", "arn:aws:s3:::%s", NAME },
    { "AWS::SNS::Topic", "TopicName", AT("sns") "%s", ARN },
    { "AWS::SQS::Queue", "QueueName", AT("sqs") "%s", OTHER },
    { "AWS::StepFunctions::Activity", "Name", AT("states") "activity:%s", ARN },
    { "AWS::StepFunctions::StateMachine", "StateMachineName", AT("states") "stateMachine:%s", ARN },
#undef AT
};

struct filler {
    struct arena *arena;
    const struct node *document;
    size_t *unknown;
    int depth;
};

static struct node *fill(struct filler *f, const struct node *value);

static struct str unknown(struct filler *f, struct str what)
{
    ++*f->unknown;
    return arena_printf(f->arena, "unknown: %.*s", STR(what));
}

static struct str text_of(struct filler *f, const struct node *value)
{
    const struct node *n = fill(f, value);
    return n->kind == NODE_STR   ? n->str
           : n->kind == NODE_INT ? arena_printf(f->arena, "%lld", (long long)n->integer)
                                 : unknown(f, str_from(node_kind_name(n)));
}

static struct str lower(struct filler *f, struct str s)
{
    struct str out = arena_str(f->arena, s);
    for (size_t i = 0; i < out.n; i++)
        ((char *)out.p)[i] = ascii_lower(out.p[i]);
    return out;
}

static struct str with_name(struct filler *f, const char *arn, struct str name)
{
    size_t at = str_find(str_from(arn), S("%s"), 0);
    return arena_printf(f->arena, "%.*s%.*s%s", (int)at, arn, STR(name), arn + at + 2);
}

static struct str of_resource(struct filler *f, struct str id, struct str attribute)
{
    const struct node *r = node_get(node_get(f->document, S("Resources")), id);
    const struct node *type = node_get(r, S("Type")), *props = node_get(r, S("Properties"));
    for (size_t i = 0; type && i < sizeof TYPES / sizeof *TYPES; i++) {
        if (!str_eq(type->str, str_from(TYPES[i].type)))
            continue;
        const struct node *own = node_get(props, str_from(TYPES[i].name));
        struct str name =
            own ? text_of(f, own) : arena_printf(f->arena, "pipeline-dev-%.*s", STR(id));
        if (!own && str_eq(type->str, S("AWS::S3::Bucket")))
            name = lower(f, name);
        if (str_eq(attribute, S("SecretArn"))) /* of an EventBridge connection */
            return with_name(f,
                             "arn:aws:secretsmanager:" ARNS_REGION ":" ARNS_ACCOUNT
                             ":secret:events!connection/%s/0a1b",
                             name);
        if (str_eq(attribute, S("Arn")) || (!attribute.n && TYPES[i].ref == ARN))
            return with_name(f, TYPES[i].arn, name);
        if (!attribute.n && TYPES[i].ref == NAME)
            return name;
    }
    return unknown(f, arena_printf(f->arena, "%.*s.%.*s", STR(id), STR(attribute)));
}

/* "X" or "X.Attribute", pseudo parameters and parameters included. */
static struct str reference(struct filler *f, struct str what)
{
    static const struct {
        const char *name, *value;
    } PSEUDO[] = {
        { "AWS::AccountId", ARNS_ACCOUNT },    { "AWS::Partition", "aws" },
        { "AWS::Region", ARNS_REGION },        { "AWS::StackName", "pipeline-dev" },
        { "AWS::URLSuffix", "amazonaws.com" },
    };
    for (size_t i = 0; i < sizeof PSEUDO / sizeof *PSEUDO; i++)
        if (str_eq(what, str_from(PSEUDO[i].name)))
            return str_from(PSEUDO[i].value);
    if (node_get(node_get(f->document, S("Parameters")), what))
        return lower(f, what);
    size_t dot = str_find_char(what, '.', 0);
    if (dot == SIZE_MAX)
        return of_resource(f, what, (struct str){ 0 });
    return of_resource(f, str_sub(what, 0, dot), str_sub(what, dot + 1, what.n));
}

static struct str substitute(struct filler *f, struct str text, const struct node *variables)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t at = 0, from; at < text.n; at = from) {
        size_t open = str_find(text, S("${"), at);
        size_t close = open == SIZE_MAX ? SIZE_MAX : str_find_char(text, '}', open);
        from = close == SIZE_MAX ? text.n : close + 1;
        buf_put(&out, str_sub(text, at, close == SIZE_MAX ? text.n : open));
        if (close == SIZE_MAX)
            continue;
        struct str name = str_sub(text, open + 2, close);
        const struct node *own = node_get(variables, name);
        if (str_starts(name, S("!")))
            buf_printf(&out, "${%.*s}", STR(str_sub(name, 1, name.n)));
        else
            buf_put(&out, own ? text_of(f, own) : reference(f, name));
    }
    struct str s = arena_str(f->arena, buf_str(&out));
    buf_done(&out);
    return s;
}

static struct str join(struct filler *f, const struct node *argument)
{
    struct buf out;
    buf_init(&out, 0);
    const struct node *parts = argument->seq.items[1];
    for (size_t i = 0; i < parts->seq.n; i++) {
        if (i)
            buf_put(&out, argument->seq.items[0]->str);
        buf_put(&out, text_of(f, parts->seq.items[i]));
    }
    struct str s = arena_str(f->arena, buf_str(&out));
    buf_done(&out);
    return s;
}

/* The value of a map with one key that is a function's name; false for other maps. */
static bool call(struct filler *f, const struct node *map, struct str *result)
{
    if (map->map.n != 1)
        return false;
    struct str name = map->map.entries[0].key;
    const struct node *arg = map->map.entries[0].value;
    if (str_eq(name, S("Ref")))
        *result = reference(f, arg->str);
    else if (str_eq(name, S("Fn::GetAtt")))
        *result = of_resource(f, arg->seq.items[0]->str, arg->seq.items[1]->str);
    else if (str_eq(name, S("Fn::Sub")) && arg->kind == NODE_SEQ)
        *result = substitute(f, arg->seq.items[0]->str, arg->seq.items[1]);
    else if (str_eq(name, S("Fn::Sub")))
        *result = substitute(f, arg->str, NULL);
    else if (str_eq(name, S("Fn::Join")))
        *result = join(f, arg);
    else if (str_starts(name, S("Stepwright::Asset")) || str_starts(name, S("Stepwright::File")))
        *result = arena_printf(f->arena, "made/%.*s", STR(arg->str));
    else if (str_starts(name, S("Fn::")))
        *result = unknown(f, name);
    else
        return false;
    return true;
}

static struct node *fill(struct filler *f, const struct node *value)
{
    struct node *out = (struct node *)value;
    struct str result;
    if (++f->depth > DEPTH_MAX) {
        out = node_str(f->arena, value->span, unknown(f, S("too deep")));
    } else if (value->kind == NODE_SEQ) {
        out = node_seq(f->arena, value->span);
        for (size_t i = 0; i < value->seq.n; i++)
            node_push(f->arena, out, fill(f, value->seq.items[i]));
    } else if (value->kind == NODE_MAP && call(f, value, &result)) {
        out = node_str(f->arena, value->span, result);
    } else if (value->kind == NODE_MAP) {
        out = node_map(f->arena, value->span);
        for (size_t i = 0; i < value->map.n; i++)
            node_put(f->arena, out, value->map.entries[i].key, value->map.entries[i].key_span,
                     fill(f, value->map.entries[i].value));
    }
    f->depth--;
    return out;
}

struct node *arns_fill(struct arena *a, const struct node *document, const struct node *value,
                       size_t *count)
{
    struct filler f = { a, document, count, 0 };
    return fill(&f, value);
}
