/*
 * The tables of kernels: what differs from one instruction set to another, as function pointers.
 * Kernels are serial, work on ranges and trust their arguments; the operations of ops.h cut the work
 * and call them from loops of the team (base/threads.h). isa.h chooses a table; simd.h says how kernels are written and compiled.
 *
 * All tables give the same bits.
 */
#ifndef NOMEN_MATH_KERNELS_H
#define NOMEN_MATH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "math/attention.h"
#include "math/dropout.h"
#include "math/gemm_tile.h"
#include "math/int8_layout.h"
#include "math/ops.h"
#include "math/ops_momentum.h"

typedef struct nomen_kernels {
    const char *name; /* "avx512", "avx2", "neon" or "plain" */

    /* y[i] = f(x[i]); y may be x. See vmath.h. */
    void (*exp)(float *y, const float *x, size_t n);
    void (*log)(float *y, const float *x, size_t n);
    void (*erf)(float *y, const float *x, size_t n);
    void (*tanh)(float *y, const float *x, size_t n);

    /* y = activation(u); y may be u. */
    void (*act_forward)(float *y, const float *u, nomen_activation activation, size_t n);
    /* du = dy activation'(u), y = activation(u); du may be dy, y may be u. */
    void (*act_backward)(float *du, float *y, const float *dy, const float *u, nomen_activation activation, size_t n);

    /* One row of n elements; d is NULL for no dropout. norm.inc.h, dropout.inc.h. */
    void (*norm_forward)(float *y, float *s, float *mean, float *rstd, const float *x, const float *residual,
                         const nomen_norm *norm, const nomen_dropout_row *d);
    void (*norm_backward)(float *dx, float *dsum, float *dgamma, float *dbeta, const float *dy, const float *sum, float mean,
                          float rstd, const nomen_norm *norm, const nomen_dropout_row *d);
    void (*dropout)(float *y, const float *x, size_t n, const nomen_dropout_row *d);

    /* One head of one sequence. attention.inc.h. */
    void (*attention_forward)(float *context, float *lse, const nomen_attention_head *h, float *scratch);
    void (*attention_backward)(float *dqkv, const float *dcontext, const float *context, const float *lse,
                               const nomen_attention_head *h, float *scratch);

    /* Rows and flat ranges. rows.inc.h. */
    void (*add3)(float *out, const float *a, const float *b, const float *c, size_t n);
    void (*accumulate)(float *y, const float *x, size_t n);
    void (*softmax)(float *p, const float *x, size_t n);
    float (*log_sum_exp)(const float *x, size_t n);
    float (*cross_entropy)(const float *x, size_t n, size_t target);
    float (*focal)(const float *x, size_t n, size_t target, float gamma, float *slope);
    void (*sgd)(float *value, const float *gradient, size_t n, float factor);
    void (*adamw)(float *value, float *m, float *v, const float *gradient, size_t n, const nomen_adamw *s);
    void (*sgd_momentum)(float *value, float *buffer, const float *gradient, size_t n, const nomen_sgd *s);
    void (*lion)(float *value, float *m, const float *gradient, size_t n, const nomen_lion *s);
    void (*scale)(float *y, size_t n, float factor);
    void (*approach)(float *y, const float *x, size_t n, float share);
    void (*square_add)(double sums[16], const float *x, size_t n);

    /* Matrix products of floats: see gemm.h for the whole, gemm.inc.h for these. */
    nomen_gemm_kernels gemm;
} nomen_kernels;

/* One way to multiply, and how it wants its rows. */
typedef struct nomen_int8_product {
    uint8_t flip; /* 0x80 where rows are held as q + 128, else 0: flipped into each byte */
    void (*run)(const nomen_int8_block *block);
    size_t (*bench)(size_t steps); /* over registers alone; returns how many operations */
} nomen_int8_product;

/* The 8-bit products, which have more instruction sets than the rest. See int8_layout.h, int8.inc.h for these. */
typedef struct nomen_int8_kernels {
    const char *name; /* of the set in isa.c */

    /*
     * One row x (n): scale = max|x| / most, q = x most / max|x| to the nearest, ties to even. Runs are
     * `step` bytes apart; a last one is filled up with zeros where step is larger than a run.
     */
    void (*quantize)(int8_t *q, size_t step, float *scale, const float *x, size_t n, float most, uint8_t flip);
    nomen_int8_product wide;   /* for any weights */
    nomen_int8_product narrow; /* for weights in +-NOMEN_INT8_NARROW; the same where there is no faster one */
} nomen_int8_kernels;

/* The tables themselves; each is compiled where its architecture is. */
extern const nomen_kernels nomen_kernels_plain;
extern const nomen_int8_kernels nomen_int8_plain;
extern const nomen_gemm_kernels nomen_bf16_plain; /* matrix products of bf16: gemm_bf16.inc.h */
#if defined(__x86_64__)
extern const nomen_gemm_kernels nomen_bf16_avx512;
extern const nomen_kernels nomen_kernels_avx2, nomen_kernels_avx512;
extern const nomen_int8_kernels nomen_int8_avx2, nomen_int8_avx2vnni, nomen_int8_avx512, nomen_int8_avx512vnni, nomen_int8_amx;
#elif defined(__aarch64__)
extern const nomen_kernels nomen_kernels_neon;
extern const nomen_int8_kernels nomen_int8_neon, nomen_int8_neondot;
#endif

#endif
