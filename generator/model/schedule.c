#include "model/schedule.h"

#include "base/num.h"
#include "model/literal.h"
#include "model/model.h"

struct cron_field {
    const char *name;
    int min, max;
    const char *words; /* names for the values from min up, three letters each */
    bool question;     /* '?' allowed */
};

static const struct cron_field CRON[] = {
    { "minutes", 0, 59, NULL, false },
    { "hours", 0, 23, NULL, false },
    { "day of month", 1, 31, NULL, true },
    { "month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", false },
    { "day of week", 1, 7, "SUNMONTUEWEDTHUFRISAT", true },
    { "year", 1970, 2199, NULL, false },
};
enum { CRON_FIELDS = sizeof CRON / sizeof *CRON, DAY_OF_MONTH = 2, DAY_OF_WEEK = 4 };

/* A number or a name of the field; false if it is neither or out of range. */
static bool read_value(const struct cron_field *f, struct str s, int *out)
{
    int64_t i;
    if (num_get_int(s, &i) && ascii_is_digit(s.p[0])) {
        *out = (int)i;
        return i >= f->min && i <= f->max;
    }
    if (!f->words || s.n != 3)
        return false;
    for (int w = 0; f->min + w <= f->max; w++)
        if (str_distance(s, (struct str){ f->words + (size_t)w * 3, 3 }) == 0) {
            *out = f->min + w;
            return true;
        }
    return false;
}

/* range = value [ "-" value ] ; step = ( "*" | range ) [ "/" number ] */
static bool check_step(const struct cron_field *f, struct str s)
{
    size_t slash = str_find_char(s, '/', 0);
    int64_t step;
    if (slash != SIZE_MAX) {
        if (!num_get_int(str_sub(s, slash + 1, s.n), &step) || step < 1 || step > f->max)
            return false;
        s = str_sub(s, 0, slash);
    }
    if (str_eq(s, S("*")))
        return true;
    int from, to;
    size_t dash = str_find_char(s, '-', 0);
    if (dash == SIZE_MAX)
        return read_value(f, s, &from);
    return read_value(f, str_sub(s, 0, dash), &from) &&
           read_value(f, str_sub(s, dash + 1, s.n), &to) && from <= to;
}

/* "L", "15W", "LW" among days of the month; "6L", "3#2" among days of the week. */
static bool check_special(const struct cron_field *f, struct str s)
{
    int day;
    int64_t nth;
    if (f == &CRON[DAY_OF_MONTH])
        return str_eq(s, S("L")) || str_eq(s, S("LW")) ||
               (s.n > 1 && s.p[s.n - 1] == 'W' && read_value(f, str_sub(s, 0, s.n - 1), &day));
    if (f != &CRON[DAY_OF_WEEK])
        return false;
    size_t hash = str_find_char(s, '#', 0);
    if (hash != SIZE_MAX)
        return read_value(f, str_sub(s, 0, hash), &day) &&
               num_get_int(str_sub(s, hash + 1, s.n), &nth) && nth >= 1 && nth <= 5;
    return str_eq(s, S("L")) ||
           (s.n > 1 && s.p[s.n - 1] == 'L' && read_value(f, str_sub(s, 0, s.n - 1), &day));
}

static bool check_cron_field(const struct cron_field *f, struct str s)
{
    if (str_eq(s, S("?")))
        return f->question;
    if (check_special(f, s))
        return true;
    struct str part;
    if (s.n && s.p[s.n - 1] == ',')
        return false;
    while (str_split(&s, ',', &part))
        if (!check_step(f, part))
            return false;
    return true;
}

static bool bad_field(struct diags *ds, const struct cron_field *f, struct str s, struct span span)
{
    struct diag *d = diag_error(ds, "bad-schedule", span, "'%.*s' is no value for %s in cron(…)",
                                STR(s), f->name);
    diag_help(d, "expected %d to %d%s%s", f->min, f->max, f->words ? ", names" : "",
              f->question ? ", * or ?" : " or *");
    return false;
}

static bool check_cron(struct diags *ds, struct str inside, struct span span)
{
    struct str fields[CRON_FIELDS], part;
    size_t n = 0;
    while (str_split(&inside, ' ', &part)) {
        if (!part.n)
            continue;
        if (n < CRON_FIELDS)
            fields[n] = part;
        n++;
    }
    if (n != CRON_FIELDS) {
        struct diag *d = diag_error(ds, "bad-schedule", span,
                                    "cron(…) has %zu fields; expected 6: minutes, hours, day of "
                                    "month, month, day of week, year",
                                    n);
        if (n == 5)
            diag_help(d, "unlike Unix cron there is a year: add ' *' at the end");
        return false;
    }
    for (size_t i = 0; i < CRON_FIELDS; i++)
        if (!check_cron_field(&CRON[i], fields[i]))
            return bad_field(ds, &CRON[i], fields[i], span);
    bool month = str_eq(fields[DAY_OF_MONTH], S("?")), week = str_eq(fields[DAY_OF_WEEK], S("?"));
    if (month == week) {
        struct diag *d = diag_error(ds, "bad-schedule", span,
                                    month ? "day of month and day of week are both '?'"
                                          : "day of month and day of week are both given");
        diag_help(d, "exactly one of them must be '?'");
        return false;
    }
    return true;
}

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

bool schedule_check(struct diags *ds, struct str text, struct span span)
{
    if (str_starts(text, S("cron(")) && str_ends(text, S(")")))
        return check_cron(ds, str_sub(text, 5, text.n - 1), span);
    if (str_starts(text, S("rate(")) && str_ends(text, S(")")))
        return check_rate(ds, str_sub(text, 5, text.n - 1), span);
    struct diag *d = diag_error(ds, "bad-schedule", span, "'%.*s' is no schedule", STR(text));
    if (!help_unix(d, text))
        diag_help(d, "write cron(0 22 * * ? *) or rate(1 day)");
    return false;
}

void schedule_check_field(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    if (value->kind == NODE_STR)
        schedule_check(b->ds, value->str, value->span);
}

#define F(kind, name, ...) FIELD_##kind(struct schedule, name, __VA_ARGS__)
static const struct field schedule_rows[] = {
    F(STR, cron, .required = true, .check = schedule_check_field,
      .aliases = WORDS("schedule", "rate"), .doc = "When: cron(…) with six fields or rate(…), UTC.",
      .example = "\"cron(0 22 * * ? *)\"", .source = "EventBridge, schedule expressions"),
    F(ANY, payload, .check = literal_check_field, .doc = "What the execution gets as input."),
    F(BOOL, enabled, .dflt = "true", .doc = "Whether the schedule is on."),
};
#undef F
const struct fields schedule_fields = FIELDS(struct schedule, "schedule", schedule_rows,
                                             .doc = "When the pipeline starts by itself.");
