/*
 * The hyper-parameters: one table that the command line, recipe files and the run's record share.
 * Names are those of Hugging Face's TrainingArguments with hyphens.
 */
#include "train/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/number.h"
#include "base/options.h"

typedef enum value_kind {
    KIND_COUNT,
    KIND_COUNT_OR_AUTO,
    KIND_SEED,
    KIND_NUMBER,
    KIND_FLAG,
    KIND_CHOICE,
    KIND_SPLIT,
    KIND_TEXT
} value_kind;

typedef struct field {
    value_kind kind;
    size_t offset;
    double least, most;         /* of counts and numbers, both allowed */
    const char *const *choices; /* of KIND_CHOICE, by value, NULL after the last */
} field;

static const char *const optimizers[] = {"adamw", "sgd", NULL};
static const char *const schedules[] = {"linear", "constant", NULL};
static const char *const overflows[] = {"auto", "window", "error", NULL};
static const char *const precisions[] = {"fp32", "bf16", NULL};
static const char *const alignments[] = {"first", "repeat", "inside", NULL};

#define AT(member) offsetof(nomen_train_options, member)
#define MANY 1e15 /* no limit but that a double still counts exactly */

/* The two tables have the same rows: what people read, and where a value goes. */
#define PARAMETERS(ROW) \
    ROW("rows", "N", "use only the first N sentences of the training file; 0 for all", KIND_COUNT, AT(rows), 0, MANY, NULL) \
    ROW("split", "A/B/C", "percent of train, dev and test, unless files are given for them", KIND_SPLIT, AT(split), 0, 0, NULL) \
    ROW("numpy-split", "true|false", "split as the article does (np.split of df.sample), not by text", KIND_FLAG, \
        AT(numpy_split), 0, 0, NULL) \
    ROW("split-seed", "N", "seed of the split", KIND_SEED, AT(split_seed), 0, 0, NULL) \
    ROW("seed", "N", "seed of the head, the order of sentences and dropout", KIND_SEED, AT(seed), 0, 0, NULL) \
    ROW("epochs", "N", "passes over the training part", KIND_COUNT, AT(epochs), 1, 1e6, NULL) \
    ROW("batch-size", "N", "sentences in a batch", KIND_COUNT, AT(batch_size), 1, 1e6, NULL) \
    ROW("gradient-accumulation-steps", "N", "batches in an optimiser step", KIND_COUNT, AT(gradient_accumulation_steps), 1, 1e6, \
        NULL) \
    ROW("max-tokens", "N", "most subword tokens computed at a time; a larger step is divided, and its result is the same mean", \
        KIND_COUNT, AT(max_tokens), 1, 1e7, NULL) \
    ROW("gradient-checkpointing", "true|false", \
        "store little of each layer and compute it again: less memory, a fifth " \
        "to a seventh more time, the same weights", \
        KIND_FLAG, AT(gradient_checkpointing), 0, 0, NULL) \
    ROW("shuffle", "true|false", "shuffle the sentences each epoch", KIND_FLAG, AT(shuffle), 0, 0, NULL) \
    ROW("optimizer", "adamw|sgd", "AdamW with decoupled decay, or plain SGD", KIND_CHOICE, AT(optimizer), 0, 0, optimizers) \
    ROW("learning-rate", "X", "highest learning rate", KIND_NUMBER, AT(learning_rate), 0, 1e3, NULL) \
    ROW("lr-scheduler-type", "linear|constant", "how the rate changes after the warm-up", KIND_CHOICE, AT(schedule), 0, 0, \
        schedules) \
    ROW("warmup-ratio", "X", "share of all steps in which the rate rises", KIND_NUMBER, AT(warmup_ratio), 0, 1, NULL) \
    ROW("warmup-steps", "N", "steps in which the rate rises; overrides the ratio unless 0", KIND_COUNT, AT(warmup_steps), 0, \
        MANY, NULL) \
    ROW("weight-decay", "X", "weight decay, except on biases and LayerNorm", KIND_NUMBER, AT(weight_decay), 0, 1e3, NULL) \
    ROW("adam-beta1", "X", "decay of AdamW's mean of gradients", KIND_NUMBER, AT(adam_beta1), 0, 0.9999999, NULL) \
    ROW("adam-beta2", "X", "decay of AdamW's mean of squared gradients", KIND_NUMBER, AT(adam_beta2), 0, 0.9999999, NULL) \
    ROW("adam-epsilon", "X", "AdamW's epsilon", KIND_NUMBER, AT(adam_epsilon), 1e-30, 1, NULL) \
    ROW("max-grad-norm", "X", "largest norm of the gradients, which are scaled down to it; 0 for no limit", KIND_NUMBER, \
        AT(max_grad_norm), 0, 1e9, NULL) \
    ROW("label-all-pieces", "first|repeat|inside", "which subword tokens of a word carry its label", KIND_CHOICE, AT(alignment), \
        0, 0, alignments) \
    ROW("crf", "true|false", "train a layer of transitions between labels (a CRF), for Viterbi; stored in crf.safetensors", \
        KIND_FLAG, AT(crf), 0, 0, NULL) \
    ROW("crf-learning-rate", "X", "highest learning rate of those transitions", KIND_NUMBER, AT(crf_learning_rate), 0, 1e3, \
        NULL) \
    ROW("class-weight", "none|auto|FILE", "weights of the labels in the loss; auto: inverse frequency", KIND_TEXT, \
        AT(class_weight), 0, 0, NULL) \
    ROW("max-length", "N", "subword tokens per window, special tokens included; 0: the model's limit", KIND_COUNT, \
        AT(max_length), 0, MANY, NULL) \
    ROW("stride", "N", "overlap of the windows of a long sentence, in subword tokens; auto: a quarter of a window", \
        KIND_COUNT_OR_AUTO, AT(stride), 0, MANY, NULL) \
    ROW("on-overflow", "window|error", "whether a sentence longer than a window is read in windows or refused", KIND_CHOICE, \
        AT(on_overflow), 0, 0, overflows) \
    ROW("context", "N", "subword tokens of context on each side of a sentence, from its neighbours in the document", KIND_COUNT, \
        AT(context), 0, MANY, NULL) \
    ROW("logging-steps", "N", "steps between two entries of trainer_state.json", KIND_COUNT, AT(logging_steps), 1, MANY, NULL) \
    ROW("load-best-model-at-end", "true|false", "keep the epoch with the best dev F1, not the last", KIND_FLAG, AT(keep_best), \
        0, 0, NULL) \
    ROW("precision", "fp32|bf16", \
        "bf16: round what enters the encoder's dense products (AVX512-BF16); the weights, their updates and all else stay fp32", \
        KIND_CHOICE, AT(precision), 0, 0, precisions)

