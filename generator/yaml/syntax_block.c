/* Keys, dashes and indentation. */
#include "yaml/syntax.h"

/* The text of the line from `at` on, without comment. */
static struct str rest_of_line(const struct syntax *s, size_t at)
{
    return span_text(words_value(s->r->src, at, false));
}

/* What stands at the beginning of a block, to speak of it: "'name'", or "the '-'". */
static struct str block_name(const struct syntax *s, size_t at)
{
    struct spot spot = words_spot(s->r->src, at);
    struct arena *a = &s->r->scratch;
    if (syntax_char(s, at) == '-' && at + 1 < s->text.n && ascii_is_space(s->text.p[at + 1]))
        return S("the '-'");
    size_t colon = words_colon(s->text, at, spot.end);
    struct str name = str_sub(s->text, at, colon == SIZE_MAX ? spot.end : colon);
    return arena_printf(a, "'%.*s'", STR(words_clip(a, str_trim(name))));
}

static size_t column_of(const struct syntax *s, size_t at)
{
    return source_position(s->r->src, at).column - 1;
}

/* The indentation to speak of: where a template made the text, that of the template's line, if the
 * line at fault was written there as it is too. */
static size_t shown_column(const struct syntax *s, size_t at)
{
    struct span here = syntax_span(s, s->here.first, s->here.first + 1);
    struct span there = syntax_span(s, at, at + 1), home = span_origin(there, NULL);
    bool literal = str_eq(span_text(here), span_text(span_origin(here, NULL))) &&
                   str_eq(span_text(there), span_text(home));
    return literal ? source_position(home.src, home.at).column - 1 : column_of(s, at);
}

static size_t previous_line(const struct syntax *s, size_t line)
{
    while (line > 1) {
        struct str text = str_trim(source_line(s->r->src, --line));
        if (text.n && text.p[0] != '#')
            return line;
    }
    return 0;
}

/* The line goes deeper although the one above has its value already:
 *     a: 1
 *       b: 2    */
static void too_deep(const struct syntax *s)
{
    size_t above = previous_line(s, s->here.line);
    struct str name = block_name(s, s->here.first);
    struct span span = syntax_span(s, s->here.first, s->here.first + 1);
    struct diag *d =
        diag_error(s->ds, "bad-indent", span,
                   "%.*s is indented deeper than the line above, which has its value", STR(name));
    if (!above)
        return;
    struct str line = source_line(s->r->src, above);
    size_t begin = words_spot(s->r->src, (size_t)(line.p - s->text.p)).first;
    while (syntax_char(s, begin) == '-' && syntax_char(s, begin + 1) == ' ')
        begin += 2;
    diag_help(d, "indent it by %zu, like %.*s", shown_column(s, begin), STR(block_name(s, begin)));
    diag_note(d, syntax_span(s, begin, begin + 1), "%.*s is here", STR(block_name(s, begin)));
}

/* The line stands between the levels above: its own block would be at `outer` or `inner`. */
static void between(const struct syntax *s, size_t outer, size_t inner)
{
    struct span span = syntax_span(s, s->here.first, s->here.first + 1);
    struct diag *d = diag_error(s->ds, "bad-indent", span,
                                "%.*s is indented by %zu, which matches no line above",
                                STR(block_name(s, s->here.first)), shown_column(s, s->here.first));
    struct str near = block_name(s, inner);
    if (outer == SIZE_MAX) {
        diag_help(d, "indent it by %zu, like %.*s", shown_column(s, inner), STR(near));
    } else {
        diag_help(d, "indent it by %zu, like %.*s, or by %zu, like %.*s", shown_column(s, inner),
                  STR(near), shown_column(s, outer), STR(block_name(s, outer)));
        diag_note(d, syntax_span(s, outer, outer + 1), "%.*s is here", STR(block_name(s, outer)));
    }
    diag_note(d, syntax_span(s, inner, inner + 1), "%.*s is here", STR(near));
}

/* Text of a block, `|` or `>`, that is indented less than its first line. */
static bool leaves_block(const struct syntax *s)
{
    char mark = syntax_char(s, s->last.at);
    size_t above = previous_line(s, s->here.line);
    if ((mark != '|' && mark != '>') || !above || s->last.line == above)
        return false;
    size_t column = column_of(s, s->here.first);
    struct str line = source_line(s->r->src, above);
    size_t text = words_indent(s->r->src, (size_t)(line.p - s->text.p));
    if (text <= column || s->last_end < (size_t)(line.p - s->text.p))
        return false;
    struct diag *d =
        diag_error(s->ds, "bad-indent", syntax_span(s, s->here.first, s->here.first + 1),
                   "this line is indented by %zu, less than the text above", column);
    diag_help(d, "indent it by %zu to belong to the text, or by %zu, like %.*s", text,
              shown_column(s, s->opening.at), STR(block_name(s, s->opening.at)));
    diag_note(d, syntax_span(s, s->last.at, s->last.at + 1), "the text begins here");
    return true;
}

