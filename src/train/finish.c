/* The end of a run: its best weights, the scores of the test part, the directory. */
#include <errno.h>
#include <unistd.h>

#include "base/call.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/lora_weights.h"
#include "model_dir/adapter.h"
#include "model_dir/model_adapter.h"
#include "train/record/run_report.h"
#include "train/training.h"
#include "train/save/stopped.h"

/* Stopped when all was trained: only scores are missing, and there is nothing to go on with. */
static nomen_status unscored_error(const nomen_training *r, nomen_error *err) {
    return nomen_error_set(err, r->stopped,
                           "%s while the test part was scored: the finished model is in %s, without those scores",
                           nomen_stop_name(r->stopped), r->options->output);
}

/* A run that had ended, was gone on with from a checkpoint before its end, and is stopped: what is there is better. */
static bool was_finished(const nomen_training *r) {
    return r->stopped != NOMEN_OK && r->options->resume && nomen_run_record_is_finished(r->staging.path, r->checkpoints.identity);
}

static nomen_status stopped_error(const nomen_training *r, nomen_error *err) {
    if (r->trainer.diagnosis.diverged) { return nomen_diverged_error(&r->checkpoints, &r->reason, err); }
    const char *why = nomen_status_is_stop(r->stopped) ? nomen_stop_name(r->stopped) : r->reason.message;
    return nomen_stopped_error(&r->checkpoints, r->stopped, why, err);
}

/* Where a run is stopped, saves all of it, if that is wanted. Where that fails, what was kept before counts. */
static void save_stopped(nomen_training *r) {
    nomen_error err = {0};
    bool nothing = r->stopped == NOMEN_OK || r->trainer.state.step == 0;
    if (nothing || !r->options->save_on_stop || r->trainer.diagnosis.diverged) { return; }
    r->checkpoints.ends = true;
    if (nomen_checkpoints_save(&r->checkpoints, &err) != NOMEN_OK) {
        nomen_log_warning("no checkpoint of step %zu was saved: %s", r->trainer.state.step, err.message);
    }
}

static nomen_status write_report(const nomen_training *r, nomen_error *err) {
    const nomen_examples *x = &r->trainer.examples;
    size_t n_long = 0;
    for (size_t i = 0; i < x->n; i++) { n_long += x->window_start[i + 1] - x->window_start[i] > 1; }
    const nomen_run_report report = {
        .options = r->options,
        .result = &r->result,
        .corpus = &r->corpus,
        .labels = &r->model->labels,
        .history = nomen_training_history(r),
        .dev = &r->dev,
        .test = &r->test,
        .n_steps = r->trainer.n_steps,
        .n_windows = x->window_start[x->n],
        .n_long = n_long,
        .stopped = r->stopped != NOMEN_OK ? nomen_stop_name(r->stopped) : NULL,
        .started = r->started,
        .seconds = r->trainer.state.seconds,
    };
    return nomen_run_report_write(&report, err);
}

/* Whether adapters are merged: before the test part is scored, so that the scores are those of the very weights written. */
static bool is_merged(const nomen_training *r) {
    return r->options->lora_rank > 0 && r->options->lora_export != NOMEN_LORA_ADAPTER;
}

static nomen_status remove_inside(const char *directory, const char *name, nomen_error *err) {
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, directory, name, err));
    if (unlink(path) != 0) { status = nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be removed", path); }
done:
    nomen_mem_free(path);
    return status;
}

/* The model. Its weights are in the directory since they were kept, but for those that adapters were merged into. */
static nomen_status write_model(const nomen_training *r, const json_t *record, nomen_error *err) {
    const char *directory = r->staging.temporary;
    nomen_status status;
    if (!is_merged(r)) { return nomen_model_save_around(r->model, directory, record, err); }
    NOMEN_TRY(nomen_model_save(r->model, directory, record, err));
    NOMEN_TRY(remove_inside(directory, NOMEN_LORA_FILE, err));
    status = remove_inside(directory, NOMEN_ADAPTER_CONFIG, err);
done:
    return status;
}

