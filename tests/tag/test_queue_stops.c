/* What stops the calls of a queue, and what does not: timeouts, flags, and a call of texts without a window. */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "nomen/queue.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "support/scratch.h"
#include "support/tiny_model.h"
#include "tag/mixed.h"

enum { LONG_WORDS = 3000 };

static char root[64];
static nomen_model *model;

static int set_up(void **state) {
    (void)state;
    char directory[192];
    tiny_model spec = tiny_model_defaults();
    if (scratch_make(root) == NULL) { return -1; }
    nomen_status status = tiny_model_write(scratch_path(root, "model", directory), &spec, NULL);
    return status == NOMEN_OK && nomen_model_load(directory, NULL, &model, NULL) == NOMEN_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    nomen_model_release(model);
    scratch_remove(root);
    return nomen_mem_test_live() == 0 ? 0 : -1;
}

static nomen_queue *make(void) {
    nomen_queue *queue = NULL;
    const nomen_queue_options options = {.size = sizeof options, .n_threads = 1};
    assert_int_equal(nomen_queue_create(model, &options, &queue, NULL), NOMEN_OK);
    return queue;
}

static nomen_ticket *submit(nomen_queue *queue, size_t n_words, const nomen_request *request) {
    nomen_ticket *ticket = NULL;
    nomen_rng rng;
    nomen_rng_start(&rng, 3, 0, 0);
    char *words = mixed_text(&rng, n_words);
    const nomen_text text = {.text = words, .n_bytes = strlen(words)};
    assert_int_equal(nomen_queue_submit(queue, &text, 1, request, NOMEN_TEXTS_COPIED, &ticket, NULL), NOMEN_OK);
    free(words);
    return ticket;
}

/* A timeout that never comes is waited for as none. */
static void test_endless_timeout(void **state) {
    (void)state;
    const nomen_call call = {.size = sizeof call, .timeout = 1e300};
    const nomen_request request = {.size = sizeof request, .call = &call};
    nomen_results *results = NULL;
    nomen_queue *queue = make();
    nomen_ticket *ticket = submit(queue, LONG_WORDS, &request);
    alarm(300);
    assert_int_equal(nomen_ticket_wait(ticket, &results, NULL), NOMEN_OK);
    alarm(0);
    nomen_results_free(results);
    nomen_ticket_free(ticket);
    nomen_queue_free(queue);
}

/* A flag may be freed once the tickets of its calls are, though the queue still has them (tsan and asan see it). */
static void test_flag_ends_after_ticket(void **state) {
    (void)state;
    nomen_queue *queue = make();
    for (size_t i = 0, n = effort(2000); i < n; i++) {
        nomen_cancel *cancel = NULL;
        assert_int_equal(nomen_cancel_create(&cancel, NULL), NOMEN_OK);
        const nomen_call call = {.size = sizeof call, .cancel = cancel};
        const nomen_request request = {.size = sizeof request, .call = &call};
        nomen_ticket *ticket = submit(queue, 5, &request);
        nanosleep(&(struct timespec){.tv_nsec = (long)(i % 20) * 20000}, NULL);
        nomen_ticket_free(ticket);
        nomen_cancel_free(cancel);
    }
    nomen_queue_free(queue);
}

/* Texts without a window keep no other call from its batch, and can be stopped among them. */
static void test_texts_of_nothing(void **state) {
    (void)state;
    enum { MANY = 200000 };
    nomen_text *nothing = calloc(MANY, sizeof *nothing);
    assert_non_null(nothing);
    for (size_t i = 0; i < MANY; i++) { nothing[i].text = ""; }
    nomen_queue *queue = make();
    nomen_ticket *many = NULL;
    nomen_results *results = NULL;
    assert_int_equal(nomen_queue_submit(queue, nothing, MANY, NULL, NOMEN_TEXTS_BORROWED, &many, NULL), NOMEN_OK);
    nomen_ticket *ticket = submit(queue, 5, NULL);
    assert_int_equal(nomen_ticket_wait(ticket, &results, NULL), NOMEN_OK);
    assert_false(nomen_ticket_is_done(many));
    nomen_results_free(results);
    nomen_ticket_free(ticket);
    nomen_ticket_free(many);
    nomen_queue_free(queue);
    free(nothing);
}

/* In a forked child the queue says that it is not there, and nothing waits for ever. */
static void test_fork(void **state) {
    (void)state;
    nomen_queue *queue = make();
    nomen_ticket *novel = submit(queue, 3000, NULL);
    const nomen_text text = {.text = "the", .n_bytes = 3};
    pid_t child = fork();
    if (child == 0) {
        nomen_ticket *ticket = NULL;
        nomen_results *results = NULL;
        nomen_queue_state now = {.size = sizeof now};
        alarm(60);
        bool good = nomen_queue_get_state(queue, &now, NULL) == NOMEN_ERROR_UNSUPPORTED &&
                    nomen_queue_submit(queue, &text, 1, NULL, NOMEN_TEXTS_COPIED, &ticket, NULL) == NOMEN_ERROR_UNSUPPORTED &&
                    nomen_ticket_wait(novel, &results, NULL) == NOMEN_ERROR_UNSUPPORTED;
        nomen_ticket_free(novel);
        nomen_queue_free(queue);
        _exit(good ? 0 : 1);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    nomen_ticket_free(novel);
    nomen_queue_free(queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_endless_timeout), cmocka_unit_test(test_flag_ends_after_ticket),
                                       cmocka_unit_test(test_texts_of_nothing), cmocka_unit_test(test_fork)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
