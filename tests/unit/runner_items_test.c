/* What distributed Maps read and write, over buckets that are a table here. */
#include "base/json.h"
#include "jsonpath/text.h"
#include "runner/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *key, *body;
} objects[] = {
    { "a.json", "[1,2,3]" },
    { "deep.json", "{\"a\":{\"b/c\":[4,5]}}" },
    { "lines.jsonl", "{\"x\":1}\n\n  {\"x\":2}\r\n" },
    { "bad.jsonl", "{\"x\":1}\n{" },
    { "object.json", "{\"k\":1,\"l\":[2]}" },
    { "scalar.json", "7" },
    { "quoted.csv", "\xEF\xBB\xBFid,\"say \"\"hi\"\"\"\r\n1,\"a,\nb\"\r\n2\r\n" },
    { "pipe.csv", "1|2\n3|4\n" },
    { "inventory/data/1.csv", "\"bucket\",\"one.txt\",\"10\"\n" },
    { "inventory/data/2.csv", "\"bucket\",\"two.txt\",\"20\"\n" },
    { "inventory/manifest.json", "{\"fileFormat\":\"CSV\",\"fileSchema\":\"Bucket, Key, Size\","
                                 "\"files\":[{\"key\":\"inventory/data/1.csv\"},"
                                 "{\"key\":\"inventory/data/2.csv\"}]}" },
};

static bool get(void *data, struct str bucket, struct str key, struct buf *out)
{
    (void)data;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        if (!str_eq(bucket, S("b")) || !str_eq(key, str_from(objects[i].key)))
            continue;
        buf_put(out, str_from(objects[i].body));
        return true;
    }
    return false;
}

static bool list(void *data, struct str bucket, struct str prefix,
                 void (*found)(void *ctx, struct str key, uint64_t size), void *ctx)
{
    (void)data;
    for (size_t i = 0; str_eq(bucket, S("b")) && i < sizeof objects / sizeof *objects; i++)
        if (str_starts(str_from(objects[i].key), prefix))
            found(ctx, str_from(objects[i].key), strlen(objects[i].body));
    return str_eq(bucket, S("b"));
}

/* Files that were written: "key\nbytes\n" each. */
static bool put(void *data, struct str bucket, struct str key, struct str bytes)
{
    (void)bucket;
    buf_printf(data, "%.*s\n%.*s\n", STR(key), STR(bytes));
    return true;
}

#define PROCESSOR                                                                               \
    "'ItemProcessor':{'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'},"     \
    "'StartAt':'C','States':{'C':{'Type':'Choice','Choices':[{'Variable':'$','NumericEquals':"  \
    "13,'Next':'F'}],'Default':'P'},'P':{'Type':'Pass','End':true},'F':{'Type':'Fail','Error':" \
    "'E'}}}"

#define READ(key, config)                                                              \
    "'ItemReader':{'Resource':'arn:aws:states:::s3:getObject','ReaderConfig':{" config \
    "},'Parameters':{'Bucket':'b','Key':'" key "'}}"

static const struct {
    const char *name, *fields, *input;
    const char *want; /* output, or "!" and part of the cause */
} rows[] = {
    { "JSON", READ("a.json", "'InputType':'JSON'"), "{}", "[1,2,3]" },
    { "at most", READ("a.json", "'InputType':'JSON','MaxItems':2"), "{}", "[1,2]" },
    { "a pointer", READ("deep.json", "'InputType':'JSON','ItemsPointer':'/a/b~1c'"), "{}",
      "[4,5]" },
    { "a pointer to nothing", READ("deep.json", "'InputType':'JSON','ItemsPointer':'/a/x'"), "{}",
      "!leads to nothing" },
    { "an object", READ("object.json", "'InputType':'JSON'"), "{}",
      "[{\"Key\":\"k\",\"Value\":1},{\"Key\":\"l\",\"Value\":[2]}]" },
    { "a scalar", READ("scalar.json", "'InputType':'JSON'"), "{}",
      "!does not hold an array or an object" },
    { "lines", READ("lines.jsonl", "'InputType':'JSONL'"), "{}", "[{\"x\":1},{\"x\":2}]" },
    { "a bad line", READ("bad.jsonl", "'InputType':'JSONL'"), "{}", "!Line 2 is not valid JSON" },
    { "quotes, CRLF and a mark",
      READ("quoted.csv", "'InputType':'CSV','CSVHeaderLocation':'FIRST_ROW'"), "{}",
      "[{\"id\":\"1\",\"say \\\"hi\\\"\":\"a,\\nb\"},{\"id\":\"2\",\"say \\\"hi\\\"\":\"\"}]" },
    { "a delimiter",
      READ("pipe.csv", "'InputType':'CSV','CSVHeaderLocation':'GIVEN','CSVHeaders':"
                       "['x','y'],'CSVDelimiter':'PIPE'"),
      "{}", "[{\"x\":\"1\",\"y\":\"2\"},{\"x\":\"3\",\"y\":\"4\"}]" },
    { "an inventory", READ("inventory/manifest.json", "'InputType':'MANIFEST'"), "{}",
      "[{\"Bucket\":\"bucket\",\"Key\":\"one.txt\",\"Size\":\"10\"},{\"Bucket\":\"bucket\","
      "\"Key\":\"two.txt\",\"Size\":\"20\"}]" },
    { "no such object", READ("none", "'InputType':'JSON'"), "{}", "!There is no object 'none'" },
    { "a listing",
      "'ItemReader':{'Resource':'arn:aws:states:::s3:listObjectsV2','Parameters':{'Bucket':'b',"
      "'Prefix':'inventory/data/'}}",
      "{}",
      "[{\"Key\":\"inventory/data/1.csv\",\"Size\":24,\"StorageClass\":\"STANDARD\"},"
      "{\"Key\":\"inventory/data/2.csv\",\"Size\":24,\"StorageClass\":\"STANDARD\"}]" },
    { "batches of bytes", "'ItemBatcher':{'MaxInputBytesPerBatch':50}",
      "['aaaaaaaaaa','bbbbbbbbbb','c','d']",
      "[{\"Items\":[\"aaaaaaaaaa\"]},{\"Items\":[\"bbbbbbbbbb\",\"c\"]},{\"Items\":[\"d\"]}]" },
    { "items selected, then batched",
      "'ItemSelector':{'i.$':'$$.Map.Item.Index'},'ItemBatcher':{'MaxItemsPerBatch':2}",
      "['a','b','c']", "[{\"Items\":[{\"i\":0},{\"i\":1}]},{\"Items\":[{\"i\":2}]}]" },
    { "flattened",
      "'ResultWriter':{'WriterConfig':{'OutputType':'JSON','Transformation':"
      "'FLATTEN'}}",
      "[[1,2],3,[4]]", "[1,2,3,4]" },
    { "compact",
      "'ResultWriter':{'WriterConfig':{'OutputType':'JSON','Transformation':"
      "'COMPACT'}}",
      "[[1,2],3]", "[[1,2],3]" },
};

