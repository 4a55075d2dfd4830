/* The sixteen lanes as one AVX-512 register. The operations are listed in simd.h. */
#ifndef NOMEN_MATH_SIMD_AVX512_H
#define NOMEN_MATH_SIMD_AVX512_H

#include <immintrin.h>

typedef __m512 nomen_v16;
typedef __m512i nomen_i16;
typedef __mmask16 nomen_m16;

SIMD nomen_m16 m16_first(size_t n) {
    return (nomen_m16)((1u << n) - 1u);
}

SIMD nomen_v16 v16_load(const float *p) {
    return _mm512_loadu_ps(p);
}
SIMD void v16_store(float *p, nomen_v16 a) {
    _mm512_storeu_ps(p, a);
}
SIMD nomen_v16 v16_load_n(const float *p, size_t n) {
    return _mm512_maskz_loadu_ps(m16_first(n), p);
}
SIMD void v16_store_n(float *p, nomen_v16 a, size_t n) {
    _mm512_mask_storeu_ps(p, m16_first(n), a);
}
SIMD nomen_v16 v16_load_quads(const float *p0, const float *p1, const float *p2, const float *p3) {
    nomen_v16 a = _mm512_castps128_ps512(_mm_loadu_ps(p0));
    a = _mm512_mask_broadcast_f32x4(a, 0x00f0, _mm_loadu_ps(p1));
    a = _mm512_mask_broadcast_f32x4(a, 0x0f00, _mm_loadu_ps(p2));
    return _mm512_mask_broadcast_f32x4(a, 0xf000, _mm_loadu_ps(p3));
}
SIMD nomen_i16 i16_load(const int32_t *p) {
    return _mm512_loadu_si512(p);
}
SIMD void i16_store(int32_t *p, nomen_i16 a) {
    _mm512_storeu_si512(p, a);
}

SIMD nomen_v16 v16_set1(float x) {
    return _mm512_set1_ps(x);
}
SIMD nomen_v16 v16_zero(void) {
    return _mm512_setzero_ps();
}
SIMD nomen_v16 v16_add(nomen_v16 a, nomen_v16 b) {
    return _mm512_add_ps(a, b);
}
SIMD nomen_v16 v16_sub(nomen_v16 a, nomen_v16 b) {
    return _mm512_sub_ps(a, b);
}
SIMD nomen_v16 v16_mul(nomen_v16 a, nomen_v16 b) {
    return _mm512_mul_ps(a, b);
}
SIMD nomen_v16 v16_div(nomen_v16 a, nomen_v16 b) {
    return _mm512_div_ps(a, b);
}
SIMD nomen_v16 v16_sqrt(nomen_v16 a) {
    return _mm512_sqrt_ps(a);
}
SIMD nomen_v16 v16_fma(nomen_v16 a, nomen_v16 b, nomen_v16 c) {
    return _mm512_fmadd_ps(a, b, c);
}
/* fma(*a, b, c) for all lanes: one instruction reads, spreads and multiplies, where a broadcast is another one. */
SIMD nomen_v16 v16_fma_spread(const float *a, nomen_v16 b, nomen_v16 c) {
    __asm__("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(c) : "v"(b), "m"(*a));
    return c;
}
SIMD nomen_v16 v16_fnma(nomen_v16 a, nomen_v16 b, nomen_v16 c) {
    return _mm512_fnmadd_ps(a, b, c);
}
SIMD nomen_v16 v16_max(nomen_v16 a, nomen_v16 b) {
    return _mm512_max_ps(a, b);
}
SIMD nomen_v16 v16_min(nomen_v16 a, nomen_v16 b) {
    return _mm512_min_ps(a, b);
}
SIMD nomen_v16 v16_abs(nomen_v16 a) {
    return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a);
}
SIMD nomen_v16 v16_neg(nomen_v16 a) {
    return _mm512_xor_ps(_mm512_set1_ps(-0.0f), a);
}
SIMD nomen_v16 v16_sign_of(nomen_v16 a, nomen_v16 s) {
    return _mm512_xor_ps(a, _mm512_and_ps(_mm512_set1_ps(-0.0f), s));
}
SIMD void v16_transpose4(nomen_v16 v[4]) {
    nomen_v16 a = _mm512_unpacklo_ps(v[0], v[1]), b = _mm512_unpackhi_ps(v[0], v[1]);
    nomen_v16 c = _mm512_unpacklo_ps(v[2], v[3]), d = _mm512_unpackhi_ps(v[2], v[3]);
    v[0] = _mm512_shuffle_ps(a, c, 0x44);
    v[1] = _mm512_shuffle_ps(a, c, 0xee);
    v[2] = _mm512_shuffle_ps(b, d, 0x44);
    v[3] = _mm512_shuffle_ps(b, d, 0xee);
}

