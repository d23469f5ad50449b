#include "stats.h"

#include "lambda_runtime/json.h"

#include <inttypes.h>

enum { STARS = 5 };

struct stats {
    int64_t count;
    int64_t sum;
    int64_t histogram[STARS + 1]; /* by stars; [0] is not used */
};

/* The stars of review number `at`; 0 after lambda_fail. */
static int64_t read_stars(struct lambda_call *call, struct ljson review, int64_t at)
{
    struct ljson stars = ljson_get(review, "stars");
    int64_t n;

    if (ljson_integer(stars, &n) && n >= 1 && n <= STARS)
        return n;
    if (ljson_type(stars) == LJSON_ABSENT)
        lambda_fail(call, "InvalidReview", "reviews[%" PRId64 "] has no stars", at);
    else
        lambda_fail(call, "InvalidReview", "reviews[%" PRId64 "].stars is %.*s; expected 1 to %d",
                    at, (int)(stars.n < 40 ? stars.n : 40), stars.p, STARS);
    return 0;
}

static bool count_reviews(struct lambda_call *call, struct ljson reviews, struct stats *s)
{
    for (struct ljson_walk w = ljson_walk(reviews); ljson_next(&w);) {
        int64_t stars = read_stars(call, w.value, s->count);
        if (stars == 0)
            return false;
        s->count++;
        s->sum += stars;
        s->histogram[stars]++;
    }
    return true;
}

/* The mean to two decimals, rounded half up. Integers: the same digits on every machine. */
static void write_mean(struct ltext *to, const struct stats *s)
{
    int64_t hundredths = s->count > 0 ? (s->sum * 200 + s->count) / (s->count * 2) : 0;

    ltext_printf(to, "%" PRId64, hundredths / 100);
    if (hundredths % 10 != 0)
        ltext_printf(to, ".%02" PRId64, hundredths % 100);
    else if (hundredths % 100 != 0)
        ltext_printf(to, ".%" PRId64, hundredths % 100 / 10);
}

static void write_stats(struct ltext *to, const struct stats *s)
{
    ltext_printf(to, "{\"count\":%" PRId64 ",\"mean\":", s->count);
    write_mean(to, s);
    ltext_printf(to, ",\"low\":%" PRId64 ",\"histogram\":{", s->histogram[1] + s->histogram[2]);
    for (int stars = 1; stars <= STARS; stars++)
        ltext_printf(to, "%s\"%d\":%" PRId64, stars > 1 ? "," : "", stars, s->histogram[stars]);
    ltext_puts(to, "}}");
}

bool review_stats(struct lambda_call *call, void *state)
{
    struct stats s = { 0 };
    struct ljson event;

    (void)state;
    if (!ljson_parse(call->event, call->event_size, &event))
        return lambda_fail(call, "InvalidInput", "the event is not JSON");
    struct ljson reviews = ljson_get(event, "reviews");
    if (ljson_type(reviews) != LJSON_ARRAY)
        return lambda_fail(call, "InvalidInput", "expected an array under 'reviews'");
    if (!count_reviews(call, reviews, &s))
        return false;
    write_stats(&call->result, &s);
    return true;
}
