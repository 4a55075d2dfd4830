/* The keys of config.json in one table each, which reading, checking and writing walk. */
#include "model/config_keys.h"

#include <string.h>

/*
 * The defaults are those of transformers' BertConfig. The upper limits are far beyond any BERT; they
 * keep products of sizes inside 64 bits and sizes from a damaged file from being allocated. Dropout
 * numbers tokens and sites in 16 bits each, hence 65536 positions and 4096 layers.
 */
const nomen_config_size nomen_config_sizes[] = {
    {"vocab_size", offsetof(nomen_config, vocab_size), 30522, (size_t)1 << 24},
    {"hidden_size", offsetof(nomen_config, hidden_size), 768, 65536},
    {"num_hidden_layers", offsetof(nomen_config, num_hidden_layers), 12, 4096},
    {"num_attention_heads", offsetof(nomen_config, num_attention_heads), 12, 65536},
    {"intermediate_size", offsetof(nomen_config, intermediate_size), 3072, (size_t)1 << 20},
    {"max_position_embeddings", offsetof(nomen_config, max_position_embeddings), 512, 65536},
    {"type_vocab_size", offsetof(nomen_config, type_vocab_size), 2, 65536},
};
const size_t nomen_config_n_sizes = sizeof nomen_config_sizes / sizeof *nomen_config_sizes;

const nomen_config_number nomen_config_numbers[] = {
    {"layer_norm_eps", offsetof(nomen_config, layer_norm_eps), 1e-12f, 1.0f},
    {"hidden_dropout_prob", offsetof(nomen_config, hidden_dropout_prob), 0.1f, 1.0f},
    {"attention_probs_dropout_prob", offsetof(nomen_config, attention_probs_dropout_prob), 0.1f, 1.0f},
    {"initializer_range", offsetof(nomen_config, initializer_range), 0.02f, 100.0f},
};
const size_t nomen_config_n_numbers = sizeof nomen_config_numbers / sizeof *nomen_config_numbers;

/* transformers' names of activations; the first of equals is the one that is written. */
static const struct {
    const char *name;
    nomen_activation activation;
} activations[] = {
    {"gelu", NOMEN_GELU_ERF},        {"gelu_new", NOMEN_GELU_TANH},          {"relu", NOMEN_RELU},
    {"gelu_python", NOMEN_GELU_ERF}, {"gelu_pytorch_tanh", NOMEN_GELU_TANH},
};
enum { N_ACTIVATIONS = sizeof activations / sizeof *activations };

const char *nomen_config_activation_name(nomen_activation activation) {
    for (size_t i = 0; i < N_ACTIVATIONS; i++) {
        if (activations[i].activation == activation) { return activations[i].name; }
    }
    return "gelu";
}

bool nomen_config_activation_find(const char *name, nomen_activation *out) {
    for (size_t i = 0; i < N_ACTIVATIONS; i++) {
        if (strcmp(activations[i].name, name) == 0) {
            *out = activations[i].activation;
            return true;
        }
    }
    return false;
}

size_t *nomen_config_size_at(nomen_config *config, const nomen_config_size *key) {
    return (size_t *)(void *)((char *)config + key->offset);
}

float *nomen_config_number_at(nomen_config *config, const nomen_config_number *key) {
    return (float *)(void *)((char *)config + key->offset);
}
