/* zlib, where there is one, with the memory of base/mem.h: start a z_stream as {NOMEN_ZLIB_MEMORY, ...}. */
#ifndef NOMEN_DATA_ZLIB_MEMORY_H
#define NOMEN_DATA_ZLIB_MEMORY_H

#if NOMEN_HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>

#include "base/mem.h"

#define NOMEN_ZLIB_MEMORY .zalloc = nomen_zlib_new, .zfree = nomen_zlib_free

static inline void *nomen_zlib_new(void *user, unsigned n, unsigned size) {
    (void)user;
    return nomen_mem_new(n, size);
}

static inline void nomen_zlib_free(void *user, void *block) {
    (void)user;
    nomen_mem_free(block);
}
#endif

#endif
