/* The tags that a document may use. */
#ifndef YAML_TAG_H
#define YAML_TAG_H

#include "base/diag.h"

enum tagged {
    TAGGED_NOT,
    TAGGED_STR,
    TAGGED_INT,
    TAGGED_FLOAT,
    TAGGED_BOOL,
    TAGGED_NULL,
    TAGGED_SEQ,
    TAGGED_MAP,
    TAGGED_JSONATA,
    TAGGED_INCLUDE,
    TAGGED_UNKNOWN
};

/* `resolved` as libyaml gives it: NULL, "!include", "tag:yaml.org,2002:str". */
enum tagged tag_find(const char *resolved);
/* "!!int" for TAGGED_INT, and so on. */
struct str tag_name(enum tagged tag);

/* [yaml-tag] for the tag written at `span`, with what may be meant. */
void tag_report_unknown(struct diags *ds, struct span span);

#endif
