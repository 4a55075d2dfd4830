/*
 * The driver of matrix products: who computes which part of C, in which order the caches are
 * filled. Nothing here changes a bit of the result; gemm.h has the order of summation.
 */
#include "math/gemm.h"

#include <stdint.h>

#include "base/threads.h"
#include "math/cache.h"
#include "math/isa.h"
#include "math/parts.h"

enum {
    /* A copied tile, with room for the store that spills over its end. */
    TILE_FLOATS = NOMEN_GEMM_KC * 16 + 16,
    STREAM_PANELS = 8,     /* in a block of a stream; 12 and 20 are no quicker */
    STREAM_PANELS_AMD = 4, /* the same on AMD's cores; 8 are 8 % slower for 27 rows, 2 are as quick */
    LINE_FLOATS = 16
};

/* Floats in a block of panels; tiles of A and C pass by it. Larger blocks mean fewer copies of A. */
static size_t block_floats(void) {
    return nomen_cache_block_bytes() / sizeof(float);
}

/* What a thread does: rows m0..m1 of C, panels p0..p1. */
typedef struct share {
    size_t m0, m1, p0, p1;
    float *tile;  /* TILE_FLOATS */
    float *block; /* block_panels * KC * cols; unused where B is packed */
    size_t block_panels;
} share;

static size_t ceil_div(size_t a, size_t b) {
    return (a + b - 1) / b;
}

