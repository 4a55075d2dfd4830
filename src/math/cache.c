/* The size of a block, from that of the level 2 cache. */
#include "math/cache.h"

#include <stdatomic.h>
#include <unistd.h>

/* Asked once, since the question can trap to a hypervisor. */
size_t nomen_cache_block_bytes(void) {
    static _Atomic size_t known;
    size_t block = atomic_load_explicit(&known, memory_order_relaxed);
    if (block == 0) {
        long bytes = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE
        bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
        if (bytes < 256 << 10 || bytes > 2 << 20) { bytes = bytes > 2 << 20 ? 2 << 20 : 512 << 10; }
        block = (size_t)bytes * 6 / 10;
        atomic_store_explicit(&known, block, memory_order_relaxed);
    }
    return block;
}
