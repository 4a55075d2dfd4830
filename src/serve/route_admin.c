/* /admin: which models are loaded, and changes of that, which the loading thread makes. */
#include <string.h>

#include "base/json_out.h"
#include "base/mem.h"
#include "serve/body.h"
#include "serve/handlers.h"
#include "serve/models.h"
#include "serve/service.h"

/* Without an admin's key, or without any such key at all, there is nothing here. head.c says so first. */
static nomen_status check_role(nomen_exchange *exchange, nomen_error *err) {
    if (exchange->role >= NOMEN_KEY_ADMIN) { return NOMEN_OK; }
    return nomen_refuse(exchange, err, 404, "there is nothing here without a key for administration");
}

static nomen_status write_models(nomen_exchange *exchange, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&exchange->answer.body, err);
    nomen_status status;
    nomen_json_begin_object(&json, NULL);
    nomen_json_begin_list(&json, "models");
    NOMEN_TRY(nomen_models_write(exchange->service->models, &json, err));
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    NOMEN_TRY(nomen_json_end_line(&json));
    exchange->answer.status = 200;
    exchange->answer.type = NOMEN_TYPE_JSON;
done:
    return status;
}

nomen_status nomen_admin_list_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_status status = check_role(exchange, err);
    return status == NOMEN_OK ? write_models(exchange, err) : status;
}

static void free_order(void *state) {
    nomen_model_order *order = state;
    nomen_mem_free(order->directory);
    nomen_mem_free(order);
}

static void order_done(void *user, nomen_model_order *order) {
    (void)order; /* the state of the exchange */
    nomen_exchange_done(user);
}

/* Makes the order that is the state of the exchange. Where the body is empty, exchange->json stays NULL. */
static nomen_status make_order(nomen_exchange *exchange, nomen_model_change change, const char *name, nomen_model_order **out,
                               nomen_error *err) {
    nomen_model_order *order = NULL;
    nomen_status status;
    NOMEN_TRY(check_role(exchange, err));
    NOMEN_TRY(NOMEN_NEW(order, 1, err));
    exchange->state = order;
    exchange->free_state = free_order;
    order->change = change;
    order->done = order_done;
    order->user = exchange;
    if (strlen(name) >= sizeof order->name) {
        NOMEN_FAIL(nomen_refuse(exchange, err, 404, "no model is called \"%.100s...\"; a name has at most 96 characters", name));
    }
    memcpy(order->name, name, strlen(name) + 1);
    if (exchange->body.size > 0) { NOMEN_TRY(nomen_body_parse(exchange, err)); }
    *out = order;
done:
    return status;
}

nomen_status nomen_admin_load_begin(nomen_exchange *exchange, nomen_error *err) {
    static const char *const known[] = {"directory", "int8", NULL};
    nomen_model_order *order = NULL;
    const char *directory = NULL;
    nomen_status status;
    NOMEN_TRY(make_order(exchange, NOMEN_MODEL_LOAD, exchange->name, &order, err));
    if (exchange->json != NULL) {
        NOMEN_TRY(nomen_body_check_keys(exchange->json, known, "", err));
        NOMEN_TRY(nomen_body_get_text(exchange->json, "directory", &directory, err));
        NOMEN_TRY(nomen_body_get_bool(exchange->json, "int8", &order->int8, err));
        order->int8_given = json_is_boolean(json_object_get(exchange->json, "int8"));
    }
    if (directory != NULL) { NOMEN_TRY(NOMEN_COPY(order->directory, directory, strlen(directory), err)); }
    nomen_models_change(exchange->service->models, order);
done:
    return status;
}

nomen_status nomen_admin_reload_begin(nomen_exchange *exchange, nomen_error *err) {
    static const char *const known[] = {"model", NULL};
    nomen_model_order *order = NULL;
    const char *name = "";
    nomen_status status;
    NOMEN_TRY(make_order(exchange, NOMEN_MODEL_RELOAD, "", &order, err));
    if (exchange->json != NULL) {
        NOMEN_TRY(nomen_body_check_keys(exchange->json, known, "", err));
        NOMEN_TRY(nomen_body_get_text(exchange->json, "model", &name, err));
        if (json_is_string(json_object_get(exchange->json, "model")) && (*name == '\0' || strlen(name) >= sizeof order->name)) {
            NOMEN_FAIL(nomen_refuse(exchange, err, 404, "no model is called \"%.100s\"", name));
        }
        memcpy(order->name, name, strlen(name) + 1);
    }
    nomen_models_change(exchange->service->models, order);
done:
    return status;
}

nomen_status nomen_admin_unload_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_model_order *order = NULL;
    nomen_status status = make_order(exchange, NOMEN_MODEL_UNLOAD, exchange->name, &order, err);
    if (status == NOMEN_OK) { nomen_models_change(exchange->service->models, order); }
    return status;
}

nomen_status nomen_admin_finish(nomen_exchange *exchange, nomen_error *err) {
    const nomen_model_order *order = exchange->state;
    if (order->http_status == 200) { return write_models(exchange, err); }
    nomen_answer_error(&exchange->answer, order->http_status, "%s", order->error.message);
    return NOMEN_OK;
}
