/* A queue: bits of a lone call whoever else is in it, stops and ends, what it refuses, and who waits how long. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "base/mem.h"
#include "nomen/queue.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "support/scratch.h"
#include "support/tiny_model.h"
#include "tag/mixed.h"

enum { KINDS = 61, SUBMITTERS = 32, LONG_WORDS = 3000 };

static char root[64];
static nomen_model *model;
static char *kinds[KINDS]; /* texts of 0 to 19 words, and some of many windows */
static uint64_t right[KINDS];

static nomen_text text_of(size_t kind) {
    return (nomen_text){.text = kinds[kind], .n_bytes = strlen(kinds[kind])};
}

static int set_up(void **state) {
    (void)state;
    char directory[192];
    nomen_error err = {0};
    nomen_tagger *tagger = NULL;
    nomen_rng rng;
    tiny_model spec = tiny_model_defaults();
    if (scratch_make(root) == NULL || tiny_model_write(scratch_path(root, "model", directory), &spec, &err) != NOMEN_OK ||
        nomen_model_load(directory, NULL, &model, &err) != NOMEN_OK ||
        nomen_tagger_create(model, NULL, &tagger, &err) != NOMEN_OK) {
        return -1;
    }
    nomen_rng_start(&rng, 3, 0, 0);
    for (size_t k = 0; k < KINDS; k++) {
        nomen_results *results = NULL;
        kinds[k] = mixed_text(&rng, k % 20 == 19 ? LONG_WORDS : k % 20);
        const nomen_text text = text_of(k);
        if (nomen_tag(tagger, &text, 1, NULL, &results, &err) != NOMEN_OK) { return -1; }
        right[k] = mixed_hash(results, 0);
        nomen_results_free(results);
    }
    nomen_tagger_free(tagger);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    nomen_model_release(model);
    for (size_t k = 0; k < KINDS; k++) { free(kinds[k]); }
    scratch_remove(root);
    return nomen_mem_test_live() == 0 ? 0 : -1;
}

