/* Answers for tasks, written down: what a run gets where no service is. Two formats are read.
 *
 * Ours, YAML or JSON, `mocks` in a mock or test file:
 *
 *     Send mail: {return: {MessageId: "1"}}      one answer, always
 *     Fetch: {error: Lambda.Unknown, cause: no}  a failure
 *     Work:                                      a list: the first that applies answers
 *       - {error: Busy, times: 2}                without a condition: once, or `times` times
 *       - {attempt: 1-3, error: Busy}            by retry, from 0
 *       - {index: 4, payload: {ok: true}}        by iteration of the Map around it, from 0
 *       - {when: {id: 7}, return: {}}            by what it is asked: a part of the payload
 *       - {return_payload: true, takes: 30}      what came in; half a minute later
 *
 * `payload` answers as lambda:invoke does, the value inside Payload. And Step Functions Local's
 * MockConfigFile.json (StateMachines, TestCases, MockedResponses).
 *
 * Source of the second: AWS developer guide, "Mocked service integrations". */
#ifndef RUNNER_MOCK_H
#define RUNNER_MOCK_H

#include "base/diag.h"
#include "base/map.h"
#include "runner/run.h"

struct mock_answer;

struct mock_state {
    const struct node *node;
    struct span key;
    struct mock_answer *answers;
    size_t n;
    bool sequence; /* a list: running past its end is an error */
};

struct mocks {
    struct arena *arena;
    struct map states; /* name -> struct mock_state */
    /* Told of each question, before it is answered. May be NULL. */
    void (*asked)(void *data, const struct task_request *request);
    void *data;
};

void mocks_init(struct mocks *m, struct arena *a);
/* Forgets how often each answer was given: ready for another run. */
void mocks_reset(struct mocks *m);

/* The `mocks` map of a file; later additions replace a state's earlier answers. False after
 * diagnostics. */
bool mocks_add(struct mocks *m, struct diags *ds, const struct node *map);

/* Whether the document is a MockConfigFile, and its answers for one test case of one machine;
 * where `machine` or `test` is empty, the only one there is. False after diagnostics. */
bool mocks_is_sfn_local(const struct node *document);
bool mocks_add_sfn_local(struct mocks *m, struct diags *ds, const struct node *document,
                         struct str machine, struct str test);

/* Reports mocked states that the machine does not have, or that call nothing. */
bool mocks_check(const struct mocks *m, struct diags *ds, const struct asl_machine *machine);

/* Answers by these mocks. */
struct task_provider mocks_provider(struct mocks *m);

/* A draft: every task of the machine with an answer to fill in, as YAML below `indent` blanks. */
void mocks_draft(const struct asl_machine *machine, struct buf *out, int indent);

/* Whether every member of `part` is in `whole`: objects by their keys, lists item by item. */
bool mock_contains(struct val whole, struct val part);

#endif
