/* The losses of ops_loss.h as plain loops: see ops_plain.c. */
#include <string.h>
#include <tgmath.h>

#include "math/ops_loss.h"

static nomen_real weight_of(const nomen_loss_rows *rows, size_t label) {
    return rows->class_weights != NULL ? rows->class_weights[label] : 1;
}

/* log(1/p) of a label of row n. */
static nomen_real surprise(const nomen_loss_rows *rows, size_t n, size_t label) {
    const nomen_real *row = rows->logits + n * rows->n_labels;
    nomen_real top = row[0], sum = 0;
    for (size_t k = 1; k < rows->n_labels; k++) { top = row[k] > top ? row[k] : top; }
    for (size_t k = 0; k < rows->n_labels; k++) { sum += exp(row[k] - top); }
    return log(sum) + (top - row[label]);
}

double nomen_op_smoothed_forward(const nomen_loss_rows *rows, double smoothing) {
    double loss = 0;
    for (size_t n = 0; n < rows->n_rows; n++) {
        if (rows->targets[n] == NOMEN_IGNORE) { continue; }
        const size_t target = (size_t)rows->targets[n];
        nomen_real all = 0;
        for (size_t k = 0; k < rows->n_labels; k++) { all += weight_of(rows, k) * surprise(rows, n, k); }
        loss += (1 - smoothing) * weight_of(rows, target) * surprise(rows, n, target) + smoothing / (double)rows->n_labels * all;
    }
    return loss;
}

void nomen_op_smoothed_backward(nomen_real *dlogits, const nomen_loss_rows *rows, double smoothing, nomen_real scale) {
    const size_t n_labels = rows->n_labels;
    memset(dlogits, 0, rows->n_rows * n_labels * sizeof *dlogits);
    for (size_t n = 0; n < rows->n_rows; n++) {
        for (size_t label = 0; label < n_labels && rows->targets[n] != NOMEN_IGNORE; label++) {
            nomen_real weight = (nomen_real)smoothing / (nomen_real)n_labels * weight_of(rows, label);
            if (label == (size_t)rows->targets[n]) { weight += (nomen_real)(1 - smoothing) * weight_of(rows, label); }
            for (size_t k = 0; k < n_labels; k++) {
                dlogits[n * n_labels + k] += scale * weight * (exp(-surprise(rows, n, k)) - (k == label ? 1 : 0));
            }
        }
    }
}

/* Where p[t] is 1 the loss is 0, and so is its slope over p[t] - 1 but for gamma = 0. */
static nomen_real focal(const nomen_loss_rows *rows, size_t n, double gamma, nomen_real *slope) {
    const nomen_real cost = surprise(rows, n, (size_t)rows->targets[n]), rest = -expm1(-cost), ratio = rest > 0 ? cost / rest : 1;
    const nomen_real power = pow(rest, (nomen_real)gamma);
    *slope = power * ((nomen_real)gamma * exp(-cost) * ratio + 1);
    return power * cost;
}

double nomen_op_focal_forward(const nomen_loss_rows *rows, double gamma) {
    double loss = 0;
    nomen_real slope;
    for (size_t n = 0; n < rows->n_rows; n++) {
        if (rows->targets[n] == NOMEN_IGNORE) { continue; }
        loss += (double)(weight_of(rows, (size_t)rows->targets[n]) * focal(rows, n, gamma, &slope));
    }
    return loss;
}

void nomen_op_focal_backward(nomen_real *dlogits, const nomen_loss_rows *rows, double gamma, nomen_real scale) {
    const size_t n_labels = rows->n_labels;
    memset(dlogits, 0, rows->n_rows * n_labels * sizeof *dlogits);
    for (size_t n = 0; n < rows->n_rows; n++) {
        if (rows->targets[n] == NOMEN_IGNORE) { continue; }
        const size_t target = (size_t)rows->targets[n];
        nomen_real slope;
        (void)focal(rows, n, gamma, &slope);
        for (size_t k = 0; k < n_labels; k++) {
            dlogits[n * n_labels + k] =
                scale * weight_of(rows, target) * slope * (exp(-surprise(rows, n, k)) - (k == target ? 1 : 0));
        }
    }
}
