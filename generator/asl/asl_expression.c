#include "asl/asl_expression.h"

enum asl_marks asl_expression_marks(struct str text, struct str *inner)
{
    bool open = str_starts(text, S("{%")), close = str_ends(text, S("%}"));
    if (open && close && text.n >= 4) {
        if (inner)
            *inner = str_sub(text, 2, text.n - 2);
        return ASL_MARKS_BOTH;
    }
    return open ? ASL_MARKS_OPEN : close ? ASL_MARKS_CLOSE : ASL_MARKS_NONE;
}

/* What encloses a place. A bracket is known by its opening character, further told apart: */
enum {
    OPEN_BLOCK = '(',
    OPEN_ARRAY = '[',
    OPEN_MAP = '{',
    OPEN_CALL = 'c',   /* f( */
    OPEN_SORT = '^',   /* ^( */
    OPEN_FILTER = 'f', /* a[ */
    OPEN_VALUE = 'v',  /* { key : */
    OPEN_BODY = 'b',   /* function(){ */
    OPEN_CHOICE = '?', /* a ? */
    OPEN_CHANGE = '|', /* |a|, of |a|b| */
    OPEN_CHANGED = 'd',
    DEPTH_MAX = 200,
};

struct reader {
    struct str s;
    size_t at;
    char last; /* the character that the last token began with, 0 at the start */
    char open[DEPTH_MAX];
    size_t depth;
    const char *wrong;
    struct asl_uses *uses;
};

static bool fail(struct reader *r, const char *wrong)
{
    if (!r->wrong)
        r->wrong = wrong;
    return false;
}

static char peek(const struct reader *r, size_t ahead)
{
    return r->at + ahead < r->s.n ? r->s.p[r->at + ahead] : 0;
}

static char top(const struct reader *r)
{
    return r->depth > 0 ? r->open[r->depth - 1] : 0;
}

static bool push(struct reader *r, char open)
{
    if (r->depth == DEPTH_MAX)
        return fail(r, "it is nested too deeply");
    r->open[r->depth++] = open;
    return true;
}

/* An alternative without ':' ends where what is around it ends. */
static void drop_choices(struct reader *r)
{
    while (top(r) == OPEN_CHOICE)
        r->depth--;
}

static bool skip_blanks(struct reader *r)
{
    while (r->at < r->s.n) {
        if (ascii_is_space(peek(r, 0))) {
            r->at++;
        } else if (peek(r, 0) == '/' && peek(r, 1) == '*') {
            size_t end = str_find(r->s, S("*/"), r->at + 2);
            if (end == SIZE_MAX)
                return fail(r, "a comment is not closed");
            r->at = end + 2;
        } else {
            break;
        }
    }
    return true;
}

static bool quoted(struct reader *r, char quote, const char *wrong)
{
    for (size_t i = r->at + 1; i < r->s.n; i++) {
        if (r->s.p[i] == '\\' && quote != '`') {
            i++;
        } else if (r->s.p[i] == quote) {
            r->at = i + 1;
            return true;
        }
    }
    return fail(r, wrong);
}

/* '/' … '/' and flags; a '/' inside brackets does not end it. */
static bool regex(struct reader *r)
{
    int depth = 0;
    for (size_t i = r->at + 1; i < r->s.n; i++) {
        char c = r->s.p[i];
        if (c == '\\') {
            i++;
        } else if (c == '/' && depth <= 0) {
            if (i == r->at + 1)
                return fail(r, "a regular expression is empty");
            r->at = i + 1;
            while (peek(r, 0) == 'i' || peek(r, 0) == 'm')
                r->at++;
            return true;
        } else if (strchr("([{", c)) {
            depth++;
        } else if (strchr(")]}", c)) {
            depth--;
        }
    }
    return fail(r, "a regular expression is not closed");
}

static bool is_name_char(char c)
{
    return c != 0 && !ascii_is_space(c) && !strchr(".[]{}(),@#;:?+-*/%|=<>^&!~\"'`", c);
}

static bool number(struct reader *r)
{
    while (ascii_is_digit(peek(r, 0)))
        r->at++;
    if (peek(r, 0) == '.' && ascii_is_digit(peek(r, 1)))
        for (r->at++; ascii_is_digit(peek(r, 0));)
            r->at++;
    if (peek(r, 0) == 'e' || peek(r, 0) == 'E') {
        size_t sign = peek(r, 1) == '+' || peek(r, 1) == '-';
        if (ascii_is_digit(peek(r, 1 + sign)))
            for (r->at += 1 + sign; ascii_is_digit(peek(r, 0));)
                r->at++;
    }
    return true;
}

