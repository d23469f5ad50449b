/* Images that a Dockerfile describes: built by whichever of docker buildx, podman and buildah works
 * here, and only if something that the image is made of has changed. The builder sees what a bundle
 * of the folder would hold, and its own .dockerignore. */
#ifndef PACK_OCI_BUILD_H
#define PACK_OCI_BUILD_H

#include "base/depfile.h"
#include "pack/oci_image.h"

struct oci_build {
    struct str dir;       /* the context */
    struct str file;      /* the Dockerfile in it; empty: Dockerfile */
    struct str target;    /* a stage of it; empty: the last */
    struct str platform;  /* "linux/amd64" */
    VEC(struct str) args; /* NAME=value, for the Dockerfile's ARGs */
    struct str builder;   /* "buildx", "podman" or "buildah"; empty: the first that works */
};

/* Makes the layout `out` and its record out.json, whose key is of all the above and of every file;
 * nothing is built while it is the same. False after diagnostics: those of tree_scan, [no-file] (no
 * Dockerfile), [no-builder], [command-failed], [bad-image] …; the image that was there stays. */
bool oci_build_make(struct arena *a, struct diags *ds, const struct oci_build *b, struct str out,
                    struct reads *reads, struct oci_result *result);

#endif
