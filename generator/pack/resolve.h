/* `stepwright resolve`: what a Lambda layer's folder asks for, gathered in a folder of its own:
 * Python packages of requirements.txt below python/, Node packages of package-lock.json below
 * nodejs/, or whatever a command leaves in /asset-output. Packing is another step: an edit of the
 * layer's own files resolves nothing.
 *
 * What is gathered is normalised, so that the same requirements give the same tree: no bytecode, no
 * scripts that name this machine's interpreter, no notes of who installed what and when. */
#ifndef PACK_RESOLVE_H
#define PACK_RESOLVE_H

#include "base/diag.h"

struct resolve_options {
    struct str dir;            /* the layer's folder */
    struct str out;            /* the folder that is made */
    struct str record;         /* a file that changes if and only if that does */
    struct str depfile;        /* empty: none */
    struct str depfile_target; /* empty: `record` as it is */
    struct str runtime;        /* "python3.12", "nodejs22.x", or empty */
    struct str architecture;   /* "x86_64" or "arm64"; empty: the former */
    struct str command;        /* a shell script; empty: requirements are what counts */
    struct str cache;          /* see cache_folder; empty: none */
    struct str python;         /* the interpreter whose pip is asked; empty: python3 */
};

/* Makes `out`, unless it was made of the same before: true if it is there now. Packages that are
 * locked (package-lock.json, requirements with hashes) come from the cache if any build tree
 * gathered them. The diagnostics: [no-file], [no-runtime], [bad-runtime], [no-lock],
 * [command-failed], [changed-file], those of tree_scan for a layer that a command makes, and
 * [cannot-write]. What was there before then stays. */
bool resolve_make(struct arena *a, struct diags *ds, const struct resolve_options *options);

/* Where in a layer the files of its folder belong: below python/ or nodejs/, as the runtime has it,
 * or at the top, if the folder is laid out like /opt already. Source: AWS Lambda developer guide,
 * "Layer paths for each Lambda runtime". */
struct str resolve_prefix(struct arena *a, struct str dir, struct str runtime);

#endif
