/* Writing a tiny model directory. See tiny_model.h. */
#include "support/tiny_model.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/weights.h"

static const char *const default_labels[] = {"O", "B-geo", "B-org", "B-per", "I-geo", "I-org", "I-per"};

/* The vocabulary in order of id. `label` is what the head is to say; NULL for O. */
static const struct {
    const char *token, *label;
} vocabulary[] = {
    {"[PAD]", NULL},
    {"[UNK]", NULL},
    {"[CLS]", NULL},
    {"[SEP]", NULL},
    {"[MASK]", NULL},
    {".", NULL},
    {",", NULL},
    {"!", NULL},
    {"-", NULL},
    {"'", NULL},
    {"(", NULL},
    {")", NULL},
    {"the", NULL},
    {"a", NULL},
    {"is", NULL},
    {"was", NULL},
    {"of", NULL},
    {"in", NULL},
    {"at", NULL},
    {"and", NULL},
    {"founder", NULL},
    {"lives", NULL},
    {"works", NULL},
    {"met", NULL},
    {"went", NULL},
    {"to", NULL},
    {"from", NULL},
    {"city", NULL},
    {"company", NULL},
    {"said", NULL},
    {"yesterday", NULL},
    {"today", NULL},
    {"he", NULL},
    {"she", NULL},
    {"they", NULL},
    {"caf\xC3\xA9", NULL},
    {"\xE4\xB8\xAD", NULL},
    {"\xE5\x9B\xBD", NULL},
    {"1", NULL},
    {"2", NULL},
    {"##s", NULL},
    {"##ing", NULL},
    {"##ed", NULL},
    {"##1", NULL},
    {"##2", NULL},
    {"bill", "B-per"},
    {"anna", "B-per"},
    {"maria", "B-per"},
    {"john", "B-per"},
    {"lee", "B-per"},
    {"gates", "I-per"},
    {"smith", "I-per"},
    {"##son", "I-per"},
    {"##berg", "I-per"},
    {"garcia", "I-per"},
    {"london", "B-geo"},
    {"paris", "B-geo"},
    {"berlin", "B-geo"},
    {"new", "B-geo"},
    {"san", "B-geo"},
    {"york", "I-geo"},
    {"francisco", "I-geo"},
    {"jose", "I-geo"},
    {"microsoft", "B-org"},
    {"acme", "B-org"},
    {"inc", "I-org"},
    {"labs", "I-org"},
    {"##soft", "I-org"},
    {"micro", "B-org"},
    {"united", "B-org"},
    {"nations", "I-org"},
    {"ann", "B-per"},
    {"##a", NULL},
    {"##e", NULL},
    {"##i", NULL},
    {"##o", NULL},
    {"##t", NULL},
    {"##n", NULL},
    {"##r", NULL},
    {"b", NULL},
    {"c", NULL},
    {"d", NULL},
    {"e", NULL},
    {"f", NULL},
    {"g", NULL},
    {"h", NULL},
    {"i", NULL},
    {"j", NULL},
    {"k", NULL},
    {"l", NULL},
    {"m", NULL},
    {"n", NULL},
    {"o", NULL},
    {"p", NULL},
    {"r", NULL},
    {"s", NULL},
    {"t", NULL},
    {"u", NULL},
    {"v", NULL},
    {"w", NULL},
};
enum { VOCABULARY = sizeof vocabulary / sizeof *vocabulary };

tiny_model tiny_model_defaults(void) {
    return (tiny_model){.layers = 2,
                        .heads = 2,
                        .hidden = 32,
                        .intermediate = 48,
                        .positions = 64,
                        .dropout = 0.1f,
                        .labels = default_labels,
                        .n_labels = sizeof default_labels / sizeof *default_labels,
                        .architecture = "BertModel",
                        .seed = 7};
}

const char *tiny_model_word(size_t i) {
    for (size_t v = 5; v < VOCABULARY; v++) {
        if (strncmp(vocabulary[v].token, "##", 2) != 0 && i-- == 0) { return vocabulary[v].token; }
    }
    return NULL;
}

static nomen_status write_text(const char *directory, const char *name, const nomen_buffer *text, nomen_error *err) {
    char *path = nomen_file_join(directory, name);
    if (path == NULL) { return nomen_error_memory(err, 1, 64); }
    nomen_status status = nomen_file_write(path, text->data, text->size, err);
    nomen_mem_free(path);
    return status;
}

/* What config.json calls label k. */
static const char *name_of(const tiny_model *m, size_t k, char out[64]) {
    snprintf(out, 64, "LABEL_%zu", k);
    return m->unnamed ? out : m->labels[k];
}

