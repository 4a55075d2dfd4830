/* Connections, requests in progress, and their loop; see the header. */
#include "serve/traffic.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

nomen_status nomen_loop_add(nomen_loop *loop, int file, unsigned events, void *source, nomen_error *err) {
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, file, &event) == 0) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_IO, "epoll: %s", strerror(errno));
}

void nomen_loop_watch(nomen_loop *loop, nomen_connection *c, bool watched) {
    struct epoll_event event = {.events = 0, .data.ptr = c}; /* errors and hang-ups are told without being asked for */
    epoll_ctl(loop->epoll, watched ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, c->file, &event);
}

nomen_status nomen_loop_create(nomen_service *service, nomen_loop **out, nomen_error *err) {
    nomen_loop *loop = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(loop, 1, err));
    *loop = (nomen_loop){.service = service, .epoll = -1, .wake = {NOMEN_SOURCE_WAKE, -1}, .signals = {NOMEN_SOURCE_SIGNAL, -1}};
    pthread_mutex_init(&loop->lock, NULL);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake.file = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->epoll < 0 || loop->wake.file < 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "epoll or eventfd: %s", strerror(errno)));
    }
    NOMEN_TRY(nomen_loop_add(loop, loop->wake.file, EPOLLIN, &loop->wake, err));
    *out = loop;
    return NOMEN_OK;
done:
    nomen_loop_free(loop);
    return status;
}

void nomen_loop_free(nomen_loop *loop) {
    if (loop == NULL) { return; }
    if (loop->signals.file >= 0) { close(loop->signals.file); }
    if (loop->wake.file >= 0) { close(loop->wake.file); }
    if (loop->epoll >= 0) { close(loop->epoll); }
    pthread_mutex_destroy(&loop->lock);
    nomen_mem_free(loop->listeners);
    nomen_mem_free(loop);
}

void nomen_loop_post(nomen_loop *loop, nomen_progress *p) {
    const uint64_t one = 1;
    pthread_mutex_lock(&loop->lock);
    bool first = loop->done == NULL;
    p->next_done = loop->done;
    loop->done = p;
    pthread_mutex_unlock(&loop->lock);
    if (first) { (void)!write(loop->wake.file, &one, sizeof one); }
}

nomen_progress *nomen_loop_take(nomen_loop *loop) {
    uint64_t count;
    nomen_progress *ordered = NULL;
    (void)!read(loop->wake.file, &count, sizeof count);
    pthread_mutex_lock(&loop->lock);
    nomen_progress *p = loop->done;
    loop->done = NULL;
    pthread_mutex_unlock(&loop->lock);
    while (p != NULL) {
        nomen_progress *next = p->next_done;
        p->next_done = ordered;
        ordered = p;
        p = next;
    }
    return ordered;
}

void nomen_exchange_done(nomen_exchange *exchange) {
    nomen_loop_post(exchange->progress->loop, exchange->progress);
}

void nomen_progress_free(nomen_progress *p) {
    nomen_exchange *x = p->exchange;
    if (x->free_state != NULL) { x->free_state(x->state); }
    nomen_ticket_free(p->ticket);
    nomen_results_free(x->results);
    nomen_mem_free(x->texts);
    json_decref(x->json);
    nomen_served_drop(x->served);
    nomen_buffer_clear(&x->body);
    nomen_answer_clear(&x->answer);
    nomen_buffer_clear(&p->stream.out);
    nomen_buffer_clear(&p->stream.fresh);
    nomen_mem_free(x->path);
    nomen_mem_free(x->query);
    nomen_mem_free(p);
    nomen_mem_free(x);
}

void nomen_progress_sleep(nomen_progress *p) {
    MHD_suspend_connection(p->http);
    p->suspended = true;
    nomen_loop_watch(p->loop, p->connection, true);
}

void nomen_progress_wake(nomen_progress *p) {
    if (!p->suspended) { return; }
    p->suspended = false;
    nomen_loop_watch(p->loop, p->connection, false);
    MHD_resume_connection(p->http);
}
