/*
 * One call of a queue at work: its texts become windows, which run in any batches, and its windows' logits become results.
 * What a job holds besides texts and results does not grow with the texts: a round of windows at a time.
 */
#ifndef NOMEN_TAG_JOB_H
#define NOMEN_TAG_JOB_H

#include "decode/text_decoder.h"
#include "tag/results.h"

/* Start from {0}. */
typedef struct nomen_job {
    const nomen_text *texts; /* (n_texts) borrowed */
    size_t n_texts;
    nomen_stream stream;
    nomen_text_decoder decoder;
    nomen_results *results;
    size_t text, window; /* of the round: the next window to hand out */
    size_t n_running;    /* handed out and not run */
    bool begun;          /* a round is there */
} nomen_job;

/* A request that is complete; its strings are not used afterwards. */
nomen_status nomen_job_start(nomen_job *job, const nomen_model *model, const nomen_request *request, const nomen_text *texts,
                             size_t n_texts, nomen_error *err);
void nomen_job_clear(nomen_job *job);

/*
 * Goes on by a round, unless the one that is there has windows to run, or running. *done is true where nothing was left, and
 * job->results are finished then. The round may have no window (`has_window`), as that of empty texts.
 */
nomen_status nomen_job_advance(nomen_job *job, bool *done, nomen_error *err);

/* Whether the round has a window that was not handed out. */
bool nomen_job_has_window(const nomen_job *job);

/* That window, and how many tokens it takes. */
nomen_window_job nomen_job_peek(const nomen_job *job, size_t *n_tokens);

/* It is in a batch: the next one's turn. */
void nomen_job_take(nomen_job *job);

/* One of the windows that were taken has run. */
void nomen_job_ran(nomen_job *job);

#endif
