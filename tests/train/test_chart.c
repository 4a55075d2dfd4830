/* Charts: whatever the numbers, every point lies in the frame, the axes have a few ticks, and no NaN is drawn. */
#include <math.h>

#include "base/rng.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "train/record/chart.h"

enum { MOST = 1500 };

static size_t count(const char *text, const char *part) {
    size_t n = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) { n++; }
    return n;
}

/* The frame is that of chart.c: 54 to 388 and 12 to 198, rounded to tenths. */
static size_t check_points(const char *svg) {
    size_t n_points = 0;
    for (const char *line = svg; (line = strstr(line, "points=\"")) != NULL;) {
        line += strlen("points=\"");
        double x, y, before = 0;
        int used = 0;
        while (sscanf(line, "%lf,%lf %n", &x, &y, &used) == 2) {
            assert_true(x >= 53.95 && x <= 388.05 && y >= 11.95 && y <= 198.05 && x >= before);
            before = x;
            line += used;
            n_points++;
        }
    }
    return n_points;
}

static void test_any_numbers(void **state) {
    (void)state;
    static double x[MOST], y[2][MOST];
    nomen_rng rng;
    nomen_rng_start(&rng, 7, NOMEN_RNG_SHUFFLE, 1);
    size_t n_cases = effort(2000);
    for (size_t i = 0; i < n_cases; i++) {
        size_t n = i % 5 == 0 ? i % 3 : nomen_rng_below(&rng, MOST), n_real = 0;
        int exponent = (int)nomen_rng_below(&rng, 19) - 9;
        double offset = i % 7 == 0 ? 0 : (double)nomen_rng_below(&rng, 100) * pow(10, exponent);
        for (size_t k = 0; k < n; k++) {
            x[k] = (double)(k + 1);
            y[0][k] = offset + (i % 11 == 0 ? 0 : (double)nomen_rng_below(&rng, 1000) * pow(10, exponent - 3));
            y[1][k] = k % 3 == 0 ? NAN : y[0][k] / 2;
            n_real += k % 3 == 0 ? 1 : 2;
        }
        const nomen_chart chart = {"Loss", "nats", (double)n + 1, i % 2 == 0, {{"a", x, y[0], n}, {"b", x, y[1], n}}, 2};
        nomen_buffer out = {0};
        assert_int_equal(nomen_buffer_append_text(&out, "", NULL), NOMEN_OK);
        assert_int_equal(nomen_chart_append(&chart, &out, NULL), NOMEN_OK);
        if (n == 0) {
            assert_string_equal(out.data, "");
            nomen_buffer_clear(&out);
            continue;
        }
        size_t n_points = check_points(out.data), n_ticks = count(out.data, "class=\"grid\"");
        assert_int_equal(count(out.data, "<circle "), n_points);
        assert_true(n_points <= 2 * NOMEN_CHART_POINTS && n_points >= 1);
        if (n <= NOMEN_CHART_POINTS) { assert_int_equal(n_points, n_real); }
        if (n_ticks < 2 || n_ticks > 8) { fail_msg("%zu ticks:\n%.3000s", n_ticks, out.data); }
        assert_null(strstr(out.data, "nan"));
        assert_null(strstr(out.data, "inf"));
        assert_null(strstr(out.data, ">-0<"));
        nomen_buffer_clear(&out);
    }
}

/* A curve of more points than are drawn: each is the mean of as many, and the caption says so. */
static void test_means(void **state) {
    (void)state;
    static double x[800], y[800];
    for (size_t k = 0; k < 800; k++) {
        x[k] = (double)k + 1;
        y[k] = k % 2 == 0 ? 1 : 3;
    }
    const nomen_chart chart = {"Loss", "nats", 800, true, {{"a", x, y, 800}}, 1};
    nomen_buffer out = {0};
    assert_int_equal(nomen_chart_append(&chart, &out, NULL), NOMEN_OK);
    assert_int_equal(count(out.data, "<circle "), 400);
    assert_int_equal(count(out.data, ": 2</title>"), 400);
    assert_non_null(strstr(out.data, "a point is the mean of 2 entries"));
    nomen_buffer_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_numbers), cmocka_unit_test(test_means)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
