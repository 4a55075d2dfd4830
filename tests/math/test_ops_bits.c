/*
 * The bits of the operations: the same on every instruction set that runs here, at any number of
 * threads, and for a sequence alone or among others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "math/isa.h"
#include "nomen/runtime.h"
#include "ops_support.h"

static const size_t lengths[] = {27, 1, 40, 3, 0, 85, 19};
enum { N_SEQS = sizeof lengths / sizeof *lengths };

static ops_shape shape_of(size_t hidden, size_t heads) {
    ops_shape s = ops_shape_of(lengths, N_SEQS, hidden);
    s.heads = heads;
    s.out = 17;
    s.rate = 0.1f;
    s.step = 3;
    return s;
}

/* One hash over the outputs and gradients of an operation. */
static uint64_t hash_case(const ops_case *c) {
    static const size_t sizes[][2] = {{96, 3}, {65, 5}, {128, 2}}; /* hidden, heads */
    uint64_t hash = 0;
    for (size_t z = 0; z < sizeof sizes / sizeof *sizes; z++) {
        const ops_shape s = shape_of(sizes[z][0], sizes[z][1]);
        ops_run run;
        ops_run_create(&run, c, &s, 5u);
        ops_run_all(&run, c, &s);
        hash = ops_run_hash(hash, &run, c);
        ops_run_free(&run);
    }
    return hash;
}

static void test_isa_and_threads(void **state) {
    (void)state;
    static const char *const names[] = {"plain", "avx2", "avx512", "neon"};
    for (const ops_case *c = ops_cases_float; c->name != NULL; c++) {
        if (c->plain_only) { continue; }
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (!nomen_kernels_test_use(names[i])) { continue; }
            for (int threads = 1; threads <= 4; threads++) {
                nomen_set_threads(threads);
                const uint64_t hash = hash_case(c);
                if (hash != c->bits) {
                    fail_msg("%s by %s at %d threads: the bits' hash is 0x%016llX, its row in ops_cases.c has 0x%016llX", c->name,
                             names[i], threads, (unsigned long long)hash, (unsigned long long)c->bits);
                }
            }
        }
    }
    nomen_set_threads(0);
    assert_true(nomen_kernels_test_use(NULL));
}

/* The part of a batch's array that belongs to one sequence. */
static size_t part(size_t size, const ops_shape *s, size_t seq, size_t *start) {
    const size_t width = size / s->seq_start[s->n_seqs];
    *start = s->seq_start[seq] * width;
    return (s->seq_start[seq + 1] - s->seq_start[seq]) * width;
}

static void check_alone(const ops_case *c, const ops_shape *s) {
    ops_run batch;
    ops_run_create(&batch, c, s, 9u);
    ops_run_all(&batch, c, s);
    for (size_t b = 0; b < s->n_seqs; b++) {
        ops_shape alone = *s;
        alone.n_seqs = 1;
        alone.seq_start[1] = s->seq_start[b + 1] - s->seq_start[b];
        alone.seq_index[0] = s->seq_index[b];
        ops_run run;
        ops_run_create(&run, c, &alone, 1u);
        size_t start;
        for (size_t a = 0; a < OPS_ARRAYS; a++) {
            const bool rows = (c->by_row >> a & 1) != 0;
            const size_t size = rows ? part(batch.in_size[a], s, b, &start) : batch.in_size[a];
            memcpy(run.in[a], batch.in[a] + (rows ? start : 0), size * sizeof(double));
        }
        const size_t size = part(batch.out_size[0], s, b, &start);
        memcpy(run.dout[0], batch.dout[0] + start, size * sizeof(double));
        ops_run_all(&run, c, &alone);
        assert_memory_equal(run.out[0], batch.out[0] + start, size * sizeof(double));
        for (size_t a = 0; c->has_backward && a < OPS_ARRAYS; a++) {
            if ((c->by_row >> a & 1) == 0) { continue; }
            const size_t n = part(batch.in_size[a], s, b, &start);
            assert_memory_equal(run.din[a], batch.din[a] + start, n * sizeof(double));
        }
        ops_run_free(&run);
    }
    ops_run_free(&batch);
}

static void test_alone_or_in_a_batch(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{96, 3}, {50, 5}};
    for (const ops_case *c = ops_cases_float; c->name != NULL; c++) {
        for (size_t i = 0; c->by_row != 0 && i < 4; i++) {
            ops_shape s = shape_of(sizes[i / 2][0], sizes[i / 2][1]);
            s.rate = i % 2 == 0 ? 0.0f : 0.1f;
            check_alone(c, &s);
        }
    }
}

/* Enough elements that arrays are cut into chunks and parts. */
static void test_large_arrays(void **state) {
    (void)state;
    static const size_t rows[] = {401};
    ops_shape s = ops_shape_of(rows, 1, 333);
    for (const ops_case *c = ops_cases_float; c->name != NULL; c++) {
        if (c->kind != OPS_ROWS) { continue; }
        uint64_t expected = 0;
        for (int threads = 1; threads <= 4; threads++) {
            nomen_set_threads(threads);
            ops_run run;
            ops_run_create(&run, c, &s, 5u);
            ops_run_all(&run, c, &s);
            const uint64_t hash = ops_run_hash(0, &run, c);
            expected = expected == 0 ? hash : expected;
            assert_true(hash == expected);
            ops_run_free(&run);
        }
    }
    nomen_set_threads(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isa_and_threads),
        cmocka_unit_test(test_alone_or_in_a_batch),
        cmocka_unit_test(test_large_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
