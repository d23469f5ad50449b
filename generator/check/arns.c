/* ARNs that somebody wrote: whether they are any, and whether they lie where the stage does.
 * Source: IAM user guide, "Identify AWS resources with Amazon Resource Names (ARNs)". */
#include "check/check.h"

#include "base/limits.h"

enum { PARTS = 6 };

struct arn {
    struct str parts[PARTS]; /* "arn", partition, service, region, account, resource */
};

static bool split(struct str text, struct arn *out)
{
    for (size_t i = 0; i + 1 < PARTS; i++) {
        size_t colon = str_find_char(text, ':', 0);
        if (colon == SIZE_MAX)
            return false;
        out->parts[i] = str_sub(text, 0, colon);
        text = str_sub(text, colon + 1, text.n);
    }
    out->parts[PARTS - 1] = text;
    return text.n && out->parts[1].n && out->parts[2].n;
}

/* What only running or deploying it tells, and patterns, may be anything. */
static bool is_open(struct str part)
{
    return !part.n || str_find_char(part, '*', 0) != SIZE_MAX ||
           str_find_char(part, '$', 0) != SIZE_MAX || str_find_char(part, '?', 0) != SIZE_MAX ||
           str_find_char(part, '{', 0) != SIZE_MAX;
}

static bool is_partition(struct str s)
{
    return str_eq(s, S("aws")) || str_starts(s, S("aws-"));
}

/* Layers and images are lent from account to account, and so is what AWS itself owns. */
static bool is_lent(const struct arn *a)
{
    return str_starts(a->parts[5], S("layer:")) || str_eq(a->parts[2], S("ecr")) ||
           str_eq(a->parts[4], S("aws"));
}

static void check_place(struct plan *p, const struct node *n, const struct arn *a)
{
    const struct stage *st = p->pipeline->stage;
    struct str partition = str_from(plan_partition(p));
    if (st->region.n && !is_open(a->parts[1]) && !str_eq(a->parts[1], partition))
        diag_warning(p->ds, "other-place", n->span,
                     "the ARN is of the partition '%.*s'; the stage's region '%.*s' lies in '%.*s'",
                     STR(a->parts[1]), STR(st->region), STR(partition));
    else if (st->region.n && !is_open(a->parts[3]) && !str_eq(a->parts[3], st->region))
        diag_help(diag_warning(p->ds, "other-place", n->span,
                               "the ARN is of the region '%.*s'; the stage '%.*s' lies in '%.*s'",
                               STR(a->parts[3]), STR(st->name), STR(st->region)),
                  "write {{ aws_region }} where the stage's own is meant");
    else if (st->account.n && !is_open(a->parts[4]) && !is_lent(a) &&
             !str_eq(a->parts[4], st->account))
        diag_help(diag_warning(p->ds, "other-place", n->span,
                               "the ARN is of the account '%.*s'; the stage '%.*s' is of '%.*s'",
                               STR(a->parts[4]), STR(st->name), STR(st->account)),
                  "write {{ aws_account_id }} where the stage's own is meant");
}

static void check_arn(struct plan *p, const struct node *n)
{
    struct arn a = { 0 };
    bool whole = split(n->str, &a);
    if (!whole && is_open(n->str))
        return;
    if (!whole || (!is_open(a.parts[1]) && !is_partition(a.parts[1])))
        diag_help(diag_warning(p->ds, "bad-arn", n->span, "'%.*s' is no ARN", STR(n->str)),
                  "an ARN is arn:partition:service:region:account:resource");
    else
        check_place(p, n, &a);
}

/* Only permissions are filled in when the pipeline is deployed; anywhere else it stays. */
static void check_filled(struct plan *p, const struct node *n)
{
    static const struct {
        struct str hole;
        const char *help;
    } HOLES[] = {
        { S_INIT("${AWS::Region}"), "write {{ aws_region }}" },
        { S_INIT("${AWS::AccountId}"), "write {{ aws_account_id }}" },
        { S_INIT("${AWS::Partition}"), "write the partition itself, for example aws" },
    };
    for (size_t i = 0; i < sizeof HOLES / sizeof *HOLES; i++)
        if (str_find(n->str, HOLES[i].hole, 0) != SIZE_MAX)
            diag_help(diag_error(p->ds, "placeholder", n->span,
                                 "'%.*s' is filled in under 'permissions' only",
                                 STR(HOLES[i].hole)),
                      "%s", HOLES[i].help);
}

static void walk(struct plan *p, const struct node *n, bool fills, int depth)
{
    if (n->kind == NODE_STR && str_starts(n->str, S("arn:")) &&
        str_find_char(n->str, ' ', 0) == SIZE_MAX) {
        check_arn(p, n);
        if (!fills)
            check_filled(p, n);
    }
    for (size_t i = 0; depth < LIMIT_JSON_DEPTH && n->kind == NODE_SEQ && i < n->seq.n; i++)
        walk(p, n->seq.items[i], fills, depth + 1);
    for (size_t i = 0; depth < LIMIT_JSON_DEPTH && n->kind == NODE_MAP && i < n->map.n; i++)
        walk(p, n->map.entries[i].value,
             fills || str_eq(n->map.entries[i].key, S("permissions")) ||
                 str_eq(n->map.entries[i].key, S("Fn::Sub")),
             depth + 1);
}

static void walk_items(struct plan *p, struct item *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (items[i]->node)
            walk(p, items[i]->node, false, 0);
}

void check_arns(struct plan *p)
{
    const struct pipeline *pl = p->pipeline;
    walk_items(p, pl->resources.p, pl->resources.n);
    walk_items(p, pl->triggers.p, pl->triggers.n);
    for (size_t i = 0; pl->main && i < pl->main->groups.n; i++) {
        const struct group *g = pl->main->groups.p[i];
        for (size_t k = 0; k < g->steps.n; k++)
            walk(p, g->steps.p[k]->item.node, false, 0);
    }
}