/* Behind "function": ($a, $b)<signature>{ */
static bool function_head(struct reader *r)
{
    skip_blanks(r);
    size_t end = str_find_char(r->s, ')', r->at);
    if (end == SIZE_MAX)
        return fail(r, "a function's parameters are not closed");
    r->at = end + 1;
    skip_blanks(r);
    if (peek(r, 0) == '<') {
        int depth = 0;
        do {
            depth += peek(r, 0) == '<' ? 1 : peek(r, 0) == '>' ? -1 : 0;
            r->at++;
        } while (depth > 0 && r->at < r->s.n);
        skip_blanks(r);
    }
    if (peek(r, 0) != '{')
        return fail(r, "a function has no body");
    r->at++;
    r->last = '{';
    return push(r, OPEN_BODY);
}

static void note_use(size_t *use, size_t at)
{
    if (*use == SIZE_MAX)
        *use = at;
}

/* Behind a variable that began at `from`; looks ahead and does not move. */
static void note_variable(struct reader *r, size_t from, struct str word)
{
    struct reader ahead = *r;
    if (str_eq(word, S("$$")))
        note_use(&r->uses->document, from);
    if (!str_eq(word, S("$states")) || peek(&ahead, 0) != '.')
        return;
    ahead.at++;
    skip_blanks(&ahead);
    size_t begin = ahead.at;
    while (is_name_char(peek(&ahead, 0)))
        ahead.at++;
    struct str member = str_sub(r->s, begin, ahead.at);
    if (str_eq(member, S("result")))
        note_use(&r->uses->result, from);
    if (str_eq(member, S("errorOutput")))
        note_use(&r->uses->error, from);
}

/* A name, variable or the word "function"; *operand tells whether an operand comes next. */
static bool name(struct reader *r, bool *operand)
{
    size_t from = r->at;
    while (is_name_char(peek(r, 0)))
        r->at++;
    struct str word = str_sub(r->s, from, r->at);
    if (word.n == 0)
        return fail(r, "a value is missing here");
    bool function = str_eq(word, S("function")) || str_eq(word, S("\xce\xbb"));
    skip_blanks(r);
    if (function && peek(r, 0) == '(') {
        *operand = true;
        return function_head(r);
    }
    note_variable(r, from, word);
    *operand = false;
    return true;
}

static bool close_bracket(struct reader *r, char c)
{
    drop_choices(r);
    const char *fits = c == ')' ? "(c^" : c == ']' ? "[f" : "{vb";
    char open = top(r);
    if (open == 0 || !strchr(fits, open))
        return fail(r, c == ')'   ? "this ')' closes nothing"
                       : c == ']' ? "this ']' closes nothing"
                                  : "this '}' closes nothing");
    r->depth--;
    r->at++;
    return true;
}

/* Where a value may begin; *operand stays true where another one must follow. */
static bool read_operand(struct reader *r, bool *operand)
{
    char c = peek(r, 0), last = r->last;
    char open = top(r);
    r->last = c;
    switch (c) {
    case '"':
    case '\'':
        *operand = false;
        return quoted(r, c, "a string is not closed");
    case '`':
        *operand = false;
        return quoted(r, c, "a quoted name is not closed");
    case '/':
        *operand = false;
        return regex(r);
    case '-':
        r->at++;
        return true;
    case '*':
        r->at += peek(r, 1) == '*' ? 2 : 1;
        *operand = false;
        return true;
    case '%':
        r->at++;
        *operand = false;
        return true;
    case '(':
    case '[':
    case '{':
        r->at++;
        return push(r, c);
    case '|':
        r->at++;
        return push(r, OPEN_CHANGE);
    case ')':
        if (!(last == '(' && open != OPEN_SORT) && !(last == ';' && open == OPEN_BLOCK))
            return fail(r, "a value is missing before ')'");
        *operand = false;
        return close_bracket(r, c);
    case ']':
        if (last != '[')
            return fail(r, "a value is missing before ']'");
        *operand = false;
        return close_bracket(r, c);
    case '}':
        if (last != '{' || open != OPEN_MAP)
            return fail(r, "a value is missing before '}'");
        *operand = false;
        return close_bracket(r, c);
    case '?':
        if (open != OPEN_CALL || (last != '(' && last != ','))
            return fail(r, "'?' cannot stand here");
        r->at++;
        *operand = false;
        return true;
    case '<':
    case '>':
        if (open != OPEN_SORT || (last != '(' && last != ','))
            return fail(r, "a value is missing here");
        r->at++;
        return true;
    default:
        if (ascii_is_digit(c)) {
            *operand = false;
            return number(r);
        }
        return name(r, operand);
    }
}

