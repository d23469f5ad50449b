#include "model/schedule.h"

#include "asl/asl_time.h"
#include "base/num.h"
#include "model/cron.h"
#include "model/literal.h"
#include "model/model.h"
#include "model/zones.h"

/* ---- expressions ---------------------------------------------------------------------------- */

static bool check_rate(struct diags *ds, struct str inside, struct span span)
{
    static const char *const UNITS[] = { "minute", "hour", "day" };
    size_t blank = str_find_char(inside, ' ', 0);
    int64_t value;
    struct diag *d;
    if (blank == SIZE_MAX || !num_get_int(str_sub(inside, 0, blank), &value) || value < 1) {
        d = diag_error(ds, "bad-schedule", span, "rate(…) is '%.*s'; expected a number and a unit",
                       STR(inside));
        diag_help(d, "for example rate(5 minutes)");
        return false;
    }
    struct str unit = str_trim(str_sub(inside, blank, inside.n));
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        struct str one = str_from(UNITS[i]);
        bool plural = unit.n == one.n + 1 && unit.p[one.n] == 's';
        if (!str_starts(unit, one) || (unit.n != one.n && !plural))
            continue;
        if (plural == (value != 1))
            return true;
        d = diag_error(ds, "bad-schedule", span, "rate(%.*s) mixes singular and plural",
                       STR(inside));
        diag_help(d, "write rate(%.*s %s%s)", (int)blank, inside.p, UNITS[i], plural ? "" : "s");
        return false;
    }
    d = diag_error(ds, "bad-schedule", span, "'%.*s' is no unit for rate(…)", STR(unit));
    diag_help(d, "expected minutes, hours or days");
    return false;
}

/* crontab counts weekdays from 0; only "30 2 * * *", every weekday, is the same with one more
 * field. */
static bool help_unix(struct diag *d, struct str text)
{
    struct str rest = text, fields[5];
    for (size_t i = 0; i < 5; i++) {
        size_t blank = str_find_char(rest, ' ', 0);
        fields[i] = str_sub(rest, 0, blank == SIZE_MAX ? rest.n : blank);
        if (!fields[i].n || (blank == SIZE_MAX) != (i == 4))
            return false;
        rest = str_sub(rest, fields[i].n + (i < 4), rest.n);
    }
    if (!str_eq(fields[4], S("*")))
        return false;
    diag_help(d, "write cron(%.*s %.*s %.*s %.*s ? *)", STR(fields[0]), STR(fields[1]),
              STR(fields[2]), STR(fields[3]));
    return true;
}

/* "2027-03-01T08:00:00", which is given without a zone. */
static bool read_time(struct str text, int64_t *seconds)
{
    char padded[] = "yyyy-mm-ddThh:mm:ssZ";
    struct asl_time t;
    if (text.n != sizeof padded - 2)
        return false;
    memcpy(padded, text.p, text.n);
    if (!asl_time_parse(str_from(padded), &t))
        return false;
    *seconds = t.seconds;
    return true;
}

static bool check_at(struct diags *ds, struct str inside, struct span span)
{
    int64_t seconds;
    if (read_time(inside, &seconds))
        return true;
    struct diag *d =
        diag_error(ds, "bad-schedule", span, "at(…) is '%.*s', which is no time", STR(inside));
    diag_help(d, "for example at(2027-03-01T08:00:00), in the schedule's time zone");
    return false;
}

/* "cron(x)" for "cron": x. */
static bool unwrap(struct str text, struct str word, struct str *inside)
{
    if (!str_starts(text, word) || text.n < word.n + 2 || text.p[word.n] != '(' ||
        text.p[text.n - 1] != ')')
        return false;
    *inside = str_sub(text, word.n + 1, text.n - 1);
    return true;
}

bool schedule_check(struct diags *ds, struct str text, struct span span)
{
    struct str inside;
    struct cron cron;
    if (unwrap(text, S("cron"), &inside))
        return cron_read(ds, inside, span, &cron);
    if (unwrap(text, S("rate"), &inside))
        return check_rate(ds, inside, span);
    if (unwrap(text, S("at"), &inside))
        return check_at(ds, inside, span);
    struct diag *d = diag_error(ds, "bad-schedule", span, "'%.*s' is no schedule", STR(text));
    if (!help_unix(d, text))
        diag_help(d, "write cron(0 22 * * ? *) or rate(1 day)");
    return false;
}

