/* Ids to text: the decoder of the model, or, where a tokenizer has none, tokens joined by spaces. */
#include "base/buffer.h"
#include "token/internal.h"

static bool is_special(const nomen_tokenizer *tokenizer, const nomen_string *text) {
    int32_t index = nomen_added_find(&tokenizer->added, text->text, text->n_bytes);
    return index >= 0 && tokenizer->added.tokens[index].ever_special;
}

static nomen_status append_spaced(const nomen_string *token, bool is_first, nomen_buffer *out, nomen_error *err) {
    nomen_status status = is_first ? NOMEN_OK : nomen_buffer_append_byte(out, ' ', err);
    return status == NOMEN_OK ? nomen_buffer_append(out, token->text, token->n_bytes, err) : status;
}

nomen_status nomen_tokenizer_decode(const nomen_tokenizer *tokenizer, const int32_t *ids, size_t n_ids, bool skip_special,
                                    char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer buffer = {0};
    bool is_first = true;
    nomen_status status = nomen_buffer_append(&buffer, "", 0, err);
    for (size_t i = 0; status == NOMEN_OK && i < n_ids; i++) {
        nomen_string storage;
        const nomen_string *token = nomen_tokenizer_text(tokenizer, ids[i], &storage);
        if (token == NULL) {
            status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "id %d is not in the vocabulary; ids are 0 to %zu", ids[i],
                                     tokenizer->size - 1);
            break;
        }
        if (skip_special && is_special(tokenizer, token)) { continue; }
        status = tokenizer->has_decoder ? tokenizer->model->decode_token(tokenizer, token, is_first, &buffer, err)
                                        : append_spaced(token, is_first, &buffer, err);
        is_first = false;
    }
    if (status != NOMEN_OK) {
        nomen_buffer_clear(&buffer);
        return status;
    }
    *n_bytes = buffer.size;
    *out = nomen_buffer_release(&buffer);
    return NOMEN_OK;
}
