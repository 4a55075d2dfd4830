/* A run of training from its options to its end; see nomen/train.h. */
#include "nomen/train.h"

#include <time.h>

#include "base/call.h"
#include "base/mem.h"
#include "train/options/options.h"
#include "train/training.h"
#include "train/save/stopped.h"

static void say_nothing(void *user, nomen_log_level level, const char *message) {
    (void)user, (void)level, (void)message;
}

/* Joins the other processes, where there are any; `own` are the options that all of them train by. */
static nomen_status join(nomen_training *r, nomen_train_options *own, nomen_error *err) {
    nomen_call call = {.size = sizeof call};
    nomen_status status;
    if (!own->spread) { return NOMEN_OK; }
    NOMEN_TRY(nomen_spread_open(&r->spread, err));
    r->leads = nomen_spread_leads(&r->spread);
    if (r->spread.size == 1) { goto done; }
    own->reduce_by_batch = true;
    own->gradient_accumulation_steps *= r->spread.size;
    call.cancel = r->spread.lost;
    if (!r->leads) {
        own->overwrite = true; /* what stands at the output is the first process's to judge, and its own by now */
        own->log_csv = own->tensorboard = own->report = NULL;
        r->callbacks = (nomen_train_callbacks){0};
        call.log = say_nothing;
    }
    r->joined = nomen_call_enter(&r->together, &call, NULL);
done:
    return status;
}

/* Leaves the others. An error that only this process knows of is given its name. */
static void part(nomen_training *r, nomen_status status, nomen_error *err) {
    nomen_error named = {0};
    char name[128];
    nomen_call_leave(&r->together);
    if (!r->leads && !r->spread.agreed && status != NOMEN_OK && !nomen_status_is_stop(status) && err != NULL) {
        nomen_spread_name(&r->spread, r->spread.rank, name, sizeof name);
        nomen_error_set_remedy(&named, err->status, err->remedy, "%s: %s", name, err->message);
        *err = named;
    }
    nomen_spread_close(&r->spread, status);
}

/* What a process that leads nothing returns once all have trained: the first one says why a run ended early. */
static nomen_status follow(const nomen_training *r, nomen_error *err) {
    if (r->stopped == NOMEN_OK) { return NOMEN_OK; }
    return nomen_call_set_stop(err, nomen_status_is_stop(r->stopped) ? r->stopped : NOMEN_ERROR_INTERRUPTED);
}

static nomen_status run(nomen_training *r, nomen_error *err) {
    nomen_error inner = {0};
    nomen_status status = nomen_training_prepare(r, &inner);
    if (nomen_status_is_stop(status)) { NOMEN_FAIL(nomen_nothing_written(r->options, status, err)); }
    if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
    r->has_begun = true;
    status = nomen_training_run(r, err);
done:
    part(r, status, err); /* what is left to do is the first one's alone */
    if (status != NOMEN_OK) {
        /* A checkpoint that was saved since has them, too. */
        const bool only_there = !r->checkpoints.has_saved || r->checkpoints.saved_step < r->trainer.state.best_step;
        if (r->has_begun && r->leads && only_there) { nomen_training_leave_kept(r, err); }
        return status;
    }
    return r->leads ? nomen_training_finish(r, err) : follow(r, err);
}

nomen_status nomen_train(const nomen_train_options *options, const nomen_train_callbacks *callbacks, void *user,
                         nomen_train_result *result, nomen_error *err) {
    nomen_train_options own;
    nomen_training r = {.options = &own,
                        .user = user,
                        .spread = {.size = 1},
                        .leads = true,
                        .logs = NOMEN_RUN_LOGS_NONE,
                        .started = (long long)time(NULL)};
    nomen_call_scope scope = {0};
    nomen_error problem = {0};
    bool is_told; /* the caller gets the results so far */
    if (callbacks != NULL) { r.callbacks = *callbacks; }
    nomen_status status;
    NOMEN_TRY(nomen_train_take(&own, options, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(join(&r, &own, err));
    status = run(&r, &problem);
    if (status != NOMEN_OK) { nomen_error_pass(err, &problem); }
done:
    is_told = status == NOMEN_OK || nomen_status_is_stop(status) || r.is_written || r.trainer.diagnosis.diverged ||
              (status == NOMEN_ERROR_IO && r.has_begun && r.trainer.state.best_step > 0);
    nomen_call_leave(&scope);
    nomen_training_clear(&r);
    if (is_told) {
        *result = r.result;
    } else {
        nomen_train_result_clear(&r.result);
    }
    return status;
}

void nomen_train_result_clear(nomen_train_result *result) {
    nomen_mem_free(result->epochs);
    nomen_mem_free(result->evaluations);
    nomen_mem_free(result->top);
    nomen_findings_clear_list(result->findings, result->n_findings);
    nomen_report_clear(&result->dev);
    nomen_report_clear(&result->test);
    *result = (nomen_train_result){0};
}
