/* Ids to text, as HF's WordPiece decoder: pieces join, words get a space, and a tidy-up token by token. */
#include <string.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "token/internal.h"

/* Replaces every `from` in the token by `to`, which is never longer, in place; returns the new length. */
static size_t replace(char *token, size_t n_bytes, const char *from, const char *to) {
    size_t n_from = strlen(from), n_to = strlen(to), kept = 0;
    for (size_t i = 0; i < n_bytes;) {
        if (n_bytes - i >= n_from && memcmp(token + i, from, n_from) == 0) {
            memcpy(token + kept, to, n_to);
            kept += n_to;
            i += n_from;
        } else {
            token[kept++] = token[i++];
        }
    }
    return kept;
}

/* HF's list, in its order: it is applied to each token by itself, with the space before it. */
static size_t cleanup(char *token, size_t n_bytes) {
    static const char *const pairs[][2] = {
        {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},    {" n't", "n't"},
        {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) { n_bytes = replace(token, n_bytes, pairs[i][0], pairs[i][1]); }
    return n_bytes;
}

static bool is_special(const nomen_tokenizer *tokenizer, const nomen_string *text) {
    int32_t index = nomen_added_find(&tokenizer->added, text->text, text->n_bytes);
    return index >= 0 && tokenizer->added.tokens[index].ever_special;
}

static nomen_status append_token(const nomen_token_decoder *decoder, const nomen_string *token, bool is_first, nomen_buffer *out,
                                 nomen_error *err) {
    size_t before = out->size, n_prefix = strlen(decoder->prefix), skip = 0;
    nomen_status status = NOMEN_OK;
    if (!is_first) {
        if (decoder->wordpiece && token->n_bytes >= n_prefix && memcmp(token->text, decoder->prefix, n_prefix) == 0) {
            skip = n_prefix;
        } else {
            NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err));
        }
    }
    NOMEN_TRY(nomen_buffer_append(out, token->text + skip, token->n_bytes - skip, err));
    if (decoder->wordpiece && decoder->cleanup && out->size > before) {
        out->size = before + cleanup(out->data + before, out->size - before);
        out->data[out->size] = '\0';
    }
done:
    return status;
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
        status = append_token(&tokenizer->decoder, token, is_first, &buffer, err);
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