static struct str requote(struct arena *a, const char *text)
{
    struct str s = arena_str(a, str_from(text));
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\'')
            ((char *)s.p)[i] = '"';
    return s;
}

static struct run_result run(struct arena *a, const char *fields, const char *input,
                             struct buf *written)
{
    struct diags ds;
    diags_init(&ds, a);
    struct str text = arena_printf(
        a, "{'StartAt':'M','States':{'M':{'Type':'Map',%s," PROCESSOR ",'End':true}}}", fields);
    const struct source *src = source_make(a, S("test"), requote(a, text.p));
    struct asl_options options = { 0 };
    struct asl_machine *m = asl_parse(a, &ds, json_read_node(a, &ds, src), &options);
    struct program *p = m && !ds.errors ? program_new(a, &ds, m) : NULL;
    if (!p)
        fail_msg("%s: %.*s", fields, STR(ds.all.p[0]->message));
    size_t at;
    struct run_options o = { .store = { .data = written, .get = get, .list = list, .put = put } };
    struct run_result r = run_program(p, json_parse_val(requote(a, input), &at), &o);
    program_free(p);
    return r;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a = { 0 };
        struct buf got;
        buf_init(&got, 0);
        struct run_result r = run(&a, rows[i].fields, rows[i].input, NULL);
        bool fails = rows[i].want[0] == '!', right;
        if (r.status == RUN_SUCCEEDED)
            text_json(&got, r.output);
        else if (r.cause.kind == VAL_STR)
            buf_put(&got, peek_str(r.cause));
        if (fails)
            right = r.status == RUN_FAILED &&
                    str_find(buf_str(&got), str_from(rows[i].want + 1), 0) != SIZE_MAX &&
                    str_eq(peek_str(r.error), S("States.ItemReaderFailed"));
        else
            right = r.status == RUN_SUCCEEDED && str_eq(buf_str(&got), str_from(rows[i].want));
        if (!right)
            fail_msg("%s: %.*s", rows[i].name, STR(buf_str(&got)));
        buf_done(&got);
        run_result_done(&r);
        arena_done(&a);
    }
}

/* Files of a run: successes, failures and the manifest that names them. */
static void test_results_are_written(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct buf written;
    buf_init(&written, 0);
    struct run_result r = run(&a,
                              "'ToleratedFailureCount':1,'Label':'L','ResultWriter':{'Resource':"
                              "'arn:aws:states:::s3:putObject','Parameters':{'Bucket':'out',"
                              "'Prefix':'p'},'WriterConfig':{'OutputType':'JSONL',"
                              "'Transformation':'COMPACT'}}",
                              "[1,13,2]", &written);
    assert_int_equal(r.status, RUN_SUCCEEDED);
    struct str all = buf_str(&written);
    struct val details = peek_get(r.output, S("ResultWriterDetails"));
    assert_true(str_eq(peek_str(peek_get(details, S("Bucket"))), S("out")));
    assert_true(str_starts(peek_str(peek_get(details, S("Key"))), S("p/")));
    assert_true(str_find(peek_str(peek_get(r.output, S("MapRunArn"))), S("/L:"), 0) != SIZE_MAX);
    assert_true(str_find(all, S("SUCCEEDED_0.jsonl\n1\n2\n"), 0) != SIZE_MAX);
    assert_true(str_find(all, S("FAILED_0.jsonl\n{\"ExecutionArn\""), 0) != SIZE_MAX);
    assert_true(str_find(all, S("\"Error\":\"E\""), 0) != SIZE_MAX);
    assert_true(str_find(all, S("\"PENDING\":[]"), 0) != SIZE_MAX);
    run_result_done(&r);
    buf_done(&written);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_results_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
