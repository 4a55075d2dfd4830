/* Evaluation for other programs, of datasets and of files; see nomen/evaluate.h. */
#include "nomen/evaluate.h"

#include "base/call.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/options.h"
#include "data/read.h"
#include "decode/text_decoder.h"
#include "eval/evaluate.h"
#include "eval/predictions.h"
#include "eval/unnamed.h"

struct nomen_evaluation {
    nomen_details details;
};

/* An evaluation in its making: the options, with their defaults, and what they come to. */
typedef struct evaluation_run {
    nomen_evaluate_options options;
    nomen_request request;
    nomen_judge_options judging;
    nomen_call_scope scope;
    nomen_evaluation *result;
    /* Of files: */
    nomen_evaluate_files files;
    nomen_data_options reading;
    nomen_model_options loading;
    nomen_buffer unnamed; /* LABEL_0... of a model without names */
    nomen_dataset gold, train, against, predicted;
} evaluation_run;

static nomen_status start(evaluation_run *r, const nomen_evaluate_options *options, nomen_error *err) {
    nomen_evaluate_options *o = &r->options;
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_evaluate_options, o, options, err));
    NOMEN_TRY(NOMEN_TAKE(nomen_request, &r->request, o->request, err));
    NOMEN_TRY(nomen_request_check(&r->request, err));
    NOMEN_TRY(nomen_call_enter(&r->scope, r->request.call, err));
    r->judging = (nomen_judge_options){.scorer = {.details = true, .replicates = o->replicates, .seed = o->seed},
                                       .train = o->train,
                                       .against = o->against,
                                       .errors = o->errors,
                                       .plain_text = o->plain_text};
    r->judging.scorer.confidence = o->confidence;
    NOMEN_TRY(NOMEN_NEW(r->result, 1, err));
done:
    return status;
}

/* Hands the result over, unless something failed, and frees the rest. */
static nomen_status finish(evaluation_run *r, nomen_status status, nomen_evaluation **out) {
    nomen_call_leave(&r->scope);
    if (status == NOMEN_OK) {
        *out = r->result;
    } else {
        nomen_evaluation_free(r->result);
    }
    nomen_dataset_clear(&r->predicted);
    nomen_dataset_clear(&r->against);
    nomen_dataset_clear(&r->train);
    nomen_dataset_clear(&r->gold);
    nomen_buffer_clear(&r->unnamed);
    return status;
}

static nomen_status evaluate_model(evaluation_run *r, const nomen_model *model, const nomen_dataset *gold, nomen_error *err) {
    nomen_status status = nomen_report_unknown_labels(&model->labels, gold, NULL, 0, gold->path, err);
    if (status != NOMEN_OK) { return status; }
    return nomen_evaluate_details(model, gold, &r->judging, &r->request, &r->result->details, err);
}

nomen_status nomen_evaluate_dataset(const nomen_model *model, const nomen_dataset *gold, const nomen_evaluate_options *options,
                                    nomen_evaluation **out, nomen_error *err) {
    evaluation_run r = {0};
    nomen_status status;
    NOMEN_TRY(start(&r, options, err));
    NOMEN_TRY(nomen_model_check_use(model, err));
    status = evaluate_model(&r, model, gold, err);
done:
    return finish(&r, status, out);
}

nomen_status nomen_evaluate_predictions(const nomen_dataset *predicted, const nomen_dataset *gold,
                                        const nomen_evaluate_options *options, nomen_evaluation **out, nomen_error *err) {
    evaluation_run r = {0};
    nomen_status status;
    NOMEN_TRY(start(&r, options, err));
    status = nomen_compare(predicted, gold, &r.judging, &r.result->details, err);
done:
    return finish(&r, status, out);
}

/* A model without names is scored on tags that are LABEL_n or numbers, and has to get names for any others. */
static nomen_status prepare_unnamed(evaluation_run *r, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (r->files.model != NULL) { status = nomen_unnamed_read(r->files.model, r->loading.label_names, &r->unnamed, err); }
    if (status == NOMEN_OK && r->unnamed.size > 0 && r->reading.tag_names == NULL) { r->reading.tag_names = r->unnamed.data; }
    return status;
}

static nomen_status resolve_unnamed(evaluation_run *r, nomen_error *err) {
    nomen_status status;
    if (r->unnamed.size == 0) { return NOMEN_OK; }
    r->loading.needs_names = !nomen_unnamed_is(&r->gold);
    NOMEN_TRY(nomen_unnamed_resolve(&r->gold, err));
    status = nomen_unnamed_resolve(&r->train, err);
done:
    return status;
}

/* Reads tags of the gold's sentences, in the gold's scheme where they can be; *recut is set where they had to be cut again. */
static nomen_status read_predictions(evaluation_run *r, const char *path, nomen_dataset *out, bool *recut, nomen_error *err) {
    nomen_data_options reading = r->reading;
    bool changed = false;
    reading.keep_found = true;
    reading.like = r->gold.scheme;
    if (r->files.predictions_scheme != NOMEN_SCHEME_AUTO) { reading.scheme = r->files.predictions_scheme; }
    nomen_status status = nomen_dataset_read(path, &reading, out, err);
    if (status == NOMEN_OK && r->unnamed.size > 0) { status = nomen_unnamed_resolve(out, err); }
    if (status == NOMEN_OK) { status = nomen_predictions_recut(out, &r->gold, reading.misaligned, &changed, err); }
    *recut = *recut || changed;
    return status;
}