void nomen_training_leave_kept(nomen_training *r, nomen_error *err) {
    if (r->staging.temporary == NULL || r->trainer.state.best_step == 0) { return; }
    char *adapters = nomen_file_join(r->staging.temporary, NOMEN_LORA_FILE);
    nomen_log_warning("%s: could not be completed. The best weights, as %s that can be used, were left at %s", r->options->output,
                      adapters != NULL && nomen_file_exists(adapters) ? "adapters" : "a model", r->staging.temporary);
    nomen_mem_free(adapters);
    nomen_staging_leave(&r->staging);
    if (err != NULL && nomen_checkpoints_can_resume(&r->checkpoints)) { err->remedy = NOMEN_REMEDY_RESUME; }
}

nomen_status nomen_training_finish(nomen_training *r, nomen_error *err) {
    json_t *record = NULL;
    nomen_call_scope shield = {0};
    bool is_unscored = false;
    nomen_status status = NOMEN_OK;
    nomen_call_shield(&shield);
    if (was_finished(r)) {
        NOMEN_FAIL(nomen_error_set(err, r->stopped, "%s: the run had ended before, and its finished model stays in %s",
                                   nomen_stop_name(r->stopped), r->options->output));
    }
    save_stopped(r);
    nomen_diagnosis_take(&r->trainer.diagnosis, &r->result.findings, &r->result.n_findings);
    if (r->stopped != NOMEN_OK && r->trainer.state.best_step == 0) { NOMEN_FAIL(stopped_error(r, err)); }
    /* Those of the last step are in the model, unless their average is what was kept. */
    if (r->trainer.state.best_step != r->trainer.state.step || r->options->ema_decay > 0) {
        NOMEN_TRY(nomen_trainer_restore(&r->trainer, r->staging.temporary, err));
    }
    if (is_merged(r)) { NOMEN_TRY(nomen_model_merge_lora(r->model, err)); }
    if (r->corpus.test.dataset != NULL && r->stopped == NOMEN_OK) {
        nomen_error inner = {0};
        nomen_call_leave(&shield);
        status = nomen_trainer_score(&r->trainer, &r->corpus.test, &r->result.test, &inner);
        nomen_call_shield(&shield);
        r->result.has_test = status == NOMEN_OK;
        if (status == NOMEN_OK) { nomen_review_move(&r->scored, &r->test); }
        if (nomen_status_is_stop(status)) { /* the weights are there: only the scores are missed */
            r->stopped = status;
            is_unscored = true;
        } else if (status != NOMEN_OK) {
            NOMEN_FAIL(nomen_error_pass(err, &inner));
        }
    }
    NOMEN_TRY(
        nomen_run_record(r->options, &r->result, r->checkpoints.identity, r->stopped == NOMEN_OK || is_unscored, &record, err));
    NOMEN_TRY(write_model(r, record, err));
    NOMEN_TRY(nomen_trainer_state_write(r->staging.temporary, r->options, &r->result, NULL, r->trainer.state.log,
                                        r->trainer.state.n_log, err));
    NOMEN_TRY(nomen_card_write(r->staging.temporary, r->model, r->options, &r->result, err));
    NOMEN_TRY(nomen_checkpoints_carry(&r->checkpoints, r->stopped == NOMEN_OK || is_unscored, err));
    if (r->options->report != NULL) { NOMEN_TRY(write_report(r, err)); }
    NOMEN_TRY(nomen_staging_commit(&r->staging, err));
    r->is_written = true;
    if (r->stopped != NOMEN_OK) { NOMEN_FAIL(is_unscored ? unscored_error(r, err) : stopped_error(r, err)); }
done:
    if (status == NOMEN_ERROR_IO && !r->is_written) { nomen_training_leave_kept(r, err); }
    nomen_call_leave(&shield);
    json_decref(record);
    return status;
}
