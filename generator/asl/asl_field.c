/* Rows in the order in which fields are printed. Sources: the States Language text (fields,
 * defaults, …Path twins), AWS developer guide ("ItemReader", "ResultWriter", quotas), API reference
 * (CreateStateMachine), results recorded from AWS where they differ. */
#include "asl/asl_field.h"

#include <assert.h>

#define BIT(type) (1 << (type))
#define LEN(rows) (sizeof(rows) / sizeof *(rows))

enum {
    PASS = BIT(ASL_PASS),
    TASK = BIT(ASL_TASK),
    CHOICE = BIT(ASL_CHOICE),
    WAIT = BIT(ASL_WAIT),
    SUCCEED = BIT(ASL_SUCCEED),
    FAIL = BIT(ASL_FAIL),
    PARALLEL = BIT(ASL_PARALLEL),
    MAP = BIT(ASL_MAP),
    ANY = BIT(ASL_TYPES) - 1,
    RUNS = TASK | PARALLEL | MAP,                /* states with Retry and Catch */
    MOVES = PASS | TASK | WAIT | PARALLEL | MAP, /* states with Next or End */
    MOST = ANY & ~FAIL,
    BRANCH = ASL_BLOCK_BRANCH,
    PROCESSOR = ASL_BLOCK_PROCESSOR,
    ITERATOR = ASL_BLOCK_ITERATOR,
    BLOCK = BRANCH | PROCESSOR | ITERATOR,
    TOP = ASL_RULE_TOP,
    NESTED = ASL_RULE_NESTED,
    RULE = TOP | NESTED,
    ALWAYS = 1, /* the one context of a table that has no others */
    PATHS = ASL_IN_JSONPATH,
    JSONATA = ASL_IN_JSONATA,
};

#define SECONDS_MAX 99999999   /* 3 years and 2 months: every …Seconds of the language */
#define DELAY_MAX 31622399     /* MaxDelaySeconds is less than 31622400 */
#define ITEMS_MAX 100000000    /* MaxItems of ItemReader */
#define BATCH_BYTES_MAX 262144 /* MaxInputBytesPerBatch: what one execution may take as input */
#define NO_MAX 1e15

static const char *const types[] = { "Pass", "Task",     "Choice", "Wait", "Succeed",
                                     "Fail", "Parallel", "Map",    NULL };
static_assert(LEN(types) == ASL_TYPES + 1, "a name for every type");
static const char *const langs[] = { "JSONPath", "JSONata", NULL };
static const char *const versions[] = { "1.0", NULL };
static const char *const jitters[] = { "FULL", "NONE", NULL };
static const char *const modes[] = { "INLINE", "DISTRIBUTED", NULL };
static const char *const execution_types[] = { "STANDARD", "EXPRESS", NULL };
static const char *const input_types[] = { "CSV", "JSON", "JSONL", "MANIFEST", "PARQUET", NULL };
static const char *const header_locations[] = { "FIRST_ROW", "GIVEN", NULL };
static const char *const delimiters[] = { "COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB", NULL };
static const char *const manifest_types[] = { "S3_INVENTORY", "ATHENA_DATA", NULL };
static const char *const reader_transformations[] = { "NONE", "LOAD_AND_FLATTEN", NULL };
static const char *const output_types[] = { "JSON", "JSONL", NULL };
static const char *const writer_transformations[] = { "NONE", "COMPACT", "FLATTEN", NULL };

/* One row per line, however long. */
/* clang-format off */

