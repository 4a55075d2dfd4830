/*
 * Residual, dropout and layer normalisation of one row, and its backward. Reductions over a row run
 * in four accumulators of sixteen lanes: element e goes to accumulator e / 16 % 4, lane e % 16 (see
 * sum4). Only kernels.inc.h includes this.
 */

/* The factors of 64 elements; ones where nothing is dropped, with which the bits are those of no factor. */
SIMD void norm_factors(nomen_v16 f[4], const nomen_dropout_row *d, size_t group) {
    for (size_t w = 0; w < 4; w++) { f[w] = v16_set1(1.0f); }
    if (d != NULL) { dropout_group(f, d, (uint32_t)group); }
}

/* s = dropout(x) + residual; returns the sum of s. s may be x. */
SIMD float residual_row(float *s, const float *x, const float *residual, size_t n, const nomen_dropout_row *d) {
    nomen_v16 acc[4] = {v16_zero(), v16_zero(), v16_zero(), v16_zero()};
    for (size_t at = 0; at < n; at += 64) {
        nomen_v16 f[4];
        norm_factors(f, d, at / 64);
        for (size_t w = 0; w < 4 && at + 16 * w < n; w++) {
            size_t e = at + 16 * w;
            size_t lanes = lanes_left(e, n);
            NOMEN_PREFETCH(x + e + AHEAD_FLOATS);
            if (residual != NULL) { NOMEN_PREFETCH(residual + e + AHEAD_FLOATS); }
            nomen_v16 r = residual != NULL ? load_lanes(residual + e, lanes) : v16_zero();
            nomen_v16 v = v16_fma(load_lanes(x + e, lanes), f[w], r);
            acc[w] = v16_add(acc[w], v);
            store_lanes(s + e, v, lanes);
        }
    }
    return sum4(acc);
}

/* The sum of (s - mean)^2. */
SIMD float deviation_row(const float *s, float mean, size_t n) {
    nomen_v16 acc[4] = {v16_zero(), v16_zero(), v16_zero(), v16_zero()};
    const nomen_v16 m = v16_set1(mean);
    for (size_t at = 0; at < n; at += 64) {
        for (size_t w = 0; w < 4 && at + 16 * w < n; w++) {
            size_t e = at + 16 * w;
            size_t lanes = lanes_left(e, n);
            nomen_v16 v = v16_sub(load_lanes(s + e, lanes), m);
            v = only_lanes(v, lanes, v16_zero());
            acc[w] = v16_fma(v, v, acc[w]);
        }
    }
    return sum4(acc);
}

static void norm_forward(float *y, float *s, float *mean, float *rstd, const float *x, const float *residual,
                         const nomen_norm *norm, const nomen_dropout_row *d) {
    const size_t n = norm->hidden;
    const float m = residual_row(s, x, residual, n, d) / (float)n;
    const float variance = deviation_row(s, m, n) / (float)n;
    const float r = 1.0f / sqrtf(variance + norm->eps);
    const nomen_v16 vm = v16_set1(m);
    const nomen_v16 vr = v16_set1(r);
    for (size_t e = 0; e < n; e += 16) {
        size_t lanes = lanes_left(e, n);
        nomen_v16 v = v16_mul(v16_sub(load_lanes(s + e, lanes), vm), vr);
        v = v16_fma(v, load_lanes(norm->gamma + e, lanes), load_lanes(norm->beta + e, lanes));
        store_lanes(y + e, v, lanes);
    }
    if (mean != NULL) {
        *mean = m;
        *rstd = r;
    }
}

/*
 * With x^ = (sum - mean) rstd and g = gamma dy: dsum = rstd (g - avg(g) - x^ avg(g x^)),
 * dx = dropout(dsum); dgamma += dy x^, dbeta += dy. dsum may be dy; dx NULL or dsum when d is NULL.
 */
static void norm_backward(float *dx, float *dsum, float *dgamma, float *dbeta, const float *dy, const float *sum, float mean,
                          float rstd, const nomen_norm *norm, const nomen_dropout_row *d) {
    const size_t n = norm->hidden;
    const nomen_v16 vm = v16_set1(mean);
    const nomen_v16 vr = v16_set1(rstd);
    nomen_v16 acc_g[4] = {v16_zero(), v16_zero(), v16_zero(), v16_zero()};
    nomen_v16 acc_gx[4] = {v16_zero(), v16_zero(), v16_zero(), v16_zero()};
    for (size_t at = 0; at < n; at += 64) {
        for (size_t w = 0; w < 4 && at + 16 * w < n; w++) {
            size_t e = at + 16 * w;
            size_t lanes = lanes_left(e, n);
            NOMEN_PREFETCH(dy + e + AHEAD_FLOATS);
            NOMEN_PREFETCH(sum + e + AHEAD_FLOATS);
            nomen_v16 dyv = load_lanes(dy + e, lanes); /* 0 in the lanes left over, so g is too */
            nomen_v16 xhat = v16_mul(v16_sub(load_lanes(sum + e, lanes), vm), vr);
            nomen_v16 g = v16_mul(load_lanes(norm->gamma + e, lanes), dyv);
            acc_g[w] = v16_add(acc_g[w], g);
            acc_gx[w] = v16_fma(g, xhat, acc_gx[w]);
            store_lanes(dgamma + e, v16_fma(dyv, xhat, load_lanes(dgamma + e, lanes)), lanes);
            store_lanes(dbeta + e, v16_add(load_lanes(dbeta + e, lanes), dyv), lanes);
        }
    }
    const nomen_v16 avg_g = v16_set1(sum4(acc_g) / (float)n);
    const nomen_v16 avg_gx = v16_set1(sum4(acc_gx) / (float)n);
    for (size_t at = 0; at < n; at += 64) {
        nomen_v16 f[4];
        norm_factors(f, dx != NULL ? d : NULL, at / 64);
        for (size_t w = 0; w < 4 && at + 16 * w < n; w++) {
            size_t e = at + 16 * w;
            size_t lanes = lanes_left(e, n);
            nomen_v16 xhat = v16_mul(v16_sub(load_lanes(sum + e, lanes), vm), vr);
            nomen_v16 g = v16_mul(load_lanes(norm->gamma + e, lanes), load_lanes(dy + e, lanes));
            nomen_v16 v = v16_mul(vr, v16_fnma(xhat, avg_gx, v16_sub(g, avg_g)));
            store_lanes(dsum + e, v, lanes);
            if (dx != NULL && dx != dsum) { store_lanes(dx + e, v16_mul(v, f[w]), lanes); }
        }
    }
}
