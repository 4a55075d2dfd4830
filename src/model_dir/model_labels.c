/*
 * The labels of a model's head. config.json need not know their names: transformers writes LABEL_0, LABEL_1... where
 * nobody gave any, or nothing at all. Such a head is used as transformers uses it, and named by who knows the names.
 * Training takes it for none, as nobody can say what its rows stand for.
 */
#include "model_dir/model_labels.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/label_names.h"
#include "model_dir/training_labels.h"

/* As in config_labels.c: more than any tag set. */
enum { MOST_LABELS = 65536 };

/* LABEL_0 to LABEL_(n - 1). */
static nomen_status make_unnamed(size_t n, nomen_labels *out, nomen_error *err) {
    nomen_labels labels = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(labels.names, n, err));
    for (; labels.n < n; labels.n++) {
        char name[32];
        int n_bytes = snprintf(name, sizeof name, "LABEL_%zu", labels.n);
        labels.names[labels.n] = nomen_mem_copy(name, (size_t)n_bytes);
        if (labels.names[labels.n] == NULL) { NOMEN_FAIL(nomen_error_memory(err, (size_t)n_bytes, 1)); }
    }
    *out = labels;
    return NOMEN_OK;
done:
    nomen_labels_clear(&labels);
    return status;
}

/* The labels of a head without names: the rows of the classifier, 0 without one; config.json may not contradict. */
static nomen_status count_unnamed(const nomen_config *config, const char *directory, size_t *out, nomen_error *err) {
    nomen_status status = nomen_weights_head_rows(directory, config->hidden_size, out, err);
    if (status != NOMEN_OK || *out == 0) { return status; }
    if (*out > MOST_LABELS || (config->n_unnamed > 0 && config->n_unnamed != *out)) {
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_DATA, NOMEN_REMEDY_LABELS,
            "%s: config.json has %zu labels, but its classifier has %zu rows, one per label; name them in their order", directory,
            config->n_unnamed, *out);
    }
    return NOMEN_OK;
}

/* Whether config.json may have no names. Asked first, as reading it whole may have something to say, twice then. */
static nomen_status may_be_unnamed(const char *directory, bool *out, nomen_error *err) {
    char *path = nomen_file_join(directory, "config.json");
    json_t *json = NULL;
    nomen_status status = NOMEN_OK;
    *out = true;
    if (path == NULL) { return nomen_error_memory(err, strlen(directory), 1); }
    if (!nomen_file_exists(path)) { goto done; } /* an error, which is the whole reader's */
    NOMEN_TRY(nomen_json_read(path, &json, err));
    const json_t *map = json_object_get(json, "id2label");
    const char *first = json_string_value(json_object_get(map, "0"));
    *out = !json_is_object(map) || (first != NULL && strcmp(first, "LABEL_0") == 0);
done:
    json_decref(json);
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_model_read_unnamed(const char *directory, nomen_labels *out, nomen_error *err) {
    nomen_config config = {0};
    size_t n = 0;
    bool maybe = false;
    nomen_status status;
    *out = (nomen_labels){0};
    NOMEN_TRY(may_be_unnamed(directory, &maybe, err));
    if (!maybe) { return NOMEN_OK; }
    NOMEN_TRY(nomen_config_read(directory, &config, err));
    if (config.n_labels > 0 || nomen_config_other_task(&config) != NULL) { goto done; }
    NOMEN_TRY(count_unnamed(&config, directory, &n, err));
    if (n > 0) { status = make_unnamed(n, out, err); }
done:
    nomen_config_clear(&config);
    return status;
}

/* A head without names, as transformers has it. */
static nomen_status use_unnamed(nomen_model *model, const nomen_model_options *options, size_t n, const char *directory,
                                nomen_error *err) {
    if (n == 0) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_DATA, NOMEN_REMEDY_TRAIN,
                                      "%s: config.json names no labels, so this model has not been fine-tuned for "
                                      "token classification; train it first",
                                      directory);
    }
    if (options->needs_names) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_DATA, NOMEN_REMEDY_LABELS_OR_CONFIG,
                                      "%s: config.json gives its %zu label%s no names, but those of the data have names; name "
                                      "them in the order of the head's rows",
                                      directory, n, n == 1 ? "" : "s");
    }
    nomen_status status = make_unnamed(n, &model->labels, err);
    if (status != NOMEN_OK) { return status; }
    nomen_log_warning("%s: config.json gives its %zu label%s no names: they are LABEL_0 to LABEL_%zu, so every word is in an "
                      "entity; name them in the order of the head's rows, for this run or in \"id2label\" of config.json",
                      directory, n, n == 1 ? "" : "s", n - 1);
    return nomen_config_set_labels(&model->config, model->labels.names, n, err);
}

