/* Targets and hosts of requests: what is taken apart how, and what is refused. Whole heads are tried on a running service. */
#include "base/mem.h"
#include "serve/head.h"
#include "support/cmocka_all.h"

static void split(const char *target, const char *path, const char *query) {
    nomen_exchange x = {0};
    assert_true(nomen_head_split(&x, target));
    assert_string_equal(x.path, path);
    if (query == NULL) {
        assert_null(x.query);
    } else {
        assert_string_equal(x.query, query);
    }
    nomen_mem_free(x.path);
    nomen_mem_free(x.query);
}

static void refused(const char *target) {
    nomen_exchange x = {0};
    assert_false(nomen_head_split(&x, target));
    assert_int_equal(x.answer.status, 400);
    assert_true(x.answer.close);
    nomen_answer_clear(&x.answer);
    nomen_mem_free(x.path);
    nomen_mem_free(x.query);
}

static void targets(void **state) {
    (void)state;
    split("/", "/", NULL);
    split("/tag?model=a%20b&x=", "/tag", "model=a%20b&x=");
    split("/models/org%2Fname", "/models/org/name", NULL);
    split("/%C3%A9", "/\xc3\xa9", NULL);
    split("/a+b", "/a+b", NULL);
    split("http://example.org/tag?a=1", "/tag", "a=1"); /* as to a proxy */
    split("/tag?", "/tag", "");
    refused("tag");
    refused("*");
    refused("http://example.org");
    refused("/%");
    refused("/%4");
    refused("/%zz");
    refused("/a%00b");
    refused("/models/x%0");
}

static void parameters(void **state) {
    (void)state;
    char query[] = "model=org%2Fname&types=per,geo&empty=&text=a+b%2B&text=second&bad=%zz&nul=%00";
    nomen_exchange x = {.query = query};
    nomen_error err = {0};
    static const char *const rows[][2] = {{"model", "org/name"}, {"types", "per,geo"}, {"empty", ""},
                                          {"text", "a b+"},      {"mode", NULL},       {"second", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *value = NULL;
        assert_int_equal(nomen_exchange_query(&x, rows[i][0], &value, &err), NOMEN_OK);
        if (rows[i][1] == NULL) {
            assert_null(value);
        } else {
            assert_string_equal(value, rows[i][1]);
        }
        nomen_mem_free(value);
    }
    char *value = NULL;
    assert_int_equal(nomen_exchange_query(&x, "bad", &value, &err), NOMEN_ERROR_FORMAT);
    assert_null(value);
    err = (nomen_error){0};
    assert_int_equal(nomen_exchange_query(&x, "nul", &value, &err), NOMEN_ERROR_FORMAT);
    x.query = NULL;
    assert_int_equal(nomen_exchange_query(&x, "model", &value, NULL), NOMEN_OK);
    assert_null(value);
}

/* Names that a name server could make lead here are refused, addresses are not. */
static void hosts(void **state) {
    (void)state;
    char listen[] = "ner.lan:8080", allowed[] = "ner.example.org", all[] = "*";
    char *listens[] = {listen}, *hosts_allowed[] = {allowed}, *any[] = {all};
    nomen_settings settings = {.listen = {listens, 1, 1}, .allowed_hosts = {hosts_allowed, 1, 1}};
    static const char *const known[] = {"localhost",          "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]",
                                        "ner.lan:8080",       "ner.lan",        "10.1.2.3:8080",  "[fe80::1]",  "ner.example.org",
                                        "NER.example.org:443"};
    static const char *const unknown[] = {"evil.example",
                                          "localhost.evil.example",
                                          "127.0.0.1.evil.example",
                                          "",
                                          "ner.example.org.evil",
                                          "lan",
                                          "xner.lan",
                                          "[::1].evil",
                                          "1.2.3.4.5"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!nomen_head_host_is_known(&settings, known[i])) { fail_msg("%s", known[i]); }
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        if (nomen_head_host_is_known(&settings, unknown[i])) { fail_msg("%s", unknown[i]); }
    }
    settings.allowed_hosts = (nomen_strings){any, 1, 1};
    assert_true(nomen_head_host_is_known(&settings, "evil.example"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(targets), cmocka_unit_test(parameters), cmocka_unit_test(hosts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
