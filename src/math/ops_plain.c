/*
 * The operations of ops.h as plain loops over nomen_real: one thread, no blocks, no vectors, libm.
 * They are the reference that the fast operations are tested against, and, compiled with
 * NOMEN_REAL_DOUBLE, what the model's gradients are checked with against finite differences. Not
 * part of the library. Attention is in ops_plain_attention.c.
 */
#include <string.h>
#include <tgmath.h>

#include "math/dropout.h"
#include "math/int8.h"
#include "math/ops_momentum.h"

/* ---- dense layers ---- */

size_t nomen_op_dense_packed_size(nomen_dense_kind kind, size_t in, size_t out) {
    return kind == NOMEN_DENSE_INT8 ? nomen_int8_packed_size(in, out) : in * out * sizeof(nomen_real);
}

void nomen_op_dense_pack(nomen_dense_kind kind, void *packed, const nomen_real *weight, size_t in, size_t out) {
    (void)kind;
    memcpy(packed, weight, in * out * sizeof *weight);
}

size_t nomen_op_dense_scratch(nomen_dense_kind kind, size_t n_rows, size_t in, size_t out) {
    return kind == NOMEN_DENSE_INT8 ? nomen_int8_scratch(n_rows, in, out) : 0;
}

void nomen_op_dense_forward(nomen_real *y, const nomen_real *x, const nomen_dense *layer, size_t n_rows, nomen_real *scratch) {
    if (layer->kind == NOMEN_DENSE_INT8) {
        nomen_int8_forward(y, x, layer, NULL, n_rows, scratch);
        return;
    }
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t o = 0; o < layer->out; o++) {
            nomen_real sum = 0;
            for (size_t i = 0; i < layer->in; i++) { sum += x[n * layer->in + i] * layer->weight[o * layer->in + i]; }
            y[n * layer->out + o] = sum + layer->bias[o];
        }
    }
}

void nomen_op_dense_backward(nomen_real *dx, nomen_real *dweight, nomen_real *dbias, const nomen_real *dy, const nomen_real *x,
                             const nomen_dense *layer, size_t n_rows, unsigned how, nomen_real *scratch) {
    (void)scratch;
    size_t in = layer->in;
    size_t out = layer->out;
    for (size_t n = 0; dx != NULL && n < n_rows; n++) {
        for (size_t i = 0; i < in; i++) {
            nomen_real sum = 0;
            for (size_t o = 0; o < out; o++) { sum += dy[n * out + o] * layer->weight[o * in + i]; }
            dx[n * in + i] = how & NOMEN_ADD_DX ? dx[n * in + i] + sum : sum;
        }
    }
    for (size_t o = 0; dweight != NULL && o < out; o++) {
        for (size_t i = 0; how & NOMEN_SET_DWEIGHT && i < in; i++) { dweight[o * in + i] = 0; }
        for (size_t n = 0; n < n_rows; n++) {
            for (size_t i = 0; i < in; i++) { dweight[o * in + i] += dy[n * out + o] * x[n * in + i]; }
            dbias[o] += dy[n * out + o];
        }
    }
}

/* Activation of u. */
static nomen_real activate(nomen_real u, nomen_activation activation) {
    const nomen_real half = (nomen_real)0.5;
    const nomen_real root_half = (nomen_real)0.70710678118654752440;        /* sqrt(1/2) */
    const nomen_real root_two_over_pi = (nomen_real)0.79788456080286535588; /* sqrt(2/pi) */
    switch (activation) {
    case NOMEN_GELU_ERF: return half * u * (1 + erf(u * root_half));
    case NOMEN_GELU_TANH: return half * u * (1 + tanh(root_two_over_pi * (u + (nomen_real)0.044715 * u * u * u)));
    case NOMEN_RELU: break;
    }
    return u > 0 ? u : 0;
}

/* Its derivative. */
static nomen_real activate_slope(nomen_real u, nomen_activation activation) {
    const nomen_real half = (nomen_real)0.5;
    const nomen_real root_half = (nomen_real)0.70710678118654752440;
    const nomen_real root_two_over_pi = (nomen_real)0.79788456080286535588;
    const nomen_real root_half_over_pi = (nomen_real)0.39894228040143267794; /* 1/sqrt(2 pi) */
    switch (activation) {
    case NOMEN_GELU_ERF: return half * (1 + erf(u * root_half)) + u * root_half_over_pi * exp(-half * u * u);
    case NOMEN_GELU_TANH: {
        nomen_real t = tanh(root_two_over_pi * (u + (nomen_real)0.044715 * u * u * u));
        nomen_real inner = root_two_over_pi * (1 + 3 * (nomen_real)0.044715 * u * u);
        return half * (1 + t) + half * u * (1 - t * t) * inner;
    }
    case NOMEN_RELU: break;
    }
    return u > 0 ? 1 : 0;
}

