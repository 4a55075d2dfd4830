/* What single values can't show: files that are missing or clash, values that don't go together. */
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/paths.h"
#include "train/optim/class_weight.h"
#include "train/optim/schedule_kwargs.h"
#include "train/options/options.h"
#include "train/options/parameters.h"
#include "train/record/record_paths.h"
#include "train/options/trained.h"

static bool same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static nomen_status check_empty(const nomen_train_options *o, nomen_error *err) {
    const struct {
        const char *name, *path;
    } paths[] = {{"model", o->model}, {"train", o->train}, {"dev", o->dev},
                 {"test", o->test},   {"cache", o->cache}, {"output", o->output}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (paths[i].path == NULL || paths[i].path[0] != '\0') { continue; }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: the path is empty; give a file or directory", paths[i].name);
    }
    return NOMEN_OK;
}

static nomen_status check_cache(const nomen_train_options *o, nomen_error *err) {
    if (o->cache == NULL && o->verify_cache) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "verify-cache: there is no cache to verify; give its directory, too");
    }
    if (o->cache != NULL && nomen_file_exists(o->cache) && !nomen_file_is_directory(o->cache)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "cache: %s is not a directory; give one, which may be new", o->cache);
    }
    if (o->cache != NULL && o->output != NULL && nomen_path_lies_in(o->cache, o->output)) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "cache: %s lies in %s, all of which is replaced by the finished model at the end; give a directory "
            "outside it",
            o->cache, o->output);
    }
    return NOMEN_OK;
}

static const double MOST_SAVE_MINUTES = 1000000; /* two years: no run is longer, and seconds are still exact */

/* Of what is saved. A run that goes on may have checkpoints already, of which some are to go. */
static nomen_status check_saving(const nomen_train_options *o, nomen_error *err) {
    if (!(o->save_minutes >= 0 && o->save_minutes <= MOST_SAVE_MINUTES)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "save-minutes %g: expected a number from 0 to %.0f", o->save_minutes,
                               MOST_SAVE_MINUTES);
    }
    if (o->save_total_limit == 0 || o->save_steps > 0 || o->resume) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "save-total-limit %zu: limits the checkpoints that save-steps makes, which is 0; give save-steps, "
                           "too, or leave it out",
                           o->save_total_limit);
}

static nomen_status check_files(const nomen_train_options *o, bool within, nomen_error *err) {
    if (o->model == NULL || o->train == NULL || o->output == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: is required to train",
                               o->model == NULL   ? "model"
                               : o->train == NULL ? "train"
                                                  : "output");
    }
    nomen_status status = check_empty(o, err);
    if (status != NOMEN_OK) { return status; }
    if (same_file(o->model, o->output)) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "%s: the output is the model itself; give another directory, so that a failed run can't destroy the model",
            o->output);
    }
    if (o->resume) { status = nomen_train_check_resumed(o, err); }
    if (status == NOMEN_OK) { status = check_cache(o, err); }
    if (status == NOMEN_OK) { status = check_saving(o, err); }
    return status == NOMEN_OK ? nomen_train_check_output(o, within, err) : status;
}

/* Settings of one optimiser are refused beside another, unless they are as they came. */
static nomen_status check_optimizer(const nomen_train_options *o, nomen_error *err) {
    const struct {
        const char *name;
        bool set;
        nomen_optimizer optimizer;
    } own[] = {
        {"momentum", o->momentum != 0, NOMEN_OPTIMIZER_SGD},
        {"nesterov", o->nesterov, NOMEN_OPTIMIZER_SGD},
        {"adam-beta1", o->adam_beta1 != 0.9, NOMEN_OPTIMIZER_ADAMW},
        {"adam-beta2", o->adam_beta2 != 0.999, NOMEN_OPTIMIZER_ADAMW},
        {"adam-epsilon", o->adam_epsilon != 1e-8, NOMEN_OPTIMIZER_ADAMW},
        {"lion-beta1", o->lion_beta1 != 0.9, NOMEN_OPTIMIZER_LION},
        {"lion-beta2", o->lion_beta2 != 0.99, NOMEN_OPTIMIZER_LION},
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (!own[i].set || own[i].optimizer == o->optimizer) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: is of the optimizer %s, and the optimizer is %s; leave it out",
                               own[i].name, nomen_optimizer_name(own[i].optimizer), nomen_optimizer_name(o->optimizer));
    }
    if (o->nesterov && o->momentum == 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "nesterov: is a form of momentum, which is 0; set momentum, such as 0.9");
    }
    return NOMEN_OK;
}

