/* The steps of loading a tokenizer, each in a file of its own. load.c runs them in order. */
#ifndef NOMEN_TOKEN_LOADER_H
#define NOMEN_TOKEN_LOADER_H

#include <jansson.h>

#include "token/internal.h"

/* A JSON file of the directory: its path for messages, and its object (NULL: no such file). */
typedef struct nomen_load_file {
    char *path;
    json_t *object;
} nomen_load_file;

typedef struct nomen_loader {
    nomen_load_file tokenizer_json;     /* tokenizer.json */
    nomen_load_file tokenizer_config;   /* tokenizer_config.json */
    nomen_load_file model_config;       /* config.json */
    nomen_load_file special_tokens_map; /* special_tokens_map.json */
    nomen_load_file added_tokens;       /* added_tokens.json */
    char *vocab_path;                   /* vocab.txt */
    nomen_tokenizer_options options;
    nomen_tokenizer *tokenizer; /* being built */
} nomen_loader;

/* load_config.c: which of AutoTokenizer's classes would be used. */
nomen_status nomen_load_kind(nomen_loader *loader, nomen_error *err);
/* load_config.c: do_lower_case and its like, for kind BERT; model_max_length, for both. */
nomen_status nomen_load_settings(nomen_loader *loader, nomen_error *err);

/* load_json.c: the vocabulary and, for kind JSON, the settings of tokenizer.json; refuses what is not BERT's. */
nomen_status nomen_load_tokenizer_json(nomen_loader *loader, nomen_error *err);

/* load_special.c: roles such as cls_token, and all added tokens in the order HF adds them. */
nomen_status nomen_load_special_tokens(nomen_loader *loader, nomen_error *err);

#endif
