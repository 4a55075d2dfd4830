/* What a run was asked for and what it gave, for people and for programs; see nomen/train.h. */
#include <sys/resource.h>

#include "eval/metrics.h"
#include "train/diagnosis/diagnosis.h"
#include "train/options/options.h"
#include "train/record/record.h"

nomen_status nomen_train_options_to_json(const nomen_train_options *options, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_train_options own;
    nomen_buffer text = {0};
    json_t *record = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_train_take(&own, options, err));
    NOMEN_TRY(nomen_train_record(&own, &record, err));
    status = nomen_json_append(record, true, &text, err);
done:
    json_decref(record);
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}

nomen_status nomen_train_result_to_json(const nomen_train_result *r, char **out, size_t *n_bytes, nomen_error *err) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    nomen_buffer text = {0};
    nomen_json_out json = nomen_json_start(&text, err);
    nomen_json_begin_object(&json, NULL);
    if (r->has_dev) { nomen_report_json(&json, "dev", &r->dev); }
    if (r->has_test) { nomen_report_json(&json, "test", &r->test); }
    nomen_json_begin_list(&json, "epochs");
    for (size_t i = 0; i < r->n_epochs; i++) { nomen_json_add_value(&json, NULL, nomen_epoch_json(&r->epochs[i])); }
    nomen_json_end_list(&json);
    if (r->n_evaluations > r->n_epochs) { /* some are within an epoch */
        nomen_json_begin_list(&json, "evaluations");
        for (size_t i = 0; i < r->n_evaluations; i++) {
            nomen_json_add_value(&json, NULL, nomen_evaluation_json(&r->evaluations[i]));
        }
        nomen_json_end_list(&json);
        nomen_json_add_size(&json, "best_step", r->best_step);
    }
    nomen_json_add_size(&json, "best_epoch", r->best_epoch);
    if (r->stopped_early) { nomen_json_add_bool(&json, "stopped_early", true); }
    nomen_json_add_size(&json, "steps", r->steps);
    nomen_json_add_rounded(&json, "tokens_per_second", r->tokens_per_second, 1);
    nomen_json_add_rounded(&json, "sentences_per_second", r->sentences_per_second, 1);
    nomen_json_add_value(&json, "findings", nomen_findings_json(r->findings, r->n_findings));
    nomen_json_add_int(&json, "peak_rss_bytes", (int64_t)usage.ru_maxrss * 1024);
    nomen_json_end_object(&json);
    return nomen_buffer_string(nomen_json_end_line(&json), &text, out, n_bytes, err);
}

static nomen_status append_scores(nomen_buffer *out, const char *name, size_t n_sentences, const nomen_report *report,
                                  nomen_error *err) {
    nomen_status status = nomen_buffer_printf(out, err, "\n%s (%zu sentences)\n", name, n_sentences);
    return status == NOMEN_OK ? nomen_report_text(report, out, err) : status;
}

nomen_status nomen_train_result_to_text(const nomen_train_result *r, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_status status = NOMEN_OK;
    if (r->has_dev) { status = append_scores(&text, "dev", r->n_sentences[1], &r->dev, err); }
    if (r->has_test && status == NOMEN_OK) { status = append_scores(&text, "test", r->n_sentences[2], &r->test, err); }
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}
