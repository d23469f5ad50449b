/* Images between registries and OCI image layouts on this machine. Everything is named by its
 * digest: what is there already is not sent again, and nothing counts that is not what its name
 * says. */
#ifndef DEPLOY_IMAGE_H
#define DEPLOY_IMAGE_H

#include "deploy/registry.h"
#include "pack/oci_read.h"

struct image_platforms {
    VEC(struct str) all; /* "linux/amd64"; none: all that there are */
};

/* The image into the layout `out`; blobs that an earlier attempt left are kept. index.json is
 * written last. False after diagnostics: those of registry_report and of reading documents,
 * [bad-digest] what came is not what was asked for, [no-platform], [cannot-write]. */
bool image_pull(struct registry *r, const struct image_platforms *platforms, struct str out);

struct image_sent {
    size_t blobs, sent, mounted;
    bool there; /* the tag named the image already */
};

/* The layout's image to where r->name says, under its tag if it has one. r->mount_from: a
 * repository of the same registry that may have some of the blobs already. The manifest goes last.
 */
bool image_push(struct registry *r, struct str layout, struct image_sent *sent);

#endif
