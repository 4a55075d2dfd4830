/*
 * Fine-tuning: a labelled file and a model directory in, a model directory out.
 *
 *     nomen_error err = {0};
 *     nomen_train_options options;
 *     nomen_train_init(&options, sizeof options);
 *     options.model = "bert-base-cased";
 *     options.train = "train.csv";
 *     options.output = "my-model";
 *     nomen_train_result result = {0};
 *     if (nomen_train(&options, NULL, NULL, &result, &err) != NOMEN_OK) { return fail(&err); }
 *     printf("F1 %.3f\n", result.test.micro.f1);
 *     nomen_train_result_clear(&result);
 *
 * The same data, seed and options give the same bytes of weights, at any number of threads.
 */
#ifndef NOMEN_TRAIN_H
#define NOMEN_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/data.h"
#include "nomen/call.h"
#include "nomen/error.h"
#include "nomen/eval.h"
#include "nomen/model.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What turns gradients into steps. */
typedef enum nomen_optimizer { NOMEN_OPTIMIZER_ADAMW = 0, NOMEN_OPTIMIZER_SGD = 1 } nomen_optimizer;

/* How the learning rate goes over the steps. */
typedef enum nomen_schedule {
    NOMEN_SCHEDULE_LINEAR = 0,  /* up to the learning rate over the warm-up, then down to 0 at the last step */
    NOMEN_SCHEDULE_CONSTANT = 1 /* up over the warm-up, then the same */
} nomen_schedule;

/* What to train on, and how. What it points to is borrowed. Fill with nomen_train_init, then change. */
typedef struct nomen_train_options {
    size_t size;            /* of this struct */
    const nomen_call *call; /* what can stop it; NULL: nothing but nomen_set_interrupt */
    const char *model;      /* a Hugging Face model directory */
    const char *train;      /* a labelled file, in any format that nomen reads */
    const char *dev;        /* may be NULL; if both dev and test are NULL, they are taken from `train` by `split` */
    const char *test;       /* may be NULL */
    const char *output;     /* the directory to create */
    bool overwrite;         /* replace an existing `output` */
    const nomen_tokenizer_options *tokenizer; /* NULL: defaults */
    const nomen_data_options *data;           /* how all files are read, except max_rows; NULL: defaults */

    /* From here on: what a recipe sets, and what the record of the run contains. */
    size_t rows;       /* use only the first `rows` sentences of `train`; 0 for all */
    unsigned split[3]; /* percent of train, dev and test, unless files are given for them; sums to 100 */
    bool numpy_split;  /* the split of the article instead of one that keeps equal texts together */
    uint64_t split_seed;
    uint64_t seed; /* of the fresh head, the order of sentences, dropout */
    size_t epochs;
    size_t batch_size;                  /* sentences */
    size_t gradient_accumulation_steps; /* batches in a step; with `spread`, of each process */
    size_t max_tokens;           /* most subword tokens computed at a time; a larger step is divided, with the same result */
    bool gradient_checkpointing; /* less memory, about a fifth more time, the same weights */
    bool shuffle;
    nomen_optimizer optimizer;
    double learning_rate;
    nomen_schedule schedule;
    double warmup_ratio; /* of all steps */
    size_t warmup_steps; /* overrides the ratio unless 0 */
    double weight_decay; /* not on biases and LayerNorm */
    double adam_beta1, adam_beta2, adam_epsilon;
    double max_grad_norm; /* 0: no clipping */
    nomen_align_mode alignment;
    bool crf;                   /* a linear-chain CRF over the labelled subword tokens of each window; see docs/DECODING.md */
    double crf_learning_rate;   /* its highest learning rate; it goes up and down as learning_rate does */
    const char *class_weight;   /* "none", "auto" (inverse frequency), or a JSON file {"label": weight} */
    size_t max_length;          /* subword tokens per window, special tokens included; 0: the model's limit */
    size_t stride;              /* overlap of windows in subword tokens; SIZE_MAX: as the model states, or a quarter */
    nomen_overflow on_overflow; /* AUTO: as the model states, or windows */
    size_t context;             /* subword tokens of context on each side of a sentence, from its neighbours */
    size_t logging_steps;       /* steps between two entries of trainer_state.json */
    bool keep_best;             /* the epoch with the best dev F1, not the last */
    nomen_precision
        precision; /* of the encoder's dense products, forward and backward; the weights that are changed are floats */

    /* Checkpoints in `output`, which change nothing of what is trained; docs/TRAINING.md says what is in one. */
    size_t save_steps;       /* steps between two; 0: none */
    size_t save_total_limit; /* the most that are kept, besides the last and that of the best epoch; 0: all */
    bool save_on_stop;       /* one is saved where the call is stopped before its last step */
    bool resume;             /* goes on from the last good one in `output`, to the bytes of a run that was never stopped */

    /* Many processes, which mpirun started together; docs/SPREADING.md. */
    bool reduce_by_batch; /* each batch's gradient is computed alone, then added; always so with more than one process */
    bool spread; /* share the steps with the other processes, each of which makes this call; without others it does nothing */
} nomen_train_options;

