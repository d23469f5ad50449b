/* The plan: what a pipeline becomes, before it is text. Engines write it, emitters read it; neither
 * knows the other. States, resources, grants, assets, each with the span that caused it.
 *
 * Values inside are nodes. References to other parts of the plan are made by the plan_* functions
 * below, never by hand. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "base/diag.h"
#include "base/map.h"
#include "base/node.h"
#include "model/model.h"
#include "model/permission.h"
#include "model/s3_event.h"
#include "model/sql.h"

/* ---- states -------------------------------------------------------------------------------- */

struct state;

/* All states of one "States" object, in the order they were added. */
struct scope {
    VEC(struct state *) states;
    struct state *start;
    struct str label; /* of a branch: what it is for, in pictures */
};

struct rule {                     /* of a Choice */
    const struct node *condition; /* the comparison, as ASL has it */
    struct str label;             /* "stars < 3": for pictures */
    struct state *next;
};

struct catcher {
    const struct node *error_equals; /* list of strings */
    struct str result_path;          /* empty: the error is not stored */
    const struct node *assign;       /* variables to set, or NULL */
    struct state *next;
};

struct state {
    struct str name;
    const char *type; /* "Task", "Choice", … */
    struct span span;
    const struct step *step;       /* what asked for it; NULL for what the compiler adds */
    const struct group *group;     /* the group it runs in, for pictures; NULL outside of groups */
    struct node *body;             /* fields in ASL's words, but for those below */
    struct state *next;            /* NULL: this state ends its scope */
    VEC(struct rule *) rules;      /* Choice */
    struct state *otherwise;       /* Choice: Default */
    VEC(struct scope *) scopes;    /* Parallel: branches; Map: one */
    struct node *processor_config; /* Map, or NULL */
    struct node *retry;            /* list, or NULL */
    VEC(struct catcher *) catchers;
};

/* ---- everything else ------------------------------------------------------------------------ */

struct resource {
    struct str id;    /* CloudFormation logical id */
    const char *type; /* "AWS::Lambda::Function" */
    struct span span;
    struct node *props;
    VEC(struct str) depends_on;
    const char *deletion_policy; /* "Delete", "Retain", or NULL for the type's own */
};

struct role_decl;

struct grant {
    struct str action;            /* "lambda:InvokeFunction" */
    const struct node *resource;  /* an ARN: string or CloudFormation function */
    const struct node *condition; /* or NULL */
    struct str reason;            /* "step 'greet' invokes it" */
    struct span span;
    bool written; /* by the user, as ARNs of a step or under `permissions`; … */
    bool added;   /* … the latter */
};

/* One statement of a role's policy: grants on the same resources under the same condition,
 * together. Sorted, so that equal plans give equal bytes. */
struct statement {
    VEC(struct str) actions;
    VEC(const struct node *) resources;
    const struct node *condition;
    VEC(const struct grant *) because;
};
struct statements {
    struct statement *items;
    size_t n;
};

struct removal { /* grants that the user takes away again */
    const struct permission *what;
    size_t from, to; /* of which grants of the role */
};

struct role_decl {             /* what something may do: an IAM role of the pipeline's own, … */
    struct resource *resource; /* … or NULL: the existing role that the pipeline names */
    struct str who;            /* "the state machine", "function 'greet'" */
    struct str service;        /* "states.amazonaws.com" */
    VEC(struct grant) grants;
    VEC(struct removal) removals;
    VEC(struct grant) removed;    /* with the reason why */
    struct statements statements; /* of the grants; when the plan is made, not before */
};

enum asset_kind {
    ASSET_ZIP,   /* a folder, zipped */
    ASSET_LAYER, /* a Lambda layer, zipped */
    ASSET_FILE,  /* one file as it is; `dir` is its path, the id keeps its extension */
    ASSET_IMAGE, /* a container image, built from the folder */
};

struct image {
    struct str file;               /* the Dockerfile, relative to the folder */
    struct str target;             /* stage of the Dockerfile, or empty for the last */
    struct str platform;           /* "linux/amd64" */
    const struct node *build_args; /* map of strings, or NULL */
};

