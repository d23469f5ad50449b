/* Amazon SageMaker processing jobs. Written from the SageMaker API reference (CreateProcessingJob)
 * and the Step Functions page on SageMaker. */
#include "sagemaker.h"

#include "base/path.h"

/* ---- input and output ----------------------------------------------------------------------- */

struct s3_data {
    struct venum distribution_type, type;
};
struct s3_input {
    struct vstr s3_uri, local_path;
    struct venum s3_input_mode, compression_type;
    struct vobj s3_data;
};
struct input {
    struct vstr input_name, s3_uri, local_path;
    struct venum s3_input_mode, compression_type, distribution_type, type;
    struct vobj s3_input;
};
struct s3_output {
    struct vstr s3_uri, local_path;
    struct venum s3_upload_mode;
};
struct output_of_job {
    struct vstr output_name, s3_uri, local_path;
    struct venum s3_upload_mode;
    struct vobj s3_output;
};

#define DISTRIBUTION                                                                 \
    .values = WORDS("FullyReplicated", "ShardedByS3Key"), .dflt = "FullyReplicated", \
    .aliases = WORDS("s3_data_distribution_type"), .doc = "Whether each machine gets all of it."
#define DATA_TYPE                                                    \
    .values = WORDS("S3Prefix", "ManifestFile"), .dflt = "S3Prefix", \
    .aliases = WORDS("s3_data_type"), .doc = "What the URI names."
#define INPUT_MODE \
    .values = WORDS("File", "Pipe"), .dflt = "File", .doc = "How the container gets it."
#define COMPRESSION                                                                           \
    .values = WORDS("None", "Gzip"), .dflt = "None", .aliases = WORDS("s3_compression_type"), \
    .doc = "How it is compressed."
#define UPLOAD_MODE \
    .values = WORDS("EndOfJob", "Continuous"), .dflt = "EndOfJob", .doc = "When it is uploaded."
#define LOCAL_PATH(folder) \
    .max = 256, .doc = "Folder in the container; /opt/ml/processing/" folder "/<name> by default."

#define F(kind, name, ...) FIELD_##kind(struct s3_data, name, __VA_ARGS__)
static const struct field s3_data_rows[] = {
    F(ENUM, distribution_type, DISTRIBUTION),
    F(ENUM, type, DATA_TYPE),
};
#undef F
static const struct fields s3_data_fields =
    FIELDS(struct s3_data, "s3_data", s3_data_rows, .doc = "What the data is.");

#define F(kind, name, ...) FIELD_##kind(struct s3_input, name, __VA_ARGS__)
static const struct field s3_input_rows[] = {
    F(STR, s3_uri, .required = true, .runtime = true, .check = sm_check_uri, .doc = "Where it is."),
    F(STR, local_path, LOCAL_PATH("input")),
    F(ENUM, s3_input_mode, INPUT_MODE),
    F(ENUM, compression_type, COMPRESSION),
    F(OBJ, s3_data, .sub = &s3_data_fields, .doc = "What the data is."),
};
#undef F
static const struct fields s3_input_fields =
    FIELDS(struct s3_input, "s3_input", s3_input_rows, .doc = "Where an input comes from.");

#define F(kind, name, ...) FIELD_##kind(struct input, name, __VA_ARGS__)
static const struct field input_rows[] = {
    F(STR, input_name, .required = true, .aliases = WORDS("name"), .example = "data",
      .doc = "The input's name."),
    F(STR, s3_uri, .runtime = true, .check = sm_check_uri, .example = "s3://data/in/",
      .doc = "Where it is."),
    F(STR, local_path, LOCAL_PATH("input")),
    F(ENUM, s3_input_mode, INPUT_MODE),
    F(ENUM, compression_type, COMPRESSION),
    F(ENUM, distribution_type, DISTRIBUTION),
    F(ENUM, type, DATA_TYPE),
    F(OBJ, s3_input, .sub = &s3_input_fields, .doc = "The same, a level deeper, as AWS has it."),
};
#undef F
static const struct fields input_fields =
    FIELDS(struct input, "processing input", input_rows, .doc = "An input of the job.");

