/* The whole measurement: the model, the texts, stage after stage. */
#include "speed/speed.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/threads.h"
#include "model_dir/adapter.h"
#include "speed/stages.h"

/* A model without a head, or without labels, gets one of this size: nine labels, as CoNLL 2003 has. */
static nomen_status load(const nomen_speed_options *options, nomen_model **out, nomen_error *err) {
    static const char *const usual[] = {"O", "B-LOC", "B-MISC", "B-ORG", "B-PER", "I-LOC", "I-MISC", "I-ORG", "I-PER"};
    nomen_model_options how = {.size = sizeof how, .tokenizer = options->tokenizer, .seed = 1, .precision = options->precision};
    nomen_config config = {0};
    nomen_adapter adapter = {0};
    const char *place = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_adapter_find(options->model, &adapter, err));
    NOMEN_TRY(nomen_adapter_place(&adapter, options->model, "config.json", &place, err));
    NOMEN_TRY(nomen_config_read(place, &config, err));
    how.int8 = options->int8 || config.dense != NOMEN_DENSE_FLOAT;
    if (how.int8) { /* it can't be trained, so its labels are its own */
        NOMEN_TRY(nomen_model_load(options->model, &how, out, err));
        goto done;
    }
    how.labels = config.n_labels > 0 ? config.labels : (char *const *)(uintptr_t)usual;
    how.purpose = NOMEN_FOR_TRAINING;
    how.n_labels = config.n_labels > 0 ? config.n_labels : sizeof usual / sizeof *usual;
    NOMEN_TRY(nomen_model_load(options->model, &how, out, err));
done:
    nomen_adapter_clear(&adapter);
    nomen_config_clear(&config);
    return status;
}

/* texts[0]: the sentences; then those of each length that the model takes, whose number is *n - 1. */
static nomen_status make_texts(const nomen_speed_options *o, const nomen_model *model, nomen_speed_texts *texts, size_t *lengths,
                               size_t *n, nomen_error *err) {
    size_t most = model->settings.max_length;
    nomen_status status;
    NOMEN_TRY(o->input != NULL ? nomen_speed_texts_read(o->input, &texts[0], err)
                               : nomen_speed_texts_make(model, &texts[0], err));
    lengths[0] = 0;
    *n = 1;
    for (size_t i = 0; i < o->n_lengths; i++) {
        if (o->lengths[i] > most || o->lengths[i] <= most - nomen_model_window_limit(model)) {
            nomen_log_info("length %zu is left out: %s takes %zu to %zu subword tokens", o->lengths[i], o->model,
                           most - nomen_model_window_limit(model) + 1, most);
            continue;
        }
        size_t n_texts = NOMEN_SPEED_BATCH_TOKENS / o->lengths[i];
        NOMEN_TRY(nomen_speed_texts_of(model, o->lengths[i], n_texts > 0 ? n_texts : 1, &texts[*n], err));
        lengths[(*n)++] = o->lengths[i];
    }
done:
    return status;
}

/* Of int8, some narrow weights make it narrow, so that nothing exceeds the peak. */
static nomen_speed_kind kind_of(const nomen_model *model) {
    const nomen_config *config = &model->config;
    if (config->bf16) { return NOMEN_SPEED_BF16; }
    if (config->dense == NOMEN_DENSE_FLOAT) { return NOMEN_SPEED_FLOATS; }
    for (size_t layer = 0; layer < config->num_hidden_layers; layer++) {
        for (int part = 0; part < NOMEN_DENSE_PARTS; part++) {
            nomen_dense_place place = nomen_dense_place_of(config, layer, (nomen_dense_part)part);
            if (nomen_op_int8_is_narrow(model->bert.dense.packed + place.packed, place.in, place.out)) {
                return NOMEN_SPEED_NARROW;
            }
        }
    }
    return NOMEN_SPEED_INT8;
}

static nomen_status measure(nomen_speed_bench *b, const nomen_speed_texts *texts, const size_t *lengths, size_t n,
                            nomen_error *err) {
    nomen_status status;
    b->result->int8 = nomen_model_is_int8(b->model);
    b->result->bf16 = b->model->config.bf16;
    b->kind = kind_of(b->model);
    NOMEN_TRY(nomen_speed_tokenize(b, &texts[0], err));
    NOMEN_TRY(nomen_bert_pack(&b->model->bert, NULL, err));
    NOMEN_TRY(nomen_predictor_create(b->model, 0, &b->predictor, err));
    for (size_t i = 0; i < n; i++) { NOMEN_TRY(nomen_speed_forward_batch(b, &texts[i], lengths[i], err)); }
    for (size_t i = 0; i < n; i++) { NOMEN_TRY(nomen_speed_forward_alone(b, &texts[i], lengths[i], err)); }
    nomen_predictor_clear(&b->predictor);
    nomen_bert_unpack(&b->model->bert);
    if (!b->result->int8) { NOMEN_TRY(nomen_speed_train(b, texts, lengths, n, err)); }
done:
    return status;
}

nomen_status nomen_speed_measure(const nomen_speed_options *options, void (*report)(void *user, const nomen_speed_row *row),
                                 void *user, nomen_speed_result *out, nomen_error *err) {
    nomen_speed_result result = {0};
    nomen_speed_bench b = {
        .seconds = options->seconds, .passes = options->passes, .report = report, .user = user, .result = &result};
    nomen_speed_texts texts[1 + NOMEN_SPEED_MAX_LENGTHS] = {0};
    nomen_speed_samples *samples[] = {&b.samples, &b.parts[0], &b.parts[1], &b.parts[2]};
    size_t lengths[1 + NOMEN_SPEED_MAX_LENGTHS], n = 0;
    nomen_status status;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        NOMEN_TRY(NOMEN_NEW(samples[i]->seconds, NOMEN_SPEED_MAX_RUNS, err));
        NOMEN_TRY(NOMEN_NEW(samples[i]->passes, NOMEN_SPEED_MAX_RUNS, err));
    }
    NOMEN_TRY(load(options, &b.model, err));
    NOMEN_TRY(make_texts(options, b.model, texts, lengths, &n, err));
    NOMEN_TRY(measure(&b, texts, lengths, n, err));
    *out = result;
    result = (nomen_speed_result){0};
done:
    nomen_speed_result_clear(&result);
    for (size_t i = 0; i < 1 + NOMEN_SPEED_MAX_LENGTHS; i++) { nomen_speed_texts_clear(&texts[i]); }
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        nomen_mem_free(samples[i]->seconds);
        nomen_mem_free(samples[i]->passes);
    }
    nomen_predictor_clear(&b.predictor);
    nomen_examples_clear(&b.examples);
    nomen_mem_free(b.logits);
    nomen_model_release(b.model);
    return status;
}
