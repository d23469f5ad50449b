/* AWS Lambda: functions as resources, triggers and steps; layers.
 * Written from AWS::Lambda::Function, AWS::Lambda::LayerVersion, the Lambda quotas page and the
 * Step Functions page on Lambda. */
#include "lambda.h"

#include "base/num.h"
#include "base/path.h"
#include "model/s3_event.h"
#include "model/schedule.h"
#include "plan/plan.h"
#include "schema/bind.h"
#include "sns.h"

/* ---- runtimes ------------------------------------------------------------------------------- */

enum family { PYTHON, NODE, RUBY, JAVA, DOTNET, CUSTOM };

struct runtime {
    const char *name;
    enum family family;
    const char *instead; /* of one that Lambda has retired: what replaces it */
};

/* Source: Lambda developer guide, "Lambda runtimes". */
static const struct runtime RUNTIMES[] = {
    { "python3.9", PYTHON, NULL },
    { "python3.10", PYTHON, NULL },
    { "python3.11", PYTHON, NULL },
    { "python3.12", PYTHON, NULL },
    { "python3.13", PYTHON, NULL },
    { "python3.14", PYTHON, NULL },
    { "nodejs20.x", NODE, NULL },
    { "nodejs22.x", NODE, NULL },
    { "nodejs24.x", NODE, NULL },
    { "provided.al2023", CUSTOM, NULL },
    { "java21", JAVA, NULL },
    { "dotnet8", DOTNET, NULL },
    { "ruby3.3", RUBY, NULL },
    { "python3.6", PYTHON, "python3.12" },
    { "python3.7", PYTHON, "python3.12" },
    { "python3.8", PYTHON, "python3.12" },
    { "nodejs16.x", NODE, "nodejs22.x" },
    { "nodejs18.x", NODE, "nodejs22.x" },
};
enum { RUNTIME_COUNT = sizeof RUNTIMES / sizeof *RUNTIMES };

/* "python3.12" in any case; "nodejs22" for "nodejs22.x". */
static const struct runtime *find_runtime(struct str name)
{
    for (size_t i = 0; i < RUNTIME_COUNT; i++) {
        struct str known = str_from(RUNTIMES[i].name);
        if (name.n + 2 == known.n && str_ends(known, S(".x")))
            known.n -= 2;
        if (name.n == known.n && str_distance(name, known) == 0)
            return &RUNTIMES[i];
    }
    return NULL;
}

static const struct runtime *current_runtime(struct str name)
{
    const struct runtime *r = find_runtime(name);
    return r && r->instead ? find_runtime(str_from(r->instead)) : r;
}

const char *lambda_runtime_name(struct str name)
{
    return current_runtime(name)->name;
}

void lambda_check_runtime(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    struct str names[RUNTIME_COUNT];
    size_t n = 0;
    for (size_t i = 0; i < RUNTIME_COUNT; i++)
        if (!RUNTIMES[i].instead)
            names[n++] = str_from(RUNTIMES[i].name);
    const struct runtime *r = find_runtime(value->str);
    if (r && r->instead) {
        struct diag *d = diag_warning(b->ds, "retired-runtime", value->span,
                                      "Lambda has retired %s; %s is used", r->name, r->instead);
        diag_help(d, "write %s", r->instead);
    } else if (!r) {
        struct diag *d = diag_error(b->ds, "unknown-runtime", value->span,
                                    "Lambda has no runtime '%.*s'", STR(value->str));
        diag_suggest(d, value->str, names, n);
        diag_help(d, "current ones: python3.9 to python3.14, nodejs20.x to nodejs24.x, "
                     "provided.al2023, java21, dotnet8, ruby3.3");
    }
}

/* ---- function: fields ----------------------------------------------------------------------- */

struct sns_source {
    struct vstr topic_ref, topic_arn;
};
struct function {
    struct vstr entry, index, handler, runtime, role, function_ref, function_arn;
    struct vint timeout, memory_size;
    struct venum architecture;
    struct vany environment, payload;
    struct vstrs layer_ref;
    struct vbool dead_letter_queue_enabled, payload_response_only, retry_on_service_exceptions;
    struct vbool wait_for_callback;
    struct vint callback_timeout;
    struct vobj sns;         /* struct sns_source */
    struct vobjs s3;         /* of struct s3_event */
    struct vobjs schedulers; /* of struct schedule */
};