#define F(kind, name, ...) FIELD_##kind(struct s3_output, name, __VA_ARGS__)
static const struct field s3_output_rows[] = {
    F(STR, s3_uri, .required = true, .runtime = true, .check = sm_check_uri,
      .doc = "Where it goes."),
    F(STR, local_path, LOCAL_PATH("output")),
    F(ENUM, s3_upload_mode, UPLOAD_MODE),
};
#undef F
static const struct fields s3_output_fields =
    FIELDS(struct s3_output, "s3_output", s3_output_rows, .doc = "Where an output goes.");

#define F(kind, name, ...) FIELD_##kind(struct output_of_job, name, __VA_ARGS__)
static const struct field output_rows[] = {
    F(STR, output_name, .required = true, .aliases = WORDS("name"), .example = "result",
      .doc = "The output's name."),
    F(STR, s3_uri, .runtime = true, .check = sm_check_uri, .example = "s3://data/out/",
      .doc = "Where it goes."),
    F(STR, local_path, LOCAL_PATH("output")),
    F(ENUM, s3_upload_mode, UPLOAD_MODE),
    F(OBJ, s3_output, .sub = &s3_output_fields, .doc = "The same, a level deeper, as AWS has it."),
};
#undef F
static const struct fields output_fields =
    FIELDS(struct output_of_job, "processing output", output_rows, .doc = "An output of the job.");

/* ---- the step's fields ---------------------------------------------------------------------- */

struct app {
    struct vstr container_image;
    struct vobj assets, ecr_repository; /* struct sm_built, struct sm_repository */
    struct vstrs container_entrypoint, container_arguments;
};
struct cluster {
    struct vint instance_count, volume_size;
    struct vstr instance_type, volume_kms_key_id;
};
struct resources {
    struct vobj cluster_config;
};
struct output_config {
    struct vstr kms_key_id;
    struct vobjs outputs;
};
struct network {
    struct vbool enable_intercontainer_traffic_encryption, enable_network_isolation;
    struct vobj vpc_config;
};
struct experiment {
    struct vstr experiment_name, trial_component_display_name, trial_name;
};
struct stopping {
    struct vint max_runtime;
};
struct processing {
    struct vstr main, job_name, role;
    struct vobj app_specification, processing_output_config, processing_resources, network_config,
        experiment_config, stopping_condition;
    struct vobjs processing_inputs;
    struct vany environment, tags;
    struct vstrs read_access, write_access;
};

#define F(kind, name, ...) FIELD_##kind(struct app, name, __VA_ARGS__)
static const struct field app_rows[] = {
    F(STR, container_image, .runtime = true, .max = 255, .aliases = WORDS("image_uri", "image"),
      .doc = "The container's image; AWS's scikit-learn 1.2-1 by default."),
    F(OBJ, assets, .sub = &sm_built_fields, .doc = "An image built from a folder."),
    F(OBJ, ecr_repository, .sub = &sm_repository_fields, .doc = "An image in a repository."),
    F(STRS, container_entrypoint, .runtime = true, .example = "[python3, /opt/run.py]",
      .doc = "Command; python3 and `main` by default."),
    F(STRS, container_arguments, .runtime = true, .example = "[\"--date\", \"$.date\"]",
      .doc = "Its arguments."),
};
#undef F
static const struct fields app_fields =
    FIELDS(struct app, "app_specification", app_rows, .doc = "The container.");

