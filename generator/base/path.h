/* Path text. No file system is touched, except by path_find_root. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/arena.h"

/* a/b joined by one '/', or b alone where it is absolute or a is empty or ".". */
struct str path_join(struct arena *a, struct str dir, struct str name);
/* Without "." parts, doubled slashes and "x/.." pairs; "" becomes ".". Leading ".." parts stay. */
struct str path_clean(struct arena *a, struct str path);
/* The part before the last '/', "." if none; and behind it. */
struct str path_dir(struct str path);
struct str path_base(struct str path);
/* path_base without its last extension. */
struct str path_stem(struct str path);
/* Whether a cleaned relative path leaves its base ("..", "../x") or is absolute. */
bool path_escapes(struct str clean);
/* `to` as seen from folder `from`; both absolute and clean. */
struct str path_relative(struct arena *a, struct str from, struct str to);
/* The absolute, clean form of path, seen from the working folder; symbolic links are not
 * resolved. */
struct str path_absolute(struct arena *a, struct str path);

/* The nearest folder at or above `start` that holds configs/ or customcode/; empty if none. */
struct str path_find_root(struct arena *a, struct str start);

#endif
