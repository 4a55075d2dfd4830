/* The average of the weights. */
#include "train/optim/ema.h"

#include "base/mem.h"

nomen_status nomen_ema_create(const nomen_train_options *options, const nomen_param_table *table, nomen_ema *out,
                              nomen_error *err) {
    nomen_ema ema = {.decay = options->ema_decay, .n_elements = table->n_elements};
    nomen_status status = NOMEN_OK;
    if (ema.decay > 0) { status = NOMEN_NEW_ALIGNED(ema.values, ema.n_elements, err); }
    if (status == NOMEN_OK) { *out = ema; }
    return status;
}

void nomen_ema_clear(nomen_ema *ema) {
    nomen_mem_free(ema->values);
    *ema = (nomen_ema){0};
}

void nomen_ema_update(nomen_ema *ema, const nomen_real *values, size_t step) {
    if (ema->values == NULL) { return; }
    if (step == 1) {
        nomen_op_copy_rows(ema->values, values, 1, ema->n_elements);
    } else {
        nomen_op_average_update(ema->values, values, ema->n_elements, ema->decay);
    }
}

void nomen_ema_exchange(nomen_ema *ema, nomen_model *model) {
    if (ema->values == NULL) { return; }
    nomen_real *average = ema->values;
    ema->values = model->values;
    model->values = average;
    model->bert.values = average;
}
