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
typedef enum nomen_optimizer { NOMEN_OPTIMIZER_ADAMW = 0, NOMEN_OPTIMIZER_SGD = 1, NOMEN_OPTIMIZER_LION = 2 } nomen_optimizer;

/* How the learning rate goes over the steps: up to its highest over the warm-up, and then as docs/OPTIMISATION.md says, which
 * names the arguments of each. All but the warm-up of CONSTANT and REDUCE_LR_ON_PLATEAU are transformers' of these names. */
typedef enum nomen_schedule {
    NOMEN_SCHEDULE_LINEAR = 0,               /* down to 0 at the last step */
    NOMEN_SCHEDULE_CONSTANT = 1,             /* stays */
    NOMEN_SCHEDULE_CONSTANT_WITH_WARMUP = 2, /* stays */
    NOMEN_SCHEDULE_COSINE = 3,               /* down as a cosine, to 0 */
    NOMEN_SCHEDULE_COSINE_WITH_RESTARTS = 4, /* several cosines, each from the highest rate to 0 */
    NOMEN_SCHEDULE_COSINE_WITH_MIN_LR = 5,   /* down as a cosine, to a rate above 0 */
    NOMEN_SCHEDULE_POLYNOMIAL = 6,           /* down as a power of the steps that are left */
    NOMEN_SCHEDULE_INVERSE_SQRT = 7,         /* down as 1 / sqrt(step) */
    NOMEN_SCHEDULE_WARMUP_STABLE_DECAY = 8,  /* stays, then down over the last steps */
    NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU = 9  /* down by a factor where the dev part's scores stay as they are */
} nomen_schedule;

