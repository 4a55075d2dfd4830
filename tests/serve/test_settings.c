/* Settings: defaults, the file, variables, options, what can't stand together, and that a printed file reads back as the same. */
#include "support/cmocka_all.h"
#include "support/scratch.h"

#include "base/mem.h"
#include "serve/settings_table.h"

static char directory[64];

static const char *write_file(const char *text) {
    static char path[192];
    FILE *file = fopen(scratch_path(directory, "config.json", path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    return path;
}

static nomen_settings defaults(void) {
    nomen_settings settings = {0};
    assert_int_equal(nomen_settings_defaults(&settings, NULL), NOMEN_OK);
    return settings;
}

static void defaults_are_those_of_the_header(void **state) {
    (void)state;
    nomen_settings s = defaults();
    assert_int_equal(s.models.n, 0);
    assert_null(s.models_dir);
    assert_int_equal(s.listen.n, 1);
    assert_string_equal(s.listen.items[0], "127.0.0.1:8080");
    assert_int_equal(s.max_body, 16 << 20);
    assert_int_equal(s.max_inputs, 100000);
    assert_int_equal(s.max_text, 0);
    assert_int_equal(s.max_json_depth, 32);
    assert_int_equal(s.max_header, 16 << 10);
    assert_int_equal(s.max_connections, 4096);
    assert_int_equal(s.max_queue_ms, 1000);
    assert_int_equal(s.min_body_rate, 1024);
    assert_true(s.timeout == 60 && s.head_timeout == 10 && s.keep_alive == 60 && s.stop_timeout == 30 && s.stop_delay == 0);
    assert_true(s.log_form == NOMEN_LOG_TEXT && !s.log_text && !s.quiet && !s.no_page && !s.no_auth && !s.int8);
    nomen_settings_clear(&s);
}

static void a_setting_has_one_name(void **state) {
    (void)state;
    char name[NOMEN_SETTING_NAME_SIZE];
    size_t n;
    const nomen_setting *table = nomen_settings_table(&n);
    const nomen_setting *setting = nomen_setting_find("max_queue_ms", nomen_setting_key);
    assert_non_null(setting);
    assert_string_equal(setting->name, "max-queue-ms");
    nomen_setting_variable(setting, name);
    assert_string_equal(name, "NOMEN_SERVE_MAX_QUEUE_MS");
    assert_null(nomen_setting_find("config", nomen_setting_key));
    for (size_t i = 0; i < n; i++) {
        nomen_setting_key(&table[i], name);
        assert_ptr_equal(nomen_setting_find(name, nomen_setting_key), &table[i]); /* no name twice */
        assert_true(strlen(table[i].name) + sizeof NOMEN_SETTING_PREFIX < NOMEN_SETTING_NAME_SIZE);
    }
}

static void a_file_is_read(void **state) {
    (void)state;
    nomen_settings s = defaults();
    nomen_error err = {0};
    const char *path = write_file("\xEF\xBB\xBF{\r\n \"model\": [\"ner=/m/a\", \"/m/b,c\"], \"listen\": [\"[::1]:80\", \":81\"],"
                                  "\"max_queue_ms\": 500, \"max_body\": \"1MiB\", \"max_text\": 1000, \"timeout\": 2,"
                                  "\"keep_alive\": 0.5, \"log_format\": \"json\", \"quiet\": true, \"keys\": \"/k\","
                                  "\"models_dir\": null}\r\n");
    assert_int_equal(nomen_settings_read_file(&s, path, &err), NOMEN_OK);
    assert_int_equal(s.models.n, 2);
    assert_string_equal(s.models.items[1], "/m/b,c");
    assert_int_equal(s.listen.n, 2);
    assert_string_equal(s.listen.items[0], "[::1]:80");
    assert_int_equal(s.max_queue_ms, 500);
    assert_int_equal(s.max_body, 1 << 20);
    assert_int_equal(s.max_text, 1000);
    assert_true(s.timeout == 2 && s.keep_alive == 0.5 && s.log_form == NOMEN_LOG_JSON && s.quiet);
    assert_string_equal(s.keys, "/k");
    assert_null(s.models_dir);
    assert_string_equal(s.config, path);
    nomen_settings_clear(&s);
}

static void a_file_that_is_wrong_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "is empty; expected a JSON object of settings"},
        {" \n", "is empty"},
        {"[]", "is a list, expected a JSON object"},
        {"{\"quiet\": true,}", "config.json:1:"},
        {"{\"quiet\": true, \"quiet\": false}", "duplicate"},
        {"{\"max_queue_ms\": \"500\"}", "config.json: \"max_queue_ms\" is a string, expected a whole number"},
        {"{\"max_queue_ms\": 5.5}", "\"max_queue_ms\" is a number, expected a whole number"},
        {"{\"max_queue_ms\": 0}", "\"max_queue_ms\": 0 is out of range; expected a number from 1 to"},
        {"{\"max_queue_ms\": -1}", "out of range"},
        {"{\"max_json_depth\": 1001}", "out of range; expected a number from 4 to 1000"},
        {"{\"max_queue_ms\": 99999999999999999999999}", "is a number, expected a whole number"},
        {"{\"max_body\": \"16 bananas\"}", "config.json: \"max_body\": \"16 bananas\" is not a number of bytes"},
        {"{\"max_body\": 0}", "out of range"},
        {"{\"timeout\": \"60\"}", "\"timeout\" is a string, expected a number of seconds"},
        {"{\"timeout\": 0}", "\"timeout\": 0 is out of range"},
        {"{\"quiet\": 1}", "\"quiet\" is a whole number, expected true or false"},
        {"{\"quiet\": \"true\"}", "\"quiet\" is a string, expected true or false"},
        {"{\"listen\": \"127.0.0.1:8080\"}", "\"listen\" is a string, expected a list of strings"},
        {"{\"listen\": [8080]}", "\"listen\": item 1 is a whole number, expected a string"},
        {"{\"listen\": [\":1\", \"\"]}", "\"listen\": item 2 is empty"},
        {"{\"listen\": []}", "is an empty list; leave the key out for [\"127.0.0.1:8080\"]"},
        {"{\"keys\": \"\"}", "\"keys\" is empty; leave the key out"},
        {"{\"keys\": \"a\\u0000b\"}", "not valid JSON"},
        {"{\"log_format\": \"xml\"}", "\"xml\" is no form of log; choose text or json"},
        {"{\"max-queue-ms\": 5}", "there is no setting \"max-queue-ms\"; did you mean max_queue_ms?"},
        {"{\"models\": []}", "there is no setting \"models\"; did you mean model?"},
        {"{\"workers\": 5}", "there is no setting \"workers\"; known are model, models_dir, int8"},
        {"{\"config\": \"other\"}", "there is no setting \"config\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_settings s = defaults();
        nomen_error err = {0};
        const char *path = write_file(cases[i].text);
        if (nomen_settings_read_file(&s, path, &err) == NOMEN_OK) { fail_msg("%s: was read", cases[i].text); }
        if (strstr(err.message, cases[i].message) == NULL) { fail_msg("%s: %s", cases[i].text, err.message); }
        assert_memory_equal(err.message, path, strlen(path));
        nomen_settings_clear(&s);
    }
    nomen_settings s = defaults();
    nomen_error err = {0};
    assert_int_equal(nomen_settings_read_file(&s, "/nowhere/x.json", &err), NOMEN_ERROR_IO);
    nomen_settings_clear(&s);
}

