/* The engines that were compiled in: CMake makes the list from the files in engines/. */
#ifndef CLI_REGISTRY_H
#define CLI_REGISTRY_H

#include "model/engine.h"

struct engines registry_engines(void);

#endif
