/* What cmocka wants included before it, and what most unit tests need. */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Fails with the case's name and both texts where they differ. */
#define assert_text(name, have, want)                                               \
    do {                                                                            \
        struct str unit_have = (have), unit_want = str_from(want);                  \
        if (!str_eq(unit_have, unit_want))                                          \
            fail_msg("%s:\n--- have\n%.*s\n--- want\n%.*s", (name), STR(unit_have), \
                     STR(unit_want));                                               \
    } while (0)

#endif
