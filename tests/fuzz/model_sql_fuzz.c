/* Any text as SQL: statements lie in it one behind the other, and reading one of them alone finds
 * it again. */
#include "fuzz.h"

#include "model/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    struct str text = { (const char *)data, size };
    struct sql_text all;
    sql_read(&a, text, &all);
    size_t end = 0;
    for (size_t i = 0; i < all.all.n; i++) {
        const struct sql_statement *st = &all.all.p[i];
        struct sql_text alone;
        MUST(st->at >= end && st->text.n > 0 && st->at + st->text.n <= size);
        MUST(st->text.p == text.p + st->at);
        end = st->at + st->text.n;
        sql_read(&a, st->text, &alone);
        MUST(alone.all.n == 1 && str_eq(alone.all.p[0].verb, st->verb));
        /* White space at the end of an open name is trimmed with the statement. */
        MUST(all.open || alone.all.p[0].tables.n == st->tables.n);
        MUST(alone.all.p[0].parameters == st->parameters);
    }
    MUST(!all.open || all.open_at < size);
    arena_done(&a);
    return 0;
}
