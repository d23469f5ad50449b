/* Least privilege, shown for the roles of one engine case:
 *
 *     policy_calls <case> <common>
 *
 * <case>/expect/ holds what the case compiles to, <case>/calls.yaml the calls that AWS makes with
 * each role, written down from its documentation and not from the engine:
 *
 *     source: [page, …]
 *     roles:
 *       StateMachineRole:
 *         allow:
 *           - {call: sns:Publish, on: "arn:aws:sns:…", when: {condition key: value}}
 *         deny: [the same]
 *         accept: [the same and because: text]
 *     accept: [for any role of the case]
 *     from: {role: {condition key: value}}   what the service sends when it assumes the role
 *
 * `call` and `on` may be lists: every call on every resource; HERE in an ARN is region and account.
 * Then
 * - every call under `allow` is allowed, and nothing under `deny`;
 * - without any statement, or one pair of action and resource in it, one of them is denied;
 * - <common>/dangerous.yaml stays denied, but for calls under `allow` and `accept`;
 * - <common>/services.yaml: the service may assume the role, others and other accounts may not;
 * - <name>.iam.json says the same as the template, with a reason and a line for each statement.
 * A case without calls.yaml, or with one that only has `accept`, is held to the last three. */
#include "base/file.h"
#include "base/json.h"
#include "support/arns.h"
#include "support/policy.h"
#include "yaml/yaml.h"

#include <stdio.h>

struct run {
    struct arena *arena;
    struct diags *ds;
    const struct node *document, *dangerous, *services, *accept, *from;
    struct str role; /* being looked at */
    int failures;
};

__attribute__((format(printf, 2, 3))) static void fail(struct run *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str text = arena_vprintf(r->arena, fmt, args);
    va_end(args);
    printf("%.*s: %.*s\n", STR(r->role), STR(text));
    r->failures++;
}

/* ---- lists of calls -------------------------------------------------------------------------- */

struct calls {
    VEC(struct policy_call) all;
};

static size_t count(const struct node *n)
{
    return n->kind == NODE_SEQ ? n->seq.n : 1;
}

static struct str text(const struct node *n, size_t i)
{
    const struct node *item = n->kind == NODE_SEQ ? n->seq.items[i] : n;
    return node_is_str(item) ? item->str : (struct str){ 0 };
}

static struct str arn(struct run *r, struct str s)
{
    size_t at = str_find(s, S(":HERE:"), 0);
    if (at == SIZE_MAX)
        return s;
    return arena_printf(r->arena, "%.*s:" ARNS_REGION ":" ARNS_ACCOUNT "%.*s",
                        STR(str_sub(s, 0, at)), STR(str_sub(s, at + 5, s.n)));
}

static void check_keys(struct run *r, const struct node *map, const char *const *known)
{
    for (size_t i = 0; i < map->map.n; i++) {
        bool found = false;
        for (const char *const *k = known; *k; k++)
            found = found || str_eq(map->map.entries[i].key, str_from(*k));
        if (!found)
            fail(r, "unknown key '%.*s' in a list of calls", STR(map->map.entries[i].key));
    }
}

static void add_calls(struct run *r, struct calls *list, const struct node *entry)
{
    static const char *const KEYS[] = { "call", "on", "when", "because", NULL };
    const struct node *call = node_get(entry, S("call")), *on = node_get(entry, S("on"));
    if (!call || !on) {
        fail(r, "an entry has no 'call' or no 'on'");
        return;
    }
    check_keys(r, entry, KEYS);
    for (size_t i = 0; i < count(call); i++)
        for (size_t k = 0; k < count(on); k++) {
            struct policy_call c = {
                text(call, i), arn(r, text(on, k)), node_get(entry, S("when")), { 0 }
            };
            if (!c.action.n || !c.resource.n)
                fail(r, "'call' and 'on' are texts or lists of texts");
            vec_push(r->arena, &list->all, c);
        }
}

static struct calls read_calls(struct run *r, const struct node *list)
{
    struct calls calls = { 0 };
    for (size_t i = 0; list && list->kind == NODE_SEQ && i < list->seq.n; i++)
        add_calls(r, &calls, list->seq.items[i]);
    return calls;
}

static bool allowed(struct run *r, const struct node *policy, const struct policy_call *call)
{
    struct policy_answer answer = policy_judge(r->arena, policy, call);
    if (answer.verdict == POLICY_BROKEN)
        fail(r, "the policy cannot be judged: %.*s", STR(answer.why));
    return answer.verdict == POLICY_ALLOWED;
}