static nomen_queue *make(nomen_queue_options options) {
    nomen_queue *queue = NULL;
    nomen_error err = {0};
    options.size = sizeof options;
    if (nomen_queue_create(model, &options, &queue, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return queue;
}

static nomen_ticket *submit(nomen_queue *queue, size_t kind, const nomen_request *request) {
    nomen_ticket *ticket = NULL;
    nomen_error err = {0};
    const nomen_text text = text_of(kind);
    if (nomen_queue_submit(queue, &text, 1, request, NOMEN_TEXTS_COPIED, &ticket, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    return ticket;
}

/* ---- many threads ---- */

typedef struct submitter {
    nomen_queue *queue;
    uint64_t seed;
    size_t n_calls, n_wrong, n_stopped, n_failed;
} submitter;

static void *hand_in(void *user) {
    submitter *s = user;
    nomen_rng rng;
    nomen_rng_start(&rng, s->seed, 1, 0);
    for (size_t c = 0; c < s->n_calls; c++) {
        enum { MOST = 5 };
        nomen_text texts[MOST];
        size_t which[MOST], n = 1 + (size_t)nomen_rng_below(&rng, MOST), how = (size_t)nomen_rng_below(&rng, 20);
        const nomen_call call = {.size = sizeof call, .timeout = how == 0 ? 1e-6 : 1000};
        const nomen_request request = {.size = sizeof request, .call = &call, .word_unit = NOMEN_WORDS_BERT};
        nomen_ticket *ticket = NULL;
        nomen_results *results = NULL;
        for (size_t i = 0; i < n; i++) {
            which[i] = (size_t)nomen_rng_below(&rng, KINDS);
            if (which[i] % 20 == 19 && nomen_rng_below(&rng, 4) != 0) { which[i]--; } /* not too many long ones */
            texts[i] = text_of(which[i]);
        }
        const nomen_text_keeping keeping = how % 2 ? NOMEN_TEXTS_COPIED : NOMEN_TEXTS_BORROWED;
        nomen_status status = nomen_queue_submit(s->queue, texts, n, &request, keeping, &ticket, NULL);
        if (status != NOMEN_OK) { /* its time may be over while the queue is full */
            s->n_failed += how != 0 || status != NOMEN_ERROR_TIMEOUT;
            continue;
        }
        if (how == 1) { nomen_ticket_cancel(ticket); }
        status = how == 2 ? NOMEN_ERROR_INTERRUPTED : nomen_ticket_wait(ticket, &results, NULL);
        if (status == NOMEN_OK) {
            for (size_t i = 0; i < n; i++) { s->n_wrong += mixed_hash(results, i) != right[which[i]]; }
            nomen_results_free(results);
        } else {
            s->n_stopped++;
            s->n_failed += status == NOMEN_ERROR_TIMEOUT ? how != 0 : status != NOMEN_ERROR_INTERRUPTED;
        }
        nomen_ticket_free(ticket);
    }
    return NULL;
}

static void test_many_threads(void **state) {
    (void)state;
    static submitter submitters[SUBMITTERS];
    pthread_t threads[SUBMITTERS];
    nomen_queue *queue = make((nomen_queue_options){.wait_when_full = true, .max_tickets = 20});
    size_t n_stopped = 0;
    for (size_t i = 0; i < SUBMITTERS; i++) {
        submitters[i] = (submitter){.queue = queue, .seed = i, .n_calls = effort(2000) / SUBMITTERS + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, hand_in, &submitters[i]), 0);
    }
    for (size_t i = 0; i < SUBMITTERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(submitters[i].n_wrong, 0);
        assert_int_equal(submitters[i].n_failed, 0);
        n_stopped += submitters[i].n_stopped;
    }
    assert_true(n_stopped > 0);
    nomen_queue_free(queue);
}

/* ---- fairness ---- */

/* A text of a few words among novels is done after the batch that runs and the next one, or a few where a batch is a window. */
static void short_among_novels(size_t token_budget, size_t most) {
    enum { NOVELS = 12 };
    nomen_queue *queue = make((nomen_queue_options){.n_threads = 1, .token_budget = token_budget});
    nomen_ticket *novels[NOVELS];
    for (size_t i = 0; i < NOVELS; i++) { novels[i] = submit(queue, 19 + 20 * (i % 3), NULL); }
    for (int round = 0; round < 20; round++) {
        nomen_results *results = NULL;
        nomen_ticket *ticket = submit(queue, 5, NULL);
        assert_int_equal(nomen_ticket_wait(ticket, &results, NULL), NOMEN_OK);
        assert_true(mixed_hash(results, 0) == right[5]);
        if (nomen_ticket_n_batches(ticket) > most) { fail_msg("it took %d batches", (int)nomen_ticket_n_batches(ticket)); }
        nomen_results_free(results);
        nomen_ticket_free(ticket);
    }
    for (size_t i = 0; i < NOVELS; i++) {
        nomen_results *results = NULL;
        assert_int_equal(nomen_ticket_wait(novels[i], &results, NULL), NOMEN_OK);
        assert_true(mixed_hash(results, 0) == right[19 + 20 * (i % 3)]);
        nomen_results_free(results);
        nomen_ticket_free(novels[i]);
    }
    nomen_queue_free(queue);
}

static void test_short_among_novels(void **state) {
    (void)state;
    short_among_novels(0, 2);
    short_among_novels(1, 4);
}

/* ---- a queue that is held up ---- */

typedef struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool is_open;
    atomic_size_t n_done;
} gate;

static void wait_at_gate(void *user, nomen_ticket *ticket) {
    gate *g = user;
    assert_true(nomen_ticket_is_done(ticket));
    atomic_fetch_add(&g->n_done, 1);
    pthread_mutex_lock(&g->lock);
    while (!g->is_open) { pthread_cond_wait(&g->opened, &g->lock); }
    pthread_mutex_unlock(&g->lock);
}

static void open_gate(gate *g) {
    pthread_mutex_lock(&g->lock);
    g->is_open = true;
    pthread_cond_broadcast(&g->opened);
    pthread_mutex_unlock(&g->lock);
}

/* Submits a first text and waits until the queue's thread stands at the gate after it. */
static nomen_ticket *hold_up(nomen_queue *queue, gate *g) {
    nomen_ticket *first = submit(queue, 3, NULL);
    while (atomic_load(&g->n_done) == 0) { nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL); }
    return first;
}

static void test_full(void **state) {
    (void)state;
    gate g = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
    nomen_error err = {0};
    nomen_queue *queue = make((nomen_queue_options){.done = wait_at_gate, .done_user = &g, .max_tickets = 2});
    nomen_ticket *first = hold_up(queue, &g), *waiting[2], *refused = NULL;
    for (int i = 0; i < 2; i++) { waiting[i] = submit(queue, 4, NULL); }
    const nomen_text text = text_of(4);
    assert_int_equal(nomen_queue_submit(queue, &text, 1, NULL, NOMEN_TEXTS_COPIED, &refused, &err), NOMEN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "full"));
    assert_null(refused);
    nomen_queue_state now = {.size = sizeof now};
    assert_int_equal(nomen_queue_get_state(queue, &now, NULL), NOMEN_OK);
    assert_true(now.n_tickets == 2 && now.n_bytes == 2 * text.n_bytes && now.n_done == 1);
    assert_false(nomen_ticket_is_done(waiting[0]));
    open_gate(&g);
    for (int i = 0; i < 2; i++) {
        nomen_results *results = NULL;
        assert_int_equal(nomen_ticket_wait(waiting[i], &results, NULL), NOMEN_OK);
        assert_int_equal(nomen_ticket_wait(waiting[i], &results, NULL), NOMEN_ERROR_ARGUMENT);
        nomen_results_free(results);
        nomen_ticket_free(waiting[i]);
    }
    nomen_ticket_free(first);
    nomen_queue_free(queue);
    nomen_queue_free(NULL);
    nomen_ticket_free(NULL);
}

