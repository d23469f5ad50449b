#include "template/lex.h"

#include "base/utf8.h"
#include "template/unicode.h"

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool at_text(struct str s, size_t at, struct str what)
{
    return what.n <= s.n - at && memcmp(s.p + at, what.p, what.n) == 0;
}

static struct span lexer_span(const struct lexer *lx, size_t from, size_t to)
{
    return (struct span){ lx->src, (uint32_t)from, (uint32_t)(to - from) };
}

/* Longest first; where lengths tie, in this order of kinds. */
static void add_rule(struct lexer *lx, enum lex_mark mark, struct str start)
{
    if (start.n == 0)
        return;
    size_t i = lx->nrules++;
    for (; i > 0; i--) {
        const struct lex_rule *before = &lx->rules[i - 1];
        if (before->start.n > start.n || (before->start.n == start.n && before->mark < mark))
            break;
        lx->rules[i] = *before;
    }
    lx->rules[i] = (struct lex_rule){ mark, start };
    if (mark != MARK_LINE_STATEMENT && mark != MARK_LINE_COMMENT) {
        lx->first[(unsigned char)start.p[0]] = true;
        return;
    }
    for (int c = 0; c < 256; c++) /* blanks may stand before these */
        lx->first[c] = true;
}

void lexer_init(struct lexer *lx, struct diags *ds, const struct template_options *o,
                const struct source *src)
{
    *lx = (struct lexer){ .diags = ds, .options = o, .src = src, .text = src->text };
    lx->line_starting = true;
    if (str_starts(lx->text, S("\xEF\xBB\xBF")))
        lx->at = 3;
    if (!o->keep_trailing_newline) {
        if (str_ends(lx->text, S("\r\n")))
            lx->text.n -= 2;
        else if (lx->text.n && is_line_end(lx->text.p[lx->text.n - 1]))
            lx->text.n--;
    }
    add_rule(lx, MARK_VARIABLE, o->variable_start);
    add_rule(lx, MARK_LINE_STATEMENT, o->line_statement);
    add_rule(lx, MARK_LINE_COMMENT, o->line_comment);
    add_rule(lx, MARK_COMMENT, o->comment_start);
    add_rule(lx, MARK_BLOCK, o->block_start);
    if (o->jsonata_scalars)
        lx->first['!'] = true;
}

/* Literal text. */

static size_t skip_space(struct str s, size_t at)
{
    for (size_t n; (n = space_at(s, at));)
        at += n;
    return at;
}

static size_t skip_line_end(struct str s, size_t at)
{
    if (at_text(s, at, S("\r\n")))
        return at + 2;
    return at < s.n && is_line_end(s.p[at]) ? at + 1 : at;
}

static bool is_line_start(struct str s, size_t at)
{
    return at == 0 || s.p[at - 1] == '\n' || (s.p[at - 1] == '\r' && !at_text(s, at, S("\n")));
}

static bool is_sign(struct str s, size_t at)
{
    return at < s.n && (s.p[at] == '-' || s.p[at] == '+');
}

/* "{%- raw -%}": where it ends, or 0. */
static size_t match_raw(const struct lexer *lx, size_t at)
{
    struct str s = lx->text;
    at += lx->options->block_start.n;
    if (is_sign(s, at))
        at++;
    at = skip_space(s, at);
    if (!at_text(s, at, S("raw")))
        return 0;
    at = skip_space(s, at + 3);
    if (at < s.n && s.p[at] == '-' && at_text(s, at + 1, lx->options->block_end))
        return skip_space(s, at + 1 + lx->options->block_end.n);
    return at_text(s, at, lx->options->block_end) ? at + lx->options->block_end.n : 0;
}

/* "!jsonata" and the {% … %} behind it, in quotes or not, or as a block scalar: where that ends, or
 * `at`. */