/*
 * The default recipe in the caller's struct of `size` bytes: AdamW 5e-5, weight decay 0.01, linear schedule, 10 % warm-up,
 * clip 1.0, batch 16, 3 epochs.
 */
void nomen_train_init(nomen_train_options *options, size_t size);

/* The recipe by name: "default", or "seed", the article's run (SGD 5e-3, batch 2, 5 epochs, numpy's split). It
 * sets every hyper-parameter and leaves the files alone. NOMEN_ERROR_ARGUMENT for another name. */
nomen_status nomen_train_set_recipe(nomen_train_options *options, const char *recipe, nomen_error *err);

/*
 * Sets one hyper-parameter by its name ("learning-rate") from text. Fails with
 * NOMEN_ERROR_ARGUMENT for an unknown name, or a value that the parameter does not take. A text value
 * is borrowed.
 */
nomen_status nomen_train_set(nomen_train_options *options, const char *name, const char *value, nomen_error *err);

/*
 * Sets hyper-parameters from a JSON file {"learning-rate": 3e-5, ...}; the record that a run leaves
 * in nomen.json under "options" has this form. *texts is memory that `options` then borrows from
 * (may be NULL); free it with nomen_free after use.
 */
nomen_status nomen_train_load_recipe(nomen_train_options *options, const char *path, char **texts, nomen_error *err);

/* One hyper-parameter's name, what its value looks like, and what it does; NULL after the last. */
typedef struct nomen_train_parameter {
    const char *name;
    const char *value;
    const char *help;
} nomen_train_parameter;

/* All of them, an array that ends with a NULL name. Borrowed, static. */
const nomen_train_parameter *nomen_train_parameters(void);

/* What happened in an epoch. NaN if there is no value. */
typedef struct nomen_train_epoch {
    size_t epoch;          /* from 1 */
    double loss;           /* mean over the labelled subword tokens of the epoch, dropout on */
    double accuracy;       /* of the training passes, dropout on: the mean over sentences */
    double token_accuracy; /* the same over all words */
    double f1;             /* the same, of entities */
    double dev_loss;
    double dev_accuracy;
    double dev_token_accuracy;
    double dev_precision, dev_recall, dev_f1;
    double seconds; /* of the training loop alone */
    bool best;      /* this epoch's weights are the ones kept so far */
} nomen_train_epoch;

/* The progress of a run, after each step. */
typedef struct nomen_train_progress {
    size_t epoch, n_epochs; /* from 1 */
    size_t step, n_steps;   /* within the epoch */
    double loss;            /* mean over the labelled subword tokens of the epoch so far */
    double tokens_per_second;
    double seconds_left; /* of the whole run, training steps alone */
} nomen_train_progress;

