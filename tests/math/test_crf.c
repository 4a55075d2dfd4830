/*
 * The linear-chain CRF: its gradients against difference quotients, its partition function and marginals against
 * all sequences of labels one by one, the library's over float against the twin over double, and its bits.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crf_case.h"
#include "math/isa.h"
#include "nomen/runtime.h"
#include "ops_support.h"

int ops_crf_target(const ops_shape *s, size_t n) {
    return s->bare ? (int)(n * 7 % s->out) : ops_cases_target(n, s->out);
}

static ops_shape shape_of(const size_t *lengths, size_t n_seqs, size_t n_labels, bool bare) {
    ops_shape s = ops_shape_of(lengths, n_seqs, 1);
    s.out = n_labels;
    s.bare = bare;
    return s;
}

/* Several chains, one of length one, one of none, and one whose only row has no target (row 5). */
static const size_t lengths[] = {3, 1, 0, 1, 1, 6};
enum { N_SEQS = sizeof lengths / sizeof *lengths };

/*
 * The step and the tolerance of test_ops_gradients.c. The third derivatives of log Z are third cumulants of counts
 * of at most a dozen rows: below 12^3, which makes the difference quotient err by less than 1e-7.
 */
static void check_gradients(const ops_shape *s) {
    const ops_case *c = &ops_crf_case_double;
    const double step = 0x1p-16, tolerance = 1e-6;
    ops_run run;
    ops_run_create(&run, c, s, 31u);
    ops_run_all(&run, c, s);
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        for (size_t i = 0; i < run.in_size[a]; i++) {
            double at = run.in[a][i], found = run.din[a][i], loss[2];
            for (int way = 0; way < 2; way++) {
                run.in[a][i] = way == 0 ? at + step : at - step;
                c->run(s, run.in, run.out, NULL, NULL);
                loss[way] = run.out[0][0] * run.dout[0][0];
            }
            run.in[a][i] = at;
            double expected = (loss[0] - loss[1]) / (2 * step);
            if (!(fabs(found - expected) <= tolerance * (1 + fabs(expected)))) {
                fail_msg("%zu labels, input %zu element %zu: gradient %.12g, difference quotient %.12g", s->out, a, i, found,
                         expected);
            }
        }
    }
    ops_run_free(&run);
}

static void test_gradients(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 3, 7, 17};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        for (int bare = 0; bare < 2; bare++) {
            ops_shape s = shape_of(lengths, N_SEQS, counts[k], bare != 0);
            check_gradients(&s);
        }
    }
}

static double score_of(const ops_run *run, const size_t *labels, size_t length, size_t k) {
    double score = run->in[2][labels[0]] + run->in[3][labels[length - 1]];
    for (size_t t = 0; t < length; t++) {
        score += run->in[0][t * k + labels[t]];
        if (t > 0) { score += run->in[1][labels[t - 1] * k + labels[t]]; }
    }
    return score;
}

/* The next sequence of labels, as a number with digits below k; false after the last. */
static bool next_sequence(size_t *labels, size_t length, size_t k) {
    for (size_t t = length; t-- > 0;) {
        if (++labels[t] < k) { return true; }
        labels[t] = 0;
    }
    return false;
}

/* The loss of one chain and its gradients, by adding up all sequences. */
static void by_force(const ops_run *run, const ops_shape *s, double *loss, double *const *din) {
    const size_t length = s->seq_start[1], k = s->out;
    size_t labels[6] = {0}, truth[6];
    double z = 0;
    for (size_t t = 0; t < length; t++) { truth[t] = (size_t)ops_crf_target(s, t); }
    for (size_t a = 0; a < OPS_ARRAYS; a++) { memset(din[a], 0, run->in_size[a] * sizeof(double)); }
    do {
        double weight = exp(score_of(run, labels, length, k));
        z += weight;
        for (size_t t = 0; t < length; t++) {
            din[0][t * k + labels[t]] += weight;
            if (t > 0) { din[1][labels[t - 1] * k + labels[t]] += weight; }
        }
        din[2][labels[0]] += weight;
        din[3][labels[length - 1]] += weight;
    } while (next_sequence(labels, length, k));
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        for (size_t i = 0; i < run->in_size[a]; i++) { din[a][i] /= z; }
    }
    for (size_t t = 0; t < length; t++) {
        din[0][t * k + truth[t]] -= 1;
        if (t > 0) { din[1][truth[t - 1] * k + truth[t]] -= 1; }
    }
    din[2][truth[0]] -= 1;
    din[3][truth[length - 1]] -= 1;
    *loss = log(z) - score_of(run, truth, length, k);
}