#define F(kind, name, ...) FIELD_##kind(struct cluster, name, __VA_ARGS__)
static const struct field cluster_rows[] = {
    F(INT, instance_count, .min = 1, .max = 100, .runtime = true, .dflt = "1",
      .doc = "How many machines."),
    F(STR, instance_type, .runtime = true, .dflt = "ml.m4.xlarge", .check = sm_check_instance,
      .doc = "Kind of machine."),
    F(INT, volume_size, .unit = "GB", .min = 1, .max = 16384, .runtime = true, .dflt = "35",
      .doc = "Disk of each machine."),
    F(STR, volume_kms_key_id, .runtime = true, .aliases = WORDS("volume_encryption_key"),
      .doc = "Key that encrypts the disks."),
};
#undef F
static const struct fields cluster_fields =
    FIELDS(struct cluster, "cluster_config", cluster_rows, .doc = "Machines that the job runs on.");

static const struct field resources_rows[] = {
    FIELD_OBJ(struct resources, cluster_config, .required = true, .sub = &cluster_fields,
              .doc = "Machines that the job runs on."),
};
static const struct fields resources_fields = FIELDS(
    struct resources, "processing_resources", resources_rows, .doc = "What the job runs on.");

#define F(kind, name, ...) FIELD_##kind(struct output_config, name, __VA_ARGS__)
static const struct field output_config_rows[] = {
    F(STR, kms_key_id, .runtime = true, .doc = "Key that encrypts the output."),
    F(OBJS, outputs, .required = true, .sub = &output_fields, .doc = "Outputs, at most ten."),
};
#undef F
static const struct fields output_config_fields =
    FIELDS(struct output_config, "processing_output_config", output_config_rows,
           .doc = "Outputs of the job.");

#define F(kind, name, ...) FIELD_##kind(struct network, name, __VA_ARGS__)
static const struct field network_rows[] = {
    F(BOOL, enable_intercontainer_traffic_encryption, .dflt = "false",
      .aliases = WORDS("enable_inter_container_traffic_encryption"),
      .doc = "Encrypt what its machines say to each other."),
    F(BOOL, enable_network_isolation, .dflt = "false", .doc = "Let the job reach nobody."),
    F(OBJ, vpc_config, .sub = &sm_vpc_fields, .doc = "Network that it joins."),
};
#undef F
static const struct fields network_fields =
    FIELDS(struct network, "network_config", network_rows, .doc = "The job's network.");

#define F(kind, name, ...) FIELD_##kind(struct experiment, name, __VA_ARGS__)
static const struct field experiment_rows[] = {
    F(STR, experiment_name, .runtime = true, .max = 120, .doc = "The experiment."),
    F(STR, trial_name, .runtime = true, .max = 120, .doc = "The trial."),
    F(STR, trial_component_display_name, .runtime = true, .max = 120, .aliases = WORDS("trial"),
      .doc = "Name under which the job is shown."),
};
#undef F
static const struct fields experiment_fields = FIELDS(
    struct experiment, "experiment_config", experiment_rows, .doc = "Experiment of the job.");

static const struct field stopping_rows[] = {
    FIELD_INT(struct stopping, max_runtime, .required = true, .unit = "seconds", .min = 1,
              .max = 777600, .runtime = true, .aliases = WORDS("max_runtime_in_seconds"),
              .doc = "Stop the job after this long."),
};
static const struct fields stopping_fields =
    FIELDS(struct stopping, "stopping_condition", stopping_rows, .doc = "When to stop the job.");

static void check_main(struct bind *b, const struct field *f, const struct node *value)
{
    struct str clean = path_clean(b->arena, value->str);
    if (!path_escapes(clean))
        return;
    struct diag *d = diag_error(b->ds, "outside-project", value->span,
                                "'%s' leaves the project: '%.*s'", f->key, STR(value->str));
    diag_help(d, "give a file relative to the project's root");
}