/* @$v and #$v */
static bool bind_name(struct reader *r)
{
    r->at++;
    if (peek(r, 0) != '$')
        return fail(r, "a variable must follow here");
    bool operand;
    return name(r, &operand);
}

static bool separator(struct reader *r, char c)
{
    drop_choices(r);
    char open = top(r);
    if (c == ',' && (open == 0 || !strchr("c^[vd", open)))
        return fail(r, "',' cannot stand here");
    if (c == ';' && open != OPEN_BLOCK)
        return fail(r, "';' separates expressions in parentheses only");
    if (open == OPEN_VALUE)
        r->open[r->depth - 1] = OPEN_MAP;
    r->at++;
    return true;
}

static bool colon(struct reader *r)
{
    if (top(r) == OPEN_CHOICE) {
        r->depth--;
    } else if (top(r) == OPEN_MAP) {
        r->open[r->depth - 1] = OPEN_VALUE;
    } else {
        return fail(r, "':' cannot stand here");
    }
    r->at++;
    return true;
}

static bool bar(struct reader *r)
{
    drop_choices(r);
    if (top(r) == OPEN_CHANGE) {
        r->open[r->depth - 1] = OPEN_CHANGED;
        r->at++;
        return true;
    }
    if (top(r) != OPEN_CHANGED)
        return fail(r, "'|' cannot stand here");
    r->depth--;
    r->at++;
    return true;
}

/* An operator of two or more characters, or a word, that wants a value behind it: its length. */
static size_t long_operator(const struct reader *r)
{
    static const struct str operators[] = { S_INIT(":="), S_INIT("!="), S_INIT("<="),
                                            S_INIT(">="), S_INIT("~>"), S_INIT(".."),
                                            S_INIT("**"), S_INIT("?:"), S_INIT("??") };
    static const struct str words[] = { S_INIT("and"), S_INIT("or"), S_INIT("in") };
    struct str rest = str_sub(r->s, r->at, r->s.n);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (str_starts(rest, operators[i]))
            return operators[i].n;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_starts(rest, words[i]) && !is_name_char(peek(r, words[i].n)))
            return words[i].n;
    return 0;
}

/* Where a value has ended. */
static bool read_operator(struct reader *r, bool *operand)
{
    char c = peek(r, 0);
    size_t n = long_operator(r);
    r->last = c;
    *operand = true;
    if (n > 0) {
        r->at += n;
        return true;
    }
    switch (c) {
    case ')':
    case ']':
    case '}':
        *operand = false;
        if (c == '}' && (drop_choices(r), top(r) == OPEN_MAP))
            return fail(r, "':' and a value are missing before '}'");
        return close_bracket(r, c);
    case ',':
    case ';':
        return separator(r, c);
    case ':':
        return colon(r);
    case '|':
        *operand = top(r) == OPEN_CHANGE;
        return bar(r);
    case '(':
        r->at++;
        return push(r, OPEN_CALL);
    case '[':
        r->at++;
        return push(r, OPEN_FILTER);
    case '{':
        r->at++;
        return push(r, OPEN_MAP);
    case '?':
        r->at++;
        return push(r, OPEN_CHOICE);
    case '^':
        r->at++;
        skip_blanks(r);
        if (peek(r, 0) != '(')
            return fail(r, "'(' must follow '^'");
        r->at++;
        r->last = '(';
        return push(r, OPEN_SORT);
    case '@':
    case '#':
        *operand = false;
        return bind_name(r);
    case '.':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '&':
    case '=':
    case '<':
    case '>':
        r->at++;
        return true;
    default:
        return fail(r, "an operator is missing here");
    }
}

const char *asl_expression_wrong(struct str expression, size_t *at, struct asl_uses *uses)
{
    struct reader r = { .s = expression, .uses = uses };
    *uses = (struct asl_uses){ SIZE_MAX, SIZE_MAX, SIZE_MAX };
    bool operand = true;
    while (skip_blanks(&r) && r.at < expression.n) {
        *at = r.at;
        if (!(operand ? read_operand(&r, &operand) : read_operator(&r, &operand)))
            return r.wrong;
    }
    *at = r.at < expression.n ? r.at : expression.n;
    if (r.wrong)
        return r.wrong;
    if (r.last == 0)
        return "there is no expression between the marks";
    bool unfinished = operand && r.last != ';';
    drop_choices(&r);
    if (r.depth > 0) {
        char open = top(&r);
        return strchr("(c^", open)  ? "')' is missing"
               : strchr("[f", open) ? "']' is missing"
               : strchr("|d", open) ? "'|' is missing"
                                    : "'}' is missing";
    }
    return unfinished ? "a value is missing at the end" : NULL;
}
