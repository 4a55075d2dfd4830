/* The sixteen lanes as four NEON registers (AArch64). The operations are listed in simd.h. */
#ifndef NOMEN_MATH_SIMD_NEON_H
#define NOMEN_MATH_SIMD_NEON_H

#include <arm_neon.h>

typedef struct nomen_v16 {
    float32x4_t q[4];
} nomen_v16;
typedef struct nomen_i16 {
    int32x4_t q[4];
} nomen_i16;
typedef struct nomen_m16 { /* all bits of a lane alike */
    uint32x4_t q[4];
} nomen_m16;

/* {expression of i for i = 0..3} */
#define EACH(type, x0, x1, x2, x3) ((type){{x0, x1, x2, x3}})
#define MAP2(type, f) EACH(type, f(a.q[0], b.q[0]), f(a.q[1], b.q[1]), f(a.q[2], b.q[2]), f(a.q[3], b.q[3]))
#define MAP1(type, f) EACH(type, f(a.q[0]), f(a.q[1]), f(a.q[2]), f(a.q[3]))
#define BITS_F(x) vreinterpretq_f32_s32(x)
#define BITS_U(x) vreinterpretq_u32_s32(x)
#define BITS_S(x) vreinterpretq_s32_u32(x)

SIMD nomen_m16 m16_first(size_t n) {
    const uint32x4_t count = vdupq_n_u32((uint32_t)n), i = {0, 1, 2, 3};
    return EACH(nomen_m16, vcltq_u32(i, count), vcltq_u32(vaddq_u32(i, vdupq_n_u32(4)), count),
                vcltq_u32(vaddq_u32(i, vdupq_n_u32(8)), count), vcltq_u32(vaddq_u32(i, vdupq_n_u32(12)), count));
}

SIMD nomen_v16 v16_load(const float *p) {
    return EACH(nomen_v16, vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12));
}
SIMD void v16_store(float *p, nomen_v16 a) {
    for (int i = 0; i < 4; i++) { vst1q_f32(p + 4 * i, a.q[i]); }
}
SIMD nomen_v16 v16_load_n(const float *p, size_t n) {
    float lanes[16] = {0};
    for (size_t i = 0; i < n; i++) { lanes[i] = p[i]; }
    return v16_load(lanes);
}
SIMD void v16_store_n(float *p, nomen_v16 a, size_t n) {
    float lanes[16];
    v16_store(lanes, a);
    for (size_t i = 0; i < n; i++) { p[i] = lanes[i]; }
}
SIMD nomen_v16 v16_load_quads(const float *p0, const float *p1, const float *p2, const float *p3) {
    return EACH(nomen_v16, vld1q_f32(p0), vld1q_f32(p1), vld1q_f32(p2), vld1q_f32(p3));
}
SIMD nomen_i16 i16_load(const int32_t *p) {
    return EACH(nomen_i16, vld1q_s32(p), vld1q_s32(p + 4), vld1q_s32(p + 8), vld1q_s32(p + 12));
}
SIMD void i16_store(int32_t *p, nomen_i16 a) {
    for (int i = 0; i < 4; i++) { vst1q_s32(p + 4 * i, a.q[i]); }
}

