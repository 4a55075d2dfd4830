/*
 * What goes wrong in a run, said as soon as it shows, with what to do. It watches, and changes nothing of what is computed;
 * a run that has diverged is ended. Fed by one call at the start, one per step and one per evaluation. A finding of each kind is
 * made once in a run: a warning in the log, and an entry of nomen.json and of the result.
 */
#ifndef NOMEN_TRAIN_DIAGNOSIS_H
#define NOMEN_TRAIN_DIAGNOSIS_H

#include "base/json_out.h"
#include "nomen/train.h"
#include "run/examples.h"
#include "train/corpus.h"

/*
 * Steps of a block. The gradient's norm of single steps goes up and down by a factor of 3 or more; the median of fewer than
 * some 20 steps would follow it, and with many more a short run would never be judged.
 */
enum { NOMEN_DIAGNOSIS_BLOCK = 25 };

/*
 * All that it remembers, so that a run that goes on says what one that was never stopped says. Part of nomen_state.json: new
 * members go into the tables of state.c.
 */
typedef struct nomen_diagnosis_memory {
    size_t n_start;                  /* steps in start_loss */
    double start_loss, start_weight; /* sums over the first steps */
    size_t n_high;                   /* steps in a row with a loss far above the start */

    size_t n_norms; /* steps in this block */
    double norms[NOMEN_DIAGNOSIS_BLOCK];
    double block_loss, block_weight;
    size_t n_blocks;
    double first_norm, first_loss; /* median norm and mean loss of the first block */

    size_t n_silent, n_wrong; /* evaluations in a row that predicted nothing; that found no entity */
    size_t n_evaluations, n_rises;
    size_t low_epoch;              /* of the lowest dev loss */
    double low_dev_loss, low_loss; /* its value, and that of the training loss there */
    double rise_f1;                /* the best F1 before the dev loss began to rise */
    double last_dev_loss, last_loss, best_f1;
} nomen_diagnosis_memory;

typedef struct nomen_diagnosis {
    const nomen_train_options *options;
    size_t n_labels;
    size_t hidden_size; /* of the model, which decides what rate is usual */
    bool finite_only;   /* of steps, nothing is looked at but whether their numbers are finite */
    bool diverged;      /* the run can't go on */
    nomen_diagnosis_memory memory;
    nomen_train_finding *findings;
    size_t n_findings, capacity;
} nomen_diagnosis;

/* `options` are borrowed. */
void nomen_diagnosis_start(const nomen_train_options *options, size_t n_labels, size_t hidden_size, nomen_diagnosis *out);
void nomen_diagnosis_clear(nomen_diagnosis *diagnosis);

/*
 * Before the first step: labels without examples, parts without entities, sentences of dev and test that are in the training
 * part, kept labels of the model that the data lacks, and how many subword tokens have a label. `examples` are of the training
 * part; `label_counts` (labels->n): its words with each label. Where the training part is found in a cache, its sentences and
 * subword tokens are not looked at: that was done when the cache was made. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_diagnosis_data(nomen_diagnosis *diagnosis, const nomen_corpus *corpus, const nomen_labels *labels,
                                  const size_t *label_counts, const nomen_examples *examples, nomen_error *err);

/* A step that was done. */
typedef struct nomen_diagnosis_step {
    size_t step;             /* from 1 */
    double loss_sum, weight; /* the loss is their quotient */
    double norm;             /* of the gradient, before clipping; 0 where nothing clips */
} nomen_diagnosis_step;

/*
 * NOMEN_ERROR_DATA, and diagnosis->diverged, where the loss or the norm is no finite number, or the loss has stayed far above
 * where it began. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_diagnosis_add_step(nomen_diagnosis *diagnosis, const nomen_diagnosis_step *step, nomen_error *err);

/* The same for another number of a step, `what` ("weights are"), that must be finite. */
nomen_status nomen_diagnosis_finite(nomen_diagnosis *diagnosis, bool finite, size_t step, const char *what, nomen_error *err);

/* Scores after a whole epoch. */
typedef struct nomen_diagnosis_scores {
    size_t epoch;              /* that is done, from 1 */
    bool last;                 /* no other follows */
    double loss;               /* of the training passes of the epoch */
    const nomen_report *train; /* of the training passes */
    const nomen_report *dev;   /* NULL: there is no dev part */
} nomen_diagnosis_scores;

/* Fails with NOMEN_ERROR_MEMORY. */
nomen_status nomen_diagnosis_add_scores(nomen_diagnosis *diagnosis, const nomen_diagnosis_scores *scores, nomen_error *err);

/* Hands the findings over; the diagnosis has none then. */
void nomen_diagnosis_take(nomen_diagnosis *diagnosis, nomen_train_finding **findings, size_t *n);

/* Whether there is a finding of that kind. */
bool nomen_diagnosis_has(const nomen_diagnosis *diagnosis, nomen_train_finding_kind kind);

/* Makes a finding of a kind that there is none of yet: the message is what was seen, then what to do. */
nomen_status nomen_diagnosis_find(nomen_diagnosis *diagnosis, nomen_train_finding_kind kind, nomen_error *err, const char *format,
                                  ...) __attribute__((format(printf, 4, 5)));

/* The same for a message that was said before, which goes into the list alone. */
nomen_status nomen_diagnosis_add(nomen_diagnosis *diagnosis, nomen_train_finding_kind kind, const char *message,
                                 nomen_error *err);

/* The kind of that name; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_train_finding_parse(const char *name, nomen_train_finding_kind *out, nomen_error *err);

enum { NOMEN_DIAGNOSIS_ADVICE_SIZE = 256 };

/* What makes a run calmer, as far as the options don't have it yet: "lower learning-rate (0.1), to 0.01 say, and ...". */
char *nomen_diagnosis_calm(const nomen_train_options *options, char out[NOMEN_DIAGNOSIS_ADVICE_SIZE]);

/* Advice as the beginning of a sentence: with a capital letter, in place. */
char *nomen_diagnosis_sentence(char *advice);

/* [{"kind": ..., "message": ...}]; a new reference, or NULL where memory is out. */
json_t *nomen_findings_json(const nomen_train_finding *findings, size_t n);
void nomen_findings_clear_list(nomen_train_finding *findings, size_t n);

/* The memory and the findings as one JSON object in a checkpoint, and back; *diagnosis is as it started where `json` is NULL. */
void nomen_diagnosis_save(const nomen_diagnosis *diagnosis, const char *key, nomen_json_out *json);
nomen_status nomen_diagnosis_load(nomen_diagnosis *diagnosis, const json_t *json, const char *path, nomen_error *err);

#endif
