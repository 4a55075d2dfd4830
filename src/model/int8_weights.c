/* Where an int8 model's packed weights stand. */
#include "model/int8_weights.h"

#include "base/mem.h"

enum { BORDER = 64 }; /* bytes; a cache line, and the widest vector */

nomen_int8_place nomen_int8_place_of(const nomen_config *config, size_t layer, nomen_dense_part part) {
    size_t h = config->hidden_size, f = config->intermediate_size;
    const size_t in[] = {h, h, h, f}, out[] = {3 * h, h, f, h};
    nomen_int8_place place = {.in = in[part], .out = out[part]};
    size_t packed = 0, scale = 0;
    for (size_t i = 0; i < NOMEN_DENSE_PARTS; i++) {
        if (i == (size_t)part) {
            place.packed = packed;
            place.scale = scale;
        }
        packed += (nomen_op_int8_packed_size(in[i], out[i]) + BORDER - 1) / BORDER * BORDER;
        scale += out[i];
    }
    place.packed += layer * packed;
    place.scale += layer * scale;
    return place;
}

nomen_status nomen_int8_weights_create(const nomen_config *config, nomen_int8_weights *out, nomen_error *err) {
    nomen_int8_place end = nomen_int8_place_of(config, config->num_hidden_layers, NOMEN_PART_QKV);
    nomen_int8_weights weights = {.config = config};
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW_HUGE(weights.packed, end.packed, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(weights.scale, end.scale, err));
    *out = weights;
    return NOMEN_OK;
done:
    nomen_int8_weights_clear(&weights);
    return status;
}

void nomen_int8_weights_clear(nomen_int8_weights *weights) {
    nomen_mem_free(weights->packed);
    nomen_mem_free(weights->scale);
    *weights = (nomen_int8_weights){0};
}
