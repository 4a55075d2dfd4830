/* SHA-256 (FIPS 180-4). */
#ifndef NOMEN_BASE_SHA256_H
#define NOMEN_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct nomen_sha256 {
    uint32_t state[8];
    uint64_t n_bytes;
    uint8_t block[64]; /* bytes that fill no block yet */
} nomen_sha256;

void nomen_sha256_start(nomen_sha256 *hash);
void nomen_sha256_add(nomen_sha256 *hash, const void *bytes, size_t n_bytes);

/* 64 lower-case hexadecimal digits and a NUL; nothing may be added afterwards. */
void nomen_sha256_finish(nomen_sha256 *hash, char out[65]);

#endif
