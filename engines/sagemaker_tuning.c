/* Amazon SageMaker hyperparameter tuning. Written from the SageMaker API reference
 * (CreateHyperParameterTuningJob, HyperParameterTuningJobConfig, ParameterRanges) and the developer
 * guide ("Hyperparameter tuning strategies"). */
#include "sagemaker_training.h"

/* ---- fields --------------------------------------------------------------------------------- */

struct objective {
    struct venum type;
    struct vstr metric;
};
struct limits {
    struct vint nb_of_training_jobs, max_parallel_training_jobs, max_runtime;
};
struct range {
    struct vstr name;
    struct venum type, scaling_type;
    struct vany min_value, max_value, values;
};
struct hyperband {
    struct vint min_resource, max_resource;
};
struct warm_start {
    struct venum type;
    struct vstrs parents;
};
struct tuning {
    SM_TRAINING;
    struct venum strategy, early_stopping;
    struct vobj objective, resource_limits, hyperband, warm_start;
    struct vobjs parameter_ranges; /* of struct range */
    struct vany static_hyperparameters;
    struct vint random_seed;
    struct vbool best_model;
    struct vstr best_model_path, hpo_result_path;
};
enum strategy { BAYESIAN, RANDOM, HYPERBAND, GRID };
enum range_type { CONTINUOUS, INTEGER, CATEGORY, CATEGORICAL };

#define F(kind, name, ...) FIELD_##kind(struct objective, name, __VA_ARGS__)
static const struct field objective_rows[] = {
    F(ENUM, type, .required = true, .values = WORDS("Minimize", "Maximize"), .any_case = true,
      .doc = "Which way is better."),
    F(STR, metric, .required = true, .min = 1, .max = 255, .aliases = WORDS("metric_name"),
      .example = "\"validation:merror\"", .doc = "The metric."),
};
#undef F
static const struct fields objective_fields =
    FIELDS(struct objective, "objective", objective_rows, .doc = "What to look for.");

#define F(kind, name, ...) FIELD_##kind(struct limits, name, __VA_ARGS__)
static const struct field limits_rows[] = {
    F(INT, nb_of_training_jobs, .min = 1, .max = 750, .runtime = true,
      .aliases = WORDS("max_number_of_training_jobs"), .doc = "How many jobs at most.",
      .source = "SageMaker ResourceLimits, MaxNumberOfTrainingJobs"),
    F(INT, max_parallel_training_jobs, .min = 1, .max = 100, .runtime = true, .dflt = "1",
      .doc = "How many of them at a time."),
    F(INT, max_runtime, .unit = "seconds", .min = 120, .max = 15768000, .runtime = true,
      .aliases = WORDS("max_runtime_in_seconds"), .doc = "Stop the tuning after this long.",
      .source = "SageMaker ResourceLimits, MaxRuntimeInSeconds"),
};
#undef F
static const struct fields limits_fields =
    FIELDS(struct limits, "resource_limits", limits_rows, .doc = "How much to try.");

#define F(kind, name, ...) FIELD_##kind(struct range, name, __VA_ARGS__)
static const struct field range_rows[] = {
    F(STR, name, .required = true, .max = 256, .doc = "The hyperparameter."),
    F(ENUM, type, .required = true,
      .values = WORDS("continuous", "integer", "category", "categorical"), .any_case = true,
      .doc = "Kind of its values."),
    F(ANY, min_value, .doc = "Smallest value of a number."),
    F(ANY, max_value, .doc = "Largest value of a number."),
    F(ENUM, scaling_type, .values = WORDS("Auto", "Linear", "Logarithmic", "ReverseLogarithmic"),
      .dflt = "Auto", .any_case = true, .doc = "How to go through a number's range.",
      .source = "SageMaker ContinuousParameterRange, ScalingType"),
    F(ANY, values, .doc = "category: the values to try, at most 30."),
};
#undef F
static const struct fields range_fields =
    FIELDS(struct range, "parameter range", range_rows, .doc = "A hyperparameter to vary.");

