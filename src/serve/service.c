/* What is shared in a service; see the header. */
#include "serve/service.h"

#include "serve/waiting.h"

void nomen_service_gauges(nomen_service *service, nomen_gauges *out) {
    *out = (nomen_gauges){.connections = service->n_connections};
    nomen_waiting_count(service->waiting, &out->waiting_requests, &out->waiting_bytes, &out->running_requests);
}
