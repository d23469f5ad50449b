/* What AWS lets names be: of each resource whose name we choose, and of those people write. */
#ifndef CHECK_NAMES_H
#define CHECK_NAMES_H

#include "base/str.h"

struct name_rule {
    struct str type, property;
    size_t min, max;   /* characters */
    const char *extra; /* allowed besides ASCII letters and digits; NULL: all but control characters */
    bool lower;        /* small letters only */
    bool (*fits)(struct str name); /* what else there is to say, or NULL */
    const char *words; /* what a name may be, for messages */
};

/* The rule for a property of a resource of that type, or NULL: it is no name. */
const struct name_rule *names_rule(struct str type, struct str property);
/* Whether a name keeps to the rule. */
bool names_fit(const struct name_rule *rule, struct str name);

#endif
