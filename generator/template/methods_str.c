/* The methods of Python's strings. What is called on safe text gives safe text. */
#include "base/num.h"
#include "base/utf8.h"
#include "template/filters.h"
#include "template/format.h"
#include "template/methods.h"
#include "template/unicode.h"
#include "template/vm.h"

static struct val text_result(struct vm *vm, struct buf *b, struct val self)
{
    struct val r = value_from_buf(vm, b);
    r.flags = self.flags;
    return r;
}

static struct val piece(struct val self, struct str s)
{
    struct val v = val_str(s);
    v.flags = self.flags;
    return v;
}

/* An argument that must be a string; escaped where self is safe. The caller frees it. */
static struct val text_arg(struct vm *vm, struct val self, struct val v, const char *what)
{
    if (v.kind == VAL_STR)
        return is_safe(self) ? value_escape(vm, v) : val_copy(v);
    if (v.kind == VAL_UNDEFINED)
        undefined_fail(vm, v);
    else
        vm_fail(vm, "wrong-type", "%s is %s; expected a string", what, value_kind(v));
    return val_str(S(""));
}

#define CASE_METHOD(name, put)                                                            \
    static struct val str_##name(struct vm *vm, struct val self, const struct args *args) \
    {                                                                                     \
        struct buf b;                                                                     \
        (void)args;                                                                       \
        buf_init(&b, vm->out.max);                                                        \
        put(&b, peek_str(self));                                                          \
        return text_result(vm, &b, self);                                                 \
    }
CASE_METHOD(capitalize, put_capitalized)
CASE_METHOD(casefold, put_casefold)
CASE_METHOD(lower, put_lower)
CASE_METHOD(swapcase, put_swapped)
CASE_METHOD(title, put_title)
CASE_METHOD(upper, put_upper)
#undef CASE_METHOD

/* Questions about all characters. */

static struct val all_are(struct val self, bool (*is)(uint32_t))
{
    struct str s = peek_str(self);
    bool all = s.n > 0;
    for (size_t at = 0; at < s.n && all;)
        all = is(utf8_next(s, &at));
    return val_bool(all);
}

static bool is_alnum(uint32_t c)
{
    return code_is_alpha(c) || code_is_numeric(c);
}

static bool is_plain_ascii(uint32_t c)
{
    return c < 0x80;
}

#define CLASS_METHOD(name, is)                                                            \
    static struct val str_##name(struct vm *vm, struct val self, const struct args *args) \
    {                                                                                     \
        (void)vm;                                                                         \
        (void)args;                                                                       \
        return all_are(self, is);                                                         \
    }
CLASS_METHOD(isalnum, is_alnum)
CLASS_METHOD(isalpha, code_is_alpha)
CLASS_METHOD(isdecimal, code_is_decimal)
CLASS_METHOD(isdigit, code_is_digit)
CLASS_METHOD(isnumeric, code_is_numeric)
CLASS_METHOD(isspace, code_is_space)
#undef CLASS_METHOD

static struct val str_isascii(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    return val_bool(peek_str(self).n == 0 || all_are(self, is_plain_ascii).boolean);
}

static struct val str_isprintable(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    return val_bool(peek_str(self).n == 0 || all_are(self, code_is_printable).boolean);
}

static struct val str_isidentifier(struct vm *vm, struct val self, const struct args *args)
{
    struct str s = peek_str(self);
    bool good = s.n > 0;
    (void)vm;
    (void)args;
    for (size_t at = 0; at < s.n && good;) {
        bool first = at == 0;
        uint32_t c = utf8_next(s, &at);
        good = first ? code_starts_name(c) : code_continues_name(c);
    }
    return val_bool(good);
}

static struct val has_case(struct val self, bool (*is)(uint32_t))
{
    struct str s = peek_str(self);
    bool any = false;
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        if (code_is_cased(c) && !is(c))
            return val_bool(false);
        any |= is(c);
    }
    return val_bool(any);
}

static struct val str_islower(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    return has_case(self, code_is_lower);
}

static struct val str_isupper(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    return has_case(self, code_is_upper);
}

static struct val str_istitle(struct vm *vm, struct val self, const struct args *args)
{
    struct str s = peek_str(self);
    bool inside = false, any = false;
    (void)vm;
    (void)args;
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        bool begins = code_is_upper(c) || code_is_title(c);
        if (begins ? inside : code_is_lower(c) && !inside)
            return val_bool(false);
        inside = code_is_cased(c);
        any |= inside;
    }
    return val_bool(any);
}

