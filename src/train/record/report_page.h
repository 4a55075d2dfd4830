/* The parts of a run's page, each appended to `out`, and what they share. */
#ifndef NOMEN_TRAIN_REPORT_PAGE_H
#define NOMEN_TRAIN_REPORT_PAGE_H

#include <string.h>

#include "html/html.h"
#include "train/record/history.h"
#include "train/record/review.h"

/* What it is made of; all borrowed. */
typedef struct nomen_run_report {
    const nomen_train_options *options;
    const nomen_train_result *result; /* whose dev and test have scores where they were scored */
    const nomen_corpus *corpus;
    const nomen_labels *labels;
    nomen_history history;
    const nomen_review *dev, *test; /* not made: there is nothing of that part */
    size_t n_steps;                 /* of the whole run, done or not */
    size_t n_windows, n_long;       /* of the training part: windows, and sentences of more than one */
    const char *stopped;            /* why the run ended early; NULL where it did not */
    long long started;              /* seconds since 1970, of this process's part of the run */
    double seconds;                 /* in training steps, of the whole run */
} nomen_run_report;

/* `before` and `after` are HTML, the text between them is anybody's. */
static inline nomen_status nomen_page_text(nomen_buffer *out, const char *before, const char *text, const char *after,
                                           nomen_error *err) {
    nomen_status status = nomen_buffer_append_text(out, before, err);
    if (status == NOMEN_OK) { status = nomen_html_append(out, text, strlen(text), NOMEN_HTML_TEXT, err); }
    return status == NOMEN_OK ? nomen_buffer_append_text(out, after, err) : status;
}

/* Loss, F1, learning rate and gradient norm by step. */
nomen_status nomen_page_curves(const nomen_run_report *report, nomen_buffer *out, nomen_error *err);

/* Scores by type of a part, and which types were taken for which. */
nomen_status nomen_page_scores(const char *name, const nomen_report *scores, const nomen_review *review, nomen_buffer *out,
                               nomen_error *err);

/* The sentences with most errors. */
nomen_status nomen_page_sentences(const nomen_review *review, const nomen_dataset *dataset, nomen_buffer *out, nomen_error *err);

/* The parts of the data, and how many words of each have which label. */
nomen_status nomen_page_data(const nomen_run_report *report, nomen_buffer *out, nomen_error *err);

/* How the run was started, by what, and every setting. */
nomen_status nomen_page_run(const nomen_run_report *report, nomen_buffer *out, nomen_error *err);

#endif
