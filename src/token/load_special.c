/*
 * Special and added tokens from up to five files, in the order transformers adds them, because the
 * order decides the ids of those the vocabulary lacks: first the list of added tokens by id, then
 * the roles (bos, eos, unk, sep, pad, cls, mask, then any other "..._token"), then the extra ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "token/loader.h"

/* A token as some file states it. Text is borrowed from the JSON. */
typedef struct stated_token {
    const char *content;
    nomen_added_flags flags;
    int64_t id;   /* -1: none stated */
    size_t order; /* among equal ids: the later one counts */
    const char *role;
    const char *path;
} stated_token;

typedef struct stated_list {
    stated_token *items;
    size_t n, capacity;
} stated_list;

typedef struct specials {
    nomen_loader *loader;
    stated_list listed; /* with ids */
    stated_list roles;
    stated_list extras;
} specials;

static const char *const standard_roles[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                             "pad_token", "cls_token", "mask_token"};
enum { N_STANDARD = sizeof standard_roles / sizeof standard_roles[0] };

static nomen_status push(stated_list *list, stated_token token, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(list->items, list->capacity, list->n + 1, err);
    if (status != NOMEN_OK) { return status; }
    token.order = list->n;
    list->items[list->n++] = token;
    return NOMEN_OK;
}

/* A token that is a string or an object with "content"; `special` is the default of an object. */
static nomen_status read_token(const json_t *value, const char *what, const char *path, bool special, stated_token *out,
                               nomen_error *err) {
    *out = (stated_token){.id = -1, .path = path, .flags = {.special = true}};
    if (json_is_string(value)) {
        out->content = json_string_value(value);
        return NOMEN_OK;
    }
    nomen_added_flags *flags = &out->flags;
    flags->special = special;
    nomen_status status = NOMEN_OK;
    if (!json_is_object(value)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: \"%.80s\" is neither a token nor an object with a token's "
                               "\"content\"",
                               path, what);
    }
    NOMEN_TRY(nomen_json_get_text(value, "content", path, &out->content, err));
    if (out->content == NULL) {
        status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%.80s\" has no \"content\"", path, what);
        goto done;
    }
    NOMEN_TRY(nomen_json_get_bool(value, "special", path, &flags->special, err));
    flags->normalized = !flags->special;
    NOMEN_TRY(nomen_json_get_bool(value, "single_word", path, &flags->single_word, err));
    NOMEN_TRY(nomen_json_get_bool(value, "lstrip", path, &flags->lstrip, err));
    NOMEN_TRY(nomen_json_get_bool(value, "rstrip", path, &flags->rstrip, err));
    NOMEN_TRY(nomen_json_get_bool(value, "normalized", path, &flags->normalized, err));
done:
    return status;
}

static stated_token *find_role(stated_list *roles, const char *name) {
    for (size_t i = 0; i < roles->n; i++) {
        if (strcmp(roles->items[i].role, name) == 0) { return &roles->items[i]; }
    }
    return NULL;
}

/* Gives a role its token; null takes it away. */
static nomen_status set_role(specials *s, const char *name, const json_t *value, const char *path, nomen_error *err) {
    stated_token token = {.id = -1, .path = path};
    if (!json_is_null(value)) {
        nomen_status status = read_token(value, name, path, true, &token, err);
        if (status != NOMEN_OK) { return status; }
        token.flags.special = true;
    }
    token.role = name;
    stated_token *known = find_role(&s->roles, name);
    if (known == NULL) { return push(&s->roles, token, err); }
    token.order = known->order;
    *known = token;
    return NOMEN_OK;
}

static bool is_role_key(const char *key, const json_t *value) {
    size_t n = strlen(key);
    if (n <= 6 || strcmp(key + n - 6, "_token") != 0) { return false; }
    for (size_t i = 0; i < N_STANDARD; i++) {
        if (strcmp(key, standard_roles[i]) == 0) { return true; }
    }
    return json_is_string(value) || json_is_object(value); /* as add_bos_token: true is a setting, not a token */
}

/* The roles and extra tokens a file states. */
static nomen_status read_roles(specials *s, const nomen_load_file *file, nomen_error *err) {
    const json_t *extra = NULL;
    nomen_status status = NOMEN_OK;
    for (void *i = json_object_iter(file->object); i != NULL; i = json_object_iter_next(file->object, i)) {
        const char *key = json_object_iter_key(i);
        if (is_role_key(key, json_object_iter_value(i))) {
            NOMEN_TRY(set_role(s, key, json_object_iter_value(i), file->path, err));
        }
    }
    extra = json_object_get(file->object, "extra_special_tokens");
    if (extra == NULL || json_array_size(extra) + json_object_size(extra) == 0) {
        const json_t *old_name = json_object_get(file->object, "additional_special_tokens");
        if (old_name != NULL) { extra = old_name; }
    }
    if (json_is_object(extra)) { /* named like roles */
        for (void *i = json_object_iter((json_t *)extra); i != NULL; i = json_object_iter_next((json_t *)extra, i)) {
            NOMEN_TRY(set_role(s, json_object_iter_key(i), json_object_iter_value(i), file->path, err));
        }
    } else if (extra != NULL && !json_is_null(extra) && !json_is_array(extra)) {
        status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"extra_special_tokens\" is not an array", file->path);
    } else if (json_array_size(extra) > 0) {
        s->extras.n = 0;
        for (size_t i = 0; i < json_array_size(extra); i++) {
            stated_token token;
            NOMEN_TRY(read_token(json_array_get(extra, i), "extra_special_tokens", file->path, false, &token, err));
            NOMEN_TRY(push(&s->extras, token, err));
        }
    }
