/* The labels of a model that is to be trained: those of the data, and those that it keeps of its own. */
#include "model_dir/training_labels.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "model_dir/adapter.h"

static const char *const keeping[] = {
    [NOMEN_KEEP_LABELS_AUTO] = "auto", [NOMEN_KEEP_LABELS_TRUE] = "true", [NOMEN_KEEP_LABELS_FALSE] = "false", NULL};

const char *nomen_keep_labels_name(nomen_keep_labels keep) {
    return nomen_name_of(keeping, (int)keep);
}

nomen_status nomen_keep_labels_parse(const char *name, nomen_keep_labels *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, keeping, "way with labels", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_keep_labels)found; }
    return status;
}

static int32_t find(const nomen_labels *labels, const char *name) {
    return nomen_labels_find(labels, name, strlen(name));
}

/* The labels of one set that the other has too, or (`has` false) has not; O is left out where `entities`. */
static size_t count(const nomen_labels *of, const nomen_labels *other, bool has, bool entities) {
    size_t n = 0;
    for (size_t i = 0; i < of->n; i++) {
        n += (find(other, of->names[i]) >= 0) == has && !(entities && strcmp(of->names[i], "O") == 0);
    }
    return n;
}

/* Whether one of the sets has PREFIX-TYPE. */
static bool have(const nomen_labels *own, const nomen_labels *wanted, char prefix, const char *type) {
    char name[256];
    int n = snprintf(name, sizeof name, "%c-%s", prefix, type);
    return n < (int)sizeof name && (find(own, name) >= 0 || find(wanted, name) >= 0);
}

/*
 * A label of another scheme than that of training, IOB2: S-per or E-per beside B-per or I-per, as IOBES, BILOU and IOE2 have
 * it. NULL: none. No sentence would teach its row, and a decoder that goes by the scheme of the names (decode/label_rules.h)
 * would forbid what the others are taught: with E-per in the set an I-per must not end an entity. The data's labels count as
 * being beside it, as the decoder will see both; E-mail without B-mail or I-mail is just a name.
 */
static const char *find_other_scheme(const nomen_labels *own, const nomen_labels *wanted) {
    for (size_t i = 0; i < own->n; i++) {
        const char *name = own->names[i];
        if (strlen(name) < 3 || name[1] != '-' || strchr("SELUM", name[0]) == NULL || find(wanted, name) >= 0) { continue; }
        if (have(own, wanted, 'B', name + 2) || have(own, wanted, 'I', name + 2)) { return name; }
    }
    return NULL;
}

/* Sets the labels, whose names are borrowed, in the model and its config. */
static nomen_status set_labels(nomen_model *model, char *const *names, size_t n, nomen_error *err) {
    nomen_status status = nomen_labels_copy(names, n, &model->labels, err);
    return status == NOMEN_OK ? nomen_config_set_labels(&model->config, model->labels.names, n, err) : status;
}

/*
 * Keeps rows of the model's head for labels that both have. With `all` its other labels stay as well, and its order; else they
 * are the data's, in their order.
 */
static nomen_status keep_rows(nomen_model *model, const nomen_labels *own, const nomen_labels *wanted, bool all,
                              const char *directory, nomen_error *err) {
    size_t n = all ? own->n : 0, n_own = own->n, n_kept = all ? own->n : count(own, wanted, true, false);
    size_t n_new = count(wanted, own, false, false);
    char **names = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(names, own->n + wanted->n, err));
    for (size_t i = 0; i < n; i++) { names[i] = own->names[i]; }
    for (size_t i = 0; i < wanted->n; i++) {
        if (!all || find(own, wanted->names[i]) < 0) { names[n++] = wanted->names[i]; }
    }
    nomen_log_info("%s: %zu label%s kept from the model, %zu new, %zu dropped", directory, n_kept, n_kept == 1 ? "" : "s", n_new,
                   n_own - n_kept);
    model->fresh_head = !all || n_new > 0;
    if (model->fresh_head) {
        NOMEN_TRY(NOMEN_NEW(model->kept_rows, n, err));
        for (size_t k = 0; k < n; k++) { model->kept_rows[k] = find(own, names[k]); }
        model->n_own_labels = n_own;
    }
    status = set_labels(model, names, n, err);
done:
    nomen_mem_free(names);
    return status;
}

/* Whether the weights have a row for each of the labels that config.json names. */
static nomen_status has_head(const nomen_model *model, const char *directory, bool *out, nomen_error *err) {
    size_t n_rows = 0;
    *out = false;
    if (model->config.n_labels == 0 || nomen_config_other_task(&model->config) != NULL) { return NOMEN_OK; }
    nomen_status status = nomen_adapter_head_rows(directory, model->config.hidden_size, &n_rows, err);
    if (status == NOMEN_OK) { *out = n_rows == model->config.n_labels; }
    return status;
}

/* A fresh head for the data's labels, and why. */
static nomen_status replace_head(nomen_model *model, const nomen_labels *wanted, bool same, const char *directory,
                                 nomen_error *err) {
    const char *other_task = nomen_config_other_task(&model->config);
    if (same) {
        nomen_log_warning("%s is a %s: its head is for another task, and is replaced by a fresh one", directory, other_task);
    } else if (model->config.n_labels > 0) {
        nomen_log_warning("%s has %zu labels, which differ from the %zu of the data: its head is replaced by a fresh one",
                          directory, model->config.n_labels, wanted->n);
    }
    model->fresh_head = true;
    return set_labels(model, wanted->names, wanted->n, err);
}

nomen_status nomen_model_choose_training_labels(nomen_model *model, const nomen_model_options *options, const char *directory,
                                                nomen_error *err) {
    const nomen_labels wanted = {.names = (char **)(uintptr_t)options->labels, .n = options->n_labels};
    const nomen_labels own = {.names = model->config.labels, .n = model->config.n_labels};
    const nomen_keep_labels keep = options->keep_labels;
    bool same = nomen_labels_same_set(&own, &wanted), is_trained = false;
    nomen_status status;
    if (same && nomen_config_other_task(&model->config) == NULL) {
        return nomen_labels_copy(own.names, own.n, &model->labels, err);
    }
    NOMEN_TRY(has_head(model, directory, &is_trained, err));
    if (keep == NOMEN_KEEP_LABELS_TRUE && !is_trained) {
        NOMEN_FAIL(nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
                                          "keep-labels: is true, but %s has no head for labels with names, so there are none to "
                                          "keep; leave it out, or train from a model that tags words",
                                          directory));
    }
    const char *other = is_trained ? find_other_scheme(&own, &wanted) : NULL;
    if (other != NULL && keep == NOMEN_KEEP_LABELS_TRUE) {
        NOMEN_FAIL(nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
                                          "keep-labels: is true, but %s has labels of another scheme (%s) than that of training, "
                                          "IOB2: no sentence would teach them; leave it out to keep those that both have",
                                          directory, other));
    }
    if (other != NULL && keep == NOMEN_KEEP_LABELS_AUTO) {
        nomen_log_warning("%s: has labels of another scheme (%s) than that of training, IOB2: those of the data alone stay",
                          directory, other);
    }
    const bool all = keep != NOMEN_KEEP_LABELS_FALSE && other == NULL;
    bool share = count(&own, &wanted, true, true) > 0;
    if (is_trained && (keep == NOMEN_KEEP_LABELS_TRUE || share)) {
        status = keep_rows(model, &own, &wanted, all, directory, err);
    } else {
        status = replace_head(model, &wanted, same, directory, err);
    }
done:
    return status;
}
