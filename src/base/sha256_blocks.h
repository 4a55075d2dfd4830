/* The inner loop of SHA-256: 64-byte blocks into the state, in C and by the processor's own unit where it has one. */
#ifndef NOMEN_BASE_SHA256_BLOCKS_H
#define NOMEN_BASE_SHA256_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The standard's K. */
extern const uint32_t nomen_sha256_constants[64];

void nomen_sha256_blocks_plain(uint32_t state[8], const uint8_t *blocks, size_t n_blocks);

/* Whether this processor has instructions for it (x86's SHA extensions), without which the other must not be called. */
bool nomen_sha256_has_unit(void);
void nomen_sha256_blocks_unit(uint32_t state[8], const uint8_t *blocks, size_t n_blocks);

#endif