static void variables_win_over_the_file(void **state) {
    (void)state;
    const char *const environment[] = {"HOME=/root",
                                       "NOMEN_SERVE_MAX_QUEUE_MS=7\r",
                                       "NOMEN_SERVE_LISTEN=127.0.0.1:1, [::1]:2 ,",
                                       "NOMEN_SERVE_MODEL=a,b=c",
                                       "NOMEN_SERVE_KEYS=",
                                       "NOMEN_SERVE_TIMEOUT= ",
                                       "NOMEN_SERVE_QUIET=off",
                                       "NOMEN_SERVE_MAX_BODY=2M",
                                       "NOMEN_SERVE_CONFIG=x",
                                       "NOMEN_SERVER=other",
                                       NULL};
    nomen_settings s = defaults();
    nomen_error err = {0};
    const char *path =
        write_file("{\"max_queue_ms\": 500, \"listen\": [\":3\"], \"keys\": \"/k\", \"timeout\": 5, \"quiet\": true}");
    assert_int_equal(nomen_settings_read_file(&s, path, &err), NOMEN_OK);
    assert_int_equal(nomen_settings_read_environment(&s, (char *const *)environment, &err), NOMEN_OK);
    assert_int_equal(s.max_queue_ms, 7);
    assert_int_equal(s.listen.n, 2); /* in place of the file's */
    assert_string_equal(s.listen.items[1], "[::1]:2");
    assert_int_equal(s.models.n, 2);
    assert_string_equal(s.models.items[1], "b=c");
    assert_string_equal(s.keys, "/k"); /* an empty variable takes no keys away */
    assert_true(s.timeout == 5 && !s.quiet);
    assert_int_equal(s.max_body, 2000000);
    nomen_settings_clear(&s);
}

