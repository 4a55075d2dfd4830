/*
 * Settings of the whole process: the number of compute threads, and the callbacks through which
 * the library reports. Set them before other calls; they are not meant to be changed while another
 * thread is inside the library.
 */
#ifndef NOMEN_RUNTIME_H
#define NOMEN_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/error.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * Sets how many compute threads a call of the library uses, the calling thread among them. 0 restores the default: the
 * processors of the affinity mask or, where that is less, the control group's quota (rounded up) or OMP_NUM_THREADS; more
 * than 64 are taken as 64. The number never changes a result, only the time it takes.
 *
 * Compute threads belong to the thread that calls, are started when they are first needed, and end with it. They run no
 * callback and have all signals blocked. Where the system refuses one, the log gets a warning and the call computes on
 * fewer. After fork() the child may go on calling: it starts threads of its own.
 */
void nomen_set_threads(int n_threads);

/* The number of compute threads of a call, at least 1. */
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
 * Asked between operations whether to stop, for the whole process; nomen/call.h stops single calls. It is asked often, on
 * the thread that called the library, and should be quick. Returning true makes a long call end with
 * NOMEN_ERROR_INTERRUPTED (training first writes the best finished epoch).
 */
typedef bool (*nomen_interrupt_function)(void *user);

/* Sets the interrupt question, or removes it when `function` is NULL (the default). */
void nomen_set_interrupt(nomen_interrupt_function function, void *user);

/* Frees what a function of the library returned; NULL is allowed. */
void nomen_free(void *pointer);

/*
 * Where memory comes from, as of malloc, realloc and free: blocks aligned for any object, NULL where there is none. They are
 * never called with a NULL pointer, but by several threads at once.
 */
typedef void *(*nomen_allocate_function)(void *user, size_t n_bytes);
typedef void *(*nomen_resize_function)(void *user, void *pointer, size_t n_bytes);
typedef void (*nomen_release_function)(void *user, void *pointer);

/*
 * Has the library take all its memory from these, and what it uses of jansson and zlib. Once, before any other call and,
 * if the program uses jansson too, before that: otherwise NOMEN_ERROR_ARGUMENT, as for a function that is NULL. What the C
 * library takes for itself (files, threads) and libzip's part in reading zip files stay with malloc; weight files are
 * mapped.
 */
nomen_status nomen_set_allocator(nomen_allocate_function allocate, nomen_resize_function resize, nomen_release_function release,
                                 void *user, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
