/* Teams of threads: every item once, whatever the cut; threads that are refused; forks; the end of a team with its thread. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/processors.h"
#include "base/threads.h"
#include "support/cmocka_all.h"
#include "support/effort.h"

/* Neither tsan nor qemu-user starts threads in the child of a process that had several. */
#ifdef __SANITIZE_THREAD__
#define NO_THREADS_AFTER_FORK
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_THREADS_AFTER_FORK
#endif
#endif
#if defined(__aarch64__) && defined(NOMEN_SLOW_BUILD)
#define NO_THREADS_AFTER_FORK
#endif

enum { MOST_ITEMS = 1000 };

/* The linker gives pthread_create this name (-Wl,--wrap), so that a test can have it fail. */
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);

static _Atomic int until_refused = -1; /* threads that may still be made, -1: any number */

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    if (until_refused == 0) { return EAGAIN; }
    if (until_refused > 0) { until_refused--; }
    return __real_pthread_create(thread, attributes, start, argument);
}

typedef struct tally {
    _Atomic unsigned char done[MOST_ITEMS];
    _Atomic unsigned members; /* a bit each */
    _Atomic unsigned outside; /* items or members that can't be */
    size_t n_items, n_threads;
} tally;

static void count(void *context, size_t first, size_t end) {
    tally *t = context;
    const size_t me = nomen_team_member();
    if (first >= end || end > t->n_items || me >= t->n_threads) {
        t->outside++;
        return;
    }
    atomic_fetch_or(&t->members, 1u << me);
    for (size_t i = first; i < end; i++) { t->done[i]++; }
}

/* Runs a loop; 0 if each item was done once, else 1. */
static int run(size_t n_items, size_t chunk, size_t n_threads, unsigned *members) {
    tally *t = calloc(1, sizeof *t);
    int wrong = t == NULL;
    if (t == NULL) { return 1; }
    t->n_items = n_items;
    t->n_threads = n_threads;
    nomen_team_run(n_items, chunk, n_threads, count, t);
    for (size_t i = 0; i < MOST_ITEMS; i++) { wrong |= t->done[i] != (i < n_items); }
    wrong |= t->outside != 0;
    if (members != NULL) { *members = t->members; }
    free(t);
    return wrong;
}

static int run_many(void) {
    static const size_t items[] = {0, 1, 2, 3, 7, 64, 999, 1000}, chunks[] = {0, 1, 3, 64, 5000}, threads[] = {1, 2, 3, 8, 31};
    int wrong = 0;
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
            for (size_t n = 0; n < sizeof threads / sizeof *threads; n++) { wrong |= run(items[i], chunks[c], threads[n], NULL); }
        }
    }
    return wrong;
}

static size_t living_threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    size_t n = 0;
    if (tasks == NULL) { return 1; }
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) { n += entry->d_name[0] != '.'; }
    closedir(tasks);
    return n;
}

/* A function on a thread of its own. */
typedef struct call {
    int (*function)(void);
    int result;
    pthread_t thread;
} call;

static void *run_call(void *argument) {
    call *c = argument;
    c->result = c->function();
    return NULL;
}

static void begin(call *c) {
    assert_int_equal(__real_pthread_create(&c->thread, NULL, run_call, c), 0);
}

static int end(call *c) {
    assert_int_equal(pthread_join(c->thread, NULL), 0);
    return c->result;
}

static int elsewhere(int (*function)(void)) {
    call c = {.function = function};
    begin(&c);
    return end(&c);
}

static void each_item_once(void **state) {
    (void)state;
    assert_int_equal(run_many(), 0);
    unsigned members = 0;
    assert_int_equal(run(4, 0, 4, &members), 0);
    assert_int_equal(members, 0xf); /* a stretch each */
}

/* Many loops of one short item each: members meet as they spin, as they sleep, and in between. */
static void meetings(void **state) {
    (void)state;
    for (size_t i = 0; i < effort(3000); i++) {
        assert_int_equal(run(3, 0, 3, NULL), 0);
        if (i % 100 == 0) { usleep(300); } /* longer than one spins */
    }
}

static int many_loops(void) {
    int wrong = 0;
    for (size_t i = 0; i < effort(300); i++) { wrong |= run(MOST_ITEMS - i % 7, i % 5, 1 + i % 4, NULL); }
    return wrong;
}

