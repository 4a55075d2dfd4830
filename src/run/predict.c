/* Forward over many texts: windows sorted by length, logits joined from owned pieces. */
#include "run/predict.h"

#include <stdlib.h>

#include "base/mem.h"

nomen_status nomen_predictor_create(const nomen_model *model, size_t token_budget, nomen_predictor *out, nomen_error *err) {
    nomen_predictor p = {.model = model};
    size_t longest = model->settings.max_length;
    if (token_budget == 0) { token_budget = NOMEN_TOKEN_BUDGET; }
    if (token_budget < longest) { token_budget = longest; }
    nomen_status status;
    NOMEN_TRY(nomen_bert_workspace_create(&model->config, token_budget, longest, NOMEN_KEEP_NOTHING, &p.workspace, err));
    NOMEN_TRY(nomen_batcher_create(token_budget, &p.batcher, err));
    size_t n_logits = 0;
    NOMEN_TRY(nomen_mem_product(token_budget, model->labels.n, "the logits of a batch", &n_logits, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(p.batch_logits, n_logits, err));
    NOMEN_TRY(NOMEN_NEW(p.batch_jobs, token_budget, err));
    *out = p;
    return NOMEN_OK;
done:
    nomen_predictor_clear(&p);
    return status;
}

void nomen_predictor_clear(nomen_predictor *p) {
    nomen_bert_workspace_free(p->workspace);
    nomen_batcher_clear(&p->batcher);
    nomen_mem_free(p->batch_logits);
    nomen_mem_free(p->batch_jobs);
    nomen_mem_free(p->jobs);
    *p = (nomen_predictor){0};
}

/* Longest first, so that a batch holds sequences of like length; ties in the order of the texts. */
static int by_length(const void *a, const void *b, void *user) {
    const nomen_window_job *x = a, *y = b;
    const nomen_model *model = user;
    size_t m = nomen_batcher_length(model, x->examples, x->ref), n = nomen_batcher_length(model, y->examples, y->ref);
    if (m != n) { return m > n ? -1 : 1; }
    return x->ref.window < y->ref.window ? -1 : x->ref.window > y->ref.window;
}

static bool add(nomen_predictor *p, const nomen_window_job *job) {
    if (!nomen_batcher_add(&p->batcher, p->model, job->examples, job->ref, 0)) { return false; }
    p->batch_jobs[p->batcher.n_seqs - 1] = *job;
    return true;
}

/* Runs the batch that is filled and puts the owned rows where they belong. */
static nomen_status flush(nomen_predictor *p, nomen_error *err) {
    nomen_batcher *b = &p->batcher;
    if (b->n_seqs == 0) { return NOMEN_OK; }
    size_t n_labels = p->model->labels.n;
    nomen_batch batch = nomen_batcher_get(b);
    nomen_status status = nomen_bert_forward(&p->model->bert, &batch, NULL, p->workspace, p->batch_logits, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t s = 0; s < b->n_seqs; s++) {
        const nomen_window_job *job = &p->batch_jobs[s];
        const nomen_window *w = &job->examples->windows[job->ref.window];
        size_t to = job->examples->piece_start[job->ref.text] + w->own_start;
        nomen_op_copy_rows(job->logits + to * n_labels, p->batch_logits + b->own_row[s] * n_labels, w->own_end - w->own_start,
                           n_labels);
    }
    nomen_batcher_reset(b);
    return NOMEN_OK;
}

nomen_status nomen_predictor_run_windows(nomen_predictor *p, nomen_window_job *jobs, size_t n, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (n > 0) { qsort_r(jobs, n, sizeof *jobs, by_length, (void *)(uintptr_t)p->model); }
    nomen_batcher_reset(&p->batcher);
    for (size_t i = 0; i < n; i++) {
        if (add(p, &jobs[i])) { continue; }
        NOMEN_TRY(flush(p, err));
        add(p, &jobs[i]);
    }
    NOMEN_TRY(flush(p, err));
done:
    return status;
}

nomen_status nomen_predictor_run(nomen_predictor *p, const nomen_examples *examples, nomen_real *logits, nomen_error *err) {
    size_t n = 0, n_windows = examples->n > 0 ? examples->window_start[examples->n] : 0;
    nomen_status status = NOMEN_RESERVE(p->jobs, p->job_capacity, n_windows, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t text = 0; text < examples->n; text++) {
        for (size_t w = examples->window_start[text]; w < examples->window_start[text + 1]; w++) {
            if (examples->windows[w].own_end > examples->windows[w].own_start) {
                p->jobs[n++] = (nomen_window_job){examples, {.text = text, .window = w}, logits};
            }
        }
    }
    return nomen_predictor_run_windows(p, p->jobs, n, err);
}

size_t nomen_largest(const nomen_real *logits, size_t n) {
    size_t best = 0;
    for (size_t k = 1; k < n; k++) {
        if (logits[k] > logits[best]) { best = k; }
    }
    return best;
}

void nomen_word_labels(const nomen_examples *examples, size_t text, const int32_t *piece_labels, int32_t other, size_t n_words,
                       int32_t *labels) {
    for (size_t w = 0; w < n_words; w++) { labels[w] = other; }
    size_t first = examples->piece_start[text], end = examples->piece_start[text + 1];
    for (size_t i = first; i < end; i = nomen_examples_next_word(examples, text, i)) {
        labels[examples->word_ids[i]] = piece_labels[i - first];
    }
}
