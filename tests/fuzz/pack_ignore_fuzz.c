/* .bundleignore on any bytes: first line the path to ask for, the rest the rules. Messages can be
 * printed, and an answer comes for files and folders, whatever the path. */
#include "fuzz.h"

#include "base/utf8.h"
#include "pack/ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    struct diags ds;
    struct ignore ig = { 0 };
    struct str all = { (const char *)data, size }, path = { 0 };
    diags_init(&ds, &a);
    str_split(&all, '\n', &path);
    struct str rules = arena_str(&a, all);
    if (utf8_invalid_at(rules) == SIZE_MAX &&
        !ignore_read(&a, &ds, source_make(&a, S("x"), rules), &ig))
        MUST(ds.errors > 0);
    bool file = ignore_match(&ig, path, false), folder = ignore_match(&ig, path, true);
    MUST(!file || folder || ig.rules.n > 1); /* only a rule for folders can tell them apart */
    struct buf out;
    buf_init(&out, 0);
    diags_print(&ds, &out, true);
    buf_done(&out);
    arena_done(&a);
    return 0;
}
