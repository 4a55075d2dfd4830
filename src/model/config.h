/* What config.json says of a model: its architecture, its sizes, and the labels of its head. */
#ifndef NOMEN_MODEL_CONFIG_H
#define NOMEN_MODEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "math/ops.h"
#include "model/arch.h"

/* The dense layers of an encoder layer that a LoRA adapter may stand beside, as bits of nomen_lora_settings.targets. */
typedef enum nomen_lora_target {
    NOMEN_LORA_QUERY = 0,
    NOMEN_LORA_KEY,
    NOMEN_LORA_VALUE,
    NOMEN_LORA_ATTENTION_OUTPUT,
    NOMEN_LORA_INTERMEDIATE,
    NOMEN_LORA_OUTPUT,
    NOMEN_LORA_TARGETS
} nomen_lora_target;

/* Low-rank adapters (Hu et al. 2021), y = W x + b + (alpha / rank) B A dropout(x), in every encoder layer. */
typedef struct nomen_lora_settings {
    size_t rank; /* R; 0: none */
    double alpha;
    double dropout;   /* of the input of A, in training */
    unsigned targets; /* which dense layers have one: bits of nomen_lora_target */
} nomen_lora_settings;

/* What of a model is trained: all of it where this is {0}. With LoRA: the adapters, the head and the CRF. */
typedef struct nomen_trained {
    bool freeze_embeddings;
    size_t freeze_layers; /* the first so many encoder layers, and the embeddings below them */
    nomen_lora_settings lora;
} nomen_trained;

typedef struct nomen_config {
    const nomen_arch *arch;         /* NULL stands for BERT */
    size_t vocab_size;              /* V */
    size_t hidden_size;             /* H */
    size_t num_hidden_layers;       /* L */
    size_t num_attention_heads;     /* A; divides H */
    size_t intermediate_size;       /* F */
    size_t max_position_embeddings; /* longest sequence */
    size_t type_vocab_size;
    nomen_activation hidden_act;
    float layer_norm_eps;
    float hidden_dropout_prob;
    float attention_probs_dropout_prob;
    float classifier_dropout; /* hidden_dropout_prob where the file has none or null */
    float initializer_range;
    ptrdiff_t pad_token_id; /* its embedding gets no gradient, as in HF; -1 for none */
    bool crf;               /* its labels form a chain; no key of config.json: the caller says so */
    nomen_dense_kind dense; /* of the encoder; INT8, for inference alone, where quantization_config says so */
    bool quantize;          /* INT8 is made while loading, as the files hold floats; no key: the caller asks for it */
    nomen_trained trained;  /* no key either */
    bool bf16;              /* the encoder's dense products are of bf16, of FLOAT alone; no key: the caller asks for it */
    char **labels;          /* (K) id2label in order of id; NULL and 0 where the file names none, or only LABEL_n */
    size_t n_labels;
    size_t n_unnamed; /* the labels of such an id2label of LABEL_0, LABEL_1... */
    json_t *json;     /* the whole object, so that writing keeps what nomen does not know; owned */
} nomen_config;

/*
 * Reads DIRECTORY/config.json. Other architectures, relative positions, decoders and unknown
 * activations are NOMEN_ERROR_UNSUPPORTED, by name; impossible sizes are NOMEN_ERROR_FORMAT.
 */
nomen_status nomen_config_read(const char *directory, nomen_config *out, nomen_error *err);

/* A deep copy of a JSON object, whole or NULL; jansson's own drops keys when memory runs out half-way. */
json_t *nomen_config_copy_json(const json_t *object);

static inline const nomen_arch *nomen_config_arch(const nomen_config *config) {
    return config->arch != NULL ? config->arch : &nomen_arch_bert;
}

/* A deep copy. */
nomen_status nomen_config_copy(const nomen_config *from, nomen_config *out, nomen_error *err);

/*
 * The first name of "architectures" where that is a head for another task than token classification, such as
 * BertForSequenceClassification, whose tensors have the same names (borrowed); NULL for every other name, and for none.
 */
const char *nomen_config_other_task(const nomen_config *config);

/* Replaces the labels (copied). */
nomen_status nomen_config_set_labels(nomen_config *config, char *const *labels, size_t n_labels, nomen_error *err);

/*
 * Writes DIRECTORY/config.json as BertForTokenClassification: the keys read before, with the
 * architecture, label maps and sizes of `config`.
 */
nomen_status nomen_config_write(const nomen_config *config, const char *directory, nomen_error *err);

/* Frees what it holds and leaves {0}. */
void nomen_config_clear(nomen_config *config);

#endif
