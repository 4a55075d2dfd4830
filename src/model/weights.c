/*
 * Loading: the weights of a model directory into a block, matched to the parameter table by name.
 * Everything is checked against the table before the first element is written.
 */
#include "model/weights.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/int8_fill.h"
#include "model/weight_files.h"

/* A row of the table and the tensor that fills it. */
typedef struct match {
    const nomen_param *row;
    const char *name; /* the row's, without the prefix */
    nomen_tensor_file *file;
    const nomen_tensor *tensor; /* NULL: none found yet */
    nomen_tensor_at scale;      /* of an int8 weight: its X.weight_scale */
} match;

/* Names are compared without the prefix of the encoder, which some files leave out. */
static const char *without_prefix(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : name;
}

/* The matches in the table's order, and by name. */
typedef struct match_list {
    match *rows;
    match **by_name;
    size_t n;
} match_list;

static int compare_matches(const void *a, const void *b) {
    const match *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int compare_name(const void *name, const void *m) {
    return strcmp(name, (*(match *const *)m)->name);
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text);
    size_t n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* Today's name of a tensor: gamma and beta are what LayerNorm's weight and bias were called in 2018. */
static void canonical_name(const char *name, const char *prefix, char out[sizeof((nomen_param *)0)->name]) {
    size_t size = sizeof((nomen_param *)0)->name;
    name = without_prefix(name, prefix);
    int n = snprintf(out, size, "%s", name);
    if (n < 0 || (size_t)n >= size) {
        out[0] = '\0'; /* longer than any of ours */
    } else if (ends_with(out, "LayerNorm.gamma")) {
        snprintf(out + n - 5, size - (size_t)n + 5, "weight");
    } else if (ends_with(out, "LayerNorm.beta")) {
        snprintf(out + n - 4, size - (size_t)n + 4, "bias");
    }
}

/* Removes the suffix of scales from a name; false where it has none. */
static bool cut_scale(char *name) {
    static const char suffix[] = "_scale";
    if (!ends_with(name, ".weight_scale")) { return false; }
    name[strlen(name) - (sizeof suffix - 1)] = '\0';
    return true;
}

/* Whether the files are to hold int8. */
static bool holds_int8(const nomen_param_table *table) {
    return table->dense == NOMEN_DENSE_INT8 && !table->quantize;
}

/* Gives each tensor of a file to its row; the others are counted. */
static nomen_status match_file(nomen_tensor_file *file, const nomen_param_table *table, match_list *matches,
                               nomen_weights_report *report, nomen_error *err) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        const nomen_tensor *tensor = &file->tensors[i];
        char name[sizeof((nomen_param *)0)->name];
        canonical_name(tensor->name, table->arch->tensor_prefix, name);
        bool is_scale = holds_int8(table) && cut_scale(name);
        match **place = bsearch(name, matches->by_name, matches->n, sizeof *matches->by_name, compare_name);
        match *found = place != NULL ? *place : NULL;
        if (found != NULL && found->row->head && strcmp(tensor->name, found->row->name) != 0) { found = NULL; }
        if (found == NULL || (is_scale && !found->row->dense)) {
            report->n_unused += !ends_with(tensor->name, "position_ids");
            continue;
        }
        nomen_tensor_at before = is_scale ? found->scale : (nomen_tensor_at){found->file, found->tensor};
        if (before.tensor != NULL) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: tensor \"%s\" occurs twice (also as \"%s\" in %s)", file->path,
                                   tensor->name, before.tensor->name, before.file->path);
        }
        if (is_scale) {
            found->scale = (nomen_tensor_at){file, tensor};
        } else {
            found->file = file;
            found->tensor = tensor;
        }
    }
    return NOMEN_OK;
}

static bool same_shape(const nomen_param *row, const nomen_tensor *tensor) {
    return nomen_tensor_has_shape(tensor, row->shape, row->n_dims);
}