void lambda_check_folder(struct bind *b, const struct field *f, const struct node *value)
{
    struct str clean = path_clean(b->arena, value->str);
    if (path_escapes(clean)) {
        struct diag *d = diag_error(b->ds, "outside-project", value->span,
                                    "'%s' leaves the project: '%.*s'", f->key, STR(value->str));
        diag_help(d, "give a folder relative to the project's root");
    }
}

/* A letter, then letters, digits and '_', two or more; and none of those that Lambda sets. */
static void check_environment_name(struct bind *b, const struct node_entry *e)
{
    static const char *const RESERVED[] = { "AWS_REGION",        "AWS_DEFAULT_REGION",
                                            "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY",
                                            "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                            "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT",
                                            "LAMBDA_RUNTIME_DIR" };
    struct str key = e->key;
    bool good = key.n > 1 && ascii_is_alnum(key.p[0]) && !ascii_is_digit(key.p[0]);
    for (size_t i = 1; good && i < key.n; i++)
        good = ascii_is_alnum(key.p[i]) || key.p[i] == '_';
    if (!good) {
        struct diag *d = diag_error(b->ds, "bad-name", e->key_span,
                                    "'%.*s' cannot name an environment variable", STR(key));
        diag_help(d, "use letters, digits and '_', at least two, and a letter first");
    }
    bool reserved = str_starts(key, S("AWS_LAMBDA_"));
    for (size_t i = 0; i < sizeof RESERVED / sizeof *RESERVED; i++)
        reserved = reserved || str_eq(key, str_from(RESERVED[i]));
    if (reserved) {
        struct diag *d = diag_error(b->ds, "bad-name", e->key_span,
                                    "Lambda itself sets the environment variable '%.*s'", STR(key));
        diag_help(d, "choose another name");
    }
}

static void check_environment(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    for (size_t i = 0; i < value->map.n; i++) {
        const struct node_entry *e = &value->map.entries[i];
        check_environment_name(b, e);
        if (e->value->kind != NODE_STR) {
            struct diag *d = diag_error(b->ds, "wrong-type", e->value->span,
                                        "environment variable '%.*s' is %s; expected a string",
                                        STR(e->key), node_kind_name(e->value));
            if (e->value->kind != NODE_SEQ && e->value->kind != NODE_MAP)
                diag_help(d, "write \"%.*s\" in quotes", STR(span_text(e->value->span)));
        }
    }
}

#define F(kind, name, ...) FIELD_##kind(struct sns_source, name, __VA_ARGS__)
static const struct field sns_rows[] = {
    F(STR, topic_ref, .aliases = WORDS("topic_name"), .example = "uploads",
      .doc = "An sns_topic of this pipeline whose messages call the function."),
    F(STR, topic_arn, .check = check_names_one, .doc = "ARN of another topic.",
      .example = "\"arn:aws:sns:eu-west-1:111122223333:topic\""),
};
#undef F
static const struct fields sns_fields =
    FIELDS(struct sns_source, "sns", sns_rows, .doc = "A topic that calls the function.");

