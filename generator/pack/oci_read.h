/* Images that others made: the documents of an OCI image layout, or of a registry. Source: OCI
 * image specification 1.1, "Image Manifest", "Image Index", "Image Configuration", "Image Layout";
 * Docker's image manifest version 2, schema 2, which differs in the names of media types. */
#ifndef PACK_OCI_READ_H
#define PACK_OCI_READ_H

#include "base/diag.h"
#include "base/digest.h"
#include "base/node.h"

#define OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_LAYER "application/vnd.oci.image.layer.v1.tar"

enum {
    OCI_DOCUMENT_BYTES = 8 << 20, /* of a manifest, an index or a config */
    OCI_MAX_LAYERS = 127,         /* that common runtimes can mount */
};

struct oci_descriptor {
    struct str media_type;
    struct str sha256; /* of its bytes: 64 hexadecimal digits */
    int64_t bytes;
    struct str os, architecture, variant; /* of an entry of an index; else empty */
    struct str name;                      /* org.opencontainers.image.ref.name; else empty */
    bool attestation;                     /* BuildKit's note on another entry: no image */
};

struct oci_index {
    VEC(struct oci_descriptor) all;
};

struct oci_manifest {
    struct oci_descriptor config;
    VEC(struct oci_descriptor) layers; /* media types are OCI's */
};

struct oci_config {
    const struct node *root;
    const struct node *config;  /* what a container is started with; NULL if there is none */
    const struct node *history; /* NULL if there is none, or it does not fit the layers */
    struct str os, architecture, variant;
    VEC(struct str) diff_ids; /* hexadecimal */
};

/* Whether a descriptor's media type says so, in either family. */
bool oci_is_index(struct str media_type);
bool oci_is_manifest(struct str media_type);

/* Each reads a document, which messages call src->path; false after [bad-json], [bad-image] … at
 * what is wrong in it. */
bool oci_parse_index(struct arena *a, struct diags *ds, const struct source *src,
                     struct oci_index *out);
bool oci_parse_manifest(struct arena *a, struct diags *ds, const struct source *src,
                        struct oci_manifest *out);
bool oci_parse_config(struct arena *a, struct diags *ds, const struct source *src,
                      struct oci_config *out);

/* Where a blob of the image layout `layout` lies. */
struct str oci_blob_path(struct arena *a, struct str layout, struct str sha256);
/* Whether the open file holds n bytes of that digest, from its begin to its end. */
bool oci_is_whole(int fd, struct str sha256_hex, int64_t n);
/* The document that d names, its digest verified; NULL after [no-file], [cannot-read], [too-large]
 * or [bad-digest]. */
struct source *oci_read_blob(struct arena *a, struct diags *ds, struct str layout,
                             const struct oci_descriptor *d);

/* index.json of the layout; false after diagnostics. */
bool oci_read_layout(struct arena *a, struct diags *ds, struct str layout, struct oci_index *out);

/* "linux/arm64/v8": the parts that are there. */
struct oci_platform {
    struct str os, architecture, variant;
};
struct oci_platform oci_platform(struct str text);

/* The descriptor of the manifest for a platform, through the indexes of the layout; what there is
 * if it names none and is the only one. False after [no-platform] and what reading says. */
bool oci_find_manifest(struct arena *a, struct diags *ds, struct str layout,
                       const struct oci_platform *platform, struct oci_descriptor *out);

/* The entry of an index for a platform; NULL if there is none. */
const struct oci_descriptor *oci_choose(const struct oci_index *index,
                                        const struct oci_platform *platform);

#endif