struct asset {
    enum asset_kind kind;
    struct str id;           /* "lambda_functions.greet" */
    struct str dir;          /* relative to the project root, clean */
    struct str executable;   /* file made executable in the zip, or empty */
    struct str command;      /* ASSET_LAYER: shell command that makes the contents, or empty */
    struct str runtime;      /* ASSET_LAYER: "python3.12", or empty */
    struct str architecture; /* ASSET_LAYER: "arm64", or empty for x86_64 */
    struct image image;      /* ASSET_IMAGE */
    struct span span;        /* where it was first asked for */
};

struct text_asset {    /* made here, written beside the template as <pipeline>.<suffix>, uploaded */
    struct str suffix; /* "load.job.json" */
    struct str text;
};

struct needed_file { /* must be there when the bundle is made */
    struct str path;
    struct span span;
};

struct watch {                 /* objects that start the pipeline or one of its functions */
    const struct node *bucket; /* its name, or a Ref of an s3_bucket */
    struct str prefix, suffix;
    struct span span;
};

struct substitution { /* ${name} in the state machine, filled by CloudFormation */
    struct str name;
    const struct node *value;
};

struct mapping { /* of the template: region → {key: value} */
    struct str name;
    struct node *rows;
};

struct output {
    struct str name, description;
    const struct node *value;
};

struct chain;
struct step_frame;

struct plan {
    struct arena *arena;
    struct diags *ds;
    const struct pipeline *pipeline;
    struct scope *machine;         /* NULL without steps */
    const struct node *definition; /* the machine in the States Language; NULL with errors */
    struct resource *machine_resource;
    struct role_decl *machine_role;
    VEC(struct resource *) resources;
    VEC(struct role_decl *) roles;
    VEC(struct asset *) assets;
    VEC(struct needed_file) needed;
    VEC(struct watch) watches;
    VEC(struct text_asset) texts;
    VEC(struct substitution) substitutions;
    VEC(struct output) outputs;
    VEC(struct mapping) mappings;
    struct chain *chain;       /* being built */
    struct step_frame *frame;  /* of the step being lowered */
    const struct group *group; /* being lowered */
    const struct item *owner;  /* that plan_own_role was called for, last */
    bool batched; /* executions may begin with a list of one, which is what pipes send */
    struct map logical_ids, state_names, asset_ids;
    struct map by_name; /* word and name → struct known */
    int depth;
    int inline_maps; /* that the step being lowered is in */
};

/* Lowers a pipeline. Reports what does not fit together; the plan is then good for further checks
 * but not for output. */
struct plan *plan_make(struct arena *a, struct diags *ds, const struct pipeline *pl);

/* The machine as a document of the States Language, each state with its span. */
struct node *plan_machine_node(struct plan *p);

/* ---- for engines: states -------------------------------------------------------------------- */

/* Appends a state named `prefix` + the step's name to the chain being built; what every step may
 * say (timeout, retry, catch, paths) is filled in from s. */
struct state *plan_add_state(struct plan *p, const struct step *s, const char *type,
                             const char *prefix);
/* A Task on `resource`, "lambda:invoke" for the optimised integration of that name. */
struct state *plan_add_task(struct plan *p, const struct step *s, const char *prefix,
                            const char *resource);

/* A step may become several states: each call of plan_add_state, plan_add_task and plan_add_helper
 * appends one more. The handlers of the step's `catch` stand at all of them and join behind the
 * step, wherever in it something failed.
 *
 * A helper is not what the step is about: of what the step says only `catch` applies to it, and a
 * Task's result is dropped. */
struct state *plan_add_helper(struct plan *p, const struct step *s, const char *type,
                              const char *prefix);
struct state *plan_add_helper_task(struct plan *p, const struct step *s, const char *prefix,
                                   const char *resource);
/* `from` goes to `to`, a state of the same step, instead of to what is appended next; back as well.
 * NULL: behind the step. A second call changes the first. */
void plan_goto(struct plan *p, struct state *from, struct state *to);
/* Choice: a rule that goes to a state of the same step, or behind the step (NULL); without a
 * condition it is the default. */
void plan_add_case(struct plan *p, struct state *choice, const struct node *condition,
                   const char *label, struct state *to);
/* Goes to `to` when `st` fails with that error, whatever the step's own `catch` says; `assign` (or
 * NULL) are variables to set, where "$" is the error. */
