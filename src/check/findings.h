/* Collects findings: counts them by kind, and keeps the first places of each. */
#ifndef NOMEN_CHECK_FINDINGS_H
#define NOMEN_CHECK_FINDINGS_H

#include <stdbool.h>

#include "base/error.h"
#include "check/kinds.h"
#include "data/diagnostics.h"

typedef struct nomen_found {
    size_t count;
    nomen_check_place *places; /* their texts are owned */
    size_t n_places, capacity;
    char *detail; /* owned, or NULL */
} nomen_found;

/* Start from {0} with max_places set. As a sink can't return a status, the first failure to keep a place is in `status`. */
typedef struct nomen_findings {
    nomen_found kinds[NOMEN_CHECK_N_KINDS];
    size_t max_places;
    nomen_status status;
    size_t n_told[NOMEN_DIAGNOSTIC_N_KINDS]; /* reported so far for the current file */
} nomen_findings;

/* Whether a place of this kind would be kept, so that its text is worth making. */
static inline bool nomen_findings_want(const nomen_findings *findings, nomen_check_kind kind) {
    return findings->kinds[kind].n_places < findings->max_places;
}

/* Counts a finding at a place; the text is copied. */
void nomen_findings_add(nomen_findings *findings, nomen_check_kind kind, const char *path, size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Counts `n` more findings without a place. */
static inline void nomen_findings_count(nomen_findings *findings, nomen_check_kind kind, size_t n) {
    findings->kinds[kind].count += n;
}

/* Sets the detail of a kind, in place of an earlier one. */
void nomen_findings_detail(nomen_findings *findings, nomen_check_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The function of a sink for reading: `user` is a nomen_findings, to which each report is added. */
void nomen_findings_report(void *user, nomen_diagnostic_kind kind, const char *name, size_t line, const char *message);

/* After a file is read, adds what its notes counted without a report, as findings of the whole file. */
void nomen_findings_unreported(nomen_findings *findings, const char *name, const nomen_notes *notes);

void nomen_findings_clear(nomen_findings *findings);

#endif