/* Where the block begins that this line ended and that is indented deeper, but least so; or
 * SIZE_MAX. */
static size_t closed_block(const struct syntax *s)
{
    const struct reader *r = s->r;
    size_t column = column_of(s, s->here.first);
    for (size_t i = 0; r->closed_at == s->here.at && i < r->closed; i++) {
        size_t at = r->open[r->depth + i].node->span.at;
        if (column_of(s, at) > column)
            return at;
    }
    return SIZE_MAX;
}

static void bad_indent(const struct syntax *s)
{
    if (leaves_block(s))
        return;
    size_t inner = closed_block(s);
    if (inner != SIZE_MAX)
        between(s, s->opening.at, inner);
    else
        too_deep(s);
}

static void no_blank_behind_dash(const struct syntax *s, struct span span)
{
    struct arena *a = &s->r->scratch;
    struct str text = span_text(span);
    struct diag *d = diag_error(s->ds, "missing-space", span, "'%.*s' has no space after '-'",
                                STR(words_clip(a, text)));
    diag_help(d, "write '- %.*s'", STR(words_clip(a, str_sub(text, 1, text.n))));
}

/* A line that begins like a key and has no ':' after it. */
void syntax_no_colon(const struct syntax *s)
{
    struct span span = words_value(s->r->src, s->opening.at, false);
    struct str text = span_text(span);
    struct arena *a = &s->r->scratch;
    size_t colon = str_find_char(text, ':', 0), equals = str_find_char(text, '=', 0);
    size_t blank = str_find_char(text, ' ', 0);
    struct diag *d;
    if (colon != SIZE_MAX && colon && colon < blank && colon + 1 < text.n) {
        d = diag_error(s->ds, "missing-space", span, "'%.*s' has no space after ':'",
                       STR(words_clip(a, text)));
        diag_help(d, "write '%.*s: %.*s'", STR(words_clip(a, str_sub(text, 0, colon))),
                  STR(words_clip(a, str_sub(text, colon + 1, text.n))));
    } else if (text.n > 1 && text.p[0] == '-' && !ascii_is_space(text.p[1])) {
        no_blank_behind_dash(s, span);
    } else if (equals != SIZE_MAX && equals && (blank == SIZE_MAX || equals <= blank + 1)) {
        d = diag_error(s->ds, "missing-colon", span, "'%.*s' is no key with a value",
                       STR(words_clip(a, text)));
        diag_help(d, "write '%.*s: %.*s'", STR(words_clip(a, str_trim(str_sub(text, 0, equals)))),
                  STR(words_clip(a, str_trim(str_sub(text, equals + 1, text.n)))));
    } else {
        d = diag_error(s->ds, "missing-colon", span, "'%.*s' has no ':' after it",
                       STR(words_clip(a, text)));
        diag_help(d, "a key needs one; text that continues the line above is indented deeper");
    }
}

/* `!jsonata $a ? 1 : 2`, from the tag on. */
static void split_expression(const struct syntax *s, size_t tag)
{
    size_t at = tag + sizeof "!jsonata";
    struct span span = words_value(s->r->src, at, false);
    struct diag *d =
        diag_error(s->ds, "unquoted-value", span, "an expression that holds ': ' must be enclosed");
    diag_help(d, "write !jsonata {%% %.*s %%}", STR(words_clip(&s->r->scratch, span_text(span))));
}

/* A ':' where none can be: a second one on the line, or a key below a complete value. */
void syntax_second_colon(const struct syntax *s)
{
    size_t at = s->here.at;
    if (str_starts(str_sub(s->text, s->here.begin, s->here.end), S("--- "))) {
        struct diag *d = diag_error(s->ds, "yaml-syntax", syntax_span(s, s->here.begin + 4, at + 1),
                                    "a map cannot begin on the line of '---'");
        diag_help(d, "begin it on the next line");
        return;
    }
    size_t first = words_colon(s->text, s->here.first, at);
    if (first != SIZE_MAX) {
        size_t value = first + 1;
        while (value < at && ascii_is_space(s->text.p[value]))
            value++;
        if (str_starts(str_sub(s->text, value, at), S("!jsonata ")))
            split_expression(s, value);
        else
            syntax_unquoted(s, value, "a value that holds ': ' must be quoted");
        return;
    }
    size_t above = previous_line(s, s->here.line);
    struct str line = above ? source_line(s->r->src, above) : (struct str){ 0 };
    if (above &&
        words_indent(s->r->src, (size_t)(line.p - s->text.p)) < column_of(s, s->here.first))
        too_deep(s);
    else
        diag_error(s->ds, "yaml-syntax", syntax_span(s, at, at + 1),
                   "':' cannot stand here; a key and its ':' are on one line");
}

