/* What the user's environment says about AWS: variables, and the shared config and credentials
 * files. Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". */
#ifndef AWS_CONFIG_H
#define AWS_CONFIG_H

#include "base/diag.h"
#include "base/map.h"

/* The process as the layer sees it, so that tests can give another. */
struct aws_environment {
    const char *(*get)(void *self, const char *name); /* a variable, or NULL */
    int64_t (*now)(void *self);                       /* seconds since 1970 */
    void *self;
};

/* The real one: getenv and the clock. */
struct aws_environment aws_environment_process(void);

/* A variable that is set and not empty; an empty str otherwise. */
struct str aws_variable(const struct aws_environment *env, const char *name);

struct aws_profile {
    struct str name;
    struct map keys; /* name -> struct str *; nested ones are "s3.addressing_style" */
};

/* Both files, merged: what the credentials file says of a profile wins. */
struct aws_config {
    struct map profiles; /* name -> struct aws_profile * */
    struct map sessions; /* [sso-session name] */
    struct map services; /* [services name]: "cloudformation.endpoint_url" … */
    void *text;          /* the files, which hold secrets: aws_config_done wipes them */
    size_t text_size;
};

/* Reads the files (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/config and
 * credentials); absent ones are empty. False after [bad-aws-config] at the line. */
bool aws_config_read(struct arena *a, struct diags *ds, const struct aws_environment *env,
                     struct aws_config *config);
void aws_config_done(struct aws_config *config);

/* One file's text into `config`: `credentials` says which of the two (there, sections are bare
 * profile names). Values point into src. */
bool aws_config_parse(struct arena *a, struct diags *ds, const struct source *src, bool credentials,
                      struct aws_config *config);

const struct aws_profile *aws_profile(const struct aws_config *config, struct str name);
/* A key's value; empty if it has none. */
struct str aws_profile_get(const struct aws_profile *profile, struct str key);

/* The region for `profile` (empty: the one of the environment): AWS_REGION, AWS_DEFAULT_REGION, the
 * profile's, or empty. */
struct str aws_region(const struct aws_environment *env, const struct aws_config *config,
                      struct str profile);
/* The endpoint the user named for a service ("s3", "cloudformation"), or empty:
 * AWS_ENDPOINT_URL_<SERVICE>, the profile's services section, AWS_ENDPOINT_URL, the profile's
 * endpoint_url; none where AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true. */
struct str aws_endpoint(struct arena *a, const struct aws_environment *env,
                        const struct aws_config *config, struct str profile, struct str service);

#endif
