/* What a scorer has counted so far, as JSON: a training that is continued goes on with it. */
#ifndef NOMEN_EVAL_SCORER_STATE_H
#define NOMEN_EVAL_SCORER_STATE_H

#include "eval/metrics.h"

/* Adds the counts of a scorer without details, as the member `key`. */
void nomen_scorer_save(const nomen_scorer *scorer, nomen_json_out *json, const char *key);

/*
 * Gives them to a scorer that has no sentence yet: its reports are then, to the bit, those of the one that was saved. `path` is
 * the file in messages. NOMEN_ERROR_FORMAT where something is missing or has another type.
 */
nomen_status nomen_scorer_load(nomen_scorer *scorer, const json_t *saved, const char *path, nomen_error *err);

#endif
