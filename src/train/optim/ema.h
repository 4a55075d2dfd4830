/*
 * An exponential moving average of the weights (Polyak, Juditsky 1992, with forgetting): what dev is scored with and what is
 * kept, while training goes on with the weights themselves.
 */
#ifndef NOMEN_TRAIN_EMA_H
#define NOMEN_TRAIN_EMA_H

#include "model_dir/model.h"
#include "nomen/train.h"

typedef struct nomen_ema {
    double decay;
    size_t n_elements;
    nomen_real *values; /* (n_elements) a block of the parameter table; NULL: there is no average */
} nomen_ema;

/* A block without values yet, or none at all where options->ema_decay is 0. Freed by nomen_ema_clear. */
nomen_status nomen_ema_create(const nomen_train_options *options, const nomen_param_table *table, nomen_ema *out,
                              nomen_error *err);
void nomen_ema_clear(nomen_ema *ema);

/*
 * After optimiser step number `step` (from 1) takes in the weights `values`: the first as they are, then
 * average = decay * average + (1 - decay) * values, as torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn(decay).
 * All of the block is averaged; weights that a step leaves alone, too.
 */
void nomen_ema_update(nomen_ema *ema, const nomen_real *values, size_t step);

/* Puts the average into the model and the model's weights into its place; once more brings both back. Nothing without one. */
void nomen_ema_exchange(nomen_ema *ema, nomen_model *model);

#endif
