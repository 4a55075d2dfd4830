/*
 * What several processes do together, by threads with a network of their own in place of MPI: gradients added up in one order
 * however many there are, agreement, comparison; and one process that adds up batch by batch.
 */
#include <pthread.h>

#include "base/rng.h"
#include "train/run.h"
#include "train/spread/reduction.h"

enum { MOST = 8, N_ELEMENTS = 3001, WORDS_AT = 100, N_WORDS = 40, WIDTH = 16, N_BATCHES = 7 };

/* The network: what each sends to each, and everybody at the same place. */
static nomen_message posted[MOST][MOST];
static pthread_barrier_t everybody;
static _Thread_local size_t me;
static size_t n_together, n_exchanges;

static nomen_status post(const nomen_message *send, const nomen_message *receive, nomen_error *err) {
    (void)err;
    memcpy(posted[me], send, n_together * sizeof *send);
    if (me == 0) { n_exchanges++; }
    pthread_barrier_wait(&everybody);
    for (size_t i = 0; i < n_together; i++) {
        if (i == me) { continue; }
        if (posted[i][me].n_bytes != receive[i].n_bytes) { abort(); } /* cmocka's asserts are for its own thread */
        if (receive[i].n_bytes > 0) { memcpy(receive[i].bytes, posted[i][me].bytes, receive[i].n_bytes); }
    }
    pthread_barrier_wait(&everybody);
    return NOMEN_OK;
}

static const char *host(size_t rank) {
    return rank == 0 ? "first" : "other";
}

static const nomen_transport network = {.version = "test", .host = host, .exchange = post};

typedef struct process {
    nomen_spread spread;
    nomen_status status;
    nomen_error problem, err;
    nomen_real *gradients;
    void (*work)(struct process *p);
} process;

static void *live(void *argument) {
    process *p = argument;
    me = p->spread.rank;
    p->work(p);
    return NULL;
}

static void run_together(size_t n, process *processes, void (*work)(process *p)) {
    pthread_t threads[MOST];
    n_together = n;
    pthread_barrier_init(&everybody, NULL, (unsigned)n);
    for (size_t i = 0; i < n; i++) {
        processes[i].spread = (nomen_spread){.rank = i, .size = n, .transport = n > 1 ? &network : NULL};
        processes[i].work = work;
        assert_int_equal(pthread_create(&threads[i], NULL, live, &processes[i]), 0);
    }
    for (size_t i = 0; i < n; i++) { pthread_join(threads[i], NULL); }
    pthread_barrier_destroy(&everybody);
}

/* A gradient of a micro-batch, of magnitudes so far apart that another order of sums has other bits. */
static void make_gradient(size_t batch, nomen_real *out) {
    nomen_rng rng;
    nomen_rng_start(&rng, 7, NOMEN_RNG_WEIGHTS, (uint32_t)batch);
    for (size_t i = 0; i < N_ELEMENTS; i++) {
        nomen_real magnitude = (nomen_real)(1 << nomen_rng_next(&rng) % 24);
        out[i] = i % 50 == batch ? -0.0f : nomen_rng_normal(&rng) * magnitude;
    }
}

static const uint32_t used[] = {3, 17, 4, 39, 0, 21};
enum { N_USED = sizeof used / sizeof *used };
static nomen_real expected[N_ELEMENTS];

static bool takes_part(size_t element) {
    if (element < WORDS_AT || element >= WORDS_AT + N_WORDS * WIDTH) { return true; }
    for (size_t i = 0; i < N_USED; i++) {
        if (used[i] == (element - WORDS_AT) / WIDTH) { return true; }
    }
    return false;
}

static void add_up(process *p) {
    const nomen_param_table table = {.n_elements = N_ELEMENTS};
    const nomen_word_marks words = {
        .rows = {.n_rows = N_WORDS, .width = WIDTH, .offset = WORDS_AT}, .now = (uint32_t *)(uintptr_t)used, .n_now = N_USED};
    nomen_reduction r = {0};
    size_t n = p->spread.size;
    if (nomen_reduction_create(&p->spread, &table, &words, &r, NULL) != NOMEN_OK) { abort(); }
    if (n > 1) { r.chunk = 113; }             /* several chunks, the last one short */
    for (int again = 0; again < 2; again++) { /* a second step starts from zero */
        nomen_reduction_start(&r);
        for (size_t first = 0; first < N_BATCHES; first += n) {
            size_t batch = first + p->spread.rank, live_ones = N_BATCHES - first < n ? N_BATCHES - first : n;
            if (batch < N_BATCHES) { make_gradient(batch, p->gradients); }
            if (nomen_reduction_add(&r, p->gradients, live_ones, &p->err) != NOMEN_OK) { abort(); }
        }
        if (nomen_reduction_finish(&r, p->gradients, &p->err) != NOMEN_OK) { abort(); }
    }
    nomen_reduction_clear(&r);
}

/* The bits of a plain sum in order, in every process, with 1 to 8 of them, on 1 and 3 threads each. */
static void test_order(void **state) {
    (void)state;
    static nomen_real one[N_ELEMENTS], backwards[N_ELEMENTS], blocks[MOST][N_ELEMENTS];
    for (size_t batch = 0; batch < N_BATCHES; batch++) {
        make_gradient(batch, one);
        for (size_t i = 0; i < N_ELEMENTS; i++) { expected[i] += one[i]; }
        make_gradient(N_BATCHES - 1 - batch, one);
        for (size_t i = 0; i < N_ELEMENTS; i++) { backwards[i] += one[i]; }
    }
    assert_memory_not_equal(expected, backwards, sizeof expected); /* else any order would pass */
    for (int threads = 1; threads <= 3; threads += 2) {
        nomen_set_threads(threads);
        for (size_t n = 1; n <= MOST; n++) {
            process processes[MOST] = {0};
            for (size_t i = 0; i < n; i++) { processes[i].gradients = blocks[i]; }
            n_exchanges = 0;
            run_together(n, processes, add_up);
            assert_true(n == 1 || n_exchanges > 4);
            for (size_t i = 0; i < n; i++) {
                for (size_t k = 0; k < N_ELEMENTS; k++) {
                    if (takes_part(k) && memcmp(&blocks[i][k], &expected[k], sizeof expected[k]) != 0) {
                        fail_msg("%zu processes, number %zu: element %zu has other bits", n, i, k);
                    }
                }
            }
        }
    }
    nomen_set_threads(0);
}

