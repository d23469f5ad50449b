/* What the check's modules share. One struct check goes down through blocks, states and their
 * parts; who nests saves what it changes and puts it back. */
#ifndef ASL_CHECK_H
#define ASL_CHECK_H

#include "asl/asl_field.h"

/* Variables that the states of one block assign. */
struct asl_scope {
    const struct asl_block *block;
    const struct asl_scope *up; /* the block around it, unless that is another execution */
    struct map names;           /* name -> struct asl_assigned */
};

struct asl_assigned {
    struct span at;
};

struct check {
    struct arena *a;
    struct diags *ds;
    const struct asl_options *o;
    const struct asl_machine *m;
    struct map names;  /* every state's name -> the first state that has it */
    struct map labels; /* every Map's label -> its struct asl_value */
    const struct asl_block *block;
    const struct asl_state *state; /* NULL outside of any */
    const struct asl_scope *scope;
    enum asl_lang lang;
    bool express;      /* the block runs as an express workflow */
    bool block_broken; /* a transition of this block leads nowhere */
    uint8_t sees;      /* ASL_SEES_* of the field that is looked at */
    bool reads_token;  /* this state's payload has $$.Task.Token */
    size_t suggested;  /* state names looked up for suggestions: that costs */
};

/* "state 'X'", or "the state machine" outside of any. */
struct str check_where(struct check *c);

/* asl_check.c: every value of an object and of the objects below it. */
void check_object(struct check *c, const struct asl_table *t, uint16_t context, const void *object);
void check_block(struct check *c, const struct asl_block *block);

/* asl_check_value.c */
void check_value(struct check *c, const struct asl_value *v);
/* A path or call that stands in `node`, the value of `key`. */
void check_path(struct check *c, struct str key, const struct node *node, enum asl_kind kind);
void check_expression(struct check *c, struct str key, const struct node *node,
                      struct str expression);

/* asl_check_template.c */
void check_template(struct check *c, const struct asl_value *v);
void check_result(struct check *c, const struct asl_value *v);

/* asl_check_state.c: what concerns several fields at once. */
void check_state(struct check *c, const struct asl_state *s);
void check_retriers(struct check *c, const struct asl_state *s);
void check_rule(struct check *c, const struct asl_rule *r);

/* asl_check_map.c */
void check_map(struct check *c, const struct asl_state *s);

/* asl_resource.c: a task's Resource and what it is given. */
void check_resource(struct check *c, const struct asl_state *s);

/* asl_graph.c: names, ends and reachability. */
void check_names(struct check *c);
void check_target(struct check *c, const struct asl_value *v);
void check_graph(struct check *c, const struct asl_block *block);

/* asl_scope.c */
struct asl_scope *check_scope(struct check *c, const struct asl_block *block,
                              const struct asl_scope *up);
void check_variable(struct check *c, struct str name, const struct node *node, size_t at);

#endif
