/* Going on from a checkpoint. */
#include "base/log.h"
#include "base/mem.h"
#include "train/save/checkpoint.h"
#include "train/save/manifest.h"
#include "train/save/run_identity.h"
#include "train/save/state_file.h"

/* The last checkpoint whose manifest is met; *path is a new block. */
static nomen_status find_good(const nomen_checkpoints *c, char **path, size_t *step, nomen_error *err) {
    size_t *steps = NULL, n = 0;
    nomen_status status;
    NOMEN_TRY(nomen_run_directory_steps(&c->directory, &steps, &n, err));
    for (size_t i = n; i-- > 0;) {
        nomen_error problem = {0};
        nomen_mem_free(*path);
        *path = NULL;
        NOMEN_TRY(nomen_run_directory_checkpoint(&c->directory, steps[i], path, err));
        status = nomen_manifest_check(*path, &problem);
        *step = steps[i];
        if (status == NOMEN_OK) { goto done; }
        if (status != NOMEN_ERROR_FORMAT && status != NOMEN_ERROR_IO) { NOMEN_FAIL(nomen_error_pass(err, &problem)); }
        nomen_log_warning("%s is damaged and passed over: %s", *path, problem.message);
    }
    status =
        nomen_error_set(err, NOMEN_ERROR_DATA,
                        "%s: none of its checkpoints is whole, so there is nothing to go on from; train anew", c->directory.path);
done:
    nomen_mem_free(steps);
    return status;
}

/* Puts the best epoch's weights back to where the run keeps them, and scores them as they were: the report is in no file. */
static nomen_status take_best(nomen_checkpoints *c, nomen_train_result *result, const char *path, nomen_error *err) {
    const nomen_corpus_part *dev = &c->trainer->corpus->dev;
    char *best = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(best, path, NOMEN_CHECKPOINT_BEST, err));
    NOMEN_TRY(nomen_trainer_restore(c->trainer, best, err));
    NOMEN_TRY(nomen_checkpoints_link_best(c, best, c->staging->temporary, err));
    if (dev->dataset != NULL) {
        NOMEN_TRY(nomen_trainer_score(c->trainer, dev, &result->dev, err));
        result->has_dev = true;
    }
    result->best_epoch = c->trainer->state.best_epoch;
    result->best_step = c->trainer->state.best_step;
done:
    nomen_mem_free(best);
    return status;
}

nomen_status nomen_checkpoints_resume(nomen_checkpoints *c, nomen_train_result *result, nomen_error *err) {
    json_t *saved = NULL;
    char *path = NULL;
    size_t step = 0;
    nomen_status status;
    NOMEN_TRY(find_good(c, &path, &step, err));
    NOMEN_TRY(nomen_state_identity(path, &saved, err));
    NOMEN_TRY(nomen_run_identity_check(saved, c->identity, err));
    NOMEN_TRY(nomen_state_load(c->trainer, result, path, err));
    if (c->trainer->state.best_step > 0 && !c->follows) { NOMEN_TRY(take_best(c, result, path, err)); }
    NOMEN_TRY(nomen_trainer_restore(c->trainer, path, err));
    nomen_checkpoints_note(c);
    if (!c->follows) { NOMEN_TRY(nomen_checkpoints_prune(c, err)); } /* a run that was killed may not have come to it */
    nomen_log_info("going on from %s: step %zu of %zu, epoch %zu of %zu", path, c->trainer->state.step, c->trainer->n_steps,
                   c->trainer->state.epoch + (c->trainer->state.epoch < c->options->epochs), c->options->epochs);
done:
    json_decref(saved);
    nomen_mem_free(path);
    return status;
}