#define F(kind, name, ...) FIELD_##kind(struct function, name, __VA_ARGS__)
static const struct field function_rows[] = {
    F(STR, entry, .check = lambda_check_folder,
      .doc = "Folder of the code, relative to the project's root.",
      .example = "customcode/lambda_functions/greet"),
    F(STR, index,
      .doc = "File that holds the handler: lambda_function.py, index.js or "
             "lambda_function.rb by default."),
    F(STR, handler, .dflt = "handler",
      .doc = "Function in that file, or both as app.main. For Java and .NET the whole "
             "handler, for example example.Handler::handleRequest."),
    F(STR, runtime, .dflt = "python3.12", .check = lambda_check_runtime,
      .doc = "Language and version.", .source = "Lambda developer guide, Lambda runtimes"),
    F(STR, role, .doc = "ARN of an existing role in place of one of its own."),
    F(STR, function_ref, .doc = "Step: a lambda_function resource of this pipeline to call."),
    F(STR, function_arn, .check = check_names_one, .runtime = true,
      .doc = "Step: ARN of any function to call."),
    F(INT, timeout, .unit = "seconds", .min = 1, .max = 900, .dflt = "900",
      .doc = "Longest run of one call.", .source = "Lambda quotas, Function timeout"),
    F(INT, memory_size, .unit = "MB", .min = 128, .max = 10240, .dflt = "1028",
      .doc = "Memory, and with it processor time.", .source = "Lambda quotas, Memory allocation"),
    F(ENUM, architecture, .values = WORDS("x86_64", "arm64"), .dflt = "x86_64",
      .aliases = WORDS("architectures"), .doc = "Processor that it runs on.",
      .source = "AWS::Lambda::Function, Architectures"),
    F(MAP, environment, .check = check_environment, .doc = "Environment variables: strings.",
      .source = "AWS::Lambda::Function, Environment"),
    F(ANY, payload, .doc = "Step: the function's event; by default all of the data."),
    F(STRS, layer_ref, .doc = "lambda_layer resources of this pipeline, at most five.",
      .source = "Lambda quotas, Function layers"),
    F(BOOL, dead_letter_queue_enabled, .dflt = "false",
      .doc = "Keep failed asynchronous events in a queue for 14 days."),
    F(BOOL, payload_response_only, .dflt = "true",
      .doc = "Step: the result is the function's answer alone, without status and headers."),
    F(BOOL, retry_on_service_exceptions, .dflt = "true",
      .doc = "Step: retry when Lambda itself fails."),
    F(BOOL, wait_for_callback, .dflt = "false",
      .doc =
          "Step: wait until somebody returns the task token, which the payload has as task_token "
          "unless you put $$.Task.Token elsewhere.",
      .source = "Step Functions, Wait for a Callback with Task Token"),
    F(INT, callback_timeout, .unit = "seconds", .min = 1, .max = 31536000,
      .doc = "Step: how long to wait for it; timeout is the function's own."),
    F(OBJ, sns, .sub = &sns_fields, .doc = "Call the function for messages of a topic."),
    F(OBJS, s3, .sub = &s3_event_fields, .aliases = WORDS("s3_events"),
      .doc = "Call the function for what happens to objects of a bucket."),
    F(OBJS, schedulers, .sub = &schedule_fields, .aliases = WORDS("scheduler"),
      .doc = "Call the function by the clock."),
};
#undef F
const struct fields lambda_function_fields =
    FIELDS(struct function, "lambda_function", function_rows, .doc = "A Lambda function.");

/* ---- function: checks ----------------------------------------------------------------------- */

enum { LAYERS_MAX = 5, NAME_MAX_LAMBDA = 64 };

static void check_name(struct diags *ds, const struct vstr *name)
{
    for (size_t i = 0; i < name->s.n; i++) {
        char c = name->s.p[i];
        if (ascii_is_alnum(c) || c == '-' || c == '_')
            continue;
        struct diag *d =
            diag_error(ds, "bad-name", name->span, "'%.*s' cannot name a function", STR(name->s));
        diag_help(d, "use letters, digits, '-' and '_'");
        return;
    }
}

static void check_callback(struct diags *ds, const struct item *it)
{
    const struct function *f = it->body;
    if (f->callback_timeout.set && !f->wait_for_callback.v)
        diag_error(ds, "missing-key", f->callback_timeout.span,
                   "'callback_timeout' goes with 'wait_for_callback'");
    if (f->wait_for_callback.v && it->role != ROLE_STEP)
        diag_error(ds, "conflict", f->wait_for_callback.span,
                   "only a step can wait for a callback");
}

