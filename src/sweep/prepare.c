/* Before the first run of a sweep: what is refused, and where it goes. */
#include "base/call.h"
#include "base/mem.h"
#include "sweep/place.h"
#include "sweep/state.h"
#include "sweep/trials.h"
#include "train/options/options.h"
#include "train/save/run_identity.h"

static nomen_status check_scoring(const nomen_sweep_state *s, nomen_error *err) {
    const nomen_train_options *base = &s->base;
    if (s->options->folds == 1 || s->options->folds > 1000) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%zu folds: expected 2 to 1000", s->options->folds);
    }
    if (base->folds > 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "folds: a sweep goes through all folds by itself, by its own number of them");
    }
    if (base->log_csv != NULL || base->tensorboard != NULL || base->report != NULL) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "%s: each run would replace the record of the one before; leave it out, and train the best setting "
            "with it",
            base->log_csv != NULL       ? "log_csv"
            : base->tensorboard != NULL ? "tensorboard"
                                        : "report");
    }
    bool has_dev = base->dev != NULL || (base->test == NULL && base->split[1] > 0);
    if (s->options->folds == 0 && !has_dev) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "there is no dev part to compare the trials on; give one, or cross-validate");
    }
    if (s->options->folds == 0 && s->options->n_axes == 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "there is nothing to try; give hyper-parameters with their values");
    }
    return NOMEN_OK;
}

/* The options of run number `run`, whose output is `output`. */
nomen_status nomen_sweep_make_options(const nomen_sweep_state *s, size_t run, const char *output, nomen_train_options *out,
                                      nomen_error *err) {
    const nomen_sweep_entry *entry = &s->ledger.runs[run];
    *out = s->base;
    out->call = NULL;
    out->output = output;
    out->overwrite = out->resume = false;
    if (s->options->folds > 0) {
        out->folds = s->options->folds;
        out->fold = entry->fold + 1;
    }
    return nomen_axes_set(&s->axes, entry->trial, entry->seed, out, err);
}

/* Every trial's values must go together, or hours would pass before one is refused. */
static nomen_status check_trials(const nomen_sweep_state *s, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < s->ledger.n_runs && status == NOMEN_OK; i++) {
        nomen_train_options options;
        NOMEN_TRY(nomen_call_check(err));
        NOMEN_TRY(nomen_sweep_make_options(s, i, s->base.output, &options, err));
        options.overwrite = s->base.overwrite; /* the place is the sweep's own, where the runs' will be */
        options.resume = s->base.resume;
        status = nomen_train_check_within(&options, err);
    }
done:
    return status;
}

static nomen_status open_directory(nomen_sweep_state *s, nomen_error *err) {
    json_t *identity = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_run_identity(&s->base, NULL, NULL, &identity, err));
    NOMEN_TRY(nomen_sweep_open_place(&s->base, &s->directory, &s->fresh, err));
    NOMEN_TRY(nomen_ledger_begin(&s->ledger, s->options, identity, &s->inputs, err));
    NOMEN_TRY(nomen_ledger_read(&s->ledger, &s->axes, err));
    s->is_open = true;
done:
    json_decref(identity);
    return status;
}

/* What the runs share, with the first trial's values: without those, what goes with them may have no effect. */
static nomen_status check_shared(const nomen_sweep_state *s, nomen_error *err) {
    nomen_train_options first = s->base;
    nomen_status status = nomen_axes_set(&s->axes, 0, 0, &first, err);
    return status == NOMEN_OK ? nomen_train_check_within(&first, err) : status;
}

nomen_status nomen_sweep_prepare(nomen_sweep_state *s, nomen_error *err) {
    nomen_status status;
    if (s->options->train == NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "train: what the runs share is required"));
    }
    NOMEN_TRY(nomen_train_take(&s->base, s->options->train, err));
    NOMEN_TRY(nomen_train_check_alone(&s->base, "a sweep", err));
    NOMEN_TRY(nomen_sweep_check_place(&s->base, err));
    NOMEN_TRY(check_scoring(s, err));
    NOMEN_TRY(nomen_axes_make(s->options, &s->base, &s->axes, err));
    NOMEN_TRY(check_shared(s, err));
    NOMEN_TRY(nomen_ledger_make(s->base.output, &s->axes, s->options->folds, &s->ledger, err));
    NOMEN_TRY(check_trials(s, err));
    NOMEN_TRY(nomen_sweep_inputs_read(&s->base, &s->axes, NULL, &s->inputs, err));
    status = open_directory(s, err);
done:
    return status;
}