/* "[30522, 768]" */
static void describe_shape(char *out, size_t size, const size_t *shape, size_t n_dims) {
    size_t n = (size_t)snprintf(out, size, "[");
    for (size_t d = 0; d < n_dims && n < size; d++) {
        n += (size_t)snprintf(out + n, size - n, "%s%zu", d > 0 ? ", " : "", shape[d]);
    }
    if (n < size) { snprintf(out + n, size - n, "]"); }
}

static nomen_status check_row(const match *m, bool int8, const char *where, nomen_error *err) {
    if (m->tensor == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: tensor \"%s\" is missing; the weights are not those of the BERT that config.json "
                               "describes",
                               where, m->row->name);
    }
    if (same_shape(m->row, m->tensor)) {
        return int8 && m->row->dense ? nomen_int8_check((nomen_tensor_at){m->file, m->tensor}, m->scale, err) : NOMEN_OK;
    }
    char found[256], expected[64];
    describe_shape(found, sizeof found, m->tensor->shape, m->tensor->n_dims);
    describe_shape(expected, sizeof expected, m->row->shape, m->row->n_dims);
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: tensor \"%s\" has the shape %s, but config.json states %s",
                           m->file->path, m->tensor->name, found, expected);
}

/* The rows of a tensor that is the head's weight; 0 for any other. */
static size_t head_rows(const nomen_tensor *tensor, size_t hidden_size) {
    bool is_head = strcmp(tensor->name, "classifier.weight") == 0 && tensor->n_dims == 2 && tensor->shape[1] == hidden_size;
    return is_head ? tensor->shape[0] : 0;
}

/* The head is read whole, or left as it is when it is absent or was made for other labels. */
static void judge_head(match_list *matches, nomen_weights_report *report) {
    size_t n_found = 0, n_fitting = 0, n_head = 0;
    for (size_t i = 0; i < matches->n; i++) {
        const match *m = &matches->rows[i];
        if (!m->row->head) { continue; }
        n_head++;
        if (m->tensor == NULL) { continue; }
        if (m->row->n_dims == 2) { report->head_rows = head_rows(m->tensor, m->row->shape[1]); }
        n_found++;
        n_fitting += same_shape(m->row, m->tensor);
    }
    report->head_loaded = n_fitting == n_head;
    report->head_other_size = n_fitting < n_found;
    for (size_t i = 0; i < matches->n && !report->head_loaded; i++) {
        if (matches->rows[i].row->head) { matches->rows[i].tensor = NULL; }
    }
    if (!report->head_loaded) { report->n_unused += n_found; }
}

static nomen_status fill_block(const match_list *matches, const nomen_param_table *table, nomen_real *block,
                               nomen_weights_report *report, nomen_error *err) {
    for (size_t i = 0; i < matches->n; i++) {
        const match *m = &matches->rows[i];
        if (m->tensor == NULL || !nomen_param_in_block(table, m->row)) { continue; }
        nomen_status status = nomen_call_check(err);
        if (status != NOMEN_OK) { return status; }
        status = nomen_tensor_file_read(m->file, m->tensor, block + m->row->offset, err);
        if (status != NOMEN_OK) { return status; }
        const char *dtype = nomen_dtype_name(m->tensor->dtype);
        bool other = report->dtype[0] != '\0' && strcmp(report->dtype, dtype) != 0;
        snprintf(report->dtype, sizeof report->dtype, "%s", other ? "mixed" : dtype);
    }
    return NOMEN_OK;
}

/* The dense weights of an int8 model, in the table's order. */
static nomen_status fill_int8(const match_list *matches, const nomen_param_table *table, const nomen_real *block,
                              nomen_dense_weights *dense, nomen_error *err) {
    const nomen_bert bert = {.config = dense->config, .table = table, .values = block};
    nomen_int8_filler filler = {0};
    nomen_status status;
    NOMEN_TRY(nomen_int8_filler_create(dense, &bert, &filler, err));
    for (size_t i = 0; i < matches->n; i++) {
        const match *m = &matches->rows[i];
        if (!m->row->dense) { continue; }
        NOMEN_TRY(nomen_call_check(err));
        NOMEN_TRY(nomen_int8_fill(&filler, (nomen_tensor_at){m->file, m->tensor}, m->scale, err));
    }
done:
    nomen_int8_filler_clear(&filler);
    return status;
}

