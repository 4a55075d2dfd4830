/*
 * The plug-in nomen_mpi.so: messages by MPI, point to point, and a thread by which all processes watch each other. No
 * collective operation is used after the start: MPI promises no order of sums, and none can be left when a process is gone.
 * See "MPI: A Message-Passing Interface Standard", version 3.1, chapters 3 and 12.4.
 */
#include "train/spread/transport.h"

#include <limits.h>
#include <mpi.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nomen/version.h"

enum {
    HOST_SIZE = 64,
    BEAT_MS = 2000,       /* between two signs of life */
    LOOK_MS = 100,        /* between two looks for those of the others */
    SILENT_MS = 40000,    /* after which a process counts as lost: a machine that swaps may well need ten seconds */
    LAST_WORDS_MS = 8000, /* from then on, until the process is ended from here: all of it is under a minute */
    ABORT_SECONDS = 3,    /* that MPI_Abort gets, which may hang where the network does */
    FAREWELL_MS = 5000,   /* in which the last signs of life should have gone */
    END_SECONDS = 60,     /* that MPI_Finalize gets */
    BUSY_TESTS = 2000,    /* of the requests, before a wait begins to sleep between them */
    SLEEP_NS = 50000,
    TAG = 1
};
enum { ALIVE = 1, GOING = 2 }; /* what a sign of life says */

typedef struct peer {
    unsigned char out, in;
    MPI_Request sending, receiving;
    int64_t heard; /* when, in milliseconds */
    bool gone;     /* it has said so */
} peer;

static struct {
    MPI_Comm main, beat;
    size_t rank, size;
    char hosts[NOMEN_MAX_RANKS][HOST_SIZE];
    peer peers[NOMEN_MAX_RANKS]; /* the watcher's, while it runs */
    MPI_Request requests[2 * NOMEN_MAX_RANKS];
    pthread_t watcher;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool ending;        /* under the lock, as is `problem` until `failed` is set */
    atomic_bool failed; /* for good */
    char problem[384];
    void (*lost)(void *user);
    void *user;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static nomen_status set_error(nomen_error *err, nomen_status status, const char *message) {
    if (err == NULL || err->status != NOMEN_OK) { return status; }
    err->status = status;
    snprintf(err->message, sizeof err->message, "%s", message);
    return status;
}

/* Takes down why the run is over. Any thread may call it; the first reason counts. */
static void fail(const char *problem) {
    pthread_mutex_lock(&all.lock);
    bool first = !atomic_load(&all.failed);
    if (first) {
        snprintf(all.problem, sizeof all.problem, "%s", problem);
        atomic_store(&all.failed, true);
    }
    pthread_mutex_unlock(&all.lock);
    if (first) { all.lost(all.user); }
}

static void fail_by_mpi(int problem) {
    char reason[MPI_MAX_ERROR_STRING] = "", message[sizeof all.problem];
    int n = 0;
    MPI_Error_string(problem, reason, &n);
    snprintf(message, sizeof message, "the connection to the other processes failed (%.200s); the last checkpoint stands",
             reason);
    fail(message);
}

/* Takes what a process has sent, and answers for this one. */
static void look_at(size_t rank, bool send) {
    peer *p = &all.peers[rank];
    int done = 0, problem = MPI_Test(&p->receiving, &done, MPI_STATUS_IGNORE);
    if (problem == MPI_SUCCESS && done && !p->gone) {
        p->heard = now_ms();
        p->gone = p->in == GOING;
        if (!p->gone) { problem = MPI_Irecv(&p->in, 1, MPI_BYTE, (int)rank, TAG, all.beat, &p->receiving); }
    }
    done = 0;
    if (problem == MPI_SUCCESS) { problem = MPI_Test(&p->sending, &done, MPI_STATUS_IGNORE); }
    /* One that is still under way is sign enough: on a cut link they would pile up. */
    if (problem == MPI_SUCCESS && done && send) {
        problem = MPI_Isend(&p->out, 1, MPI_BYTE, (int)rank, TAG, all.beat, &p->sending);
    }
    if (problem != MPI_SUCCESS) { fail_by_mpi(problem); }
    int64_t silent = now_ms() - p->heard;
    if (!p->gone && silent > SILENT_MS) {
        char message[sizeof all.problem];
        snprintf(message, sizeof message,
                 "process %zu on %s was not heard of for %d seconds: it is dead, or the network to it is; the last checkpoint "
                 "stands",
                 rank, all.hosts[rank], (int)(silent / 1000));
        fail(message);
    }
}

static void look_at_all(bool send) {
    for (size_t i = 0; i < all.size; i++) {
        if (i != all.rank) { look_at(i, send); }
    }
}

/* Waits for a while, or until close() ends it; whether it is to go on. */
static bool rest(int64_t ms) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + ms * 1000000;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_mutex_lock(&all.lock);
    if (!all.ending) { pthread_cond_timedwait(&all.wake, &all.lock, &until); }
    bool go_on = !all.ending;
    pthread_mutex_unlock(&all.lock);
    return go_on;
}