static size_t match_jsonata(const struct lexer *lx, size_t at)
{
    struct str s = lx->text;
    if (!at_text(s, at, S("!jsonata")) || (at > 0 && !space_before(s, at) && s.p[at - 1] != '[' &&
                                           s.p[at - 1] != ',' && s.p[at - 1] != '{'))
        return at;
    size_t p = at + 8;
    while (p < s.n && (s.p[p] == ' ' || s.p[p] == '\t'))
        p++;
    if (p == at + 8)
        return at;
    char quote = p < s.n && (s.p[p] == '"' || s.p[p] == '\'') ? s.p[p] : '\0';
    if (quote) {
        p = skip_space(s, p + 1);
    } else if (p < s.n && (s.p[p] == '|' || s.p[p] == '>')) {
        while (p < s.n && !is_line_end(s.p[p]))
            p++;
        p = skip_space(s, p);
    }
    if (!at_text(s, p, S("{%")))
        return at;
    size_t end = str_find(s, S("%}"), p + 2);
    return end == SIZE_MAX ? at : end + 2;
}

/* Whether rule r begins at `at`; *end is where its start string ends. */
static bool match_rule(const struct lexer *lx, const struct lex_rule *r, size_t at, size_t *end)
{
    struct str s = lx->text;
    size_t p = at;
    if (r->mark == MARK_LINE_STATEMENT) {
        if (!is_line_start(s, at))
            return false;
        while (p < s.n && (s.p[p] == ' ' || s.p[p] == '\t' || s.p[p] == '\v'))
            p++;
    } else if (r->mark == MARK_LINE_COMMENT) {
        if (!is_line_start(s, at) && space_before(s, at))
            return false;
        while (p < s.n && !is_line_end(s.p[p]) && space_at(s, p))
            p += space_at(s, p);
    }
    *end = p + r->start.n;
    return at_text(s, p, r->start);
}

struct mark {
    enum lex_mark kind;
    size_t at, end; /* of the start string; for raw, of the whole tag */
};

static struct mark find_mark(const struct lexer *lx)
{
    struct str s = lx->text;
    for (size_t at = lx->at; at < s.n; at++) {
        if (!lx->first[(unsigned char)s.p[at]])
            continue;
        if (s.p[at] == '!' && lx->options->jsonata_scalars) {
            size_t end = match_jsonata(lx, at);
            if (end != at) {
                at = end - 1;
                continue;
            }
        }
        struct mark m = { .at = at };
        if (at_text(s, at, lx->options->block_start) && (m.end = match_raw(lx, at))) {
            m.kind = MARK_RAW;
            return m;
        }
        for (size_t i = 0; i < lx->nrules; i++) {
            if (match_rule(lx, &lx->rules[i], at, &m.end)) {
                m.kind = lx->rules[i].mark;
                return m;
            }
        }
    }
    return (struct mark){ .at = s.n, .end = s.n };
}

/* The end of the text [from, to) in front of a tag, with white space taken off as the tag's sign
 * and lstrip_blocks ask. */
static size_t strip_before(const struct lexer *lx, size_t from, size_t to, char sign, bool variable)
{
    struct str s = lx->text;
    if (sign == '-')
        return from + trim_end(str_sub(s, from, to)).n;
    if (sign == '+' || !lx->options->lstrip_blocks || variable)
        return to;
    size_t line = to;
    while (line > from && !is_line_end(s.p[line - 1]))
        line--;
    if (line == from && !lx->line_starting)
        return to;
    return trim_end(str_sub(s, line, to)).n == 0 ? line : to;
}

static struct token make_token(struct lexer *lx, enum token_kind kind, size_t from, size_t to)
{
    lx->last_at = (uint32_t)from;
    return (struct token){ kind, (uint32_t)from, (uint32_t)(to - from),
                           str_sub(lx->text, from, to) };
}

static struct token lex_error(struct lexer *lx, size_t from, size_t to, const char *message)
{
    diag_error(lx->diags, "template-syntax", lexer_span(lx, from, to), "%s", message);
    return (struct token){ TOK_ERROR, (uint32_t)from, (uint32_t)(to - from), { 0 } };
}

