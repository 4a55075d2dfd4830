/*
 * Which kernels to use: decided once, from what the processor and the operating system can do, and
 * from NOMEN_ISA, which may name a lesser set (to compare them; results have the same bits).
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "math/int8.h"
#include "math/kernels.h"

/* From best to least; plain always works. */
static const nomen_kernels *const TABLES[] = {
#if defined(__x86_64__)
    &nomen_kernels_avx512,
    &nomen_kernels_avx2,
#elif defined(__aarch64__)
    &nomen_kernels_neon,
#endif
    &nomen_kernels_plain,
};
enum { N_TABLES = sizeof TABLES / sizeof TABLES[0] };

/* The builtins ask the processor, and also whether the system saves the wide registers. */
static bool can_run(const nomen_kernels *table)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (table == &nomen_kernels_avx512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    }
    if (table == &nomen_kernels_avx2) {
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    }
#endif
    (void)table; /* NEON is part of every AArch64 */
    return true;
}

/* The table named, or NULL where there is none that runs here. */
static const nomen_kernels *find(const char *name)
{
    for (size_t i = 0; i < N_TABLES; i++) {
        if (strcmp(TABLES[i]->name, name) == 0 && can_run(TABLES[i])) { return TABLES[i]; }
    }
    return NULL;
}

static const nomen_kernels *best(void)
{
    size_t i = 0;
    while (!can_run(TABLES[i])) { i++; }
    return TABLES[i];
}

static _Atomic(const nomen_kernels *) in_use;

const nomen_kernels *nomen_kernels_get(void)
{
    const nomen_kernels *table = atomic_load_explicit(&in_use, memory_order_acquire);
    if (table) { return table; }
    const char *wish = getenv("NOMEN_ISA");
    const bool wished = wish && *wish;
    const nomen_kernels *chosen = wished ? find(wish) : NULL;
    if (!chosen) { chosen = best(); }
    /* Threads that come here together choose the same; the first one speaks. */
    if (atomic_compare_exchange_strong(&in_use, &table, chosen)) {
        table = chosen;
        if (wished && strcmp(wish, chosen->name) != 0) {
            nomen_log_warning("NOMEN_ISA is \"%s\", which this processor or build does not have; using %s "
                              "(known: avx512, avx2, neon, plain)",
                              wish, chosen->name);
        }
    }
    return table;
}

bool nomen_kernels_test_use(const char *name)
{
    const nomen_kernels *table = name ? find(name) : NULL;
    if (name && !table) { return false; }
    atomic_store(&in_use, table);
    return true;
}

const nomen_int8_kernels *nomen_int8_kernels_get(void)
{
    const nomen_kernels *table = nomen_kernels_get();
#if defined(__x86_64__)
    if (table == &nomen_kernels_avx512) { return &nomen_int8_avx512; }
    if (table == &nomen_kernels_avx2) { return &nomen_int8_avx2; }
#elif defined(__aarch64__)
    if (table == &nomen_kernels_neon) { return &nomen_int8_neon; }
#endif
    (void)table;
    return &nomen_int8_plain;
}
