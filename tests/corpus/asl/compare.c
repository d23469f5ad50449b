#include "compare.h"

#include "base/json.h"
#include "runner/engine.h"

void masks_init(struct masks *m, struct arena *a)
{
    *m = (struct masks){ .arena = a };
}

void masks_add(struct masks *m, struct str text)
{
    if (text.n)
        map_put(m->arena, &m->any, arena_str(m->arena, text), m);
}

static struct val at_pointer(struct val v, struct str pointer)
{
    struct str rest = str_sub(pointer, 1, pointer.n), part;
    while (v.kind != VAL_UNDEFINED && str_split(&rest, '/', &part)) {
        if (v.kind == VAL_MAP) {
            v = peek_get(v, part);
        } else if (v.kind == VAL_LIST && part.n == 1 && ascii_is_digit(part.p[0]) &&
                   (size_t)(part.p[0] - '0') < peek_count(v)) {
            v = peek_item(v, (size_t)(part.p[0] - '0'));
        } else {
            return (struct val){ 0 };
        }
    }
    return v;
}

void masks_add_pointers(struct masks *m, struct val root, struct val pointers)
{
    for (size_t i = 0; pointers.kind == VAL_LIST && i < peek_count(pointers); i++) {
        struct val v = at_pointer(root, peek_str(peek_item(pointers, i)));
        if (v.kind == VAL_STR)
            masks_add(m, peek_str(v));
    }
}

void masks_add_differences(struct masks *m, struct val recorded, struct val actual)
{
    if (recorded.kind == VAL_MAP && actual.kind == VAL_MAP) {
        for (size_t i = 0; i < peek_count(recorded); i++)
            masks_add_differences(m, peek_value_at(recorded, i),
                                  peek_lookup(actual, peek_key_at(recorded, i)));
    } else if (recorded.kind == VAL_LIST && actual.kind == VAL_LIST) {
        for (size_t i = 0; i < peek_count(recorded) && i < peek_count(actual); i++)
            masks_add_differences(m, peek_item(recorded, i), peek_item(actual, i));
    } else if (recorded.kind == VAL_STR && actual.kind == VAL_STR &&
               !str_eq(peek_str(recorded), peek_str(actual))) {
        masks_add(m, peek_str(recorded));
    }
}

/* The recorded text as a pattern for choice_matches: <tokens> become stars. */
static bool token_pattern(struct str text, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '<') {
            size_t end = i + 1;
            int depth = 1; /* tokens may be nested: <<task_token>:1> */
            for (; end < text.n && depth > 0; end++)
                depth += text.p[end] == '<' ? 1 : text.p[end] == '>' ? -1 : 0;
            if (depth == 0) {
                buf_putc(out, '*');
                i = end - 1;
                any = true;
                continue;
            }
        }
        if (text.p[i] == '*' || text.p[i] == '\\')
            buf_putc(out, '\\');
        buf_putc(out, text.p[i]);
    }
    return any;
}

bool same_text(const struct masks *m, struct str recorded, struct str actual)
{
    if (str_eq(recorded, actual) || map_has(&m->any, recorded))
        return true;
    struct buf pattern;
    buf_init(&pattern, 0);
    bool same = token_pattern(recorded, &pattern) && choice_matches(actual, buf_str(&pattern));
    buf_done(&pattern);
    return same;
}

static struct val parsed(struct val v)
{
    size_t at;
    if (v.kind != VAL_STR)
        return val_copy(v);
    struct str text = str_trim(peek_str(v));
    struct val out = json_parse_val(text, &at);
    return out;
}

static bool same_map(const struct masks *m, struct val recorded, struct val actual)
{
    if (peek_count(recorded) != peek_count(actual))
        return false;
    for (size_t i = 0; i < peek_count(recorded); i++)
        if (!same_value(m, peek_value_at(recorded, i),
                        peek_lookup(actual, peek_key_at(recorded, i))))
            return false;
    return true;
}

static bool same_list(const struct masks *m, struct val recorded, struct val actual)
{
    if (peek_count(recorded) != peek_count(actual))
        return false;
    for (size_t i = 0; i < peek_count(recorded); i++)
        if (!same_value(m, peek_item(recorded, i), peek_item(actual, i)))
            return false;
    return true;
}

bool same_value(const struct masks *m, struct val recorded, struct val actual)
{
    if (actual.kind == VAL_UNDEFINED)
        return false;
    if (recorded.kind == VAL_STR && actual.kind == VAL_STR &&
        same_text(m, peek_str(recorded), peek_str(actual)))
        return true;
    if (recorded.kind == VAL_STR && (actual.kind == VAL_INT || actual.kind == VAL_FLOAT) &&
        map_has(&m->any, peek_str(recorded)))
        return true; /* a masked number */
    if (recorded.kind == VAL_MAP && actual.kind == VAL_MAP)
        return same_map(m, recorded, actual);
    if (recorded.kind == VAL_LIST && actual.kind == VAL_LIST)
        return same_list(m, recorded, actual);
    if (recorded.kind != VAL_STR && actual.kind != VAL_STR)
        return peek_equal(recorded, actual);
    struct val a = parsed(recorded), b = parsed(actual);
    bool both = a.kind != VAL_UNDEFINED && b.kind != VAL_UNDEFINED;
    bool same =
        both && (a.kind == VAL_STR && b.kind == VAL_STR ? same_text(m, peek_str(a), peek_str(b))
                                                        : same_value(m, a, b));
    val_free(a);
    val_free(b);
    return same;
}
