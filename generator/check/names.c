/* Names of resources: within their service's limits, and no two alike. Deployment would refuse
 * them, an hour later and in other words. */
#include "check/names.h"

#include "base/map.h"
#include "base/utf8.h"
#include "check/check.h"

/* ---- rules ---------------------------------------------------------------------------------- */

static bool is_edge(char c)
{
    return ascii_is_lower(c) || ascii_is_digit(c);
}

static bool is_bucket(struct str s)
{
    static const struct str FRONT[] = { S_INIT("xn--"), S_INIT("sthree-"),
                                        S_INIT("amzn-s3-demo-") };
    static const struct str BACK[] = { S_INIT("-s3alias"), S_INIT("--ol-s3"), S_INIT(".mrap"),
                                       S_INIT("--x-s3"), S_INIT("--table-s3") };
    bool reserved = false, letter = false;
    for (size_t i = 0; i < sizeof FRONT / sizeof *FRONT; i++)
        reserved = reserved || str_starts(s, FRONT[i]);
    for (size_t i = 0; i < sizeof BACK / sizeof *BACK; i++)
        reserved = reserved || str_ends(s, BACK[i]);
    for (size_t i = 0; i < s.n; i++)
        letter = letter || (s.p[i] != '.' && !ascii_is_digit(s.p[i])); /* no IP address */
    return is_edge(s.p[0]) && is_edge(s.p[s.n - 1]) && str_find(s, S(".."), 0) == SIZE_MAX &&
           letter && !reserved;
}

/* Source: Systems Manager API reference, PutParameter, Name. */
static bool is_parameter(struct str s)
{
    struct str first = s;
    if (str_starts(first, S("/")))
        first = str_sub(first, 1, first.n);
    char head[3] = { 0 };
    for (size_t i = 0; i < 3 && i < first.n; i++)
        head[i] = ascii_lower(first.p[i]);
    return memcmp(head, "aws", 3) != 0 && memcmp(head, "ssm", 3) != 0;
}

/* Parts of letters and digits, one separator between them. */
static bool is_repository(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_edge(s.p[i]) && (i == 0 || i + 1 == s.n || !is_edge(s.p[i - 1])))
            return false;
    return true;
}

static bool begins_plain(struct str s)
{
    return ascii_is_alnum(s.p[0]);
}

static bool is_statement(struct str s)
{
    return ascii_is_alpha(s.p[0]) || s.p[0] == '_';
}

static bool has_plain_edges(struct str s)
{
    return ascii_is_alnum(s.p[0]) && ascii_is_alnum(s.p[s.n - 1]);
}

/* ".fifo" may end the name of a queue or topic, and no other dot may be in it. */
static bool has_no_dot(struct str s)
{
    if (str_ends(s, S(".fifo")))
        s.n -= 5;
    return s.n && str_find_char(s, '.', 0) == SIZE_MAX;
}

static bool is_machine(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ' ' || str_find_char(S("<>{}[]?*\"#%\\^|~`$&,;:/"), s.p[i], 0) != SIZE_MAX)
            return false;
    return true;
}

#define LETTERS "letters, digits"
/* Sources: the services' API references, each name's "Length Constraints" and "Pattern"; S3 user
 * guide, "General purpose bucket naming rules". One row per line, however long. */
