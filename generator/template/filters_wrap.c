/* Filters that lay text out: indent, truncate, wordwrap, wordcount. */
#include "base/mem.h"
#include "base/utf8.h"
#include "template/filters.h"
#include "template/unicode.h"
#include "template/vm.h"

static bool need_text(struct vm *vm, struct val self, const char *filter)
{
    if (self.kind == VAL_STR)
        return true;
    if (self.kind == VAL_UNDEFINED)
        undefined_fail(vm, self);
    else
        vm_fail(vm, "wrong-type", "filter '%s' needs a string, not %s", filter, value_kind(self));
    return false;
}

static struct val finish(struct vm *vm, struct buf *b, uint8_t flags)
{
    struct val r = value_from_buf(vm, b);
    r.flags = flags;
    return r;
}

/* The pieces that `indent` leaves unchanged, for text that is known to be made of literal parts. */
struct indented {
    struct vm *vm;
    const struct origin *origin;
    size_t next; /* segment of the origin */
    struct packed_segment *p;
    size_t n, cap;
};

static void add_piece(struct indented *in, struct packed_segment s)
{
    if (in->n == in->cap) {
        in->cap = in->cap ? in->cap * 2 : 16;
        in->p = mem_realloc(in->p, in->cap * sizeof *in->p);
    }
    in->p[in->n++] = s;
}

/* Bytes [from, to) of the origin's text stand at `at` now. */
static void keep_pieces(struct indented *in, size_t from, size_t to, size_t at)
{
    const struct origin *o = in->origin;
    if (!o || from == to)
        return;
    while (in->next + 1 < o->n && o->segments[in->next + 1].at <= from)
        in->next++;
    for (size_t i = in->next; i < o->n && o->segments[i].at < to; i++) {
        struct packed_segment s = o->segments[i];
        size_t end = i + 1 < o->n ? o->segments[i + 1].at : peek_str(o->text).n;
        size_t begin = s.at > from ? s.at : from;
        if (begin >= end)
            continue;
        if (s.literal)
            s.from += (uint32_t)(begin - s.at);
        if (s.literal)
            s.len = (uint32_t)((end < to ? end : to) - begin) & INT32_MAX;
        s.at = (uint32_t)(at + begin - from);
        add_piece(in, s);
    }
}

static void new_piece(struct indented *in, size_t at)
{
    struct span here = vm_span(in->vm);
    if (in->origin)
        add_piece(in, (struct packed_segment){ .at = (uint32_t)at,
                                               .from = here.at,
                                               .len = here.len & INT32_MAX,
                                               .origin = vm_current_origin(in->vm) });
}

