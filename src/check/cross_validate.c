/*
 * Cross-validation: for each fold the others are written to a file, in a format that holds any word and tag, a model
 * is trained on that file as `nomen train` does it, and judges the fold. All of it lies in a directory of its own, which
 * is removed whatever happens.
 */
#include "check/cross_validate.h"

#include <stdint.h>

#include "base/call.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "check/selection.h"
#include "data/split.h"
#include "model_dir/model.h"

typedef struct validation {
    const nomen_label_errors_options *options;
    const nomen_dataset *dataset;
    nomen_fold_function progress;
    void *user;
    nomen_fold_judge *judge;
    void *judge_data;
    size_t *fold_of;          /* (n_sentences) */
    size_t *chosen, n_chosen; /* sentences of a fold, or all others */
    size_t fold;              /* from 0 */
    nomen_staging staging;
    char *file, *model;
} validation;

static void report_progress(void *user, const nomen_train_progress *progress) {
    const validation *v = user;
    const nomen_fold_progress p = {.fold = v->fold + 1, .n_folds = v->options->folds, .training = *progress};
    if (v->progress != NULL) { v->progress(v->user, &p); }
}

/* The sentences of this fold, or those of the others. */
static void choose(validation *v, bool own) {
    v->n_chosen = 0;
    for (size_t s = 0; s < v->dataset->n_sentences; s++) {
        if ((v->fold_of[s] == v->fold) == own) { v->chosen[v->n_chosen++] = s; }
    }
}

/* The tags inside are IOB2 or plain, and are written and read as that. */
static nomen_scheme scheme_inside(const nomen_dataset *dataset) {
    return dataset->scheme == NOMEN_SCHEME_PLAIN ? NOMEN_SCHEME_PLAIN : NOMEN_SCHEME_IOB2;
}

static nomen_status write_others(validation *v, nomen_error *err) {
    const nomen_write_options options = {.format = NOMEN_DATA_HF_JSONL, .scheme = scheme_inside(v->dataset)};
    choose(v, false);
    return nomen_selection_write(v->dataset, v->chosen, v->n_chosen, &options, true, v->file, err);
}

static nomen_status train_on_others(const validation *v, nomen_error *err) {
    static const nomen_train_callbacks callbacks = {.progress = report_progress};
    const nomen_label_errors_options *o = v->options;
    const nomen_data_options reading = {
        .size = sizeof reading, .format = NOMEN_DATA_HF_JSONL, .scheme = scheme_inside(v->dataset)};
    nomen_train_options train = *o->train;
    nomen_train_result result = {0};
    train.model = o->model;
    train.train = v->file;
    train.dev = train.test = NULL;
    train.output = v->model;
    train.overwrite = true;
    train.tokenizer = o->tokenizer;
    train.data = &reading;
    train.rows = 0;
    train.split[0] = 100;
    train.split[1] = train.split[2] = 0;
    train.numpy_split = false;
    train.folds = train.fold = 0;
    nomen_error inner = {0}; /* where it is interrupted it says what it kept, which is removed here */
    nomen_status status = nomen_train(&train, &callbacks, (void *)(uintptr_t)v, &result, &inner);
    nomen_train_result_clear(&result);
    if (nomen_status_is_stop(status)) {
        return nomen_error_set(err, status, "interrupted in fold %zu of %zu; nothing was written", v->fold + 1, o->folds);
    }
    if (status == NOMEN_OK) { return status; }
    return nomen_error_pass(err, &inner);
}

static nomen_status judge_own(validation *v, nomen_error *err) {
    const nomen_model_options options = {.size = sizeof options, .tokenizer = v->options->tokenizer};
    nomen_model *model = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_model_load(v->model, &options, &model, err));
    choose(v, true);
    NOMEN_TRY(v->judge(v->judge_data, model, v->dataset, v->chosen, v->n_chosen, err));
done:
    nomen_model_release(model);
    return status;
}

/* A name in the directory for such files; the staging adds random letters to it. */
static nomen_status begin_work(validation *v, nomen_error *err) {
    char *path = nomen_file_join(v->options->work != NULL ? v->options->work : "/tmp", "nomen-folds");
    nomen_status status = path != NULL ? nomen_staging_begin(path, true, &v->staging, err) : nomen_error_memory(err, 1, 64);
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_cross_validate(const nomen_label_errors_options *o, const nomen_dataset *dataset, nomen_fold_function progress,
                                  void *user, nomen_fold_judge *judge, void *judge_data, nomen_error *err) {
    validation v = {
        .options = o, .dataset = dataset, .progress = progress, .user = user, .judge = judge, .judge_data = judge_data};
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(v.fold_of, dataset->n_sentences, err));
    NOMEN_TRY(NOMEN_NEW(v.chosen, dataset->n_sentences, err));
    NOMEN_TRY(nomen_split_folds(dataset, o->folds, o->train->seed, v.fold_of, err));
    NOMEN_TRY(begin_work(&v, err));
    v.file = nomen_file_join(v.staging.temporary, "others.jsonl");
    v.model = nomen_file_join(v.staging.temporary, "model");
    if (v.file == NULL || v.model == NULL) { NOMEN_TRY(nomen_error_memory(err, 1, 64)); }
    for (; v.fold < o->folds; v.fold++) {
        NOMEN_TRY(write_others(&v, err));
        nomen_log_info("fold %zu of %zu: training on %zu sentences", v.fold + 1, o->folds, v.n_chosen);
        NOMEN_TRY(train_on_others(&v, err));
        NOMEN_TRY(judge_own(&v, err));
    }
done:
    nomen_staging_abandon(&v.staging);
    nomen_mem_free(v.file);
    nomen_mem_free(v.model);
    nomen_mem_free(v.fold_of);
    nomen_mem_free(v.chosen);
    return status;
}
