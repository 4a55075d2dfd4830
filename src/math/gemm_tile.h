/* What the driver (gemm.c) hands to the micro-kernels (gemm.inc.h). */
#ifndef NOMEN_MATH_GEMM_TILE_H
#define NOMEN_MATH_GEMM_TILE_H

#include <stdbool.h>
#include <stddef.h>

/* One tile of C: up to gemm_rows by gemm_cols, over one block of K. */
typedef struct nomen_gemm_tile {
    float *c;
    size_t c_row;
    const float *a;    /* the copied tile */
    const float *b;    /* the panel's rows of this block */
    const float *bias; /* of these columns, or NULL: only with the last block */
    size_t n_rows, n_cols, depth;
    bool a_by_column;  /* the tile was copied by columns (from an A with a_row = 1) */
    bool add;          /* C += */
    const char *fetch; /* fetched into the level 2 cache meanwhile: one line in each step of k, */
    size_t fetch_step; /* so many bytes apart */
} nomen_gemm_tile;

#endif
