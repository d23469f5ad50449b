/* Where credentials come from: the chain of the AWS SDKs. Source: AWS SDKs and Tools Reference
 * Guide, "Standardized credential providers".
 *
 *   environment → web identity of the environment → profile of the shared files (role_arn over
 *   source_profile, credential_source or a web identity; keys; SSO; credential_process) →
 *   container endpoint → instance metadata (IMDSv2)
 *
 * A profile named by option goes before the environment. Secrets are in struct credentials alone;
 * they are wiped when it is released, and never printed, logged, written or passed on. */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include "aws/config.h"
#include "aws/http.h"
#include "aws/sigv4.h"
#include "base/diag.h"

struct credentials {
    struct sigv4_identity id; /* in memory of its own, wiped by credentials_done */
    size_t size;              /* of that memory */
    int64_t expires;          /* seconds since 1970; 0: never */
    const char *source;       /* "the environment", "profile …": for messages */
};

/* What the chain reads, all of it given: nothing below looks at the process by itself. */
struct credentials_from {
    const struct aws_environment *env;
    const struct aws_config *config; /* the shared files, read */
    struct str profile;              /* by option; empty: AWS_PROFILE, then "default" */
    struct str region;               /* for STS and SSO, where the profile names none */
    struct str endpoint_url;         /* by option, for STS; may be empty */
    int64_t clock_s;                 /* AWS's clock minus ours, where that is known */
    struct http *http;
};

/* The first source that has credentials, into a zeroed *c; false after a diagnostic:
 * [no-credentials] names every source that was asked and what it lacked; a source that is
 * configured but broken is an error, not a reason to go on to the next. */
bool credentials_find(struct arena *a, struct diags *ds, const struct credentials_from *from,
                      struct credentials *c);

/* `c` becomes those of a role assumed with it; false after [cannot-assume-role]. */
bool credentials_assume(struct arena *a, struct diags *ds, const struct credentials_from *from,
                        struct str role_arn, struct str session_name, struct credentials *c);

/* Copies of the three into *c, wiping what it had. */
void credentials_set(struct credentials *c, struct str key_id, struct str secret, struct str token);
/* Wipes and releases. A zeroed one is fine. */
void credentials_done(struct credentials *c);

#endif
