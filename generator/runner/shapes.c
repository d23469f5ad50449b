/* Rows: response members of API operations, by the path to them; "[]" steps into each item of a
 * list. Sources: the API references of the services; bounds where the reference gives them. */
#include "runner/shapes.h"

#include "base/utf8.h"

enum shape { TEXT, NUMBER, FLAG, LIST, OBJECT };

struct row {
    struct str service, action, path;
    enum shape shape;
    double min, max; /* of a number; `min` of a text: its length. 0, 0: none */
};

#define ROW(service, action, path, ...)                            \
    {                                                              \
        S_INIT(service), S_INIT(action), S_INIT(path), __VA_ARGS__ \
    }

static const struct row rows[] = {
    ROW("dynamodb", "deleteItem", "Attributes", OBJECT, 0, 0),
    ROW("dynamodb", "deleteItem", "ConsumedCapacity", OBJECT, 0, 0),
    ROW("dynamodb", "deleteItem", "ConsumedCapacity.CapacityUnits", NUMBER, 0, 0),
    ROW("dynamodb", "getItem", "ConsumedCapacity", OBJECT, 0, 0),
    ROW("dynamodb", "getItem", "ConsumedCapacity.CapacityUnits", NUMBER, 0, 0),
    ROW("dynamodb", "getItem", "Item", OBJECT, 0, 0),
    ROW("dynamodb", "putItem", "Attributes", OBJECT, 0, 0),
    ROW("dynamodb", "putItem", "ConsumedCapacity", OBJECT, 0, 0),
    ROW("dynamodb", "putItem", "ConsumedCapacity.CapacityUnits", NUMBER, 0, 0),
    ROW("dynamodb", "query", "Count", NUMBER, 0, 0),
    ROW("dynamodb", "query", "Items", LIST, 0, 0),
    ROW("dynamodb", "query", "ScannedCount", NUMBER, 0, 0),
    ROW("dynamodb", "updateItem", "Attributes", OBJECT, 0, 0),
    ROW("dynamodb", "updateItem", "ConsumedCapacity", OBJECT, 0, 0),
    ROW("dynamodb", "updateItem", "ConsumedCapacity.CapacityUnits", NUMBER, 0, 0),
    ROW("events", "putEvents", "Entries", LIST, 0, 0),
    ROW("events", "putEvents", "Entries.[].ErrorCode", TEXT, 0, 0),
    ROW("events", "putEvents", "Entries.[].ErrorMessage", TEXT, 0, 0),
    ROW("events", "putEvents", "Entries.[].EventId", TEXT, 0, 0),
    ROW("events", "putEvents", "FailedEntryCount", NUMBER, 0, 0),
    ROW("glue", "startJobRun", "JobRunId", TEXT, 1, 0),
    ROW("kms", "decrypt", "KeyId", TEXT, 1, 0),
    ROW("kms", "decrypt", "Plaintext", TEXT, 1, 0),
    ROW("kms", "encrypt", "CiphertextBlob", TEXT, 1, 0),
    ROW("kms", "encrypt", "EncryptionAlgorithm", TEXT, 0, 0),
    ROW("kms", "encrypt", "KeyId", TEXT, 1, 0),
    ROW("lambda", "getFunction", "Configuration", OBJECT, 0, 0),
    ROW("lambda", "getFunction", "Configuration.FunctionArn", TEXT, 0, 0),
    ROW("lambda", "getFunction", "Configuration.FunctionName", TEXT, 0, 0),
    ROW("lambda", "getFunction", "Configuration.MemorySize", NUMBER, 128, 10240),
    ROW("lambda", "getFunction", "Configuration.Timeout", NUMBER, 1, 0),
    ROW("lambda", "invoke", "ExecutedVersion", TEXT, 1, 0),
    ROW("lambda", "invoke", "FunctionError", TEXT, 0, 0),
    ROW("lambda", "invoke", "LogResult", TEXT, 0, 0),
    ROW("lambda", "invoke", "StatusCode", NUMBER, 0, 0),
    ROW("s3", "getObject", "ContentLength", NUMBER, 0, 0),
    ROW("s3", "getObject", "ContentType", TEXT, 0, 0),
    ROW("s3", "getObject", "ETag", TEXT, 0, 0),
    ROW("s3", "headObject", "ContentLength", NUMBER, 0, 0),
    ROW("s3", "listObjectsV2", "Contents", LIST, 0, 0),
    ROW("s3", "listObjectsV2", "Contents.[].Key", TEXT, 1, 0),
    ROW("s3", "listObjectsV2", "Contents.[].Size", NUMBER, 0, 0),
    ROW("s3", "listObjectsV2", "IsTruncated", FLAG, 0, 0),
    ROW("s3", "listObjectsV2", "KeyCount", NUMBER, 0, 0),
    ROW("s3", "putObject", "ETag", TEXT, 0, 0),
    ROW("s3", "putObject", "VersionId", TEXT, 0, 0),
    ROW("sns", "publish", "MessageId", TEXT, 0, 0),
    ROW("sns", "publish", "SequenceNumber", TEXT, 0, 0),
    ROW("sqs", "sendMessage", "MD5OfMessageBody", TEXT, 0, 0),
    ROW("sqs", "sendMessage", "MessageId", TEXT, 0, 0),
    ROW("states", "startExecution", "ExecutionArn", TEXT, 1, 0),
};