/* clang-format off */
static const struct name_rule RULES[] = {
    { S_INIT("AWS::ApiGateway::RestApi"), S_INIT("Name"), 1, 1024, NULL, false, NULL, "text" },
    { S_INIT("AWS::ApiGateway::Stage"), S_INIT("StageName"), 1, 128, "-_", false, NULL, LETTERS ", '-' and '_'" },
    { S_INIT("AWS::Athena::PreparedStatement"), S_INIT("StatementName"), 1, 256, "_@:", false, is_statement, LETTERS ", '_', '@' and ':', with a letter or '_' first" },
    { S_INIT("AWS::Athena::WorkGroup"), S_INIT("Name"), 1, 128, "._-", false, NULL, LETTERS ", '.', '_' and '-'" },
    { S_INIT("AWS::Batch::ComputeEnvironment"), S_INIT("ComputeEnvironmentName"), 1, 128, "-_", false, begins_plain, LETTERS ", '-' and '_', with a letter or digit first" },
    { S_INIT("AWS::Batch::JobDefinition"), S_INIT("JobDefinitionName"), 1, 128, "-_", false, begins_plain, LETTERS ", '-' and '_', with a letter or digit first" },
    { S_INIT("AWS::Batch::JobQueue"), S_INIT("JobQueueName"), 1, 128, "-_", false, begins_plain, LETTERS ", '-' and '_', with a letter or digit first" },
    { S_INIT("AWS::CloudWatch::Alarm"), S_INIT("AlarmName"), 1, 255, NULL, false, NULL, "text" },
    { S_INIT("AWS::DynamoDB::Table"), S_INIT("TableName"), 3, 255, "_.-", false, NULL, LETTERS ", '_', '.' and '-'" },
    { S_INIT("AWS::ECR::Repository"), S_INIT("RepositoryName"), 2, 256, "._-/", true, is_repository, "small letters and digits, with single '.', '_', '-' and '/' between them" },
    { S_INIT("AWS::Glue::Job"), S_INIT("Name"), 1, 255, NULL, false, NULL, "text" },
    { S_INIT("AWS::Lambda::Function"), S_INIT("FunctionName"), 1, 64, "-_", false, NULL, LETTERS ", '-' and '_'" },
    { S_INIT("AWS::Lambda::LayerVersion"), S_INIT("LayerName"), 1, 140, "-_", false, NULL, LETTERS ", '-' and '_'" },
    { S_INIT("AWS::S3::Bucket"), S_INIT("BucketName"), 3, 63, ".-", true, is_bucket, "small letters, digits, '.' and '-', a letter or digit first and last, and nothing that S3 keeps for itself" },
    { S_INIT("AWS::SNS::Topic"), S_INIT("TopicName"), 1, 256, "-_.", false, has_no_dot, LETTERS ", '-' and '_', and perhaps '.fifo' at the end" },
    { S_INIT("AWS::SQS::Queue"), S_INIT("QueueName"), 1, 80, "-_.", false, has_no_dot, LETTERS ", '-' and '_', and perhaps '.fifo' at the end" },
    { S_INIT("AWS::SSM::Parameter"), S_INIT("Name"), 1, 1011, "_.-/", false, is_parameter, LETTERS ", '_', '.', '-' and '/', and not 'aws' or 'ssm' first" },
    { S_INIT("AWS::SageMaker::ModelPackageGroup"), S_INIT("ModelPackageGroupName"), 1, 63, "-", false, has_plain_edges, LETTERS " and '-', with a letter or digit first and last" },
    { S_INIT("AWS::StepFunctions::Activity"), S_INIT("Name"), 1, 80, NULL, false, is_machine, "text without blanks, brackets and <>?*\"#%\\^|~`$&,;:/" },
    { S_INIT("AWS::StepFunctions::StateMachine"), S_INIT("StateMachineName"), 1, 80, NULL, false, is_machine, "text without blanks, brackets and <>?*\"#%\\^|~`$&,;:/" },
};
/* clang-format on */

const struct name_rule *names_rule(struct str type, struct str property)
{
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++)
        if (str_eq(RULES[i].type, type) && str_eq(RULES[i].property, property))
            return &RULES[i];
    return NULL;
}

static bool is_allowed(const struct name_rule *rule, char c)
{
    if (!rule->extra)
        return (unsigned char)c >= 0x20 && c != 0x7f;
    if (rule->lower && ascii_is_upper(c))
        return false;
    return ascii_is_alnum(c) || (c && strchr(rule->extra, c));
}

bool names_fit(const struct name_rule *rule, struct str name)
{
    size_t n = utf8_length(name);
    for (size_t i = 0; i < name.n; i++)
        if (!is_allowed(rule, name.p[i]))
            return false;
    return n >= rule->min && n <= rule->max && (!rule->fits || rule->fits(name));
}

