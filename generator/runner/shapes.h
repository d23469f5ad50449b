/* What services answer, as far as we know it: enough to see that a mock cannot be true. */
#ifndef RUNNER_SHAPES_H
#define RUNNER_SHAPES_H

#include "asl/asl.h"
#include "base/val.h"

/* Writes what is wrong with `result` as an answer of the task's service into *why, in the words of
 * TestState ("Field 'StatusCode' must be a number"), and returns false; true where nothing is known
 * to be wrong. Fields we do not know are not judged. */
bool shapes_check(const struct asl_resource *resource, struct val result, struct buf *why);

#endif
