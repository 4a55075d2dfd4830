/* Checkpoints of a run. */
#include "train/save/checkpoint.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tree.h"
#include "model/crf_weights.h"
#include "train/evaluation.h"
#include "model/lora_weights.h"
#include "train/save/manifest.h"
#include "train/save/optimizer_file.h"
#include "train/save/run_identity.h"
#include "train/save/state_file.h"

#define WEIGHTS "model.safetensors"

nomen_status nomen_checkpoints_start(const nomen_train_options *o, nomen_trainer *trainer, const nomen_train_result *result,
                                     nomen_staging *staging, nomen_checkpoints *c, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    *c = (nomen_checkpoints){.options = o, .trainer = trainer, .result = result, .staging = staging, .looked = nomen_clock_now()};
    const bool keeps = o->save_steps > 0 || o->save_top_k > 0 || o->save_on_stop || o->save_minutes > 0 || o->resume;
    c->follows = !nomen_spread_leads(trainer->spread);
    c->owns = o->resume;
    if (!keeps) { return c->follows ? NOMEN_OK : nomen_run_directory_check_free(staging->path, err); }
    if (c->follows) {
        c->directory.lock = -1; /* it is another process's */
        NOMEN_TRY(NOMEN_COPY(c->directory.path, o->output, strlen(o->output), err));
    } else {
        NOMEN_TRY(nomen_run_directory_open(staging->path, staging->temporary, o->resume, o->overwrite, &c->directory, err));
        staging->overwrite = true; /* what stands there is this run's own now */
    }
    NOMEN_TRY(nomen_run_identity(o, nomen_data_cache_sum(&trainer->corpus->cache), trainer->corpus->files, &c->identity, err));
done:
    return status;
}

void nomen_checkpoints_clear(nomen_checkpoints *c) {
    nomen_run_directory_close(&c->directory);
    json_decref(c->identity);
    *c = (nomen_checkpoints){0};
}

/* Whether the training stands where it did when a checkpoint was saved or read. */
static bool is_saved(const nomen_checkpoints *c) {
    const nomen_train_state *s = &c->trainer->state;
    return c->has_saved && c->saved_step == s->step && c->saved_epoch == s->epoch && c->saved_evaluation == s->evaluated_step;
}

bool nomen_checkpoints_can_resume(const nomen_checkpoints *c) {
    char *path = NULL;
    const bool there = c->has_saved && nomen_run_directory_checkpoint(&c->directory, c->saved_step, &path, NULL) == NOMEN_OK &&
                       nomen_file_is_directory(path);
    nomen_mem_free(path);
    return there;
}

void nomen_checkpoints_note(nomen_checkpoints *c) {
    c->has_saved = true;
    c->looked = nomen_clock_now();
    c->saved_step = c->trainer->state.step;
    c->saved_epoch = c->trainer->state.epoch;
    c->saved_evaluation = c->trainer->state.evaluated_step;
}

/* Whether a checkpoint of that step belongs to those that are saved every so many steps. */
static bool is_regular(const nomen_checkpoints *c, size_t step) {
    return c->options->save_steps > 0 && step % c->options->save_steps == 0;
}

/* Whether it did in the part of the run that saved it, which may have had other options. */
static bool was_regular(const nomen_checkpoints *c, size_t step) {
    char *directory = NULL, *path = NULL;
    json_t *state = NULL;
    size_t save_steps = 0;
    nomen_status status;
    NOMEN_TRY(nomen_run_directory_checkpoint(&c->directory, step, &directory, NULL));
    NOMEN_TRY(NOMEN_JOIN(path, directory, "trainer_state.json", NULL));
    NOMEN_TRY(nomen_json_read(path, &state, NULL));
    status = nomen_json_get_size(state, "save_steps", path, &save_steps, NULL);
done:
    json_decref(state);
    nomen_mem_free(path);
    nomen_mem_free(directory);
    return status == NOMEN_OK && save_steps > 0 && step % save_steps == 0;
}

