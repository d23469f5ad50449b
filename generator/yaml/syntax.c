/* libyaml says where it stopped and what it was reading; people want to know what they wrote
 * wrong. Each of its messages comes down to a few mistakes, told apart by the text around. */
#include "yaml/syntax.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "yaml/tag.h"

void syntax_unquoted(const struct syntax *s, size_t at, const char *fmt, ...)
{
    struct spot spot = words_spot(s->r->src, at);
    struct span value = words_value(s->r->src, at, words_in_brackets(s->text, spot.begin, at));
    va_list args;
    va_start(args, fmt);
    struct str why = arena_vprintf(&s->r->scratch, fmt, args);
    va_end(args);
    struct diag *d = diag_error(s->ds, "unquoted-value", value, "%.*s", STR(why));
    struct str text = span_text(value), written = span_text(span_origin(value, NULL));
    if (str_eq(text, written))
        diag_help(d, "write %.*s", STR(words_quote(&s->r->scratch, text)));
    else
        diag_help(d, "the template makes it '%.*s'; put quotes around the whole value",
                  STR(words_clip(&s->r->scratch, text)));
}

void syntax_stray(const struct syntax *s, size_t at)
{
    diag_error(s->ds, "unbalanced", syntax_span(s, at, at + 1), "'%c' closes nothing",
               syntax_char(s, at));
}

static void tab(const struct syntax *s)
{
    size_t at = s->here.at, end = at;
    while (syntax_char(s, end) == '\t')
        end++;
    bool indents = true;
    for (size_t i = s->here.begin; i < at; i++)
        indents &= s->text.p[i] == ' ' || s->text.p[i] == '\t';
    struct diag *d = diag_error(s->ds, "tab-indent", syntax_span(s, at, end),
                                indents ? "this line is indented with a tab"
                                        : "a tab stands where spaces are expected");
    diag_help(d, "YAML indents with spaces only");
}

/* "{% … %}" where a value begins. */
static void percent_brace(const struct syntax *s, size_t at)
{
    size_t close = str_find(s->text, S("%}"), at);
    if (close != SIZE_MAX && close < s->here.end)
        close += 2;
    else
        close = at + 2;
    struct diag *d = diag_error(s->ds, "unquoted-template", syntax_span(s, at, close),
                                at == s->here.first ? "a line of YAML cannot begin with '{%%'"
                                                    : "a value cannot begin with '{%%'");
    if (at != s->here.first)
        diag_help(d, "write '!jsonata' before a JSONata expression");
}

static void unexpected_character(const struct syntax *s)
{
    char c = syntax_char(s, s->here.at);
    if (c == '\t') {
        tab(s);
    } else if (c == '%' && s->here.at && syntax_char(s, s->here.at - 1) == '{') {
        percent_brace(s, s->here.at - 1);
    } else if (c == '@' || c == '`' || c == '%') {
        syntax_unquoted(s, s->here.at, "a value cannot begin with '%c'", c);
    } else {
        size_t len = utf8_sequence(str_sub(s->text, s->here.at, s->text.n));
        struct span span = syntax_span(s, s->here.at, s->here.at + len);
        diag_error(s->ds, "yaml-syntax", span, "'%.*s' cannot stand here", STR(span_text(span)));
    }
}

static void no_list(const struct syntax *s)
{
    size_t at = s->here.at;
    struct span dash = syntax_span(s, at, at + 1);
    struct diag *d;
    if (words_in_brackets(s->text, s->here.begin, at)) {
        d = diag_error(s->ds, "yaml-syntax", dash, "'- ' cannot stand in brackets");
        diag_help(d, "separate the items by ','");
        return;
    }
    d = diag_error(s->ds, "yaml-syntax", dash, "a list cannot begin on the line of its key");
    diag_help(d, "begin it on the next line, or quote the value");
}

static void no_question(const struct syntax *s)
{
    syntax_unquoted(s, s->here.at, "a value cannot begin with '? '");
}

