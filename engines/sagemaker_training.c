/* Amazon SageMaker training jobs. Written from the SageMaker API reference (CreateTrainingJob,
 * Channel, ResourceConfig, StoppingCondition) and the Step Functions page on SageMaker. */
#include "sagemaker_training.h"

/* ---- machines ------------------------------------------------------------------------------- */

struct machines {
    struct vstr name, instance_type, volume_kms_key_id;
    struct vint instance_count, volume_size;
};

#define F(kind, name, ...) FIELD_##kind(struct machines, name, __VA_ARGS__)
static const struct field machines_rows[] = {
    F(STR, name, .doc = "Its name, for resource_ref."),
    F(INT, instance_count, .min = 1, .max = 10000, .runtime = true, .dflt = "1",
      .doc = "How many machines."),
    F(STR, instance_type, .runtime = true, .dflt = "ml.m5.2xlarge", .check = sm_check_instance,
      .doc = "Kind of machine.", .source = "SageMaker ResourceConfig, InstanceType"),
    F(INT, volume_size, .unit = "GB", .min = 1, .max = 16384, .runtime = true, .dflt = "30",
      .doc = "Disk of each machine.", .source = "SageMaker ResourceConfig, VolumeSizeInGB"),
    F(STR, volume_kms_key_id, .runtime = true, .aliases = WORDS("volume_kms_key"),
      .doc = "Key that encrypts the disks."),
};
#undef F
const struct fields sm_resource_fields =
    FIELDS(struct machines, "resource", machines_rows, .doc = "Machines that a job runs on.");

static const struct machines DEFAULT_MACHINES = {
    .instance_type = { .s = S_INIT("ml.m5.2xlarge") },
    .instance_count = { .v = 1 },
    .volume_size = { .v = 30 },
};

/* The one that resource_ref names. A name that fits none is no matter while there is only one. */
static const struct machines *find_machines(const struct sm_training *b)
{
    const struct machines *m = b->resources.items;
    for (size_t i = 0; i < b->resources.n; i++)
        if (b->resource_ref.set && str_eq(m[i].name.s, b->resource_ref.s))
            return &m[i];
    if (b->resources.n == 1)
        return m;
    return b->resources.n ? NULL : &DEFAULT_MACHINES;
}

static void check_machines(struct diags *ds, const struct item *it, const struct sm_training *b)
{
    const struct machines *m = b->resources.items, *found = find_machines(b);
    struct str names[32];
    size_t n = 0;
    for (; n < b->resources.n && n < sizeof names / sizeof *names; n++)
        names[n] = m[n].name.s;
    if (!found && !b->resource_ref.set) {
        struct diag *d =
            diag_error(ds, "missing-key", it->name.span,
                       "'%.*s' has several resources but no 'resource_ref'", STR(it->name.s));
        diag_help(d, "name the one to use, for example 'resource_ref: %.*s'", STR(names[0]));
    } else if (!found) {
        struct diag *d = diag_error(ds, "unknown-reference", b->resource_ref.span,
                                    "no resource is named '%.*s'", STR(b->resource_ref.s));
        diag_suggest(d, b->resource_ref.s, names, n);
    } else if (b->resource_ref.set && !str_eq(found->name.s, b->resource_ref.s)) {
        struct diag *d = diag_warning(ds, "unknown-reference", b->resource_ref.span,
                                      "no resource is named '%.*s'; %s", STR(b->resource_ref.s),
                                      n ? "the only one is used" : "one ml.m5.2xlarge is used");
        if (n && names[0].n)
            diag_help(d, "write 'resource_ref: %.*s', or leave it out", STR(names[0]));
    }
}

/* ---- input ---------------------------------------------------------------------------------- */

struct channel {
    struct vstr name, s3_uri, content_type;
    struct venum s3_data_type, s3_data_distribution_type, compression_type, record_wrapper_type,
        input_mode;
};