void lambda_check_function(struct diags *ds, const struct item *it)
{
    const struct function *f = it->body;
    const struct sns_source *sns = f->sns.p;
    int ways = f->entry.set + f->function_ref.set + f->function_arn.set;
    if (ways == 0) {
        struct diag *d =
            diag_error(ds, "missing-key", it->name.span, "'%.*s' has no 'entry'", STR(it->name.s));
        diag_help(d, "for example 'entry: customcode/lambda_functions/%.*s'", STR(it->name.s));
    } else if (ways > 1) {
        diag_error(ds, "conflict", it->name.span,
                   "'%.*s' has more than one of entry, function_ref and function_arn",
                   STR(it->name.s));
    } else if (!f->entry.set && it->role != ROLE_STEP) {
        diag_error(ds, "conflict", it->name.span, "only a step may call another function");
    }
    if (f->entry.set)
        check_name(ds, &it->name);
    if (f->index.set && str_find_char(f->handler.s, '.', 0) != SIZE_MAX) {
        struct diag *d = diag_error(ds, "conflict", f->handler.span,
                                    "'%.*s' names a file, and so does 'index'", STR(f->handler.s));
        diag_help(d, "leave 'index' out, or name the function alone");
    }
    check_callback(ds, it);
    const struct s3_event *ev = f->s3.items;
    for (size_t i = 0; i < f->s3.n; i++)
        s3_event_check(ds, f->s3.span, &ev[i]);
    schedule_check_all(ds, &f->schedulers);
    if (sns)
        sns_check_source(ds, S("'sns'"), &sns->topic_ref, &sns->topic_arn);
    if (f->layer_ref.n > LAYERS_MAX)
        diag_error(ds, "out-of-range", f->layer_ref.span,
                   "there are %zu layers; expected at most %d", f->layer_ref.n, LAYERS_MAX);
}

/* ---- function: lowering --------------------------------------------------------------------- */

static size_t before_last_dot(struct str s)
{
    size_t dot = str_rfind_char(s, '.');
    return dot == SIZE_MAX ? s.n : dot;
}

/* Handler as Lambda wants it: file and function, which 'handler: app.main' may say in one. */
static struct node *handler_of(struct plan *p, const struct function *f, enum family family)
{
    static const char *const INDEX[] = {
        [PYTHON] = "lambda_function.py", [NODE] = "index.js", [RUBY] = "lambda_function.rb"
    };
    if (family == CUSTOM)
        return plan_text(p, "bootstrap");
    if (family == JAVA || family == DOTNET)
        return plan_str(p, f->handler.s);
    size_t dot = before_last_dot(f->handler.s);
    bool dotted = dot < f->handler.s.n && !f->index.set;
    struct str index = f->index.set ? f->index.s : str_from(INDEX[family]);
    if (dotted)
        index =
            arena_printf(p->arena, "%.*s%s", (int)dot, f->handler.s.p, strrchr(INDEX[family], '.'));
    plan_need_file(p, path_clean(p->arena, f->entry.s), index,
                   f->index.set ? f->index.span
                   : dotted     ? f->handler.span
                                : f->entry.span);
    if (dotted)
        return plan_str(p, f->handler.s);
    return plan_textf(p, "%.*s.%.*s", (int)before_last_dot(index), index.p, STR(f->handler.s));
}

/* Writing its own log is all that a function may do by itself. Creating the group is asked for on
 * "<group>:log-stream:", which an ARN that ends with the group's name does not match. */
static void grant_logs(struct plan *p, struct role_decl *role, struct str function,
                       const struct item *it)
{
    static const char *const ACTIONS[] = { "logs:CreateLogGroup", "logs:CreateLogStream",
                                           "logs:PutLogEvents" };
    const struct node *log = plan_sub(p,
                                      "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:"
                                      "log-group:/aws/lambda/%.*s:*",
                                      STR(function));
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        plan_grant_to(p, role, ACTIONS[i], log, it->name.span,
                      arena_printf(p->arena, "function '%.*s' writes its log", STR(it->name.s)));
}

/* The pipeline's machine, spelled out: the machine may call the function as well, and two resources
 * that refer to each other cannot be made. */
static struct node *own_machine(struct plan *p)
{
    return plan_sub(p,
                    "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
                    "stateMachine:%.*s",
                    STR(p->pipeline->full_name));
}

static void put_environment(struct plan *p, struct resource *r, const struct function *f,
                            const struct item *it, struct role_decl *role)
{
    struct node *variables = plan_map(p);
    for (size_t i = 0; f->environment.node && i < f->environment.node->map.n; i++) {
        const struct node_entry *e = &f->environment.node->map.entries[i];
        node_put(p->arena, variables, e->key, e->key_span, e->value);
    }
    if (it->role == ROLE_TRIGGER && p->machine_resource) {
        const struct stage *stage = p->pipeline->stage;
        struct node *machine = own_machine(p);
        plan_put(p, variables, "PIPELINE_STATE_MACHINE_ARN", machine);
        plan_put(p, variables, "PIPELINE_STAGE", plan_str(p, stage->name));
        if (stage->bucket.n)
            plan_put(p, variables, "PIPELINE_BUCKET", plan_str(p, stage->bucket));
        if (stage->saml_group.n)
            plan_put(p, variables, "SAML_GROUP", plan_str(p, stage->saml_group));
        if (role)
            plan_grant_to(
                p, role, "states:StartExecution", machine, it->name.span,
                arena_printf(p->arena, "trigger '%.*s' starts the pipeline", STR(it->name.s)));
    }
    if (!variables->map.n)
        return;
    struct node *environment = plan_map(p);
    plan_put(p, environment, "Variables", variables);
    res_put(p, r, "Environment", environment);
}

