/* Loading a directory the way AutoTokenizer does: find the files, then step by step. */
#include "token/loader.h"

#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/options.h"
#include "token/template.h"

/* Reads a JSON file if it is there. */
static nomen_status open_file(const char *directory, const char *name, nomen_load_file *file, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(NOMEN_JOIN(file->path, directory, name, err));
    if (!nomen_file_exists(file->path)) { goto done; }
    NOMEN_TRY(nomen_json_read(file->path, &file->object, err));
    if (!json_is_object(file->object)) { status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: not a JSON object", file->path); }
done:
    return status;
}

static void loader_clear(nomen_loader *loader) {
    nomen_load_file *files[] = {&loader->tokenizer_json, &loader->tokenizer_config, &loader->model_config,
                                &loader->special_tokens_map, &loader->added_tokens};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        nomen_mem_free(files[i]->path);
        json_decref(files[i]->object);
    }
    nomen_mem_free(loader->vocab_path);
    nomen_tokenizer_free(loader->tokenizer);
}

/* The vocabulary of a directory without tokenizer.json. */
static nomen_status load_vocab_txt(nomen_loader *loader, nomen_error *err) {
    nomen_buffer bytes = {0};
    nomen_status status = nomen_file_read(loader->vocab_path, &bytes, err);
    if (status == NOMEN_OK) {
        status = nomen_vocab_parse(bytes.data ? bytes.data : "", bytes.size, loader->vocab_path, &loader->tokenizer->vocab, err);
    }
    nomen_buffer_clear(&bytes);
    return status;
}

/* BertTokenizer sets its own template; otherwise tokenizer.json has it. */
static nomen_status load_template(nomen_loader *loader, nomen_error *err) {
    nomen_tokenizer *tokenizer = loader->tokenizer;
    if (tokenizer->kind == NOMEN_TOKENIZER_JSON) {
        return nomen_template_parse(json_object_get(loader->tokenizer_json.object, "post_processor"), loader->tokenizer_json.path,
                                    tokenizer->size, &tokenizer->template, err);
    }
    const char *cls = nomen_tokenizer_role(tokenizer, "cls_token"), *sep = nomen_tokenizer_role(tokenizer, "sep_token");
    return nomen_template_bert(nomen_tokenizer_get_id(tokenizer, cls, strlen(cls)),
                               nomen_tokenizer_get_id(tokenizer, sep, strlen(sep)), &tokenizer->template, err);
}

/* What a BertTokenizer is before any file speaks. */
static nomen_status set_defaults(nomen_tokenizer *tokenizer, nomen_error *err) {
    tokenizer->model = &nomen_wordpiece_model;
    tokenizer->has_decoder = true;
    tokenizer->max_length = SIZE_MAX;
    tokenizer->normalizer = (nomen_normalizer){true, true, true, true};
    return tokenizer->model->read(tokenizer, NULL, NULL, NULL, err);
}

static nomen_status open_files(nomen_loader *loader, const char *directory, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(open_file(directory, "tokenizer.json", &loader->tokenizer_json, err));
    NOMEN_TRY(open_file(directory, "tokenizer_config.json", &loader->tokenizer_config, err));
    NOMEN_TRY(open_file(directory, "config.json", &loader->model_config, err));
    NOMEN_TRY(open_file(directory, "special_tokens_map.json", &loader->special_tokens_map, err));
    NOMEN_TRY(open_file(directory, "added_tokens.json", &loader->added_tokens, err));
    NOMEN_TRY(NOMEN_JOIN(loader->vocab_path, directory, "vocab.txt", err));
    if (loader->tokenizer_json.object == NULL && !nomen_file_exists(loader->vocab_path)) {
        status =
            nomen_error_set(err, NOMEN_ERROR_IO,
                            "%s: contains neither tokenizer.json nor vocab.txt; a model directory needs one of them", directory);
    }
done:
    return status;
}

nomen_status nomen_tokenizer_load(const char *directory, const nomen_tokenizer_options *options, nomen_tokenizer **out,
                                  nomen_error *err) {
    nomen_loader loader = {0};
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(NOMEN_TAKE(nomen_tokenizer_options, &loader.options, options, err));
    NOMEN_TRY(nomen_string_check(directory, "the model directory", err));
    NOMEN_TRY(nomen_value_check(nomen_choice_name(loader.options.lower_case), (int)loader.options.lower_case, "lower_case", err));
    NOMEN_TRY(open_files(&loader, directory, err));
    NOMEN_TRY(NOMEN_NEW(loader.tokenizer, 1, err));
    NOMEN_TRY(set_defaults(loader.tokenizer, err));
    NOMEN_TRY(nomen_load_kind(&loader, err));
    if (loader.tokenizer_json.object != NULL) {
        NOMEN_TRY(nomen_load_tokenizer_json(&loader, err));
    } else {
        NOMEN_TRY(load_vocab_txt(&loader, err));
    }
    NOMEN_TRY(nomen_load_settings(&loader, err));
    NOMEN_TRY(nomen_load_special_tokens(&loader, err));
    const char *name = loader.tokenizer_json.object ? loader.tokenizer_json.path : loader.vocab_path;
    NOMEN_TRY(nomen_tokenizer_finish(loader.tokenizer, name, err));
    NOMEN_TRY(load_template(&loader, err));
    *out = loader.tokenizer;
    loader.tokenizer = NULL;
done:
    loader_clear(&loader);
    return status;
}
