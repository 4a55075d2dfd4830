/*
 * The remaining operations on rows and flat ranges: embeddings, softmax and cross-entropy of the
 * head, optimiser updates, sums of squares. Only kernels.inc.h includes this.
 */

/* out = (a + b) + c */
static void add3(float *out, const float *a, const float *b, const float *c, size_t n) {
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        nomen_v16 v = v16_add(load_lanes(a + e, lanes), load_lanes(b + e, lanes));
        store_lanes(out + e, v16_add(v, load_lanes(c + e, lanes)), lanes);
    }
}

/* y += x */
static void accumulate(float *y, const float *x, size_t n) {
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        store_lanes(y + e, v16_add(load_lanes(y + e, lanes), load_lanes(x + e, lanes)), lanes);
    }
}

/* The largest of n numbers. */
SIMD float largest_of(const float *x, size_t n) {
    const nomen_v16 least = v16_set1(-FLT_MAX);
    nomen_v16 most = least;
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        most = v16_max(only_lanes(load_lanes(x + e, lanes), lanes, least), most);
    }
    return v16_hmax(most);
}

/* p = softmax(x) over one row; p may be x. */
static void softmax(float *p, const float *x, size_t n) {
    const nomen_v16 top = v16_set1(largest_of(x, n));
    nomen_v16 sum = v16_zero();
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        const nomen_v16 w = only_lanes(exp_weight(v16_sub(load_lanes(x + e, lanes), top)), lanes, v16_zero());
        sum = v16_add(sum, w);
        store_lanes(p + e, w, lanes);
    }
    const nomen_v16 total = v16_set1(v16_sum(sum));
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        store_lanes(p + e, v16_div(load_lanes(p + e, lanes), total), lanes);
    }
}

/* log(sum exp(x)) */
static float log_sum_exp(const float *x, size_t n) {
    const float largest = largest_of(x, n);
    const nomen_v16 top = v16_set1(largest);
    nomen_v16 sum = v16_zero();
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        const nomen_v16 w = exp_weight(v16_sub(load_lanes(x + e, lanes), top));
        sum = v16_add(sum, only_lanes(w, lanes, v16_zero()));
    }
    return log_scalar(v16_sum(sum)) + largest;
}

/* log(sum exp(x)) - x[target] */
static float cross_entropy(const float *x, size_t n, size_t target) {
    const float largest = largest_of(x, n);
    const nomen_v16 top = v16_set1(largest);
    nomen_v16 sum = v16_zero();
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        const nomen_v16 w = exp_weight(v16_sub(load_lanes(x + e, lanes), top));
        sum = v16_add(sum, only_lanes(w, lanes, v16_zero()));
    }
    return log_scalar(v16_sum(sum)) + (largest - x[target]);
}

/*
 * The focal loss of a row: (1 - p)^gamma log(1/p), where p is the softmax at the target. In its gradient the softmax less
 * one-hot is multiplied by *slope, (1 - p)^gamma (gamma p log(1/p) / (1 - p) + 1). 1 - p is summed up from the other labels and
 * the quotient is a series where it is small, so that nothing cancels or divides by zero where p nears 1.
 */
static float focal(const float *x, size_t n, size_t target, float gamma, float *slope) {
    const float largest = largest_of(x, n);
    const nomen_v16 top = v16_set1(largest);
    nomen_v16 sum = v16_zero();
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        const nomen_m16 is_target = i16_eq(i16_iota(), i16_set1(target - e < 16 ? (int32_t)(target - e) : -1));
        const nomen_v16 w = only_lanes(exp_weight(v16_sub(load_lanes(x + e, lanes), top)), lanes, v16_zero());
        sum = v16_add(sum, v16_select(is_target, v16_zero(), w));
    }
    const float own = exp_scalar(x[target] - largest), others = v16_sum(sum), total = others + own, rest = others / total;
    float ratio = 1.0f / 7.0f, cost;
    if (rest < 0.0625f) { /* log(1/p) / (1 - p) = 1 + r/2 + r^2/3 + ...; the first term left out is below 2^-31 */
        for (int i = 6; i > 0; i--) { ratio = ratio * rest + 1.0f / (float)i; }
        cost = rest * ratio;
    } else {
        cost = log_scalar(total) + (largest - x[target]);
        ratio = cost / rest;
    }
    float power = exp_scalar(gamma * log_scalar(rest));
    if (rest == 0.0f) { power = gamma == 0.0f ? 1.0f : 0.0f; } /* log(0) times a gamma of 0 is no number */
    *slope = power * (gamma * (own / total) * ratio + 1.0f);
    return power * cost;
}

/* value -= factor * gradient */
static void sgd(float *value, const float *gradient, size_t n, float factor) {
    const nomen_v16 f = v16_set1(factor);
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        /* + 0: a negative zero must not change the sign of a zero value, see NOMEN_SET_DWEIGHT */
        const nomen_v16 g = v16_add(load_lanes(gradient + e, lanes), v16_zero());
        store_lanes(value + e, v16_fnma(f, g, load_lanes(value + e, lanes)), lanes);
    }
}