static void check_force(const ops_case *c, const ops_shape *s, uint32_t seed, double tolerance) {
    ops_run run, expected;
    ops_run_create(&run, c, s, seed);
    ops_run_create(&expected, c, s, seed);
    run.dout[0][0] = 1;
    ops_run_all(&run, c, s);
    double loss;
    by_force(&run, s, &loss, expected.din);
    if (!(fabs(run.out[0][0] - loss) <= tolerance * (1 + fabs(loss)))) {
        fail_msg("%zu rows, %zu labels: loss %.15g, by force %.15g", s->seq_start[1], s->out, run.out[0][0], loss);
    }
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        for (size_t i = 0; i < run.in_size[a]; i++) {
            if (!(fabs(run.din[a][i] - expected.din[a][i]) <= tolerance)) {
                fail_msg("%zu rows, %zu labels: gradient %zu,%zu is %.15g, by force %.15g", s->seq_start[1], s->out, a, i,
                         run.din[a][i], expected.din[a][i]);
            }
        }
    }
    ops_run_free(&run);
    ops_run_free(&expected);
}

/* Partition function, marginals and marginals of pairs, over all sequences of up to 6 rows and 7 labels. */
static void test_all_sequences(void **state) {
    (void)state;
    for (size_t length = 1; length <= 6; length++) {
        for (size_t k = 1; k <= 7; k++) {
            ops_shape s = shape_of(&length, 1, k, true);
            for (uint32_t seed = 1; seed <= 3; seed++) {
                check_force(&ops_crf_case_double, &s, seed, 1e-12);
                check_force(&ops_crf_case_float, &s, seed, 64 * 0x1p-24); /* some 60 roundings in a row */
            }
        }
    }
}

/*
 * Float against double. With transitions in [-1, 1) a step shrinks a difference between two rows of label
 * probabilities to tanh(1) = 0.76 of it (Birkhoff), so an error e made in each row adds up to less than 4.2 e at any
 * length. e is that of log_sum_exp and four additions of numbers below log K + 4: (K/16 + 16) (log K + 4) u. The
 * loss sums N such errors; probabilities carry twice that of alpha, and again 4.2 times their own; sums over rows
 * have N terms.
 */
static double row_error(const ops_shape *s) {
    const double k = (double)s->out;
    return (k / 16 + 16) * (log(k) + 4) * 0x1p-24;
}

static void compare(const char *what, const double *fast, const double *plain, size_t n, double tolerance) {
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(fast[i] - plain[i]) <= tolerance * (1 + fabs(plain[i])))) {
            fail_msg("%s %zu is %.9g, in double %.9g; allowed %.3g", what, i, fast[i], plain[i], tolerance);
        }
    }
}

static void check_fast(const ops_shape *s) {
    ops_run fast, plain;
    const double n = (double)s->seq_start[s->n_seqs] + 1;
    ops_run_create(&fast, &ops_crf_case_float, s, 3u);
    ops_run_create(&plain, &ops_crf_case_double, s, 3u);
    ops_run_all(&fast, &ops_crf_case_float, s);
    ops_run_all(&plain, &ops_crf_case_double, s);
    compare("loss", fast.out[0], plain.out[0], 1, 6 * n * row_error(s));
    compare("dlogits", fast.din[0], plain.din[0], fast.in_size[0], 40 * row_error(s));
    for (size_t a = 1; a < OPS_ARRAYS; a++) {
        compare("gradient", fast.din[a], plain.din[a], fast.in_size[a], 40 * n * row_error(s));
    }
    ops_run_free(&fast);
    ops_run_free(&plain);
}

