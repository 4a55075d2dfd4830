/* The search for a learning rate: steps at rising rates; see nomen/train.h. */
#include "base/call.h"
#include "train/find_rate.h"
#include "train/optim/layer_rates.h"
#include "train/options/options.h"
#include "train/training.h"

static void report_search(const nomen_training *r, const nomen_rate_search *s) {
    const nomen_train_state *state = &r->trainer.state;
    size_t n = s->how.n_steps;
    const nomen_train_progress progress = {
        .epoch = 1,
        .n_epochs = 1,
        .step = state->step,
        .n_steps = n,
        .loss = s->result->points[s->result->n_points - 1].smoothed,
        .tokens_per_second = state->seconds > 0 ? (double)state->n_tokens / state->seconds : 0,
        .seconds_left = state->seconds / (double)state->step * (double)(n - state->step),
        .run_step = state->step,
        .n_run_steps = n,
        .learning_rate = r->trainer.last_rate,
    };
    r->callbacks.progress(r->user, &progress);
}

/* Steps at rising rates, over as many epochs as they take. `o` are the options of the run, of which the rate changes. */
static nomen_status search(nomen_training *r, nomen_train_options *o, nomen_rate_search *s, nomen_error *err) {
    nomen_trainer *t = &r->trainer;
    nomen_train_state *state = &t->state;
    nomen_status status = NOMEN_OK;
    bool goes_on = true;
    t->diagnosis.finite_only = true;
    while (goes_on && state->step < s->how.n_steps) {
        nomen_error inner = {0};
        t->fixed_rate = s->rate;
        /*
         * The head and the CRF follow. At rates of their own they would learn from the first step on, and the loss would fall
         * most where the rate that is looked for has no part in it.
         */
        o->learning_rate = o->crf_learning_rate = s->rate;
        o->head_learning_rate = 0;
        nomen_layer_rates_set(o, &r->model->table);
        status = nomen_trainer_step(t, &inner);
        if (t->diagnosis.diverged) { break; } /* what was to be found: no rate from here on */
        if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
        double loss = state->log[state->n_log - 1].loss;
        if (loss > 0) { goes_on = nomen_rate_search_add(s, loss); } /* 0: a step without a label, which shows nothing */
        if (loss > 0 && r->callbacks.progress != NULL) { report_search(r, s); }
        if (!nomen_trainer_epoch_is_done(t)) { continue; }
        state->epoch++;
        state->position = 0;
    }
    s->result->rose |= t->diagnosis.diverged;
    status = NOMEN_OK;
    nomen_rate_search_finish(s);
done:
    return status;
}

nomen_status nomen_train_find_rate(const nomen_train_options *options, const nomen_find_rate_options *how,
                                   const nomen_train_callbacks *callbacks, void *user, nomen_rate_result *result,
                                   nomen_error *err) {
    nomen_train_options own;
    nomen_training r = {.options = &own, .user = user, .spread = {.size = 1}, .leads = true, .logs = NOMEN_RUN_LOGS_NONE};
    nomen_rate_result found = {0};
    nomen_rate_search s = {0};
    nomen_call_scope scope = {0};
    nomen_status status;
    if (callbacks != NULL) { r.callbacks = *callbacks; }
    NOMEN_TRY(nomen_train_take(&own, options, err));
    own.logging_steps = 1; /* an entry of the log is a point of the curve */
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(nomen_train_check_alone(&own, "a search for a learning rate", err));
    NOMEN_TRY(nomen_train_check_search(&own, err));
    NOMEN_TRY(nomen_rate_search_start(how, &found, &s, err));
    NOMEN_TRY(nomen_training_load(&r, err));
    NOMEN_TRY(search(&r, &own, &s, err));
    *result = found;
    found = (nomen_rate_result){0};
done:
    nomen_call_leave(&scope);
    nomen_rate_result_clear(&found);
    nomen_training_clear(&r);
    return status;
}
