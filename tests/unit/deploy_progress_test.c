#include "deploy/progress.h"

#include "unit.h"

/* What is written to a terminal, or to a file. */
static void run(bool terminal, char *text, size_t size)
{
    struct progress p;
    FILE *file = tmpfile();
    assert_non_null(file);
    progress_init(&p, file, terminal, false);
    progress_expect(&p, 2);
    progress_say(&p, "%s is made", "A");
    progress_advance(&p);
    progress_say(&p, "B is made");
    progress_advance(&p);
    progress_say(&p, "done");
    progress_done(&p);
    rewind(file);
    size_t n = fread(text, 1, size - 1, file);
    text[n] = '\0';
    fclose(file);
}

static void test_a_file_gets_lines(void **state)
{
    (void)state;
    char text[1000];
    run(false, text, sizeof text);
    assert_string_equal(text, "A is made\nB is made\ndone\n");
}

/* The bar stands below the lines, is taken away before each, and goes when all is done. */
static void test_a_terminal_gets_a_bar(void **state)
{
    (void)state;
    char text[1000];
    run(true, text, sizeof text);
    assert_string_equal(text, "A is made\n"
                              "  [------------------------------] 0 of 2\r\033[K"
                              "  [###############---------------] 1 of 2\r\033[K"
                              "B is made\n"
                              "  [###############---------------] 1 of 2\r\033[K"
                              "done\n");
}

static void test_nobody_listens(void **state)
{
    (void)state;
    struct progress p;
    progress_init(&p, NULL, false, false);
    progress_say(&p, "nothing");
    progress_advance(&p);
    progress_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_gets_lines),
        cmocka_unit_test(test_a_terminal_gets_a_bar),
        cmocka_unit_test(test_nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
