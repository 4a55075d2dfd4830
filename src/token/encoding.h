/* Filling an encoding, for those who encode; callers of the library see nomen/tokenizer.h. */
#ifndef NOMEN_TOKEN_ENCODING_H
#define NOMEN_TOKEN_ENCODING_H

#include "nomen/tokenizer.h"

/* Appends the pieces of a text to those that `out` holds; a failure leaves these. */
nomen_status nomen_encoding_append(const nomen_tokenizer *tokenizer, const nomen_text *text, nomen_encoding *out,
                                   nomen_error *err);

/* NOMEN_ERROR_ARGUMENT where there are texts but `texts` is NULL, or a text that is not empty is. */
nomen_status nomen_texts_check(const nomen_text *texts, size_t n, nomen_error *err);

/* NOMEN_ERROR_ARGUMENT where word i of the text's words lies outside it, or before the one in front of it. */
nomen_status nomen_word_check(const nomen_text *text, size_t i, nomen_error *err);

/* Makes room for `needed` pieces in all arrays. Asked for every piece, so the check is inline. */
nomen_status nomen_encoding_grow(nomen_encoding *encoding, size_t needed, nomen_error *err);
static inline nomen_status nomen_encoding_reserve(nomen_encoding *encoding, size_t needed, nomen_error *err) {
    return needed <= encoding->capacity ? NOMEN_OK : nomen_encoding_grow(encoding, needed, err);
}

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
