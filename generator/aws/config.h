/* What the user's environment says about AWS: variables, and the shared config and credentials
 * files. Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files" and
 * "Service-specific endpoints". */
#ifndef AWS_CONFIG_H
#define AWS_CONFIG_H

#include "base/diag.h"
#include "base/map.h"

/* The process as this layer sees it, so that tests can give another. */
struct aws_environment {
    const char *(*get)(void *self, const char *name); /* a variable, or NULL */
    int64_t (*now)(void *self);                       /* seconds since 1970 */
    void *self;
};

/* The real one: getenv and the clock. */
struct aws_environment aws_environment_process(void);

/* A variable's value; empty where it is not set. */
struct str aws_variable(const struct aws_environment *env, const char *name);

/* A section of a file. Nested settings are "s3.addressing_style". */
struct aws_section {
    struct str name;
    struct map keys; /* name -> struct str * */
};

/* Both files, merged: what the credentials file says of a profile wins. */
struct aws_config {
    struct map profiles, sessions, services; /* name -> struct aws_section * */
    struct buf texts[2];                     /* the files: they hold secrets */
};

/* Reads the files (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/config and
 * ~/.aws/credentials) into a zeroed config; absent ones are empty. False after [bad-aws-config],
 * which quotes no line: it might hold a secret. */
bool aws_config_read(struct arena *a, struct diags *ds, const struct aws_environment *env,
                     struct aws_config *config);
/* Wipes and releases the files' texts. */
void aws_config_done(struct aws_config *config);

/* One file's text, which must outlive `config`; `credentials` says which of the two kinds it is:
 * there, sections are bare profile names. `path` is for messages. */
bool aws_config_parse(struct arena *a, struct diags *ds, struct str path, struct str text,
                      bool credentials, struct aws_config *config);

/* The file at `path` into *text, a buffer at once as large as the file, for the caller to wipe
 * (aws_wipe). False with errno set. */
bool aws_read_secret_file(const char *path, struct buf *text);
void aws_wipe(struct buf *text);

/* The profile to use: `name`, or AWS_PROFILE, or "default". */
struct str aws_profile_name(const struct aws_environment *env, struct str name);
/* NULL if there is none of that name. */
const struct aws_section *aws_profile(const struct aws_config *config, struct str name);
/* A key's value; empty if it has none, or `section` is NULL. */
struct str aws_setting(const struct aws_section *section, const char *key);

/* AWS_REGION, AWS_DEFAULT_REGION, the profile's region, or empty. */
struct str aws_region(const struct aws_environment *env, const struct aws_config *config,
                      struct str profile);
/* The endpoint the user named for a service ("s3"), or empty: AWS_ENDPOINT_URL_<SERVICE>,
 * AWS_ENDPOINT_URL, the profile's services section, the profile's endpoint_url; none where
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true. */
struct str aws_endpoint(struct arena *a, const struct aws_environment *env,
                        const struct aws_config *config, struct str profile, struct str service);

#endif