#define F(kind, name, ...) FIELD_##kind(struct channel, name, __VA_ARGS__)
static const struct field channel_rows[] = {
    F(STR, name, .required = true, .min = 1, .max = 64, .example = "train",
      .doc = "The channel's name."),
    F(STR, s3_uri, .required = true, .runtime = true, .check = sm_check_uri,
      .example = "s3://data/train/", .doc = "Where its data is."),
    F(STR, content_type, .runtime = true, .max = 256, .doc = "MIME type of the data."),
    F(ENUM, s3_data_type, .values = WORDS("S3Prefix", "ManifestFile", "AugmentedManifestFile"),
      .dflt = "S3Prefix", .doc = "What the URI names."),
    F(ENUM, s3_data_distribution_type, .values = WORDS("FullyReplicated", "ShardedByS3Key"),
      .aliases = WORDS("distribution_type"), .dflt = "FullyReplicated",
      .doc = "Whether each machine gets all of it."),
    F(ENUM, compression_type, .values = WORDS("None", "Gzip"), .doc = "How it is compressed."),
    F(ENUM, record_wrapper_type, .values = WORDS("None", "RecordIO"),
      .doc = "How records are to be wrapped."),
    F(ENUM, input_mode, .values = WORDS("File", "Pipe", "FastFile"),
      .doc = "How the job gets it, where that differs from the algorithm's mode."),
};
#undef F
const struct fields sm_channel_fields =
    FIELDS(struct channel, "channel", channel_rows, .doc = "A named input.");

struct input_paths {
    struct vstr content_type;
    struct vobj train_s3_uri, validation_s3_uri, test_s3_uri;
};

#define F(kind, name, ...) FIELD_##kind(struct input_paths, name, __VA_ARGS__)
static const struct field input_paths_rows[] = {
    F(STR, content_type, .runtime = true, .dflt = "text/csv", .doc = "MIME type of the data."),
    F(OBJ, train_s3_uri, .required = true, .sub = &sm_place_fields, .doc = "Channel 'train'."),
    F(OBJ, validation_s3_uri, .sub = &sm_place_fields, .doc = "Channel 'validation'."),
    F(OBJ, test_s3_uri, .sub = &sm_place_fields, .doc = "Channel 'test'."),
};
#undef F
const struct fields sm_input_paths_fields =
    FIELDS(struct input_paths, "training_input_from_path", input_paths_rows,
           .doc = "Input whose places are known at run time.");

struct prefix {
    struct vstr prefix_key;
};
#define F(kind, name, ...) FIELD_##kind(struct prefix, name, __VA_ARGS__)
static const struct field prefix_rows[] = {
    F(STR, prefix_key, .required = true, .runtime = true, .aliases = WORDS("key_prefix", "prefix"),
      .doc = "What the keys begin with."),
};
#undef F
static const struct fields prefix_fields =
    FIELDS(struct prefix, "data", prefix_rows, .doc = "A part of the bucket.");

struct input_data {
    struct vstr bucket, content_type;
    struct vobj training_data, validation_data, test_data; /* struct prefix */
};

#define F(kind, name, ...) FIELD_##kind(struct input_data, name, __VA_ARGS__)
static const struct field input_data_rows[] = {
    F(STR, bucket, .required = true, .runtime = true, .doc = "The bucket."),
    F(STR, content_type, .runtime = true, .dflt = "text/csv", .doc = "MIME type of the data."),
    F(OBJ, training_data, .required = true, .sub = &prefix_fields, .doc = "Channel 'train'."),
    F(OBJ, validation_data, .sub = &prefix_fields, .doc = "Channel 'validation'."),
    F(OBJ, test_data, .sub = &prefix_fields, .doc = "Channel 'test'."),
};
#undef F
const struct fields sm_input_data_fields =
    FIELDS(struct input_data, "input_data", input_data_rows, .doc = "Input in one bucket.");

static struct vstr text(const char *s)
{
    return (struct vstr){ .s = str_from(s) };
}

