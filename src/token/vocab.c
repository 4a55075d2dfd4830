/* Reading vocab.txt, and the hash map over the tokens. */
#include "token/vocab.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/unicode.h"

void nomen_vocab_clear(nomen_vocab *vocab) {
    nomen_strmap_clear(&vocab->whole);
    nomen_mem_free(vocab->tokens);
    nomen_mem_free(vocab->pool);
    *vocab = (nomen_vocab){0};
}

nomen_status nomen_vocab_create(const nomen_string *tokens, size_t n, const char *name, nomen_vocab *out, nomen_error *err) {
    nomen_vocab vocab = {.n = n};
    nomen_status status = NOMEN_OK;
    size_t n_bytes = 0;
    if (n == 0) { return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the vocabulary is empty", name); }
    for (size_t i = 0; i < n; i++) { n_bytes += tokens[i].n_bytes + 1; } /* all of it is in memory already */
    NOMEN_TRY(NOMEN_NEW(vocab.pool, n_bytes, err));
    NOMEN_TRY(NOMEN_NEW(vocab.tokens, n, err));
    NOMEN_TRY(nomen_strmap_create(n, &vocab.whole, err));
    char *place = vocab.pool;
    for (size_t i = 0; i < n; i++) {
        if (tokens[i].n_bytes > 0) { memcpy(place, tokens[i].text, tokens[i].n_bytes); }
        vocab.tokens[i] = (nomen_string){place, tokens[i].n_bytes};
        place += tokens[i].n_bytes + 1;
        int32_t twin = nomen_strmap_add(&vocab.whole, vocab.tokens[i].text, tokens[i].n_bytes, (int32_t)i);
        if (twin >= 0) {
            status = nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                     "%s: the token \"%.80s\" occurs twice, with the ids %d and %zu; each token must have one id",
                                     name, vocab.tokens[i].text, twin, i);
            goto done;
        }
    }
    *out = vocab;
    return NOMEN_OK;
done:
    nomen_vocab_clear(&vocab);
    return status;
}

/* The length of a line without the white space at its end. */
static size_t trimmed(const char *line, size_t n_bytes) {
    size_t kept = 0;
    for (size_t i = 0; i < n_bytes;) {
        uint32_t scalar;
        i += nomen_utf8_decode(line + i, n_bytes - i, &scalar);
        if (!(nomen_unicode_get(scalar)->flags & NOMEN_UNICODE_SPACE)) { kept = i; }
    }
    return kept;
}

nomen_status nomen_vocab_parse(const char *bytes, size_t n_bytes, const char *name, nomen_vocab *out, nomen_error *err) {
    nomen_string *tokens = NULL;
    size_t n = 0, capacity = 0;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_bytes;) {
        const char *newline = memchr(bytes + i, '\n', n_bytes - i);
        size_t length = newline ? (size_t)(newline - (bytes + i)) : n_bytes - i;
        if (!nomen_utf8_is_valid(bytes + i, length) || memchr(bytes + i, '\0', length) != NULL) {
            status = nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                     "%s:%zu: not UTF-8 text; a vocabulary has one token per line in UTF-8", name, n + 1);
            goto done;
        }
        NOMEN_TRY(NOMEN_RESERVE(tokens, capacity, n + 1, err));
        tokens[n++] = (nomen_string){bytes + i, trimmed(bytes + i, length)};
        i += length + 1;
    }
    status = nomen_vocab_create(tokens, n, name, out, err);
done:
    nomen_mem_free(tokens);
    return status;
}
