#include "yaml/tag.h"

#include "yaml/words.h"

#define STANDARD "tag:yaml.org,2002:"

static const struct {
    struct str name;
    const char *resolved;
} tags[] = {
    [TAGGED_STR] = { S_INIT("!!str"), STANDARD "str" },
    [TAGGED_INT] = { S_INIT("!!int"), STANDARD "int" },
    [TAGGED_FLOAT] = { S_INIT("!!float"), STANDARD "float" },
    [TAGGED_BOOL] = { S_INIT("!!bool"), STANDARD "bool" },
    [TAGGED_NULL] = { S_INIT("!!null"), STANDARD "null" },
    [TAGGED_SEQ] = { S_INIT("!!seq"), STANDARD "seq" },
    [TAGGED_MAP] = { S_INIT("!!map"), STANDARD "map" },
    [TAGGED_JSONATA] = { S_INIT("!jsonata"), "!jsonata" },
    [TAGGED_INCLUDE] = { S_INIT("!include"), "!include" },
};

enum { TAGS = sizeof tags / sizeof *tags };

enum tagged tag_find(const char *resolved)
{
    if (!resolved)
        return TAGGED_NOT;
    for (size_t i = TAGGED_STR; i < TAGS; i++)
        if (strcmp(tags[i].resolved, resolved) == 0)
            return (enum tagged)i;
    return TAGGED_UNKNOWN;
}

struct str tag_name(enum tagged tag)
{
    return tags[tag].name;
}

/* What people bring along from elsewhere, and what to write here. */
static const char REFERENCE[] = "write the resource's name; references are made from names";
static const char TEXT[] = "write the text with {{ variables }}, or name the resource";
static const char CHOICE[] = "write {% if … %} around what depends on the stage";
static const char VALUE[] = "write the value itself, or a {{ variable }}";
static const struct {
    struct str name;
    const char *help;
} foreign[] = {
    { S_INIT("!And"), CHOICE },      { S_INIT("!Base64"), VALUE },
    { S_INIT("!Cidr"), VALUE },      { S_INIT("!Condition"), CHOICE },
    { S_INIT("!Equals"), CHOICE },   { S_INIT("!FindInMap"), VALUE },
    { S_INIT("!GetAZs"), VALUE },    { S_INIT("!GetAtt"), REFERENCE },
    { S_INIT("!If"), CHOICE },       { S_INIT("!ImportValue"), VALUE },
    { S_INIT("!Join"), TEXT },       { S_INIT("!Length"), VALUE },
    { S_INIT("!Not"), CHOICE },      { S_INIT("!Or"), CHOICE },
    { S_INIT("!Ref"), REFERENCE },   { S_INIT("!Select"), VALUE },
    { S_INIT("!Split"), VALUE },     { S_INIT("!Sub"), TEXT },
    { S_INIT("!Transform"), VALUE },
};

void tag_report_unknown(struct diags *ds, struct span span)
{
    struct str written = words_clip(ds->arena, span_text(span));
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (!str_eq(written, foreign[i].name))
            continue;
        struct diag *d = diag_error(
            ds, "yaml-tag", span,
            "'%.*s' is a tag of CloudFormation templates, not of this language", STR(written));
        diag_help(d, "%s", foreign[i].help);
        return;
    }
    struct diag *d = diag_error(ds, "yaml-tag", span, "unknown tag '%.*s'", STR(written));
    struct str names[TAGS - 1];
    for (size_t i = 1; i < TAGS; i++)
        names[i - 1] = tags[i].name;
    bool has_handle = str_find_char(written, '!', 2) != SIZE_MAX; /* !e!name */
    if (!has_handle && diag_nearest(written, names, TAGS - 1) != SIZE_MAX)
        diag_suggest(d, written, names, TAGS - 1);
    else
        diag_help(d, "quote the value if it begins with '!'; the tags are !include and !jsonata");
}
