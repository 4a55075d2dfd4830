/*
 * The weights of an int8 model's dense layers, packed as the operations want them. There are four to an
 * encoder layer: query, key and value as one, attention output, and the two of the feed-forward half.
 */
#ifndef NOMEN_MODEL_INT8_WEIGHTS_H
#define NOMEN_MODEL_INT8_WEIGHTS_H

#include "base/error.h"
#include "model/params.h"

typedef enum nomen_dense_part {
    NOMEN_PART_QKV = 0,
    NOMEN_PART_ATTENTION,
    NOMEN_PART_UP,
    NOMEN_PART_DOWN,
    NOMEN_DENSE_PARTS
} nomen_dense_part;

typedef struct nomen_int8_weights {
    const nomen_config *config; /* borrowed */
    uint8_t *packed;            /* part after part, layer after layer, each on 64 bytes */
    nomen_real *scale;          /* (L,5H+F) likewise: the scales of a part's rows */
} nomen_int8_weights;

/* Where a part stands, and its sizes: I inputs, O outputs. Layer L, the first that is not there, gives the ends. */
typedef struct nomen_int8_place {
    size_t in, out;
    size_t packed; /* bytes */
    size_t scale;  /* reals */
} nomen_int8_place;

nomen_int8_place nomen_int8_place_of(const nomen_config *config, size_t layer, nomen_dense_part part);

/* Room for a model's weights; *out starts as {0}. */
nomen_status nomen_int8_weights_create(const nomen_config *config, nomen_int8_weights *out, nomen_error *err);
void nomen_int8_weights_clear(nomen_int8_weights *weights);

#endif
