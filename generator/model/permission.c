#include "model/permission.h"

#include "schema/bind.h"

static void check_action(struct bind *b, const struct node *n)
{
    if (n->kind != NODE_STR || str_find_char(n->str, ':', 0) != SIZE_MAX)
        return;
    struct diag *d = diag_error(b->ds, "bad-action", n->span, "'%.*s' is no action", STR(n->str));
    diag_help(d, "an action is service:Action, for example s3:GetObject");
}

static void check_actions(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    check_action(b, value);
    for (size_t i = 0; value->kind == NODE_SEQ && i < value->seq.n; i++)
        check_action(b, value->seq.items[i]);
}

#define F(kind, name, ...) FIELD_##kind(struct permission, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STRS, actions, .required = true, .check = check_actions, .doc = "Actions.",
      .example = "[s3:GetObject]"),
    F(STRS, resources, .required = true, .doc = "ARNs.", .example = "[\"arn:aws:s3:::data/in/*\"]"),
    F(STR, reason, .doc = "Why, for those who review the policy."),
};
#undef F
const struct fields permission_fields =
    FIELDS(struct permission, "permissions", rows, .doc = "What the code may do in AWS.");
