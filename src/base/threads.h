/*
 * Compute threads. Each calling thread has a team: itself, and threads of its own that are started at its first loop
 * that is worth them, wait for its next one, and end when it ends. So calls on several threads share nothing here.
 * A loop's items are cut among the members. No result may depend on the cut: the number of threads changes the time only.
 *
 * Where the system refuses a thread, loops run on those that there are, and the log says so, once a team. After a fork
 * the child's loops start threads of their own.
 */
#ifndef NOMEN_BASE_THREADS_H
#define NOMEN_BASE_THREADS_H

#include <stddef.h>

#include "nomen/runtime.h" /* nomen_set_threads */

/* The largest team. Scratch with one share per member is planned for it, so that it serves a team of any size. */
enum { NOMEN_MAX_THREADS = 64 };

/* Does items [first, end) of a loop. */
typedef void nomen_team_work(void *context, size_t first, size_t end);

/* The member that asks: 0 is the calling thread; less than the loop's n_threads. */
size_t nomen_team_member(void);

/* Members that a loop of the calling thread has at most; 1 to NOMEN_MAX_THREADS. 1 inside a loop. */
size_t nomen_team_size(void);

/* Has loops of the calling thread use at most n_threads members, 0: as many as nomen_get_threads(). Returns the old limit. */
size_t nomen_team_limit(size_t n_threads);

/*
 * Runs a loop over n_items on at most n_threads members and returns when all is done. With `chunk` 0 each member gets
 * one stretch of neighbours, all of like length; else it takes the next `chunk` items whenever it is done with the
 * last, which evens out items of unlike cost. A loop of one member is one call of `work`, without any other thread.
 */
void nomen_team_run(size_t n_items, size_t chunk, size_t n_threads, nomen_team_work *work, void *context);

#endif
