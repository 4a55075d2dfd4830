/*
 * Low-rank adapters of ops_lora.h. With x' = dropout(x), t = scale x' a^T and dt = scale dy b:
 *   y += t b^T;  db += dy^T t;  da += dt^T x';  dx += dropout(dt a).
 * t and dt are computed where they are needed, and never kept: they cost R/O of the layer beside them.
 */
#include "base/threads.h"
#include "math/dropout.h"
#include "math/gemm.h"
#include "math/isa.h"
#include "math/ops_lora.h"

enum { CHUNK = 4096 }; /* a few microseconds; elements are independent, so cuts change nothing */

/* The parts of scratch. */
typedef struct parts {
    float *low;  /* (N,R) t or dt */
    float *wide; /* (N,I) x', then dt a */
    float *products;
} parts;

static size_t whole_lines(size_t n) {
    return (n + 15) / 16 * 16;
}

static parts divide(float *scratch, size_t n_rows, size_t in, size_t rank) {
    parts p = {.low = scratch, .wide = scratch + whole_lines(n_rows * rank)};
    p.products = p.wide + whole_lines(n_rows * in);
    return p;
}

/* Of the products, the most that one asks for. */
static size_t products_scratch(size_t n_rows, size_t in, size_t out, size_t rank) {
    const size_t sizes[][2] = {{in, rank}, {rank, out}, {out, rank}, {n_rows, rank}, {n_rows, in}, {rank, in}};
    size_t most = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t n = nomen_gemm_scratch(NOMEN_GEMM_FLOAT, sizes[i][0], sizes[i][1]);
        most = n > most ? n : most;
    }
    return most;
}

size_t nomen_op_lora_scratch(size_t n_rows, size_t in, size_t out, size_t rank) {
    return whole_lines(n_rows * rank) + whole_lines(n_rows * in) + products_scratch(n_rows, in, out, rank);
}

static void multiply(float *x, float factor, size_t n) {
    for (size_t i = 0; i < n; i++) { x[i] *= factor; }
}

/* x', which is x itself where nothing is dropped. */
static const float *drop(const parts *p, const float *x, const nomen_lora *lora, const nomen_rows *rows,
                         const nomen_dropout *dropout) {
    if (!nomen_dropout_on(dropout)) { return x; }
    nomen_op_dropout(p->wide, x, lora->in, rows, dropout);
    return p->wide;
}

/* low (N,R) = scale x' a^T. */
static void reduce_x(const parts *p, const float *x, const nomen_lora *lora, size_t n_rows) {
    const nomen_gemm g = {.m = n_rows,
                          .n = lora->rank,
                          .k = lora->in,
                          .a = x,
                          .a_row = lora->in,
                          .a_col = 1,
                          .b = lora->a,
                          .b_row = 1,
                          .b_col = lora->in,
                          .c = p->low,
                          .c_row = lora->rank};
    nomen_gemm_run(&g, p->products);
    multiply(p->low, lora->scale, n_rows * lora->rank);
}

/* low (N,R) = scale dy b. */
static void reduce_dy(const parts *p, const float *dy, const nomen_lora *lora, size_t n_rows) {
    const nomen_gemm g = {.m = n_rows,
                          .n = lora->rank,
                          .k = lora->out,
                          .a = dy,
                          .a_row = lora->y_row,
                          .a_col = 1,
                          .b = lora->b,
                          .b_row = lora->rank,
                          .b_col = 1,
                          .c = p->low,
                          .c_row = lora->rank};
    nomen_gemm_run(&g, p->products);
    multiply(p->low, lora->scale, n_rows * lora->rank);
}

void nomen_op_lora_forward(nomen_real *y, const nomen_real *x, const nomen_lora *lora, const nomen_rows *rows,
                           const nomen_dropout *dropout, nomen_real *scratch) {
    const parts p = divide(scratch, rows->n_tokens, lora->in, lora->rank);
    reduce_x(&p, drop(&p, x, lora, rows, dropout), lora, rows->n_tokens);
    const nomen_gemm g = {.m = rows->n_tokens,
                          .n = lora->out,
                          .k = lora->rank,
                          .a = p.low,
                          .a_row = lora->rank,
                          .a_col = 1,
                          .b = lora->b,
                          .b_row = 1,
                          .b_col = lora->rank,
                          .c = y,
                          .c_row = lora->y_row,
                          .add = true};
    nomen_gemm_run(&g, p.products);
}

