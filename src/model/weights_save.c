/* Writing model.safetensors, and the values a fresh tensor starts with. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json_out.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/crf_weights.h"
#include "model/lora_weights.h"
#include "model/tensor_file.h"
#include "model/weights.h"

_Static_assert(sizeof(nomen_real) == sizeof(float), "weights are saved as they lie in memory");

/* A tensor of the file: a row of the table, or the scales that an int8 row needs beside it. */
typedef struct entry {
    const nomen_param *row;
    const char *prefix; /* of its name; NULL: none */
    nomen_dtype dtype;
    bool is_scale;
    const void *bytes;
    size_t n_bytes;
} entry;

static void add_entry(nomen_json_out *json, const entry *e, size_t start) {
    char name[sizeof NOMEN_LORA_PREFIX + sizeof e->row->name + sizeof "_scale"];
    snprintf(name, sizeof name, "%s%s%s", e->prefix != NULL ? e->prefix : "", e->row->name, e->is_scale ? "_scale" : "");
    nomen_json_begin_object(json, name);
    nomen_json_add_text(json, "dtype", nomen_dtype_name(e->dtype));
    nomen_json_begin_list(json, "shape");
    nomen_json_add_size(json, NULL, e->row->shape[0]);
    if (e->row->n_dims > 1) { nomen_json_add_size(json, NULL, e->is_scale ? 1 : e->row->shape[1]); }
    nomen_json_end_list(json);
    nomen_json_add_pair(json, "data_offsets", start, start + e->n_bytes);
    nomen_json_end_object(json);
}

/* Length and JSON, padded with spaces so that the tensors begin on 8 bytes, as the library has it. */
static nomen_status make_header(nomen_buffer *header, const entry *entries, size_t n, nomen_error *err) {
    nomen_json_out json = nomen_json_start(header, err);
    nomen_status status;
    size_t start = 0;
    static const char room[8] = {0};
    NOMEN_TRY(nomen_buffer_append(header, room, sizeof room, err));
    nomen_json_begin_object(&json, NULL);
    nomen_json_begin_object(&json, "__metadata__");
    nomen_json_add_text(&json, "format", "pt");
    nomen_json_end_object(&json);
    for (size_t i = 0; i < n; i++) {
        add_entry(&json, &entries[i], start);
        start += entries[i].n_bytes;
    }
    nomen_json_end_object(&json);
    NOMEN_TRY(json.status);
    while (header->size % 8 != 0) { NOMEN_TRY(nomen_buffer_append_byte(header, ' ', err)); }
    uint64_t n_json = header->size - sizeof room;
    memcpy(header->data, &n_json, sizeof n_json);
done:
    return status;
}

static nomen_status write_entries(const char *directory, const char *name, const entry *entries, size_t n, nomen_error *err) {
    nomen_buffer header = {0};
    nomen_output *output = NULL;
    nomen_status status;
    char *path = nomen_file_join(directory, name);
    if (path == NULL) { NOMEN_FAIL(nomen_error_memory(err, strlen(directory), 1)); }
    NOMEN_TRY(make_header(&header, entries, n, err));
    NOMEN_TRY(nomen_output_open(path, NOMEN_OUTPUT_OVERWRITE, &output, err));
    NOMEN_TRY(nomen_output_write(output, header.data, header.size, err));
    for (size_t i = 0; i < n; i++) { NOMEN_TRY(nomen_output_write(output, entries[i].bytes, entries[i].n_bytes, err)); }
    nomen_output *whole = output;
    output = NULL;
    NOMEN_TRY(nomen_output_commit(whole, err));
done:
    nomen_output_abandon(output);
    nomen_buffer_clear(&header);
    nomen_mem_free(path);
    return status;
}

static entry entry_of(const nomen_param *row, const nomen_real *block) {
    return (entry){.row = row, .dtype = NOMEN_DTYPE_F32, .bytes = block + row->offset, .n_bytes = row->size * sizeof *block};
}

/* The first rows of a table. */
static nomen_status save_rows(const char *directory, const char *name, const nomen_param_table *table, size_t n_rows,
                              const nomen_real *block, nomen_error *err) {
    entry *entries = NULL;
    nomen_status status;
    assert(table->dense == NOMEN_DENSE_FLOAT);
    NOMEN_TRY(NOMEN_NEW(entries, n_rows, err));
    for (size_t i = 0; i < n_rows; i++) { entries[i] = entry_of(&table->rows[i], block); }
    NOMEN_TRY(write_entries(directory, name, entries, n_rows, err));
done:
    nomen_mem_free(entries);
    return status;
}

nomen_status nomen_weights_save(const char *directory, const nomen_param_table *table, const nomen_real *block,
                                nomen_error *err) {
    return save_rows(directory, "model.safetensors", table, table->n_model_rows, block, err);
}

nomen_status nomen_weights_save_tail(const char *directory, const char *name, const nomen_param_table *table, nomen_real *tail,
                                     nomen_error *err) {
    entry *entries = NULL;
    size_t n = 0;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(entries, table->n_rows, err));
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *row = &table->rows[i];
        if (!row->trainable) { continue; }
        entries[n++] = (entry){.row = row,
                               .dtype = NOMEN_DTYPE_F32,
                               .bytes = nomen_param_gradient(table, tail, row->offset),
                               .n_bytes = row->size * sizeof *tail};
    }
    status = write_entries(directory, name, entries, n, err);
