/*
 * Quantising, kept only if a gate is passed. What is scored is what was written: the new directory, loaded from where it
 * waits for its place.
 */
#include "eval/quantize.h"

#include <math.h>

#include "base/file.h"
#include "base/call.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/options.h"
#include "data/read.h"
#include "eval/evaluate.h"
#include "eval/unnamed.h"
#include "model_dir/adapter.h"

static const nomen_quantize_options defaults = {.max_drop = 0.005, .weight_bits = 8};

void nomen_quantize_init(nomen_quantize_options *options, size_t size) {
    nomen_options_give(&defaults, sizeof defaults, options, size);
}

nomen_status nomen_quantize_take(const nomen_quantize_options *given, nomen_quantize_options *own, nomen_error *err) {
    *own = defaults;
    nomen_status status = NOMEN_TAKE(nomen_quantize_options, own, given, err);
    if (status != NOMEN_OK) { return status; }
    if (own->weight_bits == 0) { own->weight_bits = defaults.weight_bits; }
    if (own->weight_bits == 7 || own->weight_bits == 8) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "weight_bits is %d, expected 7 or 8, or 0 for 8", own->weight_bits);
}

/* `unnamed`: LABEL_0,LABEL_1... of a model without names, else nothing. */
static nomen_status read_gate(const nomen_quantize_options *o, const nomen_buffer *unnamed, nomen_dataset *out,
                              nomen_error *err) {
    nomen_data_options data = {.max_rows = o->rows,
                               .skip_bad = o->skip_bad,
                               .encoding = o->encoding,
                               .max_unpacked = o->max_unpacked,
                               .tag_names = unnamed->data};
    nomen_status status = nomen_dataset_read(o->gate, &data, out, err);
    return status == NOMEN_OK && unnamed->size > 0 ? nomen_unnamed_resolve(out, err) : status;
}

/* Writes the quantised directory, then scores the floats, whose memory that gives up. */
static nomen_status write_and_score(const nomen_quantize_options *o, const nomen_dataset *gate, const char *directory,
                                    nomen_quantize_result *result, nomen_error *err) {
    nomen_model_options options = {.size = sizeof options,
                                   .tokenizer = o->tokenizer,
                                   .max_length = o->max_length,
                                   .purpose = NOMEN_FOR_WRITING,
                                   .label_names = o->label_names,
                                   .needs_names = gate != NULL && !nomen_unnamed_is(gate)};
    nomen_model *model = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_model_load(o->model, &options, &model, err));
    if (nomen_model_is_int8(model)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: is already int8; use it unchanged", o->model));
    }
    NOMEN_TRY(nomen_adapter_weights_size(o->model, &result->float_bytes, err));
    NOMEN_TRY(nomen_model_save_int8(model, directory, model->record, o->weight_bits, err));
    if (gate == NULL) { goto done; }
    NOMEN_TRY(nomen_report_unknown_labels(&model->labels, gate, NULL, 0, gate->path, err));
    NOMEN_TRY(nomen_bert_pack(&model->bert, model->values, err)); /* the floats are written, and only make this slower */
    NOMEN_TRY(nomen_evaluate_model(model, gate, &result->floats, err));
    if (result->floats.micro.support == 0) {
        NOMEN_FAIL(nomen_error_set(
            err, NOMEN_ERROR_DATA,
            "%s: has no entity, so it can't show what quantising costs; give labelled sentences that have some", gate->path));
    }
done:
    nomen_model_release(model);
    return status;
}

/* What nomen.json has of the quantising, after all it had before. New reference, or NULL. */
static json_t *make_record(const nomen_quantize_options *o, const nomen_quantize_result *r, const json_t *before) {
    json_t *quantized =
        json_pack("{s:s, s:i, s:o}", "weights", "int8", "weight_bits", o->weight_bits, "from", nomen_json_text(o->model));
    json_t *record = json_object();
    const char *key;
    json_t *value;
    bool done = quantized != NULL;
    json_object_foreach((json_t *)(uintptr_t)before, key, value) {
        done = done && json_object_set(record, key, value) == 0;
    }
    if (r->has_gate && done) {
        json_t *gate = json_pack("{s:o, s:I, s:I, s:f, s:f, s:f, s:f}", "data", nomen_json_text(o->gate), "sentences",
                                 (json_int_t)r->int8.n_sentences, "entities", (json_int_t)r->int8.micro.support, "f1_float32",
                                 r->floats.micro.f1, "f1_int8", r->int8.micro.f1, "drop", r->drop, "max_drop", o->max_drop);
        done = json_object_set_new(quantized, "gate", gate) == 0;
    }
    done = json_object_set_new(record, "quantized", quantized) == 0 && done;
    if (done) { return record; }
    json_decref(record);
    return NULL;
}

