/* Handlers without connections; see the header. */
#include "serve/handling.h"

#include "base/mem.h"
#include "serve/stubs.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

char handling_root[64];
nomen_settings handling_settings;
nomen_service handling_service;
static char items[1][256];
static char *list[1];

int handling_start(void **state) {
    (void)state;
    nomen_error err = {0};
    tiny_model spec = tiny_model_defaults();
    char path[192];
    if (scratch_make(handling_root) == NULL) { return -1; }
    if (tiny_model_write(scratch_path(handling_root, "tiny", path), &spec, &err) != NOMEN_OK) { return -1; }
    snprintf(items[0], sizeof items[0], "%s", path);
    spec.seed++;
    if (tiny_model_write(scratch_path(handling_root, "other", path), &spec, &err) != NOMEN_OK) { return -1; }
    list[0] = items[0];
    handling_settings = (nomen_settings){.models = {.items = list, .n = 1},
                                         .models_dir = handling_root,
                                         .threads = 1,
                                         .max_body = 1 << 20,
                                         .max_inputs = 100,
                                         .max_json_depth = 32,
                                         .timeout = 60};
    handling_service = (nomen_service){.settings = &handling_settings};
    if (nomen_metrics_create(&handling_service.metrics, &err) != NOMEN_OK ||
        nomen_models_create(&handling_settings, NULL, &handling_service.models, &err) != NOMEN_OK) {
        fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    return 0;
}

int handling_end(void **state) {
    (void)state;
    nomen_models_free(handling_service.models);
    nomen_metrics_free(handling_service.metrics);
    scratch_remove(handling_root);
    return nomen_mem_test_live() == 0 ? 0 : -1;
}

static char *copy(const char *text) {
    char *own = nomen_mem_copy(text, strlen(text));
    assert_non_null(own);
    return own;
}

nomen_exchange *handling_make(unsigned method, const char *path, const char *body) {
    nomen_exchange *exchange = NULL;
    unsigned allowed = 0;
    assert_int_equal(NOMEN_NEW(exchange, 1, NULL), NOMEN_OK);
    exchange->service = &handling_service;
    exchange->method = method;
    exchange->path = copy(path);
    exchange->role = NOMEN_ROLE_ADMIN;
    exchange->sent = body != NULL ? NOMEN_MEDIA_JSON : NOMEN_MEDIA_NONE;
    exchange->route = nomen_route_find(exchange->path, method, &allowed, &exchange->name);
    assert_non_null(exchange->route);
    if (body != NULL) { assert_int_equal(nomen_buffer_append_text(&exchange->body, body, NULL), NOMEN_OK); }
    return exchange;
}

/* Tags the texts by the model's queue, as a service does. */
static nomen_status tag(nomen_exchange *exchange, nomen_error *err) {
    nomen_ticket *ticket = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_queue_submit(exchange->served->queue, exchange->texts, exchange->n_texts, &exchange->request,
                                 NOMEN_TEXTS_BORROWED, &ticket, err));
    NOMEN_TRY(nomen_ticket_wait(ticket, &exchange->results, err));
done:
    nomen_ticket_free(ticket);
    return status;
}

static nomen_status run(nomen_exchange *exchange, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(exchange->route->begin(exchange, err));
    if (exchange->route->waits) { stubs_wait_done(); }
    if (exchange->texts != NULL) { NOMEN_TRY(tag(exchange, err)); }
    if (exchange->streams) {
        for (size_t i = 0; i < exchange->n_texts; i++) {
            NOMEN_TRY(exchange->route->line(exchange, exchange->results, i, i, &exchange->answer.body, err));
        }
        exchange->answer.status = 200;
        exchange->answer.type = NOMEN_TYPE_LINES;
    } else if (exchange->answer.status == 0) {
        NOMEN_TRY(exchange->route->finish(exchange, err));
    }
done:
    return status;
}

void handling_run(nomen_exchange *exchange) {
    nomen_error err = {0};
    nomen_status status = run(exchange, &err);
    assert_int_equal(status == NOMEN_OK, err.status == NOMEN_OK);
    if (status != NOMEN_OK && exchange->answer.status == 0) { nomen_answer_failure(&exchange->answer, status, &err); }
}

nomen_exchange *handling_ask(unsigned method, const char *path, const char *body) {
    nomen_exchange *exchange = handling_make(method, path, body);
    handling_run(exchange);
    return exchange;
}

const char *handling_text(const nomen_exchange *exchange) {
    const nomen_answer *answer = &exchange->answer;
    return answer->bytes != NULL ? answer->bytes : answer->body.data != NULL ? answer->body.data : "";
}

void handling_free(nomen_exchange *exchange) {
    json_decref(exchange->json);
    nomen_results_free(exchange->results);
    nomen_mem_free(exchange->texts);
    if (exchange->state != NULL) { exchange->free_state(exchange->state); }
    nomen_served_drop(exchange->served);
    nomen_answer_clear(&exchange->answer);
    nomen_buffer_clear(&exchange->body);
    nomen_mem_free(exchange->path);
    nomen_mem_free(exchange->query);
    nomen_mem_free(exchange);
}
