/* A tokenizer as a whole: what follows from its settings, the small questions about it, and its end. */
#include "token/internal.h"

#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "text/unicode.h"
#include "token/template.h"

void nomen_tokenizer_free(nomen_tokenizer *tokenizer) {
    if (tokenizer == NULL) { return; }
    nomen_vocab_clear(&tokenizer->vocab);
    nomen_added_clear(&tokenizer->added);
    nomen_template_clear(&tokenizer->template);
    if (tokenizer->model != NULL) { tokenizer->model->clear(tokenizer); }
    nomen_mem_free(tokenizer->unk);
    nomen_mem_free(tokenizer->added_at);
    for (size_t i = 0; i < tokenizer->n_roles; i++) {
        nomen_mem_free(tokenizer->roles[i].name);
        nomen_mem_free(tokenizer->roles[i].content);
    }
    nomen_mem_free(tokenizer->roles);
    nomen_mem_free(tokenizer);
}

const char *nomen_tokenizer_role(const nomen_tokenizer *tokenizer, const char *name) {
    for (size_t i = 0; i < tokenizer->n_roles; i++) {
        if (strcmp(tokenizer->roles[i].name, name) == 0) { return tokenizer->roles[i].content; }
    }
    return NULL;
}

/* What the normalizer and the pre-tokenizer make of each ASCII byte, so that the fast path needs neither. */
static void fill_ascii(nomen_tokenizer *tokenizer) {
    const nomen_normalizer *normalizer = &tokenizer->normalizer;
    memset(tokenizer->ascii_kind, NOMEN_ASCII_OTHER, sizeof tokenizer->ascii_kind);
    for (unsigned byte = 0; byte < 128; byte++) {
        uint8_t flags = nomen_unicode_get(byte)->flags, kind = NOMEN_ASCII_WORD;
        if (normalizer->clean_text && (flags & NOMEN_UNICODE_REMOVED)) {
            kind = NOMEN_ASCII_OTHER;
        } else if (flags & NOMEN_UNICODE_SPACE) {
            kind = NOMEN_ASCII_SPACE;
        } else if (flags & NOMEN_UNICODE_PUNCTUATION) {
            kind = NOMEN_ASCII_PUNCTUATION;
        }
        tokenizer->ascii_kind[byte] = kind;
        bool lowers = normalizer->lowercase && byte >= 'A' && byte <= 'Z';
        tokenizer->ascii_lower[byte] = (char)(lowers ? byte - 'A' + 'a' : byte);
    }
}

nomen_status nomen_tokenizer_finish(nomen_tokenizer *tokenizer, const char *name, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    tokenizer->unk_id = nomen_strmap_get(&tokenizer->vocab.whole, tokenizer->unk, strlen(tokenizer->unk));
    if (tokenizer->unk_id < 0) {
        return nomen_error_set(
            err, NOMEN_ERROR_FORMAT,
            "%s: the vocabulary of %zu tokens lacks the unknown token \"%.80s\", which replaces words outside it", name,
            tokenizer->vocab.n, tokenizer->unk);
    }
    NOMEN_TRY(tokenizer->model->finish(tokenizer, err));
    NOMEN_TRY(nomen_added_finish(&tokenizer->added, &tokenizer->normalizer, name, err));
    tokenizer->size = tokenizer->vocab.n;
    for (size_t i = 0; i < tokenizer->added.n; i++) {
        size_t id = (size_t)tokenizer->added.tokens[i].id;
        if (id >= tokenizer->size) { tokenizer->size = id + 1; }
    }
    NOMEN_TRY(NOMEN_NEW(tokenizer->added_at, tokenizer->size, err));
    memset(tokenizer->added_at, -1, tokenizer->size * sizeof *tokenizer->added_at);
    for (size_t i = 0; i < tokenizer->added.n; i++) { tokenizer->added_at[tokenizer->added.tokens[i].id] = (int32_t)i; }
    const char *pad = nomen_tokenizer_role(tokenizer, "pad_token");
    tokenizer->pad_id = pad ? nomen_tokenizer_get_id(tokenizer, pad, strlen(pad)) : -1;
    fill_ascii(tokenizer);
done:
    return status;
}

const nomen_string *nomen_tokenizer_text(const nomen_tokenizer *tokenizer, int32_t id, nomen_string *storage) {
    if (id < 0 || (size_t)id >= tokenizer->size) { return NULL; }
    if (tokenizer->added_at[id] >= 0) {
        const nomen_added_token *token = &tokenizer->added.tokens[tokenizer->added_at[id]];
        *storage = (nomen_string){token->pattern, token->n_pattern};
    } else if ((size_t)id < tokenizer->vocab.n) {
        *storage = tokenizer->vocab.tokens[id];
    } else {
        return NULL;
    }
    return storage;
}

const char *nomen_tokenizer_get_token(const nomen_tokenizer *tokenizer, int32_t id) {
    nomen_string storage;
    return nomen_tokenizer_text(tokenizer, id, &storage) ? storage.text : NULL;
}

int32_t nomen_tokenizer_get_id(const nomen_tokenizer *tokenizer, const char *token, size_t n_bytes) {
    int32_t index = nomen_added_find(&tokenizer->added, token, n_bytes);
    if (index >= 0) { return tokenizer->added.tokens[index].id; }
    return nomen_strmap_get(&tokenizer->vocab.whole, token, n_bytes);
}

size_t nomen_tokenizer_get_size(const nomen_tokenizer *tokenizer) {
    return tokenizer->size;
}

int32_t nomen_tokenizer_get_unknown(const nomen_tokenizer *tokenizer) {
    return tokenizer->unk_id;
}

int32_t nomen_tokenizer_get_pad(const nomen_tokenizer *tokenizer) {
    return tokenizer->pad_id;
}

size_t nomen_tokenizer_get_max_length(const nomen_tokenizer *tokenizer) {
    return tokenizer->max_length;
}

bool nomen_tokenizer_get_lower_case(const nomen_tokenizer *tokenizer) {
    return tokenizer->normalizer.lowercase;
}

static const char *const choices[] = {"auto", "no", "yes", NULL};

const char *nomen_choice_name(nomen_choice choice) {
    return nomen_name_of(choices, (int)choice);
}

nomen_status nomen_choice_parse(const char *name, nomen_choice *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, choices, "choice", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_choice)found; }
    return status;
}