/* The program did not get to an exchange, such as while it writes to a disk that hangs. Nothing comes after this. */
static void end_process(void) {
    dprintf(STDERR_FILENO, "nomen: %s\n", all.problem);
    alarm(ABORT_SECONDS); /* ends it where MPI_Abort does not */
    MPI_Abort(all.main, 1);
}

static void *watch(void *unused) {
    int64_t sent = 0;
    (void)unused;
    while (!atomic_load(&all.failed)) {
        bool send = now_ms() - sent >= BEAT_MS;
        if (send) { sent = now_ms(); }
        look_at_all(send);
        if (!rest(LOOK_MS)) { return NULL; }
    }
    if (rest(LAST_WORDS_MS)) { end_process(); }
    return NULL;
}

/* Signals are for the program's own threads. */
static bool start_watcher(void) {
    sigset_t every, old;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &old);
    bool started = pthread_create(&all.watcher, NULL, watch, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

static bool start_mpi(void) {
    int started = 0, provided = 0;
    MPI_Initialized(&started);
    if (started) {
        MPI_Query_thread(&provided);
    } else if (MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) {
        return false;
    }
    return provided == MPI_THREAD_MULTIPLE;
}

static bool make_communicators(void) {
    int rank = 0, size = 0;
    bool made = MPI_Comm_dup(MPI_COMM_WORLD, &all.main) == MPI_SUCCESS && MPI_Comm_dup(MPI_COMM_WORLD, &all.beat) == MPI_SUCCESS;
    if (!made) { return false; }
    MPI_Comm_set_errhandler(all.main, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(all.beat, MPI_ERRORS_RETURN);
    MPI_Comm_rank(all.main, &rank);
    MPI_Comm_size(all.main, &size);
    all.rank = (size_t)rank;
    all.size = (size_t)size;
    return true;
}

static bool start_peers(void) {
    char host[HOST_SIZE] = "";
    gethostname(host, sizeof host - 1);
    if (MPI_Allgather(host, HOST_SIZE, MPI_CHAR, all.hosts, HOST_SIZE, MPI_CHAR, all.main) != MPI_SUCCESS) { return false; }
    for (size_t i = 0; i < all.size; i++) {
        peer *p = &all.peers[i];
        *p = (peer){.out = ALIVE, .sending = MPI_REQUEST_NULL, .receiving = MPI_REQUEST_NULL, .heard = now_ms()};
        if (i == all.rank) { continue; }
        if (MPI_Irecv(&p->in, 1, MPI_BYTE, (int)i, TAG, all.beat, &p->receiving) != MPI_SUCCESS) { return false; }
    }
    return true;
}

static nomen_status open_mpi(void (*lost)(void *user), void *user, size_t *rank, size_t *size, nomen_error *err) {
    static bool opened;
    if (opened) {
        return set_error(err, NOMEN_ERROR_UNSUPPORTED,
                         "a process joins the others of mpirun for one training alone; start another");
    }
    opened = true;
    all.lost = lost;
    all.user = user;
    if (!start_mpi()) {
        return set_error(err, NOMEN_ERROR_UNSUPPORTED,
                         "MPI does not start with threads (MPI_THREAD_MULTIPLE); use the Open MPI that nomen was built with");
    }
    if (!make_communicators()) { return set_error(err, NOMEN_ERROR_IO, "MPI makes no communicator"); }
    if (all.size > NOMEN_MAX_RANKS) {
        return set_error(err, NOMEN_ERROR_LIMIT, "mpirun started more than 256 processes; start fewer");
    }
    if (!start_peers() || !start_watcher()) {
        return set_error(err, NOMEN_ERROR_IO, "the other processes that mpirun started can't be reached");
    }
    *rank = all.rank;
    *size = all.size;
    return NOMEN_OK;
}

static const char *host_of(size_t rank) {
    return all.hosts[rank];
}

/* Tests again and again, at first without a rest: what is waited for is near, or far away. */
static nomen_status wait_for_all(int n, nomen_error *err) {
    int done = 0;
    for (int tests = 0; !done; tests++) {
        if (atomic_load(&all.failed)) { break; }
        int problem = MPI_Testall(n, all.requests, &done, MPI_STATUSES_IGNORE);
        if (problem != MPI_SUCCESS) {
            fail_by_mpi(problem);
            break;
        }
        if (tests < BUSY_TESTS) {
            sched_yield();
        } else if (!done) {
            nanosleep(&(struct timespec){.tv_nsec = SLEEP_NS}, NULL);
        }
    }
    if (done) { return NOMEN_OK; }
    for (int i = 0; i < n; i++) { /* the caller frees what these would write to */
        if (all.requests[i] != MPI_REQUEST_NULL) { MPI_Cancel(&all.requests[i]); }
    }
    return set_error(err, NOMEN_ERROR_IO, all.problem);
}

static nomen_status exchange(const nomen_message *send, const nomen_message *receive, nomen_error *err) {
    int n = 0, problem = MPI_SUCCESS;
    for (size_t i = 0; i < all.size; i++) {
        if (i != all.rank && (receive[i].n_bytes > INT_MAX || send[i].n_bytes > INT_MAX)) {
            return set_error(err, NOMEN_ERROR_LIMIT, "a message of more than 2 GiB; train with smaller batches");
        }
    }
    for (size_t i = 0; i < all.size; i++) {
        if (i == all.rank) { continue; }
        if (receive[i].n_bytes > 0 && problem == MPI_SUCCESS) {
            problem = MPI_Irecv(receive[i].bytes, (int)receive[i].n_bytes, MPI_BYTE, (int)i, TAG, all.main, &all.requests[n]);
            n += problem == MPI_SUCCESS;
        }
    }
    for (size_t k = 1; k < all.size; k++) { /* each begins with the next one, so that not all send to the first at once */
        size_t i = (all.rank + k) % all.size;
        if (send[i].n_bytes == 0 || problem != MPI_SUCCESS) { continue; }
        problem = MPI_Isend(send[i].bytes, (int)send[i].n_bytes, MPI_BYTE, (int)i, TAG, all.main, &all.requests[n]);
        n += problem == MPI_SUCCESS;
    }
    if (problem != MPI_SUCCESS) { fail_by_mpi(problem); }
    return wait_for_all(n, err);
}

/* Says goodbye, and hears it from all: then no sign of life is under way when MPI ends. */
static void say_goodbye(void) {
    int64_t end = now_ms() + FAREWELL_MS;
    bool said[NOMEN_MAX_RANKS] = {false}, done = false;
    while (!done && now_ms() < end && !atomic_load(&all.failed)) {
        done = true;
        for (size_t i = 0; i < all.size; i++) {
            if (i == all.rank) { continue; }
            peer *p = &all.peers[i];
            look_at(i, false);
            if (p->sending == MPI_REQUEST_NULL && !said[i]) {
                p->out = GOING;
                said[i] = MPI_Isend(&p->out, 1, MPI_BYTE, (int)i, TAG, all.beat, &p->sending) == MPI_SUCCESS;
            }
            done = done && said[i] && p->gone && p->sending == MPI_REQUEST_NULL;
        }
        if (!done) { nanosleep(&(struct timespec){.tv_nsec = SLEEP_NS}, NULL); }
    }
}

static void close_mpi(bool together) {
    pthread_mutex_lock(&all.lock);
    all.ending = true;
    pthread_cond_signal(&all.wake);
    pthread_mutex_unlock(&all.lock);
    pthread_join(all.watcher, NULL);
    if (!together || atomic_load(&all.failed)) { return; } /* MPI's own end would wait for those that are gone */
    say_goodbye();
    if (atomic_load(&all.failed)) { return; }
    /* What is waited for here nobody watches any more. The work is done: a process that hangs is ended. */
    unsigned earlier = alarm(END_SECONDS);
    MPI_Finalize();
    alarm(earlier);
}

__attribute__((visibility("default"))) extern const nomen_transport nomen_mpi_transport;
const nomen_transport nomen_mpi_transport = {NOMEN_VERSION, open_mpi, host_of, exchange, close_mpi};
