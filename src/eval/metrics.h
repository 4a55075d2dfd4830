/*
 * Scores of tag sequences, see nomen/eval.h, and what the rest of the project needs beyond it:
 * reports written after other text.
 */
#ifndef NOMEN_EVAL_METRICS_H
#define NOMEN_EVAL_METRICS_H

#include "base/json_out.h"
#include "nomen/evaluate.h"

/* The report as the JSON object of `eval --json`, and as a table for people (lines end in "\n"). */
void nomen_report_json(nomen_json_out *json, const char *key, const nomen_report *report);
nomen_status nomen_report_text(const nomen_report *report, nomen_buffer *out, nomen_error *err);

/* Parts of the above: its members, those of its means over types and its types, and precision, recall and F1, with support,
 * predicted and correct where `counts`: as members of an object that is open, or as one. */
void nomen_report_json_members(nomen_json_out *json, const nomen_report *report);
void nomen_report_json_types(nomen_json_out *json, const nomen_report *report);
void nomen_prf_json_members(nomen_json_out *json, const nomen_prf *prf, bool counts);
void nomen_prf_json(nomen_json_out *json, const char *key, const nomen_prf *prf, bool counts);

/* All figures as one JSON object, and as conlleval prints its own. */
nomen_status nomen_details_json(const nomen_details *details, nomen_buffer *out, nomen_error *err);

/* One more than the last part: the public header doesn't say, as later versions may have more. */
#define NOMEN_N_REPORT_PARTS (NOMEN_REPORT_CALIBRATION + 1)

/* The report, and the tables of `parts` (1 << nomen_report_part) that have figures. */
nomen_status nomen_details_text(const nomen_details *details, unsigned parts, nomen_buffer *out, nomen_error *err);

/* A name filled up with spaces to `columns`; control characters become '?'. */
nomen_status nomen_name_text(const char *name, size_t columns, nomen_buffer *out, nomen_error *err);

nomen_status nomen_details_conlleval(const nomen_details *details, nomen_buffer *out, nomen_error *err);

#endif
