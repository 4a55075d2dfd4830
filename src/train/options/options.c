/* Setting, checking and recording hyper-parameters, whatever they are: the table is in parameters.c. */
#include "train/options/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/number.h"
#include "base/options.h"
#include "train/options/parameters.h"

/* transformers takes the names that its log has, too: "eval_f1" is f1. Not of a type, which may begin so. */
static const char *metric_name(const char *given) {
    static const char prefix[] = "eval_";
    if (given == NULL) { return "f1"; } /* a struct of zeros */
    return strncmp(given, prefix, strlen(prefix)) == 0 && strchr(given, '.') == NULL ? given + strlen(prefix) : given;
}

nomen_status nomen_train_take(nomen_train_options *own, const nomen_train_options *given, nomen_error *err) {
    *own = (nomen_train_options){0};
    (void)nomen_recipe_fill(own, "default");
    nomen_status status = NOMEN_TAKE(nomen_train_options, own, given, err);
    own->best_metric = metric_name(own->best_metric);
    return status;
}

void nomen_train_init(nomen_train_options *options, size_t size) {
    nomen_train_options own;
    (void)nomen_train_take(&own, NULL, NULL);
    nomen_options_give(&own, sizeof own, options, size);
}

nomen_status nomen_train_set_recipe(nomen_train_options *options, const char *recipe, nomen_error *err) {
    nomen_train_options own;
    nomen_status status = nomen_train_take(&own, options, err);
    if (status != NOMEN_OK) { return status; }
    if (!nomen_recipe_fill(&own, recipe)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown recipe \"%s\"; choose default, fast, best or seed", recipe);
    }
    nomen_options_give(&own, sizeof own, options, options->size);
    return NOMEN_OK;
}

static nomen_status refuse(const char *name, const char *value, const char *expected, nomen_error *err) {
    return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER, "%s: \"%s\" is not %s", name, value,
                                  expected);
}

/* Whether its numbers may have a fraction. */
static bool is_real(const nomen_parameter_field *f) {
    return f->kind == NOMEN_PARAMETER_NUMBER || f->kind == NOMEN_PARAMETER_NUMBER_OR_AUTO;
}

static nomen_status check_number(const char *name, const char *value, double number, const nomen_parameter_field *f,
                                 nomen_error *err) {
    if (isnan(number) || number < f->least || number > f->most || (!is_real(f) && number != floor(number))) {
        char expected[96];
        nomen_number_snprintf(expected, sizeof expected, "a %snumber from %.10g to %.10g", is_real(f) ? "" : "whole ", f->least,
                              f->most);
        return refuse(name, value, expected, err);
    }
    return NOMEN_OK;
}

static nomen_status parse_number(const char *name, const char *value, const nomen_parameter_field *f, double *out,
                                 nomen_error *err) {
    double number = NAN;
    if (!nomen_number_parse(value, &number)) { number = NAN; }
    nomen_status status = check_number(name, value, number, f, err);
    if (status == NOMEN_OK) { *out = number; }
    return status;
}

nomen_status nomen_train_check_values(const nomen_train_options *options, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && nomen_train_parameters()[i].name != NULL; i++) {
        const nomen_parameter_field *f = &nomen_parameter_fields()[i];
        const char *place = (const char *)options + f->offset;
        char shown[NOMEN_NUMBER_SIZE];
        double number = 0;
        int choice = 0, n_choices = 0;
        const bool is_count = f->kind == NOMEN_PARAMETER_COUNT || f->kind == NOMEN_PARAMETER_COUNT_OR_AUTO;
        if (is_count || is_real(f)) {
            size_t count = is_count ? *(const size_t *)(const void *)place : 0;
            number = is_count ? (double)count : *(const double *)(const void *)place;
            if (f->kind == NOMEN_PARAMETER_NUMBER_OR_AUTO && number == 0) { continue; }
            if (f->kind == NOMEN_PARAMETER_COUNT_OR_AUTO && count == SIZE_MAX) { continue; }
            nomen_number_shortest(number, shown);
            status = check_number(nomen_train_parameters()[i].name, shown, number, f, err);
        } else if (f->kind == NOMEN_PARAMETER_CHOICE) {
            memcpy(&choice, place, sizeof choice);
            while (f->choices[n_choices] != NULL) { n_choices++; }
            if (choice < 0 || choice >= n_choices) {
                status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: no value has the number %d",
                                         nomen_train_parameters()[i].name, choice);
            }
        }
    }
    return status;
}

static nomen_status parse_split(const char *name, const char *value, unsigned split[3], nomen_error *err) {
    unsigned part[3];
    int used = 0;
    if (value[strspn(value, "0123456789/")] != '\0' || /* scanf takes signs, and makes -10 a large number */
        sscanf(value, "%3u/%3u/%3u%n", &part[0], &part[1], &part[2], &used) != 3 || value[used] != '\0' ||
        part[0] + part[1] + part[2] != 100 || part[0] == 0) {
        return refuse(name, value, "three percentages that sum to 100, such as 80/10/10", err);
    }
    memcpy(split, part, sizeof part);
    return NOMEN_OK;
}

