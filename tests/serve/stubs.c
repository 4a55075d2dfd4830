/* What handlers and models use of the service's other parts; see the header. */
#include "serve/stubs.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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

/* Escapes of two digits, and "+" for a space. */
nomen_status nomen_exchange_query(const nomen_exchange *exchange, const char *name, char **out, nomen_error *err) {
    size_t n_name = strlen(name);
    *out = NULL;
    for (const char *at = exchange->query; at != NULL; at = strchr(at, '&')) {
        at += *at == '&';
        if (strncmp(at, name, n_name) != 0 || at[n_name] != '=') { continue; }
        const char *value = at + n_name + 1;
        size_t n = strcspn(value, "&"), used = 0;
        char *text = nomen_mem_copy(value, n);
        if (text == NULL) { return nomen_error_memory(err, n, 1); }
        for (size_t i = 0; i < n; i++) {
            char digits[3] = {0};
            if (value[i] != '%') {
                text[used++] = value[i] == '+' ? ' ' : value[i];
                continue;
            }
            memcpy(digits, value + i + 1, 2);
            text[used++] = (char)strtoul(digits, NULL, 16);
            i += 2;
        }
        text[used] = '\0';
        *out = text;
        return NOMEN_OK;
    }
    return NOMEN_OK;
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