#define F(name, k, member, ...) \
    { .key = S_INIT(name), .kind = ASL_KIND_##k, .at = offsetof(struct OWNER, member), __VA_ARGS__ }
#define SUB(member) .sub = offsetof(struct OWNER, member)
#define RANGE(lo, hi) .min = (lo), .max = (hi)

#define OWNER asl_machine
static const struct asl_field machine_fields[] = {
    F("Comment",        STRING, top.comment,    .in = ALWAYS),
    F("QueryLanguage",  WORD,   query_language, .in = ALWAYS, .words = langs),
    F("Version",        WORD,   version,        .in = ALWAYS, .words = versions),
    F("StartAt",        STATE,  top.start_at,   .in = ALWAYS, .required = ALWAYS),
    F("TimeoutSeconds", COUNT,  timeout,        .in = ALWAYS, RANGE(1, SECONDS_MAX)),
    F("States",         STATES, top.states_value, .in = ALWAYS, .required = ALWAYS, SUB(top.states)),
};
#undef OWNER

#define OWNER asl_block
static const struct asl_field block_fields[] = {
    F("Comment",         STRING, comment,      .in = BLOCK),
    F("ProcessorConfig", ONE,    config,       .in = PROCESSOR | ITERATOR, SUB(processor), .table = &asl_processor_table, .context = ALWAYS),
    F("StartAt",         STATE,  start_at,     .in = BLOCK, .required = BLOCK),
    F("States",          STATES, states_value, .in = BLOCK, .required = BLOCK, SUB(states)),
    /* of the whole machine only */
    F("QueryLanguage",   WORD,   config,       .in = 0, .words = langs),
    F("Version",         WORD,   config,       .in = 0, .words = versions),
    F("TimeoutSeconds",  COUNT,  config,       .in = 0),
};
#undef OWNER

#define OWNER asl_processor
static const struct asl_field processor_fields[] = {
    F("Mode",          WORD, mode,           .in = ALWAYS, .words = modes),
    F("ExecutionType", WORD, execution_type, .in = ALWAYS, .words = execution_types),
};
#undef OWNER

#define OWNER asl_state
static const struct asl_field state_fields[] = {
    F("Type",                 WORD,        type_value,            .in = ANY, .required = ANY, .words = types),
    F("Comment",              STRING,      comment,               .in = ANY),
    F("QueryLanguage",        WORD,        query_language,        .in = ANY, .words = langs),
    F("InputPath",            PATH,        input_path,            .in = MOST, .langs = PATHS, .nullable = true),

    F("Resource",             RESOURCE,    task.resource,         .in = TASK, .required = TASK),
    F("Parameters",           TEMPLATE,    parameters,            .in = PASS | TASK | PARALLEL, .langs = PATHS, .other = "Arguments"),
    F("Arguments",            TEMPLATE,    parameters,            .in = TASK | PARALLEL, .langs = JSONATA, .other = "Parameters"),
    F("Credentials",          OBJECT,      task.credentials,      .in = TASK, .expression = true),
    F("TimeoutSeconds",       COUNT,       task.timeout_s,        .in = TASK, .expression = true, RANGE(1, SECONDS_MAX)),
    F("TimeoutSecondsPath",   REFERENCE,   task.timeout_s,        .in = TASK, .langs = PATHS, .other = "TimeoutSeconds"),
    F("HeartbeatSeconds",     COUNT,       task.heartbeat_s,      .in = TASK, .expression = true, RANGE(1, SECONDS_MAX)),
    F("HeartbeatSecondsPath", REFERENCE,   task.heartbeat_s,      .in = TASK, .langs = PATHS, .other = "HeartbeatSeconds"),

    F("Result",               JSON,        pass.result,           .in = PASS, .langs = PATHS, .other = "Output"),

    F("Seconds",              COUNT,       wait.seconds,          .in = WAIT, .expression = true, RANGE(0, SECONDS_MAX)),
    F("SecondsPath",          REFERENCE,   wait.seconds,          .in = WAIT, .langs = PATHS, .other = "Seconds"),
    F("Timestamp",            TIMESTAMP,   wait.timestamp,        .in = WAIT, .expression = true),
    F("TimestampPath",        REFERENCE,   wait.timestamp,        .in = WAIT, .langs = PATHS, .other = "Timestamp"),

    F("Error",                STRING,      fail.error,            .in = FAIL, .expression = true),
    F("ErrorPath",            PATH_CALL,   fail.error,            .in = FAIL, .langs = PATHS, .other = "Error"),
    F("Cause",                STRING,      fail.cause,            .in = FAIL, .expression = true),
    F("CausePath",            PATH_CALL,   fail.cause,            .in = FAIL, .langs = PATHS, .other = "Cause"),

    F("Branches",             MANY,        parallel.branches_value, .in = PARALLEL, .required = PARALLEL, SUB(parallel.branches), .table = &asl_block_table, .context = BRANCH),

    F("ItemReader",           ONE,         map.reader_value,      .in = MAP, SUB(map.reader), .table = &asl_reader_table, .context = ALWAYS),
    F("ItemsPath",            REFERENCE,   map.items,             .in = MAP, .langs = PATHS, .other = "Items"),
    F("Items",                TEMPLATE,    map.items,             .in = MAP, .langs = JSONATA, .other = "ItemsPath"),
    F("ItemSelector",         OBJECT,      map.item_selector,     .in = MAP, .expression = true),
    F("Parameters",           TEMPLATE,    map.item_selector,     .in = MAP, .langs = PATHS, .other = "ItemSelector"),
    F("ItemBatcher",          ONE,         map.batcher_value,     .in = MAP, SUB(map.batcher), .table = &asl_batcher_table, .context = ALWAYS),
    F("MaxConcurrency",       COUNT,       map.max_concurrency,   .in = MAP, .expression = true, RANGE(0, NO_MAX)),
    F("MaxConcurrencyPath",   REFERENCE,   map.max_concurrency,   .in = MAP, .langs = PATHS, .other = "MaxConcurrency"),
    F("ToleratedFailurePercentage",     NUMBER,    map.tolerated_percentage, .in = MAP, .expression = true, RANGE(0, 100)),
    F("ToleratedFailurePercentagePath", REFERENCE, map.tolerated_percentage, .in = MAP, .langs = PATHS, .other = "ToleratedFailurePercentage"),
    F("ToleratedFailureCount",          COUNT,     map.tolerated_count,      .in = MAP, .expression = true, RANGE(0, NO_MAX)),
    F("ToleratedFailureCountPath",      REFERENCE, map.tolerated_count,      .in = MAP, .langs = PATHS, .other = "ToleratedFailureCount"),
    F("Label",                LABEL,       map.label,             .in = MAP),
    F("ItemProcessor",        ONE,         map.processor_value,   .in = MAP, .required = MAP, SUB(map.processor), .table = &asl_block_table, .context = PROCESSOR),
    F("Iterator",             ONE,         map.processor_value,   .in = MAP, SUB(map.processor), .table = &asl_block_table, .context = ITERATOR),
    F("ResultWriter",         ONE,         map.writer_value,      .in = MAP, SUB(map.writer), .table = &asl_writer_table, .context = ALWAYS),

    F("Choices",              MANY,        choice.rules_value,    .in = CHOICE, .required = CHOICE, SUB(choice.rules), .table = &asl_rule_table, .context = TOP),
    F("Default",              STATE,       choice.otherwise,      .in = CHOICE),

    F("ResultSelector",       OBJECT,      result_selector,       .in = RUNS, .langs = PATHS, .other = "Output"),
    F("ResultPath",           RESULT_PATH, result_path,           .in = RUNS | PASS, .langs = PATHS, .nullable = true, .other = "Output"),
    F("OutputPath",           PATH,        output_path,           .in = MOST, .langs = PATHS, .nullable = true, .other = "Output"),
    F("Output",               TEMPLATE,    output,                .in = MOST, .langs = JSONATA, .sees = ASL_SEES_RESULT, .other = "OutputPath"),
    F("Assign",               OBJECT,      assign,                .in = MOVES | CHOICE, .sees = ASL_SEES_RESULT),
    F("Retry",                MANY,        retry_value,           .in = RUNS, SUB(retry), .table = &asl_retrier_table, .context = ALWAYS),
    F("Catch",                MANY,        catch_value,           .in = RUNS, SUB(catchers), .table = &asl_catcher_table, .context = ALWAYS),
    F("Next",                 STATE,       next,                  .in = MOVES),
    F("End",                  BOOL,        end,                   .in = MOVES),
};
#undef OWNER

#define OWNER asl_retrier
static const struct asl_field retrier_fields[] = {
    F("Comment",         STRING, comment,      .in = ALWAYS),
    F("ErrorEquals",     ERRORS, errors,       .in = ALWAYS, .required = ALWAYS),
    F("IntervalSeconds", COUNT,  interval_s,   .in = ALWAYS, RANGE(1, SECONDS_MAX)),
    F("MaxAttempts",     COUNT,  max_attempts, .in = ALWAYS, RANGE(0, SECONDS_MAX)),
    F("BackoffRate",     NUMBER, backoff_rate, .in = ALWAYS, RANGE(1, NO_MAX)),
    F("MaxDelaySeconds", COUNT,  max_delay_s,  .in = ALWAYS, RANGE(1, DELAY_MAX)),
    F("JitterStrategy",  WORD,   jitter,       .in = ALWAYS, .words = jitters),
};
#undef OWNER

#define OWNER asl_catcher
static const struct asl_field catcher_fields[] = {
    F("Comment",     STRING,      comment,     .in = ALWAYS),
    F("ErrorEquals", ERRORS,      errors,      .in = ALWAYS, .required = ALWAYS),
    F("ResultPath",  RESULT_PATH, result_path, .in = ALWAYS, .langs = PATHS, .nullable = true, .other = "Output"),
    F("Output",      TEMPLATE,    output,      .in = ALWAYS, .langs = JSONATA, .sees = ASL_SEES_ERROR, .other = "ResultPath"),
    F("Assign",      OBJECT,      assign,      .in = ALWAYS, .sees = ASL_SEES_ERROR),
    F("Next",        STATE,       next,        .in = ALWAYS, .required = ALWAYS),
};
#undef OWNER

#define OWNER asl_rule
#define COMPARE(name, k, o) \
    F(name,        k,    operand, .in = RULE, .langs = PATHS, .op = ASL_OP_##o, .other = "Condition"), \
    F(name "Path", PATH, operand, .in = RULE, .langs = PATHS, .op = ASL_OP_##o, .other = "Condition")
#define IS(name, o) \
    F(name, BOOL, operand, .in = RULE, .langs = PATHS, .op = ASL_OP_##o, .other = "Condition")
static const struct asl_field rule_fields[] = {
    F("Comment",   STRING,    comment,   .in = RULE),
    F("Condition", CONDITION, condition, .in = RULE, .required = RULE, .langs = JSONATA, .other = "Variable"),
    F("Variable",  PATH,      variable,  .in = RULE, .langs = PATHS, .other = "Condition"),
    COMPARE("StringEquals",               STRING,    STRING_EQUALS),
    COMPARE("StringLessThan",             STRING,    STRING_LESS),
    COMPARE("StringLessThanEquals",       STRING,    STRING_LESS_EQUALS),
    COMPARE("StringGreaterThan",          STRING,    STRING_GREATER),
    COMPARE("StringGreaterThanEquals",    STRING,    STRING_GREATER_EQUALS),
    F("StringMatches", PATTERN, operand, .in = RULE, .langs = PATHS, .op = ASL_OP_STRING_MATCHES, .other = "Condition"),
    COMPARE("NumericEquals",              NUMBER,    NUMERIC_EQUALS),
    COMPARE("NumericLessThan",            NUMBER,    NUMERIC_LESS),
    COMPARE("NumericLessThanEquals",      NUMBER,    NUMERIC_LESS_EQUALS),
    COMPARE("NumericGreaterThan",         NUMBER,    NUMERIC_GREATER),
    COMPARE("NumericGreaterThanEquals",   NUMBER,    NUMERIC_GREATER_EQUALS),
    COMPARE("BooleanEquals",              BOOL,      BOOLEAN_EQUALS),
    COMPARE("TimestampEquals",            TIMESTAMP, TIMESTAMP_EQUALS),
    COMPARE("TimestampLessThan",          TIMESTAMP, TIMESTAMP_LESS),
    COMPARE("TimestampLessThanEquals",    TIMESTAMP, TIMESTAMP_LESS_EQUALS),
    COMPARE("TimestampGreaterThan",       TIMESTAMP, TIMESTAMP_GREATER),
    COMPARE("TimestampGreaterThanEquals", TIMESTAMP, TIMESTAMP_GREATER_EQUALS),
    IS("IsNull",      IS_NULL),
    IS("IsPresent",   IS_PRESENT),
    IS("IsNumeric",   IS_NUMERIC),
    IS("IsString",    IS_STRING),
    IS("IsBoolean",   IS_BOOLEAN),
    IS("IsTimestamp", IS_TIMESTAMP),
    F("And", MANY,  operand, .in = RULE, .langs = PATHS, .op = ASL_OP_AND, SUB(rules), .table = &asl_rule_table, .context = NESTED, .other = "Condition"),
    F("Or",  MANY,  operand, .in = RULE, .langs = PATHS, .op = ASL_OP_OR,  SUB(rules), .table = &asl_rule_table, .context = NESTED, .other = "Condition"),
    F("Not", ALONE, operand, .in = RULE, .langs = PATHS, .op = ASL_OP_NOT, SUB(rules), .table = &asl_rule_table, .context = NESTED, .other = "Condition"),
    F("Output", TEMPLATE, output, .in = TOP, .langs = JSONATA),
    F("Assign", OBJECT,   assign, .in = TOP),
    F("Next",   STATE,    next,   .in = TOP, .required = TOP),
};
#undef OWNER

#define OWNER asl_reader
static const struct asl_field reader_fields[] = {
    F("Resource",     RESOURCE, resource,     .in = ALWAYS, .required = ALWAYS),
    F("ReaderConfig", ONE,      config_value, .in = ALWAYS, SUB(config), .table = &asl_reader_config_table, .context = ALWAYS),
    F("Parameters",   OBJECT,   parameters,   .in = ALWAYS, .langs = PATHS, .other = "Arguments"),
    F("Arguments",    OBJECT,   parameters,   .in = ALWAYS, .langs = JSONATA, .expression = true, .other = "Parameters"),
};
#undef OWNER

#define OWNER asl_reader_config
static const struct asl_field reader_config_fields[] = {
    F("InputType",         WORD,      input_type,          .in = ALWAYS, .words = input_types),
    F("Transformation",    WORD,      transformation,      .in = ALWAYS, .words = reader_transformations),
    F("ManifestType",      WORD,      manifest_type,       .in = ALWAYS, .words = manifest_types),
    F("CSVHeaderLocation", WORD,      csv_header_location, .in = ALWAYS, .words = header_locations),
    F("CSVHeaders",        STRINGS,   csv_headers,         .in = ALWAYS),
    F("CSVDelimiter",      WORD,      csv_delimiter,       .in = ALWAYS, .words = delimiters),
    F("ItemsPointer",      STRING,    items_pointer,       .in = ALWAYS),
    F("MaxItems",          COUNT,     max_items,           .in = ALWAYS, .expression = true, RANGE(0, ITEMS_MAX)),
    F("MaxItemsPath",      REFERENCE, max_items,           .in = ALWAYS, .langs = PATHS, .other = "MaxItems"),
};
#undef OWNER

#define OWNER asl_batcher
static const struct asl_field batcher_fields[] = {
    F("BatchInput",                OBJECT,    batch_input, .in = ALWAYS, .expression = true),
    F("MaxItemsPerBatch",          COUNT,     max_items,   .in = ALWAYS, .expression = true, RANGE(1, NO_MAX)),
    F("MaxItemsPerBatchPath",      REFERENCE, max_items,   .in = ALWAYS, .langs = PATHS, .other = "MaxItemsPerBatch"),
    F("MaxInputBytesPerBatch",     COUNT,     max_bytes,   .in = ALWAYS, .expression = true, RANGE(1, BATCH_BYTES_MAX)),
    F("MaxInputBytesPerBatchPath", REFERENCE, max_bytes,   .in = ALWAYS, .langs = PATHS, .other = "MaxInputBytesPerBatch"),
};
#undef OWNER

#define OWNER asl_writer
static const struct asl_field writer_fields[] = {
    F("Resource",     RESOURCE, resource,     .in = ALWAYS),
    F("WriterConfig", ONE,      config_value, .in = ALWAYS, SUB(config), .table = &asl_writer_config_table, .context = ALWAYS),
    F("Parameters",   OBJECT,   parameters,   .in = ALWAYS, .langs = PATHS, .other = "Arguments"),
    F("Arguments",    OBJECT,   parameters,   .in = ALWAYS, .langs = JSONATA, .expression = true, .other = "Parameters"),
};
#undef OWNER

#define OWNER asl_writer_config
static const struct asl_field writer_config_fields[] = {
    F("OutputType",     WORD, output_type,    .in = ALWAYS, .required = ALWAYS, .words = output_types),
    F("Transformation", WORD, transformation, .in = ALWAYS, .words = writer_transformations),
};
#undef OWNER

#define TABLE(name, owner, says, unknown_member, node_offset) \
    const struct asl_table asl_##name##_table = { .what = says, .fields = name##_fields, .n = LEN(name##_fields), .size = sizeof(struct owner), .unknown_at = offsetof(struct owner, unknown_member), .node_at = node_offset }

TABLE(machine,       asl_machine,       "the state machine",     top.unknown, offsetof(struct asl_machine, top.node));
TABLE(block,         asl_block,         "a block of states",     unknown,     offsetof(struct asl_block, node));
TABLE(processor,     asl_processor,     "a 'ProcessorConfig'",   unknown,     SIZE_MAX);
TABLE(state,         asl_state,         "a state",               unknown,     offsetof(struct asl_state, node));
TABLE(retrier,       asl_retrier,       "a retrier",             unknown,     offsetof(struct asl_retrier, node));
TABLE(catcher,       asl_catcher,       "a catcher",             unknown,     offsetof(struct asl_catcher, node));
TABLE(rule,          asl_rule,          "a choice rule",         unknown,     offsetof(struct asl_rule, node));
TABLE(reader,        asl_reader,        "an 'ItemReader'",       unknown,     SIZE_MAX);
TABLE(reader_config, asl_reader_config, "a 'ReaderConfig'",      unknown,     SIZE_MAX);
TABLE(batcher,       asl_batcher,       "an 'ItemBatcher'",      unknown,     SIZE_MAX);
TABLE(writer,        asl_writer,        "a 'ResultWriter'",      unknown,     SIZE_MAX);
TABLE(writer_config, asl_writer_config, "a 'WriterConfig'",      unknown,     SIZE_MAX);

/* clang-format on */

struct str asl_type_name(enum asl_type type)
{
    return type < ASL_TYPES ? str_from(types[type]) : S("unknown");
}

struct str asl_lang_name(enum asl_lang lang)
{
    return str_from(langs[lang]);
}

const struct asl_value *asl_value_at(const void *object, const struct asl_field *f)
{
    return (const struct asl_value *)(const void *)((const char *)object + f->at);
}

const struct asl_value *asl_walk_next(struct asl_walk *w)
{
    while (w->next < w->table->n) {
        const struct asl_field *f = &w->table->fields[w->next++];
        if (!(f->in & w->context))
            continue;
        const struct asl_value *v = asl_value_at(w->object, f);
        if (v->field == f)
            return v;
    }
    return NULL;
}

const void *asl_sub_objects(const void *object, const struct asl_field *f, size_t *n)
{
    ASL_LIST(const void) list;
    const char *sub = (const char *)object + f->sub;
    if (f->kind == ASL_KIND_ONE) {
        memcpy(&list.p, sub, sizeof list.p);
        *n = list.p ? 1 : 0;
        return list.p;
    }
    memcpy(&list, sub, sizeof list);
    *n = list.n;
    return list.p;
}