#define F(kind, name, ...) FIELD_##kind(struct processing, name, __VA_ARGS__)
static const struct field processing_rows[] = {
    F(STR, main, .check = check_main, .example = "customcode/sagemaker_jobs/prepare.py",
      .doc = "Script of the project that the job runs."),
    F(OBJ, app_specification, .sub = &app_fields, .doc = "The container.",
      .source = "SageMaker CreateProcessingJob, AppSpecification"),
    F(MAP, environment, .check = sm_check_texts, .doc = "Environment variables."),
    F(OBJ, experiment_config, .sub = &experiment_fields, .doc = "Experiment of the job."),
    F(OBJ, network_config, .sub = &network_fields, .doc = "The job's network."),
    F(OBJS, processing_inputs, .sub = &input_fields, .aliases = WORDS("inputs"),
      .doc = "Inputs of the job."),
    F(OBJ, processing_output_config, .sub = &output_config_fields, .doc = "Outputs of the job."),
    F(OBJ, processing_resources, .sub = &resources_fields, .doc = "What the job runs on."),
    F(OBJ, stopping_condition, .sub = &stopping_fields, .doc = "When to stop the job."),
    F(STR, role, .runtime = true, .min = 20, .max = 2048,
      .doc = "ARN of an existing role in place of one of its own."),
    F(STR, job_name, .runtime = true, .check = sm_check_name, .aliases = WORDS("ext_job_name"),
      .doc = "The job's name; a new one for each execution by default."),
    F(STRS, read_access, .check = sm_check_uri, .example = "[\"s3://data/\"]",
      .doc = "Further places in S3 that it may read: what a manifest names, or what is only known "
             "at run time."),
    F(STRS, write_access, .check = sm_check_uri, .example = "[\"s3://data/\"]",
      .doc = "Places in S3 where output may go, if only known at run time."),
    F(MAP, tags, .check = sm_check_texts, .doc = "Tags, besides the stage's."),
};
#undef F
static const struct fields processing_fields = FIELDS(
    struct processing, "sagemaker_processing", processing_rows, .doc = "Runs a processing job.");

/* ---- checks --------------------------------------------------------------------------------- */

enum { INPUTS = 10 }; /* Source: CreateProcessingJob, ProcessingInputs */

static void check_either(struct diags *ds, const struct vstr *name, bool flat, bool deep,
                         const char *key)
{
    if (flat == deep)
        diag_error(ds, flat ? "conflict" : "missing-key", name->span,
                   "'%.*s' has %s of 's3_uri' and '%s'", STR(name->s), flat ? "both" : "none", key);
}

static void check_processing(struct diags *ds, const struct item *it)
{
    const struct processing *b = it->body;
    const struct app *app = b->app_specification.p;
    const struct input *in = b->processing_inputs.items;
    const struct output_config *oc = b->processing_output_config.p;
    const struct output_of_job *out = oc ? oc->outputs.items : NULL;
    int images =
        app ? app->container_image.set + (app->assets.p != NULL) + (app->ecr_repository.p != NULL)
            : 0;
    if (app)
        sm_check_repository(ds, app->ecr_repository.p, app->ecr_repository.span);
    if (images > 1)
        diag_error(ds, "conflict", b->app_specification.span,
                   "a container has only one of container_image, assets and ecr_repository");
    if (!b->main.set && !images) {
        struct diag *d =
            diag_error(ds, "missing-key", it->name.span, "'%.*s' has no 'main'", STR(it->name.s));
        diag_help(d, "for example 'main: customcode/sagemaker_jobs/prepare.py'");
    }
    for (size_t i = 0; i < b->processing_inputs.n; i++)
        check_either(ds, &in[i].input_name, in[i].s3_uri.set, in[i].s3_input.p != NULL, "s3_input");
    for (size_t i = 0; oc && i < oc->outputs.n; i++)
        check_either(ds, &out[i].output_name, out[i].s3_uri.set, out[i].s3_output.p != NULL,
                     "s3_output");
    if (b->processing_inputs.n + b->main.set > INPUTS)
        diag_error(ds, "out-of-range", b->processing_inputs.span,
                   "there are %zu inputs%s; expected at most %d", b->processing_inputs.n,
                   b->main.set ? " and the script" : "", INPUTS);
    if (oc && oc->outputs.n > INPUTS)
        diag_error(ds, "out-of-range", oc->outputs.span,
                   "there are %zu outputs; expected at most %d", oc->outputs.n, INPUTS);
}