static size_t min_size(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t max_size(size_t a, size_t b) {
    return a > b ? a : b;
}

/* The caller's scratch at the next cache line. */
static float *align_line(float *p) {
    const uintptr_t line = LINE_FLOATS * sizeof(float);
    return (float *)(void *)(((uintptr_t)(void *)p + line - 1) / line * line);
}

static const nomen_gemm_kernels *kernels_of(nomen_gemm_operands operands) {
    return operands == NOMEN_GEMM_BF16 ? nomen_bf16_kernels_get() : &nomen_kernels_get()->gemm;
}

static size_t units_of(const nomen_gemm_kernels *kernels, size_t k) {
    return ceil_div(k, kernels->unit);
}

size_t nomen_gemm_packed_size(nomen_gemm_operands operands, size_t k, size_t n) {
    const nomen_gemm_kernels *kernels = kernels_of(operands);
    return ceil_div(n, kernels->cols) * kernels->cols * units_of(kernels, k);
}

typedef struct packing {
    const nomen_gemm_kernels *kernels;
    float *packed;
    const float *b;
    size_t b_row, b_col, k, n;
} packing;

static void pack_panels(void *context, size_t first, size_t end) {
    const packing *x = context;
    const nomen_gemm_kernels *kernels = x->kernels;
    const size_t cols = kernels->cols, size = cols * units_of(kernels, x->k);
    for (size_t p = first; p < end; p++) {
        kernels->pack_panels(x->packed + p * size, size, x->b + p * cols * x->b_col, x->b_row, x->b_col, x->k,
                             min_size(cols, x->n - p * cols));
    }
}

void nomen_gemm_pack(nomen_gemm_operands operands, float *packed, const float *b, size_t b_row, size_t b_col, size_t k,
                     size_t n) {
    packing x = {.kernels = kernels_of(operands), .packed = packed, .b = b, .b_row = b_row, .b_col = b_col, .k = k, .n = n};
    nomen_team_run(ceil_div(n, x.kernels->cols), 0, nomen_team_size(), pack_panels, &x);
}

/* Panels in a block that hold no more than `floats`, at least one. */
static size_t panels_in(size_t floats, const nomen_gemm_kernels *kernels, size_t k) {
    return max_size(1, floats / (kernels->cols * min_size(max_size(units_of(kernels, k), 1), NOMEN_GEMM_KC)));
}

/*
 * Scratch does not depend on the number of threads, so that a plan made for one number serves
 * another: many threads have smaller blocks. Enough for a team of NOMEN_MAX_THREADS with one panel each.
 */
size_t nomen_gemm_scratch(nomen_gemm_operands operands, size_t k, size_t n) {
    const nomen_gemm_kernels *kernels = kernels_of(operands);
    const size_t cols = kernels->cols, depth = min_size(units_of(kernels, k), NOMEN_GEMM_KC);
    const size_t panels = ceil_div(n, cols);
    const size_t threads = NOMEN_MAX_THREADS;
    return LINE_FLOATS + threads * (TILE_FLOATS + cols * depth) + min_size(panels * cols * depth, 4 * block_floats());
}

size_t nomen_gemm_serial_scratch(nomen_gemm_operands operands, size_t k, size_t n) {
    const nomen_gemm_kernels *kernels = kernels_of(operands);
    const size_t cols = kernels->cols, depth = min_size(units_of(kernels, k), NOMEN_GEMM_KC);
    const size_t panels = min_size(ceil_div(n, cols), panels_in(block_floats(), kernels, k));
    return LINE_FLOATS + TILE_FLOATS + panels * cols * depth;
}

/*
 * Whether packed panels are read so fast that the processor's own prefetching of streams brings more of them
 * than asking for them line by line, which a core can do for but a dozen lines at a time: one or two tiles of
 * 14 rows, over panels two lines wide. (Measured at weights that come from the level 3 cache: 27 rows at
 * 84 % of the peak instead of 75, 14 rows at 77 instead of 65; three tiles lose 4, AVX2's narrow panels 8.)
 */
static bool is_stream(const nomen_gemm_kernels *kernels, size_t n_tiles) {
    return n_tiles <= 2 && kernels->cols > LINE_FLOATS;
}

/* One block of panels, one block of K: where it lies and what comes after it. */
typedef struct step {
    const nomen_gemm *g;
    const nomen_gemm_kernels *kernels;
    const share *part;
    size_t p0, p1;     /* panels */
    size_t k0, depth;  /* units of K */
    const float *b;    /* its first panel */
    size_t panel_size; /* between panels */
    const float *next; /* the first panel of the block after it, for fetching; NULL where there is none */
    bool last;         /* of K */
} step;

/* Where the block's part of A begins, and the elements of K in it. */
static const float *block_of_a(const step *x) {
    return x->g->a + x->k0 * x->kernels->unit * x->g->a_col;
}

static size_t n_elements(const step *x) {
    return min_size(x->depth * x->kernels->unit, x->g->k - x->k0 * x->kernels->unit);
}

static void copy_tile(const step *x, size_t m, size_t n_rows) {
    const nomen_gemm *g = x->g;
    const float *a = block_of_a(x) + m * g->a_row;
    if (g->a_row != 1) {
        x->kernels->copy_rows(x->part->tile, a, g->a_row, n_rows, n_elements(x));
    } else {
        /* one thread and one block of panels of all see each row of A for its sum */
        float *sums = g->a_sums && x->p0 == 0 ? g->a_sums + m : NULL;
        x->kernels->copy_columns(x->part->tile, a, g->a_col, n_rows, n_elements(x), g->m - m, sums);
    }
}

/* Lines that a tile asks for, from `from` on, `apart` bytes from each other: as few before each run as do it. */
static void fetch_range(nomen_gemm_tile *tile, const char *from, size_t n_lines, size_t apart) {
    const size_t runs = max_size(1, tile->depth / NOMEN_GEMM_RUN);
    tile->fetch = from;
    tile->fetch_lines = ceil_div(n_lines, runs);
    tile->fetch_runs = ceil_div(n_lines, max_size(1, tile->fetch_lines));
    tile->fetch_step = apart;
    tile->fetch_run = apart * tile->fetch_lines;
}

/*
 * What is asked for of a stream of panels while the i-th of a block is multiplied. The first of two tiles reads them from memory,
 * the second from the level 2 cache, and so it asks for the next block's. On AMD's cores asking for all lines, by the first tile
 * too, for the panel after this one, is 1.3 to 1.5 times as fast for 27 rows as what is best on Intel's (weights from memory,
 * one thread of a Zen 5): there it takes longer than it computes, as a core has a dozen lines on their way and no more. So the
 * second tile asks for half of a panel, and the rest is left to the processor's own prefetching.
 */
static void fetch_stream(const step *x, nomen_gemm_tile *tile, size_t i, size_t t, size_t n_tiles) {
    const size_t line = LINE_FLOATS * sizeof(float), n_lines = ceil_div(x->depth * x->kernels->cols, LINE_FLOATS);
    if (!nomen_isa_is_amd()) {
        if (t == 1 && x->next) { fetch_range(tile, (const char *)(x->next + i * x->panel_size), n_lines / 2, line); }
        return;
    }
    const bool first = t == 0, ends = i + 1 == x->p1 - x->p0;
    const float *from = NULL;
    if (first && !ends) {
        from = x->b + (i + 1) * x->panel_size;
    } else if (x->next && (!first || n_tiles == 1)) {
        from = x->next + (first ? 0 : i * x->panel_size);
    }
    if (from) { fetch_range(tile, (const char *)from, n_lines, line); }
}

/*
 * What a tile's run over panel p brings near: the next tile's part of A, while it is at its first
 * three panels (rows) or its last two (columns), and its share of the next block of packed panels at the
 * others (or always, where there are but a few tiles to bring it).
 */
static void choose_fetch(const step *x, nomen_gemm_tile *tile, size_t p, size_t next_m, size_t t, size_t n_tiles) {
    enum { ROW_PANELS = 3, LINES = NOMEN_GEMM_KC / LINE_FLOATS / ROW_PANELS };
    const nomen_gemm *g = x->g;
    const size_t i = p - x->p0, line = LINE_FLOATS * sizeof(float);
    const float *a = block_of_a(x);
    tile->fetch_runs = 0;
    if (tile->a_by_column && p + 2 >= x->p1 && next_m < g->m) {
        /* two lines hold a tile's part of a column: the one of its first row, and of its last */
        const size_t row = next_m + (x->p1 - 1 - p) * (x->kernels->rows - 1);
        fetch_range(tile, (const char *)(a + min_size(row, g->m - 1)), n_elements(x), g->a_col * sizeof(float));
    } else if (!tile->a_by_column && i < ROW_PANELS && next_m < x->part->m1 && n_tiles > 4) {
        const size_t n_lines = LINES * x->kernels->unit;
        tile->fetch = (const char *)(a + next_m * g->a_row + i * n_lines * LINE_FLOATS);
        tile->fetch_runs = x->kernels->rows;
        tile->fetch_lines = n_lines;
        tile->fetch_step = line;
        tile->fetch_run = g->a_row * sizeof(float);
    } else if (is_stream(x->kernels, n_tiles)) {
        fetch_stream(x, tile, i, t, n_tiles);
    } else if (x->next) {
        const size_t n_lines = ceil_div(x->depth * x->kernels->cols, LINE_FLOATS), mine = ceil_div(n_lines, n_tiles);
        fetch_range(tile, (const char *)(x->next + i * x->panel_size) + t * mine * line, mine, line);
    }
}

/* The t-th of n_tiles: rows m..next_m of C, over the panels of the block. */
static void run_tile(const step *x, size_t m, size_t next_m, size_t t, size_t n_tiles) {
    const nomen_gemm *g = x->g;
    const size_t cols = x->kernels->cols, n_rows = next_m - m;
    nomen_gemm_tile tile = {.c_row = g->c_row, .a = x->part->tile, .n_rows = n_rows, .depth = x->depth};
    tile.a_by_column = g->a_row == 1;
    tile.add = g->add || x->k0 > 0;
    copy_tile(x, m, n_rows);
    const float *after = g->c + (next_m < x->part->m1 ? next_m : m) * g->c_row + x->p0 * cols;
    for (size_t p = x->p0; p < x->p1; p++) {
        tile.c = g->c + m * g->c_row + p * cols;
        tile.c_next = p + 1 < x->p1 ? tile.c + cols : after;
        tile.b = x->b + (p - x->p0) * x->panel_size;
        tile.n_cols = min_size(cols, g->n - p * cols);
        tile.bias = x->last && g->bias ? g->bias + p * cols : NULL;
        choose_fetch(x, &tile, p, next_m, t, n_tiles);
        x->kernels->tile(&tile);
    }
    if (x->last && g->y) {
        const size_t j = x->p0 * cols, n = min_size(x->p1 * cols, g->n) - j;
        for (size_t i = m; i < m + n_rows; i++) {
            nomen_kernels_get()->act_forward(g->y + i * g->c_row + j, g->c + i * g->c_row + j, g->activation, n);
        }
    }
}

/* All tiles of the part's rows, as equal as can be: 27 rows are 14 + 13. */
static void run_block(const step *x) {
    const size_t m0 = x->part->m0, rows = x->part->m1 - m0;
    const size_t n_tiles = ceil_div(rows, x->kernels->rows);
    for (size_t t = 0; t < n_tiles; t++) {
        const size_t from = rows * t / n_tiles, to = rows * (t + 1) / n_tiles;
        run_tile(x, m0 + from, m0 + to, t, n_tiles);
    }
}

static void run_part(const nomen_gemm *g, const nomen_gemm_kernels *kernels, const share *part) {
    const size_t cols = kernels->cols, panels = part->p1 - part->p0, units = units_of(kernels, g->k);
    if (panels == 0 || part->m1 == part->m0) { return; }
    const size_t n_blocks = ceil_div(panels, part->block_panels);
    for (size_t i = 0; i < n_blocks; i++) {
        step x = {.g = g, .kernels = kernels, .part = part};
        x.p0 = part->p0 + panels * i / n_blocks;
        x.p1 = part->p0 + panels * (i + 1) / n_blocks;
        do {
            x.depth = min_size(units - x.k0, NOMEN_GEMM_KC);
            x.last = x.k0 + x.depth == units;
            if (g->packed) {
                x.panel_size = units * cols;
                x.b = g->packed + x.p0 * x.panel_size + x.k0 * cols;
                x.next = !x.last ? x.b + x.depth * cols : i + 1 < n_blocks ? g->packed + x.p1 * x.panel_size : NULL;
            } else {
                x.panel_size = x.depth * cols;
                x.b = part->block;
                kernels->pack_panels(part->block, x.panel_size, g->b + x.k0 * kernels->unit * g->b_row + x.p0 * cols * g->b_col,
                                     g->b_row, g->b_col, n_elements(&x), min_size(x.p1 * cols, g->n) - x.p0 * cols);
            }
            run_block(&x);
            x.k0 += x.depth;
        } while (x.k0 < units);
    }
}

/*
 * How many threads share the rows (tm) and the panels (tn). Costs are in multiply-adds per unit of
 * k: copying an element of A costs about 4, packing or fetching one of B about 24. Work too small
 * for a thread to be worth waking (about 4 microseconds) stays on fewer.
 */
static void choose_grid(const nomen_gemm *g, const nomen_gemm_kernels *kernels, size_t *tm, size_t *tn) {
    const size_t cols = kernels->cols, panels = ceil_div(g->n, cols);
    const double work = ((double)g->m + 24.0) * (double)g->n * (double)units_of(kernels, g->k);
    size_t threads = nomen_team_size();
    if (work < 400e3 * (double)threads) { threads = max_size(1, (size_t)(work / 400e3)); }
    double best = 0;
    *tm = *tn = 1;
    for (size_t n = 1; n <= min_size(threads, panels); n++) {
        const size_t m = min_size(threads / n, g->m);
        const double rows = (double)ceil_div(g->m, m), width = (double)(ceil_div(panels, n) * cols);
        const double blocks = (double)ceil_div(ceil_div(panels, n), panels_in(block_floats(), kernels, g->k));
        const double cost = rows * width + 4.0 * rows * blocks + 24.0 * width;
        if (n == 1 || cost <= best) {
            best = cost;
            *tm = m;
            *tn = n;
        }
    }
}

/*
 * Panels in a block, for a part of so many rows. A block that is packed here fills the room. One that
 * comes packed shares the cache with the next, which is fetched meanwhile, and is small where few
 * tiles use it: the fetch then stays close ahead. A stream needs no room, only few copies of A.
 */
static size_t choose_block(const nomen_gemm *g, const nomen_gemm_kernels *kernels, size_t rows, size_t room) {
    const size_t n_tiles = ceil_div(rows, kernels->rows);
    if (!g->packed) { return panels_in(min_size(room, block_floats()), kernels, g->k); }
    if (is_stream(kernels, n_tiles)) { return nomen_isa_is_amd() ? STREAM_PANELS_AMD : STREAM_PANELS; }
    return n_tiles == 1 ? 1 : min_size(2 * n_tiles + 1, panels_in(block_floats() / 2, kernels, g->k));
}

/* How a product is cut into parts, and where each member has its scratch. */
typedef struct grid {
    const nomen_gemm *g;
    const nomen_gemm_kernels *kernels;
    size_t tm, tn, panels, fit;
    float *base;
    size_t stride;
} grid;

static void run_parts(void *context, size_t first, size_t end) {
    const grid *x = context;
    const nomen_gemm *g = x->g;
    float *const scratch = x->base + nomen_team_member() * x->stride;
    for (size_t i = first; i < end; i++) {
        const size_t im = i / x->tn, in = i % x->tn;
        const share mine = {.m0 = g->m * im / x->tm,
                            .m1 = g->m * (im + 1) / x->tm,
                            .p0 = x->panels * in / x->tn,
                            .p1 = x->panels * (in + 1) / x->tn,
                            .tile = scratch,
                            .block = scratch + TILE_FLOATS,
                            .block_panels = x->fit};
        run_part(g, x->kernels, &mine);
    }
}

/*
 * Large products are cut into more parts than there are members (parts.h): those of packed panels by rows. Where each part
 * packs its own it is by panels, at least four of them, as all of A is copied for them.
 */
static void cut_finer(grid *x) {
    enum { BY_PANELS = 3, PANELS = 4 };
    if (x->tm * x->tn == 1) { return; }
    if (x->g->packed) {
        x->tm = nomen_parts_of_rows(x->g->m, x->tm);
    } else {
        x->tn *= max_size(1, min_size(BY_PANELS, x->panels / x->tn / PANELS));
    }
}

void nomen_gemm_run(const nomen_gemm *g, float *scratch) {
    if (g->m == 0 || g->n == 0) { return; }
    const nomen_gemm_kernels *kernels = kernels_of(g->operands);
    const size_t cols = kernels->cols;
    grid x = {.g = g, .kernels = kernels, .panels = ceil_div(g->n, cols), .base = align_line(scratch)};
    choose_grid(g, kernels, &x.tm, &x.tn);
    const size_t n_members = x.tm * x.tn;
    const size_t room = (nomen_gemm_scratch(g->operands, g->k, g->n) - LINE_FLOATS) / n_members - TILE_FLOATS;
    x.fit = min_size(choose_block(g, kernels, ceil_div(g->m, x.tm), room), x.panels);
    x.stride = TILE_FLOATS + (g->packed ? 0 : x.fit * cols * min_size(units_of(kernels, g->k), NOMEN_GEMM_KC));
    cut_finer(&x);
    nomen_team_run(x.tm * x.tn, 1, n_members, run_parts, &x);
}

void nomen_gemm_serial(const nomen_gemm *g, float *scratch) {
    if (g->m == 0 || g->n == 0) { return; }
    const nomen_gemm_kernels *kernels = kernels_of(g->operands);
    const size_t cols = kernels->cols, panels = ceil_div(g->n, cols);
    const share all = {.m1 = g->m,
                       .p1 = panels,
                       .tile = align_line(scratch),
                       .block = align_line(scratch) + TILE_FLOATS,
                       .block_panels = min_size(panels, choose_block(g, kernels, g->m, block_floats()))};
    run_part(g, kernels, &all);
}
