#include "yaml/scalar.h"
#include "yaml/yaml.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The tables of YAML 1.2.2 §10.3.2, what stands near them, and what YAML 1.1 took for something
 * else. `number` is the value where `kind` is one, 1 for true. */
static const struct {
    const char *text;
    enum node_kind kind;
    double number;
} rows[] = {
    { "", NODE_NULL, 0 },
    { "~", NODE_NULL, 0 },
    { "null", NODE_NULL, 0 },
    { "Null", NODE_NULL, 0 },
    { "NULL", NODE_NULL, 0 },
    { "nULL", NODE_STR, 0 },
    { "none", NODE_STR, 0 },
    { "true", NODE_BOOL, 1 },
    { "True", NODE_BOOL, 1 },
    { "TRUE", NODE_BOOL, 1 },
    { "false", NODE_BOOL, 0 },
    { "False", NODE_BOOL, 0 },
    { "FALSE", NODE_BOOL, 0 },
    { "tRUE", NODE_STR, 0 },
    { "yes", NODE_STR, 0 },
    { "on", NODE_STR, 0 },
    { "n", NODE_STR, 0 },
    { "0", NODE_INT, 0 },
    { "-0", NODE_INT, 0 },
    { "12", NODE_INT, 12 },
    { "-19", NODE_INT, -19 },
    { "+3", NODE_INT, 3 },
    { "012", NODE_INT, 12 },
    { "0o7", NODE_INT, 7 },
    { "0o777", NODE_INT, 511 },
    { "0o8", NODE_STR, 0 },
    { "0O7", NODE_STR, 0 },
    { "-0o7", NODE_STR, 0 },
    { "0o", NODE_STR, 0 },
    { "0x3A", NODE_INT, 58 },
    { "0xff", NODE_INT, 255 },
    { "0xg", NODE_STR, 0 },
    { "0x", NODE_STR, 0 },
    { "0X1", NODE_STR, 0 },
    { "0b1", NODE_STR, 0 },
    { "1_000", NODE_STR, 0 },
    { "12:30", NODE_STR, 0 },
    { "9223372036854775807", NODE_INT, 9223372036854775807.0 },
    { "9223372036854775808", NODE_FLOAT, 9223372036854775808.0 },
    { "-9223372036854775808", NODE_INT, -9223372036854775808.0 },
    { "0xffffffffffffffff", NODE_FLOAT, 18446744073709551615.0 },
    { "0.", NODE_FLOAT, 0 },
    { "-0.0", NODE_FLOAT, 0 },
    { ".5", NODE_FLOAT, 0.5 },
    { "+.5", NODE_FLOAT, 0.5 },
    { "+12e03", NODE_FLOAT, 12000 },
    { "-2E+05", NODE_FLOAT, -200000 },
    { "1e-3", NODE_FLOAT, 0.001 },
    { "1.5e", NODE_STR, 0 },
    { "1e+", NODE_STR, 0 },
    { ".", NODE_STR, 0 },
    { "-", NODE_STR, 0 },
    { "+", NODE_STR, 0 },
    { "-.", NODE_STR, 0 },
    { "..", NODE_STR, 0 },
    { "1.2.3", NODE_STR, 0 },
    { "1 2", NODE_STR, 0 },
    { "--1", NODE_STR, 0 },
    { "e5", NODE_STR, 0 },
    { "2020-08-04", NODE_STR, 0 },
    { ".inf", NODE_FLOAT, INFINITY },
    { "-.Inf", NODE_FLOAT, -INFINITY },
    { "+.INF", NODE_FLOAT, INFINITY },
    { "inf", NODE_STR, 0 },
    { ".iNF", NODE_STR, 0 },
    { "-.nan", NODE_STR, 0 },
    { "text", NODE_STR, 0 },
    { "<<", NODE_STR, 0 },
};

