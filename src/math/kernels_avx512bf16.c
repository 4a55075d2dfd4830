/* The kernels of bf16 products for AVX-512 with BF16: two products and their sum in one instruction. */
#define NOMEN_SIMD_AVX512
#define NOMEN_BF16_KERNELS nomen_bf16_avx512
#include "math/kernels.h"
#include "math/simd.h"

SIMD nomen_v16 bf16_pack(nomen_v16 a, nomen_v16 b) {
    return (nomen_v16)_mm512_cvtne2ps_pbh(b, a);
}

/* The halves of the rounded vectors, alternating. */
SIMD nomen_v16 bf16_pairs(nomen_v16 a, nomen_v16 b) {
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20,
                                           4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_castsi512_ps(_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(b, a)));
}

SIMD nomen_v16 bf16_load_quads(const float *p0, const float *p1, const float *p2, const float *p3) {
    const nomen_v16 a = _mm512_insertf32x8(_mm512_castps256_ps512(_mm256_loadu_ps(p0)), _mm256_loadu_ps(p1), 1);
    const nomen_v16 b = _mm512_insertf32x8(_mm512_castps256_ps512(_mm256_loadu_ps(p2)), _mm256_loadu_ps(p3), 1);
    return bf16_pack(a, b);
}

SIMD nomen_v16 bf16_step(nomen_v16 c, nomen_v16 a, nomen_v16 b) {
    return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
}

/* As v16_fma_spread. */
SIMD nomen_v16 bf16_step_spread(nomen_v16 c, const float *p, nomen_v16 b) {
    __asm__("vdpbf16ps %2%{1to16%}, %1, %0" : "+v"(c) : "v"(b), "m"(*p));
    return c;
}

#include "math/gemm_bf16.inc.h"
