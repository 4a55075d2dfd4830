/* The rows that measuring gives, and the work they count. */
#include <string.h>

#include "nomen/runtime.h"
#include "speed/probe.h"
#include "speed/support.h"

static size_t n_told;

static void count_row(void *user, const nomen_speed_row *row) {
    const nomen_speed_result *r = user;
    (void)r;
    assert_true(row->seconds > 0 && row->n_runs >= 3);
    n_told++;
}

static const nomen_speed_row *find(const nomen_speed_result *r, nomen_speed_stage stage, size_t length) {
    for (size_t i = 0; i < r->n_rows; i++) {
        if (r->rows[i].stage == stage && r->rows[i].length == length) { return &r->rows[i]; }
    }
    fail_msg("no row for %s at %zu", nomen_speed_stage_name(stage), length);
    return NULL;
}

static void test_rows(void **state) {
    (void)state;
    speed_case c;
    nomen_speed_result r = {0};
    nomen_error err = {0};
    speed_make(&c);
    n_told = 0;
    if (nomen_speed_measure(&c.options, count_row, &r, &r, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_int_equal(r.n_rows, 1 + 3 * 6);
    assert_int_equal(n_told, r.n_rows);
    assert_true(r.flops > 0 && r.bytes > 0);
    for (size_t i = 0; i < r.n_rows; i++) {
        const nomen_speed_row *row = &r.rows[i];
        assert_true(row->fastest <= row->p50 && row->p50 <= row->p99 && row->tokens > 0 && row->texts > 0);
        const double share = nomen_speed_share(row);
        assert_true(row->stage == NOMEN_SPEED_TOKENIZE ? share == 0 : share > 0);
        assert_true((row->n_kept + row->n_dropped > 0) == (row->flops > 0));
    }
    /* L=2, H=32, F=48, K=7: the work of a text of 40 pieces, counted by hand. */
    const nomen_speed_row *alone = find(&r, NOMEN_SPEED_ALONE, 40), *batch = find(&r, NOMEN_SPEED_BATCH, 40);
    const double layer = 40 * (4 * 32 * 32 + 2 * 32 * 48) + 2 * 40 * 40 * 32;
    assert_true(alone->tokens == 40 && alone->texts == 1);
    assert_true(alone->flops == 2 * (2 * layer + 40 * 32 * 7));
    assert_true(batch->texts == 1024 / 40 && batch->tokens == 40 * batch->texts);
    const nomen_speed_row *back = find(&r, NOMEN_SPEED_BACKWARD, 5), *step = find(&r, NOMEN_SPEED_TRAIN, 5);
    assert_true(back->texts == 32 && back->tokens == 32 * 5 && step->flops == 1.5 * back->flops);
    nomen_speed_result_clear(&r);
    scratch_remove(c.root);
}

/* It goes on until enough passes count, or five times as many were tried. */
static void test_passes(void **state) {
    (void)state;
    speed_case c;
    nomen_speed_result r = {0};
    nomen_error err = {0};
    speed_make(&c);
    c.options.passes = 2;
    c.options.n_lengths = 1;
    if (nomen_speed_measure(&c.options, NULL, NULL, &r, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    for (size_t i = 0; i < r.n_rows; i++) {
        const nomen_speed_row *row = &r.rows[i];
        const bool full = row->n_runs == NOMEN_SPEED_MAX_RUNS, tried = row->n_kept + row->n_dropped >= 10;
        assert_true(row->flops == 0 || row->n_kept >= 2 || tried || full);
    }
    nomen_speed_result_clear(&r);
    scratch_remove(c.root);
}

static void test_summary(void **state) {
    (void)state;
    double seconds[NOMEN_SPEED_MAX_RUNS];
    nomen_speed_samples samples = {.seconds = seconds};
    nomen_speed_row row = {0};
    for (int i = 1; i <= 200; i++) { nomen_speed_add(&samples, (i * 77) % 201, 0); }
    nomen_speed_summarize(&samples, true, &row);
    assert_true(row.n_runs == 200 && row.fastest == 1 && row.p50 == 101 && row.p99 == 199 && row.seconds == row.p50);
    nomen_speed_summarize(&samples, false, &row);
    assert_true(row.seconds == 100.5);
    assert_true(row.share == 0 && row.n_kept == 0 && row.n_dropped == 0);
}

/* Peaks that are 5 % apart agree, those that are further apart do not; a pass may be several runs. */
static void test_shares(void **state) {
    (void)state;
    double seconds[16];
    nomen_speed_pass passes[16];
    nomen_speed_samples samples = {.seconds = seconds, .passes = passes};
    nomen_speed_row row = {.flops = 1}, none = row;
    nomen_speed_add(&samples, 2, 100);
    nomen_speed_add(&samples, 2, 300);
    nomen_speed_end_pass(&samples, 200, 200); /* 100 a second */
    nomen_speed_add(&samples, 1, 156);
    nomen_speed_end_pass(&samples, 200, 190); /* 0.8 */
    nomen_speed_add(&samples, 1, 199);
    nomen_speed_end_pass(&samples, 200, 220); /* too far apart */
    nomen_speed_end_pass(&samples, 300, 300); /* no run */
    nomen_speed_add(&samples, 1, 120);
    nomen_speed_end_pass(&samples, 200, 200);
    nomen_speed_summarize(&samples, true, &row);
    assert_true(row.n_runs == 5 && row.n_kept == 3 && row.n_dropped == 1 && row.peak == 220);
    assert_true(row.share == 0.6 && nomen_speed_share(&row) == row.share);
    nomen_speed_reset(&samples);
    nomen_speed_add(&samples, 1, 150);
    nomen_speed_end_pass(&samples, 100, 200);
    nomen_speed_summarize(&samples, true, &none);
    assert_true(none.n_runs == 1 && none.n_kept == 0 && none.n_dropped == 1 && none.share == 1);
}

static bool interrupt(void *user) {
    (void)user;
    return true;
}

static void test_interrupted(void **state) {
    (void)state;
    speed_case c;
    nomen_speed_result r = {0};
    nomen_error err = {0};
    speed_make(&c);
    nomen_set_interrupt(interrupt, NULL);
    assert_int_equal(nomen_speed_measure(&c.options, NULL, NULL, &r, &err), NOMEN_ERROR_INTERRUPTED);
    nomen_set_interrupt(NULL, NULL);
    assert_null(r.rows);
    scratch_remove(c.root);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_passes), cmocka_unit_test(test_summary),
                                       cmocka_unit_test(test_shares), cmocka_unit_test(test_interrupted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
