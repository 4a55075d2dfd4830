/* The service from its start to its end; see the header. */
#include "serve/run.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "serve/access_log.h"
#include "serve/connection.h"
#include "serve/notify.h"
#include "serve/send.h"
#include "serve/work.h"

enum {
    TICK_MS = 100,         /* how exactly times are kept */
    N_EVENTS = 128,        /* at a time */
    ACCEPTS = 64,          /* at a time, so that those who are connected have their turn */
    UNREAD_MS = 30 * 1000, /* a client that takes nothing for so long is cut off by the kernel */
    NO_FILES_WAIT_MS = 200 /* before connections are taken again, where there were no descriptors */
};

static nomen_status start_http(nomen_loop *loop, nomen_error *err) {
    const nomen_serve_settings *settings = loop->service->settings;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem options[] = {{MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)(settings->max_header + 16384), NULL},
                                       {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)(loop->service->max_connections + 16), NULL},
#if MHD_VERSION >= 0x00097701
                                       {MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1, NULL}, /* no bare LF, no folded lines */
#else
                                       {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
#endif
                                       {MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL},
                                       {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)nomen_connection_completed, loop},
                                       {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)nomen_connection_notify, loop},
                                       {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)nomen_connection_target, loop},
                                       {MHD_OPTION_END, 0, NULL}};
    loop->http =
        MHD_start_daemon(flags, 0, NULL, NULL, nomen_connection_request, loop, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = loop->http != NULL ? MHD_get_daemon_info(loop->http, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (info == NULL || info->epoll_fd < 0) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "libmicrohttpd could not be started: is it built with epoll?");
    }
    loop->http_file = (nomen_watched){NOMEN_SOURCE_HTTP, info->epoll_fd};
    return nomen_loop_add(loop, info->epoll_fd, EPOLLIN, &loop->http_file, err);
}

static nomen_status open_signals(nomen_loop *loop, nomen_error *err) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    int file = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (file < 0) { return nomen_error_set(err, NOMEN_ERROR_IO, "signalfd: %s", strerror(errno)); }
    loop->signals = (nomen_watched){NOMEN_SOURCE_SIGNAL, file};
    return nomen_loop_add(loop, file, EPOLLIN, &loop->signals, err);
}

static nomen_status watch_listeners(nomen_loop *loop, nomen_error *err) {
    const nomen_listeners *listeners = &loop->service->listeners;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(loop->listeners, listeners->n, err));
    loop->n_listeners = listeners->n;
    for (size_t i = 0; i < listeners->n; i++) {
        loop->listeners[i] = (nomen_watched){NOMEN_SOURCE_LISTENER, listeners->files[i]};
        NOMEN_TRY(nomen_loop_add(loop, listeners->files[i], EPOLLIN, &loop->listeners[i], err));
    }
    loop->listens = true;
done:
    return status;
}

/* --- connections --------------------------------------------------------------------------------------------------------- */

/* What other threads are done with. */
static void continue_done(nomen_loop *loop) {
    for (nomen_progress *p = nomen_loop_take(loop), *next; p != NULL; p = next) {
        next = p->next_done;
        nomen_work_continue(p);
    }
}

static void set_listening(nomen_loop *loop, bool on) {
    nomen_error err = {0};
    if (on == loop->listens) { return; }
    for (size_t i = 0; i < loop->n_listeners; i++) {
        if (on) {
            (void)!nomen_loop_add(loop, loop->listeners[i].file, EPOLLIN, &loop->listeners[i], &err);
        } else {
            epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->listeners[i].file, NULL);
        }
    }
    loop->listens = on;
}

static void refuse(int file) {
    nomen_answer answer = {0};
    nomen_answer_error(&answer, 503, "the service has as many connections as it takes (--max-connections); try again");
    answer.retry_after = 1;
    nomen_send_and_end(file, &answer, "-");
    nomen_answer_clear(&answer);
    close(file);
}