#define SHOWN(name, value, help, kind, offset, least, most, choices) {name, value, help},
#define STORED(name, value, help, kind, offset, least, most, choices) {kind, offset, least, most, choices},
static const nomen_train_parameter parameters[] = {PARAMETERS(SHOWN){NULL, NULL, NULL}};
static const field fields[] = {PARAMETERS(STORED)};

const nomen_train_parameter *nomen_train_parameters(void) {
    return parameters;
}

const char *nomen_optimizer_name(nomen_optimizer optimizer) {
    return nomen_name_of(optimizers, (int)optimizer);
}

const char *nomen_schedule_name(nomen_schedule schedule) {
    return nomen_name_of(schedules, (int)schedule);
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

static void set_recipe(nomen_train_options *o, bool seed) {
    o->rows = 0;
    memcpy(o->split, (unsigned[3]){80, 10, 10}, sizeof o->split);
    o->numpy_split = seed;
    o->split_seed = 42;
    o->seed = 42;
    o->epochs = seed ? 5 : 3;
    o->batch_size = seed ? 2 : 16;
    o->gradient_accumulation_steps = 1;
    o->max_tokens = 4096;
    o->gradient_checkpointing = false;
    o->shuffle = true;
    o->optimizer = seed ? NOMEN_OPTIMIZER_SGD : NOMEN_OPTIMIZER_ADAMW;
    o->learning_rate = seed ? 5e-3 : 5e-5;
    o->schedule = seed ? NOMEN_SCHEDULE_CONSTANT : NOMEN_SCHEDULE_LINEAR;
    o->warmup_ratio = seed ? 0 : 0.1;
    o->warmup_steps = 0;
    o->weight_decay = seed ? 0 : 0.01;
    o->adam_beta1 = 0.9;
    o->adam_beta2 = 0.999;
    o->adam_epsilon = 1e-8;
    o->max_grad_norm = seed ? 0 : 1.0;
    o->alignment = NOMEN_ALIGN_FIRST;
    o->crf = false;
    o->crf_learning_rate = 5e-2;
    o->class_weight = "none";
    o->max_length = 0;
    o->stride = SIZE_MAX;
    o->on_overflow = NOMEN_OVERFLOW_WINDOW;
    o->context = 0;
    o->logging_steps = 100;
    o->keep_best = true;
    o->precision = NOMEN_PRECISION_FP32;
}

nomen_status nomen_train_take(nomen_train_options *own, const nomen_train_options *given, nomen_error *err) {
    *own = (nomen_train_options){0};
    set_recipe(own, false);
    return NOMEN_TAKE(nomen_train_options, own, given, err);
}

void nomen_train_init(nomen_train_options *options, size_t size) {
    nomen_train_options own;
    (void)nomen_train_take(&own, NULL, NULL);
    nomen_options_give(&own, sizeof own, options, size);
}

nomen_status nomen_train_set_recipe(nomen_train_options *options, const char *recipe, nomen_error *err) {
    nomen_train_options own;
    bool seed = strcmp(recipe, "seed") == 0;
    if (!seed && strcmp(recipe, "default") != 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown recipe \"%s\"; choose default or seed", recipe);
    }
    nomen_status status = nomen_train_take(&own, options, err);
    if (status != NOMEN_OK) { return status; }
    set_recipe(&own, seed);
    nomen_options_give(&own, sizeof own, options, options->size);
    return NOMEN_OK;
}

