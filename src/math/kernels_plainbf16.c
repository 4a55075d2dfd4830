/*
 * The kernels of bf16 products in standard C: the bits of the unit (gemm_bf16.inc.h), for tests to compare with. They are
 * slow, and used only where the plain kernels are asked for by name.
 */
#define NOMEN_SIMD_PLAIN
#define NOMEN_BF16_KERNELS nomen_bf16_plain
#include <math.h>

#include "math/kernels.h"
#include "math/simd.h"

/* A subnormal becomes a zero of its sign. */
static uint32_t flushed(uint32_t bits) {
    return (bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits;
}

/* The bf16 nearest to x, ties to even; a quiet NaN for a NaN. */
static uint32_t rounded(float x) {
    const uint32_t bits = flushed(simd_bits(x));
    if ((bits & 0x7fffffffu) > 0x7f800000u) { return bits >> 16 | 0x40u; }
    return (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}

static float unit_of(float x, float y) {
    return simd_from_bits(rounded(x) | rounded(y) << 16);
}

SIMD nomen_v16 bf16_pairs(nomen_v16 a, nomen_v16 b) {
    nomen_v16 r;
    for (size_t i = 0; i < V16; i++) { r.f[i] = unit_of(a.f[i], b.f[i]); }
    return r;
}

SIMD nomen_v16 bf16_pack(nomen_v16 a, nomen_v16 b) {
    nomen_v16 r;
    for (size_t i = 0; i < V16 / 2; i++) {
        r.f[i] = unit_of(a.f[2 * i], a.f[2 * i + 1]);
        r.f[V16 / 2 + i] = unit_of(b.f[2 * i], b.f[2 * i + 1]);
    }
    return r;
}

SIMD nomen_v16 bf16_load_quads(const float *p0, const float *p1, const float *p2, const float *p3) {
    const float *p[4] = {p0, p1, p2, p3};
    nomen_v16 r;
    for (size_t i = 0; i < V16; i++) { r.f[i] = unit_of(p[i / 4][i % 4 * 2], p[i / 4][i % 4 * 2 + 1]); }
    return r;
}

/*
 * a b + c of one step. What is below the least normal float after rounding to 24 bits becomes zero; that is all
 * below the middle between it and the float of 24 bits under it, 2^-150 less.
 */
static float multiply_add(float a, float b, float c) {
    const double sum = simd_fma_odd(a, b, simd_from_bits(flushed(simd_bits(c))));
    return fabs(sum) < 0x1p-126 - 0x1p-151 ? (float)copysign(0.0, sum) : (float)sum;
}

SIMD nomen_v16 bf16_step(nomen_v16 c, nomen_v16 a, nomen_v16 b) {
    for (size_t i = 0; i < V16; i++) {
        const uint32_t x = simd_bits(a.f[i]), y = simd_bits(b.f[i]);
        const float upper = multiply_add(simd_from_bits(x & 0xffff0000u), simd_from_bits(y & 0xffff0000u), c.f[i]);
        c.f[i] = multiply_add(simd_from_bits(x << 16), simd_from_bits(y << 16), upper);
    }
    return c;
}

#include "math/gemm_bf16.inc.h"
