/*
 * A run's processes: those that mpirun started together, or this one alone. Who they are, messages between them, what they
 * agree on. What several processes compute is added up in reduction.h. See docs/SPREADING.md.
 */
#ifndef NOMEN_TRAIN_SPREAD_H
#define NOMEN_TRAIN_SPREAD_H

#include "base/call.h"
#include "train/spread/transport.h"

/* {.size = 1}: this process alone, which exchanges nothing; what it agrees on is its own status. */
typedef struct nomen_spread {
    size_t rank, size;
    const nomen_transport *transport; /* NULL: alone */
    nomen_cancel *lost;               /* set where one of the others can't be reached any more */
    bool agreed;                      /* on an error: all end, and process 0 has the message */
} nomen_spread;

/*
 * Joins the processes that mpirun started, as the environment has it; where it started none, or one, *out is this process
 * alone. NOMEN_ERROR_UNSUPPORTED where the plug-in is missing or of another version; as the transport fails. Closed by
 * nomen_spread_close. *out must stay where it is.
 */
nomen_status nomen_spread_open(nomen_spread *out, nomen_error *err);

/*
 * Ends it. With NOMEN_OK, with a stop, or an error that was agreed on, it waits for the others to get here. Else this process
 * leaves alone, and the others fail: mpirun ends them once this one has ended with an error code.
 */
void nomen_spread_close(nomen_spread *spread, nomen_status status);

/* Whether this process is the one that writes and speaks. */
static inline bool nomen_spread_leads(const nomen_spread *spread) {
    return spread->rank == 0;
}

/*
 * Sends send[i] to each process i and receives receive[i] from it; those of this process are left alone. NOMEN_ERROR_IO naming
 * the process that was lost.
 */
nomen_status nomen_spread_exchange(const nomen_spread *spread, const nomen_message *send, const nomen_message *receive,
                                   nomen_error *err);

/*
 * Has all processes go on alike: each gives its status (and, where it is an error, the error), and gets the one that holds for
 * all. An error comes before a stop, and that before NOMEN_OK. Process 0 gets the error, with the name of the process that had
 * it; the others get NOMEN_ERROR_INTERRUPTED, and have nothing to say.
 */
nomen_status nomen_spread_agree(nomen_spread *spread, nomen_status own, const nomen_error *problem, nomen_error *err);

/* How a message names a process: "process 1 on HOST". At most `size` bytes. */
void nomen_spread_name(const nomen_spread *spread, size_t rank, char *out, size_t size);

#endif
