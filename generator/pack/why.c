#include "pack/why.h"

#include "base/file.h"
#include "pack/cache.h"

#include <unistd.h>

struct why {
    struct buf *text;
    size_t changes;
};

static void add(struct why *w, const char *kind, struct str path)
{
    if (w->changes++ < WHY_MAX_CHANGES)
        buf_printf(w->text, "  %-16s %.*s\n", kind, STR(path));
}

static void compare_file(struct why *w, const struct index_entry *old, const struct tree_file *f,
                         const struct zip_packed *packed)
{
    if (memcmp(old->digest, packed->digest, SHA256_BYTES) != 0)
        add(w, "edited", tree_path(f));
    if (old->executable != f->executable)
        add(w, f->executable ? "made executable" : "made plain", tree_path(f));
}

/* Both lists are sorted. */
static void compare(struct why *w, const struct index *before, const struct tree *t,
                    const struct zip_packed *packed)
{
    uint64_t at = 0, n = index_count(before);
    for (size_t i = 0; i < t->n || at < n;) {
        struct index_entry old = { 0 };
        int order = -1; /* the file is new */
        if (at < n) {
            old = index_get(before, at);
            order = i < t->n ? str_cmp(tree_path(&t->files[i]), old.path) : 1;
        }
        if (order < 0)
            add(w, "added", tree_path(&t->files[i]));
        else if (order > 0)
            add(w, "removed", old.path);
        else
            compare_file(w, &old, &t->files[i], &packed[i]);
        i += order <= 0;
        at += order >= 0;
    }
}

static void tell(struct buf *text, const struct index *before, const struct index_subject *now,
                 const struct tree *t, const struct zip_packed *packed)
{
    struct why w = { text, 0 };
    struct index_subject last = index_subject(before);
    char hex[SHA256_HEX];
    hex_put(hex, last.sha256, SHA256_BYTES);
    buf_printf(text, "  sha256 was       %.*s\n", SHA256_HEX, hex);
    hex_put(hex, now->sha256, SHA256_BYTES);
    buf_printf(text, "  sha256 is        %.*s\n", SHA256_HEX, hex);
    bool codec = !str_eq(last.codec, now->codec);
    if (codec)
        buf_printf(text, "  made by          %.*s\n  and before by    %.*s\n", STR(now->codec),
                   STR(last.codec));
    compare(&w, before, t, packed);
    if (w.changes > WHY_MAX_CHANGES)
        buf_printf(text, "  and %zu changes more\n", w.changes - WHY_MAX_CHANGES);
    if (w.changes == 0 && !codec)
        buf_printf(text, "  the files are the same; what an option makes executable is not\n");
}

void why_write(struct arena *a, struct str cache, struct str out, const struct index *before,
               const struct index_subject *now, const struct tree *t,
               const struct zip_packed *packed)
{
    struct buf text;
    struct diags none;
    struct str path = cache_note_path(a, cache, out);
    if (path.n == 0)
        return;
    if (!before->memory &&
        t->n <= WHY_MAX_FILES) { /* no note, but soon an index: why_read knows what that means */
        unlink(path.p);
        return;
    }
    buf_init(&text, 0);
    diags_init(&none, a);
    if (t->n > WHY_MAX_FILES)
        buf_printf(&text, "  it has too many files to tell\n");
    else
        tell(&text, before, now, t, packed);
    file_write(&none, path, buf_str(&text));
    buf_done(&text);
}

bool why_read(struct arena *a, struct str cache, struct str out, struct str *text)
{
    struct diags none;
    struct str path = cache_note_path(a, cache, out), root = { 0 };
    diags_init(&none, a);
    if (path.n && file_read(a, &none, (struct span){ 0 }, root, path, 1 << 24, text))
        return true;
    *text = S("  nothing is known of a build before this one\n");
    return path.n && access(cache_index_path(a, cache, out).p, F_OK) == 0;
}
