#include "cli/modules.h"

#include "base/file.h"
#include "base/path.h"

#include <dlfcn.h>
#include <stdlib.h>

static const struct span NOWHERE;

static const struct engine *load_one(struct arena *a, struct diags *ds, struct str path)
{
    void *module = dlopen(arena_str(a, path).p, RTLD_NOW | RTLD_LOCAL);
    if (!module) {
        diag_error(ds, "bad-engine", NOWHERE, "cannot load engine '%.*s': %s", STR(path),
                   dlerror());
        return NULL;
    }
    struct str symbol = arena_printf(a, "engine_%.*s", STR(path_stem(path)));
    const struct engine *e = dlsym(module, symbol.p);
    if (!e) {
        diag_error(ds, "bad-engine", NOWHERE, "'%.*s' has no '%.*s'", STR(path), STR(symbol));
        return NULL;
    }
    if (e->abi != ENGINE_ABI) {
        struct diag *d = diag_error(ds, "bad-engine", NOWHERE,
                                    "engine '%.*s' was built for interface %d; this program has %d",
                                    STR(path), e->abi, ENGINE_ABI);
        diag_help(d, "build it again");
        return NULL;
    }
    return e;
}

struct engines modules_load(struct arena *a, struct diags *ds, struct engines built_in)
{
    struct str folders = str_from(getenv("STEPWRIGHT_ENGINE_PATH")), folder;
    VEC(const struct engine *) all = { 0 };
    if (!folders.n)
        return built_in;
    for (size_t i = 0; i < built_in.n; i++)
        vec_push(a, &all, built_in.list[i]);
    while (str_split(&folders, ':', &folder)) {
        struct names names = { 0 };
        if (!folder.n || !file_list(a, ds, NOWHERE, (struct str){ 0 }, folder, &names))
            continue;
        for (size_t i = 0; i < names.all.n; i++) {
            if (!str_ends(names.all.p[i], S(".so")))
                continue;
            const struct engine *e = load_one(a, ds, path_join(a, folder, names.all.p[i]));
            if (e)
                vec_push(a, &all, e);
        }
    }
    return (struct engines){ all.p, all.n };
}
