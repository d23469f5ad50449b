/* Amazon SageMaker batch transform. Written from the SageMaker API reference (CreateTransformJob)
 * and the developer guide ("Associate prediction results with input records"). */
#include "sagemaker_models.h"

/* ---- fields --------------------------------------------------------------------------------- */

struct source_of_data {
    struct vstr s3_uri;
    struct venum s3_data_type;
};
struct input {
    struct vstr content_type;
    struct venum compression_type, split_type;
    struct vobj s3_data_source;
};
struct output_to {
    struct vstr s3_output_path, accept, kms_key_id;
    struct venum assemble_with;
};
struct machines {
    struct vstr instance_type, volume_kms_key_id;
    struct vint instance_count;
};
struct filters {
    struct vany input_filter, output_filter;
    struct venum join_source;
};
struct transform {
    struct vstr model_name, transform_job_name, transform_result_path;
    struct vobj transform_input, transform_output, transform_resources, data_processing;
    struct venum batch_strategy;
    struct vint max_concurrent_transforms, max_payload;
    struct vany environment, tags;
    struct vstrs read_access, write_access;
};
enum split { SPLIT_NONE, SPLIT_LINE, SPLIT_RECORDIO, SPLIT_TFRECORD };

#define F(kind, name, ...) FIELD_##kind(struct source_of_data, name, __VA_ARGS__)
static const struct field source_rows[] = {
    F(STR, s3_uri, .required = true, .runtime = true, .aliases = WORDS("s3_uri_from_path"),
      .check = sm_check_uri, .example = "$.transform_input", .doc = "Where the data is."),
    F(ENUM, s3_data_type, .values = WORDS("S3Prefix", "ManifestFile"), .dflt = "S3Prefix",
      .doc = "What the URI names."),
};
#undef F
static const struct fields source_fields =
    FIELDS(struct source_of_data, "s3_data_source", source_rows, .doc = "Where the data is.");

#define F(kind, name, ...) FIELD_##kind(struct input, name, __VA_ARGS__)
static const struct field input_rows[] = {
    F(STR, content_type, .runtime = true, .max = 256, .example = "text/csv",
      .doc = "MIME type of the data."),
    F(ENUM, compression_type, .values = WORDS("None", "Gzip"), .doc = "How it is compressed."),
    F(ENUM, split_type, .values = WORDS("None", "Line", "RecordIO", "TFRecord"),
      .doc = "How files are cut into records; Line for text/csv."),
    F(OBJ, s3_data_source, .required = true, .sub = &source_fields, .doc = "Where the data is."),
};
#undef F
static const struct fields input_fields =
    FIELDS(struct input, "transform_input", input_rows, .doc = "What is transformed.");

#define F(kind, name, ...) FIELD_##kind(struct output_to, name, __VA_ARGS__)
static const struct field output_rows[] = {
    F(STR, s3_output_path, .required = true, .runtime = true,
      .aliases = WORDS("s3_output_path_from_path"), .check = sm_check_uri,
      .example = "$.transform_output", .doc = "Where results go."),
    F(STR, accept, .runtime = true, .max = 256,
      .doc = "MIME type of the results; text/csv for such input."),
    F(ENUM, assemble_with, .values = WORDS("None", "Line"),
      .doc = "How results are put together; as the input was cut, where they are joined with it."),
    F(STR, kms_key_id, .runtime = true, .doc = "Key that encrypts the results."),
};
#undef F
static const struct fields output_fields =
    FIELDS(struct output_to, "transform_output", output_rows, .doc = "Where results go.");

#define F(kind, name, ...) FIELD_##kind(struct machines, name, __VA_ARGS__)
static const struct field machines_rows[] = {
    F(INT, instance_count, .min = 1, .max = 10000, .runtime = true, .dflt = "1",
      .doc = "How many machines."),
    F(STR, instance_type, .required = true, .runtime = true, .check = sm_check_instance,
      .example = "ml.m5.2xlarge", .doc = "Kind of machine."),
    F(STR, volume_kms_key_id, .runtime = true, .doc = "Key that encrypts the disks."),
};
#undef F
static const struct fields machines_fields = FIELDS(
    struct machines, "transform_resources", machines_rows, .doc = "Machines that the job runs on.");

/* Filters look like run-time paths, but SageMaker reads them. */
static void check_filter(struct bind *b, const struct field *f, const struct node *value)
{
    if (value->kind != NODE_STR || !str_starts(value->str, S("$"))) {
        struct diag *d = diag_error(b->ds, "bad-path", value->span, "'%s' is no JSONPath", f->key);
        diag_help(d, "for example \"$[1:]\": all columns but the first");
    } else if (value->str.n > 63) {
        diag_error(b->ds, "out-of-range", value->span,
                   "'%s' is %zu characters long; expected at most 63", f->key, value->str.n);
    }
}

