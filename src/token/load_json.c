/*
 * tokenizer.json: the vocabulary always; normalizer, model settings and decoder where the file
 * rules. Whatever is not BERT's is refused by its name. Truncation and padding are not read.
 */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "token/loader.h"
#include "token/template.h"

/* The component at a key, checked to be of type `expected`; NULL where it is absent or null. */
static nomen_status get_part(const nomen_load_file *file, const char *key, const char *expected, const json_t **out,
                             nomen_error *err) {
    const json_t *part = json_object_get(file->object, key);
    *out = NULL;
    if (part == NULL || json_is_null(part)) { return NOMEN_OK; }
    const char *type = json_string_value(json_object_get(part, "type"));
    /* Old files leave out the type of a WordPiece model. */
    if (type == NULL && strcmp(key, "model") == 0 && json_object_get(part, "continuing_subword_prefix") != NULL) {
        type = expected;
    }
    if (type == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is not an object with a \"type\"", file->path, key);
    }
    if (strcmp(type, expected) != 0) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: the %s is \"%.80s\"; nomen supports only %s, which BERT uses",
                               file->path, key, type, expected);
    }
    *out = part;
    return NOMEN_OK;
}

static nomen_status load_normalizer(nomen_loader *loader, const json_t *part, nomen_error *err) {
    const char *path = loader->tokenizer_json.path;
    nomen_tokenizer *tokenizer = loader->tokenizer;
    nomen_normalizer *normalizer = &tokenizer->normalizer;
    bool strip = false;
    nomen_status status = NOMEN_OK;
    if (part == NULL) {
        *normalizer = (nomen_normalizer){0};
        return NOMEN_OK;
    }
    NOMEN_TRY(nomen_json_get_bool(part, "clean_text", path, &normalizer->clean_text, err));
    NOMEN_TRY(nomen_json_get_bool(part, "handle_chinese_chars", path, &normalizer->handle_chinese_chars, err));
    NOMEN_TRY(nomen_json_get_bool(part, "lowercase", path, &normalizer->lowercase, err));
    NOMEN_TRY(nomen_json_get_bool(part, "strip_accents", path, &strip, err));
    if (json_is_boolean(json_object_get(part, "strip_accents"))) {
        tokenizer->strip_accents = strip ? NOMEN_CHOICE_YES : NOMEN_CHOICE_NO;
    }
done:
    return status;
}

/* The ids of "vocab" must be 0..n-1, each once: they are rows of the model's embeddings. */
static nomen_status load_vocab(nomen_loader *loader, const json_t *vocab, nomen_error *err) {
    const char *path = loader->tokenizer_json.path;
    if (!json_is_object(vocab)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"model\" has no \"vocab\" object of tokens and ids", path);
    }
    size_t n = json_object_size(vocab);
    nomen_string *tokens = NULL;
    nomen_status status = NOMEN_NEW(tokens, n, err);
    for (void *i = json_object_iter((json_t *)vocab); status == NOMEN_OK && i != NULL;
         i = json_object_iter_next((json_t *)vocab, i)) {
        const char *token = json_object_iter_key(i);
        const json_t *id = json_object_iter_value(i);
        if (!json_is_integer(id) || json_integer_value(id) < 0) {
            status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the id of \"%.80s\" is not a whole number of 0 or more", path,
                                     token);
        } else if ((uint64_t)json_integer_value(id) >= n) {
            status = nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                     "%s: the id of \"%.80s\" is %lld, but there are %zu tokens; ids must be 0 to %zu "
                                     "without gaps",
                                     path, token, (long long)json_integer_value(id), n, n - 1);
        } else if (tokens[json_integer_value(id)].text != NULL) {
            status = nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                     "%s: \"%.80s\" and \"%.80s\" have the same id %lld; each token needs its own", path,
                                     tokens[json_integer_value(id)].text, token, (long long)json_integer_value(id));
        } else {
            tokens[json_integer_value(id)] = (nomen_string){token, strlen(token)};
        }
    }
    if (status == NOMEN_OK) { status = nomen_vocab_create(tokens, n, path, &loader->tokenizer->vocab, err); }
    nomen_mem_free(tokens);
    return status;
}

nomen_status nomen_load_tokenizer_json(nomen_loader *loader, nomen_error *err) {
    const nomen_load_file *file = &loader->tokenizer_json;
    nomen_tokenizer *tokenizer = loader->tokenizer;
    const json_t *normalizer, *pre_tokenizer, *decoder, *model;
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(get_part(file, "model", tokenizer->model->type, &model, err));
    NOMEN_TRY(get_part(file, "normalizer", "BertNormalizer", &normalizer, err));
    NOMEN_TRY(get_part(file, "pre_tokenizer", "BertPreTokenizer", &pre_tokenizer, err));
    NOMEN_TRY(get_part(file, "decoder", tokenizer->model->type, &decoder, err));
    NOMEN_TRY(nomen_template_check(json_object_get(file->object, "post_processor"), file->path, err));
    if (model == NULL) {
        status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: there is no \"model\"", file->path);
        goto done;
    }
    bool rules = tokenizer->kind == NOMEN_TOKENIZER_JSON;
    if (rules && pre_tokenizer == NULL) {
        status = nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                                 "%s: there is no pre_tokenizer; nomen supports only BertPreTokenizer", file->path);
        goto done;
    }
    NOMEN_TRY(load_vocab(loader, json_object_get(model, "vocab"), err));
    if (rules) {
        tokenizer->has_decoder = decoder != NULL;
        NOMEN_TRY(tokenizer->model->read(tokenizer, model, decoder, file->path, err));
        NOMEN_TRY(load_normalizer(loader, normalizer, err));
    }
done:
    return status;
}