/* What training minimises, on the labelled subword tokens of a step; docs/OPTIMISATION.md has the formulas. */
typedef enum nomen_loss {
    NOMEN_LOSS_CROSS_ENTROPY = 0,
    NOMEN_LOSS_FOCAL = 1 /* what is learnt already counts less */
} nomen_loss;
/* What a run with LoRA leaves. */
typedef enum nomen_lora_export {
    NOMEN_LORA_MERGED = 0, /* a plain model directory, adapters added to the weights */
    NOMEN_LORA_ADAPTER = 1 /* the adapters and the head alone, as peft writes and reads them; nomen finds the base by its name */
} nomen_lora_export;

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
    double learning_rate; /* 0: by the model's hidden size, the optimizer and LoRA; docs/TRAINING.md */
    nomen_schedule schedule;
    double warmup_ratio; /* of all steps */
    size_t warmup_steps; /* overrides the ratio unless 0 */
    double weight_decay; /* not on biases and LayerNorm */
    double adam_beta1, adam_beta2, adam_epsilon;
    double max_grad_norm; /* 0: no clipping */
    nomen_align_mode alignment;
    bool crf;                   /* a linear-chain CRF over the labelled subword tokens of each window; see docs/DECODING.md */
    double crf_learning_rate;   /* its highest learning rate; it goes up and down as learning_rate does */
    const char *class_weight;   /* "none", "auto", "sqrt", "effective" (all by frequency), or a JSON file {"label": weight} */
    size_t max_length;          /* subword tokens per window, special tokens included; 0: the model's limit */
    size_t stride;              /* overlap of windows in subword tokens; SIZE_MAX: as the model states, or a quarter */
    nomen_overflow on_overflow; /* AUTO: as the model states, or windows */
    size_t context;             /* subword tokens of context on each side of a sentence, from its neighbours */
    size_t logging_steps;       /* steps between two entries of trainer_state.json; SIZE_MAX: a fiftieth of the run, 1 to 100 */
    bool keep_best;             /* the weights of the best evaluation of dev by best_metric, not the last */
    nomen_precision
        precision; /* of the encoder's dense products, forward and backward; the weights that are changed are floats */

    /* Checkpoints in `output`, which change nothing of what is trained; docs/CHECKPOINTS.md says what is in one. */
    size_t save_steps;       /* steps between two; 0: none */
    size_t save_total_limit; /* the most that are kept: that of the best evaluation and the last ones, with 1 both; 0: all */
    bool save_on_stop;       /* one is saved where the call is stopped before its last step */
    bool resume;             /* goes on from the last good one in `output`, to the bytes of a run that was never stopped */

    /* One fold of a cross-validation, in place of `split`, `dev` and `test`; nomen/sweep.h runs all of them. */
    size_t folds; /* `train` is divided into so many, equal texts into one, by split_seed; 0: it is not */
    size_t fold;  /* the one that is the test part, from 1; all others are trained on */

    /* More hyper-parameters: of optimisers, schedules and rates of layers; docs/OPTIMISATION.md. */
    double momentum;                 /* of SGD, from 0 */
    double lion_beta1, lion_beta2;   /* of Lion: of the mean whose sign is the step, and of the mean that is kept */
    const char *lr_scheduler_kwargs; /* a JSON object of the schedule's arguments; NULL, "{}" or "none": none */
    double layer_lr_decay;           /* the rate of each layer as a share of the rate of the one above; 1: all the same */
    double head_learning_rate;       /* the classifier's highest learning rate; 0: learning_rate */
    bool nesterov;                   /* of SGD: Nesterov's momentum */
    /* The loss, rare types, and an average of the weights; docs/OPTIMISATION.md says more. */
    double class_weight_beta;    /* of class_weight "effective": weights by (1 - beta) / (1 - beta^count) */
    double focal_gamma;          /* of the focal loss */
    double label_smoothing;      /* share of the target spread evenly over all labels, with cross-entropy; 0: none */
    double oversample_threshold; /* sentences with a type that fewer than this share have are repeated; 0: none */
    double ema_decay;            /* of an average of the weights, which is scored and kept in their place; 0: none */
    nomen_loss loss;             /* with a CRF its own is minimised, and this is to be cross-entropy */
    /*
     * Records of the run, outside `output`, which change nothing of what is trained; NULL: none. docs/RECORDS.md says what is
     * in them. What can't be written is an error before the first step, and a warning after it.
     */
    const char *log_csv;     /* a file: a row for each entry of the log and for each evaluation, as they come */
    const char *tensorboard; /* a directory: TensorBoard's events of the same */
    const char *report;      /* a file: a page of HTML about the run, at its end; it shows sentences of the dev part */
    const char *command;     /* how the run was started, for that page */
    const char *model_name;  /* of `model` on the hub, for the model card and that page */

    /* Labels of a model that is trained already; a hyper-parameter. Aligned, as it must not begin in padding. */
    nomen_keep_labels keep_labels __attribute__((aligned(sizeof(size_t))));
    /* Evaluation of the dev part, which all of these need. */
    size_t eval_steps;       /* steps between two evaluations besides that of each epoch's end; 0: only those */
    const char *best_metric; /* what is best: a figure of nomen_report_to_json ("f1", "loss"), or "TYPE.f1" of an entity type */
    size_t early_stopping_patience;  /* training ends after so many evaluations without improvement in a row; 0: never */
    double early_stopping_threshold; /* an improvement by no more than this counts as none there */
    size_t save_top_k;               /* the checkpoints of so many best evaluations are saved and kept, too; 0: none */
    /* The training file, encoded, in files instead of memory, which change nothing of what is trained; docs/LARGE-DATA.md. */
    const char *cache; /* a directory, which is made if it is not there; NULL: none */
    bool verify_cache; /* whether the data and the cache are unchanged is found by their SHA-256, not by sizes and times */
    /* Training a part of the model; docs/LORA.md. LoRA freezes all but its adapters, the head and the CRF. */
    bool freeze_embeddings;
    size_t freeze_layers;    /* the first so many encoder layers, and the embeddings */
    size_t lora_rank;        /* 0: no LoRA, and nothing below has an effect */
    double lora_alpha;       /* adapters are scaled by alpha / rank */
    double lora_dropout;     /* of the adapters' inputs */
    const char *lora_target; /* dense layers with adapters: query, key, value, attention.output.dense, intermediate.dense,
                                output.dense; joined by commas */
    const char *lora_init;   /* adapter_model.safetensors whose adapters to start from; NULL or "none": fresh ones */
    nomen_lora_export lora_export;
    /* Many processes, which mpirun started together; docs/SPREADING.md. */
    bool reduce_by_batch; /* each batch's gradient is computed alone, then added; always so with more than one process */
    bool spread; /* share the steps with the other processes, each of which makes this call; without others it does nothing */
    double
        save_minutes; /* between two where save_steps is 0: each replaces the last, and goes when the model is written; 0: none */
} nomen_train_options;

/*
 * The default recipe in the caller's struct of `size` bytes: AdamW, weight decay 0.01, linear schedule, 10 % warm-up,
 * clip 1.0, batch 16, 3 epochs.
 */
void nomen_train_init(nomen_train_options *options, size_t size);

