/* Filling an int8 model from files. */
#include "model/int8_fill.h"

#include <math.h>

#include "base/mem.h"

nomen_status nomen_int8_filler_create(nomen_dense_weights *weights, const nomen_bert *bert, nomen_int8_filler *out,
                                      nomen_error *err) {
    const nomen_config *config = weights->config;
    nomen_int8_filler filler = {.weights = weights};
    size_t most = 0;
    nomen_status status;
    for (int part = 0; part < NOMEN_DENSE_PARTS; part++) {
        nomen_dense_place place = nomen_dense_place_of(config, 0, (nomen_dense_part)part);
        if (place.in * place.out > most) { most = place.in * place.out; }
    }
    NOMEN_TRY(NOMEN_NEW_ALIGNED(filler.q, most, err));
    if (config->quantize) { NOMEN_TRY(NOMEN_NEW_ALIGNED(filler.floats, most, err)); }
    if (config->trained.lora.rank > 0) {
        filler.lora = bert;
        NOMEN_TRY(NOMEN_NEW_ALIGNED(filler.scratch, nomen_bert_merge_scratch(config), err));
    }
    *out = filler;
    return NOMEN_OK;
done:
    nomen_int8_filler_clear(&filler);
    return status;
}

void nomen_int8_filler_clear(nomen_int8_filler *filler) {
    nomen_mem_free(filler->floats);
    nomen_mem_free(filler->scratch);
    nomen_mem_free(filler->q);
    *filler = (nomen_int8_filler){0};
}

nomen_status nomen_int8_check(nomen_tensor_at weight, nomen_tensor_at scale, nomen_error *err) {
    const nomen_tensor *w = weight.tensor, *s = scale.tensor;
    if (w->dtype != NOMEN_DTYPE_I8) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_QUANTIZE,
                                      "%s: tensor \"%s\" is stored as %s, but \"quantization_config\" of config.json states I8; "
                                      "quantise the float model again",
                                      weight.file->path, w->name, nomen_dtype_name(w->dtype));
    }
    if (s == NULL) {
        return nomen_error_set(
            err, NOMEN_ERROR_FORMAT,
            "%s: tensor \"%s_scale\" is missing, without which an int8 weight has no meaning; quantise the float model again",
            weight.file->path, w->name);
    }
    if (s->n_dims != 2 || s->shape[0] != w->shape[0] || s->shape[1] != 1) {
        return nomen_error_set(
            err, NOMEN_ERROR_FORMAT,
            "%s: tensor \"%s\" has %zu dimensions, the first of %zu, but expected [%zu, 1]: one scale for each row of \"%s\"",
            scale.file->path, s->name, s->n_dims, s->n_dims > 0 ? s->shape[0] : 0, w->shape[0], w->name);
    }
    return NOMEN_OK;
}

/* The products are made for -127 to 127 (ops.h). Counted without a branch, as it is all of a model's bytes. */
static nomen_status check_range(const int8_t *q, size_t n, nomen_tensor_at from, nomen_error *err) {
    size_t n_outside = 0;
    for (size_t i = 0; i < n; i++) { n_outside += q[i] == INT8_MIN; }
    if (n_outside == 0) { return NOMEN_OK; }
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_UNSUPPORTED, NOMEN_REMEDY_QUANTIZE,
        "%s: tensor \"%s\" contains -128 (%zu times); nomen supports symmetric int8, from -127 to 127; quantise the float model",
        from.file->path, from.tensor->name, n_outside);
}

static bool all_zero(const int8_t *q, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (q[i] != 0) { return false; }
    }
    return true;
}

/* A row of int8 needs a positive scale, but for one of zeros, for which 0 will do. */
static nomen_status check_scales(const int8_t *q, const nomen_real *scale, size_t n_rows, size_t n_columns, nomen_tensor_at from,
                                 nomen_error *err) {
    for (size_t i = 0; i < n_rows; i++) {
        if (isfinite(scale[i]) && (scale[i] > 0 || (scale[i] == 0 && all_zero(q + i * n_columns, n_columns)))) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: tensor \"%s\": the scale of row %zu is %g, expected a positive number; the file is damaged",
                               from.file->path, from.tensor->name, i, (double)scale[i]);
    }
    return NOMEN_OK;
}

/* int8 made from floats, which must be finite for that: the scale of a row that holds another is not. */
static nomen_status quantize(nomen_int8_filler *f, int8_t *q, nomen_real *scale, nomen_tensor_at weight, nomen_error *err) {
    const nomen_tensor *w = weight.tensor;
    nomen_status status = nomen_tensor_file_read(weight.file, w, f->floats, err);
    if (status != NOMEN_OK) { return status; }
    if (f->lora != NULL) {
        nomen_bert_merge_lora_row(f->lora, f->layer, (nomen_dense_part)f->part, f->n_rows, f->floats, f->scratch);
    }
    nomen_op_int8_quantize(q, scale, f->floats, w->shape[1], w->shape[0], NOMEN_INT8_MOST);
    for (size_t i = 0; i < w->shape[0]; i++) {
        if (isfinite(scale[i])) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_DATA,
                               "%s: tensor \"%s\": row %zu contains a number that is not finite, which int8 can't represent",
                               weight.file->path, w->name, i);
    }
    return NOMEN_OK;
}

static nomen_status read_weight(nomen_int8_filler *f, int8_t *q, nomen_real *scale, nomen_tensor_at weight,
                                nomen_tensor_at scales, nomen_error *err) {
    if (f->weights->config->quantize) { return quantize(f, q, scale, weight, err); }
    size_t n_rows = weight.tensor->shape[0], n_columns = weight.tensor->shape[1];
    nomen_status status;
    NOMEN_TRY(nomen_tensor_file_read_int8(weight.file, weight.tensor, q, err));
    NOMEN_TRY(nomen_tensor_file_read(scales.file, scales.tensor, scale, err));
    NOMEN_TRY(check_range(q, n_rows * n_columns, weight, err));
    NOMEN_TRY(check_scales(q, scale, n_rows, n_columns, scales, err));
done:
    return status;
}

nomen_status nomen_int8_fill(nomen_int8_filler *f, nomen_tensor_at weight, nomen_tensor_at scales, nomen_error *err) {
    nomen_dense_place place = nomen_dense_place_of(f->weights->config, f->layer, (nomen_dense_part)f->part);
    nomen_status status =
        read_weight(f, f->q + f->n_rows * place.in, f->weights->scale + place.scale + f->n_rows, weight, scales, err);
    if (status != NOMEN_OK) { return status; }
    f->n_rows += weight.tensor->shape[0];
    if (f->n_rows < place.out) { return NOMEN_OK; }
    nomen_op_int8_pack(f->weights->packed + place.packed, f->q, place.in, place.out);
    f->n_rows = 0;
    if (++f->part == NOMEN_DENSE_PARTS) {
        f->part = 0;
        f->layer++;
    }
    return NOMEN_OK;
}
