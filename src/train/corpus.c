/* Reading what a run trains and is scored on. */
#include "train/corpus.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/spill.h"
#include "data/read.h"

static nomen_status read_file(const nomen_train_options *o, const char *path, size_t rows, nomen_dataset *out, nomen_error *err) {
    nomen_data_options options = {0};
    nomen_status status = NOMEN_TAKE(nomen_data_options, &options, o->data, err);
    options.max_rows = rows;
    return status == NOMEN_OK ? nomen_dataset_read(path, &options, out, err) : status;
}

static nomen_corpus_part whole(const nomen_dataset *dataset) {
    return (nomen_corpus_part){.dataset = dataset, .n = dataset->n_sentences};
}

static nomen_corpus_part some(const nomen_dataset *dataset, const size_t *sentences, size_t n) {
    return (nomen_corpus_part){.dataset = n > 0 ? dataset : NULL, .sentences = sentences, .n = n};
}

static bool is_split(const nomen_train_options *o) {
    return o->dev == NULL && o->test == NULL;
}

static nomen_status split_file(const nomen_train_options *o, nomen_corpus *c, nomen_error *err) {
    const nomen_dataset *data = &c->files[0];
    nomen_status status = NOMEN_OK;
    if (o->numpy_split) {
        if (o->split_seed > UINT32_MAX) {
            return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
                                          "split-seed: numpy takes seeds up to 2^32-1");
        }
        status = nomen_split_as_numpy(data->n_sentences, o->split, (uint32_t)o->split_seed, &c->split, err);
    } else {
        status = nomen_split_by_text(data, o->split, o->split_seed, &c->split, err);
    }
    return status;
}

static void warn_of_few(const nomen_train_options *o, const nomen_corpus *c) {
    const nomen_split *s = &c->split;
    if ((o->split[1] == 0 || s->n_dev > 0) && (o->split[2] == 0 || s->n_test > 0)) { return; }
    nomen_log_warning("%s: %zu sentences%s are too few for %u/%u/%u: %zu to train on, %zu dev, %zu test", o->train,
                      c->files[0].n_sentences, o->numpy_split ? "" : ", equal texts in one part,", o->split[0], o->split[1],
                      o->split[2], s->n_train, s->n_dev, s->n_test);
}

/* The parts of the file that was split. */
static void take_parts(nomen_corpus *c) {
    const nomen_dataset *data = &c->files[0];
    c->train = some(data, nomen_split_train(&c->split), c->split.n_train);
    c->dev = some(data, nomen_split_dev(&c->split), c->split.n_dev);
    c->test = some(data, nomen_split_test(&c->split), c->split.n_test);
}

/* A file beside the data would be missed by what decides whether a cache is good. */
static nomen_status check_beside(const nomen_train_options *o, const nomen_dataset *set, nomen_error *err) {
    if (o->cache != NULL && set->format == NOMEN_DATA_BRAT) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "cache: the entities of %s are in another file beside it, and nobody would notice if that changed; "
            "convert it to a format of one file, or train without a cache",
            o->train);
    }
    if (o->cache == NULL || set->notes.counts[NOMEN_NOTE_NAMED_BESIDE] == 0) { return NOMEN_OK; }
    return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_TAG_NAMES,
                                  "cache: the names of the tags in %s are from another file beside it, and nobody would notice "
                                  "if that changed; state them, or train without a cache",
                                  o->train);
}

/* Reads and splits the training file; with a cache that is to be made, into files of the cache's directory. */
static nomen_status read_train(const nomen_train_options *o, nomen_corpus *c, nomen_error *err) {
    nomen_spill spill = {0};
    nomen_status status;
    if (o->cache != NULL) { nomen_spill_enter(&spill, o->cache); }
    NOMEN_TRY(read_file(o, o->train, o->rows, &c->files[0], err));
    NOMEN_TRY(check_beside(o, &c->files[0], err));
    if (is_split(o)) { NOMEN_TRY(split_file(o, c, err)); }
    status = nomen_labels_collect(&c->files[0], NULL, 0, &c->labels, err);
done:
    return nomen_spill_leave(&spill, status, err);
}

