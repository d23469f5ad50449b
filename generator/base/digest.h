/* SHA-256 through OpenSSL (FIPS 180-4). */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/str.h"

enum { SHA256_BYTES = 32, SHA256_HEX = 64 };

void sha256(uint8_t out[static SHA256_BYTES], struct str data);

struct sha256; /* a running digest */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *d, struct str data);
/* Writes the digest and releases d. */
void sha256_take(struct sha256 *d, uint8_t out[static SHA256_BYTES]);

/* Lower-case hexadecimal of n bytes, 2n characters, no NUL. */
void hex_put(char *out, const uint8_t *bytes, size_t n);

#endif