static void push_channel(struct sm_worker *w, const struct sm_training *b, struct node *channels,
                         const struct channel *c)
{
    struct plan *p = w->p;
    struct node *n = plan_map(p), *source = plan_map(p), *s3 = plan_map(p);
    sm_put(p, n, "ChannelName", c->name);
    sm_put(p, s3, "S3DataDistributionType", sm_word(&c->s3_data_distribution_type));
    sm_put(p, s3, "S3DataType", sm_word(&c->s3_data_type));
    sm_put(p, s3, "S3Uri", c->s3_uri);
    plan_put(p, source, "S3DataSource", s3);
    plan_put(p, n, "DataSource", source);
    sm_put(p, n, "ContentType", c->content_type);
    sm_put(p, n, "CompressionType", sm_word(&c->compression_type));
    sm_put(p, n, "RecordWrapperType", sm_word(&c->record_wrapper_type));
    sm_put(p, n, "InputMode", sm_word(&c->input_mode));
    node_push(p->arena, channels, n);
    sm_may_read(w, c->s3_uri, &b->read_access);
}

static void push_plain(struct sm_worker *w, const struct sm_training *b, struct node *channels,
                       const char *name, struct vstr uri, struct vstr content_type)
{
    struct channel c = { .name = text(name),
                         .s3_uri = uri,
                         .content_type = content_type,
                         .s3_data_type = { .s = S("S3Prefix") },
                         .s3_data_distribution_type = { .s = S("FullyReplicated") } };
    push_channel(w, b, channels, &c);
}

static void push_paths(struct sm_worker *w, const struct sm_training *b, struct node *channels)
{
    const struct input_paths *in = b->training_input_from_path.p;
    if (!in)
        return;
    const struct sm_place *places[] = { in->train_s3_uri.p, in->validation_s3_uri.p,
                                        in->test_s3_uri.p };
    static const char *const NAMES[] = { "train", "validation", "test" };
    for (size_t i = 0; i < 3; i++)
        if (places[i])
            push_plain(w, b, channels, NAMES[i],
                       sm_uri(w->p, places[i]->bucket, places[i]->prefix_key), in->content_type);
}

static void push_data(struct sm_worker *w, const struct sm_training *b, struct node *channels)
{
    const struct input_data *in = b->input_data.p;
    if (!in)
        return;
    const struct prefix *parts[] = { in->training_data.p, in->validation_data.p, in->test_data.p };
    static const char *const NAMES[] = { "train", "validation", "test" };
    for (size_t i = 0; i < 3; i++)
        if (parts[i])
            push_plain(w, b, channels, NAMES[i], sm_uri(w->p, in->bucket, parts[i]->prefix_key),
                       in->content_type);
}

static void put_input(struct sm_worker *w, const struct sm_training *b, struct node *params)
{
    if (b->input_paths_from_input.set) {
        sm_put(w->p, params, "InputDataConfig", b->input_paths_from_input);
        sm_may_read(w, b->input_paths_from_input, &b->read_access);
        return;
    }
    struct node *channels = plan_list(w->p);
    push_paths(w, b, channels);
    push_data(w, b, channels);
    const struct channel *c = b->channels.items;
    for (size_t i = 0; i < b->channels.n; i++)
        push_channel(w, b, channels, &c[i]);
    if (channels->seq.n)
        plan_put(w->p, params, "InputDataConfig", channels);
}

/* ---- checks --------------------------------------------------------------------------------- */

static void check_places(struct diags *ds, const struct item *it, const struct sm_training *b)
{
    const struct vobj *in[] = { &b->training_input_from_path, &b->input_data };
    int ways = (in[0]->p != NULL) + (in[1]->p != NULL) + b->input_paths_from_input.set;
    if (ways > 1)
        diag_error(ds, "conflict", it->name.span,
                   "'%.*s' has more than one of training_input_from_path, input_data and "
                   "input_paths_from_input",
                   STR(it->name.s));
    if (b->input_paths_from_input.set && b->channels.n)
        diag_error(ds, "conflict", b->channels.span,
                   "'input_paths_from_input' is all of the input; there can be no channels");
    if (b->input_paths_from_input.set && !b->input_paths_from_input.runtime)
        diag_error(ds, "bad-path", b->input_paths_from_input.span,
                   "'input_paths_from_input' is '%.*s'; expected a path like $.channels",
                   STR(b->input_paths_from_input.s));
    bool place = b->output_data_path.p != NULL;
    if (b->s3_output_path.set == place) {
        struct diag *d = diag_error(ds, place ? "conflict" : "missing-key", it->name.span,
                                    "'%.*s' has %s of 's3_output_path' and "
                                    "'output_data_path'",
                                    STR(it->name.s), place ? "both" : "none");
        diag_help(d, "for example 's3_output_path: s3://models/iris/'");
    }
}

