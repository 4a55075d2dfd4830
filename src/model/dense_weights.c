/* Where packed weights are, and how much room they take. */
#include "model/dense_weights.h"

#include "base/mem.h"

enum { ALIGNMENT = 64 }; /* bytes; a cache line, and the widest vector */

/*
 * Packed floats up to this many bytes lie on huge pages: all-MiniLM's 42 MB then give a sentence 14 % sooner.
 * Those of BERT-base, 340 MB, come from memory too slowly to gain from it, while a virtual machine
 * that has to find the pages first needs long.
 */
enum { MOST_HUGE = 128 << 20 };

static size_t packed_size(nomen_dense_kind kind, size_t in, size_t out) {
    return (nomen_op_dense_packed_size(kind, in, out) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

nomen_dense_place nomen_dense_place_of(const nomen_config *config, size_t layer, nomen_dense_part part) {
    size_t h = config->hidden_size, f = config->intermediate_size;
    const struct {
        size_t in, out;
    } parts[NOMEN_DENSE_PARTS] = {
        [NOMEN_DENSE_QKV] = {h, 3 * h}, [NOMEN_DENSE_ATTENTION] = {h, h}, [NOMEN_DENSE_UP] = {h, f}, [NOMEN_DENSE_DOWN] = {f, h}};
    nomen_dense_place place = {.in = parts[part].in, .out = parts[part].out};
    size_t packed = 0, scale = 0;
    for (size_t i = 0; i < NOMEN_DENSE_PARTS; i++) {
        if (i == (size_t)part) {
            place.packed = packed;
            place.scale = scale;
        }
        packed += packed_size(nomen_dense_kind_of(config), parts[i].in, parts[i].out);
        scale += parts[i].out;
    }
    place.packed += layer * packed;
    place.scale += layer * scale;
    return place;
}

nomen_status nomen_dense_weights_create(const nomen_config *config, nomen_dense_weights *out, nomen_error *err) {
    nomen_dense_place end = nomen_dense_place_of(config, config->num_hidden_layers, NOMEN_DENSE_QKV);
    nomen_dense_weights weights = {.kind = nomen_dense_kind_of(config), .config = config};
    size_t n_bytes = end.packed + packed_size(NOMEN_DENSE_FLOAT, config->hidden_size, config->n_labels);
    bool huge = weights.kind == NOMEN_DENSE_INT8 || n_bytes <= MOST_HUGE;
    nomen_status status;
    NOMEN_TRY(huge ? NOMEN_NEW_HUGE(weights.packed, n_bytes, err) : NOMEN_NEW_ALIGNED(weights.packed, n_bytes, err));
    if (weights.kind == NOMEN_DENSE_INT8) { NOMEN_TRY(NOMEN_NEW_ALIGNED(weights.scale, end.scale, err)); }
    *out = weights;
    return NOMEN_OK;
done:
    nomen_dense_weights_clear(&weights);
    return status;
}

void nomen_dense_weights_clear(nomen_dense_weights *weights) {
    nomen_mem_free(weights->packed);
    nomen_mem_free(weights->scale);
    *weights = (nomen_dense_weights){0};
}