/* What a run reports while it runs; any function may be NULL. Called from the caller's thread. */
typedef struct nomen_train_callbacks {
    /* Labels with how many words of the training part have each; once, before the first step. */
    void (*labels)(void *user, const char *const *names, const size_t *counts, size_t n_labels);
    void (*progress)(void *user, const nomen_train_progress *progress);
    void (*epoch)(void *user, const nomen_train_epoch *epoch);
} nomen_train_callbacks;

/* What a run gave; cleared with nomen_train_result_clear. */
typedef struct nomen_train_result {
    nomen_train_epoch *epochs; /* (n_epochs) those that were finished */
    size_t n_epochs;
    size_t best_epoch; /* the one kept, from 1 */
    bool has_dev, has_test;
    nomen_report dev, test; /* of the weights kept */
    size_t n_sentences[3];  /* train, dev, test */
    size_t steps, steps_per_epoch;
    double tokens_per_second, sentences_per_second; /* of the training loop alone */
} nomen_train_result;

/*
 * Trains, scores and writes the model directory, which appears at `output` completely or not at all.
 * `callbacks` may be NULL. If the interrupt function of nomen/runtime.h returns true, the best finished
 * epoch is written and NOMEN_ERROR_INTERRUPTED returned; the message says which, and *result has the
 * results so far. With `save_on_stop` the whole training is kept in a checkpoint too, and the error's remedy is
 * NOMEN_REMEDY_RESUME. With `resume` the callbacks are told of what is still to come alone; data or options that are not
 * those of the run are NOMEN_ERROR_DATA and _ARGUMENT, naming them; where there is no good checkpoint, _DATA.
 * A checkpoint that can't be written for lack of room is a warning in the log. Also fails as reading the data and the model
 * do, and with NOMEN_ERROR_EXISTS (another run writes there, too), _IO, _ARGUMENT (a value outside its range), _DATA (nothing
 * to train on).
 */
nomen_status nomen_train(const nomen_train_options *options, const nomen_train_callbacks *callbacks, void *user,
                         nomen_train_result *result, nomen_error *err);

/*
 * How many processes mpirun started together with this one, as the environment says; 1 where it started none. *rank (may be
 * NULL) is this one's number among them, from 0. With `spread`, process 0 alone calls back, logs, writes and has results;
 * the others return NOMEN_OK, NOMEN_ERROR_INTERRUPTED where process 0 has the reason, or an error of their own. A process that
 * fails otherwise, or that finds another one lost (NOMEN_ERROR_IO), is to end with an exit code that is not 0, and can't train
 * so again.
 */
size_t nomen_train_processes(size_t *rank);

/* Frees what a result holds and leaves {0}. */
void nomen_train_result_clear(nomen_train_result *result);

/* Names of values, as nomen_train_set takes them: "adamw", "sgd"; "linear", "constant". Others are "unknown". Borrowed. */
const char *nomen_optimizer_name(nomen_optimizer optimizer);
const char *nomen_schedule_name(nomen_schedule schedule);

/* The value of that name; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_optimizer_parse(const char *name, nomen_optimizer *out, nomen_error *err);
nomen_status nomen_schedule_parse(const char *name, nomen_schedule *out, nomen_error *err);

/*
 * All hyper-parameters as one JSON object by their names: what nomen_train_load_recipe reads. On NOMEN_OK *out is NUL-
 * terminated UTF-8 of *n_bytes bytes (n_bytes may be NULL), which the caller frees with nomen_free. Fails with
 * NOMEN_ERROR_MEMORY, and with NOMEN_ERROR_ARGUMENT for a struct of impossible size.
 */
nomen_status nomen_train_options_to_json(const nomen_train_options *options, char **out, size_t *n_bytes, nomen_error *err);

/*
 * The result as one JSON object on one line, with the most memory that this process has had so far ("peak_rss_bytes"), or as
 * the tables of dev and test for people; without either the text is empty. Ownership and failures as above.
 */
nomen_status nomen_train_result_to_json(const nomen_train_result *result, char **out, size_t *n_bytes, nomen_error *err);
nomen_status nomen_train_result_to_text(const nomen_train_result *result, char **out, size_t *n_bytes, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