static bool all_allowed(struct run *r, const struct node *policy, const struct calls *calls)
{
    for (size_t i = 0; i < calls->all.n; i++)
        if (!allowed(r, policy, &calls->all.p[i]))
            return false;
    return true;
}

/* ---- what has to hold ------------------------------------------------------------------------ */

static void check_allowed(struct run *r, const struct node *policy, const struct calls *calls,
                          bool want)
{
    for (size_t i = 0; i < calls->all.n; i++) {
        const struct policy_call *c = &calls->all.p[i];
        if (allowed(r, policy, c) != want)
            fail(r, "%.*s on %.*s is %s", STR(c->action), STR(c->resource),
                 want ? "not allowed" : "allowed");
    }
}

static bool holds(const struct calls *list, const struct policy_call *call)
{
    for (size_t i = 0; i < list->all.n; i++)
        if (str_eq(list->all.p[i].action, call->action) &&
            policy_arn_fits(list->all.p[i].resource, call->resource))
            return true;
    return false;
}

/* Where a case accepts that an action is allowed more widely than it should be, what is narrower is
 * not missed: whether the n-th statement's pair is such. */
static bool is_wider(const struct node *policy, size_t n, const struct policy_call *pair,
                     const struct calls *accepted)
{
    bool known = false, wider = false;
    for (size_t i = 0; i < accepted->all.n; i++)
        known = known || str_eq(accepted->all.p[i].action, pair->action);
    for (size_t s = 0; s < policy->seq.n; s++) {
        const struct node *st = policy->seq.items[s];
        const struct node *actions = node_get(st, S("Action")),
                          *resources = node_get(st, S("Resource"));
        bool same = false;
        for (size_t i = 0; i < count(actions); i++)
            same = same || str_eq(text(actions, i), pair->action);
        for (size_t k = 0; same && k < count(resources); k++)
            wider = wider || ((s != n || !str_eq(text(resources, k), pair->resource)) &&
                              policy_arn_fits(text(resources, k), pair->resource));
    }
    return known && wider;
}

/* One of the calls needs every statement, and of each every action on every resource. */
static void check_needed(struct run *r, const struct node *policy, const struct calls *calls,
                         const struct calls *accepted)
{
    for (size_t s = 0; s < policy->seq.n; s++) {
        const struct node *actions = node_get(policy->seq.items[s], S("Action"));
        const struct node *resources = node_get(policy->seq.items[s], S("Resource"));
        for (size_t i = 0; i < count(actions); i++)
            for (size_t k = 0; k < count(resources); k++) {
                struct policy_call pair = { text(actions, i), text(resources, k), NULL, { 0 } };
                if (!is_wider(policy, s, &pair, accepted) &&
                    all_allowed(r, policy_without_pair(r->arena, policy, s, i, k), calls))
                    fail(r, "no call needs %.*s on %.*s", STR(pair.action), STR(pair.resource));
            }
    }
}

static void check_dangerous(struct run *r, const struct node *policy, const struct calls *needed,
                            const struct calls *accepted)
{
    struct calls dangerous = read_calls(r, r->dangerous), common = read_calls(r, r->accept);
    for (size_t i = 0; i < dangerous.all.n; i++) {
        const struct policy_call *c = &dangerous.all.p[i];
        bool known = holds(needed, c) || holds(accepted, c) || holds(&common, c);
        if (!known && allowed(r, policy, c))
            fail(r, "%.*s on %.*s is dangerous and allowed", STR(c->action), STR(c->resource));
    }
}

static void check_trust(struct run *r, struct str service, const struct node *wants)
{
    const struct node *resource = node_get(node_get(r->document, S("Resources")), r->role);
    const struct node *doc =
        node_get(node_get(resource, S("Properties")), S("AssumeRolePolicyDocument"));
    const struct node *known = node_get(r->services, service);
    size_t unknown = 0;
    if (!doc || !known) {
        fail(r, doc ? "services.yaml does not know %.*s" : "nobody may assume it (%.*s)",
             STR(service));
        return;
    }
    const struct node *policy =
        arns_fill(r->arena, r->document, node_get(doc, S("Statement")), &unknown);
    const struct node *own = node_get(wants, S("from"));
    if (!own)
        own = node_get(r->from, r->role);
    struct policy_call call = { S("sts:AssumeRole"), S("*"), own ? own : node_get(known, S("from")),
                                service };
    if (unknown || !allowed(r, policy, &call))
        fail(r, "%.*s may not assume it", STR(service));
    call.context = node_get(known, S("not_from"));
    if (call.context && allowed(r, policy, &call))
        fail(r, "%.*s may assume it on behalf of others", STR(service));
    if (!call.context && !node_get(known, S("because")))
        fail(r, "services.yaml does not say why %.*s needs no condition", STR(service));
    call.context = NULL;
    call.service = S("elsewhere.amazonaws.com");
    if (allowed(r, policy, &call))
        fail(r, "any service may assume it");
}

