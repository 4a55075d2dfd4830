/* A run of training from its options to its end; see nomen/train.h. */
#include "nomen/train.h"

#include <time.h>

#include "base/call.h"
#include "base/mem.h"
#include "train/options/options.h"
#include "train/training.h"
#include "train/save/stopped.h"

nomen_status nomen_train(const nomen_train_options *options, const nomen_train_callbacks *callbacks, void *user,
                         nomen_train_result *result, nomen_error *err) {
    nomen_train_options own;
    nomen_training r = {.options = &own, .user = user, .logs = NOMEN_RUN_LOGS_NONE, .started = (long long)time(NULL)};
    nomen_call_scope scope = {0};
    nomen_error inner = {0};
    if (callbacks != NULL) { r.callbacks = *callbacks; }
    nomen_status status;
    NOMEN_TRY(nomen_train_take(&own, options, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    status = nomen_training_prepare(&r, &inner);
    if (nomen_status_is_stop(status)) { NOMEN_FAIL(nomen_nothing_written(r.options, status, err)); }
    if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
    NOMEN_TRY(nomen_training_run(&r, err));
    NOMEN_TRY(nomen_training_finish(&r, err));
done:
    nomen_call_leave(&scope);
    nomen_training_clear(&r);
    if (status == NOMEN_OK || nomen_status_is_stop(status) || r.is_written) {
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
