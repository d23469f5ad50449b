/* A container image without a container engine: folders become layers, on top of a base's, which
 * are taken over as they are. The result is an OCI image layout, a folder that every tool for
 * images reads, whose bytes depend on what goes in and on nothing else. */
#ifndef PACK_OCI_IMAGE_H
#define PACK_OCI_IMAGE_H

#include "base/depfile.h"
#include "pack/oci_layer.h"
#include "pack/oci_read.h"

struct oci_folder { /* what a layer is made of */
    struct str dir;
    struct str to;       /* where in the image, without '/' in front; empty: the root */
    struct str platform; /* the only one that it is for; empty: all */
    struct str note;     /* for the image's history */
    bool whole;          /* nothing is left out of it by default */
    bool made;           /* on the way, of what the caller has noted: not to be noted itself */
};

struct oci_label {
    struct str key, value;
};

struct oci_texts {
    VEC(struct str) all;
    bool set;
};

struct oci_spec {
    struct str base; /* an image layout; empty: none */
    VEC(struct oci_folder) layers;
    VEC(struct str) platforms; /* "linux/amd64"; at least one */
    struct oci_texts entrypoint, cmd;
    VEC(struct str) env; /* NAME=value */
    VEC(struct oci_label) labels;
    struct str user, workdir; /* empty: as the base has them */
    enum oci_codec codec;
    int level; /* 0: the codec's usual one */
    unsigned threads;
    struct str cache; /* see cache_folder; empty: none */
};

struct oci_result {
    struct str sha256; /* of the manifest, or of the index of several */
    int64_t bytes;     /* of all blobs */
    bool changed;
};

/* Makes the layout in the folder `out`, and out.json beside it, the record of it. A layer whose
 * files are the same as before is not compressed again. What was read is added to `reads`. False
 * after diagnostics: those of tree_scan, oci_layer_write and oci_read_blob, [no-platform],
 * [too-many-layers]; index.json is then what it was. */
bool oci_image_make(struct arena *a, struct diags *ds, const struct oci_spec *spec, struct str out,
                    struct reads *reads, struct oci_result *result);

/* For images that somebody else made in `out`: writes the record of what index.json names, `key`
 * being what it was made of, and removes blobs that nothing names. */
bool oci_image_record(struct arena *a, struct diags *ds, struct str out, struct str key,
                      struct oci_result *result);
/* Whether the record beside `out` has this key and the layout is whole. */
bool oci_image_is_current(struct arena *a, struct str out, struct str key);

#endif