/* The model card of the floats, where there is one, with a word on what was done to them. */
static nomen_status write_card(const nomen_quantize_options *o, const nomen_quantize_result *r, const char *directory,
                               nomen_error *err) {
    nomen_buffer card = {0};
    char *from = nomen_file_join(o->model, "README.md"), *to = nomen_file_join(directory, "README.md");
    nomen_status status;
    if (from == NULL || to == NULL) { NOMEN_FAIL(nomen_error_memory(err, 1, 64)); }
    if (nomen_file_exists(from)) { NOMEN_TRY(nomen_file_read(from, &card, err)); }
    NOMEN_TRY(nomen_buffer_append_text(&card, card.size > 0 ? "\n## int8\n\n" : "# Named entity recognition\n\n", err));
    NOMEN_TRY(
        nomen_buffer_printf(&card, err,
                            "The encoder's dense layers are int8, quantised by `nomen quantize`: weights of %d bits with one "
                            "scale per row, inputs quantised row by row at run time.",
                            o->weight_bits));
    if (r->has_gate) {
        NOMEN_TRY(nomen_buffer_printf(&card, err, " On %zu sentences with %zu entities the F1 is %.4f; it was %.4f in floats.",
                                      r->int8.n_sentences, r->int8.micro.support, r->int8.micro.f1, r->floats.micro.f1));
    }
    NOMEN_TRY(nomen_buffer_append_byte(&card, '\n', err));
    NOMEN_TRY(nomen_file_write(to, card.data, card.size, err));
done:
    nomen_buffer_clear(&card);
    nomen_mem_free(from);
    nomen_mem_free(to);
    return status;
}

/*
 * Scores what was written, and where the gate is met completes it with the record of that. That it has no names was
 * reported of the floats: it is given its own.
 */
static nomen_status judge(const nomen_quantize_options *o, const nomen_dataset *gate, const nomen_buffer *unnamed,
                          const char *directory, nomen_quantize_result *result, nomen_error *err) {
    const nomen_model_options options = {.size = sizeof options, .label_names = unnamed->data};
    nomen_model *model = NULL;
    json_t *record = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_model_load(directory, &options, &model, err));
    NOMEN_TRY(nomen_weights_size(directory, &result->int8_bytes, err));
    if (gate != NULL) {
        NOMEN_TRY(nomen_evaluate_model(model, gate, &result->int8, err));
        result->has_gate = true;
        result->drop = result->floats.micro.f1 - result->int8.micro.f1;
    }
    result->met = gate == NULL || result->drop <= o->max_drop;
    if (!result->met) { goto done; }
    record = make_record(o, result, model->record);
    if (record == NULL) { NOMEN_FAIL(nomen_error_memory(err, 1, sizeof *record)); }
    NOMEN_TRY(nomen_settings_write(directory, &model->settings, record, err));
    NOMEN_TRY(write_card(o, result, directory, err));
done:
    json_decref(record);
    nomen_model_release(model);
    return status;
}

/* With the options as this version has them. */
static nomen_status quantize(const nomen_quantize_options *options, nomen_quantize_result *result, nomen_error *err) {
    nomen_quantize_result r = {0};
    nomen_dataset gate = {0};
    nomen_staging staging = {0};
    nomen_buffer unnamed = {0};
    nomen_status status;
    bool has_gate = options->gate != NULL;
    if (has_gate && !(options->max_drop >= 0 && options->max_drop <= 1)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "max_drop is %g, expected 0 to 1", options->max_drop));
    }
    NOMEN_TRY(nomen_unnamed_read(options->model, options->label_names, &unnamed, err));
    if (has_gate) { NOMEN_TRY(read_gate(options, &unnamed, &gate, err)); }
    NOMEN_TRY(nomen_staging_begin(options->output, options->overwrite, &staging, err));
    NOMEN_TRY(write_and_score(options, has_gate ? &gate : NULL, staging.temporary, &r, err));
    NOMEN_TRY(judge(options, has_gate ? &gate : NULL, &unnamed, staging.temporary, &r, err));
    NOMEN_TRY(nomen_call_check(err));
    if (r.met) { NOMEN_TRY(nomen_staging_commit(&staging, err)); }
    *result = r;
    r = (nomen_quantize_result){0};
done:
    nomen_staging_abandon(&staging);
    nomen_dataset_clear(&gate);
    nomen_buffer_clear(&unnamed);
    nomen_quantize_result_clear(&r);
    return status;
}

nomen_status nomen_quantize(const nomen_quantize_options *options, nomen_quantize_result *result, nomen_error *err) {
    nomen_quantize_options own;
    nomen_call_scope scope = {0};
    nomen_status status;
    NOMEN_TRY(nomen_quantize_take(options, &own, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(nomen_string_check(own.output, "output", err));
    NOMEN_TRY(quantize(&own, result, err));
done:
    nomen_call_leave(&scope);
    return status;
}

void nomen_quantize_result_clear(nomen_quantize_result *result) {
    nomen_report_clear(&result->floats);
    nomen_report_clear(&result->int8);
    *result = (nomen_quantize_result){0};
}
