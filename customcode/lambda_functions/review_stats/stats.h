/* What a batch of product reviews says: how many, how good on average, how the stars spread.
 *
 *     in   {"reviews": [{"stars": 5, "text": "…"}, {"stars": 2}]}
 *     out  {"count": 2, "mean": 3.5, "low": 1, "histogram": {"1": 0, "2": 1, "3": 0, "4": 0, "5":
 * 1}}
 *
 * `low` counts reviews of one or two stars. No reviews: count 0, mean 0. */
#ifndef REVIEW_STATS_H
#define REVIEW_STATS_H

#include "lambda_runtime/runtime.h"

/* A lambda_handler; fails with InvalidInput or InvalidReview, naming the review. */
bool review_stats(struct lambda_call *call, void *state);

#endif
