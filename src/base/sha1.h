/* SHA-1 (FIPS 180-4): git names its objects by it. Not for anything that must withstand an attack. */
#ifndef NOMEN_BASE_SHA1_H
#define NOMEN_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

typedef struct nomen_sha1 {
    uint32_t state[5];
    uint64_t n_bytes;
    uint8_t block[64]; /* bytes that fill no block yet */
} nomen_sha1;

void nomen_sha1_start(nomen_sha1 *hash);
void nomen_sha1_add(nomen_sha1 *hash, const void *bytes, size_t n_bytes);

/* 40 lower-case hexadecimal digits and a NUL; nothing may be added afterwards. */
void nomen_sha1_finish(nomen_sha1 *hash, char out[41]);

/* Starts the hash by which git names a file of that many bytes: those are added, and no others. */
void nomen_sha1_start_blob(nomen_sha1 *hash, uint64_t n_bytes);

#endif
