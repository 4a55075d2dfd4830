/* See ops_cases.h. Compiled with float and with NOMEN_REAL_DOUBLE. */
#include "ops_cases.h"

#include <stdlib.h>
#include <string.h>

#include "guarded.h"

#ifdef NOMEN_REAL_DOUBLE
#define CASES ops_cases_double
#else
#define CASES ops_cases_float
#endif

/* ---- what a shape says ---- */

static size_t n_tokens(const ops_shape *s) {
    return s->seq_start[s->n_seqs];
}

typedef struct rows_of {
    nomen_rows rows;
    uint32_t index[OPS_SEQS];
} rows_of;

static void get_rows(const ops_shape *s, rows_of *r) {
    for (size_t b = 0; b < s->n_seqs; b++) { r->index[b] = s->seq_index[b]; }
    r->rows = (nomen_rows){n_tokens(s), s->n_seqs, s->seq_start, r->index};
}

static nomen_dropout get_dropout(const ops_shape *s) {
    return (nomen_dropout){.rate = s->rate, .seed = 0x123456789ABCDEFu, .step = s->step, .site = 7};
}

static void get_ids(const ops_shape *s, int32_t **ids, int32_t **positions, int32_t **types) {
    *ids = calloc(n_tokens(s) + 1, sizeof **ids);
    *positions = calloc(n_tokens(s) + 1, sizeof **positions);
    *types = calloc(n_tokens(s) + 1, sizeof **types);
    for (size_t b = 0; b < s->n_seqs; b++) {
        for (size_t n = s->seq_start[b]; n < s->seq_start[b + 1]; n++) {
            (*ids)[n] = (int32_t)(n * n % s->out); /* some rows often, some never */
            (*positions)[n] = (int32_t)((n - s->seq_start[b]) % s->out);
            (*types)[n] = (int32_t)(n % 3 == 2);
        }
    }
}

/* ---- dense layers: over double alone, test_linear.c has the fast ones ---- */

#ifdef NOMEN_REAL_DOUBLE

static void linear_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = n_tokens(s) * s->hidden;
    in[1] = s->out * s->hidden;
    in[2] = s->out;
    out[0] = n_tokens(s) * s->out;
}

static void linear_any(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din,
                       bool act) {
    array ax, aw, ab, ay, au, adx, adw, adb, ady, as;
    size_t n = n_tokens(s);
    size_t o = s->out;
    nomen_real *x = reals(&ax, n * s->hidden, in[0]);
    nomen_dense layer = {.in = s->hidden, .out = o};
    layer.weight = reals(&aw, o * s->hidden, in[1]);
    layer.bias = reals(&ab, o, in[2]);
    nomen_real *y = reals(&ay, n * o, NULL);
    nomen_real *u = reals(&au, n * o, NULL);
    nomen_real *scratch = reals(&as, nomen_op_dense_scratch(NOMEN_DENSE_FLOAT, n, s->hidden, o), NULL);
    if (act) {
        nomen_op_dense_act_forward(y, s->bare && dout == NULL ? NULL : u, x, &layer, (nomen_activation)s->activation, n, scratch);
    } else {
        nomen_op_dense_forward(y, x, &layer, n, scratch);
    }
    if (dout != NULL) {
        nomen_real *dx = reals(&adx, n * s->hidden, din[0]);
        nomen_real *dw = reals(&adw, o * s->hidden, din[1]);
        nomen_real *db = reals(&adb, o, din[2]);
        nomen_real *dy = reals(&ady, n * o, dout[0]);
        if (act) { nomen_op_act_backward(dy, y, dy, u, (nomen_activation)s->activation, n * o); }
        nomen_op_dense_backward(dx, dw, db, dy, x, &layer, n, 0, scratch);
        done(&adx, din[0]), done(&adw, din[1]), done(&adb, din[2]), done(&ady, NULL);
    }
    done(&ay, out[0]);
    done(&ax, NULL), done(&aw, NULL), done(&ab, NULL), done(&au, NULL), done(&as, NULL);
}

static void linear_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    linear_any(s, in, out, dout, din, false);
}

static void linear_act_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    linear_any(s, in, out, dout, din, true);
}

#endif

/* ---- embeddings ---- */

