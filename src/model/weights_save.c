/* Writing model.safetensors, and the values a fresh tensor starts with. */
#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/weights.h"

_Static_assert(sizeof(nomen_real) == sizeof(float), "weights are saved as they lie in memory");

static nomen_status append_row(nomen_buffer *header, const nomen_param *row, size_t start, nomen_error *err) {
    size_t end = start + row->size * sizeof(float);
    nomen_status status = nomen_buffer_printf(header, err, ",\"%s\":{\"dtype\":\"F32\",\"shape\":[%zu", row->name,
                                              row->shape[0]);
    if (status == NOMEN_OK && row->n_dims > 1) { status = nomen_buffer_printf(header, err, ",%zu", row->shape[1]); }
    if (status != NOMEN_OK) { return status; }
    return nomen_buffer_printf(header, err, "],\"data_offsets\":[%zu,%zu]}", start, end);
}

/* Length and JSON, padded with spaces so that the tensors begin on 8 bytes, as the library has it. */
static nomen_status make_header(nomen_buffer *header, const nomen_param_table *table, nomen_error *err) {
    nomen_status status;
    size_t start = 0;
    static const char room[8] = {0};
    NOMEN_TRY(nomen_buffer_append(header, room, sizeof room, err));
    NOMEN_TRY(nomen_buffer_append_text(header, "{\"__metadata__\":{\"format\":\"pt\"}", err));
    for (size_t i = 0; i < table->n_rows; i++) {
        NOMEN_TRY(append_row(header, &table->rows[i], start, err));
        start += table->rows[i].size * sizeof(float);
    }
    NOMEN_TRY(nomen_buffer_append_byte(header, '}', err));
    while (header->size % 8 != 0) { NOMEN_TRY(nomen_buffer_append_byte(header, ' ', err)); }
    uint64_t n = header->size - sizeof room;
    memcpy(header->data, &n, sizeof n);
done:
    return status;
}

nomen_status nomen_weights_save(const char *directory, const nomen_param_table *table, const nomen_real *block,
                                nomen_error *err) {
    nomen_buffer header = {0};
    nomen_output *output = NULL;
    nomen_status status;
    assert(table->dense == NOMEN_DENSE_FLOAT);
    char *path = nomen_file_join(directory, "model.safetensors");
    if (path == NULL) { NOMEN_TRY(nomen_error_memory(err, strlen(directory), 1)); }
    NOMEN_TRY(make_header(&header, table, err));
    NOMEN_TRY(nomen_output_open(path, &output, err));
    NOMEN_TRY(nomen_output_write(output, header.data, header.size, err));
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *row = &table->rows[i];
        NOMEN_TRY(nomen_output_write(output, block + row->offset, row->size * sizeof(float), err));
    }
    nomen_output *whole = output;
    output = NULL;
    NOMEN_TRY(nomen_output_commit(whole, err));
done:
    nomen_output_abandon(output);
    nomen_buffer_clear(&header);
    nomen_mem_free(path);
    return status;
}

void nomen_weights_start(const nomen_param_table *table, nomen_real *block, float deviation, uint64_t seed,
                         bool head_only) {
    nomen_param_table_clear_gaps(table, block);
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *row = &table->rows[i];
        nomen_rng rng;
        if (head_only && !row->head) { continue; }
        nomen_rng_start(&rng, seed, NOMEN_RNG_WEIGHTS, (uint32_t)i);
        for (size_t e = 0; e < row->size; e++) {
            nomen_real value = row->start == NOMEN_START_ONE ? (nomen_real)1 : (nomen_real)0;
            if (row->start == NOMEN_START_NORMAL) { value = (nomen_real)deviation * (nomen_real)nomen_rng_normal(&rng); }
            block[row->offset + e] = value;
        }
    }
}