static void test_fast(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 9, 16, 17, 40}, mixed[] = {17, 0, 16, 15, 33, 1, 64}, long_ones[] = {512, 2, 301};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        for (int bare = 0; bare < 2; bare++) {
            ops_shape shapes[] = {shape_of(lengths, 0, counts[k], bare != 0), shape_of(lengths, N_SEQS, counts[k], bare != 0),
                                  shape_of(mixed, 7, counts[k], bare != 0), shape_of(long_ones, 3, counts[k], bare != 0)};
            for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) { check_fast(&shapes[i]); }
        }
    }
}

/* Rows without target are as if they were not there, and chains know nothing of each other. */
static void test_rows_between(void **state) {
    (void)state;
    const ops_case *c = &ops_crf_case_float;
    static const size_t length[] = {29};
    ops_shape all = shape_of(length, 1, 5, false), labelled = shape_of(length, 1, 5, true);
    ops_run run, alone;
    ops_run_create(&run, c, &all, 8u);
    ops_run_all(&run, c, &all);
    size_t rows[29], n = 0;
    for (size_t row = 0; row < 29; row++) {
        if (ops_crf_target(&all, row) >= 0) { rows[n++] = row; }
    }
    assert_true(n > 10 && n < 29);
    labelled.seq_start[1] = n;
    ops_run_create(&alone, c, &labelled, 9u);
    for (size_t a = 1; a < OPS_ARRAYS; a++) { memcpy(alone.in[a], run.in[a], run.in_size[a] * sizeof(double)); }
    alone.dout[0][0] = run.dout[0][0];
    /* The targets of `labelled` are others, so those rows alone are compared whose probabilities they leave as they are. */
    for (size_t i = 0; i < n; i++) { memcpy(alone.in[0] + i * 5, run.in[0] + rows[i] * 5, 5 * sizeof(double)); }
    ops_run_all(&alone, c, &labelled);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 5; k++) {
            const float scale = (float)run.dout[0][0];
            float p = (float)run.din[0][rows[i] * 5 + k] / scale + ((int)k == ops_crf_target(&all, rows[i]));
            float q = (float)alone.din[0][i * 5 + k] / scale + ((int)k == ops_crf_target(&labelled, i));
            assert_true(fabsf(p - q) <= 4 * 0x1p-24f);
        }
    }
    for (size_t row = 0; row < 29; row++) {
        for (size_t k = 0; k < 5 && ops_crf_target(&all, row) < 0; k++) { assert_true(run.din[0][row * 5 + k] == 0.0); }
    }
    ops_run_free(&run);
    ops_run_free(&alone);
}

static void test_bits(void **state) {
    (void)state;
    static const char *const names[] = {"plain", "avx2", "avx512", "neon"};
    static const size_t some[] = {27, 1, 40, 3, 0, 85, 19};
    /* The hash holds on every machine. A change of it is a change of what training gives. */
    const uint64_t expected = 0x1EE05CA41951166Eu;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!nomen_kernels_test_use(names[i])) { continue; }
        for (int threads = 1; threads <= 4; threads++) {
            uint64_t hash = 0;
            nomen_set_threads(threads);
            for (size_t k = 1; k <= 33; k += 16) {
                ops_shape s = shape_of(some, 7, k, false);
                ops_run run;
                ops_run_create(&run, &ops_crf_case_float, &s, 5u);
                ops_run_all(&run, &ops_crf_case_float, &s);
                hash = ops_run_hash(hash, &run, &ops_crf_case_float);
                ops_run_free(&run);
            }
            if (hash != expected) {
                fail_msg("%s at %d threads: the bits' hash is 0x%016llX, expected 0x%016llX", names[i], threads,
                         (unsigned long long)hash, (unsigned long long)expected);
            }
        }
    }
    nomen_set_threads(0);
    assert_true(nomen_kernels_test_use(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients),    cmocka_unit_test(test_all_sequences), cmocka_unit_test(test_fast),
        cmocka_unit_test(test_rows_between), cmocka_unit_test(test_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
