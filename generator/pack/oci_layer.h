/* A tree of files as a layer of a container image: a tar, compressed, in a blob that is called by
 * its digest. Same files, same bytes, whatever the threads: pieces of the tar are made and
 * compressed side by side, in little memory, and written in order. */
#ifndef PACK_OCI_LAYER_H
#define PACK_OCI_LAYER_H

#include "base/digest.h"
#include "pack/tree.h"

enum oci_codec { OCI_GZIP, OCI_ZSTD };

#define OCI_LAYER_BYTES ((uint64_t)10 << 30) /* unpacked, that a layer may have */

struct oci_layer_options {
    enum oci_codec codec;
    int level;        /* 0: 4 for gzip, 3 for zstd */
    unsigned threads; /* 0: one per processor */
    struct str to;    /* where in the image the tree's top is: "opt/app"; empty: at the root */
    bool on_base; /* there are layers below: folders that are often links there are left alone */
};

struct oci_layer {
    char digest[SHA256_HEX + 1];  /* of the blob */
    char diff_id[SHA256_HEX + 1]; /* of the tar */
    uint64_t bytes;               /* of the blob */
};

/* Only out->diff_id: what the tar would be, uncompressed. Two layers of the same diff_id and codec
 * are the same. False after [cannot-read] or [changed-file]. */
bool oci_layer_diff(struct arena *a, struct diags *ds, const struct tree *t,
                    const struct oci_layer_options *o, struct oci_layer *out);

/* How the blob is compressed, to the version of the library: "gzip libdeflate-1.14 6". */
struct str oci_layer_codec(struct arena *a, const struct oci_layer_options *o);

/* Makes the blob in the folder `blobs`. False after [cannot-read], [changed-file] or
 * [cannot-write]; nothing is left then. */
bool oci_layer_write(struct arena *a, struct diags *ds, const struct tree *t,
                     const struct oci_layer_options *o, struct str blobs, struct oci_layer *out);

#endif
