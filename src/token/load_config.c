/*
 * tokenizer_config.json and config.json: which class of tokenizer AutoTokenizer would make, and the
 * settings of a BertTokenizer. As in transformers 5, a BertTokenizer takes lower-casing, accents and
 * Chinese characters from tokenizer_config.json or its own defaults, never from tokenizer.json.
 */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "token/loader.h"

/* Classes that transformers 5 makes as a BertTokenizer, without "Fast" at the end. */
static const char *const bert_classes[] = {
    "BertTokenizer",     "DistilBertTokenizer",  "ElectraTokenizer",  "MobileBertTokenizer",
    "ConvBertTokenizer", "SqueezeBertTokenizer", "LayoutLMTokenizer", "LxmertTokenizer",
};
/* Model types whose tokenizer is a BertTokenizer where no class is named. */
static const char *const bert_models[] = {
    "bert", "distilbert", "electra", "mobilebert", "convbert", "squeezebert", "layoutlm", "megatron-bert", "ernie",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Whether the first `n_bytes` of `name` are one of the list. */
static bool is_one_of(const char *name, size_t n_bytes, const char *const *list, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (strlen(list[i]) == n_bytes && memcmp(name, list[i], n_bytes) == 0) { return true; }
    }
    return false;
}

/* The length of a class name without "Fast" at its end. */
static size_t stem(const char *name) {
    size_t n = strlen(name);
    return n >= 4 && strcmp(name + n - 4, "Fast") == 0 ? n - 4 : n;
}

nomen_status nomen_load_kind(nomen_loader *loader, nomen_error *err) {
    static const char *const json_classes[] = {"PreTrainedTokenizer", "TokenizersBackend"};
    const char *class = NULL, *model = NULL;
    const nomen_load_file *config = &loader->tokenizer_config, *model_config = &loader->model_config;
    const nomen_load_file *origin = config;
    bool has_json = loader->tokenizer_json.object != NULL;
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(nomen_json_get_text(config->object, "tokenizer_class", config->path, &class, err));
    if (class == NULL) {
        origin = model_config;
        NOMEN_TRY(nomen_json_get_text(model_config->object, "tokenizer_class", model_config->path, &class, err));
    }
    NOMEN_TRY(nomen_json_get_text(model_config->object, "model_type", model_config->path, &model, err));
    if (class == NULL) {
        bool is_bert = model && is_one_of(model, strlen(model), bert_models, COUNT(bert_models));
        loader->tokenizer->kind = is_bert || !has_json ? NOMEN_TOKENIZER_BERT : NOMEN_TOKENIZER_JSON;
    } else if (is_one_of(class, stem(class), bert_classes, COUNT(bert_classes))) {
        loader->tokenizer->kind = NOMEN_TOKENIZER_BERT;
    } else {
        bool is_json = is_one_of(class, stem(class), json_classes, COUNT(json_classes));
        loader->tokenizer->kind = NOMEN_TOKENIZER_JSON;
        if (!is_json || !has_json) {
            status = nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                                     "%s: \"tokenizer_class\" is \"%.80s\"%s; nomen supports BertTokenizer, and "
                                     "PreTrainedTokenizerFast with a tokenizer.json",
                                     origin->path, class, is_json ? " without a tokenizer.json" : "");
        }
    }
done:
    return status;
}

/* A setting that may also be null, which leaves it open. */
static nomen_status get_choice(const nomen_load_file *file, const char *key, nomen_choice *out, nomen_error *err) {
    bool value = false;
    if (!json_is_boolean(json_object_get(file->object, key))) {
        return nomen_json_get_bool(file->object, key, file->path, &value, err);
    }
    *out = json_is_true(json_object_get(file->object, key)) ? NOMEN_CHOICE_YES : NOMEN_CHOICE_NO;
    return NOMEN_OK;
}

