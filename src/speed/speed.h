/*
 * How fast each stage of nomen runs on this machine with a given model, and how near that is to what
 * the machine can do. `nomen bench` prints it.
 *
 * A stage is run once to warm up, then repeatedly for the time asked for (three times at least). Between
 * its runs the machine's peak is measured again, as the speed of a shared or warm processor changes.
 */
#ifndef NOMEN_SPEED_SPEED_H
#define NOMEN_SPEED_SPEED_H

#include "nomen/bench.h"
#include "nomen/model.h"
#include "speed/result.h"

enum { NOMEN_SPEED_MAX_LENGTHS = NOMEN_BENCH_MAX_LENGTHS };

typedef struct nomen_speed_options {
    const char *model;                        /* a model directory; one without a head gets a fresh one */
    const nomen_tokenizer_options *tokenizer; /* NULL: defaults */
    const char *input;                        /* texts, a line each; NULL for sentences that are made up */
    size_t lengths[NOMEN_SPEED_MAX_LENGTHS];  /* pieces of a sequence, special tokens included */
    size_t n_lengths;
    double seconds; /* of measuring, for each line of the result */
    bool int8;      /* dense layers in int8: tokenising and forward alone; the directory must have a head */
    size_t passes;  /* that must count for a share of the peak, unless five times as many were tried */
    nomen_precision precision;
} nomen_speed_options;

/*
 * Measures every stage. `report` (may be NULL) is called with each row once it is measured. Fails as loading the model
 * and reading the input do, with NOMEN_ERROR_DATA where the input holds no text, and NOMEN_ERROR_INTERRUPTED
 * between rows. The caller clears the result.
 */
nomen_status nomen_speed_measure(const nomen_speed_options *options, void (*report)(void *user, const nomen_speed_row *row),
                                 void *user, nomen_speed_result *out, nomen_error *err);

#endif