SIMD nomen_v16 v16_set1(float x) {
    const float32x4_t v = vdupq_n_f32(x);
    return EACH(nomen_v16, v, v, v, v);
}
SIMD nomen_v16 v16_zero(void) {
    return v16_set1(0.0f);
}
SIMD nomen_v16 v16_add(nomen_v16 a, nomen_v16 b) {
    return MAP2(nomen_v16, vaddq_f32);
}
SIMD nomen_v16 v16_sub(nomen_v16 a, nomen_v16 b) {
    return MAP2(nomen_v16, vsubq_f32);
}
SIMD nomen_v16 v16_mul(nomen_v16 a, nomen_v16 b) {
    return MAP2(nomen_v16, vmulq_f32);
}
SIMD nomen_v16 v16_div(nomen_v16 a, nomen_v16 b) {
    return MAP2(nomen_v16, vdivq_f32);
}
SIMD nomen_v16 v16_sqrt(nomen_v16 a) {
    return MAP1(nomen_v16, vsqrtq_f32);
}
SIMD nomen_v16 v16_fma(nomen_v16 a, nomen_v16 b, nomen_v16 c) {
    return EACH(nomen_v16, vfmaq_f32(c.q[0], a.q[0], b.q[0]), vfmaq_f32(c.q[1], a.q[1], b.q[1]),
                vfmaq_f32(c.q[2], a.q[2], b.q[2]), vfmaq_f32(c.q[3], a.q[3], b.q[3]));
}
SIMD nomen_v16 v16_fnma(nomen_v16 a, nomen_v16 b, nomen_v16 c) {
    return EACH(nomen_v16, vfmsq_f32(c.q[0], a.q[0], b.q[0]), vfmsq_f32(c.q[1], a.q[1], b.q[1]),
                vfmsq_f32(c.q[2], a.q[2], b.q[2]), vfmsq_f32(c.q[3], a.q[3], b.q[3]));
}
/* Not vmaxq and vminq, which treat NaN and signed zero in a way of their own. */
SIMD float32x4_t simd_max(float32x4_t a, float32x4_t b) {
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}
SIMD float32x4_t simd_min(float32x4_t a, float32x4_t b) {
    return vbslq_f32(vcltq_f32(a, b), a, b);
}
SIMD nomen_v16 v16_max(nomen_v16 a, nomen_v16 b) {
    return MAP2(nomen_v16, simd_max);
}
SIMD nomen_v16 v16_min(nomen_v16 a, nomen_v16 b) {
    return MAP2(nomen_v16, simd_min);
}
SIMD nomen_v16 v16_abs(nomen_v16 a) {
    return MAP1(nomen_v16, vabsq_f32);
}
SIMD nomen_v16 v16_neg(nomen_v16 a) {
    return MAP1(nomen_v16, vnegq_f32);
}
SIMD float32x4_t simd_sign_of(float32x4_t a, float32x4_t s) {
    const uint32x4_t sign = vandq_u32(vreinterpretq_u32_f32(s), vdupq_n_u32(0x80000000u));
    return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(a), sign));
}
SIMD nomen_v16 v16_sign_of(nomen_v16 a, nomen_v16 s) {
    const nomen_v16 b = s;
    return MAP2(nomen_v16, simd_sign_of);
}
SIMD void v16_transpose4(nomen_v16 v[4]) {
    for (int i = 0; i < 4; i++) {
        float32x4x2_t a = vtrnq_f32(v[0].q[i], v[1].q[i]);
        float32x4x2_t b = vtrnq_f32(v[2].q[i], v[3].q[i]);
        v[0].q[i] = vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0]));
        v[1].q[i] = vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1]));
        v[2].q[i] = vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0]));
        v[3].q[i] = vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1]));
    }
}

SIMD nomen_m16 v16_lt(nomen_v16 a, nomen_v16 b) {
    return MAP2(nomen_m16, vcltq_f32);
}
SIMD nomen_m16 v16_le(nomen_v16 a, nomen_v16 b) {
    return MAP2(nomen_m16, vcleq_f32);
}
SIMD nomen_m16 v16_eq(nomen_v16 a, nomen_v16 b) {
    return MAP2(nomen_m16, vceqq_f32);
}
SIMD nomen_m16 i16_gt(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_m16, vcgtq_s32);
}
SIMD nomen_m16 i16_eq(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_m16, vceqq_s32);
}
SIMD nomen_m16 m16_and(nomen_m16 a, nomen_m16 b) {
    return MAP2(nomen_m16, vandq_u32);
}
SIMD nomen_m16 m16_or(nomen_m16 a, nomen_m16 b) {
    return MAP2(nomen_m16, vorrq_u32);
}
SIMD uint32_t m16_bits(nomen_m16 m) {
    const uint32x4_t weight = {1, 2, 4, 8};
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++) { bits |= vaddvq_u32(vandq_u32(m.q[i], weight)) << (4 * i); }
    return bits;
}
SIMD nomen_v16 v16_select(nomen_m16 m, nomen_v16 a, nomen_v16 b) {
    return EACH(nomen_v16, vbslq_f32(m.q[0], a.q[0], b.q[0]), vbslq_f32(m.q[1], a.q[1], b.q[1]),
                vbslq_f32(m.q[2], a.q[2], b.q[2]), vbslq_f32(m.q[3], a.q[3], b.q[3]));
}