void sm_check_training(struct diags *ds, const struct item *it, const struct sm_training *b)
{
    sm_check_algorithm(ds, b->algorithm.p, b->algorithm.span);
    check_machines(ds, it, b);
    check_places(ds, it, b);
    if (b->max_wait.set && !b->enable_managed_spot_training.v) {
        struct diag *d =
            diag_error(ds, "conflict", b->max_wait.span, "'max_wait' is for spot capacity");
        diag_help(d, "add 'enable_managed_spot_training: true'");
    }
    if (b->max_wait.v && b->max_runtime.v > b->max_wait.v)
        diag_error(ds, "conflict", b->max_wait.span,
                   "'max_wait' is shorter than 'max_runtime', which it includes");
}

/* ---- lowering ------------------------------------------------------------------------------- */

static void put_algorithm(struct sm_worker *w, const struct sm_training *b, struct node *params)
{
    struct plan *p = w->p;
    const struct sm_algorithm *a = b->algorithm.p;
    struct node *n = plan_map(p);
    struct sm_image image = sm_find_image(p, w->s->item.name, a);
    sm_put(p, n, "TrainingImage", image.uri);
    sm_put(p, n, "TrainingInputMode", sm_word(&a->training_input_mode));
    sm_may_pull(w, image);
    const struct sm_metric *m = a->metric_definitions.items;
    struct node *metrics = plan_list(p);
    for (size_t i = 0; i < a->metric_definitions.n; i++) {
        struct node *metric = plan_map(p);
        sm_put(p, metric, "Name", m[i].name);
        sm_put(p, metric, "Regex", m[i].regex);
        node_push(p->arena, metrics, metric);
    }
    if (metrics->seq.n)
        plan_put(p, n, "MetricDefinitions", metrics);
    plan_put(p, params, "AlgorithmSpecification", n);
}

static struct vstr output_of(struct plan *p, const struct sm_training *b)
{
    const struct sm_place *place = b->output_data_path.p;
    return place ? sm_uri(p, place->bucket, place->prefix_key) : b->s3_output_path;
}

static void put_output(struct sm_worker *w, const struct sm_training *b, struct node *params)
{
    struct plan *p = w->p;
    struct node *n = plan_map(p);
    struct vstr uri = output_of(p, b);
    sm_put(p, n, "S3OutputPath", uri);
    sm_put(p, n, "KmsKeyId", b->output_kms_key);
    plan_put(p, params, "OutputDataConfig", n);
    sm_may_write(w, uri, &b->write_access);
    sm_may_use_key(w, b->output_kms_key);
    if (!b->checkpoint_s3_uri.set)
        return;
    struct node *checkpoint = plan_map(p);
    sm_put(p, checkpoint, "S3Uri", b->checkpoint_s3_uri);
    plan_put(p, params, "CheckpointConfig", checkpoint);
    sm_may_read(w, b->checkpoint_s3_uri, &b->write_access);
    sm_may_write(w, b->checkpoint_s3_uri, &b->write_access);
}

static void put_machines(struct sm_worker *w, const struct sm_training *b, struct node *params)
{
    struct plan *p = w->p;
    const struct machines *m = find_machines(b);
    struct node *n = plan_map(p), *stop = plan_map(p);
    sm_put_int(p, n, "InstanceCount", m->instance_count);
    sm_put(p, n, "InstanceType", m->instance_type);
    sm_put_int(p, n, "VolumeSizeInGB", m->volume_size);
    sm_put(p, n, "VolumeKmsKeyId", m->volume_kms_key_id);
    plan_put(p, params, "ResourceConfig", n);
    sm_may_use_key(w, m->volume_kms_key_id);
    sm_put_int(p, stop, "MaxRuntimeInSeconds", b->max_runtime);
    sm_put_int(p, stop, "MaxWaitTimeInSeconds", b->max_wait);
    plan_put(p, params, "StoppingCondition", stop);
}