static void put_indented(struct vm *vm, struct buf *b, struct str s, struct str by, bool first,
                         bool blank, struct indented *in)
{
    struct str rest = s, line;
    if (first) {
        new_piece(in, b->n);
        buf_put(b, by);
    }
    for (bool begin = true;; begin = false) {
        size_t at = (size_t)(rest.p - s.p);
        bool ended = !next_line(&rest, &line, false);
        if (ended) { /* what stands behind the last line end counts as a line if s ends so */
            if (!begin && !(s.n && (size_t)(rest.p - s.p) == s.n && at == s.n &&
                            (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r')))
                break;
            line = (struct str){ s.p + s.n, 0 };
        }
        if (!begin) {
            new_piece(in, b->n);
            buf_putc(b, '\n');
            if (line.n || blank)
                buf_put(b, by);
        }
        keep_pieces(in, (size_t)(line.p - s.p), (size_t)(line.p - s.p) + line.n, b->n);
        buf_put(b, line);
        if (ended || b->over || !vm_spend(vm, 1))
            break;
    }
}

struct val filter_indent(struct vm *vm, struct val self, const struct args *args)
{
    if (!need_text(vm, self, "indent"))
        return val_null();
    struct buf by, b;
    buf_init(&by, 0);
    if (arg_given(args, 0) && args->v[0].kind == VAL_STR) {
        buf_put(&by, peek_str(args->v[0]));
    } else {
        int64_t width;
        if (!arg_int(vm, args, 0, "width", 4, &width))
            return val_null();
        if (width > 0 && vm_claim(vm, (size_t)width))
            buf_fill(&by, ' ', (size_t)width);
    }
    bool first = arg_truth(vm, args, 1, false), blank = arg_truth(vm, args, 2, false);
    struct indented in = { .vm = vm, .origin = vm_origin(vm, self) };
    buf_init(&b, vm->out.max);
    put_indented(vm, &b, peek_str(self), buf_str(&by), first, blank, &in);
    buf_done(&by);
    struct val r = finish(vm, &b, self.flags);
    if (in.n && !vm->failed)
        vm_set_origin(vm, r, in.p, in.n);
    mem_free(in.p);
    return r;
}

/* Up to the last blank, or all. */
static struct str without_last_word(struct str s)
{
    size_t blank = str_rfind_char(s, ' ');
    return blank == SIZE_MAX ? s : str_sub(s, 0, blank);
}

struct val filter_truncate(struct vm *vm, struct val self, const struct args *args)
{
    int64_t length, leeway = 5;
    struct str ending;
    if (self.kind == VAL_UNDEFINED && !value_truth(vm, self))
        return val_copy(self);
    if (!arg_int(vm, args, 0, "length", 255, &length) ||
        !arg_str(vm, args, 2, "end", S("..."), &ending) ||
        (arg_some(args, 3) && !value_int(vm, args->v[3], "leeway", &leeway)))
        return val_null();
    int64_t end_length = (int64_t)utf8_length(ending);
    if (length < end_length || leeway < 0) {
        vm_fail(vm, "filter-argument",
                "filter 'truncate' needs a length of %lld at least, and no "
                "negative leeway",
                (long long)end_length);
        return val_null();
    }
    if (!need_text(vm, self, "truncate"))
        return val_null();
    struct str s = peek_str(self);
    if (s.n <= (size_t)length || utf8_length(s) <= (size_t)length + (size_t)leeway)
        return val_copy(self);
    s = str_sub(s, 0, code_offset(s, (size_t)(length - end_length)));
    if (!arg_truth(vm, args, 1, false))
        s = without_last_word(s);
    struct buf b;
    buf_init(&b, 0);
    buf_put(&b, s);
    if (is_safe(self) && !is_safe(arg(args, 2)))
        put_escaped(&b, ending);
    else
        buf_put(&b, ending);
    return finish(vm, &b, self.flags);
}

struct val filter_wordcount(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    struct val text = value_str(vm, self);
    struct str s = peek_str(text);
    int64_t n = 0;
    bool inside = false;
    for (size_t at = 0; at < s.n;) {
        bool word = code_is_word(utf8_next(s, &at));
        n += word && !inside;
        inside = word;
    }
    val_free(text);
    return val_int(n);
}

/* wordwrap, as Python's textwrap does it: text is cut into chunks (words, parts of words behind
 * hyphens, dashes, white space), which fill lines. */

struct wrap {
    struct str *chunks;
    size_t n, cap;
    size_t width;
    bool break_long, hyphens;
    struct str between;
    struct buf *out;
    size_t lines;
};

static bool wrap_space(struct str s, size_t at)
{
    return at < s.n && s.p[at] != '\0' && strchr("\t\n\v\f\r ", s.p[at]);
}

static uint32_t code_before(struct str s, size_t at, size_t *from)
{
    *from = at - 1;
    while (*from > 0 && ((unsigned char)s.p[*from] & 0xC0) == 0x80)
        --*from;
    size_t next = *from;
    return utf8_next(s, &next);
}

static uint32_t code_at(struct str s, size_t at)
{
    return at < s.n ? utf8_next(s, &at) : 0;
}

static bool is_letter(uint32_t c)
{
    return c != '_' && c != 0 && code_is_word(c) && !code_is_decimal(c);
}

static bool is_word_punct(uint32_t c)
{
    return code_is_word(c) || (c != 0 && c < 0x80 && strchr("!\"'&.,?", (int)c));
}

/* A dash of two or more at `at`, between words: its length, or 0. */
static size_t dash_at(struct str s, size_t at)
{
    size_t end = at, from;
    while (end < s.n && s.p[end] == '-')
        end++;
    return at > 0 && end - at >= 2 && is_word_punct(code_before(s, at, &from)) &&
                   code_is_word(code_at(s, end))
               ? end - at
               : 0;
}

/* Whether the hyphen at `at` is one inside a word: letters before it and behind it. */
static bool is_word_hyphen(struct str s, size_t begin, size_t at)
{
    size_t first, second;
    (void)begin;
    if (at == 0)
        return false;
    uint32_t before = code_before(s, at, &first);
    if (first == 0)
        return false;
    uint32_t earlier = code_before(s, first, &second);
    bool left = is_letter(before) && is_letter(earlier);
    if (!left && earlier == '-' && second > 0 && is_word_punct(before)) {
        size_t third;
        left = is_letter(code_before(s, second, &third));
    }
    if (!left)
        return false;
    size_t next = at + 1;
    if (!is_letter(code_at(s, next)))
        return false;
    utf8_next(s, &next);
    if (next < s.n && s.p[next] == '-')
        next++;
    return is_letter(code_at(s, next));
}

static size_t chunk_end(const struct wrap *w, struct str s, size_t at)
{
    size_t end = at;
    if (wrap_space(s, at)) {
        while (wrap_space(s, end))
            end++;
        return end;
    }
    if (!w->hyphens) {
        while (end < s.n && !wrap_space(s, end))
            end++;
        return end;
    }
    size_t dash = dash_at(s, at);
    if (dash)
        return at + dash;
    for (;;) {
        utf8_next(s, &end);
        if (end >= s.n || wrap_space(s, end) || dash_at(s, end))
            return end;
        if (s.p[end] == '-' && is_word_hyphen(s, at, end))
            return end + 1;
    }
}

static void split_chunks(struct wrap *w, struct str s)
{
    w->n = 0;
    for (size_t at = 0; at < s.n;) {
        size_t end = chunk_end(w, s, at);
        if (w->n == w->cap) {
            w->cap = w->cap ? w->cap * 2 : 32;
            w->chunks = mem_realloc(w->chunks, w->cap * sizeof *w->chunks);
        }
        w->chunks[w->n++] = str_sub(s, at, end);
        at = end;
    }
}

/* Where to cut a chunk that is too long for what is left of a line. */
static size_t cut_at(const struct wrap *w, struct str chunk, size_t left)
{
    size_t cut = code_offset(chunk, left);
    if (!w->hyphens || utf8_length(chunk) <= left)
        return cut;
    size_t hyphen = str_rfind_char(str_sub(chunk, 0, cut), '-');
    if (hyphen == SIZE_MAX || hyphen == 0)
        return cut;
    for (size_t i = 0; i < hyphen; i++)
        if (chunk.p[i] != '-')
            return hyphen + 1;
    return cut;
}

static bool is_blank(struct str s)
{
    return trim_start(s).n == 0;
}

/* One line from chunk i on; returns the next chunk. */
static size_t wrap_line(struct wrap *w, size_t i)
{
    size_t length = 0, begin, last;
    if (w->lines && is_blank(w->chunks[i]))
        i++;
    begin = i;
    for (; i < w->n; i++) {
        size_t n = utf8_length(w->chunks[i]);
        if (length + n > w->width)
            break;
        length += n;
    }
    last = i;
    struct str cut = { 0 };
    if (i < w->n && utf8_length(w->chunks[i]) > w->width) {
        size_t left = w->width - length;
        if (w->break_long) {
            size_t at = cut_at(w, w->chunks[i], left);
            cut = str_sub(w->chunks[i], 0, at);
            w->chunks[i] = str_sub(w->chunks[i], at, w->chunks[i].n);
        } else if (begin == i) {
            last = ++i;
        }
    }
    if (cut.n == 0 && last > begin && is_blank(w->chunks[last - 1]))
        last--;
    if (last == begin && cut.n == 0)
        return i;
    if (w->lines++)
        buf_put(w->out, w->between);
    for (size_t k = begin; k < last; k++)
        buf_put(w->out, w->chunks[k]);
    buf_put(w->out, cut);
    return i;
}

struct val filter_wordwrap(struct vm *vm, struct val self, const struct args *args)
{
    int64_t width;
    struct wrap w = { .between = vm->options->newline };
    if (!need_text(vm, self, "wordwrap") || !arg_int(vm, args, 0, "width", 79, &width) ||
        (arg_some(args, 2) && !arg_str(vm, args, 2, "wrapstring", w.between, &w.between)))
        return val_null();
    if (width <= 0) {
        vm_fail(vm, "filter-argument", "filter 'wordwrap' needs a width of 1 at least");
        return val_null();
    }
    w.width = (size_t)width;
    w.break_long = arg_truth(vm, args, 1, true);
    w.hyphens = arg_truth(vm, args, 3, true);
    struct buf b;
    buf_init(&b, vm->out.max);
    w.out = &b;
    struct str rest = peek_str(self), line;
    for (bool first = true; next_line(&rest, &line, false); first = false) {
        if (!first)
            buf_put(&b, w.between);
        w.lines = 0;
        split_chunks(&w, line);
        for (size_t i = 0; i < w.n && vm_spend(vm, 1);)
            i = wrap_line(&w, i);
    }
    mem_free(w.chunks);
    return finish(vm, &b, 0);
}
