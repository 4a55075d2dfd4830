/*
 * What a queue costs: one-sentence texts by a queue that has so many of them in flight, beside the same texts as `nomen bench`
 * times them, tokenised together and then run forward in full batches. The two take turns; the ratio is that of their times.
 *
 *   bench_queue MODEL TEXTS [--threads N] [--in-flight N] [--turns N]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/lines.h"
#include "base/mem.h"
#include "nomen/queue.h"
#include "run/predict.h"

enum { MOST_IN_FLIGHT = 4096 };

static nomen_text *texts; /* (n_texts) */
static nomen_ticket *tickets[MOST_IN_FLIGHT];
static size_t n_texts, in_flight = 64;

/* Tokenises all texts and runs their windows; no decoding. */
static nomen_status run_batches(const nomen_model *model, nomen_predictor *predictor, double *seconds, nomen_error *err) {
    nomen_examples examples = {0};
    nomen_real *logits = NULL;
    nomen_status status;
    double start = nomen_clock_now();
    NOMEN_TRY(nomen_examples_add(&examples, model, texts, n_texts, NULL, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(logits, examples.piece_start[n_texts] * model->labels.n, err));
    NOMEN_TRY(nomen_predictor_run(predictor, &examples, logits, err));
    *seconds = nomen_clock_now() - start;
done:
    nomen_examples_clear(&examples);
    nomen_mem_free(logits);
    return status;
}

/* Hands in the texts one by one, and waits for the oldest where enough are in flight. */
static nomen_status run_queue(nomen_queue *queue, double *seconds, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    double start = nomen_clock_now();
    for (size_t i = 0; i < n_texts + in_flight; i++) {
        nomen_ticket **ticket = &tickets[i % in_flight];
        if (*ticket != NULL) {
            nomen_results *results = NULL;
            NOMEN_TRY(nomen_ticket_wait(*ticket, &results, err));
            nomen_results_free(results);
            nomen_ticket_free(*ticket);
            *ticket = NULL;
        }
        if (i < n_texts) { NOMEN_TRY(nomen_queue_submit(queue, &texts[i], 1, NULL, NOMEN_TEXTS_COPIED, ticket, err)); }
    }
    *seconds = nomen_clock_now() - start;
done:
    return status;
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

int main(int argc, char **argv) {
    nomen_error err = {0};
    nomen_model *model = NULL;
    nomen_queue *queue = NULL;
    nomen_predictor predictor = {0};
    nomen_buffer bytes = {0};
    size_t turns = 9;
    nomen_status status;
    for (int i = 3; i + 1 < argc; i += 2) {
        size_t n = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--threads") == 0) { nomen_set_threads((int)n); }
        if (strcmp(argv[i], "--in-flight") == 0 && n > 0 && n <= MOST_IN_FLIGHT) { in_flight = n; }
        if (strcmp(argv[i], "--turns") == 0 && n > 0 && n < 1000) { turns = n; }
    }
    if (argc < 3) { return fprintf(stderr, "bench_queue MODEL TEXTS [--threads N] [--in-flight N] [--turns N]\n"), 2; }
    NOMEN_TRY(bench_read_lines(argv[2], &bytes, &texts, &n_texts, &err));
    NOMEN_TRY(nomen_model_load(argv[1], NULL, &model, &err));
    NOMEN_TRY(nomen_predictor_create(model, 0, &predictor, &err));
    NOMEN_TRY(nomen_queue_create(model, NULL, &queue, &err));
    double ratios[1000], best[2] = {1e9, 1e9};
    for (size_t t = 0; t <= turns; t++) {
        double batches = 0, queued = 0;
        if (t % 2 == 0) { NOMEN_TRY(run_batches(model, &predictor, &batches, &err)); }
        NOMEN_TRY(run_queue(queue, &queued, &err));
        if (t % 2 == 1) { NOMEN_TRY(run_batches(model, &predictor, &batches, &err)); }
        if (t == 0) { continue; } /* warms up */
        ratios[t - 1] = batches / queued;
        best[0] = batches < best[0] ? batches : best[0];
        best[1] = queued < best[1] ? queued : best[1];
    }
    qsort(ratios, turns, sizeof *ratios, by_value);
    printf("%zu texts, %zu in flight: throughput of the queue %.3f of batches' (median of %zu turns; by least times %.3f)\n",
           n_texts, in_flight, ratios[turns / 2], turns, best[0] / best[1]);
done:
    if (status != NOMEN_OK) { fprintf(stderr, "bench_queue: %s\n", err.message); }
    nomen_queue_free(queue);
    nomen_predictor_clear(&predictor);
    nomen_model_release(model);
    nomen_mem_free(texts);
    nomen_buffer_clear(&bytes);
    return status == NOMEN_OK ? 0 : 1;
}