/* ---- the two files say the same -------------------------------------------------------------- */

/* Where a role's statements are too long for it: those of its managed policies, one after another.
 */
static struct node *managed_policies(struct run *r, const struct node *arns)
{
    struct node *out = node_seq(r->arena, (struct span){ 0 });
    for (size_t i = 0; i < arns->seq.n; i++) {
        const struct node *ref = node_get(arns->seq.items[i], S("Ref"));
        const struct node *policy =
            ref ? node_get(node_get(r->document, S("Resources")), ref->str) : NULL;
        const struct node *document =
            node_get(node_get(policy, S("Properties")), S("PolicyDocument"));
        const struct node *statements = node_get(document, S("Statement"));
        for (size_t k = 0; statements && k < statements->seq.n; k++)
            node_push(r->arena, out, statements->seq.items[k]);
    }
    return out;
}

static const struct node *policy_in_template(struct run *r)
{
    const struct node *role = node_get(node_get(r->document, S("Resources")), r->role);
    const struct node *arns = node_get(node_get(role, S("Properties")), S("ManagedPolicyArns"));
    const struct node *list = node_get(node_get(role, S("Properties")), S("Policies"));
    struct node *none = node_seq(r->arena, (struct span){ 0 });
    if (!role)
        return NULL;
    if (!list)
        return arns ? managed_policies(r, arns) : none;
    if (list->seq.n != 1)
        fail(r, "has %u policies", (unsigned)list->seq.n);
    return node_get(node_get(list->seq.items[0], S("PolicyDocument")), S("Statement"));
}

/* The statements of .iam.json as a policy has them. */
static const struct node *policy_in_iam(struct run *r, const struct node *statements)
{
    struct node *out = node_seq(r->arena, (struct span){ 0 });
    for (size_t i = 0; i < statements->seq.n; i++) {
        const struct node *st = statements->seq.items[i];
        const struct node *because = node_get(st, S("because"));
        struct node *copy = node_map(r->arena, st->span);
        struct node *allow = node_str(r->arena, st->span, S("Allow"));
        node_put(r->arena, copy, S("Effect"), st->span, allow);
        for (size_t k = 0; k < st->map.n; k++)
            if (!str_eq(st->map.entries[k].key, S("because")))
                node_put(r->arena, copy, st->map.entries[k].key, st->span,
                         st->map.entries[k].value);
        node_push(r->arena, out, copy);
        if (!because || !because->seq.n)
            fail(r, "statement %zu has no reason", i + 1);
        for (size_t k = 0; because && k < because->seq.n; k++)
            if (!node_get(because->seq.items[k], S("reason")) ||
                !node_get(because->seq.items[k], S("line")))
                fail(r, "statement %zu has a reason without text or line", i + 1);
    }
    return out;
}

static void check_role(struct run *r, const struct node *role, const struct node *calls)
{
    static const char *const KEYS[] = { "allow", "deny", "accept", "from", NULL };
    const struct node *made = node_get(role, S("role"));
    int before = r->failures;
    r->role = made ? made->str : S("the existing role");
    const struct node *wants = node_get(calls, r->role);
    const struct node *policy = policy_in_iam(r, node_get(role, S("statements")));
    if (made) {
        const struct node *deployed = policy_in_template(r);
        if (!deployed || !node_equal(policy, deployed))
            fail(r, "the template's policy is not what .iam.json says");
    }
    size_t unknown = 0;
    policy = arns_fill(r->arena, r->document, policy, &unknown);
    if (unknown)
        fail(r, "the policy refers to what the test does not know; see tests/support/arns.c");
    if (calls && !wants)
        fail(r, "calls.yaml does not list it");
    if (wants)
        check_keys(r, wants, KEYS);
    struct calls needed = read_calls(r, node_get(wants, S("allow")));
    struct calls denied = read_calls(r, node_get(wants, S("deny")));
    struct calls accepted = read_calls(r, node_get(wants, S("accept")));
    check_allowed(r, policy, &needed, true);
    check_allowed(r, policy, &denied, false);
    check_allowed(r, policy, &accepted, true);
    if (calls && r->failures == before)
        check_needed(r, policy, &needed, &accepted);
    check_dangerous(r, policy, &needed, &accepted);
    if (made)
        check_trust(r, node_get(role, S("assumed_by"))->str, wants);
}

