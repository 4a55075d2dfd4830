/*
 * Evaluation: how well a model, or somebody's predictions, find the entities of labelled sentences. What is computed is in
 * nomen/eval.h; this puts it together.
 *
 *     nomen_error err = {0};
 *     const nomen_evaluate_files files = {.size = sizeof files, .gold = "test.csv", .model = "my-model"};
 *     nomen_evaluation *e = NULL;
 *     char *text = NULL;
 *     if (nomen_evaluate_files_run(&files, NULL, &e, &err) != NOMEN_OK) { return fail(&err); }
 *     printf("F1 %.4f\n", nomen_evaluation_get_score(e, NOMEN_MEAN_MICRO).f1);
 *     if (nomen_evaluation_to_text(e, NOMEN_REPORT_ALL, &text, NULL, &err) == NOMEN_OK) { fputs(text, stdout); }
 *     nomen_free(text);
 *     nomen_evaluation_free(e);
 */
#ifndef NOMEN_EVALUATE_H
#define NOMEN_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/dataset.h"
#include "nomen/error.h"
#include "nomen/eval.h"
#include "nomen/model.h"
#include "nomen/tagger.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What is computed: nomen_evaluate_options o = {.size = sizeof o}, then change. What it points to is borrowed. */
typedef struct nomen_evaluate_options {
    size_t size; /* of this struct */
    /*
     * What can stop it and, of a model, how labels are chosen and which entities are left out: decoding, repair, calibration,
     * thresholds and types count, the aggregation is FIRST. NULL: as the model asks for.
     */
    const nomen_request *request;
    bool plain_text;    /* of a model: also the score of the texts without their words, as tagging finds it */
    size_t replicates;  /* resamplings for the interval of the F1 and the test against another system; 0 for neither */
    double confidence;  /* of the intervals; 0 is 0.95 */
    uint64_t seed;      /* of the resampling; the same seed gives the same bits */
    const char *errors; /* the errors are listed in this file, one JSON object per line; an existing one is replaced. NULL: not */
    /* For the functions that take datasets; for files, nomen_evaluate_files names them. */
    const nomen_dataset *train;   /* the model's training data, to score seen and unseen entities separately; or NULL */
    const nomen_dataset *against; /* the same sentences as gold, tagged by another system, to test the difference; or NULL */
} nomen_evaluate_options;

/* The result of an evaluation; never changes. */
typedef struct nomen_evaluation nomen_evaluation;

/*
 * Tags the sentences of `gold` and scores the labels, by the tags that the dataset holds (IOB2). Tags that the model lacks
 * count as errors, and are logged. Every gold entity counts, whatever its sentence's length. Memory does not grow with the
 * number of sentences. `options` may be NULL. On NOMEN_OK *out is the caller's, to be freed with nomen_evaluation_free. Fails
 * with NOMEN_ERROR_ARGUMENT (options that can't be met; a model loaded for training), _DATA (`against` has other sentences),
 * _IO (the list of errors), _LIMIT, _MEMORY, _INTERRUPTED and _TIMEOUT.
 */
nomen_status nomen_evaluate_dataset(const nomen_model *model, const nomen_dataset *gold, const nomen_evaluate_options *options,
                                    nomen_evaluation **out, nomen_error *err);

/* The same for the tags of `predicted`, a dataset of the same sentences, cut into the same words. */
nomen_status nomen_evaluate_predictions(const nomen_dataset *predicted, const nomen_dataset *gold,
                                        const nomen_evaluate_options *options, nomen_evaluation **out, nomen_error *err);

/* Files to evaluate, and how to read them: nomen_evaluate_files f = {.size = sizeof f}, then change. Borrowed. */
typedef struct nomen_evaluate_files {
    size_t size;             /* of this struct */
    const char *gold;        /* labelled sentences to score against */
    const char *model;       /* a model directory whose labels are scored; NULL if `predictions` are: one of both is given */
    const char *predictions; /* labelled sentences whose tags are scored, the same as those of `gold` */
    const char *train;       /* training data, to score seen and unseen entities separately; or NULL */
    const char *against;     /* another system's tags for the sentences of `gold`, to test the difference; or NULL */
    nomen_scheme predictions_scheme;    /* of predictions and against; AUTO: that of `gold`, if their tags allow it */
    const nomen_data_options *reading;  /* how all files are read, but for max_rows of `train`; NULL: defaults */
    const nomen_model_options *loading; /* how the model is loaded; NULL: defaults */
} nomen_evaluate_files;