/* Behind "#}" or "%}" at `at`, whose sign stood before it. */
static size_t behind_end(struct lexer *lx, size_t at, char sign)
{
    size_t end = at;
    if (sign == '-')
        end = skip_space(lx->text, at);
    else if (sign != '+' && lx->options->trim_blocks)
        end = skip_line_end(lx->text, at);
    lx->line_starting = end > 0 && is_line_end(lx->text.p[end - 1]);
    return end;
}

static bool skip_comment(struct lexer *lx, size_t begin, size_t inside)
{
    struct str close = lx->options->comment_end;
    size_t end = str_find(lx->text, close, inside);
    if (end == SIZE_MAX) {
        lex_error(lx, begin, inside, "this comment is not closed");
        return false;
    }
    char sign = end > inside && is_sign(lx->text, end - 1) ? lx->text.p[end - 1] : '\0';
    lx->at = behind_end(lx, end + close.n, sign);
    return true;
}

static void skip_line_comment(struct lexer *lx, size_t inside)
{
    size_t end = inside;
    while (end < lx->text.n && !is_line_end(lx->text.p[end]))
        end++;
    lx->at = end;
    lx->line_starting = false;
}

/* "{%- endraw +%}" at `at`: where it ends, or 0; *signs are those of its begin and end. */
static size_t match_endraw(const struct lexer *lx, size_t at, char signs[2])
{
    struct str s = lx->text, close = lx->options->block_end;
    at += lx->options->block_start.n;
    signs[0] = signs[1] = '\0';
    if (is_sign(s, at))
        signs[0] = s.p[at++];
    at = skip_space(s, at);
    if (!at_text(s, at, S("endraw")))
        return 0;
    at = skip_space(s, at + 6);
    if (is_sign(s, at) && at_text(s, at + 1, close))
        signs[1] = s.p[at++];
    return at_text(s, at, close) ? at + close.n : 0;
}

static struct token raw_text(struct lexer *lx, const struct mark *m)
{
    size_t from = m->end;
    for (size_t at = from; (at = str_find(lx->text, lx->options->block_start, at)) != SIZE_MAX;
         at++) {
        char signs[2];
        size_t end = match_endraw(lx, at, signs);
        if (!end)
            continue;
        lx->line_starting = is_line_end(lx->text.p[from - 1]);
        size_t to = strip_before(lx, from, at, signs[0], false);
        lx->at = behind_end(lx, end, signs[1]);
        return make_token(lx, TOK_DATA, from, to);
    }
    return lex_error(lx, m->at, m->end, "this raw block is not closed");
}

/* One piece of literal text, or what the tag behind it begins with; TOK_EOF may mean "nothing here,
 * go on" where *again is set. */
static struct token lex_text(struct lexer *lx, bool *again)
{
    struct mark m = find_mark(lx);
    size_t from = lx->at;
    *again = false;
    if (m.kind == MARK_NONE) {
        lx->at = lx->text.n;
        return make_token(lx, from < lx->at ? TOK_DATA : TOK_EOF, from, lx->at);
    }
    char sign = '\0';
    size_t inside = m.end;
    if (m.kind == MARK_RAW) {
        size_t p = m.at + lx->options->block_start.n;
        sign = is_sign(lx->text, p) ? lx->text.p[p] : '\0';
    } else if (is_sign(lx->text, inside)) {
        sign = lx->text.p[inside++];
    }
    size_t to = strip_before(lx, from, m.at, sign, m.kind == MARK_VARIABLE);
    lx->line_starting = false;
    lx->at = inside;
    struct token next = { .at = (uint32_t)m.at };
    switch (m.kind) {
    case MARK_COMMENT:
        if (!skip_comment(lx, m.at, inside))
            next.kind = TOK_ERROR;
        break;
    case MARK_LINE_COMMENT:
        skip_line_comment(lx, inside);
        break;
    case MARK_RAW:
        next = raw_text(lx, &m);
        break;
    default:
        next.kind = m.kind == MARK_VARIABLE ? TOK_VARIABLE_BEGIN : TOK_BLOCK_BEGIN;
        next.len = (uint32_t)(inside - m.at);
        lx->tag_at = next.at;
        lx->state = m.kind == MARK_VARIABLE         ? LEX_VARIABLE
                    : m.kind == MARK_LINE_STATEMENT ? LEX_LINE
                                                    : LEX_BLOCK;
        break;
    }
    if (to > from) {
        lx->pending = next;
        return make_token(lx, TOK_DATA, from, to);
    }
    *again = next.kind == TOK_EOF || (next.kind == TOK_DATA && next.len == 0);
    lx->last_at = next.kind == TOK_EOF ? lx->last_at : next.at;
    return next;
}

