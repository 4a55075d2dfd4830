/* The logs that grow while a run trains. */
#include "train/record/run_logs.h"

#include <unistd.h>

#include "base/json.h"
#include "train/options/options.h"

/* The options as TensorBoard's text page shows them best: a block of code in Markdown. */
static nomen_status make_args(const nomen_train_options *o, nomen_buffer *out, nomen_error *err) {
    json_t *record = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_train_record(o, &record, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "```json\n", err));
    NOMEN_TRY(nomen_json_append(record, true, out, err));
    status = nomen_buffer_append_text(out, "\n```\n", err);
done:
    json_decref(record);
    return status;
}

/*
 * What is purged of the run's own past: all of step `step`, as a run that was killed later may have scored it, where its
 * checkpoint is from before. A run that goes on elsewhere has nothing there to go on from.
 */
static nomen_status repeat_history(nomen_tensorboard *board, nomen_history history, size_t step, nomen_error *err) {
    nomen_history_item item;
    nomen_status status = NOMEN_OK;
    while (nomen_history_next(&history, &item)) {
        size_t at = item.entry != NULL ? item.entry->step : item.evaluation->step;
        if (board->alone || at == step) { NOMEN_TRY(nomen_tensorboard_add(board, item, err)); }
    }
done:
    return status;
}

nomen_status nomen_run_logs_open(const nomen_train_options *o, nomen_history history, size_t step, nomen_run_logs *out,
                                 nomen_error *err) {
    nomen_buffer args = {0};
    nomen_status status = NOMEN_OK;
    out->n_logged = history.n_log;
    if (o->log_csv != NULL) { NOMEN_TRY(nomen_csv_log_open(o->log_csv, history, o->overwrite, &out->csv, err)); }
    if (o->tensorboard != NULL) {
        NOMEN_TRY(make_args(o, &args, err));
        NOMEN_TRY(nomen_tensorboard_open(o->tensorboard, step, args.data, &out->tensorboard, err));
        status = repeat_history(&out->tensorboard, history, step, err);
    }
done:
    if (status != NOMEN_OK && out->csv.made) { unlink(out->csv.path); }
    if (status != NOMEN_OK && out->tensorboard.file.made) { unlink(out->tensorboard.file.path); }
    nomen_buffer_clear(&args);
    return status;
}

nomen_status nomen_run_logs_add_entries(nomen_run_logs *logs, const nomen_log_entry *log, size_t n_log, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (; logs->n_logged < n_log; logs->n_logged++) {
        const nomen_history_item item = {.entry = &log[logs->n_logged]};
        nomen_csv_log_add(&logs->csv, item);
        NOMEN_TRY(nomen_tensorboard_add(&logs->tensorboard, item, err));
    }
done:
    return status;
}

nomen_status nomen_run_logs_add_evaluation(nomen_run_logs *logs, const nomen_train_evaluation *evaluation, nomen_error *err) {
    const nomen_history_item item = {.evaluation = evaluation};
    nomen_csv_log_add(&logs->csv, item);
    return nomen_tensorboard_add(&logs->tensorboard, item, err);
}

void nomen_run_logs_close(nomen_run_logs *logs) {
    nomen_append_file_close(&logs->csv);
    nomen_tensorboard_close(&logs->tensorboard);
}
