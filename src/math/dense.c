/* Dense layers and activations of ops.h: each is one or two products of floats, bf16 (gemm.h) or bytes (int8.h). */
#include "base/threads.h"
#include "math/gemm.h"
#include "math/int8.h"
#include "math/isa.h"
#include "math/ops.h"

static nomen_gemm_operands operands_of(nomen_dense_kind kind) {
    return kind == NOMEN_DENSE_BF16 ? NOMEN_GEMM_BF16 : NOMEN_GEMM_FLOAT;
}

size_t nomen_op_dense_packed_size(nomen_dense_kind kind, size_t in, size_t out) {
    if (kind == NOMEN_DENSE_INT8) { return nomen_int8_packed_size(in, out); }
    return nomen_gemm_packed_size(operands_of(kind), in, out) * sizeof(nomen_real);
}

void nomen_op_dense_pack(nomen_dense_kind kind, void *packed, const nomen_real *weight, size_t in, size_t out) {
    nomen_gemm_pack(operands_of(kind), packed, weight, 1, in, in, out);
}

size_t nomen_op_dense_scratch(nomen_dense_kind kind, size_t n_rows, size_t in, size_t out) {
    if (kind == NOMEN_DENSE_INT8) { return nomen_int8_scratch(n_rows, in, out); }
    const nomen_gemm_operands operands = operands_of(kind);
    const size_t forward = nomen_gemm_scratch(operands, in, out), input = nomen_gemm_scratch(operands, out, in);
    const size_t weight = nomen_gemm_scratch(operands, n_rows, in);
    const size_t backward = input > weight ? input : weight;
    return forward > backward ? forward : backward;
}

/* x weight^T + bias, as a product whose B (I,O) is the weight seen by columns. */
static nomen_gemm product_of(nomen_real *y, const nomen_real *x, const nomen_dense *layer, size_t n_rows) {
    nomen_gemm g = {.operands = operands_of(layer->kind), .m = n_rows, .n = layer->out, .k = layer->in};
    g.a = x;
    g.a_row = layer->in;
    g.a_col = 1;
    g.b = layer->packed ? NULL : layer->weight;
    g.b_row = 1;
    g.b_col = layer->in;
    g.packed = layer->packed;
    g.c = y;
    g.c_row = layer->out;
    g.bias = layer->bias;
    return g;
}

void nomen_op_dense_forward(nomen_real *y, const nomen_real *x, const nomen_dense *layer, size_t n_rows, nomen_real *scratch) {
    if (layer->kind == NOMEN_DENSE_INT8) {
        nomen_int8_forward(y, x, layer, NULL, n_rows, scratch);
        return;
    }
    const nomen_gemm g = product_of(y, x, layer, n_rows);
    nomen_gemm_run(&g, scratch);
}

void nomen_op_dense_act_forward(nomen_real *y, nomen_real *u, const nomen_real *x, const nomen_dense *layer,
                                nomen_activation activation, size_t n_rows, nomen_real *scratch) {
    if (layer->kind == NOMEN_DENSE_INT8) {
        nomen_int8_forward(y, x, layer, &activation, n_rows, scratch);
        return;
    }
    nomen_gemm g = product_of(u ? u : y, x, layer, n_rows);
    g.y = y;
    g.activation = activation;
    nomen_gemm_run(&g, scratch);
}

/* dx (N,I) = dy (N,O) weight (O,I). */
static void input_gradient(nomen_real *dx, const nomen_real *dy, const nomen_dense *layer, size_t n_rows, bool add,
                           nomen_real *scratch) {
    nomen_gemm g = {.operands = operands_of(layer->kind), .m = n_rows, .n = layer->in, .k = layer->out};
    g.a = dy;
    g.a_row = layer->out;
    g.a_col = 1;
    g.b = layer->weight;
    g.b_row = layer->in;
    g.b_col = 1;
    g.c = dx;
    g.c_row = layer->in;
    g.add = add;
    nomen_gemm_run(&g, scratch);
}

/* dweight (O,I) += or = dy^T (O,N) x (N,I), and the sums of dy^T's rows on the way. */
static void weight_gradient(nomen_real *dweight, nomen_real *dbias, const nomen_real *dy, const nomen_real *x,
                            const nomen_dense *layer, size_t n_rows, bool add, nomen_real *scratch) {
    nomen_gemm g = {.operands = operands_of(layer->kind), .m = layer->out, .n = layer->in, .k = n_rows};
    g.a = dy;
    g.a_row = 1;
    g.a_col = layer->out;
    g.b = x;
    g.b_row = layer->in;
    g.b_col = 1;
    g.c = dweight;
    g.c_row = layer->in;
    g.add = add;
    g.a_sums = dbias;
    nomen_gemm_run(&g, scratch);
}

void nomen_op_dense_backward(nomen_real *dx, nomen_real *dweight, nomen_real *dbias, const nomen_real *dy, const nomen_real *x,
                             const nomen_dense *layer, size_t n_rows, unsigned how, nomen_real *scratch) {
    if (n_rows == 0) { return; }
    if (dweight) { weight_gradient(dweight, dbias, dy, x, layer, n_rows, !(how & NOMEN_SET_DWEIGHT), scratch); }
    if (dx) { input_gradient(dx, dy, layer, n_rows, how & NOMEN_ADD_DX, scratch); }
}

typedef struct act_call {
    nomen_real *du, *y;
    const nomen_real *dy, *u;
    nomen_activation activation;
    size_t n_elements;
} act_call;

enum { CHUNK = 4096 }; /* a few microseconds; elements are independent, so cuts change nothing */

static void act_chunks_backward(void *context, size_t first, size_t end) {
    const act_call *c = context;
    const size_t from = first * CHUNK, to = end * CHUNK < c->n_elements ? end * CHUNK : c->n_elements;
    nomen_kernels_get()->act_backward(c->du + from, c->y + from, c->dy + from, c->u + from, c->activation, to - from);
}

void nomen_op_act_backward(nomen_real *du, nomen_real *y, const nomen_real *dy, const nomen_real *u, nomen_activation activation,
                           size_t n_elements) {
    act_call c = {.du = du, .y = y, .dy = dy, .u = u, .activation = activation, .n_elements = n_elements};
    nomen_team_run((n_elements + CHUNK - 1) / CHUNK, 0, nomen_team_size(), act_chunks_backward, &c);
}

static void act_chunks_forward(void *context, size_t first, size_t end) {
    const act_call *c = context;
    const size_t from = first * CHUNK, to = end * CHUNK < c->n_elements ? end * CHUNK : c->n_elements;
    nomen_kernels_get()->act_forward(c->y + from, c->u + from, c->activation, to - from);
}

void nomen_op_act_forward(nomen_real *y, const nomen_real *x, nomen_activation activation, size_t n_elements) {
    act_call c = {.y = y, .u = x, .activation = activation, .n_elements = n_elements};
    nomen_team_run((n_elements + CHUNK - 1) / CHUNK, 0, nomen_team_size(), act_chunks_forward, &c);
}

const char *nomen_math_isa(void) {
    return nomen_kernels_get()->name;
}