static void accept_from(nomen_loop *loop, int listener) {
    struct sockaddr_storage address;
    for (int i = 0; i < ACCEPTS; i++) {
        socklen_t n = sizeof address;
        int on = 1, unread = UNREAD_MS;
        int file = accept4(listener, (struct sockaddr *)&address, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (file < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                set_listening(loop, false);
                loop->listen_again = nomen_clock_now() + NO_FILES_WAIT_MS / 1000.0;
            }
            if (errno != ECONNABORTED && errno != EINTR) { return; }
            continue;
        }
        if (loop->service->n_connections >= loop->service->max_connections) {
            refuse(file);
            continue;
        }
        setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(file, IPPROTO_TCP, TCP_USER_TIMEOUT, &unread, sizeof unread);
        /* Counted until its end is notified. One that is not taken may or may not have been notified of. */
        const size_t before = loop->service->n_connections++;
        if (MHD_add_connection(loop->http, file, (struct sockaddr *)&address, n) != MHD_YES) {
            loop->service->n_connections = before;
        }
    }
}

/* --- the end ------------------------------------------------------------------------------------------------------------- */

static void begin_stop(nomen_loop *loop) {
    const nomen_serve_settings *settings = loop->service->settings;
    double now = nomen_clock_now();
    if (loop->stopping) {
        if (loop->aborted) { _exit(EXIT_FAILURE); } /* the third one */
        nomen_event_log(settings, "warning", "a second signal: what is left is dropped");
        loop->stop_listening = loop->stop_by = now;
        return;
    }
    nomen_event_log(settings, "info", "stopping: %zu connections; a second signal drops what is left",
                    loop->service->n_connections);
    nomen_notify("STOPPING=1");
    loop->stopping = true;
    loop->service->stopping = true;
    loop->stop_listening = now + settings->stop_delay;
    loop->stop_by = loop->stop_listening + settings->stop_timeout;
}

/* Goes on with a stop; whether it is complete. */
static bool stop(nomen_loop *loop, double now) {
    if (!loop->stopping || now < loop->stop_listening) { return false; }
    if (loop->n_listeners > 0) {
        for (size_t i = 0; i < loop->n_listeners; i++) { accept_from(loop, loop->listeners[i].file); } /* who waits for that */
        MHD_run(loop->http);                                                                           /* and has sent a head */
        set_listening(loop, false);
        loop->n_listeners = 0;
        nomen_listeners_close(&loop->service->listeners);
        nomen_connections_end(loop, false);
    }
    if (now >= loop->stop_by && !loop->aborted) {
        loop->aborted = true;
        nomen_connections_end(loop, true);
    }
    return loop->service->n_connections == 0 && loop->n_orphans == 0;
}

static void reloaded(void *user, nomen_model_order *order) {
    nomen_loop *loop = user;
    if (order->http_status == 200) {
        nomen_event_log(loop->service->settings, "info", "the models were reloaded");
    } else {
        nomen_event_log(loop->service->settings, "error", "reloading: %s; what was there goes on", order->error.message);
    }
    nomen_notify("READY=1");
    nomen_mem_free(order);
}

static void reload(nomen_loop *loop) {
    nomen_service *service = loop->service;
    nomen_model_order *order = NULL;
    nomen_keys *keys = NULL;
    nomen_error err = {0};
    char line[80];
    snprintf(line, sizeof line, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(nomen_clock_now() * 1e6));
    nomen_notify(line);
    if (service->keys != NULL) {
        if (nomen_keys_read(service->settings->keys, &keys, &err) == NOMEN_OK) {
            nomen_keys_free(service->keys);
            service->keys = keys;
        } else {
            nomen_event_log(service->settings, "error", "%s; the keys that were there go on", err.message);
        }
    }
    if (NOMEN_NEW(order, 1, &err) != NOMEN_OK) { return; }
    *order = (nomen_model_order){.change = NOMEN_MODEL_RELOAD, .done = reloaded, .user = loop};
    nomen_models_change(service->models, order);
}

static void take_signals(nomen_loop *loop) {
    struct signalfd_siginfo info;
    while (read(loop->signals.file, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            reload(loop);
        } else {
            begin_stop(loop);
        }
    }
}

/* --- the loop ------------------------------------------------------------------------------------------------------------ */

static void handle(nomen_loop *loop, const struct epoll_event *event) {
    nomen_source *source = event->data.ptr;
    switch (*source) {
    case NOMEN_SOURCE_LISTENER:
        if (loop->listens) { accept_from(loop, ((nomen_watched *)(void *)source)->file); }
        break;
    case NOMEN_SOURCE_WAKE: continue_done(loop); break;
    case NOMEN_SOURCE_SIGNAL: take_signals(loop); break;
    case NOMEN_SOURCE_CLIENT: nomen_connection_lost((nomen_connection *)(void *)source); break;
    case NOMEN_SOURCE_HTTP: break; /* MHD_run follows in any case */
    }
}

