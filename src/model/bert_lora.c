/* The low-rank adapters beside the encoder's dense layers, forward and backward. */
#include "base/mem.h"
#include "math/ops_lora.h"
#include "model/bert_inner.h"

/* Dropout of the adapters' inputs: sites behind those of all layers (bert_inner.h), a number for each target of each layer. */
enum { FIRST_SITE = 32768 };

/* Where a target is: the dense part beside it, and which of its blocks of H columns it adds to. */
static const struct {
    nomen_dense_part part;
    size_t block;
} places[NOMEN_LORA_TARGETS] = {
    [NOMEN_LORA_QUERY] = {NOMEN_DENSE_QKV, 0},       [NOMEN_LORA_KEY] = {NOMEN_DENSE_QKV, 1},
    [NOMEN_LORA_VALUE] = {NOMEN_DENSE_QKV, 2},       [NOMEN_LORA_ATTENTION_OUTPUT] = {NOMEN_DENSE_ATTENTION, 0},
    [NOMEN_LORA_INTERMEDIATE] = {NOMEN_DENSE_UP, 0}, [NOMEN_LORA_OUTPUT] = {NOMEN_DENSE_DOWN, 0},
};

static bool is_at(const nomen_config *config, int target, nomen_dense_part part) {
    return config->trained.lora.rank > 0 && (config->trained.lora.targets >> target & 1) && places[target].part == part;
}

bool nomen_bert_has_lora(const nomen_config *config, nomen_dense_part part) {
    bool has = false;
    for (int t = 0; t < NOMEN_LORA_TARGETS; t++) { has = has || is_at(config, t, part); }
    return has;
}

static nomen_lora get_lora(const nomen_bert *bert, size_t index, int target) {
    const nomen_lora_settings *settings = &bert->config->trained.lora;
    const nomen_layer_offsets *at = &bert->table->layers[index];
    nomen_dense_place place = nomen_dense_place_of(bert->config, index, places[target].part);
    size_t n_blocks = places[target].part == NOMEN_DENSE_QKV ? 3 : 1;
    return (nomen_lora){.in = place.in,
                        .out = place.out / n_blocks,
                        .rank = settings->rank,
                        .y_row = place.out,
                        .a = bert->values + at->lora_a[target],
                        .b = bert->values + at->lora_b[target],
                        .scale = (nomen_real)(settings->alpha / (double)settings->rank)};
}

static nomen_dropout get_dropout(const nomen_bert *bert, const nomen_bert_dropout *step, size_t index, int target) {
    if (step == NULL) { return (nomen_dropout){0}; }
    return (nomen_dropout){.rate = (float)bert->config->trained.lora.dropout,
                           .seed = step->seed,
                           .step = step->step,
                           .site = (uint32_t)(FIRST_SITE + index * NOMEN_LORA_TARGETS + (size_t)target)};
}

size_t nomen_bert_lora_scratch(const nomen_config *config, size_t n_tokens) {
    size_t most = 0;
    for (int t = 0; t < NOMEN_LORA_TARGETS; t++) {
        if (!is_at(config, t, places[t].part)) { continue; }
        nomen_dense_place place = nomen_dense_place_of(config, 0, places[t].part);
        size_t n = nomen_op_lora_scratch(n_tokens, place.in, place.out, config->trained.lora.rank);
        most = n > most ? n : most;
    }
    return most;
}

void nomen_bert_lora_forward(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, size_t index,
                             nomen_dense_part part, nomen_real *y, const nomen_real *x, nomen_bert_workspace *w) {
    for (int t = 0; t < NOMEN_LORA_TARGETS; t++) {
        if (!is_at(bert->config, t, part)) { continue; }
        nomen_lora lora = get_lora(bert, index, t);
        nomen_dropout dropout = get_dropout(bert, step, index, t);
        nomen_op_lora_forward(y + places[t].block * lora.out, x, &lora, &batch->rows, &dropout, w->scratch);
    }
}

void nomen_bert_lora_backward(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, size_t index,
                              nomen_dense_part part, nomen_real *dx, const nomen_real *dy, const nomen_real *x,
                              nomen_real *gradients, unsigned how, nomen_bert_workspace *w) {
    const nomen_layer_offsets *at = &bert->table->layers[index];
    for (int t = 0; t < NOMEN_LORA_TARGETS; t++) {
        if (!is_at(bert->config, t, part)) { continue; }
        nomen_lora lora = get_lora(bert, index, t);
        nomen_dropout dropout = get_dropout(bert, step, index, t);
        nomen_real *da = x != NULL ? nomen_param_gradient(bert->table, gradients, at->lora_a[t]) : NULL;
        nomen_real *db = x != NULL ? nomen_param_gradient(bert->table, gradients, at->lora_b[t]) : NULL;
        nomen_op_lora_backward(dx, da, db, dy + places[t].block * lora.out, x, &lora, &batch->rows, &dropout, how, w->scratch);
    }
}

size_t nomen_bert_merge_scratch(const nomen_config *config) {
    size_t longest = config->hidden_size > config->intermediate_size ? config->hidden_size : config->intermediate_size;
    return nomen_bert_lora_scratch(config, longest);
}

void nomen_bert_merge_lora_row(const nomen_bert *bert, size_t layer, nomen_dense_part part, size_t first_row, nomen_real *weight,
                               nomen_real *scratch) {
    for (int t = 0; t < NOMEN_LORA_TARGETS; t++) {
        if (!is_at(bert->config, t, part)) { continue; }
        nomen_lora lora = get_lora(bert, layer, t);
        if (places[t].block * lora.out == first_row) { nomen_op_lora_merge(weight, &lora, scratch); }
    }
}

nomen_status nomen_bert_merge_lora(const nomen_bert *bert, nomen_real *values, nomen_error *err) {
    const nomen_config *config = bert->config;
    nomen_real *scratch = NULL;
    nomen_status status = NOMEN_NEW_ALIGNED(scratch, nomen_bert_merge_scratch(config), err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < config->num_hidden_layers; i++) {
        for (int t = 0; t < NOMEN_LORA_TARGETS; t++) {
            nomen_dense_place place = nomen_dense_place_of(config, i, places[t].part);
            size_t first_row = places[t].block * config->hidden_size;
            if (!is_at(config, t, places[t].part)) { continue; }
            nomen_real *weight = values + bert->table->layers[i].weight[places[t].part] + first_row * place.in;
            nomen_bert_merge_lora_row(bert, i, places[t].part, first_row, weight, scratch);
        }
    }
    nomen_mem_free(scratch);
    return NOMEN_OK;
}
