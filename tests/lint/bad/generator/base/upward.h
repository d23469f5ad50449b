/* Sees a layer above, and does not compile alone. */
#ifndef BASE_UPWARD_H
#define BASE_UPWARD_H

#include "plan/step.h"

struct upward {
    struct step step;
    size_t count;
};

#endif
