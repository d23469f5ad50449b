/* Walking over a machine's states, nested ones included, in the order written. */
#ifndef RUNNER_MACHINE_H
#define RUNNER_MACHINE_H

#include "asl/asl.h"

void machine_each_state(const struct asl_machine *m,
                        void (*visit)(void *data, const struct asl_state *s), void *data);

#endif
