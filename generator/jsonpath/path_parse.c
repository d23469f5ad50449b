#include "jsonpath/program.h"

#include "base/num.h"

#include <limits.h>

bool parse_fail(struct parser *ps, size_t at, const char *fmt, ...)
{
    if (ps->err->text.p)
        return false;
    va_list args;
    va_start(args, fmt);
    ps->err->text = arena_vprintf(ps->arena, fmt, args);
    va_end(args);
    ps->err->at = ps->base + at;
    return false;
}

static bool failed(const struct parser *ps)
{
    return ps->err->text.p != NULL;
}

/* The steps read so far, and what they mean for the path as a whole. */
struct builder {
    VEC(struct jsonpath_step) steps;
};

static void add_step(struct parser *ps, struct builder *b, struct jsonpath_step step)
{
    vec_push(ps->arena, &b->steps, step);
}

/* Only a blank counts as white space between a bracket and what it holds. */
static size_t skip_blanks(struct str s, size_t at)
{
    while (at < s.n && s.p[at] == ' ')
        at++;
    return at;
}

size_t scan_unescaped(struct str s, char c, size_t from)
{
    for (size_t i = from; i < s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == c)
            return i;
    }
    return SIZE_MAX;
}

static char closing_of(char open)
{
    return open == '(' ? ')' : open == '[' ? ']' : '}';
}

/* The bracket that closes the one at open_at; those of other kinds do not count, strings (and
 * regular expressions) are skipped. */
