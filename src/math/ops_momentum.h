/*
 * Updates of flat parameter arrays by SGD with momentum and by Lion, which keep one number for each element. Plain SGD, AdamW,
 * the marks of rows and the rules are in ops.h.
 *
 * Each rounding is that of PyTorch's loops over vectors: a product that is added is fused, nothing else. So, without clipping,
 * the values are those of torch.optim.SGD and lion-pytorch to the bit.
 */
#ifndef NOMEN_MATH_OPS_MOMENTUM_H
#define NOMEN_MATH_OPS_MOMENTUM_H

#include "math/ops.h"

typedef struct nomen_sgd {
    double rate;
    double momentum;
    double decay; /* coupled: of the gradient, not of the value as AdamW's */
    double scale; /* of the gradient: carries clipping */
    bool nesterov;
} nomen_sgd;

/*
 * As torch.optim.SGD with dampening 0 (Sutskever et al. 2013, in torch's form): with g = scale * gradient + decay * value,
 *   buffer = momentum * buffer + g;   value -= rate * (nesterov ? g + momentum * buffer : buffer)
 * over n_elements each. A buffer starts at 0, which gives torch's first one, g. `buffer` is NULL where momentum is 0: then
 * value -= rate * g.
 */
void nomen_op_sgd_momentum_update(nomen_real *value, nomen_real *buffer, const nomen_real *gradient, size_t n_elements,
                                  const nomen_sgd *settings);

/*
 * The same over a table of rows (R,W), to the bits of updating every row. A row without a mark has a gradient of zero that is
 * not read. Without decay nothing of it moves, and its buffer is not there: it starts with the row's first gradient. With decay
 * every row moves at each step, so the caller sets all of `buffer` to 0 before the first.
 */
void nomen_op_sgd_momentum_update_rows(nomen_real *value, nomen_real *buffer, const nomen_real *gradient,
                                       const nomen_row_marks *rows, const nomen_sgd *settings);

typedef struct nomen_lion {
    double rate;
    double beta1; /* of the mean that gives the sign, */
    double beta2; /* and of the mean that is kept */
    double decay; /* decoupled, as AdamW's */
    double scale;
} nomen_lion;

/*
 * Lion (Chen et al. 2023), as lion-pytorch: with g = scale * gradient,
 *   value *= 1 - rate * decay;   value -= rate * sign(beta1 m + (1 - beta1) g);   m = beta2 m + (1 - beta2) g
 * over n_elements each. sign(0) is 0. A sum that is no finite number makes the value a NaN: a sign alone would hide that the
 * training has diverged.
 */
void nomen_op_lion_update(nomen_real *value, nomen_real *m, const nomen_real *gradient, size_t n_elements,
                          const nomen_lion *settings);

/* The same over a table of rows, to the bits of updating every row. A row without a mark only decays; neither its gradient nor
 * its m is read, and m starts with the row's first gradient. */
void nomen_op_lion_update_rows(nomen_real *value, nomen_real *m, const nomen_real *gradient, const nomen_row_marks *rows,
                               const nomen_lion *settings);

#endif