static bool kind_is(enum shape shape, struct val v)
{
    switch (shape) {
    case TEXT:
        return v.kind == VAL_STR;
    case NUMBER:
        return v.kind == VAL_INT || v.kind == VAL_FLOAT;
    case FLAG:
        return v.kind == VAL_BOOL;
    case LIST:
        return v.kind == VAL_LIST;
    case OBJECT:
        return v.kind == VAL_MAP;
    }
    return true;
}

static struct str field_name(struct str path)
{
    size_t dot = str_rfind_char(path, '.');
    return dot == SIZE_MAX ? path : str_sub(path, dot + 1, path.n);
}

/* What the value is against, or NULL. */
static const char *fault(const struct row *row, struct val v)
{
    static const char *const must[] = { [TEXT] = "must be a string",
                                        [NUMBER] = "must be a number",
                                        [FLAG] = "must be a boolean",
                                        [LIST] = "must be an array",
                                        [OBJECT] = "must be an object" };
    if (v.kind == VAL_NULL)
        return NULL;
    if (!kind_is(row->shape, v))
        return must[row->shape];
    if (row->shape == TEXT && (double)utf8_length(peek_str(v)) < row->min)
        return "is smaller than the minimum length";
    if (row->shape != NUMBER)
        return NULL;
    double d = v.kind == VAL_INT ? (double)v.integer : v.number;
    if (row->min != 0 && d < row->min)
        return "is less than the minimum value";
    if (row->max != 0 && d > row->max)
        return "exceeds the maximum value";
    return NULL;
}

static const char *check_path(const struct row *row, struct str path, struct val v)
{
    size_t dot = str_find_char(path, '.', 0);
    bool last = dot == SIZE_MAX;
    struct str part = last ? path : str_sub(path, 0, dot);
    struct str rest = last ? (struct str){ 0 } : str_sub(path, dot + 1, path.n);
    if (str_eq(part, S("[]"))) {
        for (size_t i = 0; v.kind == VAL_LIST && i < peek_count(v); i++) {
            const char *wrong = check_path(row, rest, peek_item(v, i)); /* as deep as the path */
            if (wrong)
                return wrong;
        }
        return NULL;
    }
    struct val member = v.kind == VAL_MAP ? peek_get(v, part) : (struct val){ 0 };
    if (member.kind == VAL_UNDEFINED)
        return NULL;
    return last ? fault(row, member) : check_path(row, rest, member);
}

bool shapes_check(const struct asl_resource *resource, struct val result, struct buf *why)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        if (!str_eq(row->service, resource->service) || !str_eq(row->action, resource->action))
            continue;
        const char *wrong = check_path(row, row->path, result);
        if (wrong) {
            buf_printf(why, "Field '%.*s' %s", STR(field_name(row->path)), wrong);
            return false;
        }
    }
    return true;
}
