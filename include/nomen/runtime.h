/*
 * Settings of the whole process: the number of compute threads, and the callbacks through which
 * the library reports. Set them before other calls; they are not meant to be changed while another
 * thread is inside the library.
 */
#ifndef NOMEN_RUNTIME_H
#define NOMEN_RUNTIME_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * Sets the size of the one compute team. 0 restores the default, the number of processors that
 * this process may use; more than 64 are taken as 64. The number never changes a result, only the
 * time it takes. A program linked with libgomp that shares its machine with other work does well to be
 * started with GOMP_SPINCOUNT=3000, as `nomen` does for itself.
 */
void nomen_set_threads(int n_threads);

/* The size of the compute team, at least 1. */
int nomen_get_threads(void);

/* What a message is about. */
typedef enum nomen_log_level {
    NOMEN_LOG_INFO = 0,   /* what is being done: a default taken, a format detected */
    NOMEN_LOG_WARNING = 1 /* something the user should know: rows skipped, a new head */
} nomen_log_level;

/*
 * Receives one message: a UTF-8 line without newline, valid during the call. Called from the
 * thread that called the library, never from a compute thread.
 */
typedef void (*nomen_log_function)(void *user, nomen_log_level level, const char *message);

/* Sends messages to `function`, or drops them when it is NULL (the default). */
void nomen_set_log(nomen_log_function function, void *user);

/*
 * Asked between batches whether to stop. Returning true makes a long call end with
 * NOMEN_ERROR_INTERRUPTED (training first writes the best finished epoch).
 */
typedef bool (*nomen_interrupt_function)(void *user);

/* Sets the interrupt question, or removes it when `function` is NULL (the default). */
void nomen_set_interrupt(nomen_interrupt_function function, void *user);

/* Frees what a function of the library returned; NULL is allowed. */
void nomen_free(void *pointer);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
