/* What is found about a model's scores as JSON; see nomen/calibrate.h. */
#ifndef NOMEN_CALIBRATE_CALIBRATE_JSON_H
#define NOMEN_CALIBRATE_CALIBRATE_JSON_H

#include "base/json.h"
#include "nomen/calibrate.h"

/* What nomen.json gets under "calibration" and `nomen calibrate --json` prints; *out is a new reference. */
nomen_status nomen_calibration_json(const nomen_calibrate_options *options, const nomen_calibration_result *result, json_t **out,
                                    nomen_error *err);

#endif
