/* Source: CloudFormation's resource provider schemas, "handlers" / "permissions"; service
 * authorization reference. */
#include "deploy/policy.h"

#include "base/map.h"

struct row {
    const char *type, *service;
    const char *actions; /* separated by blanks */
};

/* What CloudFormation does, with the deployer's rights, to make, change and delete one. */
static const struct row ROWS[] = {
    { "AWS::ApiGateway::RestApi", "apigateway", "DELETE GET PATCH POST PUT" },
    { "AWS::Athena::NamedQuery", "athena", "CreateNamedQuery DeleteNamedQuery GetNamedQuery" },
    { "AWS::Athena::PreparedStatement", "athena",
      "CreatePreparedStatement DeletePreparedStatement GetPreparedStatement "
      "UpdatePreparedStatement" },
    { "AWS::Athena::WorkGroup", "athena",
      "CreateWorkGroup DeleteWorkGroup GetWorkGroup ListTagsForResource TagResource UntagResource "
      "UpdateWorkGroup" },
    { "AWS::Batch::ComputeEnvironment", "batch",
      "CreateComputeEnvironment DeleteComputeEnvironment DescribeComputeEnvironments TagResource "
      "UntagResource UpdateComputeEnvironment" },
    { "AWS::Batch::JobDefinition", "batch",
      "DeregisterJobDefinition DescribeJobDefinitions RegisterJobDefinition TagResource "
      "UntagResource" },
    { "AWS::Batch::JobQueue", "batch",
      "CreateJobQueue DeleteJobQueue DescribeJobQueues TagResource UntagResource UpdateJobQueue" },
    { "AWS::CloudWatch::Alarm", "cloudwatch",
      "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource" },
    { "AWS::DynamoDB::Table", "dynamodb",
      "CreateTable DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive "
      "ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable "
      "UpdateTimeToLive" },
    { "AWS::ECR::Repository", "ecr",
      "CreateRepository DeleteRepository DescribeRepositories GetLifecyclePolicy "
      "GetRepositoryPolicy ListTagsForResource PutImageScanningConfiguration "
      "PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy TagResource UntagResource" },
    { "AWS::Events::Connection", "events",
      "CreateConnection DeleteConnection DescribeConnection UpdateConnection" },
    { "AWS::Events::Rule", "events",
      "DeleteRule DescribeRule ListTargetsByRule PutRule PutTargets RemoveTargets TagResource "
      "UntagResource" },
    { "AWS::Glue::Connection", "glue",
      "CreateConnection DeleteConnection GetConnection UpdateConnection" },
    { "AWS::Glue::Job", "glue",
      "CreateJob DeleteJob GetJob GetTags TagResource UntagResource UpdateJob" },
    { "AWS::IAM::ManagedPolicy", "iam",
      "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy "
      "GetPolicyVersion ListEntitiesForPolicy ListPolicyVersions" },
    { "AWS::IAM::Role", "iam",
      "AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole "
      "GetRolePolicy ListAttachedRolePolicies ListRolePolicies PassRole PutRolePolicy TagRole "
      "UntagRole UpdateAssumeRolePolicy UpdateRole" },
    { "AWS::Lambda::EventSourceMapping", "lambda",
      "CreateEventSourceMapping DeleteEventSourceMapping GetEventSourceMapping "
      "UpdateEventSourceMapping" },
    { "AWS::Lambda::Function", "lambda",
      "AddPermission CreateFunction DeleteFunction GetFunction GetFunctionConfiguration "
      "GetLayerVersion ListTags RemovePermission TagResource UntagResource UpdateFunctionCode "
      "UpdateFunctionConfiguration" },
    { "AWS::Lambda::LayerVersion", "lambda",
      "DeleteLayerVersion GetLayerVersion PublishLayerVersion" },
    { "AWS::Lambda::Permission", "lambda", "AddPermission GetPolicy RemovePermission" },
    { "AWS::Logs::LogGroup", "logs",
      "CreateLogGroup DeleteLogGroup DescribeLogGroups ListTagsForResource PutRetentionPolicy "
      "TagResource UntagResource" },
    { "AWS::Pipes::Pipe", "pipes",
      "CreatePipe DeletePipe DescribePipe ListTagsForResource TagResource UntagResource "
      "UpdatePipe" },
    { "AWS::S3::Bucket", "s3",
      "CreateBucket DeleteBucket GetBucketTagging PutBucketNotification PutBucketOwnershipControls "
      "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration "
      "PutLifecycleConfiguration" },
    { "AWS::S3::BucketPolicy", "s3", "DeleteBucketPolicy GetBucketPolicy PutBucketPolicy" },
    { "AWS::SNS::Subscription", "sns", "GetSubscriptionAttributes Subscribe Unsubscribe" },
    { "AWS::SNS::Topic", "sns",
      "CreateTopic DeleteTopic GetTopicAttributes ListTagsForResource SetTopicAttributes "
      "TagResource UntagResource" },
    { "AWS::SNS::TopicPolicy", "sns", "GetTopicAttributes SetTopicAttributes" },
    { "AWS::SQS::Queue", "sqs",
      "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes "
      "TagQueue UntagQueue" },
    { "AWS::SQS::QueuePolicy", "sqs", "GetQueueAttributes SetQueueAttributes" },
    { "AWS::SageMaker::Model", "sagemaker", "AddTags CreateModel DeleteModel DescribeModel" },
    { "AWS::SageMaker::ModelPackageGroup", "sagemaker",
      "AddTags CreateModelPackageGroup DeleteModelPackageGroup DescribeModelPackageGroup "
      "ListTags" },
    { "AWS::Scheduler::Schedule", "scheduler",
      "CreateSchedule DeleteSchedule GetSchedule UpdateSchedule" },
    { "AWS::StepFunctions::Activity", "states",
      "CreateActivity DeleteActivity DescribeActivity TagResource UntagResource" },
    { "AWS::StepFunctions::StateMachine", "states",
      "CreateStateMachine DeleteStateMachine DescribeStateMachine ListTagsForResource TagResource "
      "UntagResource UpdateStateMachine" },
};
enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };

static void begin(struct json_writer *w)
{
    json_begin_map(w);
    json_put_str(w, "Effect", S("Allow"));
    json_key(w, S("Action"));
    json_begin_list(w);
}

static void put_actions(struct json_writer *w, const char *service, const char *actions)
{
    struct str rest = str_from(actions), one;
    struct buf text;
    while (str_split(&rest, ' ', &one)) {
        buf_init(&text, 0);
        buf_printf(&text, "%s:%.*s", service, STR(one));
        json_str(w, buf_str(&text));
        buf_done(&text);
    }
    json_end_list(w);
}

static void end_on(struct json_writer *w, struct str resource)
{
    json_put_str(w, "Resource", resource);
    json_end_map(w);
}

static struct str or_any(struct str s)
{
    return s.n ? s : S("*");
}

/* What has no name of its own in the template is named "<stack>-<resource>-<random>", of which a
 * long stack's name is cut; so it is here. */
static void end_on_own(struct arena *a, struct json_writer *w, const char *of,
                       const struct policy_input *all, size_t n)
{
    enum { CUT = 24 };
    json_key(w, S("Resource"));
    json_begin_list(w);
    for (size_t i = 0; i < n; i++) {
        struct str stack = all[i].m->stack;
        json_str(w, arena_printf(a, "arn:aws:iam::%.*s:%s/%.*s*", STR(or_any(all[i].m->account)),
                                 of, STR(str_sub(stack, 0, stack.n < CUT ? stack.n : CUT))));
    }
    json_end_list(w);
    json_end_map(w);
}

static void put_stacks(struct arena *a, struct json_writer *w, const struct policy_input *all,
                       size_t n)
{
    begin(w);
    put_actions(w, "cloudformation",
                "ContinueUpdateRollback CreateChangeSet DeleteChangeSet DeleteStack "
                "DescribeChangeSet DescribeStackEvents DescribeStackResources DescribeStacks "
                "ExecuteChangeSet GetTemplate UpdateTerminationProtection");
    json_key(w, S("Resource"));
    json_begin_list(w);
    for (size_t i = 0; i < n; i++)
        json_str(w, arena_printf(a, "arn:aws:cloudformation:%.*s:%.*s:stack/%.*s/*",
                                 STR(or_any(all[i].m->region)), STR(or_any(all[i].m->account)),
                                 STR(all[i].m->stack)));
    json_end_list(w);
    json_end_map(w);
    begin(w);
    put_actions(w, "cloudformation", "DescribeStacks");
    json_key(w, S("Resource"));
    json_begin_list(w);
    json_str(w, S("arn:aws:cloudformation:*:*:stack/stepwright-bootstrap/*"));
    json_str(w, S("arn:aws:cloudformation:*:*:stack/CDKToolkit/*"));
    json_end_list(w);
    json_end_map(w);
}

