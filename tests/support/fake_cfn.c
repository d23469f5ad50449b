#include "fake_cfn.h"

bool fake_in_progress(const struct fake_stack *s)
{
    return str_ends(s->status, S("_IN_PROGRESS")) && !str_eq(s->status, S("REVIEW_IN_PROGRESS"));
}

const struct node *fake_template_resources(const struct node *template)
{
    const struct node *n = node_get(template, S("Resources"));
    return n && n->kind == NODE_MAP ? n : NULL;
}

static struct str type_of(const struct node *body)
{
    const struct node *n = node_get(body, S("Type"));
    return n && n->kind == NODE_STR ? n->str : S("?");
}

/* A name that changes, or a type that has versions only. */
bool fake_replaces(const struct node *old, const struct node *new)
{
    const struct node *a = node_get(old, S("Properties")), *b = node_get(new, S("Properties"));
    if (str_eq(type_of(new), S("AWS::Lambda::LayerVersion")))
        return true;
    for (size_t i = 0; a && b && a->kind == NODE_MAP && i < a->map.n; i++) {
        struct str key = a->map.entries[i].key;
        const struct node *other = node_get(b, key);
        if (str_ends(key, S("Name")) && (!other || !node_equal(a->map.entries[i].value, other)))
            return true;
    }
    return false;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void add_step(struct fake *f, struct fake_stack *s, struct fake_step step)
{
    vec_push(&f->arena, &s->steps, step);
}

static void add_status(struct fake *f, struct fake_stack *s, const char *status)
{
    add_step(f, s, (struct fake_step){ .kind = STEP_STATUS, .status = str_from(status) });
}

static void add_event(struct fake *f, struct fake_stack *s, struct str id, const char *status,
                      struct str reason)
{
    add_step(f, s,
             (struct fake_step){
                 .kind = STEP_RESOURCE, .id = id, .status = str_from(status), .reason = reason });
}

static void add_apply(struct fake *f, struct fake_stack *s, struct str id, const struct node *body,
                      bool replace, struct str physical, const char *status)
{
    add_step(f, s,
             (struct fake_step){ .kind = STEP_APPLY,
                                 .id = id,
                                 .body = body,
                                 .replace = replace,
                                 .physical = physical,
                                 .status = str_from(status) });
}

/* `physical` says which one, where the resource itself lives on under another. */
static void add_delete(struct fake *f, struct fake_stack *s, struct str id, struct str physical)
{
    add_event(f, s, id, "DELETE_IN_PROGRESS", (struct str){ 0 });
    add_step(
        f, s,
        (struct fake_step){
            .kind = STEP_DELETE, .id = id, .physical = physical, .status = S("DELETE_COMPLETE") });
}

/* Whether the script says that the resource fails now, and what it says then. */
static bool fails(struct fake *f, struct str id, const struct node *body, struct str *reason)
{
    int *left = map_get(&f->failures, id);
    if (left && *left > 0) {
        --*left;
        *reason = *(struct str *)map_get(&f->reasons, id);
        return true;
    }
    const struct node *code = node_get(node_get(body, S("Properties")), S("Code"));
    const struct node *key = node_get(code, S("S3Key"));
    if (key && key->kind == NODE_STR) {
        for (size_t i = 0; i < f->buckets.n; i++)
            if (fake_find_object(f, f->buckets.entries[i].key, key->str))
                return false;
        *reason = S("Error occurred while GetObject. S3 Error Code: NoSuchKey.");
        return true;
    }
    return false;
}

static bool is_retained(const struct node *body, const char *attribute)
{
    const struct node *n = node_get(body, str_from(attribute));
    return n && n->kind == NODE_STR && str_eq(n->str, S("Retain"));
}

/* ---- operations ------------------------------------------------------------------------------ */

static void begin(struct fake *f, struct fake_stack *s, const char *status)
{
    s->steps.n = 0;
    s->step = 0;
    s->status = str_from(status);
    s->reason = (struct str){ 0 };
    add_status(f, s, status);
    fake_advance(f);
}

void fake_plan_create(struct fake *f, struct fake_stack *s, const struct fake_set *set)
{
    const struct node *all = fake_template_resources(set->template);
    struct str reason = { 0 };
    size_t done = 0;
    bool failed = false;
    s->target = set;
    begin(f, s, "CREATE_IN_PROGRESS");
    for (; all && done < all->map.n && !failed; done++) {
        struct str id = all->map.entries[done].key;
        add_event(f, s, id, "CREATE_IN_PROGRESS", (struct str){ 0 });
        failed = fails(f, id, all->map.entries[done].value, &reason);
        if (failed)
            break;
        add_apply(f, s, id, all->map.entries[done].value, false, (struct str){ 0 },
                  "CREATE_COMPLETE");
    }
    if (!failed) {
        add_status(f, s, "CREATE_COMPLETE");
        return;
    }
    add_event(f, s, all->map.entries[done].key, "CREATE_FAILED", reason);
    if (done + 1 < all->map.n)
        add_event(f, s, all->map.entries[done + 1].key, "CREATE_FAILED",
                  S("Resource creation cancelled"));
    add_status(f, s, "ROLLBACK_IN_PROGRESS");
    for (size_t i = done; i-- > 0;)
        add_delete(f, s, all->map.entries[i].key, (struct str){ 0 });
    add_status(f, s, "ROLLBACK_COMPLETE");
}

static struct fake_resource *live(struct fake_stack *s, struct str id)
{
    struct fake_resource *r = map_get(&s->resources, id);
    return r && r->body ? r : NULL;
}

/* Back to what was there before the update touched entries [0, done). */
static void plan_rollback(struct fake *f, struct fake_stack *s, const struct node *all, size_t done)
{
    bool stuck = false;
    add_status(f, s, "UPDATE_ROLLBACK_IN_PROGRESS");
    for (size_t i = 0; i < done; i++) {
        struct str id = all->map.entries[i].key;
        struct fake_resource *r = live(s, id);
        if (!r || node_equal(r->body, all->map.entries[i].value))
            continue;
        add_event(f, s, id, "UPDATE_IN_PROGRESS", (struct str){ 0 });
        if (map_get(&f->no_rollback, id)) {
            add_event(f, s, id, "UPDATE_FAILED", S("the resource cannot be rolled back"));
            stuck = true;
        } else {
            add_apply(f, s, id, r->body, false, r->physical, "UPDATE_COMPLETE");
        }
    }
    if (stuck) {
        add_status(f, s, "UPDATE_ROLLBACK_FAILED");
        return;
    }
    for (size_t i = 0; i < done; i++)
        if (!live(s, all->map.entries[i].key))
            add_delete(f, s, all->map.entries[i].key, (struct str){ 0 });
    add_status(f, s, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
    add_status(f, s, "UPDATE_ROLLBACK_COMPLETE");
}

static void plan_cleanup(struct fake *f, struct fake_stack *s, const struct node *all)
{
    add_status(f, s, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    for (size_t i = 0; i < s->resources.n; i++) {
        struct fake_resource *r = s->resources.entries[i].value;
        const struct node *after = r->body ? node_get(all, r->id) : NULL;
        if (!r->body)
            continue;
        if (!after && is_retained(r->body, "DeletionPolicy"))
            add_event(f, s, r->id, "DELETE_SKIPPED", (struct str){ 0 });
        else if (!after)
            add_delete(f, s, r->id, (struct str){ 0 });
        else if (!node_equal(r->body, after) && fake_replaces(r->body, after))
            add_delete(f, s, r->id, r->physical);
    }
    add_status(f, s, "UPDATE_COMPLETE");
}

void fake_plan_update(struct fake *f, struct fake_stack *s, const struct fake_set *set)
{
    const struct node *all = fake_template_resources(set->template);
    s->target = set;
    begin(f, s, "UPDATE_IN_PROGRESS");
    for (size_t i = 0; i < all->map.n; i++) {
        struct str id = all->map.entries[i].key, reason = { 0 };
        const struct node *body = all->map.entries[i].value;
        struct fake_resource *r = live(s, id);
        if (r && node_equal(r->body, body))
            continue;
        add_event(f, s, id, r ? "UPDATE_IN_PROGRESS" : "CREATE_IN_PROGRESS", (struct str){ 0 });
        if (fails(f, id, body, &reason)) {
            add_event(f, s, id, r ? "UPDATE_FAILED" : "CREATE_FAILED", reason);
            plan_rollback(f, s, all, i);
            return;
        }
        add_apply(f, s, id, body, r && fake_replaces(r->body, body), (struct str){ 0 },
                  r ? "UPDATE_COMPLETE" : "CREATE_COMPLETE");
    }
    plan_cleanup(f, s, all);
}

void fake_plan_continue(struct fake *f, struct fake_stack *s, const struct map *skip)
{
    bool stuck = false;
    begin(f, s, "UPDATE_ROLLBACK_IN_PROGRESS");
    for (size_t i = 0; i < f->no_rollback.n; i++) {
        struct str id = f->no_rollback.entries[i].key;
        if (!f->no_rollback.entries[i].value || !live(s, id) || map_has(skip, id))
            continue;
        add_event(f, s, id, "UPDATE_FAILED", S("the resource cannot be rolled back"));
        stuck = true;
    }
    add_status(f, s, stuck ? "UPDATE_ROLLBACK_FAILED" : "UPDATE_ROLLBACK_COMPLETE");
}

void fake_plan_delete(struct fake *f, struct fake_stack *s, const struct map *retain)
{
    bool stuck = false;
    begin(f, s, "DELETE_IN_PROGRESS");
    for (size_t i = s->resources.n; i-- > 0;) {
        const struct fake_resource *r = s->resources.entries[i].value;
        if (!r->body)
            continue;
        if (is_retained(r->body, "DeletionPolicy") || map_has(retain, r->id)) {
            add_event(f, s, r->id, "DELETE_SKIPPED", (struct str){ 0 });
        } else if (map_get(&f->no_delete, r->id)) {
            add_event(f, s, r->id, "DELETE_FAILED",
                      S("The bucket you tried to delete is not empty"));
            stuck = true;
        } else {
            add_delete(f, s, r->id, (struct str){ 0 });
        }
    }
    add_status(f, s, stuck ? "DELETE_FAILED" : "DELETE_COMPLETE");
}

/* ---- time passes ----------------------------------------------------------------------------- */

static void record(struct fake *f, struct fake_stack *s, struct str id, struct str physical,
                   struct str type, struct str status, struct str reason)
{
    struct fake_event e = { .id = id,
                            .physical = physical,
                            .type = type,
                            .status = status,
                            .reason = reason,
                            .token = s->token,
                            .at = fake_now_ms() };
    vec_push(&f->arena, &s->events, e);
}

static struct fake_resource *resource_of(struct fake *f, struct fake_stack *s, struct str id)
{
    struct fake_resource *r = map_get(&s->resources, id);
    if (!r) {
        r = arena_make(&f->arena, struct fake_resource);
        r->id = id;
        map_put(&f->arena, &s->resources, id, r);
    }
    return r;
}

static struct str new_physical(struct fake *f, const struct fake_stack *s, struct str id,
                               struct str type)
{
    f->physical_made++;
    if (str_eq(type, S("AWS::StepFunctions::StateMachine")))
        return arena_printf(&f->arena,
                            "arn:aws:states:" FAKE_REGION ":" FAKE_ACCOUNT ":stateMachine:%.*s-%zu",
                            STR(s->name), ++f->serial);
    return arena_printf(&f->arena, "%.*s-%.*s-%zu", STR(s->name), STR(id), ++f->serial);
}

static void apply(struct fake *f, struct fake_stack *s, const struct fake_step *step)
{
    struct fake_resource *r = resource_of(f, s, step->id);
    bool is_new = !r->body || step->replace;
    r->type = type_of(step->body);
    if (step->physical.n) {
        if (!str_eq(step->physical, r->physical))
            f->physical_deleted++; /* the one that was to replace it goes again */
        r->physical = step->physical;
    } else if (is_new) {
        r->physical = new_physical(f, s, r->id, r->type);
    }
    r->body = step->body;
}

static void remove_resource(struct fake *f, struct fake_stack *s, const struct fake_step *step)
{
    struct fake_resource *r = resource_of(f, s, step->id);
    f->physical_deleted++;
    if (!step->physical.n || str_eq(step->physical, r->physical))
        r->body = NULL;
}

static void finish(struct fake_stack *s)
{
    bool good = str_eq(s->status, S("CREATE_COMPLETE")) || str_eq(s->status, S("UPDATE_COMPLETE"));
    if (s->target && (good || str_eq(s->status, S("ROLLBACK_COMPLETE")))) {
        s->body = s->target->body;
        s->template = s->target->template;
        s->parameters = s->target->parameters;
        s->tags = s->target->tags;
    }
    if (!fake_in_progress(s)) {
        if (s->target)
            ((struct fake_set *)s->target)->execution =
                good ? S("EXECUTE_COMPLETE") : S("EXECUTE_FAILED");
        s->target = NULL;
    }
    s->deleted = str_eq(s->status, S("DELETE_COMPLETE"));
}

static void do_step(struct fake *f, struct fake_stack *s, const struct fake_step *step)
{
    if (step->kind == STEP_STATUS) {
        s->status = step->status;
        finish(s);
        record(f, s, s->name, s->arn, S("AWS::CloudFormation::Stack"), step->status,
               (struct str){ 0 });
        return;
    }
    if (step->kind == STEP_APPLY)
        apply(f, s, step);
    if (step->kind == STEP_DELETE)
        remove_resource(f, s, step);
    const struct fake_resource *r = resource_of(f, s, step->id);
    const struct node *planned =
        s->target ? node_get(fake_template_resources(s->target->template), r->id) : NULL;
    record(f, s, r->id, r->physical, r->type.n ? r->type : type_of(planned), step->status,
           step->reason);
}

void fake_advance(struct fake *f)
{
    for (size_t i = 0; i < f->stacks.n; i++) {
        struct fake_stack *s = f->stacks.p[i];
        for (int n = 0; n < f->pace && s->step < s->steps.n; n++) {
            struct fake_step step = s->steps.p[s->step++];
            do_step(f, s, &step);
        }
    }
}
