/*
 * The sixteen lanes as an array, in standard C: the reference implementation that the vector kernels are compared with,
 * and what runs on other processors. The operations are listed in simd.h.
 */
#ifndef NOMEN_MATH_SIMD_PLAIN_H
#define NOMEN_MATH_SIMD_PLAIN_H

#include <math.h>

typedef struct nomen_v16 {
    float f[16];
} nomen_v16;
typedef struct nomen_i16 {
    int32_t i[16];
} nomen_i16;
typedef struct nomen_m16 {
    uint32_t m[16]; /* 0 or 1 */
} nomen_m16;

#define LANES for (size_t i = 0; i < 16; i++)

/*
 * a b + c as a double rounded to odd, without the processor's or the C library's help. The product
 * of two floats is exact in double. The sum need not be: its error (Knuth's two-sum) tells on which
 * side of the rounded sum the true one lies, and a sum whose last bit is even is then moved to the odd
 * neighbour on that side. A double rounded to odd, having two bits more than a float and one, rounds to float
 * as the true value does (Boldo, Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
 */
SIMD double simd_fma_odd(float a, float b, float c) {
    const double product = (double)a * (double)b, term = (double)c;
    const double sum = product + term;
    const double back = sum - product;
    const double error = (product - (sum - back)) + (term - back);
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    /* error is NaN where sum is not finite: then it is neither above nor below 0 */
    if ((error > 0.0 || error < 0.0) && (bits & 1u) == 0) { bits += (error > 0.0) == (sum > 0.0) ? 1u : UINT64_MAX; }
    double odd;
    memcpy(&odd, &bits, sizeof odd);
    return odd;
}

/* a b + c rounded once. */
SIMD float simd_fma(float a, float b, float c) {
    return (float)simd_fma_odd(a, b, c);
}

SIMD nomen_m16 m16_first(size_t n) {
    nomen_m16 r;
    LANES {
        r.m[i] = i < n;
    }
    return r;
}

SIMD nomen_v16 v16_load(const float *p) {
    nomen_v16 r;
    memcpy(r.f, p, sizeof r.f);
    return r;
}
SIMD void v16_store(float *p, nomen_v16 a) {
    memcpy(p, a.f, sizeof a.f);
}
SIMD nomen_v16 v16_load_n(const float *p, size_t n) {
    nomen_v16 r = {{0}};
    for (size_t i = 0; i < n; i++) { r.f[i] = p[i]; }
    return r;
}
SIMD void v16_store_n(float *p, nomen_v16 a, size_t n) {
    for (size_t i = 0; i < n; i++) { p[i] = a.f[i]; }
}
SIMD nomen_v16 v16_load_quads(const float *p0, const float *p1, const float *p2, const float *p3) {
    const float *p[4] = {p0, p1, p2, p3};
    nomen_v16 r;
    LANES {
        r.f[i] = p[i / 4][i % 4];
    }
    return r;
}
SIMD nomen_i16 i16_load(const int32_t *p) {
    nomen_i16 r;
    memcpy(r.i, p, sizeof r.i);
    return r;
}
SIMD void i16_store(int32_t *p, nomen_i16 a) {
    memcpy(p, a.i, sizeof a.i);
}

#define FLOATS(expression) \
    do { \
        nomen_v16 r; \
        LANES { \
            r.f[i] = (expression); \
        } \
        return r; \
    } while (0)
#define INTS(expression) \
    do { \
        nomen_i16 r; \
        LANES { \
            r.i[i] = (int32_t)(expression); \
        } \
        return r; \
    } while (0)
#define MASKS(expression) \
    do { \
        nomen_m16 r; \
        LANES { \
            r.m[i] = (expression); \
        } \
        return r; \
    } while (0)

SIMD float simd_from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
SIMD uint32_t simd_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

