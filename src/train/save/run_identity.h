/* What a run is made of, so that one that is continued can be refused where that has changed. */
#ifndef NOMEN_TRAIN_RUN_IDENTITY_H
#define NOMEN_TRAIN_RUN_IDENTITY_H

#include "base/json.h"
#include "data/dataset.h"
#include "nomen/train.h"

/*
 * Options by their names, how the files are read, and size and SHA-256 of the data and of the model's configuration and
 * tokenizer. A new reference. `options` are complete; what is not a regular file (standard input, a directory) is null. `train`
 * is size and SHA-256 of the training file where they are known, as nomen_file_sum has them; NULL: the file is read. `files`
 * (3): what was read of train, dev and test, whose SHA-256 stands for what is not a regular file, or is read with others; NULL:
 * nothing yet.
 */
nomen_status nomen_run_identity(const nomen_train_options *options, const json_t *train, const nomen_dataset *files, json_t **out,
                                nomen_error *err);

/* The part of it that `files` are: sets content["train"], ["dev"] and ["test"] where what was read is more than one file. */
nomen_status nomen_run_content(const nomen_train_options *options, const nomen_dataset *files, json_t *content, nomen_error *err);

/* The part of it that decides what the training file becomes before the first step, but for that file itself. A new reference. */
nomen_status nomen_run_encoding(const nomen_train_options *options, json_t **out, nomen_error *err);

/* NOMEN_ERROR_ARGUMENT naming the first option, or NOMEN_ERROR_DATA the first file, that differs. */
nomen_status nomen_run_identity_check(const json_t *saved, const json_t *now, nomen_error *err);

#endif
