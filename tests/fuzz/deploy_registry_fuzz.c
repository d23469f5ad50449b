/* Names of images and what registries ask for, on any bytes: a name is refused, or what it names
 * can stand in a URL; a parameter is found within the header or not at all. */
#include "fuzz.h"

#include "deploy/registry.h"

static void no_tricks(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        MUST(s.p[i] > ' ' && s.p[i] < 127 && !strchr("?#%\\@", s.p[i]));
    MUST(str_find(s, S(".."), 0) == SIZE_MAX || str_find(s, S("/../"), 0) == SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str PARAMETERS[] = { S_INIT("realm"), S_INIT("service"), S_INIT("scope") };
    struct arena a = { 0 };
    struct diags ds;
    struct registry_name name;
    diags_init(&ds, &a);
    struct str text = arena_str(&a, (struct str){ (const char *)data, size });
    if (registry_name_parse(&a, &ds, text, &name)) {
        no_tricks(name.host);
        no_tricks(name.repository);
        no_tricks(name.tag);
        MUST(name.sha256.n == 0 || name.sha256.n == SHA256_HEX);
        MUST(registry_ecr_region(name.host).n < name.host.n);
    } else {
        MUST(ds.errors == 1);
    }
    for (size_t i = 0; i < sizeof PARAMETERS / sizeof *PARAMETERS; i++)
        MUST(registry_challenge(&a, text, PARAMETERS[i]).n <= text.n);
    registry_is_local(text);
    arena_done(&a);
    return 0;
}
