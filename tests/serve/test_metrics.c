/* The text for Prometheus, read by a strict parser: each metric's HELP and TYPE once and first, names and labels well formed,
 * no sample twice, buckets that never fall and end in +Inf with the count. */
#include "serve/metrics.h"

#include <ctype.h>
#include <math.h>

#include "base/mem.h"
#include "base/number.h"
#include "support/cmocka_all.h"

enum { MOST = 2000, LENGTH = 200 };

typedef struct sample {
    char name[LENGTH], labels[LENGTH];
    double value;
} sample;

typedef struct page {
    sample samples[MOST];
    size_t n;
} page;

static page read;

static size_t name_length(const char *at) {
    size_t n = 0;
    while (isalnum((unsigned char)at[n]) || at[n] == '_' || at[n] == ':') { n++; }
    return isdigit((unsigned char)*at) ? 0 : n;
}

/* The labels in braces; returns what follows. */
static const char *read_labels(const char *at, char out[LENGTH]) {
    const char *start = at;
    out[0] = '\0';
    if (*at != '{') { return at; }
    do {
        at++;
        size_t n = name_length(at);
        assert_true(n > 0);
        at += n;
        assert_true(at[0] == '=' && at[1] == '"');
        for (at += 2; *at != '"'; at++) {
            assert_true(*at != '\0' && *at != '\n');
            if (*at == '\\') { assert_non_null(strchr("\\\"n", *++at)); }
        }
        at++;
    } while (*at == ',');
    assert_int_equal(*at, '}');
    at++;
    snprintf(out, LENGTH, "%.*s", (int)(at - start), start);
    return at;
}

