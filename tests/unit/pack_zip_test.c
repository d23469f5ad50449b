/* The bytes around a zip's data, above all where numbers grow too large for their places. */
#include "pack/zip.h"
#include "pack/zip_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define GiB ((uint64_t)1 << 30)

static void expect_hex(const char *name, const struct buf *got, const char *hex)
{
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < got->n; i++)
        buf_printf(&text, "%02x", (unsigned char)got->p[i]);
    buf_putc(&text, '\0');
    if (strcmp(text.p, hex) != 0)
        fail_msg("%s:\n%s, expected\n%s", name, text.p, hex);
    buf_done(&text);
}

/* Blanks stand between the fields. */
static const char *squeeze(char *out, const char *hex)
{
    char *p = out;
    for (; *hex; hex++)
        if (*hex != ' ')
            *p++ = *hex;
    *p = '\0';
    return out;
}

struct header_case {
    const char *name;
    struct zip_member member;
    const char *local, *central;
};

static const struct header_case headers[] = {
    { "small",
      { S_INIT("a.py"), false, ZIP_DEFLATED, 0x11223344, 100, 60, 7 },
      "504b0304 1400 0008 0800 0000 2100 44332211 3c000000 64000000 0400 0000 612e7079",
      "504b0102 1403 1400 0008 0800 0000 2100 44332211 3c000000 64000000 0400 0000 0000 0000 0000 "
      "0000a481 07000000 612e7079" },
    { "stored, executable",
      { S_INIT("\xC3\xA9"), true, ZIP_STORED, 0, 0, 0, 0 },
      "504b0304 0a00 0008 0000 0000 2100 00000000 00000000 00000000 0200 0000 c3a9",
      "504b0102 1403 0a00 0008 0000 0000 2100 00000000 00000000 00000000 0200 0000 0000 0000 0000 "
      "0000ed81 00000000 c3a9" },
    { "just below 4 GiB",
      { S_INIT("a"), false, ZIP_STORED, 1, 4 * GiB - 2, 4 * GiB - 2, 4 * GiB - 2 },
      "504b0304 0a00 0008 0000 0000 2100 01000000 feffffff feffffff 0100 0000 61",
      "504b0102 1403 0a00 0008 0000 0000 2100 01000000 feffffff feffffff 0100 0000 0000 0000 0000 "
      "0000a481 feffffff 61" },
    { "4 GiB, packed small",
      { S_INIT("a"), false, ZIP_DEFLATED, 1, 4 * GiB, 5, 9 },
      "504b0304 2d00 0008 0800 0000 2100 01000000 ffffffff ffffffff 0100 1400 61 "
      "0100 1000 0000000001000000 0500000000000000",
      "504b0102 2d03 2d00 0008 0800 0000 2100 01000000 05000000 ffffffff 0100 0c00 0000 0000 0000 "
      "0000a481 09000000 61 0100 0800 0000000001000000" },
    { "far behind",
      { S_INIT("a"), false, ZIP_DEFLATED, 1, 6, 5, 5 * GiB },
      "504b0304 1400 0008 0800 0000 2100 01000000 05000000 06000000 0100 0000 61",
      "504b0102 2d03 2d00 0008 0800 0000 2100 01000000 05000000 06000000 0100 0c00 0000 0000 0000 "
      "0000a481 ffffffff 61 0100 0800 0000004001000000" },
    { "all of it",
      { S_INIT("a"), false, ZIP_STORED, 1, 4 * GiB - 1, 4 * GiB - 1, 4 * GiB - 1 },
      "504b0304 2d00 0008 0000 0000 2100 01000000 ffffffff ffffffff 0100 1400 61 "
      "0100 1000 ffffffff00000000 ffffffff00000000",
      "504b0102 2d03 2d00 0008 0000 0000 2100 01000000 ffffffff ffffffff 0100 1c00 0000 0000 0000 "
      "0000a481 ffffffff 61 0100 1800 ffffffff00000000 ffffffff00000000 ffffffff00000000" },
};

