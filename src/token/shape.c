/* Cutting and padding an encoding to a length, for callers that want fixed shapes. */
#include "base/error.h"
#include "token/encoding.h"

void nomen_tokenizer_truncate(const nomen_tokenizer *tokenizer, nomen_encoding *encoding, size_t max_length) {
    nomen_special_tokens special;
    nomen_tokenizer_get_special(tokenizer, &special);
    size_t n_special = special.n_prefix + special.n_suffix;
    size_t room = max_length > n_special ? max_length - n_special : 0;
    if (encoding->n_pieces > room) { encoding->n_pieces = room; }
}

nomen_status nomen_tokenizer_pad(const nomen_tokenizer *tokenizer, nomen_encoding *encoding, size_t max_length,
                                 nomen_error *err) {
    if (encoding->n_pieces >= max_length) { return NOMEN_OK; }
    int32_t pad = nomen_tokenizer_get_pad(tokenizer);
    if (pad < 0) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "the vocabulary has no padding token, so nothing can be padded");
    }
    nomen_status status = nomen_encoding_reserve(encoding, max_length, err);
    if (status != NOMEN_OK) { return status; }
    while (encoding->n_pieces < max_length) { nomen_encoding_append_token(encoding, pad, (nomen_span){0}, -1, 0); }
    return NOMEN_OK;
}
