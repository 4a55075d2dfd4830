/*
 * A tiny model directory for tests that need no Python: config.json, vocab.txt, tokenizer_config.json
 * and model.safetensors. Its weights are random, but the embeddings of its vocabulary's names carry
 * their label and the head reads it, so that it tags "bill gates lives in london" as one would.
 */
#ifndef TESTS_SUPPORT_TINY_MODEL_H
#define TESTS_SUPPORT_TINY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/error.h"

typedef struct tiny_model {
    size_t layers, heads, hidden, intermediate, positions;
    float dropout;             /* of hidden states, attention and classifier */
    const char *const *labels; /* (n_labels) id2label; NULL with n_labels 0 for none, so no head either */
    size_t n_labels;
    bool unnamed;             /* config.json calls them LABEL_0, LABEL_1... */
    const char *architecture; /* of config.json; NULL for no such key */
    uint64_t seed;
} tiny_model;

/* L=2, A=2, H=32, F=48, 64 positions, dropout 0.1, the labels O and B-/I- of geo, org, per. */
tiny_model tiny_model_defaults(void);

/* Writes the directory, which must not be there yet. */
nomen_status tiny_model_write(const char *directory, const tiny_model *spec, nomen_error *err);

/* The i-th token of the vocabulary that stands for a word ("##" ones left out), or NULL past the last. */
const char *tiny_model_word(size_t i);

#endif
