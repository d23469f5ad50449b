/* Local folders that stand for buckets: NAME=DIR. */
#ifndef RUNNER_STORE_H
#define RUNNER_STORE_H

#include "base/map.h"
#include "runner/run.h"

struct folders {
    struct arena *arena;
    struct map buckets; /* name -> struct str, the folder */
};

void folders_init(struct folders *f, struct arena *a);
void folders_add(struct folders *f, struct str bucket, struct str folder);
/* Keys may not leave the folder: one with a ".." is not found. */
struct run_store folders_store(struct folders *f);

#endif