static void check_expression(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    if (value->kind == NODE_STR)
        schedule_check(b->ds, value->str, value->span);
}

/* ---- dates ---------------------------------------------------------------------------------- */

bool schedule_date(struct str text, bool end, struct str *out, int64_t *seconds, struct arena *a)
{
    struct asl_time t;
    *out = text;
    if (str_find_char(text, 'T', 0) == SIZE_MAX)
        *out = arena_printf(a, "%.*sT%sZ", STR(text), end ? "23:59:59" : "00:00:00");
    if (!str_ends(*out, S("Z")) || !asl_time_parse(*out, &t))
        return false;
    *seconds = t.seconds;
    return true;
}

static void check_date(struct bind *b, const struct field *f, const struct node *value)
{
    struct str text;
    int64_t seconds;
    if (value->kind != NODE_STR || schedule_date(value->str, false, &text, &seconds, b->arena))
        return;
    struct diag *d = diag_error(b->ds, "bad-date", value->span, "'%s' is '%.*s', which is no date",
                                f->key, STR(value->str));
    diag_help(d, "for example 2027-03-01, or in UTC 2027-03-01T08:00:00Z");
}

static void check_zone(struct bind *b, const struct field *f, const struct node *value)
{
    if (value->kind != NODE_STR || zone_exists(value->str))
        return;
    struct diag *d = diag_error(b->ds, "unknown-zone", value->span,
                                "'%s' is '%.*s', which is no time zone", f->key, STR(value->str));
    zone_suggest(d, value->str);
    diag_help(d, "names are those of the IANA database, for example Europe/Brussels or UTC");
}

/* ---- whether it ever comes ------------------------------------------------------------------ */

/* What was over when this was written comes no more, whatever the clock says. */
enum { FIRST_YEAR = 2026 };
static const int64_t FIRST_SECOND = 1767225600; /* 2026-01-01T00:00:00Z */

enum { ZONES_S = 14 * 3600 }; /* how far a zone's clock is from UTC at most */

static void warn_over(struct diags *ds, const struct vstr *at)
{
    struct diag *d =
        diag_warning(ds, "never-fires", at->span, "'%.*s' is over: it comes no more", STR(at->s));
    diag_help(d, "take the schedule out, or give it a later year");
}

struct span_of_time {
    int64_t from, to;
};

static struct span_of_time active(struct arena *a, const struct schedule *sc)
{
    struct span_of_time t = { INT64_MIN, INT64_MAX };
    struct str text;
    if (sc->start.set)
        schedule_date(sc->start.s, false, &text, &t.from, a);
    if (sc->end.set)
        schedule_date(sc->end.s, true, &text, &t.to, a);
    return t;
}

static void check_cron_comes(struct diags *ds, const struct schedule *sc, const struct cron *cron,
                             struct span_of_time t)
{
    struct diag *d;
    if (!cron_comes(cron, INT64_MIN, INT64_MAX)) {
        d = diag_error(ds, "never-fires", sc->cron.span, "'%.*s' never comes", STR(sc->cron.s));
        diag_help(d, "no month that it names has such a day in its years");
        return;
    }
    if (cron_last_year(cron) < FIRST_YEAR) {
        warn_over(ds, &sc->cron);
        return;
    }
    int64_t slack = sc->timezone.set ? ZONES_S : 0;
    int64_t from = t.from == INT64_MIN ? t.from : t.from - slack;
    if (cron_comes(cron, from, t.to == INT64_MAX ? t.to : t.to + slack))
        return;
    d = diag_error(ds, "never-fires", sc->cron.span, "'%.*s' never comes between its dates",
                   STR(sc->cron.s));
    if (sc->start.set)
        diag_note(d, sc->start.span, "it starts here");
    if (sc->end.set)
        diag_note(d, sc->end.span, "and ends here");
}