/* Those who wait return at once when their call is stopped, though the queue's thread is elsewhere. */
static void test_stopped_while_waiting(void **state) {
    (void)state;
    gate g = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
    nomen_cancel *cancel = NULL;
    nomen_results *results = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_cancel_create(&cancel, NULL), NOMEN_OK);
    nomen_queue *queue = make((nomen_queue_options){.done = wait_at_gate, .done_user = &g});
    nomen_ticket *first = hold_up(queue, &g);
    const nomen_call hurried = {.size = sizeof hurried, .timeout = 0.01}, flagged = {.size = sizeof flagged, .cancel = cancel};
    const nomen_request soon = {.size = sizeof soon, .call = &hurried}, with_flag = {.size = sizeof with_flag, .call = &flagged};
    nomen_ticket *late = submit(queue, 4, &soon), *cancelled = submit(queue, 4, NULL), *by_flag = submit(queue, 4, &with_flag);
    assert_int_equal(nomen_ticket_wait(late, &results, &err), NOMEN_ERROR_TIMEOUT);
    assert_int_equal(err.status, NOMEN_ERROR_TIMEOUT);
    assert_int_equal(nomen_ticket_n_batches(late), 0); /* the queue still has it */
    nomen_ticket_cancel(cancelled);
    nomen_ticket_cancel(cancelled);
    assert_int_equal(nomen_ticket_wait(cancelled, &results, NULL), NOMEN_ERROR_INTERRUPTED);
    assert_false(nomen_ticket_is_done(by_flag));
    nomen_cancel_set(cancel);
    assert_int_equal(nomen_ticket_wait(by_flag, &results, NULL), NOMEN_ERROR_INTERRUPTED);
    open_gate(&g);
    nomen_ticket_free(late);
    nomen_ticket_free(cancelled);
    nomen_ticket_free(by_flag);
    nomen_ticket_free(first);
    nomen_queue_free(queue);
    nomen_cancel_free(cancel);
}

/* Nobody but `done` has the ticket. */
static void take_and_free(void *user, nomen_ticket *ticket) {
    nomen_results *results = NULL;
    if (nomen_ticket_wait(ticket, &results, NULL) == NOMEN_OK) { atomic_fetch_add((atomic_int *)user, 1); }
    nomen_results_free(results);
    assert_ptr_equal(nomen_ticket_get_user(ticket), user);
    nomen_ticket_free(ticket);
}

static void test_done_takes(void **state) {
    (void)state;
    atomic_int n_taken = 0;
    nomen_queue *queue = make((nomen_queue_options){.done = take_and_free, .done_user = &n_taken});
    const nomen_request request = {.size = sizeof request, .user = &n_taken};
    for (int i = 0; i < 50; i++) { submit(queue, 4, &request); }
    while (atomic_load(&n_taken) < 50) { sched_yield(); }
    nomen_queue_free(queue);
}

