#include "model/sql.h"

#include "base/limits.h"

/* ---- tokens --------------------------------------------------------------------------------- */

enum token_kind {
    TOKEN_WORD,   /* keyword, plain name, number */
    TOKEN_QUOTED, /* "name" or `name`; Hive also writes "text" so */
    TOKEN_STRING, /* 'text' */
    TOKEN_SIGN,   /* any other character */
};

struct token {
    enum token_kind kind;
    struct str text; /* as written, without quotes */
    int depth;       /* brackets around it; an opening bracket itself counts as outside */
};

struct tokens {
    VEC(struct token) all;
};

struct scan {
    struct arena *arena;
    struct str text;
    size_t at;
    int depth;
    struct sql_text *out;
};

static bool is_word(char c)
{
    return ascii_is_alnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* The offset behind a quoted piece that begins at s->at; a doubled quote stands for one. */
static size_t quoted_end(struct scan *s, char quote)
{
    for (size_t i = s->at + 1; i < s->text.n; i++) {
        if (s->text.p[i] != quote)
            continue;
        if (i + 1 >= s->text.n || s->text.p[i + 1] != quote)
            return i + 1;
        i++;
    }
    s->out->open = quote == '\'' ? "string" : "quoted name";
    s->out->open_at = s->at;
    return s->text.n;
}

/* Whether a comment begins here; then s->at stands behind it. */
static bool skip_comment(struct scan *s)
{
    struct str rest = str_sub(s->text, s->at, s->text.n);
    size_t end;
    if (str_starts(rest, S("--"))) {
        end = str_find_char(s->text, '\n', s->at);
    } else if (str_starts(rest, S("/*"))) {
        end = str_find(s->text, S("*/"), s->at + 2);
        if (end == SIZE_MAX) {
            s->out->open = "comment";
            s->out->open_at = s->at;
        } else {
            end += 2;
        }
    } else {
        return false;
    }
    s->at = end == SIZE_MAX ? s->text.n : end;
    return true;
}

static struct token take_token(struct scan *s)
{
    char c = s->text.p[s->at];
    size_t from = s->at;
    struct token t = { TOKEN_SIGN, { 0 }, s->depth };
    if (c == '\'' || c == '"' || c == '`') {
        s->at = quoted_end(s, c);
        bool closed = !s->out->open;
        t.kind = c == '\'' ? TOKEN_STRING : TOKEN_QUOTED;
        t.text = str_sub(s->text, from + 1, s->at - closed);
        return t;
    }
    if (is_word(c)) {
        while (s->at < s->text.n && is_word(s->text.p[s->at]))
            s->at++;
        t.kind = TOKEN_WORD;
    } else {
        s->at++;
        if (c == ')' && s->depth > 0)
            t.depth = --s->depth;
        else if (c == '(' && s->depth < LIMIT_DEPTH)
            s->depth++;
    }
    t.text = str_sub(s->text, from, s->at);
    return t;
}

static bool is_sign(const struct token *t, char c)
{
    return t->kind == TOKEN_SIGN && t->text.p[0] == c;
}

static bool same_letters(struct str a, const char *capitals)
{
    size_t n = strlen(capitals);
    for (size_t i = 0; i < n && i < a.n; i++)
        if (ascii_upper(a.p[i]) != capitals[i])
            return false;
    return a.n == n;
}

static bool is_keyword(const struct token *t, const char *capitals)
{
    return t->kind == TOKEN_WORD && same_letters(t->text, capitals);
}

/* words: separated by single blanks, one at either end */
static bool is_one_of(const struct token *t, const char *words)
{
    struct str rest = str_from(words), word;
    while (str_split(&rest, ' ', &word)) {
        size_t i = 0;
        while (i < word.n && i < t->text.n && ascii_upper(t->text.p[i]) == word.p[i])
            i++;
        if (t->kind == TOKEN_WORD && word.n && i == word.n && t->text.n == word.n)
            return true;
    }
    return false;
}

/* ---- tables --------------------------------------------------------------------------------- */

struct names { /* of common table expressions */
    VEC(struct str) all;
};

static size_t opening_of(const struct tokens *ts, size_t closing)
{
    size_t i = closing;
    while (i > 0 &&
           !(is_sign(&ts->all.p[i], '(') && ts->all.p[i].depth == ts->all.p[closing].depth))
        i--;
    return i;
}

/* `name AS (SELECT` and `name (columns) AS (SELECT` */
static void find_expressions(struct arena *a, const struct tokens *ts, struct names *out)
{
    for (size_t i = 1; i + 2 < ts->all.n; i++) {
        if (!is_keyword(&ts->all.p[i], "AS") || !is_sign(&ts->all.p[i + 1], '(') ||
            !is_one_of(&ts->all.p[i + 2], "SELECT WITH VALUES TABLE"))
            continue;
        size_t name = i - 1;
        if (is_sign(&ts->all.p[name], ')') && (name = opening_of(ts, name)) > 0)
            name--;
        if (ts->all.p[name].kind == TOKEN_WORD || ts->all.p[name].kind == TOKEN_QUOTED)
            vec_push(a, &out->all, ts->all.p[name].text);
    }
}

static void add_table(struct arena *a, struct sql_statement *st, const struct names *expressions,
                      struct sql_table t)
{
    for (size_t i = 0; !t.database.n && i < expressions->all.n; i++)
        if (str_same_letters(expressions->all.p[i], t.name))
            return;
    for (size_t i = 0; i < st->tables.n; i++)
        if (str_same_letters(st->tables.p[i].name, t.name) &&
            str_same_letters(st->tables.p[i].database, t.database))
            return;
    vec_push(a, &st->tables, t);
}

/* A name at token i, `a`, `a.b` or `catalog.a.b`; the index behind it. Not a name: a subquery, a
 * function, which say nothing of tables by themselves. */
static size_t read_table(struct arena *a, const struct tokens *ts, size_t i,
                         struct sql_statement *st, const struct names *expressions)
{
    struct str parts[3];
    size_t n = 0;
    while (i < ts->all.n && is_one_of(&ts->all.p[i], "IF NOT EXISTS ONLY FORMATTED EXTENDED"))
        i++;
    if (i < ts->all.n && (is_sign(&ts->all.p[i], '(') ||
                          is_one_of(&ts->all.p[i], "UNNEST LATERAL VALUES SELECT TABLE")))
        return i;
    for (;; i += 2) {
        bool name =
            i < ts->all.n && (ts->all.p[i].kind == TOKEN_WORD || ts->all.p[i].kind == TOKEN_QUOTED);
        if (!name || n == 3) { /* {} of States.Format, a number of parts nobody has */
            st->tables_known = false;
            return i;
        }
        parts[n++] = ts->all.p[i].text;
        if (i + 1 >= ts->all.n || !is_sign(&ts->all.p[i + 1], '.'))
            break;
    }
    i++;
    if (i < ts->all.n && is_sign(&ts->all.p[i], '{')) { /* table_{} */
        st->tables_known = false;
        return i;
    }
    if (i < ts->all.n && is_sign(&ts->all.p[i], '(') && !str_starts(st->verb, S("CREATE")) &&
        !str_starts(st->verb, S("INSERT")))
        return i; /* a table function */
    for (size_t k = 0; k < n; k++)
        if (str_find_char(parts[k], '{', 0) != SIZE_MAX)
            st->tables_known = false;
    if (n == 3 && !str_same_letters(parts[0], S("awsdatacatalog")))
        st->tables_known = false;
    add_table(a, st, expressions,
              (struct sql_table){ n > 1 ? parts[n - 2] : (struct str){ 0 }, parts[n - 1] });
    return i;
}

/* Which clause the tokens of each depth are in. */
struct clauses {
    bool selects[LIMIT_DEPTH + 1]; /* a SELECT was met: FROM names tables, and is not EXTRACT's */
    bool from[LIMIT_DEPTH + 1];    /* inside FROM: a comma is followed by another table */
};

static bool names_table(const struct tokens *ts, size_t i, const struct clauses *c)
{
    const struct token *t = &ts->all.p[i];
    const struct token *before = &ts->all.p[i > 0 ? i - 1 : 0];
    bool first = i == 0;
    if (is_keyword(t, "FROM"))
        return (c->selects[t->depth] || t->depth == 0) && !is_keyword(before, "DISTINCT");
    if (is_sign(t, ','))
        return c->from[t->depth];
    if (is_keyword(t, "INTO")) /* not CLUSTERED BY … INTO 4 BUCKETS */
        return is_one_of(before, "INSERT MERGE");
    if (is_keyword(t, "VIEW"))
        return !is_keyword(before, "LATERAL");
    if (is_one_of(t, "JOIN TABLE"))
        return true;
    return (first && is_one_of(t, "UPDATE DESCRIBE DESC OPTIMIZE VACUUM")) ||
           (is_keyword(t, "USING") && is_keyword(&ts->all.p[0], "MERGE"));
}

/* CREATE DATABASE IF NOT EXISTS name: a table without a name stands for it. */
static void find_database(struct arena *a, const struct tokens *ts, struct sql_statement *st)
{
    size_t i = 2;
    if (ts->all.n < 3 || !is_one_of(&ts->all.p[1], "DATABASE SCHEMA") ||
        !is_one_of(&ts->all.p[0], "CREATE DROP ALTER DESCRIBE"))
        return;
    while (i + 1 < ts->all.n && is_one_of(&ts->all.p[i], "IF NOT EXISTS"))
        i++;
    struct sql_table t = { .database = ts->all.p[i].text };
    if (ts->all.p[i].kind == TOKEN_WORD || ts->all.p[i].kind == TOKEN_QUOTED)
        vec_push(a, &st->tables, t);
    else
        st->tables_known = false;
}

static void find_tables(struct arena *a, const struct tokens *ts, struct sql_statement *st)
{
    struct names expressions = { 0 };
    struct clauses *c = arena_make(a, struct clauses);
    find_expressions(a, ts, &expressions);
    for (size_t i = 0; i < ts->all.n; i++) {
        const struct token *t = &ts->all.p[i];
        if (is_sign(t, '(') && t->depth < LIMIT_DEPTH) {
            c->selects[t->depth + 1] = false;
            c->from[t->depth + 1] = false;
        }
        if (is_keyword(t, "SELECT"))
            c->selects[t->depth] = true;
        if (is_one_of(t, "SELECT WHERE GROUP ORDER HAVING LIMIT UNION EXCEPT INTERSECT WINDOW SET"))
            c->from[t->depth] = false;
        if (!names_table(ts, i, c))
            continue;
        if (is_keyword(t, "FROM"))
            c->from[t->depth] = true;
        size_t next = read_table(a, ts, i + 1, st, &expressions);
        i = next > i + 1 ? next - 1 : i;
    }
}

/* ---- statements ----------------------------------------------------------------------------- */

/* The first token of what the statement does: behind WITH …, inside of brackets. */
static size_t main_token(const struct tokens *ts)
{
    size_t i = 0;
    while (i < ts->all.n && is_sign(&ts->all.p[i], '('))
        i++;
    if (i >= ts->all.n || !is_keyword(&ts->all.p[i], "WITH"))
        return i;
    int depth = ts->all.p[i].depth;
    for (size_t k = i + 1; k < ts->all.n; k++)
        if (ts->all.p[k].depth == depth &&
            is_one_of(&ts->all.p[k], "SELECT INSERT UPDATE DELETE MERGE VALUES TABLE"))
            return k;
    return i;
}

enum { VERB_WORDS = 6 };

static struct str read_verb(struct arena *a, const struct tokens *ts)
{
    size_t first = main_token(ts), n = 0, len = 0;
    while (n < VERB_WORDS && first + n < ts->all.n && ts->all.p[first + n].kind == TOKEN_WORD)
        len += ts->all.p[first + n++].text.n + 1;
    char *out = arena_alloc(a, len + 1);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i)
            out[at++] = ' ';
        for (size_t k = 0; k < ts->all.p[first + i].text.n; k++)
            out[at++] = ascii_upper(ts->all.p[first + i].text.p[k]);
    }
    return (struct str){ out, at };
}

