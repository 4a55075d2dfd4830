/*
 * Scores of tag sequences, see nomen/eval.h, and what the rest of the project needs beyond it:
 * reports written after other text.
 */
#ifndef NOMEN_EVAL_METRICS_H
#define NOMEN_EVAL_METRICS_H

#include "base/json_out.h"
#include "nomen/eval.h"

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
/* Tables that can follow the report's own; which of them is a mask of 1 << part. Parts without figures are left
 * out. */
typedef enum nomen_report_part {
    NOMEN_REPORT_CONLLEVAL,
    NOMEN_REPORT_STRICT,
    NOMEN_REPORT_NERVALUATE,
    NOMEN_REPORT_OUTCOMES,
    NOMEN_REPORT_CONFUSION,
    NOMEN_REPORT_LENGTH,
    NOMEN_REPORT_SEEN,
    NOMEN_REPORT_CALIBRATION,
    NOMEN_N_REPORT_PARTS
} nomen_report_part;

const char *nomen_report_part_name(nomen_report_part part);
nomen_status nomen_details_text(const nomen_details *details, unsigned parts, nomen_buffer *out, nomen_error *err);

/* A name filled up with spaces to `columns`; control characters become '?'. */
nomen_status nomen_name_text(const char *name, size_t columns, nomen_buffer *out, nomen_error *err);

nomen_status nomen_details_conlleval(const nomen_details *details, nomen_buffer *out, nomen_error *err);

#endif
