/* urlize: addresses in text become links. */
#include "base/utf8.h"
#include "template/filters.h"
#include "template/unicode.h"
#include "template/vm.h"

struct urlize {
    struct vm *vm;
    struct buf *out;
    struct str rel, target; /* attributes, ready to be written */
    int64_t limit;          /* characters of a link's text, or -1 */
    struct val schemes;     /* more of them: a list */
};

static bool starts_no_case(struct str s, struct str prefix)
{
    if (s.n < prefix.n)
        return false;
    for (size_t i = 0; i < prefix.n; i++)
        if (ascii_lower(s.p[i]) != prefix.p[i])
            return false;
    return true;
}

static bool is_label(struct str s, size_t least, size_t most)
{
    size_t n = 0;
    for (size_t at = 0; at < s.n; n++) {
        uint32_t c = utf8_next(s, &at);
        if (!code_is_word(c) && c != '%' && c != '-')
            return false;
    }
    return n >= least && n <= most;
}

static bool is_tld(struct str s)
{
    if (starts_no_case(s, S("xn--"))) {
        struct str rest = str_sub(s, 4, s.n);
        return is_label(rest, 2, 59) && str_find_char(rest, '-', 0) == SIZE_MAX;
    }
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_alpha(s.p[i]))
            return false;
    return s.n >= 2 && s.n <= 63;
}