#define F(kind, name, ...) FIELD_##kind(struct filters, name, __VA_ARGS__)
static const struct field filters_rows[] = {
    F(ANY, input_filter, .check = check_filter, .example = "\"$[1:]\"",
      .doc = "Which part of a record the model gets."),
    F(ENUM, join_source, .values = WORDS("None", "Input"),
      .doc = "Input: results stand behind the records that they belong to."),
    F(ANY, output_filter, .check = check_filter, .example = "\"$[0,-1]\"",
      .doc = "Which part of a result is kept."),
};
#undef F
static const struct fields filters_fields =
    FIELDS(struct filters, "data_processing", filters_rows, .doc = "Records before and after.");

#define F(kind, name, ...) FIELD_##kind(struct transform, name, __VA_ARGS__)
static const struct field transform_rows[] = {
    F(STR, model_name, .required = true, .runtime = true, .aliases = WORDS("model_name_path"),
      .check = sm_check_name, .example = "\"$.model_name\"",
      .doc = "The model: its name, or that of the step that makes it."),
    F(STR, transform_job_name, .runtime = true, .check = sm_check_name,
      .aliases = WORDS("transform_job_name_path", "ext_job_name", "job_name"),
      .doc = "The job's name; a new one for each execution by default."),
    F(OBJ, transform_input, .required = true, .sub = &input_fields, .doc = "What is transformed.",
      .source = "SageMaker TransformInput"),
    F(OBJ, transform_output, .required = true, .sub = &output_fields, .doc = "Where results go.",
      .source = "SageMaker TransformOutput"),
    F(OBJ, transform_resources, .required = true, .sub = &machines_fields,
      .doc = "Machines that the job runs on."),
    F(OBJ, data_processing, .sub = &filters_fields, .doc = "Records before and after.",
      .source = "SageMaker DataProcessing"),
    F(ENUM, batch_strategy, .values = WORDS("MultiRecord", "SingleRecord"),
      .doc = "Whether the model gets several records at a time."),
    F(INT, max_concurrent_transforms, .min = 0, .max = 1000, .runtime = true,
      .doc = "Requests to each machine at a time; 0 lets SageMaker decide."),
    F(INT, max_payload, .unit = "MB", .min = 0, .max = 100, .runtime = true,
      .aliases = WORDS("max_payload_in_mb"), .doc = "Largest request."),
    F(MAP, environment, .check = sm_check_texts, .doc = "Environment variables."),
    F(STR, transform_result_path, .runtime = true, .dflt = "$.batch_transformation_output",
      .doc = "Where the job's description goes, if result_path does not say."),
    F(STRS, read_access, .check = sm_check_uri, .example = "[\"s3://data/\"]",
      .doc = "Further places in S3 that it may read: what a manifest names, or what is only known "
             "at run time."),
    F(STRS, write_access, .check = sm_check_uri, .example = "[\"s3://data/\"]",
      .doc = "Places in S3 where results may go, if only known at run time."),
    F(MAP, tags, .check = sm_check_texts, .doc = "Tags, besides the stage's."),
};
#undef F
static const struct fields transform_fields =
    FIELDS(struct transform, "sagemaker_batch_transform", transform_rows,
           .doc = "Runs a model over data.");

static void check_transform(struct diags *ds, const struct item *it)
{
    const struct transform *b = it->body;
    const struct filters *f = b->data_processing.p;
    const struct input *in = b->transform_input.p;
    const struct output_to *out = b->transform_output.p;
    if (f && f->join_source.v == 1 && out->assemble_with.v >= 0 && in->split_type.v >= 0 &&
        !str_eq(out->assemble_with.s, in->split_type.s)) {
        struct diag *d = diag_error(ds, "conflict", out->assemble_with.span,
                                    "results joined with their input are put together as it was "
                                    "cut: %.*s",
                                    STR(in->split_type.s));
        diag_help(d, "leave 'assemble_with' out");
    }
}

/* ---- lowering ------------------------------------------------------------------------------- */

static bool is_csv(const struct vstr *type)
{
    return !type->runtime && str_eq(str_trim(type->s), S("text/csv"));
}

/* CSV is cut into lines unless somebody says otherwise. */
static struct vstr split_of(const struct input *in)
{
    if (in->split_type.set || !is_csv(&in->content_type))
        return sm_word(&in->split_type);
    return (struct vstr){ .s = S("Line"), .span = in->content_type.span };
}

static struct node *input_node(struct plan *p, const struct input *in)
{
    const struct source_of_data *from = in->s3_data_source.p;
    struct node *n = plan_map(p), *source = plan_map(p), *s3 = plan_map(p);
    sm_put(p, s3, "S3DataType", sm_word(&from->s3_data_type));
    sm_put(p, s3, "S3Uri", from->s3_uri);
    plan_put(p, source, "S3DataSource", s3);
    plan_put(p, n, "DataSource", source);
    sm_put(p, n, "ContentType", in->content_type);
    sm_put(p, n, "CompressionType", sm_word(&in->compression_type));
    sm_put(p, n, "SplitType", split_of(in));
    return n;
}