#define F(kind, name, ...) FIELD_##kind(struct hyperband, name, __VA_ARGS__)
static const struct field hyperband_rows[] = {
    F(INT, min_resource, .min = 1, .max = INT32_MAX, .runtime = true,
      .doc = "Epochs that every job may use before it may be stopped."),
    F(INT, max_resource, .min = 1, .max = INT32_MAX, .runtime = true,
      .doc = "Epochs that a job may use at most."),
};
#undef F
static const struct fields hyperband_fields =
    FIELDS(struct hyperband, "hyperband", hyperband_rows, .doc = "Bounds of Hyperband.");

#define F(kind, name, ...) FIELD_##kind(struct warm_start, name, __VA_ARGS__)
static const struct field warm_start_rows[] = {
    F(ENUM, type, .required = true,
      .values = WORDS("IdenticalDataAndAlgorithm", "TransferLearning"),
      .doc = "What it has in common with its parents."),
    F(STRS, parents, .required = true, .doc = "Tuning jobs to learn from, one to five."),
};
#undef F
static const struct fields warm_start_fields =
    FIELDS(struct warm_start, "warm_start", warm_start_rows, .doc = "Earlier tuning jobs.");

#define F(kind, name, ...) FIELD_##kind(struct tuning, name, __VA_ARGS__)
static const struct field tuning_rows[] = {
    SM_TRAINING_ROWS(struct tuning),
    F(ENUM, strategy, .values = WORDS("Bayesian", "Random", "Hyperband", "Grid"),
      .dflt = "Bayesian", .any_case = true, .doc = "How to choose what to try.",
      .source = "SageMaker HyperParameterTuningJobConfig, Strategy"),
    F(OBJ, objective, .required = true, .sub = &objective_fields, .doc = "What to look for."),
    F(OBJ, resource_limits, .sub = &limits_fields, .doc = "How much to try."),
    F(OBJS, parameter_ranges, .required = true, .sub = &range_fields,
      .doc = "Hyperparameters to vary, at most 30."),
    F(ANY, static_hyperparameters, .example = "{num_class: 3}",
      .doc = "Hyperparameters that stay: a map, or a list of {name, value}."),
    F(ENUM, early_stopping, .values = WORDS("Off", "Auto"), .any_case = true,
      .aliases = WORDS("training_job_early_stopping_type"),
      .doc = "Auto: stop jobs that promise no better result.",
      .source = "SageMaker HyperParameterTuningJobConfig, TrainingJobEarlyStoppingType"),
    F(OBJ, hyperband, .sub = &hyperband_fields, .doc = "Bounds of the strategy Hyperband."),
    F(INT, random_seed, .min = 0, .max = INT32_MAX, .runtime = true,
      .doc = "For tuning that can be repeated."),
    F(OBJ, warm_start, .sub = &warm_start_fields, .doc = "Learn from earlier tuning jobs."),
    F(STR, hpo_result_path, .runtime = true, .dflt = "$.hpo",
      .doc = "Where the job's description goes, if result_path does not say."),
    F(BOOL, best_model, .dflt = "true",
      .doc =
          "Look up the best training job: {path, training_job_name}, path being its model's URI."),
    F(STR, best_model_path, .runtime = true, .example = "$.best",
      .doc = "Where that goes; best_model below the result by default."),
};
#undef F
static const struct fields tuning_fields =
    FIELDS(struct tuning, "sagemaker_hpo", tuning_rows, .doc = "Tunes hyperparameters.");

/* ---- checks --------------------------------------------------------------------------------- */

static bool is_category(const struct range *r)
{
    return r->type.v == CATEGORY || r->type.v == CATEGORICAL;
}

static bool is_number(const struct node *n)
{
    if (n->kind == NODE_STR) /* text that somebody else reads as a number, or a run-time path */
        return n->str.n &&
               (text_is_runtime_path(n->str) || ascii_is_digit(n->str.p[n->str.n - 1]) ||
                n->str.p[n->str.n - 1] == '.');
    return n->kind == NODE_INT || n->kind == NODE_FLOAT;
}

