/* Who takes part in a run, and agreement. */
#include "train/spread/spread.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/processors.h"
#include "nomen/train.h"
#include "nomen/version.h"

#define PLUGIN "nomen_mpi.so"

/* What launchers tell their processes: Open MPI's, and those of MPICH's family. */
static const char *const launchers[][2] = {{"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"}, {"PMI_SIZE", "PMI_RANK"}};

/* How many processes were started together; *rank is this one's number. */
static size_t read_environment(size_t *rank) {
    *rank = 0;
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++) {
        size_t size = nomen_first_count(getenv(launchers[i][0]));
        if (size <= 1) { continue; }
        *rank = nomen_first_count(getenv(launchers[i][1])); /* 0 is no positive number */
        return size;
    }
    return 1;
}

size_t nomen_train_processes(size_t *rank) {
    size_t own;
    return read_environment(rank != NULL ? rank : &own);
}

/* The directory of the file `path`, with `rest` after it, as "DIR/rest/nomen_mpi.so"; false where that is too long. */
static bool place_beside(const char *path, const char *rest, char out[PATH_MAX]) {
    char real[PATH_MAX];
    if (realpath(path, real) == NULL) { return false; }
    *strrchr(real, '/') = '\0';
    int n = snprintf(out, PATH_MAX, "%s/%s" PLUGIN, real, rest);
    return n > 0 && n < PATH_MAX;
}

/*
 * The plug-in: beside the program as in a build tree, below the shared library, where an installed program has its libraries
 * (wherever that was moved to), where they were to be installed. NULL: nowhere.
 */
static void *find_plugin(const char **why) {
    Dl_info info = {0};
    char path[PATH_MAX];
    const struct {
        const char *file, *rest;
    } places[] = {
        {"/proc/self/exe", ""},
        {dladdr((void *)(uintptr_t)&launchers, &info) != 0 ? info.dli_fname : NULL, "nomen/"},
        {"/proc/self/exe", NOMEN_LIBDIR_FROM_BINDIR "/nomen/"},
    };
    *why = "no such file";
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i].file == NULL || !place_beside(places[i].file, places[i].rest, path) || access(path, F_OK) != 0) {
            continue;
        }
        /* Open MPI loads parts of its own, which want to find its symbols. */
        void *plugin = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
        if (plugin != NULL) { return plugin; }
        *why = dlerror();
    }
    void *plugin = dlopen(NOMEN_LIBDIR "/nomen/" PLUGIN, RTLD_NOW | RTLD_GLOBAL);
    if (plugin == NULL && access(NOMEN_LIBDIR "/nomen/" PLUGIN, F_OK) == 0) { *why = dlerror(); }
    return plugin;
}

static nomen_status load_transport(size_t n_started, const nomen_transport **out, nomen_error *err) {
    const char *why = NULL;
    void *plugin = find_plugin(&why); /* stays loaded: MPI has threads and handlers of its own */
    if (plugin == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                               "mpirun started %zu processes, but " PLUGIN " can't be loaded (%s): install Open MPI (Debian: "
                               "openmpi-bin, and libopenmpi-dev to build nomen with it), or run without mpirun",
                               n_started, why);
    }
    const nomen_transport *transport = dlsym(plugin, NOMEN_TRANSPORT_SYMBOL);
    if (transport == NULL || strcmp(transport->version, nomen_version()) != 0) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, PLUGIN ": is of nomen %s, expected %s; install the same version",
                               transport != NULL ? transport->version : "of no known version", nomen_version());
    }
    *out = transport;
    return NOMEN_OK;
}

static void note_loss(void *user) {
    nomen_cancel_set(user);
}

nomen_status nomen_spread_open(nomen_spread *s, nomen_error *err) {
    size_t rank, n_started = read_environment(&rank);
    nomen_status status;
    *s = (nomen_spread){.size = 1};
    if (n_started <= 1) { return NOMEN_OK; }
    const nomen_transport *transport = NULL;
    NOMEN_TRY(nomen_cancel_create(&s->lost, err));
    NOMEN_TRY(load_transport(n_started, &transport, err));
    NOMEN_TRY(transport->open(note_loss, s->lost, &s->rank, &s->size, err));
    s->transport = transport;
    if (s->size != n_started) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                                   "the environment says that %zu processes were started together, but MPI knows of %zu: mpirun "
                                   "and " PLUGIN " are of different MPIs; use the mpirun of the one that nomen was built with",
                                   n_started, s->size));
    }
