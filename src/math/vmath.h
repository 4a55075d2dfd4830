/*
 * exp, log, erf, tanh and GELU over sixteen lanes, as polynomials: no libm stands between data and
 * weights, so that every machine gives the same bits. For kernels only (see simd.h).
 *
 * The coefficients are minimax polynomials found by the Remez exchange, rounded to float. The
 * largest errors over all floats, measured by tests/math/test_vmath.c:
 *   v16_exp 1.02 ulp, v16_log 0.83 ulp, v16_erf 1.20 ulp, v16_tanh 1.34 ulp.
 * NaN gives NaN.
 */
#ifndef NOMEN_MATH_VMATH_H
#define NOMEN_MATH_VMATH_H

#include "math/simd.h"

/*
 * exp(r) 2^n split: x = n ln 2 + r with |r| <= ln 2 / 2; returns exp(r), sets *n. |x| < 200, so that
 * n ln 2 (high part, whose low bits are 0) is exact.
 */
SIMD nomen_v16 vmath_exp_split(nomen_v16 x, nomen_i16 *n) {
    *n = v16_to_i16(v16_mul(x, v16_set1(0x1.715476p+0f)));
    const nomen_v16 k = i16_to_v16(*n);
    nomen_v16 r = v16_fnma(k, v16_set1(0x1.62e4p-1f), x);
    r = v16_fnma(k, v16_set1(0x1.7f7d1cp-20f), r);
    nomen_v16 p = v16_set1(0x1.6a309ep-10f);
    p = v16_fma(p, r, v16_set1(0x1.123a2ep-7f));
    p = v16_fma(p, r, v16_set1(0x1.5558d2p-5f));
    p = v16_fma(p, r, v16_set1(0x1.555494p-3f));
    p = v16_fma(p, r, v16_set1(0x1.fffffcp-2f));
    p = v16_fma(p, v16_mul(r, r), r);
    return v16_add(p, v16_set1(1.0f));
}

/* 2^n as a float, -126 <= n <= 127. */
SIMD nomen_v16 vmath_power_of_2(nomen_i16 n) {
    return v16_from_bits(i16_shl(i16_add(n, i16_set1(127)), 23));
}

/* exp(x) for -87 <= x <= 88, where neither the result nor its scale is subnormal. */
SIMD nomen_v16 vmath_exp_normal(nomen_v16 x) {
    nomen_i16 n;
    const nomen_v16 e = vmath_exp_split(x, &n);
    return v16_mul(e, vmath_power_of_2(n));
}

/* exp(x) for every x: 0 below -104, infinity above 88.7, subnormals between. */
SIMD nomen_v16 v16_exp(nomen_v16 x) {
    /* the bounds come first, so that a NaN becomes a bound and the conversion to int is defined */
    const nomen_v16 bounded = v16_min(v16_max(x, v16_set1(-105.0f)), v16_set1(89.0f));
    nomen_i16 n;
    const nomen_v16 e = vmath_exp_split(bounded, &n);
    /* 2^n in two factors, since n may be -151 or 128; only the last product rounds */
    const nomen_i16 half = v16_to_i16(v16_mul(i16_to_v16(n), v16_set1(0.5f)));
    const nomen_v16 y = v16_mul(v16_mul(e, vmath_power_of_2(half)), vmath_power_of_2(i16_sub(n, half)));
    return v16_select(v16_eq(x, x), y, x);
}

