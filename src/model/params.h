/*
 * The parameter table: one row for each tensor, with Hugging Face's name, in one array. Values,
 * gradients and optimiser states are one aligned block each, laid out by this table; loading,
 * saving, optimisers and tests all walk it.
 */
#ifndef NOMEN_MODEL_PARAMS_H
#define NOMEN_MODEL_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "math/ops.h"
#include "model/dense_weights.h"

/* How a tensor starts when no file gives it. */
typedef enum nomen_param_start { NOMEN_START_NORMAL = 0, NOMEN_START_ZERO = 1, NOMEN_START_ONE = 2 } nomen_param_start;

/* The file that a tensor is in. */
typedef enum nomen_param_owner {
    NOMEN_OWNER_WEIGHTS = 0, /* the model's weights, which transformers knows */
    NOMEN_OWNER_CRF          /* crf.safetensors; its rows come last */
} nomen_param_owner;

typedef struct nomen_param {
    char name[96]; /* as transformers' BertForTokenClassification names it, "bert." included; the CRF's: as pytorch-crf */
    size_t shape[2];
    size_t n_dims; /* 1 or 2 */
    size_t offset; /* of its first element in a block */
    size_t size;   /* elements */
    nomen_param_owner owner;
    size_t depth;    /* 0: of the embeddings, 1 to L: of a layer, L + 1: of the head or the CRF */
    bool trainable;  /* an optimiser may change it; true */
    double lr_scale; /* its learning rate over the run's; 1 */
    bool decay;      /* weight decay applies: not to biases and LayerNorm */
    bool head;       /* classifier.*: may be absent from a file */
    bool dense;      /* a weight of the encoder's dense layers: where they are int8, it is in no block */
    bool follows;    /* directly after the row before: key and value, after the query */
    nomen_param_start start;
} nomen_param;

/* Offsets of one encoder layer's tensors in a block. */
typedef struct nomen_layer_offsets {
    size_t weight[NOMEN_DENSE_PARTS]; /* (O,I) of nomen_dense_place_of; QKV: query, key and value below each other */
    size_t bias[NOMEN_DENSE_PARTS];   /* (O) */
    size_t attention_gamma, attention_beta;
    size_t output_gamma, output_beta;
} nomen_layer_offsets;

typedef struct nomen_param_table {
    const nomen_arch *arch;
    nomen_param *rows;
    size_t n_rows;
    size_t n_model_rows;    /* those of NOMEN_OWNER_WEIGHTS, the first */
    size_t n_elements;      /* of a block, padding included (gaps hold zeros) */
    nomen_dense_kind dense; /* as config has it, */
    bool quantize;          /* and this */
    size_t word, position, type, embedding_gamma, embedding_beta;
    nomen_layer_offsets *layers;                /* (L) */
    size_t n_layers;                            /* L */
    size_t classifier_weight, classifier_bias;  /* (K,H), (K) */
    size_t crf_transitions, crf_start, crf_end; /* (K,K), (K), (K); where config.crf */
} nomen_param_table;

/* Builds the table for config (whose n_labels must be positive). Every tensor starts on 64 bytes,
 * except that query, key and value follow each other without a gap, and that dense weights kept as int8
 * take no room (model/dense_weights.h has them). */
nomen_status nomen_param_table_create(const nomen_config *config, nomen_param_table *out, nomen_error *err);
void nomen_param_table_clear(nomen_param_table *table);

/* Zeroes the elements of a block that belong to no tensor, so that sums over a block need no table. */
void nomen_param_table_clear_gaps(const nomen_param_table *table, nomen_real *block);

/* Whether a row's values are in a block: all but the dense weights that are int8. */
bool nomen_param_in_block(const nomen_param_table *table, const nomen_param *row);

/* The row with this name, or NULL. */
const nomen_param *nomen_param_table_find(const nomen_param_table *table, const char *name);

#endif
