/* The optimiser's numbers in a file. */
#include "train/save/optimizer_file.h"

#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "base/mem.h"
#include "model/tensor_file.h"

_Static_assert(sizeof(nomen_real) == sizeof(float), "the numbers are saved as they lie in memory");

typedef struct tensor_name {
    char text[128];
} tensor_name;

static tensor_name name_of(const nomen_optimizer_kind *kind, size_t slot, const nomen_param *row) {
    tensor_name name;
    snprintf(name.text, sizeof name.text, "%s.%s", kind->slot_names[slot], row->name);
    return name;
}

static nomen_status make_header(const nomen_optimizer_state *state, nomen_buffer *header, nomen_error *err) {
    static const char room[8] = {0};
    nomen_json_out json = nomen_json_start(header, err);
    size_t at = 0;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append(header, room, sizeof room, err));
    nomen_json_begin_object(&json, NULL);
    for (size_t k = 0; k < state->kind->n_slots; k++) {
        for (size_t i = 0; i < state->table->n_rows; i++) {
            const nomen_param *row = &state->table->rows[i];
            if (!row->trainable) { continue; }
            nomen_json_begin_object(&json, name_of(state->kind, k, row).text);
            nomen_json_add_text(&json, "dtype", nomen_dtype_name(NOMEN_DTYPE_F32));
            nomen_json_begin_list(&json, "shape");
            for (size_t d = 0; d < row->n_dims; d++) { nomen_json_add_size(&json, NULL, row->shape[d]); }
            nomen_json_end_list(&json);
            nomen_json_add_pair(&json, "data_offsets", at, at + row->size * sizeof(nomen_real));
            nomen_json_end_object(&json);
            at += row->size * sizeof(nomen_real);
        }
    }
    nomen_json_end_object(&json);
    NOMEN_TRY(json.status);
    while (header->size % 8 != 0) { NOMEN_TRY(nomen_buffer_append_byte(header, ' ', err)); }
    uint64_t n_json = header->size - sizeof room;
    memcpy(header->data, &n_json, sizeof n_json);
done:
    return status;
}

/* Rows of a table that are written at a time: single ones are of a few hundred numbers, and a table has thousands of them. */
enum { ROWS_AT_A_TIME = 256 };

/* The word embeddings' numbers; zeros for rows that no gradient has touched, whose memory may never have been set. */
static nomen_status write_words(nomen_output *output, const nomen_real *slot, const nomen_row_marks *words, nomen_error *err) {
    const size_t width = words->width, row_size = width * sizeof *slot;
    nomen_real *part = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(part, ROWS_AT_A_TIME * width, err));
    for (size_t first = 0, n; first < words->n_rows; first += n) {
        n = words->n_rows - first < ROWS_AT_A_TIME ? words->n_rows - first : ROWS_AT_A_TIME;
        for (size_t i = 0; i < n; i++) {
            if (words->marks[first + i] != 0) {
                memcpy(part + i * width, slot + (first + i) * width, row_size);
            } else {
                memset(part + i * width, 0, row_size);
            }
        }
        NOMEN_TRY(nomen_output_write(output, part, n * row_size, err));
    }
done:
    nomen_mem_free(part);
    return status;
}

nomen_status nomen_optimizer_save(const nomen_optimizer_state *state, const nomen_row_marks *words, const char *directory,
                                  nomen_error *err) {
    nomen_buffer header = {0};
    nomen_output *output = NULL, *whole;
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_OPTIMIZER_FILE, err));
    NOMEN_TRY(make_header(state, &header, err));
    NOMEN_TRY(nomen_output_open(path, NOMEN_OUTPUT_NEW, &output, err));
    NOMEN_TRY(nomen_output_write(output, header.data, header.size, err));
    for (size_t k = 0; k < state->kind->n_slots; k++) {
        for (size_t i = 0; i < state->table->n_rows; i++) {
            const nomen_param *row = &state->table->rows[i];
            if (!row->trainable) { continue; }
            const nomen_real *slot = nomen_param_gradient(state->table, state->slots[k], row->offset);
            const bool in_rows = row->offset == words->offset && !state->every_row;
            NOMEN_TRY(in_rows ? write_words(output, slot, words, err)
                              : nomen_output_write(output, slot, row->size * sizeof *slot, err));
        }
    }
    whole = output;
    output = NULL;
    status = nomen_output_commit(whole, err);
done:
    nomen_output_abandon(output);
    nomen_buffer_clear(&header);
    nomen_mem_free(path);
    return status;
}

static const nomen_tensor *find(const nomen_tensor_file *file, const char *name) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        if (strcmp(file->tensors[i].name, name) == 0) { return &file->tensors[i]; }
    }
    return NULL;
}

nomen_status nomen_optimizer_load(nomen_optimizer_state *state, const char *directory, nomen_error *err) {
    nomen_tensor_file file = {0};
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_OPTIMIZER_FILE, err));
    NOMEN_TRY(nomen_tensor_file_open_safetensors(path, &file, err));
    for (size_t k = 0; k < state->kind->n_slots; k++) {
        for (size_t i = 0; i < state->table->n_rows; i++) {
            const nomen_param *row = &state->table->rows[i];
            if (!row->trainable) { continue; }
            const tensor_name name = name_of(state->kind, k, row);
            const nomen_tensor *tensor = find(&file, name.text);
            if (tensor == NULL || tensor->dtype != NOMEN_DTYPE_F32 || !nomen_tensor_has_shape(tensor, row->shape, row->n_dims)) {
                NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the tensor \"%s\" is missing or of another shape", path,
                                           name.text));
            }
            nomen_real *slot = nomen_param_gradient(state->table, state->slots[k], row->offset);
            NOMEN_TRY(nomen_tensor_file_read(&file, tensor, slot, err));
        }
    }
done:
    nomen_tensor_file_close(&file);
    nomen_mem_free(path);
    return status;
}

size_t nomen_optimizer_file_size(const nomen_optimizer_state *state) {
    return state->kind->n_slots * nomen_param_n_trainable(state->table) * sizeof(nomen_real);
}
