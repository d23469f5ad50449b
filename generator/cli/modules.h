/* Engines that are not compiled in: shared objects in the folders of STEPWRIGHT_ENGINE_PATH
 * (separated by ':'), each <stem>.so with a `const struct engine engine_<stem>`. */
#ifndef CLI_MODULES_H
#define CLI_MODULES_H

#include "base/diag.h"
#include "model/engine.h"

/* `built_in` and the modules behind it. What cannot be loaded, or was built for another version of
 * the engine interface, is reported and left out. Modules stay loaded until the program ends. */
struct engines modules_load(struct arena *a, struct diags *ds, struct engines built_in);

#endif
