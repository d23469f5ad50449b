#include "pack/cache.h"

#include "base/digest.h"
#include "base/num.h"
#include "base/path.h"

#include <stdlib.h>

/* Part of every path: a program that keeps things in another way leaves those of this one alone. */
#define LAYOUT "v1"

struct str cache_folder(struct arena *a)
{
    struct str own = str_from(getenv("STEPWRIGHT_CACHE"));
    struct str xdg = str_from(getenv("XDG_CACHE_HOME")), home = str_from(getenv("HOME"));
    if (str_eq(own, S("off")))
        return (struct str){ 0 };
    if (own.n)
        return path_join(a, path_absolute(a, own), S(LAYOUT));
    if (str_starts(xdg, S("/"))) /* a relative one is to be ignored, says the specification */
        return path_join(a, xdg, S("stepwright/" LAYOUT));
    if (str_starts(home, S("/")))
        return path_join(a, home, S(".cache/stepwright/" LAYOUT));
    return (struct str){ 0 };
}

static struct str path_of(struct arena *a, struct str cache, const char *kind, struct str out)
{
    uint8_t digest[SHA256_BYTES];
    char hex[32];
    if (cache.n == 0)
        return (struct str){ 0 };
    sha256(digest, path_absolute(a, out));
    hex_put(hex, digest, sizeof hex / 2);
    return path_join(a, cache, arena_printf(a, "%s/%.*s", kind, (int)sizeof hex, hex));
}

struct str cache_index_path(struct arena *a, struct str cache, struct str out)
{
    return path_of(a, cache, "idx", out);
}

struct str cache_note_path(struct arena *a, struct str cache, struct str out)
{
    return path_of(a, cache, "why", out);
}

bool cache_parse_size(struct str text, uint64_t *bytes)
{
    static const char units[] = "kmgt";
    unsigned shift = 0;
    int64_t n;
    const char *unit = text.n ? strchr(units, ascii_lower(text.p[text.n - 1])) : NULL;
    if (unit && *unit) {
        shift = 10 * ((unsigned)(unit - units) + 1);
        text = str_sub(text, 0, text.n - 1);
    }
    if (!num_get_int(text, &n) || n < 0 || (uint64_t)n > (uint64_t)INT64_MAX >> shift)
        return false;
    *bytes = (uint64_t)n << shift;
    return true;
}

uint64_t cache_limit(void)
{
    uint64_t bytes;
    return cache_parse_size(str_from(getenv("STEPWRIGHT_CACHE_SIZE")), &bytes) ? bytes
                                                                               : CACHE_BYTES;
}
