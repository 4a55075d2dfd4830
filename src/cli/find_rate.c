/* nomen train --find-lr. */
#include "cli/find_rate.h"

#include <string.h>

#include "cli/cli.h"
#include "nomen/runtime.h"

void nomen_cli_find_rate_check(struct argp_state *state, const nomen_train_options *o, const nomen_cli_recipe *recipe,
                               const nomen_cli_saving *saving) {
    static const char *const useless[] = {"learning-rate",
                                          "epochs",
                                          "lr-scheduler-type",
                                          "lr-scheduler-kwargs",
                                          "warmup-ratio",
                                          "warmup-steps",
                                          "logging-steps",
                                          "load-best-model-at-end",
                                          "eval-steps",
                                          "metric-for-best-model",
                                          "early-stopping-patience",
                                          "early-stopping-threshold",
                                          "ema-decay",
                                          "lora-export"};
    const char *found = o->resume                 ? "resume"
                        : o->output != NULL       ? "output"
                        : o->overwrite            ? "overwrite"
                        : saving->steps != NULL   ? "save-steps"
                        : saving->minutes != NULL ? "save-minutes"
                        : o->save_total_limit > 0 ? "save-total-limit"
                        : o->save_top_k > 0       ? "save-top-k"
                        : o->log_csv != NULL      ? "log-csv"
                        : o->tensorboard != NULL  ? "tensorboard"
                        : o->report != NULL       ? "report"
                                                  : NULL;
    for (size_t i = 0; i < recipe->n_parameters; i++) {
        for (size_t k = 0; k < sizeof useless / sizeof *useless; k++) {
            if (strcmp(recipe->parameters[i].name, useless[k]) == 0) { found = useless[k]; }
        }
    }
    if (found != NULL) { argp_error(state, "--%s: has no effect with --find-lr, which writes no model; leave it out", found); }
    if (o->model == NULL || o->train == NULL) {
        argp_error(state, "%s is required; at least: --find-lr --model DIR --train FILE",
                   o->model == NULL ? "--model DIR" : "--train FILE");
    }
}

nomen_status nomen_cli_find_rate(const nomen_train_options *options, const nomen_find_rate_options *finding,
                                 const nomen_train_callbacks *callbacks, void *user, bool json, nomen_error *err) {
    nomen_rate_result found = {0};
    char *text = NULL;
    size_t n_bytes = 0;
    nomen_status status = nomen_train_find_rate(options, finding, callbacks, user, &found, err);
    nomen_cli_clear_bar();
    if (status == NOMEN_OK) {
        status = json ? nomen_rate_result_to_json(&found, &text, &n_bytes, err)
                      : nomen_rate_result_to_text(&found, &text, &n_bytes, err);
        status = nomen_cli_write_string(status, text, n_bytes, err);
    }
    nomen_rate_result_clear(&found);
    return status;
}
