/*
 * The hyper-parameters: one table that the command line, recipe files and the run's record share.
 * Names are those of Hugging Face's TrainingArguments with hyphens.
 */
#include "train/options/parameters.h"

#include <string.h>

#include "base/names.h"

static const char *const optimizers[] = {"adamw", "sgd", "lion", NULL};
static const char *const schedules[] = {"linear",
                                        "constant",
                                        "constant_with_warmup",
                                        "cosine",
                                        "cosine_with_restarts",
                                        "cosine_with_min_lr",
                                        "polynomial",
                                        "inverse_sqrt",
                                        "warmup_stable_decay",
                                        "reduce_lr_on_plateau",
                                        NULL};
static const char *const losses[] = {"cross-entropy", "focal", NULL};
static const char *const overflows[] = {"auto", "window", "error", NULL};
static const char *const precisions[] = {"fp32", "bf16", NULL};
static const char *const keeping[] = {"auto", "true", "false", NULL};
static const char *const lora_exports[] = {"merged", "adapter", NULL};
static const char *const alignments[] = {"first", "repeat", "inside", NULL};

#define AT(member) offsetof(nomen_train_options, member)
#define MANY 1e15 /* no limit but that a double still counts exactly */

/* The two tables have the same rows: what people read, and where a value goes. */
#define PARAMETERS(ROW) \
    ROW("rows", "N", "use only the first N sentences of the training file; 0 for all", COUNT, AT(rows), 0, MANY, NULL) \
    ROW("split", "A/B/C", "percent of train, dev and test, unless files are given for them", SPLIT, AT(split), 0, 0, NULL) \
    ROW("numpy-split", "true|false", "split as the article does (np.split of df.sample), not by text", FLAG, AT(numpy_split), 0, \
        0, NULL) \
    ROW("split-seed", "N", "seed of the split", SEED, AT(split_seed), 0, 0, NULL) \
    ROW("folds", "K", "divide the training file into K folds, equal texts into one, in place of --split; 0: no folds", COUNT, \
        AT(folds), 0, 1000, NULL) \
    ROW("fold", "N", "the fold, from 1, that is the test part; the others are trained on", COUNT, AT(fold), 0, 1000, NULL) \
    ROW("seed", "N", "seed of the head, the order of sentences and dropout", SEED, AT(seed), 0, 0, NULL) \
    ROW("epochs", "N", "passes over the training part", COUNT, AT(epochs), 1, 1e6, NULL) \
    ROW("batch-size", "N", "sentences in a batch", COUNT, AT(batch_size), 1, 1e6, NULL) \
    ROW("gradient-accumulation-steps", "N", "batches in an optimiser step, of each process", COUNT, \
        AT(gradient_accumulation_steps), 1, 1e6, NULL) \
    ROW("max-tokens", "N", "most subword tokens computed at a time; a larger step is divided, and its result is the same mean", \
        COUNT, AT(max_tokens), 1, 1e7, NULL) \
    ROW("gradient-checkpointing", "true|false", \
        "store little of each layer and compute it again: less memory, a fifth " \
        "to a seventh more time, the same weights", \
        FLAG, AT(gradient_checkpointing), 0, 0, NULL) \
    ROW("reduce-by-batch", "true|false", \
        "add up the gradients batch by batch, as many processes do (mpirun): the same weights however many there are", FLAG, \
        AT(reduce_by_batch), 0, 0, NULL) \
    ROW("shuffle", "true|false", "shuffle the sentences each epoch", FLAG, AT(shuffle), 0, 0, NULL) \
    ROW("optimizer", "adamw|sgd|lion", "AdamW, SGD (with momentum) or Lion", CHOICE, AT(optimizer), 0, 0, optimizers) \
    ROW("learning-rate", "X", "highest learning rate; auto: by the model's hidden size, the optimizer and LoRA", NUMBER_OR_AUTO, \
        AT(learning_rate), 1e-30, 1e3, NULL) \
    ROW("lr-scheduler-type", "NAME", \
        "how the rate changes after the warm-up: linear, constant, constant_with_warmup, cosine, cosine_with_restarts, " \
        "cosine_with_min_lr, polynomial, inverse_sqrt, warmup_stable_decay or reduce_lr_on_plateau", \
        CHOICE, AT(schedule), 0, 0, schedules) \
    ROW("lr-scheduler-kwargs", "JSON", "arguments of the schedule by transformers' names, such as {\"num_cycles\": 2}", TEXT, \
        AT(lr_scheduler_kwargs), 0, 0, NULL) \
    ROW("warmup-ratio", "X", "share of all steps in which the rate rises", NUMBER, AT(warmup_ratio), 0, 1, NULL) \
    ROW("warmup-steps", "N", "steps in which the rate rises; overrides the ratio unless 0", COUNT, AT(warmup_steps), 0, MANY, \
        NULL) \
    ROW("weight-decay", "X", "weight decay, except on biases and LayerNorm", NUMBER, AT(weight_decay), 0, 1e3, NULL) \
    ROW("layer-lr-decay", "X", "rate of each layer as a share of the rate of the one above; the head has all of it", NUMBER, \
        AT(layer_lr_decay), 1e-3, 1, NULL) \
    ROW("head-learning-rate", "X", "highest learning rate of the head (the classifier); 0: learning-rate", NUMBER, \
        AT(head_learning_rate), 0, 1e3, NULL) \
    ROW("adam-beta1", "X", "decay of AdamW's mean of gradients", NUMBER, AT(adam_beta1), 0, 0.9999999, NULL) \
    ROW("adam-beta2", "X", "decay of AdamW's mean of squared gradients", NUMBER, AT(adam_beta2), 0, 0.9999999, NULL) \
    ROW("adam-epsilon", "X", "AdamW's epsilon", NUMBER, AT(adam_epsilon), 1e-30, 1, NULL) \
    ROW("momentum", "X", "SGD's momentum; 0 for none", NUMBER, AT(momentum), 0, 0.9999999, NULL) \
    ROW("nesterov", "true|false", "SGD's momentum is Nesterov's", FLAG, AT(nesterov), 0, 0, NULL) \
    ROW("lion-beta1", "X", "weight of Lion's past gradients in the sign of a step", NUMBER, AT(lion_beta1), 0, 0.9999999, NULL) \
    ROW("lion-beta2", "X", "decay of Lion's mean of gradients", NUMBER, AT(lion_beta2), 0, 0.9999999, NULL) \
    ROW("max-grad-norm", "X", "largest norm of the gradients, which are scaled down to it; 0 for no limit", NUMBER, \
        AT(max_grad_norm), 0, 1e9, NULL) \
    ROW("ema-decay", "X", \
        "average the weights over the steps (0.99 to 0.9999): dev is scored with the average, which is kept; 0: no average", \
        NUMBER, AT(ema_decay), 0, 0.9999999, NULL) \
    ROW("label-all-pieces", "first|repeat|inside", "which subword tokens of a word carry its label", CHOICE, AT(alignment), 0, \
        0, alignments) \
    ROW("crf", "true|false", "train a layer of transitions between labels (a CRF), for Viterbi; stored in crf.safetensors", \
        FLAG, AT(crf), 0, 0, NULL) \
    ROW("crf-learning-rate", "X", "highest learning rate of those transitions", NUMBER, AT(crf_learning_rate), 0, 1e3, NULL) \
    ROW("freeze-embeddings", "true|false", "leave the embeddings as they are", FLAG, AT(freeze_embeddings), 0, 0, NULL) \
    ROW("freeze-layers", "N", "leave the first N encoder layers as they are, and the embeddings", COUNT, AT(freeze_layers), 0, \
        4096, NULL) \
    ROW("lora-rank", "R", "LoRA: train matrices of rank R beside the encoder's dense layers, and the head; 0: train all", COUNT, \
        AT(lora_rank), 0, 65536, NULL) \
    ROW("lora-alpha", "X", "LoRA: what they add is scaled by X / R", NUMBER, AT(lora_alpha), 1e-9, 1e9, NULL) \
    ROW("lora-dropout", "X", "LoRA: dropout of their inputs", NUMBER, AT(lora_dropout), 0, 0.999, NULL) \
    ROW("lora-target", "LIST", \
        "LoRA: dense layers that have them, joined by commas: query, key, value, attention.output.dense, intermediate.dense, " \
        "output.dense", \
        TEXT, AT(lora_target), 0, 0, NULL) \
    ROW("lora-init", "none|FILE", "LoRA: start from those of an adapter_model.safetensors", TEXT, AT(lora_init), 0, 0, NULL) \
    ROW("lora-export", "merged|adapter", "LoRA: write a whole model, or the adapter alone, as peft does", CHOICE, \
        AT(lora_export), 0, 0, lora_exports) \
    ROW("class-weight", "HOW", \
        "weights of the labels in the loss: none, auto (inverse frequency), sqrt (its square root), effective (see " \
        "class-weight-beta), or a FILE (JSON: label and weight)", \
        TEXT, AT(class_weight), 0, 0, NULL) \
    ROW("class-weight-beta", "X", "of class-weight effective: weights by (1 - beta) / (1 - beta^count)", NUMBER, \
        AT(class_weight_beta), 0, 0.9999999, NULL) \
    ROW("loss", "cross-entropy|focal", "what is minimised; focal: what is learnt already counts less", CHOICE, AT(loss), 0, 0, \
        losses) \
    ROW("focal-gamma", "X", "of the focal loss: how much less", NUMBER, AT(focal_gamma), 0, 100, NULL) \
    ROW("label-smoothing", "X", "share of the target that is spread evenly over all labels, with cross-entropy", NUMBER, \
        AT(label_smoothing), 0, 1, NULL) \
    ROW("oversample-threshold", "X", \
        "repeat sentences with a type that fewer than this share of sentences has, sqrt(X / share) times; 0: never", NUMBER, \
        AT(oversample_threshold), 0, 1, NULL) \
    ROW("keep-labels", "HOW", \
        "whether the labels of a trained model stay beside those of the data: true, false (those of the data alone) or auto " \
        "(if " \
        "the two share any but O)", \
        CHOICE, AT(keep_labels), 0, 0, keeping) \
    ROW("max-length", "N", "subword tokens per window, special tokens included; 0: the model's limit", COUNT, AT(max_length), 0, \
        MANY, NULL) \
    ROW("stride", "N", "overlap of the windows of a long sentence, in subword tokens; auto: a quarter of a window", \
        COUNT_OR_AUTO, AT(stride), 0, MANY, NULL) \
    ROW("on-overflow", "window|error", "whether a sentence longer than a window is read in windows or refused", CHOICE, \
        AT(on_overflow), 0, 0, overflows) \
    ROW("context", "N", "subword tokens of context on each side of a sentence, from its neighbours in the document", COUNT, \
        AT(context), 0, MANY, NULL) \
    ROW("logging-steps", "N", \
        "steps between two entries of trainer_state.json and the records; auto: a fiftieth of the run, 1 to 100", COUNT_OR_AUTO, \
        AT(logging_steps), 1, MANY, NULL) \
    ROW("load-best-model-at-end", "true|false", "keep the weights of the best evaluation of dev, not the last", FLAG, \
        AT(keep_best), 0, 0, NULL) \
    ROW("eval-steps", "N", "score the dev part every N steps, too; 0: only after each epoch", COUNT, AT(eval_steps), 0, MANY, \
        NULL) \
    ROW("metric-for-best-model", "NAME", "what is best: f1, loss or another figure of 'nomen eval', or TYPE.f1 of a type", TEXT, \
        AT(best_metric), 0, 0, NULL) \
    ROW("early-stopping-patience", "N", "end after N evaluations in a row without improvement; 0: never", COUNT, \
        AT(early_stopping_patience), 0, MANY, NULL) \
    ROW("early-stopping-threshold", "X", "an improvement by no more than X counts as none", NUMBER, \
        AT(early_stopping_threshold), 0, 1e9, NULL) \
    ROW("precision", "fp32|bf16", \
        "bf16: round what enters the encoder's dense products (AVX512-BF16); the weights, their updates and all else stay fp32", \
        CHOICE, AT(precision), 0, 0, precisions)

