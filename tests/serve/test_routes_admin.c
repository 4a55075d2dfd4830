/* The table of routes, what the service says of itself, changes of models, and failures of memory. */
#include "base/json.h"
#include "base/mem.h"
#include "nomen/version.h"
#include "serve/handling.h"
#include "support/cmocka_all.h"

enum { GET = NOMEN_METHOD_GET, POST = NOMEN_METHOD_POST, DELETE = NOMEN_METHOD_DELETE };

static void ask(unsigned method, const char *path, const char *body, unsigned status, const char *part) {
    nomen_exchange *x = handling_ask(method, path, body);
    if (x->answer.status != status || strstr(handling_text(x), part) == NULL) {
        fail_msg("%s: %u %s, not %u with %s", path, x->answer.status, handling_text(x), status, part);
    }
    handling_free(x);
}

static void test_find(void **state) {
    (void)state;
    unsigned allowed = 0;
    const char *name = NULL;
    assert_non_null(nomen_route_find("/tag", POST, &allowed, &name));
    assert_null(nomen_route_find("/tag", GET, &allowed, &name));
    assert_int_equal(allowed, POST);
    assert_null(nomen_route_find("/", DELETE, &allowed, &name));
    assert_int_equal(allowed, GET | POST);
    assert_null(nomen_route_find("/tag/", POST, &allowed, &name));
    assert_int_equal(allowed, 0);
    assert_null(nomen_route_find("/models/", POST, &allowed, &name));
    assert_int_equal(allowed, 0);
    assert_null(nomen_route_find("/models", POST, &allowed, &name));
    assert_non_null(nomen_route_find("/models/org/x", POST, &allowed, &name));
    assert_string_equal(name, "org/x");
    assert_null(nomen_route_find("/models/x", GET, &allowed, &name));
    assert_int_equal(allowed, POST);
    assert_string_equal(name, "");
    assert_null(nomen_route_find("/admin/models/x", GET, &allowed, &name));
    assert_int_equal(allowed, POST | DELETE);
    assert_null(nomen_route_find("", GET, &allowed, &name));
}

static void test_table(void **state) {
    (void)state;
    size_t n = 0;
    const nomen_route *routes = nomen_routes(&n);
    for (size_t i = 0; i < n; i++) {
        const nomen_route *r = &routes[i];
        assert_true(r->path[0] == '/' && r->begin != NULL && r->series != NULL);
        assert_false(r->waits && r->finish == NULL);
        assert_false(r->method == GET && (r->takes_json || r->takes_text));
        assert_int_equal(r->role == NOMEN_KEY_ADMIN, strncmp(r->path, "/admin", 6) == 0);
        bool page = r->method == GET && (strcmp(r->path, "/") == 0 || strncmp(r->path, "/page.", 6) == 0);
        bool open = page || strcmp(r->path, "/health") == 0 || strcmp(r->path, "/ready") == 0;
        assert_int_equal(r->role == NOMEN_KEY_NONE, open);
    }
}