static void variables_that_are_wrong_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *variable, *message;
    } cases[] = {
        {"NOMEN_SERVE_MAX_QUEUE=7", "no setting; did you mean NOMEN_SERVE_MAX_QUEUE_MS?"},
        {"NOMEN_SERVE_MAX=7", "the variable NOMEN_SERVE_MAX is no setting; known are NOMEN_SERVE_MODEL, "},
        {"NOMEN_SERVE_MODELS=x", "the variable NOMEN_SERVE_MODELS is no setting; did you mean NOMEN_SERVE_MODEL?"},
        {"NOMEN_SERVE_LISTENS=x", "did you mean NOMEN_SERVE_LISTEN?"},
        {"NOMEN_SERVE_=x", "is no setting"},
        {"NOMEN_SERVE_PORT=8080", "the variable NOMEN_SERVE_PORT is no setting"},
        {"NOMEN_SERVE_TIMEOUT=60s", "NOMEN_SERVE_TIMEOUT: \"60s\" is not a number of seconds"},
        {"NOMEN_SERVE_TIMEOUT=nan", "is not a number of seconds"},
        {"NOMEN_SERVE_TIMEOUT=1e999", "is not a number of seconds"},
        {"NOMEN_SERVE_TIMEOUT=0,5", "is not a number of seconds"},
        {"NOMEN_SERVE_TIMEOUT=-1", "out of range"},
        {"NOMEN_SERVE_MAX_INPUTS=-1", "is not a whole number"},
        {"NOMEN_SERVE_MAX_INPUTS=0x10", "is not a whole number"},
        {"NOMEN_SERVE_MAX_INPUTS=99999999999999999999999", "is not a whole number"},
        {"NOMEN_SERVE_MAX_BODY=big", "is not a number of bytes"},
        {"NOMEN_SERVE_QUIET=maybe", "is neither true (yes, on, 1) nor false"},
        {"NOMEN_SERVE_MODEL=\"/m\"", "NOMEN_SERVE_MODEL: the value is within quotes"},
        {"NOMEN_SERVE_MODEL='/m'\r", "within quotes"},
        {"NOMEN_SERVE_LISTEN=,,", "holds commas alone"},
        {"NOMEN_SERVE_LOG_FORMAT=JSON", "choose text or json"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char variable[128];
        const char *const environment[] = {variable, NULL};
        nomen_settings s = defaults();
        nomen_error err = {0};
        snprintf(variable, sizeof variable, "%s", cases[i].variable);
        assert_int_equal(nomen_settings_read_environment(&s, (char *const *)environment, &err), NOMEN_ERROR_ARGUMENT);
        if (strstr(err.message, cases[i].message) == NULL) { fail_msg("%s: %s", variable, err.message); }
        nomen_settings_clear(&s);
    }
}

