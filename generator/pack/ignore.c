#include "pack/ignore.h"

#include "base/utf8.h"

enum part_kind {
    PART_EXACT, /* the text, byte for byte */
    PART_TAIL,  /* anything, then the text: "*.pyc" */
    PART_GLOB,  /* wild cards as written */
    PART_DEEP,  /* "**": any number of names */
};

struct ignore_part {
    enum part_kind kind;
    struct str text;
};

/* ---- reading ---- */

struct reader {
    struct arena *arena;
    struct diags *diags;
    const struct source *src;
    bool ok;
};

static void report(struct reader *r, struct str part, const char *what)
{
    size_t at = (size_t)(part.p - r->src->text.p);
    diag_error(r->diags, "bad-pattern", (struct span){ r->src, (uint32_t)at, (uint32_t)part.n },
               "pattern '%.*s' %s", STR(part), what);
    r->ok = false;
}

/* Offset behind the bracket expression that opens at `at`; SIZE_MAX if it is left open. A ']' that
 * comes first stands for itself. */
static size_t bracket_end(struct str s, size_t at)
{
    size_t i = at + 1;
    if (i < s.n && (s.p[i] == '!' || s.p[i] == '^'))
        i++;
    for (bool first = true; i < s.n; first = false) {
        if (s.p[i] == ']' && !first)
            return i + 1;
        i += s.p[i] == '\\' ? 2 : 1;
    }
    return SIZE_MAX;
}

/* Whether wild cards and escapes of one part are whole, and *plain whether there are none. */
static bool check_part(struct reader *r, struct str s, bool *plain)
{
    *plain = true;
    for (size_t i = 0; i < s.n;) {
        char c = s.p[i];
        *plain = *plain && c != '*' && c != '?' && c != '[' && c != '\\';
        size_t next = i + (c == '\\' ? 2 : 1);
        if (c == '[') {
            next = bracket_end(s, i);
            if (next == SIZE_MAX)
                return report(r, s, "leaves a '[' open; write '\\[' for the letter"), false;
            if (str_find(str_sub(s, i, next), S("[:"), 1) != SIZE_MAX)
                return report(r, s, "uses a class; list the letters, as in [a-z]"), false;
        }
        if (next > s.n)
            return report(r, s, "ends with a '\\' that escapes nothing"), false;
        i = next;
    }
    return true;
}

/* Two stars or more, as git counts them, and nothing else. */
static bool is_deep(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == '*')
        n++;
    return n >= 2 && n == s.n;
}

static bool read_part(struct reader *r, struct str s, struct ignore_part *out)
{
    bool plain, tail_plain = false;
    if (!check_part(r, s, &plain))
        return false;
    struct str tail = s.n ? str_sub(s, 1, s.n) : s;
    if (s.n && s.p[0] == '*' && !plain)
        check_part(r, tail, &tail_plain);
    if (is_deep(s))
        *out = (struct ignore_part){ PART_DEEP, s };
    else if (plain)
        *out = (struct ignore_part){ PART_EXACT, s };
    else if (tail_plain)
        *out = (struct ignore_part){ PART_TAIL, tail };
    else
        *out = (struct ignore_part){ PART_GLOB, s };
    return true;
}

/* Blanks at the end go, unless a backslash holds the last one. */
static struct str trim_end(struct str line)
{
    size_t n = line.n;
    while (n && line.p[n - 1] == ' ')
        n--;
    size_t slashes = 0;
    while (slashes < n && line.p[n - 1 - slashes] == '\\')
        slashes++;
    return str_sub(line, 0, slashes % 2 && n < line.n ? n + 1 : n);
}

/* rule = ["!"] ["/"] part {"/" part} ["/"] */
static void read_rule(struct reader *r, struct str line, struct ignore *ig)
{
    struct ignore_rule rule = { 0 };
    VEC(struct ignore_part) parts = { 0 };
    if (line.p[0] == '!') {
        rule.negated = true;
        line = str_sub(line, 1, line.n);
    }
    if (line.n && line.p[line.n - 1] == '/') {
        rule.folders_only = true;
        line = str_sub(line, 0, line.n - 1);
    }
    if (line.n == 0)
        return; /* "/", "!": match nothing, as in git */
    rule.anchored = str_find_char(line, '/', 0) != SIZE_MAX;
    if (line.p[0] == '/')
        line = str_sub(line, 1, line.n);
    struct str part;
    while (str_split(&line, '/', &part)) {
        struct ignore_part p;
        if (!read_part(r, part, &p))
            return;
        vec_push(r->arena, &parts, p);
    }
    rule.parts = parts.p;
    rule.nparts = parts.n;
    vec_push(r->arena, &ig->rules, rule);
}

bool ignore_read(struct arena *a, struct diags *ds, const struct source *src, struct ignore *ig)
{
    struct reader r = { a, ds, src, true };
    struct str rest = src->text, line;
    if (str_starts(rest, S("\xEF\xBB\xBF")))
        rest = str_sub(rest, 3, rest.n);
    while (str_split(&rest, '\n', &line)) {
        if (line.n && line.p[line.n - 1] == '\r')
            line = str_sub(line, 0, line.n - 1);
        line = trim_end(line);
        if (line.n && line.p[0] != '#')
            read_rule(&r, line, ig);
    }
    return r.ok;
}

