/* What handlers and models use of the service's other parts; see the header. */
#include "serve/stubs.h"

#include <semaphore.h>

#include "serve/access_log.h"
#include "serve/service.h"

static sem_t done;

__attribute__((constructor)) static void start(void) {
    sem_init(&done, 0, 0);
}

void nomen_exchange_done(nomen_exchange *exchange) {
    (void)exchange;
    sem_post(&done);
}

void stubs_wait_done(void) {
    while (sem_wait(&done) != 0) {}
}

void nomen_service_gauges(nomen_service *service, nomen_gauges *out) {
    (void)service;
    *out = (nomen_gauges){.connections = 3, .waiting_requests = 2, .waiting_bytes = 100, .running_requests = 1};
}

void nomen_event_log(const nomen_settings *settings, const char *level, const char *format, ...) {
    (void)settings;
    (void)level;
    (void)format;
}
