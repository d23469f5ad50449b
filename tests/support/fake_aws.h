/* An AWS account for tests: S3, CloudFormation, Step Functions, STS, EventBridge, CloudWatch Logs
 * and ECR as far as deploy uses them, behind http_server.h. Stacks have resources with physical
 * ids, events that come over time, and fail where they are told to. What it refuses, it refuses in
 * AWS's words. */
#ifndef SUPPORT_FAKE_AWS_H
#define SUPPORT_FAKE_AWS_H

#include "http_server.h"

struct fake;

/* An empty account, 123456789012 in eu-west-1. */
struct fake *fake_start(void);
void fake_stop(struct fake *f);
struct server *fake_server(struct fake *f);

void fake_add_bucket(struct fake *f, const char *name);

/* The next time that the resource is created or updated it fails, saying `reason`; `times` times.
 */
void fake_fail(struct fake *f, const char *logical_id, const char *reason, int times);
/* Rolling the resource back fails as well, until it is skipped. */
void fake_fail_rollback(struct fake *f, const char *logical_id, bool fails);
/* Deleting the resource fails. */
void fake_fail_delete(struct fake *f, const char *logical_id, bool fails);
/* How many events each look at a stack brings; 0: a stack stands still until this is changed. */
void fake_pace(struct fake *f, int events);
/* What an execution will do: its status and the events of its history, as a JSON list. */
void fake_execution(struct fake *f, const char *status, const char *events);
/* The events of a log group, as a JSON list of {"timestamp", "message"}. */
void fake_log(struct fake *f, const char *group, const char *events);

/* How often an operation was asked for since the account was made or fake_reset_counts:
 * "CreateChangeSet", "PutObject", "HeadObject" …; "" counts all. */
size_t fake_count(struct fake *f, const char *operation);
void fake_reset_counts(struct fake *f);
/* Names of all operations since then, in order, a blank behind each. */
struct str fake_operations(struct fake *f, struct arena *a);

/* Empty where there is none; "StackId" is the stack's own. */
struct str fake_physical_id(struct fake *f, struct arena *a, const char *stack, const char *id);
struct str fake_stack_status(struct fake *f, struct arena *a, const char *stack);
/* The value of a resource's property as the stack has it, as JSON. */
struct str fake_property(struct fake *f, struct arena *a, const char *stack, const char *id,
                         const char *property);
bool fake_is_protected(struct fake *f, const char *stack);
/* Resources that exist under physical ids, in all stacks and those that stacks left behind. */
size_t fake_resources(struct fake *f);
size_t fake_stacks(struct fake *f); /* that are not deleted */
size_t fake_objects(struct fake *f);
size_t fake_change_sets(struct fake *f);
size_t fake_uploads_open(struct fake *f); /* multipart uploads under way */
/* Bytes of an object, or an empty str without a pointer. */
struct str fake_object(struct fake *f, struct arena *a, const char *bucket, const char *key);

#endif