static bool is_known_tld(struct str s)
{
    static const struct str known[] = {
        S_INIT("com"), S_INIT("net"), S_INIT("int"),  S_INIT("edu"),
        S_INIT("gov"), S_INIT("org"), S_INIT("info"), S_INIT("mil")
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (s.n == known[i].n && starts_no_case(s, known[i]))
            return true;
    return false;
}

/* label.label.tld: each label of the given length, the last one a top-level domain. */
static bool is_domain(struct str host, size_t least, size_t most, bool known, bool alone)
{
    size_t labels = 0;
    for (;;) {
        size_t dot = str_find_char(host, '.', 0);
        if (dot == SIZE_MAX)
            break;
        if (!is_label(str_sub(host, 0, dot), least, most))
            return false;
        host = str_sub(host, dot + 1, host.n);
        labels++;
    }
    return (alone || labels) && (known ? is_known_tld(host) : is_tld(host));
}

static bool is_ipv4(struct str host)
{
    int parts = 0;
    for (struct str part; str_split(&host, '.', &part); parts++) {
        if (part.n < 1 || part.n > 3)
            return false;
        for (size_t i = 0; i < part.n; i++)
            if (!ascii_is_digit(part.p[i]))
                return false;
    }
    return parts == 4;
}

static bool is_ipv6(struct str host)
{
    int colons = 0;
    if (host.n < 4 || host.p[0] != '[' || host.p[host.n - 1] != ']')
        return false;
    for (size_t i = 1, run = 0; i + 1 < host.n; i++) {
        char c = ascii_lower(host.p[i]);
        if (c == ':') {
            colons++;
            run = 0;
        } else if ((!ascii_is_digit(c) && (c < 'a' || c > 'f')) || ++run > 4) {
            return false;
        }
    }
    return colons >= 2 && colons <= 8;
}

/* [:port][/ or ? or # and more] */
static bool is_url_rest(struct str s)
{
    if (s.n && s.p[0] == ':') {
        size_t i = 1;
        while (i < s.n && ascii_is_digit(s.p[i]))
            i++;
        if (i < 2 || i > 6)
            return false;
        s = str_sub(s, i, s.n);
    }
    return s.n == 0 || s.p[0] == '/' || s.p[0] == '?' || s.p[0] == '#';
}

static bool is_url(struct str s)
{
    size_t scheme = starts_no_case(s, S("https://")) ? 8 : starts_no_case(s, S("http://")) ? 7 : 0;
    struct str rest = str_sub(s, scheme, s.n);
    size_t end = 0;
    if (rest.n && rest.p[0] == '[') {
        end = str_find_char(rest, ']', 0);
        end = end == SIZE_MAX ? rest.n : end + 1;
    } else {
        while (end < rest.n && !strchr(":/?#", rest.p[end]))
            end++;
    }
    struct str host = str_sub(rest, 0, end);
    if (!is_url_rest(str_sub(rest, end, rest.n)))
        return false;
    if (scheme)
        return is_domain(host, 1, SIZE_MAX, false, true) || is_ipv4(host) || is_ipv6(host);
    if (starts_no_case(host, S("www.")) &&
        is_domain(str_sub(host, 4, host.n), 1, SIZE_MAX, false, true))
        return true;
    return is_domain(host, 2, 63, true, false);
}

/* something@word.word */
static bool is_email(struct str s)
{
    for (size_t at = 1; (at = str_find_char(s, '@', at)) != SIZE_MAX; at++) {
        struct str domain = str_sub(s, at + 1, s.n);
        size_t dot = str_rfind_char(domain, '.'), next = 0;
        if (domain.n == 0 || dot == SIZE_MAX || dot == 0 || dot + 1 == domain.n)
            continue;
        bool good = code_is_word(utf8_next(domain, &next));
        while (good && next < domain.n) {
            bool last = next > dot;
            uint32_t c = utf8_next(domain, &next);
            good = code_is_word(c) || (!last && (c == '.' || c == '-'));
        }
        if (good)
            return true;
    }
    return false;
}

static size_t count(struct str s, struct str what)
{
    size_t n = 0;
    for (size_t at = 0; (at = str_find(s, what, at)) != SIZE_MAX; at += what.n)
        n++;
    return n;
}

/* A word without the punctuation around it. */
struct parts {
    struct str head, middle, tail;
};

static struct parts take_apart(struct str word)
{
    struct parts p = { 0 };
    size_t from = 0, to = word.n;
    for (;;) {
        if (from < word.n && (word.p[from] == '(' || word.p[from] == '<'))
            from++;
        else if (str_starts(str_sub(word, from, word.n), S("&lt;")))
            from += 4;
        else
            break;
    }
    for (;;) {
        struct str rest = str_sub(word, from, to);
        if (rest.n && strchr(")>.,\n", rest.p[rest.n - 1]))
            to--;
        else if (str_ends(rest, S("&gt;")))
            to -= 4;
        else
            break;
    }
    p.head = str_sub(word, 0, from);
    p.middle = str_sub(word, from, to);
    p.tail = str_sub(word, to, word.n);
    return p;
}

/* Closing brackets go back into an address that opens them. */
static void balance(struct parts *p)
{
    static const struct str pairs[][2] = { { S_INIT("("), S_INIT(")") },
                                           { S_INIT("<"), S_INIT(">") },
                                           { S_INIT("&lt;"), S_INIT("&gt;") } };
    for (size_t i = 0; i < 3; i++) {
        size_t open = count(p->middle, pairs[i][0]);
        if (open <= count(p->middle, pairs[i][1]))
            continue;
        size_t closing = count(p->tail, pairs[i][1]);
        for (size_t n = open < closing ? open : closing; n > 0; n--) {
            size_t end = str_find(p->tail, pairs[i][1], 0) + pairs[i][1].n;
            p->middle.n += end;
            p->tail = str_sub(p->tail, end, p->tail.n);
        }
    }
}

static void put_link(struct urlize *u, struct str prefix, struct str href, struct str text,
                     bool attributes, bool limited)
{
    struct buf *out = u->out;
    buf_put(out, S("<a href=\""));
    buf_put(out, prefix);
    buf_put(out, href);
    buf_putc(out, '"');
    if (attributes) {
        buf_put(out, u->rel);
        buf_put(out, u->target);
    }
    buf_putc(out, '>');
    if (limited && u->limit >= 0 && utf8_length(text) > (size_t)u->limit) {
        buf_put(out, str_sub(text, 0, code_offset(text, (size_t)u->limit)));
        buf_put(out, S("..."));
    } else {
        buf_put(out, text);
    }
    buf_put(out, S("</a>"));
}

static bool has_extra_scheme(struct urlize *u, struct str s)
{
    for (size_t i = 0; u->schemes.kind == VAL_LIST && i < peek_count(u->schemes); i++) {
        struct str scheme = peek_str(peek_item(u->schemes, i));
        if (str_starts(s, scheme) && s.n > scheme.n)
            return true;
    }
    return false;
}

static void put_word(struct urlize *u, struct str word)
{
    struct parts p = take_apart(word);
    struct str m, none = { 0 };
    balance(&p);
    m = p.middle;
    buf_put(u->out, p.head);
    if (is_url(m)) {
        bool scheme = str_starts(m, S("https://")) || str_starts(m, S("http://"));
        put_link(u, scheme ? none : S("https://"), m, m, true, true);
    } else if (str_starts(m, S("mailto:")) && is_email(str_sub(m, 7, m.n))) {
        put_link(u, none, m, str_sub(m, 7, m.n), false, false);
    } else if (str_find_char(m, '@', 0) != SIZE_MAX && !str_starts(m, S("www.")) &&
               str_find_char(m, ':', 0) == SIZE_MAX && is_email(m)) {
        put_link(u, S("mailto:"), m, m, false, false);
    } else if (has_extra_scheme(u, m)) {
        put_link(u, none, m, m, true, false);
    } else {
        buf_put(u->out, m);
    }
    buf_put(u->out, p.tail);
}

static void put_text(struct urlize *u, struct str s)
{
    while (s.n && vm_spend(u->vm, 1)) {
        size_t at = 0, n;
        while (at < s.n && !space_at(s, at))
            utf8_next(s, &at);
        if (at)
            put_word(u, str_sub(s, 0, at));
        size_t from = at;
        while ((n = space_at(s, at)))
            at += n;
        buf_put(u->out, str_sub(s, from, at));
        s = str_sub(s, at, s.n);
    }
}

/* The words of rel in order, each once: ` rel="nofollow noopener"`. */
static void put_rel(struct buf *out, struct str rel, bool nofollow)
{
    struct str words[18], word, rest = rel;
    size_t n = 0;
    words[n++] = S("noopener");
    if (nofollow)
        words[n++] = S("nofollow");
    while (n < 18 && str_split(&rest, ' ', &word))
        if ((word = str_trim(word)).n)
            words[n++] = word;
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && str_cmp(words[k], words[k - 1]) < 0; k--) {
            struct str swap = words[k];
            words[k] = words[k - 1];
            words[k - 1] = swap;
        }
    buf_put(out, S(" rel=\""));
    for (size_t i = 0; i < n; i++) {
        if (i && str_eq(words[i], words[i - 1]))
            continue;
        if (i)
            buf_putc(out, ' ');
        put_escaped(out, words[i]);
    }
    buf_putc(out, '"');
}