/* The first text of a list among a resource's properties; empty if there is none. */
static struct str first_of(const struct resource *r, struct str key)
{
    const struct node *list = node_get(r->props, key);
    return list && list->kind == NODE_SEQ && list->seq.n ? list->seq.items[0]->str
                                                         : (struct str){ 0 };
}

/* A layer made for another processor or Python version is one that Lambda takes, and that fails
 * when the function is called. */
static void check_fit(struct plan *p, const struct function *f, struct vstr ref,
                      const struct resource *layer)
{
    struct str own = str_from(current_runtime(f->runtime.s)->name);
    struct str theirs = first_of(layer, S("CompatibleRuntimes"));
    struct str processor = first_of(layer, S("CompatibleArchitectures"));
    if (theirs.n && !str_eq(own, theirs))
        diag_help(diag_warning(p->ds, "other-runtime", ref.span,
                               "layer '%.*s' is for %.*s, and the function runs %.*s", STR(ref.s),
                               STR(theirs), STR(own)),
                  "packages with compiled parts fail to load; give the layer 'runtime: %.*s'",
                  STR(own));
    if (!processor.n)
        processor = S("x86_64");
    if (layer->type && !str_eq(processor, f->architecture.s))
        diag_help(diag_warning(p->ds, "other-architecture", ref.span,
                               "layer '%.*s' is for %.*s, and the function runs on %.*s",
                               STR(ref.s), STR(processor), STR(f->architecture.s)),
                  "packages with compiled parts fail to load; give the layer 'architecture: %.*s'",
                  STR(f->architecture.s));
}

static void put_layers(struct plan *p, struct resource *r, const struct function *f)
{
    struct node *list = plan_list(p);
    for (size_t i = 0; i < f->layer_ref.n; i++) {
        struct resource *layer = plan_find(p, f->layer_ref.items[i], "lambda_layer");
        if (layer)
            check_fit(p, f, f->layer_ref.items[i], layer);
        if (layer)
            node_push(p->arena, list,
                      layer->type ? plan_ref(p, layer) : node_get(layer->props, S("Arn")));
    }
    if (list->seq.n)
        res_put(p, r, "Layers", list);
}

static void add_dead_letters(struct plan *p, struct resource *r, const struct item *it,
                             struct role_decl *role)
{
    struct resource *q =
        plan_add_resource(p, it->name.s, "DeadLetterQueue", "AWS::SQS::Queue", it->name.span);
    struct node *config = plan_map(p);
    res_put(p, q, "MessageRetentionPeriod", plan_int(p, 14 * 24 * 3600));
    res_put(p, q, "SqsManagedSseEnabled", plan_bool(p, true));
    plan_put(p, config, "TargetArn", plan_attr(p, q, "Arn"));
    res_put(p, r, "DeadLetterConfig", config);
    if (role)
        plan_grant_to(
            p, role, "sqs:SendMessage", plan_attr(p, q, "Arn"), it->name.span,
            arena_printf(p->arena, "function '%.*s' keeps failed events", STR(it->name.s)));
}

void lambda_permit(struct plan *p, const struct resource *function, struct vstr name,
                   const char *service, const char *suffix, struct node *source)
{
    struct resource *r = plan_add_resource(p, name.s, suffix, "AWS::Lambda::Permission", name.span);
    res_put(p, r, "Action", plan_text(p, "lambda:InvokeFunction"));
    res_put(p, r, "FunctionName", plan_attr(p, function, "Arn"));
    res_put(p, r, "Principal", plan_text(p, service));
    res_put(p, r, "SourceArn", source);
}