/* ---- lowering ------------------------------------------------------------------------------- */

static const char CODE[] = "/opt/ml/processing/input/code";

static struct vstr local_path(struct plan *p, struct vstr given, const char *folder,
                              struct vstr name)
{
    if (!given.s.n)
        given.s = arena_printf(p->arena, "/opt/ml/processing/%s/%.*s", folder, STR(name.s));
    return given;
}

static void push_input(struct sm_worker *w, const struct processing *b, struct node *list,
                       const struct input *in)
{
    struct plan *p = w->p;
    struct input f = *in;
    const struct s3_input *deep = in->s3_input.p;
    const struct s3_data *data = deep ? deep->s3_data.p : NULL;
    if (deep) {
        f.s3_uri = deep->s3_uri;
        f.local_path = deep->local_path;
        f.s3_input_mode = deep->s3_input_mode;
        f.compression_type = deep->compression_type;
    }
    if (data) {
        f.distribution_type = data->distribution_type;
        f.type = data->type;
    }
    struct node *n = plan_map(p), *s3 = plan_map(p);
    sm_put(p, n, "InputName", f.input_name);
    sm_put(p, s3, "S3Uri", f.s3_uri);
    sm_put(p, s3, "LocalPath", local_path(p, f.local_path, "input", f.input_name));
    sm_put(p, s3, "S3DataType", sm_word(&f.type));
    sm_put(p, s3, "S3InputMode", sm_word(&f.s3_input_mode));
    sm_put(p, s3, "S3DataDistributionType", sm_word(&f.distribution_type));
    sm_put(p, s3, "S3CompressionType", sm_word(&f.compression_type));
    plan_put(p, n, "S3Input", s3);
    node_push(p->arena, list, n);
    sm_may_read(w, f.s3_uri, &b->read_access);
}

/* The script comes from the bundles' bucket, under a name that is its digest. */
static struct str push_script(struct sm_worker *w, const struct processing *b, struct node *list)
{
    struct plan *p = w->p;
    struct vstr path = b->main;
    path.s = path_clean(p->arena, path.s);
    const struct asset *script = plan_add_file_asset(p, path);
    struct node *key = plan_map(p), *parts = plan_list(p), *split = plan_map(p);
    struct node *last = plan_list(p), *select = plan_map(p);
    plan_put(p, key, "Key", plan_asset_key(p, script));
    struct node *uri = plan_sub_with(p, key, "s3://${AssetBucket}/${Key}");
    struct node *arn = plan_sub_with(p, key, "arn:${AWS::Partition}:s3:::${AssetBucket}/${Key}");
    node_push(p->arena, parts, plan_text(p, "/"));
    node_push(p->arena, parts, plan_asset_key(p, script));
    plan_put(p, split, "Fn::Split", parts);
    node_push(p->arena, last, plan_int(p, 1));
    node_push(p->arena, last, split);
    plan_put(p, select, "Fn::Select", last);
    struct str name = w->s->item.name.s;
    struct vstr where = {
        .s = plan_placeholder(p, plan_placeholder_name(p, name, "ScriptUri"), uri)->str
    };
    struct node *n = plan_map(p), *s3 = plan_map(p);
    plan_put_text(p, n, "InputName", "code");
    sm_put(p, s3, "S3Uri", where);
    plan_put_text(p, s3, "LocalPath", CODE);
    plan_put_text(p, s3, "S3DataType", "S3Prefix");
    plan_put_text(p, s3, "S3InputMode", "File");
    plan_put(p, n, "S3Input", s3);
    node_push(p->arena, list, n);
    sm_may_fetch(w, plan_sub(p, "arn:${AWS::Partition}:s3:::${AssetBucket}"), arn);
    struct str file =
        plan_placeholder(p, plan_placeholder_name(p, name, "ScriptName"), select)->str;
    return arena_printf(p->arena, "%s/%.*s", CODE, STR(file));
}

