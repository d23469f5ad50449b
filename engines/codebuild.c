/* AWS CodeBuild: the step that runs a build and waits for it.
 * Written from the CodeBuild API pages of StartBuild and StartBuildBatch and the Step Functions
 * page on CodeBuild. */
#include "model/checks.h"
#include "plan/plan.h"

struct build {
    struct vstr project, source_version, source_location, buildspec, image, compute_type;
    struct vany environment, secrets, parameters;
    struct vint build_timeout, queued_timeout;
    struct vbool batch, privileged, wait_for_completion;
};

#define F(kind, name, ...) FIELD_##kind(struct build, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, project, .check = check_names_one, .required = true, .runtime = true,
      .aliases = WORDS("project_name"), .example = "site", .doc = "The project: its name or ARN."),
    F(BOOL, batch, .dflt = "false", .doc = "Run the project's batch of builds.",
      .source = "StartBuildBatch"),
    F(STR, source_version, .runtime = true,
      .doc = "Commit, branch, tag or version of the source, in place of the project's."),
    F(STR, source_location, .runtime = true,
      .doc = "Where the source is, in place of the project's."),
    F(STR, buildspec, .runtime = true, .doc = "Build specification: its text or its path."),
    F(STR, image, .runtime = true, .doc = "Image that the build runs in."),
    F(STR, compute_type, .example = "BUILD_GENERAL1_SMALL", .doc = "Size of the machine."),
    F(MAP, environment, .check = check_texts, .example = "{STAGE: dev, RUN: $$.Execution.Name}",
      .doc = "Environment variables."),
    F(MAP, parameters, .check = check_texts,
      .doc = "Environment variables from SSM parameters, by "
             "their names."),
    F(MAP, secrets, .check = check_texts,
      .doc = "Environment variables from Secrets Manager: secret-id:json-key."),
    F(BOOL, privileged, .dflt = "false", .doc = "Let the build run containers itself."),
    F(INT, build_timeout, .runtime = true, .min = 5, .max = 2160, .unit = "minutes",
      .doc = "End the build after this long."),
    F(INT, queued_timeout, .runtime = true, .min = 5, .max = 480, .unit = "minutes",
      .doc = "Give up after this long in the queue."),
    F(BOOL, wait_for_completion, .dflt = "true", .doc = "Wait for the build to end."),
};
#undef F
static const struct fields fields =
    FIELDS(struct build, "codebuild", rows, .doc = "Runs a build in AWS CodeBuild.");

static void check_build(struct diags *ds, const struct item *it)
{
    const struct build *b = it->body;
    if (str_starts(b->project.s, S("arn:")) &&
        str_find(b->project.s, S(":project/"), 0) == SIZE_MAX)
        diag_error(ds, "bad-arn", b->project.span, "'%.*s' is no ARN of a project",
                   STR(b->project.s));
}

static void put_variables(struct plan *p, struct node *list, const struct node *map,
                          const char *type)
{
    struct node *more = plan_tags(p, map, "Name", "Value");
    for (size_t i = 0; more && i < more->seq.n; i++) {
        plan_put_text(p, more->seq.items[i], "Type", type);
        node_push(p->arena, list, more->seq.items[i]);
    }
}

/* Grants name the project: a build is allowed by what it builds. Source: Service authorization
 * reference, "Actions, resources, and condition keys for AWS CodeBuild". */
static void grant_build(struct plan *p, const struct step *s)
{
    const struct build *b = s->item.body;
    static const char *const ACTIONS[][3] = {
        { "codebuild:StartBuild", "codebuild:StopBuild", "codebuild:BatchGetBuilds" },
        { "codebuild:StartBuildBatch", "codebuild:StopBuildBatch",
          "codebuild:BatchGetBuildBatches" },
    };
    const char *const *actions = ACTIONS[b->batch.v];
    struct node *project =
        str_starts(b->project.s, S("arn:"))
            ? plan_str(p, b->project.s)
            : plan_sub(p,
                       "arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:"
                       "project/%.*s",
                       STR(b->project.runtime ? S("*") : b->project.s));
    plan_grant(p, s, actions[0], project, "starts a build");
    if (!b->wait_for_completion.v)
        return;
    plan_grant(p, s, actions[1], project, "stops its build when the execution is stopped");
    plan_grant(p, s, actions[2], project, "waits for its build to end");
    plan_grant_sync_rule(p, s,
                         b->batch.v ? "StepFunctionsGetEventForCodeBuildStartBuildBatchRule"
                                    : "StepFunctionsGetEventForCodeBuildStartBuildRule");
}

/* The word that comes before "Override" differs between a build and a batch of them. */
static void put_overrides(struct plan *p, struct state *t, const struct build *b)
{
    struct node *variables = plan_list(p);
    put_variables(p, variables, b->environment.node, "PLAINTEXT");
    put_variables(p, variables, b->parameters.node, "PARAMETER_STORE");
    put_variables(p, variables, b->secrets.node, "SECRETS_MANAGER");
    task_arg(p, t, "SourceVersion", b->source_version);
    task_arg(p, t, "SourceLocationOverride", b->source_location);
    task_arg(p, t, "BuildspecOverride", b->buildspec);
    task_arg(p, t, "ImageOverride", b->image);
    task_arg(p, t, "ComputeTypeOverride", b->compute_type);
    if (variables->seq.n)
        task_arg_node(p, t, "EnvironmentVariablesOverride", variables);
    if (b->privileged.v)
        task_arg_node(p, t, "PrivilegedModeOverride", plan_bool(p, true));
    task_arg_int(p, t, b->batch.v ? "BuildTimeoutInMinutesOverride" : "TimeoutInMinutesOverride",
                 b->build_timeout);
    task_arg_int(p, t, "QueuedTimeoutInMinutesOverride", b->queued_timeout);
}

static void lower_build(struct plan *p, const struct step *s)
{
    const struct build *b = s->item.body;
    const char *resource =
        arena_printf(p->arena, "codebuild:%s%s", b->batch.v ? "startBuildBatch" : "startBuild",
                     b->wait_for_completion.v ? ".sync" : "")
            .p;
    struct state *t = plan_add_task(p, s, "CodeBuild: ", resource);
    task_arg(p, t, "ProjectName", b->project);
    put_overrides(p, t, b);
    grant_build(p, s);
}

static const struct kind kind = { .type = "codebuild",
                                  .roles = ROLE_STEP,
                                  .doc = "Runs a build in AWS CodeBuild.",
                                  .source = "Step Functions, Manage AWS CodeBuild builds",
                                  .example = "project: site\n"
                                             "build_timeout: 30\n"
                                             "environment: {DAY: $.day}\n",
                                  .fields = &fields,
                                  .check = check_build,
                                  .lower_step = lower_build };

const struct engine engine_codebuild = {
    .abi = ENGINE_ABI,
    .name = "codebuild",
    .kinds = &kind,
    .nkinds = 1,
};
