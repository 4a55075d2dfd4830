/* What a run is made of. */
#include "train/save/run_identity.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/options.h"
#include "data/content_sum.h"
#include "model/weight_files.h"
#include "nomen/offsets.h"
#include "nomen/tokenizer.h"
#include "train/optim/class_weight.h"
#include "train/save/manifest.h"
#include "train/options/options.h"
#include "train/options/trained.h"

/* Options that may change where a run goes on: they decide nothing of what it computes. */
static const char *const free_options[] = {"logging-steps"};

/* Options that decide which sentences are trained on, and which subword tokens, labels and windows these become. */
static const char *const encoding_options[] = {"rows",       "split",  "numpy-split", "split-seed", "label-all-pieces",
                                               "max-length", "stride", "on-overflow", "context",    "keep-labels"};

/* What reads the model's texts as tokens, and says what it looks like. The weights are those of the checkpoint, but with LoRA. */
static const char *const model_files[] = {"config.json", "tokenizer.json",    "tokenizer_config.json",
                                          "vocab.txt",   "added_tokens.json", "special_tokens_map.json",
                                          "nomen.json"};

static bool is_regular(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* Sets object[key] to the sum of a file; null where there is no such file. */
static nomen_status add_file(json_t *object, const char *key, const char *path, nomen_error *err) {
    json_t *sum = json_null();
    nomen_status status = path != NULL && is_regular(path) ? nomen_file_sum(path, &sum, err) : NOMEN_OK;
    if (status != NOMEN_OK) { return status; }
    return json_object_set_new(object, key, sum) == 0 ? NOMEN_OK : nomen_error_out_of_memory(err);
}

/* With LoRA a checkpoint holds none of the weights that the adapters stand beside. */
static nomen_status add_base(const nomen_train_options *o, json_t *files, nomen_error *err) {
    nomen_weight_files weights = {0};
    nomen_status status = NOMEN_OK;
    if (o->lora_rank == 0) { return NOMEN_OK; }
    NOMEN_TRY(add_file(files, "lora-init", nomen_train_lora_init(o), err));
    NOMEN_TRY(nomen_weight_files_open(o->model, &weights, err));
    for (size_t i = 0; i < weights.n_files; i++) {
        const char *path = weights.files[i].path;
        NOMEN_TRY(add_file(files, strrchr(path, '/') + 1, path, err));
    }
done:
    nomen_weight_files_close(&weights);
    return status;
}

static nomen_status add_model_files(const nomen_train_options *o, json_t *files, nomen_error *err) {
    char *path = NULL;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < sizeof model_files / sizeof *model_files; i++) {
        NOMEN_TRY(NOMEN_JOIN(path, o->model, model_files[i], err));
        NOMEN_TRY(add_file(files, model_files[i], path, err));
        nomen_mem_free(path);
        path = NULL;
    }
done:
    nomen_mem_free(path);
    return status;
}

static nomen_status add_files(const nomen_train_options *o, const json_t *train, json_t *files, nomen_error *err) {
    const char *weights = nomen_class_weight_is_file(o->class_weight) ? o->class_weight : NULL;
    nomen_status status = NOMEN_OK;
    if (train == NULL) {
        NOMEN_TRY(add_file(files, "train", o->train, err));
    } else if (json_object_set(files, "train", (json_t *)(uintptr_t)train) != 0) {
        NOMEN_FAIL(nomen_error_out_of_memory(err));
    }
    NOMEN_TRY(add_file(files, "dev", o->dev, err));
    NOMEN_TRY(add_file(files, "test", o->test, err));
    NOMEN_TRY(add_file(files, "class-weight", weights, err));
    NOMEN_TRY(add_base(o, files, err));
    status = add_model_files(o, files, err);
done:
    return status;
}