static void agree(process *p) {
    p->status = nomen_spread_agree(&p->spread, p->status, &p->problem, &p->err);
}

/* Who has which status, and what all get. */
static void expect_agreement(const nomen_status own[3], nomen_status first, nomen_status others, const char *message) {
    process processes[3] = {0};
    for (size_t i = 0; i < 3; i++) {
        processes[i].status = own[i];
        if (own[i] != NOMEN_OK) { nomen_error_set(&processes[i].problem, own[i], "trouble %zu", i); }
    }
    run_together(3, processes, agree);
    assert_int_equal(processes[0].status, first);
    assert_string_equal(processes[0].err.message, message);
    for (size_t i = 0; i < 3; i++) {
        if (i > 0) { assert_int_equal(processes[i].status, others); }
        assert_int_equal(processes[i].err.status, processes[i].status);
        assert_int_equal(processes[i].spread.agreed,
                         first != NOMEN_OK && first != NOMEN_ERROR_INTERRUPTED && first != NOMEN_ERROR_TIMEOUT);
    }
}

static void test_agreement(void **state) {
    (void)state;
    const nomen_status ok = NOMEN_OK, stop = NOMEN_ERROR_INTERRUPTED, late = NOMEN_ERROR_TIMEOUT, bad = NOMEN_ERROR_DATA;
    expect_agreement((nomen_status[3]){ok, ok, ok}, ok, ok, "");
    expect_agreement((nomen_status[3]){ok, ok, stop}, stop, stop, "interrupted");
    expect_agreement((nomen_status[3]){stop, ok, late}, late, late, "the time set for the call is over");
    expect_agreement((nomen_status[3]){bad, ok, ok}, bad, stop, "trouble 0");
    expect_agreement((nomen_status[3]){ok, stop, bad}, bad, stop, "process 2 on other: trouble 2");
    expect_agreement((nomen_status[3]){bad, bad, bad}, bad, stop, "trouble 0");
}

/* A step of one batch has one gradient to add: the bits of a run without the option. */
static void test_one_batch_is_as_before(void **state) {
    flow *f = *state;
    char other[192];
    nomen_train_options o = flow_options(f);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    o.output = scratch_path(f->root, "by-batch", other);
    o.reduce_by_batch = true;
    result = flow_train(&o);
    nomen_train_result_clear(&result);
    assert_true(flow_same_weights(f->output, other));
}

/* Alone, without mpirun's environment. */
static void test_alone(void **state) {
    (void)state;
    nomen_spread spread;
    nomen_error err = {0};
    size_t rank = 1;
    unsetenv("OMPI_COMM_WORLD_SIZE");
    unsetenv("PMI_SIZE");
    assert_int_equal(nomen_train_processes(&rank), 1);
    assert_int_equal(rank, 0);
    assert_int_equal(nomen_spread_open(&spread, &err), NOMEN_OK);
    assert_int_equal(spread.size, 1);
    assert_null(spread.transport);
    setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
    setenv("OMPI_COMM_WORLD_RANK", "3", 1);
    assert_int_equal(nomen_train_processes(&rank), 4);
    assert_int_equal(rank, 3);
    unsetenv("OMPI_COMM_WORLD_SIZE");
    unsetenv("OMPI_COMM_WORLD_RANK");
    nomen_spread_close(&spread, NOMEN_OK);
}

/* The memory of a process among several. */
static void test_memory(void **state) {
    (void)state;
    const nomen_spread spread = {.rank = 1, .size = 4, .transport = &network};
    const nomen_param_table table = {.n_elements = N_ELEMENTS};
    const nomen_word_marks words = {.rows = {.n_rows = N_WORDS, .width = WIDTH, .offset = WORDS_AT}};
    long live_before = nomen_mem_test_live();
    for (long n = 0;; n++) {
        nomen_reduction r = {0};
        nomen_error err = {0};
        nomen_mem_test_fail(n, 0);
        nomen_status status = nomen_reduction_create(&spread, &table, &words, &r, &err);
        nomen_mem_test_fail(-1, 0);
        if (status == NOMEN_OK) {
            assert_int_equal(n, 3);
            nomen_reduction_clear(&r);
            break;
        }
        assert_int_equal(status, NOMEN_ERROR_MEMORY);
        assert_null(r.total);
        assert_int_equal(nomen_mem_test_live(), live_before);
    }
    assert_int_equal(nomen_mem_test_live(), live_before);
    /* It fails before it sends: a process alone would wait here for ever. */
    nomen_spread agreeing = spread;
    nomen_error err = {0};
    nomen_mem_test_fail(0, 0);
    assert_int_equal(nomen_spread_agree(&agreeing, NOMEN_OK, NULL, &err), NOMEN_ERROR_MEMORY);
    nomen_mem_test_fail(-1, 0);
    assert_false(agreeing.agreed);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_agreement),
                                       RUN(test_one_batch_is_as_before), cmocka_unit_test(test_alone),
                                       cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
