/*
 * Quantising: a model directory in floats in, one whose dense layers are int8 out, unless that costs
 * more F1 than is allowed.
 *
 *     nomen_error err = {0};
 *     nomen_quantize_options options;
 *     nomen_quantize_init(&options, sizeof options);
 *     options.model = "my-model";
 *     options.output = "my-model-int8";
 *     options.gate = "dev.csv";
 *     nomen_quantize_result result = {0};
 *     if (nomen_quantize(&options, &result, &err) != NOMEN_OK) { return fail(&err); }
 *     if (!result.met) { printf("costs F1 %.4f: not written\n", result.drop); }
 *     nomen_quantize_result_clear(&result);
 *
 * The directory is Hugging Face's, its weights in the compressed-tensors format ("int-quantized", weights by
 * channel, activations by token), and nomen_model_load takes it as any other.
 */
#ifndef NOMEN_QUANTIZE_H
#define NOMEN_QUANTIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/call.h"
#include "nomen/error.h"
#include "nomen/eval.h"
#include "nomen/model.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What to quantise, and what it may cost. What it points to is borrowed. Fill with nomen_quantize_init, then change. */
typedef struct nomen_quantize_options {
    size_t size;            /* of this struct */
    const nomen_call *call; /* what can stop it; NULL: nothing but nomen_set_interrupt */
    const char *model;      /* a fine-tuned model directory in floats */
    const char *output;     /* the directory to create */
    bool overwrite;         /* replace an existing `output` */
    const char *gate;       /* a labelled file on which both are scored; NULL: none, and the result is not judged */
    double max_drop;        /* most that the entity F1 may fall; 0.005 */
    size_t rows;            /* of the gate: use only the first `rows` sentences; 0 for all */
    bool skip_bad;          /* of the gate: skip and count bad rows instead of failing */
    const char *encoding;   /* of the gate: NULL for UTF-8, otherwise cp1252; or "utf-8", "cp1252", "latin-1" */
    size_t max_unpacked;    /* of the gate: as in nomen_data_options */
    size_t max_length;      /* subword tokens per window, special tokens included, in the new directory; 0: as in the old */
    const nomen_tokenizer_options *tokenizer; /* NULL: defaults */
    const char *label_names;                  /* as in nomen_model_options: `output` has these names */
    /*
     * Bits of the dense layers' weights: 8, which 0 is too, or 7. Those of 7 bits, -64 to 64 in the same files, are less
     * precise, and computed faster with AVX2 or AVX-512 where there is no VNNI; elsewhere nothing is gained.
     */
    int weight_bits;
} nomen_quantize_options;

/* The defaults, in the caller's struct of `size` bytes. */
void nomen_quantize_init(nomen_quantize_options *options, size_t size);

/* The result; clear it with nomen_quantize_result_clear. */
typedef struct nomen_quantize_result {
    bool met; /* the gate was met, or there was none: `output` was written */
    bool has_gate;
    nomen_report floats, int8;      /* with a gate: scores of the directory as it was, and of the new one */
    double drop;                    /* how far the F1 fell; below 0 where it rose */
    size_t float_bytes, int8_bytes; /* of the weight files */
} nomen_quantize_result;

/*
 * Quantises. The new directory is written to a temporary name next to `output`, loaded from there and
 * scored. It is renamed when the gate is met; otherwise it is removed, which is NOMEN_OK with `met` false.
 * Fails as nomen_model_load and the readers of labelled files do; with NOMEN_ERROR_EXISTS if `output`
 * exists, with NOMEN_ERROR_ARGUMENT for weights of other bits, with NOMEN_ERROR_UNSUPPORTED for a model that is
 * int8 already, with NOMEN_ERROR_DATA if the gate has no entity, and with NOMEN_ERROR_INTERRUPTED.
 */
nomen_status nomen_quantize(const nomen_quantize_options *options, nomen_quantize_result *result, nomen_error *err);

/* Frees what a result holds and leaves {0}. */
void nomen_quantize_result_clear(nomen_quantize_result *result);

/*
 * The result as one JSON object on one line, or as a table for people; `options` are those of the run. On NOMEN_OK *out is
 * NUL-terminated UTF-8 of *n_bytes bytes (n_bytes may be NULL), which the caller frees with nomen_free. Fails with
 * NOMEN_ERROR_MEMORY, and with NOMEN_ERROR_ARGUMENT as nomen_quantize does for impossible options.
 */
nomen_status nomen_quantize_result_to_json(const nomen_quantize_options *options, const nomen_quantize_result *result, char **out,
                                           size_t *n_bytes, nomen_error *err);
nomen_status nomen_quantize_result_to_text(const nomen_quantize_options *options, const nomen_quantize_result *result, char **out,
                                           size_t *n_bytes, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