#define SHOWN(name, value, help, kind, offset, least, most, choices) {name, value, help},
#define STORED(name, value, help, kind, offset, least, most, choices) {NOMEN_PARAMETER_##kind, offset, least, most, choices},
static const nomen_train_parameter parameters[] = {PARAMETERS(SHOWN){NULL, NULL, NULL}};
static const nomen_parameter_field fields[] = {PARAMETERS(STORED)};

const nomen_train_parameter *nomen_train_parameters(void) {
    return parameters;
}

const nomen_parameter_field *nomen_parameter_fields(void) {
    return fields;
}

const char *nomen_optimizer_name(nomen_optimizer optimizer) {
    return nomen_name_of(optimizers, (int)optimizer);
}

const char *nomen_schedule_name(nomen_schedule schedule) {
    return nomen_name_of(schedules, (int)schedule);
}

const char *nomen_loss_name(nomen_loss loss) {
    return nomen_name_of(losses, (int)loss);
}

nomen_status nomen_optimizer_parse(const char *name, nomen_optimizer *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, optimizers, "optimizer", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_optimizer)found; }
    return status;
}

nomen_status nomen_schedule_parse(const char *name, nomen_schedule *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, schedules, "schedule", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_schedule)found; }
    return status;
}

nomen_status nomen_loss_parse(const char *name, nomen_loss *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, losses, "loss", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_loss)found; }
    return status;
}
