/*
 * Writing a tokenizer as HF would: tokenizer.json holds everything; tokenizer_config.json names the
 * class, so that AutoTokenizer follows the rules the tokenizer was loaded by; vocab.txt and
 * special_tokens_map.json are for older readers.
 */
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "token/internal.h"

/* Joins, writes, frees the value (NULL: memory is out). */
static nomen_status write_json(const char *directory, const char *name, json_t *value, nomen_error *err) {
    char *path = nomen_file_join(directory, name);
    nomen_status status = NOMEN_OK;
    if (path == NULL || value == NULL) {
        status = nomen_error_set(err, NOMEN_ERROR_MEMORY, "out of memory while writing %s", name);
    } else {
        status = nomen_json_write(path, value, err);
    }
    nomen_mem_free(path);
    json_decref(value);
    return status;
}

static json_t *write_flags(const nomen_added_token *token) {
    return json_pack("{s:s%, s:b, s:b, s:b, s:b, s:b}", "content", token->content, token->n_content, "single_word",
                     token->flags.single_word, "lstrip", token->flags.lstrip, "rstrip", token->flags.rstrip, "normalized",
                     token->flags.normalized, "special", token->flags.special);
}

/* A part of "single" for a special token, and its entry in "special_tokens". */
static int write_special(const nomen_tokenizer *tokenizer, int32_t id, int32_t type_id, json_t *parts, json_t *tokens) {
    const char *token = nomen_tokenizer_get_token(tokenizer, id);
    json_t *part = json_pack("{s:{s:s, s:i}}", "SpecialToken", "id", token, "type_id", (int)type_id);
    json_t *entry = json_pack("{s:s, s:[i], s:[s]}", "id", token, "ids", (int)id, "tokens", token);
    int failed = json_array_append_new(parts, part) != 0;
    return json_object_set_new(tokens, token, entry) != 0 || failed;
}

static json_t *write_sequence(const char *id, int type_id) {
    return json_pack("{s:{s:s, s:i}}", "Sequence", "id", id, "type_id", type_id);
}

/* The template as "post_processor" of a tokenizer.json; NULL when memory is out. */
static json_t *write_template(const nomen_tokenizer *tokenizer) {
    const nomen_template *t = &tokenizer->template;
    if (t->n_prefix + t->n_suffix == 0) { return json_null(); }
    if (t->is_bert_processing) {
        return json_pack("{s:s, s:[s, i], s:[s, i]}", "type", "BertProcessing", "sep",
                         nomen_tokenizer_get_token(tokenizer, t->ids[1]), (int)t->ids[1], "cls",
                         nomen_tokenizer_get_token(tokenizer, t->ids[0]), (int)t->ids[0]);
    }
    json_t *single = json_array(), *pair = json_array(), *tokens = json_object();
    int failed = 0;
    for (size_t i = 0; i <= t->n_prefix + t->n_suffix; i++) {
        if (i == t->n_prefix) { failed |= json_array_append_new(single, write_sequence("A", t->type_id)) != 0; }
        if (i == t->n_prefix + t->n_suffix) { break; }
        failed |= write_special(tokenizer, t->ids[i], t->type_id, single, tokens) != 0;
    }
    /* A pair is the single form, then sequence B and the suffix again with the next token type. */
    failed |= json_array_extend(pair, single) != 0;
    failed |= json_array_append_new(pair, write_sequence("B", t->type_id + 1)) != 0;
    for (size_t i = 0; i < t->n_suffix; i++) {
        failed |= write_special(tokenizer, t->ids[t->n_prefix + i], t->type_id + 1, pair, tokens) != 0;
    }
    if (failed) {
        json_decref(single);
        json_decref(pair);
        json_decref(tokens);
        return NULL;
    }
    return json_pack("{s:s, s:o, s:o, s:o}", "type", "TemplateProcessing", "single", single, "pair", pair, "special_tokens",
                     tokens);
}