static double value_of(struct scalar s)
{
    return s.kind == NODE_BOOL    ? (double)s.boolean
           : s.kind == NODE_INT   ? (double)s.integer
           : s.kind == NODE_FLOAT ? s.number
                                  : 0;
}

static void follows_the_core_schema(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scalar s = scalar_read(str_from(rows[i].text));
        double value = value_of(s);
        if (s.kind == rows[i].kind && value >= rows[i].number && value <= rows[i].number)
            continue;
        print_error("'%s' is of kind %d, %g\n", rows[i].text, (int)s.kind, value);
        wrong++;
    }
    assert_int_equal(wrong, 0);
    const char *const nans[] = { ".nan", ".NaN", ".NAN" };
    for (size_t i = 0; i < 3; i++) {
        struct scalar s = scalar_read(str_from(nans[i]));
        assert_true(s.kind == NODE_FLOAT && isnan(s.number));
    }
}

/* What is wanted, what stands there, and the help; "" if there is none to give. */
static const struct {
    enum node_kind expected;
    const char *text, *help;
} hints[] = {
    { NODE_BOOL, "yes", "'yes' is a string in YAML 1.2; write true" },
    { NODE_BOOL, "Off", "'Off' is a string in YAML 1.2; write false" },
    { NODE_BOOL, "y", "'y' is a string in YAML 1.2; write true" },
    { NODE_BOOL, "oN", "" },
    { NODE_BOOL, "maybe", "" },
    { NODE_BOOL, "true,", "remove the ',' after it" },
    { NODE_BOOL, "'yes'", "" },
    { NODE_INT, "1_000", "'1_000' is a string in YAML 1.2; write 1000" },
    { NODE_INT, "-1_0", "'-1_0' is a string in YAML 1.2; write -10" },
    { NODE_INT, "0b101", "'0b101' is a string in YAML 1.2; write 5" },
    { NODE_INT, "0x_ff", "'0x_ff' is a string in YAML 1.2; write 255" },
    { NODE_INT, "0_7", "'0_7' is a string in YAML 1.2; write 7" },
    { NODE_INT, "1:30", "'1:30' is a string in YAML 1.2; write 90" },
    { NODE_INT, "1:60", "" },
    { NODE_INT, "1:2:", "" },
    { NODE_INT, "yes", "" },
    { NODE_INT, "10 minutes", "write a number alone, without 'minutes'" },
    { NODE_INT, "256MB", "write a number alone, without 'MB'" },
    { NODE_INT, "10 or 12", "" },
    { NODE_INT, "arn:1", "" },
    { NODE_INT, "99999999999999999999_0", "" },
    { NODE_INT, "5,", "remove the ',' after it" },
    { NODE_FLOAT, "1.5,", "remove the ',' after it" },
    { NODE_MAP, "key:value", "'key:value' has no space after ':'; write 'key: …'" },
    { NODE_MAP, "s3://bucket/key", "" },
    { NODE_MAP, "some text:x", "" },
    { NODE_MAP, "text", "" },
    { NODE_SEQ, "-a", "a list item needs a space after '-'" },
    { NODE_SEQ, "-a\n  -b", "a list item needs a space after '-'" },
    { NODE_SEQ, "a", "" },
    { NODE_STR, "yes", "" },
};

static void explains_wrong_types(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        struct str text = arena_printf(&a, "  %s\n", hints[i].text);
        struct node *n = yaml_read(&a, &ds, source_make(&a, S("in.yaml"), text), NULL);
        assert_non_null(n);
        struct diag *d = diag_error(&ds, "wrong-type", n->span, "x");
        bool any = yaml_hint(d, n, hints[i].expected);
        struct str help = d->helps.n ? d->helps.p[0] : (struct str){ 0 };
        if (any != (d->helps.n > 0) || !str_eq(help, str_from(hints[i].help))) {
            print_error("'%s': %.*s\n", hints[i].text, STR(help));
            wrong++;
        }
        arena_done(&a);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_core_schema),
        cmocka_unit_test(explains_wrong_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
