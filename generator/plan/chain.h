/* Chains of states under construction. A chain is known by its open ends: the places that still
 * have to be told which state comes next. Whatever is appended fills them all. */
#ifndef PLAN_CHAIN_H
#define PLAN_CHAIN_H

#include "plan/plan.h"

struct open_end {
    struct state **slot;
    const struct state *from; /* whose slot it is; NULL: the scope's start */
    bool must;                /* has to lead somewhere: a choice's branch cannot just end */
};

struct chain {
    struct scope *scope;
    VEC(struct open_end) open;
};

/* What a step may say that not every type of state has. Source: States Language, "State Types". */
enum step_key {
    KEY_TIMEOUT = 1,
    KEY_RETRY = 2,
    KEY_RESULT_SELECTOR = 4,
    KEY_RESULT_PATH = 8,
    KEY_ASSIGN = 16,
    KEY_PATHS = 32,
    KEYS_KNOWN = 64, /* at least one of its states has been looked at */
};

/* A step while it is lowered. */
struct step_frame {
    bool begun;                     /* has a state */
    bool caught;                    /* the handlers of its `catch` are lowered */
    unsigned keys;                  /* of enum step_key, that its states have */
    VEC(struct catcher *) handlers; /* as they stand at its first state */
    VEC(struct open_end) behind;    /* ends that lead behind the step */
};

/* Lowers groups, one after the other, onto p->chain. */
void chain_add_sequence(struct plan *p, const struct sequence *seq);
/* The states of `seq` as a scope of their own. */
struct scope *chain_make_scope(struct plan *p, const struct sequence *seq, struct str label);
/* Wraps the whole machine so that its retry and catch apply to all of it. */
struct scope *chain_make_machine(struct plan *p, const struct pipeline *pl);

/* Each branch's output is the group's input plus what its steps stored; merged, the group's output
 * is the input plus everything stored. Where nobody stores anything the input just passes on. */
void chain_keep_results(struct plan *p, struct state *parallel);

#endif
