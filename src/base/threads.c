/* Teams of compute threads; see the header. */
#include "base/threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/processors.h"

enum {
    /*
     * How long one who waits looks again and again before it sleeps. It outlasts the work of one thread between two
     * loops of a forward pass; without it each of thousands of meetings a second costs two wake-ups. Much longer, and a
     * waiting thread keeps the processor from the one it waits for where other programs run beside: after each wait
     * that took long the next one looks for half as long, down to the least, until a wait is short again.
     */
    SPIN_NS = 100 * 1000,
    LEAST_SPIN_NS = 1000,
    LONG_WAIT_NS = 4 * SPIN_NS, /* the wake-up counts in it */
    LOOKS = 32,                 /* between two looks at the clock: about a microsecond */
    STACK_BYTES = 1 << 20,      /* the deepest loop needs a tenth; the default of 8 MiB times 64 is what a small machine lacks */
    LOOPS_TO_RETRY = 10000,     /* after the system refused a thread: trying costs more than most loops */
    LINE = 64
};

typedef struct team team;

/* A thread of a team besides the calling one. On a cache line of its own, as it is looked at in turns. */
typedef struct member {
    _Alignas(LINE) _Atomic uint32_t calls; /* changes when there is something to do */
    team *team;
    size_t index; /* 1 is the first */
    int64_t spin_ns;
    pthread_t thread;
} member;

struct team {
    /* The loop. Written by the calling thread while no member works. */
    nomen_team_work *work; /* NULL: end */
    void *context;
    size_t n_items, chunk, n_members;
    _Alignas(LINE) _Atomic size_t next;        /* item that nobody has taken, where chunks are taken */
    _Alignas(LINE) _Atomic uint32_t n_working; /* members besides the calling thread that are not done */
    _Atomic uint32_t n_asleep;                 /* members that wait for `start` or are about to */
    _Atomic bool caller_asleep;                /* the calling thread waits for `done` or is about to */
    bool busy;                                 /* in a loop: one inside it runs on the calling thread alone */
    size_t member;                             /* this thread's number in the loop */
    bool told;                                 /* the log has heard that a thread was refused */
    uint32_t generation;                       /* of the process that started the threads */
    int64_t spin_ns;                           /* of the calling thread */
    size_t limit;
    size_t n_threads; /* started */
    size_t rest;      /* loops to run before a refused thread is asked for again */
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    member members[NOMEN_MAX_THREADS - 1];
};

static _Thread_local team own;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;               /* ends a team with its thread */
static _Atomic uint32_t generation = 1; /* goes up with each fork */
static _Atomic size_t n_living;         /* members of all teams */

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/*
 * Looks whether a number changes from (or, with `to`, to) what is given; false if it is time to sleep. Where
 * there are more members than processors one who looks keeps another from working, so nobody does.
 */
static bool look_for(const _Atomic uint32_t *number, uint32_t value, bool to, int64_t until) {
    if (atomic_load_explicit(&n_living, memory_order_relaxed) > nomen_processors()) { return false; }
    do {
        for (int i = 0; i < LOOKS; i++) {
            if ((atomic_load_explicit(number, memory_order_acquire) == value) == to) { return true; }
            relax();
        }
    } while (now_ns() < until);
    return false;
}

/* How long to look next time, after a wait since `start` that ended asleep. */
static int64_t next_spin(int64_t spin_ns, int64_t start) {
    if (now_ns() - start < LONG_WAIT_NS) { return SPIN_NS; }
    return spin_ns / 2 > LEAST_SPIN_NS ? spin_ns / 2 : LEAST_SPIN_NS;
}

/* One member's part of the loop. */
static void work_on(team *t, size_t index) {
    if (t->chunk == 0) {
        const size_t first = t->n_items * index / t->n_members, end = t->n_items * (index + 1) / t->n_members;
        if (first < end) { t->work(t->context, first, end); }
        return;
    }
    for (;;) {
        const size_t first = atomic_fetch_add_explicit(&t->next, t->chunk, memory_order_relaxed);
        if (first >= t->n_items) { return; }
        const size_t left = t->n_items - first;
        t->work(t->context, first, first + (left < t->chunk ? left : t->chunk));
    }
}

/*
 * Who is about to sleep says so before it looks for the last time, and who changes the number looks afterwards whether
 * anybody sleeps; both in one order for all threads (seq_cst). So one of them sees the other.
 */
static void wait_for_call(member *m, uint32_t seen) {
    team *t = m->team;
    const int64_t start = now_ns();
    if (look_for(&m->calls, seen, false, start + m->spin_ns)) { return; }
    pthread_mutex_lock(&t->lock);
    atomic_fetch_add(&t->n_asleep, 1);
    while (atomic_load(&m->calls) == seen) { pthread_cond_wait(&t->start, &t->lock); }
    atomic_fetch_sub(&t->n_asleep, 1);
    pthread_mutex_unlock(&t->lock);
    m->spin_ns = next_spin(m->spin_ns, start);
}

static void report_done(team *t) {
    if (atomic_fetch_sub(&t->n_working, 1) != 1 || !atomic_load(&t->caller_asleep)) { return; }
    pthread_mutex_lock(&t->lock);
    pthread_cond_signal(&t->done);
    pthread_mutex_unlock(&t->lock);
}

static void *live(void *argument) {
    member *m = argument;
    own.busy = true; /* a loop inside a loop is not shared out */
    own.member = m->index;
    for (uint32_t seen = 0;; seen++) {
        wait_for_call(m, seen);
        if (m->team->work == NULL) { return NULL; }
        work_on(m->team, m->index);
        report_done(m->team);
    }
}