/* Each route is described, and nothing else. */
static void test_openapi(void **state) {
    (void)state;
    json_t *description = NULL;
    nomen_error err = {0};
    size_t n = 0, n_described = 0;
    const char *path;
    json_t *methods;
    nomen_exchange *x = handling_ask(GET, "/openapi.json", NULL);
    assert_int_equal(x->answer.status, 200);
    if (nomen_json_parse((const char *)x->answer.bytes, x->answer.n_bytes, "openapi.json", &description, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    assert_string_equal(json_string_value(json_object_get(json_object_get(description, "info"), "version")), NOMEN_VERSION);
    const nomen_route *routes = nomen_routes(&n);
    for (size_t i = 0; i < n; i++) {
        char name[100];
        const char *method = routes[i].method == GET ? "get" : routes[i].method == POST ? "post" : "delete";
        size_t length = strcspn(routes[i].path, "*");
        snprintf(name, sizeof name, "%.*s%s", (int)length, routes[i].path, routes[i].path[length] != '\0' ? "{name}" : "");
        const json_t *found = json_object_get(json_object_get(json_object_get(description, "paths"), name), method);
        if (found == NULL) { fail_msg("%s %s is not described", method, name); }
        bool body = json_object_get(found, "requestBody") != NULL;
        assert_int_equal(body, routes[i].takes_json || routes[i].takes_text);
    }
    json_object_foreach(json_object_get(description, "paths"), path, methods) {
        n_described += json_object_size(methods);
    }
    assert_int_equal(n_described, n);
    json_decref(description);
    handling_free(x);
}

static void test_info(void **state) {
    (void)state;
    ask(GET, "/health", NULL, 200, "{\"status\":\"ok\"}\n");
    ask(GET, "/ready", NULL, 200, "{\"status\":\"ready\"}\n");
    handling_service.stopping = true;
    ask(GET, "/ready", NULL, 503, "the service is stopping");
    ask(GET, "/health", NULL, 200, "ok");
    handling_service.stopping = false;
    ask(GET, "/info", NULL, 200,
        "{\"nomen_version\":\"" NOMEN_VERSION "\",\"default_model\":\"tiny\",\"models\":[{\"name\":\"tiny\",\"labels\":[\"");
    ask(GET, "/info", NULL, 200, "\"limits\":{\"max_body\":1048576,\"max_inputs\":100,\"max_text\":1048576,");
    ask(GET, "/info", NULL, 200, "\"authentication\":false}\n");
    ask(GET, "/metrics", NULL, 200, "\nnomen_queue_size 2\n");
    ask(GET, "/metrics", NULL, 200, "\nnomen_model_tickets{model=\"tiny\"} 0\n");
    ask(GET, "/metrics", NULL, 200, "\nnomen_build_info{version=\"" NOMEN_VERSION "\",isa=\"");
    ask(GET, "/", NULL, 200, "");
}

static void test_admin(void **state) {
    (void)state;
    ask(GET, "/admin/models", NULL, 200, "{\"models\":[{\"name\":\"tiny\"");
    ask(POST, "/admin/models/other", "", 200, "{\"name\":\"other\"");
    ask(POST, "/admin/models/third", "{\"directory\": \"tiny\", \"int8\": true}", 200, "\"int8\":true");
    ask(POST, "/models/third", "{\"inputs\": \"\"}", 200, "[]");
    ask(POST, "/admin/reload", "", 200, "{\"name\":\"third\"");
    ask(POST, "/admin/reload", "{\"model\": \"third\"}", 200, "\"int8\":true");
    ask(POST, "/admin/reload", "{\"model\": null}", 200, "{\"name\":\"third\"");
    ask(DELETE, "/admin/models/third", NULL, 200, "{\"name\":\"other\"");
    ask(POST, "/models/third", "{\"inputs\": \"\"}", 404, "no model is called");
    ask(DELETE, "/admin/models/other", NULL, 200, "\"state\":\"ready\"}]}\n");
}

/* What is refused at once hands no order in. */
static void test_admin_refused(void **state) {
    (void)state;
    static const struct {
        unsigned method;
        const char *path, *body;
        unsigned status;
        const char *part;
    } cases[] = {
        {POST, "/admin/models/x", "{\"dir\": 1}", 422, "unknown key \\\"dir\\\"; known are directory, int8"},
        {POST, "/admin/models/x", "{\"int8\": 1}", 422, "\\\"int8\\\" is a whole number"},
        {POST, "/admin/models/x", "[]", 422, "is a list"},
        {POST, "/admin/reload", "{\"model\": \"\"}", 404, "no model is called \\\"\\\""},
        {POST, "/admin/reload", "{\"all\": true}", 422, "unknown key"},
        {POST, "/admin/reload", "{", 400, "not valid JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_exchange *x = handling_make(cases[i].method, cases[i].path, cases[i].body);
        nomen_error err = {0};
        nomen_status status = x->route->begin(x, &err);
        assert_int_not_equal(status, NOMEN_OK);
        if (x->answer.status == 0) { nomen_answer_failure(&x->answer, status, &err); }
        if (x->answer.status != cases[i].status || strstr(handling_text(x), cases[i].part) == NULL) {
            fail_msg("%s: %u %s", cases[i].body, x->answer.status, handling_text(x));
        }
        handling_free(x);
    }
    ask(POST, "/admin/models/nowhere", "", 404, "model nowhere: ");
    ask(POST, "/admin/models/x", "{\"directory\": \"../tiny\"}", 422, "without \\\"..\\\"");
    ask(POST, "/admin/models/a%20b", "", 422, "can't be the name of a model");
    ask(DELETE, "/admin/models/tiny", NULL, 409, "is the default model");
    ask(DELETE, "/admin/models/nobody", NULL, 404, "no model is called");
    nomen_exchange *x = handling_make(GET, "/admin/models", NULL);
    x->role = NOMEN_KEY_USER;
    handling_run(x);
    assert_int_equal(x->answer.status, 404);
    handling_free(x);
}

/* ---- memory ---- */

/* Each request for memory fails once, and then it and all after it, in begin and in finish; nothing is lost. */
static void fail_each(unsigned method, const char *path, const char *body, bool lasting) {
    for (long n = 0;; n++) {
        nomen_exchange *x = handling_make(method, path, body);
        nomen_error err = {0};
        nomen_mem_test_fail(n, lasting);
        nomen_status status = x->route->begin(x, &err);
        bool failed = nomen_mem_test_requests() > n;
        nomen_mem_test_fail(-1, 0);
        if (status == NOMEN_OK && x->texts != NULL) {
            nomen_ticket *ticket = NULL;
            assert_int_equal(
                nomen_queue_submit(x->served->queue, x->texts, x->n_texts, &x->request, NOMEN_TEXTS_COPIED, &ticket, &err),
                NOMEN_OK);
            assert_int_equal(nomen_ticket_wait(ticket, &x->results, &err), NOMEN_OK);
            nomen_ticket_free(ticket);
            for (long k = 0; !failed; k++) {
                nomen_buffer_clear(&x->answer.body);
                err = (nomen_error){0};
                nomen_mem_test_fail(k, lasting);
                nomen_status finished = x->route->finish(x, &err);
                bool late = nomen_mem_test_requests() > k;
                nomen_mem_test_fail(-1, 0);
                if (!late) {
                    assert_int_equal(finished, NOMEN_OK);
                    break;
                }
                assert_true(finished == NOMEN_OK || finished == NOMEN_ERROR_MEMORY);
            }
        }
        if (status != NOMEN_OK && x->answer.status == 0) { assert_int_equal(status, NOMEN_ERROR_MEMORY); }
        handling_free(x);
        if (!failed) { break; }
        assert_true(n < 10000);
    }
}

static void test_memory(void **state) {
    (void)state;
    static const struct {
        unsigned method;
        const char *path, *body;
    } cases[] = {
        {POST, "/tag",
         "{\"texts\": [\"bill gates\", {\"tokens\": [\"in\", \"london\"]}], \"types\": [\"per\"], \"threshold\": {\"per\": "
         "0.1}}"},
        {POST, "/", "{\"inputs\": [\"bill gates\"], \"parameters\": {\"ignore_labels\": [\"O\"]}}"},
        {POST, "/redact", "{\"texts\": [\"bill gates\", \"london\"], \"redact\": \"pseudonym\"}"},
        {POST, "/restore",
         "{\"texts\": [\"PER_1\", \"b\"], \"map\": {\"format\": \"nomen pseudonyms\", \"version\": 1, \"names\": "
         "[\"PER\"], \"originals\": {\"PER_1\": \"bill\"}}}"},
        {POST, "/tokenize", "{\"text\": \"bill gates\"}"},
        {POST, "/decode", "{\"ids\": [[1, 2], [3]]}"},
        {GET, "/info", NULL},
    };
    long before = nomen_mem_test_live();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int lasting = 0; lasting < 2; lasting++) {
            fail_each(cases[i].method, cases[i].path, cases[i].body, lasting != 0);
            assert_int_equal(nomen_mem_test_live(), before);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_find),    cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_openapi), cmocka_unit_test(test_info),
                                       cmocka_unit_test(test_admin),   cmocka_unit_test(test_admin_refused),
                                       cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, handling_start, handling_end);
}