static nomen_status refuse_without_dev(const char *name, nomen_error *err) {
    return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
                                  "%s: there is no dev part to evaluate; give dev, or a split that leaves one", name);
}

nomen_status nomen_train_check_evaluation(const nomen_train_options *o, bool has_dev, nomen_error *err) {
    const bool other_metric = strcmp(o->best_metric, "f1") != 0;
    if (!has_dev) {
        if (o->eval_steps > 0) { return refuse_without_dev("eval-steps", err); }
        if (other_metric) { return refuse_without_dev("metric-for-best-model", err); }
        if (o->early_stopping_patience > 0) { return refuse_without_dev("early-stopping-patience", err); }
        if (o->early_stopping_threshold > 0) { return refuse_without_dev("early-stopping-threshold", err); }
        return o->save_top_k > 0 ? refuse_without_dev("save-top-k", err) : NOMEN_OK;
    }
    if (o->early_stopping_patience > 0 && !o->keep_best) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "early-stopping-patience %zu: ends at weights that have become worse, so load-best-model-at-end "
                               "must be true; it is false",
                               o->early_stopping_patience);
    }
    if (o->early_stopping_threshold > 0 && o->early_stopping_patience == 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "early-stopping-threshold %g: changes nothing without early-stopping-patience; give both, or none",
                               o->early_stopping_threshold);
    }
    const bool lowers_rate = o->schedule == NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU; /* by the metric */
    if (other_metric && !o->keep_best && o->save_top_k == 0 && !lowers_rate) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "metric-for-best-model %s: nothing is chosen by it while load-best-model-at-end is false; leave "
                               "one out, or keep checkpoints by save-top-k",
                               o->best_metric);
    }
    return NOMEN_OK;
}

static nomen_status check_schedule(const nomen_train_options *o, nomen_error *err) {
    nomen_schedule_kwargs kwargs;
    const bool no_dev = o->folds > 0 || (o->dev == NULL && (o->test != NULL || o->split[1] == 0));
    if (o->schedule == NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU && no_dev) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "lr-scheduler-type: reduce_lr_on_plateau looks at the scores of a dev part, and there is none; give "
            "a dev file, or leave a part of the data by split");
    }
    /* Which rate auto stands for, only the model decides; then this is looked at again. Until then: the largest it can be. */
    nomen_train_options known = *o;
    if (known.learning_rate == 0) { known.learning_rate = nomen_usual_rate(o, 1); }
    return nomen_schedule_kwargs_read(&known, &kwargs, err);
}

/* What a CRF's own loss has no place for. */
static nomen_status check_crf(const nomen_train_options *o, nomen_error *err) {
    if (o->crf && o->class_weight != NULL && strcmp(o->class_weight, "none") != 0) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "class-weight %s: a CRF's loss is of whole sequences, which have no class; leave out class-weight or crf",
            o->class_weight);
    }
    if (o->crf && o->loss != NOMEN_LOSS_CROSS_ENTROPY) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "loss %s: a CRF has a loss of its own; leave out loss or crf",
                               nomen_loss_name(o->loss));
    }
    if (o->crf && o->label_smoothing != 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "label-smoothing %g: a CRF's loss is of whole sequences; leave out label-smoothing or crf",
                               o->label_smoothing);
    }
    if (!o->crf && o->crf_learning_rate != NOMEN_DEFAULT_CRF_LEARNING_RATE) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "crf-learning-rate %g: has no effect without a CRF; give crf true, or leave it out",
                               o->crf_learning_rate);
    }
    return NOMEN_OK;
}

/* Settings of the loss that clash, or that nothing would look at. */
static nomen_status check_loss(const nomen_train_options *o, nomen_error *err) {
    if (o->loss == NOMEN_LOSS_FOCAL && o->label_smoothing != 0) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "label-smoothing %g: the focal loss has one target a subword token; leave out label-smoothing or loss focal",
            o->label_smoothing);
    }
    if (o->loss != NOMEN_LOSS_FOCAL && o->focal_gamma != NOMEN_DEFAULT_FOCAL_GAMMA) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "focal-gamma %g: has no use without loss focal; add that, or leave it out", o->focal_gamma);
    }
    bool effective = o->class_weight != NULL && strcmp(o->class_weight, "effective") == 0;
    if (nomen_class_weight_is_file(o->class_weight) && !nomen_file_exists(o->class_weight)) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "class-weight: \"%s\" is none of none, auto, sqrt and effective, and there is no such file",
                               o->class_weight);
    }
    if (!effective && o->class_weight_beta != NOMEN_DEFAULT_CLASS_WEIGHT_BETA) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "class-weight-beta %g: has no use without class-weight effective; add that, or leave it out",
                               o->class_weight_beta);
    }
    return NOMEN_OK;
}