static double number_of(const struct node *n)
{
    return n->kind == NODE_INT ? (double)n->integer : n->number;
}

static void check_bound(struct diags *ds, const struct range *r, const struct node *n,
                        const char *key)
{
    if (!n)
        diag_error(ds, "missing-key", r->name.span, "'%.*s' has no '%s'", STR(r->name.s), key);
    else if (!is_number(n))
        diag_error(ds, "wrong-type", n->span, "'%s' is %s; expected a number", key,
                   node_kind_name(n));
    else if (r->type.v == INTEGER && n->kind == NODE_FLOAT)
        diag_error(ds, "wrong-type", n->span, "'%s' of an integer is not whole", key);
}

static void check_numbers(struct diags *ds, const struct range *r)
{
    const struct node *min = r->min_value.node, *max = r->max_value.node;
    check_bound(ds, r, min, "min_value");
    check_bound(ds, r, max, "max_value");
    if (r->values.node)
        diag_error(ds, "conflict", r->values.node->span, "'values' are for categories");
    if (min && max && min->kind != NODE_STR && max->kind != NODE_STR && is_number(min) &&
        is_number(max) && number_of(min) > number_of(max))
        diag_error(ds, "out-of-range", max->span, "'max_value' is less than 'min_value'");
    if (r->scaling_type.v >= 2 && min && min->kind != NODE_STR && is_number(min) &&
        number_of(min) <= 0 && r->scaling_type.v == 2)
        diag_error(ds, "out-of-range", min->span, "a logarithmic range begins above 0");
}

enum { CATEGORY_VALUES = 30, RANGES = 30 };

static void check_values(struct diags *ds, const struct range *r)
{
    const struct node *v = r->values.node;
    if (!v || v->kind != NODE_SEQ || !v->seq.n) {
        struct diag *d =
            diag_error(ds, v ? "wrong-type" : "missing-key", v ? v->span : r->name.span,
                       "category '%.*s' has no 'values'", STR(r->name.s));
        diag_help(d, "for example 'values: [a, b]'");
        return;
    }
    if (v->seq.n > CATEGORY_VALUES)
        diag_error(ds, "out-of-range", v->span, "there are %u values; expected at most %d",
                   v->seq.n, CATEGORY_VALUES);
    for (size_t i = 0; i < v->seq.n; i++) {
        const struct node *n = v->seq.items[i];
        if (n->kind == NODE_MAP || n->kind == NODE_SEQ || n->kind == NODE_NULL)
            diag_error(ds, "wrong-type", n->span, "a value is %s; expected a string or a number",
                       node_kind_name(n));
    }
    if (r->min_value.node || r->max_value.node)
        diag_error(ds, "conflict", r->name.span, "category '%.*s' has 'values', no bounds",
                   STR(r->name.s));
}

static void check_strategy(struct diags *ds, const struct tuning *t)
{
    const struct range *r = t->parameter_ranges.items;
    const struct limits *l = t->resource_limits.p;
    for (size_t i = 0; t->strategy.v == GRID && i < t->parameter_ranges.n; i++)
        if (!is_category(&r[i])) {
            struct diag *d = diag_error(ds, "conflict", r[i].type.span,
                                        "the strategy Grid tries categories only");
            diag_help(d, "list the values: 'type: category' and 'values: […]'");
            break;
        }
    if (t->strategy.v != GRID && !(l && (l->nb_of_training_jobs.set || l->max_runtime.set))) {
        struct diag *d =
            diag_error(ds, "missing-key", l ? t->resource_limits.span : t->objective.span,
                       "nothing says how much to try");
        diag_help(d, "for example 'resource_limits: {nb_of_training_jobs: 20}'");
    }
    if (t->hyperband.p && t->strategy.v != HYPERBAND)
        diag_error(ds, "conflict", t->hyperband.span, "'hyperband' is for the strategy Hyperband");
    if (t->strategy.v == HYPERBAND && t->early_stopping.v == 1) {
        struct diag *d = diag_error(ds, "conflict", t->early_stopping.span,
                                    "Hyperband stops jobs in its own way");
        diag_help(d, "leave 'early_stopping' out");
    }
}

