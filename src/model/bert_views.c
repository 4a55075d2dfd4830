/* The model's parameters as the operations want them, and the packed dense weights of inference. */
#include "base/call.h"
#include "base/mem.h"
#include "model/bert_inner.h"

static nomen_norm get_norm(const nomen_bert *bert, size_t gamma, size_t beta) {
    return (nomen_norm){.gamma = bert->values + gamma,
                        .beta = bert->values + beta,
                        .hidden = bert->config->hidden_size,
                        .eps = bert->config->layer_norm_eps};
}

/* Where the head is packed: after the last layer. */
static uint8_t *packed_head(const nomen_bert *bert) {
    return bert->dense.packed + nomen_dense_place_of(bert->config, bert->config->num_hidden_layers, NOMEN_DENSE_QKV).packed;
}

static nomen_dense get_dense(const nomen_bert *bert, size_t layer, nomen_dense_part part) {
    const nomen_layer_offsets *at = &bert->table->layers[layer];
    const nomen_dense_weights *weights = &bert->dense;
    nomen_dense_place place = nomen_dense_place_of(bert->config, layer, part);
    return (nomen_dense){.kind = nomen_dense_kind_of(bert->config),
                         .in = place.in,
                         .out = place.out,
                         .weight = bert->values + at->weight[part],
                         .bias = bert->values + at->bias[part],
                         .packed = weights->packed != NULL ? weights->packed + place.packed : NULL,
                         .scale = weights->scale != NULL ? weights->scale + place.scale : NULL};
}

nomen_bert_layer nomen_bert_get_layer(const nomen_bert *bert, size_t index) {
    const nomen_layer_offsets *at = &bert->table->layers[index];
    nomen_bert_layer layer;
    for (int part = 0; part < NOMEN_DENSE_PARTS; part++) { layer.dense[part] = get_dense(bert, index, (nomen_dense_part)part); }
    layer.attention_norm = get_norm(bert, at->attention_gamma, at->attention_beta);
    layer.output_norm = get_norm(bert, at->output_gamma, at->output_beta);
    layer.heads = (nomen_attention){bert->config->hidden_size, bert->config->num_attention_heads};
    return layer;
}

nomen_dense nomen_bert_get_head(const nomen_bert *bert) {
    return (nomen_dense){.kind = NOMEN_DENSE_FLOAT,
                         .in = bert->config->hidden_size,
                         .out = bert->config->n_labels,
                         .weight = bert->values + bert->table->classifier_weight,
                         .bias = bert->values + bert->table->classifier_bias,
                         .packed = bert->dense.has_head ? packed_head(bert) : NULL};
}

nomen_norm nomen_bert_get_embedding_norm(const nomen_bert *bert) {
    return get_norm(bert, bert->table->embedding_gamma, bert->table->embedding_beta);
}

nomen_dropout nomen_bert_dropout_at(const nomen_bert_dropout *step, float rate, size_t layer, nomen_bert_site site) {
    if (step == NULL) { return (nomen_dropout){0}; }
    return (nomen_dropout){
        .rate = rate, .seed = step->seed, .step = step->step, .site = (uint32_t)(layer * NOMEN_SITES_PER_LAYER + site)};
}

/* Packs a layer from floats. With `drop`, its weights there are lost; those of the head are too few to count. */
static void pack_layer(const nomen_bert *bert, uint8_t *packed, size_t index, nomen_real *drop) {
    for (int part = 0; part < NOMEN_DENSE_PARTS; part++) {
        nomen_dense_place place = nomen_dense_place_of(bert->config, index, (nomen_dense_part)part);
        size_t weight = bert->table->layers[index].weight[part];
        nomen_op_dense_pack(nomen_dense_kind_of(bert->config), packed + place.packed, bert->values + weight, place.in, place.out);
        if (drop != NULL) { nomen_mem_drop(drop + weight, place.in * place.out * sizeof *drop); }
    }
}

nomen_status nomen_bert_pack(nomen_bert *bert, nomen_real *drop, nomen_error *err) {
    if (bert->dense.has_head) { return NOMEN_OK; } /* what it was packed from may be lost */
    if (bert->config->dense == NOMEN_DENSE_FLOAT) {
        nomen_dense_weights dense = {0};
        nomen_status status = nomen_dense_weights_create(bert->config, &dense, err);
        if (status != NOMEN_OK) { return status; }
        for (size_t i = 0; i < bert->config->num_hidden_layers; i++) {
            status = nomen_call_check(err);
            if (status != NOMEN_OK) {
                nomen_dense_weights_clear(&dense);
                return status;
            }
            pack_layer(bert, dense.packed, i, drop);
        }
        bert->dense = dense;
    }
    nomen_op_dense_pack(NOMEN_DENSE_FLOAT, packed_head(bert), bert->values + bert->table->classifier_weight,
                        bert->config->hidden_size, bert->config->n_labels);
    bert->dense.has_head = true;
    return NOMEN_OK;
}

void nomen_bert_unpack(nomen_bert *bert) {
    bert->dense.has_head = false;
    if (bert->config != NULL && bert->config->dense == NOMEN_DENSE_FLOAT) { nomen_dense_weights_clear(&bert->dense); }
}

void nomen_bert_clear(nomen_bert *bert) {
    nomen_dense_weights_clear(&bert->dense);
}