done:
    return status;
}

/* added_tokens_decoder of tokenizer_config.json: {"100": {"content": ...}}. */
static nomen_status read_decoder_list(specials *s, const json_t *list, const char *path, nomen_error *err) {
    if (!json_is_object(list)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"added_tokens_decoder\" is not an object", path);
    }
    nomen_status status = NOMEN_OK;
    for (void *i = json_object_iter((json_t *)list); status == NOMEN_OK && i != NULL;
         i = json_object_iter_next((json_t *)list, i)) {
        stated_token token;
        char *end = NULL;
        const char *key = json_object_iter_key(i);
        long long id = strtoll(key, &end, 10);
        if (key[0] < '0' || key[0] > '9' || *end != '\0' || id > INT32_MAX) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"added_tokens_decoder\" has the key \"%.80s\", expected an id",
                                   path, key);
        }
        status = read_token(json_object_iter_value(i), "added_tokens_decoder", path, false, &token, err);
        token.id = id;
        if (status == NOMEN_OK) { status = push(&s->listed, token, err); }
    }
    return status;
}

/* "added_tokens" of tokenizer.json: [{"id": 100, "content": ...}]. */
static nomen_status read_json_list(specials *s, nomen_error *err) {
    const nomen_load_file *file = &s->loader->tokenizer_json;
    const json_t *list = json_object_get(file->object, "added_tokens");
    if (list == NULL || json_is_null(list)) { return NOMEN_OK; }
    if (!json_is_array(list)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"added_tokens\" is not an array", file->path);
    }
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < json_array_size(list); i++) {
        stated_token token;
        const json_t *entry = json_array_get(list, i), *id = json_object_get(entry, "id");
        status = read_token(entry, "added_tokens", file->path, false, &token, err);
        if (status != NOMEN_OK) { return status; }
        if (!json_is_integer(id) || json_integer_value(id) < 0 || json_integer_value(id) > INT32_MAX) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the added token \"%.80s\" has no id of 0 or more", file->path,
                                   token.content);
        }
        token.id = json_integer_value(id);
        status = push(&s->listed, token, err);
    }
    return status;
}

/* added_tokens.json: {"token": id}; special only if it has a role or is an extra token. */
static nomen_status read_old_list(specials *s, nomen_error *err) {
    const nomen_load_file *file = &s->loader->added_tokens;
    nomen_status status = NOMEN_OK;
    for (void *i = json_object_iter(file->object); status == NOMEN_OK && i != NULL; i = json_object_iter_next(file->object, i)) {
        const json_t *id = json_object_iter_value(i);
        stated_token token = {.content = json_object_iter_key(i), .path = file->path};
        if (!json_is_integer(id) || json_integer_value(id) < 0 || json_integer_value(id) > INT32_MAX) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the id of \"%.80s\" is not a whole number of 0 or more",
                                   file->path, token.content);
        }
        token.id = json_integer_value(id);
        const stated_list *lists[] = {&s->roles, &s->extras};
        for (size_t l = 0; l < 2; l++) {
            for (size_t k = 0; k < lists[l]->n; k++) {
                const char *content = lists[l]->items[k].content;
                token.flags.special |= content && strcmp(content, token.content) == 0;
            }
        }
        token.flags.normalized = !token.flags.special;
        status = push(&s->listed, token, err);
    }
    return status;
}

