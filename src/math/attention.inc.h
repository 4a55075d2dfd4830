/*
 * Attention of one head over one sequence, in blocks of query rows, so that T x T numbers never
 * stand in memory at once. A head's keys, values and so on are first packed side by side into the
 * thread's scratch (nomen_attention_layout). Only kernels.inc.h includes this.
 */

/* s = exp(s - largest) over a row of T scores, 0 in the lanes after them. Gives their sum, returns the largest. */
SIMD float weights_row(float *s, size_t t, float *sum_out) {
    const nomen_v16 least = v16_set1(-FLT_MAX);
    nomen_v16 most = least;
    for (size_t e = 0; e < t; e += 16) { most = v16_max(only_lanes(v16_load(s + e), lanes_left(e, t), least), most); }
    const float largest = v16_hmax(most);
    const nomen_v16 top = v16_set1(largest);
    nomen_v16 sum = v16_zero();
    for (size_t e = 0; e < t; e += 16) {
        nomen_v16 p = exp_weight(v16_sub(v16_load(s + e), top));
        p = only_lanes(p, lanes_left(e, t), v16_zero());
        sum = v16_add(sum, p);
        v16_store(s + e, p);
    }
    *sum_out = v16_sum(sum);
    return largest;
}

/* s *= factors, over a row of T. */
SIMD void drop_row(float *s, const float *factors, size_t t) {
    for (size_t e = 0; e < t; e += 16) { v16_store(s + e, v16_mul(v16_load(s + e), load_lanes(factors + e, lanes_left(e, t)))); }
}

/* Scores of query rows i..i+m-1: s (m,Tp) = Q K^T / sqrt(D). */
SIMD void attention_scores(float *s, const nomen_attention_head *h, const float *keys, size_t i, size_t m) {
    const small_product product = {.c = s,
                                   .c_row = h->length_padded,
                                   .a = h->qkv + i * h->stride,
                                   .a_row = h->stride,
                                   .a_k = 1,
                                   .b = keys,
                                   .b_row = h->length_padded,
                                   .k = h->size,
                                   .alpha = h->scale};
    small_multiply(&product, m, h->length_padded);
}

static void attention_forward(float *context, float *lse, const nomen_attention_head *h, float *scratch) {
    const size_t t = h->length;
    const size_t tp = h->length_padded;
    const size_t dp = h->size_padded;
    nomen_attention_work w = {0};
    nomen_attention_layout(&w, scratch, t, h->size);
    small_pack_columns(w.keys_t, h->qkv + h->hidden, h->stride, t, h->size);
    small_pack_rows(w.values, h->qkv + 2 * h->hidden, h->stride, t, h->size);
    for (size_t i = 0; i < t; i += NOMEN_ATTENTION_ROWS) {
        const size_t m = t - i < NOMEN_ATTENTION_ROWS ? t - i : NOMEN_ATTENTION_ROWS;
        float denominator[NOMEN_ATTENTION_ROWS];
        attention_scores(w.s, h, w.keys_t, i, m);
        const float *factors = h->dropout != NULL ? dropout_range(w.factors, i * t, m * t, h->dropout) : NULL;
        for (size_t r = 0; r < m; r++) {
            const float largest = weights_row(w.s + r * tp, t, &denominator[r]);
            if (lse != NULL) { lse[i + r] = largest + log_scalar(denominator[r]); }
            if (factors != NULL) { drop_row(w.s + r * tp, factors + r * t, t); }
        }
        const small_product product = {
            .c = w.out, .c_row = dp, .a = w.s, .a_row = tp, .a_k = 1, .b = w.values, .b_row = dp, .k = t, .alpha = 1.0f};
        small_multiply(&product, m, dp);
        for (size_t r = 0; r < m; r++) {
            const nomen_v16 inverse = v16_set1(1.0f / denominator[r]);
            for (size_t e = 0; e < h->size; e += 16) {
                store_lanes(context + (i + r) * h->hidden + e, v16_mul(v16_load(w.out + r * dp + e), inverse),
                            lanes_left(e, h->size));
            }
        }
    }
}

/*
 * From a row of scores and of dp = dcontext . v: p = exp(s - lse), f the factors of dropout;
 * s becomes f p, and dp becomes ds = p (f dp - delta) / sqrt(D), both 0 after T.
 */