/* {a:[1]}: YAML has a pair in brackets only where a blank follows, or quotes stand before. */
static void glued_colon(const struct syntax *s)
{
    struct diag *d = diag_error(s->ds, "missing-space", syntax_span(s, s->here.at, s->here.at + 1),
                                "in brackets, ':' needs a space after it");
    char next = syntax_char(s, s->here.at + 1);
    if (next)
        diag_help(d, "write ': %c'", next);
}

static void name(const struct syntax *s)
{
    size_t at = s->opening.at;
    char mark = syntax_char(s, at), next = syntax_char(s, at + 1);
    if (ascii_is_alnum(next) || next == '_' || next == '-')
        syntax_unquoted(s, at, "'%c' begins the name of an %s, of letters, digits, '-' and '_'",
                        mark, mark == '*' ? "alias" : "anchor");
    else
        syntax_unquoted(s, at, "a value that begins with '%c' is %s", mark,
                        mark == '*' ? "an alias" : "an anchor");
}

static size_t word_end(const struct syntax *s, size_t at)
{
    while (at < s->text.n && !ascii_is_space(s->text.p[at]))
        at++;
    return at;
}

static void tag(const struct syntax *s)
{
    size_t at = s->opening.at;
    struct span word = syntax_span(s, at, word_end(s, at));
    struct diag *d = diag_error(s->ds, "yaml-tag", word, "'%.*s' is not a tag",
                                STR(words_clip(&s->r->scratch, span_text(word))));
    diag_help(d, "a tag ends with a space; quote the value if it begins with '!'");
}

static void tag_handle(const struct syntax *s)
{
    tag_report_unknown(s->ds, syntax_span(s, s->here.at, word_end(s, s->here.at)));
}

static void block_header(const struct syntax *s)
{
    char mark = syntax_char(s, s->opening.at);
    struct span rest = words_value(s->r->src, s->here.at, false);
    struct diag *d =
        diag_error(s->ds, "yaml-syntax", rest, "text cannot follow '%c' on its line", mark);
    diag_help(d, "begin it on the next line, indented, or quote the value");
}

static void block_indent(const struct syntax *s)
{
    struct diag *d = diag_error(s->ds, "yaml-syntax", syntax_span(s, s->opening.at, s->here.at + 1),
                                "the indentation of a block is 1 to 9");
    diag_help(d, "leave the digit out: the first line decides");
}

static void directive(const struct syntax *s)
{
    struct span line = syntax_span(s, s->opening.begin, s->opening.end);
    struct diag *d =
        diag_error(s->ds, "yaml-syntax", line, "a line that begins with '%%' is a directive");
    diag_help(d, "indent it, or quote the value");
}

static void version(const struct syntax *s)
{
    struct span line = syntax_span(s, s->here.begin, s->here.end);
    struct diag *d = diag_error(s->ds, "yaml-syntax", line, "this version of YAML is not known");
    diag_help(d, "remove the line; the language is YAML 1.2");
}

/* The text ends in brackets: the innermost of them is open. */
static void no_more(const struct syntax *s)
{
    struct syntax open = *s;
    open.opening = words_spot(s->r->src, reader_top(s->r)->node->span.at);
    syntax_bracket(&open);
}

/* Nothing stands where a value has to: [1,,2], or `a: ]`. */
static void no_value(const struct syntax *s)
{
    size_t at = s->here.at;
    char c = syntax_char(s, at);
    bool inside = s->r->depth && reader_top(s->r)->flow;
    if (inside && at == s->text.n)
        no_more(s);
    else if (!inside && (c == ']' || c == '}'))
        syntax_stray(s, at);
    else if (!inside && c == ',')
        syntax_unquoted(s, at, "a value cannot begin with ','");
    else if (c == '-')
        no_list(s);
    else
        diag_error(s->ds, "yaml-syntax", syntax_span(s, at, at + 1),
                   c ? "a value is missing before '%c'" : "a value is missing at the end", c);
}

/* In libyaml's order: reader, scanner, parser. A row applies where `context`, if it has one, is
 * what libyaml says that it was doing. */
