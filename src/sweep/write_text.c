/* A sweep's table: for people, as JSON, as CSV. */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/json_out.h"
#include "base/mem.h"
#include "data/csv.h"
#include "sweep/report.h"

/* The widest text of a column: its name or a value. */
static int column_width(const nomen_sweep_report *r, size_t column) {
    size_t width = strlen(r->names[column]);
    for (size_t t = 0; t < r->n_trials; t++) {
        size_t n = strlen(r->trials[t].values[column]);
        width = n > width ? n : width;
    }
    return (int)width;
}

static nomen_status add_trial(nomen_buffer *out, const nomen_sweep_report *r, size_t t, nomen_error *err) {
    const nomen_sweep_trial *trial = &r->trials[t];
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "%4zu", t + 1));
    for (size_t i = 0; i < r->n_names; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "  %-*s", column_width(r, i), trial->values[i]));
    }
    if (isnan(trial->f1)) {
        status = nomen_buffer_printf(out, err, "  failed: %s\n", trial->problem != NULL ? trial->problem : "no score");
        goto done;
    }
    NOMEN_TRY(nomen_buffer_printf(out, err, "  %6.4f", trial->f1));
    if (r->n_seeds > 1 || r->n_folds > 1) {
        if (isnan(trial->f1_deviation)) {
            NOMEN_TRY(nomen_buffer_append_text(out, "       -", err));
        } else {
            NOMEN_TRY(nomen_buffer_printf(out, err, "  %6.4f", trial->f1_deviation));
        }
    }
    NOMEN_TRY(nomen_buffer_printf(out, err, "  %9.4f  %6.4f  %6.4f  %8.1f", trial->pooled.precision, trial->pooled.recall,
                                  trial->loss, trial->seconds));
    if (trial->n_failed > 0) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "  %zu of %zu failed: %s", trial->n_failed, trial->n_runs,
                                      trial->problem != NULL ? trial->problem : "no score"));
    }
    status = nomen_buffer_append_byte(out, '\n', err);
done:
    return status;
}

nomen_status nomen_sweep_report_to_text(const nomen_sweep_report *r, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_status status;
    bool repeated = r->n_seeds > 1 || r->n_folds > 1;
    NOMEN_TRY(nomen_buffer_printf(&text, err, "%zu trial%s", r->n_trials, r->n_trials == 1 ? "" : "s"));
    if (r->n_seeds > 1) { NOMEN_TRY(nomen_buffer_printf(&text, err, ", each with %zu seeds", r->n_seeds)); }
    if (r->n_folds > 0) { NOMEN_TRY(nomen_buffer_printf(&text, err, ", each cross-validated in %zu folds", r->n_folds)); }
    NOMEN_TRY(
        nomen_buffer_append_text(&text, repeated ? "; F1 is the mean of the runs, sd its standard deviation\n\n" : "\n\n", err));
    NOMEN_TRY(nomen_buffer_append_text(&text, "rank", err));
    for (size_t i = 0; i < r->n_names; i++) {
        NOMEN_TRY(nomen_buffer_printf(&text, err, "  %-*s", column_width(r, i), r->names[i]));
    }
    NOMEN_TRY(nomen_buffer_append_text(&text, repeated ? "      F1      sd" : "      F1", err));
    NOMEN_TRY(nomen_buffer_append_text(&text, "  precision  recall    loss   seconds\n", err));
    for (size_t t = 0; t < r->n_trials; t++) { NOMEN_TRY(add_trial(&text, r, t, err)); }
done:
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}

nomen_status nomen_sweep_report_to_json(const nomen_sweep_report *r, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_json_out json = nomen_json_start(&text, err);
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_size(&json, "seeds", r->n_seeds);
    nomen_json_add_size(&json, "folds", r->n_folds);
    nomen_json_begin_list(&json, "trials");
    for (size_t t = 0; t < r->n_trials; t++) {
        const nomen_sweep_trial *trial = &r->trials[t];
        nomen_json_begin_object(&json, NULL);
        nomen_json_begin_object(&json, "values");
        for (size_t i = 0; i < r->n_names; i++) { nomen_json_add_text(&json, r->names[i], trial->values[i]); }
        nomen_json_end_object(&json);
        nomen_json_add_size(&json, "runs", trial->n_runs);
        nomen_json_add_number(&json, "f1", trial->f1);
        nomen_json_add_number(&json, "f1_deviation", trial->f1_deviation);
        nomen_json_add_number(&json, "pooled_f1", trial->pooled.f1);
        nomen_json_add_number(&json, "pooled_precision", trial->pooled.precision);
        nomen_json_add_number(&json, "pooled_recall", trial->pooled.recall);
        nomen_json_add_size(&json, "support", trial->pooled.support);
        nomen_json_add_number(&json, "loss", trial->loss);
        nomen_json_add_rounded(&json, "seconds", trial->seconds, 1);
        nomen_json_add_size(&json, "failed", trial->n_failed);
        nomen_json_add_text(&json, "problem", trial->problem);
        nomen_json_end_object(&json);
    }
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    return nomen_buffer_string(nomen_json_end_line(&json), &text, out, n_bytes, err);
}

/* A number, or nothing where there is none. */
static nomen_status add_number(nomen_buffer *out, double number, nomen_error *err) {
    nomen_status status = nomen_buffer_append_byte(out, ',', err);
    return status == NOMEN_OK && !isnan(number) ? nomen_buffer_append_number(out, number, err) : status;
}

nomen_status nomen_sweep_write_csv(const nomen_sweep_report *r, const char *directory, nomen_error *err) {
    nomen_buffer text = {0};
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&text, "rank", err));
    for (size_t i = 0; i < r->n_names; i++) { NOMEN_TRY(nomen_buffer_printf(&text, err, ",%s", r->names[i])); }
    NOMEN_TRY(nomen_buffer_append_text(&text, ",f1,f1_deviation,pooled_f1,loss,seconds,runs,failed,problem\r\n", err));
    for (size_t t = 0; t < r->n_trials; t++) {
        const nomen_sweep_trial *trial = &r->trials[t];
        NOMEN_TRY(nomen_buffer_printf(&text, err, "%zu", t + 1));
        for (size_t i = 0; i < r->n_names; i++) {
            NOMEN_TRY(nomen_buffer_append_byte(&text, ',', err));
            NOMEN_TRY(nomen_csv_append_field(&text, trial->values[i], strlen(trial->values[i]), err));
        }
        NOMEN_TRY(add_number(&text, trial->f1, err));
        NOMEN_TRY(add_number(&text, trial->f1_deviation, err));
        NOMEN_TRY(add_number(&text, trial->n_failed < trial->n_runs ? trial->pooled.f1 : NAN, err));
        NOMEN_TRY(add_number(&text, trial->loss, err));
        NOMEN_TRY(nomen_buffer_printf(&text, err, ",%.1f,%zu,%zu,", trial->seconds, trial->n_runs, trial->n_failed));
        const char *problem = trial->problem != NULL ? trial->problem : "";
        NOMEN_TRY(nomen_csv_append_field(&text, problem, strlen(problem), err));
        NOMEN_TRY(nomen_buffer_append_text(&text, "\r\n", err));
    }
    NOMEN_TRY(NOMEN_JOIN(path, directory, "sweep.csv", err));
    status = nomen_file_write(path, text.data, text.size, err);
done:
    nomen_mem_free(path);
    nomen_buffer_clear(&text);
    return status;
}
