/* Any text as a schedule, alone and with its dates: an expression that is good is also weighed for
 * whether it ever comes, which says the same of all time as of each half of it. */
#include "fuzz.h"

#include "model/cron.h"
#include "model/schedule.h"

static void weigh(struct str text)
{
    struct arena a = { 0 };
    struct diags ds;
    struct cron c;
    const int64_t mid = 2000000000;
    diags_init(&ds, &a);
    if (cron_read(&ds, text, (struct span){ 0 }, &c))
        MUST(cron_comes(&c, INT64_MIN, INT64_MAX) ==
             (cron_comes(&c, INT64_MIN, mid) || cron_comes(&c, mid + 1, INT64_MAX)));
    else
        MUST(ds.all.n == 1);
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    struct diags ds;
    struct str text = { (const char *)data, size }, line[3] = { { 0 } };
    diags_init(&ds, &a);
    for (size_t i = 0; i < 3 && str_split(&text, '\n', &line[i]); i++)
        ;
    bool good = schedule_check(&ds, line[0], (struct span){ 0 });
    MUST(good == !ds.all.n);
    struct schedule sc = { .cron = { .s = line[0], .set = true },
                           .start = { .s = line[1], .set = line[1].n > 0 },
                           .end = { .s = line[2], .set = line[2].n > 0 } };
    schedule_check_whole(&ds, &sc);
    arena_done(&a);
    weigh(line[0]);
    return 0;
}