/* A list of {name, value} as well as a map. */
static void check_static(struct diags *ds, const struct node *n)
{
    bool good = !n || n->kind == NODE_MAP || n->kind == NODE_SEQ;
    for (size_t i = 0; good && n && n->kind == NODE_SEQ && i < n->seq.n; i++) {
        const struct node *name = node_get(n->seq.items[i], S("name"));
        const struct node *value = node_get(n->seq.items[i], S("value"));
        good = name && name->kind == NODE_STR && value && value->kind != NODE_MAP &&
               value->kind != NODE_SEQ && value->kind != NODE_NULL;
        if (!good)
            n = n->seq.items[i];
    }
    for (size_t i = 0; good && n && n->kind == NODE_MAP && i < n->map.n; i++) {
        const struct node *value = n->map.entries[i].value;
        good = value->kind != NODE_MAP && value->kind != NODE_SEQ && value->kind != NODE_NULL;
        if (!good)
            n = value;
    }
    if (good)
        return;
    struct diag *d = diag_error(ds, "wrong-type", n->span,
                                "static hyperparameters are a map of strings and numbers, or a "
                                "list of names and values");
    diag_help(d, "for example 'static_hyperparameters: {num_class: 3}'");
}

static void check_tuning(struct diags *ds, const struct item *it)
{
    const struct tuning *t = it->body;
    const struct range *r = t->parameter_ranges.items;
    sm_check_training(ds, it, &t->job);
    if (!t->parameter_ranges.n || t->parameter_ranges.n > RANGES)
        diag_error(ds, "out-of-range", t->parameter_ranges.span,
                   "there are %zu parameter ranges; expected 1 to %d", t->parameter_ranges.n,
                   RANGES);
    for (size_t i = 0; i < t->parameter_ranges.n; i++)
        if (is_category(&r[i]))
            check_values(ds, &r[i]);
        else
            check_numbers(ds, &r[i]);
    check_static(ds, t->static_hyperparameters.node);
    check_strategy(ds, t);
    if (!t->best_model.v && (t->model.p || t->best_model_path.set))
        diag_error(ds, "conflict", t->best_model.span, "'best_model' is off, but '%s' needs it",
                   t->model.p ? "model" : "best_model_path");
    if (t->ext_job_name.set && !t->ext_job_name.runtime && t->ext_job_name.s.n > 32)
        diag_error(ds, "out-of-range", t->ext_job_name.span,
                   "the name of a tuning job has %zu characters; expected at most 32",
                   t->ext_job_name.s.n);
}

/* ---- lowering ------------------------------------------------------------------------------- */

static void put_text(struct plan *p, struct node *map, const char *key, const struct node *scalar)
{
    struct str text = sm_text(p, scalar);
    sm_put(p, map, key,
           (struct vstr){ .s = text, .span = scalar->span, .runtime = text_is_runtime_path(text) });
}

static struct node *range_node(struct plan *p, const struct range *r)
{
    struct node *n = plan_map(p);
    sm_put(p, n, "Name", r->name);
    if (is_category(r)) {
        struct node *values = plan_list(p);
        for (size_t i = 0; i < r->values.node->seq.n; i++)
            node_push(p->arena, values, plan_str(p, sm_text(p, r->values.node->seq.items[i])));
        plan_put(p, n, "Values", values);
    } else {
        put_text(p, n, "MinValue", r->min_value.node);
        put_text(p, n, "MaxValue", r->max_value.node);
        plan_put(p, n, "ScalingType", plan_str(p, r->scaling_type.s));
    }
    return n;
}

static struct node *ranges_node(struct plan *p, const struct tuning *b)
{
    const struct range *r = b->parameter_ranges.items;
    struct node *continuous = plan_list(p), *integer = plan_list(p), *category = plan_list(p);
    struct node *n = plan_map(p);
    for (size_t i = 0; i < b->parameter_ranges.n; i++)
        node_push(p->arena,
                  is_category(&r[i])          ? category
                  : r[i].type.v == CONTINUOUS ? continuous
                                              : integer,
                  range_node(p, &r[i]));
    if (continuous->seq.n)
        plan_put(p, n, "ContinuousParameterRanges", continuous);
    if (integer->seq.n)
        plan_put(p, n, "IntegerParameterRanges", integer);
    if (category->seq.n)
        plan_put(p, n, "CategoricalParameterRanges", category);
    return n;
}

