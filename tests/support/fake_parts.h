/* What the parts of the fake account share. */
#ifndef SUPPORT_FAKE_PARTS_H
#define SUPPORT_FAKE_PARTS_H

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/map.h"
#include "fake_aws.h"

#include <pthread.h>

#define FAKE_ACCOUNT "123456789012"
#define FAKE_REGION "eu-west-1"

struct fake_object_data {
    struct str bytes;
    bool gone;
};

struct fake_part {
    int64_t number;
    struct str bytes;
};

struct fake_upload {
    struct str id, bucket, key;
    VEC(struct fake_part) parts;
    bool done;
};

struct fake_resource {
    struct str id, type, physical, reason;
    const struct node *body; /* as the template has it; NULL: it is not there */
};

struct fake_event {
    struct str id, physical, type, status, reason, token;
    int64_t at; /* ms since 1970 */
};

enum fake_step_kind { STEP_STATUS, STEP_RESOURCE, STEP_APPLY, STEP_DELETE };

/* One thing that will happen to a stack. */
struct fake_step {
    enum fake_step_kind kind;
    struct str id, status, reason;
    const struct node *body; /* STEP_APPLY */
    bool replace;
    struct str physical; /* STEP_DELETE of an old one */
};

struct fake_set { /* a change set */
    struct str name, arn, status, reason, execution;
    struct str body, token;
    const struct node *template;
    struct map parameters, tags;
    bool gone, create;
};

struct fake_stack {
    struct str name, arn, status, reason;
    struct str body; /* the template's text */
    const struct node *template;
    struct map parameters, tags; /* name → struct str * */
    struct map resources;        /* id → struct fake_resource * */
    VEC(struct fake_event) events;
    VEC(struct fake_step) steps;
    size_t step; /* the next one */
    VEC(struct fake_set *) sets;
    struct str token;
    bool deleted, protected;
    const struct fake_set *target; /* what an update that succeeds makes current */
    struct str old_body;
    const struct node *old_template;
};

struct fake_execution_data {
    struct str name, arn, machine, input, status, events;
    int64_t started;
};

struct fake {
    struct server *server;
    struct arena arena; /* for as long as the account lives */
    struct diags ds;
    pthread_mutex_t lock;
    struct map buckets; /* name → struct map * of key → struct fake_object_data * */
    VEC(struct fake_upload *) uploads;
    VEC(struct fake_stack *) stacks;
    struct map failures; /* id → int * left; failure_reasons the same for texts */
    struct map reasons, no_rollback, no_delete;
    int pace;
    size_t serial;
    VEC(struct str) operations;
    size_t physical_made, physical_deleted;
    VEC(struct fake_execution_data *) executions;
    struct str next_status, next_events;
    struct map logs;      /* group → struct str * */
    struct map schedules; /* name → struct str * state */
    struct map images;    /* repository:tag → itself */
};

struct fake_call { /* a request being answered */
    struct fake *fake;
    struct arena *arena; /* until the answer is sent */
    const struct server_request *request;
};

/* For what has to stay: copies. */
struct str fake_keep(struct fake *f, struct str s);
void fake_note(struct fake *f, const char *operation);
int64_t fake_now_ms(void);

/* A form parameter of a query call, decoded. */
struct str fake_param(struct fake_call *c, const char *name);
struct server_reply fake_xml(struct fake_call *c, const char *operation, struct buf *result);
struct server_reply fake_xml_error(struct fake_call *c, unsigned status, const char *code,
                                   struct str message);
struct server_reply fake_json(struct fake_call *c, struct buf *text);
struct server_reply fake_json_error(struct fake_call *c, unsigned status, const char *code,
                                    const char *message);
void fake_put_xml(struct buf *out, const char *element, struct str text);

struct server_reply fake_s3(struct fake_call *c);
struct server_reply fake_cloudformation(struct fake_call *c, struct str action);
struct server_reply fake_json_service(struct fake_call *c, struct str target);
struct server_reply fake_scheduler(struct fake_call *c, struct str name);

struct fake_object_data *fake_find_object(struct fake *f, struct str bucket, struct str key);
struct fake_stack *fake_find_stack(struct fake *f, struct str name); /* or arn; the newest */
/* Lets what is due happen to all stacks. */
void fake_advance(struct fake *f);

#endif