done:
    nomen_mem_free(entries);
    return status;
}

nomen_status nomen_crf_save(const char *directory, const char *name, const nomen_param_table *table, const nomen_real *block,
                            nomen_error *err) {
    entry entries[NOMEN_CRF_ROWS];
    assert(table->n_rows >= table->n_model_rows + NOMEN_CRF_ROWS);
    for (size_t i = 0; i < NOMEN_CRF_ROWS; i++) { entries[i] = entry_of(&table->rows[table->n_model_rows + i], block); }
    return write_entries(directory, name, entries, NOMEN_CRF_ROWS, err);
}

nomen_status nomen_lora_save(const char *directory, const nomen_param_table *table, const nomen_real *block, nomen_error *err) {
    entry *entries = NULL;
    size_t n = 0;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(entries, table->n_rows, err));
    for (size_t i = 0; i < table->n_rows; i++) {
        if (table->rows[i].owner == NOMEN_OWNER_LORA) { entries[n++] = entry_of(&table->rows[i], block); }
    }
    for (size_t i = 0; i < table->n_model_rows; i++) {
        if (!table->rows[i].head) { continue; }
        entries[n] = entry_of(&table->rows[i], block);
        entries[n++].prefix = NOMEN_LORA_PREFIX;
    }
    NOMEN_TRY(write_entries(directory, NOMEN_LORA_FILE, entries, n, err));
done:
    nomen_mem_free(entries);
    return status;
}

/* Quantises the dense rows; q and scale have room for all. The scale of a row that has no finite largest is not finite. */
static nomen_status quantize_rows(const nomen_param_table *table, const nomen_real *block, int most, int8_t *q, nomen_real *scale,
                                  nomen_error *err) {
    for (size_t i = 0; i < table->n_model_rows; i++) {
        const nomen_param *row = &table->rows[i];
        if (!row->dense) { continue; }
        nomen_op_int8_quantize(q, scale, block + row->offset, row->shape[1], row->shape[0], most);
        for (size_t r = 0; r < row->shape[0]; r++) {
            if (isfinite(scale[r])) { continue; }
            return nomen_error_set(err, NOMEN_ERROR_DATA,
                                   "tensor \"%s\": row %zu contains a number that is not finite, which int8 can't represent",
                                   row->name, r);
        }
        q += row->size;
        scale += row->shape[0];
    }
    return NOMEN_OK;
}

/* Floats first and bytes last, so that each tensor begins at a multiple of its elements' size. */
nomen_status nomen_weights_save_int8(const char *directory, const nomen_param_table *table, const nomen_real *block,
                                     int weight_bits, nomen_error *err) {
    size_t n = 0, n_dense = 0, n_q = 0, n_scales = 0;
    entry *entries = NULL;
    int8_t *q = NULL;
    nomen_real *scale = NULL;
    nomen_status status;
    assert(table->dense == NOMEN_DENSE_FLOAT);
    for (size_t i = 0; i < table->n_model_rows; i++) {
        n_dense += table->rows[i].dense;
        n_q += table->rows[i].dense ? table->rows[i].size : 0;
        n_scales += table->rows[i].dense ? table->rows[i].shape[0] : 0;
    }
    NOMEN_TRY(NOMEN_NEW(entries, table->n_model_rows + n_dense, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(q, n_q, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(scale, n_scales, err));
    NOMEN_TRY(quantize_rows(table, block, weight_bits == 7 ? NOMEN_INT8_NARROW : NOMEN_INT8_MOST, q, scale, err));
    for (size_t i = 0; i < table->n_model_rows; i++) {
        if (!table->rows[i].dense) { entries[n++] = entry_of(&table->rows[i], block); }
    }
    size_t q_at = 0, scale_at = 0;
    for (size_t i = 0; i < table->n_model_rows; i++) {
        const nomen_param *row = &table->rows[i];
        if (!row->dense) { continue; }
        entries[n + n_dense] = (entry){row, NULL, NOMEN_DTYPE_I8, false, q + q_at, row->size};
        entries[n++] = (entry){row, NULL, NOMEN_DTYPE_F32, true, scale + scale_at, row->shape[0] * sizeof *scale};
        q_at += row->size;
        scale_at += row->shape[0];
    }
    NOMEN_TRY(write_entries(directory, "model.safetensors", entries, n + n_dense, err));
done:
    nomen_mem_free(entries);
    nomen_mem_free(q);
    nomen_mem_free(scale);
    return status;
}

void nomen_weights_start(const nomen_param_table *table, nomen_real *block, float deviation, uint64_t seed, bool head_only) {
    nomen_param_table_clear_gaps(table, block);
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *row = &table->rows[i];
        nomen_rng rng;
        if (head_only && !row->head) { continue; }
        if (row->start != NOMEN_START_NORMAL) {
            nomen_op_fill(block + row->offset, row->start == NOMEN_START_ONE ? 1 : 0, row->size);
            continue;
        }
        nomen_rng_start(&rng, seed, NOMEN_RNG_WEIGHTS, (uint32_t)i);
        for (size_t e = 0; e < row->size; e++) {
            block[row->offset + e] = (nomen_real)deviation * (nomen_real)nomen_rng_normal(&rng);
        }
    }
}