/* The recipe by name: "default"; "fast", 1 epoch; "best", 6 epochs; or "seed", the article's run (SGD 5e-3, batch 2, 5
 * epochs, numpy's split). It sets every hyper-parameter and leaves the files alone. NOMEN_ERROR_ARGUMENT for another name. */
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
    double loss;           /* what training minimises: mean over the labelled subword tokens of the epoch, dropout on */
    double accuracy;       /* of the training passes, dropout on: the mean over sentences */
    double token_accuracy; /* the same over all words */
    double f1;             /* the same, of entities */
    double dev_loss;       /* cross-entropy, or the CRF's, whatever training minimises */
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
    double seconds_left;          /* of the whole run, training steps alone */
    size_t run_step, n_run_steps; /* within the run */
    double learning_rate;         /* of this step */
} nomen_train_progress;

/* An evaluation of the dev part: after each epoch, and with eval_steps within it. */
typedef struct nomen_train_evaluation {
    size_t step;  /* optimiser steps done, from 1 */
    double epoch; /* passes done, with their fraction: a whole number at an epoch's end */
    double dev_loss, dev_accuracy, dev_token_accuracy, dev_precision, dev_recall, dev_f1; /* as in nomen_train_epoch */
    double metric; /* the figure that best_metric names; NaN where it is not defined */
    bool best;     /* these weights are the ones kept so far */
} nomen_train_evaluation;

/* A checkpoint that save_top_k keeps. */
typedef struct nomen_train_top {
    size_t step;
    double metric;
} nomen_train_top;

/* What a run reports while it runs; any function may be NULL. Called from the caller's thread. */
typedef struct nomen_train_callbacks {
    /* Labels with how many words of the training part have each; once, before the first step. */
    void (*labels)(void *user, const char *const *names, const size_t *counts, size_t n_labels);
    void (*progress)(void *user, const nomen_train_progress *progress);
    void (*epoch)(void *user, const nomen_train_epoch *epoch);
    void (*evaluation)(void *user, const nomen_train_evaluation *evaluation); /* at an epoch's end it comes before `epoch` */
} nomen_train_callbacks;

/* What can go wrong in a run; docs/EVALUATION.md says when each is found. Later versions may have more. */
typedef enum nomen_train_finding_kind {
    NOMEN_TRAIN_DIVERGED = 0,            /* the loss is no number, or far above its start: the run was ended */
    NOMEN_TRAIN_RATE_TOO_HIGH = 1,       /* gradients grow and the loss does not fall */
    NOMEN_TRAIN_ONLY_OUTSIDE = 2,        /* O for every word, though there are entities */
    NOMEN_TRAIN_NOTHING_RIGHT = 3,       /* entities are predicted, and none is right: F1 stays at 0 */
    NOMEN_TRAIN_OVER_FITTING = 4,        /* dev gets worse while training gets better */
    NOMEN_TRAIN_LABELS_NOT_IN_TRAIN = 5, /* labels of dev or test without an example to learn from */
    NOMEN_TRAIN_NO_ENTITIES = 6,         /* a part without any entity */
    NOMEN_TRAIN_SHARED_SENTENCES = 7,    /* sentences of dev or test that are trained on */
    NOMEN_TRAIN_FEW_LABELLED = 8,        /* most subword tokens have no label, and teach nothing */
    NOMEN_TRAIN_TYPES_FORGOTTEN = 9      /* types of the model that the data has no example of */
} nomen_train_finding_kind;

/* What was found: once per kind. */
typedef struct nomen_train_finding {
    nomen_train_finding_kind kind;
    char *message; /* one UTF-8 line: what was seen, then what to do, which names hyper-parameters as nomen_train_set does */
} nomen_train_finding;

/* The name of a kind in nomen.json and in JSON ("over-fitting"); others are "unknown". Borrowed, static. */
const char *nomen_train_finding_name(nomen_train_finding_kind kind);

/* What a run gave; cleared with nomen_train_result_clear. */
typedef struct nomen_train_result {
    nomen_train_epoch *epochs; /* (n_epochs) those that were finished */
    size_t n_epochs;
    size_t best_epoch; /* that whose weights are kept, or within which they were, from 1 */
    bool has_dev, has_test;
    nomen_report dev, test; /* of the weights kept */
    size_t n_sentences[3];  /* train, dev, test */
    size_t steps, steps_per_epoch;
    double tokens_per_second, sentences_per_second; /* of the training loop alone */
    nomen_train_finding *findings;                  /* (n_findings) in the order in which they were found */
    size_t n_findings;
    nomen_train_evaluation *evaluations; /* (n_evaluations) in order of step; none without a dev part */
    size_t n_evaluations;
    size_t best_step;     /* after which the weights were the ones kept */
    nomen_train_top *top; /* (n_top) best first; of equal ones the earlier */
    size_t n_top;
    bool stopped_early; /* early_stopping_patience ended it before its last step */
} nomen_train_result;

