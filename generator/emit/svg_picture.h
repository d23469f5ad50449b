/* A state machine as a picture: whoever knows one (a plan, a definition) adds its states and
 * transitions, picture_write lays them out and writes SVG. Nothing in the output depends on fonts,
 * scripts or a background; colours read on white and on black. */
#ifndef EMIT_SVG_PICTURE_H
#define EMIT_SVG_PICTURE_H

#include "base/buf.h"
#include "emit/layout.h"

enum picture_kind {
    PICTURE_TASK,
    PICTURE_CHOICE,
    PICTURE_PARALLEL,
    PICTURE_MAP,
    PICTURE_WAIT,
    PICTURE_PASS,
    PICTURE_SUCCEED,
    PICTURE_FAIL,
    PICTURE_GROUP, /* a box around states of the same frame; edges cross it */
    PICTURE_START,
    PICTURE_END,
    PICTURE_NOTE, /* plain text */
};

enum picture_edge_kind { PICTURE_NEXT, PICTURE_CATCH };

enum { PICTURE_LINES = 3 }; /* of a name */

struct picture_node {
    enum picture_kind kind;
    struct str name;
    struct str detail; /* the second, small line */
    struct str tip;    /* shown by browsers when pointed at */
    struct str lines[PICTURE_LINES];
    size_t nlines;
};

struct picture_edge {
    enum picture_edge_kind kind;
    struct str label;
    struct str lines[PICTURE_LINES];
    size_t nlines;
};

struct picture {
    struct arena *arena;
    struct str title;
    struct layout layout; /* its nodes, frames and edges have the same numbers as those here */
    VEC(struct picture_node) nodes;
    VEC(struct picture_edge) edges;
    VEC(struct str) labels; /* of frames: what a branch is for */
};

/* Frame 0, the picture itself, is there from the start. Strings are borrowed. */
void picture_init(struct picture *p, struct arena *a, struct str title);

/* Each returns the number of what it added. The first node of a frame is where it begins. `type`
 * is ASL's; a Parallel or Map gets its branches as frames. */
size_t picture_add_frame(struct picture *p, size_t owner, struct str label);
size_t picture_add_node(struct picture *p, size_t frame, enum picture_kind kind, struct str name);
size_t picture_add_edge(struct picture *p, size_t from, size_t to, enum picture_edge_kind kind,
                        struct str label);

/* The kind that draws an ASL type; a note for a type that there is not. */
enum picture_kind picture_kind_of(struct str type);

/* A Task's resource as people say it: "lambda:invoke", "s3:getObject", "function greet". */
struct str picture_resource(struct arena *a, struct str arn);

void picture_write(struct picture *p, struct buf *out);

#endif