/* Inside tags. */

/* (\d+_)*\d+ */
static size_t skip_digits(struct str s, size_t at)
{
    while (at < s.n && ascii_is_digit(s.p[at])) {
        at++;
        if (at + 1 < s.n && s.p[at] == '_' && ascii_is_digit(s.p[at + 1]))
            at++;
    }
    return at;
}

static size_t match_float(struct str s, size_t at)
{
    if (!ascii_is_digit(s.p[at]) || (at > 0 && s.p[at - 1] == '.'))
        return at;
    size_t whole = skip_digits(s, at), end = whole;
    if (end + 1 < s.n && s.p[end] == '.' && ascii_is_digit(s.p[end + 1]))
        end = skip_digits(s, end + 1);
    if (end < s.n && (s.p[end] == 'e' || s.p[end] == 'E')) {
        size_t p = end + 1;
        if (is_sign(s, p))
            p++;
        if (p < s.n && ascii_is_digit(s.p[p]))
            end = skip_digits(s, p);
    }
    return end > whole ? end : at;
}

static bool is_base_digit(char c, char base)
{
    switch (base) {
    case 'b':
        return c == '0' || c == '1';
    case 'o':
        return c >= '0' && c <= '7';
    default:
        return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
    }
}

static size_t match_integer(struct str s, size_t at)
{
    if (!ascii_is_digit(s.p[at]))
        return at;
    if (s.p[at] != '0')
        return skip_digits(s, at);
    char base = at + 1 < s.n ? ascii_lower(s.p[at + 1]) : '\0';
    if (base == 'b' || base == 'o' || base == 'x') {
        size_t end = at + 2;
        for (;;) {
            size_t p = end < s.n && s.p[end] == '_' ? end + 1 : end;
            if (p >= s.n || !is_base_digit(s.p[p], base))
                break;
            end = p + 1;
        }
        if (end > at + 2)
            return end;
    }
    size_t end = at + 1;
    for (;;) {
        size_t p = end < s.n && s.p[end] == '_' ? end + 1 : end;
        if (p >= s.n || s.p[p] != '0')
            return end;
        end = p + 1;
    }
}

static size_t match_name(struct str s, size_t at)
{
    while (at < s.n) {
        char c = s.p[at];
        if (ascii_is_alnum(c) || c == '_') {
            at++;
            continue;
        }
        if ((unsigned char)c < 0x80)
            break;
        size_t next = at;
        if (!code_in_name(utf8_next(s, &next)))
            break;
        at = next;
    }
    return at;
}

static bool is_identifier(struct str s)
{
    for (size_t at = 0; at < s.n;) {
        bool start = at == 0;
        uint32_t code = utf8_next(s, &at);
        if (start ? !code_starts_name(code) : !code_continues_name(code))
            return false;
    }
    return true;
}

static size_t match_string(struct str s, size_t at)
{
    for (size_t p = at + 1; p < s.n; p++) {
        if (s.p[p] == '\\')
            p++;
        else if (s.p[p] == s.p[at])
            return p + 1;
    }
    return at;
}

