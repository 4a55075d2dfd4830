/*
 * Losses over rows of logits, beside the cross-entropy of ops.h, whose rules and letters hold here too. Each forward returns
 * the sum over the rows whose target is not NOMEN_IGNORE, in double and in row order; what divides it is the sum of those
 * targets' class weights, as in torch. Each backward assigns dlogits (N,K) = scale times the gradient of that sum, and 0 on
 * ignored rows.
 */
#ifndef NOMEN_MATH_OPS_LOSS_H
#define NOMEN_MATH_OPS_LOSS_H

#include "math/ops.h"

/* What a loss is computed from; p below is the softmax of a row, t its target, w the class weights. */
typedef struct nomen_loss_rows {
    const nomen_real *logits;        /* (N,K) */
    const int32_t *targets;          /* (N) label or NOMEN_IGNORE */
    const nomen_real *class_weights; /* (K); NULL: 1 each */
    size_t n_rows, n_labels;
} nomen_loss_rows;

/*
 * Cross-entropy with label smoothing s (Szegedy et al. 2016), as torch.nn.CrossEntropyLoss(weight, label_smoothing) has it:
 *   (1 - s) w[t] log(1/p[t]) + s / K sum w[k] log(1/p[k]),   0 <= s <= 1.
 */
double nomen_op_smoothed_forward(const nomen_loss_rows *rows, double smoothing);
void nomen_op_smoothed_backward(nomen_real *dlogits, const nomen_loss_rows *rows, double smoothing, nomen_real scale);

/*
 * Focal loss (Lin et al. 2017), w[t] (1 - p[t])^gamma log(1/p[t]), gamma >= 0. Loss and gradient are finite for any finite
 * logits, p[t] = 1 included: they are then 0.
 */
double nomen_op_focal_forward(const nomen_loss_rows *rows, double gamma);
void nomen_op_focal_backward(nomen_real *dlogits, const nomen_loss_rows *rows, double gamma, nomen_real scale);

#endif
