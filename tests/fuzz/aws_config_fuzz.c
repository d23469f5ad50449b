/* The shared files on any bytes: as config if the first byte is even, else as credentials. No
 * message quotes the text, which may hold secrets: there is nothing to point into. */
#include "fuzz.h"

#include "aws/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    struct diags ds;
    struct aws_config config = { 0 };
    struct str text = { (const char *)data, size };
    diags_init(&ds, &a);
    bool ok = aws_config_parse(&a, &ds, S("x"), text, size && (data[0] & 1), &config);
    MUST(ok == (ds.errors == 0));
    for (size_t i = 0; i < ds.all.n; i++)
        MUST(!ds.all.p[i]->span.src && ds.all.p[i]->message.n < 80);
    for (size_t i = 0; i < config.profiles.n; i++) {
        const struct aws_section *p = config.profiles.entries[i].value;
        MUST(p == aws_profile(&config, p->name));
        for (size_t j = 0; j < p->keys.n; j++) {
            const struct str *value = p->keys.entries[j].value;
            MUST(value->n <= size && str_eq(*value, str_trim(*value)));
        }
    }
    arena_done(&a);
    return 0;
}
