/*
 * Directories of a low-rank adapter, as peft writes them: adapter_config.json and adapter_model.safetensors, which stand beside
 * the weights of a base model that is elsewhere. nomen adds config.json with the labels, the tokenizer and nomen.json; where
 * they are missing, the base's count.
 */
#ifndef NOMEN_MODEL_DIR_ADAPTER_H
#define NOMEN_MODEL_DIR_ADAPTER_H

#include "model/config.h"

#define NOMEN_ADAPTER_CONFIG "adapter_config.json"

/* An adapter directory as it was found; {0} for any other. */
typedef struct nomen_adapter {
    char *weights; /* its file of tensors */
    char *base;    /* the directory of the base model */
    nomen_lora_settings lora;
    size_t head_rows; /* of the classifier among its tensors; 0 where there is none */
    bool some_layers; /* the configuration may leave layers without adapters */
} nomen_adapter;

/*
 * Reads DIRECTORY/adapter_config.json; *out stays {0} where there is none. The base is a directory (a path that begins with
 * no "/" is looked for from the current directory, as peft does, then from DIRECTORY) or the NAME of a model in the hub's
 * cache. A base that is not there is NOMEN_ERROR_IO with NOMEN_REMEDY_FETCH; what nomen would compute differently (DoRA,
 * ranks by pattern, biases...) is NOMEN_ERROR_UNSUPPORTED, by the name of its key. The tensors say which dense layers have
 * adapters.
 */
nomen_status nomen_adapter_find(const char *directory, nomen_adapter *out, nomen_error *err);
void nomen_adapter_clear(nomen_adapter *adapter);

/* Where a model's file of this name is: in its directory, or where that is an adapter's without it, in the base. Borrowed. */
nomen_status nomen_adapter_place(const nomen_adapter *adapter, const char *directory, const char *name, const char **out,
                                 nomen_error *err);

/* The same of its tokenizer, of which tokenizer.json or vocab.txt is enough. */
nomen_status nomen_adapter_tokenizer_place(const nomen_adapter *adapter, const char *directory, const char **out,
                                           nomen_error *err);

/* The rows of the classifier in the weight files of a directory, or in an adapter's; 0 where there is none. */
nomen_status nomen_adapter_head_rows(const char *directory, size_t hidden_size, size_t *out, nomen_error *err);

/* Bytes of the weight files of a directory, an adapter's and its base's together. */
nomen_status nomen_adapter_weights_size(const char *directory, size_t *out, nomen_error *err);

/*
 * What an adapter's configuration calls its base: NAME and the commit where `directory` is a model in the hub's cache, else
 * its absolute path and NULL. New blocks.
 */
nomen_status nomen_adapter_name_base(const char *directory, char **base, char **revision, nomen_error *err);

/* Writes DIRECTORY/adapter_config.json. `revision` may be NULL. */
nomen_status nomen_adapter_write(const char *directory, const nomen_lora_settings *lora, const char *base, const char *revision,
                                 nomen_error *err);

#endif
