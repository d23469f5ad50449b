/* An image file: YAML that says what a container image is made of, for those that need no
 * Dockerfile. Its paths are seen from the folder that it lies in.
 *
 *     image:
 *       base: scratch
 *       layers:
 *         - program: count
 *       entrypoint: [/count]
 */
#ifndef FRONTEND_IMAGE_H
#define FRONTEND_IMAGE_H

#include "base/diag.h"
#include "schema/field.h"

struct image_layer { /* one of the first four is set */
    struct vstr directory, program, bundle, requirements;
    struct vstr to, platform, runtime;
};

struct image_file {
    struct vstr base, user, workdir;
    struct vobjs layers; /* struct image_layer */
    struct vstrs entrypoint, cmd, platforms;
    struct vany env, labels; /* maps of strings */
    struct venum compression;
    struct vint level;
};
enum { IMAGE_GZIP, IMAGE_ZSTD }; /* of image_file.compression */

extern const struct fields image_fields;

/* Whether a file of that name is one, and no Dockerfile. */
bool image_file_is(struct str name);

/* The file at `path`, seen from `root` (empty: from here); NULL after diagnostics. */
const struct image_file *image_file_read(struct arena *a, struct diags *ds, struct str root,
                                         struct str path);

/* A scalar of `env` or `labels` as text. */
struct str image_text(struct arena *a, const struct node *n);

#endif
