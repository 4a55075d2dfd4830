/* Reading a schedule's arguments: one table of keys, of which each schedule takes some. */
#include "train/optim/schedule_kwargs.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/names.h"

#define OPTION "lr-scheduler-kwargs"

typedef enum kwarg_kind { NUMBER, COUNT, WORD } kwarg_kind;

typedef struct kwarg {
    const char *key;
    unsigned schedules; /* bit s: schedule s takes it */
    kwarg_kind kind;
    size_t offset;            /* in nomen_schedule_kwargs */
    double least, most;       /* of numbers and counts, both allowed */
    const char *const *words; /* of WORD, by value */
} kwarg;

#define KWARG(schedule) (1u << NOMEN_SCHEDULE_##schedule)
#define IN_KWARGS(member) offsetof(nomen_schedule_kwargs, member)
#define WAVES (KWARG(COSINE) | KWARG(COSINE_WITH_RESTARTS) | KWARG(COSINE_WITH_MIN_LR) | KWARG(WARMUP_STABLE_DECAY))
#define PLATEAU KWARG(REDUCE_LR_ON_PLATEAU)
#define MOST_STEPS 1e15 /* a double still counts exactly */

static const char *const ramps[] = {"linear", "cosine", "1-sqrt", NULL};
static const char *const threshold_modes[] = {"rel", "abs", NULL};

/* nomen_cos takes 2 pi num_cycles, with room to spare. */
static const kwarg kwargs[] = {
    {"num_cycles", WAVES, NUMBER, IN_KWARGS(num_cycles), 0, 1e6, NULL},
    {"power", KWARG(POLYNOMIAL), NUMBER, IN_KWARGS(power), 0, 1e3, NULL},
    {"lr_end", KWARG(POLYNOMIAL), NUMBER, IN_KWARGS(lr_end), 0, 1e3, NULL},
    {"min_lr", KWARG(COSINE_WITH_MIN_LR) | PLATEAU, NUMBER, IN_KWARGS(min_lr), 0, 1e3, NULL},
    {"min_lr_rate", KWARG(COSINE_WITH_MIN_LR), NUMBER, IN_KWARGS(min_lr_rate), 0, 1, NULL},
    {"timescale", KWARG(INVERSE_SQRT), COUNT, IN_KWARGS(timescale), 1, MOST_STEPS, NULL},
    {"num_decay_steps", KWARG(WARMUP_STABLE_DECAY), COUNT, IN_KWARGS(num_decay_steps), 0, MOST_STEPS, NULL},
    {"num_stable_steps", KWARG(WARMUP_STABLE_DECAY), COUNT, IN_KWARGS(num_stable_steps), 0, MOST_STEPS, NULL},
    {"warmup_type", KWARG(WARMUP_STABLE_DECAY), WORD, IN_KWARGS(warmup_type), 0, 0, ramps},
    {"decay_type", KWARG(WARMUP_STABLE_DECAY), WORD, IN_KWARGS(decay_type), 0, 0, ramps},
    {"min_lr_ratio", KWARG(WARMUP_STABLE_DECAY), NUMBER, IN_KWARGS(min_lr_ratio), 0, 1, NULL},
    {"factor", PLATEAU, NUMBER, IN_KWARGS(factor), 0, 0.9999999, NULL},
    {"patience", PLATEAU, COUNT, IN_KWARGS(patience), 0, MOST_STEPS, NULL},
    {"threshold", PLATEAU, NUMBER, IN_KWARGS(threshold), 0, 1e3, NULL},
    {"threshold_mode", PLATEAU, WORD, IN_KWARGS(threshold_mode), 0, 0, threshold_modes},
    {"cooldown", PLATEAU, COUNT, IN_KWARGS(cooldown), 0, MOST_STEPS, NULL},
    {"eps", PLATEAU, NUMBER, IN_KWARGS(eps), 0, 1, NULL},
};
enum { N_KWARGS = sizeof kwargs / sizeof *kwargs };

static nomen_schedule_kwargs defaults_of(nomen_schedule schedule) {
    return (nomen_schedule_kwargs){
        .num_cycles = schedule == NOMEN_SCHEDULE_COSINE_WITH_RESTARTS ? 1 : 0.5,
        .power = 1,
        .lr_end = 1e-7,
        .min_lr = schedule == NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU ? 0 : NAN,
        .min_lr_rate = NAN,
        .timescale = SIZE_MAX,
        .num_stable_steps = SIZE_MAX,
        .num_decay_steps = SIZE_MAX,
        .warmup_type = NOMEN_RAMP_LINEAR,
        .decay_type = NOMEN_RAMP_COSINE,
        .factor = 0.1,
        .threshold = 1e-4,
        .eps = 1e-8,
        .patience = 10,
    };
}

/* Names the keys that the schedule takes. */
static nomen_status refuse_key(nomen_schedule schedule, const char *key, nomen_error *err) {
    nomen_buffer taken = {0};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < N_KWARGS; i++) {
        if (!(kwargs[i].schedules & (1u << schedule))) { continue; }
        NOMEN_TRY(nomen_buffer_printf(&taken, err, "%s%s", taken.size > 0 ? ", " : "", kwargs[i].key));
    }
    status = taken.size == 0
                 ? nomen_error_set(err, NOMEN_ERROR_ARGUMENT, OPTION ": the schedule %s takes no arguments, and there is \"%s\"",
                                   nomen_schedule_name(schedule), key)
                 : nomen_error_set(err, NOMEN_ERROR_ARGUMENT, OPTION ": the schedule %s takes no \"%s\"; it takes %.*s",
                                   nomen_schedule_name(schedule), key, (int)taken.size, taken.data);
