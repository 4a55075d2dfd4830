/* What the driver (gemm.c) hands to the micro-kernels (gemm.inc.h), and the table of those. Depths are in units: see gemm.h. */
#ifndef NOMEN_MATH_GEMM_TILE_H
#define NOMEN_MATH_GEMM_TILE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    NOMEN_GEMM_KC = 384,           /* depth of a block in units; part of the format of results */
    NOMEN_GEMM_A_STRIDE = 384 + 16 /* between rows of a copied tile: no multiple of a large power of 2 */
};

/*
 * Units of k in a run, unrolled, before each of which some cache lines are asked for. Asking for three in every step cost
 * AVX2 an eighth of its speed on two threads, measured at forward 384 to 1536.
 */
enum { NOMEN_GEMM_RUN = 8 };

/* One tile of C: up to gemm_rows by gemm_cols, over one block of K. */
typedef struct nomen_gemm_tile {
    float *c;
    size_t c_row;
    const float *a;    /* the copied tile */
    const float *b;    /* the panel's rows of this block */
    const float *bias; /* of these columns, or NULL: only with the last block */
    size_t n_rows, n_cols, depth;
    bool a_by_column; /* the tile was copied by columns (from an A with a_row = 1) */
    bool add;         /* C += */
    /*
     * Fetched into the level 2 cache meanwhile, so that the next tile waits for nothing: its C, one row before each run of
     * NOMEN_GEMM_RUN steps of k, and before each of the first fetch_runs runs fetch_lines lines, fetch_step bytes apart,
     * fetch_run bytes from run to run.
     */
    const float *c_next;
    const char *fetch;
    size_t fetch_runs, fetch_lines, fetch_step, fetch_run;
} nomen_gemm_tile;

/* The kernels of one kind of operands. */
typedef struct nomen_gemm_kernels {
    size_t rows; /* of a tile at most */
    size_t cols; /* of a tile, and of a panel */
    size_t unit; /* elements along k that 32 bits of a copied tile or a panel hold */
    void (*tile)(const nomen_gemm_tile *tile);
    /* These three take elements of floats, `depth` of them along k, and fill up a last unit with zeros. */
    void (*copy_rows)(float *out, const float *a, size_t a_row, size_t n_rows, size_t depth);
    void (*copy_columns)(float *out, const float *a, size_t a_col, size_t n_rows, size_t depth, size_t n_there, float *sums);
    void (*pack_panels)(float *out, size_t panel_size, const float *b, size_t b_row, size_t b_col, size_t depth, size_t n_cols);
    size_t (*bench)(size_t steps); /* over registers alone; returns how many operations */
} nomen_gemm_kernels;

#endif
