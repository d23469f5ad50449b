#include "model/engine.h"

static bool names_kind(const struct kind *k, struct str type)
{
    if (str_eq(type, str_from(k->type)))
        return true;
    for (size_t i = 0; k->aliases && k->aliases[i]; i++)
        if (str_eq(type, str_from(k->aliases[i])))
            return true;
    return false;
}

const struct kind *engines_find(const struct engines *es, struct str type, enum role role)
{
    for (size_t i = 0; i < es->n; i++)
        for (size_t j = 0; j < es->list[i]->nkinds; j++) {
            const struct kind *k = &es->list[i]->kinds[j];
            if ((k->roles & (unsigned)role) && names_kind(k, type))
                return k;
        }
    return NULL;
}
