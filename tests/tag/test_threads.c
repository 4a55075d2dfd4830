/*
 * Threads that make a model's first taggers at the same time: each must give the bits that one alone gives. Making a tagger
 * packs the model's weights and drops what they were packed from, so two that do it at once would read zeroes.
 */
#include <pthread.h>

#include "nomen/tag.h"
#include "nomen/tagger.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_taggers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