void nomen_op_dense_act_forward(nomen_real *y, nomen_real *u, const nomen_real *x, const nomen_dense *layer,
                                nomen_activation activation, size_t n_rows, nomen_real *scratch) {
    nomen_op_dense_forward(y, x, layer, n_rows, scratch);
    if (u != NULL) { memcpy(u, y, n_rows * layer->out * sizeof *u); }
    for (size_t e = 0; e < n_rows * layer->out; e++) { y[e] = activate(y[e], activation); }
}

void nomen_op_act_backward(nomen_real *du, nomen_real *y, const nomen_real *dy, const nomen_real *u, nomen_activation activation,
                           size_t n_elements) {
    for (size_t e = 0; e < n_elements; e++) {
        du[e] = dy[e] * activate_slope(u[e], activation);
        y[e] = activate(u[e], activation);
    }
}

/* ---- embeddings ---- */

void nomen_op_embedding_forward(nomen_real *out, const nomen_real *word, const nomen_real *position, const nomen_real *type,
                                const int32_t *ids, const int32_t *positions, const int32_t *type_ids, size_t n_rows,
                                size_t hidden) {
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t h = 0; h < hidden; h++) {
            out[n * hidden + h] = word[(size_t)ids[n] * hidden + h] + type[(size_t)type_ids[n] * hidden + h] +
                                  position[(size_t)positions[n] * hidden + h];
        }
    }
}

void nomen_op_embedding_backward(nomen_real *dword, nomen_real *dposition, nomen_real *dtype, const nomen_real *dout,
                                 const int32_t *ids, const int32_t *positions, const int32_t *type_ids, size_t n_rows,
                                 size_t hidden) {
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t h = 0; h < hidden; h++) {
            dword[(size_t)ids[n] * hidden + h] += dout[n * hidden + h];
            dposition[(size_t)positions[n] * hidden + h] += dout[n * hidden + h];
            dtype[(size_t)type_ids[n] * hidden + h] += dout[n * hidden + h];
        }
    }
}

/* ---- residual, dropout, layer normalisation ---- */

void nomen_op_dropout(nomen_real *y, const nomen_real *x, size_t hidden, const nomen_rows *rows, const nomen_dropout *dropout) {
    for (size_t b = 0; b < rows->n_seqs; b++) {
        for (size_t n = rows->seq_start[b]; n < rows->seq_start[b + 1]; n++) {
            for (size_t h = 0; h < hidden; h++) {
                nomen_real factor = 1;
                if (nomen_dropout_on(dropout)) {
                    bool keeps =
                        nomen_dropout_keeps(dropout, nomen_dropout_sequence(rows, b), n - rows->seq_start[b], (uint32_t)h);
                    factor = keeps ? nomen_dropout_scale(dropout) : 0;
                }
                y[n * hidden + h] = factor * x[n * hidden + h];
            }
        }
    }
}

void nomen_op_residual_norm_forward(nomen_real *y, nomen_real *sum, nomen_real *mean, nomen_real *rstd, const nomen_real *x,
                                    const nomen_real *residual, const nomen_norm *norm, const nomen_rows *rows,
                                    const nomen_dropout *dropout) {
    size_t hidden = norm->hidden;
    nomen_real *s = sum != NULL ? sum : y;
    nomen_op_dropout(s, x, hidden, rows, dropout);
    for (size_t n = 0; n < rows->n_tokens; n++) {
        nomen_real *row = s + n * hidden;
        nomen_real m = 0;
        for (size_t h = 0; h < hidden; h++) {
            if (residual != NULL) { row[h] += residual[n * hidden + h]; }
            m += row[h];
        }
        m /= (nomen_real)hidden;
        nomen_real variance = 0;
        for (size_t h = 0; h < hidden; h++) { variance += (row[h] - m) * (row[h] - m); }
        variance /= (nomen_real)hidden;
        nomen_real r = 1 / sqrt(variance + (nomen_real)norm->eps);
        for (size_t h = 0; h < hidden; h++) { y[n * hidden + h] = (row[h] - m) * r * norm->gamma[h] + norm->beta[h]; }
        if (mean != NULL) { mean[n] = m; }
        if (rstd != NULL) { rstd[n] = r; }
    }
}