void plan_catch(struct plan *p, struct state *st, const char *error, const struct node *assign,
                struct state *to);
/* A state that fails the step, reached by plan_goto and plan_add_case only: a Fail state, or, where
 * the step has a `catch`, something that fails so that it is caught. A cause that is a run-time
 * value is read when it happens. */
struct state *plan_add_failure(struct plan *p, const struct step *s, const char *prefix,
                               const char *error, struct str cause);

/* Arguments of a task, in order. A value that is a run-time path gets ".$". Absent values add
 * nothing. */
void task_arg(struct plan *p, struct state *t, const char *key, struct vstr value);
void task_arg_int(struct plan *p, struct state *t, const char *key, struct vint value);
void task_arg_node(struct plan *p, struct state *t, const char *key, const struct node *value);
/* What task_arg_node does to data: a map's string values that are run-time values become "key.$",
 * and so do lists that hold some. */
struct node *plan_payload(struct plan *p, const struct node *value);
/* Whether text is a run-time path or the call of an intrinsic function. */
bool plan_is_runtime(struct str s);

/* Waiting for a callback (`wait`), for every service that can. Whether a run-time value in the data
 * is the task token: a step that hands it to nobody would wait for ever. */
bool plan_mentions_token(const struct node *data);
/* What the step hands on, `what` in messages, with the token as `key` where the user has put it
 * nowhere; NULL data become a map of their own. Reports where there is no place for it. */
#define PLAN_TOKEN_KEY "task_token"
const struct node *plan_callback_data(struct plan *p, const struct step *s, bool wait,
                                      const struct node *data, const char *what, const char *key);
/* "sqs:sendMessage", or the same with .waitForTaskToken. */
const char *plan_callback_resource(struct plan *p, const char *resource, bool wait);
/* Warns of a step that would wait for a year. */
void plan_check_callback_time(struct plan *p, const struct step *s, bool wait);

/* Lowers nested groups in a scope of their own and adds it to a Parallel or Map state. */
void plan_add_scope(struct plan *p, struct state *parent, const struct sequence *seq,
                    struct str label);
/* Choice: adds a rule; its groups run in the same scope and rejoin behind the choice. NULL or empty
 * groups go straight on. */
void plan_add_rule(struct plan *p, struct state *choice, const struct node *condition,
                   struct str label, const struct sequence *seq);
void plan_set_otherwise(struct plan *p, struct state *choice, const struct sequence *seq);

/* ---- for engines: resources ----------------------------------------------------------------- */

/* Adds a resource with a readable logical id made of name and suffix ("greet" + "Function"). */
struct resource *plan_add_resource(struct plan *p, struct str name, const char *suffix,
                                   const char *type, struct span span);
void res_put(struct plan *p, struct resource *r, const char *key, struct node *value);
void res_put_str(struct plan *p, struct resource *r, const char *key, struct vstr value);
void res_put_int(struct plan *p, struct resource *r, const char *key, struct vint value);
void res_put_bool(struct plan *p, struct resource *r, const char *key, struct vbool value);

/* What the config calls a resource. */
struct known {
    const struct item *item;
    struct resource *resource;
    const char *what; /* the word that it was published under */
    bool used;        /* something asked for it by name */
};
/* Makes `it` known to later ones by its name and type. */
void plan_publish(struct plan *p, const struct item *it, struct resource *r, const char *what);
/* The resource that an earlier item of that kind made, or NULL after a diagnostic at ref.span that
 * lists near names. `what` is the word it was published under ("lambda_layer"). */
struct resource *plan_find(struct plan *p, struct vstr ref, const char *what);
/* The name published under that word that is closest to ref; empty if none is close. */
struct str plan_nearest(struct plan *p, struct str ref, const char *what);
/* The same without a diagnostic. */
struct resource *plan_lookup(const struct plan *p, struct str name, const char *what);

/* A zip of the folder `dir` (clean, relative to the root); the same one for the same arguments. */
struct asset *plan_add_asset(struct plan *p, struct vstr dir, struct str executable);
/* A layer's zip: the folder's files and what its requirements name, or what `command` makes. */
struct layer_code {
    struct str command, runtime, architecture; /* as in struct asset */
};
struct asset *plan_add_layer_asset(struct plan *p, struct vstr dir, const struct layer_code *code);

