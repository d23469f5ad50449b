/* A container registry of a test's own: it keeps what is pushed, asks for tokens or passwords, has
 * ECR's habits, and can be told to lie. Source: OCI Distribution Specification 1.1. */
#ifndef SUPPORT_FAKE_REGISTRY_H
#define SUPPORT_FAKE_REGISTRY_H

#include "base/map.h"
#include "http_server.h"

enum registry_lie {
    LIE_NONE,
    LIE_BLOB,     /* every blob has another byte */
    LIE_SHORT,    /* blobs end early, in whole answers */
    LIE_LONG,     /* blobs go on */
    LIE_MANIFEST, /* manifests have another byte */
    LIE_TAKEN,    /* it says that it took another manifest */
    LIE_HAVE,     /* it says that it has every blob */
};

struct fake_registry {
    struct server *server;
    struct arena arena;
    struct map blobs;     /* "repository sha256:…" → struct str */
    struct map manifests; /* "repository reference" → struct str */
    struct map types;     /* likewise → media type */
    const char *password; /* "user:password" in Base64 that it wants; NULL: nobody is asked */
    bool tokens;          /* … by tokens, which it issues itself */
    bool ecr;             /* tags are immutable, locations relative, mounts not done */
    bool ranges;          /* a part of a blob may be asked for */
    struct str storage;   /* URL that blobs are redirected to; empty: none */
    enum registry_lie lie;
    size_t leaks; /* requests with an Authorization that were none of its business */
    size_t uploads;
};

void fake_registry_start(struct fake_registry *f);
void fake_registry_stop(struct fake_registry *f);

/* Whether every manifest's blobs are there and what they are called. */
bool fake_registry_is_whole(struct fake_registry *f);

#endif
