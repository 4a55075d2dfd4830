/* Hyper-parameters as JSON: a recipe of one's own, and the record of a run. See nomen/train.h. */
#ifndef NOMEN_TRAIN_OPTIONS_H
#define NOMEN_TRAIN_OPTIONS_H

#include "base/json.h"
#include "nomen/train.h"

/* What a caller gave, over the defaults, as this version has it (base/options.h). `given` may be NULL. */
nomen_status nomen_train_take(nomen_train_options *own, const nomen_train_options *given, nomen_error *err);

/* Every hyper-parameter by its name; *out is a new reference. What nomen_train_load_recipe reads. */
nomen_status nomen_train_record(const nomen_train_options *options, json_t **out, nomen_error *err);

/* Checks that each value is one that nomen_train_set would take. */
nomen_status nomen_train_check_values(const nomen_train_options *options, nomen_error *err);

/* Refuses, by its name, what needs a dev part where there is none, and what has no effect. */
nomen_status nomen_train_check_evaluation(const nomen_train_options *options, bool has_dev, nomen_error *err);

/* Checks what single values can't show: files that are missing or clash, shares that give nothing. */
nomen_status nomen_train_check(const nomen_train_options *options, nomen_error *err);
/* The same for runs that are to write to directories inside options->output, which is not replaced and may be a mount point. */
nomen_status nomen_train_check_within(const nomen_train_options *options, nomen_error *err);

/* The part of it that is about what stands where the run is to write, and with `resume`, whether that is a run's directory. */
nomen_status nomen_train_check_output(const nomen_train_options *options, bool within, nomen_error *err);
nomen_status nomen_train_check_resumed(const nomen_train_options *options, nomen_error *err);

/* The same for a search for the learning rate, which writes nothing. */
nomen_status nomen_train_check_search(const nomen_train_options *options, nomen_error *err);

/* NOMEN_ERROR_ARGUMENT where the options would share `what` ("a sweep") with other processes that mpirun has started. */
nomen_status nomen_train_check_alone(const nomen_train_options *options, const char *what, nomen_error *err);

#endif
