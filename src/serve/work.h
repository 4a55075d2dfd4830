/*
 * What becomes of a request that was read: its handler begins, its texts wait and are tagged, its handler finishes. All on the
 * service's thread but the handlers of large bodies, which the helper runs.
 */
#ifndef NOMEN_SERVE_WORK_H
#define NOMEN_SERVE_WORK_H

#include "serve/connection.h"

/* The request is complete. */
void nomen_work_begin(nomen_progress *p);

/* Another thread is done with it. */
void nomen_work_continue(nomen_progress *p);

/* Its client is gone, its time is over (`late`), or the service ends: whatever is under way is stopped, and then it is woken. */
void nomen_work_stop(nomen_progress *p, bool late);

/* The next lines of one that streams, where its reader has taken what was there. */
void nomen_work_more(nomen_progress *p);

/* Hands in what may run now. */
void nomen_work_pump(struct nomen_loop *loop);

/* Called by a queue when a ticket has ended. */
void nomen_work_ticket_done(void *user, nomen_ticket *ticket);

#endif