SIMD nomen_v16 v16_set1(float x) {
    FLOATS(x);
}
SIMD nomen_v16 v16_zero(void) {
    FLOATS(0.0f);
}
SIMD nomen_v16 v16_add(nomen_v16 a, nomen_v16 b) {
    FLOATS(a.f[i] + b.f[i]);
}
SIMD nomen_v16 v16_sub(nomen_v16 a, nomen_v16 b) {
    FLOATS(a.f[i] - b.f[i]);
}
SIMD nomen_v16 v16_mul(nomen_v16 a, nomen_v16 b) {
    FLOATS(a.f[i] * b.f[i]);
}
SIMD nomen_v16 v16_div(nomen_v16 a, nomen_v16 b) {
    FLOATS(a.f[i] / b.f[i]);
}
SIMD nomen_v16 v16_sqrt(nomen_v16 a) {
    FLOATS(sqrtf(a.f[i]));
} /* IEEE 754 rounds it exactly */
SIMD nomen_v16 v16_fma(nomen_v16 a, nomen_v16 b, nomen_v16 c) {
    FLOATS(simd_fma(a.f[i], b.f[i], c.f[i]));
}
SIMD nomen_v16 v16_fnma(nomen_v16 a, nomen_v16 b, nomen_v16 c) {
    FLOATS(simd_fma(-a.f[i], b.f[i], c.f[i]));
}
SIMD nomen_v16 v16_max(nomen_v16 a, nomen_v16 b) {
    FLOATS(a.f[i] > b.f[i] ? a.f[i] : b.f[i]);
}
SIMD nomen_v16 v16_min(nomen_v16 a, nomen_v16 b) {
    FLOATS(a.f[i] < b.f[i] ? a.f[i] : b.f[i]);
}
SIMD nomen_v16 v16_abs(nomen_v16 a) {
    FLOATS(simd_from_bits(simd_bits(a.f[i]) & 0x7fffffffu));
}
SIMD nomen_v16 v16_neg(nomen_v16 a) {
    FLOATS(simd_from_bits(simd_bits(a.f[i]) ^ 0x80000000u));
}
SIMD nomen_v16 v16_sign_of(nomen_v16 a, nomen_v16 s) {
    FLOATS(simd_from_bits(simd_bits(a.f[i]) ^ (simd_bits(s.f[i]) & 0x80000000u)));
}
SIMD void v16_transpose4(nomen_v16 v[4]) {
    nomen_v16 r[4];
    for (size_t row = 0; row < 4; row++) {
        LANES {
            r[row].f[i] = v[i % 4].f[i / 4 * 4 + row];
        }
    }
    memcpy(v, r, sizeof r);
}

SIMD nomen_m16 v16_lt(nomen_v16 a, nomen_v16 b) {
    MASKS(a.f[i] < b.f[i]);
}
SIMD nomen_m16 v16_le(nomen_v16 a, nomen_v16 b) {
    MASKS(a.f[i] <= b.f[i]);
}
SIMD nomen_m16 v16_eq(nomen_v16 a, nomen_v16 b) {
    MASKS(a.f[i] >= b.f[i] && a.f[i] <= b.f[i]);
}
SIMD nomen_m16 i16_gt(nomen_i16 a, nomen_i16 b) {
    MASKS(a.i[i] > b.i[i]);
}
SIMD nomen_m16 i16_eq(nomen_i16 a, nomen_i16 b) {
    MASKS(a.i[i] == b.i[i]);
}
SIMD nomen_m16 m16_and(nomen_m16 a, nomen_m16 b) {
    MASKS(a.m[i] & b.m[i]);
}
SIMD nomen_m16 m16_or(nomen_m16 a, nomen_m16 b) {
    MASKS(a.m[i] | b.m[i]);
}
SIMD uint32_t m16_bits(nomen_m16 m) {
    uint32_t bits = 0;
    LANES {
        bits |= m.m[i] << i;
    }
    return bits;
}
SIMD nomen_v16 v16_select(nomen_m16 m, nomen_v16 a, nomen_v16 b) {
    FLOATS(m.m[i] ? a.f[i] : b.f[i]);
}