done:
    nomen_buffer_clear(&taken);
    return status;
}

static nomen_status refuse_value(const kwarg *k, const json_t *value, nomen_error *err) {
    nomen_buffer shown = {0};
    nomen_status status;
    NOMEN_TRY(nomen_json_append(value, false, &shown, err));
    NOMEN_TRY(nomen_buffer_append_byte(&shown, '\0', err));
    if (k->kind == WORD) {
        nomen_buffer words = {0};
        for (const char *const *w = k->words; *w != NULL && status == NOMEN_OK; w++) {
            status = nomen_buffer_printf(&words, err, "%s\"%s\"", w == k->words ? "" : w[1] != NULL ? ", " : " or ", *w);
        }
        if (status == NOMEN_OK) {
            status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT, OPTION ": %s is %s, and must be %.*s", k->key, shown.data,
                                     (int)words.size, words.data);
        }
        nomen_buffer_clear(&words);
    } else {
        status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT, OPTION ": %s is %s, and must be a %snumber from %.10g to %.10g",
                                 k->key, shown.data, k->kind == COUNT ? "whole " : "", k->least, k->most);
    }
done:
    nomen_buffer_clear(&shown);
    return status;
}

static nomen_status read_value(const kwarg *k, const json_t *value, nomen_schedule_kwargs *out, nomen_error *err) {
    char *place = (char *)out + k->offset;
    if (k->kind == WORD) {
        int word = 0;
        if (!json_is_string(value) || nomen_name_find(json_string_value(value), k->words, k->key, &word, NULL) != NOMEN_OK) {
            return refuse_value(k, value, err);
        }
        memcpy(place, &word, sizeof word);
        return NOMEN_OK;
    }
    const double number = json_is_number(value) ? json_number_value(value) : NAN;
    if (!(number >= k->least && number <= k->most) || (k->kind == COUNT && number != floor(number))) {
        return refuse_value(k, value, err);
    }
    const size_t count = (size_t)number;
    memcpy(place, k->kind == COUNT ? (const void *)&count : (const void *)&number,
           k->kind == COUNT ? sizeof count : sizeof number);
    return NOMEN_OK;
}

/* What single values can't show. */
static nomen_status check(const nomen_train_options *o, nomen_schedule_kwargs *k, nomen_error *err) {
    if (o->schedule == NOMEN_SCHEDULE_POLYNOMIAL && !(k->lr_end < o->learning_rate)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, OPTION ": lr_end is %g, and must be less than learning-rate, %g",
                               k->lr_end, o->learning_rate);
    }
    if (o->schedule == NOMEN_SCHEDULE_WARMUP_STABLE_DECAY && k->num_decay_steps == SIZE_MAX) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               OPTION ": warmup_stable_decay needs num_decay_steps, the steps of its last part");
    }
    if (o->schedule == NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU && !(k->min_lr < o->learning_rate)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, OPTION ": min_lr is %g, and must be less than learning-rate, %g",
                               k->min_lr, o->learning_rate);
    }
    if (o->schedule != NOMEN_SCHEDULE_COSINE_WITH_MIN_LR) { return NOMEN_OK; }
    if (isnan(k->min_lr) == isnan(k->min_lr_rate)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               OPTION ": cosine_with_min_lr needs either min_lr or min_lr_rate, its share of learning-rate; %s",
                               isnan(k->min_lr) ? "there is neither" : "there are both");
    }
    if (isnan(k->min_lr)) { return NOMEN_OK; }
    if (!(k->min_lr <= o->learning_rate)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, OPTION ": min_lr is %g, and must be at most learning-rate, %g",
                               k->min_lr, o->learning_rate);
    }
    k->min_lr_rate = k->min_lr / o->learning_rate;
    return NOMEN_OK;
}

nomen_status nomen_schedule_kwargs_read(const nomen_train_options *o, nomen_schedule_kwargs *out, nomen_error *err) {
    const char *text = o->lr_scheduler_kwargs, *key;
    nomen_schedule_kwargs read = defaults_of(o->schedule);
    json_t *object = NULL, *value;
    nomen_status status = NOMEN_OK;
    if (text != NULL && strcmp(text, "none") != 0) {
        nomen_error inner = {0};
        status = nomen_json_parse(text, strlen(text), OPTION, &object, &inner);
        if (status == NOMEN_ERROR_FORMAT) { NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s", inner.message)); }
        if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
        if (!json_is_object(object)) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                       OPTION ": \"%.40s\" is not a JSON object of arguments, such as {\"num_cycles\": 2}",
                                       text));
        }
    }
    json_object_foreach(object, key, value) {
        const kwarg *k = kwargs;
        while (k < kwargs + N_KWARGS && strcmp(k->key, key) != 0) { k++; }
        if (k == kwargs + N_KWARGS || !(k->schedules & (1u << o->schedule))) { NOMEN_FAIL(refuse_key(o->schedule, key, err)); }
        NOMEN_TRY(read_value(k, value, &read, err));
    }
    NOMEN_TRY(check(o, &read, err));
    *out = read;
done:
    json_decref(object);
    return status;
}