static bool is_scheme(struct str s)
{
    size_t n = 0;
    while (n < s.n && (ascii_is_alnum(s.p[n]) || strchr("_.+-", s.p[n])))
        n++;
    struct str rest = str_sub(s, n, s.n);
    return n >= 2 && (str_eq(rest, S(":")) || str_eq(rest, S(":/")) || str_eq(rest, S("://")));
}

static bool check_schemes(struct vm *vm, struct val schemes)
{
    for (size_t i = 0; i < peek_count(schemes); i++) {
        struct val s = peek_item(schemes, i);
        if (s.kind == VAL_STR && is_scheme(peek_str(s)))
            continue;
        vm_fail(vm, "filter-argument", "extra_schemes holds what is no scheme such as 'ftp:'");
        return false;
    }
    return true;
}

struct val filter_urlize(struct vm *vm, struct val self, const struct args *args)
{
    struct buf out, rel, target;
    struct str s;
    struct urlize u = { .vm = vm, .out = &out, .limit = -1 };
    buf_init(&out, vm->out.max);
    buf_init(&rel, 0);
    buf_init(&target, 0);
    struct val text = value_escape(vm, self);
    bool nofollow = arg_truth(vm, args, 1, false);
    if (arg_some(args, 0))
        value_int(vm, args->v[0], "trim_url_limit", &u.limit);
    if (u.limit < -1)
        u.limit = 0;
    if (!vm->failed && arg_some(args, 2) && arg_str(vm, args, 2, "target", S(""), &s) && s.n) {
        buf_put(&target, S(" target=\""));
        put_escaped(&target, s);
        buf_putc(&target, '"');
    }
    s = (struct str){ 0 };
    if (!vm->failed && (!arg_some(args, 3) || arg_str(vm, args, 3, "rel", s, &s)))
        put_rel(&rel, s, nofollow);
    if (arg_some(args, 4))
        u.schemes = value_items(vm, args->v[4]);
    u.rel = buf_str(&rel);
    u.target = buf_str(&target);
    if (!vm->failed && (u.schemes.kind != VAL_LIST || check_schemes(vm, u.schemes)))
        put_text(&u, peek_str(text));
    val_free(u.schemes);
    val_free(text);
    buf_done(&rel);
    buf_done(&target);
    struct val r = value_from_buf(vm, &out);
    return vm_autoescape(vm) ? val_safe(r) : r;
}