SIMD nomen_m16 v16_lt(nomen_v16 a, nomen_v16 b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
SIMD nomen_m16 v16_le(nomen_v16 a, nomen_v16 b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ);
}
SIMD nomen_m16 v16_eq(nomen_v16 a, nomen_v16 b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}
SIMD nomen_m16 i16_gt(nomen_i16 a, nomen_i16 b) {
    return _mm512_cmpgt_epi32_mask(a, b);
}
SIMD nomen_m16 i16_eq(nomen_i16 a, nomen_i16 b) {
    return _mm512_cmpeq_epi32_mask(a, b);
}
SIMD nomen_m16 m16_and(nomen_m16 a, nomen_m16 b) {
    return (nomen_m16)(a & b);
}
SIMD nomen_m16 m16_or(nomen_m16 a, nomen_m16 b) {
    return (nomen_m16)(a | b);
}
SIMD uint32_t m16_bits(nomen_m16 m) {
    return m;
}
SIMD nomen_v16 v16_select(nomen_m16 m, nomen_v16 a, nomen_v16 b) {
    return _mm512_mask_blend_ps(m, b, a);
}

SIMD nomen_i16 i16_set1(int32_t x) {
    return _mm512_set1_epi32(x);
}
SIMD nomen_i16 i16_iota(void) {
    return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
SIMD nomen_i16 i16_add(nomen_i16 a, nomen_i16 b) {
    return _mm512_add_epi32(a, b);
}
SIMD nomen_i16 i16_sub(nomen_i16 a, nomen_i16 b) {
    return _mm512_sub_epi32(a, b);
}
SIMD nomen_i16 i16_and(nomen_i16 a, nomen_i16 b) {
    return _mm512_and_si512(a, b);
}
SIMD nomen_i16 i16_or(nomen_i16 a, nomen_i16 b) {
    return _mm512_or_si512(a, b);
}
SIMD nomen_i16 i16_xor(nomen_i16 a, nomen_i16 b) {
    return _mm512_xor_si512(a, b);
}
SIMD nomen_i16 i16_shl(nomen_i16 a, unsigned n) {
    return _mm512_slli_epi32(a, n);
}
SIMD nomen_i16 i16_shr(nomen_i16 a, unsigned n) {
    return _mm512_srli_epi32(a, n);
}
SIMD nomen_i16 i16_mullo(nomen_i16 a, nomen_i16 b) {
    return _mm512_mullo_epi32(a, b);
}
SIMD nomen_i16 i16_mulhi(nomen_i16 a, nomen_i16 b) {
    nomen_i16 even = _mm512_srli_epi64(_mm512_mul_epu32(a, b), 32);
    nomen_i16 odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
    return _mm512_mask_blend_epi32(0xaaaa, even, odd);
}

SIMD nomen_i16 i16_max(nomen_i16 a, nomen_i16 b) {
    return _mm512_max_epi32(a, b);
}
SIMD void i16_store_bytes(int8_t *p, nomen_i16 a) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(a));
}
/*
 * a with the sign of w times |w|: two products fit into 16 bits, as 2 * 127 * 127 < 2^15. It is w of which the
 * rows of a tile share the sign and the magnitude.
 */
SIMD nomen_i16 i16_dot4(nomen_i16 sum, nomen_i16 a, nomen_i16 w) {
    const nomen_i16 moved = _mm512_mask_sub_epi8(a, _mm512_movepi8_mask(w), _mm512_setzero_si512(), a);
    const nomen_i16 pairs = _mm512_maddubs_epi16(_mm512_abs_epi8(w), moved);
    return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}

SIMD nomen_i16 v16_to_i16(nomen_v16 a) {
    return _mm512_cvt_roundps_epi32(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
SIMD nomen_v16 i16_to_v16(nomen_i16 a) {
    return _mm512_cvtepi32_ps(a);
}
SIMD nomen_i16 v16_bits(nomen_v16 a) {
    return _mm512_castps_si512(a);
}
SIMD nomen_v16 v16_from_bits(nomen_i16 a) {
    return _mm512_castsi512_ps(a);
}

SIMD float v16_sum(nomen_v16 a) {
    __m256 b = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    __m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
    c = _mm_add_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}
SIMD float v16_hmax(nomen_v16 a) {
    __m256 b = _mm256_max_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    __m128 c = _mm_max_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
    c = _mm_max_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_max_ss(c, _mm_movehdup_ps(c)));
}

#endif
