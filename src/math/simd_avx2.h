/* The sixteen lanes as two AVX2 registers. The operations are listed in simd.h. */
#ifndef NOMEN_MATH_SIMD_AVX2_H
#define NOMEN_MATH_SIMD_AVX2_H

#include <immintrin.h>

typedef struct nomen_v16 {
    __m256 l, h;
} nomen_v16;
typedef struct nomen_i16 {
    __m256i l, h;
} nomen_i16;
typedef struct nomen_m16 { /* all bits of a lane alike */
    __m256 l, h;
} nomen_m16;

#define BOTH(f) ((nomen_v16){f(a.l, b.l), f(a.h, b.h)})
#define BOTH_I(f) ((nomen_i16){f(a.l, b.l), f(a.h, b.h)})

SIMD nomen_m16 m16_first(size_t n) {
    const __m256i count = _mm256_set1_epi32((int)n);
    const __m256i low = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i high = _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15);
    return (nomen_m16){_mm256_castsi256_ps(_mm256_cmpgt_epi32(count, low)), _mm256_castsi256_ps(_mm256_cmpgt_epi32(count, high))};
}

SIMD nomen_v16 v16_load(const float *p) {
    return (nomen_v16){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}
SIMD void v16_store(float *p, nomen_v16 a) {
    _mm256_storeu_ps(p, a.l);
    _mm256_storeu_ps(p + 8, a.h);
}
SIMD nomen_v16 v16_load_n(const float *p, size_t n) {
    const nomen_m16 m = m16_first(n);
    /* no address past the end is formed, not even for lanes that are masked out */
    return (nomen_v16){_mm256_maskload_ps(p, _mm256_castps_si256(m.l)),
                       n > 8 ? _mm256_maskload_ps(p + 8, _mm256_castps_si256(m.h)) : _mm256_setzero_ps()};
}
SIMD void v16_store_n(float *p, nomen_v16 a, size_t n) {
    const nomen_m16 m = m16_first(n);
    _mm256_maskstore_ps(p, _mm256_castps_si256(m.l), a.l);
    if (n > 8) { _mm256_maskstore_ps(p + 8, _mm256_castps_si256(m.h), a.h); }
}
SIMD nomen_v16 v16_load_quads(const float *p0, const float *p1, const float *p2, const float *p3) {
    return (nomen_v16){_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p0)), _mm_loadu_ps(p1), 1),
                       _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p2)), _mm_loadu_ps(p3), 1)};
}
SIMD nomen_i16 i16_load(const int32_t *p) {
    return (nomen_i16){_mm256_loadu_si256((const __m256i *)(const void *)p),
                       _mm256_loadu_si256((const __m256i *)(const void *)(p + 8))};
}
SIMD void i16_store(int32_t *p, nomen_i16 a) {
    _mm256_storeu_si256((__m256i *)(void *)p, a.l);
    _mm256_storeu_si256((__m256i *)(void *)(p + 8), a.h);
}

