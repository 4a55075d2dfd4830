/*
 * Products of quantised matrices: what the operations of ops.h (int8.c) and the kernels
 * (int8.inc.h) have to agree on.
 *
 * A quantised matrix is rows of bytes q in [-127, 127] with a scale each: x ~ scale q. Sums of
 * products of bytes are exact in 32 bits up to NOMEN_INT8_MAX_IN of them, so their order is free and
 * every kernel gives the same bits; the few float operations around them are fixed in int8.inc.h.
 *
 * Rows of x and columns of the weight lie in blocks that suit every instruction set: four
 * neighbours along K are the unit (a lane of 32 bits), and K is filled up with zeros to whole
 * cache lines.
 *   rows: groups of 16, each [K/64][16 rows][64]
 *   panels of 16 columns: [K/4][16 columns][4], and after it 16 int32, -128 times the sum of each
 *   column, for the kernels that want x as unsigned bytes, q + 128 (`flip`)
 *   behind the last panel a line with what is known of the whole weight
 */
#ifndef NOMEN_MATH_INT8_LAYOUT_H
#define NOMEN_MATH_INT8_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "math/ops.h"

enum {
    NOMEN_INT8_COLS = 16,                                   /* of a panel */
    NOMEN_INT8_GROUP = 16,                                  /* rows */
    NOMEN_INT8_RUN = 64,                                    /* steps of K in a cache line */
    NOMEN_INT8_ROW_STEP = NOMEN_INT8_GROUP * NOMEN_INT8_RUN /* from one run of a row to the next */
};

/* Bytes of a panel of `depth` steps of K. */
static inline size_t nomen_int8_panel_bytes(size_t depth) {
    return depth * NOMEN_INT8_COLS + NOMEN_INT8_COLS * sizeof(int32_t);
}

/* Of the whole weight. Fills a cache line, so that what is packed next to it begins at one too. */
typedef struct nomen_int8_summary {
    uint8_t narrow; /* 1: every q is within +-NOMEN_INT8_NARROW */
    uint8_t unused[63];
} nomen_int8_summary;

/* Some rows of y and some whole panels (but for the last one's columns that are not there). */
typedef struct nomen_int8_block {
    float *y; /* (n_rows,n_cols), y_row apart */
    size_t y_row;
    const int8_t *rows;     /* groups; starts with a whole one */
    const float *row_scale; /* (n_rows) */
    const int8_t *panels;
    const float *scale; /* (n_cols) */
    const float *bias;  /* (n_cols) */
    size_t n_rows, n_cols;
    size_t depth;                       /* K, filled up to whole runs */
    const nomen_activation *activation; /* or NULL */
    bool fetches;                       /* few rows: panels are asked for before they are read */
} nomen_int8_block;

#endif