/* Tickets outlive the queue: what was not done is stopped. */
static void test_queue_ends_first(void **state) {
    (void)state;
    enum { MANY = 30 };
    nomen_queue *queue = make((nomen_queue_options){.n_threads = 1});
    nomen_ticket *tickets[MANY];
    size_t n_stopped = 0;
    for (size_t i = 0; i < MANY; i++) { tickets[i] = submit(queue, 19, NULL); }
    nomen_queue_free(queue);
    for (size_t i = 0; i < MANY; i++) {
        nomen_results *results = NULL;
        nomen_status status = nomen_ticket_wait(tickets[i], &results, NULL);
        assert_true(status == NOMEN_OK || status == NOMEN_ERROR_INTERRUPTED);
        n_stopped += status != NOMEN_OK;
        nomen_results_free(results);
        nomen_ticket_free(tickets[i]);
    }
    assert_true(n_stopped > 0);
}

/* ---- what it refuses ---- */

static void test_refused(void **state) {
    (void)state;
    nomen_queue *queue = make((nomen_queue_options){0});
    nomen_ticket *ticket = NULL;
    nomen_results *results = NULL;
    nomen_error err = {0};
    const nomen_text text = text_of(4);
    const nomen_call wrong = {.size = sizeof wrong, .timeout = -1};
    const nomen_request at_once[] = {{.size = 0, .words = true}, {.size = sizeof(nomen_request), .call = &wrong}};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(nomen_queue_submit(queue, &text, 1, &at_once[i], NOMEN_TEXTS_COPIED, &ticket, NULL),
                         NOMEN_ERROR_ARGUMENT);
    }
    const nomen_request types = {.size = sizeof types, .types = "person"};
    nomen_ticket *bad = submit(queue, 4, &types), *good = submit(queue, 4, NULL);
    assert_int_equal(nomen_ticket_wait(bad, &results, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "person"));
    assert_int_equal(err.remedy, NOMEN_REMEDY_TYPE);
    assert_int_equal(nomen_ticket_wait(good, &results, NULL), NOMEN_OK);
    assert_true(mixed_hash(results, 0) == right[4]);
    nomen_results_free(results);
    nomen_ticket_free(bad);
    nomen_ticket_free(good);
    nomen_ticket *none = NULL; /* no texts: empty results */
    assert_int_equal(nomen_queue_submit(queue, NULL, 0, NULL, NOMEN_TEXTS_COPIED, &none, NULL), NOMEN_OK);
    assert_int_equal(nomen_ticket_wait(none, &results, NULL), NOMEN_OK);
    assert_int_equal(nomen_results_n_texts(results), 0);
    nomen_results_free(results);
    nomen_ticket_free(none);
    nomen_queue_free(queue);
    const nomen_queue_options threads = {.size = sizeof threads, .n_threads = 65};
    assert_int_equal(nomen_queue_create(model, &threads, &queue, &err), NOMEN_ERROR_ARGUMENT);
}

/* Any allocation failing, on either thread, is a status, and costs no other call. */
static void test_memory(void **state) {
    (void)state;
    long live = nomen_mem_test_live();
    size_t n_failures = 0;
    for (long at = 0;; at++) {
        nomen_queue *queue = NULL;
        nomen_ticket *ticket = NULL;
        nomen_results *results = NULL;
        const nomen_text text = text_of(7);
        nomen_mem_test_fail(at, 1);
        nomen_status status = nomen_queue_create(model, NULL, &queue, NULL);
        if (status == NOMEN_OK) { status = nomen_queue_submit(queue, &text, 1, NULL, NOMEN_TEXTS_COPIED, &ticket, NULL); }
        if (status == NOMEN_OK) { status = nomen_ticket_wait(ticket, &results, NULL); }
        nomen_mem_test_fail(-1, 0);
        assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
        if (status == NOMEN_OK) { assert_true(mixed_hash(results, 0) == right[7]); }
        nomen_results_free(results);
        nomen_ticket_free(ticket);
        nomen_queue_free(queue);
        assert_int_equal(nomen_mem_test_live(), live);
        if (status == NOMEN_OK) { break; }
        n_failures++;
    }
    assert_true(n_failures > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_many_threads), cmocka_unit_test(test_short_among_novels),
                                       cmocka_unit_test(test_full),         cmocka_unit_test(test_stopped_while_waiting),
                                       cmocka_unit_test(test_done_takes),   cmocka_unit_test(test_queue_ends_first),
                                       cmocka_unit_test(test_refused),      cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