/* How the files are read, by the names that the command line gives these options; adds a file that these name to `files`. */
static nomen_status make_reading(const nomen_train_options *o, json_t *files, json_t **out, nomen_error *err) {
    nomen_data_options d = {0};
    nomen_tokenizer_options t = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_data_options, &d, o->data, err));
    NOMEN_TRY(NOMEN_TAKE(nomen_tokenizer_options, &t, o->tokenizer, err));
    NOMEN_TRY(add_file(files, "tag-names", d.tag_names, err));
    *out =
        json_pack("{s:s, s:s, s:b, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:s, s:s, s:s}", "uncased",
                  nomen_choice_name(t.lower_case), "from", nomen_format_name(d.format), "skip-bad", (int)d.skip_bad, "encoding",
                  nomen_json_text(d.encoding), "scheme", nomen_scheme_name(d.scheme), "like", nomen_scheme_name(d.like),
                  "word-column", nomen_json_text(d.word_column), "tag-column", nomen_json_text(d.tag_column), "text-column",
                  nomen_json_text(d.text_column), "sentence-column", nomen_json_text(d.sentence_column), "tag-names",
                  nomen_json_text(d.tag_names), "documents", nomen_documents_name(d.documents), "document-column",
                  nomen_json_text(d.document_column), "words", nomen_word_unit_name(d.words), "misaligned",
                  nomen_misaligned_name(d.misaligned), "span-offsets", nomen_offset_unit_name(d.offsets));
    if (*out == NULL) { status = nomen_error_out_of_memory(err); }
done:
    return status;
}

/* Whether the sum of the file that is named does not say all: there are others, or none that can be summed. */
static bool has_more(const char *path, const nomen_dataset *read) {
    return !is_regular(path) || read->format == NOMEN_DATA_BRAT || read->notes.counts[NOMEN_NOTE_NAMED_BESIDE] > 0;
}

nomen_status nomen_run_content(const nomen_train_options *o, const nomen_dataset *files, json_t *content, nomen_error *err) {
    const char *const names[] = {"train", "dev", "test"}, *const paths[] = {o->train, o->dev, o->test};
    for (size_t i = 0; files != NULL && i < 3; i++) {
        char sum[65];
        if (paths[i] == NULL || !has_more(paths[i], &files[i])) { continue; }
        nomen_dataset_sum(&files[i], sum);
        if (json_object_set_new(content, names[i], json_string(sum)) != 0) { return nomen_error_out_of_memory(err); }
    }
    return NOMEN_OK;
}

nomen_status nomen_run_identity(const nomen_train_options *o, const json_t *train, const nomen_dataset *read, json_t **out,
                                nomen_error *err) {
    json_t *options = NULL, *reading = NULL, *files = json_object(), *content = json_object();
    nomen_status status;
    if (files == NULL || content == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(nomen_train_record(o, &options, err));
    for (size_t i = 0; i < sizeof free_options / sizeof *free_options; i++) { json_object_del(options, free_options[i]); }
    NOMEN_TRY(make_reading(o, files, &reading, err));
    NOMEN_TRY(add_files(o, train, files, err));
    NOMEN_TRY(nomen_run_content(o, read, content, err));
    *out = json_pack("{s:O, s:O, s:O, s:O}", "options", options, "reading", reading, "files", files, "content", content);
    if (*out == NULL) { status = nomen_error_out_of_memory(err); }
done:
    json_decref(options);
    json_decref(reading);
    json_decref(files);
    json_decref(content);
    return status;
}

nomen_status nomen_run_encoding(const nomen_train_options *o, json_t **out, nomen_error *err) {
    bool splits = o->dev == NULL && o->test == NULL;
    json_t *all = NULL, *options = json_object(), *reading = NULL, *files = json_object();
    nomen_status status;
    if (options == NULL || files == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(nomen_train_record(o, &all, err));
    for (size_t i = 0; i < sizeof encoding_options / sizeof *encoding_options; i++) {
        const char *name = encoding_options[i];
        if (!splits && strstr(name, "split") != NULL) { continue; }
        if (json_object_set(options, name, json_object_get(all, name)) != 0) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    }
    NOMEN_TRY(make_reading(o, files, &reading, err));
    NOMEN_TRY(add_model_files(o, files, err));
    *out = json_pack("{s:O, s:O, s:O}", "options", options, "reading", reading, "files", files);
    if (*out == NULL) { status = nomen_error_out_of_memory(err); }
done:
    json_decref(all);
    json_decref(options);
    json_decref(reading);
    json_decref(files);
    return status;
}

/* The first key whose value differs, in either; NULL where none does. */
static const char *find_difference(const json_t *saved, const json_t *now) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)now, key, value) {
        json_t *other = json_object_get(saved, key);
        if (other == NULL || !json_equal(value, other)) { return key; }
    }
    json_object_foreach((json_t *)(uintptr_t)saved, key, value) {
        if (json_object_get(now, key) == NULL) { return key; }
    }
    return NULL;
}