/*
 * Trains, scores and writes the model directory, which appears at `output` completely or not at all. `callbacks` may be NULL.
 * If the interrupt function of nomen/runtime.h returns true, the weights of the best finished epoch (with eval_steps: of the
 * best evaluation) are written and NOMEN_ERROR_INTERRUPTED returned; the message says which, and *result has the results so far.
 * With `save_on_stop` the whole training is kept in a checkpoint too, and the error's remedy is NOMEN_REMEDY_RESUME. With
 * `resume` the callbacks are told of what is still to come alone; data or options that are not those of the run are
 * NOMEN_ERROR_DATA and _ARGUMENT, naming them; where there is no good checkpoint, _DATA.
 * Training that diverges (a loss or a gradient that is no finite number, or a loss far above its start) is ended with
 * NOMEN_ERROR_DATA, and with NOMEN_ERROR_IO where the best weights can't be kept. What was kept before is written then, the
 * message says so, and *result has the results so far; checkpoints stay. Other things that look wrong, and a checkpoint for
 * which there is no room, are warnings in the log, the former in result->findings too. Other errors leave *result as it is:
 * start it as {0}, and it may be cleared whatever happens. Also fails as reading the data and the model do, and with
 * NOMEN_ERROR_EXISTS (another run writes there, too; or `output` is there, with NOMEN_REMEDY_RESUME if that is a run that did
 * not end), _ARGUMENT (a value outside its range), _DATA (nothing to train on). */
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

/* How to look for a learning rate: nomen_find_rate_options o = {.size = sizeof o} for the defaults, then change. */
typedef struct nomen_find_rate_options {
    size_t size;    /* of this struct */
    size_t n_steps; /* optimiser steps, each at a higher rate, from 10; 0: 100 */
    double lowest;  /* the first rate, above 0; 0: 1e-7 */
    double highest; /* the last one, above it; 0: 1 */
} nomen_find_rate_options;

/* One step of the search. */
typedef struct nomen_rate_point {
    double learning_rate;
    double loss;     /* of the step, before its update */
    double smoothed; /* the mean of the losses so far, the later ones with more weight */
} nomen_rate_point;

/* What the search saw; cleared with nomen_rate_result_clear. */
typedef struct nomen_rate_result {
    nomen_rate_point *points; /* (n_points) */
    size_t n_points;
    bool rose;         /* ended before the last rate, as the loss had risen to 4 times its lowest */
    double suggestion; /* where the smoothed loss falls most steeply; NaN where it never falls */
    double lowest;     /* the rate with the lowest smoothed loss; a tenth of it is the other usual choice; NaN as above */
} nomen_rate_result;

/*
 * Looks for a learning rate as Smith does (2017, "Cyclical Learning Rates for Training Neural Networks", 3.3): steps over the
 * training part, each at a rate higher by the same factor, until the smoothed loss has risen to 4 times its lowest. The options
 * are those of the run to come, its rates of the head and the CRF too: of these, epochs, learning rate, schedule and warm-up
 * don't count. Nothing is written but a cache: an output, checkpoints, records or `resume` are NOMEN_ERROR_ARGUMENT.
 * `how` and `callbacks` may be NULL; `progress` counts the steps of the search as one epoch. Fails as nomen_train does otherwise.
 */
nomen_status nomen_train_find_rate(const nomen_train_options *options, const nomen_find_rate_options *how,
                                   const nomen_train_callbacks *callbacks, void *user, nomen_rate_result *result,
                                   nomen_error *err);

/* Frees what a result holds and leaves {0}. */
void nomen_rate_result_clear(nomen_rate_result *result);

/* The result as one JSON object on one line, or as a table with a curve for people. As nomen_train_result_to_json. */
nomen_status nomen_rate_result_to_json(const nomen_rate_result *result, char **out, size_t *n_bytes, nomen_error *err);
nomen_status nomen_rate_result_to_text(const nomen_rate_result *result, char **out, size_t *n_bytes, nomen_error *err);

/* Names of values, as nomen_train_set takes them: "adamw", "sgd"; "linear", "constant"...; "cross-entropy", "focal". Others are
 * "unknown". Borrowed. */
const char *nomen_optimizer_name(nomen_optimizer optimizer);
const char *nomen_schedule_name(nomen_schedule schedule);
const char *nomen_loss_name(nomen_loss loss);

/* The value of that name; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_optimizer_parse(const char *name, nomen_optimizer *out, nomen_error *err);
nomen_status nomen_schedule_parse(const char *name, nomen_schedule *out, nomen_error *err);
nomen_status nomen_loss_parse(const char *name, nomen_loss *out, nomen_error *err);

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
