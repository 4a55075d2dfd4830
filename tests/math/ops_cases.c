/* See ops_cases.h. Compiled with float and with NOMEN_REAL_DOUBLE. */
#include "ops_cases.h"

#include <stdlib.h>
#include <string.h>

#include "guarded.h"
#include "math/ops_momentum.h"
#include "math/ops_loss.h"

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

#include "ops_cases_layers.inc.h"

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

static void loss_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = n_tokens(s) * s->out;
    out[0] = 1;
}

/* The two settings that a loss is tried with, which a float holds exactly. */
static double setting(const ops_shape *s, double one, double other) {
    return s->in_place ? one : other;
}

static void loss_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din,
                     bool is_focal) {
    array al, ad, aw;
    nomen_real *weights;
    int32_t *targets = get_targets(s, &aw, &weights);
    const nomen_loss_rows rows = {reals(&al, n_tokens(s) * s->out, in[0]), targets, s->bare ? NULL : weights, n_tokens(s),
                                  s->out};
    const double smoothing = setting(s, 0.25, 1), gamma = setting(s, 0.5, 2);
    out[0][0] = is_focal ? nomen_op_focal_forward(&rows, gamma) : nomen_op_smoothed_forward(&rows, smoothing);
    if (dout != NULL) {
        nomen_real *dlogits = reals(&ad, n_tokens(s) * s->out, din[0]);
        if (is_focal) {
            nomen_op_focal_backward(dlogits, &rows, gamma, (nomen_real)dout[0][0]);
        } else {
            nomen_op_smoothed_backward(dlogits, &rows, smoothing, (nomen_real)dout[0][0]);
        }
        done(&ad, din[0]);
    }
    done(&al, NULL), done(&aw, NULL);
    free(targets);
}

static void smoothed_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    loss_run(s, in, out, dout, din, false);
}

static void focal_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    loss_run(s, in, out, dout, din, true);
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

static void momentum_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = in[1] = in[2] = n_tokens(s) * s->hidden; /* value, buffer or m, gradient */
    out[0] = out[1] = in[0];
}

/* In its bare form without a buffer, otherwise Nesterov's; plain momentum is in test_update_rows.c. */
static void momentum_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    (void)dout, (void)din;
    array ap, ab, ag;
    size_t size = n_tokens(s) * s->hidden;
    nomen_real *p = reals(&ap, size, in[0]), *b = reals(&ab, size, in[1]);
    nomen_sgd settings = {0.125, s->bare ? 0 : 0.9, 0.05, 0.7, !s->bare};
    nomen_op_sgd_momentum_update(p, s->bare ? NULL : b, reals(&ag, size, in[2]), size, &settings);
    done(&ap, out[0]), done(&ab, out[1]), done(&ag, NULL);
}

static void lion_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    (void)dout, (void)din;
    array ap, am, ag;
    size_t size = n_tokens(s) * s->hidden;
    nomen_real *p = reals(&ap, size, in[0]), *m = reals(&am, size, in[1]);
    nomen_lion settings = {0.01, 0.9, 0.99, 0.05, 0.7};
    nomen_op_lion_update(p, m, reals(&ag, size, in[2]), size, &settings);
    done(&ap, out[0]), done(&am, out[1]), done(&ag, NULL);
}

static void average_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    (void)dout, (void)din;
    array aa, av;
    size_t size = n_tokens(s) * s->hidden;
    nomen_real *average = reals(&aa, size, in[0]);
    nomen_op_average_update(average, reals(&av, size, in[1]), size, 0.875);
    done(&aa, out[0]), done(&av, NULL);
}

static void fill_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    (void)dout, (void)din;
    array ax;
    nomen_op_fill(reals(&ax, n_tokens(s) * s->hidden, in[0]), s->bare ? (nomen_real)0.75 : 0, n_tokens(s) * s->hidden);
    done(&ax, out[0]);
}

const ops_case CASES[] = {
    {"linear", OPS_LAYER, linear_sizes, linear_run, .has_backward = true, .plain_only = true, .adds = 6},
    {"linear_act", OPS_LAYER, linear_sizes, linear_act_run, .has_backward = true, .plain_only = true, .adds = 6},
    {"embedding", OPS_ROWS, embedding_sizes, embedding_run, ops_bound_embedding, .has_backward = true, .adds = 7,
     .bits = 0x2F83144251210716u},
    {"residual_norm", OPS_ROWS, norm_sizes, norm_run, ops_bound_norm, .has_backward = true, .adds = 6, .by_row = 9,
     .bits = 0xCD03C0A169883131u},
    {"dropout", OPS_ROWS, dropout_sizes, dropout_run, ops_bound_dropout, .has_backward = true, .by_row = 1,
     .bits = 0xDDC0C700198DCC93u},
    {"attention", OPS_ATTENTION, attention_sizes, attention_run, ops_bound_attention, .has_backward = true, .by_row = 1,
     .bits = 0x27714B6CAFC77161u},
    {"cross_entropy", OPS_LABELS, cross_entropy_sizes, cross_entropy_run, ops_bound_cross_entropy, .has_backward = true,
     .counts = 2, .bits = 0x2485C9C4F70CE2E5u},
    {"smoothed", OPS_LABELS, loss_sizes, smoothed_run, ops_bound_cross_entropy, .has_backward = true,
     .bits = 0xFB68A12A2DA46EDFu},
    {"focal", OPS_LABELS, loss_sizes, focal_run, ops_bound_focal, .has_backward = true, .bits = 0x536662258E51DE9Eu},
    {"softmax", OPS_LABELS, softmax_sizes, softmax_run, ops_bound_softmax, .by_row = 1, .bits = 0xF7D5E2FFC8F2F72Bu},
    {"square_sum", OPS_ROWS, square_sum_sizes, square_sum_run, ops_bound_square_sum, .bits = 0xAE06BE5A65E0C331u},
    {"sgd", OPS_ROWS, sgd_sizes, sgd_run, ops_bound_sgd, .bits = 0x52B26514F4883DC7u},
    {"adamw", OPS_ROWS, adamw_sizes, adamw_run, ops_bound_adamw, .bits = 0x614E59F1677B8894u},
    {"sgd_momentum", OPS_ROWS, momentum_sizes, momentum_run, ops_bound_sgd_momentum, .bits = 0xABF8977528D48978u},
    {"lion", OPS_ROWS, momentum_sizes, lion_run, ops_bound_sgd, .bits = 0x43B227303D0BC889u},
    {"average", OPS_ROWS, sgd_sizes, average_run, ops_bound_sgd, .bits = 0xDFEE1BD28724AD47u},
    {"fill", OPS_ROWS, dropout_sizes, fill_run, ops_bound_exact, .bits = 0xA33AEBF318119A85u},
    {0},
};
