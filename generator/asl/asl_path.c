#include "asl/asl_path.h"

#include "asl/asl_text.h"

#include <assert.h>

enum { CALL_DEPTH = 10, ANY_NUMBER = 99 }; /* nested calls: AWS developer guide, "Intrinsics" */

/* Source: States Language, appendix "Intrinsic Functions". */
static const struct call {
    struct str name;
    uint8_t least, most;
    bool string; /* always gives a string, so that ErrorPath and CausePath may use it */
} calls[] = {
    { S_INIT("States.Array"), 0, ANY_NUMBER, false },
    { S_INIT("States.ArrayContains"), 2, 2, false },
    { S_INIT("States.ArrayGetItem"), 2, 2, true },
    { S_INIT("States.ArrayLength"), 1, 1, false },
    { S_INIT("States.ArrayPartition"), 2, 2, false },
    { S_INIT("States.ArrayRange"), 3, 3, false },
    { S_INIT("States.ArrayUnique"), 1, 1, false },
    { S_INIT("States.Base64Decode"), 1, 1, true },
    { S_INIT("States.Base64Encode"), 1, 1, true },
    { S_INIT("States.Format"), 1, ANY_NUMBER, true },
    { S_INIT("States.Hash"), 2, 2, true },
    { S_INIT("States.JsonMerge"), 3, 3, false },
    { S_INIT("States.JsonToString"), 1, 1, true },
    { S_INIT("States.MathAdd"), 2, 2, false },
    { S_INIT("States.MathRandom"), 2, 3, false },
    { S_INIT("States.StringSplit"), 2, 2, false },
    { S_INIT("States.StringToJson"), 1, 1, false },
    { S_INIT("States.UUID"), 0, 0, true },
};
enum { CALLS = sizeof calls / sizeof *calls };

static const struct str call_names[] = {
    S_INIT("States.Array"),        S_INIT("States.ArrayContains"),  S_INIT("States.ArrayGetItem"),
    S_INIT("States.ArrayLength"),  S_INIT("States.ArrayPartition"), S_INIT("States.ArrayRange"),
    S_INIT("States.ArrayUnique"),  S_INIT("States.Base64Decode"),   S_INIT("States.Base64Encode"),
    S_INIT("States.Format"),       S_INIT("States.Hash"),           S_INIT("States.JsonMerge"),
    S_INIT("States.JsonToString"), S_INIT("States.MathAdd"),        S_INIT("States.MathRandom"),
    S_INIT("States.StringSplit"),  S_INIT("States.StringToJson"),   S_INIT("States.UUID"),
};
static_assert(sizeof call_names / sizeof *call_names == CALLS, "a name for every function");

const struct str *asl_call_names(size_t *n)
{
    *n = CALLS;
    return call_names;
}

struct reader {
    struct arena *a;
    struct str s;
    size_t at;
    struct asl_syntax *out;
};

static bool fail_at(struct reader *r, size_t at, size_t len, const char *wrong)
{
    if (!r->out->wrong) {
        r->out->wrong = wrong;
        r->out->at = at;
        r->out->len = len;
    }
    return false;
}

static bool fail(struct reader *r, const char *wrong)
{
    return fail_at(r, r->at, r->at < r->s.n ? 1 : 0, wrong);
}

static char peek(const struct reader *r, size_t ahead)
{
    return r->at + ahead < r->s.n ? r->s.p[r->at + ahead] : 0;
}

static void skip_blanks(struct reader *r)
{
    while (ascii_is_space(peek(r, 0)))
        r->at++;
}

/* A member's name behind '.': up to what ends it in Jayway's reader. */
static bool member(struct reader *r)
{
    size_t from = r->at;
    if (peek(r, 0) == '*') {
        r->at++;
        r->out->one = false;
        return true;
    }
    while (r->at < r->s.n && (unsigned char)r->s.p[r->at] > ' ' &&
           str_find_char(S(".[](),'\"?"), r->s.p[r->at], 0) == SIZE_MAX)
        r->at++;
    return r->at > from || fail(r, "a name is missing here");
}

/* To behind the closing quote. */
static bool quoted(struct reader *r)
{
    char quote = peek(r, 0);
    size_t from = r->at++;
    while (r->at < r->s.n) {
        char c = r->s.p[r->at++];
        if (c == '\\')
            r->at++;
        else if (c == quote)
            return true;
    }
    r->at = r->s.n;
    return fail_at(r, from, 1, "a quote is not closed");
}