/* ---- the plan's resources ------------------------------------------------------------------- */

static void report(struct plan *p, const struct resource *r, const struct name_rule *rule,
                   struct str name)
{
    size_t n = utf8_length(name);
    struct diag *d;
    if (n < rule->min || n > rule->max)
        d = diag_error(p->ds, "bad-name", r->span,
                       "'%.*s' cannot name this %s: it has %zu characters; expected %zu to %zu",
                       STR(name), r->type, n, rule->min, rule->max);
    else
        d = diag_error(p->ds, "bad-name", r->span, "'%.*s' cannot name this %s", STR(name),
                       r->type);
    diag_help(d, "it may have %s", rule->words);
}

struct names {
    struct map seen, clashing; /* type and name → what has it; names that were reported */
};

/* Equal names of items are something else, and reported as that. */
static void report_clash(struct plan *p, struct names *n, const char *type, const char *what,
                         struct str name, struct span second, struct span first)
{
    if (str_eq(span_text(second), span_text(first)) ||
        map_put(p->arena, &n->clashing, span_text(second), n))
        return;
    struct diag *d =
        diag_error(p->ds, "name-clash", second,
                   "the %s of this %s would be '%.*s', as of another one", what, type, STR(name));
    diag_help(d, "names are cut to what AWS takes: let these differ early, and in more than signs");
    diag_note(d, first, "the other one");
}

/* A name as the template has it: text, or text with what only deployment knows. */
static struct str name_text(const struct node *n)
{
    const struct node *sub = node_get(n, S("Fn::Sub"));
    return n->kind == NODE_STR ? n->str : node_is_str(sub) ? sub->str : (struct str){ 0 };
}

static void check_named(struct plan *p, struct names *n, struct resource *r,
                        const struct node_entry *e)
{
    const struct name_rule *rule = names_rule(str_from(r->type), e->key);
    struct str name = name_text(e->value);
    if (!rule || !name.n)
        return;
    if (e->value->kind == NODE_STR && !names_fit(rule, name)) {
        report(p, r, rule, name);
        return;
    }
    struct str key = arena_printf(p->arena, "%s %.*s", r->type, STR(name));
    const struct resource *first = map_put(p->arena, &n->seen, key, r);
    if (first)
        report_clash(p, n, r->type, "name", name, r->span, first->span);
}

enum { LOGICAL_ID_MAX = 255 }; /* Source: CloudFormation quotas, "Resource name" */

static void check_logical_id(struct plan *p, const struct resource *r)
{
    if (!r->id.n)
        diag_help(diag_error(p->ds, "bad-name", r->span,
                             "the name has no letter or digit that a logical id could be made of"),
                  "names in templates have ASCII letters and digits only");
    else if (r->id.n > LOGICAL_ID_MAX)
        diag_error(p->ds, "bad-name", r->span,
                   "the logical id '%.*s' has %zu characters; a template takes at most %d",
                   STR(r->id), r->id.n, LOGICAL_ID_MAX);
}

/* "a-b" and "a_b" both make "AB": which of them gets it would depend on their order, and a change
 * of the order would replace both. */
static void check_items(struct plan *p, struct names *n)
{
    for (size_t i = 0; i < p->pipeline->resources.n; i++) {
        struct item *it = p->pipeline->resources.p[i];
        struct str id = plan_placeholder_name(p, it->name.s, "");
        struct str key = arena_printf(p->arena, "%s %.*s", it->kind->type, STR(id));
        const struct item *first = map_put(p->arena, &n->seen, key, it);
        if (first)
            report_clash(p, n, it->kind->type, "logical id", id, it->name.span, first->name.span);
    }
}

void check_resource_names(struct plan *p)
{
    struct names names = { 0 };
    check_items(p, &names);
    for (size_t i = 0; i < p->resources.n; i++) {
        struct resource *r = p->resources.p[i];
        check_logical_id(p, r);
        for (size_t k = 0; k < r->props->map.n; k++)
            check_named(p, &names, r, &r->props->map.entries[k]);
    }
}
