/* SGD, AdamW and Lion over the parameter table. */
#include "train/optim/optimizer.h"

#include <math.h>

#include "base/mem.h"
#include "math/ops_momentum.h"

static void update_sgd(const nomen_optimizer_state *state, const nomen_tensor_update *u) {
    const nomen_train_options *o = state->options;
    if (o->momentum == 0 && u->decay == 0) {
        if (u->rows != NULL) {
            nomen_op_sgd_update_rows(u->value, u->gradient, u->rows, (float)u->rate, (float)u->scale);
        } else {
            nomen_op_sgd_update(u->value, u->gradient, u->n_elements, (float)u->rate, (float)u->scale);
        }
        return;
    }
    const nomen_sgd s = {.rate = u->rate, .momentum = o->momentum, .decay = u->decay, .scale = u->scale, .nesterov = o->nesterov};
    if (u->rows != NULL) {
        nomen_op_sgd_momentum_update_rows(u->value, u->slots[0], u->gradient, u->rows, &s);
    } else {
        nomen_op_sgd_momentum_update(u->value, u->slots[0], u->gradient, u->n_elements, &s);
    }
}

static void update_adamw(const nomen_optimizer_state *state, const nomen_tensor_update *u) {
    const nomen_train_options *o = state->options;
    const nomen_adamw s = {
        .rate = u->rate,
        .beta1 = o->adam_beta1,
        .beta2 = o->adam_beta2,
        .eps = o->adam_epsilon,
        .decay = u->decay,
        .scale = u->scale,
        .correction1 = 1 - state->beta1_power,
        .correction2_sqrt = sqrt(1 - state->beta2_power),
    };
    if (u->rows != NULL) {
        nomen_op_adamw_update_rows(u->value, u->slots[0], u->slots[1], u->gradient, u->rows, &s);
    } else {
        nomen_op_adamw_update(u->value, u->slots[0], u->slots[1], u->gradient, u->n_elements, &s);
    }
}

static void update_lion(const nomen_optimizer_state *state, const nomen_tensor_update *u) {
    const nomen_train_options *o = state->options;
    const nomen_lion s = {.rate = u->rate, .beta1 = o->lion_beta1, .beta2 = o->lion_beta2, .decay = u->decay, .scale = u->scale};
    if (u->rows != NULL) {
        nomen_op_lion_update_rows(u->value, u->slots[0], u->gradient, u->rows, &s);
    } else {
        nomen_op_lion_update(u->value, u->slots[0], u->gradient, u->n_elements, &s);
    }
}

const nomen_optimizer_kind *nomen_optimizer_kind_of(const nomen_train_options *options) {
    static const nomen_optimizer_kind kinds[] = {
        [NOMEN_OPTIMIZER_ADAMW] = {"AdamW", 2, {"exp_avg", "exp_avg_sq"}, update_adamw},
        [NOMEN_OPTIMIZER_SGD] = {"SGD", 0, {NULL}, update_sgd},
        [NOMEN_OPTIMIZER_LION] = {"Lion", 1, {"exp_avg"}, update_lion},
    };
    static const nomen_optimizer_kind momentum = {"SGD with momentum", 1, {"momentum_buffer"}, update_sgd};
    const bool with_momentum = options->optimizer == NOMEN_OPTIMIZER_SGD && options->momentum > 0;
    return with_momentum ? &momentum : &kinds[options->optimizer];
}

nomen_status nomen_optimizer_create(const nomen_train_options *options, const nomen_param_table *table,
                                    nomen_optimizer_state *out, nomen_error *err) {
    nomen_optimizer_state state = {.options = options, .table = table, .beta1_power = 1, .beta2_power = 1};
    nomen_status status = NOMEN_OK;
    state.kind = nomen_optimizer_kind_of(options);
    /* SGD's decay is of the gradient, so that momentum moves also the words that no step has used. */
    state.every_row = options->optimizer == NOMEN_OPTIMIZER_SGD && options->weight_decay > 0;
    for (size_t k = 0; k < state.kind->n_slots; k++) {
        NOMEN_TRY(NOMEN_NEW_ALIGNED(state.slots[k], table->n_elements, err));
        for (size_t i = 0; i < table->n_rows; i++) {
            const nomen_param *p = &table->rows[i];
            if (p->offset == table->word && !state.every_row) { continue; } /* a row starts with its first gradient */
            nomen_op_fill(state.slots[k] + p->offset, 0, p->size);
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
static void update(const nomen_optimizer_state *state, const nomen_param *p, nomen_real *values, const nomen_real *gradients,
                   const nomen_row_marks *words, double rate, double scale) {
    nomen_tensor_update u = {
        .value = values + p->offset,
        .gradient = gradients + p->offset,
        .n_elements = p->size,
        .rows = p->offset == words->offset ? words : NULL,
        .rate = rate * p->lr_scale,
        .decay = p->decay ? state->options->weight_decay : 0,
        .scale = scale,
    };
    for (size_t k = 0; k < state->kind->n_slots; k++) { u.slots[k] = state->slots[k] + p->offset; }
    state->kind->update(state, &u);
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
    for (size_t i = 0; i < table->n_rows; i++) {
        if (table->rows[i].trainable) { update(state, &table->rows[i], values, gradients, words, rate, scale); }
    }
    return norm;
}