/* Searching. Optional start and end count characters, from the end where negative. */

static bool range_of(struct vm *vm, struct val self, const struct args *args, size_t first,
                     size_t *from, size_t *to)
{
    struct str s = peek_str(self);
    int64_t n = (int64_t)utf8_length(s), start = 0, end = n;
    if ((arg_some(args, first) && !value_int(vm, args->v[first], "start", &start)) ||
        (arg_some(args, first + 1) && !value_int(vm, args->v[first + 1], "end", &end)))
        return false;
    if (start < 0)
        start = start + n < 0 ? 0 : start + n;
    if (end < 0)
        end = end + n < 0 ? 0 : end + n;
    if (end > n)
        end = n;
    if (start > end)
        return false;
    *from = code_offset(s, (size_t)start);
    *to = code_offset(s, (size_t)end);
    return true;
}

static size_t find_last(struct str s, struct str what)
{
    for (size_t at = s.n + 1; at-- > 0;)
        if (what.n <= s.n - at && (what.n == 0 || memcmp(s.p + at, what.p, what.n) == 0))
            return at;
    return SIZE_MAX;
}

/* Character index of the first or last occurrence, or -1. */
static int64_t find_index(struct vm *vm, struct val self, const struct args *args, bool last)
{
    size_t from, to, at;
    struct val what = text_arg(vm, (struct val){ 0 }, args->v[0], "sub");
    int64_t found = -1;
    if (!vm->failed && range_of(vm, self, args, 1, &from, &to)) {
        struct str part = str_sub(peek_str(self), from, to);
        at = last ? find_last(part, peek_str(what)) : str_find(part, peek_str(what), 0);
        if (at != SIZE_MAX)
            found = (int64_t)utf8_length(str_sub(peek_str(self), 0, from + at));
    }
    val_free(what);
    return found;
}

static struct val str_find_method(struct vm *vm, struct val self, const struct args *args)
{
    return val_int(find_index(vm, self, args, false));
}

static struct val str_rfind(struct vm *vm, struct val self, const struct args *args)
{
    return val_int(find_index(vm, self, args, true));
}

static struct val must_find(struct vm *vm, int64_t i)
{
    if (i < 0)
        vm_fail(vm, "not-found", "the string does not hold what index() looks for");
    return val_int(i);
}

static struct val str_index(struct vm *vm, struct val self, const struct args *args)
{
    return must_find(vm, find_index(vm, self, args, false));
}

static struct val str_rindex(struct vm *vm, struct val self, const struct args *args)
{
    return must_find(vm, find_index(vm, self, args, true));
}

static struct val str_count(struct vm *vm, struct val self, const struct args *args)
{
    size_t from, to;
    int64_t n = 0;
    struct val what = text_arg(vm, (struct val){ 0 }, args->v[0], "sub");
    if (!vm->failed && range_of(vm, self, args, 1, &from, &to)) {
        struct str s = str_sub(peek_str(self), from, to), w = peek_str(what);
        if (w.n == 0)
            n = (int64_t)utf8_length(s) + 1;
        for (size_t at = 0; w.n && (at = str_find(s, w, at)) != SIZE_MAX; at += w.n)
            n++;
    }
    val_free(what);
    return val_int(n);
}

static bool begins_or_ends(struct str s, struct str what, bool ends)
{
    return ends ? str_ends(s, what) : str_starts(s, what);
}

static struct val affix(struct vm *vm, struct val self, const struct args *args, bool ends)
{
    size_t from, to;
    struct val what = args->v[0];
    bool good = false;
    if (what.kind != VAL_STR && !is_tuple(what)) {
        val_free(text_arg(vm, (struct val){ 0 }, what, "the prefix or suffix"));
        return val_null();
    }
    if (!range_of(vm, self, args, 1, &from, &to))
        return val_bool(false);
    struct str s = str_sub(peek_str(self), from, to);
    if (what.kind == VAL_STR)
        return val_bool(begins_or_ends(s, peek_str(what), ends));
    for (size_t i = 0; i < peek_count(what) && !good && !vm->failed; i++) {
        struct val one =
            text_arg(vm, (struct val){ 0 }, peek_item(what, i), "the prefix or suffix");
        good = begins_or_ends(s, peek_str(one), ends);
        val_free(one);
    }
    return val_bool(good);
}

