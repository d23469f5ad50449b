/* Inside of the layer: one document being read, event by event. */
#ifndef YAML_READER_H
#define YAML_READER_H

#include "base/limits.h"
#include "base/map.h"
#include "yaml/chars.h"
#include "yaml/expr.h"
#include "yaml/yaml.h"

#include <yaml.h>

/* What a document shares with everything that it includes. */
struct session {
    struct arena *arena;
    struct diags *ds;
    const struct yaml_options *opt;
    size_t nodes;    /* made so far, aliases counted as copies */
    size_t includes; /* files read for !include */
    size_t bytes;    /* and their size */
    size_t warnings; /* about zeros in front */
    bool stopped;    /* a limit was crossed and reported: read nothing more */
};

/* The files being read, the innermost first. */
struct chain {
    struct str path;
    const struct chain *up;
    size_t depth;
};

struct anchor {
    struct str name;
    struct span at;    /* "&name" */
    struct node *node; /* NULL while what it names is still being read */
    size_t nodes;      /* in it, copies counted */
    size_t height;     /* 0 for a scalar */
};

/* `<<: value`, kept until the map's own keys are known. */
struct merge {
    struct node *value;
    struct span at; /* where the value is written, which may be an alias */
};

enum key_state {
    KEY_NONE,    /* the next node is a key */
    KEY_READ,    /* and the next one its value */
    KEY_MERGE,   /* after `<<` */
    KEY_REFUSED, /* reported: the value goes nowhere */
};

/* A list or map being read. */
struct open {
    struct node *node;
    struct anchor *anchor; /* or NULL */
    size_t nodes_before, height;
    bool flow;   /* stands in brackets */
    bool as_key; /* is a key itself, or inside of one: reported, and nobody will see it */
    enum key_state state;
    struct str key;
    struct span key_span;
    VEC(struct merge) merges;
    struct span merge_key; /* the first `<<` */
};

/* Where a node was written, in bytes of the source. */
struct place {
    size_t at;       /* of the properties, anchor and tag, or of the value */
    size_t value;    /* of the value itself */
    size_t end;      /* behind it */
    struct span tag; /* zeroed if there is none */
};

struct reader {
    struct session *session;
    const struct source *src;
    const struct chain *chain;
    struct arena scratch;
    struct chars chars;
    struct exprs exprs;
    yaml_parser_t parser;
    struct map anchors; /* by name: struct anchor */
    struct open *open;  /* LIMIT_DEPTH of them */
    size_t depth;       /* in use */
    size_t base;        /* depth at which this document is included */
    size_t end;         /* byte behind what was read last: block ends are known by it */
    struct node *root;
    size_t height; /* of the root */
    size_t errors; /* reported before */
    size_t documents;
    bool done;            /* read no further, though others may */
    struct place last;    /* the last scalar */
    size_t closed_at;     /* byte of the token that ended block collections, */
    size_t closed;        /* and how many: open[depth, depth + closed) */
    struct span unquoted; /* a reported `{{ … }}`: syntax errors behind it are its echo */
};

/* Reads a document on behalf of `session`; *height receives its root's height. */
struct node *reader_read(struct session *session, const struct source *src,
                         const struct chain *chain, size_t base, size_t *height);

static inline struct span reader_span(const struct reader *r, size_t at, size_t end)
{
    return (struct span){ r->src, (uint32_t)at, (uint32_t)(end - at) };
}

static inline struct open *reader_top(struct reader *r)
{
    return r->depth ? &r->open[r->depth - 1] : NULL;
}

static inline bool reader_wants_key(struct reader *r)
{
    const struct open *top = reader_top(r);
    return top && top->node->kind == NODE_MAP && top->state == KEY_NONE;
}

/* Counts nodes; false, and the session is stopped, after [too-large] at `at`. */
bool reader_count(struct reader *r, size_t nodes, struct span at, const struct anchor *anchor);
/* False, and the session is stopped, after [too-deep] if `height` more levels are too many here. */
bool reader_depth(struct reader *r, size_t height, struct span at);
/* Puts a value into the list or map being read. `at` is where it was written. */
void reader_attach(struct reader *r, struct node *value, size_t height, struct span at);

/* anchor.c */
struct anchor *anchor_add(struct reader *r, const yaml_char_t *name, size_t at);
void anchor_alias(struct reader *r, const yaml_event_t *e);
/* Applies the `<<` of a map whose own keys are complete. */
void anchor_merge(struct reader *r, struct open *map);

/* key.c: the next key of the map on top. */
void key_read(struct reader *r, struct str text, struct span span, bool plain);
/* Reports a list or map that stands where a key is wanted. */
void key_refuse(struct reader *r, struct span span);

/* place.c */
struct place place_scalar(struct reader *r, const yaml_event_t *e);
/* Where a value is whose properties begin at `at`, looking no further than `end`. */
struct place place_properties(const struct reader *r, size_t at, size_t end);

/* value.c */
void value_scalar(struct reader *r, const yaml_event_t *e);

/* include.c: the node for `!include path`; a null after a diagnostic. */
struct node *include_node(struct reader *r, struct str path, struct span at, size_t *height);

/* syntax.c: reports what libyaml stopped at. */
void syntax_report(struct reader *r);

#endif
