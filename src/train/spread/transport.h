/*
 * What moves bytes between the processes of a run. nomen_mpi.so has the only one (mpi.c), which is loaded when it is needed:
 * the library depends on no MPI. It calls nothing of the library, and prints only where it ends the process itself.
 */
#ifndef NOMEN_TRAIN_TRANSPORT_H
#define NOMEN_TRAIN_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/error.h"

/* Its arrays are static. */
enum { NOMEN_MAX_RANKS = 256 };

/* Bytes to or from one process. */
typedef struct nomen_message {
    void *bytes;
    size_t n_bytes; /* 0: there is no message, and the other side expects none */
} nomen_message;

typedef struct nomen_transport {
    const char *version; /* of nomen that it was built with */

    /*
     * Joins the processes that were started together, and begins to watch them. `lost` is called once, from a thread of the
     * transport, where one can't be reached any more: every exchange then fails. A caller that does not get to close() within
     * a few seconds is ended with the process.
     */
    nomen_status (*open)(void (*lost)(void *user), void *user, size_t *rank, size_t *size, nomen_error *err);

    /* The machine of a process. Borrowed. */
    const char *(*host)(size_t rank);

    /*
     * Sends send[i] to process i and receives receive[i] from it, for all i but this process; returns when that is done.
     * NOMEN_ERROR_IO naming the process that was lost. It waits as long as the others live.
     */
    nomen_status (*exchange)(const nomen_message *send, const nomen_message *receive, nomen_error *err);

    /* Ends it. `together`: all processes get here, and have nothing more to say to each other; else this one leaves alone. */
    void (*close)(bool together);
} nomen_transport;

/* What the plug-in exports. */
#define NOMEN_TRANSPORT_SYMBOL "nomen_mpi_transport"

#endif