static struct val str_startswith(struct vm *vm, struct val self, const struct args *args)
{
    return affix(vm, self, args, false);
}

static struct val str_endswith(struct vm *vm, struct val self, const struct args *args)
{
    return affix(vm, self, args, true);
}

/* Taking off and putting on. */

static bool holds_code(struct str set, uint32_t c)
{
    for (size_t at = 0; at < set.n;)
        if (utf8_next(set, &at) == c)
            return true;
    return false;
}

struct val str_strip(struct vm *vm, struct val self, const struct args *args, bool left, bool right)
{
    struct str s = peek_str(self);
    if (!arg_some(args, 0)) {
        s = left ? trim_start(s) : s;
        return piece(self, right ? trim_end(s) : s);
    }
    struct val set = text_arg(vm, (struct val){ 0 }, args->v[0], "chars");
    while (left && s.n) {
        size_t at = 0;
        if (!holds_code(peek_str(set), utf8_next(s, &at)))
            break;
        s = str_sub(s, at, s.n);
    }
    while (right && s.n) {
        size_t from = s.n - 1, at;
        while (from > 0 && ((unsigned char)s.p[from] & 0xC0) == 0x80)
            from--;
        at = from;
        if (!holds_code(peek_str(set), utf8_next(s, &at)))
            break;
        s.n = from;
    }
    val_free(set);
    return piece(self, s);
}

static struct val str_strip_method(struct vm *vm, struct val self, const struct args *args)
{
    return str_strip(vm, self, args, true, true);
}

static struct val str_lstrip(struct vm *vm, struct val self, const struct args *args)
{
    return str_strip(vm, self, args, true, false);
}

static struct val str_rstrip(struct vm *vm, struct val self, const struct args *args)
{
    return str_strip(vm, self, args, false, true);
}

static struct val str_removeprefix(struct vm *vm, struct val self, const struct args *args)
{
    struct str s = peek_str(self);
    struct val what = text_arg(vm, (struct val){ 0 }, args->v[0], "the prefix");
    if (str_starts(s, peek_str(what)))
        s = str_sub(s, peek_str(what).n, s.n);
    val_free(what);
    return piece(self, s);
}

static struct val str_removesuffix(struct vm *vm, struct val self, const struct args *args)
{
    struct str s = peek_str(self);
    struct val what = text_arg(vm, (struct val){ 0 }, args->v[0], "the suffix");
    if (str_ends(s, peek_str(what)))
        s.n -= peek_str(what).n;
    val_free(what);
    return piece(self, s);
}

struct val str_justify(struct vm *vm, struct val self, const struct args *args, char how)
{
    int64_t width;
    struct str s = peek_str(self), fill = S(" ");
    if (!value_int(vm, args->v[0], "width", &width) ||
        (arg_given(args, 1) && !arg_str(vm, args, 1, "fillchar", fill, &fill)))
        return val_null();
    if (utf8_length(fill) != 1) {
        vm_fail(vm, "bad-value", "fillchar is '%.*s'; expected one character", STR(fill));
        return val_null();
    }
    int64_t n = (int64_t)utf8_length(s);
    size_t pad = width > n ? (size_t)(width - n) : 0, left = 0;
    if (how == 'r')
        left = pad;
    else if (how == 'c') /* Python puts the odd blank where the width is odd to the left */
        left = pad / 2 + (pad & (size_t)width & 1);
    struct buf b;
    buf_init(&b, vm->out.max);
    if (vm_claim(vm, pad * fill.n)) {
        for (size_t i = 0; i < left; i++)
            buf_put(&b, fill);
        buf_put(&b, s);
        for (size_t i = left; i < pad; i++)
            buf_put(&b, fill);
    }
    return text_result(vm, &b, self);
}

static struct val str_center(struct vm *vm, struct val self, const struct args *args)
{
    return str_justify(vm, self, args, 'c');
}

static struct val str_ljust(struct vm *vm, struct val self, const struct args *args)
{
    return str_justify(vm, self, args, 'l');
}

static struct val str_rjust(struct vm *vm, struct val self, const struct args *args)
{
    return str_justify(vm, self, args, 'r');
}

