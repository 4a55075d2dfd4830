/*
 * What `nomen calibrate` found out about a model, as tag and eval use it: a temperature for its scores, and for
 * each type the smallest score at which an entity is kept. It stands in nomen.json under "calibration":
 *
 *     "calibration": {"temperature": 1.7, "aggregate": "first", "thresholds": {"per": 0.81, "art": false}, ...}
 *
 * where false leaves a type out whole.
 */
#ifndef NOMEN_MODEL_DIR_CALIBRATED_H
#define NOMEN_MODEL_DIR_CALIBRATED_H

#include "base/json.h"
#include "data/labels.h"
#include "math/ops.h"
#include "nomen/tagger.h"

/* Temperatures are between 1/this and this: beyond that all scores are alike, or 0 or 1. */
#define NOMEN_TEMPERATURE_MOST 64.0

typedef struct nomen_calibrated {
    double temperature; /* logits are divided by it; 1 leaves every bit as it is */
    float *thresholds;  /* (K) by the label of an entity; NULL: all are kept */
    bool fitted;        /* some of the thresholds were fitted, to scores by `aggregation` */
    nomen_aggregation aggregation;
} nomen_calibrated;

/* Temperature 1, no thresholds. */
void nomen_calibrated_start(nomen_calibrated *calibrated);

/*
 * Reads "calibration" of `record`, the object of the file `path` (NULL, or without the key: nothing), for a
 * model of these labels. What is not as above is NOMEN_ERROR_FORMAT; a type that the model lacks is logged.
 */
nomen_status nomen_calibrated_read(const json_t *record, const char *path, const nomen_labels *labels, nomen_calibrated *out,
                                   nomen_error *err);
void nomen_calibrated_clear(nomen_calibrated *calibrated);

/* Sets the threshold of a type, or of all where it is NULL; false where no label has that type. `thresholds` are there. */
bool nomen_calibrated_set(nomen_calibrated *calibrated, const nomen_labels *labels, const char *type, size_t n_bytes,
                          float threshold);

/*
 * A copy of `stored` as a request has it, by its no_calibration, thresholds, types and ignored_types: a type that is not
 * wanted has a threshold that no score reaches. To be cleared.
 * NOMEN_ERROR_ARGUMENT for text of another form, or a type that no label has.
 */
nomen_status nomen_calibrated_choose(const nomen_calibrated *stored, const nomen_labels *labels, const nomen_request *request,
                                     nomen_calibrated *out, nomen_error *err);

/* Divides n logits by the temperature. */
void nomen_calibrated_scale(const nomen_calibrated *calibrated, nomen_real *logits, size_t n);

/* Whether an entity is kept; `label` is that of its first word. */
static inline bool nomen_calibrated_keeps(const nomen_calibrated *calibrated, int32_t label, float score) {
    return calibrated->thresholds == NULL || !(score < calibrated->thresholds[label]);
}

/*
 * NOMEN_ERROR_ARGUMENT where thresholds were fitted to another strategy's scores than those that are asked for;
 * `advice` is what to do about it, short of doing without them.
 */
nomen_status nomen_calibrated_check(const nomen_calibrated *calibrated, nomen_aggregation aggregation, const char *advice,
                                    nomen_error *err);

#endif