static nomen_status choose_for_use(nomen_model *model, const nomen_model_options *options, const char *directory,
                                   nomen_error *err) {
    nomen_config *config = &model->config;
    const char *other_task = nomen_config_other_task(config);
    nomen_status status = NOMEN_OK;
    if (other_task != NULL) {
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_UNSUPPORTED, NOMEN_REMEDY_TRAIN,
            "%s: \"architectures\" of config.json is %s, whose head is for another task than token classification; if its "
            "classifier is for tokens after all, write BertForTokenClassification there, otherwise train it first",
            directory, other_task);
    }
    if (options->label_names != NULL) { /* whether there are as many as the head has rows is known with the weights */
        NOMEN_TRY(nomen_label_names_read(options->label_names, &model->labels, err));
        status = nomen_config_set_labels(config, model->labels.names, model->labels.n, err);
    } else if (config->n_labels > 0) {
        status = nomen_labels_copy(config->labels, config->n_labels, &model->labels, err);
    } else {
        size_t n = 0;
        NOMEN_TRY(count_unnamed(config, directory, &n, err));
        status = use_unnamed(model, options, n, directory, err);
    }
done:
    return status;
}

nomen_status nomen_model_choose_labels(nomen_model *model, const nomen_model_options *options, const char *directory,
                                       nomen_error *err) {
    if (options->labels == NULL) { return choose_for_use(model, options, directory, err); }
    if (options->label_names != NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "label_names can't be given for training, where the labels are those of the data");
    }
    return nomen_model_choose_training_labels(model, options, directory, err);
}

/* Reports where the names given replace others, and what comes of a set without O. */
static void report_given(const nomen_model *model, const char *directory) {
    const json_t *own = json_object_get(model->config.json, "id2label");
    bool same = json_object_size(own) == model->labels.n;
    for (size_t i = 0; i < model->labels.n && same; i++) {
        char id[32];
        snprintf(id, sizeof id, "%zu", i);
        const char *name = json_string_value(json_object_get(own, id));
        same = name != NULL && strcmp(name, model->labels.names[i]) == 0;
        if (same || name == NULL || model->config.n_unnamed > 0) { continue; }
        nomen_log_info("%s: the given names replace its own: label %zu is %s, not %s", directory, i, model->labels.names[i],
                       name);
    }
    if (!same && nomen_labels_find(&model->labels, "O", 1) < 0) {
        nomen_log_warning("%s: none of the given names is O, so every word is in an entity", directory);
    }
}

nomen_status nomen_model_check_head(const nomen_model *model, const nomen_model_options *options, const char *directory,
                                    nomen_error *err) {
    const nomen_weights_report *found = &model->weights;
    const char *given = options->label_names;
    if (found->head_loaded) {
        if (given != NULL) { report_given(model, directory); }
        return NOMEN_OK;
    }
    if (!found->head_other_size || found->head_rows == 0) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_DATA, NOMEN_REMEDY_TRAIN,
                                      "%s: %s has no classifier for the %zu labels of %s; train the model first", directory,
                                      found->file, model->labels.n, given != NULL ? given : "config.json");
    }
    bool is_lost = given != NULL && model->labels.n == 1 && !nomen_file_exists(given);
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_DATA, NOMEN_REMEDY_LABELS,
        "%s: %s names %zu label%s%s, but the classifier in %s has %zu rows, one per label; give as many names, in their order",
        directory, given != NULL ? given : "config.json", model->labels.n, model->labels.n == 1 ? "" : "s",
        is_lost ? " (there is no such file)" : "", found->file, found->head_rows);
}