size_t nomen_op_residual_norm_scratch(size_t n_rows, size_t hidden) {
    (void)n_rows, (void)hidden;
    return 0;
}

void nomen_op_residual_norm_backward(nomen_real *dx, nomen_real *dsum, nomen_real *dgamma, nomen_real *dbeta,
                                     const nomen_real *dy, const nomen_real *sum, const nomen_real *mean, const nomen_real *rstd,
                                     const nomen_norm *norm, const nomen_rows *rows, const nomen_dropout *dropout,
                                     nomen_real *scratch) {
    (void)scratch;
    size_t hidden = norm->hidden;
    for (size_t n = 0; n < rows->n_tokens; n++) {
        nomen_real g_mean = 0;  /* of g = gamma * dy */
        nomen_real gx_mean = 0; /* of g * x^, x^ = (sum - mean) * rstd */
        for (size_t h = 0; h < hidden; h++) {
            nomen_real xhat = (sum[n * hidden + h] - mean[n]) * rstd[n];
            g_mean += norm->gamma[h] * dy[n * hidden + h];
            gx_mean += norm->gamma[h] * dy[n * hidden + h] * xhat;
            dgamma[h] += dy[n * hidden + h] * xhat;
            dbeta[h] += dy[n * hidden + h];
        }
        g_mean /= (nomen_real)hidden;
        gx_mean /= (nomen_real)hidden;
        for (size_t h = 0; h < hidden; h++) {
            nomen_real xhat = (sum[n * hidden + h] - mean[n]) * rstd[n];
            dsum[n * hidden + h] = rstd[n] * (norm->gamma[h] * dy[n * hidden + h] - g_mean - xhat * gx_mean);
        }
    }
    if (dx != NULL) { nomen_op_dropout(dx, dsum, hidden, rows, dropout); }
}

/* ---- head ---- */

/* The largest of k logits, and the sum of exp(logit - largest) in *sum. */
static nomen_real largest(const nomen_real *logits, size_t k, nomen_real *sum, size_t *where) {
    *where = 0;
    for (size_t i = 1; i < k; i++) {
        if (logits[i] > logits[*where]) { *where = i; }
    }
    *sum = 0;
    for (size_t i = 0; i < k; i++) { *sum += exp(logits[i] - logits[*where]); }
    return logits[*where];
}

double nomen_op_cross_entropy_forward(const nomen_real *logits, const int32_t *targets, const nomen_real *class_weights,
                                      size_t n_rows, size_t n_labels, size_t *n_correct) {
    double loss = 0;
    size_t correct = 0;
    for (size_t n = 0; n < n_rows; n++) {
        if (targets[n] == NOMEN_IGNORE) { continue; }
        size_t target = (size_t)targets[n];
        const nomen_real *row = logits + n * n_labels;
        nomen_real sum;
        size_t where;
        nomen_real top = largest(row, n_labels, &sum, &where);
        nomen_real weight = class_weights != NULL ? class_weights[target] : 1;
        loss += (double)(weight * (log(sum) + (top - row[target])));
        correct += where == target;
    }
    if (n_correct != NULL) { *n_correct = correct; }
    return loss;
}

void nomen_op_cross_entropy_backward(nomen_real *dlogits, const nomen_real *logits, const int32_t *targets,
                                     const nomen_real *class_weights, nomen_real scale, size_t n_rows, size_t n_labels) {
    for (size_t n = 0; n < n_rows; n++) {
        nomen_real *out = dlogits + n * n_labels;
        if (targets[n] == NOMEN_IGNORE) {
            memset(out, 0, n_labels * sizeof *out);
            continue;
        }
        size_t target = (size_t)targets[n];
        nomen_real factor = scale * (class_weights != NULL ? class_weights[target] : 1);
        nomen_op_softmax(out, logits + n * n_labels, 1, n_labels);
        for (size_t k = 0; k < n_labels; k++) { out[k] = factor * (out[k] - (k == target ? 1 : 0)); }
    }
}

void nomen_op_softmax(nomen_real *probabilities, const nomen_real *logits, size_t n_rows, size_t n_labels) {
    for (size_t n = 0; n < n_rows; n++) {
        const nomen_real *row = logits + n * n_labels;
        nomen_real sum;
        size_t where;
        nomen_real top = largest(row, n_labels, &sum, &where);
        for (size_t k = 0; k < n_labels; k++) { probabilities[n * n_labels + k] = exp(row[k] - top) / sum; }
    }
}

