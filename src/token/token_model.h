/*
 * What a tokenizer's model does, as a row of functions: the rest of the tokenizer asks through it and knows no kind of
 * model. WordPiece is the only row.
 */
#ifndef NOMEN_TOKEN_TOKEN_MODEL_H
#define NOMEN_TOKEN_TOKEN_MODEL_H

#include <jansson.h>

#include "base/buffer.h"
#include "text/normalize.h"
#include "token/vocab.h"

/*
 * A normalised word: its bytes, and where its characters come from. With chars == NULL each byte is a
 * character that stands at `start` plus its own index in the original text.
 */
typedef struct nomen_word {
    const char *bytes;
    size_t n_bytes; /* at least 1 */
    const nomen_normal_char *chars;
    size_t n_chars;
    size_t start;
} nomen_word;

typedef struct nomen_token_model {
    const char *type; /* in tokenizer.json, of the model and of its decoder */
    /* The settings of "model" and "decoder" in tokenizer.json; where one is NULL, and for each absent key, the defaults. */
    nomen_status (*read)(nomen_tokenizer *tokenizer, const json_t *model, const json_t *decoder, const char *path,
                         nomen_error *err);
    /* Those two again: "model" without its vocabulary. NULL where memory is out. */
    json_t *(*write)(const nomen_tokenizer *tokenizer);
    json_t *(*write_decoder)(const nomen_tokenizer *tokenizer);
    /* What follows from settings and vocabulary, once both are complete. */
    nomen_status (*finish)(nomen_tokenizer *tokenizer, nomen_error *err);
    /* Appends the word's tokens, or one unknown token, with this word id. */
    nomen_status (*encode_word)(const nomen_tokenizer *tokenizer, const nomen_word *word, int32_t word_id, nomen_encoding *out,
                                nomen_error *err);
    /* Appends a token's text to that of the tokens before it, with a space between where they are not of one word. */
    nomen_status (*decode_token)(const nomen_tokenizer *tokenizer, const nomen_string *token, bool is_first, nomen_buffer *out,
                                 nomen_error *err);
    void (*clear)(nomen_tokenizer *tokenizer);
} nomen_token_model;

/* What WordPiece keeps in a tokenizer; only its own functions look at it. */
typedef struct nomen_wordpiece {
    char *prefix;        /* of tokens that continue a word */
    size_t max_chars;    /* a longer word is the unknown token */
    nomen_strmap tails;  /* the tokens that start with the prefix, without it */
    char *decode_prefix; /* the decoder's */
    bool cleanup;        /* decoding takes spaces before punctuation away, token by token */
} nomen_wordpiece;

extern const nomen_token_model nomen_wordpiece_model;

#endif