nomen_status nomen_checkpoints_link_best(const nomen_checkpoints *c, const char *from, const char *to, nomen_error *err) {
    const nomen_config *config = &c->trainer->model->config;
    const char *const names[] = {config->trained.lora.rank > 0 ? NOMEN_LORA_FILE : WEIGHTS, config->crf ? NOMEN_CRF_FILE : NULL};
    char *inner_from = NULL, *inner_to = NULL;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < 2 && names[i] != NULL; i++) {
        NOMEN_TRY(NOMEN_JOIN(inner_from, from, names[i], err));
        NOMEN_TRY(NOMEN_JOIN(inner_to, to, names[i], err));
        NOMEN_TRY(nomen_file_link(inner_from, inner_to, err));
        nomen_mem_free(inner_from);
        nomen_mem_free(inner_to);
        inner_from = inner_to = NULL;
    }
done:
    nomen_mem_free(inner_from);
    nomen_mem_free(inner_to);
    return status;
}

static nomen_status save_best(const nomen_checkpoints *c, const char *directory, nomen_error *err) {
    char *best = NULL;
    nomen_status status;
    if (c->trainer->state.best_step == 0) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_JOIN(best, directory, NOMEN_CHECKPOINT_BEST, err));
    if (mkdir(best, 0777) != 0) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be created", best)); }
    NOMEN_TRY(nomen_checkpoints_link_best(c, c->staging->temporary, best, err));
    status = nomen_directory_sync(best, err);
done:
    nomen_mem_free(best);
    return status;
}

/* The step after which the weights were the ones kept; its checkpoint stays. 0: none. */
static size_t best_step(const nomen_checkpoints *c) {
    return c->trainer->state.best_step;
}

/* All files of a checkpoint but its manifest. */
static nomen_status write_files(const nomen_checkpoints *c, const char *directory, nomen_error *err) {
    const nomen_trainer *t = c->trainer;
    nomen_train_result now = *c->result; /* borrows */
    char *best = NULL;
    nomen_status status;
    now.steps = t->state.step;
    now.steps_per_epoch = t->steps_per_epoch;
    if (best_step(c) > 0) { NOMEN_TRY(nomen_run_directory_checkpoint(&c->directory, best_step(c), &best, err)); }
    const bool has_best = best != NULL && (nomen_file_is_directory(best) || best_step(c) == t->state.step);
    const nomen_checkpoint_facts facts = {.max_steps = t->n_steps, .best = has_best ? best : NULL};
    NOMEN_TRY(nomen_model_save(t->model, directory, NULL, err));
    NOMEN_TRY(nomen_trainer_state_write(directory, c->options, &now, &facts, t->state.log, t->state.n_log, err));
    NOMEN_TRY(nomen_state_save(t, c->result, c->identity, directory, err));
    status = save_best(c, directory, err);
done:
    nomen_mem_free(best);
    return status;
}

static nomen_status write_checkpoint(nomen_checkpoints *c, nomen_error *err) {
    nomen_staging staging = {0};
    char *path = NULL;
    nomen_status status;
    if (!nomen_run_directory_is_here(&c->directory)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO,
                                   "%s: is not there any more, or not what this run began: it was moved, "
                                   "removed or replaced",
                                   c->directory.path));
    }
    if (!c->owns) { NOMEN_TRY(nomen_run_directory_remove_checkpoints(&c->directory, err)); }
    c->owns = true;
    NOMEN_TRY(nomen_run_directory_checkpoint(&c->directory, c->trainer->state.step, &path, err));
    NOMEN_TRY(nomen_staging_begin(path, true, &staging, err));
    NOMEN_TRY(write_files(c, staging.temporary, err));
    NOMEN_TRY(nomen_manifest_write(staging.temporary, &c->known, err));
    status = nomen_staging_commit(&staging, err);
done:
    nomen_staging_abandon(&staging);
    nomen_mem_free(path);
    return status;
}

/* Whether checkpoints by the clock are wanted, each in the place of the one before. */
static bool goes_by_time(const nomen_checkpoints *c) {
    return c->options->save_steps == 0 && c->options->save_minutes > 0;
}

/*
 * Whether a checkpoint goes while `n_left` are left besides those of the best evaluations. With save_top_k, one that is no
 * longer among them goes at once, and so does one by the clock, unless it is one of the regular ones, too.
 */
static bool is_superfluous(const nomen_checkpoints *c, size_t step, size_t n_left) {
    const nomen_train_options *o = c->options;
    /* A later one than the last good one was passed over, and told to be damaged: it may yet be mended. */
    if (step >= c->saved_step || step == best_step(c) || nomen_top_has(c->result, step)) { return false; }
    if ((o->save_top_k > 0 || goes_by_time(c)) && !is_regular(c, step) && !was_regular(c, step)) { return true; }
    return o->save_total_limit > 0 && n_left > o->save_total_limit;
}