static struct node *output_node(struct plan *p, const struct transform *b)
{
    const struct input *in = b->transform_input.p;
    const struct output_to *out = b->transform_output.p;
    const struct filters *f = b->data_processing.p;
    struct node *n = plan_map(p);
    struct vstr accept = out->accept, assemble = sm_word(&out->assemble_with);
    if (!accept.s.n && is_csv(&in->content_type))
        accept = in->content_type;
    if (!assemble.s.n && f && f->join_source.v == 1)
        assemble = split_of(in);
    sm_put(p, n, "S3OutputPath", out->s3_output_path);
    sm_put(p, n, "Accept", accept);
    sm_put(p, n, "AssembleWith", assemble);
    sm_put(p, n, "KmsKeyId", out->kms_key_id);
    return n;
}

static void put_filters(struct plan *p, struct node *params, const struct filters *f)
{
    if (!f)
        return;
    struct node *n = plan_map(p);
    if (f->input_filter.node)
        plan_put(p, n, "InputFilter", plan_str(p, f->input_filter.node->str));
    sm_put(p, n, "JoinSource", sm_word(&f->join_source));
    if (f->output_filter.node)
        plan_put(p, n, "OutputFilter", plan_str(p, f->output_filter.node->str));
    plan_put(p, params, "DataProcessing", n);
}

/* The job works with its model's role; what a model of somebody else's may do is not ours to say.
 */
static void tell_model(struct plan *p, const struct step *s, const struct transform *b)
{
    const struct input *in = b->transform_input.p;
    const struct source_of_data *from = in->s3_data_source.p;
    const struct output_to *out = b->transform_output.p;
    const struct machines *m = b->transform_resources.p;
    struct sm_worker w = sm_model_worker(p, s, false);
    w.noun = "the transform job";
    sm_may_read(&w, from->s3_uri, &b->read_access);
    sm_may_write(&w, out->s3_output_path, &b->write_access);
    sm_may_use_key(&w, out->kms_key_id);
    sm_may_use_key(&w, m->volume_kms_key_id);
    sm_may_log(&w, "TransformJobs");
}

static void lower_transform(struct plan *p, const struct step *s)
{
    const struct transform *b = s->item.body;
    const struct machines *m = b->transform_resources.p;
    struct state *t = plan_add_task(p, s, "SageMaker Batch: ", "sagemaker:createTransformJob.sync");
    sm_result_path(p, s, t, b->transform_result_path);
    struct sm_name name = sm_job_name(p, s, b->transform_job_name, 63);
    struct node *params = plan_map(p), *machines = plan_map(p);
    sm_put(p, params, "TransformJobName", name.v);
    sm_put(p, params, "ModelName", sm_find_name(p, b->model_name, "sagemaker_model"));
    plan_put(p, params, "TransformInput", input_node(p, b->transform_input.p));
    plan_put(p, params, "TransformOutput", output_node(p, b));
    sm_put_int(p, machines, "InstanceCount", m->instance_count);
    sm_put(p, machines, "InstanceType", m->instance_type);
    sm_put(p, machines, "VolumeKmsKeyId", m->volume_kms_key_id);
    plan_put(p, params, "TransformResources", machines);
    put_filters(p, params, b->data_processing.p);
    sm_put(p, params, "BatchStrategy", sm_word(&b->batch_strategy));
    sm_put_int(p, params, "MaxConcurrentTransforms", b->max_concurrent_transforms);
    sm_put_int(p, params, "MaxPayloadInMB", b->max_payload);
    if (b->environment.node)
        plan_put(p, params, "Environment", sm_texts(p, b->environment.node));
    sm_put_tags(p, params, b->tags.node);
    plan_put(p, t->body, "Parameters", params);
    sm_narrow_retry(p, s, t);
    tell_model(p, s, b);
    sm_grant_job(p, s, "TransformJob", "transform-job", name.tail, "Transform");
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sagemaker_batch_transform",
      .roles = ROLE_STEP,
      .doc = "Runs a model over data.",
      .source = "SageMaker CreateTransformJob",
      .example = "model_name: flowers\n"
                 "transform_input:\n"
                 "  content_type: text/csv\n"
                 "  s3_data_source: {s3_uri: \"s3://my-bucket/in/\"}\n"
                 "transform_output: {s3_output_path: \"s3://my-bucket/out/\"}\n"
                 "transform_resources: {instance_count: 1, instance_type: ml.m5.large}\n",
      .fields = &transform_fields,
      .check = check_transform,
      .lower_step = lower_transform },
};

const struct engine engine_sagemaker_transform = {
    .abi = ENGINE_ABI,
    .name = "sagemaker_transform",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