static void check_names(struct run *r, const struct node *roles, const struct node *calls)
{
    r->role = S("calls.yaml");
    for (size_t i = 0; calls && i < calls->map.n; i++) {
        bool there = false;
        for (size_t k = 0; k < roles->seq.n; k++) {
            const struct node *made = node_get(roles->seq.items[k], S("role"));
            there = there ||
                    str_eq(made ? made->str : S("the existing role"), calls->map.entries[i].key);
        }
        if (!there)
            fail(r, "there is no role '%.*s'", STR(calls->map.entries[i].key));
    }
}

/* What is accepted for the whole case is allowed somewhere in it. */
static void check_accepted(struct run *r, const struct node *roles)
{
    struct calls accepted = read_calls(r, r->accept);
    r->role = S("calls.yaml");
    for (size_t i = 0; i < accepted.all.n; i++) {
        const struct policy_call *c = &accepted.all.p[i];
        bool allowed_somewhere = false;
        for (size_t k = 0; k < roles->seq.n; k++) {
            size_t unknown = 0;
            const struct node *policy =
                policy_in_iam(r, node_get(roles->seq.items[k], S("statements")));
            policy = arns_fill(r->arena, r->document, policy, &unknown);
            allowed_somewhere = allowed_somewhere || allowed(r, policy, c);
        }
        if (!allowed_somewhere)
            fail(r, "%.*s on %.*s is accepted, but not allowed", STR(c->action), STR(c->resource));
    }
}

/* ---- files ----------------------------------------------------------------------------------- */

static const struct node *read_file(struct run *r, const char *folder, const char *name)
{
    const struct source *src =
        source_read(r->arena, r->ds, (struct span){ 0 }, str_from(folder), str_from(name));
    if (!src)
        return NULL;
    return str_ends(str_from(name), S(".json")) ? json_read_node(r->arena, r->ds, src)
                                                : yaml_read(r->arena, r->ds, src, NULL);
}

static void check_case(struct run *r, const char *folder, const char *common)
{
    const struct node *iam = read_file(r, folder, "expect/pipeline.iam.json"), *list = NULL;
    r->document = read_file(r, folder, "expect/pipeline.unlinked.json");
    r->dangerous = read_file(r, common, "dangerous.yaml");
    r->services = read_file(r, common, "services.yaml");
    if (file_exists(str_from(folder), S("calls.yaml")))
        list = read_file(r, folder, "calls.yaml");
    if (r->ds->errors)
        return;
    const struct node *calls = node_get(list, S("roles")), *source = node_get(list, S("source"));
    r->role = S("calls.yaml");
    r->accept = node_get(list, S("accept"));
    r->from = node_get(list, S("from"));
    if (list && (calls ? calls->kind != NODE_MAP || !source : !r->accept && !r->from))
        fail(r, "has no 'source' for its 'roles', or none of 'roles', 'accept' and 'from'");
    const struct node *roles = node_get(iam, S("roles"));
    check_names(r, roles, calls);
    for (size_t i = 0; i < roles->seq.n; i++)
        check_role(r, roles->seq.items[i], calls);
    check_accepted(r, roles);
}

int main(int argc, char **argv)
{
    struct arena arena = { 0 };
    struct diags ds;
    if (argc != 3) {
        fprintf(stderr, "usage: policy_calls CASE COMMON\n");
        return 2;
    }
    diags_init(&ds, &arena);
    struct run r = { .arena = &arena, .ds = &ds };
    check_case(&r, argv[1], argv[2]);
    struct buf messages;
    buf_init(&messages, 0);
    diags_print(&ds, &messages, false);
    printf("%.*s", STR(buf_str(&messages)));
    int failures = r.failures + (int)ds.errors;
    buf_done(&messages);
    arena_done(&arena);
    return failures ? 1 : 0;
}