static nomen_status set_value(nomen_train_options *options, const char *name, const char *value, nomen_error *err) {
    size_t i = 0;
    while (nomen_train_parameters()[i].name != NULL && strcmp(nomen_train_parameters()[i].name, name) != 0) { i++; }
    if (nomen_train_parameters()[i].name == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown hyper-parameter \"%s\"", name);
    }
    const nomen_parameter_field *f = &nomen_parameter_fields()[i];
    char *place = (char *)options + f->offset;
    nomen_status status = NOMEN_OK;
    double number = 0;
    switch (f->kind) {
    case NOMEN_PARAMETER_COUNT:
        status = parse_number(name, value, f, &number, err);
        if (status == NOMEN_OK) { *(size_t *)(void *)place = (size_t)number; }
        return status;
    case NOMEN_PARAMETER_COUNT_OR_AUTO:
        if (strcmp(value, "auto") == 0) {
            *(size_t *)(void *)place = SIZE_MAX;
            return NOMEN_OK;
        }
        status = parse_number(name, value, f, &number, err);
        if (status == NOMEN_OK) { *(size_t *)(void *)place = (size_t)number; }
        return status;
    case NOMEN_PARAMETER_NUMBER_OR_AUTO:
        if (strcmp(value, "auto") == 0) {
            *(double *)(void *)place = 0;
            return NOMEN_OK;
        }
        /* fall through */
    case NOMEN_PARAMETER_NUMBER:
        status = parse_number(name, value, f, &number, err);
        if (status == NOMEN_OK) { *(double *)(void *)place = number; }
        return status;
    case NOMEN_PARAMETER_SEED: {
        char *end = NULL;
        errno = 0;
        unsigned long long seed = strtoull(value, &end, 10);
        if (*value < '0' || *value > '9' || *end != '\0' || errno != 0) {
            return refuse(name, value, "a whole number from 0 to 2^64-1", err);
        }
        *(uint64_t *)(void *)place = seed;
        return NOMEN_OK;
    }
    case NOMEN_PARAMETER_FLAG:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0) { return refuse(name, value, "true or false", err); }
        *(bool *)(void *)place = value[0] == 't';
        return NOMEN_OK;
    case NOMEN_PARAMETER_CHOICE: {
        int choice = 0; /* the enums of train.h have its size */
        nomen_error inner = {0};
        if (nomen_name_find(value, f->choices, "value", &choice, &inner) != NOMEN_OK) {
            return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER, "%s: %s", name, inner.message);
        }
        memcpy(place, &choice, sizeof choice);
        return NOMEN_OK;
    }
    case NOMEN_PARAMETER_SPLIT: return parse_split(name, value, options->split, err);
    case NOMEN_PARAMETER_TEXT: memcpy(place, &value, sizeof value); return NOMEN_OK;
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
    for (size_t i = 0; !failed && nomen_train_parameters()[i].name != NULL; i++) {
        const char *place = (const char *)options + nomen_parameter_fields()[i].offset;
        json_t *value = NULL;
        int choice = 0;
        switch (nomen_parameter_fields()[i].kind) {
        case NOMEN_PARAMETER_COUNT: value = json_integer((json_int_t) * (const size_t *)(const void *)place); break;
        case NOMEN_PARAMETER_COUNT_OR_AUTO: {
            size_t count = *(const size_t *)(const void *)place;
            value = count == SIZE_MAX ? json_string("auto") : json_integer((json_int_t)count);
            break;
        }
        case NOMEN_PARAMETER_SEED:
            value = json_sprintf("%llu", (unsigned long long)*(const uint64_t *)(const void *)place);
            break;
        case NOMEN_PARAMETER_NUMBER:
        case NOMEN_PARAMETER_NUMBER_OR_AUTO: {
            double number = *(const double *)(const void *)place;
            bool is_auto = nomen_parameter_fields()[i].kind == NOMEN_PARAMETER_NUMBER_OR_AUTO && number == 0;
            value = is_auto ? json_string("auto") : exact_number(number);
            break;
        }
        case NOMEN_PARAMETER_FLAG: value = json_boolean(*(const bool *)(const void *)place); break;
        case NOMEN_PARAMETER_CHOICE:
            memcpy(&choice, place, sizeof choice);
            value = json_string(nomen_name_of(nomen_parameter_fields()[i].choices, choice));
            break;
        case NOMEN_PARAMETER_SPLIT:
            value = json_sprintf("%u/%u/%u", options->split[0], options->split[1], options->split[2]);
            break;
        case NOMEN_PARAMETER_TEXT: {
            const char *text = *(const char *const *)(const void *)place;
            value = nomen_json_text(text != NULL ? text : "none");
            break;
        }
        }
        failed = value == NULL || json_object_set_new(object, nomen_train_parameters()[i].name, value) != 0;
    }
    if (failed) {
        json_decref(object);
        return nomen_error_memory(err, 1, sizeof *options);
    }
    *out = object;
    return NOMEN_OK;
}
