/* Which files stay out of a bundle: .bundleignore, in gitignore's syntax. Rules of a folder come
 * before those of the folders above it; in one file the last rule that matches decides. Weakest are
 * the rules that every bundle starts with (ignore_default).
 *
 *   # comment            blank lines and lines that begin with '#'; "\#", "\!" for the letters
 *   .log                 no '/': any file or folder of that name, at any depth below this folder
 *   /build  docs/a.txt   a '/' in front or between: from this folder only
 *   cache/               a '/' at the end: folders only
 *   !keep.log            takes it back; but nothing below a folder that is left out comes back
 *   *  ?  [a-z]  [!x]    within one name; '?' and brackets match one character, not one byte
 *   **                   as a whole name: any number of folders
 *   \x                   the letter itself; blanks at the end of a line count only behind a '\'
 *
 * Not of gitignore: classes such as [[:alpha:]]; they are an error, as is a bracket left open. */
#ifndef PACK_IGNORE_H
#define PACK_IGNORE_H

#include "base/diag.h"

struct ignore_part;

struct ignore_rule {
    const struct ignore_part *parts; /* what stands between slashes */
    size_t nparts;
    bool negated;
    bool folders_only;
    bool anchored; /* matches the path below the folder, not a name at any depth */
};

struct ignore {
    const struct ignore *up; /* weaker rules: of a folder above, or the default; may be NULL */
    size_t base;             /* bytes of a path that stand before what these rules see */
    VEC(struct ignore_rule) rules;
};

/* The rules of one file; false after [bad-pattern]s, each pointing at the pattern. Rules borrow
 * from src->text. */
bool ignore_read(struct arena *a, struct diags *ds, const struct source *src, struct ignore *ig);

/* Rules for what is no one's product: caches, version control, editors' leavings. */
const struct ignore *ignore_default(struct arena *a);
/* The same as lines of text, for documentation. */
struct str ignore_default_text(void);

/* Whether the rules leave out `path`: relative to the bundle, without trailing slash. Its folders
 * are not looked at: whoever walks does not enter a folder that is left out. */
bool ignore_match(const struct ignore *ig, struct str path, bool is_folder);

#endif