static struct val str_zfill(struct vm *vm, struct val self, const struct args *args)
{
    int64_t width;
    struct str s = peek_str(self);
    if (!value_int(vm, args->v[0], "width", &width))
        return val_null();
    int64_t n = (int64_t)utf8_length(s);
    struct buf b;
    buf_init(&b, vm->out.max);
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
        buf_putc(&b, s.p[0]);
        s = str_sub(s, 1, s.n);
    }
    if (width > n && vm_claim(vm, (size_t)(width - n)))
        buf_fill(&b, '0', (size_t)(width - n));
    buf_put(&b, s);
    return text_result(vm, &b, self);
}

static struct val str_expandtabs(struct vm *vm, struct val self, const struct args *args)
{
    int64_t size;
    struct str s = peek_str(self);
    if (!arg_int(vm, args, 0, "tabsize", 8, &size))
        return val_null();
    struct buf b;
    buf_init(&b, vm->out.max);
    int64_t column = 0;
    for (size_t at = 0; at < s.n && !b.over;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        if (c != '\t') {
            buf_put(&b, str_sub(s, from, at));
            column = c == '\n' || c == '\r' ? 0 : column + 1;
        } else if (size > 0) {
            int64_t n = size - column % size;
            if (!vm_claim(vm, (size_t)n))
                break;
            buf_fill(&b, ' ', (size_t)n);
            column += n;
        }
    }
    return text_result(vm, &b, self);
}

struct val str_replaced(struct vm *vm, struct str s, struct str old, struct str new, int64_t count)
{
    struct buf b;
    buf_init(&b, vm->out.max);
    size_t at = 0;
    for (int64_t n = 0; (count < 0 || n < count) && at <= s.n && !b.over; n++) {
        size_t hit = old.n ? str_find(s, old, at) : at;
        if (hit == SIZE_MAX)
            break;
        buf_put(&b, str_sub(s, at, hit));
        buf_put(&b, new);
        at = hit + old.n;
        if (old.n == 0) { /* between all characters */
            if (at == s.n)
                break;
            size_t next = at;
            utf8_next(s, &next);
            buf_put(&b, str_sub(s, at, next));
            at = next;
        }
    }
    if (at < s.n)
        buf_put(&b, str_sub(s, at, s.n));
    return text_result(vm, &b, (struct val){ 0 });
}

static struct val str_replace(struct vm *vm, struct val self, const struct args *args)
{
    int64_t count;
    struct val old = text_arg(vm, self, args->v[0], "old");
    struct val new = text_arg(vm, self, args->v[1], "new");
    struct val r = val_null();
    if (!vm->failed && arg_int(vm, args, 2, "count", -1, &count)) {
        r = str_replaced(vm, peek_str(self), peek_str(old), peek_str(new), count);
        r.flags = self.flags;
    }
    val_free(old);
    val_free(new);
    return r;
}

/* Splitting and joining. */

static struct val split_space(struct vm *vm, struct val self, int64_t most)
{
    struct val r = val_list();
    struct str s = trim_start(peek_str(self));
    for (int64_t n = 0; s.n && vm_spend(vm, 1); n++) {
        size_t at = 0;
        if (most >= 0 && n == most) {
            r = val_list_push(r, piece(self, trim_end(s)));
            break;
        }
        while (at < s.n && !space_at(s, at))
            utf8_next(s, &at);
        r = val_list_push(r, piece(self, str_sub(s, 0, at)));
        s = trim_start(str_sub(s, at, s.n));
    }
    return r;
}

static struct val reversed(struct val list)
{
    struct val r = val_list();
    for (size_t i = peek_count(list); i-- > 0;)
        r = val_list_push(r, val_copy(peek_item(list, i)));
    val_free(list);
    return r;
}

static struct val rsplit_space(struct vm *vm, struct val self, int64_t most)
{
    struct val r = val_list();
    struct str s = trim_end(peek_str(self));
    for (int64_t n = 0; s.n && vm_spend(vm, 1); n++) {
        size_t at = s.n;
        if (most >= 0 && n == most) {
            r = val_list_push(r, piece(self, trim_start(s)));
            break;
        }
        while (at > 0 && !space_before(s, at))
            at--;
        r = val_list_push(r, piece(self, str_sub(s, at, s.n)));
        s = trim_end(str_sub(s, 0, at));
    }
    return reversed(r);
}

