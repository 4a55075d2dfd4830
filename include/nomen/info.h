/*
 * What a model is: sizes, labels, types of entities, calibration, and how it is computed here.
 *
 *     nomen_model_info info = {.size = sizeof info};
 *     nomen_model_get_info(model, &info);
 *     printf("%zu layers in %s, on %s\n", info.n_layers, info.precision, info.kernels);
 */
#ifndef NOMEN_INFO_H
#define NOMEN_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/error.h"
#include "nomen/model.h"
#include "nomen/tag.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What is known about a loaded model. Set `size` before the call; strings are borrowed from the model. */
typedef struct nomen_model_info {
    size_t size;              /* of this struct */
    const char *architecture; /* "bert" */
    size_t n_layers;
    size_t hidden_size;
    size_t n_heads;
    size_t intermediate_size;
    size_t vocabulary_size;      /* of the embedding table */
    size_t n_parameters;         /* all of them, the head's and the CRF's too */
    size_t n_encoder_parameters; /* without the head's */
    size_t weight_bytes;         /* of the parameters in the precision that they are computed in */
    const char *precision;       /* of the encoder's dense layers: "float", "int8" or "bf16" */
    const char *kernels;         /* the instruction set that this process computes them with: "avx512", "plain"... */
    size_t n_labels;             /* nomen_model_get_label */
    size_t n_types;              /* of entities: nomen_model_get_type */
    bool has_crf;
    bool lower_case;               /* texts are lower-cased */
    nomen_purpose purpose;         /* what it was loaded for */
    nomen_word_unit word_unit;     /* never AUTO */
    size_t max_length;             /* subword tokens of a window, special tokens included */
    size_t stride;                 /* overlap of windows, in subword tokens */
    size_t context;                /* subword tokens of context on each side of a sentence */
    nomen_overflow on_overflow;    /* never AUTO */
    double temperature;            /* that scores are calibrated with; 1: none */
    bool has_thresholds;           /* entities of low scores are dropped; nomen_model_get_type gives the scores */
    nomen_aggregation aggregation; /* that the thresholds were fitted with; FIRST if there are none */
    const char *trained_with;      /* the version of nomen that trained it, or NULL */
    const char *trained_on;        /* the file that it was trained on, or NULL */
} nomen_model_info;

/* Fills as much of *out as its size has room for: nothing where that is 0. */
void nomen_model_get_info(const nomen_model *model, nomen_model_info *out);

/*
 * The i-th type of entities that the model finds, in the order of its labels: "per" for B-per and I-per. NULL if there are
 * fewer. *threshold (may be NULL) is the score below which its entities are dropped: -INFINITY for none, INFINITY for all.
 */
const char *nomen_model_get_type(const nomen_model *model, size_t i, double *threshold);

/*
 * What a model directory holds, without loading its weights, as one JSON object: that of `nomen info --json`, which is indented
 * and ends in a newline. On NOMEN_OK *out is NUL-terminated UTF-8 of *n_bytes bytes (n_bytes may be NULL), which the caller
 * frees with nomen_free. Fails as nomen_model_load does, but a model without a head is none.
 */
nomen_status nomen_directory_to_json(const char *directory, char **out, size_t *n_bytes, nomen_error *err);

/* Room for a fingerprint: 64 digits and a NUL. */
#define NOMEN_FINGERPRINT_SIZE 65

/*
 * The SHA-256 of a directory's weights, in hexadecimal digits: equal weight files, and only those, have the same one. With one
 * file it is what sha256sum prints for that, with several that of all their bytes in their order, a CRF's file last. Reads all
 * of them. Fails with NOMEN_ERROR_IO, _FORMAT, _MEMORY and _INTERRUPTED.
 */
nomen_status nomen_directory_fingerprint(const char *directory, char out[NOMEN_FINGERPRINT_SIZE], nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