static void adamw(float *value, float *m, float *v, const float *gradient, size_t n, const nomen_adamw *s) {
    const nomen_v16 scale = v16_set1((float)s->scale);
    const nomen_v16 keep = v16_set1((float)(1.0 - s->rate * s->decay));
    const nomen_v16 take1 = v16_set1((float)(1.0 - s->beta1));
    const nomen_v16 keep2 = v16_set1((float)s->beta2);
    const nomen_v16 take2 = v16_set1((float)(1.0 - s->beta2));
    const nomen_v16 correction = v16_set1((float)s->correction2_sqrt);
    const nomen_v16 eps = v16_set1((float)s->eps);
    const nomen_v16 step = v16_set1((float)(s->rate / s->correction1));
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        const nomen_v16 g = v16_mul(scale, load_lanes(gradient + e, lanes));
        nomen_v16 me = load_lanes(m + e, lanes);
        nomen_v16 ve = load_lanes(v + e, lanes);
        me = v16_fma(take1, v16_sub(g, me), me);
        ve = v16_fma(v16_mul(take2, g), g, v16_mul(keep2, ve));
        store_lanes(m + e, me, lanes);
        store_lanes(v + e, ve, lanes);
        const nomen_v16 root = v16_add(v16_div(v16_sqrt(ve), correction), eps);
        const nomen_v16 kept = v16_mul(load_lanes(value + e, lanes), keep);
        store_lanes(value + e, v16_sub(kept, v16_div(v16_mul(step, me), root)), lanes);
    }
}

/* ops_momentum.h; `buffer` is NULL without momentum, `gradient` where it is zero. */
static void sgd_momentum(float *value, float *buffer, const float *gradient, size_t n, const nomen_sgd *s) {
    const nomen_v16 scale = v16_set1((float)s->scale);
    const nomen_v16 decay = v16_set1((float)s->decay);
    const nomen_v16 keep = v16_set1((float)s->momentum);
    const nomen_v16 rate = v16_set1((float)s->rate);
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        const nomen_v16 kept = load_lanes(value + e, lanes);
        nomen_v16 g = v16_zero();
        if (gradient != NULL) { g = v16_add(v16_mul(scale, load_lanes(gradient + e, lanes)), g); } /* + 0: as in sgd */
        g = v16_fma(decay, kept, g);
        if (buffer != NULL) {
            const nomen_v16 b = v16_add(v16_mul(keep, load_lanes(buffer + e, lanes)), g);
            store_lanes(buffer + e, b, lanes);
            g = s->nesterov ? v16_fma(keep, b, g) : b;
        }
        store_lanes(value + e, v16_fnma(rate, g, kept), lanes);
    }
}

static void lion(float *value, float *m, const float *gradient, size_t n, const nomen_lion *s) {
    const nomen_v16 scale = v16_set1((float)s->scale);
    const nomen_v16 keep = v16_set1((float)(1.0 - s->rate * s->decay));
    const nomen_v16 keep1 = v16_set1((float)s->beta1), take1 = v16_set1((float)(1.0 - s->beta1));
    const nomen_v16 keep2 = v16_set1((float)s->beta2), take2 = v16_set1((float)(1.0 - s->beta2));
    const nomen_v16 rate = v16_set1((float)s->rate), zero = v16_zero();
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        const nomen_v16 g = v16_mul(scale, load_lanes(gradient + e, lanes));
        const nomen_v16 me = load_lanes(m + e, lanes);
        const nomen_v16 mean = v16_fma(take1, g, v16_mul(keep1, me));
        nomen_v16 step = v16_select(v16_lt(mean, zero), v16_neg(rate), v16_select(v16_lt(zero, mean), rate, zero));
        step = v16_add(step, v16_sub(mean, mean)); /* + 0, or NaN where the mean is not finite */
        store_lanes(m + e, v16_fma(take2, g, v16_mul(keep2, me)), lanes);
        store_lanes(value + e, v16_sub(v16_mul(load_lanes(value + e, lanes), keep), step), lanes);
    }
}

/* y *= factor */
static void scale(float *y, size_t n, float factor) {
    const nomen_v16 f = v16_set1(factor);
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        store_lanes(y + e, v16_mul(load_lanes(y + e, lanes), f), lanes);
    }
}

/* y += share * (x - y) */
static void approach(float *y, const float *x, size_t n, float share) {
    const nomen_v16 s = v16_set1(share);
    for (size_t e = 0; e < n; e += 16) {
        const size_t lanes = lanes_left(e, n);
        const nomen_v16 from = load_lanes(y + e, lanes);
        store_lanes(y + e, v16_fma(s, v16_sub(load_lanes(x + e, lanes), from), from), lanes);
    }
}

/*
 * sums[e % 16] += x[e]^2 in double. The square of a float is exact in double, so a compiler's choice
 * of instructions can't show.
 */
static void square_add(double sums[16], const float *x, size_t n) {
    double lane[16];
    memcpy(lane, sums, sizeof lane);
    size_t e = 0;
    for (; e + 16 <= n; e += 16) {
        for (size_t i = 0; i < 16; i++) { lane[i] += (double)x[e + i] * (double)x[e + i]; }
    }
    for (size_t i = 0; e + i < n; i++) { lane[i] += (double)x[e + i] * (double)x[e + i]; }
    memcpy(sums, lane, sizeof lane);
}