static nomen_status refuse(const char *name, const char *value, const char *expected, nomen_error *err) {
    return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER, "%s: \"%s\" is not %s", name, value,
                                  expected);
}

static nomen_status check_number(const char *name, const char *value, double number, const field *f, nomen_error *err) {
    if (isnan(number) || number < f->least || number > f->most || (f->kind != KIND_NUMBER && number != floor(number))) {
        char expected[96];
        nomen_number_snprintf(expected, sizeof expected, "a %snumber from %.10g to %.10g", f->kind != KIND_NUMBER ? "whole " : "",
                              f->least, f->most);
        return refuse(name, value, expected, err);
    }
    return NOMEN_OK;
}

static nomen_status parse_number(const char *name, const char *value, const field *f, double *out, nomen_error *err) {
    double number = NAN;
    if (!nomen_number_parse(value, &number)) { number = NAN; }
    nomen_status status = check_number(name, value, number, f, err);
    if (status == NOMEN_OK) { *out = number; }
    return status;
}

nomen_status nomen_train_check_values(const nomen_train_options *options, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && parameters[i].name != NULL; i++) {
        const field *f = &fields[i];
        const char *place = (const char *)options + f->offset;
        char shown[NOMEN_NUMBER_SIZE];
        double number = 0;
        int choice = 0, n_choices = 0;
        if (f->kind == KIND_COUNT || f->kind == KIND_NUMBER) {
            number = f->kind == KIND_COUNT ? (double)*(const size_t *)(const void *)place : *(const double *)(const void *)place;
            nomen_number_shortest(number, shown);
            status = check_number(parameters[i].name, shown, number, f, err);
        } else if (f->kind == KIND_CHOICE) {
            memcpy(&choice, place, sizeof choice);
            while (f->choices[n_choices] != NULL) { n_choices++; }
            if (choice < 0 || choice >= n_choices) {
                status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: no value has the number %d", parameters[i].name, choice);
            }
        }
    }
    return status;
}

static nomen_status parse_split(const char *name, const char *value, unsigned split[3], nomen_error *err) {
    unsigned part[3];
    int used = 0;
    if (sscanf(value, "%3u/%3u/%3u%n", &part[0], &part[1], &part[2], &used) != 3 || value[used] != '\0' ||
        part[0] + part[1] + part[2] != 100 || part[0] == 0) {
        return refuse(name, value, "three percentages that sum to 100, such as 80/10/10", err);
    }
    memcpy(split, part, sizeof part);
    return NOMEN_OK;
}