/* A container image made of the folder `dir`. */
struct asset *plan_add_image_asset(struct plan *p, struct vstr dir, struct image image);

/* "zip", "layer", "file" or "image". */
struct str plan_asset_kind_name(enum asset_kind kind);
/* The file `name` in `folder` has to exist: `check` says so at `span` if it does not. */
void plan_need_file(struct plan *p, struct str folder, struct str name, struct span span);
/* One file, uploaded as it is: a script, a job description. */
struct asset *plan_add_file_asset(struct plan *p, struct vstr path);
/* A text made here for step or resource `name`, as <pipeline>.<name>.<extension>: what stands for
 * its S3 key. */
struct node *plan_add_text(struct plan *p, struct str name, const char *extension, struct str text);

/* ---- for engines: files that steps are made of ------------------------------------------------
 */

/* A file of the project, rendered as a template; see model/documents.h. */
struct source *plan_read_text(struct plan *p, struct vstr path, const struct node *variables);
struct node *plan_read_yaml(struct plan *p, struct vstr path, const struct node *variables,
                            struct node **own);

/* ---- values --------------------------------------------------------------------------------- */

struct node *plan_str(struct plan *p, struct str s);
struct node *plan_text(struct plan *p, const char *s);
__attribute__((format(printf, 2, 3))) struct node *plan_textf(struct plan *p, const char *fmt, ...);
struct node *plan_map(struct plan *p);
struct node *plan_list(struct plan *p);
void plan_put(struct plan *p, struct node *map, const char *key, struct node *value);
void plan_put_text(struct plan *p, struct node *map, const char *key, const char *value);
/* A list of the strings. */
struct node *plan_strings(struct plan *p, const struct vstrs *v);
/* The data as JSON text without spaces: what some properties want for documents inside. */
struct str plan_json(struct plan *p, const struct node *data);
struct node *plan_int(struct plan *p, int64_t i);
struct node *plan_bool(struct plan *p, bool b);
/* CloudFormation: Ref, Fn::GetAtt, Fn::Sub; and the S3 key of an asset, known after linking. */
struct node *plan_ref(struct plan *p, const struct resource *r);
struct node *plan_attr(struct plan *p, const struct resource *r, const char *attribute);
__attribute__((format(printf, 2, 3))) struct node *plan_sub(struct plan *p, const char *fmt, ...);
/* Fn::Sub with variables of its own: a map of names and values. */
__attribute__((format(printf, 3, 4))) struct node *
plan_sub_with(struct plan *p, struct node *variables, const char *fmt, ...);
/* What `rows` (region → {key → text}) has under `key` for the region of the deployment, where the
 * stage does not name it. The template gets the rows once for each name: letters and digits. */
struct node *plan_by_region(struct plan *p, struct str name, const char *key, struct node *rows);
/* Any other function: {"Fn::ImportValue": argument}. */
struct node *plan_call(struct plan *p, const char *function, struct node *argument);
/* The key of the map that stands for an S3 key until `link` knows the digest. */
#define PLAN_ASSET_KEY "Stepwright::AssetKey"
struct node *plan_asset_key(struct plan *p, const struct asset *as);
/* The same for a file that compile wrote beside the template: its suffix. */
#define PLAN_FILE_KEY "Stepwright::FileKey"
struct node *plan_asset_bucket(struct plan *p);
/* The image's URI in the repository that `deploy` pushes to, a template parameter; its tag is the
 * digest that `link` knows. */
#define PLAN_ASSET_TAG "Stepwright::AssetTag"
#define PLAN_IMAGE_REPOSITORY "ImageRepository"
struct node *plan_asset_image(struct plan *p, const struct asset *as);
/* ARN of that repository. */
struct node *plan_asset_image_repository(struct plan *p);
/* For a list of which some items are run-time values: the call of States.Array that makes it. Empty
 * for other lists, and where an item is a map or a list: no intrinsic function makes those. */
struct str plan_list_call(struct plan *p, const struct node *list);
/* A string "${Name}" for the state machine that CloudFormation fills with `value`. */
struct node *plan_placeholder(struct plan *p, struct str name, const struct node *value);
/* "greet" + "FunctionArn" → "GreetFunctionArn": letters and digits only. */
struct str plan_placeholder_name(struct plan *p, struct str name, const char *suffix);

