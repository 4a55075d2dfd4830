/*
 * The files that the runs of a sweep read. Every run reads them anew, so they must be files that can be read again, and stay as
 * they are: runs on different data can't be compared.
 */
#ifndef NOMEN_SWEEP_INPUTS_H
#define NOMEN_SWEEP_INPUTS_H

#include <sys/stat.h>

#include "base/json.h"
#include "sweep/axes.h"

/* A file, under a name that is the same wherever it lies: "train", "model/config.json", "class-weight=FILE" of an axis. */
typedef struct nomen_sweep_input {
    char *key, *path;
    struct stat info; /* when it was summed: as long as this is so, it has the same bytes */
    json_t *sum;
} nomen_sweep_input;

/* Start it as {0}. */
typedef struct nomen_sweep_inputs {
    nomen_sweep_input *items;
    size_t n, capacity;
} nomen_sweep_inputs;

/*
 * Finds and sums them; a sum of a file in `known` (NULL: none are) that is as it was is taken from there. NOMEN_ERROR_ARGUMENT
 * where one is standard input or a pipe, and _IO where one can't be read.
 */
nomen_status nomen_sweep_inputs_read(const nomen_train_options *base, const nomen_axes *axes, const nomen_sweep_inputs *known,
                                     nomen_sweep_inputs *out, nomen_error *err);
void nomen_sweep_inputs_clear(nomen_sweep_inputs *inputs);

/* The sums by key, a new reference; and NOMEN_ERROR_DATA naming the first file that differs from such a record. */
nomen_status nomen_sweep_inputs_record(const nomen_sweep_inputs *inputs, json_t **out, nomen_error *err);
nomen_status nomen_sweep_inputs_check(const json_t *record, const nomen_sweep_inputs *now, nomen_error *err);

#endif
