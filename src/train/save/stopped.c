/* What a run that was stopped says: what there is of it, and whether it can go on. */
#include "train/save/stopped.h"

#include <stdio.h>

const char *nomen_stop_name(nomen_status stopped) {
    return stopped == NOMEN_ERROR_TIMEOUT       ? "out of time"
           : stopped == NOMEN_ERROR_INTERRUPTED ? "interrupted"
           : stopped == NOMEN_ERROR_IO          ? "a disk failed"
                                                : "training has diverged";
}

/* Whether weights are kept after epochs alone, and not after evaluations within them. */
static bool keeps_epochs(const nomen_train_options *o) {
    return o->eval_steps == 0 || !o->keep_best;
}

nomen_status nomen_nothing_written(const nomen_train_options *o, nomen_status stopped, nomen_error *err) {
    if (o->resume) {
        return nomen_error_set_remedy(err, stopped, NOMEN_REMEDY_RESUME, "%s before the run went on; %s is as it was",
                                      nomen_stop_name(stopped), o->output);
    }
    return nomen_error_set(err, stopped, "%s before the first %s was finished; nothing was written", nomen_stop_name(stopped),
                           keeps_epochs(o) ? "epoch" : "evaluation");
}

/* Of a run without best weights. `why` is a whole message where it is not the name of a stop. */
static nomen_status too_early_error(const nomen_checkpoints *c, nomen_status stopped, const char *why, nomen_error *err) {
    const nomen_train_options *o = c->options;
    const char *unit = keeps_epochs(o) ? "epoch" : "evaluation", *output = o->output;
    const size_t step = c->saved_step, n_steps = c->trainer->n_steps;
    if (nomen_status_is_stop(stopped)) {
        if (!nomen_checkpoints_can_resume(c)) { return nomen_nothing_written(o, stopped, err); }
        return nomen_error_set_remedy(err, stopped, NOMEN_REMEDY_RESUME,
                                      "%s before the first %s was finished; step %zu of %zu is in %s/checkpoint-%zu", why, unit,
                                      step, n_steps, output, step);
    }
    if (!nomen_checkpoints_can_resume(c)) {
        return nomen_error_set(err, stopped, "%s. No %s was finished, and nothing was written", why, unit);
    }
    return nomen_error_set_remedy(err, stopped, NOMEN_REMEDY_RESUME,
                                  "%s. No %s was finished; step %zu of %zu is in %s/checkpoint-%zu", why, unit, step, n_steps,
                                  output, step);
}

/* What is kept of a run that was stopped: "the best finished epoch, 1 of 3", or "the best evaluation, after step 40 of 90". */
static void name_kept(const nomen_checkpoints *c, char out[96]) {
    const nomen_train_state *s = &c->trainer->state;
    if (keeps_epochs(c->options)) {
        snprintf(out, 96, "the best finished epoch, %zu of %zu", s->best_epoch, c->options->epochs);
    } else {
        snprintf(out, 96, "the best evaluation, after step %zu of %zu", s->best_step, c->trainer->n_steps);
    }
}

nomen_status nomen_stopped_error(const nomen_checkpoints *c, nomen_status stopped, const char *why, nomen_error *err) {
    const char *output = c->options->output;
    size_t step = c->saved_step, n_steps = c->trainer->n_steps;
    char kept[96];
    if (c->trainer->state.best_step == 0) { return too_early_error(c, stopped, why, err); }
    name_kept(c, kept);
    if (!nomen_checkpoints_can_resume(c)) { return nomen_error_set(err, stopped, "%s: %s, is in %s", why, kept, output); }
    return nomen_error_set_remedy(err, stopped, NOMEN_REMEDY_RESUME, "%s: %s, is in %s; step %zu of %zu is in %s/checkpoint-%zu",
                                  why, kept, output, step, n_steps, output, step);
}

nomen_status nomen_diverged_error(const nomen_checkpoints *c, const nomen_error *reason, nomen_error *err) {
    const char *output = c->options->output, *what = reason->message;
    const char *unit = keeps_epochs(c->options) ? "epoch" : "evaluation";
    const nomen_train_state *s = &c->trainer->state;
    if (s->best_step > 0) {
        size_t kept = keeps_epochs(c->options) ? s->best_epoch : s->best_step;
        size_t most = keeps_epochs(c->options) ? c->options->epochs : c->trainer->n_steps;
        return nomen_error_set_remedy(err, reason->status, reason->remedy, "%s. The best %s before that, %zu of %zu, is in %s",
                                      what, keeps_epochs(c->options) ? "epoch" : "step", kept, most, output);
    }
    if (nomen_checkpoints_can_resume(c)) {
        return nomen_error_set_remedy(err, reason->status, reason->remedy,
                                      "%s. No %s was finished; step %zu is in %s/checkpoint-%zu", what, unit, c->saved_step,
                                      output, c->saved_step);
    }
    return nomen_error_set_remedy(err, reason->status, reason->remedy, "%s. No %s was finished, and nothing was written", what,
                                  unit);
}
