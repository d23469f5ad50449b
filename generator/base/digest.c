#include "base/digest.h"

#include "base/mem.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

struct sha256 {
    EVP_MD_CTX *ctx;
};

/* OpenSSL would read its configuration file at the first use, a millisecond that a build edge does
 * not have. Asking again does nothing, from any thread. */
static void start_openssl(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

struct sha256 *sha256_new(void)
{
    start_openssl();
    struct sha256 *d = mem_alloc(sizeof *d);
    d->ctx = EVP_MD_CTX_new();
    if (!d->ctx || !EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL))
        UNREACHABLE(); /* the default provider is linked into libcrypto */
    return d;
}

void sha256_add(struct sha256 *d, struct str data)
{
    if (!EVP_DigestUpdate(d->ctx, data.p, data.n))
        UNREACHABLE();
}

void sha256_take(struct sha256 *d, uint8_t out[static SHA256_BYTES])
{
    if (!EVP_DigestFinal_ex(d->ctx, out, NULL))
        UNREACHABLE();
    EVP_MD_CTX_free(d->ctx);
    mem_free(d);
}

void sha256(uint8_t out[static SHA256_BYTES], struct str data)
{
    struct sha256 *d = sha256_new();
    sha256_add(d, data);
    sha256_take(d, out);
}

void hex_put(char *out, const uint8_t *bytes, size_t n)
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = DIGITS[bytes[i] >> 4];
        out[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
}
