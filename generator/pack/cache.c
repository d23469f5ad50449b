#include "pack/cache.h"

#include "base/digest.h"
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

struct str cache_index_path(struct arena *a, struct str cache, struct str out)
{
    uint8_t digest[SHA256_BYTES];
    char hex[32];
    if (cache.n == 0)
        return (struct str){ 0 };
    sha256(digest, path_absolute(a, out));
    hex_put(hex, digest, sizeof hex / 2);
    return path_join(a, cache, arena_printf(a, "idx/%.*s", (int)sizeof hex, hex));
}
