/* What a sweep tries. */
#include "sweep/axes.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "train/options/options.h"
#include "train/options/parameters.h"

/* They decide which sentences score: trials that differ in them can't be compared. */
static const char *const of_data[] = {"split", "numpy-split", "split-seed", "folds", "fold"};

static nomen_status find_name(const char *text, size_t n, const char **out, bool *whole, bool *number, nomen_error *err) {
    const nomen_train_parameter *p = nomen_train_parameters();
    for (size_t i = 0; i < sizeof of_data / sizeof *of_data; i++) {
        if (strlen(of_data[i]) == n && memcmp(of_data[i], text, n) == 0) {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "%s: decides which sentences score, so trials that differ in it can't be compared",
                                   of_data[i]);
        }
    }
    for (size_t i = 0; p[i].name != NULL; i++) {
        if (strlen(p[i].name) != n || memcmp(p[i].name, text, n) != 0) { continue; }
        nomen_parameter_kind kind = nomen_parameter_fields()[i].kind;
        *out = p[i].name;
        *whole = kind != NOMEN_PARAMETER_NUMBER && kind != NOMEN_PARAMETER_NUMBER_OR_AUTO;
        *number = !*whole || kind == NOMEN_PARAMETER_COUNT;
        return NOMEN_OK;
    }
    return nomen_error_set(
        err, NOMEN_ERROR_ARGUMENT,
        "\"%.*s\" is no hyper-parameter that can be tried; give a name such as learning-rate, in small letters with "
        "hyphens",
        (int)n, text);
}

/* The length of the first value of a list: up to a comma that is in no quotes or brackets. */
static size_t value_length(const char *text) {
    size_t i = 0, depth = 0;
    bool quoted = false;
    for (; text[i] != '\0'; i++) {
        if (text[i] == '"') { quoted = !quoted; }
        if (quoted) { continue; }
        if (strchr("{[(", text[i]) != NULL) { depth++; }
        if (strchr("}])", text[i]) != NULL && depth > 0) { depth--; }
        if (text[i] == ',' && depth == 0) { break; }
    }
    return i;
}

/* One value of a list. Square brackets hold one that has commas itself: [query,value]. */
static nomen_status add_value(nomen_axis *axis, const char *text, size_t n, nomen_error *err) {
    const bool held = n > 2 && text[0] == '[' && text[n - 1] == ']';
    nomen_status status;
    NOMEN_TRY(NOMEN_COPY(axis->values[axis->n_values], text + held, n - 2 * held, err));
    const char *value = axis->values[axis->n_values++];
    for (size_t i = 0; i + 1 < axis->n_values; i++) {
        if (strcmp(axis->values[i], value) != 0) { continue; }
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: the value %s is given twice", axis->name, value));
    }
done:
    return status;
}

static nomen_status read_list(nomen_axis *axis, const char *text, nomen_error *err) {
    size_t capacity = 0;
    nomen_status status;
    for (;;) {
        size_t n = value_length(text);
        if (n == 0) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                       "%s: a value is empty; expected NAME=VALUE,VALUE... or NAME=LOW..HIGH", axis->name));
        }
        NOMEN_TRY(NOMEN_RESERVE(axis->values, capacity, axis->n_values + 1, err));
        NOMEN_TRY(add_value(axis, text, n, err));
        if (text[n] == '\0') { break; }
        text += n + 1;
    }
done:
    return status;
}

/* LOW..HIGH; false where it is no range. */
static bool read_range(nomen_axis *axis, const char *text) {
    char low[NOMEN_NUMBER_SIZE];
    const char *dots = strstr(text, "..");
    if (dots == NULL || (size_t)(dots - text) >= sizeof low) { return false; }
    memcpy(low, text, (size_t)(dots - text));
    low[dots - text] = '\0';
    return nomen_number_parse(low, &axis->low) && nomen_number_parse(dots + 2, &axis->high);
}

static nomen_status read_values(nomen_axis *axis, const char *text, bool number, bool random, nomen_error *err) {
    axis->logarithmic = strncmp(text, "log:", 4) == 0;
    if (!number || !read_range(axis, text + (axis->logarithmic ? 4 : 0))) {
        if (axis->logarithmic) {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: \"%s\" is not log:LOW..HIGH with two numbers", axis->name,
                                   text);
        }
        return read_list(axis, text, err);
    }
    if (!random) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: a range is for a random search; give the number of its trials, or values with commas",
                               axis->name);
    }
    if (!(axis->low < axis->high) || !isfinite(axis->high - axis->low) || (axis->logarithmic && !(axis->low > 0))) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: \"%s\": the range must rise%s", axis->name, text,
                               axis->logarithmic ? ", from more than 0" : "");
    }
    if (axis->whole && (floor(axis->low) != axis->low || floor(axis->high) != axis->high)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: \"%s\": both ends must be whole numbers, as its values are",
                               axis->name, text);
    }
    return NOMEN_OK;
}