typedef struct add_call {
    float *to;
    const float *from;
    size_t n_elements;
} add_call;

static void add_chunks(void *context, size_t first, size_t end) {
    const add_call *c = context;
    const size_t from = first * CHUNK, to = end * CHUNK < c->n_elements ? end * CHUNK : c->n_elements;
    nomen_kernels_get()->accumulate(c->to + from, c->from + from, to - from);
}

/* dx += dropout(low a). */
static void expand_dx(const parts *p, float *dx, const nomen_lora *lora, const nomen_rows *rows, const nomen_dropout *dropout) {
    const bool direct = !nomen_dropout_on(dropout);
    const nomen_gemm g = {.m = rows->n_tokens,
                          .n = lora->in,
                          .k = lora->rank,
                          .a = p->low,
                          .a_row = lora->rank,
                          .a_col = 1,
                          .b = lora->a,
                          .b_row = lora->in,
                          .b_col = 1,
                          .c = direct ? dx : p->wide,
                          .c_row = lora->in,
                          .add = direct};
    nomen_gemm_run(&g, p->products);
    if (direct) { return; }
    nomen_op_dropout(p->wide, p->wide, lora->in, rows, dropout);
    add_call c = {dx, p->wide, rows->n_tokens * lora->in};
    nomen_team_run((c.n_elements + CHUNK - 1) / CHUNK, 0, nomen_team_size(), add_chunks, &c);
}

void nomen_op_lora_backward(nomen_real *dx, nomen_real *da, nomen_real *db, const nomen_real *dy, const nomen_real *x,
                            const nomen_lora *lora, const nomen_rows *rows, const nomen_dropout *dropout, unsigned how,
                            nomen_real *scratch) {
    const size_t n = rows->n_tokens;
    const parts p = divide(scratch, n, lora->in, lora->rank);
    if (n == 0) { return; }
    if (da != NULL) {
        const float *dropped = drop(&p, x, lora, rows, dropout);
        const bool add = !(how & NOMEN_SET_DWEIGHT);
        reduce_x(&p, dropped, lora, n);
        const nomen_gemm for_b = {.m = lora->out,
                                  .n = lora->rank,
                                  .k = n,
                                  .a = dy,
                                  .a_row = 1,
                                  .a_col = lora->y_row,
                                  .b = p.low,
                                  .b_row = lora->rank,
                                  .b_col = 1,
                                  .c = db,
                                  .c_row = lora->rank,
                                  .add = add};
        nomen_gemm_run(&for_b, p.products);
        reduce_dy(&p, dy, lora, n);
        const nomen_gemm for_a = {.m = lora->rank,
                                  .n = lora->in,
                                  .k = n,
                                  .a = p.low,
                                  .a_row = 1,
                                  .a_col = lora->rank,
                                  .b = dropped,
                                  .b_row = lora->in,
                                  .b_col = 1,
                                  .c = da,
                                  .c_row = lora->in,
                                  .add = add};
        nomen_gemm_run(&for_a, p.products);
    }
    if (dx == NULL) { return; }
    if (da == NULL) { reduce_dy(&p, dy, lora, n); }
    expand_dx(&p, dx, lora, rows, dropout);
}

void nomen_op_lora_merge(nomen_real *weight, const nomen_lora *lora, nomen_real *scratch) {
    const size_t n = lora->out * lora->rank;
    for (size_t i = 0; i < n; i++) { scratch[i] = lora->scale * lora->b[i]; }
    const nomen_gemm g = {.m = lora->out,
                          .n = lora->in,
                          .k = lora->rank,
                          .a = scratch,
                          .a_row = lora->rank,
                          .a_col = 1,
                          .b = lora->a,
                          .b_row = lora->in,
                          .b_col = 1,
                          .c = weight,
                          .c_row = lora->in,
                          .add = true};
    nomen_gemm_run(&g, scratch + whole_lines(n));
}
