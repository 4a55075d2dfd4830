/* Rows of any length in vectors of sixteen: whole ones, and a last one of fewer lanes. */

/* How many of the sixteen lanes from element `at` on lie in a row of n. */
SIMD size_t lanes_left(size_t at, size_t n) {
    return n - at < 16 ? n - at : 16;
}

/* Masked accesses are slow on some processors, so whole vectors do without. */
SIMD nomen_v16 load_lanes(const float *p, size_t lanes) {
    return lanes == 16 ? v16_load(p) : v16_load_n(p, lanes);
}

SIMD void store_lanes(float *p, nomen_v16 a, size_t lanes) {
    if (lanes == 16) {
        v16_store(p, a);
    } else {
        v16_store_n(p, a, lanes);
    }
}

/* Keeps the first lanes and makes the others `other`. */
SIMD nomen_v16 only_lanes(nomen_v16 a, size_t lanes, nomen_v16 other) {
    return lanes == 16 ? a : v16_select(m16_first(lanes), a, other);
}

/* Four accumulators of one row: (a0 + a1) + (a2 + a3), then v16_sum. */
SIMD float sum4(const nomen_v16 a[4]) {
    return v16_sum(v16_add(v16_add(a[0], a[1]), v16_add(a[2], a[3])));
}

/* exp(x) for x <= 88 in softmax: below -87, where floats end, it is 0. */
SIMD nomen_v16 exp_weight(nomen_v16 x) {
    const nomen_v16 least = v16_set1(-87.0f);
    nomen_v16 y = vmath_exp_normal(v16_max(x, least));
    y = v16_select(v16_lt(x, least), v16_zero(), y);
    return v16_select(v16_eq(x, x), y, x);
}

/* exp(x) of one number. */
SIMD float exp_scalar(float x) {
    float lanes[16];
    v16_store(lanes, v16_exp(v16_set1(x)));
    return lanes[0];
}

/* log(x) of one number. */
SIMD float log_scalar(float x) {
    float lanes[16];
    v16_store(lanes, v16_log(v16_set1(x)));
    return lanes[0];
}
