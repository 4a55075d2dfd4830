/* Reading adapter_model.safetensors, and the values that fresh adapters start with. */
#include "model/lora_weights.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/rng.h"
#include "model/tensor_file.h"

/* A product of A and B has no higher rank than the smaller side of the weight it is added to. */
static void warn_of_rank(const nomen_param_table *table) {
    for (size_t i = 0; i + 1 < table->n_rows; i++) {
        const nomen_param *a = &table->rows[i], *b = a + 1;
        if (a->owner != NOMEN_OWNER_LORA || a->start != NOMEN_START_UNIFORM) { continue; }
        size_t rank = a->shape[0], side = a->shape[1] < b->shape[0] ? a->shape[1] : b->shape[0];
        if (rank <= side) { continue; }
        nomen_log_warning(
            "lora-rank: is %zu, but the smaller side of a dense layer with an adapter is %zu: a rank above that has "
            "no use, and takes memory and time; set it to %zu or less",
            rank, side, side);
        return;
    }
}

void nomen_lora_start(const nomen_param_table *table, nomen_real *block, uint64_t seed) {
    warn_of_rank(table);
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *row = &table->rows[i];
        nomen_rng rng;
        if (row->owner != NOMEN_OWNER_LORA) { continue; }
        nomen_op_fill(block + row->offset, 0, row->size);
        if (row->start != NOMEN_START_UNIFORM) { continue; }
        const nomen_real bound = 1 / sqrtf((nomen_real)row->shape[1]);
        nomen_rng_start(&rng, seed, NOMEN_RNG_LORA, (uint32_t)i);
        for (size_t e = 0; e < row->size; e++) {
            /* 24 bits, as many as a float holds: from -1 up to, but not, 1 */
            const nomen_real share = (nomen_real)(nomen_rng_next(&rng) >> 8) / (nomen_real)(1 << 23) - 1;
            block[row->offset + e] = bound * share;
        }
    }
}

static const nomen_tensor *find(const nomen_tensor_file *file, const char *name) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        if (strcmp(file->tensors[i].name, name) == 0) { return &file->tensors[i]; }
    }
    return NULL;
}

static bool is_head(const nomen_tensor *tensor) {
    return strcmp(tensor->name, NOMEN_LORA_PREFIX "classifier.weight") == 0 ||
           strcmp(tensor->name, NOMEN_LORA_PREFIX "classifier.bias") == 0;
}

/*
 * The layer that a tensor is of, by its name, and what follows the number and its point; NULL where it is no layer's. As peft
 * writes it: "00", which would be another name for layer 0, is no number.
 */
static const char *parse_layer(const char *name, const nomen_arch *arch, size_t *layer) {
    char start[64];
    int n = snprintf(start, sizeof start, NOMEN_LORA_PREFIX "%sencoder.layer.", arch->tensor_prefix);
    if (strncmp(name, start, (size_t)n) != 0) { return NULL; }
    const char *digits = name + n;
    size_t n_digits = strspn(digits, "0123456789");
    if (n_digits == 0 || n_digits > 9 || (digits[0] == '0' && n_digits > 1) || digits[n_digits] != '.') { return NULL; }
    *layer = 0;
    for (size_t i = 0; i < n_digits; i++) { *layer = *layer * 10 + (size_t)(digits[i] - '0'); }
    return digits + n_digits + 1;
}

/* The target whose A or B has this name in some layer; NOMEN_LORA_TARGETS for none. */
static nomen_lora_target target_of(const char *name, const nomen_arch *arch) {
    size_t layer;
    const char *rest = parse_layer(name, arch, &layer);
    for (int t = 0; rest != NULL && t < NOMEN_LORA_TARGETS; t++) {
        static const char *const factors[] = {"lora_A", "lora_B"};
        for (size_t i = 0; i < 2; i++) {
            char end[64];
            snprintf(end, sizeof end, "%s.%s.weight", nomen_lora_target_module((nomen_lora_target)t), factors[i]);
            if (strcmp(rest, end) == 0) { return (nomen_lora_target)t; }
        }
    }
    return NOMEN_LORA_TARGETS;
}

nomen_status nomen_lora_survey_file(const char *path, const nomen_arch *arch, nomen_lora_survey *out, nomen_error *err) {
    nomen_tensor_file file = {0};
    nomen_lora_survey survey = {0};
    nomen_status status;
    NOMEN_TRY(nomen_tensor_file_open_safetensors(path, &file, err));
    for (size_t i = 0; i < file.n_tensors; i++) {
        const nomen_tensor *tensor = &file.tensors[i];
        if (is_head(tensor)) {
            survey.head_rows = tensor->n_dims > 0 ? tensor->shape[0] : 0;
            continue;
        }
        nomen_lora_target target = target_of(tensor->name, arch);
        if (target == NOMEN_LORA_TARGETS) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                                       "%s: tensor \"%s\" is neither LoRA of a dense layer of BERT's encoder nor its classifier; "
                                       "merge the adapter into its model with peft, and use that",
                                       path, tensor->name));
        }
        survey.targets |= 1U << target;
    }
    if (survey.targets == 0) { NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: has no tensor of LoRA", path)); }
    *out = survey;
done:
    nomen_tensor_file_close(&file);
    return status;
}

