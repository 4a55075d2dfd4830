/* One call of a queue at work; see the header. */
#include "tag/job.h"

/* Bytes of text in a round: a few windows. A job that waits for its turn holds what became of them, some 30 bytes each. */
enum { ROUND_BYTES = 4 * 1024 };

nomen_status nomen_job_start(nomen_job *job, const nomen_model *model, const nomen_request *request, const nomen_text *texts,
                             size_t n_texts, nomen_error *err) {
    nomen_status status;
    job->texts = texts;
    job->n_texts = n_texts;
    nomen_stream_start(model, &job->stream);
    job->stream.round_bytes = ROUND_BYTES;
    job->stream.feed.segment_bytes = ROUND_BYTES;
    NOMEN_TRY(nomen_text_decoder_create(model, request, &job->decoder, err));
    NOMEN_TRY(nomen_results_create(model, n_texts, request->offsets, &job->results, err));
    nomen_stream_set(&job->stream, job->decoder.request.word_unit, job->decoder.request.overlap);
    NOMEN_TRY(nomen_stream_submit(&job->stream, texts, n_texts, err));
done:
    return status;
}

void nomen_job_clear(nomen_job *job) {
    nomen_stream_clear(&job->stream);
    nomen_text_decoder_clear(&job->decoder);
    nomen_results_free(job->results);
    *job = (nomen_job){0};
}

/* The cursor goes to the next window that owns something. */
static void skip_empty(nomen_job *job) {
    const nomen_examples *held = &job->stream.held;
    for (; job->text < held->n; job->text++) {
        if (job->window < held->window_start[job->text]) { job->window = held->window_start[job->text]; }
        for (; job->window < held->window_start[job->text + 1]; job->window++) {
            if (held->windows[job->window].own_end > held->windows[job->window].own_start) { return; }
        }
    }
}

bool nomen_job_has_window(const nomen_job *job) {
    return job->begun && job->text < job->stream.held.n;
}

/* The windows of the round have run: what is in them becomes results. */
static nomen_status end_round(nomen_job *job, nomen_error *err) {
    nomen_stream_part part;
    bool found = true;
    nomen_status status;
    for (;;) {
        const nomen_tagged *done = NULL;
        NOMEN_TRY(nomen_stream_next(&job->stream, &part, &found, err));
        if (!found) { break; }
        NOMEN_TRY(nomen_text_decoder_add(&job->decoder, &job->texts[part.text], &part, &done, err));
        if (done != NULL) { NOMEN_TRY(nomen_results_add(job->results, part.text, done, err)); }
    }
    job->begun = false;
done:
    return status;
}

nomen_status nomen_job_advance(nomen_job *job, bool *done, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    *done = false;
    if (job->n_running > 0 || nomen_job_has_window(job)) { goto done; }
    if (job->begun) { NOMEN_TRY(end_round(job, err)); }
    if (nomen_stream_is_done(&job->stream)) {
        nomen_results_finish(job->results);
        *done = true;
        goto done;
    }
    NOMEN_TRY(nomen_stream_prepare(&job->stream, err));
    job->text = job->window = 0;
    job->begun = true;
    skip_empty(job);
done:
    return status;
}

nomen_window_job nomen_job_peek(const nomen_job *job, size_t *n_tokens) {
    const nomen_window_job window = {&job->stream.held, {.text = job->text, .window = job->window}, job->stream.logits};
    *n_tokens = nomen_batcher_length(job->stream.model, window.examples, window.ref);
    return window;
}

void nomen_job_take(nomen_job *job) {
    job->n_running++;
    job->window++;
    skip_empty(job);
}

void nomen_job_ran(nomen_job *job) {
    job->n_running--;
}
