/*
 * Inside of weights: an int8 model's dense weights from files that hold them as int8, or as floats. A part
 * is packed as soon as it is whole, so that no more than one is ever in memory unpacked.
 */
#ifndef NOMEN_MODEL_INT8_FILL_H
#define NOMEN_MODEL_INT8_FILL_H

#include "model/bert.h"
#include "model/tensor_file.h"

typedef struct nomen_int8_filler {
    nomen_dense_weights *weights;
    nomen_real *floats;     /* of one tensor, where the files hold floats */
    const nomen_bert *lora; /* adapters that are merged into those floats; NULL: none */
    nomen_real *scratch;    /* of that */
    int8_t *q;              /* (O,I) of one part */
    size_t n_rows;          /* of the part that are there */
    size_t layer;
    int part;
} nomen_int8_filler;

/* `bert` is borrowed: the model, for its adapters, whose values are there already. */
nomen_status nomen_int8_filler_create(nomen_dense_weights *weights, const nomen_bert *bert, nomen_int8_filler *out,
                                      nomen_error *err);
void nomen_int8_filler_clear(nomen_int8_filler *filler);

/* A tensor where it lies. */
typedef struct nomen_tensor_at {
    nomen_tensor_file *file;
    const nomen_tensor *tensor; /* NULL: none */
} nomen_tensor_at;

/*
 * Whether the tensors for a dense row of files that hold int8 are of the right kinds: int8 with scales
 * (O,1). The weight's shape has been checked.
 */
nomen_status nomen_int8_check(nomen_tensor_at weight, nomen_tensor_at scale, nomen_error *err);

/* Reads the weight of the next dense row, in the table's order. */
nomen_status nomen_int8_fill(nomen_int8_filler *filler, nomen_tensor_at weight, nomen_tensor_at scale, nomen_error *err);

#endif