struct sm_worker sm_fill_training(struct plan *p, const struct step *s, const struct sm_training *b,
                                  struct node *params, const char *noun)
{
    struct node *role = plan_map(p);
    struct sm_worker w = sm_hire(p, s, role, "RoleArn", b->role, noun);
    plan_own_role(p, &s->item, w.role);
    put_algorithm(&w, b, params);
    node_put(p->arena, params, role->map.entries[0].key, role->map.entries[0].key_span,
             role->map.entries[0].value);
    put_input(&w, b, params);
    put_output(&w, b, params);
    put_machines(&w, b, params);
    sm_put_vpc(p, params, b->vpc_config.p);
    sm_put_true(p, params, "EnableManagedSpotTraining", b->enable_managed_spot_training);
    sm_put_true(p, params, "EnableNetworkIsolation", b->enable_network_isolation);
    sm_put_true(p, params, "EnableInterContainerTrafficEncryption",
                b->enable_inter_container_traffic_encryption);
    if (b->environment.node)
        plan_put(p, params, "Environment", sm_texts(p, b->environment.node));
    sm_may_log(&w, "TrainingJobs");
    sm_may_join_network(&w, b->vpc_config.p);
    return w;
}

/* ---- a model of the result ------------------------------------------------------------------ */

struct behind {
    struct vstr model_name, role;
    struct vbool enable_network_isolation;
    struct vobj vpc_config;
    struct vany environment;
};

#define F(kind, name, ...) FIELD_##kind(struct behind, name, __VA_ARGS__)
static const struct field behind_rows[] = {
    F(STR, model_name, .runtime = true, .aliases = WORDS("model_name_path"), .check = sm_check_name,
      .example = "\"$.model_name\"",
      .doc = "The model's name; <pipeline>-model-from-<name> by default."),
    F(STR, role, .runtime = true, .min = 20, .max = 2048,
      .doc = "ARN of an existing role in place of the one that the pipeline's models share."),
    F(BOOL, enable_network_isolation, .dflt = "false", .doc = "Let its containers reach nobody."),
    F(OBJ, vpc_config, .sub = &sm_vpc_fields, .doc = "Network that its containers join."),
    F(MAP, environment, .check = sm_check_texts, .doc = "Environment variables."),
};
#undef F
const struct fields sm_behind_fields =
    FIELDS(struct behind, "model", behind_rows, .doc = "A model of what was trained.");

void sm_add_model_behind(struct plan *p, const struct step *s, const struct sm_training *b,
                         struct str result, const char *data)
{
    const struct behind *m = b->model.p;
    if (!m)
        return;
    if (!result.n) {
        struct diag *d = diag_error(p->ds, "conflict", b->model.span,
                                    "the model needs the step's result, which is dropped");
        diag_help(d, "say where it goes, for example 'result_path: $.training'");
        return;
    }
    struct vstr place = output_of(p, b);
    if (!place.runtime && !str_ends(place.s, S("/")))
        place.s = arena_printf(p->arena, "%.*s/", STR(place.s));
    struct sm_model model = { .behind = true,
                              .name = m->model_name,
                              .role = m->role,
                              .image = sm_find_image(p, s->item.name, b->algorithm.p),
                              .data = { .s = sm_below(p, result, data),
                                        .span = place.span,
                                        .set = true,
                                        .runtime = true },
                              .place = place,
                              .isolated = m->enable_network_isolation,
                              .vpc = m->vpc_config.p,
                              .environment = m->environment.node,
                              .read_access = &b->write_access,
                              .tags = b->tags.node };
    sm_add_model(p, s, &model);
}

/* ---- training ------------------------------------------------------------------------------- */

struct experiment {
    struct vstr experiment_name, trial, trial_name;
};
struct training {
    SM_TRAINING;
    struct vany hyperparameters;
    struct vstr hyperparameters_from_path, training_result_path;
    struct vobj experiment;
    struct vint timeout;
};

#define F(kind, name, ...) FIELD_##kind(struct experiment, name, __VA_ARGS__)
static const struct field experiment_rows[] = {
    F(STR, experiment_name, .runtime = true, .max = 120, .doc = "The experiment."),
    F(STR, trial, .runtime = true, .max = 120, .aliases = WORDS("trial_component_display_name"),
      .doc = "Name under which the job is shown in it."),
    F(STR, trial_name, .runtime = true, .max = 120, .doc = "The trial that it belongs to."),
};
#undef F
static const struct fields experiment_fields =
    FIELDS(struct experiment, "experiment", experiment_rows, .doc = "Experiment of the job.");

