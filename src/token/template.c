/* Reading the two post-processors BERT models come with, and applying them to one sequence. save.c writes them. */
#include "token/template.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "token/encoding.h"

void nomen_template_clear(nomen_template *template) {
    nomen_mem_free(template->ids);
    *template = (nomen_template){0};
}

static const char *type_of(const json_t *processor) {
    const char *type = json_string_value(json_object_get(processor, "type"));
    return type ? type : "(no type)";
}

static bool absent(const json_t *processor) {
    return processor == NULL || json_is_null(processor);
}

nomen_status nomen_template_check(const json_t *processor, const char *name, nomen_error *err) {
    if (absent(processor)) { return NOMEN_OK; }
    const char *type = type_of(processor);
    if (strcmp(type, "TemplateProcessing") == 0 || strcmp(type, "BertProcessing") == 0) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                           "%s: the post-processor is \"%.80s\"; nomen supports TemplateProcessing and BertProcessing", name,
                           type);
}

/* Where ids are collected: before the sequence is met they are the prefix. */
typedef struct builder {
    nomen_template template;
    size_t capacity;
    bool met_sequence;
    size_t size;
    const char *name;
} builder;

static nomen_status damaged(const builder *b, const char *what, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"post_processor\": %s", b->name, what);
}

static nomen_status add_id(builder *b, const json_t *value, nomen_error *err) {
    if (!json_is_integer(value) || json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) >= b->size) {
        return damaged(b, "a special token's id is not that of a token of the vocabulary", err);
    }
    size_t n = b->template.n_prefix + b->template.n_suffix;
    nomen_status status = NOMEN_RESERVE(b->template.ids, b->capacity, n + 1, err);
    if (status != NOMEN_OK) { return status; }
    b->template.ids[n] = (int32_t)json_integer_value(value);
    *(b->met_sequence ? &b->template.n_suffix : &b->template.n_prefix) += 1;
    return NOMEN_OK;
}

/* The type_id of a part; all parts must agree, as one sequence has one token type here. */
static nomen_status add_type(builder *b, const json_t *part, bool is_first, nomen_error *err) {
    const json_t *value = json_object_get(part, "type_id");
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > INT32_MAX) {
        return damaged(b, "a \"type_id\" is not a whole number of 0 or more", err);
    }
    int32_t type_id = (int32_t)json_integer_value(value);
    if (!is_first && type_id != b->template.type_id) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                               "%s: the post-processor gives a single sequence several token types; nomen supports one", b->name);
    }
    b->template.type_id = type_id;
    return NOMEN_OK;
}

static nomen_status add_special(builder *b, const json_t *part, const json_t *specials, nomen_error *err) {
    const char *id = json_string_value(json_object_get(part, "id"));
    const json_t *ids = id ? json_object_get(json_object_get(specials, id), "ids") : NULL;
    if (!json_is_array(ids)) { return damaged(b, "a special token has no entry in \"special_tokens\"", err); }
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < json_array_size(ids); i++) { status = add_id(b, json_array_get(ids, i), err); }
    return status;
}

static nomen_status parse_template(builder *b, const json_t *processor, nomen_error *err) {
    const json_t *single = json_object_get(processor, "single");
    if (!json_is_array(single)) { return damaged(b, "\"single\" is not an array", err); }
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < json_array_size(single); i++) {
        const json_t *entry = json_array_get(single, i);
        const json_t *special = json_object_get(entry, "SpecialToken");
        const json_t *sequence = json_object_get(entry, "Sequence");
        if (special == NULL && sequence == NULL) {
            return damaged(b, "\"single\" contains something other than SpecialToken and Sequence", err);
        }
        status = add_type(b, special ? special : sequence, i == 0, err);
        if (status != NOMEN_OK) { return status; }
        if (special != NULL) {
            status = add_special(b, special, json_object_get(processor, "special_tokens"), err);
            continue;
        }
        const char *id = json_string_value(json_object_get(sequence, "id"));
        if (b->met_sequence || id == NULL || strcmp(id, "A") != 0) {
            return damaged(b, "\"single\" must contain sequence A once", err);
        }
        b->met_sequence = true;
    }
    if (status == NOMEN_OK && !b->met_sequence) { return damaged(b, "\"single\" must contain sequence A once", err); }
    return status;
}