void schedule_check_whole(struct diags *ds, const struct schedule *sc)
{
    struct diags quiet; /* what is wrong with single fields has been said */
    struct str inside;
    struct cron cron;
    int64_t at;
    diags_init(&quiet, ds->arena);
    struct span_of_time t = active(ds->arena, sc);
    bool once = unwrap(sc->cron.s, S("at"), &inside);
    if (once && (sc->start.set || sc->end.set)) {
        diag_error(ds, "conflict", sc->start.set ? sc->start.span : sc->end.span,
                   "at(…) comes once: it takes neither 'start' nor 'end'");
        return;
    }
    if (t.from > t.to) {
        struct diag *d = diag_error(ds, "never-fires", sc->end.span,
                                    "the schedule ends before it starts: it never comes");
        diag_note(d, sc->start.span, "it starts here");
    } else if (t.to < FIRST_SECOND) {
        warn_over(ds, &sc->end);
    } else if (once && read_time(inside, &at) && at + ZONES_S < FIRST_SECOND) {
        warn_over(ds, &sc->cron);
    } else if (unwrap(sc->cron.s, S("cron"), &inside) &&
               cron_read(&quiet, inside, sc->cron.span, &cron)) {
        check_cron_comes(ds, sc, &cron, t);
    }
}

void schedule_check_all(struct diags *ds, const struct vobjs *list)
{
    const struct schedule *sc = list->items;
    for (size_t i = 0; i < list->n; i++)
        schedule_check_whole(ds, &sc[i]);
}

/* ---- fields --------------------------------------------------------------------------------- */

#define F(kind, name, ...) FIELD_##kind(struct schedule, name, __VA_ARGS__)
static const struct field schedule_rows[] = {
    F(STR, cron, .required = true, .check = check_expression,
      .aliases = WORDS("schedule", "rate", "at"), .example = "\"cron(0 22 * * ? *)\"",
      .doc = "When: cron(…) with six fields, rate(…) or, once, at(…).",
      .source = "EventBridge Scheduler user guide, Schedule types"),
    F(STR, timezone, .aliases = WORDS("time_zone"), .check = check_zone,
      .example = "Europe/Brussels", .doc = "Whose clock cron(…) and at(…) mean; UTC by default.",
      .source = "AWS::Scheduler::Schedule, ScheduleExpressionTimezone"),
    F(STR, start, .aliases = WORDS("start_date"), .check = check_date, .example = "2027-03-01",
      .doc = "Nothing before this date or time, in UTC.",
      .source = "AWS::Scheduler::Schedule, StartDate"),
    F(STR, end, .aliases = WORDS("end_date"), .check = check_date, .example = "2027-12-31",
      .doc = "Nothing after this date or time, in UTC.",
      .source = "AWS::Scheduler::Schedule, EndDate"),
    F(INT, window, .unit = "minutes", .min = 1, .max = 1440,
      .doc = "It may come this much later, so that not everything starts at once.",
      .source = "AWS::Scheduler::Schedule, FlexibleTimeWindow"),
    F(ANY, payload, .aliases = WORDS("input"), .check = literal_check_field,
      .example = "{day: <aws.scheduler.scheduled-time>}",
      .doc = "What the execution or function gets as input."),
    F(BOOL, enabled, .dflt = "true", .doc = "Whether the schedule is on."),
    F(STRS, stages, .example = "[prod]", .doc = "Only in these stages; in all by default."),
    F(INT, retries, .aliases = WORDS("maximum_retry_attempts"), .min = 0, .max = 185,
      .doc = "How often to try again if it cannot start; 185 by default.",
      .source = "AWS::Scheduler::Schedule, RetryPolicy"),
    F(INT, max_age, .aliases = WORDS("maximum_event_age"), .unit = "seconds", .min = 60,
      .max = 86400, .doc = "How late it may still start then; a day by default.",
      .source = "AWS::Scheduler::Schedule, RetryPolicy"),
};
#undef F
const struct fields schedule_fields = FIELDS(struct schedule, "schedule", schedule_rows,
                                             .doc = "When the pipeline starts by itself.");
