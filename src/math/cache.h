/* What the processor's caches hold, for products that go through memory in blocks. */
#ifndef NOMEN_MATH_CACHE_H
#define NOMEN_MATH_CACHE_H

#include <stddef.h>

/*
 * Bytes of what a thread's product should find in the level 2 cache again and again: six tenths of that
 * cache, which leaves room for what passes through. No result depends on it.
 */
size_t nomen_cache_block_bytes(void);

#endif
