/*
 * Matrix products: C = A B or C += A B, with B in panels and A copied tile by tile.
 *
 * The order of summation is the format of the results, so it never changes with threads, vector
 * width, tiles, or the number of rows and columns: an element of C is the sum of blocks of
 * NOMEN_GEMM_KC units along K, added in ascending order; a block is one chain of fused multiply-adds, from
 * 0, in ascending order of k. Bias comes last. So a row has the same bits alone and among others.
 *
 * A unit is one element, or of bf16 a pair: A and B are then rounded to bf16 while they are copied and packed, the units
 * stay 32 bits, and the chain is of pairs, as gemm_bf16.inc.h says. Sums, bias and C are floats all the same, and so are the
 * sums of A's rows, which are of what was there before rounding.
 *
 * How it runs. B is cut into panels of kernels->cols columns; a panel holds its K rows one
 * after another, zero-padded to the full width. C is cut into rectangles, which threads take. Within one, a
 * block of panels (NOMEN_GEMM_KC deep, about half of a level 2 cache) is packed if it is not yet;
 * then each tile of up to kernels->rows rows of A is copied to a fixed stride (level 1) and runs
 * over the block's panels. A copy costs one part in a hundred of the products made with it, and
 * frees the micro-kernel from strides, aliasing cache lines and transposition.
 */
#ifndef NOMEN_MATH_GEMM_H
#define NOMEN_MATH_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "math/gemm_tile.h"
#include "math/ops.h"

/* What A and B are multiplied as. BF16 only where nomen_math_has_bf16. */
typedef enum nomen_gemm_operands { NOMEN_GEMM_FLOAT = 0, NOMEN_GEMM_BF16 = 1 } nomen_gemm_operands;

/* What to multiply. Start from {0}. */
typedef struct nomen_gemm {
    nomen_gemm_operands operands;
    size_t m, n, k; /* C (m,n) = A (m,k) B (k,n) */

    const float *a; /* element (i,k) at a[i * a_row + k * a_col]; one of the strides is 1 */
    size_t a_row, a_col;

    const float *b; /* element (k,j) at b[k * b_row + j * b_col]; one of the strides is 1 */
    size_t b_row, b_col;
    const float *packed; /* or B packed by nomen_gemm_pack, and b NULL */

    float *c; /* (m,n), rows c_row apart */
    size_t c_row;
    bool add; /* C += instead of C = */

    const float *bias; /* (n), added to each row at the end, or NULL */

    float *y; /* (m,n), rows c_row apart: y = activation(c), may be c; NULL for none */
    nomen_activation activation;

    float *a_sums; /* (m) += the sums of A's rows, in the same order; needs a_row = 1; or NULL */
} nomen_gemm;

/* Floats that the packed form of B (k,n) takes, and packing it on the team. */
size_t nomen_gemm_packed_size(nomen_gemm_operands operands, size_t k, size_t n);
void nomen_gemm_pack(nomen_gemm_operands operands, float *packed, const float *b, size_t b_row, size_t b_col, size_t k, size_t n);

/* Floats of scratch that any product with these k and n can use, at any number of threads. */
size_t nomen_gemm_scratch(nomen_gemm_operands operands, size_t k, size_t n);

/* Multiplies, on as many threads of the team as the work is worth. */
void nomen_gemm_run(const nomen_gemm *gemm, float *scratch);

/*
 * Multiplies on the calling thread alone (inside another operation's parallel region), with the same
 * bits. Scratch: nomen_gemm_serial_scratch floats for each thread.
 */
size_t nomen_gemm_serial_scratch(nomen_gemm_operands operands, size_t k, size_t n);
void nomen_gemm_serial(const nomen_gemm *gemm, float *scratch);

#endif
