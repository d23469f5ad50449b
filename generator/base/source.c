#include "base/source.h"

#include "base/utf8.h"
#include "base/vec.h"

/* Where the line that holds byte `at` is over: behind its LF, CRLF or CR, or at the end. `cr`
 * says whether the text holds any CR. */
static size_t line_end(struct str text, size_t at, bool cr)
{
    size_t lf = str_find_char(text, '\n', at);
    size_t end = lf == SIZE_MAX ? text.n : lf + 1;
    if (!cr)
        return end;
    size_t ret = str_find_char(str_sub(text, 0, end), '\r', at);
    return ret == SIZE_MAX || ret + 1 == lf ? end : ret + 1;
}

static bool ends_line(struct str text, size_t end)
{
    return end && (text.p[end - 1] == '\n' || text.p[end - 1] == '\r');
}

/* Offsets of the lines' first bytes into `lines`, unless it is NULL; returns how many there are. */
static size_t find_lines(struct str text, uint32_t *lines)
{
    bool cr = str_find_char(text, '\r', 0) != SIZE_MAX;
    size_t n = 1;
    for (size_t at = 0; at < text.n;) {
        at = line_end(text, at, cr);
        if (!ends_line(text, at))
            break;
        if (lines)
            lines[n] = (uint32_t)at;
        n++;
    }
    return n;
}

struct source *source_make(struct arena *a, struct str path, struct str text)
{
    struct source *src = arena_make(a, struct source);
    src->path = path;
    src->text = text;
    src->nlines = find_lines(text, NULL);
    uint32_t *lines = arena_make_n(a, uint32_t, src->nlines);
    find_lines(text, lines);
    src->lines = lines;
    return src;
}

/* Index of the line that holds byte `at`: the last one that begins at or before it. */
static size_t line_index(const struct source *src, size_t at)
{
    size_t low = 0, high = src->nlines;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (src->lines[mid] <= at)
            low = mid;
        else
            high = mid;
    }
    return low;
}

struct position source_position(const struct source *src, size_t at)
{
    if (at > src->text.n)
        at = src->text.n;
    size_t i = line_index(src, at);
    return (struct position){ i + 1, utf8_length(str_sub(src->text, src->lines[i], at)) + 1 };
}

struct str source_line(const struct source *src, size_t line)
{
    size_t from = src->lines[line - 1];
    size_t to = line < src->nlines ? src->lines[line] : src->text.n;
    while (to > from && (src->text.p[to - 1] == '\n' || src->text.p[to - 1] == '\r'))
        to--;
    return str_sub(src->text, from, to);
}

void source_map(struct arena *a, struct source *src, const struct segment *segments, size_t n)
{
    struct packed_segment *packed = arena_make_n(a, struct packed_segment, n);
    VEC(struct segment_origin) origins = { 0 };
    for (size_t i = 0; i < n; i++) {
        const struct segment *s = &segments[i];
        size_t k = 0;
        while (k < origins.n && (origins.p[k].src != s->from.src || origins.p[k].frame != s->frame))
            k++;
        struct segment_origin origin = { s->from.src, s->frame };
        if (k == origins.n)
            vec_push(a, &origins, origin);
        packed[i] = (struct packed_segment){ .at = s->at,
                                             .from = s->from.at,
                                             .len = s->from.len & INT32_MAX,
                                             .literal = s->literal,
                                             .origin = (uint32_t)k };
    }
    src->segments = packed;
    src->nsegments = n;
    src->origins = origins.p;
}

static const struct packed_segment *segment_at(const struct source *src, size_t at)
{
    size_t low = 0, high = src->nsegments;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (src->segments[mid].at <= at)
            low = mid;
        else
            high = mid;
    }
    return &src->segments[low];
}

/* A span inside one literal segment maps exactly. One that runs on into other segments of the same
 * file reaches to the end of the last one; where that is not possible it keeps to its start. */
static struct span one_step_home(struct span s, const struct frame **frame)
{
    const struct packed_segment *first = segment_at(s.src, s.at);
    const struct packed_segment *last = s.len ? segment_at(s.src, s.at + s.len - 1) : first;
    const struct segment_origin *origins = s.src->origins;
    if (frame && origins[first->origin].frame)
        *frame = origins[first->origin].frame;
    struct span from = { origins[first->origin].src, first->from, first->len };
    if (first->literal) {
        uint32_t skip = s.at - first->at;
        if (skip > from.len)
            skip = from.len;
        from.at += skip;
        from.len -= skip;
    }
    if (first == last) {
        if (first->literal && s.len < from.len)
            from.len = s.len;
        return from;
    }
    struct span end = { origins[last->origin].src, last->from, last->len };
    if (last->literal && s.at + s.len - last->at < end.len)
        end.len = s.at + s.len - last->at;
    return span_join(from, end);
}

struct span span_origin(struct span s, const struct frame **frame)
{
    if (frame)
        *frame = s.src ? s.src->frame : NULL;
    while (s.src && s.src->nsegments)
        s = one_step_home(s, frame);
    if (frame && !*frame && s.src)
        *frame = s.src->frame;
    return s;
}

struct span span_join(struct span a, struct span b)
{
    if (a.src == b.src && b.at + b.len > a.at + a.len)
        a.len = b.at + b.len - a.at;
    return a;
}