static void call_members(team *t, size_t n) {
    for (size_t i = 0; i < n; i++) { atomic_fetch_add(&t->members[i].calls, 1); }
    if (atomic_load(&t->n_asleep) == 0) { return; }
    pthread_mutex_lock(&t->lock);
    pthread_cond_broadcast(&t->start);
    pthread_mutex_unlock(&t->lock);
}

static void wait_for_members(team *t) {
    const int64_t start = now_ns();
    if (look_for(&t->n_working, 0, true, start + t->spin_ns)) { return; }
    pthread_mutex_lock(&t->lock);
    atomic_store(&t->caller_asleep, true);
    while (atomic_load(&t->n_working) != 0) { pthread_cond_wait(&t->done, &t->lock); }
    atomic_store(&t->caller_asleep, false);
    pthread_mutex_unlock(&t->lock);
    t->spin_ns = next_spin(t->spin_ns, start);
}

static void end_team(void *argument) {
    team *t = argument;
    if (t->generation != atomic_load(&generation)) { return; } /* the threads are the parent process's */
    t->work = NULL;
    call_members(t, t->n_threads);
    for (size_t i = 0; i < t->n_threads; i++) { pthread_join(t->members[i].thread, NULL); }
    atomic_fetch_sub(&n_living, t->n_threads + 1);
    t->n_threads = 0;
    t->generation = 0;
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->start);
    pthread_cond_destroy(&t->done);
}

/* A forked child has the thread that forked and no other. */
static void forget_threads(void) {
    atomic_fetch_add(&generation, 1);
    atomic_store(&n_living, 0);
}

static void prepare(void) {
    pthread_key_create(&key, end_team);
    pthread_atfork(NULL, NULL, forget_threads);
}

/* A team without threads, where this process has none yet for the calling thread. */
static void begin_team(team *t) {
    pthread_once(&once, prepare);
    if (t->generation == atomic_load(&generation)) { return; }
    *t = (team){.limit = t->limit, .generation = atomic_load(&generation), .spin_ns = SPIN_NS};
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->start, NULL);
    pthread_cond_init(&t->done, NULL);
    pthread_setspecific(key, t);
    atomic_fetch_add(&n_living, 1);
}

/* Signals are for the program's own threads. */
static int start_thread(member *m) {
    pthread_attr_t attributes;
    sigset_t all, old;
    int problem = pthread_attr_init(&attributes);
    if (problem != 0) { return problem; }
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    problem = pthread_create(&m->thread, &attributes, live, m);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return problem;
}

/* Has n members if that is possible; returns how many there are then. */
static size_t grow_team(team *t, size_t n) {
    begin_team(t);
    if (t->rest > 0) { t->rest--; }
    while (t->n_threads + 1 < n && t->rest == 0) {
        member *m = &t->members[t->n_threads];
        *m = (member){.team = t, .index = t->n_threads + 1, .spin_ns = SPIN_NS};
        const int problem = start_thread(m);
        if (problem == 0) {
            t->n_threads++;
            atomic_fetch_add(&n_living, 1);
            continue;
        }
        t->rest = LOOPS_TO_RETRY;
        if (t->told) { break; }
        t->told = true;
        nomen_log_warning("the system starts no more threads (%s): %zu of %zu compute threads are used", strerror(problem),
                          t->n_threads + 1, n);
    }
    return n < t->n_threads + 1 ? n : t->n_threads + 1;
}

static _Atomic int n_compute_threads; /* of a call; 0: not known yet */

/* The processors that there are, or fewer where OMP_NUM_THREADS says so. */
static int default_threads(void) {
    const size_t usable = nomen_processors(), wanted = nomen_first_count(getenv("OMP_NUM_THREADS"));
    const size_t n = wanted > 0 && wanted < usable ? wanted : usable;
    return n < NOMEN_MAX_THREADS ? (int)n : NOMEN_MAX_THREADS;
}

void nomen_set_threads(int n_threads) {
    n_compute_threads = n_threads <= 0 ? default_threads() : n_threads < NOMEN_MAX_THREADS ? n_threads : NOMEN_MAX_THREADS;
}

int nomen_get_threads(void) {
    if (n_compute_threads == 0) { nomen_set_threads(0); }
    return n_compute_threads;
}

size_t nomen_team_size(void) {
    const size_t all = (size_t)nomen_get_threads(), limit = own.limit;
    return own.busy ? 1 : limit > 0 && limit < NOMEN_MAX_THREADS ? limit : all;
}

size_t nomen_team_member(void) {
    return own.member;
}

size_t nomen_team_limit(size_t n_threads) {
    const size_t old = own.limit;
    own.limit = n_threads;
    return old;
}

void nomen_team_run(size_t n_items, size_t chunk, size_t n_threads, nomen_team_work *work, void *context) {
    team *t = &own;
    const size_t n_takes = chunk > 0 ? (n_items + chunk - 1) / chunk : n_items;
    size_t n = n_threads < n_takes ? n_threads : n_takes;
    if (n_items == 0) { return; }
    if (n > 1) { n = t->busy ? 1 : grow_team(t, n < NOMEN_MAX_THREADS ? n : NOMEN_MAX_THREADS); }
    if (n <= 1) {
        work(context, 0, n_items);
        return;
    }
    t->work = work;
    t->context = context;
    t->n_items = n_items;
    t->chunk = chunk;
    t->n_members = n;
    t->busy = true;
    atomic_store_explicit(&t->next, 0, memory_order_relaxed);
    atomic_store_explicit(&t->n_working, (uint32_t)(n - 1), memory_order_relaxed);
    call_members(t, n - 1);
    work_on(t, 0);
    wait_for_members(t);
    t->busy = false;
}
