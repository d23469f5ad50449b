/* Python packages of a folder's requirements.txt, by pip or uv: wheels for the runtime's version
 * and C library and for the layer's processor, whatever this machine is. */
#ifndef PACK_RESOLVE_PYTHON_H
#define PACK_RESOLVE_PYTHON_H

#include "pack/resolve.h"

/* Installs them below <work>/python, normalised. False after [no-runtime], [bad-runtime],
 * [command-failed] or those of normalise_python. */
bool resolve_python(struct arena *a, struct diags *ds, const struct resolve_options *options,
                    struct str work);

#endif