static struct val split_at(struct vm *vm, struct val self, struct str sep, int64_t most)
{
    struct val r = val_list();
    struct str s = peek_str(self);
    size_t at = 0, hit;
    for (int64_t n = 0; (most < 0 || n < most) && vm_spend(vm, 1); n++) {
        if ((hit = str_find(s, sep, at)) == SIZE_MAX)
            break;
        r = val_list_push(r, piece(self, str_sub(s, at, hit)));
        at = hit + sep.n;
    }
    return val_list_push(r, piece(self, str_sub(s, at, s.n)));
}

static struct val rsplit_at(struct vm *vm, struct val self, struct str sep, int64_t most)
{
    struct val r = val_list();
    struct str s = peek_str(self);
    for (int64_t n = 0; (most < 0 || n < most) && vm_spend(vm, 1); n++) {
        size_t hit = find_last(s, sep);
        if (hit == SIZE_MAX)
            break;
        r = val_list_push(r, piece(self, str_sub(s, hit + sep.n, s.n)));
        s.n = hit;
    }
    return reversed(val_list_push(r, piece(self, s)));
}

static struct val split(struct vm *vm, struct val self, const struct args *args, bool right)
{
    int64_t most;
    if (!arg_int(vm, args, 1, "maxsplit", -1, &most))
        return val_null();
    if (!arg_some(args, 0))
        return right ? rsplit_space(vm, self, most) : split_space(vm, self, most);
    struct val sep = text_arg(vm, (struct val){ 0 }, args->v[0], "sep"), r = val_null();
    if (!vm->failed && peek_str(sep).n == 0)
        vm_fail(vm, "bad-value", "a separator cannot be empty");
    if (!vm->failed)
        r = right ? rsplit_at(vm, self, peek_str(sep), most)
                  : split_at(vm, self, peek_str(sep), most);
    val_free(sep);
    return r;
}

static struct val str_split_method(struct vm *vm, struct val self, const struct args *args)
{
    return split(vm, self, args, false);
}

static struct val str_rsplit(struct vm *vm, struct val self, const struct args *args)
{
    return split(vm, self, args, true);
}

static struct val partition(struct vm *vm, struct val self, const struct args *args, bool right)
{
    struct val sep = text_arg(vm, (struct val){ 0 }, args->v[0], "sep"), r = val_tuple();
    struct str s = peek_str(self), what = peek_str(sep), none = { 0 };
    if (!vm->failed && what.n == 0)
        vm_fail(vm, "bad-value", "a separator cannot be empty");
    size_t hit = vm->failed ? SIZE_MAX : right ? find_last(s, what) : str_find(s, what, 0);
    bool found = hit != SIZE_MAX;
    struct str before = found ? str_sub(s, 0, hit) : right ? none : s;
    struct str behind = found ? str_sub(s, hit + what.n, s.n) : right ? s : none;
    r = val_list_push(r, piece(self, before));
    r = val_list_push(r, piece(self, found ? what : none));
    r = val_list_push(r, piece(self, behind));
    val_free(sep);
    return r;
}

static struct val str_partition(struct vm *vm, struct val self, const struct args *args)
{
    return partition(vm, self, args, false);
}

static struct val str_rpartition(struct vm *vm, struct val self, const struct args *args)
{
    return partition(vm, self, args, true);
}

static struct val str_splitlines(struct vm *vm, struct val self, const struct args *args)
{
    bool keep = arg_truth(vm, args, 0, false);
    struct str rest = peek_str(self), line;
    struct val r = val_list();
    while (!vm->failed && next_line(&rest, &line, keep) && vm_spend(vm, 1))
        r = val_list_push(r, piece(self, line));
    return r;
}

static struct val str_join(struct vm *vm, struct val self, const struct args *args)
{
    struct val items = value_items(vm, args->v[0]);
    struct buf b;
    buf_init(&b, vm->out.max);
    for (size_t i = 0; i < peek_count(items) && vm_spend(vm, 1); i++) {
        struct val item = peek_item(items, i);
        if (i)
            buf_put(&b, peek_str(self));
        if (is_safe(self)) {
            value_put_escaped(vm, &b, item);
        } else {
            struct val text = text_arg(vm, self, item, "an item");
            buf_put(&b, peek_str(text));
            val_free(text);
        }
    }
    val_free(items);
    return text_result(vm, &b, self);
}

static struct val str_format(struct vm *vm, struct val self, const struct args *args)
{
    return format_braces(vm, self, args);
}

