/*
 * Dropout over sixteen lanes: the definition of dropout.h, 64 elements at a time. Only kernels.inc.h
 * includes this.
 */

/* Philox4x32-10 of sixteen counters (x[0..3]) under one key, in place. */
SIMD void philox(nomen_i16 x[4], uint32_t key0, uint32_t key1) {
    const nomen_i16 m0 = i16_set1((int32_t)0xD2511F53u);
    const nomen_i16 m1 = i16_set1((int32_t)0xCD9E8D57u);
    for (int round = 0; round < 10; round++) {
        nomen_i16 high0 = i16_mulhi(m0, x[0]);
        nomen_i16 low0 = i16_mullo(m0, x[0]);
        nomen_i16 high1 = i16_mulhi(m1, x[2]);
        nomen_i16 low1 = i16_mullo(m1, x[2]);
        x[0] = i16_xor(i16_xor(high1, x[1]), i16_set1((int32_t)key0));
        x[1] = low1;
        x[2] = i16_xor(i16_xor(high0, x[3]), i16_set1((int32_t)key1));
        x[3] = low0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

/* f[w] = the factors (0 or 1 / (1 - rate)) of elements 64 group + 16 w + 0..15. */
SIMD void dropout_group(nomen_v16 f[4], const nomen_dropout_row *d, uint32_t group) {
    nomen_i16 x[4] = {i16_add(i16_set1((int32_t)(group * 16)), i16_iota()), i16_set1((int32_t)d->seq_index),
                      i16_set1((int32_t)d->place), i16_set1((int32_t)d->step)};
    philox(x, d->key[0], d->key[1]);
    /* unsigned order is signed order with the top bit flipped */
    const nomen_i16 top = i16_set1(INT32_MIN);
    const nomen_i16 threshold = i16_set1((int32_t)(d->threshold ^ 0x80000000u));
    for (int w = 0; w < 4; w++) { f[w] = v16_select(i16_gt(threshold, i16_xor(x[w], top)), v16_zero(), v16_set1(d->scale)); }
}

/* y = factors * x over one row, or x where d is NULL; y may be x. */
static void dropout_row(float *y, const float *x, size_t n, const nomen_dropout_row *d) {
    if (d == NULL) {
        if (y != x) { memcpy(y, x, n * sizeof *y); }
        return;
    }
    for (size_t at = 0; at < n; at += 64) {
        nomen_v16 f[4];
        dropout_group(f, d, (uint32_t)(at / 64));
        for (size_t w = 0; w < 4 && at + 16 * w < n; w++) {
            size_t e = at + 16 * w;
            size_t lanes = lanes_left(e, n);
            store_lanes(y + e, v16_mul(f[w], load_lanes(x + e, lanes)), lanes);
        }
    }
}

/*
 * The factors of elements from..from+n-1, stored from f[from % 64] on; f has room for n + 128.
 * Returns where element `from` stands.
 */
SIMD const float *dropout_range(float *f, size_t from, size_t n, const nomen_dropout_row *d) {
    for (size_t group = from / 64; group * 64 < from + n; group++) {
        nomen_v16 factors[4];
        dropout_group(factors, d, (uint32_t)group);
        for (size_t w = 0; w < 4; w++) { v16_store(f + (group - from / 64) * 64 + 16 * w, factors[w]); }
    }
    return f + from % 64;
}
