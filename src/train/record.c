/* The record of a run in nomen.json. */
#include "train/record.h"

#include <math.h>

#include "base/mem.h"
#include "train/options.h"

/* A number, or null for a NaN. */
static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *nomen_epoch_json(const nomen_train_epoch *e) {
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "epoch", (json_int_t)e->epoch,
                     "loss", number(e->loss), "accuracy", number(e->accuracy), "token_accuracy",
                     number(e->token_accuracy), "f1", number(e->f1), "dev_loss", number(e->dev_loss), "dev_accuracy",
                     number(e->dev_accuracy), "dev_token_accuracy", number(e->dev_token_accuracy), "dev_precision",
                     number(e->dev_precision), "dev_recall", number(e->dev_recall), "dev_f1", number(e->dev_f1),
                     "seconds", number(e->seconds), "best", (int)e->best);
}

static nomen_status set_report(json_t *scores, const char *name, const nomen_report *report, nomen_error *err) {
    char *text = NULL;
    size_t n_bytes = 0;
    json_t *value = NULL;
    nomen_status status = nomen_report_to_json(report, &text, &n_bytes, err);
    if (status == NOMEN_OK) { status = nomen_json_parse(text, n_bytes, "the scores", &value, err); }
    if (status == NOMEN_OK && json_object_set_new(scores, name, value) != 0) {
        status = nomen_error_memory(err, n_bytes, 1);
    }
    nomen_free(text);
    return status;
}

static nomen_status set_new(json_t *object, const char *key, json_t *value, nomen_error *err) {
    return value != NULL && json_object_set_new(object, key, value) == 0 ? NOMEN_OK : nomen_error_memory(err, 1, 64);
}

nomen_status nomen_run_record(const nomen_train_options *options, const nomen_train_result *result, json_t **out,
                              nomen_error *err) {
    json_t *record = json_object(), *recipe = NULL, *epochs = json_array(), *scores = json_object();
    nomen_status status;
    if (record == NULL || epochs == NULL || scores == NULL) { NOMEN_TRY(nomen_error_memory(err, 1, 64)); }
    NOMEN_TRY(nomen_train_record(options, &recipe, err));
    NOMEN_TRY(set_new(record, "options", json_incref(recipe), err));
    NOMEN_TRY(set_new(record, "data",
                      json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:I}", "train", options->train, "dev", options->dev, "test",
                                options->test, "train_sentences", (json_int_t)result->n_sentences[0], "dev_sentences",
                                (json_int_t)result->n_sentences[1], "test_sentences",
                                (json_int_t)result->n_sentences[2]),
                      err));
    for (size_t i = 0; i < result->n_epochs; i++) {
        json_t *epoch = nomen_epoch_json(&result->epochs[i]);
        if (epoch == NULL || json_array_append_new(epochs, epoch) != 0) { NOMEN_TRY(nomen_error_memory(err, 1, 64)); }
    }
    NOMEN_TRY(set_new(record, "epochs", json_incref(epochs), err));
    NOMEN_TRY(set_new(record, "best_epoch", json_integer((json_int_t)result->best_epoch), err));
    if (result->has_dev) { NOMEN_TRY(set_report(scores, "dev", &result->dev, err)); }
    if (result->has_test) { NOMEN_TRY(set_report(scores, "test", &result->test, err)); }
    NOMEN_TRY(set_new(record, "scores", json_incref(scores), err));
    *out = json_incref(record);
done:
    json_decref(record);
    json_decref(recipe);
    json_decref(epochs);
    json_decref(scores);
    return status;
}