/* One adapter's A or B. */
static nomen_status load_row(nomen_tensor_file *file, const nomen_tensor *tensor, const nomen_param *row, nomen_real *out,
                             nomen_error *err) {
    if (tensor == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: tensor \"%s\" is missing, expected with the shape [%zu, %zu]; the file is of another adapter",
                               file->path, row->name, row->shape[0], row->shape[1]);
    }
    if (!nomen_tensor_has_shape(tensor, row->shape, row->n_dims)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: tensor \"%s\" has %zu dimensions, the first of %zu, but expected [%zu, %zu]; the file is of "
                               "another rank or model",
                               file->path, row->name, tensor->n_dims, tensor->n_dims > 0 ? tensor->shape[0] : 0, row->shape[0],
                               row->shape[1]);
    }
    nomen_status status = nomen_tensor_file_read(file, tensor, out, err);
    if (status == NOMEN_OK && !isfinite(nomen_op_square_sum(out, row->size))) {
        status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: tensor \"%s\" contains a number that is not finite", file->path,
                                 row->name);
    }
    return status;
}

/* That every tensor has a place in the model: one that is left out would change what the adapter computes. */
static nomen_status check_places(const nomen_tensor_file *file, const nomen_param_table *table, nomen_error *err) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        const nomen_tensor *tensor = &file->tensors[i];
        const nomen_param *row = nomen_param_table_find(table, tensor->name);
        size_t layer = 0;
        if (is_head(tensor) || (row != NULL && row->owner == NOMEN_OWNER_LORA)) { continue; }
        if (parse_layer(tensor->name, table->arch, &layer) != NULL && layer >= table->n_layers) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s: tensor \"%s\" is of layer %zu, but the model has %zu layers, from 0 on; the adapter is "
                                   "of another model: use it with that one",
                                   file->path, tensor->name, layer, table->n_layers);
        }
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: tensor \"%s\" has no place among the model's adapters; the file is of another adapter or "
                               "model: use it with that one",
                               file->path, tensor->name);
    }
    return NOMEN_OK;
}

/* A and B of a target are rows one after the other. */
nomen_status nomen_lora_load(const char *path, const nomen_param_table *table, nomen_real *block, bool some_layers,
                             nomen_error *err) {
    nomen_tensor_file file = {0};
    nomen_status status;
    NOMEN_TRY(nomen_tensor_file_open_safetensors(path, &file, err));
    NOMEN_TRY(check_places(&file, table, err));
    for (size_t i = 0; i + 1 < table->n_rows; i++) {
        const nomen_param *a = &table->rows[i], *b = a + 1;
        if (a->owner != NOMEN_OWNER_LORA || a->start != NOMEN_START_UNIFORM) { continue; }
        const nomen_tensor *of_a = find(&file, a->name), *of_b = find(&file, b->name);
        if (some_layers && of_a == NULL && of_b == NULL) {
            nomen_op_fill(block + a->offset, 0, a->size);
            nomen_op_fill(block + b->offset, 0, b->size);
            continue;
        }
        NOMEN_TRY(load_row(&file, of_a, a, block + a->offset, err));
        NOMEN_TRY(load_row(&file, of_b, b, block + b->offset, err));
    }
done:
    nomen_tensor_file_close(&file);
    return status;
}

nomen_status nomen_lora_load_head(const char *path, const nomen_param_table *table, nomen_real *block, bool *found,
                                  nomen_error *err) {
    nomen_tensor_file file = {0};
    nomen_status status;
    size_t n = 0, n_fitting = 0;
    NOMEN_TRY(nomen_tensor_file_open_safetensors(path, &file, err));
    for (int pass = 0; pass < 2; pass++) { /* first whether all of it fits */
        for (size_t i = 0; i < table->n_model_rows; i++) {
            const nomen_param *row = &table->rows[i];
            char name[sizeof NOMEN_LORA_PREFIX + sizeof row->name];
            if (!row->head) { continue; }
            snprintf(name, sizeof name, NOMEN_LORA_PREFIX "%s", row->name);
            const nomen_tensor *tensor = find(&file, name);
            n += pass == 0;
            if (pass == 0) { n_fitting += tensor != NULL && nomen_tensor_has_shape(tensor, row->shape, row->n_dims); }
            if (pass == 1) { NOMEN_TRY(load_row(&file, tensor, row, block + row->offset, err)); }
        }
        if (n_fitting < n) { break; }
    }
    *found = n_fitting == n;
done:
    nomen_tensor_file_close(&file);
    return status;
}
