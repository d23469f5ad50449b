#include "stats.h"

int main(void)
{
    return lambda_run(review_stats, NULL);
}
