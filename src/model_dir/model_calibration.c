/* What callers can do with the calibration that a model has; see nomen/calibrate.h. */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "model_dir/model.h"
#include "nomen/calibrate.h"

nomen_status nomen_calibration_reset(const char *directory, bool *found, nomen_error *err) {
    if (!nomen_file_is_directory(directory)) {
        return nomen_error_set(err, NOMEN_ERROR_IO, "%s: no such directory; expected a model directory", directory);
    }
    return nomen_settings_set_key(directory, "calibration", NULL, found, err);
}

void nomen_model_drop_calibration(nomen_model *model) {
    nomen_calibrated_clear(&model->calibrated);
}

nomen_aggregation nomen_model_get_aggregation(const nomen_model *model) {
    return model->calibrated.fitted ? model->calibrated.aggregation : NOMEN_AGGREGATE_FIRST;
}

/* One part of the list: "per=0.9", or "0.9". */
static nomen_status set_threshold(nomen_model *model, const char *part, size_t n, nomen_error *err) {
    char digits[NOMEN_NUMBER_SIZE];
    const char *value = part + n, *end = part + n;
    while (value > part && value[-1] != '=') { value--; }
    size_t n_digits = (size_t)(end - value), n_type = value > part ? (size_t)(value - part) - 1 : 0;
    double threshold = NAN;
    if (n_digits < sizeof digits) {
        memcpy(digits, value, n_digits);
        digits[n_digits] = '\0';
        (void)nomen_number_parse(digits, &threshold);
    }
    if (!(threshold >= 0 && threshold <= 1) || (value > part && n_type == 0)) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "the threshold is \"%.*s\"; expected a number from 0 to 1 for all types, or TYPE=NUMBER, separated by commas",
            (int)(n < 100 ? n : 100), part);
    }
    return nomen_calibrated_set(&model->calibrated, &model->labels, value > part ? part : NULL, n_type, (float)threshold, err);
}

nomen_status nomen_model_set_thresholds(nomen_model *model, const char *text, nomen_error *err) {
    nomen_status status;
    for (size_t n;; text += n + 1) {
        n = strcspn(text, ",");
        NOMEN_TRY(set_threshold(model, text, n, err));
        if (text[n] == '\0') { break; }
    }
done:
    return status;
}