/* What a message shows of a value. */
static nomen_status show(const json_t *value, nomen_buffer *out, nomen_error *err) {
    return value != NULL ? nomen_json_append(value, false, out, err) : nomen_buffer_append_text(out, "unknown", err);
}

static nomen_status refuse_option(const char *key, const json_t *saved, const json_t *now, nomen_error *err) {
    nomen_buffer before = {0}, after = {0};
    nomen_status status;
    NOMEN_TRY(show(json_object_get(saved, key), &before, err));
    NOMEN_TRY(show(json_object_get(now, key), &after, err));
    status =
        nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
                               "%s: is %s, and was %s in the run that is to be continued; a run goes on as it began. To train on "
                               "otherwise, begin a new run from its model, or from one of its checkpoints",
                               key, after.data, before.data);
done:
    nomen_buffer_clear(&before);
    nomen_buffer_clear(&after);
    return status;
}

static nomen_status refuse_file(const char *key, const json_t *saved, const json_t *now, nomen_error *err) {
    const bool of_model = strchr(key, '.') != NULL;
    const json_t *before = json_object_get(saved, key), *after = json_object_get(now, key);
    if (json_is_object(before) && !json_is_object(after)) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "%s: there was such a file when the run began; give it, or train anew",
                               key);
    }
    if (!json_is_object(before) && json_is_object(after) && strcmp(key, "train") == 0) {
        return nomen_error_set(err, NOMEN_ERROR_DATA,
                               "train: was a pipe or a directory when the run began; give it that way again, or train anew");
    }
    if (!json_is_object(before) && json_is_object(after)) {
        return nomen_error_set(err, NOMEN_ERROR_DATA,
                               "%s: there was no such file when the run began; leave it out, or train anew", key);
    }
    return nomen_error_set(err, NOMEN_ERROR_DATA,
                           "%s: %s has changed since the run began (SHA-256), so it can't be continued; put the file back, or "
                           "train anew",
                           key, of_model ? "this file of the model" : "this file");
}

/* What only one of them knows, as the other is of an older version, is not compared. */
static nomen_status check_content(const json_t *saved, const json_t *now, nomen_error *err) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)now, key, value) {
        const json_t *before = json_object_get(saved, key);
        if (before == NULL || json_equal(value, (json_t *)(uintptr_t)before)) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_DATA,
                               "%s: what was read has changed since the run began (SHA-256 of its sentences and tags), so it "
                               "can't be continued; put it back, or train anew",
                               key);
    }
    return NOMEN_OK;
}

nomen_status nomen_run_identity_check(const json_t *saved, const json_t *now, nomen_error *err) {
    static const char *const groups[] = {"options", "reading"};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const json_t *before = json_object_get(saved, groups[i]), *after = json_object_get(now, groups[i]);
        const char *key = find_difference(before, after);
        if (key != NULL) { return refuse_option(key, before, after, err); }
    }
    const json_t *before = json_object_get(saved, "files"), *after = json_object_get(now, "files");
    const char *key = find_difference(before, after);
    if (key != NULL) { return refuse_file(key, before, after, err); }
    return check_content(json_object_get(saved, "content"), json_object_get(now, "content"), err);
}