static nomen_status write_config(const char *directory, const tiny_model *m, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&text, "{", err));
    if (m->architecture != NULL) { NOMEN_TRY(nomen_buffer_printf(&text, err, "\"architectures\":[\"%s\"],", m->architecture)); }
    NOMEN_TRY(nomen_buffer_printf(
        &text, err,
        "\"model_type\":\"bert\",\"vocab_size\":%d,\"hidden_size\":%zu,"
        "\"num_hidden_layers\":%zu,\"num_attention_heads\":%zu,\"intermediate_size\":%zu,"
        "\"max_position_embeddings\":%zu,\"type_vocab_size\":2,\"hidden_act\":\"gelu\",\"layer_norm_eps\":1e-12,"
        "\"hidden_dropout_prob\":%.3f,\"attention_probs_dropout_prob\":%.3f,\"initializer_range\":0.02,"
        "\"pad_token_id\":0",
        VOCABULARY, m->hidden, m->layers, m->heads, m->intermediate, m->positions, (double)m->dropout, (double)m->dropout));
    for (size_t k = 0; k < m->n_labels; k++) {
        char name[64];
        NOMEN_TRY(nomen_buffer_printf(&text, err, "%s\"%zu\":\"%s\"", k == 0 ? ",\"id2label\":{" : ",", k, name_of(m, k, name)));
    }
    for (size_t k = 0; k < m->n_labels; k++) {
        char name[64];
        NOMEN_TRY(nomen_buffer_printf(&text, err, "%s\"%s\":%zu", k == 0 ? "},\"label2id\":{" : ",", name_of(m, k, name), k));
    }
    NOMEN_TRY(nomen_buffer_append_text(&text, m->n_labels > 0 ? "}}\n" : "}\n", err));
    NOMEN_TRY(write_text(directory, "config.json", &text, err));
done:
    nomen_buffer_clear(&text);
    return status;
}

static nomen_status write_tokenizer(const char *directory, nomen_error *err) {
    static const char config[] = "{\"do_lower_case\":true,\"tokenizer_class\":\"BertTokenizer\"}\n";
    nomen_buffer text = {0};
    nomen_status status;
    for (size_t v = 0; v < VOCABULARY; v++) { NOMEN_TRY(nomen_buffer_printf(&text, err, "%s\n", vocabulary[v].token)); }
    NOMEN_TRY(write_text(directory, "vocab.txt", &text, err));
    nomen_buffer_reset(&text);
    NOMEN_TRY(nomen_buffer_append_text(&text, config, err));
    NOMEN_TRY(write_text(directory, "tokenizer_config.json", &text, err));
done:
    nomen_buffer_clear(&text);
    return status;
}

/* Label k's mark is a peak in dimension k of the embeddings; the head's row k looks for it there. */
static void teach(const tiny_model *m, const nomen_param_table *table, nomen_real *values) {
    for (size_t v = 0; v < VOCABULARY; v++) {
        const char *label = vocabulary[v].label != NULL ? vocabulary[v].label : "O";
        for (size_t k = 0; k < m->n_labels && k < m->hidden; k++) {
            if (strcmp(m->labels[k], label) == 0) { values[table->word + v * m->hidden + k] += 1; }
        }
    }
    for (size_t k = 0; k < m->n_labels && k < m->hidden; k++) { values[table->classifier_weight + k * m->hidden + k] += 1; }
}

static nomen_status write_weights(const char *directory, const tiny_model *m, nomen_error *err) {
    nomen_config config = {0};
    nomen_param_table table = {0};
    nomen_real *values = NULL;
    char *only[] = {(char[]){"O"}};
    nomen_status status;
    NOMEN_TRY(nomen_config_read(directory, &config, err));
    bool none = m->n_labels == 0; /* a table needs a head */
    NOMEN_TRY(nomen_config_set_labels(&config, none ? only : (char *const *)(uintptr_t)m->labels, none ? 1 : m->n_labels, err));
    NOMEN_TRY(nomen_param_table_create(&config, &table, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(values, table.n_elements, err));
    nomen_weights_start(&table, values, 0.1f, m->seed, false);
    teach(m, &table, values);
    if (m->n_labels == 0) { table.n_model_rows = table.n_rows -= 2; } /* the head's rows are the last two */
    NOMEN_TRY(nomen_weights_save(directory, &table, values, err));
done:
    nomen_mem_free(values);
    nomen_param_table_clear(&table);
    nomen_config_clear(&config);
    return status;
}

nomen_status tiny_model_write(const char *directory, const tiny_model *spec, nomen_error *err) {
    nomen_status status;
    if (mkdir(directory, 0777) != 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be made", directory); }
    NOMEN_TRY(write_config(directory, spec, err));
    NOMEN_TRY(write_tokenizer(directory, err));
    NOMEN_TRY(write_weights(directory, spec, err));
done:
    return status;
}
