/* What tests gave, for people and for programs: text, TAP 14, JUnit XML, JSON. */
#ifndef CLI_TEST_REPORT_H
#define CLI_TEST_REPORT_H

#include "base/buf.h"
#include "base/vec.h"

struct test_result {
    struct str file, name, differences; /* kept in the arena */
    bool passed;
    uint64_t states;
    int64_t elapsed_ms; /* on the run's clock */
};

struct test_report {
    struct arena *arena;
    VEC(struct test_result) all;
    size_t passed, failed;
};

void test_report_add(struct test_report *r, struct str file, struct str name, bool passed,
                     struct str differences, uint64_t states, int64_t elapsed_ms);
/* One case, as it is done. */
void test_report_text(const struct test_result *t, struct buf *out, bool colour);
void test_report_tap(const struct test_report *r, struct buf *out);
void test_report_junit(const struct test_report *r, struct buf *out);
void test_report_json(const struct test_report *r, struct buf *out);

#endif
