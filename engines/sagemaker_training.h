/* What training and tuning jobs have in common: algorithm, machines, input, output.
 * sagemaker_training.c holds it. */
#ifndef ENGINES_SAGEMAKER_TRAINING_H
#define ENGINES_SAGEMAKER_TRAINING_H

#include "sagemaker_models.h"

/* The members; a step's struct has them first, in a union with struct sm_training. */
#define SM_TRAINING_MEMBERS                                                                \
    struct vobj algorithm; /* struct sm_algorithm */                                       \
    struct vobjs resources, channels;                                                      \
    struct vobj training_input_from_path, input_data, output_data_path, vpc_config, model; \
    struct vstr resource_ref, input_paths_from_input, s3_output_path, output_kms_key,      \
        ext_job_name, role, checkpoint_s3_uri;                                             \
    struct vint max_runtime, max_wait;                                                     \
    struct vbool enable_managed_spot_training, enable_network_isolation,                   \
        enable_inter_container_traffic_encryption;                                         \
    struct vany environment, tags;                                                         \
    struct vstrs read_access, write_access

struct sm_training {
    SM_TRAINING_MEMBERS;
};
#define SM_TRAINING              \
    union {                      \
        struct sm_training job;  \
        struct {                 \
            SM_TRAINING_MEMBERS; \
        };                       \
    }

extern const struct fields sm_resource_fields, sm_channel_fields, sm_input_paths_fields,
    sm_input_data_fields, sm_behind_fields;

/* Their rows, for FIELDS of struct T. */
#define SM_TRAINING_ROWS(T)                                                                        \
    FIELD_OBJ(T, algorithm, .required = true, .sub = &sm_algorithm_fields, .doc = "What runs."),   \
        FIELD_OBJS(T, resources, .sub = &sm_resource_fields,                                       \
                   .doc = "Machines to run on, by name; one ml.m5.2xlarge by default."),           \
        FIELD_STR(T, resource_ref, .doc = "Which of the resources, if there are several."),        \
        FIELD_OBJ(T, training_input_from_path, .sub = &sm_input_paths_fields,                      \
                  .doc = "Input whose places are known at run time."),                             \
        FIELD_STR(T, input_paths_from_input, .runtime = true, .example = "$.channels",             \
                  .doc = "Path to the whole InputDataConfig."),                                    \
        FIELD_OBJ(T, input_data, .sub = &sm_input_data_fields, .doc = "Input in one bucket."),     \
        FIELD_OBJS(T, channels, .sub = &sm_channel_fields, .doc = "Any other input channels.",     \
                   .source = "SageMaker Channel"),                                                 \
        FIELD_STR(T, s3_output_path, .runtime = true, .aliases = WORDS("output_path_from_input"),  \
                  .check = sm_check_uri, .example = "$.training_output",                           \
                  .doc = "Where the model goes: a URI, or the path to one."),                      \
        FIELD_OBJ(T, output_data_path, .sub = &sm_place_fields,                                    \
                  .doc = "Where the model goes, by bucket and key."),                              \
        FIELD_STR(T, output_kms_key, .runtime = true, .aliases = WORDS("kms_key_id"),              \
                  .doc = "Key that encrypts the model."),                                          \
        FIELD_INT(T, max_runtime, .unit = "seconds", .min = 1, .max = 2419200, .runtime = true,    \
                  .dflt = "108000", .doc = "Stop the job after this long.",                        \
                  .source = "SageMaker StoppingCondition, MaxRuntimeInSeconds"),                   \
        FIELD_INT(T, max_wait, .unit = "seconds", .min = 1, .max = 2419200, .runtime = true,       \
                  .doc = "Spot: wait and run no longer than this together.",                       \
                  .source = "SageMaker StoppingCondition, MaxWaitTimeInSeconds"),                  \
        FIELD_BOOL(T, enable_managed_spot_training, .dflt = "false", .aliases = WORDS("use_spot"), \
                   .doc = "Run on spot capacity."),                                                \
        FIELD_STR(T, checkpoint_s3_uri, .runtime = true, .check = sm_check_uri,                    \
                  .doc = "Where checkpoints go, and come from."),                                  \
        FIELD_BOOL(T, enable_network_isolation, .dflt = "false",                                   \
                   .doc = "Let the job reach nobody."),                                            \
        FIELD_BOOL(T, enable_inter_container_traffic_encryption, .dflt = "false",                  \
                   .aliases = WORDS("enable_intercontainer_traffic_encryption"),                   \
                   .doc = "Encrypt what its machines say to each other."),                         \
        FIELD_OBJ(T, vpc_config, .sub = &sm_vpc_fields, .doc = "Network that it joins."),          \
        FIELD_MAP(T, environment, .check = sm_check_texts, .doc = "Environment variables."),       \
        FIELD_STR(T, ext_job_name, .runtime = true, .check = sm_check_name,                        \
                  .aliases = WORDS("job_name"), .example = "$.job_name",                           \
                  .doc = "The job's name; a new one for each execution by default."),              \
        FIELD_STR(T, role, .runtime = true, .min = 20, .max = 2048,                                \
                  .doc = "ARN of an existing role in place of one of its own."),                   \
        FIELD_STRS(T, read_access, .check = sm_check_uri, .example = "[\"s3://data/\"]",           \
                   .doc = "Further places in S3 that it may read: what a manifest names, or what " \
                          "is only known at run time."),                                           \
        FIELD_STRS(T, write_access, .check = sm_check_uri, .example = "[\"s3://models/\"]",        \
                   .doc = "Places in S3 where the model may go, if only known at run time."),      \
        FIELD_MAP(T, tags, .check = sm_check_texts, .doc = "Tags, besides the stage's."),          \
        FIELD_OBJ(T, model, .sub = &sm_behind_fields, .doc = "Make a model of the result.")

/* Reports what does not fit together. */
void sm_check_training(struct diags *ds, const struct item *it, const struct sm_training *b);

/* A job that trains, or the definition of those that a tuning job starts: fills `params` with all
 * but name, hyperparameters and tags. */
struct sm_worker sm_fill_training(struct plan *p, const struct step *s, const struct sm_training *b,
                                  struct node *params, const char *noun);
/* Makes the step's `model:`, if it has one, of the archive whose URI is `data` in what the step put
 * at `result`. */
void sm_add_model_behind(struct plan *p, const struct step *s, const struct sm_training *b,
                         struct str result, const char *data);

#endif