SIMD nomen_i16 i16_set1(int32_t x) {
    const int32x4_t v = vdupq_n_s32(x);
    return EACH(nomen_i16, v, v, v, v);
}
SIMD nomen_i16 i16_iota(void) {
    const int32x4_t i = {0, 1, 2, 3};
    return EACH(nomen_i16, i, vaddq_s32(i, vdupq_n_s32(4)), vaddq_s32(i, vdupq_n_s32(8)), vaddq_s32(i, vdupq_n_s32(12)));
}
SIMD nomen_i16 i16_add(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_i16, vaddq_s32);
}
SIMD nomen_i16 i16_sub(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_i16, vsubq_s32);
}
SIMD nomen_i16 i16_and(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_i16, vandq_s32);
}
SIMD nomen_i16 i16_or(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_i16, vorrq_s32);
}
SIMD nomen_i16 i16_xor(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_i16, veorq_s32);
}
SIMD int32x4_t simd_shift(int32x4_t a, int32x4_t b) {
    return BITS_S(vshlq_u32(BITS_U(a), b));
}
SIMD nomen_i16 i16_shl(nomen_i16 a, unsigned n) {
    const nomen_i16 b = i16_set1((int32_t)n);
    return MAP2(nomen_i16, simd_shift);
}
SIMD nomen_i16 i16_shr(nomen_i16 a, unsigned n) {
    const nomen_i16 b = i16_set1(-(int32_t)n);
    return MAP2(nomen_i16, simd_shift);
}
SIMD nomen_i16 i16_mullo(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_i16, vmulq_s32);
}
SIMD int32x4_t simd_mulhi(int32x4_t a, int32x4_t b) {
    const uint64x2_t low = vmull_u32(vget_low_u32(BITS_U(a)), vget_low_u32(BITS_U(b)));
    const uint64x2_t high = vmull_high_u32(BITS_U(a), BITS_U(b));
    return BITS_S(vuzp2q_u32(vreinterpretq_u32_u64(low), vreinterpretq_u32_u64(high)));
}
SIMD nomen_i16 i16_mulhi(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_i16, simd_mulhi);
}

SIMD nomen_i16 i16_max(nomen_i16 a, nomen_i16 b) {
    return MAP2(nomen_i16, vmaxq_s32);
}
SIMD void i16_store_bytes(int8_t *p, nomen_i16 a) {
    const int16x8_t l = vcombine_s16(vmovn_s32(a.q[0]), vmovn_s32(a.q[1]));
    const int16x8_t h = vcombine_s16(vmovn_s32(a.q[2]), vmovn_s32(a.q[3]));
    vst1q_s8(p, vcombine_s8(vmovn_s16(l), vmovn_s16(h)));
}
/* two products fit into 16 bits, as 2 * 127 * 127 < 2^15 */
SIMD int32x4_t simd_dot4(int32x4_t sum, int32x4_t a, int32x4_t w) {
    const int8x16_t x = vreinterpretq_s8_s32(a), y = vreinterpretq_s8_s32(w);
    const int16x8_t l = vmull_s8(vget_low_s8(x), vget_low_s8(y)), h = vmull_high_s8(x, y);
    return vpadalq_s16(sum, vpaddq_s16(l, h));
}
SIMD nomen_i16 i16_dot4(nomen_i16 sum, nomen_i16 a, nomen_i16 w) {
    nomen_i16 r;
    for (int i = 0; i < 4; i++) { r.q[i] = simd_dot4(sum.q[i], a.q[i], w.q[i]); }
    return r;
}

SIMD nomen_i16 v16_to_i16(nomen_v16 a) {
    return MAP1(nomen_i16, vcvtnq_s32_f32);
}
SIMD nomen_v16 i16_to_v16(nomen_i16 a) {
    return MAP1(nomen_v16, vcvtq_f32_s32);
}
SIMD nomen_i16 v16_bits(nomen_v16 a) {
    return MAP1(nomen_i16, vreinterpretq_s32_f32);
}
SIMD nomen_v16 v16_from_bits(nomen_i16 a) {
    return MAP1(nomen_v16, BITS_F);
}

SIMD float v16_sum(nomen_v16 a) {
    const float32x4_t s = vaddq_f32(vaddq_f32(a.q[0], a.q[2]), vaddq_f32(a.q[1], a.q[3]));
    const float32x2_t t = vadd_f32(vget_low_f32(s), vget_high_f32(s));
    return vget_lane_f32(t, 0) + vget_lane_f32(t, 1);
}
SIMD float v16_hmax(nomen_v16 a) {
    const float32x4_t m = simd_max(simd_max(a.q[0], a.q[2]), simd_max(a.q[1], a.q[3]));
    const float l0 = vgetq_lane_f32(m, 0), l1 = vgetq_lane_f32(m, 1);
    const float l2 = vgetq_lane_f32(m, 2), l3 = vgetq_lane_f32(m, 3);
    const float even = l0 > l2 ? l0 : l2, odd = l1 > l3 ? l1 : l3;
    return even > odd ? even : odd;
}

#undef EACH
#undef MAP1
#undef MAP2
#undef BITS_F
#undef BITS_U
#undef BITS_S
#endif