/* The same from the cache where it is there. */
static nomen_status find_train(const nomen_train_options *o, nomen_corpus *c, nomen_error *err) {
    nomen_status status;
    if (o->cache != NULL) {
        NOMEN_TRY(nomen_data_cache_open(o, &c->cache, err));
        if (nomen_data_cache_is_there(&c->cache)) {
            return nomen_data_cache_take_data(&c->cache, o->train, &c->files[0], &c->split, &c->labels, err);
        }
    }
    status = read_train(o, c, err);
done:
    return status;
}

/* All folds but one are the training part, in the order of the file; that one is the test part. */
static nomen_status take_fold(const nomen_train_options *o, nomen_corpus *c, nomen_error *err) {
    const nomen_dataset *data = &c->files[0];
    size_t *fold_of = NULL, n = 0;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(fold_of, data->n_sentences, err));
    NOMEN_TRY(NOMEN_NEW(c->folds, data->n_sentences, err));
    NOMEN_TRY(nomen_split_folds(data, o->folds, o->split_seed, fold_of, err));
    for (size_t i = 0; i < data->n_sentences; i++) {
        if (fold_of[i] + 1 != o->fold) { c->folds[n++] = i; }
    }
    c->train = some(data, c->folds, n);
    for (size_t i = 0; i < data->n_sentences; i++) {
        if (fold_of[i] + 1 == o->fold) { c->folds[n++] = i; }
    }
    c->test = some(data, c->folds + c->train.n, n - c->train.n);
done:
    nomen_mem_free(fold_of);
    return status;
}

nomen_status nomen_corpus_read(const nomen_train_options *o, nomen_corpus *out, nomen_error *err) {
    *out = (nomen_corpus){.cache.lock = -1};
    nomen_status status;
    NOMEN_TRY(find_train(o, out, err));
    if (o->folds > 0) {
        NOMEN_TRY(take_fold(o, out, err));
    } else if (is_split(o)) {
        warn_of_few(o, out);
        take_parts(out);
    } else {
        out->train = whole(&out->files[0]);
        if (o->dev != NULL) {
            NOMEN_TRY(read_file(o, o->dev, 0, &out->files[1], err));
            out->dev = whole(&out->files[1]);
        }
        if (o->test != NULL) {
            NOMEN_TRY(read_file(o, o->test, 0, &out->files[2], err));
            out->test = whole(&out->files[2]);
        }
    }
    if (out->train.n == 0) { NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "%s: leaves no sentence to train on", o->train)); }
    return NOMEN_OK;
done:
    nomen_corpus_clear(out);
    return status;
}

nomen_status nomen_corpus_store(nomen_corpus *c, const nomen_train_options *o, nomen_examples *examples,
                                const nomen_labels *labels, const size_t *counts, nomen_error *err) {
    const nomen_cached what = {.dataset = &c->files[0],
                               .split = &c->split,
                               .examples = examples,
                               .data_labels = &c->labels,
                               .labels = labels,
                               .counts = counts};
    nomen_status status = NOMEN_OK;
    if (o->cache == NULL) { goto done; }
    if (!nomen_data_cache_is_there(&c->cache)) { NOMEN_TRY(nomen_data_cache_store(&c->cache, o, &what, err)); }
    if (is_split(o)) { take_parts(c); } /* the order of the split lies elsewhere now */
    nomen_data_cache_release(&c->cache);
done:
    return status;
}

void nomen_corpus_clear(nomen_corpus *corpus) {
    for (int i = 0; i < 3; i++) { nomen_dataset_clear(&corpus->files[i]); }
    nomen_split_clear(&corpus->split);
    nomen_mem_free(corpus->folds);
    nomen_labels_clear(&corpus->labels);
    nomen_data_cache_clear(&corpus->cache);
    *corpus = (nomen_corpus){0};
}
