/*
 * A model: everything a Hugging Face model directory holds for token classification (config.json,
 * weights, tokenizer, labels), and nomen.json, which says how nomen trained it.
 */
#ifndef NOMEN_MODEL_H
#define NOMEN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/call.h"
#include "nomen/error.h"
#include "nomen/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * A loaded model. For inference it never changes: any number of threads may tag with it and evaluate it at once, with the
 * bits that one alone gives. It is counted: loading gives one reference, and it is freed when the last is released. Taggers,
 * queues and results hold references of their own, so a caller may release a model, or load another in its place, while they
 * are in use.
 */
typedef struct nomen_model nomen_model;

/* What a model is loaded for. */
typedef enum nomen_purpose {
    NOMEN_FOR_INFERENCE = 0, /* to be used: the weights are laid out for the matrix products, and their floats are dropped */
    NOMEN_FOR_TRAINING = 1,  /* to be changed, by one call at a time: `labels` are needed */
    NOMEN_FOR_WRITING = 2    /* to be used slowly, or quantised: the weights stay as they are in the files */
} nomen_purpose;

/* What a word is, for texts that come without words. */
typedef enum nomen_word_unit {
    NOMEN_WORDS_AUTO = 0,      /* as the model was trained; BERT's if nomen.json says nothing */
    NOMEN_WORDS_BERT = 1,      /* BERT's pre-tokenizer: white space, each punctuation mark alone; HF's way */
    NOMEN_WORDS_WHITESPACE = 2 /* runs of anything but white space */
} nomen_word_unit;

/* The unit called "bert" or "whitespace"; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_word_unit_parse(const char *name, nomen_word_unit *out, nomen_error *err);

/* Which subword tokens of a word carry its label in training. */
typedef enum nomen_align_mode {
    NOMEN_ALIGN_FIRST = 0,  /* the first; the others are ignored (label_all_tokens=False) */
    NOMEN_ALIGN_REPEAT = 1, /* every subword token (label_all_tokens=True) */
    NOMEN_ALIGN_INSIDE = 2  /* the first carries it, the others its I- form */
} nomen_align_mode;

/* The mode called "first", "repeat" or "inside"; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_align_mode_parse(const char *name, nomen_align_mode *out, nomen_error *err);

/* What to do with a text that is longer than a window. */
typedef enum nomen_overflow {
    NOMEN_OVERFLOW_AUTO = 0,   /* as the model was trained; windows if nomen.json says nothing */
    NOMEN_OVERFLOW_WINDOW = 1, /* read it in overlapping windows, so that nothing is lost */
    NOMEN_OVERFLOW_ERROR = 2   /* fail with NOMEN_ERROR_LIMIT; the message names the text and its length */
} nomen_overflow;

/* The one called "window" or "error"; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_overflow_parse(const char *name, nomen_overflow *out, nomen_error *err);

/* What the products of the encoder's dense layers are of. */
typedef enum nomen_precision {
    NOMEN_PRECISION_FP32 = 0,
    /*
     * Floats rounded to bf16 (8 bits of precision) on their way into a product, to the nearest, ties to even. Sums, and all
     * that is no such product, stay in floats, and so do the weights that training changes and saves. Up to twice as fast,
     * and less exact; results are the same on every machine that has it, at any number of threads. It needs a processor
     * with AVX512-BF16.
     */
    NOMEN_PRECISION_BF16 = 1
} nomen_precision;

/* The one called "fp32" or "bf16"; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_precision_parse(const char *name, nomen_precision *out, nomen_error *err);

/*
 * What becomes of a model's own labels in training on data with others. Labels that the model has and the data too keep their
 * rows of the head and of the CRF, unless they have nothing but O in common; labels that are new get fresh ones.
 */
typedef enum nomen_keep_labels {
    NOMEN_KEEP_LABELS_AUTO = 0, /* as TRUE where the two have a label besides O in common, else as FALSE */
    NOMEN_KEEP_LABELS_TRUE = 1, /* the model's labels in their order, then the new ones; it must have a head with names */
    NOMEN_KEEP_LABELS_FALSE = 2 /* the data's labels alone */
} nomen_keep_labels;

/* "auto", "true" or "false"; others are "unknown". Borrowed, static. */
const char *nomen_keep_labels_name(nomen_keep_labels keep);