static nomen_status check_hyperparameters(const nomen_train_options *o, nomen_error *err) {
    if (o->split[0] == 0 || o->split[0] + o->split[1] + o->split[2] != 100) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "split: %u/%u/%u must sum to 100 and leave a training part",
                               o->split[0], o->split[1], o->split[2]);
    }
    if (o->folds == 1 || o->fold > o->folds || (o->folds > 0 && o->fold == 0)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "fold: %zu of %zu folds is none; give folds, 2 or more, and one of them, from 1", o->fold,
                               o->folds);
    }
    if (o->folds > 0 && (o->dev != NULL || o->test != NULL)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "folds: nothing is divided where dev or test are given");
    }
    if (o->folds > 0 && o->cache != NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "folds: a cache holds no folds; leave one of the two out");
    }
    nomen_status status = nomen_train_check_values(o, err); /* before what looks at values that have names */
    if (status == NOMEN_OK) { status = check_crf(o, err); }
    if (status == NOMEN_OK) { status = check_loss(o, err); }
    if (status == NOMEN_OK) { status = check_optimizer(o, err); }
    if (status == NOMEN_OK) { status = check_schedule(o, err); }
    nomen_trained trained;
    if (status == NOMEN_OK) { status = nomen_train_get_trained(o, &trained, err); }
    if (status != NOMEN_OK) { return status; }
    if (nomen_train_lora_init(o) != NULL && !nomen_file_exists(o->lora_init)) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "lora-init: there is no file \"%s\"; give an adapter_model.safetensors, or none", o->lora_init);
    }
    return nomen_train_check_evaluation(o, o->folds == 0 && (o->dev != NULL || (o->test == NULL && o->split[1] > 0)), err);
}

static nomen_status check(const nomen_train_options *o, bool within, nomen_error *err) {
    nomen_status status = check_files(o, within, err);
    if (status == NOMEN_OK) { status = nomen_record_paths_check(o, err); }
    return status == NOMEN_OK ? nomen_error_remedy(err, NOMEN_REMEDY_HYPERPARAMETER, check_hyperparameters(o, err)) : status;
}

nomen_status nomen_train_check(const nomen_train_options *o, nomen_error *err) {
    return check(o, false, err);
}

nomen_status nomen_train_check_within(const nomen_train_options *o, nomen_error *err) {
    return check(o, true, err);
}

nomen_status nomen_train_check_search(const nomen_train_options *o, nomen_error *err) {
    const struct {
        const char *name;
        bool given;
    } writing[] = {{"output", o->output != NULL},          {"overwrite", o->overwrite},
                   {"save_steps", o->save_steps > 0},      {"save_total_limit", o->save_total_limit > 0},
                   {"save_on_stop", o->save_on_stop},      {"resume", o->resume},
                   {"save_minutes", o->save_minutes != 0}, {"save_top_k", o->save_top_k > 0},
                   {"log_csv", o->log_csv != NULL},        {"tensorboard", o->tensorboard != NULL},
                   {"report", o->report != NULL}};
    if (o->model == NULL || o->train == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: is required to look for a learning rate",
                               o->model == NULL ? "model" : "train");
    }
    for (size_t i = 0; i < sizeof writing / sizeof *writing; i++) {
        if (!writing[i].given) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: a search for the learning rate writes nothing; leave it out",
                               writing[i].name);
    }
    nomen_status status = check_cache(o, err);
    if (status == NOMEN_OK) { status = check_empty(o, err); }
    return status == NOMEN_OK ? nomen_error_remedy(err, NOMEN_REMEDY_HYPERPARAMETER, check_hyperparameters(o, err)) : status;
}

nomen_status nomen_train_check_alone(const nomen_train_options *o, const char *what, nomen_error *err) {
    const size_t n = o->spread ? nomen_train_processes(NULL) : 1;
    if (n == 1) { return NOMEN_OK; }
    return nomen_error_set(
        err, NOMEN_ERROR_ARGUMENT,
        "%s is of one process, and mpirun started %zu, which only share the steps of one run; leave mpirun out", what, n);
}