static struct node *limits_node(struct plan *p, const struct limits *l)
{
    struct node *n = plan_map(p);
    static const struct limits DEFAULT = { .max_parallel_training_jobs = { .v = 1 } };
    if (!l)
        l = &DEFAULT;
    sm_put_int(p, n, "MaxNumberOfTrainingJobs", l->nb_of_training_jobs);
    sm_put_int(p, n, "MaxParallelTrainingJobs", l->max_parallel_training_jobs);
    sm_put_int(p, n, "MaxRuntimeInSeconds", l->max_runtime);
    return n;
}

static struct node *config_node(struct plan *p, const struct tuning *b)
{
    const struct objective *o = b->objective.p;
    const struct hyperband *h = b->hyperband.p;
    struct node *n = plan_map(p), *objective = plan_map(p);
    plan_put(p, n, "Strategy", plan_str(p, b->strategy.s));
    if (h) {
        struct node *bounds = plan_map(p), *config = plan_map(p);
        sm_put_int(p, bounds, "MinResource", h->min_resource);
        sm_put_int(p, bounds, "MaxResource", h->max_resource);
        plan_put(p, config, "HyperbandStrategyConfig", bounds);
        plan_put(p, n, "StrategyConfig", config);
    }
    plan_put(p, objective, "Type", plan_str(p, o->type.s));
    sm_put(p, objective, "MetricName", o->metric);
    plan_put(p, n, "HyperParameterTuningJobObjective", objective);
    plan_put(p, n, "ResourceLimits", limits_node(p, b->resource_limits.p));
    plan_put(p, n, "ParameterRanges", ranges_node(p, b));
    if (b->early_stopping.set)
        plan_put(p, n, "TrainingJobEarlyStoppingType", plan_str(p, b->early_stopping.s));
    if (b->random_seed.path.n)
        sm_put_int(p, n, "RandomSeed", b->random_seed);
    else if (b->random_seed.set)
        plan_put(p, n, "RandomSeed", plan_int(p, b->random_seed.v));
    return n;
}

static struct node *static_node(struct plan *p, const struct node *given)
{
    if (!given || given->kind == NODE_MAP)
        return sm_texts(p, given ? given : plan_map(p));
    struct node *map = node_map(p->arena, given->span);
    for (size_t i = 0; i < given->seq.n; i++) {
        const struct node *name = node_get(given->seq.items[i], S("name"));
        node_put(p->arena, map, name->str, name->span, node_get(given->seq.items[i], S("value")));
    }
    return sm_texts(p, map);
}

static void put_warm_start(struct plan *p, struct node *params, const struct warm_start *ws)
{
    if (!ws)
        return;
    struct node *n = plan_map(p), *parents = plan_list(p);
    for (size_t i = 0; i < ws->parents.n; i++) {
        struct node *parent = plan_map(p);
        sm_put(p, parent, "HyperParameterTuningJobName", ws->parents.items[i]);
        node_push(p->arena, parents, parent);
    }
    plan_put(p, n, "ParentHyperParameterTuningJobs", parents);
    plan_put(p, n, "WarmStartType", plan_str(p, ws->type.s));
    plan_put(p, params, "WarmStartConfig", n);
}

/* The tuning's result names the best training job; that job knows where its model is. Returns where
 * this is stored, empty where nothing is. */