/* Words of a command as "Command": a list of which items may be run-time values, one string, or a
 * run-time path to a list. NULL adds nothing; neither do the next two. */
void plan_put_words(struct plan *p, struct node *map, const char *key, const struct node *words);
/* {A: x} as [{"Name": "A", "Value": "x"}], or a run-time path to such a list. */
void plan_put_variables(struct plan *p, struct node *map, const char *key,
                        const struct node *variables);
/* The same with other words than Name and Value, NULL without entries. */
struct node *plan_tags(struct plan *p, const struct node *map, const char *key, const char *value);

/* An ARN as one text: references become "${Id}" and "${Id.Attribute}", as in Fn::Sub. */
struct str plan_arn_text(struct plan *p, const struct node *arn);

/* "aws", or the partition of the stage's region. Source: ARN format, "partition". */
const char *plan_partition(const struct plan *p);

/* ---- roles ---------------------------------------------------------------------------------- */

struct role_decl *plan_add_role(struct plan *p, struct str name, const char *service,
                                struct str who, struct span span);
/* `action` on `resource` for a role, because of `span`. */
void plan_grant_to(struct plan *p, struct role_decl *role, const char *action,
                   const struct node *resource, struct span span, struct str reason);
/* For the state machine's role, because of step s. */
void plan_grant(struct plan *p, const struct step *s, const char *action,
                const struct node *resource, const char *reason);

/* The same under an IAM condition, a map as policies have it. */
void plan_grant_if(struct plan *p, struct role_decl *role, const char *action,
                   const struct node *resource, const struct node *condition, struct span span,
                   struct str reason);
/* `action` on everything, because the service knows no narrower resource for it: plan_wide_service
 * has it. `check` tells of each, so that nobody wonders. */
void plan_grant_any(struct plan *p, struct role_decl *role, const char *action, struct span span,
                    struct str reason);
/* The same for what the user wrote himself: check blames him for a "*". */
void plan_grant_written(struct plan *p, struct role_decl *role, const char *action,
                        const struct node *resource, struct span span, struct str reason);
/* The code of the item being lowered runs as `role`, which therefore gets what the item's
 * `permissions` say. NULL: as a role that is made elsewhere, and they are an error. Where an item
 * calls neither, they are the state machine's if it is a step, and an error otherwise. */
void plan_own_role(struct plan *p, const struct item *it, struct role_decl *role);
/* The service whose guide says that the action knows no resources, so that it is allowed on "*" or
 * not at all; NULL for others. */
const char *plan_wide_service(struct str action);
/* What a user wrote under `permissions` (of struct permission), for a role. Removals wait until all
 * grants are there, and are about those from the `from`-th on. Resources may be named that come
 * further down. */
void plan_grant_permissions(struct plan *p, struct role_decl *role, const struct vobjs *permissions,
                            size_t from);
/* For the plan itself: sees to the permissions of an item that is lowered; at the end, finds the
 * resources that they name and carries out the removals. */
void plan_end_item(struct plan *p, const struct item *it, size_t machine_grants);
void plan_finish_permissions(struct plan *p);
/* A role may be assumed only on behalf of this account, where the service says for whom it asks
 * (plan_add_role sees to that); this narrows it to `source`, an ARN. Source: IAM user guide, "The
 * confused deputy problem". */
void plan_confine_role(struct plan *p, struct role_decl *role, struct node *source);
/* The state machine may hand `role_arn` to `service` ("sagemaker.amazonaws.com"). */
void plan_grant_pass_role(struct plan *p, const struct step *s, const struct node *role_arn,
                          const char *service);
/* What waiting for a job (.sync) takes: the managed EventBridge rule of that name, for instance
 * "StepFunctionsGetEventsForBatchJobsRule". Source: Step Functions, IAM policies for integrations.
 */
void plan_grant_sync_rule(struct plan *p, const struct step *s, const char *rule);
/* What lies under `place`, "s3://bucket/prefix/", for a role: objects and what is asked of their
 * bucket. An empty place is any bucket of the account. `access` is any of these; OBJECT: the place
 * may also be an object itself; MARKER: and there is the object "<prefix>_$folder$", which Spark on
 * AWS writes. */