static void put_app(struct sm_worker *w, const struct processing *b, struct node *params,
                    struct str script)
{
    struct plan *p = w->p;
    const struct app *app = b->app_specification.p;
    struct node *n = plan_map(p);
    bool own = app && (app->container_image.set || app->assets.p || app->ecr_repository.p);
    struct sm_image image = own ? sm_own_image(p, w->s->item.name, app->assets.p,
                                               app->ecr_repository.p, app->container_image)
                                : sm_script_image(p, b->main.span, "1.2-1");
    sm_put(p, n, "ImageUri", image.uri);
    sm_may_pull(w, image);
    if (app && app->container_entrypoint.n) {
        sm_put_list(p, n, "ContainerEntrypoint", &app->container_entrypoint);
    } else if (script.n) {
        struct node *command = plan_list(p);
        node_push(p->arena, command, plan_text(p, "python3"));
        node_push(p->arena, command, plan_str(p, script));
        plan_put(p, n, "ContainerEntrypoint", command);
    }
    if (app)
        sm_put_list(p, n, "ContainerArguments", &app->container_arguments);
    plan_put(p, params, "AppSpecification", n);
}

static void put_outputs(struct sm_worker *w, const struct processing *b, struct node *params)
{
    const struct output_config *oc = b->processing_output_config.p;
    if (!oc)
        return;
    struct plan *p = w->p;
    struct node *config = plan_map(p), *list = plan_list(p);
    const struct output_of_job *out = oc->outputs.items;
    for (size_t i = 0; i < oc->outputs.n; i++) {
        const struct s3_output *deep = out[i].s3_output.p;
        struct vstr uri = deep ? deep->s3_uri : out[i].s3_uri;
        struct vstr path = deep ? deep->local_path : out[i].local_path;
        struct node *n = plan_map(p), *s3 = plan_map(p);
        sm_put(p, n, "OutputName", out[i].output_name);
        sm_put(p, s3, "S3Uri", uri);
        sm_put(p, s3, "LocalPath", local_path(p, path, "output", out[i].output_name));
        sm_put(p, s3, "S3UploadMode",
               sm_word(deep ? &deep->s3_upload_mode : &out[i].s3_upload_mode));
        plan_put(p, n, "S3Output", s3);
        node_push(p->arena, list, n);
        sm_may_write(w, uri, &b->write_access);
    }
    plan_put(p, config, "Outputs", list);
    sm_put(p, config, "KmsKeyId", oc->kms_key_id);
    sm_may_use_key(w, oc->kms_key_id);
    plan_put(p, params, "ProcessingOutputConfig", config);
}

static void put_cluster(struct sm_worker *w, const struct processing *b, struct node *params)
{
    static const struct cluster DEFAULT = { .instance_count = { .v = 1 },
                                            .volume_size = { .v = 35 },
                                            .instance_type = { .s = S_INIT("ml.m4.xlarge") } };
    struct plan *p = w->p;
    const struct resources *r = b->processing_resources.p;
    const struct cluster *c = r ? r->cluster_config.p : &DEFAULT;
    struct node *n = plan_map(p), *cluster = plan_map(p);
    sm_put_int(p, cluster, "InstanceCount", c->instance_count);
    sm_put(p, cluster, "InstanceType", c->instance_type);
    sm_put_int(p, cluster, "VolumeSizeInGB", c->volume_size);
    sm_put(p, cluster, "VolumeKmsKeyId", c->volume_kms_key_id);
    sm_may_use_key(w, c->volume_kms_key_id);
    plan_put(p, n, "ClusterConfig", cluster);
    plan_put(p, params, "ProcessingResources", n);
}