static void add_subscription(struct plan *p, struct resource *function, const struct item *it)
{
    const struct function *f = it->body;
    const struct sns_source *sns = f->sns.p;
    struct node *topic = sns ? sns_topic_arn(p, sns->topic_ref, sns->topic_arn) : NULL;
    if (!topic)
        return;
    sns_subscribe(p, it->name, topic, "lambda", plan_attr(p, function, "Arn"));
    lambda_permit(p, function, it->name, "sns.amazonaws.com", "SnsPermission", topic);
}

static void add_schedules(struct plan *p, struct resource *function, const struct item *it)
{
    const struct function *f = it->body;
    if (!plan_has_schedule(p, &f->schedulers))
        return;
    struct node *arn = plan_attr(p, function, "Arn");
    struct role_decl *role = plan_add_role(
        p, arena_printf(p->arena, "%.*s-schedule", STR(it->name.s)), "scheduler.amazonaws.com",
        arena_printf(p->arena, "the schedule of '%.*s'", STR(it->name.s)), f->schedulers.span);
    plan_grant_to(p, role, "lambda:InvokeFunction", arn, f->schedulers.span,
                  arena_printf(p->arena, "the schedule calls '%.*s'", STR(it->name.s)));
    plan_add_schedules(p, it->name.s, &f->schedulers, arn, role);
}

static void add_s3_events(struct plan *p, struct resource *function, const struct item *it)
{
    const struct function *f = it->body;
    const struct s3_event *ev = f->s3.items;
    for (size_t i = 0; i < f->s3.n; i++) {
        struct resource *rule =
            plan_add_s3_event(p, it->name.s, &ev[i], plan_attr(p, function, "Arn"), NULL);
        if (rule)
            lambda_permit(p, function, it->name, "events.amazonaws.com", "S3Permission",
                          plan_attr(p, rule, "Arn"));
    }
}

/* Steps are named <pipeline>-<name>, others <name>-<pipeline>, as blueprints always were. */
static struct str function_name(struct plan *p, const struct item *it)
{
    struct str pipeline = p->pipeline->full_name;
    if (it->role == ROLE_STEP || it->name.s.n + 1 + pipeline.n > NAME_MAX_LAMBDA)
        return plan_physical_name(p, it->name.s, NAME_MAX_LAMBDA);
    return arena_printf(p->arena, "%.*s-%.*s", STR(it->name.s), STR(pipeline));
}

struct resource *lambda_add_function(struct plan *p, const struct item *it)
{
    const struct function *f = it->body;
    const struct runtime *runtime = current_runtime(f->runtime.s);
    struct str name = function_name(p, it);
    struct vstr entry = f->entry;
    entry.s = path_clean(p->arena, entry.s);
    const struct asset *code =
        plan_add_asset(p, entry, runtime->family == CUSTOM ? S("bootstrap") : (struct str){ 0 });
    struct role_decl *role = NULL;
    if (!f->role.set) {
        role = plan_add_role(p, it->name.s, "lambda.amazonaws.com",
                             arena_printf(p->arena, "function '%.*s'", STR(it->name.s)),
                             it->name.span);
        grant_logs(p, role, name, it);
    }
    plan_own_role(p, it, role);
    struct resource *r =
        plan_add_resource(p, it->name.s, "Function", "AWS::Lambda::Function", it->name.span);
    struct node *at = plan_map(p), *architectures = plan_list(p);
    plan_put(p, at, "S3Bucket", plan_asset_bucket(p));
    plan_put(p, at, "S3Key", plan_asset_key(p, code));
    node_push(p->arena, architectures, plan_str(p, f->architecture.s));
    res_put(p, r, "FunctionName", plan_str(p, name));
    res_put_str(p, r, "Description", it->description);
    res_put(p, r, "Runtime", plan_text(p, runtime->name));
    res_put(p, r, "Handler", handler_of(p, f, runtime->family));
    res_put(p, r, "Code", at);
    res_put(p, r, "Role", role ? plan_role_arn(p, role) : plan_str(p, f->role.s));
    res_put_int(p, r, "Timeout", f->timeout);
    res_put_int(p, r, "MemorySize", f->memory_size);
    res_put(p, r, "Architectures", architectures);
    put_environment(p, r, f, it, role);
    put_layers(p, r, f);
    if (f->dead_letter_queue_enabled.v)
        add_dead_letters(p, r, it, role);
    add_subscription(p, r, it);
    add_schedules(p, r, it);
    add_s3_events(p, r, it);
    return r;
}