static nomen_status set_value(nomen_train_options *options, const char *name, const char *value, nomen_error *err) {
    size_t i = 0;
    while (parameters[i].name != NULL && strcmp(parameters[i].name, name) != 0) { i++; }
    if (parameters[i].name == NULL) { return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown hyper-parameter \"%s\"", name); }
    const field *f = &fields[i];
    char *place = (char *)options + f->offset;
    nomen_status status = NOMEN_OK;
    double number = 0;
    switch (f->kind) {
    case KIND_COUNT:
        status = parse_number(name, value, f, &number, err);
        if (status == NOMEN_OK) { *(size_t *)(void *)place = (size_t)number; }
        return status;
    case KIND_COUNT_OR_AUTO:
        if (strcmp(value, "auto") == 0) {
            *(size_t *)(void *)place = SIZE_MAX;
            return NOMEN_OK;
        }
        status = parse_number(name, value, f, &number, err);
        if (status == NOMEN_OK) { *(size_t *)(void *)place = (size_t)number; }
        return status;
    case KIND_NUMBER:
        status = parse_number(name, value, f, &number, err);
        if (status == NOMEN_OK) { *(double *)(void *)place = number; }
        return status;
    case KIND_SEED: {
        char *end = NULL;
        errno = 0;
        unsigned long long seed = strtoull(value, &end, 10);
        if (*value < '0' || *value > '9' || *end != '\0' || errno != 0) {
            return refuse(name, value, "a whole number from 0 to 2^64-1", err);
        }
        *(uint64_t *)(void *)place = seed;
        return NOMEN_OK;
    }
    case KIND_FLAG:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0) { return refuse(name, value, "true or false", err); }
        *(bool *)(void *)place = value[0] == 't';
        return NOMEN_OK;
    case KIND_CHOICE: {
        int choice = 0; /* the enums of train.h have its size */
        nomen_error inner = {0};
        if (nomen_name_find(value, f->choices, "value", &choice, &inner) != NOMEN_OK) {
            return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER, "%s: %s", name, inner.message);
        }
        memcpy(place, &choice, sizeof choice);
        return NOMEN_OK;
    }
    case KIND_SPLIT: return parse_split(name, value, options->split, err);
    case KIND_TEXT: memcpy(place, &value, sizeof value); return NOMEN_OK;
    }
    return NOMEN_OK;
}

nomen_status nomen_train_set(nomen_train_options *options, const char *name, const char *value, nomen_error *err) {
    nomen_train_options own;
    nomen_status status = nomen_train_take(&own, options, err);
    if (status == NOMEN_OK) { status = set_value(&own, name, value, err); }
    if (status == NOMEN_OK) { nomen_options_give(&own, sizeof own, options, options->size); }
    return status;
}

/* A number that reads back as the same double: JSON files are written with 15 digits, a text keeps all. */
static json_t *exact_number(double number) {
    char digits[NOMEN_NUMBER_SIZE];
    double read = 0;
    nomen_number_snprintf(digits, sizeof digits, "%.15g", number);
    if (nomen_number_parse(digits, &read) && read == number) { return json_real(number); }
    nomen_number_shortest(number, digits);
    return json_string(digits);
}

nomen_status nomen_train_record(const nomen_train_options *options, json_t **out, nomen_error *err) {
    json_t *object = json_object();
    int failed = object == NULL;
    for (size_t i = 0; !failed && parameters[i].name != NULL; i++) {
        const char *place = (const char *)options + fields[i].offset;
        json_t *value = NULL;
        int choice = 0;
        switch (fields[i].kind) {
        case KIND_COUNT: value = json_integer((json_int_t) * (const size_t *)(const void *)place); break;
        case KIND_COUNT_OR_AUTO: {
            size_t count = *(const size_t *)(const void *)place;
            value = count == SIZE_MAX ? json_string("auto") : json_integer((json_int_t)count);
            break;
        }
        case KIND_SEED: value = json_sprintf("%llu", (unsigned long long)*(const uint64_t *)(const void *)place); break;
        case KIND_NUMBER: value = exact_number(*(const double *)(const void *)place); break;
        case KIND_FLAG: value = json_boolean(*(const bool *)(const void *)place); break;
        case KIND_CHOICE:
            memcpy(&choice, place, sizeof choice);
            value = json_string(fields[i].choices[choice]);
            break;
        case KIND_SPLIT: value = json_sprintf("%u/%u/%u", options->split[0], options->split[1], options->split[2]); break;
        case KIND_TEXT: {
            const char *text = *(const char *const *)(const void *)place;
            value = nomen_json_text(text != NULL ? text : "none");
            break;
        }
        }
        failed = value == NULL || json_object_set_new(object, parameters[i].name, value) != 0;
    }
    if (failed) {
        json_decref(object);
        return nomen_error_memory(err, 1, sizeof *options);
    }
    *out = object;
    return NOMEN_OK;
}
