#include "cli/verb_bundle.h"

#include "base/num.h"
#include "pack/bundle.h"
#include "pack/deflate.h"

#include <stdio.h>

static const char usage[] =
    "usage: stepwright bundle DIR --out FILE.zip [options]\n"
    "  --depfile FILE          list what the zip was made of, for Make and Ninja\n"
    "  --depfile-target NAME   what the depfile calls the zip (as --out has it)\n"
    "  --executable NAME       a file that is executable whatever its mode, and must be there\n"
    "  --level N               0 (stored) to 12 (smallest); 6 if not given\n"
    "  --limit BYTES           most that it may unpack to; 262144000, AWS Lambda's, if not given\n"
    "  --threads N             as many as processors if not given\n";

static int wrong(const char *what, const char *value)
{
    fprintf(stderr, "stepwright bundle: %s '%s'\n%s", what, value, usage);
    return 2;
}

static bool get_number(const char *text, int64_t low, int64_t high, int64_t *out)
{
    return num_get_int(str_from(text), out) && *out >= low && *out <= high;
}

/* 0, or 2 after a message. Options may stand before and behind DIR. */
static int read_options(int argc, char **argv, struct bundle_options *o)
{
    int64_t level = BUNDLE_LEVEL, threads = 0, limit = 0;
    for (int i = 1; i < argc; i++) {
        struct str arg = str_from(argv[i]);
        if (!str_starts(arg, S("--"))) {
            if (o->dir.n)
                return wrong("unexpected argument", argv[i]);
            o->dir = arg;
            continue;
        }
        if (i + 1 == argc)
            return wrong("missing value, or unknown option:", argv[i]);
        char *value = argv[++i];
        if (str_eq(arg, S("--out")))
            o->out = str_from(value);
        else if (str_eq(arg, S("--depfile")))
            o->depfile = str_from(value);
        else if (str_eq(arg, S("--depfile-target")))
            o->depfile_target = str_from(value);
        else if (str_eq(arg, S("--executable")))
            o->executable = str_from(value);
        else if (str_eq(arg, S("--level"))) {
            if (!get_number(value, 0, DEFLATE_MAX_LEVEL, &level))
                return wrong("--level is 0 to 12, not", value);
        } else if (str_eq(arg, S("--limit"))) {
            if (!get_number(value, 1, INT64_MAX, &limit))
                return wrong("--limit is a number of bytes, not", value);
        } else if (str_eq(arg, S("--threads"))) {
            if (!get_number(value, 1, 1024, &threads))
                return wrong("--threads is 1 to 1024, not", value);
        } else
            return wrong("unknown option", argv[i - 1]);
    }
    o->level = (int)level;
    o->threads = (unsigned)threads;
    o->limit = (uint64_t)limit;
    if (o->dir.n == 0 || o->out.n == 0)
        return wrong("needs a folder and", "--out FILE.zip");
    return 0;
}

int verb_bundle(int argc, char **argv)
{
    struct bundle_options options = { 0 };
    int status = read_options(argc, argv, &options);
    if (status)
        return status;
    struct arena arena = { 0 };
    struct diags diags;
    struct bundle_result result;
    diags_init(&diags, &arena);
    bundle_make(&arena, &diags, &options, &result);
    struct buf text;
    buf_init(&text, 0);
    diags_print(&diags, &text, false);
    fwrite(text.p, 1, text.n, stderr);
    status = diags_exit(&diags);
    buf_done(&text);
    arena_done(&arena);
    return status;
}