static void put_network(struct sm_worker *w, const struct network *net, struct node *params)
{
    if (!net)
        return;
    struct plan *p = w->p;
    struct node *n = plan_map(p);
    sm_put_true(p, n, "EnableInterContainerTrafficEncryption",
                net->enable_intercontainer_traffic_encryption);
    sm_put_true(p, n, "EnableNetworkIsolation", net->enable_network_isolation);
    sm_put_vpc(p, n, net->vpc_config.p);
    sm_may_join_network(w, net->vpc_config.p);
    plan_put(p, params, "NetworkConfig", n);
}

static void put_experiment(struct plan *p, const struct experiment *e, struct node *params)
{
    if (!e)
        return;
    struct node *n = plan_map(p);
    sm_put(p, n, "ExperimentName", e->experiment_name);
    sm_put(p, n, "TrialName", e->trial_name);
    sm_put(p, n, "TrialComponentDisplayName", e->trial_component_display_name);
    plan_put(p, params, "ExperimentConfig", n);
}

static void put_inputs(struct sm_worker *w, const struct processing *b, struct node *params,
                       struct str *script)
{
    struct node *list = plan_list(w->p);
    const struct input *in = b->processing_inputs.items;
    if (b->main.set)
        *script = push_script(w, b, list);
    for (size_t i = 0; i < b->processing_inputs.n; i++)
        push_input(w, b, list, &in[i]);
    if (list->seq.n)
        plan_put(w->p, params, "ProcessingInputs", list);
}

static void lower_processing(struct plan *p, const struct step *s)
{
    const struct processing *b = s->item.body;
    struct state *t =
        plan_add_task(p, s, "SageMaker Processing: ", "sagemaker:createProcessingJob.sync");
    struct sm_name name = sm_job_name(p, s, b->job_name, 63);
    const struct stopping *stop = b->stopping_condition.p;
    struct node *params = plan_map(p);
    struct str script = { 0 };
    sm_put(p, params, "ProcessingJobName", name.v);
    struct sm_worker w = sm_hire(p, s, params, "RoleArn", b->role, "the processing job");
    plan_own_role(p, &s->item, w.role);
    put_inputs(&w, b, params, &script);
    put_app(&w, b, params, script);
    put_outputs(&w, b, params);
    put_cluster(&w, b, params);
    if (b->environment.node)
        plan_put(p, params, "Environment", sm_texts(p, b->environment.node));
    put_network(&w, b->network_config.p, params);
    put_experiment(p, b->experiment_config.p, params);
    if (stop) {
        struct node *n = plan_map(p);
        sm_put_int(p, n, "MaxRuntimeInSeconds", stop->max_runtime);
        plan_put(p, params, "StoppingCondition", n);
    }
    sm_put_tags(p, params, b->tags.node);
    plan_put(p, t->body, "Parameters", params);
    sm_narrow_retry(p, s, t);
    sm_may_log(&w, "ProcessingJobs");
    sm_grant_job(p, s, "ProcessingJob", "processing-job", name.tail, "Processing");
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sagemaker_processing",
      .roles = ROLE_STEP,
      .doc = "Runs a script as a processing job.",
      .source = "SageMaker CreateProcessingJob",
      .example = "main: customcode/sagemaker_jobs/split.py\n"
                 "inputs: [{name: data, s3_uri: \"s3://my-bucket/flowers/\"}]\n"
                 "processing_output_config:\n"
                 "  outputs: [{name: train, s3_uri: \"s3://my-bucket/train/\"}]\n",
      .fields = &processing_fields,
      .check = check_processing,
      .lower_step = lower_processing },
};

const struct engine engine_sagemaker_processing = {
    .abi = ENGINE_ABI,
    .name = "sagemaker_processing",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