done:
    if (status != NOMEN_OK) { nomen_spread_close(s, status); }
    return status;
}

nomen_status nomen_spread_exchange(const nomen_spread *s, const nomen_message *send, const nomen_message *receive,
                                   nomen_error *err) {
    return s->transport == NULL ? NOMEN_OK : s->transport->exchange(send, receive, err);
}

void nomen_spread_name(const nomen_spread *s, size_t rank, char *out, size_t size) {
    snprintf(out, size, "process %zu on %s", rank, s->transport != NULL ? s->transport->host(rank) : "this machine");
}

/* What a process says of itself when all agree. */
typedef struct vote {
    int32_t status, remedy;
    char message[NOMEN_ERROR_SIZE];
} vote;

/* All votes, by their processes. */
static nomen_status take_votes(const nomen_spread *s, const vote *own, vote *votes, nomen_error *err) {
    nomen_message send[NOMEN_MAX_RANKS], receive[NOMEN_MAX_RANKS];
    for (size_t i = 0; i < s->size; i++) {
        send[i] = (nomen_message){(void *)(uintptr_t)own, sizeof *own};
        receive[i] = (nomen_message){&votes[i], sizeof votes[i]};
    }
    votes[s->rank] = *own;
    return nomen_spread_exchange(s, send, receive, err);
}

/* The error of one process, for all of them. */
static nomen_status spread_error(nomen_spread *s, const vote *votes, size_t origin, nomen_error *err) {
    char name[128];
    s->agreed = true;
    if (!nomen_spread_leads(s)) { return nomen_error_set(err, NOMEN_ERROR_INTERRUPTED, "process 0 says why the run has ended"); }
    nomen_spread_name(s, origin, name, sizeof name);
    const vote *v = &votes[origin];
    return nomen_error_set_remedy(err, (nomen_status)v->status, (nomen_remedy)v->remedy, origin == 0 ? "%s%s" : "%s: %s",
                                  origin == 0 ? "" : name, v->message);
}

nomen_status nomen_spread_agree(nomen_spread *s, nomen_status own, const nomen_error *problem, nomen_error *err) {
    if (s->transport == NULL) {
        if (own != NOMEN_OK) { nomen_error_pass(err, problem); }
        return own;
    }
    vote mine = {.status = (int32_t)own}, *votes = NULL;
    nomen_status status, worst = NOMEN_OK;
    if (own != NOMEN_OK) {
        mine.remedy = (int32_t)problem->remedy;
        snprintf(mine.message, sizeof mine.message, "%s", problem->message);
    }
    NOMEN_TRY(NOMEN_NEW(votes, s->size, err));
    NOMEN_TRY(take_votes(s, &mine, votes, err));
    for (size_t i = 0; i < s->size; i++) {
        nomen_status vote_of = (nomen_status)votes[i].status;
        if (vote_of != NOMEN_OK && !nomen_status_is_stop(vote_of)) { NOMEN_FAIL(spread_error(s, votes, i, err)); }
        if (vote_of > worst) { worst = vote_of; }
    }
    if (worst != NOMEN_OK) { NOMEN_FAIL(nomen_call_set_stop(err, worst)); }
done:
    nomen_mem_free(votes);
    return status;
}

/* Every process gets here, or is lost. */
static bool meet(const nomen_spread *s) {
    nomen_message messages[2][NOMEN_MAX_RANKS];
    unsigned char here = 1, there[NOMEN_MAX_RANKS];
    for (size_t i = 0; i < s->size; i++) {
        messages[0][i] = (nomen_message){&here, 1};
        messages[1][i] = (nomen_message){&there[i], 1};
    }
    return nomen_spread_exchange(s, messages[0], messages[1], NULL) == NOMEN_OK;
}

void nomen_spread_close(nomen_spread *s, nomen_status status) {
    if (s->transport != NULL) {
        bool together = status == NOMEN_OK || nomen_status_is_stop(status) || s->agreed;
        s->transport->close(together && meet(s));
    }
    nomen_cancel_free(s->lost);
    *s = (nomen_spread){.size = 1};
}
