/*
 * Which kernels to use: decided once, from what the processor and the operating system can do, and
 * from NOMEN_ISA, which may name a lesser set (to compare them; results have the same bits).
 */
#include "math/isa.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__linux__) && defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "base/log.h"

static bool always(void) {
    return true;
}

bool nomen_isa_is_amd(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_is("amd");
#else
    return false;
#endif
}

#if defined(__x86_64__)
/* The builtins ask the processor, and also whether the system saves the wide registers. */
static bool has_avx512(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw");
}

static bool has_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512vnni(void) {
    return has_avx512() && __builtin_cpu_supports("avx512vnni");
}

static bool has_avx512bf16(void) {
    return has_avx512() && __builtin_cpu_supports("avx512bf16");
}

static bool has_avx2vnni(void) {
    unsigned a, b, c, d;
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1u);
}

/*
 * The system holds the tiles' 8 KiB for a thread only if the process asks for it. It refuses where a
 * thread has an alternate signal stack on which they would not fit.
 */
static bool may_use_amx(void) {
#if defined(__linux__)
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 }; /* ARCH_REQ_XCOMP_PERM, XFEATURE_XTILE_DATA */
    unsigned a, b, c, d;
    return has_avx512() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 24 & 3u) == 3u &&
           syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
    return false;
#endif
}
#elif defined(__aarch64__)
static bool has_dot(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
    return false;
#endif
}

#endif

static bool is_plain_asked_for(void);

/*
 * From best to least; plain always works. Sets that differ in 8-bit kernels alone share the others. Products of bf16 are
 * no matter of the set, but of what the processor has beside it: `bf16` is NULL where no such processor has them.
 */
typedef struct isa_set {
    const char *name;
    const nomen_kernels *kernels;
    const nomen_int8_kernels *int8;
    bool (*runs)(void);
    bool (*runs_int8)(void);
    const nomen_gemm_kernels *bf16;
    bool (*runs_bf16)(void);
} isa_set;

static const isa_set SETS[] = {
#if defined(__x86_64__)
    {"amx", &nomen_kernels_avx512, &nomen_int8_amx, has_avx512, may_use_amx, &nomen_bf16_avx512, has_avx512bf16},
    {"avx512vnni", &nomen_kernels_avx512, &nomen_int8_avx512vnni, has_avx512, has_avx512vnni, &nomen_bf16_avx512, has_avx512bf16},
    {"avx512", &nomen_kernels_avx512, &nomen_int8_avx512, has_avx512, has_avx512, &nomen_bf16_avx512, has_avx512bf16},
    {"avx2vnni", &nomen_kernels_avx2, &nomen_int8_avx2vnni, has_avx2, has_avx2vnni, NULL, NULL},
    {"avx2", &nomen_kernels_avx2, &nomen_int8_avx2, has_avx2, has_avx2, NULL, NULL},
#elif defined(__aarch64__)
    {"neondot", &nomen_kernels_neon, &nomen_int8_neondot, always, has_dot, NULL, NULL},
    {"neon", &nomen_kernels_neon, &nomen_int8_neon, always, always, NULL, NULL}, /* part of every AArch64 */
#endif
    {"plain", &nomen_kernels_plain, &nomen_int8_plain, always, always, &nomen_bf16_plain, is_plain_asked_for},
};
enum { N_SETS = sizeof SETS / sizeof SETS[0] };

/* The set named, or NULL where there is none that runs here. */
static const isa_set *find(const char *name) {
    for (size_t i = 0; i < N_SETS; i++) {
        if (strcmp(SETS[i].name, name) == 0 && SETS[i].runs()) { return &SETS[i]; }
    }
    return NULL;
}

static const isa_set *best(void) {
    const isa_set *set = SETS;
    while (!set->runs()) { set++; }
    return set;
}

/* NOMEN_ISA where it is set, or NULL. */
static const char *wished(void) {
    const char *wish = getenv("NOMEN_ISA");
    return wish && *wish ? wish : NULL;
}

/* Where the plain kernels are in use: whether that is because somebody named them, not because there are no others. */
static bool is_plain_asked_for(void) {
    const char *wish = wished();
    return best()->kernels != &nomen_kernels_plain || (wish && strcmp(wish, "plain") == 0);
}

static void report_wish(const char *wish, const char *name) {
    nomen_log_warning("NOMEN_ISA is \"%s\", which this processor, system or build does not support; using %s (known: amx, "
                      "avx512vnni, avx512, avx2vnni, avx2, neondot, neon, plain)",
                      wish, name);
}

/* The 8-bit kernels are chosen when they are first asked for, as AMX needs the system's permission. */
static _Atomic(const isa_set *) in_use, int8_in_use;

static const isa_set *get(void) {
    const isa_set *set = atomic_load_explicit(&in_use, memory_order_acquire);
    if (set) { return set; }
    const char *wish = wished();
    const isa_set *chosen = wish ? find(wish) : NULL;
    if (!chosen) { chosen = best(); }
    /* Threads that come here together choose the same; the first one speaks. */
    if (atomic_compare_exchange_strong(&in_use, &set, chosen)) {
        set = chosen;
        if (wish && strcmp(wish, chosen->name) != 0) { report_wish(wish, chosen->kernels->name); }
    }
    return set;
}

const nomen_kernels *nomen_kernels_get(void) {
    return get()->kernels;
}

const nomen_int8_kernels *nomen_int8_kernels_get(void) {
    const isa_set *set = atomic_load_explicit(&int8_in_use, memory_order_acquire);
    if (set) { return set->int8; }
    const isa_set *const most = get(), *chosen = most;
    while (!chosen->runs_int8()) { chosen++; }
    if (atomic_compare_exchange_strong(&int8_in_use, &set, chosen)) {
        set = chosen;
        const char *wish = wished();
        if (chosen != most && wish && strcmp(wish, most->name) == 0) { report_wish(wish, chosen->name); }
    }
    return set->int8;
}

const nomen_gemm_kernels *nomen_bf16_kernels_get(void) {
    const isa_set *set = get();
    return set->bf16 && set->runs_bf16() ? set->bf16 : NULL;
}

bool nomen_math_has_bf16(void) {
    return nomen_bf16_kernels_get() != NULL;
}

bool nomen_kernels_test_use(const char *name) {
    const isa_set *set = name ? find(name) : NULL;
    if (name && !(set && set->runs_int8())) { return false; }
    atomic_store(&in_use, set);
    atomic_store(&int8_in_use, set);
    return true;
}
