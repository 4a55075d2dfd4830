/* What callers can do with the calibration that a model has; see nomen/calibrate.h. */
#include "base/file.h"
#include "base/names.h"
#include "model_dir/model.h"
#include "nomen/calibrate.h"

nomen_status nomen_calibration_reset(const char *directory, bool *found, nomen_error *err) {
    nomen_status status = nomen_string_check(directory, "the model directory", err);
    if (status != NOMEN_OK) { return status; }
    if (!nomen_file_is_directory(directory)) {
        return nomen_error_set(err, NOMEN_ERROR_IO, "%s: no such directory; expected a model directory", directory);
    }
    return nomen_settings_set_key(directory, "calibration", NULL, found, err);
}

nomen_aggregation nomen_model_get_aggregation(const nomen_model *model) {
    return model->calibrated.fitted ? model->calibrated.aggregation : NOMEN_AGGREGATE_FIRST;
}