static bool integer(struct reader *r)
{
    if (peek(r, 0) == '-')
        r->at++;
    if (!ascii_is_digit(peek(r, 0)))
        return fail(r, "a number is missing here");
    while (ascii_is_digit(peek(r, 0)))
        r->at++;
    return true;
}

/* ?( … ): balanced brackets and quotes; what the condition says is not judged here. */
static bool filter(struct reader *r)
{
    size_t from = r->at++;
    int depth = 0;
    r->out->one = false;
    if (peek(r, 0) != '(')
        return fail(r, "'(' must follow '?'");
    while (r->at < r->s.n) {
        char c = r->s.p[r->at];
        if (c == '\'' || c == '"') {
            if (!quoted(r))
                return false;
            continue;
        }
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        r->at++;
        if (depth == 0)
            return true;
    }
    return fail_at(r, from, 1, "a filter is not closed");
}

/* 'name', 'name' · index, index · from:to:step, parts of a slice may be empty. */
static bool items(struct reader *r)
{
    if (peek(r, 0) == '\'' || peek(r, 0) == '"') {
        while (quoted(r)) {
            skip_blanks(r);
            if (peek(r, 0) != ',')
                return true;
            r->out->one = false;
            r->at++;
            skip_blanks(r);
            if (peek(r, 0) != '\'' && peek(r, 0) != '"')
                return fail(r, "a quoted name is missing here");
        }
        return false;
    }
    for (bool number = false;; number = false) {
        skip_blanks(r);
        if (peek(r, 0) == '-' || ascii_is_digit(peek(r, 0)))
            number = integer(r);
        skip_blanks(r);
        char c = peek(r, 0);
        if (c == ',' && !number)
            return fail(r, "a number is missing here");
        if (c != ',' && c != ':')
            return number || (c == ']' && r->s.p[r->at - 1] == ':') ||
                   fail(r, "expected a quoted name, a number, '*' or a filter");
        r->out->one = false;
        r->at++;
    }
}

static bool bracket(struct reader *r)
{
    size_t from = r->at++;
    skip_blanks(r);
    bool ok;
    if (peek(r, 0) == '*') {
        r->at++;
        r->out->one = false;
        ok = true;
    } else {
        ok = peek(r, 0) == '?' ? filter(r) : items(r);
    }
    skip_blanks(r);
    if (!ok)
        return false;
    if (peek(r, 0) != ']')
        return r->at < r->s.n ? fail(r, "']' is missing here")
                              : fail_at(r, from, 1, "']' is missing for this '['");
    r->at++;
    return true;
}

/* .name ..name .* ['name'] [0] …, up to something that continues no path. */
static bool steps(struct reader *r)
{
    while (r->at < r->s.n) {
        char c = peek(r, 0);
        if (c == '[') {
            if (!bracket(r))
                return false;
        } else if (c == '.') {
            r->at++;
            if (peek(r, 0) == '.') {
                r->at++;
                r->out->one = false;
            }
            if (peek(r, 0) != '[' && !member(r))
                return false;
        } else {
            break;
        }
    }
    return true;
}

/* The '$' and what it stands for. */
static bool root(struct reader *r)
{
    if (peek(r, 0) != '$')
        return fail_at(r, r->at, r->s.n - r->at, "a path begins with '$'");
    size_t from = ++r->at;
    if (peek(r, 0) == '$') {
        r->at++;
        return true;
    }
    while (r->at < r->s.n && str_find_char(S(".[,) \t\r\n"), r->s.p[r->at], 0) == SIZE_MAX)
        r->at++;
    struct str name = str_sub(r->s, from, r->at);
    if (name.n == 0) {
        r->out->input = true;
        return true;
    }
    if (!asl_is_variable_name(name))
        return fail_at(r, from, name.n, "this is no name of a variable");
    vec_push(r->a, &r->out->variables, name);
    return true;
}

static bool path(struct reader *r)
{
    size_t from = r->at;
    if (!root(r) || !steps(r))
        return false;
    struct str text = str_sub(r->s, from, r->at);
    if (str_eq(text, S("$$.Task.Token")))
        r->out->task_token = true;
    return true;
}