size_t scan_closing(struct str s, size_t open_at, bool regexes)
{
    char open = s.p[open_at], close = closing_of(open);
    int depth = 0;
    for (size_t i = open_at; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\'' || c == '"' || (regexes && c == '/')) {
            i = scan_unescaped(s, c, i + 1);
            if (i == SIZE_MAX)
                return SIZE_MAX;
        } else if (c == open) {
            depth++;
        } else if (c == close && --depth == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* ---- ['a','b'] ---- */

static bool read_quoted(struct parser *ps, char quote, struct str *name)
{
    size_t from = ps->at + 1, to = scan_unescaped(ps->s, quote, from);
    if (to == SIZE_MAX)
        return parse_fail(ps, ps->at, "the name is not closed: missing %c", quote);
    ps->at = to + 1;
    struct str raw = str_sub(ps->s, from, to);
    if (quote == '\'' && str_find(raw, S("\\\""), 0) != SIZE_MAX) {
        *name = raw; /* recorded: the service leaves a backslash before a double quote alone */
        return true;
    }
    return parse_unescape(ps, raw, name);
}

static bool read_bracket_names(struct parser *ps, struct builder *b)
{
    VEC(struct str) names = { 0 };
    size_t open = ps->at;
    ps->at = skip_blanks(ps->s, ps->at + 1);
    char quote = ps->s.p[ps->at];
    for (;;) {
        struct str name;
        if (ps->at >= ps->s.n || ps->s.p[ps->at] != quote)
            return parse_fail(ps, ps->at, "expected a name in %c quotes", quote);
        if (!read_quoted(ps, quote, &name))
            return false;
        vec_push(ps->arena, &names, name);
        ps->at = skip_blanks(ps->s, ps->at);
        if (ps->at >= ps->s.n)
            return parse_fail(ps, open, "the bracket is not closed: missing ]");
        char c = ps->s.p[ps->at++];
        if (c == ']')
            break;
        if (c != ',')
            return parse_fail(ps, ps->at - 1, "expected ',' or ']' behind the name");
        while (ps->at < ps->s.n && ascii_is_space(ps->s.p[ps->at]))
            ps->at++;
    }
    struct jsonpath_step step = { .kind = STEP_NAME, .quote = quote, .name = names.p[0] };
    if (names.n > 1)
        step = (struct jsonpath_step){
            .kind = STEP_NAMES, .quote = quote, .names = names.p, .n = names.n
        };
    add_step(ps, b, step);
    return true;
}

/* ---- [1] [0,2] [1:3] ---- */

static bool read_int32(struct parser *ps, struct str s, size_t at, int32_t *out)
{
    int64_t i;
    if (!s.n || s.p[0] == '+' || !num_get_int(s, &i) || i < INT32_MIN || i > INT32_MAX)
        return parse_fail(ps, at, "'%.*s' is no index between -2147483648 and 2147483647", STR(s));
    *out = (int32_t)i;
    return true;
}

/* What stands behind a second colon is read over: Jayway has no step. */
static bool read_slice(struct parser *ps, struct builder *b, struct str text, size_t at)
{
    struct jsonpath_step step = { .kind = STEP_SLICE };
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == ' ' || text.p[i] == ',')
            return parse_fail(ps, at + i, "a slice holds digits, '-' and ':' alone");
    size_t colon = str_find_char(text, ':', 0);
    struct str part = str_sub(text, 0, colon), rest = str_sub(text, colon + 1, text.n);
    if (part.n) {
        step.has_from = true;
        if (!read_int32(ps, part, at, &step.from))
            return false;
    }
    size_t second = str_find_char(rest, ':', 0);
    part = str_sub(rest, 0, second == SIZE_MAX ? rest.n : second);
    if (part.n) {
        step.has_to = true;
        if (!read_int32(ps, part, at + colon + 1, &step.to))
            return false;
    }
    if (!step.has_from && !step.has_to)
        return parse_fail(ps, at, "a slice needs a start or an end: [1:], [:3], [1:3]");
    add_step(ps, b, step);
    return true;
}

static bool read_indexes(struct parser *ps, struct builder *b, struct str text, size_t at)
{
    VEC(int32_t) indexes = { 0 };
    for (size_t from = 0;;) {
        size_t comma = str_find_char(text, ',', from);
        size_t to = comma == SIZE_MAX ? text.n : comma;
        struct str part = str_trim(str_sub(text, from, to));
        int32_t i = 0;
        if (!read_int32(ps, part, at + from, &i))
            return false;
        vec_push(ps->arena, &indexes, i);
        if (comma == SIZE_MAX)
            break;
        from = comma + 1;
    }
    struct jsonpath_step step = { .kind = STEP_INDEX, .from = indexes.p[0] };
    if (indexes.n > 1)
        step = (struct jsonpath_step){ .kind = STEP_INDEXES, .indexes = indexes.p, .n = indexes.n };
    add_step(ps, b, step);
    return true;
}

static bool read_bracket_numbers(struct parser *ps, struct builder *b)
{
    size_t from = ps->at + 1, to = str_find_char(ps->s, ']', from);
    if (to == SIZE_MAX)
        return parse_fail(ps, ps->at, "the bracket is not closed: missing ]");
    for (size_t i = from; i < to; i++) {
        char c = ps->s.p[i];
        if (!ascii_is_digit(c) && c != ',' && c != '-' && c != ':' && c != ' ')
            return parse_fail(ps, i, "'%c' cannot stand in an index", c);
    }
    from = skip_blanks(ps->s, from);
    struct str text = str_trim(str_sub(ps->s, from, to));
    ps->at = to + 1;
    if (str_find_char(text, ':', 0) != SIZE_MAX)
        return read_slice(ps, b, text, from);
    return read_indexes(ps, b, text, from);
}

/* ---- [?( )] ---- */

static bool read_filter(struct parser *ps, struct builder *b)
{
    size_t question = skip_blanks(ps->s, ps->at + 1);
    size_t open = skip_blanks(ps->s, question + 1);
    ps->err->filter = true;
    if (open >= ps->s.n || ps->s.p[open] != '(')
        return parse_fail(ps, open, "a filter is written [?( )]: '(' is missing");
    size_t close = scan_closing(ps->s, open, true);
    if (close == SIZE_MAX)
        return parse_fail(ps, open, "the filter is not closed: missing )");
    size_t end = skip_blanks(ps->s, close + 1);
    if (end >= ps->s.n || ps->s.p[end] != ']')
        return parse_fail(ps, end, "expected ']' behind the filter");
    struct parser inner = { .arena = ps->arena,
                            .s = str_sub(ps->s, open, close + 1),
                            .base = ps->base + open,
                            .depth = ps->depth + 1,
                            .err = ps->err };
    const struct filter *filter = parse_filter(&inner);
    if (!filter)
        return false;
    ps->err->filter = false;
    ps->at = end + 1;
    add_step(ps, b, (struct jsonpath_step){ .kind = STEP_FILTER, .filter = filter });
    return true;
}

static bool read_bracket(struct parser *ps, struct builder *b)
{
    size_t first = skip_blanks(ps->s, ps->at + 1);
    char c = first < ps->s.n ? ps->s.p[first] : 0;
    if (c == '\'' || c == '"')
        return read_bracket_names(ps, b);
    if (ascii_is_digit(c) || c == '-' || c == ':')
        return read_bracket_numbers(ps, b);
    if (c == '?')
        return read_filter(ps, b);
    if (c != '*')
        return parse_fail(ps, first,
                          "expected a name in quotes, an index, a slice, '*' or '?(' "
                          "behind '['");
    size_t end = skip_blanks(ps->s, first + 1);
    if (end >= ps->s.n || ps->s.p[end] != ']')
        return parse_fail(ps, end, "expected ']' behind '*'");
    ps->at = end + 1;
    add_step(ps, b, (struct jsonpath_step){ .kind = STEP_WILD });
    return true;
}

/* ---- .name and .name( ) ---- */

static struct parser argument_parser(struct parser *ps, size_t from, size_t to)
{
    while (from < to && ascii_is_space(ps->s.p[from]))
        from++;
    while (to > from && ascii_is_space(ps->s.p[to - 1]))
        to--;
    return (struct parser){ .arena = ps->arena,
                            .s = str_sub(ps->s, from, to),
                            .base = ps->base + from,
                            .depth = ps->depth + 1,
                            .err = ps->err };
}

static bool read_argument(struct parser *ps, size_t from, size_t to, struct func_arg *arg)
{
    struct parser inner = argument_parser(ps, from, to);
    char c = inner.s.n ? inner.s.p[0] : 0;
    if (c == '$' || c == '@') {
        arg->path = parse_path(&inner);
        return arg->path != NULL;
    }
    if (c == '{' || c == '"' || c == '-' || ascii_is_digit(c)) {
        arg->literal = parse_lenient_json(&inner);
        return arg->literal != NULL;
    }
    return true; /* Jayway passes over anything else */
}

/* The end of the argument at `from`: a comma or the closing bracket outside all nesting. */
static size_t argument_end(struct str s, size_t from)
{
    for (size_t i = from; i < s.n; i++) {
        char c = s.p[i];
        if (c == ',' || c == ')')
            return i;
        if (c == '"')
            i = scan_unescaped(s, c, i + 1);
        else if (c == '(' || c == '[' || c == '{')
            i = scan_closing(s, i, false);
        if (i == SIZE_MAX)
            return SIZE_MAX;
    }
    return SIZE_MAX;
}

static bool read_function(struct parser *ps, struct builder *b, struct str name)
{
    size_t open = ps->at;
    VEC(struct func_arg) args = { 0 };
    for (size_t from = open + 1;;) {
        size_t end = argument_end(ps->s, from);
        if (end == SIZE_MAX)
            return parse_fail(ps, open, "the arguments of '%.*s' are not closed: missing )",
                              STR(name));
        struct func_arg arg = { 0 };
        if (!read_argument(ps, from, end, &arg))
            return false;
        if (arg.path || arg.literal)
            vec_push(ps->arena, &args, arg);
        if (ps->s.p[end] == ')') {
            ps->at = end + 1;
            break;
        }
        from = end + 1;
    }
    add_step(
        ps, b,
        (struct jsonpath_step){ .kind = STEP_FUNCTION, .name = name, .args = args.p, .n = args.n });
    return true;
}

static bool read_name(struct parser *ps, struct builder *b)
{
    size_t from = ps->at, to = from;
    while (to < ps->s.n && !memchr(" .[(", ps->s.p[to], 4))
        to++;
    if (to < ps->s.n && ps->s.p[to] == ' ')
        return parse_fail(ps, to, "a name with a blank needs brackets: ['my name']");
    struct str name = str_sub(ps->s, from, to);
    ps->at = to;
    if (to < ps->s.n && ps->s.p[to] == '(')
        return read_function(ps, b, name);
    if (!name.n)
        return parse_fail(ps, to, "expected a name");
    add_step(ps, b, (struct jsonpath_step){ .kind = STEP_NAME, .quote = '\'', .name = name });
    return true;
}

static bool read_dots(struct parser *ps, struct builder *b)
{
    ps->at++;
    if (ps->at < ps->s.n && ps->s.p[ps->at] == '.') {
        add_step(ps, b, (struct jsonpath_step){ .kind = STEP_SCAN });
        ps->at++;
    }
    if (ps->at >= ps->s.n)
        return parse_fail(ps, ps->at - 1, "a path cannot end with '.'");
    if (ps->s.p[ps->at] == '.')
        return parse_fail(ps, ps->at, "'.' cannot stand here");
    return true;
}

/* token = ['.' | '..'] (name | name '(' args ')' | '*' | '[' … ']') */
static bool read_token(struct parser *ps, struct builder *b)
{
    if (ps->s.p[ps->at] == '.' && !read_dots(ps, b))
        return false;
    switch (ps->s.p[ps->at]) {
    case '[':
        return read_bracket(ps, b);
    case '*':
        ps->at++;
        add_step(ps, b, (struct jsonpath_step){ .kind = STEP_WILD });
        return true;
    default:
        return read_name(ps, b);
    }
}

/* ---- the whole ---- */

const struct jsonpath *parse_path(struct parser *ps)
{
    struct builder b = { 0 };
    if (ps->depth > JSONPATH_MAX_DEPTH) {
        parse_fail(ps, 0, "nested more than %d deep", JSONPATH_MAX_DEPTH);
        return NULL;
    }
    while (ps->s.n > 1 && ps->s.p[ps->s.n - 1] == ' ')
        ps->s.n--;
    ps->at = 1;
    if (ps->s.n > 1 && ps->s.p[1] != '.' && ps->s.p[1] != '[') {
        parse_fail(ps, 1, "expected '.' or '[' behind '%c'", ps->s.p[0]);
        return NULL;
    }
    while (ps->at < ps->s.n && read_token(ps, &b))
        ;
    if (failed(ps))
        return NULL;
    return path_from_steps(ps, b.steps.p, b.steps.n);
}
