/* Where credentials come from: the chain of the AWS SDKs, in their order. Source: AWS SDKs and
 * Tools Reference Guide, "Standardized credential providers".
 *
 *   environment → shared files (profile: keys, source_profile/role_arn, credential_process, web
 *   identity, SSO) → web identity of the environment → container endpoint → IMDSv2
 *
 * Secrets are in struct credentials alone; they are wiped when it is released, and never printed,
 * logged, written or passed to another program. */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include "aws/config.h"
#include "aws/http.h"
#include "aws/sigv4.h"
#include "base/diag.h"

struct credentials {
    struct sigv4_identity id; /* in memory of its own, wiped by credentials_done */
    int64_t expires;          /* seconds since 1970; 0: never */
    struct str account;       /* where the source told it */
    const char *source;       /* "environment", "profile", "container" …: for messages */
};

/* What the chain reads, all of it given: nothing below looks at the process by itself. */
struct credentials_from {
    const struct aws_environment *env;
    const struct aws_config *config; /* the shared files, read */
    struct str profile;              /* empty: AWS_PROFILE, then "default" */
    struct str region;               /* for STS and SSO where the profile names none */
    struct http *http;
};

/* The first source that has credentials, into *c (zeroed before); false after a diagnostic:
 * [no-credentials] names every source that was asked and what it lacked; a source that is
 * configured but broken is an error, not a reason to go on to the next. */
bool credentials_find(struct arena *a, struct diags *ds, const struct credentials_from *from,
                      struct credentials *c);

/* Wipes and releases. A zeroed one is fine. */
void credentials_done(struct credentials *c);

/* Puts copies of the three into *c, releasing what it had. */
void credentials_set(struct credentials *c, struct str key_id, struct str secret, struct str token);

#endif