bool sql_begins(const struct sql_statement *st, const char *words)
{
    struct str want = str_from(words);
    return str_starts(st->verb, want) && (st->verb.n == want.n || st->verb.p[want.n] == ' ');
}

static void add_statement(struct scan *s, const struct tokens *ts, size_t from, size_t to)
{
    if (!ts->all.n)
        return;
    struct str text = str_trim(str_sub(s->text, from, to));
    struct sql_statement st = { .text = text, .tables_known = true };
    st.at = (size_t)(text.p - s->text.p);
    st.verb = read_verb(s->arena, ts);
    for (size_t i = 0; i < ts->all.n; i++) {
        const struct token *t = &ts->all.p[i];
        bool text_like = t->kind == TOKEN_STRING || t->kind == TOKEN_QUOTED;
        st.selects = st.selects || is_keyword(t, "SELECT");
        st.parameters += is_sign(t, '?');
        if (text_like && str_starts(t->text, S("s3://")))
            vec_push(s->arena, &st.locations, t->text);
    }
    find_tables(s->arena, ts, &st);
    find_database(s->arena, ts, &st);
    if (sql_begins(&st, "SHOW") && !st.tables.n) /* SHOW TABLES IN … and the like */
        st.tables_known = false;
    vec_push(s->arena, &s->out->all, st);
}

void sql_read(struct arena *a, struct str text, struct sql_text *out)
{
    struct scan s = { .arena = a, .text = text, .out = out };
    struct tokens ts = { 0 };
    size_t from = 0;
    *out = (struct sql_text){ 0 };
    while (s.at < text.n) {
        if (ascii_is_space(text.p[s.at])) {
            s.at++;
        } else if (skip_comment(&s)) {
            continue;
        } else if (text.p[s.at] == ';') {
            add_statement(&s, &ts, from, s.at);
            ts = (struct tokens){ 0 };
            s.depth = 0;
            from = ++s.at;
        } else {
            struct token t = take_token(&s);
            vec_push(a, &ts.all, t);
        }
    }
    add_statement(&s, &ts, from, text.n);
}
