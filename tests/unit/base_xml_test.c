#include "base/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_escapes(void **state)
{
    (void)state;
    static const struct {
        struct str text, expect;
    } cases[] = {
        { S_INIT("plain"), S_INIT("plain") },
        { S_INIT("<a href=\"x\">&amp;</a>"),
          S_INIT("&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;") },
        { S_INIT("]]>"), S_INIT("]]&gt;") },
        { S_INIT("a\0b\x01\x1f\n"), S_INIT("a\xEF\xBF\xBD"
                                           "b\xEF\xBF\xBD\xEF\xBF\xBD&#10;") },
        { S_INIT("\xff\xc3"), S_INIT("\xEF\xBF\xBD\xEF\xBF\xBD") },
        { S_INIT("\xef\xbf\xbe"), S_INIT("\xEF\xBF\xBD") }, /* U+FFFE is no XML character */
        { S_INIT("µ日😀"), S_INIT("µ日😀") },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b;
        buf_init(&b, 0);
        xml_put(&b, cases[i].text);
        assert_int_equal(b.n, cases[i].expect.n);
        assert_memory_equal(b.p, cases[i].expect.p, b.n);
        buf_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_escapes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