SIMD void attention_backward_row(float *s, float *dp, const float *factors, size_t t, float lse, float delta, float scale) {
    const nomen_v16 vl = v16_set1(lse);
    const nomen_v16 vd = v16_set1(delta);
    const nomen_v16 vs = v16_set1(scale);
    for (size_t e = 0; e < t; e += 16) {
        const size_t lanes = lanes_left(e, t);
        const nomen_v16 p = exp_weight(v16_sub(v16_load(s + e), vl));
        nomen_v16 dropped = p;
        nomen_v16 d = v16_load(dp + e);
        if (factors != NULL) {
            const nomen_v16 f = load_lanes(factors + e, lanes);
            dropped = v16_mul(p, f);
            d = v16_mul(d, f);
        }
        v16_store(s + e, only_lanes(dropped, lanes, v16_zero()));
        d = v16_mul(v16_mul(p, v16_sub(d, vd)), vs);
        v16_store(dp + e, only_lanes(d, lanes, v16_zero()));
    }
}

/* The sum over d of context dcontext, which is the sum over keys of p f dp. */
SIMD float attention_delta(const float *context, const float *dcontext, size_t d) {
    nomen_v16 sum = v16_zero();
    for (size_t e = 0; e < d; e += 16) {
        const size_t lanes = lanes_left(e, d);
        sum = v16_fma(load_lanes(context + e, lanes), load_lanes(dcontext + e, lanes), sum);
    }
    return v16_sum(sum);
}

/* The packed gradient (T,Dp) to rows of D. */
SIMD void attention_unpack(float *out, size_t stride, const float *packed, size_t t, size_t d) {
    for (size_t i = 0; i < t; i++) {
        for (size_t e = 0; e < d; e += 16) {
            store_lanes(out + i * stride + e, v16_load(packed), lanes_left(e, d));
            packed += 16;
        }
    }
}

static void attention_backward(float *dqkv, const float *dcontext, const float *context, const float *lse,
                               const nomen_attention_head *h, float *scratch) {
    const size_t t = h->length;
    const size_t tp = h->length_padded;
    const size_t dp = h->size_padded;
    nomen_attention_work w = {0};
    nomen_attention_layout(&w, scratch, t, h->size);
    small_pack_columns(w.keys_t, h->qkv + h->hidden, h->stride, t, h->size);
    small_pack_columns(w.values_t, h->qkv + 2 * h->hidden, h->stride, t, h->size);
    small_pack_rows(w.queries, h->qkv, h->stride, t, h->size);
    small_pack_rows(w.keys, h->qkv + h->hidden, h->stride, t, h->size);
    small_pack_rows(w.dcontext, dcontext, h->hidden, t, h->size);
    for (size_t i = 0; i < t; i += NOMEN_ATTENTION_ROWS) {
        const size_t m = t - i < NOMEN_ATTENTION_ROWS ? t - i : NOMEN_ATTENTION_ROWS;
        attention_scores(w.s, h, w.keys_t, i, m);
        small_product product = {.c = w.dp,
                                 .c_row = tp,
                                 .a = w.dcontext + i * dp,
                                 .a_row = dp,
                                 .a_k = 1,
                                 .b = w.values_t,
                                 .b_row = tp,
                                 .k = h->size,
                                 .alpha = 1.0f};
        small_multiply(&product, m, tp); /* dp = dcontext V^T */
        const float *factors = h->dropout != NULL ? dropout_range(w.factors, i * t, m * t, h->dropout) : NULL;
        for (size_t r = 0; r < m; r++) {
            const size_t row = (i + r) * h->hidden;
            attention_backward_row(w.s + r * tp, w.dp + r * tp, factors != NULL ? factors + r * t : NULL, t, lse[i + r],
                                   attention_delta(context + row, dcontext + row, h->size), h->scale);
        }
        product = (small_product){
            .c = w.out, .c_row = dp, .a = w.dp, .a_row = tp, .a_k = 1, .b = w.keys, .b_row = dp, .k = t, .alpha = 1.0f};
        small_multiply(&product, m, dp); /* dq = ds K */
        attention_unpack(dqkv + i * h->stride, h->stride, w.out, m, h->size);
        product = (small_product){.c = w.dkeys,
                                  .c_row = dp,
                                  .a = w.dp,
                                  .a_row = 1,
                                  .a_k = tp,
                                  .b = w.queries + i * dp,
                                  .b_row = dp,
                                  .k = m,
                                  .alpha = 1.0f,
                                  .add = i > 0};
        small_multiply(&product, t, dp); /* dk += ds^T Q */
        product.c = w.dvalues;
        product.a = w.s;
        product.b = w.dcontext + i * dp;
        small_multiply(&product, t, dp); /* dv += (f p)^T dcontext */
    }
    attention_unpack(dqkv + h->hidden, h->stride, w.dkeys, t, h->size);
    attention_unpack(dqkv + 2 * h->hidden, h->stride, w.dvalues, t, h->size);
}
