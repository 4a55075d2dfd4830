/* SGD and AdamW over the parameter table. */
#include "train/optimizer.h"

#include <math.h>

#include "base/mem.h"

nomen_status nomen_optimizer_create(const nomen_train_options *options, const nomen_param_table *table,
                                    nomen_optimizer_state *out, nomen_error *err) {
    nomen_optimizer_state state = {.options = options, .table = table, .beta1_power = 1, .beta2_power = 1};
    nomen_status status = NOMEN_OK;
    if (options->optimizer == NOMEN_OPTIMIZER_ADAMW) {
        NOMEN_TRY(NOMEN_NEW_ALIGNED(state.m, table->n_elements, err));
        NOMEN_TRY(NOMEN_NEW_ALIGNED(state.v, table->n_elements, err));
        for (size_t i = 0; i < table->n_rows; i++) {
            const nomen_param *p = &table->rows[i];
            if (p->offset == table->word) { continue; } /* a row starts with its first gradient */
            nomen_op_zero(state.m + p->offset, p->size);
            nomen_op_zero(state.v + p->offset, p->size);
        }
    }
    *out = state;
    return NOMEN_OK;
done:
    nomen_optimizer_clear(&state);
    return status;
}

void nomen_optimizer_clear(nomen_optimizer_state *state) {
    nomen_mem_free(state->m);
    nomen_mem_free(state->v);
    *state = (nomen_optimizer_state){0};
}

/* As torch.nn.utils.clip_grad_norm_: max_norm / (norm + 1e-6), never above 1. */
static float clip_scale(double max_norm, double norm) {
    double scale = max_norm / (norm + 1e-6);
    return scale < 1 ? (float)scale : 1.0f;
}

/* One tensor's update. The CRF's have a rate of their own, which follows the schedule of the others'. */
static void update(const nomen_optimizer_state *state, const nomen_param *p, nomen_real *values,
                   const nomen_real *gradients, const nomen_row_marks *words, const nomen_adamw *settings) {
    nomen_real *value = values + p->offset;
    const nomen_real *gradient = gradients + p->offset;
    bool by_rows = p->offset == words->offset;
    double crf_factor = state->options->crf_learning_rate / state->options->learning_rate;
    double full_rate = p < state->table->rows + state->table->n_model_rows ? settings->rate : settings->rate * crf_factor;
    if (state->options->optimizer == NOMEN_OPTIMIZER_SGD) {
        float rate = (float)full_rate, scale = (float)settings->scale;
        if (by_rows) {
            nomen_op_sgd_update_rows(value, gradient, words, rate, scale);
        } else {
            nomen_op_sgd_update(value, gradient, p->size, rate, scale);
        }
    } else {
        nomen_adamw adamw = *settings;
        adamw.rate = full_rate;
        adamw.decay = p->decay ? state->options->weight_decay : 0;
        nomen_real *m = state->m + p->offset, *v = state->v + p->offset;
        if (by_rows) {
            nomen_op_adamw_update_rows(value, m, v, gradient, words, &adamw);
        } else {
            nomen_op_adamw_update(value, m, v, gradient, p->size, &adamw);
        }
    }
}

double nomen_optimizer_step(nomen_optimizer_state *state, nomen_real *values, const nomen_real *gradients,
                            const nomen_row_marks *words, double rate) {
    const nomen_train_options *o = state->options;
    const nomen_param_table *table = state->table;
    double norm = 0;
    float scale = 1;
    if (o->max_grad_norm > 0) {
        norm = sqrt(nomen_op_square_sum_rows(gradients, table->n_elements, words));
        scale = clip_scale(o->max_grad_norm, norm);
    }
    state->step++;
    state->beta1_power *= o->adam_beta1;
    state->beta2_power *= o->adam_beta2;
    nomen_adamw settings = {
        .rate = rate,
        .beta1 = o->adam_beta1,
        .beta2 = o->adam_beta2,
        .eps = o->adam_epsilon,
        .scale = scale,
        .correction1 = 1 - state->beta1_power,
        .correction2_sqrt = sqrt(1 - state->beta2_power),
    };
    for (size_t i = 0; i < table->n_rows; i++) {
        update(state, &table->rows[i], values, gradients, words, &settings);
    }
    return norm;
}
