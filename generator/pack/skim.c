#include "pack/skim.h"

#include <endian.h>

enum {
    MAX_CODE = 15,    /* bits of the longest code */
    LITERALS = 288,   /* codes for literals and lengths */
    DISTANCES = 32,   /* codes for distances */
    END = 256,        /* the code that ends a block */
    BITS = 0x1F,      /* of a table entry: bits to skip, code and what belongs to it */
    IS_LENGTH = 0x20, /* a distance follows */
    IS_END = 0x40,
    UNUSED = 0x80, /* no code looks like this */
};

/* Bits that follow a length or distance code (RFC 1951, 3.2.5). */
static const uint8_t length_extra[LITERALS - END - 1] = {
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
};
static const uint8_t distance_extra[DISTANCES] = {
    0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
    6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
};

struct skimmer {
    const uint8_t *p;
    size_t n;
    size_t at;      /* next byte to take */
    uint64_t bits;  /* taken and not yet skipped, lowest first */
    unsigned nbits; /* how many */
    size_t past;    /* zero bits made up behind the end */
    uint8_t literals[1 << MAX_CODE], distances[1 << MAX_CODE];
    unsigned literal_bits, distance_bits;
};

/* At least 56 bits in s->bits; zeros behind the end of the stream. */
static void fill(struct skimmer *s)
{
    if (s->n - s->at >= 8) {
        uint64_t next;
        memcpy(&next, s->p + s->at, sizeof next);
        s->bits |= le64toh(next) << s->nbits;
        s->at += (63 - s->nbits) >> 3;
        s->nbits |= 56;
        return;
    }
    for (; s->nbits <= 56; s->nbits += 8) {
        if (s->at < s->n)
            s->bits |= (uint64_t)s->p[s->at++] << s->nbits;
        else
            s->past += 8;
    }
}

static unsigned peek(const struct skimmer *s, unsigned n)
{
    return (unsigned)(s->bits & ((1u << n) - 1));
}

static void skip(struct skimmer *s, unsigned n)
{
    s->bits >>= n;
    s->nbits -= n;
}

static unsigned take(struct skimmer *s, unsigned n)
{
    unsigned v = peek(s, n);
    skip(s, n);
    return v;
}

/* Bit position in the stream. */
static size_t position(const struct skimmer *s)
{
    return s->at * 8 + s->past - s->nbits;
}

/* Where the bits in hand are real ones. */
static bool within(const struct skimmer *s)
{
    return position(s) <= s->n * 8;
}

static unsigned reverse(unsigned code, unsigned n)
{
    unsigned r = 0;
    for (unsigned i = 0; i < n; i++)
        r |= (code >> i & 1) << (n - 1 - i);
    return r;
}

/* Fills a table that the next `*bits` bits of a stream select from: how much to skip. False if
 * more codes are given than fit. */
static bool make_table(uint8_t *table, unsigned *bits, const uint8_t *lengths, unsigned n,
                       uint8_t (*entry)(unsigned symbol))
{
    unsigned count[MAX_CODE + 1] = { 0 }, next[MAX_CODE + 2] = { 0 };
    for (unsigned i = 0; i < n; i++)
        count[lengths[i]]++;
    count[0] = 0;
    *bits = 1;
    for (unsigned len = 1; len <= MAX_CODE; len++) {
        if (count[len])
            *bits = len;
        if (next[len] + count[len] > 1u << len)
            return false;
        next[len + 1] = (next[len] + count[len]) << 1;
    }
    memset(table, UNUSED, (size_t)1 << *bits);
    for (unsigned i = 0; i < n; i++) {
        unsigned len = lengths[i];
        if (len == 0)
            continue;
        uint8_t skips = (uint8_t)(entry(i) + len);
        for (unsigned at = reverse(next[len]++, len); at < 1u << *bits; at += 1u << len)
            table[at] = skips;
    }
    return true;
}

static uint8_t literal_entry(unsigned symbol)
{
    if (symbol < END)
        return 0;
    return symbol == END ? IS_END : (uint8_t)(IS_LENGTH | length_extra[symbol - END - 1]);
}

static uint8_t distance_entry(unsigned symbol)
{
    return distance_extra[symbol];
}

static bool fixed_tables(struct skimmer *s)
{
    uint8_t lengths[LITERALS], distances[DISTANCES];
    for (unsigned i = 0; i < LITERALS; i++)
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    memset(distances, 5, sizeof distances);
    return make_table(s->literals, &s->literal_bits, lengths, LITERALS, literal_entry) &&
           make_table(s->distances, &s->distance_bits, distances, DISTANCES, distance_entry);
}

/* Code lengths, themselves in a code (3.2.7). The symbol is not in a table that only says how much
 * to skip, so this small code is walked bit by bit. */
struct small_code {
    uint8_t count[8];
    uint8_t symbols[19];
};