nomen_status nomen_checkpoints_prune(const nomen_checkpoints *c, nomen_error *err) {
    size_t *steps = NULL, n = 0, n_left = 0;
    char *path = NULL;
    nomen_status status;
    if (c->options->save_total_limit == 0 && c->options->save_top_k == 0 && !goes_by_time(c)) { return NOMEN_OK; }
    NOMEN_TRY(nomen_run_directory_steps(&c->directory, &steps, &n, err));
    for (size_t i = 0; i < n; i++) { n_left += !nomen_top_has(c->result, steps[i]); }
    for (size_t i = 0; i < n; i++) {
        if (!is_superfluous(c, steps[i], n_left)) { continue; }
        NOMEN_TRY(nomen_run_directory_checkpoint(&c->directory, steps[i], &path, err));
        nomen_tree_discard(path);
        nomen_mem_free(path);
        path = NULL;
        n_left--;
    }
done:
    nomen_mem_free(path);
    nomen_mem_free(steps);
    return status;
}

/* Bytes of the weights that a checkpoint holds, and of all of it. */
static size_t weights_size(const nomen_checkpoints *c) {
    const nomen_param_table *table = &c->trainer->model->table;
    bool lora = c->trainer->model->config.trained.lora.rank > 0;
    return (lora ? nomen_param_n_trainable(table) : table->n_elements) * sizeof(nomen_real);
}

static size_t checkpoint_size(const nomen_checkpoints *c) {
    size_t n_averages = c->trainer->ema.values != NULL ? nomen_param_n_trainable(&c->trainer->model->table) : 0;
    return weights_size(c) + n_averages * sizeof(nomen_real) + nomen_optimizer_file_size(&c->trainer->optimizer);
}

/* Whether so many bytes are free where the run writes. A file system that tells no size is asked for none. */
static bool has_room(const nomen_checkpoints *c, size_t needed) {
    struct statvfs disk;
    const bool is_known = statvfs(c->staging->temporary, &disk) == 0 && disk.f_blocks > 0;
    return !is_known || (double)disk.f_bavail * (double)disk.f_frsize >= (double)needed;
}

/* Bytes that the run may still write beside its checkpoint: the best weights twice, as new ones are written before the old go. */
static size_t reserve(const nomen_checkpoints *c) {
    const size_t n_whole = c->trainer->model->table.n_elements * sizeof(nomen_real); /* what adapters are merged into */
    return 2 * weights_size(c) + (n_whole > weights_size(c) ? n_whole : 0);
}

void nomen_checkpoints_warn_of_room(const nomen_checkpoints *c) {
    if (has_room(c, reserve(c))) { return; }
    nomen_log_warning("the file system of %s has less than the %zu MiB free that the model takes while it is written: free that "
                      "before the first epoch ends",
                      c->staging->path, (reserve(c) >> 20) + 1);
}

/* A quota's end is not seen by the file system's free blocks. */
static bool is_of_room(const nomen_error *problem) {
    return strstr(problem->message, strerror(ENOSPC)) != NULL || strstr(problem->message, strerror(EDQUOT)) != NULL;
}

/* What went wrong with a disk is said, and the run goes on: its work is worth more than one checkpoint. */
static void warn(const nomen_checkpoints *c, const nomen_error *problem) {
    const size_t n_bytes = checkpoint_size(c);
    nomen_buffer text = {0};
    if (c->has_saved && nomen_run_directory_is_here(&c->directory)) {
        (void)nomen_buffer_printf(&text, NULL, "; checkpoint-%zu stays the last good one", c->saved_step);
    }
    if (is_of_room(problem) || !has_room(c, n_bytes)) {
        (void)nomen_buffer_printf(&text, NULL, ". A checkpoint takes %zu MiB: free that in the file system of %s%s",
                                  (n_bytes >> 20) + 1, c->staging->path,
                                  c->options->save_steps > 0 ? ", or keep fewer checkpoints" : "");
    }
    nomen_log_warning("no checkpoint of step %zu was saved: %s%s%s", c->trainer->state.step, problem->message,
                      text.data != NULL ? text.data : "", c->ends ? "" : ". The run goes on");
    nomen_buffer_clear(&text);
}

