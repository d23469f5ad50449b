/* A container registry, spoken to over HTTP: names of images, who we are there, requests that are
 * tried again where that is right. Source: OCI Distribution Specification 1.1; "Token
 * Authentication Specification" of CNCF Distribution; Amazon ECR user guide, "Private registry
 * authentication".
 *
 * Credentials come from the files that docker, podman and buildah log in to (`auths`), and for ECR
 * from AWS. They go to the registry and to who issues tokens for it, over TLS or to this machine,
 * and nowhere else: not to where a registry redirects, not into a log, a message or an argument. */
#ifndef DEPLOY_REGISTRY_H
#define DEPLOY_REGISTRY_H

#include "aws/client.h"

struct registry_name {     /* "host/repository:tag@sha256:digest" */
    struct str text;       /* as it was given */
    struct str host;       /* with its port */
    struct str repository; /* "library/alpine" */
    struct str tag;        /* empty if there is none and no digest either: latest */
    struct str sha256;     /* hexadecimal; or empty */
};

/* False after [bad-image-name]. A name without host is Docker Hub's. */
bool registry_name_parse(struct arena *a, struct diags *ds, struct str text,
                         struct registry_name *out);

struct registry_settings {
    struct aws_settings aws; /* for ECR; and `env` for everything */
    struct str base;         /* "http://127.0.0.1:5000", in place of https://host; for tests */
    unsigned attempts;       /* of one request; 0: 5 */
    unsigned backoff_ms;     /* ceiling of the first wait; 0: 500 */
};

struct registry {
    struct arena *arena;
    struct diags *ds;
    const struct registry_settings *settings;
    struct registry_name name;
    struct str base; /* "https://host" */
    struct http *http;
    struct aws *aws;          /* NULL but for ECR */
    struct buf authorization; /* secret: what requests say; empty: nothing */
    struct buf basic;         /* secret: user:password in Base64; empty: none is known */
    bool looked;              /* for `basic` */
    bool fresh;               /* the authorization was fetched for the request under way */
    bool writes;              /* tokens are to allow it */
    struct str mount_from;    /* another repository that tokens are to let read; or empty */
};

/* A registry for the images of `name`; false after a diagnostic. Close it whatever comes back. */
bool registry_open(struct registry *r, struct arena *a, struct diags *ds,
                   const struct registry_settings *settings, const struct registry_name *name);
void registry_close(struct registry *r);

/* A request's answer, which may be a refusal: false, and nothing said, only where no answer came.
 * `path` is below /v2/<repository>/, or a whole URL. 401s are answered with credentials, GETs
 * follow redirects. Once, or again after 429, 5xx and lost connections. */
bool registry_once(struct registry *r, struct http_request *q, struct str path,
                   struct http_response *out);
bool registry_send(struct registry *r, struct http_request *q, struct str path,
                   struct http_response *out);

/* Whether another attempt may help, after which the pause was made. */
bool registry_pause(const struct registry *r, const struct http_response *out, unsigned attempt);

/* One diagnostic for what failed, [registry-refused, registry-denied, registry-unreached]; `what`
 * is "pull". */
void registry_report(struct registry *r, const struct http_response *out, const char *what);

/* ---- registry_auth.c ---- */

/* Answers the 401 in `out`: r->authorization is set. False if nothing can be: the credentials were
 * refused, or there are none and no token either. */
bool registry_authorize(struct registry *r, const struct http_response *out);

/* A parameter of a WWW-Authenticate header: "Bearer realm=\"…\",service=…". Empty if it is not
 * there. Quoted ones are copied without their backslashes. */
struct str registry_challenge(struct arena *a, struct str header, struct str parameter);

/* "123456789012.dkr.ecr.eu-west-1.amazonaws.com" → "eu-west-1"; empty for others. */
struct str registry_ecr_region(struct str host);

/* Whether a URL is on this machine, where plain HTTP is fine. */
bool registry_is_local(struct str url);

#endif
