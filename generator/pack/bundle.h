/* `stepwright bundle`: a folder into FILE.zip and what is known of it into FILE.zip.json; or one
 * file, copied as it is, beside the same record. Same files, same bytes: neither time, user, umask,
 * place nor number of threads shows in them. */
#ifndef PACK_BUNDLE_H
#define PACK_BUNDLE_H

#include "base/diag.h"
#include "base/digest.h"

enum {
    BUNDLE_LEVEL = 6,                        /* of compression, if nobody says otherwise */
    BUNDLE_LEVEL_FAST = 1,
    BUNDLE_LAMBDA_BYTES = 250 * 1024 * 1024, /* AWS Lambda's quota on an unpacked function */
};

struct bundle_options {
    struct str dir;     /* or the file to copy */
    struct str prefix;  /* of the folder's files in the zip: "python", or empty */
    struct str with;    /* another folder, laid over it, whose files have no prefix; or empty */
    struct str out;     /* FILE.zip */
    struct str depfile; /* empty: none */
    struct str depfile_target; /* empty: `out` as it is */
    struct str executable;     /* a file that is executable whatever its mode, and must be there */
    struct str cache;          /* see cache_folder; empty: none */
    int level;
    unsigned threads; /* 0: one per processor */
    uint64_t limit;   /* bytes unpacked; 0: AWS Lambda's; UINT64_MAX: none */
};

struct bundle_result {
    char sha256[SHA256_HEX + 1]; /* of FILE.zip */
    uint64_t bytes, unpacked_bytes;
    size_t files;
    bool changed; /* FILE.zip was written */
};

/* Makes both files and the depfile; false after diagnostics, and the files stay what they were. A
 * `bootstrap` at the top is always executable, as Lambda wants it. The diagnostics are those of
 * tree_scan, zip_write and file_write, and [no-executable], [output-inside]. */
bool bundle_make(struct arena *a, struct diags *ds, const struct bundle_options *options,
                 struct bundle_result *result);

/* The same for the file options->dir, however large: `out` becomes a copy of it. False after
 * [no-file], [cannot-read], [changed-file] or the diagnostics of file_write. */
bool bundle_copy(struct arena *a, struct diags *ds, const struct bundle_options *options,
                 struct bundle_result *result);

#endif