/* "added_tokens" of tokenizer.json, or (as an object by id) "added_tokens_decoder"; both in the order of ids. */
static json_t *write_added(const nomen_tokenizer *tokenizer, bool by_id) {
    json_t *list = by_id ? json_object() : json_array();
    int failed = list == NULL;
    for (size_t id = 0; !failed && id < tokenizer->size; id++) {
        if (tokenizer->added_at[id] < 0) { continue; }
        json_t *entry = write_flags(&tokenizer->added.tokens[tokenizer->added_at[id]]);
        if (by_id) {
            json_t *key = json_sprintf("%zu", id);
            failed = key == NULL || json_object_set(list, json_string_value(key), entry) != 0;
            json_decref(key);
        } else {
            json_t *with_id = json_pack("{s:I}", "id", (json_int_t)id);
            failed = entry == NULL || json_object_update(with_id, entry) != 0 || json_array_append(list, with_id) != 0;
            json_decref(with_id);
        }
        json_decref(entry);
    }
    if (failed) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *write_vocab(const nomen_tokenizer *tokenizer) {
    json_t *vocab = json_object();
    for (size_t i = 0; vocab != NULL && i < tokenizer->vocab.n; i++) {
        if (json_object_set_new(vocab, tokenizer->vocab.tokens[i].text, json_integer((json_int_t)i)) != 0) {
            json_decref(vocab);
            return NULL;
        }
    }
    return vocab;
}

static json_t *write_choice(nomen_choice choice) {
    return choice == NOMEN_CHOICE_AUTO ? json_null() : json_boolean(choice == NOMEN_CHOICE_YES);
}

static json_t *write_tokenizer(const nomen_tokenizer *tokenizer) {
    const nomen_normalizer *n = &tokenizer->normalizer;
    bool normalizes = n->clean_text || n->handle_chinese_chars || n->strip_accents || n->lowercase;
    json_t *normalizer = normalizes ? json_pack("{s:s, s:b, s:b, s:o, s:b}", "type", "BertNormalizer", "clean_text",
                                                n->clean_text, "handle_chinese_chars", n->handle_chinese_chars, "strip_accents",
                                                write_choice(tokenizer->strip_accents), "lowercase", n->lowercase)
                                    : json_null();
    json_t *decoder = tokenizer->has_decoder ? tokenizer->model->write_decoder(tokenizer) : json_null();
    json_t *model = tokenizer->model->write(tokenizer);
    if (json_object_set_new(model, "vocab", write_vocab(tokenizer)) != 0) {
        json_decref(model);
        model = NULL;
    }
    return json_pack("{s:s, s:n, s:n, s:o, s:o, s:{s:s}, s:o, s:o, s:o}", "version", "1.0", "truncation", "padding",
                     "added_tokens", write_added(tokenizer, false), "normalizer", normalizer, "pre_tokenizer", "type",
                     "BertPreTokenizer", "post_processor", write_template(tokenizer), "decoder", decoder, "model", model);
}

/* Sets each role's token; of an object that is NULL or can't grow, NULL remains. */
static json_t *with_roles(const nomen_tokenizer *tokenizer, json_t *object) {
    for (size_t i = 0; object != NULL && i < tokenizer->n_roles; i++) {
        if (json_object_set_new(object, tokenizer->roles[i].name, json_string(tokenizer->roles[i].content)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

/* A BertTokenizer has tokens for these roles even where no file names them, so "none" must be written. */
static json_t *with_absent_roles(const nomen_tokenizer *tokenizer, json_t *object) {
    static const char *const roles[] = {"pad_token", "mask_token"};
    for (size_t i = 0; object != NULL && i < sizeof roles / sizeof roles[0]; i++) {
        if (nomen_tokenizer_role(tokenizer, roles[i]) != NULL) { continue; }
        if (json_object_set_new(object, roles[i], json_null()) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *write_config(const nomen_tokenizer *tokenizer, size_t max_length) {
    bool is_bert = tokenizer->kind == NOMEN_TOKENIZER_BERT;
    json_t *config = json_pack(
        "{s:s, s:b, s:o, s:b, s:I, s:b, s:o}", "tokenizer_class", is_bert ? "BertTokenizer" : "PreTrainedTokenizerFast",
        "do_lower_case", tokenizer->normalizer.lowercase, "strip_accents", write_choice(tokenizer->strip_accents),
        "tokenize_chinese_chars", tokenizer->normalizer.handle_chinese_chars, "model_max_length", (json_int_t)max_length,
        "split_special_tokens", tokenizer->added.split_special, "added_tokens_decoder", write_added(tokenizer, true));
    config = with_roles(tokenizer, config);
    return is_bert ? with_absent_roles(tokenizer, config) : config;
}

static nomen_status write_vocab_txt(const nomen_tokenizer *tokenizer, const char *directory, nomen_error *err) {
    nomen_buffer lines = {0};
    char *path = nomen_file_join(directory, "vocab.txt");
    nomen_status status = path ? NOMEN_OK : nomen_error_memory(err, strlen(directory), 1);
    for (size_t i = 0; status == NOMEN_OK && i < tokenizer->vocab.n; i++) {
        const nomen_string *token = &tokenizer->vocab.tokens[i];
        /* Such a token can only come from a tokenizer.json, which goes first for every reader. */
        if (memchr(token->text, '\n', token->n_bytes) != NULL) { goto done; }
        NOMEN_TRY(nomen_buffer_append(&lines, token->text, token->n_bytes, err));
        NOMEN_TRY(nomen_buffer_append_byte(&lines, '\n', err));
    }
    if (status == NOMEN_OK) { status = nomen_file_write(path, lines.data, lines.size, err); }
done:
    nomen_buffer_clear(&lines);
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_tokenizer_save(const nomen_tokenizer *tokenizer, const char *directory, size_t max_length, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (max_length == 0 || max_length > INT32_MAX) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: a tokenizer is saved with the model's length, 1 to %d, not %zu",
                               directory, INT32_MAX, max_length);
    }
    NOMEN_TRY(write_vocab_txt(tokenizer, directory, err));
    NOMEN_TRY(write_json(directory, "tokenizer.json", write_tokenizer(tokenizer), err));
    NOMEN_TRY(write_json(directory, "tokenizer_config.json", write_config(tokenizer, max_length), err));
    NOMEN_TRY(write_json(directory, "special_tokens_map.json", with_roles(tokenizer, json_object()), err));
done:
    return status;
}