static void embedding_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = s->out * s->hidden;
    in[1] = s->out * s->hidden;
    in[2] = 2 * s->hidden;
    out[0] = n_tokens(s) * s->hidden;
}

static void embedding_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    array aw, ap, at, ao, ado;
    int32_t *ids, *positions, *types;
    get_ids(s, &ids, &positions, &types);
    size_t n = n_tokens(s);
    size_t h = s->hidden;
    nomen_real *w = reals(&aw, s->out * h, in[0]);
    nomen_real *p = reals(&ap, s->out * h, in[1]);
    nomen_real *t = reals(&at, 2 * h, in[2]);
    nomen_real *o = reals(&ao, n * h, NULL);
    nomen_op_embedding_forward(o, w, p, t, ids, positions, types, n, h);
    done(&aw, NULL), done(&ap, NULL), done(&at, NULL), done(&ao, out[0]);
    if (dout != NULL) {
        w = reals(&aw, s->out * h, din[0]);
        p = reals(&ap, s->out * h, din[1]);
        t = reals(&at, 2 * h, din[2]);
        o = reals(&ado, n * h, dout[0]);
        nomen_op_embedding_backward(w, p, t, o, ids, positions, types, n, h);
        done(&aw, din[0]), done(&ap, din[1]), done(&at, din[2]), done(&ado, NULL);
    }
    free(ids), free(positions), free(types);
}

/* ---- residual, dropout, normalisation ---- */

static void norm_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = n_tokens(s) * s->hidden; /* x */
    in[1] = s->hidden;               /* gamma */
    in[2] = s->hidden;               /* beta */
    in[3] = s->bare ? 0 : n_tokens(s) * s->hidden;
    out[0] = n_tokens(s) * s->hidden;
}

static void norm_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    array ar = {0};
    array ax, ag, ab, ay, asum, amean, arstd, adx, adsum, adg, adb, ady, as;
    size_t n = n_tokens(s);
    size_t h = s->hidden;
    rows_of r;
    get_rows(s, &r);
    nomen_dropout dropout = get_dropout(s);
    nomen_real *x = reals(&ax, n * h, in[0]);
    nomen_norm norm = {reals(&ag, h, in[1]), reals(&ab, h, in[2]), h, 1e-3f};
    nomen_real *residual = s->bare ? NULL : reals(&ar, n * h, in[3]);
    nomen_real *y = reals(&ay, n * h, NULL);
    nomen_real *sum = reals(&asum, n * h, NULL);
    nomen_real *mean = reals(&amean, n, NULL);
    nomen_real *rstd = reals(&arstd, n, NULL);
    if (dout == NULL && s->in_place) { /* inference */
        nomen_op_residual_norm_forward(x, NULL, NULL, NULL, x, residual, &norm, &r.rows, &dropout);
        memcpy(y, x, n * h * sizeof *y);
    } else {
        if (s->in_place) { memcpy(sum, x, n * h * sizeof *sum); }
        nomen_op_residual_norm_forward(y, sum, mean, rstd, s->in_place ? sum : x, residual, &norm, &r.rows, &dropout);
    }
    done(&ay, out[0]);
    if (dout != NULL) {
        nomen_real *dx = reals(&adx, n * h, din[0]);
        nomen_real *dg = reals(&adg, h, din[1]);
        nomen_real *db = reals(&adb, h, din[2]);
        nomen_real *dy = reals(&ady, n * h, dout[0]);
        nomen_real *dsum = reals(&adsum, n * h, NULL);
        nomen_real *scratch = reals(&as, nomen_op_residual_norm_scratch(n, h), NULL);
        if (s->in_place) {
            nomen_op_residual_norm_backward(dx, dy, dg, db, dy, sum, mean, rstd, &norm, &r.rows, &dropout, scratch);
            memcpy(dsum, dy, n * h * sizeof *dsum);
        } else {
            nomen_op_residual_norm_backward(dx, dsum, dg, db, dy, sum, mean, rstd, &norm, &r.rows, &dropout, scratch);
        }
        done(&adx, din[0]), done(&adg, din[1]), done(&adb, din[2]);
        done(&adsum, s->bare ? NULL : din[3]);
        done(&ady, NULL), done(&as, NULL);
    }
    done(&ax, NULL), done(&ag, NULL), done(&ab, NULL), done(&asum, NULL), done(&amean, NULL);
    done(&arstd, NULL);
    if (!s->bare) { done(&ar, NULL); }
}

