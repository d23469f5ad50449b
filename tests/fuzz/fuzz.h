/* What every fuzz target needs. A target is <layer>_<parser>_fuzz.c (or <layer>_fuzz.c): it defines
 * LLVMFuzzerTestOneInput, and its seeds are the files of corpus/<layer>_<parser>/. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns 0. What must hold for every input is said with MUST. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) \
    ((condition)        \
         ? (void)0      \
         : (fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition), abort()))

#endif
