/* Rows of a measurement, and what they are called. */
#include "speed/result.h"

#include "base/mem.h"

void nomen_speed_result_clear(nomen_speed_result *result) {
    nomen_mem_free(result->rows);
    *result = (nomen_speed_result){0};
}

double nomen_speed_share(const nomen_speed_row *row) {
    if (row->flops > 0) { return row->share; }
    return row->peak > 0 ? row->bytes / row->seconds / row->peak : 0;
}

const char *nomen_speed_stage_name(nomen_speed_stage stage) {
    static const char *const names[NOMEN_SPEED_N_STAGES] = {"tokenize",      "forward batch", "forward alone", "train step",
                                                            "train forward", "backward",      "optimizer"};
    return names[stage];
}