static void several_callers(void **state) {
    (void)state;
    enum { CALLERS = 8 };
    call callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (call){.function = many_loops};
        begin(&callers[i]);
    }
    for (int i = 0; i < CALLERS; i++) { assert_int_equal(end(&callers[i]), 0); }
}

static void a_team_ends_with_its_thread(void **state) {
    (void)state;
    const size_t before = living_threads();
    assert_int_equal(elsewhere(run_many), 0);
    size_t after = living_threads();
    for (int i = 0; i < 100 && after > before; i++) { /* the kernel takes a moment to forget a thread */
        usleep(10000);
        after = living_threads();
    }
    assert_true(after <= before); /* a thread of the test before may have been counted, which is forgotten by now */
}

static void inner(void *context, size_t first, size_t end) {
    (void)first, (void)end;
    _Atomic int *wrong = context;
    *wrong += nomen_team_size() != 1;
    unsigned members = 0;
    const size_t me = nomen_team_member();
    *wrong += run(100, 0, me + 1, &members) || members != 1u << me;
}

static void a_loop_in_a_loop(void **state) {
    (void)state;
    _Atomic int wrong = 0;
    nomen_team_run(3, 0, 3, inner, (void *)&wrong);
    assert_int_equal(wrong, 0);
}

static void limits(void **state) {
    (void)state;
    nomen_set_threads(3);
    assert_int_equal(nomen_team_size(), 3);
    assert_int_equal(nomen_team_limit(5), 0);
    assert_int_equal(nomen_team_size(), 5);
    assert_int_equal(nomen_team_limit(0), 5);
    nomen_set_threads(1000);
    assert_int_equal(nomen_team_size(), NOMEN_MAX_THREADS);
    nomen_set_threads(0);
    assert_in_range(nomen_team_size(), 1, nomen_processors());
}

static void blocked(void *context, size_t first, size_t end) {
    sigset_t set;
    (void)first, (void)end;
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    if (nomen_team_member() > 0) { *(_Atomic int *)context += sigismember(&set, SIGINT) == 1; }
}

static void signals_are_the_programs(void **state) {
    (void)state;
    _Atomic int n = 0;
    nomen_team_run(4, 0, 4, blocked, (void *)&n);
    assert_int_equal(n, 3);
}

static int n_warnings;
static void hear(void *user, nomen_log_level level, const char *message) {
    (void)user;
    n_warnings += level == NOMEN_LOG_WARNING && strstr(message, "starts no more threads") != NULL;
}

static void threads_that_are_refused(void **state) {
    (void)state;
    nomen_set_log(hear, NULL);
    for (int allowed = 0; allowed < 8; allowed++) {
        n_warnings = 0;
        until_refused = allowed;
        assert_int_equal(elsewhere(run_many), 0);
        assert_int_equal(n_warnings, 1);
    }
    until_refused = -1;
    nomen_set_log(NULL, NULL);
}

#ifndef NO_THREADS_AFTER_FORK
/* Exit codes: 0 right, 1 wrong; the child must not return into cmocka. */
static int in_a_child(void) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(60); /* a hang is a failure */
        _exit(run_many());
    }
    int how = 0;
    return child < 0 || waitpid(child, &how, 0) != child || !WIFEXITED(how) || WEXITSTATUS(how) != 0;
}

static int fork_in_turns(void) {
    int wrong = 0;
    for (size_t i = 0; i < effort(10); i++) { wrong |= in_a_child() || run(100, 1, 4, NULL); }
    return wrong;
}

#endif

static void forks(void **state) {
    (void)state;
#ifdef NO_THREADS_AFTER_FORK
    skip();
#else
    assert_int_equal(run(100, 1, 4, NULL), 0);
    assert_int_equal(fork_in_turns(), 0);
    assert_int_equal(elsewhere(fork_in_turns), 0);
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_once),
        cmocka_unit_test(meetings),
        cmocka_unit_test(several_callers),
        cmocka_unit_test(a_team_ends_with_its_thread),
        cmocka_unit_test(a_loop_in_a_loop),
        cmocka_unit_test(limits),
        cmocka_unit_test(signals_are_the_programs),
        cmocka_unit_test(threads_that_are_refused),
        cmocka_unit_test(forks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
