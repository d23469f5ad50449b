/* The documents of an image that is assembled: configuration, manifest, index. Compact JSON, keys
 * always in the same order. */
#ifndef PACK_OCI_DOCUMENT_H
#define PACK_OCI_DOCUMENT_H

#include "base/buf.h"
#include "pack/oci_image.h"

/* A layer that came with the base, or was made. */
struct oci_part {
    struct oci_descriptor descriptor;
    struct str diff_id;
    struct str note; /* for the history; empty for those of the base */
};
struct oci_parts {
    VEC(struct oci_part) all;
};

/* What containers are started with: the base's (may be NULL), changed by what spec says. An
 * entrypoint without a cmd takes the base's cmd away, as a Dockerfile's does. */
void oci_put_config(struct buf *out, struct arena *a, const struct oci_spec *spec,
                    const struct oci_config *base, const struct oci_platform *platform,
                    const struct oci_parts *parts);
void oci_put_manifest(struct buf *out, const struct oci_descriptor *config,
                      const struct oci_parts *parts);
/* With platforms and names where the entries have them. */
void oci_put_index(struct buf *out, const struct oci_index *index);

#endif