/* model_max_length, or "max_len" of old files. A real, as HF writes 10^30 for none. */
static nomen_status load_max_length(nomen_loader *loader, nomen_error *err) {
    const nomen_load_file *file = &loader->tokenizer_config;
    const char *key = "model_max_length";
    if (json_object_get(file->object, key) == NULL) { key = "max_len"; }
    double length = INFINITY;
    nomen_status status = nomen_json_get_number(file->object, key, file->path, &length, err);
    if (status != NOMEN_OK) { return status; }
    if (!(length >= 1) || length != floor(length)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is %g, expected a whole number of 1 or more", file->path, key,
                               length);
    }
    /* Past 2^40 pieces nothing is meant but "no limit". */
    loader->tokenizer->max_length = length > 1099511627776.0 ? SIZE_MAX : (size_t)length;
    return NOMEN_OK;
}

/* Logs where a default or a contradiction decides about lower-casing, the setting that most often hurts. */
static void log_lower_case(const nomen_loader *loader, nomen_choice stated) {
    const nomen_tokenizer *tokenizer = loader->tokenizer;
    if (loader->options.lower_case != NOMEN_CHOICE_AUTO) { return; }
    const json_t *normalizer = json_object_get(loader->tokenizer_json.object, "normalizer");
    const json_t *in_json = json_object_get(normalizer, "lowercase");
    if (json_is_boolean(in_json) && json_is_true(in_json) != tokenizer->normalizer.lowercase) {
        nomen_log_warning("%s has \"lowercase\": %s, but a BertTokenizer follows \"do_lower_case\" of tokenizer_config.json, "
                          "which is %s; text is %s, as in transformers",
                          loader->tokenizer_json.path, json_is_true(in_json) ? "true" : "false",
                          stated == NOMEN_CHOICE_AUTO  ? "absent and therefore true"
                          : stated == NOMEN_CHOICE_YES ? "true"
                                                       : "false",
                          tokenizer->normalizer.lowercase ? "lower-cased" : "kept unchanged");
    } else if (stated == NOMEN_CHOICE_AUTO && !json_is_boolean(in_json)) {
        nomen_log_info("%s: no file states \"do_lower_case\", so text is lower-cased, the default of transformers",
                       loader->tokenizer_config.path);
    }
}

nomen_status nomen_load_settings(nomen_loader *loader, nomen_error *err) {
    nomen_tokenizer *tokenizer = loader->tokenizer;
    const nomen_load_file *config = &loader->tokenizer_config;
    nomen_choice lower = NOMEN_CHOICE_AUTO, chinese = NOMEN_CHOICE_AUTO;
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(load_max_length(loader, err));
    NOMEN_TRY(nomen_json_get_bool(config->object, "split_special_tokens", config->path, &tokenizer->added.split_special, err));
    if (tokenizer->kind == NOMEN_TOKENIZER_BERT) {
        NOMEN_TRY(get_choice(config, "do_lower_case", &lower, err));
        NOMEN_TRY(get_choice(config, "strip_accents", &tokenizer->strip_accents, err));
        NOMEN_TRY(get_choice(config, "tokenize_chinese_chars", &chinese, err));
        tokenizer->normalizer.lowercase = lower != NOMEN_CHOICE_NO;
        tokenizer->normalizer.handle_chinese_chars = chinese != NOMEN_CHOICE_NO;
        log_lower_case(loader, lower);
    }
    if (loader->options.lower_case != NOMEN_CHOICE_AUTO) {
        tokenizer->normalizer.lowercase = loader->options.lower_case == NOMEN_CHOICE_YES;
    }
    /* Unstated, accents go where case goes; a tokenizer.json without normalizer has no normalizer to follow. */
    tokenizer->normalizer.strip_accents = tokenizer->strip_accents == NOMEN_CHOICE_AUTO
                                              ? tokenizer->normalizer.lowercase
                                              : tokenizer->strip_accents == NOMEN_CHOICE_YES;
done:
    return status;
}