static nomen_status read_all(specials *s, nomen_error *err) {
    static const char *const defaults[] = {NULL, NULL, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"};
    nomen_loader *loader = s->loader;
    nomen_status status = NOMEN_OK;
    bool is_bert = loader->tokenizer->kind == NOMEN_TOKENIZER_BERT;
    for (size_t i = 0; i < N_STANDARD; i++) {
        stated_token token = {.role = standard_roles[i],
                              .id = -1,
                              .flags = {.special = true},
                              .content = is_bert ? defaults[i] : NULL,
                              .path = loader->tokenizer_config.path};
        NOMEN_TRY(push(&s->roles, token, err));
    }
    NOMEN_TRY(read_roles(s, &loader->tokenizer_config, err));
    /* Of equal ids the later statement counts: the configuration's list replaces the legacy files for a
       BertTokenizer, and stands over tokenizer.json's own list otherwise. */
    const json_t *list = json_object_get(loader->tokenizer_config.object, "added_tokens_decoder");
    if (list == NULL) {
        NOMEN_TRY(read_roles(s, &loader->special_tokens_map, err));
        NOMEN_TRY(read_old_list(s, err));
    }
    if (list == NULL || !is_bert) { NOMEN_TRY(read_json_list(s, err)); }
    if (list != NULL) { NOMEN_TRY(read_decoder_list(s, list, loader->tokenizer_config.path, err)); }
done:
    return status;
}

/* Adds one token, and checks the id that follows from the order against the id its file states. */
static nomen_status add(nomen_tokenizer *tokenizer, const stated_token *token, nomen_error *err) {
    size_t n_bytes = strlen(token->content);
    if (n_bytes == 0) { return NOMEN_OK; }
    int64_t id = nomen_tokenizer_get_id(tokenizer, token->content, n_bytes);
    if (id < 0) {
        id = (int64_t)tokenizer->vocab.n;
        for (size_t i = 0; i < tokenizer->added.n; i++) {
            if (tokenizer->added.tokens[i].id >= id) { id = (int64_t)tokenizer->added.tokens[i].id + 1; }
        }
    }
    if (id > INT32_MAX || (token->id >= 0 && token->id != id)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: the added token \"%.80s\" states the id %lld, but its id is %lld: tokens of the vocabulary "
                               "keep their id, others follow the %zu tokens of the vocabulary without gaps",
                               token->path, token->content, (long long)token->id, (long long)id, tokenizer->vocab.n);
    }
    return nomen_added_add(&tokenizer->added, token->content, n_bytes, (int32_t)id, token->flags, err);
}

static int by_id(const void *a, const void *b) {
    const stated_token *left = a, *right = b;
    if (left->id != right->id) { return left->id < right->id ? -1 : 1; }
    return left->order < right->order ? -1 : left->order > right->order;
}

/* Records a role in the tokenizer; a BertTokenizer can't be without its unknown, first and last token. */
static nomen_status keep_role(nomen_tokenizer *tokenizer, const stated_token *token, nomen_error *err) {
    bool is_bert = tokenizer->kind == NOMEN_TOKENIZER_BERT;
    bool is_unk = strcmp(token->role, "unk_token") == 0;
    if (token->content == NULL || token->content[0] == '\0') {
        if (is_bert && (is_unk || strcmp(token->role, "cls_token") == 0 || strcmp(token->role, "sep_token") == 0)) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is empty; a BERT tokenizer needs one", token->path,
                                   token->role);
        }
        return NOMEN_OK;
    }
    nomen_status status = NOMEN_RESERVE(tokenizer->roles, tokenizer->roles_capacity, tokenizer->n_roles + 1, err);
    if (status != NOMEN_OK) { return status; }
    nomen_token_role *role = &tokenizer->roles[tokenizer->n_roles];
    *role = (nomen_token_role){0};
    tokenizer->n_roles++;
    status = nomen_mem_replace_text(&role->name, token->role, err);
    if (status == NOMEN_OK) { status = nomen_mem_replace_text(&role->content, token->content, err); }
    if (status == NOMEN_OK && is_unk && is_bert) { status = nomen_mem_replace_text(&tokenizer->unk, token->content, err); }
    return status;
}

static nomen_status add_all(specials *s, nomen_error *err) {
    nomen_tokenizer *tokenizer = s->loader->tokenizer;
    nomen_status status = NOMEN_OK;
    if (s->listed.n > 0) { qsort(s->listed.items, s->listed.n, sizeof *s->listed.items, by_id); }
    for (size_t i = 0; i < s->listed.n; i++) {
        stated_token *token = &s->listed.items[i];
        for (size_t k = 0; k < s->roles.n; k++) {
            const char *content = s->roles.items[k].content;
            token->flags.special |= content && strcmp(content, token->content) == 0;
        }
        NOMEN_TRY(add(tokenizer, token, err));
    }
    const stated_list *lists[] = {&s->roles, &s->extras};
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l]->n; i++) {
            const stated_token *token = &lists[l]->items[i];
            if (l == 0) { NOMEN_TRY(keep_role(tokenizer, token, err)); }
            if (token->content == NULL) { continue; }
            if (nomen_added_find(&tokenizer->added, token->content, strlen(token->content)) >= 0) { continue; }
            NOMEN_TRY(add(tokenizer, token, err));
        }
    }
done:
    return status;
}

nomen_status nomen_load_special_tokens(nomen_loader *loader, nomen_error *err) {
    specials s = {.loader = loader};
    nomen_status status = read_all(&s, err);
    if (status == NOMEN_OK) { status = add_all(&s, err); }
    nomen_mem_free(s.listed.items);
    nomen_mem_free(s.roles.items);
    nomen_mem_free(s.extras.items);
    return status;
}