static void dropout_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = out[0] = n_tokens(s) * s->hidden;
}

static void dropout_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    array ax, ay;
    rows_of r;
    get_rows(s, &r);
    nomen_dropout dropout = get_dropout(s);
    size_t size = n_tokens(s) * s->hidden;
    for (int pass = 0; pass < (dout != NULL ? 2 : 1); pass++) {
        nomen_real *x = reals(&ax, size, pass == 0 ? in[0] : dout[0]);
        nomen_real *y = reals(&ay, size, NULL);
        if (s->in_place) { memcpy(y, x, size * sizeof *y); }
        nomen_op_dropout(y, s->in_place ? y : x, s->hidden, &r.rows, &dropout);
        done(&ax, NULL), done(&ay, pass == 0 ? out[0] : din[0]);
    }
}

/* ---- attention ---- */

static void attention_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = n_tokens(s) * 3 * s->hidden;
    out[0] = n_tokens(s) * s->hidden;
}

static void attention_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    array aqkv, ac, al, as, adqkv, adc;
    size_t n = n_tokens(s);
    size_t longest = 0;
    for (size_t b = 0; b < s->n_seqs; b++) {
        size_t t = s->seq_start[b + 1] - s->seq_start[b];
        longest = t > longest ? t : longest;
    }
    rows_of r;
    get_rows(s, &r);
    nomen_dropout dropout = get_dropout(s);
    nomen_attention attention = {s->hidden, s->heads};
    nomen_real *qkv = reals(&aqkv, n * 3 * s->hidden, in[0]);
    nomen_real *context = reals(&ac, n * s->hidden, NULL);
    nomen_real *lse = reals(&al, n * s->heads, NULL);
    nomen_real *scratch = reals(&as, nomen_op_attention_scratch(&attention, n, longest), NULL);
    bool inference = dout == NULL && s->bare;
    nomen_op_attention_forward(context, inference ? NULL : lse, qkv, &attention, &r.rows, &dropout, scratch);
    if (dout != NULL) {
        nomen_real *dqkv = reals(&adqkv, n * 3 * s->hidden, din[0]);
        nomen_real *dcontext = reals(&adc, n * s->hidden, dout[0]);
        nomen_op_attention_backward(dqkv, dcontext, context, lse, qkv, &attention, &r.rows, &dropout, scratch);
        done(&adqkv, din[0]), done(&adc, NULL);
    }
    done(&aqkv, NULL), done(&ac, out[0]), done(&al, NULL), done(&as, NULL);
}

/* ---- head ---- */

static int32_t *get_targets(const ops_shape *s, array *aw, nomen_real **weights) {
    int32_t *targets = calloc(n_tokens(s) + 1, sizeof *targets);
    for (size_t n = 0; n < n_tokens(s); n++) { targets[n] = ops_cases_target(n, s->out); }
    *weights = reals(aw, s->out, NULL);
    for (size_t k = 0; k < s->out; k++) { (*weights)[k] = (nomen_real)(0.5 + 0.25 * (double)(k % 5)); }
    return targets;
}

static void cross_entropy_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = n_tokens(s) * s->out;
    out[0] = 1; /* the loss */
    out[1] = 1; /* the number of correct rows */
}

static void cross_entropy_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout,
                              double *const *din) {
    array al, ad, aw;
    nomen_real *weights;
    int32_t *targets = get_targets(s, &aw, &weights);
    nomen_real *logits = reals(&al, n_tokens(s) * s->out, in[0]);
    size_t correct = 99;
    out[0][0] = nomen_op_cross_entropy_forward(logits, targets, s->bare ? NULL : weights, n_tokens(s), s->out, &correct);
    out[1][0] = (double)correct;
    if (dout != NULL) {
        nomen_real *dlogits = reals(&ad, n_tokens(s) * s->out, din[0]);
        nomen_op_cross_entropy_backward(dlogits, logits, targets, s->bare ? NULL : weights, (nomen_real)dout[0][0], n_tokens(s),
                                        s->out);
        done(&ad, din[0]);
    }
    done(&al, NULL), done(&aw, NULL);
    free(targets);
}

