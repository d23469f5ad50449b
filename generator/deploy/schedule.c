#include "deploy/schedule.h"

#include "base/json_write.h"

static void rule_input(struct buf *q, struct str name)
{
    struct json_writer w;
    buf_init(q, 0);
    json_writer_init(&w, q, 0);
    json_begin_map(&w);
    json_put_str(&w, "Name", name);
    json_end_map(&w);
}

static bool read_rule(struct cloud *c, struct schedule_rule *rule)
{
    struct answer a;
    struct buf q;
    rule_input(&q, rule->name);
    if (!cloud_call(c, &AWS_EVENTS, "DescribeRule", &q,
                    arena_printf(c->arena, "look at the schedule '%.*s'", STR(rule->name)).p, NULL,
                    &a))
        return false;
    rule->enabled = str_eq(cloud_text(a.data, "State"), S("ENABLED"));
    struct str now = cloud_text(a.data, "ScheduleExpression");
    rule->expression = now.n ? now : rule->expression;
    return true;
}

bool schedule_read(struct cloud *c, const struct manifest *m, struct schedule_rules *rules)
{
    struct answer a;
    struct buf q;
    const struct node *template = manifest_document(c->arena, c->ds, m, m->template.id);
    *rules = (struct schedule_rules){ 0 };
    if (!template)
        return false;
    buf_init(&q, 0);
    aws_param(&q, "StackName", m->stack);
    if (!cloud_call(c, &AWS_CLOUDFORMATION, "DescribeStackResources", &q,
                    arena_printf(c->arena, "list the resources of '%.*s'", STR(m->stack)).p, NULL,
                    &a))
        return false;
    for (size_t i = 0; i < cloud_count(a.data, "StackResources"); i++) {
        const struct node *r = cloud_item(a.data, "StackResources", i);
        struct str id = cloud_text(r, "LogicalResourceId");
        const struct node *props =
            node_get(node_get(node_get(template, S("Resources")), id), S("Properties"));
        struct schedule_rule rule = { .id = id,
                                      .name = cloud_text(r, "PhysicalResourceId"),
                                      .expression = cloud_text(props, "ScheduleExpression") };
        if (!str_eq(cloud_text(r, "ResourceType"), S("AWS::Events::Rule")) || !rule.expression.n)
            continue;
        if (!read_rule(c, &rule))
            return false;
        vec_push(c->arena, &rules->all, rule);
    }
    return true;
}

bool schedule_set(struct cloud *c, const struct schedule_rule *rule, bool enabled)
{
    struct answer a;
    struct buf q;
    rule_input(&q, rule->name);
    return cloud_call(c, &AWS_EVENTS, enabled ? "EnableRule" : "DisableRule", &q,
                      arena_printf(c->arena, "switch the schedule '%.*s'", STR(rule->name)).p, NULL,
                      &a);
}