static void put_bucket(struct arena *a, struct json_writer *w, struct str bucket)
{
    begin(w);
    put_actions(w, "s3", "AbortMultipartUpload GetObject ListMultipartUploadParts PutObject");
    end_on(w, arena_printf(a, "arn:aws:s3:::%.*s/stepwright/*", STR(bucket)));
    begin(w);
    put_actions(w, "s3", "ListBucket ListBucketMultipartUploads");
    end_on(w, arena_printf(a, "arn:aws:s3:::%.*s", STR(bucket)));
}

static void put_images(struct json_writer *w)
{
    begin(w);
    put_actions(w, "ecr",
                "BatchCheckLayerAvailability CompleteLayerUpload DescribeImages "
                "InitiateLayerUpload PutImage UploadLayerPart");
    end_on(w, S("arn:aws:ecr:*:*:repository/stepwright"));
    begin(w);
    put_actions(w, "ecr", "GetAuthorizationToken");
    end_on(w, S("*"));
}

/* Parts of an API have no permissions of their own. */
static struct str whole_of(struct str type)
{
    return str_starts(type, S("AWS::ApiGateway::")) ? S("AWS::ApiGateway::RestApi") : type;
}

static size_t find_row(struct str type)
{
    type = whole_of(type);
    size_t i = 0;
    while (i < ROW_COUNT && !str_eq(str_from(ROWS[i].type), type))
        i++;
    return i;
}

/* A statement per type that the templates have. */
static struct str put_types(struct arena *a, struct json_writer *w, const struct policy_input *all,
                            size_t n)
{
    bool used[ROW_COUNT] = { false };
    struct map unknown = { 0 };
    struct buf names;
    for (size_t i = 0; i < n; i++) {
        const struct node *resources = node_get(all[i].template, S("Resources"));
        for (size_t j = 0; resources && resources->kind == NODE_MAP && j < resources->map.n; j++) {
            const struct node *type = node_get(resources->map.entries[j].value, S("Type"));
            size_t row = type && type->kind == NODE_STR ? find_row(type->str) : ROW_COUNT;
            if (row < ROW_COUNT)
                used[row] = true;
            else if (type && type->kind == NODE_STR)
                map_put(a, &unknown, type->str, (void *)type);
        }
    }
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (used[i]) {
            begin(w);
            put_actions(w, ROWS[i].service, ROWS[i].actions);
            if (strcmp(ROWS[i].service, "iam") == 0)
                end_on_own(a, w, strcmp(ROWS[i].type, "AWS::IAM::Role") == 0 ? "role" : "policy",
                           all, n);
            else
                end_on(w, S("*"));
        }
    buf_init(&names, 0);
    for (size_t i = 0; i < unknown.n; i++)
        buf_printf(&names, "%.*s ", STR(unknown.entries[i].key));
    struct str text = arena_str(a, buf_str(&names));
    buf_done(&names);
    return text;
}

struct str policy_write(struct arena *a, struct json_writer *w, const struct policy_place *place,
                        const struct policy_input *all, size_t n)
{
    bool images = false;
    struct str unknown = { 0 };
    for (size_t i = 0; i < n; i++)
        images = images || all[i].m->images.all.n;
    json_begin_map(w);
    json_put_str(w, "Version", S("2012-10-17"));
    json_key(w, S("Statement"));
    json_begin_list(w);
    put_stacks(a, w, all, n);
    if (place->bucket.n)
        put_bucket(a, w, place->bucket);
    if (images)
        put_images(w);
    if (place->execution_role.n) {
        begin(w);
        put_actions(w, "iam", "PassRole");
        end_on(w, place->execution_role);
    } else {
        unknown = put_types(a, w, all, n);
    }
    json_end_list(w);
    json_end_map(w);
    return unknown;
}