static void softmax_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = out[0] = n_tokens(s) * s->out;
}

static void softmax_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    (void)dout, (void)din;
    array ax, ay;
    size_t size = n_tokens(s) * s->out;
    nomen_real *x = reals(&ax, size, in[0]);
    nomen_real *y = reals(&ay, size, NULL);
    nomen_op_softmax(s->in_place ? x : y, x, n_tokens(s), s->out);
    if (s->in_place) { memcpy(y, x, size * sizeof *y); }
    done(&ax, NULL), done(&ay, out[0]);
}

/* ---- updates: arrays of n_tokens * hidden elements ---- */

static void square_sum_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = n_tokens(s) * s->hidden;
    out[0] = 1;
}

static void square_sum_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    (void)dout, (void)din;
    array ax;
    out[0][0] = nomen_op_square_sum(reals(&ax, n_tokens(s) * s->hidden, in[0]), n_tokens(s) * s->hidden);
    done(&ax, NULL);
}

static void sgd_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = in[1] = out[0] = n_tokens(s) * s->hidden;
}

static void sgd_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    (void)dout, (void)din;
    array av, ag;
    size_t size = n_tokens(s) * s->hidden;
    nomen_real *v = reals(&av, size, in[0]);
    nomen_op_sgd_update(v, reals(&ag, size, in[1]), size, 0.125f, 0.7f);
    done(&av, out[0]), done(&ag, NULL);
}

static void adamw_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = in[1] = in[2] = in[3] = n_tokens(s) * s->hidden; /* value, m, v, gradient */
    out[0] = out[1] = out[2] = in[0];
}

static void adamw_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    (void)dout, (void)din;
    array ap, am, av, ag;
    size_t size = n_tokens(s) * s->hidden;
    nomen_real *p = reals(&ap, size, in[0]);
    nomen_real *m = reals(&am, size, in[1]);
    nomen_real *v = reals(&av, size, in[2]);
    for (size_t i = 0; i < size; i++) { v[i] = v[i] * v[i]; }
    nomen_adamw settings = {0.01, 0.9, 0.99, 1e-8, 0.01, 0.7, 0.271, 0.17233};
    nomen_op_adamw_update(p, m, v, reals(&ag, size, in[3]), size, &settings);
    done(&ap, out[0]), done(&am, out[1]), done(&av, out[2]), done(&ag, NULL);
}

static void fill_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    (void)dout, (void)din;
    array ax;
    nomen_op_fill(reals(&ax, n_tokens(s) * s->hidden, in[0]), s->bare ? (nomen_real)0.75 : 0, n_tokens(s) * s->hidden);
    done(&ax, out[0]);
}

const ops_case CASES[N_CASES] = {
#ifdef NOMEN_REAL_DOUBLE
    [CASE_LINEAR] = {"linear", linear_sizes, linear_run, 6, true},
    [CASE_LINEAR_ACT] = {"linear_act", linear_sizes, linear_act_run, 6, true},
#endif
    [CASE_EMBEDDING] = {"embedding", embedding_sizes, embedding_run, 7, true},
    [CASE_RESIDUAL_NORM] = {"residual_norm", norm_sizes, norm_run, 6, true},
    [CASE_DROPOUT] = {"dropout", dropout_sizes, dropout_run, 0, true},
    [CASE_ATTENTION] = {"attention", attention_sizes, attention_run, 0, true},
    [CASE_CROSS_ENTROPY] = {"cross_entropy", cross_entropy_sizes, cross_entropy_run, 0, true},
    [CASE_SOFTMAX] = {"softmax", softmax_sizes, softmax_run, 0, false},
    [CASE_SQUARE_SUM] = {"square_sum", square_sum_sizes, square_sum_run, 0, false},
    [CASE_SGD] = {"sgd", sgd_sizes, sgd_run, 0, false},
    [CASE_ADAMW] = {"adamw", adamw_sizes, adamw_run, 0, false},
    [CASE_FILL] = {"fill", dropout_sizes, fill_run, 0, false},
};