static void lower_function(struct plan *p, const struct item *it)
{
    struct resource *r = lambda_add_function(p, it);
    plan_publish(p, it, r, "lambda_function");
    if (it->role == ROLE_TRIGGER)
        plan_add_output(p, plan_placeholder_name(p, it->name.s, "TriggerFunctionArn"),
                        arena_printf(p->arena, "Trigger '%.*s'", STR(it->name.s)),
                        plan_attr(p, r, "Arn"));
}

/* Source: Step Functions, "Handle transient Lambda service exceptions". */
static void retry_service_errors(struct plan *p, const struct step *s, struct state *t)
{
    static const char *const ERRORS[] = { "Lambda.ServiceException", "Lambda.AWSLambdaException",
                                          "Lambda.SdkClientException",
                                          "Lambda.TooManyRequestsException" };
    const struct retrier *own = s->common.retry.items;
    for (size_t i = 0; i < s->common.retry.n; i++)
        for (size_t j = 0; j < own[i].error_equals.n; j++)
            if (str_starts(own[i].error_equals.items[j].s, S("Lambda.")))
                return;
    struct node *list = plan_list(p), *retrier = plan_map(p), *errors = plan_list(p);
    for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
        node_push(p->arena, errors, plan_text(p, ERRORS[i]));
    plan_put(p, retrier, "ErrorEquals", errors);
    plan_put(p, retrier, "IntervalSeconds", plan_int(p, 2));
    plan_put(p, retrier, "MaxAttempts", plan_int(p, 6));
    plan_put(p, retrier, "BackoffRate", plan_int(p, 2));
    node_push(p->arena, list, retrier);
    for (size_t i = 0; t->retry && i < t->retry->seq.n; i++)
        node_push(p->arena, list, t->retry->seq.items[i]);
    t->retry = list;
}

/* The path to a function that only a run shows. */
static struct node *grant_any_function(struct plan *p, const struct step *s)
{
    const struct function *f = s->item.body;
    plan_grant(p, s, "lambda:InvokeFunction",
               plan_sub(p, "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:"
                           "function:*"),
               "calls the function that the data name");
    if (!p->pipeline->role.s.n) {
        struct diag *d = diag_warning(p->ds, "wide-permission", f->function_arn.span,
                                      "step '%.*s' may call any function of the account: which "
                                      "one is only known at run time",
                                      STR(s->item.name.s));
        diag_help(d, "write its ARN");
    }
    return node_str(p->arena, f->function_arn.span, f->function_arn.s);
}

/* The function's ARN as the state machine writes it; its grant comes along. */
static struct node *callee(struct plan *p, const struct step *s)
{
    const struct function *f = s->item.body;
    struct node *arn;
    struct str name = s->item.name.s;
    if (f->function_ref.set || f->function_arn.set)
        plan_own_role(p, &s->item, NULL);
    if (f->function_arn.runtime)
        return grant_any_function(p, s);
    if (f->function_arn.set) {
        arn = plan_str(p, f->function_arn.s);
        plan_grant(p, s, "lambda:InvokeFunction", arn, "calls the function");
        return arn;
    }
    struct resource *r;
    if (f->function_ref.set) {
        r = plan_find(p, f->function_ref, "lambda_function");
        name = f->function_ref.s;
        if (!r)
            return plan_text(p, "");
    } else {
        r = lambda_add_function(p, &s->item);
    }
    arn = plan_attr(p, r, "Arn");
    plan_grant(p, s, "lambda:InvokeFunction", arn, "calls the function");
    return plan_placeholder(p, plan_placeholder_name(p, name, "FunctionArn"), arn);
}

/* A task that names the function itself has its event as Parameters, which are a map: a path is the
 * part of the data that the step sees. */