void nomen_op_log(nomen_real *y, const nomen_real *x, size_t n_elements) {
    for (size_t e = 0; e < n_elements; e++) { y[e] = log(x[e]); }
}

/* ---- updates of flat parameter arrays ---- */

double nomen_op_square_sum(const nomen_real *x, size_t n_elements) {
    double sum = 0;
    for (size_t e = 0; e < n_elements; e++) { sum += (double)x[e] * (double)x[e]; }
    return sum;
}

void nomen_op_sgd_update(nomen_real *value, const nomen_real *gradient, size_t n_elements, float rate, float scale) {
    for (size_t e = 0; e < n_elements; e++) { value[e] -= (nomen_real)rate * ((nomen_real)scale * gradient[e]); }
}

void nomen_op_adamw_update(nomen_real *value, nomen_real *m, nomen_real *v, const nomen_real *gradient, size_t n_elements,
                           const nomen_adamw *settings) {
    const nomen_real rate = (nomen_real)settings->rate;
    const nomen_real take1 = (nomen_real)(1 - settings->beta1);
    const nomen_real keep2 = (nomen_real)settings->beta2;
    const nomen_real take2 = (nomen_real)(1 - settings->beta2);
    for (size_t e = 0; e < n_elements; e++) {
        nomen_real g = (nomen_real)settings->scale * gradient[e];
        value[e] *= 1 - rate * (nomen_real)settings->decay;
        m[e] += take1 * (g - m[e]);
        v[e] = keep2 * v[e] + take2 * g * g;
        nomen_real root = sqrt(v[e]) / (nomen_real)settings->correction2_sqrt + (nomen_real)settings->eps;
        value[e] -= rate / (nomen_real)settings->correction1 * m[e] / root;
    }
}

void nomen_op_sgd_momentum_update(nomen_real *value, nomen_real *buffer, const nomen_real *gradient, size_t n_elements,
                                  const nomen_sgd *settings) {
    const nomen_real momentum = (nomen_real)settings->momentum;
    for (size_t e = 0; e < n_elements; e++) {
        nomen_real g = (nomen_real)settings->scale * gradient[e] + (nomen_real)settings->decay * value[e];
        if (buffer != NULL) {
            buffer[e] = momentum * buffer[e] + g;
            g = settings->nesterov ? g + momentum * buffer[e] : buffer[e];
        }
        value[e] -= (nomen_real)settings->rate * g;
    }
}

void nomen_op_lion_update(nomen_real *value, nomen_real *m, const nomen_real *gradient, size_t n_elements,
                          const nomen_lion *settings) {
    const nomen_real rate = (nomen_real)settings->rate;
    const nomen_real beta1 = (nomen_real)settings->beta1, beta2 = (nomen_real)settings->beta2;
    for (size_t e = 0; e < n_elements; e++) {
        nomen_real g = (nomen_real)settings->scale * gradient[e];
        nomen_real mean = beta1 * m[e] + (1 - beta1) * g;
        value[e] *= 1 - rate * (nomen_real)settings->decay;
        value[e] -= mean > 0 ? rate : mean < 0 ? -rate : 0;
        m[e] = beta2 * m[e] + (1 - beta2) * g;
    }
}

void nomen_op_average_update(nomen_real *average, const nomen_real *value, size_t n_elements, double decay) {
    for (size_t e = 0; e < n_elements; e++) { average[e] += (nomen_real)(1 - decay) * (value[e] - average[e]); }
}

void nomen_op_fill(nomen_real *x, nomen_real value, size_t n_elements) {
    for (size_t e = 0; e < n_elements; e++) { x[e] = value; }
}

void nomen_op_copy_rows(nomen_real *to, const nomen_real *from, size_t n_rows, size_t width) {
    for (size_t e = 0; e < n_rows * width; e++) { to[e] = from[e]; }
}

void nomen_op_argmax_rows(int32_t *best, const nomen_real *x, size_t n_rows, size_t n_columns) {
    for (size_t n = 0; n < n_rows; n++) {
        best[n] = 0;
        for (size_t k = 1; k < n_columns; k++) {
            if (x[n * n_columns + k] > x[n * n_columns + (size_t)best[n]]) { best[n] = (int32_t)k; }
        }
    }
}

/* ---- the machine ---- */

const char *nomen_math_isa(void) {
    return "plain";
}