static nomen_status parse_bert(builder *b, const json_t *processor, nomen_error *err) {
    const json_t *cls = json_object_get(processor, "cls"), *sep = json_object_get(processor, "sep");
    if (json_array_size(cls) != 2 || json_array_size(sep) != 2) {
        return damaged(b, "\"cls\" and \"sep\" must be [token, id]", err);
    }
    b->template.is_bert_processing = true;
    nomen_status status = add_id(b, json_array_get(cls, 1), err);
    b->met_sequence = true;
    return status == NOMEN_OK ? add_id(b, json_array_get(sep, 1), err) : status;
}

nomen_status nomen_template_parse(const json_t *processor, const char *name, size_t size, nomen_template *out, nomen_error *err) {
    builder b = {.size = size, .name = name};
    nomen_status status = nomen_template_check(processor, name, err);
    if (status == NOMEN_OK && !absent(processor)) {
        bool is_template = strcmp(type_of(processor), "TemplateProcessing") == 0;
        status = is_template ? parse_template(&b, processor, err) : parse_bert(&b, processor, err);
    }
    if (status != NOMEN_OK) {
        nomen_template_clear(&b.template);
        return status;
    }
    nomen_template_clear(out);
    *out = b.template;
    return NOMEN_OK;
}

nomen_status nomen_template_bert(int32_t cls, int32_t sep, nomen_template *out, nomen_error *err) {
    nomen_template template = {.n_prefix = 1, .n_suffix = 1};
    nomen_status status = NOMEN_NEW(template.ids, 2, err);
    if (status != NOMEN_OK) { return status; }
    template.ids[0] = cls;
    template.ids[1] = sep;
    nomen_template_clear(out);
    *out = template;
    return NOMEN_OK;
}

void nomen_tokenizer_get_special(const nomen_tokenizer *tokenizer, nomen_special_tokens *out) {
    const nomen_template *template = &tokenizer->template;
    *out = (nomen_special_tokens){
        .prefix = template->ids,
        .n_prefix = template->n_prefix,
        .suffix = template->n_suffix ? template->ids + template->n_prefix : template->ids,
        .n_suffix = template->n_suffix,
        .type_id = template->type_id,
    };
}

nomen_status nomen_tokenizer_add_special(const nomen_tokenizer *tokenizer, nomen_encoding *encoding, nomen_error *err) {
    const nomen_template *t = &tokenizer->template;
    size_t n = encoding->n_pieces;
    nomen_status status = nomen_encoding_reserve(encoding, n + t->n_prefix + t->n_suffix, err);
    if (status != NOMEN_OK) { return status; }
    if (n > 0 && t->n_prefix > 0) {
        memmove(encoding->ids + t->n_prefix, encoding->ids, n * sizeof *encoding->ids);
        memmove(encoding->offsets + t->n_prefix, encoding->offsets, n * sizeof *encoding->offsets);
        memmove(encoding->word_ids + t->n_prefix, encoding->word_ids, n * sizeof *encoding->word_ids);
        memmove(encoding->type_ids + t->n_prefix, encoding->type_ids, n * sizeof *encoding->type_ids);
    }
    encoding->n_pieces = 0;
    for (size_t i = 0; i < t->n_prefix + t->n_suffix; i++) {
        if (i == t->n_prefix) { encoding->n_pieces += n; }
        nomen_encoding_append_token(encoding, t->ids[i], (nomen_span){0, 0}, -1, t->type_id);
    }
    if (t->n_suffix == 0) { encoding->n_pieces += n; }
    return NOMEN_OK;
}
