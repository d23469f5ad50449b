/* Values of a template as people read them: functions become the text that they stand for. */
#ifndef DEPLOY_CFN_TEXT_H
#define DEPLOY_CFN_TEXT_H

#include "base/node.h"

/* {"Ref": "A"} is "${A}", {"Fn::GetAtt": ["A", "Arn"]} is "${A.Arn}", Fn::Sub is its text, Fn::Join
 * what it joins; strings are themselves, all else is compact JSON. Empty for NULL. */
struct str cfn_text(struct arena *a, const struct node *n);

#endif
