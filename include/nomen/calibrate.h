/*
 * Calibration: what a trained model's scores are worth, found on labelled sentences that it was not trained on.
 *
 *     nomen_error err = {0};
 *     nomen_calibrate_options options;
 *     nomen_calibrate_init(&options, sizeof options);
 *     options.model = "my-model";
 *     options.data = "dev.csv";
 *     options.goal = NOMEN_GOAL_PRECISION;
 *     options.precision = 0.9;
 *     nomen_calibration_result result = {0};
 *     if (nomen_calibrate(&options, &result, &err) != NOMEN_OK) { return fail(&err); }
 *     printf("temperature %.3f\n", result.temperature);
 *     nomen_calibration_result_clear(&result);
 *
 * The result is stored in nomen.json of the model's directory, where tagging and scoring read it.
 */
#ifndef NOMEN_CALIBRATE_H
#define NOMEN_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/call.h"
#include "nomen/data.h"
#include "nomen/error.h"
#include "nomen/eval.h"
#include "nomen/model.h"
#include "nomen/tag.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What the thresholds should reach. */
typedef enum nomen_calibration_goal {
    NOMEN_GOAL_NONE = 0,      /* no thresholds, only the temperature */
    NOMEN_GOAL_PRECISION = 1, /* a precision, with the highest possible recall */
    NOMEN_GOAL_F1 = 2         /* the best F1 */
} nomen_calibration_goal;

/* The precision wanted for one type. */
typedef struct nomen_wanted_precision {
    const char *type; /* "per" */
    double precision;
} nomen_wanted_precision;

/* What it points to is borrowed. Fill with nomen_calibrate_init, then change. */
typedef struct nomen_calibrate_options {
    size_t size;                              /* of this struct */
    const nomen_call *call;                   /* what can stop it; NULL: nothing but nomen_set_interrupt */
    const char *model;                        /* a fine-tuned model directory */
    const char *data;                         /* labelled sentences that it was not trained on */
    const nomen_data_options *reading;        /* NULL: defaults */
    const nomen_tokenizer_options *tokenizer; /* NULL: defaults */
    const char *label_names;                  /* as in nomen_model_options: thresholds are for types under these names */
    size_t max_length;
    bool int8;
    nomen_aggregation aggregation; /* how entities are scored; default FIRST. NONE has no entities */
    double temperature;            /* use this one, from 1/64 to 64; 0: the best */
    nomen_calibration_goal goal;
    double precision;                     /* of every type that is not in `wanted`; 0: those get no threshold */
    const nomen_wanted_precision *wanted; /* (n_wanted) */
    size_t n_wanted;
    bool confident; /* require the lower end of the precision's 95 % interval to reach it */
    bool drop;      /* drop all entities of a type that can't reach it; otherwise it gets no threshold */
    bool dry_run;   /* store nothing */
} nomen_calibrate_options;

/* The defaults, in the caller's struct of `size` bytes. */
void nomen_calibrate_init(nomen_calibrate_options *options, size_t size);

/* One type of entity. */
typedef struct nomen_type_calibration {
    char *name;
    bool has_goal;
    double wanted;           /* the precision; NaN if there is none */
    bool reached;            /* with a goal: some threshold reaches it */
    double threshold;        /* -INFINITY: none, all are kept; INFINITY: all are dropped */
    nomen_prf before, after; /* without and with the threshold, on the given sentences */
    double at_least;         /* the lower end of the 95 % interval of the precision with the threshold */
    double best;             /* the highest value of the goal at any threshold; NaN without predicted entities */
    size_t best_kept;        /* entities kept there */
} nomen_type_calibration;

/* Cleared with nomen_calibration_result_clear. */
typedef struct nomen_calibration_result {
    double temperature;
    bool fitted;   /* rather than given */
    bool at_limit; /* it is 1/64 or 64: the sentences are too few or too similar */
    size_t n_sentences;
    size_t n_words;                 /* words with subword tokens and a known label, on which the temperature is fitted */
    size_t n_unknown;               /* words with a label that the model lacks */
    double loss_before, loss_after; /* mean negative log likelihood of the gold labels */
    nomen_calibration words_before, words_after;
    nomen_type_calibration *types; /* (n_types) sorted by name */
    size_t n_types;
    nomen_prf before, after; /* of all entities */
    bool reached;            /* every goal was reached */
    bool stored;
} nomen_calibration_result;

/*
 * Fits the temperature, then the thresholds on the resulting scores, and stores both in nomen.json in place of an
 * earlier calibration; nothing else in the file changes. A goal that is not reached is not a failure: see
 * `reached`. Fails as nomen_model_load and the readers of labelled files do, with
 * NOMEN_ERROR_ARGUMENT for a value out of range or a type that the model lacks, NOMEN_ERROR_DATA if no word can be
 * used, NOMEN_ERROR_IO if nomen.json can't be written, and NOMEN_ERROR_INTERRUPTED; nothing is stored then.
 */
nomen_status nomen_calibrate(const nomen_calibrate_options *options, nomen_calibration_result *result, nomen_error *err);

/* Frees what a result holds and leaves {0}. */
void nomen_calibration_result_clear(nomen_calibration_result *result);

/* Removes the calibration from a directory's nomen.json; *found says whether there was one. */
nomen_status nomen_calibration_reset(const char *directory, bool *found, nomen_error *err);

/* The aggregation that a loaded model's thresholds were fitted with; FIRST if there are none. */
nomen_aggregation nomen_model_get_aggregation(const nomen_model *model);

/*
 * The result as one JSON object on one line, or as tables for people; `options` are those of the run. On NOMEN_OK *out is
 * NUL-terminated UTF-8 of *n_bytes bytes (n_bytes may be NULL), which the caller frees with nomen_free. Fails with
 * NOMEN_ERROR_MEMORY, and with NOMEN_ERROR_ARGUMENT as nomen_calibrate does for impossible options.
 */
nomen_status nomen_calibration_result_to_json(const nomen_calibrate_options *options, const nomen_calibration_result *result,
                                              char **out, size_t *n_bytes, nomen_error *err);
nomen_status nomen_calibration_result_to_text(const nomen_calibrate_options *options, const nomen_calibration_result *result,
                                              char **out, size_t *n_bytes, nomen_error *err);

/* "none", "precision" or "f1"; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_calibration_goal_name(nomen_calibration_goal goal);

/* The goal of that name; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_calibration_goal_parse(const char *name, nomen_calibration_goal *out, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
