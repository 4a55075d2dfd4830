/* SGD and AdamW over the parameter table. */
#include "train/optim/optimizer.h"

#include <math.h>

#include "base/mem.h"

static void update_sgd(nomen_real *value, nomen_real *const *slots, const nomen_real *gradient, size_t n_elements,
                       const nomen_adamw *s) {
    (void)slots;
    nomen_op_sgd_update(value, gradient, n_elements, (float)s->rate, (float)s->scale);
}

static void update_sgd_rows(nomen_real *value, nomen_real *const *slots, const nomen_real *gradient, const nomen_row_marks *rows,
                            const nomen_adamw *s) {
    (void)slots;
    nomen_op_sgd_update_rows(value, gradient, rows, (float)s->rate, (float)s->scale);
}

static void update_adamw(nomen_real *value, nomen_real *const *slots, const nomen_real *gradient, size_t n_elements,
                         const nomen_adamw *s) {
    nomen_op_adamw_update(value, slots[0], slots[1], gradient, n_elements, s);
}

static void update_adamw_rows(nomen_real *value, nomen_real *const *slots, const nomen_real *gradient,
                              const nomen_row_marks *rows, const nomen_adamw *s) {
    nomen_op_adamw_update_rows(value, slots[0], slots[1], gradient, rows, s);
}

const nomen_optimizer_kind *nomen_optimizer_kind_of(nomen_optimizer optimizer) {
    static const nomen_optimizer_kind kinds[] = {
        [NOMEN_OPTIMIZER_ADAMW] = {"AdamW", 2, update_adamw, update_adamw_rows},
        [NOMEN_OPTIMIZER_SGD] = {"SGD", 0, update_sgd, update_sgd_rows},
    };
    return &kinds[optimizer];
}

nomen_status nomen_optimizer_create(const nomen_train_options *options, const nomen_param_table *table,
                                    nomen_optimizer_state *out, nomen_error *err) {
    nomen_optimizer_state state = {.options = options, .table = table, .beta1_power = 1, .beta2_power = 1};
    nomen_status status = NOMEN_OK;
    state.kind = nomen_optimizer_kind_of(options->optimizer);
    for (size_t k = 0; k < state.kind->n_slots; k++) {
        NOMEN_TRY(NOMEN_NEW_ALIGNED(state.slots[k], nomen_param_n_trainable(table), err));
        for (size_t i = 0; i < table->n_rows; i++) {
            const nomen_param *p = &table->rows[i];
            if (!p->trainable || p->offset == table->word) { continue; } /* a row of words starts with its first gradient */
            nomen_op_fill(nomen_param_gradient(table, state.slots[k], p->offset), 0, p->size);
        }
    }
    *out = state;
    return NOMEN_OK;
done:
    nomen_optimizer_clear(&state);
    return status;
}

void nomen_optimizer_clear(nomen_optimizer_state *state) {
    for (size_t k = 0; k < NOMEN_OPTIMIZER_MOST_SLOTS; k++) { nomen_mem_free(state->slots[k]); }
    *state = (nomen_optimizer_state){0};
}

/* As torch.nn.utils.clip_grad_norm_: max_norm / (norm + 1e-6), never above 1. */
static float clip_scale(double max_norm, double norm) {
    double scale = max_norm / (norm + 1e-6);
    return scale < 1 ? (float)scale : 1.0f;
}

/* One tensor's update. */
static void update(const nomen_optimizer_state *state, const nomen_param *p, nomen_real *values, nomen_real *gradients,
                   const nomen_row_marks *words, const nomen_adamw *settings) {
    const nomen_real *gradient = nomen_param_gradient(state->table, gradients, p->offset);
    nomen_real *slots[NOMEN_OPTIMIZER_MOST_SLOTS] = {0};
    nomen_adamw own = *settings;
    own.rate = settings->rate * p->lr_scale;
    own.decay = p->decay ? state->options->weight_decay : 0;
    for (size_t k = 0; k < state->kind->n_slots; k++) {
        slots[k] = nomen_param_gradient(state->table, state->slots[k], p->offset);
    }
    if (p->offset == words->offset) {
        state->kind->update_rows(values + p->offset, slots, gradient, words, &own);
    } else {
        state->kind->update(values + p->offset, slots, gradient, p->size, &own);
    }
}

double nomen_optimizer_step(nomen_optimizer_state *state, nomen_real *values, nomen_real *gradients, const nomen_row_marks *words,
                            double rate) {
    const nomen_train_options *o = state->options;
    const nomen_param_table *table = state->table;
    double norm = 0;
    float scale = 1;
    if (o->max_grad_norm > 0) {
        norm = sqrt(nomen_op_square_sum_rows(gradients, nomen_param_n_trainable(table), words));
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
        if (table->rows[i].trainable) { update(state, &table->rows[i], values, gradients, words, &settings); }
    }
    return norm;
}
