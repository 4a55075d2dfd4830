/* Learning rates of the layers. */
#include "train/optim/layer_rates.h"

void nomen_layer_rates_set(const nomen_train_options *o, nomen_param_table *table) {
    double share = 1;
    /* From the top: each depth's share is the one above times the decay, as no power of libm is the same everywhere. */
    for (size_t depth = table->n_layers + 1;; depth--, share *= o->layer_lr_decay) {
        for (size_t i = 0; i < table->n_rows; i++) {
            if (table->rows[i].depth == depth) { table->rows[i].lr_scale = share; }
        }
        if (depth == 0) { break; }
    }
    for (size_t i = 0; i < table->n_rows; i++) {
        nomen_param *row = &table->rows[i];
        if (row->head && o->head_learning_rate > 0) { row->lr_scale = o->head_learning_rate / o->learning_rate; }
        if (row->owner == NOMEN_OWNER_CRF) { row->lr_scale = o->crf_learning_rate / o->learning_rate; }
    }
}
