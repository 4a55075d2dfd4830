/* The report on doubtful labels with what it stands on, and its forms; see nomen/label_errors.h. */
#ifndef NOMEN_CHECK_LABEL_ERRORS_H
#define NOMEN_CHECK_LABEL_ERRORS_H

#include "base/buffer.h"
#include "base/intern.h"
#include "data/dataset.h"
#include "nomen/label_errors.h"

/* The report is the first member, so that its address is the whole's. */
typedef struct nomen_label_findings {
    nomen_label_report report;
    nomen_dataset set;
    nomen_interner types; /* what the names in the report point to */
    nomen_label_error *errors;
    size_t errors_capacity;
    nomen_labelled *entities; /* given and suggested, of one error after the other */
    size_t n_entities, entities_capacity;
    nomen_label_pair *pairs;
} nomen_label_findings;

static inline const nomen_label_findings *nomen_label_findings_of(const nomen_label_report *report) {
    return (const nomen_label_findings *)(const void *)report;
}

/*
 * Appends the report for people, and as one JSON object on one line, with the `most` most doubtful places (0: all).
 * Offsets are code points of the sentence's text.
 */
nomen_status nomen_label_report_text(const nomen_label_report *report, size_t most, nomen_buffer *out, nomen_error *err);
nomen_status nomen_label_report_json(const nomen_label_report *report, size_t most, nomen_buffer *out, nomen_error *err);

#endif
