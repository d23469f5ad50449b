#include "lambda_functions/review_stats/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A case has a result, or an error type and message. */
static const struct {
    const char *event;
    const char *result;
    const char *type;
    const char *message;
} cases[] = {
    { "{\"reviews\":[{\"stars\":5,\"text\":\"good\"},{\"stars\":2}]}",
      "{\"count\":2,\"mean\":3.5,\"low\":1,"
      "\"histogram\":{\"1\":0,\"2\":1,\"3\":0,\"4\":0,\"5\":1}}",
      NULL, NULL },
    { "{\"reviews\":[{\"stars\":1},{\"stars\":1},{\"stars\":2}]}",
      "{\"count\":3,\"mean\":1.33,\"low\":3,"
      "\"histogram\":{\"1\":2,\"2\":1,\"3\":0,\"4\":0,\"5\":0}}",
      NULL, NULL },
    { "{\"reviews\":[{\"stars\":4},{\"stars\":5},{\"stars\":5}]}",
      "{\"count\":3,\"mean\":4.67,\"low\":0,"
      "\"histogram\":{\"1\":0,\"2\":0,\"3\":0,\"4\":1,\"5\":2}}",
      NULL, NULL },
    { "{\"batch\":7,\"reviews\":[{\"text\":\"\\\"]}\",\"stars\":3.0}]}",
      "{\"count\":1,\"mean\":3,\"low\":0,"
      "\"histogram\":{\"1\":0,\"2\":0,\"3\":1,\"4\":0,\"5\":0}}",
      NULL, NULL },
    { "{\"reviews\":[]}",
      "{\"count\":0,\"mean\":0,\"low\":0,"
      "\"histogram\":{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0}}",
      NULL, NULL },
    { "{\"reviews\":[{\"stars\":5},{\"stars\":6}]}", NULL, "InvalidReview",
      "reviews[1].stars is 6; expected 1 to 5" },
    { "{\"reviews\":[{\"stars\":\"5\"}]}", NULL, "InvalidReview",
      "reviews[0].stars is \"5\"; expected 1 to 5" },
    { "{\"reviews\":[{\"stars\":4.5}]}", NULL, "InvalidReview",
      "reviews[0].stars is 4.5; expected 1 to 5" },
    { "{\"reviews\":[7]}", NULL, "InvalidReview", "reviews[0] has no stars" },
    { "{\"reviews\":{}}", NULL, "InvalidInput", "expected an array under 'reviews'" },
    { "[]", NULL, "InvalidInput", "expected an array under 'reviews'" },
    { "{\"reviews\":[", NULL, "InvalidInput", "the event is not JSON" },
    { "", NULL, "InvalidInput", "the event is not JSON" },
};

static void test_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lambda_call call = { .event = cases[i].event, .event_size = strlen(cases[i].event) };
        bool good = review_stats(&call, NULL);
        if (good != (cases[i].result != NULL))
            fail_msg("%s: %s", cases[i].event, good ? call.result.p : call.error.message);
        if (good) {
            assert_string_equal(call.result.p, cases[i].result);
        } else {
            assert_string_equal(call.error.type, cases[i].type);
            assert_string_equal(call.error.message, cases[i].message);
        }
        ltext_done(&call.result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_events) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
