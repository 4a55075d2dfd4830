/*
 * How soon a call returns after it was cancelled: loading, tagging and training are cancelled from another thread after a time
 * by chance, again and again.
 *
 *   bench_cancel MODEL TEXTS TRAIN_FILE [--threads N] [--turns N]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/lines.h"
#include "base/rng.h"
#include "nomen/call.h"
#include "nomen/tagger.h"
#include "nomen/train.h"

enum { MOST_TURNS = 1000 };

typedef struct setter {
    nomen_cancel *cancel;
    double after, at; /* seconds; when it was set */
} setter;

static void *set_later(void *user) {
    setter *s = user;
    usleep((useconds_t)(s->after * 1e6));
    s->at = nomen_clock_now();
    nomen_cancel_set(s->cancel);
    return NULL;
}

static const char *directory, *train_file;
static nomen_text *texts; /* (n_texts) */
static size_t n_texts;
static nomen_tagger *tagger;

static nomen_status load(const nomen_call *call, nomen_error *err) {
    const nomen_model_options options = {.size = sizeof options, .call = call};
    nomen_model *model = NULL;
    nomen_status status = nomen_model_load(directory, &options, &model, err);
    if (status == NOMEN_OK) { nomen_model_release(model); }
    return status;
}

static nomen_status tag(const nomen_call *call, nomen_error *err) {
    const nomen_request request = {.size = sizeof request, .call = call};
    nomen_results *results = NULL;
    nomen_status status = nomen_tag(tagger, texts, n_texts, &request, &results, err);
    if (status == NOMEN_OK) { nomen_results_free(results); }
    return status;
}

static nomen_status train(const nomen_call *call, nomen_error *err) {
    nomen_train_options options;
    nomen_train_result result = {0};
    char output[64];
    nomen_train_init(&options, sizeof options);
    snprintf(output, sizeof output, "/tmp/bench-cancel-%d", (int)getpid());
    options.call = call;
    options.model = directory;
    options.train = train_file;
    options.output = output;
    options.overwrite = true;
    nomen_status status = nomen_train(&options, NULL, NULL, &result, err);
    nomen_train_result_clear(&result);
    return status;
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Cancels the call after up to so many seconds. */
static nomen_status measure(const char *name, nomen_status (*run)(const nomen_call *, nomen_error *), double most, size_t turns,
                            nomen_error *err) {
    static double seconds[MOST_TURNS];
    size_t n = 0;
    nomen_rng rng;
    nomen_rng_start(&rng, 1, 0, 0);
    for (size_t t = 0; t < turns; t++) {
        setter s = {.after = most * (double)nomen_rng_below(&rng, 1000) / 1000};
        pthread_t thread;
        nomen_error inner = {0};
        nomen_status status = nomen_cancel_create(&s.cancel, err);
        if (status != NOMEN_OK) { return status; }
        const nomen_call call = {.size = sizeof call, .cancel = s.cancel};
        if (pthread_create(&thread, NULL, set_later, &s) != 0) { return nomen_error_set(err, NOMEN_ERROR_LIMIT, "no thread"); }
        status = run(&call, &inner);
        double returned = nomen_clock_now();
        pthread_join(thread, NULL);
        nomen_cancel_free(s.cancel);
        if (status == NOMEN_ERROR_INTERRUPTED) { seconds[n++] = returned - s.at; }
        if (status != NOMEN_OK && status != NOMEN_ERROR_INTERRUPTED) { return nomen_error_set(err, status, "%s", inner.message); }
    }
    if (n == 0) { return nomen_error_set(err, NOMEN_ERROR_DATA, "%s: no call was still running when it was cancelled", name); }
    qsort(seconds, n, sizeof *seconds, by_value);
    printf("%-6s %3zu cancelled: median %.1f ms, 90%% %.1f ms, most %.1f ms\n", name, n, 1e3 * seconds[n / 2],
           1e3 * seconds[n * 9 / 10], 1e3 * seconds[n - 1]);
    fflush(stdout);
    return NOMEN_OK;
}

int main(int argc, char **argv) {
    nomen_error err = {0};
    nomen_model *model = NULL;
    nomen_buffer bytes = {0};
    size_t turns = 20;
    nomen_status status;
    if (argc < 4) { return fprintf(stderr, "bench_cancel MODEL TEXTS TRAIN_FILE [--threads N] [--turns N]\n"), 2; }
    directory = argv[1];
    train_file = argv[3];
    for (int i = 4; i + 1 < argc; i += 2) {
        size_t n = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--threads") == 0) { nomen_set_threads((int)n); }
        if (strcmp(argv[i], "--turns") == 0 && n > 0 && n <= MOST_TURNS) { turns = n; }
    }
    NOMEN_TRY(bench_read_lines(argv[2], &bytes, &texts, &n_texts, &err));
    double start = nomen_clock_now();
    NOMEN_TRY(nomen_model_load(directory, NULL, &model, &err));
    double loading = nomen_clock_now() - start;
    NOMEN_TRY(nomen_tagger_create(model, NULL, &tagger, &err));
    NOMEN_TRY(measure("load", load, loading, turns, &err));
    NOMEN_TRY(measure("tag", tag, 3, turns, &err));
    NOMEN_TRY(measure("train", train, loading + 6, turns, &err));
done:
    if (status != NOMEN_OK) { fprintf(stderr, "bench_cancel: %s\n", err.message); }
    nomen_tagger_free(tagger);
    nomen_model_release(model);
    nomen_mem_free(texts);
    nomen_buffer_clear(&bytes);
    return status == NOMEN_OK ? 0 : 1;
}