/* A match without a tensor for each row of the table that the weights' files hold. */
static nomen_status list_rows(const nomen_param_table *table, match_list *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(out->rows, table->n_model_rows, err));
    NOMEN_TRY(NOMEN_NEW(out->by_name, table->n_model_rows, err));
    for (; out->n < table->n_model_rows; out->n++) {
        match *m = &out->rows[out->n];
        m->row = &table->rows[out->n];
        m->name = without_prefix(m->row->name, table->arch->tensor_prefix);
        out->by_name[out->n] = m;
    }
    qsort(out->by_name, out->n, sizeof *out->by_name, compare_matches);
done:
    return status;
}

static nomen_status load_files(nomen_weight_files *files, const nomen_param_table *table, nomen_real *block,
                               nomen_dense_weights *dense, nomen_weights_report *report, nomen_error *err) {
    match_list matches = {0};
    nomen_status status;
    NOMEN_TRY(list_rows(table, &matches, err));
    for (size_t i = 0; i < files->n_files; i++) { NOMEN_TRY(match_file(&files->files[i], table, &matches, report, err)); }
    judge_head(&matches, report);
    for (size_t i = 0; i < matches.n; i++) {
        const match *m = matches.by_name[i];
        if (!m->row->head) { NOMEN_TRY(check_row(m, holds_int8(table), files->path, err)); }
    }
    NOMEN_TRY(fill_block(&matches, table, block, report, err));
    if (table->dense != NOMEN_DENSE_FLOAT) { NOMEN_TRY(fill_int8(&matches, table, block, dense, err)); }
    nomen_param_table_clear_gaps(table, block);
done:
    nomen_mem_free(matches.rows);
    nomen_mem_free(matches.by_name);
    return status;
}

nomen_status nomen_weights_load_int8(const char *directory, const nomen_param_table *table, nomen_real *block,
                                     nomen_dense_weights *dense, nomen_weights_report *report, nomen_error *err) {
    nomen_weight_files files = {0};
    nomen_weights_report found = {0};
    nomen_status status;
    NOMEN_TRY(nomen_weight_files_open(directory, &files, err));
    snprintf(found.file, sizeof found.file, "%s", files.name);
    NOMEN_TRY(load_files(&files, table, block, dense, &found, err));
    if (report != NULL) { *report = found; }
done:
    nomen_weight_files_close(&files);
    return status;
}

nomen_status nomen_weights_load(const char *directory, const nomen_param_table *table, nomen_real *block,
                                nomen_weights_report *report, nomen_error *err) {
    assert(table->dense == NOMEN_DENSE_FLOAT);
    return nomen_weights_load_int8(directory, table, block, NULL, report, err);
}

nomen_status nomen_weights_head_rows(const char *directory, size_t hidden_size, size_t *out, nomen_error *err) {
    nomen_weight_files files = {0};
    nomen_status status = nomen_weight_files_open(directory, &files, err);
    if (status != NOMEN_OK) { return status; }
    *out = 0;
    for (size_t i = 0; i < files.n_files; i++) {
        for (size_t t = 0; t < files.files[i].n_tensors && *out == 0; t++) {
            *out = head_rows(&files.files[i].tensors[t], hidden_size);
        }
    }
    nomen_weight_files_close(&files);
    return NOMEN_OK;
}

nomen_status nomen_weights_size(const char *directory, size_t *out, nomen_error *err) {
    nomen_weight_files files = {0};
    nomen_status status = nomen_weight_files_open(directory, &files, err);
    if (status != NOMEN_OK) { return status; }
    *out = 0;
    for (size_t i = 0; i < files.n_files; i++) { *out += files.files[i].mapping.size; }
    nomen_weight_files_close(&files);
    return NOMEN_OK;
}
