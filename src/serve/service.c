/* The service from its start to its end; see the header. */
#include "serve/service.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "serve/access_log.h"
#include "serve/helper.h"
#include "serve/loop.h"
#include "serve/notify.h"
#include "serve/work.h"

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

/* Each connection takes a descriptor, and so do models and the rest. */
static nomen_status raise_limit(const nomen_settings *settings, nomen_error *err) {
    struct rlimit limit;
    rlim_t needed = (rlim_t)settings->max_connections + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) { return NOMEN_OK; }
    if (limit.rlim_max < needed) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT,
                               "%zu connections need %llu file descriptors, and the system allows %llu; take fewer by "
                               "--max-connections, or raise the limit (ulimit -n, LimitNOFILE=)",
                               settings->max_connections, (unsigned long long)needed, (unsigned long long)limit.rlim_max);
    }
    limit.rlim_cur = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_LIMIT, "the limit of file descriptors can't be raised to %llu",
                           (unsigned long long)needed);
}

static void announce(const nomen_service *service, nomen_served *served) {
    nomen_event_log(service->settings, "info", "model %s: %s, loaded in %.2f s%s", served->name, served->directory,
                    served->load_seconds, nomen_model_is_int8(served->model) ? ", int8" : "");
}

static void announce_one(void *user, nomen_served *served) {
    announce(user, served);
}

nomen_status nomen_service_run(const nomen_settings *settings, nomen_error *err) {
    nomen_service service = {.settings = settings};
    nomen_status status;
    block_signals();
    NOMEN_TRY(raise_limit(settings, err));
    if (settings->keys != NULL) { NOMEN_TRY(nomen_keys_read(settings->keys, &service.keys, err)); }
    NOMEN_TRY(nomen_listeners_open(settings, &service.listeners, err)); /* first: an address in use is told at once */
    NOMEN_TRY(nomen_metrics_create(&service.metrics, err));
    NOMEN_TRY(nomen_schedule_create(&service.schedule, err));
    NOMEN_TRY(nomen_models_create(settings, nomen_work_ticket_done, &service.models, err));
    NOMEN_TRY(nomen_helper_create(&service.helper, err));
    NOMEN_TRY(nomen_loop_create(&service, &service.loop, err));
    nomen_models_each(service.models, announce_one, &service);
    for (size_t i = 0; i < service.listeners.n; i++) {
        nomen_event_log(settings, "info", "listening on %s", service.listeners.names[i]);
    }
    nomen_notify("READY=1");
    status = nomen_loop_run(service.loop, err);
done:
    nomen_helper_free(service.helper);
    nomen_schedule_free(service.schedule);
    nomen_models_free(service.models);
    nomen_loop_free(service.loop);
    nomen_metrics_free(service.metrics);
    nomen_listeners_close(&service.listeners);
    nomen_keys_free(service.keys);
    if (status == NOMEN_OK) { nomen_event_log(settings, "info", "stopped"); }
    return status;
}

void nomen_service_gauges(nomen_service *service, nomen_gauges *out) {
    *out = (nomen_gauges){.connections = service->loop->n_connections};
    nomen_schedule_count(service->schedule, &out->waiting_requests, &out->waiting_bytes, &out->running_requests);
}
