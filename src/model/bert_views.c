/* The model's parameters as the operations want them, and the packed dense weights of inference. */
#include <pthread.h>

#include "base/mem.h"
#include "model/bert_inner.h"

enum { ALIGNMENT = 16 }; /* reals; packed weights begin on 64 bytes */

/* Where packed weights stand in bert->packed: layer after layer, the head last. */
typedef struct packed_layout {
    size_t attention, up, down; /* from the layer's beginning, where qkv is */
    size_t layer;               /* reals of a layer */
    size_t head;                /* from the block's beginning */
    size_t total;
} packed_layout;

static size_t packed_size(size_t in, size_t out) {
    return (nomen_op_linear_packed_size(in, out) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static packed_layout get_layout(const nomen_config *config) {
    size_t h = config->hidden_size;
    size_t f = config->intermediate_size;
    packed_layout layout;
    layout.attention = packed_size(h, 3 * h);
    layout.up = layout.attention + packed_size(h, h);
    layout.down = layout.up + packed_size(h, f);
    layout.layer = layout.down + packed_size(f, h);
    if (config->dense != NOMEN_DENSE_FLOAT) { layout.layer = 0; } /* they are packed in bert->int8 */
    layout.head = layout.layer * config->num_hidden_layers;
    layout.total = layout.head + packed_size(h, config->n_labels);
    return layout;
}

static nomen_linear get_linear(const nomen_bert *bert, size_t weight, size_t bias, size_t packed, size_t in,
                               size_t out) {
    return (nomen_linear){.weight = bert->values + weight,
                          .bias = bert->values + bias,
                          .packed = bert->packed != NULL ? bert->packed + packed : NULL,
                          .in = in,
                          .out = out};
}

static nomen_norm get_norm(const nomen_bert *bert, size_t gamma, size_t beta) {
    return (nomen_norm){.gamma = bert->values + gamma,
                        .beta = bert->values + beta,
                        .hidden = bert->config->hidden_size,
                        .eps = bert->config->layer_norm_eps};
}

static nomen_int8_linear get_int8(const nomen_bert *bert, size_t layer, nomen_dense_part part, const nomen_real *bias) {
    nomen_int8_place place = nomen_int8_place_of(bert->config, layer, part);
    return (nomen_int8_linear){.packed = bert->int8->packed + place.packed,
                               .scale = bert->int8->scale + place.scale,
                               .bias = bias,
                               .in = place.in,
                               .out = place.out};
}

nomen_bert_layer nomen_bert_get_layer(const nomen_bert *bert, size_t index) {
    const nomen_layer_offsets *at = &bert->table->layers[index];
    size_t h = bert->config->hidden_size;
    size_t f = bert->config->intermediate_size;
    packed_layout layout = get_layout(bert->config);
    size_t packed = layout.layer * index;
    nomen_bert_layer layer;
    layer.qkv = get_linear(bert, at->qkv_weight, at->qkv_bias, packed, h, 3 * h);
    layer.attention = get_linear(bert, at->attention_weight, at->attention_bias, packed + layout.attention, h, h);
    layer.up = get_linear(bert, at->up_weight, at->up_bias, packed + layout.up, h, f);
    layer.down = get_linear(bert, at->down_weight, at->down_bias, packed + layout.down, f, h);
    if (bert->int8 != NULL) {
        layer.int8[NOMEN_PART_QKV] = get_int8(bert, index, NOMEN_PART_QKV, layer.qkv.bias);
        layer.int8[NOMEN_PART_ATTENTION] = get_int8(bert, index, NOMEN_PART_ATTENTION, layer.attention.bias);
        layer.int8[NOMEN_PART_UP] = get_int8(bert, index, NOMEN_PART_UP, layer.up.bias);
        layer.int8[NOMEN_PART_DOWN] = get_int8(bert, index, NOMEN_PART_DOWN, layer.down.bias);
    }
    layer.attention_norm = get_norm(bert, at->attention_gamma, at->attention_beta);
    layer.output_norm = get_norm(bert, at->output_gamma, at->output_beta);
    layer.heads = (nomen_attention){h, bert->config->num_attention_heads};
    return layer;
}

nomen_linear nomen_bert_get_head(const nomen_bert *bert) {
    return get_linear(bert, bert->table->classifier_weight, bert->table->classifier_bias,
                      get_layout(bert->config).head, bert->config->hidden_size, bert->config->n_labels);
}

nomen_norm nomen_bert_get_embedding_norm(const nomen_bert *bert) {
    return get_norm(bert, bert->table->embedding_gamma, bert->table->embedding_beta);
}

nomen_dropout nomen_bert_dropout_at(const nomen_bert_dropout *step, float rate, size_t layer, nomen_bert_site site) {
    if (step == NULL) { return (nomen_dropout){0}; }
    return (nomen_dropout){.rate = rate,
                           .seed = step->seed,
                           .step = step->step,
                           .site = (uint32_t)(layer * NOMEN_SITES_PER_LAYER + site)};
}

static void pack(nomen_real *block, size_t at, nomen_linear linear) {
    nomen_op_linear_pack(block + at, linear.weight, linear.in, linear.out);
}

/*
 * Packed weights up to this many bytes lie on huge pages: all-MiniLM's 42 MB then give a sentence 14 % sooner.
 * Those of BERT-base, 340 MB, come from memory too slowly to gain from it, while a virtual machine
 * that has to find the pages first needs long.
 */
enum { MOST_HUGE = 128 << 20 };

static nomen_status new_block(size_t n_reals, nomen_real **out, nomen_error *err) {
    return n_reals * sizeof **out <= MOST_HUGE ? NOMEN_NEW_HUGE(*out, n_reals, err) : NOMEN_NEW_ALIGNED(*out, n_reals, err);
}

/* Hands the memory of a layer's weights back; those of the head are too few to count. */
static void drop_layer(const nomen_bert *bert, size_t index, nomen_real *values) {
    const nomen_layer_offsets *at = &bert->table->layers[index];
    size_t h = bert->config->hidden_size, f = bert->config->intermediate_size;
    nomen_mem_drop(values + at->qkv_weight, 3 * h * h * sizeof *values);
    nomen_mem_drop(values + at->attention_weight, h * h * sizeof *values);
    nomen_mem_drop(values + at->up_weight, f * h * sizeof *values);
    nomen_mem_drop(values + at->down_weight, h * f * sizeof *values);
}

static nomen_status pack_all(nomen_bert *bert, nomen_real *drop, nomen_error *err) {
    if (bert->packed != NULL) { return NOMEN_OK; } /* what it was packed from may be lost */
    packed_layout layout = get_layout(bert->config);
    nomen_real *block = NULL;
    nomen_status status = new_block(layout.total, &block, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < bert->config->num_hidden_layers && bert->int8 == NULL; i++) {
        nomen_bert_layer layer = nomen_bert_get_layer(bert, i);
        size_t at = layout.layer * i;
        pack(block, at, layer.qkv);
        pack(block, at + layout.attention, layer.attention);
        pack(block, at + layout.up, layer.up);
        pack(block, at + layout.down, layer.down);
        if (drop != NULL) { drop_layer(bert, i, drop); }
    }
    pack(block, layout.head, nomen_bert_get_head(bert));
    bert->packed = block;
    return NOMEN_OK;
}

/*
 * One lock for all models: threads that make a model's first taggers at once would else pack weights that another has
 * dropped. Who packs no more has still to have taken it, which makes what was packed visible to its thread.
 */
nomen_status nomen_bert_pack(nomen_bert *bert, nomen_real *drop, nomen_error *err) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    nomen_status status = pack_all(bert, drop, err);
    pthread_mutex_unlock(&lock);
    return status;
}

void nomen_bert_unpack(nomen_bert *bert) {
    nomen_mem_free(bert->packed);
    bert->packed = NULL;
}
