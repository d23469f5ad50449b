/* What a folder, or several laid over each other, hold that goes into a bundle: every file that is
 * not ignored, sorted by name, with what the file system says of it. Nothing is read but folders
 * and ignore files.
 *
 * A symbolic link counts as the file or folder that it leads to, which must lie in the same folder.
 * Folders are not kept, so an empty one leaves no trace, as in git. */
#ifndef PACK_TREE_H
#define PACK_TREE_H

#include "base/diag.h"
#include "pack/stamp.h"

enum {
    TREE_MAX_FILES = 150000, /* keeps what we know of them below 64 MiB */
    TREE_MAX_ROOTS = 4,
    TREE_MAX_DEPTH = 128, /* folders in folders */
    TREE_MAX_NAME = 4000, /* bytes of a path in the bundle, below what open() takes */
};

/* A folder that files are taken from, and where in the bundle they lie: "" for its top, or
 * "python". */
struct tree_root {
    struct str dir, prefix;
    int fd;     /* the folder, opened; tree_scan sees to it */
    bool whole; /* nothing is left out of it by default */
};

struct tree_file {
    const char *path; /* relative to the bundle, parts joined by '/'; a NUL stands behind it */
    uint32_t path_n;
    uint8_t root;    /* number of the folder that it is from */
    bool executable; /* the owner may execute it */
    bool started;    /* so named by whoever asked for the bundle: executable whatever its mode */
    struct stamp stamp;
};

/* A folder that was looked into, "" for the root, or an ignore file that was read: while none of
 * them changes, no file comes or goes. */
struct tree_folder {
    struct str path; /* relative to its root */
    struct stamp stamp;
    uint8_t root;
    bool is_rules; /* an ignore file */
};

struct tree {
    struct tree_root
        roots[TREE_MAX_ROOTS]; /* folders as given: what messages and the depfile show */
    size_t nroots;
    struct tree_file *files; /* sorted by the bytes of their paths */
    size_t n, cap;
    VEC(struct tree_folder) folders;
    struct arena *arena;
};

struct tree_limits {
    uint64_t bytes;  /* unpacked, all files; UINT64_MAX for none */
    struct str what; /* who sets it, for the message: "AWS Lambda" */
};

/* Fills t; release it with tree_done whatever comes back. False after diagnostics, as many as there
 * are: [no-file] no such folder; [cannot-read]; [special-file] a FIFO, socket or device; [bad-name]
 * a name that is not UTF-8 or holds control characters; [outside-link], [broken-link], [link-loop];
 * [too-deep]; [too-large] more than TREE_MAX_FILES; [duplicate-file] two folders have the same. */
bool tree_scan(struct tree *t, struct arena *a, struct diags *ds, const struct tree_root *roots,
               size_t n);
void tree_done(struct tree *t);

/* Whether it may be packed: false after [too-large] or [empty-bundle]. */
bool tree_check(const struct tree *t, struct diags *ds, const struct tree_limits *limits);

/* What lies in the folder it is made of would hold itself, the second time: false after
 * [output-inside] if the file `out` would. Its folder is there already. */
bool tree_check_outside(struct arena *a, struct diags *ds, const struct tree *t, struct str out);

/* For who knows the files without a scan: opens the folders (false and nothing said if one cannot
 * be), then adds what they hold; paths are borrowed. */
bool tree_open_roots(struct tree *t, struct arena *a, const struct tree_root *roots, size_t n);
void tree_add(struct tree *t, const struct tree_file *f);

/* Bytes of all files. */
uint64_t tree_bytes(const struct tree *t);

static inline struct str tree_path(const struct tree_file *f)
{
    return (struct str){ f->path, f->path_n };
}

/* The path below the folder that it is from: what the file system knows. A NUL stands behind it. */
struct str tree_source(const struct tree *t, const struct tree_file *f);
/* The whole path, with the folder as it was given. */
struct str tree_full_path(struct arena *a, const struct tree *t, const struct tree_file *f);
struct str tree_folder_path(struct arena *a, const struct tree *t, const struct tree_folder *f);

/* The file of that path, or NULL. */
struct tree_file *tree_find(const struct tree *t, struct str path);

/* Opens the file for reading; -1 and errno. It is EBADF if the path no longer leads to the file
 * that the scan saw, or the file has changed since. */
int tree_open(const struct tree *t, const struct tree_file *f);
/* Whether the open file is still what the scan saw. */
bool tree_unchanged(const struct tree_file *f, int fd);

#endif