SIMD nomen_v16 v16_set1(float x) {
    return (nomen_v16){_mm256_set1_ps(x), _mm256_set1_ps(x)};
}
SIMD nomen_v16 v16_zero(void) {
    return (nomen_v16){_mm256_setzero_ps(), _mm256_setzero_ps()};
}
SIMD nomen_v16 v16_add(nomen_v16 a, nomen_v16 b) {
    return BOTH(_mm256_add_ps);
}
SIMD nomen_v16 v16_sub(nomen_v16 a, nomen_v16 b) {
    return BOTH(_mm256_sub_ps);
}
SIMD nomen_v16 v16_mul(nomen_v16 a, nomen_v16 b) {
    return BOTH(_mm256_mul_ps);
}
SIMD nomen_v16 v16_div(nomen_v16 a, nomen_v16 b) {
    return BOTH(_mm256_div_ps);
}
SIMD nomen_v16 v16_sqrt(nomen_v16 a) {
    return (nomen_v16){_mm256_sqrt_ps(a.l), _mm256_sqrt_ps(a.h)};
}
SIMD nomen_v16 v16_fma(nomen_v16 a, nomen_v16 b, nomen_v16 c) {
    return (nomen_v16){_mm256_fmadd_ps(a.l, b.l, c.l), _mm256_fmadd_ps(a.h, b.h, c.h)};
}
SIMD nomen_v16 v16_fnma(nomen_v16 a, nomen_v16 b, nomen_v16 c) {
    return (nomen_v16){_mm256_fnmadd_ps(a.l, b.l, c.l), _mm256_fnmadd_ps(a.h, b.h, c.h)};
}
SIMD nomen_v16 v16_max(nomen_v16 a, nomen_v16 b) {
    return BOTH(_mm256_max_ps);
}
SIMD nomen_v16 v16_min(nomen_v16 a, nomen_v16 b) {
    return BOTH(_mm256_min_ps);
}
SIMD nomen_v16 v16_abs(nomen_v16 a) {
    const __m256 s = _mm256_set1_ps(-0.0f);
    return (nomen_v16){_mm256_andnot_ps(s, a.l), _mm256_andnot_ps(s, a.h)};
}
SIMD nomen_v16 v16_neg(nomen_v16 a) {
    const __m256 s = _mm256_set1_ps(-0.0f);
    return (nomen_v16){_mm256_xor_ps(s, a.l), _mm256_xor_ps(s, a.h)};
}
SIMD nomen_v16 v16_sign_of(nomen_v16 a, nomen_v16 s) {
    const __m256 b = _mm256_set1_ps(-0.0f);
    return (nomen_v16){_mm256_xor_ps(a.l, _mm256_and_ps(b, s.l)), _mm256_xor_ps(a.h, _mm256_and_ps(b, s.h))};
}
SIMD void simd_transpose4_half(__m256 *v0, __m256 *v1, __m256 *v2, __m256 *v3) {
    __m256 a = _mm256_unpacklo_ps(*v0, *v1), b = _mm256_unpackhi_ps(*v0, *v1);
    __m256 c = _mm256_unpacklo_ps(*v2, *v3), d = _mm256_unpackhi_ps(*v2, *v3);
    *v0 = _mm256_shuffle_ps(a, c, 0x44);
    *v1 = _mm256_shuffle_ps(a, c, 0xee);
    *v2 = _mm256_shuffle_ps(b, d, 0x44);
    *v3 = _mm256_shuffle_ps(b, d, 0xee);
}
SIMD void v16_transpose4(nomen_v16 v[4]) {
    simd_transpose4_half(&v[0].l, &v[1].l, &v[2].l, &v[3].l);
    simd_transpose4_half(&v[0].h, &v[1].h, &v[2].h, &v[3].h);
}

SIMD nomen_m16 v16_lt(nomen_v16 a, nomen_v16 b) {
    return (nomen_m16){_mm256_cmp_ps(a.l, b.l, _CMP_LT_OQ), _mm256_cmp_ps(a.h, b.h, _CMP_LT_OQ)};
}
SIMD nomen_m16 v16_le(nomen_v16 a, nomen_v16 b) {
    return (nomen_m16){_mm256_cmp_ps(a.l, b.l, _CMP_LE_OQ), _mm256_cmp_ps(a.h, b.h, _CMP_LE_OQ)};
}
SIMD nomen_m16 v16_eq(nomen_v16 a, nomen_v16 b) {
    return (nomen_m16){_mm256_cmp_ps(a.l, b.l, _CMP_EQ_OQ), _mm256_cmp_ps(a.h, b.h, _CMP_EQ_OQ)};
}
SIMD nomen_m16 i16_gt(nomen_i16 a, nomen_i16 b) {
    return (nomen_m16){_mm256_castsi256_ps(_mm256_cmpgt_epi32(a.l, b.l)), _mm256_castsi256_ps(_mm256_cmpgt_epi32(a.h, b.h))};
}
SIMD nomen_m16 i16_eq(nomen_i16 a, nomen_i16 b) {
    return (nomen_m16){_mm256_castsi256_ps(_mm256_cmpeq_epi32(a.l, b.l)), _mm256_castsi256_ps(_mm256_cmpeq_epi32(a.h, b.h))};
}
SIMD nomen_m16 m16_and(nomen_m16 a, nomen_m16 b) {
    return (nomen_m16){_mm256_and_ps(a.l, b.l), _mm256_and_ps(a.h, b.h)};
}
SIMD nomen_m16 m16_or(nomen_m16 a, nomen_m16 b) {
    return (nomen_m16){_mm256_or_ps(a.l, b.l), _mm256_or_ps(a.h, b.h)};
}
SIMD uint32_t m16_bits(nomen_m16 m) {
    return (uint32_t)_mm256_movemask_ps(m.l) | (uint32_t)_mm256_movemask_ps(m.h) << 8;
}
SIMD nomen_v16 v16_select(nomen_m16 m, nomen_v16 a, nomen_v16 b) {
    return (nomen_v16){_mm256_blendv_ps(b.l, a.l, m.l), _mm256_blendv_ps(b.h, a.h, m.h)};
}