/* The natural logarithm: -infinity at 0, NaN below, right for subnormals. */
SIMD nomen_v16 v16_log(nomen_v16 x) {
    const nomen_m16 tiny = v16_lt(x, v16_set1(0x1p-126f));
    const nomen_v16 scaled = v16_select(tiny, v16_mul(x, v16_set1(0x1p24f)), x);
    /* scaled = 2^k (1 + f), with 1 + f from sqrt(1/2) to sqrt(2): the offset moves the cut there */
    const nomen_i16 bits = i16_sub(v16_bits(scaled), i16_set1(0x3f3504f3));
    const nomen_i16 exponent = i16_and(bits, i16_set1((int32_t)0xff800000u));
    const nomen_v16 f = v16_sub(v16_from_bits(i16_sub(v16_bits(scaled), exponent)), v16_set1(1.0f));
    /* an arithmetic shift by 23, by way of an exact multiplication */
    nomen_v16 k = v16_mul(i16_to_v16(exponent), v16_set1(0x1p-23f));
    k = v16_select(tiny, v16_sub(k, v16_set1(24.0f)), k);
    nomen_v16 p = v16_set1(0x1.145736p-4f);
    p = v16_fma(p, f, v16_set1(-0x1.de3bb0p-4f));
    p = v16_fma(p, f, v16_set1(0x1.e6f066p-4f));
    p = v16_fma(p, f, v16_set1(-0x1.fc2218p-4f));
    p = v16_fma(p, f, v16_set1(0x1.23376ap-3f));
    p = v16_fma(p, f, v16_set1(-0x1.555c4cp-3f));
    p = v16_fma(p, f, v16_set1(0x1.99a4b6p-3f));
    p = v16_fma(p, f, v16_set1(-0x1.000006p-2f));
    p = v16_fma(p, f, v16_set1(0x1.555548p-2f));
    const nomen_v16 f2 = v16_mul(f, f);
    nomen_v16 low = v16_mul(v16_mul(p, f), f2);
    low = v16_fma(k, v16_set1(0x1.7f7d1cp-20f), low);
    low = v16_fma(v16_set1(-0.5f), f2, low);
    nomen_v16 y = v16_fma(k, v16_set1(0x1.62e4p-1f), v16_add(f, low));
    const nomen_v16 infinite = v16_set1(__builtin_inff());
    y = v16_select(v16_eq(x, infinite), x, y);
    y = v16_select(v16_eq(x, v16_zero()), v16_neg(infinite), y);
    y = v16_select(v16_lt(x, v16_zero()), v16_set1(__builtin_nanf("")), y);
    return v16_select(v16_eq(x, x), y, x);
}

/* The error function: x + x P(x^2) up to 1, and 1 - exp(P(|x|)) above. */
SIMD nomen_v16 v16_erf(nomen_v16 x) {
    const nomen_v16 t = v16_mul(x, x);
    nomen_v16 s = v16_set1(0x1.496a34p-14f);
    s = v16_fma(s, t, v16_set1(-0x1.a3f700p-11f));
    s = v16_fma(s, t, v16_set1(0x1.5405b2p-8f));
    s = v16_fma(s, t, v16_set1(-0x1.b7f90ep-6f));
    s = v16_fma(s, t, v16_set1(0x1.ce2cf8p-4f));
    s = v16_fma(s, t, v16_set1(-0x1.81273ep-2f));
    s = v16_fma(s, t, v16_set1(0x1.06eba8p-3f));
    s = v16_fma(s, x, x);

    const nomen_v16 magnitude = v16_abs(x);
    const nomen_v16 a = v16_min(magnitude, v16_set1(4.0f)); /* erf(4) is 1 in float */
    nomen_v16 l = v16_set1(0x1.86dcfep-13f);
    l = v16_fma(l, a, v16_set1(-0x1.825aa4p-9f));
    l = v16_fma(l, a, v16_set1(0x1.65cb4cp-6f));
    l = v16_fma(l, a, v16_set1(-0x1.a6532cp-4f));
    l = v16_fma(l, a, v16_set1(-0x1.46baf0p-1f));
    l = v16_fma(l, a, v16_set1(-0x1.2088eap+0f));
    l = v16_fma(l, a, v16_set1(-0x1.662170p-12f));
    l = v16_sub(v16_set1(1.0f), vmath_exp_normal(l));

    return v16_select(v16_lt(v16_set1(1.0f), magnitude), v16_sign_of(l, x), s);
}

