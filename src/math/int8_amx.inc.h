/*
 * Products in AMX tiles; included by int8.inc.h for kernels_amx.c. A tile of rows and a tile of a panel
 * are 16 lines of 64 bytes as they lie in memory; their product is 16 by 16 sums.
 *
 * A product of tiles takes 16 cycles but comes out after 52, so four sums are under way at a time: two
 * groups of rows by two panels, or one group by four. Tiles are in use within a call alone: afterwards
 * the thread's signal frames and context switches are as small as ever.
 */
#define INT8_FLIP 0

enum { TILE_BYTES = 1024, TILE_LINE = 64, SUMS_ROW = 64 };

typedef struct tile_config { /* as the processor reads it */
    uint8_t palette, start_row, reserved[14];
    uint16_t line_bytes[16];
    uint8_t lines[16];
} tile_config;

static const tile_config CONFIG __attribute__((aligned(64))) = {
    .palette = 1,
    .line_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .lines = {16, 16, 16, 16, 16, 16, 16, 16},
};

/* Two groups of rows by two panels. sums: (32,SUMS_ROW). */
static void tiles_2x2(int32_t *sums, const int8_t *x, const int8_t *w, size_t depth) {
    const int8_t *x1 = x + NOMEN_INT8_GROUP * depth, *w1 = w + nomen_int8_panel_bytes(depth);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t at = 0; at < NOMEN_INT8_GROUP * depth; at += TILE_BYTES) {
        _tile_loadd(4, x + at, TILE_LINE);
        _tile_loadd(6, w + at, TILE_LINE);
        _tile_loadd(5, x1 + at, TILE_LINE);
        _tile_loadd(7, w1 + at, TILE_LINE);
        _tile_dpbssd(0, 4, 6);
        _tile_dpbssd(1, 4, 7);
        _tile_dpbssd(2, 5, 6);
        _tile_dpbssd(3, 5, 7);
    }
    _tile_stored(0, sums, SUMS_ROW * sizeof *sums);
    _tile_stored(1, sums + 16, SUMS_ROW * sizeof *sums);
    _tile_stored(2, sums + 16 * SUMS_ROW, SUMS_ROW * sizeof *sums);
    _tile_stored(3, sums + 16 * SUMS_ROW + 16, SUMS_ROW * sizeof *sums);
}

/* One group of rows by one to four panels. sums: (16,SUMS_ROW). */
static void tiles_1x4(int32_t *sums, const int8_t *x, const int8_t *w, size_t depth, size_t panels) {
    const size_t panel_bytes = nomen_int8_panel_bytes(depth);
    const int8_t *w1 = panels > 1 ? w + panel_bytes : w, *w2 = panels > 2 ? w + 2 * panel_bytes : w;
    const int8_t *w3 = panels > 3 ? w + 3 * panel_bytes : w;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t at = 0; at < NOMEN_INT8_GROUP * depth; at += TILE_BYTES) {
        _tile_loadd(4, x + at, TILE_LINE);
        _tile_loadd(5, w + at, TILE_LINE);
        _tile_dpbssd(0, 4, 5);
        _tile_loadd(6, w1 + at, TILE_LINE);
        _tile_dpbssd(1, 4, 6);
        _tile_loadd(7, w2 + at, TILE_LINE);
        _tile_dpbssd(2, 4, 7);
        _tile_loadd(5, w3 + at, TILE_LINE);
        _tile_dpbssd(3, 4, 5);
    }
    _tile_stored(0, sums, SUMS_ROW * sizeof *sums);
    _tile_stored(1, sums + 16, SUMS_ROW * sizeof *sums);
    _tile_stored(2, sums + 32, SUMS_ROW * sizeof *sums);
    _tile_stored(3, sums + 48, SUMS_ROW * sizeof *sums);
}

/* Rows that are not there are computed too, from whatever lies in the group, and not stored. */
SIMD void int8_product_as(const nomen_int8_block *b, const int8_activation activation, const bool narrow) {
    (void)narrow; /* the instruction takes signed bytes of any size */
    int32_t sums[2 * NOMEN_INT8_GROUP * SUMS_ROW];
    const size_t panel_bytes = nomen_int8_panel_bytes(b->depth);
    _tile_loadconfig(&CONFIG);
    for (size_t row = 0; row < b->n_rows;) {
        const size_t left = b->n_rows - row, most = left > NOMEN_INT8_GROUP ? 2 * NOMEN_INT8_GROUP : NOMEN_INT8_GROUP;
        const size_t rows = left < most ? left : most;
        const int8_t *x = b->rows + row * b->depth;
        for (size_t col = 0; col < b->n_cols;) {
            const int8_t *w = b->panels + col / NOMEN_INT8_COLS * panel_bytes;
            const size_t cols_left = b->n_cols - col;
            size_t cols = rows > NOMEN_INT8_GROUP ? 2 * NOMEN_INT8_COLS : 4 * NOMEN_INT8_COLS;
            if (cols > cols_left) { cols = cols_left; }
            const size_t panels = (cols + NOMEN_INT8_COLS - 1) / NOMEN_INT8_COLS;
            if (rows > NOMEN_INT8_GROUP && panels == 2) {
                tiles_2x2(sums, x, w, b->depth);
            } else {
                tiles_1x4(sums, x, w, b->depth, panels);
                if (rows > NOMEN_INT8_GROUP) {
                    tiles_1x4(sums + NOMEN_INT8_GROUP * SUMS_ROW, x + NOMEN_INT8_GROUP * b->depth, w, b->depth, panels);
                }
            }
            int8_finish(b, sums, SUMS_ROW, row, rows, col, cols, activation);
            col += cols;
        }
        row += rows;
    }
    _tile_release();
}

SIMD size_t int8_bench_as(size_t steps, const bool narrow) {
    (void)narrow;
    int8_t ones[TILE_BYTES];
    memset(ones, 1, sizeof ones);
    _tile_loadconfig(&CONFIG);
    _tile_loadd(4, ones, TILE_LINE);
    _tile_loadd(5, ones, TILE_LINE);
    for (size_t k = 0; k < steps; k++) {
        _tile_dpbssd(0, 4, 5);
        _tile_dpbssd(1, 4, 5);
        _tile_dpbssd(2, 4, 5);
        _tile_dpbssd(3, 4, 5);
    }
    _tile_release();
    return steps * 4 * 16 * 16 * 64 * 2;
}
