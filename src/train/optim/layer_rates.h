/* Learning rates of the layers, of the head and of the CRF. */
#ifndef NOMEN_TRAIN_LAYER_RATES_H
#define NOMEN_TRAIN_LAYER_RATES_H

#include "model/params.h"
#include "nomen/train.h"

/*
 * Sets the rate of each tensor of the table, as a share of the run's learning rate: 1 for the head, layer_lr_decay for the last
 * layer, its square for the one before, and so on down to the embeddings, one step below the first layer (the discriminative
 * fine-tuning of Howard and Ruder 2018; BEiT and MAE count layers so, ELECTRA starts one step lower). The head has
 * head_learning_rate, where that is not 0, and the CRF has crf_learning_rate. A decay of 1 leaves all shares at exactly 1.
 */
void nomen_layer_rates_set(const nomen_train_options *options, nomen_param_table *table);

#endif