static nomen_status read_axis(nomen_axes *axes, const char *text, bool random, nomen_error *err) {
    const char *equals = strchr(text, '=');
    nomen_axis axis = {0};
    bool number = false;
    nomen_status status;
    if (equals == NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "\"%s\": expected NAME=VALUE,VALUE..., such as learning-rate=5e-5,1e-4", text));
    }
    NOMEN_TRY(find_name(text, (size_t)(equals - text), &axis.name, &axis.whole, &number, err));
    bool is_seed = strcmp(axis.name, "seed") == 0;
    for (size_t i = 0; i < axes->n; i++) {
        if (axes->items[i].name == axis.name) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: is given twice", axis.name));
        }
    }
    if (is_seed && axes->seeds.name != NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: is given twice", axis.name));
    }
    status = read_values(&axis, equals + 1, number, random, err);
    if (is_seed) {
        axes->seeds = axis;
    } else {
        axes->items[axes->n++] = axis;
    }
done:
    return status;
}

/* Of a file that is divided, rows decide what its parts are. */
static nomen_status check_rows(const nomen_axes *axes, const nomen_sweep_options *o, const nomen_train_options *base,
                               nomen_error *err) {
    for (size_t i = 0; i < axes->n; i++) {
        if (strcmp(axes->items[i].name, "rows") != 0 || (o->folds == 0 && base->dev != NULL)) { continue; }
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "rows: decides which sentences score where they are split off, so trials that differ in it can't be "
            "compared; give a dev file");
    }
    return NOMEN_OK;
}

/* Whether two values of a list are one, however they are written (1e-2 and 0.01): their runs would be the same. */
static nomen_status check_repeated(const nomen_axis *axis, const nomen_train_options *base, nomen_error *err) {
    json_t *seen = json_array(), *record = NULL;
    nomen_status status = seen != NULL ? NOMEN_OK : nomen_error_out_of_memory(err);
    for (size_t i = 0; i < axis->n_values && status == NOMEN_OK; i++) {
        nomen_train_options probe = *base;
        NOMEN_TRY(nomen_train_set(&probe, axis->name, axis->values[i], err));
        NOMEN_TRY(nomen_train_record(&probe, &record, err));
        json_t *value = json_object_get(record, axis->name);
        for (size_t k = 0; k < i; k++) {
            if (!json_equal(json_array_get(seen, k), value)) { continue; }
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: the values %s and %s are the same; leave one of them out",
                                       axis->name, axis->values[k], axis->values[i]));
        }
        if (json_array_append(seen, value) != 0) { status = nomen_error_out_of_memory(err); }
        json_decref(record);
        record = NULL;
    }
done:
    json_decref(record);
    json_decref(seen);
    return status;
}

nomen_status nomen_axes_read(const nomen_sweep_options *o, const nomen_train_options *base, nomen_axes *axes, nomen_error *err) {
    nomen_status status;
    *axes = (nomen_axes){0};
    NOMEN_TRY(NOMEN_NEW(axes->items, o->n_axes, err));
    for (size_t i = 0; i < o->n_axes; i++) { NOMEN_TRY(read_axis(axes, o->axes[i], o->n_random > 0, err)); }
    NOMEN_TRY(NOMEN_NEW(axes->shared, axes->n, err));
    for (size_t i = 0; i < axes->n; i++) { axes->shared[i] = axes->items[i].name; }
    if (axes->seeds.name != NULL && axes->seeds.n_values == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "seed: expected a list of values, such as seed=1,2,3"));
    }
    if (o->n_random > 0 && axes->n == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "a random search draws values of hyper-parameters; give some"));
    }
    NOMEN_TRY(check_rows(axes, o, base, err));
    for (size_t i = 0; i < axes->n; i++) { NOMEN_TRY(check_repeated(&axes->items[i], base, err)); }
    NOMEN_TRY(check_repeated(&axes->seeds, base, err));
done:
    return status;
}

static void clear_axis(nomen_axis *axis) {
    for (size_t i = 0; i < axis->n_values; i++) { nomen_mem_free(axis->values[i]); }
    nomen_mem_free(axis->values);
}

void nomen_axes_clear(nomen_axes *axes) {
    for (size_t i = 0; axes->values != NULL && i < axes->n_trials * axes->n; i++) { nomen_mem_free(axes->values[i]); }
    for (size_t i = 0; i < axes->n; i++) { clear_axis(&axes->items[i]); }
    clear_axis(&axes->seeds);
    nomen_mem_free(axes->values);
    nomen_mem_free(axes->items);
    nomen_mem_free(axes->shared);
    *axes = (nomen_axes){0};
}

nomen_status nomen_axes_set(const nomen_axes *axes, size_t trial, size_t seed, nomen_train_options *options, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < axes->n && status == NOMEN_OK; i++) {
        status = nomen_train_set(options, axes->items[i].name, nomen_axes_values(axes, trial)[i], err);
    }
    if (axes->seeds.n_values > 0 && status == NOMEN_OK) {
        status = nomen_train_set(options, "seed", axes->seeds.values[seed], err);
    }
    return status;
}
