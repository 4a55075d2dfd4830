/* GET: what the service is, and how it is. */
#include <string.h>

#include "base/json_out.h"
#include "nomen/version.h"
#include "serve/body.h"
#include "serve/handlers.h"
#include "serve/service.h"

/* openapi.json, by nomen_embed. */
extern const unsigned char nomen_openapi[];
extern const size_t nomen_openapi_size;

static nomen_status end_json(nomen_exchange *exchange, nomen_json_out *json) {
    nomen_json_end_object(json);
    exchange->answer.status = 200;
    exchange->answer.type = NOMEN_TYPE_JSON;
    return nomen_json_end_line(json);
}

static void add_limits(const nomen_settings *settings, nomen_json_out *json) {
    nomen_json_begin_object(json, "limits");
    nomen_json_add_size(json, "max_body", settings->max_body);
    nomen_json_add_size(json, "max_inputs", settings->max_inputs);
    nomen_json_add_size(json, "max_text", settings->max_text > 0 ? settings->max_text : settings->max_body);
    nomen_json_add_size(json, "max_json_depth", settings->max_json_depth);
    nomen_json_add_size(json, "max_header", settings->max_header);
    nomen_json_add_size(json, "max_connections", settings->max_connections);
    nomen_json_add_size(json, "max_queue_ms", settings->max_queue_ms);
    if (settings->timeout == (double)(int64_t)settings->timeout) { /* "60", where the shortest form is "6e+01" */
        nomen_json_add_int(json, "timeout", (int64_t)settings->timeout);
    } else {
        nomen_json_add_number(json, "timeout", settings->timeout);
    }
    nomen_json_end_object(json);
}

nomen_status nomen_info_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_service *service = exchange->service;
    nomen_json_out json = nomen_json_start(&exchange->answer.body, err);
    nomen_served *first = nomen_models_find(service->models, NULL);
    nomen_status status;
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "nomen_version", nomen_version());
    nomen_json_add_text(&json, "default_model", first != NULL ? first->name : NULL);
    nomen_json_begin_list(&json, "models");
    NOMEN_TRY(nomen_models_write(service->models, &json, err));
    nomen_json_end_list(&json);
    add_limits(service->settings, &json);
    nomen_json_add_bool(&json, "authentication", service->keys != NULL);
    NOMEN_TRY(end_json(exchange, &json));
done:
    nomen_served_drop(first);
    return status;
}

nomen_status nomen_health_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&exchange->answer.body, err);
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "status", "ok");
    return end_json(exchange, &json);
}

nomen_status nomen_ready_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&exchange->answer.body, err);
    if (exchange->service->stopping) { return nomen_refuse(exchange, err, 503, "the service is stopping; ask another"); }
    if (!nomen_models_are_ready(exchange->service->models)) {
        return nomen_refuse(exchange, err, 503, "no model is loaded yet; try again later");
    }
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "status", "ready");
    return end_json(exchange, &json);
}

nomen_status nomen_metrics_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_service *service = exchange->service;
    nomen_gauges gauges = {0};
    nomen_service_gauges(service, &gauges);
    exchange->answer.status = 200;
    exchange->answer.type = "text/plain; version=0.0.4; charset=utf-8";
    return nomen_metrics_write(service->metrics, &gauges, service->models, &exchange->answer.body, err);
}

nomen_status nomen_openapi_begin(nomen_exchange *exchange, nomen_error *err) {
    (void)err;
    exchange->answer.status = 200;
    exchange->answer.type = NOMEN_TYPE_JSON;
    exchange->answer.bytes = nomen_openapi;
    exchange->answer.n_bytes = nomen_openapi_size;
    return NOMEN_OK;
}