static void add_event(struct plan *p, const struct step *s, struct state *t)
{
    const struct function *f = s->item.body;
    const struct node *event = f->payload.node;
    struct str before = s->common.input_path.s;
    if (!event)
        return;
    if (event->kind == NODE_MAP) {
        plan_put(p, t->body, "Parameters", plan_payload(p, event));
    } else if (node_is_str(event) && text_is_runtime_path(event->str)) {
        bool below = before.n && !str_starts(event->str, S("$$"));
        struct str path = below ? arena_printf(p->arena, "%.*s%.*s", STR(before),
                                               STR(str_sub(event->str, 1, event->str.n)))
                                : event->str;
        plan_put(p, t->body, "InputPath", node_str(p->arena, event->span, path));
    } else {
        struct diag *d = diag_error(p->ds, "wrong-type", event->span,
                                    "'payload' is %s; expected a map or a path",
                                    node_is_str(event) ? "text" : node_kind_name(event));
        diag_help(d, "put it into a map: 'payload: {value: …}'");
    }
}

/* What a call by the service's own integration gives is more than the answer. */
static void check_result(struct plan *p, const struct step *s)
{
    const struct function *f = s->item.body;
    const struct step_common *c = &s->common;
    bool kept =
        c->result_path.set || c->result_selector.node || c->assign.node || c->output_path.set;
    if (!kept || !f->payload_response_only.v)
        return;
    struct diag *d = diag_error(p->ds, "conflict", f->function_arn.span,
                                "a function that is only known at run time answers with status "
                                "and headers");
    diag_help(d, "say 'payload_response_only: false'; the answer is in 'Payload'");
}

/* All of the data beside the token, where the step does not say what the function gets. */
static const struct node *event_of(struct plan *p, const struct step *s, bool wait)
{
    const struct function *f = s->item.body;
    struct node *all = plan_text(p, "$");
    if (f->payload.node || !wait)
        return plan_callback_data(p, s, wait, f->payload.node ? f->payload.node : all, "payload",
                                  PLAN_TOKEN_KEY);
    return plan_callback_data(p, s, wait, plan_call(p, "input", all), "payload", PLAN_TOKEN_KEY);
}

static void put_timeout(struct plan *p, const struct step *s, struct state *t, bool wait)
{
    const struct function *f = s->item.body;
    if (f->callback_timeout.set)
        plan_put(p, t->body, "TimeoutSeconds", plan_int(p, f->callback_timeout.v));
    else if (wait)
        plan_check_callback_time(p, s, wait);
    else if (!s->common.timeout.set)
        plan_put(p, t->body, "TimeoutSeconds", plan_int(p, f->timeout.v));
}

static void lower_call(struct plan *p, const struct step *s)
{
    const struct function *f = s->item.body;
    bool wait = f->wait_for_callback.v;
    bool plain = f->payload_response_only.v && !f->function_arn.runtime && !wait;
    struct state *t =
        plan_add_task(p, s, "Lambda: ", plan_callback_resource(p, "lambda:invoke", wait));
    struct node *arn = callee(p, s);
    if (f->function_arn.runtime && !wait)
        check_result(p, s);
    if (plain) {
        plan_put(p, t->body, "Resource", arn);
        add_event(p, s, t);
    } else {
        task_arg_node(p, t, "FunctionName", arn);
        task_arg_node(p, t, "Payload", event_of(p, s, wait));
    }
    put_timeout(p, s, t, wait);
    if (f->retry_on_service_exceptions.v)
        retry_service_errors(p, s, t);
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "lambda_function",
      .roles = ROLE_RESOURCE | ROLE_TRIGGER | ROLE_STEP,
      .doc = "A Lambda function: as a resource, as a trigger that starts the pipeline, as a step.",
      .source = "AWS::Lambda::Function",
      .example = "entry: customcode/lambda_functions/greet\n"
                 "index: handler.py\n"
                 "runtime: python3.12\n"
                 "timeout: 30\n",
      .fields = &lambda_function_fields,
      .check = lambda_check_function,
      .lower_resource = lower_function,
      .lower_step = lower_call },
    { .type = "lambda_layer",
      .roles = ROLE_RESOURCE,
      .doc = "A Lambda layer, in one of three forms.",
      .source = "AWS::Lambda::LayerVersion",
      .example = "layer_entry: customcode/lambda_layers/text_tools\n"
                 "runtime: python3.12\n",
      .fields = &lambda_layer_fields,
      .check = lambda_check_layer,
      .lower_resource = lambda_lower_layer },
};

const struct engine engine_lambda = {
    .abi = ENGINE_ABI,
    .name = "lambda",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