static nomen_status read_files(evaluation_run *r, nomen_error *err) {
    nomen_data_options all_rows = r->reading, found = r->reading;
    bool recut = false;
    nomen_status status;
    all_rows.max_rows = 0; /* the limit is of what is scored */
    found.keep_found = true;
    NOMEN_TRY(nomen_dataset_read(r->files.gold, &found, &r->gold, err));
    if (r->files.train != NULL) {
        NOMEN_TRY(nomen_dataset_read(r->files.train, &all_rows, &r->train, err));
        r->judging.train = &r->train;
    }
    NOMEN_TRY(resolve_unnamed(r, err));
    if (r->files.against != NULL) {
        NOMEN_TRY(read_predictions(r, r->files.against, &r->against, &recut, err));
        r->judging.against = &r->against;
    }
    if (r->files.predictions != NULL) {
        nomen_dataset *const all[] = {&r->gold, &r->predicted, r->judging.against != NULL ? &r->against : NULL};
        NOMEN_TRY(read_predictions(r, r->files.predictions, &r->predicted, &recut, err));
        if (!recut) { nomen_predictions_match_schemes(all, 3); } /* else some are entities on words, as IOB2 */
    }
done:
    return status;
}

static nomen_status load_and_evaluate(evaluation_run *r, nomen_error *err) {
    nomen_model *model = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_model_load(r->files.model, &r->loading, &model, err));
    if (r->judging.against == NULL) { nomen_predictions_match_labels(&r->gold, &model->labels); } /* else as the other system's */
    status = evaluate_model(r, model, &r->gold, err);
done:
    nomen_model_release(model);
    return status;
}

nomen_status nomen_evaluate_files_run(const nomen_evaluate_files *files, const nomen_evaluate_options *options,
                                      nomen_evaluation **out, nomen_error *err) {
    evaluation_run r = {0};
    nomen_status status;
    NOMEN_TRY(start(&r, options, err));
    NOMEN_TRY(NOMEN_TAKE(nomen_evaluate_files, &r.files, files, err));
    NOMEN_TRY(NOMEN_TAKE(nomen_data_options, &r.reading, r.files.reading, err));
    NOMEN_TRY(NOMEN_TAKE(nomen_model_options, &r.loading, r.files.loading, err));
    NOMEN_TRY(
        nomen_value_check(nomen_scheme_name(r.files.predictions_scheme), (int)r.files.predictions_scheme, "tag scheme", err));
    r.judging.train = r.judging.against = NULL;
    if (r.files.gold == NULL || (r.files.model == NULL) == (r.files.predictions == NULL)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "an evaluation needs a labelled file, and either a model or predictions to score"));
    }
    NOMEN_TRY(prepare_unnamed(&r, err));
    NOMEN_TRY(read_files(&r, err));
    status = r.files.model != NULL ? load_and_evaluate(&r, err)
                                   : nomen_compare(&r.predicted, &r.gold, &r.judging, &r.result->details, err);
done:
    return finish(&r, status, out);
}

void nomen_evaluation_free(nomen_evaluation *evaluation) {
    if (evaluation == NULL) { return; }
    nomen_details_clear(&evaluation->details);
    nomen_mem_free(evaluation);
}

const char *nomen_mean_name(nomen_mean mean) {
    static const char *const names[] = {"micro", "macro", "weighted", NULL};
    return nomen_name_of(names, (int)mean);
}

nomen_prf nomen_evaluation_get_score(const nomen_evaluation *evaluation, nomen_mean mean) {
    const nomen_report *report = &evaluation->details.report;
    return mean == NOMEN_MEAN_MACRO ? report->macro : mean == NOMEN_MEAN_WEIGHTED ? report->weighted : report->micro;
}

const char *nomen_evaluation_get_type(const nomen_evaluation *evaluation, size_t i, nomen_prf *score) {
    const nomen_report *report = &evaluation->details.report;
    if (i >= report->n_types) { return NULL; }
    if (score != NULL) { *score = report->per_type[i]; }
    return report->types[i];
}

const nomen_details *nomen_evaluation_get_details(const nomen_evaluation *evaluation) {
    return &evaluation->details;
}

nomen_status nomen_evaluation_to_text(const nomen_evaluation *evaluation, unsigned parts, char **out, size_t *n_bytes,
                                      nomen_error *err) {
    nomen_buffer text = {0};
    return nomen_buffer_string(nomen_details_text(&evaluation->details, parts, &text, err), &text, out, n_bytes, err);
}

nomen_status nomen_evaluation_to_json(const nomen_evaluation *evaluation, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_status status = nomen_details_json(&evaluation->details, &text, err);
    if (status == NOMEN_OK) { status = nomen_buffer_append_byte(&text, '\n', err); }
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}

nomen_status nomen_evaluation_to_conlleval(const nomen_evaluation *evaluation, char **out, size_t *n_bytes, nomen_error *err) {
    return nomen_details_to_conlleval(&evaluation->details, out, n_bytes, err);
}
