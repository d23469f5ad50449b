/* The grammar of RFC 8259 over a text, as events in the order of the text. What is built from them
 * is the sink's business: json_read.c makes nodes or values. */
#ifndef BASE_JSON_PARSE_H
#define BASE_JSON_PARSE_H

#include "base/diag.h"

enum json_event_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_FLOAT,
    JSON_STR,
    JSON_BEGIN_LIST,
    JSON_BEGIN_MAP,
    JSON_END, /* of the innermost list or map; at and len are those of the whole */
};

/* A string of the text. */
struct json_text {
    struct str str;
    size_t at, len; /* where it stands, quotes included */
    bool decoded;   /* it had escapes: str lives until the next event only, not in the text */
};

struct json_event {
    enum json_event_kind kind;
    size_t at, len;       /* the value's bytes; a beginning is one byte long */
    struct json_text key; /* where the innermost container is a map; not at JSON_END */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct json_text text;
    };
};

struct json_sink {
    void (*put)(void *self, const struct json_event *e);
    void *self;
};

/* Feeds the sink. False at the first error, whose offset is in *error_at; it is reported [bad-json,
 * not-utf8, too-deep] where ds is not NULL. src gives the text; where there is no source, only
 * `text` in a zeroed one. Nesting is limited to LIMIT_JSON_DEPTH. */
bool json_parse(const struct source *src, struct json_sink sink, struct diags *ds,
                size_t *error_at);

#endif
