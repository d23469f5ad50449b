/* Pieces of DEFLATE streams put in a row, and the skimmer that makes it possible. */
#include "base/mem.h"
#include "pack/deflate.h"
#include "pack/skim.h"

#include <libdeflate.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    return z ^ z >> 31;
}

static void make_zeros(char *p, size_t n)
{
    memset(p, 0, n);
}

static void make_noise(char *p, size_t n)
{
    uint64_t r = 7;
    for (size_t i = 0; i < n; i++)
        p[i] = (char)next_random(&r);
}

static void make_text(char *p, size_t n)
{
    static const char words[] = "the quick brown fox jumps over the lazy dog while the other fox "
                                "sleeps; \"state\": \"Task\", \"next\": \"Done\"\n";
    uint64_t r = 1;
    for (size_t i = 0; i < n;) {
        size_t at = next_random(&r) % (sizeof words - 12), len = next_random(&r) % 11 + 1;
        for (size_t k = 0; k < len && i < n; k++)
            p[i++] = words[at + k];
    }
}

static void make_skewed(char *p, size_t n) /* long codes: letters of very different frequency */
{
    uint64_t r = 3;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = next_random(&r);
        p[i] = (char)(x ? __builtin_ctzll(x) * 4 + (int)(x >> 62) : 255);
    }
}

static void make_mixed(char *p, size_t n)
{
    make_text(p, n / 3);
    make_noise(p + n / 3, n / 3);
    make_zeros(p + 2 * (n / 3), n - 2 * (n / 3));
}

static const struct {
    const char *name;
    void (*make)(char *p, size_t n);
} kinds[] = {
    { "zeros", make_zeros },   { "noise", make_noise }, { "text", make_text },
    { "skewed", make_skewed }, { "mixed", make_mixed },
};

/* Sizes of the pieces of a text. */
static const size_t splits[][4] = {
    { 1, 1, 1, 1 },          { 100, 3, 0, 5 },       { 70000, 70000, 1, 70000 },
    { 300001, 9, 65535, 2 }, { 65536, 65537, 0, 0 }, { 400000, 400000, 400000, 77 },
};

static void check_pieces(const char *name, int level, const size_t split[4], const char *text)
{
    struct deflater *d = deflater_new(level);
    size_t n = split[0] + split[1] + split[2] + split[3], packed = 0, at = 0;
    size_t cap = deflate_room(n) + 4 * deflate_room(0) + 64;
    uint8_t *out = mem_alloc(cap);
    uint32_t crc = 0;
    for (size_t i = 0; i < 4; i++) {
        struct str piece = { text + at, split[i] };
        size_t got = deflate_piece(d, piece, i == 3, out + packed, cap - packed);
        assert_true(got > 0);
        packed += got;
        crc = crc32_join(crc, crc32_add(0, piece), piece.n);
        at += piece.n;
    }
    char *back = mem_alloc(n);
    size_t got_in, got_out;
    struct libdeflate_decompressor *u = libdeflate_alloc_decompressor();
    enum libdeflate_result r =
        libdeflate_deflate_decompress_ex(u, out, packed, back, n, &got_in, &got_out);
    if (r != LIBDEFLATE_SUCCESS || got_in != packed || got_out != n || memcmp(back, text, n) != 0)
        fail_msg("%s, level %d, first piece %zu: does not unpack to itself", name, level, split[0]);
    assert_int_equal(crc, libdeflate_crc32(0, text, n));
    libdeflate_free_decompressor(u);
    mem_free(back);
    mem_free(out);
    deflater_free(d);
}

static void test_pieces(void **state)
{
    static const int levels[] = { 1, 3, 6, 9, 12 };
    (void)state;
    char *text = mem_alloc(1300000);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        kinds[k].make(text, 1300000);
        for (size_t s = 0; s < sizeof splits / sizeof *splits; s++)
            for (size_t l = 0; l < sizeof levels / sizeof *levels; l++)
                check_pieces(kinds[k].name, levels[l], splits[s], text);
    }
    mem_free(text);
}

/* Whatever stands in a stream, the skimmer ends and stays within it. */
static void test_skim_survives(void **state)
{
    (void)state;
    enum { N = 20000 };
    char *text = mem_alloc(N);
    uint8_t *out = mem_alloc(deflate_room(N));
    struct deflater *d = deflater_new(6);
    uint64_t r = 11;
    make_text(text, N);
    size_t n = deflate_piece(d, (struct str){ text, N }, true, out, deflate_room(N));
    struct skim at;
    assert_true(deflate_skim(out, n, &at));
    assert_int_equal((at.end_bit + 7) / 8, n);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *copy = mem_alloc(cut); /* of that size, for AddressSanitizer to see */
        memcpy(copy, out, cut);
        assert_false(deflate_skim(copy, cut, &at));
        mem_free(copy);
    }
    for (int i = 0; i < 20000; i++) {
        size_t where = next_random(&r) % n;
        uint8_t was = out[where];
        out[where] ^= (uint8_t)(1 << next_random(&r) % 8);
        if (deflate_skim(out, n, &at))
            assert_true(at.last_bit < at.end_bit && at.end_bit <= 8 * n);
        out[where] = was;
    }
    deflater_free(d);
    mem_free(out);
    mem_free(text);
}

struct skim_case {
    const char *name;
    size_t n;
    uint8_t bytes[24];
    bool ok;
    struct skim at;
};

static const struct skim_case skims[] = {
    { "nothing", 0, { 0 }, false, { 0 } },
    { "stored, empty, last", 5, { 0x01, 0, 0, 0xFF, 0xFF }, true, { 0, 40, true } },
    { "stored, lengths disagree", 5, { 0x01, 0, 0, 0xFF, 0xFE }, false, { 0 } },
    { "stored, cut", 6, { 0x01, 2, 0, 0xFD, 0xFF, 'a' }, false, { 0 } },
    { "stored, two blocks",
      11,
      { 0x00, 1, 0, 0xFE, 0xFF, 'a', 0x01, 0, 0, 0xFF, 0xFF },
      true,
      { 48, 88, true } },
    { "fixed, empty", 2, { 0x03, 0x00 }, true, { 0, 10, false } },
    { "fixed, 'a'", 3, { 0x4B, 0x04, 0x00 }, true, { 0, 18, false } },
    { "reserved type", 2, { 0x07, 0x00 }, false, { 0 } },
    { "fixed then stored", 7, { 0x02, 0x04, 0, 0, 0xFF, 0xFF, 0 }, true, { 10, 48, true } },
};

static void test_skim(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof skims / sizeof *skims; i++) {
        const struct skim_case *c = &skims[i];
        struct skim at = { 0 };
        bool ok = deflate_skim(c->bytes, c->n, &at);
        if (ok != c->ok || at.last_bit != c->at.last_bit || at.end_bit != c->at.end_bit ||
            at.aligned != c->at.aligned)
            fail_msg("%s: %d, last %zu, end %zu", c->name, ok, at.last_bit, at.end_bit);
    }
}

static void test_crc_join(void **state)
{
    (void)state;
    assert_int_equal(crc32_add(0, S("123456789")), 0xCBF43926);
    assert_int_equal(crc32_join(crc32_add(0, S("1234")), crc32_add(0, S("56789")), 5), 0xCBF43926);
    assert_int_equal(crc32_join(0, crc32_add(0, S("123456789")), 9), 0xCBF43926);
    assert_int_equal(crc32_join(0xCBF43926, 0, 0), 0xCBF43926);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc_join),
        cmocka_unit_test(test_skim),
        cmocka_unit_test(test_skim_survives),
        cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