SIMD nomen_i16 i16_set1(int32_t x) {
    return (nomen_i16){_mm256_set1_epi32(x), _mm256_set1_epi32(x)};
}
SIMD nomen_i16 i16_iota(void) {
    return (nomen_i16){_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15)};
}
SIMD nomen_i16 i16_add(nomen_i16 a, nomen_i16 b) {
    return BOTH_I(_mm256_add_epi32);
}
SIMD nomen_i16 i16_sub(nomen_i16 a, nomen_i16 b) {
    return BOTH_I(_mm256_sub_epi32);
}
SIMD nomen_i16 i16_and(nomen_i16 a, nomen_i16 b) {
    return BOTH_I(_mm256_and_si256);
}
SIMD nomen_i16 i16_or(nomen_i16 a, nomen_i16 b) {
    return BOTH_I(_mm256_or_si256);
}
SIMD nomen_i16 i16_xor(nomen_i16 a, nomen_i16 b) {
    return BOTH_I(_mm256_xor_si256);
}
SIMD nomen_i16 i16_shl(nomen_i16 a, unsigned n) {
    return (nomen_i16){_mm256_slli_epi32(a.l, (int)n), _mm256_slli_epi32(a.h, (int)n)};
}
SIMD nomen_i16 i16_shr(nomen_i16 a, unsigned n) {
    return (nomen_i16){_mm256_srli_epi32(a.l, (int)n), _mm256_srli_epi32(a.h, (int)n)};
}
SIMD nomen_i16 i16_mullo(nomen_i16 a, nomen_i16 b) {
    return BOTH_I(_mm256_mullo_epi32);
}
SIMD __m256i simd_mulhi_half(__m256i a, __m256i b) {
    __m256i even = _mm256_srli_epi64(_mm256_mul_epu32(a, b), 32);
    __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
    return _mm256_blend_epi32(even, odd, 0xaa);
}
SIMD nomen_i16 i16_mulhi(nomen_i16 a, nomen_i16 b) {
    return BOTH_I(simd_mulhi_half);
}

SIMD nomen_i16 i16_max(nomen_i16 a, nomen_i16 b) {
    return BOTH_I(_mm256_max_epi32);
}
SIMD void i16_store_bytes(int8_t *p, nomen_i16 a) {
    const __m256i low = _mm256_set1_epi32(0xff);
    __m256i b = _mm256_packus_epi32(_mm256_and_si256(a.l, low), _mm256_and_si256(a.h, low));
    b = _mm256_permute4x64_epi64(b, 0xd8); /* lanes 0..7, 8..15 as 16 bits each */
    _mm_storeu_si128((__m128i *)(void *)p, _mm_packus_epi16(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1)));
}
/*
 * a with the sign of w times |w|: two products fit into 16 bits, as 2 * 127 * 127 < 2^15. It is w of which the
 * rows of a tile share the magnitude.
 */
SIMD __m256i simd_dot4(__m256i sum, __m256i a, __m256i w) {
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(a, w));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
SIMD nomen_i16 i16_dot4(nomen_i16 sum, nomen_i16 a, nomen_i16 w) {
    return (nomen_i16){simd_dot4(sum.l, a.l, w.l), simd_dot4(sum.h, a.h, w.h)};
}

SIMD nomen_i16 v16_to_i16(nomen_v16 a) {
    /* cvtps rounds by the current mode, which is to nearest unless a program changed it: so round first */
    return (nomen_i16){_mm256_cvttps_epi32(_mm256_round_ps(a.l, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)),
                       _mm256_cvttps_epi32(_mm256_round_ps(a.h, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC))};
}
SIMD nomen_v16 i16_to_v16(nomen_i16 a) {
    return (nomen_v16){_mm256_cvtepi32_ps(a.l), _mm256_cvtepi32_ps(a.h)};
}
SIMD nomen_i16 v16_bits(nomen_v16 a) {
    return (nomen_i16){_mm256_castps_si256(a.l), _mm256_castps_si256(a.h)};
}
SIMD nomen_v16 v16_from_bits(nomen_i16 a) {
    return (nomen_v16){_mm256_castsi256_ps(a.l), _mm256_castsi256_ps(a.h)};
}

SIMD float v16_sum(nomen_v16 a) {
    __m256 b = _mm256_add_ps(a.l, a.h);
    __m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
    c = _mm_add_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}
SIMD float v16_hmax(nomen_v16 a) {
    __m256 b = _mm256_max_ps(a.l, a.h);
    __m128 c = _mm_max_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
    c = _mm_max_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_max_ss(c, _mm_movehdup_ps(c)));
}

#undef BOTH
#undef BOTH_I
#endif
