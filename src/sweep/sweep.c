/* A sweep from its options to its table; see nomen/sweep.h. */
#include "nomen/sweep.h"

#include <math.h>

#include "base/call.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/tree.h"
#include "sweep/place.h"
#include "sweep/report.h"
#include "sweep/state.h"
#include "train/options/options.h"

/* OUT/best.json: the hyper-parameters of the best trial, for nomen_train_load_recipe. */
static nomen_status write_best(const nomen_sweep_state *s, const nomen_sweep_report *report, nomen_error *err) {
    nomen_train_options options = s->base;
    json_t *record = NULL;
    char *path = NULL;
    nomen_status status = NOMEN_OK;
    if (report->n_trials == 0 || isnan(report->trials[0].f1)) { return NOMEN_OK; }
    for (size_t i = 0; i < report->n_names; i++) {
        NOMEN_TRY(nomen_train_set(&options, report->names[i], report->trials[0].values[i], err));
    }
    NOMEN_TRY(nomen_train_record(&options, &record, err));
    NOMEN_TRY(NOMEN_JOIN(path, s->base.output, "best.json", err));
    status = nomen_json_write(path, record, err);
done:
    json_decref(record);
    nomen_mem_free(path);
    return status;
}

/* The table in all its forms; *out is for the caller to free, whether this fails or not. */
static nomen_status write_tables(const nomen_sweep_state *s, nomen_sweep_report **out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_sweep_report_make(&s->axes, &s->ledger, s->options->folds, out, err));
    NOMEN_TRY(write_best(s, *out, err));
    NOMEN_TRY(nomen_sweep_write_csv(*out, s->base.output, err));
    status = nomen_sweep_write_html(*out, &s->base, s->base.output, err);
done:
    return status;
}

/* Of a sweep that ends early. The error that ended it is what counts: one of this is not told. */
static void write_what_is_done(const nomen_sweep_state *s) {
    nomen_sweep_report *report = NULL;
    nomen_call_scope scope = {0};
    size_t n_trained = 0;
    for (size_t i = 0; s->is_open && i < s->ledger.n_runs; i++) {
        n_trained += s->ledger.runs[i].done && !s->ledger.runs[i].refused;
    }
    if (n_trained == 0) { return; }
    nomen_call_shield(&scope);
    (void)write_tables(s, &report, NULL);
    nomen_call_leave(&scope);
    nomen_sweep_report_free(report);
}

static bool has_score(const nomen_sweep_state *s) {
    bool any = false;
    for (size_t i = 0; i < s->ledger.n_runs; i++) { any = any || !isnan(s->ledger.runs[i].f1); }
    return any;
}

/* Where no run has a score, what the first of them said is said of the sweep. */
static nomen_status check_any(const nomen_sweep_state *s, nomen_error *err) {
    if (has_score(s)) { return NOMEN_OK; }
    const char *problem = s->ledger.runs[0].problem;
    return nomen_error_set(err, s->failure != NOMEN_OK ? s->failure : NOMEN_ERROR_DATA,
                           "no run has a score, of %zu; the first that failed: %s", s->ledger.n_runs,
                           problem != NULL ? problem : "its scores are no numbers");
}

static nomen_status run_all(nomen_sweep_state *s, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (s->run = 0; s->run < s->ledger.n_runs; s->run++) {
        const nomen_sweep_entry *entry = &s->ledger.runs[s->run];
        if (entry->done) {
            nomen_sweep_report_run(s, s->run, true);
        } else {
            NOMEN_TRY(nomen_sweep_run_one(s, err));
        }
        if (!isnan(entry->f1)) { nomen_sweep_drop_replaced(s->base.output); }
    }
    status = check_any(s, err);
done:
    return status;
}

/* What was replaced comes back, and an error that speaks of the new sweep says so. */
static void restore(const nomen_sweep_state *s, nomen_error *err) {
    nomen_error inner = {0};
    const nomen_status status = nomen_sweep_restore_replaced(s->base.output, &inner);
    if (err == NULL) { return; }
    const nomen_error before = *err;
    *err = (nomen_error){0};
    if (status != NOMEN_OK) {
        nomen_error_set(err, before.status, "%s; what stood in %s before is not all back: %s", before.message, s->base.output,
                        inner.message);
    } else if (nomen_status_is_stop(before.status)) {
        nomen_error_set(err, before.status, "%s before the first run had anything to show; what stood in %s before stays",
                        before.status == NOMEN_ERROR_TIMEOUT ? "out of time" : "interrupted", s->base.output);
    } else {
        nomen_error_set_remedy(err, before.status, before.remedy, "%s; what stood in %s before stays", before.message,
                               s->base.output);
    }
}

/*
 * Gives up the directory. What failed before it did anything leaves nothing, or what it was to replace, as does what came to its
 * end without a score; a run that was stopped, or failed later, may have a checkpoint there.
 */
static void close_place(nomen_sweep_state *s, nomen_status status, nomen_error *err) {
    const bool here = status != NOMEN_OK && (s->fresh || s->is_open), fails = here && !nomen_sweep_has_begun(s);
    const bool ends_without = here && s->run == s->ledger.n_runs && !has_score(s);
    const bool restores = (fails || ends_without) && nomen_sweep_has_replaced(s->base.output);
    if (restores) { restore(s, err); }
    nomen_run_directory_close(&s->directory);
    if (fails && !restores && s->fresh && !nomen_status_is_stop(status)) { nomen_tree_discard(s->base.output); }
}

nomen_status nomen_sweep(const nomen_sweep_options *given, const nomen_sweep_callbacks *callbacks, void *user,
                         nomen_sweep_report **out, nomen_error *err) {
    nomen_sweep_options own = {0};
    nomen_sweep_state s = {.options = &own, .user = user};
    nomen_call_scope scope = {0};
    nomen_sweep_report *report = NULL;
    nomen_status status;
    if (callbacks != NULL) { s.callbacks = *callbacks; }
    NOMEN_TRY(NOMEN_TAKE(nomen_sweep_options, &own, given, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(nomen_sweep_prepare(&s, err));
    NOMEN_TRY(run_all(&s, err));
    NOMEN_TRY(write_tables(&s, &report, err));
    *out = report;
    report = NULL;
done:
    nomen_sweep_report_free(report);
    nomen_call_leave(&scope);
    if (status != NOMEN_OK) { write_what_is_done(&s); }
    close_place(&s, status, err);
    nomen_sweep_inputs_clear(&s.inputs);
    nomen_ledger_clear(&s.ledger);
    nomen_axes_clear(&s.axes);
    return status;
}