static const struct {
    char text[3];
    uint8_t n, kind;
} operators[] = {
    { "**", 2, TOK_POW },     { "//", 2, TOK_FLOORDIV }, { "==", 2, TOK_EQ },
    { "!=", 2, TOK_NE },      { ">=", 2, TOK_GE },       { "<=", 2, TOK_LE },
    { "+", 1, TOK_ADD },      { "-", 1, TOK_SUB },       { "/", 1, TOK_DIV },
    { "*", 1, TOK_MUL },      { "%", 1, TOK_MOD },       { "~", 1, TOK_TILDE },
    { "[", 1, TOK_LBRACKET }, { "]", 1, TOK_RBRACKET },  { "(", 1, TOK_LPAREN },
    { ")", 1, TOK_RPAREN },   { "{", 1, TOK_LBRACE },    { "}", 1, TOK_RBRACE },
    { ">", 1, TOK_GT },       { "<", 1, TOK_LT },        { "=", 1, TOK_ASSIGN },
    { ".", 1, TOK_DOT },      { ":", 1, TOK_COLON },     { "|", 1, TOK_PIPE },
    { ",", 1, TOK_COMMA },    { ";", 1, TOK_SEMICOLON },
};

static struct token open_bracket(struct lexer *lx, size_t at, char close)
{
    if (lx->nopen == LEX_NESTING)
        return lex_error(lx, at, at + 1, "brackets nest too deep here");
    lx->open_at[lx->nopen] = (uint32_t)at;
    lx->open[lx->nopen++] = close;
    return (struct token){ 0 };
}

static struct token close_bracket(struct lexer *lx, size_t at)
{
    char c = lx->text.p[at];
    if (lx->nopen == 0) {
        diag_error(lx->diags, "template-syntax", lexer_span(lx, at, at + 1),
                   "'%c' closes nothing here", c);
        return (struct token){ .kind = TOK_ERROR };
    }
    char want = lx->open[--lx->nopen];
    if (want != c) {
        struct diag *d = diag_error(lx->diags, "template-syntax", lexer_span(lx, at, at + 1),
                                    "unexpected '%c', expected '%c'", c, want);
        diag_note(d, lexer_span(lx, lx->open_at[lx->nopen], lx->open_at[lx->nopen] + 1),
                  "the bracket was opened here");
        return (struct token){ .kind = TOK_ERROR };
    }
    return (struct token){ 0 };
}

static struct token lex_operator(struct lexer *lx)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        struct str text = { operators[i].text, operators[i].n };
        if (!at_text(lx->text, lx->at, text))
            continue;
        size_t from = lx->at;
        struct token bad = { 0 };
        switch (operators[i].kind) {
        case TOK_LBRACE:
            bad = open_bracket(lx, from, '}');
            break;
        case TOK_LPAREN:
            bad = open_bracket(lx, from, ')');
            break;
        case TOK_LBRACKET:
            bad = open_bracket(lx, from, ']');
            break;
        case TOK_RBRACE:
        case TOK_RPAREN:
        case TOK_RBRACKET:
            bad = close_bracket(lx, from);
            break;
        default:
            break;
        }
        if (bad.kind == TOK_ERROR)
            return bad;
        lx->at += text.n;
        return make_token(lx, operators[i].kind, from, lx->at);
    }
    return (struct token){ .kind = TOK_EOF };
}

static struct token unexpected_character(struct lexer *lx)
{
    size_t end = lx->at;
    char c = lx->text.p[lx->at];
    utf8_next(lx->text, &end);
    struct span span = lexer_span(lx, lx->at, end);
    if (c == '"' || c == '\'')
        return lex_error(lx, lx->at, end, "this string is not closed");
    struct diag *d;
    if (c == '$' && lx->state == LEX_BLOCK) {
        d = diag_error(lx->diags, "jsonata-in-template", span,
                       "'$' begins no Jinja statement; is this JSONata?");
        diag_help(d, "mark the value: !jsonata \"{%% … %%}\", or wrap it in {%% raw %%} … "
                     "{%% endraw %%}");
    } else {
        d = diag_error(lx->diags, "template-syntax", span, "unexpected character '%.*s'",
                       (int)(end - lx->at), lx->text.p + lx->at);
        if (c == '&')
            diag_help(d, "write 'and'");
        else if (c == '!')
            diag_help(d, "write 'not'");
    }
    return (struct token){ .kind = TOK_ERROR };
}

