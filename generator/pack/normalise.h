/* Taking out of installed packages what differs from one installation to the next. */
#ifndef PACK_NORMALISE_H
#define PACK_NORMALISE_H

#include "base/diag.h"

/* A folder of Python packages (pip --target): bytecode, bin/ (its scripts name this machine's
 * interpreter) and installers' notes go; RECORDs list what is left, sorted. A folder that is not
 * there is fine. False after a diagnostic. */
bool normalise_python(struct arena *a, struct diags *ds, struct str dir);

/* A folder with node_modules: npm's notes go, and what was there only to install from. */
bool normalise_node(struct arena *a, struct diags *ds, struct str dir);

#endif