/* Something follows a complete value on its line. */
static void behind_value(const struct syntax *s)
{
    size_t at = s->here.at, before = at;
    while (before > s->here.first && ascii_is_space(s->text.p[before - 1]))
        before--;
    char last = before ? s->text.p[before - 1] : '\0', here = syntax_char(s, at);
    if (here == ']' || here == '}') {
        syntax_stray(s, at);
    } else if (s->last_end == before && (last == '"' || last == '\'')) {
        syntax_behind_quote(s);
    } else if (here == ':') {
        diag_error(s->ds, "empty-key", syntax_span(s, at, at + 1), "a key is missing before ':'");
    } else {
        size_t colon = words_colon(s->text, s->here.first, at);
        size_t value = colon == SIZE_MAX ? s->here.first : colon + 1;
        while (value < at && ascii_is_space(s->text.p[value]))
            value++;
        syntax_unquoted(s, value, "the value is complete before '%.*s'",
                        STR(words_clip(&s->r->scratch, rest_of_line(s, at))));
    }
}

/* Where the list begins, of those that this line ended, that is indented least; or SIZE_MAX. */
static size_t closed_list(const struct syntax *s)
{
    const struct reader *r = s->r;
    for (size_t i = 0; r->closed_at == s->here.at && i < r->closed; i++)
        if (r->open[r->depth + i].node->kind == NODE_SEQ)
            return r->open[r->depth + i].node->span.at;
    return SIZE_MAX;
}

/* A line that is indented like the keys above and is none; often an item of the list before. */
static void beside_keys(const struct syntax *s)
{
    char c = syntax_char(s, s->here.at);
    struct span span = syntax_span(s, s->here.at, s->here.at + 1);
    size_t list = c == '-' ? closed_list(s) : SIZE_MAX;
    if (list != SIZE_MAX) {
        struct diag *d = diag_error(s->ds, "bad-indent", span,
                                    "this item is indented by %zu, less than the list above",
                                    shown_column(s, s->here.at));
        diag_help(d, "indent it by %zu, like the '-' above", shown_column(s, list));
        diag_note(d, syntax_span(s, list, list + 1), "the list begins here");
        return;
    }
    struct diag *d =
        diag_error(s->ds, "yaml-syntax", span, "'%c' stands where a key is expected", c);
    if (c == '-')
        diag_help(d, "a list stands below a key of its own");
    diag_note(d, syntax_span(s, s->opening.at, s->opening.at + 1), "the map begins with %.*s",
              STR(block_name(s, s->opening.at)));
}

/* In a map, something that is no key. */
void syntax_expected_key(const struct syntax *s)
{
    char c = syntax_char(s, s->here.at);
    struct span span = syntax_span(s, s->here.at, s->here.at + 1);
    if (s->here.at != s->here.first) {
        behind_value(s);
    } else if (c == ']' || c == '}') {
        syntax_stray(s, s->here.at);
    } else if (c == ':') {
        diag_error(s->ds, "empty-key", span, "a key is missing before ':'");
    } else if (column_of(s, s->here.at) == column_of(s, s->opening.at)) {
        beside_keys(s);
    } else {
        bad_indent(s);
    }
}

/* In a list, something without a dash. */
void syntax_expected_dash(const struct syntax *s)
{
    if (s->here.at != s->here.first) {
        behind_value(s);
        return;
    }
    if (column_of(s, s->here.at) != column_of(s, s->opening.at)) {
        bad_indent(s);
        return;
    }
    struct span word = words_value(s->r->src, s->here.at, false);
    if (span_text(word).p[0] == '-' && word.len > 1) {
        no_blank_behind_dash(s, word);
        return;
    }
    struct diag *d =
        diag_error(s->ds, "bad-indent", syntax_span(s, s->here.at, s->here.at + 1),
                   "%.*s stands beside the items of a list", STR(block_name(s, s->here.at)));
    diag_help(d, "indent it by %zu to belong to the item above, or begin it with '- '",
              shown_column(s, s->opening.at) + 2);
    diag_note(d, syntax_span(s, s->opening.at, s->opening.at + 1), "the list begins here");
}

/* The document was complete before this. */
void syntax_expected_document(const struct syntax *s)
{
    size_t at = s->here.at;
    if (at != s->here.first) {
        behind_value(s);
        return;
    }
    size_t inner = closed_block(s);
    if (inner != SIZE_MAX) {
        between(s, SIZE_MAX, inner);
        return;
    }
    char c = syntax_char(s, at);
    if (c == ']' || c == '}') {
        syntax_stray(s, at);
        return;
    }
    struct span line = syntax_span(s, at, s->here.end);
    struct diag *d =
        diag_error(s->ds, "yaml-syntax", line, "the document is complete before this line");
    if (s->r->root)
        diag_note(d, s->r->root->span, "it is %s", node_kind_name(s->r->root));
}
