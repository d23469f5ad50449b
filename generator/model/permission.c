#include "model/permission.h"

#include "schema/bind.h"

static void check_action(struct bind *b, const struct node *n)
{
    if (n->kind != NODE_STR || str_find_char(n->str, ':', 0) != SIZE_MAX)
        return;
    struct diag *d = diag_error(b->ds, "bad-action", n->span, "'%.*s' is no action", STR(n->str));
    diag_help(d, "an action is service:Action, for example s3:GetObject");
}

void permission_check_actions(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    check_action(b, value);
    for (size_t i = 0; value->kind == NODE_SEQ && i < value->seq.n; i++)
        check_action(b, value->seq.items[i]);
}

#define F(kind, name, ...) FIELD_##kind(struct permission, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STRS, actions, .check = permission_check_actions, .example = "[s3:GetObject]",
      .doc = "Actions that the role may take besides those that are found out."),
    F(STRS, remove, .check = permission_check_actions, .example = "[\"glue:Delete*\"]",
      .doc = "In place of `actions`: those that the role may not take after all, where `*` stands "
             "for any text."),
    F(STRS, resources, .example = "[\"arn:aws:s3:::data/in/*\"]",
      .doc =
          "ARNs that the actions are for, or names of the pipeline's own resources, perhaps with "
          "what is in them: `uploads/in/*`. With `remove` they say of which resources, as "
          ".iam.json has them, where `*` stands for any text; without them of all."),
    F(STR, reason, .required = true, .min = 1, .example = "reads the input",
      .doc = "Why, for those who review the policy."),
};
#undef F
const struct fields permission_fields =
    FIELDS(struct permission, "permissions", rows,
           .doc = "What the code may do in AWS, or the state machine where a step runs no code.");

static bool check_one(struct diags *ds, const struct permission *p, struct span whole)
{
    struct diag *d = NULL;
    if (p->actions.set && p->remove.set)
        d = diag_error(ds, "conflict", p->remove.span, "'actions' adds and 'remove' takes away");
    else if (!p->actions.set && !p->remove.set)
        d = diag_error(ds, "missing-key", p->reason.set ? p->reason.span : whole,
                       "a permission has neither 'actions' nor 'remove'");
    else if (p->actions.set && !p->resources.n)
        d = diag_error(ds, "missing-key", p->actions.span, "a permission has no 'resources'");
    if (!d)
        return true;
    diag_help(d, p->actions.set && p->remove.set
                     ? "write them as two items of the list"
                     : "for example {actions: [s3:GetObject], resources: "
                       "[\"arn:aws:s3:::data/in/*\"], reason: reads the input}");
    return false;
}

bool permissions_check(struct diags *ds, const struct vobjs *permissions)
{
    const struct permission *list = permissions->items;
    bool good = true;
    for (size_t i = 0; i < permissions->n; i++)
        good = check_one(ds, &list[i], permissions->span) && good;
    return good;
}
