/*
 * Scores of tag sequences, see nomen/eval.h, and what the rest of the project needs beyond it:
 * reports written behind other text.
 */
#ifndef NOMEN_EVAL_METRICS_H
#define NOMEN_EVAL_METRICS_H

#include "base/buffer.h"
#include "nomen/eval.h"

/*
 * Appends the report as the JSON object of `eval --json` (no newline behind it), so that it can stand
 * inside another object, and as a table for people (lines end in "\n").
 */
nomen_status nomen_report_json(const nomen_report *report, nomen_buffer *out, nomen_error *err);
nomen_status nomen_report_text(const nomen_report *report, nomen_buffer *out, nomen_error *err);

#endif