static bool make_small(struct small_code *c, const uint8_t lengths[19])
{
    unsigned n = 0, left = 1;
    for (unsigned len = 1; len < 8; len++) {
        c->count[len] = 0;
        for (unsigned i = 0; i < 19; i++)
            if (lengths[i] == len) {
                c->count[len]++;
                c->symbols[n++] = (uint8_t)i;
            }
        left <<= 1;
        if (c->count[len] > left)
            return false;
        left -= c->count[len];
    }
    return true;
}

/* The next symbol, or -1. */
static int take_small(struct skimmer *s, const struct small_code *c)
{
    unsigned code = 0, first = 0, index = 0;
    for (unsigned len = 1; len < 8; len++) {
        code |= take(s, 1);
        if (code - first < c->count[len])
            return c->symbols[index + code - first];
        index += c->count[len];
        first = (first + c->count[len]) << 1;
        code <<= 1;
    }
    return -1;
}

static bool take_lengths(struct skimmer *s, const struct small_code *c, uint8_t *lengths,
                         unsigned n)
{
    for (unsigned i = 0; i < n;) {
        fill(s);
        int symbol = take_small(s, c);
        if (symbol < 0 || (symbol == 16 && i == 0))
            return false;
        if (symbol < 16) {
            lengths[i++] = (uint8_t)symbol;
            continue;
        }
        uint8_t value = symbol == 16 ? lengths[i - 1] : 0;
        unsigned times = symbol == 16   ? 3 + take(s, 2)
                         : symbol == 17 ? 3 + take(s, 3)
                                        : 11 + take(s, 7);
        if (times > n - i)
            return false;
        memset(lengths + i, value, times);
        i += times;
    }
    return true;
}

static bool dynamic_tables(struct skimmer *s)
{
    static const uint8_t order[19] = { 16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                       11, 4,  12, 3, 13, 2, 14, 1, 15 };
    uint8_t small_lengths[19] = { 0 }, lengths[LITERALS + DISTANCES];
    struct small_code code;
    fill(s);
    unsigned literals = 257 + take(s, 5), distances = 1 + take(s, 5), n = 4 + take(s, 4);
    if (literals > 286 || distances > 30)
        return false;
    for (unsigned i = 0; i < n; i++) {
        fill(s);
        small_lengths[order[i]] = (uint8_t)take(s, 3);
    }
    return make_small(&code, small_lengths) &&
           take_lengths(s, &code, lengths, literals + distances) &&
           make_table(s->literals, &s->literal_bits, lengths, literals, literal_entry) &&
           make_table(s->distances, &s->distance_bits, lengths + literals, distances,
                      distance_entry);
}

/* A literal, or a length and its distance, take 48 bits at most: one fill does for each turn. */
static bool skim_codes(struct skimmer *s)
{
    for (;;) {
        fill(s);
        uint8_t e = s->literals[peek(s, s->literal_bits)];
        if (e < IS_LENGTH) {
            skip(s, e & BITS);
            e = s->literals[peek(s, s->literal_bits)];
            if (e < IS_LENGTH) {
                skip(s, e & BITS);
                if (s->past > 64)
                    return false;
                continue;
            }
            fill(s);
        }
        if (e & UNUSED)
            return false;
        skip(s, e & BITS);
        if (e & IS_END)
            return within(s);
        e = s->distances[peek(s, s->distance_bits)];
        if (e & UNUSED || !within(s))
            return false;
        skip(s, e & BITS);
    }
}

static bool skim_stored(struct skimmer *s)
{
    fill(s);
    skip(s, s->nbits & 7); /* the bytes in hand end with a byte, so these lead up to one */
    size_t at = position(s) / 8;
    if (at + 4 > s->n)
        return false;
    size_t len = s->p[at] | (size_t)s->p[at + 1] << 8;
    size_t check = s->p[at + 2] | (size_t)s->p[at + 3] << 8;
    if ((len ^ check) != 0xFFFF || len > s->n - at - 4)
        return false;
    s->at = at + 4 + len;
    s->bits = 0;
    s->nbits = 0;
    s->past = 0;
    return true;
}

static bool skim_block(struct skimmer *s, unsigned type)
{
    switch (type) {
    case 0:
        return skim_stored(s);
    case 1:
        return fixed_tables(s) && skim_codes(s);
    case 2:
        return dynamic_tables(s) && skim_codes(s);
    default:
        return false;
    }
}

bool deflate_skim(const uint8_t *p, size_t n, struct skim *out)
{
    struct skimmer s = { .p = p, .n = n };
    for (;;) {
        fill(&s);
        size_t begin = position(&s);
        bool last = take(&s, 1);
        unsigned type = take(&s, 2);
        if (!within(&s) || !skim_block(&s, type) || !within(&s))
            return false;
        if (last) {
            *out = (struct skim){ begin, position(&s), type == 0 };
            return true;
        }
    }
}
