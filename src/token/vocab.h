/* The vocabulary: ids 0..n-1, each with its token: tokens to ids, and ids to tokens. */
#ifndef NOMEN_TOKEN_VOCAB_H
#define NOMEN_TOKEN_VOCAB_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "token/strmap.h"

/* A string with its length; `text` has a NUL after it. */
typedef struct nomen_string {
    const char *text;
    size_t n_bytes;
} nomen_string;

/* Start from {0}. */
typedef struct nomen_vocab {
    char *pool;           /* all tokens, a NUL after each */
    nomen_string *tokens; /* [n] */
    size_t n;
    nomen_strmap whole; /* every token */
} nomen_vocab;

/*
 * Reads a vocab.txt held in memory: a token a line, the line's number its id, white space at a
 * line's end not part of it (as HF). `name` is for messages. Leaves *out alone on failure.
 */
nomen_status nomen_vocab_parse(const char *bytes, size_t n_bytes, const char *name, nomen_vocab *out, nomen_error *err);

/* Builds a vocabulary of `n` tokens in the order of their ids; copies the text. `name` is for messages. */
nomen_status nomen_vocab_create(const nomen_string *tokens, size_t n, const char *name, nomen_vocab *out, nomen_error *err);

void nomen_vocab_clear(nomen_vocab *vocab);

#endif
