/* Building the parameter table: Hugging Face's names and shapes, one row a tensor, in block order. */
#include "model/params.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Rows outside the layers (5 of the embeddings, 2 of the head, 3 of the CRF), and in a layer, two more for each LoRA target. */
enum { OUTER_ROWS = 10, LAYER_ROWS = 16 + 2 * NOMEN_LORA_TARGETS };

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

static const char *const target_names[NOMEN_LORA_TARGETS] = {
    [NOMEN_LORA_QUERY] = "attention.self.query",      [NOMEN_LORA_KEY] = "attention.self.key",
    [NOMEN_LORA_VALUE] = "attention.self.value",      [NOMEN_LORA_ATTENTION_OUTPUT] = "attention.output.dense",
    [NOMEN_LORA_INTERMEDIATE] = "intermediate.dense", [NOMEN_LORA_OUTPUT] = "output.dense",
};

const char *nomen_lora_target_module(nomen_lora_target target) {
    return target_names[target];
}

const char *nomen_lora_target_name(nomen_lora_target target) {
    static const char inner[] = "attention.self.";
    const char *name = target_names[target];
    return strncmp(name, inner, sizeof inner - 1) == 0 ? name + sizeof inner - 1 : name;
}

/* One of a target's two matrices. */
static size_t add_factor(nomen_param_table *table, size_t layer, nomen_lora_target target, char which, size_t n_rows,
                         size_t n_columns) {
    size_t offset = add(table, ALIGNED, WEIGHT, n_rows, n_columns, "", "");
    nomen_param *row = &table->rows[table->n_rows - 1];
    snprintf(row->name, sizeof row->name, NOMEN_LORA_PREFIX "%sencoder.layer.%zu.%s.lora_%c.weight", table->arch->tensor_prefix,
             layer, target_names[target], which);
    row->owner = NOMEN_OWNER_LORA;
    row->depth = layer + 1; /* not that of the last layer, which add() gives what comes after all of them */
    row->start = which == 'A' ? NOMEN_START_UNIFORM : NOMEN_START_ZERO;
    return offset;
}

static void add_lora(nomen_param_table *table, const nomen_config *config) {
    const nomen_lora_settings *lora = &config->trained.lora;
    for (size_t i = 0; i < config->num_hidden_layers; i++) {
        for (int t = 0; t < NOMEN_LORA_TARGETS; t++) {
            nomen_lora_target target = (nomen_lora_target)t;
            size_t in = target == NOMEN_LORA_OUTPUT ? config->intermediate_size : config->hidden_size;
            size_t out = target == NOMEN_LORA_INTERMEDIATE ? config->intermediate_size : config->hidden_size;
            if (!(lora->targets >> t & 1)) { continue; }
            table->layers[i].lora_a[t] = add_factor(table, i, target, 'A', lora->rank, in);
            table->layers[i].lora_b[t] = add_factor(table, i, target, 'B', out, lora->rank);
        }
    }
}

/* What is trained is a tail, as what lies above a frozen layer never needs what lies below it. */
static size_t find_first_trainable(const nomen_param_table *table, const nomen_config *config) {
    const nomen_trained *trained = &config->trained;
    if (trained->lora.rank > 0 || trained->freeze_layers >= config->num_hidden_layers) { return table->classifier_weight; }
    if (trained->freeze_layers == 0 && !trained->freeze_embeddings) { return 0; }
    return table->layers[trained->freeze_layers].weight[NOMEN_DENSE_QKV];
}

static void mark_trainable(nomen_param_table *table, const nomen_config *config) {
    table->first_trainable = find_first_trainable(table, config);
    for (size_t i = 0; i < table->n_rows; i++) { table->rows[i].trainable = table->rows[i].offset >= table->first_trainable; }
}

/* An upper bound of the block in double, which can't overflow. */
static double estimate(const nomen_config *config) {
    double each = (double)NOMEN_LORA_TARGETS * (double)config->trained.lora.rank;
    double h = (double)config->hidden_size;
    double f = (double)config->intermediate_size;
    double tables = (double)config->vocab_size + (double)config->max_position_embeddings + (double)config->type_vocab_size +
                    (double)config->n_labels;
    double k = config->crf ? (double)config->n_labels : 0;
    return k * (k + 2) + h * (tables + 2) +
           (double)config->num_hidden_layers * (4 * h * h + 2 * h * f + 10 * h + f + each * (h + f));
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
    if (config->trained.lora.rank > 0) { add_lora(&table, config); }
    table.n_elements = (table.n_elements + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    mark_trainable(&table, config);
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

/* The gaps from `first` on, of a block that begins there. */
static void clear_gaps(const nomen_param_table *table, nomen_real *block, size_t first) {
    for (size_t i = 0; i < table->n_rows; i++) {
        if (table->rows[i].offset < first) { continue; }
        size_t end = i + 1 < table->n_rows ? table->rows[i + 1].offset : table->n_elements;
        size_t size = nomen_param_in_block(table, &table->rows[i]) ? table->rows[i].size : 0;
        size_t start = table->rows[i].offset + size;
        if (start < end) { nomen_op_fill(block + (start - first), 0, end - start); }
    }
}

void nomen_param_table_clear_gaps(const nomen_param_table *table, nomen_real *block) {
    clear_gaps(table, block, 0);
}

void nomen_param_table_clear_tail_gaps(const nomen_param_table *table, nomen_real *tail) {
    clear_gaps(table, tail, table->first_trainable);
}

bool nomen_param_in_block(const nomen_param_table *table, const nomen_param *row) {
    return !row->dense || table->dense == NOMEN_DENSE_FLOAT;
}

void nomen_param_table_drop_lora(nomen_param_table *table, const nomen_config *config) {
    while (table->n_rows > 0 && table->rows[table->n_rows - 1].owner == NOMEN_OWNER_LORA) {
        table->n_elements = table->rows[--table->n_rows].offset;
    }
    mark_trainable(table, config);
}

const nomen_param *nomen_param_table_find(const nomen_param_table *table, const char *name) {
    for (size_t i = 0; i < table->n_rows; i++) {
        if (strcmp(table->rows[i].name, name) == 0) { return &table->rows[i]; }
    }
    return NULL;
}