/* Services that are called nomen-serve, or nomen-serve-gpu, put variables into every pod beside them. */
static void variables_of_kubernetes_are_no_settings(void **state) {
    (void)state;
    const char *const environment[] = {"NOMEN_SERVE_PORT=tcp://10.0.0.1:80",
                                       "NOMEN_SERVE_PORT_80_TCP_ADDR=10.0.0.1",
                                       "NOMEN_SERVE_SERVICE_PORT_HTTP=80",
                                       "NOMEN_SERVE_SERVICE_HOST=10.0.0.1",
                                       "NOMEN_SERVE_GPU_SERVICE_HOST=10.0.0.2",
                                       "NOMEN_SERVE_GPU_PORT=tcp://10.0.0.2:80",
                                       NULL};
    const char *const others[] = {"NOMEN_SERVE_SERVICE_HOST=10.0.0.1", "NOMEN_SERVE_MAX_QUEUE=5", NULL};
    nomen_settings s = defaults();
    assert_int_equal(nomen_settings_read_environment(&s, (char *const *)environment, NULL), NOMEN_OK);
    assert_int_equal(nomen_settings_read_environment(&s, (char *const *)others, NULL), NOMEN_ERROR_ARGUMENT);
    nomen_settings_clear(&s);
}

static void options_are_set(void **state) {
    (void)state;
    nomen_settings s = defaults();
    nomen_error err = {0};
    const char *const models[] = {"a,b", "x=c"}, *const hosts[] = {"one, two", "three"}, *const counts[] = {"1", "2"};
    const char *const empty[] = {"a", ""};
    const nomen_setting *model = nomen_setting_find("model", nomen_setting_key);
    const nomen_setting *allowed = nomen_setting_find("allowed_hosts", nomen_setting_key);
    const nomen_setting *threads = nomen_setting_find("threads", nomen_setting_key);
    assert_int_equal(nomen_setting_set(&s, model, models, 2, false, "--model", &err), NOMEN_OK);
    assert_int_equal(nomen_setting_set(&s, allowed, hosts, 2, false, "--allowed-hosts", &err), NOMEN_OK);
    assert_int_equal(nomen_setting_set(&s, threads, counts, 2, false, "--threads", &err), NOMEN_OK);
    assert_int_equal(s.models.n, 2);
    assert_string_equal(s.models.items[0], "a,b"); /* a directory's name may have a comma */
    assert_int_equal(s.allowed_hosts.n, 3);
    assert_string_equal(s.allowed_hosts.items[1], "two");
    assert_int_equal(s.threads, 2);
    assert_int_equal(nomen_setting_set(&s, model, empty, 2, false, "--model", &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "--model: the value is empty; is a variable of the shell not set?");
    assert_int_equal(s.models.n, 2); /* as it was */
    nomen_settings_clear(&s);
}

/* A value of each kind that is no default. */
static const char *other_value(nomen_setting_kind kind) {
    switch (kind) {
    case NOMEN_SETTING_TEXT: return "/a \"path\"/\xC3\xA4";
    case NOMEN_SETTING_LIST:
    case NOMEN_SETTING_COMMAS: return "x=y";
    case NOMEN_SETTING_FLAG: return "true";
    case NOMEN_SETTING_COUNT: return "63";
    case NOMEN_SETTING_BYTES: return "2KiB";
    case NOMEN_SETTING_SECONDS: return "0.123";
    case NOMEN_SETTING_LOG_FORM: return "json";
    }
    return "";
}

static void what_is_printed_reads_back(void **state) {
    (void)state;
    size_t n;
    const nomen_setting *table = nomen_settings_table(&n);
    for (int changed = 0; changed < 2; changed++) {
        nomen_settings s = defaults(), back = {0};
        nomen_buffer first = {0}, second = {0};
        nomen_error err = {0};
        for (size_t i = 0; changed && i < n; i++) {
            const char *text = other_value(table[i].kind);
            assert_int_equal(nomen_setting_set(&s, &table[i], &text, 1, false, table[i].name, &err), NOMEN_OK);
        }
        assert_int_equal(nomen_settings_print(&s, &first, &err), NOMEN_OK);
        assert_int_equal(nomen_settings_read_file(&back, write_file(first.data), &err), NOMEN_OK);
        assert_int_equal(nomen_settings_print(&back, &second, &err), NOMEN_OK);
        assert_string_equal(first.data, second.data);
        assert_non_null(strstr(first.data, changed ? "\"keep_alive\": 0.123" : "\"keep_alive\": 60,"));
        nomen_buffer_clear(&first);
        nomen_buffer_clear(&second);
        nomen_settings_clear(&s);
        nomen_settings_clear(&back);
    }
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *file, *message;
    } cases[] = {
        {"{\"model\": [\"m\"]}", NULL},
        {"{\"models_dir\": \"m\"}", NULL},
        {"{\"model\": [\"m\"], \"allowed_hosts\": [\"a\", \"a:80\", \"[::1]\", \"[::1]:80\", \"*\"]}", NULL},
        {"{\"model\": [\"m\"], \"timeout\": 1}", NULL},
        {"{}", "there is no model to serve; give one by --model DIR, the variable NOMEN_SERVE_MODEL"},
        {"{\"model\": [\"m\"], \"keys\": \"k\", \"no_auth\": true}", "keys (k) and no-auth are both set"},
        {"{\"model\": [\"m\"], \"log_text\": true, \"quiet\": true}", "log-text and quiet are both set"},
        {"{\"model\": [\"m\"], \"max_text\": 20, \"max_body\": 10}", "max-text is 20 bytes, more than max-body, 10"},
        {"{\"model\": [\"m\", \"m\"]}", "model: \"m\" is given twice"},
        {"{\"model\": [\"m\"], \"listen\": [\":1\", \":1\"]}", "listen: \":1\" is given twice"},
        {"{\"model\": [\"m\"], \"allowed_hosts\": [\"https://a\"]}", "is an address of a page"},
        {"{\"model\": [\"m\"], \"allowed_hosts\": [\"a b\"]}", "separate hosts by commas"},
        {"{\"model\": [\"m\"], \"allowed_hosts\": [\"::1\"]}", "an IPv6 address stands in brackets"},
        {"{\"model\": [\"m\"], \"allowed_hosts\": [\"*.example.org\"]}", "only * alone"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_settings s = defaults();
        nomen_error err = {0};
        assert_int_equal(nomen_settings_read_file(&s, write_file(cases[i].file), &err), NOMEN_OK);
        nomen_status status = nomen_settings_check(&s, &err);
        assert_int_equal(status, cases[i].message == NULL ? NOMEN_OK : NOMEN_ERROR_ARGUMENT);
        if (cases[i].message != NULL && strstr(err.message, cases[i].message) == NULL) {
            fail_msg("%s: %s", cases[i].file, err.message);
        }
        nomen_settings_clear(&s);
    }
}

/* Each request of memory fails once: an error, and nothing is lost or left over. */
static void without_memory(void **state) {
    (void)state;
    const char *path = write_file("{\"model\": [\"a\", \"b\"], \"keys\": \"k\", \"timeout\": 5, \"max_body\": \"1MiB\"}");
    const char *const environment[] = {"NOMEN_SERVE_MODEL=a,b", "NOMEN_SERVE_KEYS=k", NULL};
    bool done = false;
    for (long i = 0, n_requests = 1; i < n_requests; i++) {
        long live = nomen_mem_test_live();
        nomen_settings s = {0};
        nomen_buffer out = {0};
        nomen_error err = {0};
        nomen_mem_test_fail(i, 0);
        done = nomen_settings_defaults(&s, &err) == NOMEN_OK && nomen_settings_read_file(&s, path, &err) == NOMEN_OK &&
               nomen_settings_read_environment(&s, (char *const *)environment, &err) == NOMEN_OK &&
               nomen_settings_print(&s, &out, &err) == NOMEN_OK;
        n_requests = nomen_mem_test_requests() + (done ? 0 : i + 2);
        nomen_mem_test_fail(-1, 0);
        if (!done) { assert_int_equal(err.status, NOMEN_ERROR_MEMORY); }
        nomen_buffer_clear(&out);
        nomen_settings_clear(&s);
        assert_int_equal(nomen_mem_test_live(), live);
    }
    assert_true(done);
}

static int set_up(void **state) {
    (void)state;
    return scratch_make(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(directory);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_header),
        cmocka_unit_test(a_setting_has_one_name),
        cmocka_unit_test(a_file_is_read),
        cmocka_unit_test(a_file_that_is_wrong_is_refused),
        cmocka_unit_test(variables_win_over_the_file),
        cmocka_unit_test(variables_that_are_wrong_are_refused),
        cmocka_unit_test(variables_of_kubernetes_are_no_settings),
        cmocka_unit_test(options_are_set),
        cmocka_unit_test(what_is_printed_reads_back),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