#define F(kind, name, ...) FIELD_##kind(struct training, name, __VA_ARGS__)
static const struct field training_rows[] = {
    SM_TRAINING_ROWS(struct training),
    F(MAP, hyperparameters, .check = sm_check_texts, .example = "{max_depth: 5}",
      .doc = "Hyperparameters; SageMaker gets all of them as text."),
    F(STR, hyperparameters_from_path, .runtime = true, .example = "$.hyperparameters",
      .doc = "Path to all hyperparameters: a map of strings."),
    F(OBJ, experiment, .sub = &experiment_fields, .aliases = WORDS("experiment_config"),
      .doc = "Experiment that the job belongs to.", .source = "SageMaker ExperimentConfig"),
    F(STR, training_result_path, .runtime = true, .dflt = "$.training",
      .doc = "Where the job's description goes, if result_path does not say."),
    F(INT, timeout, .unit = "seconds", .min = 1, .max = 2419200, .runtime = true,
      .doc = "As max_runtime, and for the step as a whole."),
};
#undef F
static const struct fields training_fields =
    FIELDS(struct training, "sagemaker_training", training_rows, .doc = "Trains a model.");

static void check_training(struct diags *ds, const struct item *it)
{
    const struct training *t = it->body;
    sm_check_training(ds, it, &t->job);
    if (t->hyperparameters.node && t->hyperparameters_from_path.set)
        diag_error(ds, "conflict", t->hyperparameters_from_path.span,
                   "'hyperparameters' and 'hyperparameters_from_path' exclude each other");
}

static void put_experiment(struct plan *p, struct node *params, const struct experiment *e)
{
    if (!e)
        return;
    struct node *n = plan_map(p);
    sm_put(p, n, "ExperimentName", e->experiment_name);
    sm_put(p, n, "TrialName", e->trial_name);
    sm_put(p, n, "TrialComponentDisplayName", e->trial);
    plan_put(p, params, "ExperimentConfig", n);
}

static void lower_training(struct plan *p, const struct step *s)
{
    const struct training *b = s->item.body;
    struct state *t =
        plan_add_task(p, s, "SageMaker Training: ", "sagemaker:createTrainingJob.sync");
    struct str result = sm_result_path(p, s, t, b->training_result_path);
    struct sm_name name = sm_job_name(p, s, b->ext_job_name, 63);
    struct sm_training job = b->job;
    if (b->timeout.set && !b->max_runtime.set)
        job.max_runtime = b->timeout;
    struct node *params = plan_map(p);
    sm_put(p, params, "TrainingJobName", name.v);
    sm_fill_training(p, s, &job, params, "the training job");
    if (b->hyperparameters.node)
        plan_put(p, params, "HyperParameters", sm_texts(p, b->hyperparameters.node));
    sm_put(p, params, "HyperParameters", b->hyperparameters_from_path);
    put_experiment(p, params, b->experiment.p);
    sm_put_tags(p, params, b->tags.node);
    plan_put(p, t->body, "Parameters", params);
    sm_narrow_retry(p, s, t);
    sm_grant_job(p, s, "TrainingJob", "training-job", name.tail, "Training");
    sm_add_model_behind(p, s, &b->job, result, "ModelArtifacts.S3ModelArtifacts");
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sagemaker_training",
      .roles = ROLE_STEP,
      .doc = "Trains a model, and makes it if asked to.",
      .source = "SageMaker CreateTrainingJob",
      .example =
          "algorithm: {name: xgboost, version: 1.7-1}\n"
          "channels: [{name: train, s3_uri: \"s3://my-bucket/train/\", content_type: text/csv}]\n"
          "hyperparameters: {num_round: 20}\n"
          "s3_output_path: s3://my-bucket/models/\n",
      .fields = &training_fields,
      .check = check_training,
      .lower_step = lower_training },
};

const struct engine engine_sagemaker_training = {
    .abi = ENGINE_ABI,
    .name = "sagemaker_training",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