/* The end of a tag at lx->at: where that is, or 0. */
static size_t match_tag_end(struct lexer *lx)
{
    struct str s = lx->text;
    if (lx->nopen)
        return 0;
    if (lx->state == LEX_LINE) {
        size_t end = skip_space(s, lx->at);
        if (end < s.n)
            while (end > lx->at && !is_line_end(s.p[end - 1]))
                end--;
        if (end == lx->at && end < s.n)
            return 0;
        lx->line_starting = end > lx->at && is_line_end(s.p[end - 1]);
        return end ? end : SIZE_MAX; /* SIZE_MAX: an empty line statement's end at offset 0 */
    }
    bool block = lx->state == LEX_BLOCK;
    struct str close = block ? lx->options->block_end : lx->options->variable_end;
    char c = lx->at < s.n ? s.p[lx->at] : '\0';
    char sign = (c == '-' || (block && c == '+')) && at_text(s, lx->at + 1, close) ? c : '\0';
    if (!sign && !at_text(s, lx->at, close))
        return 0;
    size_t end = lx->at + (sign ? 1 : 0) + close.n;
    if (block)
        return behind_end(lx, end, sign);
    end = sign ? skip_space(s, end) : end;
    lx->line_starting = is_line_end(s.p[end - 1]);
    return end;
}

static struct token lex_tag(struct lexer *lx)
{
    struct str s = lx->text;
    for (;;) {
        size_t end = match_tag_end(lx);
        if (end) {
            enum token_kind kind = lx->state == LEX_VARIABLE ? TOK_VARIABLE_END : TOK_BLOCK_END;
            size_t from = lx->at;
            lx->at = end == SIZE_MAX ? 0 : end;
            lx->state = LEX_TEXT;
            return make_token(lx, kind, from, lx->at);
        }
        size_t n = space_at(s, lx->at);
        if (!n)
            break;
        lx->at += n;
    }
    if (lx->at >= s.n)
        return (struct token){ .kind = TOK_EOF, .at = lx->last_at };
    size_t from = lx->at, end;
    enum token_kind kind = TOK_NAME;
    if ((end = match_float(s, from)) > from)
        kind = TOK_FLOAT;
    else if ((end = match_integer(s, from)) > from)
        kind = TOK_INTEGER;
    else if ((end = match_name(s, from)) > from) {
        if (!is_identifier(str_sub(s, from, end)))
            return lex_error(lx, from, end, "a name cannot hold this character");
    } else if (s.p[from] == '"' || s.p[from] == '\'') {
        end = match_string(s, from);
        kind = TOK_STRING;
    }
    if (end > from) {
        lx->at = end;
        return make_token(lx, kind, from, end);
    }
    struct token t = lex_operator(lx);
    return t.kind == TOK_EOF ? unexpected_character(lx) : t;
}

struct token lexer_next(struct lexer *lx)
{
    if (lx->pending.kind != TOK_EOF) {
        struct token t = lx->pending;
        lx->pending = (struct token){ 0 };
        if (t.kind != TOK_DATA || t.len) {
            lx->last_at = t.at;
            return t;
        }
    }
    while (lx->state == LEX_TEXT) {
        bool again;
        uint32_t last_at = lx->last_at;
        struct token t = lex_text(lx, &again);
        if (again)
            continue;
        if (t.kind == TOK_EOF)
            t = (struct token){ .kind = TOK_EOF, .at = last_at };
        return t;
    }
    return lex_tag(lx);
}
