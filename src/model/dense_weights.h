/*
 * The weights of the encoder's dense layers, packed as the operations want them. There are four parts to an
 * encoder layer: query, key and value as one, attention output, and the two of the feed-forward half.
 */
#ifndef NOMEN_MODEL_DENSE_WEIGHTS_H
#define NOMEN_MODEL_DENSE_WEIGHTS_H

#include "base/error.h"
#include "model/config.h"

typedef enum nomen_dense_part {
    NOMEN_DENSE_QKV = 0,
    NOMEN_DENSE_ATTENTION,
    NOMEN_DENSE_UP,
    NOMEN_DENSE_DOWN,
    NOMEN_DENSE_PARTS
} nomen_dense_part;

/*
 * FLOAT, BF16: packed from a block of values, for inference (nomen_bert_pack). INT8: filled from files, and the only copy; the
 * head, which is in floats, is packed after them.
 */
typedef struct nomen_dense_weights {
    nomen_dense_kind kind;
    const nomen_config *config; /* borrowed */
    uint8_t *packed;            /* part after part, layer after layer, each on 64 bytes, then the head; NULL: not packed */
    nomen_real *scale;          /* INT8: (L,5H+F) likewise, the scales of a part's rows; else NULL */
    bool has_head;              /* the head is packed */
} nomen_dense_weights;

/* How the encoder's dense layers compute. */
static inline nomen_dense_kind nomen_dense_kind_of(const nomen_config *config) {
    return config->bf16 ? NOMEN_DENSE_BF16 : config->dense;
}

/* A part's sizes, I inputs and O outputs, and where it is. Layer L, the first that is not there, gives the ends. */
typedef struct nomen_dense_place {
    size_t in, out;
    size_t packed; /* bytes */
    size_t scale;  /* reals */
} nomen_dense_place;

nomen_dense_place nomen_dense_place_of(const nomen_config *config, size_t layer, nomen_dense_part part);

/* Room for a model's weights and head; *out starts as {0}. */
nomen_status nomen_dense_weights_create(const nomen_config *config, nomen_dense_weights *out, nomen_error *err);
void nomen_dense_weights_clear(nomen_dense_weights *weights);

#endif