/*
 * What `nomen eval` does: reads the files and evaluates. Predictions that are cut into other words than `gold` are put on its
 * words; tags of one scheme are scored as they stand in the files, others as IOB2; a model whose labels have no names is
 * scored on tags that are numbers. Ownership as above. Fails as nomen_dataset_load, nomen_model_load and the functions above
 * do, and with NOMEN_ERROR_ARGUMENT unless either a model or predictions are given.
 */
nomen_status nomen_evaluate_files_run(const nomen_evaluate_files *files, const nomen_evaluate_options *options,
                                      nomen_evaluation **out, nomen_error *err);

/* Frees a result; NULL is allowed. */
void nomen_evaluation_free(nomen_evaluation *evaluation);

/* Means of the scores of entities over their types. */
typedef enum nomen_mean {
    NOMEN_MEAN_MICRO = 0,   /* of all entities together: the usual precision, recall and F1 */
    NOMEN_MEAN_MACRO = 1,   /* plain means over the types */
    NOMEN_MEAN_WEIGHTED = 2 /* means over the types, weighted by gold entities */
} nomen_mean;

/* "micro", "macro", "weighted"; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_mean_name(nomen_mean mean);

/* The score by a mean, with counts; MICRO for a value that is none. */
nomen_prf nomen_evaluation_get_score(const nomen_evaluation *evaluation, nomen_mean mean);

/* The i-th type of entities, sorted by name, and its score (may be NULL): the name, or NULL if there are fewer. */
const char *nomen_evaluation_get_type(const nomen_evaluation *evaluation, size_t i, nomen_prf *score);

/* All figures, borrowed from the result. */
const nomen_details *nomen_evaluation_get_details(const nomen_evaluation *evaluation);

/* Tables that can follow the report of the text form. Those that have no figures are left out. */
typedef enum nomen_report_part {
    NOMEN_REPORT_CONLLEVAL = 0,  /* what conlleval prints */
    NOMEN_REPORT_STRICT = 1,     /* seqeval's strict mode */
    NOMEN_REPORT_NERVALUATE = 2, /* nervaluate's four ways */
    NOMEN_REPORT_OUTCOMES = 3,   /* kinds of errors */
    NOMEN_REPORT_CONFUSION = 4,  /* types that were taken for others */
    NOMEN_REPORT_LENGTH = 5,     /* by the number of words */
    NOMEN_REPORT_SEEN = 6,       /* seen in the training data, or not */
    NOMEN_REPORT_CALIBRATION = 7 /* confidence against correctness */
} nomen_report_part;

/* All of these tables, also those of later versions. */
#define NOMEN_REPORT_ALL (~0U)

/* "conlleval", "strict", "nervaluate"...; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_report_part_name(nomen_report_part part);

/* The table of that name; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_report_part_parse(const char *name, nomen_report_part *out, nomen_error *err);

/*
 * The report as tables for people, with the parts that `parts` has (a sum of 1 << nomen_report_part; 0 for none); as one JSON
 * object on one line with all figures; and as conlleval prints its own, byte for byte. On NOMEN_OK *out is NUL-terminated UTF-8
 * of *n_bytes bytes (n_bytes may be NULL), which the caller frees with nomen_free. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_evaluation_to_text(const nomen_evaluation *evaluation, unsigned parts, char **out, size_t *n_bytes,
                                      nomen_error *err);
nomen_status nomen_evaluation_to_json(const nomen_evaluation *evaluation, char **out, size_t *n_bytes, nomen_error *err);
nomen_status nomen_evaluation_to_conlleval(const nomen_evaluation *evaluation, char **out, size_t *n_bytes, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
