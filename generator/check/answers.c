/* What services answer, where their documentation lists all of it: a path to anything else leads
 * nowhere. Sources: the services' API references, "Response Syntax"; Step Functions, "Integrating
 * services". */
#include "check/flow.h"

/* All integrations but those to functions add these. */
#define METADATA " SdkHttpMetadata SdkResponseMetadata"

static const struct answer {
    struct str service, action;
    unsigned patterns; /* 1 << enum asl_pattern */
    struct str keys;
} ANSWERS[] = {
#define REQUEST (1u << ASL_REQUEST)
#define SYNC (1u << ASL_SYNC)
#define ROW(service, action, patterns, keys)                             \
    {                                                                    \
        S_INIT(service), S_INIT(action), patterns, S_INIT(keys METADATA) \
    }
    ROW("athena", "startQueryExecution", REQUEST, "QueryExecutionId"),
    ROW("athena", "startQueryExecution", SYNC, "QueryExecution"),
    ROW("batch", "submitJob", REQUEST, "JobArn JobId JobName"),
    ROW("codebuild", "startBuild", REQUEST | SYNC, "Build"),
    ROW("dynamodb", "deleteItem", REQUEST, "Attributes ConsumedCapacity ItemCollectionMetrics"),
    ROW("dynamodb", "getItem", REQUEST, "ConsumedCapacity Item"),
    ROW("dynamodb", "putItem", REQUEST, "Attributes ConsumedCapacity ItemCollectionMetrics"),
    ROW("dynamodb", "query", REQUEST, "ConsumedCapacity Count Items LastEvaluatedKey ScannedCount"),
    ROW("dynamodb", "updateItem", REQUEST, "Attributes ConsumedCapacity ItemCollectionMetrics"),
    ROW("ecs", "runTask", REQUEST, "Failures Tasks"),
    ROW("events", "putEvents", REQUEST, "Entries FailedEntryCount"),
    ROW("glue", "startJobRun", REQUEST, "JobRunId"),
    ROW("http", "invoke", REQUEST, "Headers ResponseBody StatusCode StatusText"),
    ROW("lambda", "invoke", REQUEST,
        "DurableExecutionArn ExecutedVersion FunctionError LogResult Payload StatusCode"),
    ROW("sfn", "startExecution", REQUEST, "ExecutionArn StartDate"),
    ROW("sns", "publish", REQUEST, "MessageId SequenceNumber"),
    ROW("sqs", "sendMessage", REQUEST,
        "MD5OfMessageAttributes MD5OfMessageBody MD5OfMessageSystemAttributes MessageId "
        "SequenceNumber"),
    ROW("states", "startExecution", REQUEST, "ExecutionArn StartDate"),
#undef ROW
};

static const struct shape *answer_shape(struct arena *a, struct str keys)
{
    static const struct span nowhere;
    const struct shape *s = shape_of(SHAPE_MAP);
    struct str key;
    while (str_split(&keys, ' ', &key))
        s = shape_with(a, s, key, shape_of(SHAPE_ANY), SHAPE_ALWAYS, nowhere);
    return s;
}

const struct shape *answers_find(struct arena *a, const struct asl_resource *resource)
{
    for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++)
        if (str_eq(resource->service, ANSWERS[i].service) &&
            str_eq(resource->action, ANSWERS[i].action) &&
            (ANSWERS[i].patterns & 1u << resource->pattern) &&
            (resource->kind == ASL_RESOURCE_SERVICE || resource->kind == ASL_RESOURCE_SDK))
            return answer_shape(a, ANSWERS[i].keys);
    return shape_of(SHAPE_ANY);
}
