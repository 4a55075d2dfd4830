/* Building the parameter table: Hugging Face's names and shapes, one row a tensor, in block order. */
#include "model/params.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Rows outside the layers (5 of the embeddings, 2 of the head, 3 of the CRF), and in a layer. */
enum { OUTER_ROWS = 10, LAYER_ROWS = 16 };

/* Elements in 64 bytes; the same in the double build, so that offsets agree. */
enum { ALIGNMENT = 16 };

/* The most elements a block may have: 2^40, a thousand times the largest BERT. */
static const size_t MOST_ELEMENTS = (size_t)1 << 40;

typedef enum tensor_kind { WEIGHT, BIAS, GAMMA, BETA } tensor_kind;

/* How a row is laid: at a multiple of 64 bytes, or directly after the one before. */
typedef enum row_place { ALIGNED, FOLLOWING } row_place;

/* Appends a row and returns its offset. n_columns is 0 for a vector. */
static size_t add(nomen_param_table *table, row_place where, tensor_kind what, size_t n_rows, size_t n_columns,
                  const char *prefix, const char *name) {
    nomen_param *row = &table->rows[table->n_rows++];
    static const char *const suffixes[] = {[WEIGHT] = "weight", [BIAS] = "bias", [GAMMA] = "weight", [BETA] = "bias"};
    snprintf(row->name, sizeof row->name, "%.40s%.40s.%s", prefix, name, suffixes[what]);
    row->shape[0] = n_rows;
    row->shape[1] = n_columns;
    row->n_dims = n_columns > 0 ? 2 : 1;
    row->size = n_rows * (n_columns > 0 ? n_columns : 1);
    row->depth = table->n_layers;
    row->trainable = true;
    row->lr_scale = 1;
    row->decay = what == WEIGHT;
    row->start = what == WEIGHT ? NOMEN_START_NORMAL : what == GAMMA ? NOMEN_START_ONE : NOMEN_START_ZERO;
    row->follows = where == FOLLOWING;
    if (where == ALIGNED) { table->n_elements = (table->n_elements + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }
    row->offset = table->n_elements;
    table->n_elements += row->size;
    return row->offset;
}

/* Appends a dense weight of the encoder, which takes no room where it is int8. */
static size_t add_dense(nomen_param_table *table, row_place where, size_t n_rows, size_t n_columns, const char *prefix,
                        const char *name) {
    size_t before = table->n_elements;
    size_t offset = add(table, where, WEIGHT, n_rows, n_columns, prefix, name);
    table->rows[table->n_rows - 1].dense = true;
    if (table->dense == NOMEN_DENSE_FLOAT) { return offset; }
    table->n_elements = table->rows[table->n_rows - 1].offset = before;
    return before;
}

static void add_embeddings(nomen_param_table *table, const nomen_config *config) {
    char prefix[48];
    snprintf(prefix, sizeof prefix, "%sembeddings.", table->arch->tensor_prefix);
    size_t h = config->hidden_size;
    table->word = add(table, ALIGNED, WEIGHT, config->vocab_size, h, prefix, "word_embeddings");
    table->position = add(table, ALIGNED, WEIGHT, config->max_position_embeddings, h, prefix, "position_embeddings");
    table->type = add(table, ALIGNED, WEIGHT, config->type_vocab_size, h, prefix, "token_type_embeddings");
    table->embedding_gamma = add(table, ALIGNED, GAMMA, h, 0, prefix, "LayerNorm");
    table->embedding_beta = add(table, ALIGNED, BETA, h, 0, prefix, "LayerNorm");
}

static void add_layer(nomen_param_table *table, const nomen_config *config, size_t index) {
    nomen_layer_offsets *layer = &table->layers[index];
    size_t h = config->hidden_size;
    size_t f = config->intermediate_size;
    char prefix[48];
    snprintf(prefix, sizeof prefix, "%sencoder.layer.%zu.", table->arch->tensor_prefix, index);
    layer->weight[NOMEN_DENSE_QKV] = add_dense(table, ALIGNED, h, h, prefix, "attention.self.query");
    add_dense(table, FOLLOWING, h, h, prefix, "attention.self.key");
    add_dense(table, FOLLOWING, h, h, prefix, "attention.self.value");
    layer->bias[NOMEN_DENSE_QKV] = add(table, ALIGNED, BIAS, h, 0, prefix, "attention.self.query");
    add(table, FOLLOWING, BIAS, h, 0, prefix, "attention.self.key");
    add(table, FOLLOWING, BIAS, h, 0, prefix, "attention.self.value");
    layer->weight[NOMEN_DENSE_ATTENTION] = add_dense(table, ALIGNED, h, h, prefix, "attention.output.dense");
    layer->bias[NOMEN_DENSE_ATTENTION] = add(table, ALIGNED, BIAS, h, 0, prefix, "attention.output.dense");
    layer->attention_gamma = add(table, ALIGNED, GAMMA, h, 0, prefix, "attention.output.LayerNorm");
    layer->attention_beta = add(table, ALIGNED, BETA, h, 0, prefix, "attention.output.LayerNorm");
    layer->weight[NOMEN_DENSE_UP] = add_dense(table, ALIGNED, f, h, prefix, "intermediate.dense");
    layer->bias[NOMEN_DENSE_UP] = add(table, ALIGNED, BIAS, f, 0, prefix, "intermediate.dense");
    layer->weight[NOMEN_DENSE_DOWN] = add_dense(table, ALIGNED, h, f, prefix, "output.dense");
    layer->bias[NOMEN_DENSE_DOWN] = add(table, ALIGNED, BIAS, h, 0, prefix, "output.dense");
    layer->output_gamma = add(table, ALIGNED, GAMMA, h, 0, prefix, "output.LayerNorm");
    layer->output_beta = add(table, ALIGNED, BETA, h, 0, prefix, "output.LayerNorm");
}

static void add_head(nomen_param_table *table, const nomen_config *config) {
    table->classifier_weight = add(table, ALIGNED, WEIGHT, config->n_labels, config->hidden_size, "", "classifier");
    table->rows[table->n_rows - 1].head = true;
    table->classifier_bias = add(table, ALIGNED, BIAS, config->n_labels, 0, "", "classifier");
    table->rows[table->n_rows - 1].head = true;
}

/* All labels start alike, so that a fresh CRF changes nothing. */
static size_t add_crf_row(nomen_param_table *table, size_t n_rows, size_t n_columns, const char *name) {
    size_t offset = add(table, ALIGNED, BIAS, n_rows, n_columns, "", name);
    nomen_param *row = &table->rows[table->n_rows - 1];
    snprintf(row->name, sizeof row->name, "%s", name);
    row->owner = NOMEN_OWNER_CRF;
    return offset;
}

static void add_crf(nomen_param_table *table, const nomen_config *config) {
    table->crf_transitions = add_crf_row(table, config->n_labels, config->n_labels, "transitions");
    table->crf_start = add_crf_row(table, config->n_labels, 0, "start_transitions");
    table->crf_end = add_crf_row(table, config->n_labels, 0, "end_transitions");
}

/* An upper bound of the block in double, which can't overflow. */
static double estimate(const nomen_config *config) {
    double h = (double)config->hidden_size;
    double f = (double)config->intermediate_size;
    double tables = (double)config->vocab_size + (double)config->max_position_embeddings + (double)config->type_vocab_size +
                    (double)config->n_labels;
    double k = config->crf ? (double)config->n_labels : 0;
    return k * (k + 2) + h * (tables + 2) + (double)config->num_hidden_layers * (4 * h * h + 2 * h * f + 10 * h + f);
}

nomen_status nomen_param_table_create(const nomen_config *config, nomen_param_table *out, nomen_error *err) {
    nomen_param_table table = {.arch = nomen_config_arch(config), .dense = config->dense, .quantize = config->quantize};
    nomen_status status;
    if (config->n_labels == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "the model has no labels; give it labels before its parameters are laid out"));
    }
    if (!(estimate(config) < (double)MOST_ELEMENTS)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_LIMIT, "the configured model has %.0f parameters, more than the limit of %zu",
                                   estimate(config), MOST_ELEMENTS));
    }
    NOMEN_TRY(NOMEN_NEW(table.rows, OUTER_ROWS + LAYER_ROWS * config->num_hidden_layers, err));
    NOMEN_TRY(NOMEN_NEW(table.layers, config->num_hidden_layers, err));
    add_embeddings(&table, config);
    for (size_t i = 0; i < config->num_hidden_layers; i++) {
        table.n_layers = i + 1;
        add_layer(&table, config, i);
    }
    size_t top = table.n_rows;
    add_head(&table, config);
    table.n_model_rows = table.n_rows;
    if (config->crf) { add_crf(&table, config); }
    for (size_t i = top; i < table.n_rows; i++) { table.rows[i].depth = table.n_layers + 1; }
    table.n_elements = (table.n_elements + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *out = table;
    table = (nomen_param_table){0};
done:
    nomen_param_table_clear(&table);
    return status;
}

void nomen_param_table_clear(nomen_param_table *table) {
    nomen_mem_free(table->rows);
    nomen_mem_free(table->layers);
    *table = (nomen_param_table){0};
}

void nomen_param_table_clear_gaps(const nomen_param_table *table, nomen_real *block) {
    for (size_t i = 0; i < table->n_rows; i++) {
        size_t end = i + 1 < table->n_rows ? table->rows[i + 1].offset : table->n_elements;
        size_t size = nomen_param_in_block(table, &table->rows[i]) ? table->rows[i].size : 0;
        size_t start = table->rows[i].offset + size;
        if (start < end) { nomen_op_fill(block + start, 0, end - start); }
    }
}

bool nomen_param_in_block(const nomen_param_table *table, const nomen_param *row) {
    return !row->dense || table->dense == NOMEN_DENSE_FLOAT;
}

const nomen_param *nomen_param_table_find(const nomen_param_table *table, const char *name) {
    for (size_t i = 0; i < table->n_rows; i++) {
        if (strcmp(table->rows[i].name, name) == 0) { return &table->rows[i]; }
    }
    return NULL;
}
