/* See ops_support.h. */
#include "ops_support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

int ops_cases_target(size_t n, size_t n_labels) {
    return n % 4 == 1 ? -100 : (int)(n * 7 % n_labels);
}

ops_shape ops_shape_of(const size_t *lengths, size_t n_seqs, size_t hidden) {
    ops_shape s = {.n_seqs = n_seqs, .hidden = hidden, .heads = 1, .out = 5};
    for (size_t b = 0; b < n_seqs; b++) {
        s.seq_start[b + 1] = s.seq_start[b] + lengths[b];
        s.seq_index[b] = (unsigned)b + 5;
    }
    return s;
}

void ops_each_shape(const ops_case *c, const size_t *lengths, size_t n_seqs, const ops_sizes *sizes, size_t n_sizes, float rate,
                    ops_check *check) {
    enum { BARE = 1, IN_PLACE = 2, DROPOUT = 4, N_FORMS = 8, N_ACTIVATIONS = 3 };
    size_t n_checked = 0;
    for (size_t z = 0; z < n_sizes; z++) {
        if (sizes[z].kind != c->kind) { continue; }
        ops_shape s = ops_shape_of(lengths, n_seqs, sizes[z].hidden);
        s.heads = sizes[z].heads;
        s.out = sizes[z].out;
        for (unsigned form = 0; form < N_FORMS; form++) {
            s.bare = (form & BARE) != 0;
            s.in_place = (form & IN_PLACE) != 0;
            s.rate = (form & DROPOUT) != 0 ? rate : 0.0f;
            for (s.activation = 0; s.activation < (c->kind == OPS_LAYER ? N_ACTIVATIONS : 1); s.activation++) {
                check(c, &s);
                n_checked++;
            }
        }
    }
    if (n_checked == 0) { fail_msg("%s is never checked: no sizes are of its kind; add some to this test", c->name); }
}

ops_size ops_size_of(const ops_shape *s) {
    ops_size z = {.h = (double)s->hidden, .d = (double)(s->hidden / s->heads), .k = (double)s->out};
    z.n = (double)s->seq_start[s->n_seqs];
    for (size_t b = 0; b < s->n_seqs; b++) { z.t = fmax(z.t, (double)(s->seq_start[b + 1] - s->seq_start[b])); }
    z.f = 1.0 / (1.0 - (double)s->rate);
    return z;
}

double ops_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / 8388608.0 - 1.0;
}

static double *make(size_t size) {
    double *p = malloc((size + 1) * sizeof *p);
    assert_non_null(p);
    return p;
}

void ops_run_create(ops_run *run, const ops_case *c, const ops_shape *s, uint32_t seed) {
    *run = (ops_run){0};
    c->sizes(s, run->in_size, run->out_size);
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        run->in[a] = make(run->in_size[a]);
        run->din[a] = make(run->in_size[a]);
        run->out[a] = make(run->out_size[a]);
        run->dout[a] = make(run->out_size[a]);
        for (size_t i = 0; i < run->in_size[a]; i++) {
            run->in[a][i] = ops_random(&seed);
            run->din[a][i] = (c->adds >> a & 1) != 0 ? 1.0 : (double)NAN;
        }
        for (size_t i = 0; i < run->out_size[a]; i++) { run->dout[a][i] = ops_random(&seed); }
    }
}

void ops_run_free(ops_run *run) {
    for (size_t a = 0; a < OPS_ARRAYS; a++) { free(run->in[a]), free(run->din[a]), free(run->out[a]), free(run->dout[a]); }
}

void ops_run_all(ops_run *run, const ops_case *c, const ops_shape *s) {
    c->run(s, run->in, run->out, c->has_backward ? run->dout : NULL, run->din);
    for (size_t a = 0; c->has_backward && a < OPS_ARRAYS; a++) {
        for (size_t i = 0; i < run->in_size[a] && (c->adds >> a & 1) != 0; i++) { run->din[a][i] -= 1.0; }
    }
}

uint64_t ops_hash(uint64_t hash, const void *bytes, size_t n_bytes) {
    const unsigned char *p = bytes;
    if (hash == 0) { hash = 0xCBF29CE484222325u; }
    for (size_t i = 0; i < n_bytes; i++) { hash = (hash ^ p[i]) * 0x100000001B3u; }
    return hash;
}

uint64_t ops_run_hash(uint64_t hash, const ops_run *run, const ops_case *c) {
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        hash = ops_hash(hash, run->out[a], run->out_size[a] * sizeof(double));
        if (c->has_backward) { hash = ops_hash(hash, run->din[a], run->in_size[a] * sizeof(double)); }
    }
    return hash;
}