static const struct row {
    const char *problem, *context;
    void (*report)(const struct syntax *s);
} rows[] = {
    { "could not find expected ':'", NULL, syntax_no_colon },
    { "mapping values are not allowed in this context", NULL, syntax_second_colon },
    { "block sequence entries are not allowed in this context", NULL, no_list },
    { "mapping keys are not allowed in this context", NULL, no_question },
    { "found character that cannot start any token", NULL, unexpected_character },
    { "found unexpected ':'", NULL, glued_colon },
    { "found a tab character that violates indentation", NULL, tab },
    { "found a tab character where an indentation space is expected", NULL, tab },
    { "did not find expected comment or line break", "while scanning a block scalar",
      block_header },
    { "found an indentation indicator equal to 0", NULL, block_indent },
    { "found unexpected end of stream", NULL, syntax_open_quote },
    { "found unexpected document indicator", NULL, syntax_open_quote },
    { "found unknown escape character", NULL, syntax_escape },
    { "did not find expected hexdecimal number", NULL, syntax_escape },
    { "found invalid Unicode character escape code", NULL, syntax_escape },
    { "did not find expected alphabetic or numeric character", "while scanning an alias", name },
    { "did not find expected alphabetic or numeric character", "while scanning an anchor", name },
    { NULL, "while scanning a tag", tag },
    { NULL, "while parsing a tag", tag },
    { "found undefined tag handle", NULL, tag_handle },
    { "found incompatible YAML document", NULL, version },
    { NULL, "while scanning a directive", directive },
    { "did not find expected key", NULL, syntax_expected_key },
    { "did not find expected '-' indicator", NULL, syntax_expected_dash },
    { "did not find expected ',' or ']'", NULL, syntax_bracket },
    { "did not find expected ',' or '}'", NULL, syntax_bracket },
    { "did not find expected node content", NULL, no_value },
    { "did not find expected <document start>", NULL, syntax_expected_document },
};

static const struct row *find_row(const char *problem, const char *context)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((!rows[i].problem || strcmp(rows[i].problem, problem) == 0) &&
            (!rows[i].context || strcmp(rows[i].context, context) == 0))
            return &rows[i];
    return NULL;
}

/* `{{ x }}` begins a value on one of the lines: whatever libyaml says, that is the mistake. */
static bool is_template(const struct syntax *s, struct spot spot)
{
    size_t brace = words_brace(s->text, spot.first, spot.end);
    if (brace == SIZE_MAX || syntax_char(s, brace + 1) != '{')
        return false;
    struct span span =
        words_template(s->r->src, brace, words_in_brackets(s->text, spot.begin, brace));
    struct diag *d =
        diag_error(s->ds, "unquoted-template", span, "text that begins with '{{' must be quoted");
    diag_help(d, "write %.*s", STR(words_quote(&s->r->scratch, span_text(span))));
    return true;
}

static bool is_echo(const struct syntax *s)
{
    const struct span *seen = &s->r->unquoted;
    return seen->src && words_spot(s->r->src, seen->at).line == s->here.line;
}

void syntax_report(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR)
        mem_exhausted(r->src->text.n);
    const char *problem = p->problem ? p->problem : "", *context = p->context ? p->context : "";
    size_t at = chars_byte(&r->chars, p->problem_mark.index);
    size_t opening = *context ? chars_byte(&r->chars, p->context_mark.index) : at;
    struct syntax s = { .r = r,
                        .ds = r->session->ds,
                        .text = r->src->text,
                        .problem = problem,
                        .here = words_spot(r->src, at),
                        .opening = words_spot(r->src, opening),
                        .last = words_spot(r->src, r->last.value),
                        .last_end = r->last.end };
    if (is_echo(&s) || is_template(&s, s.here) || is_template(&s, s.opening))
        return;
    const struct row *row = find_row(problem, context);
    if (row)
        row->report(&s);
    else
        diag_error(s.ds, "yaml-syntax", syntax_span(&s, at, at + 1), "this is not YAML: %s",
                   problem);
}