enum {
    PLAN_S3_READ = 1,
    PLAN_S3_WRITE = 2,
    PLAN_S3_DELETE = 4,
    PLAN_S3_OBJECT = 8,
    PLAN_S3_MARKER = 16,
};
void plan_grant_s3(struct plan *p, struct role_decl *role, unsigned access, struct str place,
                   struct span span, struct str reason);
/* A condition: resources of the pipeline's own account. For places that are known at run time. */
struct node *plan_own_account(struct plan *p);
/* `actions` (NULL at the end) on a table of the Glue Data Catalog, its database and the catalog,
 * for such an action wants all three; those on a database want its tables only to delete it. An
 * empty name stands for all of them. Source: Glue developer
 * guide, "Specifying AWS Glue resource ARNs". */
void plan_grant_catalog(struct plan *p, struct role_decl *role, const char *const *actions,
                        struct str database, struct str table, struct span span, struct str reason);
/* What a statement needs of the catalog: reading the databases that it names, and changing what it
 * changes, where its first words say that it does. Unqualified tables are those of `database`.
 * Returns what has to be granted on the tables' data: PLAN_S3_…. */
unsigned plan_grant_sql(struct plan *p, struct role_decl *role, const struct sql_statement *st,
                        struct str database, struct span span, struct str reason);

/* The role's ARN. */
struct node *plan_role_arn(struct plan *p, const struct role_decl *role);

/* Roles get their statements and policies last, when every grant is known. */
void plan_add_policies(struct plan *p);
/* The statements of one role as policies: in the role itself, or where they are too long for that,
 * in as many managed policies as it takes. plan_add_policies calls it. */
void plan_write_policies(struct plan *p, const struct role_decl *role);

/* ---- what starts the pipeline --------------------------------------------------------------- */

/* A role that `service` assumes to start the pipeline, for `who` ("trigger 'nightly'"); NULL after
 * a diagnostic where there is nothing to start. */
struct role_decl *plan_add_starter(struct plan *p, struct vstr name, const char *service,
                                   struct str who);

/* Whether any of the schedules (struct schedule) holds in this stage. */
bool plan_has_schedule(struct plan *p, const struct vobjs *list);
/* Those that do, each sending its payload to `target` with that role. */
void plan_add_schedules(struct plan *p, struct str name, const struct vobjs *list,
                        const struct node *target, const struct role_decl *role);

/* An EventBridge rule that tells `target` of events of a bucket; `role` is what it assumes, NULL
 * where the target grants access by itself. Returns the rule, NULL after a diagnostic if there is
 * no such bucket. */
struct resource *plan_add_s3_event(struct plan *p, struct str name, const struct s3_event *ev,
                                   const struct node *target, const struct role_decl *role);

/* A payload as EventBridge Pipes makes it of a message of a queue, which is the payload by default:
 * "$.id" becomes <$.body.id>. */
struct str plan_message_template(struct plan *p, const struct node *payload);

/* ---- names ---------------------------------------------------------------------------------- */

/* `<pipeline>-<name>` with dashes for blanks and signs, cut in the middle of the pipeline's name
 * where it would pass `max`. */
struct str plan_physical_name(struct plan *p, struct str name, size_t max);
/* `text` in small letters and digits, a single dash for what lies between; at most `max` long. */
struct str plan_dashed(struct plan *p, struct str text, size_t max);

/* The stack's name: the pipeline's, or where CloudFormation would not take that, one made of it
 * which no other pipeline gets. */
struct str plan_stack_name(const struct plan *p);

/* A name for a job of step s, unique for each execution, retry and iteration of a map: an intrinsic
 * call for "Name.$". Names of 34 characters and more begin with plan_job_prefix, 32 hexadecimal
 * digits follow; shorter ones are those digits alone. */
struct vstr plan_job_name(struct plan *p, const struct step *s, size_t max);
/* What the names of a step's jobs begin with, "train-"; empty where `max` leaves no room. */
struct str plan_job_prefix(struct plan *p, const struct step *s, size_t max);

void plan_add_output(struct plan *p, struct str name, struct str description,
                     const struct node *value);

#endif