nomen_status nomen_checkpoints_save(nomen_checkpoints *c, nomen_error *err) {
    nomen_call_scope shield = {0};
    nomen_error inner = {0};
    nomen_status status = NOMEN_OK;
    if (is_saved(c)) { return NOMEN_OK; }
    nomen_call_shield(&shield);
    status = write_checkpoint(c, &inner);
    if (status == NOMEN_ERROR_IO) {
        warn(c, &inner);
        status = NOMEN_OK;
    } else if (status != NOMEN_OK) {
        status = nomen_error_pass(err, &inner);
    } else {
        nomen_checkpoints_note(c);
        status = nomen_checkpoints_prune(c, &inner);
        if (status == NOMEN_ERROR_IO) {
            nomen_log_warning("older checkpoints were not removed: %s", inner.message);
            status = NOMEN_OK;
        } else if (status != NOMEN_OK) {
            status = nomen_error_pass(err, &inner);
        }
    }
    nomen_call_leave(&shield);
    return status;
}

static bool is_due(const nomen_checkpoints *c) {
    const nomen_train_state *s = &c->trainer->state;
    const bool is_top = s->evaluated_step == s->step && nomen_top_has(c->result, s->step);
    return s->step > 0 && (is_regular(c, s->step) || is_top) && !is_saved(c);
}

static bool is_due_by_time(const nomen_checkpoints *c) {
    return goes_by_time(c) && !is_saved(c) && nomen_clock_now() - c->looked >= 60 * c->options->save_minutes;
}

/* One by the clock, which nobody asked for, is not to cost the run anything: neither room that it needs itself nor its end. */
static void save_by_time(nomen_checkpoints *c) {
    const size_t needed = checkpoint_size(c) + reserve(c), step = c->trainer->state.step;
    nomen_error err = {0};
    c->looked = nomen_clock_now();
    if (!has_room(c, needed)) {
        nomen_log_warning(
            "no checkpoint of step %zu was saved: the file system of %s has less than %zu MiB free. The run goes on", step,
            c->staging->path, (needed >> 20) + 1);
    } else if (nomen_checkpoints_save(c, &err) != NOMEN_OK) {
        nomen_log_warning("no checkpoint of step %zu was saved: %s. The run goes on", step, err.message);
    }
}

nomen_status nomen_checkpoints_save_due(nomen_checkpoints *c, nomen_error *err) {
    if (c->follows) { return NOMEN_OK; }
    if (is_due(c)) { return nomen_checkpoints_save(c, err); }
    if (is_due_by_time(c)) { save_by_time(c); }
    return NOMEN_OK;
}

nomen_status nomen_checkpoints_carry(nomen_checkpoints *c, bool finished, nomen_error *err) {
    size_t *steps = NULL, n = 0;
    char *from = NULL, *to = NULL;
    nomen_status status;
    /* What stands there now may be another run's, or somebody's: then it stays, and the commit says where the model is. */
    if (c->directory.path == NULL ? nomen_run_directory_check_free(c->staging->path, NULL) == NOMEN_ERROR_EXISTS
                                  : !nomen_run_directory_is_here(&c->directory)) {
        c->staging->overwrite = false;
        return NOMEN_OK;
    }
    if (c->directory.path == NULL) { return NOMEN_OK; }
    NOMEN_TRY(nomen_run_directory_carry_lock(&c->directory, c->staging->temporary, err));
    const bool all_stay = !finished || c->options->save_steps > 0;
    if (!c->owns) { goto done; }
    NOMEN_TRY(nomen_run_directory_steps(&c->directory, &steps, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (!all_stay && !nomen_top_has(c->result, steps[i]) && !was_regular(c, steps[i])) { continue; }
        NOMEN_TRY(nomen_run_directory_checkpoint(&c->directory, steps[i], &from, err));
        NOMEN_TRY(NOMEN_JOIN(to, c->staging->temporary, strrchr(from, '/') + 1, err));
        NOMEN_TRY(nomen_tree_link(from, to, err));
        nomen_mem_free(from);
        nomen_mem_free(to);
        from = to = NULL;
    }
    status = nomen_directory_sync(c->staging->temporary, err);
done:
    nomen_mem_free(from);
    nomen_mem_free(to);
    nomen_mem_free(steps);
    return status;
}
