/* What the tests of the whole flow share: a scratch directory with a tiny model and labelled files. */
#ifndef TESTS_E2E_FLOW_H
#define TESTS_E2E_FLOW_H

#include <dirent.h>

#include "base/file.h"
#include "base/mem.h"
#include "nomen/runtime.h"
#include "nomen/train.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

typedef struct flow {
    char root[64];
    char model[192], train[192], dev[192], output[192];
} flow;

/* Eight sentences; "\xC2\x85" is a word that gives no piece. */
#define FLOW_TRAIN \
    "Bill B-per\nGates I-per\nis O\nthe O\nfounder O\nof O\nMicrosoft B-org\n. O\n\n" \
    "Anna B-per\nlives O\nin O\nLondon B-geo\n. O\n\nshe O\nwent O\nto O\nNew B-geo\nYork I-geo\n\n" \
    "Acme B-org\nLabs I-org\nsaid O\n\xC2\x85 O\ntoday O\n\nMaria B-per\nGarcia I-per\nmet O\nJohn B-per\n\n" \
    "the O\ncity O\nof O\nParis B-geo\n\nUnited B-org\nNations I-org\nworks O\nin O\nSan B-geo\nJose I-geo\n\n" \
    "they O\nwas O\nfrom O\nBerlin B-geo\n! O\n"
#define FLOW_DEV "John B-per\nSmith I-per\nworks O\nat O\nAcme B-org\nInc I-org\n\nhe O\nmet O\nAnna B-per\nLee I-per\n"

static inline void flow_text(const char *path, const char *text) {
    nomen_error err = {0};
    if (nomen_file_write(path, text, strlen(text), &err) != NOMEN_OK) { fail_msg("%s", err.message); }
}

static inline void flow_make(flow *f, const tiny_model *spec) {
    nomen_error err = {0};
    assert_non_null(scratch_make(f->root));
    assert_non_null(scratch_path(f->root, "model", f->model));
    assert_non_null(scratch_path(f->root, "train.conll", f->train));
    assert_non_null(scratch_path(f->root, "dev.conll", f->dev));
    assert_non_null(scratch_path(f->root, "out", f->output));
    if (tiny_model_write(f->model, spec, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    flow_text(f->train, FLOW_TRAIN);
    flow_text(f->dev, FLOW_DEV);
}

static inline void flow_remove(flow *f) {
    scratch_remove(f->root);
}

/* Options of a short run over the flow's files. */
static inline nomen_train_options flow_options(const flow *f) {
    nomen_train_options o;
    nomen_train_init(&o, sizeof o);
    o.model = f->model;
    o.train = f->train;
    o.dev = f->dev;
    o.output = f->output;
    o.epochs = 2;
    o.batch_size = 4;
    o.learning_rate = 1e-3;
    o.max_tokens = 64;
    return o;
}

/* Trains; where it fails, the test does. The caller clears the result. */
static inline nomen_train_result flow_train(const nomen_train_options *o) {
    nomen_train_result result = {0};
    nomen_error err = {0};
    if (nomen_train(o, NULL, NULL, &result, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return result;
}

/* Trains, whether it fails or not. */
static inline nomen_status flow_run(const nomen_train_options *o, nomen_error *err) {
    nomen_train_result result = {0};
    nomen_status status = nomen_train(o, NULL, NULL, &result, err);
    nomen_train_result_clear(&result);
    return status;
}

static inline void flow_read(const char *directory, const char *name, nomen_buffer *out) {
    nomen_error err = {0};
    char *path = nomen_file_join(directory, name);
    nomen_buffer_clear(out);
    if (nomen_file_read(path, out, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    nomen_mem_free(path);
}

/* How many entries a directory has, "." and ".." left out. */
static inline size_t flow_entries(const char *path) {
    DIR *directory = opendir(path);
    size_t n = 0;
    assert_non_null(directory);
    while (readdir(directory) != NULL) { n++; }
    closedir(directory);
    return n - 2;
}

/* Whether the weights of two directories have the same bytes. */
static inline bool flow_same_weights(const char *a, const char *b) {
    nomen_buffer x = {0}, y = {0};
    flow_read(a, "model.safetensors", &x);
    flow_read(b, "model.safetensors", &y);
    bool same = x.size == y.size && x.size > 1000 && memcmp(x.data, y.data, x.size) == 0;
    nomen_buffer_clear(&x);
    nomen_buffer_clear(&y);
    return same;
}

#endif
