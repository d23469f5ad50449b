/* What happens to stacks, for fake_cloudformation.c, which answers calls about them. */
#ifndef SUPPORT_FAKE_CFN_H
#define SUPPORT_FAKE_CFN_H

#include "fake_parts.h"

bool fake_in_progress(const struct fake_stack *s);
bool fake_replaces(const struct node *old, const struct node *new);
void fake_plan_create(struct fake *f, struct fake_stack *s, const struct fake_set *set);
void fake_plan_update(struct fake *f, struct fake_stack *s, const struct fake_set *set);
void fake_plan_continue(struct fake *f, struct fake_stack *s, const struct map *skip);
void fake_plan_delete(struct fake *f, struct fake_stack *s, const struct map *retain);
const struct node *fake_template_resources(const struct node *template);

#endif