static bool ends_with(const char *text, const char *end) {
    return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* A sample belongs to the metric whose head stands above it. */
static void check_name(const char *name, const char *metric, const char *type) {
    static const char *const ends[] = {"_bucket", "_sum", "_count"};
    size_t n = strlen(metric);
    bool fits = strcmp(type, "histogram") != 0 && strcmp(name, metric) == 0;
    for (size_t i = 0; strcmp(type, "histogram") == 0 && i < 3; i++) {
        fits = fits || (strncmp(name, metric, n) == 0 && strcmp(name + n, ends[i]) == 0);
    }
    if (!fits) { fail_msg("%s stands under %s, a %s", name, metric, type); }
    if (strcmp(type, "counter") == 0) { assert_true(ends_with(name, "_total")); }
    if (strcmp(type, "gauge") == 0) { assert_false(ends_with(name, "_total")); }
}

static void read_sample(const char *line, const char *metric, const char *type) {
    sample *s = &read.samples[read.n];
    size_t n = name_length(line);
    assert_true(n > 0 && n < LENGTH && read.n < MOST);
    snprintf(s->name, LENGTH, "%.*s", (int)n, line);
    const char *at = read_labels(line + n, s->labels);
    assert_int_equal(*at, ' ');
    if (!nomen_number_parse(at + 1, &s->value)) { fail_msg("no number: %s", line); }
    check_name(s->name, metric, type);
    for (size_t i = 0; i < read.n; i++) {
        if (strcmp(read.samples[i].name, s->name) == 0) { assert_string_not_equal(read.samples[i].labels, s->labels); }
    }
    read.n++;
}

static void read_page(char *text) {
    char metric[LENGTH] = "", type[LENGTH] = "", helped[LENGTH] = "", seen[64][LENGTH];
    size_t n_seen = 0;
    read.n = 0;
    assert_true(ends_with(text, "\n"));
    for (char *line = text, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        *end = '\0';
        if (strncmp(line, "# HELP ", 7) == 0) {
            assert_int_equal(sscanf(line, "# HELP %199s %*s", helped), 1);
            for (size_t i = 0; i < n_seen; i++) { assert_string_not_equal(seen[i], helped); }
            snprintf(seen[n_seen++], LENGTH, "%s", helped);
        } else if (line[0] == '#') {
            assert_int_equal(sscanf(line, "# TYPE %199s %199s", metric, type), 2);
            assert_string_equal(metric, helped);
        } else {
            read_sample(line, metric, type);
        }
    }
}

static double value(const char *name, const char *labels) {
    for (size_t i = 0; i < read.n; i++) {
        if (strcmp(read.samples[i].name, name) == 0 && strcmp(read.samples[i].labels, labels) == 0) {
            return read.samples[i].value;
        }
    }
    fail_msg("no sample %s%s", name, labels);
    return 0;
}

static void write_page(nomen_metrics *metrics) {
    static const nomen_gauges gauges = {.connections = 3, .waiting_requests = 2, .waiting_bytes = 100, .running_requests = 1};
    nomen_buffer text = {0};
    nomen_error err = {0};
    if (nomen_metrics_write(metrics, &gauges, NULL, &text, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    read_page(text.data);
    nomen_buffer_clear(&text);
}

static void test_text(void **state) {
    (void)state;
    nomen_metrics *metrics = NULL;
    assert_int_equal(nomen_metrics_create(&metrics, NULL), NOMEN_OK);
    write_page(metrics);
    assert_true(value("nomen_connections", "") > 2.9);
    assert_true(value("process_resident_memory_bytes", "") > 100000);
    assert_true(value("process_open_fds", "") >= 1);
    assert_true(value("process_start_time_seconds", "") > 1e9);
    nomen_metrics_request(metrics, "/tag", 200, 0.001, 0.0001, 2, 100);
    nomen_metrics_request(metrics, "/tag", 200, 0.0011, 0.02, 1, 5);
    nomen_metrics_request(metrics, "/tag", 422, 100, 0, 0, 0);
    nomen_metrics_request(metrics, "o\"t\\h\ner", 404, 0.2, 0, 0, 0);
    nomen_metrics_lost(metrics, "slow");
    nomen_metrics_lost(metrics, "slow");
    nomen_metrics_lost(metrics, "gone");
    write_page(metrics);
    assert_int_equal(value("nomen_request_total", "{route=\"/tag\",status=\"200\"}"), 2);
    assert_int_equal(value("nomen_request_total", "{route=\"/tag\",status=\"422\"}"), 1);
    assert_int_equal(value("nomen_request_total", "{route=\"o\\\"t\\\\h\\ner\",status=\"404\"}"), 1);
    assert_int_equal(value("nomen_request_duration_seconds_bucket", "{route=\"/tag\",le=\"0.001\"}"), 1);
    assert_int_equal(value("nomen_request_duration_seconds_bucket", "{route=\"/tag\",le=\"0.0025\"}"), 2);
    assert_int_equal(value("nomen_request_duration_seconds_bucket", "{route=\"/tag\",le=\"60\"}"), 2);
    assert_int_equal(value("nomen_request_duration_seconds_bucket", "{route=\"/tag\",le=\"+Inf\"}"), 3);
    assert_int_equal(value("nomen_request_duration_seconds_count", "{route=\"/tag\"}"), 3);
    assert_true(fabs(value("nomen_request_duration_seconds_sum", "{route=\"/tag\"}") - 100.0021) < 1e-9);
    assert_int_equal(value("nomen_request_queue_seconds_count", ""), 2);
    assert_int_equal(value("nomen_request_input_bytes_sum", ""), 105);
    assert_int_equal(value("nomen_request_texts_total", ""), 3);
    assert_int_equal(value("nomen_requests_lost_total", "{why=\"slow\"}"), 2);
    assert_int_equal(value("nomen_requests_lost_total", "{why=\"gone\"}"), 1);
    nomen_metrics_free(metrics);
}

/* Buckets count all up to their bound: they never fall, and the last is the count. */
static void test_buckets(void **state) {
    (void)state;
    nomen_metrics *metrics = NULL;
    assert_int_equal(nomen_metrics_create(&metrics, NULL), NOMEN_OK);
    for (int i = 0; i < 1000; i++) { nomen_metrics_request(metrics, "/tag", 200, 0.0001 * i * i, 0.001 * i, 1, (size_t)(i * i)); }
    write_page(metrics);
    double before = 0;
    for (size_t i = 0; i < read.n; i++) {
        if (strcmp(read.samples[i].name, "nomen_request_input_bytes_bucket") != 0) { continue; }
        assert_true(read.samples[i].value >= before);
        before = read.samples[i].value;
    }
    assert_int_equal(before, 1000);
    nomen_metrics_free(metrics);
}

/* However many names there are, memory is that of the table, and nothing is lost. */
static void test_many(void **state) {
    (void)state;
    nomen_metrics *metrics = NULL;
    double total = 0;
    assert_int_equal(nomen_metrics_create(&metrics, NULL), NOMEN_OK);
    for (unsigned i = 0; i < 3000; i++) {
        char name[40];
        snprintf(name, sizeof name, "route%u", i % 50);
        nomen_metrics_request(metrics, name, 100 + i % 300, 0, 0, 0, 0);
        nomen_metrics_lost(metrics, name);
    }
    write_page(metrics);
    for (size_t i = 0; i < read.n; i++) {
        if (strcmp(read.samples[i].name, "nomen_request_total") == 0) { total += read.samples[i].value; }
    }
    assert_int_equal(total, 3000);
    nomen_metrics_free(metrics);
    assert_int_equal(nomen_mem_test_live(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_buckets), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
