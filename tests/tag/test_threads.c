/*
 * One model on many threads: each must give the bits that one alone gives, from the model's first taggers on, whoever
 * cancels, and whoever releases the model.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/mem.h"
#include "nomen/tagger.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "support/scratch.h"
#include "support/tiny_model.h"
#include "tag/mixed.h"

enum { THREADS = 8, ROUNDS = 20, MOST = 64 };

static const char sentence[] = "bill gates lives in london , anna smith met john of acme labs in new york";

typedef struct answer {
    nomen_status status;
    char message[NOMEN_ERROR_SIZE];
    size_t n;
    nomen_span spans[MOST];
    float scores[MOST];
} answer;

typedef struct job {
    nomen_model *model;
    pthread_barrier_t *barrier;
    answer answer;
} job;

static nomen_status keep(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)index, (void)err;
    answer *a = user;
    for (a->n = 0; a->n < tagged->entities.n && a->n < MOST; a->n++) {
        a->spans[a->n] = tagged->entities.items[a->n].span;
        a->scores[a->n] = tagged->entities.items[a->n].score;
    }
    return NOMEN_OK;
}

static void *tag(void *user) {
    job *j = user;
    nomen_error err = {0};
    nomen_tagger *tagger = NULL;
    const nomen_text text = {.text = sentence, .n_bytes = sizeof sentence - 1};
    if (j->barrier != NULL) { pthread_barrier_wait(j->barrier); }
    j->answer.status = nomen_tagger_create(j->model, NULL, &tagger, &err);
    if (j->answer.status == NOMEN_OK) { j->answer.status = nomen_tagger_run(tagger, &text, 1, NULL, keep, &j->answer, &err); }
    memcpy(j->answer.message, err.message, sizeof err.message);
    nomen_tagger_free(tagger);
    return NULL;
}

static nomen_model *load(const char *directory) {
    nomen_model *model = NULL;
    nomen_error err = {0};
    if (nomen_model_load(directory, NULL, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return model;
}

static void test_first_taggers(void **state) {
    (void)state;
    char root[64], directory[192];
    assert_non_null(scratch_make(root));
    assert_non_null(scratch_path(root, "model", directory));
    tiny_model spec = tiny_model_defaults();
    spec.layers = 6; /* packing takes longer than starting the threads */
    spec.hidden = 128;
    spec.intermediate = 256;
    nomen_error err = {0};
    if (tiny_model_write(directory, &spec, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    job alone = {.model = load(directory)};
    tag(&alone);
    nomen_model_release(alone.model);
    assert_int_equal(alone.answer.status, NOMEN_OK);
    assert_true(alone.answer.n > 0);
    for (int round = 0; round < ROUNDS; round++) {
        static job jobs[THREADS];
        pthread_t threads[THREADS];
        pthread_barrier_t barrier;
        nomen_model *model = load(directory);
        assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
        for (size_t i = 0; i < THREADS; i++) {
            jobs[i] = (job){.model = model, .barrier = &barrier};
            assert_int_equal(pthread_create(&threads[i], NULL, tag, &jobs[i]), 0);
        }
        for (size_t i = 0; i < THREADS; i++) { assert_int_equal(pthread_join(threads[i], NULL), 0); }
        pthread_barrier_destroy(&barrier);
        nomen_model_release(model);
        for (size_t i = 0; i < THREADS; i++) {
            const answer *a = &jobs[i].answer;
            if (a->status != NOMEN_OK) { fail_msg("%s", a->message); }
            assert_int_equal(a->n, alone.answer.n);
            assert_memory_equal(a->spans, alone.answer.spans, a->n * sizeof *a->spans);
            assert_memory_equal(a->scores, alone.answer.scores, a->n * sizeof *a->scores);
        }
    }
    scratch_remove(root);
}

/* ---- mixed texts by many threads, calls cancelled and models released while they run ---- */

enum { TEXTS = 10000, KINDS = 97, GROUP = 7 };

/* Texts of no word to some windows; text i is kinds[i % KINDS]. */
static char *kinds[KINDS];
static uint64_t right[KINDS]; /* what one tagger alone makes of it */

static void make_kinds(void) {
    nomen_rng rng;
    nomen_rng_start(&rng, 11, 0, 0);
    for (size_t k = 0; k < KINDS; k++) { kinds[k] = mixed_text(&rng, k % 10 == 9 ? 150 : nomen_rng_below(&rng, 20)); }
}

typedef struct worker {
    nomen_model *model;
    nomen_cancel *cancel;
    atomic_size_t *next, *n_running;
    size_t n_texts, n_wrong, n_cancelled, n_failed;
    uint64_t seed;
} worker;

/* Makes a tagger of the model, or of another that nobody else keeps. */
static nomen_tagger *make_tagger(nomen_model *model, const char *directory) {
    nomen_tagger *tagger = NULL;
    nomen_model *own = directory != NULL ? load(directory) : nomen_model_retain(model);
    nomen_status status = nomen_tagger_create(own, NULL, &tagger, NULL);
    nomen_model_release(own);
    return status == NOMEN_OK ? tagger : NULL;
}

static const char *mixed_directory;

static void *tag_mixed(void *user) {
    worker *w = user;
    nomen_rng rng;
    nomen_rng_start(&rng, w->seed, 0, 0);
    nomen_tagger *tagger = make_tagger(w->model, NULL);
    nomen_model_release(w->model);
    for (size_t first; (first = atomic_fetch_add(w->next, GROUP)) < w->n_texts;) {
        nomen_call call = {.size = sizeof call, .cancel = w->cancel, .n_threads = 1 + (int)nomen_rng_below(&rng, 2)};
        const nomen_request request = {.size = sizeof request, .call = &call};
        nomen_text texts[GROUP];
        nomen_results *results = NULL;
        if (nomen_rng_below(&rng, 100) == 0) { /* another model of the same weights */
            nomen_tagger_free(tagger);
            tagger = make_tagger(NULL, mixed_directory);
        }
        for (size_t i = 0; i < GROUP; i++) {
            const char *text = kinds[(first + i) % KINDS];
            texts[i] = (nomen_text){.text = text, .n_bytes = strlen(text)};
        }
        nomen_status status = nomen_tag(tagger, texts, GROUP, &request, &results, NULL);
        if (status == NOMEN_ERROR_INTERRUPTED) { /* again, and this time to its end: a slow machine would never get there */
            w->n_cancelled++;
            nomen_cancel_reset(w->cancel);
            call.cancel = NULL;
            status = nomen_tag(tagger, texts, GROUP, &request, &results, NULL);
        }
        w->n_failed += status != NOMEN_OK;
        for (size_t i = 0; status == NOMEN_OK && i < GROUP; i++) {
            w->n_wrong += mixed_hash(results, i) != right[(first + i) % KINDS];
        }
        nomen_results_free(status == NOMEN_OK ? results : NULL);
    }
    nomen_tagger_free(tagger);
    atomic_fetch_sub(w->n_running, 1);
    return NULL;
}

static void find_right(const char *directory) {
    nomen_tagger *tagger = make_tagger(NULL, directory);
    for (size_t k = 0; k < KINDS; k++) {
        const nomen_text text = {.text = kinds[k], .n_bytes = strlen(kinds[k])};
        nomen_results *results = NULL;
        assert_int_equal(nomen_tag(tagger, &text, 1, NULL, &results, NULL), NOMEN_OK);
        right[k] = mixed_hash(results, 0);
        nomen_results_free(results);
    }
    nomen_tagger_free(tagger);
}

static void test_mixed_texts(void **state) {
    (void)state;
    char root[64], directory[192];
    tiny_model spec = tiny_model_defaults();
    assert_non_null(scratch_make(root));
    assert_int_equal(tiny_model_write(scratch_path(root, "model", directory), &spec, NULL), NOMEN_OK);
    mixed_directory = directory;
    make_kinds();
    find_right(directory);
    static worker workers[THREADS];
    pthread_t threads[THREADS];
    atomic_size_t next = 0, n_running = THREADS;
    nomen_model *model = load(directory);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){
            .model = nomen_model_retain(model), .next = &next, .n_running = &n_running, .n_texts = effort(TEXTS), .seed = i};
        assert_int_equal(nomen_cancel_create(&workers[i].cancel, NULL), NOMEN_OK);
        assert_int_equal(pthread_create(&threads[i], NULL, tag_mixed, &workers[i]), 0);
    }
    nomen_model_release(model); /* the threads have it */
    nomen_rng rng;
    nomen_rng_start(&rng, 12, 0, 0);
    while (atomic_load(&n_running) > 0) {
        nomen_cancel_set(workers[nomen_rng_below(&rng, THREADS)].cancel);
        nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
    }
    size_t n_cancelled = 0;
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].n_wrong, 0);
        assert_int_equal(workers[i].n_failed, 0);
        n_cancelled += workers[i].n_cancelled;
        nomen_cancel_free(workers[i].cancel);
    }
    assert_true(n_cancelled > 0);
    for (size_t k = 0; k < KINDS; k++) { free(kinds[k]); }
    assert_int_equal(nomen_mem_test_live(), 0);
    scratch_remove(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_taggers), cmocka_unit_test(test_mixed_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
