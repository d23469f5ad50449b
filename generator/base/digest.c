/* The functions of OpenSSL 1: deprecated, and the same code as those of 3, which first load a
 * provider and list all algorithms, 1 ms of CPU that a build edge does not have. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include "base/mem.h"

#include <openssl/sha.h>

struct sha256 {
    SHA256_CTX ctx;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *d = mem_alloc(sizeof *d);
    SHA256_Init(&d->ctx);
    return d;
}

void sha256_add(struct sha256 *d, struct str data)
{
    SHA256_Update(&d->ctx, data.p, data.n);
}

void sha256_take(struct sha256 *d, uint8_t out[static SHA256_BYTES])
{
    SHA256_Final(out, &d->ctx);
    mem_free(d);
}

void sha256(uint8_t out[static SHA256_BYTES], struct str data)
{
    SHA256_CTX ctx;
    SHA256_Init(&ctx);
    SHA256_Update(&ctx, data.p, data.n);
    SHA256_Final(out, &ctx);
}

void hex_put(char *out, const uint8_t *bytes, size_t n)
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = DIGITS[bytes[i] >> 4];
        out[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
}