SIMD nomen_i16 i16_set1(int32_t x) {
    INTS(x);
}
SIMD nomen_i16 i16_iota(void) {
    INTS(i);
}
SIMD nomen_i16 i16_add(nomen_i16 a, nomen_i16 b) {
    INTS((uint32_t)a.i[i] + (uint32_t)b.i[i]);
}
SIMD nomen_i16 i16_sub(nomen_i16 a, nomen_i16 b) {
    INTS((uint32_t)a.i[i] - (uint32_t)b.i[i]);
}
SIMD nomen_i16 i16_and(nomen_i16 a, nomen_i16 b) {
    INTS(a.i[i] & b.i[i]);
}
SIMD nomen_i16 i16_or(nomen_i16 a, nomen_i16 b) {
    INTS(a.i[i] | b.i[i]);
}
SIMD nomen_i16 i16_xor(nomen_i16 a, nomen_i16 b) {
    INTS(a.i[i] ^ b.i[i]);
}
SIMD nomen_i16 i16_shl(nomen_i16 a, unsigned n) {
    INTS((uint32_t)a.i[i] << n);
}
SIMD nomen_i16 i16_shr(nomen_i16 a, unsigned n) {
    INTS((uint32_t)a.i[i] >> n);
}
SIMD nomen_i16 i16_mullo(nomen_i16 a, nomen_i16 b) {
    INTS((uint32_t)a.i[i] * (uint32_t)b.i[i]);
}
SIMD nomen_i16 i16_mulhi(nomen_i16 a, nomen_i16 b) {
    INTS(((uint64_t)(uint32_t)a.i[i] * (uint32_t)b.i[i]) >> 32);
}

SIMD nomen_i16 i16_max(nomen_i16 a, nomen_i16 b) {
    INTS(a.i[i] > b.i[i] ? a.i[i] : b.i[i]);
}
SIMD void i16_store_bytes(int8_t *p, nomen_i16 a) {
    for (size_t i = 0; i < 16; i++) { p[i] = (int8_t)a.i[i]; }
}
SIMD nomen_i16 i16_dot4(nomen_i16 sum, nomen_i16 a, nomen_i16 w) {
    int8_t x[64], y[64];
    memcpy(x, a.i, sizeof x);
    memcpy(y, w.i, sizeof y);
    LANES {
        for (size_t j = 4 * i; j < 4 * i + 4; j++) { sum.i[i] += x[j] * y[j]; }
    }
    return sum;
}

/*
 * To the nearest integer, ties to even: adding and taking away 1.5 * 2^52 in double leaves the
 * integer, as a float's value is exact there.
 */
SIMD int32_t simd_nearest(float x) {
    const double big = 6755399441055744.0;
    return (int32_t)(((double)x + big) - big);
}
SIMD nomen_i16 v16_to_i16(nomen_v16 a) {
    INTS(simd_nearest(a.f[i]));
}
SIMD nomen_v16 i16_to_v16(nomen_i16 a) {
    FLOATS((float)a.i[i]);
}
SIMD nomen_i16 v16_bits(nomen_v16 a) {
    INTS(simd_bits(a.f[i]));
}
SIMD nomen_v16 v16_from_bits(nomen_i16 a) {
    FLOATS(simd_from_bits((uint32_t)a.i[i]));
}

SIMD float v16_sum(nomen_v16 a) {
    for (size_t half = 8; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) { a.f[i] = a.f[i] + a.f[i + half]; }
    }
    return a.f[0];
}
SIMD float v16_hmax(nomen_v16 a) {
    for (size_t half = 8; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) { a.f[i] = a.f[i] > a.f[i + half] ? a.f[i] : a.f[i + half]; }
    }
    return a.f[0];
}

#undef FLOATS
#undef INTS
#undef MASKS
#undef LANES
#endif