/* ---- matching ---- */

/* Character at *at of a bracket expression, a backslash taken off. */
static uint32_t bracket_next(struct str s, size_t *at)
{
    if (s.p[*at] == '\\')
        ++*at;
    return utf8_next(s, at);
}

/* s is what stands between the brackets. */
static bool bracket_holds(struct str s, uint32_t c)
{
    bool negated = s.n && (s.p[0] == '!' || s.p[0] == '^'), found = false;
    for (size_t i = negated; i < s.n;) {
        uint32_t low = bracket_next(s, &i), high = low;
        if (i + 1 < s.n && s.p[i] == '-') {
            i++;
            high = bracket_next(s, &i);
        }
        found = found || (low <= c && c <= high);
    }
    return found != negated;
}

/* Matches one character of `name` with what stands at *p of the pattern, and moves both on. */
static bool match_one(struct str pattern, size_t *p, struct str name, size_t *n)
{
    if (*p >= pattern.n)
        return false;
    char c = pattern.p[*p];
    if (c == '?') {
        ++*p;
        utf8_next(name, n);
        return true;
    }
    if (c == '[') {
        size_t end = bracket_end(pattern, *p);
        struct str inside = str_sub(pattern, *p + 1, end - 1);
        *p = end;
        return bracket_holds(inside, utf8_next(name, n));
    }
    if (c == '\\')
        c = pattern.p[++*p];
    ++*p;
    return name.p[(*n)++] == c;
}

/* A name against wild cards. On failure only the last '*' needs another try, one character further
 * on: whatever an earlier one could take, the last can take as well. */
static bool match_glob(struct str pattern, struct str name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, mark = 0;
    while (n < name.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = ++p;
            mark = n;
            continue;
        }
        if (match_one(pattern, &p, name, &n))
            continue;
        if (star == SIZE_MAX)
            return false;
        utf8_next(name, &mark);
        n = mark;
        p = star;
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

static bool match_part(const struct ignore_part *part, struct str name)
{
    switch (part->kind) {
    case PART_EXACT:
        return str_eq(part->text, name);
    case PART_TAIL:
        return str_ends(name, part->text);
    case PART_DEEP:
        return true;
    case PART_GLOB:
        break;
    }
    return match_glob(part->text, name);
}

/* The whole path, name by name, with "**" standing for any number of names: the same walk as
 * match_glob, one level up. At the end "**" wants at least one name: "x/" + "**" is what lies in x,
 * not x. */
static bool match_path(const struct ignore_rule *rule, struct str path)
{
    size_t p = 0, deep = SIZE_MAX;
    struct str rest = path, mark = path, name;
    while (rest.n) {
        if (p < rule->nparts && rule->parts[p].kind == PART_DEEP) {
            if (p + 1 == rule->nparts)
                return true;
            deep = ++p;
            mark = rest;
            continue;
        }
        bool last_fits =
            p < rule->nparts && str_split(&rest, '/', &name) && match_part(&rule->parts[p], name);
        if (last_fits) {
            p++;
            continue;
        }
        if (deep == SIZE_MAX || !str_split(&mark, '/', &name))
            return false;
        rest = mark;
        p = deep;
    }
    return p == rule->nparts;
}

static bool matches(const struct ignore_rule *rule, struct str path, struct str name,
                    bool is_folder)
{
    if (rule->folders_only && !is_folder)
        return false;
    return rule->anchored ? match_path(rule, path) : match_part(&rule->parts[0], name);
}

bool ignore_match(const struct ignore *ig, struct str path, bool is_folder)
{
    size_t slash = str_rfind_char(path, '/');
    struct str name = slash == SIZE_MAX ? path : str_sub(path, slash + 1, path.n);
    for (; ig; ig = ig->up) {
        struct str below = str_sub(path, ig->base, path.n);
        for (size_t i = ig->rules.n; i-- > 0;)
            if (matches(&ig->rules.p[i], below, name, is_folder))
                return !ig->rules.p[i].negated;
    }
    return false;
}

/* ---- what every bundle leaves out ---- */

struct str ignore_default_text(void)
{
    return S("# written by interpreters and test runners\n"
             "__pycache__/\n"
             "*.pyc\n"
             "*.pyo\n"
             ".pytest_cache/\n"
             ".mypy_cache/\n"
             ".ruff_cache/\n"
             "# version control\n"
             ".git\n"
             ".gitignore\n"
             ".gitattributes\n"
             ".gitkeep\n"
             ".hg/\n"
             ".svn/\n"
             "# editors and file managers\n"
             "*.swp\n"
             "*~\n"
             ".idea/\n"
             ".vscode/\n"
             ".DS_Store\n"
             "Thumbs.db\n"
             "# this file\n"
             ".bundleignore\n");
}

const struct ignore *ignore_default(struct arena *a)
{
    struct diags none;
    struct ignore *ig = arena_make(a, struct ignore);
    diags_init(&none, a);
    const struct source *src = source_make(a, S("defaults"), ignore_default_text());
    ignore_read(a, &none, src, ig);
    return ig;
}
