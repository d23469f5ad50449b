/* Between the files that make the chain of credentials; see credentials.h. A provider says what
 * came of it: credentials, nothing (not configured, not there), or a diagnostic. */
#ifndef AWS_PROVIDER_H
#define AWS_PROVIDER_H

#include "aws/credentials.h"

enum provided { PROVIDED, NOT_PROVIDED, PROVIDER_FAILED };

/* One walk along the chain. */
struct chain {
    struct arena *a;
    struct diags *ds;
    const struct credentials_from *from;
    VEC(struct str) lacking; /* per source: why it has none */
};

/* Notes why a source has none and returns NOT_PROVIDED. */
__attribute__((format(printf, 2, 3))) enum provided chain_lacks(struct chain *c, const char *fmt,
                                                                ...);
/* [bad-credentials], about a source that is configured but broken, and returns PROVIDER_FAILED. */
__attribute__((format(printf, 2, 3))) enum provided chain_breaks(struct chain *c, const char *fmt,
                                                                 ...);

enum provided provide_profile(struct chain *c, struct str name, struct credentials *out);
enum provided provide_container(struct chain *c, struct credentials *out);
enum provided provide_instance(struct chain *c, struct credentials *out);
enum provided provide_process(struct chain *c, struct str command, struct credentials *out);
enum provided provide_sso(struct chain *c, const struct aws_section *profile,
                          struct credentials *out);

/* A call of STS. */
struct role {
    struct str arn, session, external_id, region;
    int64_t duration_s;    /* 0: the role's own */
    struct str token_file; /* web identity; empty: assumed with *out */
};
enum provided provide_role(struct chain *c, const struct role *role, struct credentials *out);
/* AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE. */
enum provided provide_web_identity(struct chain *c, struct credentials *out);

/* A request of a source, tried up to three times where `patient`; the response is the caller's to
 * release, whatever is returned. False where no whole response came. */
bool provider_ask(struct chain *c, struct http_request *q, bool patient, struct http_response *r);

/* Names of the fields of a JSON document that holds credentials. */
struct credential_names {
    const char *key_id, *secret, *token, *expires;
    bool expires_ms;    /* a number of milliseconds, not a text */
    const char *inside; /* the map they stand in; NULL: the document itself */
};
/* Reads them without leaving copies of secrets; false where a key or secret is missing. */
bool credentials_from_json(struct str text, const struct credential_names *names,
                           struct credentials *out);

#endif