static struct val str_format_map(struct vm *vm, struct val self, const struct args *args)
{
    struct val map = args->v[0];
    if (map.kind != VAL_MAP) {
        vm_fail(vm, "wrong-type", "format_map() needs a map, not %s", value_kind(map));
        return val_null();
    }
    struct val names = val_list(), values = val_list();
    for (size_t i = 0; i < peek_count(map); i++) {
        if (peek_key_at(map, i).kind != VAL_STR)
            continue;
        names = val_list_push(names, val_copy(peek_key_at(map, i)));
        values = val_list_push(values, val_copy(peek_value_at(map, i)));
    }
    size_t n = peek_count(names);
    struct val *both = arena_make_n(&vm->own, struct val, n * 2 + 1);
    for (size_t i = 0; i < n; i++) {
        both[i] = peek_item(names, i);
        both[n + i] = peek_item(values, i);
    }
    struct args given = { NULL, 0, both, both + n, n };
    struct val r = format_braces(vm, self, &given);
    val_free(names);
    val_free(values);
    return r;
}

static const struct builtin methods[] = {
    { S_INIT("capitalize"), str_capitalize, "", 0 },
    { S_INIT("casefold"), str_casefold, "", 0 },
    { S_INIT("center"), str_center, "width,fillchar", 1 },
    { S_INIT("count"), str_count, "sub,start,end", 1 },
    { S_INIT("endswith"), str_endswith, "suffix,start,end", 1 },
    { S_INIT("expandtabs"), str_expandtabs, "tabsize", 0 },
    { S_INIT("find"), str_find_method, "sub,start,end", 1 },
    { S_INIT("format"), str_format, NULL, 0 },
    { S_INIT("format_map"), str_format_map, "mapping", 1 },
    { S_INIT("index"), str_index, "sub,start,end", 1 },
    { S_INIT("isalnum"), str_isalnum, "", 0 },
    { S_INIT("isalpha"), str_isalpha, "", 0 },
    { S_INIT("isascii"), str_isascii, "", 0 },
    { S_INIT("isdecimal"), str_isdecimal, "", 0 },
    { S_INIT("isdigit"), str_isdigit, "", 0 },
    { S_INIT("isidentifier"), str_isidentifier, "", 0 },
    { S_INIT("islower"), str_islower, "", 0 },
    { S_INIT("isnumeric"), str_isnumeric, "", 0 },
    { S_INIT("isprintable"), str_isprintable, "", 0 },
    { S_INIT("isspace"), str_isspace, "", 0 },
    { S_INIT("istitle"), str_istitle, "", 0 },
    { S_INIT("isupper"), str_isupper, "", 0 },
    { S_INIT("join"), str_join, "iterable", 1 },
    { S_INIT("ljust"), str_ljust, "width,fillchar", 1 },
    { S_INIT("lower"), str_lower, "", 0 },
    { S_INIT("lstrip"), str_lstrip, "chars", 0 },
    { S_INIT("partition"), str_partition, "sep", 1 },
    { S_INIT("removeprefix"), str_removeprefix, "prefix", 1 },
    { S_INIT("removesuffix"), str_removesuffix, "suffix", 1 },
    { S_INIT("replace"), str_replace, "old,new,count", 2 },
    { S_INIT("rfind"), str_rfind, "sub,start,end", 1 },
    { S_INIT("rindex"), str_rindex, "sub,start,end", 1 },
    { S_INIT("rjust"), str_rjust, "width,fillchar", 1 },
    { S_INIT("rpartition"), str_rpartition, "sep", 1 },
    { S_INIT("rsplit"), str_rsplit, "sep,maxsplit", 0 },
    { S_INIT("rstrip"), str_rstrip, "chars", 0 },
    { S_INIT("split"), str_split_method, "sep,maxsplit", 0 },
    { S_INIT("splitlines"), str_splitlines, "keepends", 0 },
    { S_INIT("startswith"), str_startswith, "prefix,start,end", 1 },
    { S_INIT("strip"), str_strip_method, "chars", 0 },
    { S_INIT("swapcase"), str_swapcase, "", 0 },
    { S_INIT("title"), str_title, "", 0 },
    { S_INIT("upper"), str_upper, "", 0 },
    { S_INIT("zfill"), str_zfill, "width", 1 },
};

const struct builtin_table template_str_methods = { methods, sizeof methods / sizeof *methods };
