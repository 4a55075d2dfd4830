/* WordPiece: one normalised word to the longest pieces of the vocabulary, from left to right. */
#ifndef NOMEN_TOKEN_WORDPIECE_H
#define NOMEN_TOKEN_WORDPIECE_H

#include "token/internal.h"

/*
 * A word: its bytes, and where its characters come from. With chars == NULL each byte is a
 * character that stands at `start` plus its own index in the original text.
 */
typedef struct nomen_word {
    const char *bytes;
    size_t n_bytes; /* at least 1 */
    const nomen_normal_char *chars;
    size_t n_chars;
    size_t start;
} nomen_word;

/* Appends the word's pieces, or one unknown token, with this word id. */
nomen_status nomen_wordpiece(const nomen_tokenizer *tokenizer, const nomen_word *word, int32_t word_id, nomen_encoding *out,
                             nomen_error *err);

/* Appends the pieces of a text to those that `out` holds; a failure leaves these. */
nomen_status nomen_encoding_append(const nomen_tokenizer *tokenizer, const nomen_text *text, nomen_encoding *out,
                                   nomen_error *err);

/* NOMEN_ERROR_ARGUMENT where word i of the text's words lies outside it, or before the one in front of it. */
nomen_status nomen_word_check(const nomen_text *text, size_t i, nomen_error *err);

/* Makes room for `needed` pieces in all arrays. */
nomen_status nomen_encoding_reserve(nomen_encoding *encoding, size_t needed, nomen_error *err);

/* Appends one piece; there must be room. */
static inline void nomen_encoding_append_token(nomen_encoding *encoding, int32_t id, nomen_span offsets, int32_t word_id,
                                               int32_t type_id) {
    size_t i = encoding->n_pieces++;
    encoding->ids[i] = id;
    encoding->offsets[i] = offsets;
    encoding->word_ids[i] = word_id;
    encoding->type_ids[i] = type_id;
}

#endif