struct asl_syntax asl_path_syntax(struct arena *a, struct str text)
{
    struct asl_syntax out = { .one = true };
    struct reader r = { .a = a, .s = text, .out = &out };
    if (path(&r)) {
        skip_blanks(&r); /* AWS takes blanks behind a path, and none before it */
        if (r.at < text.n)
            fail_at(&r, r.at, 1, "the path should end here");
    }
    return out;
}

static bool number(struct reader *r)
{
    if (!integer(r))
        return false;
    if (peek(r, 0) == '.') {
        r->at++;
        if (!integer(r))
            return false;
    }
    if (peek(r, 0) == 'e' || peek(r, 0) == 'E') {
        r->at++;
        if (peek(r, 0) == '+')
            r->at++;
        return integer(r);
    }
    return true;
}

static bool word(struct reader *r)
{
    static const struct str words[] = { S_INIT("true"), S_INIT("false"), S_INIT("null") };
    struct str rest = str_sub(r->s, r->at, r->s.n);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_starts(rest, words[i])) {
            r->at += words[i].n;
            return true;
        }
    }
    return fail(r, "expected a path, a string in single quotes, a number or a call");
}

static bool call(struct reader *r, bool string_only, unsigned depth);

static bool argument(struct reader *r, unsigned depth)
{
    char c = peek(r, 0);
    if (c == '\'')
        return quoted(r);
    if (c == '$')
        return path(r);
    if (c == '-' || ascii_is_digit(c))
        return number(r);
    if (str_starts(str_sub(r->s, r->at, r->s.n), S("States.")))
        return call(r, false, depth + 1);
    return word(r);
}

/* '(' arguments ')': their number, or -1. */
static int arguments(struct reader *r, unsigned depth)
{
    int n = 0;
    size_t from = r->at;
    if (peek(r, 0) != '(') {
        fail(r, "'(' must follow a function's name");
        return -1;
    }
    r->at++;
    skip_blanks(r);
    if (peek(r, 0) == ')') {
        r->at++;
        return 0;
    }
    for (;;) {
        skip_blanks(r);
        if (!argument(r, depth))
            return -1;
        n++;
        skip_blanks(r);
        char c = peek(r, 0);
        if (c != ',' && c != ')') {
            if (r->at < r->s.n)
                fail(r, "',' or ')' is missing here");
            else
                fail_at(r, from, 1, "')' is missing for this '('");
            return -1;
        }
        r->at++;
        if (c == ')')
            return n;
    }
}

static const struct call *find_call(struct str name)
{
    for (size_t i = 0; i < CALLS; i++)
        if (str_eq(calls[i].name, name))
            return &calls[i];
    return NULL;
}

static const char *takes(struct arena *a, const struct call *c)
{
    const char *s = c->most == 1 ? "" : "s";
    if (c->most == ANY_NUMBER)
        return "this function takes one argument or more";
    if (c->least == c->most)
        return arena_printf(a, "this function takes %d argument%s", c->most, s).p;
    return arena_printf(a, "this function takes %d or %d arguments", c->least, c->most).p;
}

static bool call(struct reader *r, bool string_only, unsigned depth)
{
    size_t from = r->at;
    if (depth > CALL_DEPTH)
        return fail(r, "calls are nested more than 10 deep");
    while (ascii_is_alnum(peek(r, 0)) || peek(r, 0) == '.')
        r->at++;
    struct str name = str_sub(r->s, from, r->at);
    const struct call *c = find_call(name);
    if (!c) {
        r->out->function = name;
        return fail_at(r, from, name.n, "there is no such function");
    }
    if (string_only && !c->string)
        return fail_at(r, from, name.n, "this function does not give a string");
    int n = arguments(r, depth);
    if (n < 0)
        return false;
    if (n < c->least || (n > c->most && c->most != ANY_NUMBER))
        return fail_at(r, from, name.n, takes(r->a, c));
    return true;
}

struct asl_syntax asl_call_syntax(struct arena *a, struct str text, bool string_only)
{
    struct asl_syntax out = { 0 };
    struct reader r = { .a = a, .s = text, .out = &out };
    if (call(&r, string_only, 1)) {
        skip_blanks(&r);
        if (r.at < text.n)
            fail_at(&r, r.at, 1, "the call should end here");
    }
    return out;
}