static struct str add_best_model(struct plan *p, const struct step *s, const struct tuning *b,
                                 struct str result, const struct sm_name *name)
{
    bool wanted = b->model.p || b->best_model_path.set || b->best_model.set;
    if (!b->best_model.v || (!result.n && !wanted))
        return (struct str){ 0 };
    if (!result.n || s->common.result_selector.node) {
        struct diag *d = diag_error(p->ds, "conflict", s->item.name.span,
                                    "the best model of '%.*s' is found by its result, which is %s",
                                    STR(s->item.name.s), result.n ? "not kept whole" : "dropped");
        diag_help(d, "leave out '%s', or write 'best_model: false'",
                  result.n ? "result_selector" : "result_path");
        return (struct str){ 0 };
    }
    struct state *t = plan_add_helper_task(p, s, "SageMaker: Find Best Model ",
                                           "aws-sdk:sagemaker:describeTrainingJob");
    struct vstr best = { .s = sm_below(p, result, "BestTrainingJob.TrainingJobName"),
                         .runtime = true };
    task_arg(p, t, "TrainingJobName", best);
    struct node *selector = plan_map(p);
    plan_put_text(p, selector, "path.$", "$.ModelArtifacts.S3ModelArtifacts");
    plan_put_text(p, selector, "training_job_name.$", "$.TrainingJobName");
    plan_put(p, t->body, "ResultSelector", selector);
    struct str path =
        b->best_model_path.set ? b->best_model_path.s : sm_below(p, result, "best_model");
    plan_put(p, t->body, "ResultPath", plan_str(p, path));
    /* Jobs of a tuning are called <its name>-<number>-<digits>. */
    struct str tail = str_ends(name->tail, S("*"))
                          ? name->tail
                          : arena_printf(p->arena, "%.*s-*", STR(name->tail));
    sm_grant(p, s, "DescribeTrainingJob", "training-job", tail, "looks for its best model");
    return path;
}

static void lower_tuning(struct plan *p, const struct step *s)
{
    const struct tuning *b = s->item.body;
    struct state *t =
        plan_add_task(p, s, "SageMaker HPO: ", "sagemaker:createHyperParameterTuningJob.sync");
    struct str result = sm_result_path(p, s, t, b->hpo_result_path);
    struct sm_name name = sm_job_name(p, s, b->ext_job_name, 32);
    struct node *params = plan_map(p), *definition = plan_map(p);
    sm_put(p, params, "HyperParameterTuningJobName", name.v);
    plan_put(p, params, "HyperParameterTuningJobConfig", config_node(p, b));
    sm_fill_training(p, s, &b->job, definition, "the tuning job");
    struct node *fixed = static_node(p, b->static_hyperparameters.node);
    if (fixed->map.n)
        plan_put(p, definition, "StaticHyperParameters", fixed);
    plan_put(p, params, "TrainingJobDefinition", definition);
    put_warm_start(p, params, b->warm_start.p);
    sm_put_tags(p, params, b->tags.node);
    plan_put(p, t->body, "Parameters", params);
    sm_narrow_retry(p, s, t);
    sm_grant_job(p, s, "HyperParameterTuningJob", "hyper-parameter-tuning-job", name.tail,
                 "Tuning");
    struct str best = add_best_model(p, s, b, result, &name);
    if (best.n)
        sm_add_model_behind(p, s, &b->job, best, "path");
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sagemaker_hpo",
      .roles = ROLE_STEP,
      .doc = "Tunes hyperparameters, finds the best model, and makes it if asked to.",
      .source = "SageMaker CreateHyperParameterTuningJob",
      .example =
          "algorithm: {name: xgboost, version: 1.7-1}\n"
          "objective: {type: Minimize, metric: \"validation:rmse\"}\n"
          "resource_limits: {nb_of_training_jobs: 20, max_parallel_training_jobs: 4}\n"
          "parameter_ranges: [{name: max_depth, type: integer, min_value: 3, max_value: 8}]\n"
          "static_hyperparameters: {num_round: 20}\n"
          "channels: [{name: train, s3_uri: \"s3://my-bucket/train/\", content_type: text/csv}]\n"
          "s3_output_path: s3://my-bucket/models/\n",
      .fields = &tuning_fields,
      .check = check_tuning,
      .lower_step = lower_tuning },
};

const struct engine engine_sagemaker_tuning = {
    .abi = ENGINE_ABI,
    .name = "sagemaker_tuning",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