/* x + x^3 P(x^2) up to 5/8, and 1 - 2 / (1 + exp(2 |x|)) above. */
SIMD nomen_v16 v16_tanh(nomen_v16 x) {
    const nomen_v16 t = v16_mul(x, x);
    nomen_v16 s = v16_set1(0x1.18e1e8p-9f);
    s = v16_fma(s, t, v16_set1(-0x1.0bf500p-7f));
    s = v16_fma(s, t, v16_set1(0x1.638b5ap-6f));
    s = v16_fma(s, t, v16_set1(-0x1.b9ee90p-5f));
    s = v16_fma(s, t, v16_set1(0x1.111066p-3f));
    s = v16_fma(s, t, v16_set1(-0x1.555554p-2f));
    s = v16_fma(v16_mul(s, t), x, x);

    const nomen_v16 magnitude = v16_abs(x);
    const nomen_v16 a = v16_min(magnitude, v16_set1(10.0f)); /* tanh(10) is 1 in float */
    const nomen_v16 e = vmath_exp_normal(v16_add(a, a));
    nomen_v16 l = v16_div(v16_set1(2.0f), v16_add(e, v16_set1(1.0f)));
    l = v16_sub(v16_set1(1.0f), l);

    return v16_select(v16_lt(v16_set1(0.625f), magnitude), v16_sign_of(l, x), s);
}

/* x Phi(x), with Phi(x) = (1 + erf(x / sqrt 2)) / 2: Hugging Face's "gelu". */
SIMD nomen_v16 v16_gelu_erf(nomen_v16 x) {
    const nomen_v16 half = v16_mul(x, v16_set1(0.5f));
    return v16_fma(half, v16_erf(v16_mul(x, v16_set1(0x1.6a09e6p-1f))), half);
}

/* The derivative Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi); *y receives the function itself. */
SIMD nomen_v16 v16_gelu_erf_slope(nomen_v16 x, nomen_v16 *y) {
    const nomen_v16 half = v16_mul(x, v16_set1(0.5f));
    const nomen_v16 erf = v16_erf(v16_mul(x, v16_set1(0x1.6a09e6p-1f)));
    *y = v16_fma(half, erf, half);
    const nomen_v16 phi = v16_fma(v16_set1(0.5f), erf, v16_set1(0.5f));
    const nomen_v16 exponent = v16_max(v16_mul(v16_neg(half), x), v16_set1(-87.0f));
    const nomen_v16 density = v16_mul(vmath_exp_normal(exponent), v16_set1(0x1.988454p-2f));
    return v16_fma(x, density, phi);
}

/* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2: "gelu_new", "gelu_pytorch_tanh". */
SIMD nomen_v16 v16_gelu_tanh(nomen_v16 x) {
    const nomen_v16 x2 = v16_mul(x, x), half = v16_mul(x, v16_set1(0.5f));
    const nomen_v16 cubic = v16_fma(x2, v16_set1(0.044715f), v16_set1(1.0f));
    const nomen_v16 z = v16_mul(v16_mul(x, v16_set1(0x1.988454p-1f)), cubic);
    return v16_fma(half, v16_tanh(z), half);
}

/* Its derivative: (1 + t) / 2 + x (1 - t^2) z' / 2 with t the tanh; *y receives the function. */
SIMD nomen_v16 v16_gelu_tanh_slope(nomen_v16 x, nomen_v16 *y) {
    const nomen_v16 x2 = v16_mul(x, x), half = v16_mul(x, v16_set1(0.5f)), k = v16_set1(0x1.988454p-1f);
    const nomen_v16 one = v16_set1(1.0f);
    const nomen_v16 z = v16_mul(v16_mul(x, k), v16_fma(x2, v16_set1(0.044715f), one));
    const nomen_v16 t = v16_tanh(z);
    *y = v16_fma(half, t, half);
    const nomen_v16 dz = v16_mul(k, v16_fma(x2, v16_set1(3.0f * 0.044715f), one));
    const nomen_v16 left = v16_fma(v16_set1(0.5f), t, v16_set1(0.5f));
    return v16_fma(v16_mul(half, v16_fnma(t, t, one)), dz, left);
}

/* max(x, 0), where NaN stays NaN as in torch. */
SIMD nomen_v16 v16_relu(nomen_v16 x) {
    return v16_max(v16_zero(), x);
}

#endif
