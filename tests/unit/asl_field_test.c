/* What must hold for the tables themselves. */
#include "asl/asl_field.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct asl_table *const tables[] = {
    &asl_machine_table, &asl_block_table,  &asl_state_table,         &asl_retrier_table,
    &asl_catcher_table, &asl_rule_table,   &asl_reader_table,        &asl_reader_config_table,
    &asl_batcher_table, &asl_writer_table, &asl_writer_config_table, &asl_processor_table,
};

static void check_row(const struct asl_table *t, const struct asl_field *f)
{
    bool nests = f->kind == ASL_KIND_ONE || f->kind == ASL_KIND_MANY || f->kind == ASL_KIND_ALONE;
    if (f->at + sizeof(struct asl_value) > t->size)
        fail_msg("%.*s lies outside of its struct", STR(f->key));
    if ((f->required & ~f->in) != 0)
        fail_msg("%.*s is required where it is not allowed", STR(f->key));
    if (nests != (f->table != NULL) || (nests && f->context == 0))
        fail_msg("%.*s: a table for nested fields, and for no other", STR(f->key));
    if ((f->kind == ASL_KIND_WORD) != (f->words != NULL))
        fail_msg("%.*s: words for words, and for nothing else", STR(f->key));
    if (f->min > f->max)
        fail_msg("%.*s has an empty range", STR(f->key));
}

/* Two rows of one key must not be allowed in the same place. */
static void check_unique(const struct asl_table *t, size_t i)
{
    const struct asl_field *f = &t->fields[i];
    for (size_t k = i + 1; k < t->n; k++) {
        const struct asl_field *g = &t->fields[k];
        bool langs = !f->langs || !g->langs || (f->langs & g->langs);
        if (str_eq(f->key, g->key) && (f->in & g->in) && langs)
            fail_msg("%.*s stands twice in %s", STR(f->key), t->what);
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (size_t k = 0; k < tables[i]->n; k++) {
            check_row(tables[i], &tables[i]->fields[k]);
            check_unique(tables[i], k);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
