/* The tables of filters, tests, methods and functions: sorted, each name once, parameters in order.
 */
#include "unit.h"

#include "template/builtin.h"

static const struct {
    const char *name;
    const struct builtin_table *table;
    size_t least; /* rows that Jinja and Python have */
} tables[] = {
    { "filters", &template_filters, 54 },
    { "tests", &template_tests, 39 },
    { "functions", &template_globals, 6 },
    { "methods of strings", &template_str_methods, 44 },
    { "methods of lists", &template_list_methods, 11 },
    { "methods of maps", &template_map_methods, 11 },
};

static void sorted_and_found(void **state)
{
    (void)state;
    for (size_t t = 0; t < COUNT(tables); t++) {
        const struct builtin_table *table = tables[t].table;
        if (table->n < tables[t].least)
            fail_msg("%s: only %zu rows", tables[t].name, table->n);
        for (size_t i = 0; i < table->n; i++) {
            struct str name = table->rows[i].name;
            if (i && str_cmp(table->rows[i - 1].name, name) >= 0)
                fail_msg("%s: '%.*s' stands in the wrong place", tables[t].name, STR(name));
            assert_ptr_equal(builtin_find(*table, name), &table->rows[i]);
        }
        assert_null(builtin_find(*table, S("")));
        assert_null(builtin_find(*table, S("zzz")));
    }
}

static void parameters_are_well_formed(void **state)
{
    (void)state;
    for (size_t t = 0; t < COUNT(tables); t++) {
        for (size_t i = 0; i < tables[t].table->n; i++) {
            const struct builtin *row = &tables[t].table->rows[i];
            struct str rest = str_from(row->params), name;
            size_t n = 0;
            for (; str_split(&rest, ',', &name); n++)
                if (!name.n || str_find_char(name, ' ', 0) != SIZE_MAX)
                    fail_msg("'%.*s' has a parameter without a name", STR(row->name));
            if (n > 12 || row->required > n)
                fail_msg("'%.*s' needs more parameters than it has", STR(row->name));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_and_found),
        cmocka_unit_test(parameters_are_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