static void test_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        const struct header_case *c = &headers[i];
        char hex[400];
        struct buf out;
        buf_init(&out, 0);
        zip_put_local(&out, &c->member);
        expect_hex(c->name, &out, squeeze(hex, c->local));
        assert_int_equal(out.n, zip_local_size(c->member.path, c->member.size));
        out.n = 0;
        zip_put_central(&out, &c->member);
        expect_hex(c->name, &out, squeeze(hex, c->central));
        buf_done(&out);
    }
}

struct end_case {
    const char *name;
    uint64_t n, at, size;
    const char *hex;
};

static const struct end_case ends[] = {
    { "small", 2, 300, 90, "504b0506 0000 0000 0200 0200 5a000000 2c010000 0000" },
    { "most without zip64", 65534, 4 * GiB - 2, 4 * GiB - 2,
      "504b0506 0000 0000 feff feff feffffff feffffff 0000" },
    { "65535 members", 65535, 16, 32,
      "504b0606 2c00000000000000 2d03 2d00 00000000 00000000 ffff000000000000 ffff000000000000 "
      "2000000000000000 1000000000000000 504b0607 00000000 3000000000000000 01000000 "
      "504b0506 0000 0000 ffff ffff 20000000 10000000 0000" },
    { "far behind", 1, 5 * GiB, 50,
      "504b0606 2c00000000000000 2d03 2d00 00000000 00000000 0100000000000000 0100000000000000 "
      "3200000000000000 0000004001000000 504b0607 00000000 3200004001000000 01000000 "
      "504b0506 0000 0000 0100 0100 32000000 ffffffff 0000" },
};

static void test_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char hex[400];
        struct buf out;
        buf_init(&out, 0);
        zip_put_end(&out, ends[i].n, ends[i].at, ends[i].size);
        expect_hex(ends[i].name, &out, squeeze(hex, ends[i].hex));
        buf_done(&out);
    }
}

struct reading {
    const struct zip_member *expected;
    size_t n, of;
};

static bool same_member(void *ctx, const struct zip_member *m)
{
    struct reading *r = ctx;
    const struct zip_member *e = &r->expected[r->n++];
    return r->n <= r->of && str_eq(m->path, e->path) && m->executable == e->executable &&
           m->method == e->method && m->crc == e->crc && m->size == e->size &&
           m->packed_size == e->packed_size && m->at == e->at;
}

/* What is written is read back; cut or changed it is refused, or at least harmless. */
static void test_read(void **state)
{
    (void)state;
    static const struct zip_member members[] = {
        { S_INIT("a"), false, ZIP_DEFLATED, 0x11223344, 100, 60, 0 },
        { S_INIT("b/c"), true, ZIP_STORED, 5, 0, 0, 200 },
        { S_INIT("d"), false, ZIP_DEFLATED, 7, 4 * GiB, 99, 300 },
        { S_INIT("e"), false, ZIP_STORED, 7, 4 * GiB, 4 * GiB, 5 * GiB },
    };
    enum { N = sizeof members / sizeof *members };
    const uint64_t at = 10 * GiB; /* a hole where the data would be */
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < N; i++)
        zip_put_central(&out, &members[i]);
    uint64_t size = out.n;
    zip_put_end(&out, N, at, size);
    int fd = memfd_create("zip", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, out.p, out.n, (off_t)at), out.n);
    struct reading r = { members, 0, N };
    assert_true(zip_read(fd, at + out.n, same_member, &r));
    assert_int_equal(r.n, N);
    for (size_t cut = 1; cut <= out.n; cut++) {
        r.n = 0;
        assert_false(zip_read(fd, at + out.n - cut, same_member, &r));
    }
    r = (struct reading){ members, 0, N - 1 };
    assert_false(zip_read(fd, at + out.n, same_member, &r));
    close(fd);
    buf_done(&out);
}

static void test_read_small(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    zip_put_end(&out, 0, 0, 0);
    int fd = memfd_create("zip", MFD_CLOEXEC);
    struct reading r = { 0 };
    assert_false(zip_read(fd, 0, same_member, &r));
    assert_int_equal(pwrite(fd, out.p, out.n, 0), out.n);
    assert_true(zip_read(fd, out.n, same_member, &r));
    close(fd);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_headers), cmocka_unit_test(test_ends),
                                        cmocka_unit_test(test_read),
                                        cmocka_unit_test(test_read_small) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
