#include "jsonpath/text.h"

#include "base/digest.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "base/num.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* The three printings differ in quotes, separators and numbers alone. */
struct style {
    bool java, canonical;
};

static void put_string(struct buf *out, struct str s, struct style style)
{
    struct json_writer w;
    if (style.java) {
        buf_put(out, s);
        return;
    }
    json_writer_init(&w, out, 0);
    json_str(&w, s);
}

static void put_float(struct buf *out, double d, struct style style)
{
    char text[NUM_TEXT];
    if (style.canonical && d == floor(d) && fabs(d) < 9007199254740992.0) {
        buf_put(out, (struct str){ text, num_put_int(text, (int64_t)d) });
        return;
    }
    size_t n = num_put_double_python(text, d);
    for (size_t i = 0; i < n; i++)
        buf_putc(out, text[i] == 'e' ? 'E' : text[i]);
}

static void put(struct buf *out, struct val v, struct style style, int depth);

static int by_key(const void *a, const void *b)
{
    return str_cmp(peek_str(((const struct val *)a)[0]), peek_str(((const struct val *)b)[0]));
}

static void put_entry(struct buf *out, struct val key, struct val value, struct style style,
                      int depth)
{
    put_string(out, peek_str(key), style);
    buf_putc(out, style.java ? '=' : ':');
    put(out, value, style, depth);
}

static void put_comma(struct buf *out, struct style style)
{
    buf_put(out, style.java ? S(", ") : S(","));
}

static void put_map(struct buf *out, struct val v, struct style style, int depth)
{
    size_t n = peek_count(v);
    struct val(*pairs)[2] = NULL;
    if (style.canonical) {
        pairs = mem_alloc((n + 1) * sizeof *pairs);
        for (size_t i = 0; i < n; i++) {
            pairs[i][0] = peek_key_at(v, i);
            pairs[i][1] = peek_value_at(v, i);
        }
        qsort(pairs, n, sizeof *pairs, by_key);
    }
    buf_putc(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            put_comma(out, style);
        if (pairs)
            put_entry(out, pairs[i][0], pairs[i][1], style, depth);
        else
            put_entry(out, peek_key_at(v, i), peek_value_at(v, i), style, depth);
    }
    buf_putc(out, '}');
    mem_free(pairs);
}

static void put_list(struct buf *out, struct val v, struct style style, int depth)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < peek_count(v); i++) {
        if (i)
            put_comma(out, style);
        put(out, peek_item(v, i), style, depth);
    }
    buf_putc(out, ']');
}

enum { TEXT_DEPTH = 2000 }; /* deeper values do not come into being: the runner refuses them */

static void put(struct buf *out, struct val v, struct style style, int depth)
{
    char text[NUM_TEXT];
    if (depth > TEXT_DEPTH)
        return;
    switch (v.kind) {
    case VAL_BOOL:
        buf_put(out, v.boolean ? S("true") : S("false"));
        break;
    case VAL_INT:
        buf_put(out, (struct str){ text, num_put_int(text, v.integer) });
        break;
    case VAL_FLOAT:
        put_float(out, v.number, style);
        break;
    case VAL_STR:
        put_string(out, peek_str(v), style);
        break;
    case VAL_LIST:
        put_list(out, v, style, depth + 1);
        break;
    case VAL_MAP:
        put_map(out, v, style, depth + 1);
        break;
    default:
        buf_put(out, S("null"));
        break;
    }
}

void text_json(struct buf *out, struct val v)
{
    put(out, v, (struct style){ 0 }, 0);
}

void text_java(struct buf *out, struct val v)
{
    put(out, v, (struct style){ .java = true }, 0);
}

void text_canonical(struct buf *out, struct val v)
{
    put(out, v, (struct style){ .canonical = true }, 0);
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_base64_encode(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t bits = 0;
        for (size_t k = i; k < i + 3; k++)
            bits = bits << 8 | (k < s.n ? (unsigned char)s.p[k] : 0);
        buf_putc(out, alphabet[bits >> 18]);
        buf_putc(out, alphabet[bits >> 12 & 63]);
        buf_putc(out, i + 1 < s.n ? alphabet[bits >> 6 & 63] : '=');
        buf_putc(out, i + 2 < s.n ? alphabet[bits & 63] : '=');
    }
}

bool text_base64_decode(struct buf *out, struct str s)
{
    size_t pad = 0;
    while (pad < 2 && pad < s.n && s.p[s.n - 1 - pad] == '=')
        pad++;
    size_t n = s.n - pad;
    if ((pad && s.n % 4 != 0) || n % 4 == 1)
        return false;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < n; i++) {
        const char *hit = s.p[i] ? strchr(alphabet, s.p[i]) : NULL;
        if (!hit)
            return false;
        bits = (bits << 6 | (uint32_t)(hit - alphabet)) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_putc(out, (char)(bits >> have & 0xff));
        }
    }
    return true;
}

bool text_hash(struct buf *out, struct str algorithm, struct str data)
{
    static const struct {
        struct str name;
        const EVP_MD *(*md)(void);
    } known[] = {
        { S_INIT("MD5"), EVP_md5 },        { S_INIT("SHA-1"), EVP_sha1 },
        { S_INIT("SHA-256"), EVP_sha256 }, { S_INIT("SHA-384"), EVP_sha384 },
        { S_INIT("SHA-512"), EVP_sha512 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned n = 0;
        if (!str_eq(algorithm, known[i].name))
            continue;
        if (!EVP_Digest(data.p ? data.p : "", data.n, digest, &n, known[i].md(), NULL))
            return false;
        char *to = buf_room(out, 2 * (size_t)n);
        if (to) {
            hex_put(to, digest, n);
            out->n += 2 * (size_t)n;
        }
        return true;
    }
    return false;
}