static int wait_ms(nomen_loop *loop) {
    MHD_UNSIGNED_LONG_LONG ms = TICK_MS;
    if (MHD_get_timeout(loop->http, &ms) == MHD_YES && ms < TICK_MS) { return (int)ms; }
    return TICK_MS;
}

static nomen_status run_loop(nomen_loop *loop, nomen_error *err) {
    struct epoll_event events[N_EVENTS];
    double ticked = 0.0;
    for (;;) {
        int n = epoll_wait(loop->epoll, events, N_EVENTS, wait_ms(loop));
        if (n < 0 && errno != EINTR) { return nomen_error_set(err, NOMEN_ERROR_IO, "epoll_wait: %s", strerror(errno)); }
        for (int i = 0; i < n; i++) { handle(loop, &events[i]); } /* connections are freed by MHD_run alone */
        MHD_run(loop->http);
        double now = nomen_clock_now();
        if (now >= ticked + TICK_MS / 1000.0) {
            ticked = now;
            nomen_connections_tick(loop, now);
            nomen_waiting_measure(loop->service->waiting, now);
            if (!loop->listens && !loop->stopping && now >= loop->listen_again) { set_listening(loop, true); }
        }
        if (stop(loop, now)) { return NOMEN_OK; }
    }
}

/* --- start and end ----------------------------------------------------------------------------------------------------- */

/* Signals are read by the loop; its threads must not get them. A write to a connection that is gone is no reason to end. */
static void block_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Each connection takes a descriptor, and so do models and the rest: there are as many connections as the system has room for. */
static void raise_limit(nomen_service *service) {
    enum { OTHERS = 64 };
    struct rlimit limit;
    size_t wanted = service->settings->max_connections;
    service->max_connections = wanted;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) { return; }
    rlim_t needed = (rlim_t)wanted + OTHERS;
    if (limit.rlim_cur < needed) {
        limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) { getrlimit(RLIMIT_NOFILE, &limit); }
    }
    if (limit.rlim_cur >= needed) { return; }
    service->max_connections = limit.rlim_cur > OTHERS + 1 ? (size_t)(limit.rlim_cur - OTHERS) : 1;
    nomen_event_log(service->settings, "warning",
                    "the system allows %llu file descriptors, so there are at most %zu connections, not %zu; raise the limit "
                    "(ulimit -n, LimitNOFILE=) or lower --max-connections",
                    (unsigned long long)limit.rlim_cur, service->max_connections, wanted);
}

nomen_status nomen_service_run(const nomen_serve_settings *settings, nomen_error *err) {
    nomen_service service = {.settings = settings};
    nomen_loop *loop = NULL;
    nomen_status status;
    block_signals();
    raise_limit(&service);
    if (settings->keys != NULL) { NOMEN_TRY(nomen_keys_read(settings->keys, &service.keys, err)); }
    NOMEN_TRY(nomen_listeners_open(settings, &service.listeners, err)); /* first: an address in use is told at once */
    NOMEN_TRY(nomen_metrics_create(&service.metrics, err));
    NOMEN_TRY(nomen_waiting_create(&service.waiting, err));
    NOMEN_TRY(nomen_models_create(settings, nomen_work_ticket_done, &service.models, err));
    NOMEN_TRY(nomen_helper_create(&service.helper, err));
    NOMEN_TRY(nomen_loop_create(&service, &loop, err));
    NOMEN_TRY(open_signals(loop, err));
    NOMEN_TRY(start_http(loop, err));
    NOMEN_TRY(watch_listeners(loop, err));
    for (size_t i = 0; i < service.listeners.n; i++) {
        nomen_event_log(settings, "info", "listening on %s", service.listeners.names[i]);
    }
    nomen_notify("READY=1");
    status = run_loop(loop, err);
done:
    if (loop != NULL && loop->http != NULL) { MHD_stop_daemon(loop->http); }
    nomen_helper_free(service.helper);
    nomen_waiting_free(service.waiting);
    nomen_models_free(service.models);
    nomen_loop_free(loop);
    nomen_metrics_free(service.metrics);
    nomen_listeners_close(&service.listeners);
    nomen_keys_free(service.keys);
    if (status == NOMEN_OK) { nomen_event_log(settings, "info", "stopped"); }
    return status;
}