/* The one called "auto", "true" or "false"; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_keep_labels_parse(const char *name, nomen_keep_labels *out, nomen_error *err);

/* How to load: nomen_model_options o = {.size = sizeof o}, then change. What it points to is borrowed. */
typedef struct nomen_model_options {
    size_t size;            /* of this struct */
    const nomen_call *call; /* what can stop the loading; NULL: nothing but nomen_set_interrupt */
    nomen_purpose purpose;
    const nomen_tokenizer_options *tokenizer; /* NULL: defaults */
    /*
     * For training: the labels the head must have. A model whose own labels are the same set keeps
     * its head and their order; of any other, `keep_labels` says what stays. A head without names or for another task is replaced
     * by a fresh one, from `seed`. NULL, and only then, for the other purposes: the model must then have a head.
     */
    char *const *labels;
    size_t n_labels;
    /*
     * For use: names of the head's labels in the order of its rows, as many as it has, in place of those of config.json.
     * Names separated by commas ("O,B-per,I-per"), or a file: one name per line, a JSON list, a config.json, a
     * dataset_info(s).json. NULL: those of config.json. A head without any names has LABEL_0, LABEL_1..., as in
     * transformers, which is logged; with those names, or if the given names lack an O, every word is in an entity.
     * Output has the given names. Together with `labels` this is NOMEN_ERROR_ARGUMENT.
     */
    const char *label_names;
    bool needs_names; /* for use: a head without names is NOMEN_ERROR_DATA */
    uint64_t seed;
    bool crf;          /* for training: a CRF over the labels; the directory's own, if it has one for these labels */
    size_t max_length; /* longest window in subword tokens, special tokens included; 0: the model's limit */
    /*
     * These default to what the model was trained with: the overlap of windows in subword tokens (smaller than a window; a
     * quarter of it if nomen.json says nothing), the subword tokens of context on each side of a sentence, from its
     * neighbours in the document (0 if nomen.json says nothing), and what to do with a text longer than a window.
     */
    bool stride_given, context_given;
    size_t stride, context;
    nomen_overflow on_overflow;
    /*
     * Compute the encoder's dense layers in int8: weights with one scale per row, made from the directory's
     * floats while loading, and inputs quantised row by row at run time. Faster and smaller, and a little
     * less exact. A directory that `nomen quantize` wrote is int8 whatever this says, with the same bits.
     */
    bool int8;
    nomen_precision precision; /* for use and for training; BF16 together with int8, or of a directory that is int8, fails */
    nomen_keep_labels keep_labels __attribute__((aligned(sizeof(size_t)))); /* for training; not in padding */
} nomen_model_options;

/*
 * Loads a model directory. What is unusual but harmless (a fresh head, a missing
 * tokenizer_config.json, a crf.safetensors that nomen.json mentions and that is missing) goes to the log.
 * `options` may be NULL. On NOMEN_OK *out is the caller's.
 * Fails as the readers of its files do: NOMEN_ERROR_IO, _FORMAT, _UNSUPPORTED, _MEMORY; with NOMEN_ERROR_UNSUPPORTED
 * for use if "architectures" of config.json names a head for another task, whatever its labels; and with
 * NOMEN_ERROR_DATA if the vocabulary and the embedding table, or the labels and the head, don't match, or
 * int8 is requested and a weight is not a finite number. int8 for training is NOMEN_ERROR_UNSUPPORTED, and so is bf16 of
 * int8 weights or on a processor that does not have it; bf16 and int8 together are NOMEN_ERROR_ARGUMENT.
 */
nomen_status nomen_model_load(const char *directory, const nomen_model_options *options, nomen_model **out, nomen_error *err);

/* Adds a reference to a model and returns it. From any thread that has one. */
nomen_model *nomen_model_retain(const nomen_model *model);

/* Gives a reference back, the last of which frees the model; NULL is allowed. */
void nomen_model_release(nomen_model *model);

/* The number of labels, K, and the name of one (borrowed). */
size_t nomen_model_get_n_labels(const nomen_model *model);
const char *nomen_model_get_label(const nomen_model *model, size_t label);

/* Whether its dense layers are int8. */
bool nomen_model_is_int8(const nomen_model *model);

/* Whether a CRF over its labels was trained with it (nomen/decode.h says what for). */
bool nomen_model_has_crf(const nomen_model *model);

/* The tokenizer (borrowed), the longest window in subword tokens with special tokens, and the word unit. */
const nomen_tokenizer *nomen_model_get_tokenizer(const nomen_model *model);
size_t nomen_model_get_max_length(const nomen_model *model);
nomen_word_unit nomen_model_get_word_unit(const nomen_model *model);

/* The overlap of windows, and the subword tokens of context on each side of a sentence. */
size_t nomen_model_get_stride(const nomen_model *model);
size_t nomen_model_get_context(const nomen_model *model);

/*
 * Names of values: "auto", "bert", "whitespace"; "first", "repeat", "inside"; "auto", "window", "error"; "fp32", "bf16";
 * "unknown" for any other value. Borrowed, never NULL.
 */
const char *nomen_word_unit_name(nomen_word_unit unit);
const char *nomen_align_mode_name(nomen_align_mode mode);
const char *nomen_overflow_name(nomen_overflow overflow);
const char *nomen_precision_name(nomen_precision precision);

/* "inference", "training", "writing"; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_purpose_name(nomen_purpose purpose);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
