/*
 * How fast each stage runs on this machine with a given model, and how near that is to what the machine can do:
 * docs/PERFORMANCE.md explains the table.
 */
#ifndef NOMEN_BENCH_H
#define NOMEN_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/call.h"
#include "nomen/error.h"
#include "nomen/model.h"
#include "nomen/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The most lengths that are measured in one run, and the most passes that can be asked for. */
#define NOMEN_BENCH_MAX_LENGTHS 8
#define NOMEN_BENCH_MAX_PASSES 1000

/* What to measure: nomen_bench_options o = {.size = sizeof o}, then change. What it points to is borrowed. */
typedef struct nomen_bench_options {
    size_t size;                              /* of this struct */
    const nomen_call *call;                   /* what can stop it; NULL: nothing but nomen_set_interrupt */
    const char *model;                        /* a model directory; one without a head gets a fresh one. It is not changed */
    const nomen_tokenizer_options *tokenizer; /* NULL: defaults */
    const char *input;                        /* a file of texts, one per line; NULL for sentences that are made up */
    const size_t *lengths;                    /* (n_lengths) in subword tokens, special tokens included; NULL: 27, 128, 512 */
    size_t n_lengths;                         /* with lengths, 0: the sentences alone */
    double seconds;                           /* to measure each stage, from 0 to 3600, with at least three runs */
    bool int8; /* dense layers in int8: tokenising and forward alone; the directory must have a head */
    /* Each stage goes on beyond `seconds` until so many passes count for its share of the peak, 0 to 1000, but gives up after
     * five times as many: a machine whose speed changes all the time has none that count. */
    size_t passes;
    nomen_precision precision; /* of the encoder's dense products, in forward passes and training steps; FP32 where int8 is set */
} nomen_bench_options;

/* Receives text for people, one or more whole lines, as soon as it is measured. Valid during the call. */
typedef void (*nomen_bench_function)(void *user, const char *lines);

/*
 * Measures every stage: tokenising, the forward pass in a batch and for one text alone, and a training step with its parts.
 * `function` (may be NULL) gets the table as it grows. If `json` is not NULL, *json is on NOMEN_OK the whole as an indented
 * JSON object that ends in a newline, NUL-terminated, of *n_bytes bytes (n_bytes may be NULL), which the caller frees with
 * nomen_free. Fails as loading the model and reading the input do, with NOMEN_ERROR_ARGUMENT for options out of range,
 * NOMEN_ERROR_DATA if the input has no text, and NOMEN_ERROR_INTERRUPTED or _TIMEOUT between stages.
 */
nomen_status nomen_bench_run(const nomen_bench_options *options, nomen_bench_function function, void *user, char **json,
                             size_t *n_bytes, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
