/* What a loaded model directory consists of. */
#ifndef NOMEN_MODEL_DIR_MODEL_PARTS_H
#define NOMEN_MODEL_DIR_MODEL_PARTS_H

#include <stdatomic.h>

#include "data/labels.h"
#include "model/bert.h"
#include "model/weights.h"
#include "model_dir/calibrated.h"
#include "model_dir/settings.h"
#include "nomen/model.h"

struct nomen_model {
    atomic_size_t n_references;
    nomen_purpose purpose;
    nomen_config config;
    nomen_param_table table;
    nomen_real *values; /* (table.n_elements) */
    nomen_bert bert;    /* view of them, with packed weights; int8 is there alone */
    nomen_tokenizer *tokenizer;
    nomen_labels labels;
    int32_t *inside; /* (K) the label that continues each label, see data/align.h */
    nomen_settings settings;
    nomen_calibrated calibrated; /* its temperature and thresholds; none in training */
    nomen_weights_report weights;
    json_t *record; /* nomen.json as read, or NULL */
    bool fresh_head;
    int32_t *kept_rows;  /* (K) for a fresh head: the row of each label in the directory's own, -1 for none; NULL: none at all */
    size_t n_own_labels; /* rows of that head */
};

#endif
