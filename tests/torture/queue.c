/*
 * A queue under load: 32 threads hand in texts of 1 to 200,000 words, alone and some together, cancel some, and let the time of
 * some run out; every result must have the bits of a lone call. Reports how long short texts waited, and memory.
 * Built and run by queue.sh: queue MODEL SECONDS [LONGEST_TEXT_IN_WORDS]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "nomen/queue.h"
#include "tag/mixed.h"

enum { SUBMITTERS = 32, KINDS = 200, SHORT = 5, MOST = 4, LONG_ONES = 4 };

static char *kinds[KINDS];
static uint64_t right[KINDS];
static nomen_queue *queue;
static double end;
static atomic_size_t n_calls, n_wrong, n_stopped, n_refused, n_failed;
static atomic_size_t waits[64]; /* short texts that took so many batches */

static long resident(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static nomen_text text_of(size_t kind) {
    return (nomen_text){.text = kinds[kind], .n_bytes = strlen(kinds[kind])};
}

/* Texts by number: the last few are the longest, halving, the one before them of up to 1,000 words. */
static int make_kinds(const nomen_model *model, size_t longest) {
    nomen_tagger *tagger = NULL;
    nomen_error err = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, 1, 0, 0);
    if (nomen_tagger_create(model, NULL, &tagger, &err) != NOMEN_OK) { return fprintf(stderr, "%s\n", err.message), 1; }
    for (size_t k = 0; k < KINDS; k++) {
        size_t n_words = k < KINDS / 2 ? 1 + k % 30 : 1 + (size_t)nomen_rng_below(&rng, 1000);
        if (k >= KINDS - LONG_ONES) { n_words = longest >> (KINDS - 1 - k); }
        nomen_results *results = NULL;
        kinds[k] = mixed_text(&rng, n_words);
        const nomen_text text = text_of(k);
        if (nomen_tag(tagger, &text, 1, NULL, &results, &err) != NOMEN_OK) { return fprintf(stderr, "%s\n", err.message), 1; }
        right[k] = mixed_hash(results, 0);
        nomen_results_free(results);
    }
    nomen_tagger_free(tagger);
    return 0;
}

/* The texts of a call: mostly short ones; a long one in 200. */
static size_t draw(nomen_rng *rng, size_t *which) {
    size_t n = 1 + (size_t)nomen_rng_below(rng, MOST);
    for (size_t i = 0; i < n; i++) {
        uint32_t chance = nomen_rng_below(rng, 200);
        which[i] = chance == 0   ? KINDS - 1 - (size_t)nomen_rng_below(rng, LONG_ONES)
                   : chance < 40 ? (size_t)nomen_rng_below(rng, KINDS - LONG_ONES)
                                 : (size_t)nomen_rng_below(rng, KINDS / 2);
    }
    return n;
}

static void check(nomen_ticket *ticket, const size_t *which, size_t n, uint32_t how) {
    nomen_results *results = NULL;
    nomen_error err = {0};
    nomen_status status = nomen_ticket_wait(ticket, &results, &err);
    if (status == NOMEN_OK) {
        for (size_t i = 0; i < n; i++) { n_wrong += mixed_hash(results, i) != right[which[i]]; }
        nomen_results_free(results);
        if (n == 1 && which[0] % 30 < SHORT && which[0] < KINDS / 2) {
            uint64_t batches = nomen_ticket_n_batches(ticket);
            waits[batches < 63 ? batches : 63]++;
        }
    } else {
        n_stopped++;
        n_failed += !(status == NOMEN_ERROR_INTERRUPTED && how == 1) && !(status == NOMEN_ERROR_TIMEOUT && how == 2);
    }
}

static void *hand_in(void *user) {
    nomen_rng rng;
    nomen_rng_start(&rng, (uint64_t)(uintptr_t)user, 2, 0);
    while (nomen_clock_now() < end) {
        size_t which[MOST], n = draw(&rng, which);
        uint32_t how = nomen_rng_below(&rng, 50);
        nomen_text texts[MOST];
        for (size_t i = 0; i < n; i++) { texts[i] = text_of(which[i]); }
        const nomen_call call = {.size = sizeof call, .timeout = how == 2 ? 0.05 : 0};
        const nomen_request request = {.size = sizeof request, .call = &call};
        nomen_ticket *ticket = NULL;
        nomen_status status =
            nomen_queue_submit(queue, texts, n, &request, how % 2 ? NOMEN_TEXTS_COPIED : NOMEN_TEXTS_BORROWED, &ticket, NULL);
        n_calls++;
        if (status != NOMEN_OK) {
            n_refused++;
            n_failed += status != NOMEN_ERROR_LIMIT && status != NOMEN_ERROR_TIMEOUT;
            continue;
        }
        if (how == 1) { nomen_ticket_cancel(ticket); }
        if (how != 3) { check(ticket, which, n, how); } /* else it is thrown away */
        nomen_ticket_free(ticket);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[SUBMITTERS];
    nomen_model *model = NULL;
    nomen_error err = {0};
    if (argc < 3) { return fprintf(stderr, "queue MODEL SECONDS [LONGEST_TEXT_IN_WORDS]\n"), 2; }
    if (nomen_model_load(argv[1], NULL, &model, &err) != NOMEN_OK) { return fprintf(stderr, "%s\n", err.message), 1; }
    if (make_kinds(model, argc > 3 ? strtoul(argv[3], NULL, 10) : 200000) != 0) { return 1; }
    long before = resident();
    if (nomen_queue_create(model, NULL, &queue, &err) != NOMEN_OK) { return fprintf(stderr, "%s\n", err.message), 1; }
    nomen_model_release(model);
    end = nomen_clock_now() + strtod(argv[2], NULL);
    for (size_t i = 0; i < SUBMITTERS; i++) {
        if (pthread_create(&threads[i], NULL, hand_in, (void *)i) != 0) { return fprintf(stderr, "no thread\n"), 1; }
    }
    for (size_t i = 0; i < SUBMITTERS; i++) { pthread_join(threads[i], NULL); }
    nomen_queue_state state = {.size = sizeof state};
    if (nomen_queue_get_state(queue, &state, &err) != NOMEN_OK) { return fprintf(stderr, "%s\n", err.message), 1; }
    nomen_queue_free(queue);
    printf("%zu calls in %llu batches of %.0f subword tokens: %zu wrong, %zu failed, %zu stopped, %zu refused\n", (size_t)n_calls,
           (unsigned long long)state.n_batches, (double)state.n_tokens / (double)(state.n_batches + (state.n_batches == 0)),
           (size_t)n_wrong, (size_t)n_failed, (size_t)n_stopped, (size_t)n_refused);
    printf("short texts by the batches that they took:");
    for (size_t b = 0; b < 64; b++) {
        if (waits[b] > 0) { printf(" %zu: %zu", b, (size_t)waits[b]); }
    }
    printf("\npeak memory %ld MiB, %ld MiB before the queue\n", resident(), before);
    for (size_t k = 0; k < KINDS; k++) { free(kinds[k]); }
    return n_wrong > 0 || n_failed > 0;
}
