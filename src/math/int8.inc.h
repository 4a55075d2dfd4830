/*
 * Kernels of quantised products; included by kernels.inc.h for each instruction set, and by those
 * kernels_*.c that have instructions of their own for it: they define INT8_DOT and INT8_FLIP, or
 * NOMEN_SIMD_TILES; INT8_NARROW_DOT and INT8_NARROW_FLIP where narrow weights have a shorter way. See
 * int8_layout.h.
 *
 * The float operations, in this order for every kernel: s = row_scale * scale, then
 * y = fma((float)sum, s, bias), then the activation. (float) rounds to the nearest.
 */
#include "math/kernels.h"

/* The largest |x| as bits, which order as the magnitudes do: infinity and NaN come last. */
SIMD int32_t int8_largest(const float *x, size_t n) {
    const nomen_i16 magnitude = i16_set1(0x7fffffff);
    nomen_i16 a = i16_set1(0), b = a;
    size_t i = 0;
    for (; i + 2 * V16 <= n; i += 2 * V16) {
        a = i16_max(a, i16_and(v16_bits(v16_load(x + i)), magnitude));
        b = i16_max(b, i16_and(v16_bits(v16_load(x + i + V16)), magnitude));
    }
    for (; i < n; i += V16) { a = i16_max(a, i16_and(v16_bits(load_lanes(x + i, lanes_left(i, n))), magnitude)); }
    int32_t lanes[V16], largest = 0;
    i16_store(lanes, i16_max(a, b));
    for (size_t l = 0; l < V16; l++) { largest = lanes[l] > largest ? lanes[l] : largest; }
    return largest;
}

/*
 * A row with an infinity or a NaN becomes zeros with the scale NaN. One below 2^-120, where most / max
 * could overflow, becomes zeros with the scale 0.
 */
static void int8_quantize(int8_t *q, size_t step, float *scale, const float *x, size_t n, float most, uint8_t flip) {
    const int32_t largest = int8_largest(x, n), infinity = 0x7f800000, tiny = 0x03800000;
    float max, inverse = 0.0f;
    memcpy(&max, &largest, sizeof max);
    *scale = 0.0f;
    if (largest >= infinity) {
        *scale = __builtin_nanf("");
    } else if (largest >= tiny) {
        *scale = max / most;
        inverse = most / max;
    }
    const nomen_i16 flips = i16_set1(flip);
    const nomen_v16 factor = v16_set1(inverse);
    for (size_t k = 0; k < n; k += NOMEN_INT8_RUN, q += step) {
        const size_t left = n - k < NOMEN_INT8_RUN ? n - k : NOMEN_INT8_RUN;
        const size_t filled = step > NOMEN_INT8_RUN ? NOMEN_INT8_RUN : left;
        if (largest >= infinity) {
            memset(q, flip, filled);
        } else if (left == NOMEN_INT8_RUN) {
            for (size_t i = 0; i < NOMEN_INT8_RUN; i += V16) {
                const nomen_i16 nearest = v16_to_i16(v16_mul(v16_load(x + k + i), factor));
                i16_store_bytes(q + i, i16_xor(nearest, flips));
            }
        } else {
            int8_t run[NOMEN_INT8_RUN];
            memset(run, flip, sizeof run);
            for (size_t i = 0; i < left; i += V16) {
                const nomen_i16 nearest = v16_to_i16(v16_mul(load_lanes(x + k + i, lanes_left(i, left)), factor));
                i16_store_bytes(run + i, i16_xor(nearest, flips));
            }
            memcpy(q, run, filled);
        }
    }
}

/* An activation or none, as a constant where the kernels are expanded. */
typedef enum int8_activation {
    INT8_GELU_ERF = NOMEN_GELU_ERF,
    INT8_GELU_TANH = NOMEN_GELU_TANH,
    INT8_RELU = NOMEN_RELU,
    INT8_LINEAR
} int8_activation;

/*
 * x Phi(x), Phi(x) = 1/2 + c P(c^2 - L^2) with c = x kept within +-L, where P makes it 0 and 1. The
 * minimax polynomials err by less than 2^-15, a hundredth of a step of what an input is rounded to
 * when the next layer quantises it, at a third of the cost of vmath.h's.
 */
SIMD nomen_v16 int8_gelu(nomen_v16 x, const float limit, const float p[9]) {
    const nomen_v16 most = v16_set1(limit);
    const nomen_v16 c = v16_min(v16_max(x, v16_neg(most)), most);
    const nomen_v16 t = v16_fma(c, c, v16_set1(-limit * limit));
    nomen_v16 s = v16_set1(p[0]);
    for (size_t i = 1; i < 9; i++) { s = v16_fma(s, t, v16_set1(p[i])); }
    return v16_mul(x, v16_fma(c, s, v16_set1(0.5f)));
}

SIMD nomen_v16 int8_gelu_erf(nomen_v16 x) {
    static const float p[] = {0x1.57a1b8p-35f, 0x1.0ae234p-29f, 0x1.76fcd8p-25f, 0x1.09f2f6p-21f, 0x1.da2254p-19f,
                              0x1.bffceep-18f, 0x1.1f76c2p-13f, -0x1.8578b6p-9f, 0x1.d41d42p-4f};
    return int8_gelu(x, 4.375f, p);
}

SIMD nomen_v16 int8_gelu_tanh(nomen_v16 x) {
    static const float p[] = {0x1.d8d266p-35f, 0x1.595eb6p-29f, 0x1.c8be64p-25f, 0x1.2dd476p-21f, 0x1.003aa8p-18f,
                              0x1.71da6ep-18f, 0x1.42c026p-13f, -0x1.a94090p-9f, 0x1.e1e1e2p-4f};
    return int8_gelu(x, 4.25f, p);
}

SIMD nomen_v16 int8_activate(nomen_v16 y, const int8_activation activation) {
    switch (activation) {
    case INT8_GELU_ERF: return int8_gelu_erf(y);
    case INT8_GELU_TANH: return int8_gelu_tanh(y);
    case INT8_RELU: return v16_relu(y);
    default: return y;
    }
}

/* Sums (rows,sums_row) into y from row `row` and column `col` on. */
SIMD void int8_finish(const nomen_int8_block *b, const int32_t *sums, size_t sums_row, size_t row, size_t rows, size_t col,
                      size_t cols, const int8_activation activation) {
    const size_t y_row = b->y_row; /* vectors may alias all: what is read here is not read in the loops */
    const float *row_scale = b->row_scale + row;
    for (size_t j = 0; j < cols; j += V16) {
        const size_t lanes = lanes_left(j, cols);
        const nomen_v16 scale = load_lanes(b->scale + col + j, lanes), bias = load_lanes(b->bias + col + j, lanes);
        float *y = b->y + row * y_row + col + j;
        for (size_t i = 0; i < rows; i++, y += y_row) {
            const nomen_v16 s = v16_mul(v16_set1(row_scale[i]), scale);
            const nomen_v16 sum = i16_to_v16(i16_load(sums + i * sums_row + j));
            store_lanes(y, int8_activate(v16_fma(sum, s, bias), activation), lanes);
        }
    }
}

#if defined(NOMEN_SIMD_TILES)
#include "math/int8_amx.inc.h"
#else

#if defined(NOMEN_SIMD_AVX512)
enum { INT8_ROWS = 8, INT8_PANELS = 2 };
#else
enum { INT8_ROWS = 4, INT8_PANELS = 1 };
#endif
enum { INT8_LINE = 64 }; /* bytes of a cache line */
#if !defined(INT8_DOT) /* sum + the four products of each lane, and what is flipped for it */
#define INT8_DOT i16_dot4
#define INT8_FLIP 0
#endif
#if !defined(INT8_NARROW_DOT)
#define INT8_NARROW_FLIP INT8_FLIP
#endif

SIMD nomen_i16 int8_dot(nomen_i16 sum, nomen_i16 a, nomen_i16 w, const bool narrow) {
#if defined(INT8_NARROW_DOT)
    if (narrow) { return INT8_NARROW_DOT(sum, a, w); }
#endif
    (void)narrow;
    return INT8_DOT(sum, a, w);
}

#define INT8_EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define INT8_START(i) nomen_i16 s##i = first0, t##i = first1;
#define INT8_STEP(i) \
    if (i < rows) { \
        memcpy(&four, x + i * NOMEN_INT8_RUN, sizeof four); \
        const nomen_i16 a = i16_set1(four); \
        s##i = int8_dot(s##i, a, w0, narrow); \
        if (panels == 2) { t##i = int8_dot(t##i, a, w1, narrow); } \
    }
#define INT8_END(i) \
    if (i < rows) { \
        i16_store(sums + i * INT8_PANELS * V16, s##i); \
        if (panels == 2) { i16_store(sums + i * INT8_PANELS * V16 + V16, t##i); } \
    }

/* Four steps of K of a panel's columns. */
SIMD nomen_i16 int8_load(const int8_t *p) {
    return i16_load((const int32_t *)(const void *)p);
}

/*
 * rows, panels and narrow are constants where this is expanded. sums: (rows, INT8_PANELS * 16). Meanwhile n_lines cache lines
 * from `fetch` on are asked for before each run.
 */
SIMD void int8_tile(int32_t *sums, const int8_t *x, const int8_t *w, size_t depth, const size_t rows, const size_t panels,
                    const bool narrow, const int8_t *fetch, const size_t n_lines) {
    const size_t panel_bytes = nomen_int8_panel_bytes(depth);
    const bool flipped = (narrow ? INT8_NARROW_FLIP : INT8_FLIP) != 0;
    const nomen_i16 zero = i16_set1(0);
    const nomen_i16 first0 = flipped ? int8_load(w + panel_bytes - NOMEN_INT8_RUN) : zero;
    const nomen_i16 first1 = flipped && panels == 2 ? int8_load(w + 2 * panel_bytes - NOMEN_INT8_RUN) : zero;
    INT8_EACH_ROW(INT8_START)
    for (size_t run = 0; run < depth; run += NOMEN_INT8_RUN) {
        for (size_t i = 0; i < n_lines; i++, fetch += INT8_LINE) { NOMEN_PREFETCH_FAR(fetch); }
        for (size_t k = 0; k < NOMEN_INT8_RUN; k += 4) {
            int32_t four;
            const nomen_i16 w0 = int8_load(w);
            const nomen_i16 w1 = panels == 2 ? int8_load(w + panel_bytes) : w0;
            INT8_EACH_ROW(INT8_STEP)
            (void)w1;
            w += 4 * NOMEN_INT8_COLS;
            x += 4;
        }
        x += NOMEN_INT8_ROW_STEP - NOMEN_INT8_RUN;
    }
    INT8_EACH_ROW(INT8_END)
    (void)first1;
}

/* One tile from row and col on. Rows that are not there are computed too, from whatever lies in the group, and not stored. */
SIMD void int8_tile_at(const nomen_int8_block *b, size_t row, size_t col, const int8_activation activation, const bool narrow,
                       const int8_t *fetch, size_t n_lines) {
    int32_t sums[INT8_ROWS * INT8_PANELS * V16];
    const size_t wide = INT8_PANELS * NOMEN_INT8_COLS, in_group = row % NOMEN_INT8_GROUP;
    const int8_t *x = b->rows + (row - in_group) * b->depth + in_group * NOMEN_INT8_RUN;
    const int8_t *w = b->panels + col / NOMEN_INT8_COLS * nomen_int8_panel_bytes(b->depth);
    const size_t rows = b->n_rows - row < INT8_ROWS ? b->n_rows - row : INT8_ROWS;
    const size_t cols = b->n_cols - col < wide ? b->n_cols - col : wide;
    if (cols <= NOMEN_INT8_COLS) {
        int8_tile(sums, x, w, b->depth, INT8_ROWS, 1, narrow, fetch, n_lines);
    } else if (rows > INT8_ROWS / 2) {
        int8_tile(sums, x, w, b->depth, INT8_ROWS, INT8_PANELS, narrow, fetch, n_lines);
    } else {
        int8_tile(sums, x, w, b->depth, INT8_ROWS / 2, INT8_PANELS, narrow, fetch, n_lines);
    }
    int8_finish(b, sums, wide, row, rows, col, cols, activation);
}

/*
 * Few rows take longer to bring the weights near than to multiply: so the panels that come next are asked for meanwhile, each
 * row of tiles asking for its share.
 */
SIMD void int8_few_rows(const nomen_int8_block *b, const int8_activation activation, const bool narrow) {
    const size_t wide = INT8_PANELS * NOMEN_INT8_COLS, n_tiles = (b->n_rows + INT8_ROWS - 1) / INT8_ROWS;
    const size_t bytes = INT8_PANELS * nomen_int8_panel_bytes(b->depth), n_runs = b->depth / NOMEN_INT8_RUN;
    const size_t n_lines = (bytes / INT8_LINE + n_tiles * n_runs - 1) / (n_tiles * n_runs);
    for (size_t col = 0; col < b->n_cols; col += wide) {
        const int8_t *next = b->panels + (col + wide) / NOMEN_INT8_COLS * nomen_int8_panel_bytes(b->depth);
        const bool ends = col + wide >= b->n_cols;
        for (size_t t = 0; t < n_tiles; t++) {
            int8_tile_at(b, t * INT8_ROWS, col, activation, narrow, next + t * n_lines * n_runs * INT8_LINE, ends ? 0 : n_lines);
        }
    }
}

SIMD void int8_product_as(const nomen_int8_block *b, const int8_activation activation, const bool narrow) {
    if (b->fetches) {
        int8_few_rows(b, activation, narrow);
        return;
    }
    for (size_t row = 0; row < b->n_rows; row += INT8_ROWS) {
        for (size_t col = 0; col < b->n_cols; col += INT8_PANELS * NOMEN_INT8_COLS) {
            int8_tile_at(b, row, col, activation, narrow, NULL, 0);
        }
    }
}

SIMD size_t int8_bench_as(size_t steps, const bool narrow) {
/* No two alike, and the products never the same, or a compiler computes them but once. */
#define INT8_BENCH_START(i) nomen_i16 s##i = i16_add(i16_iota(), i16_set1(i));
#define INT8_BENCH_STEP(i) s##i = int8_dot(s##i, s##i, w, narrow);
#define INT8_BENCH_SUM(i) total = i16_add(total, s##i);
    nomen_i16 w = i16_set1(0x01020304), total = w;
    INT8_EACH_ROW(INT8_BENCH_START)
    for (size_t k = 0; k < steps; k++) { INT8_EACH_ROW(INT8_BENCH_STEP) }
    INT8_EACH_ROW(INT8_BENCH_SUM)
    int32_t lanes[V16];
    uint32_t sum = 0; /* of all lanes, or a compiler computes no others than it needs */
    i16_store(lanes, total);
    for (size_t l = 0; l < V16; l++) { sum += (uint32_t)lanes[l]; }
    volatile uint32_t sink = sum;
    (void)sink;
    return steps * 8 * V16 * 4 * 2;
}
#endif

SIMD void int8_product_of(const nomen_int8_block *b, const bool narrow) {
    switch (b->activation ? (int8_activation)*b->activation : INT8_LINEAR) {
    case INT8_GELU_ERF: int8_product_as(b, INT8_GELU_ERF, narrow); break;
    case INT8_GELU_TANH: int8_product_as(b, INT8_GELU_TANH, narrow); break;
    case INT8_RELU: int8_product_as(b, INT8_RELU, narrow); break;
    case INT8_LINEAR: int8_product_as(b, INT8_LINEAR, narrow); break;
    }
}

static void int8_wide(const nomen_int8_block *b) {
    int8_product_of(b, false);
}

static size_t int8_wide_bench(size_t steps) {
    return int8_bench_as(steps, false);
}

#define INT8_WIDE {.flip = INT8_FLIP, .run = int8_wide, .bench = int8_wide_bench}
#if defined(INT8_NARROW_DOT)
static void int8_narrow(const nomen_int8_block *b) {
    int8_product_of(b, true);
}

static size_t int8_narrow_bench(size_t steps) {
    return int8_bench_as(steps, true);
}

#define INT8_NARROW {.flip = INT8_NARROW_FLIP, .run = int8_narrow, .bench = int8_narrow_bench}
#else
#define INT8_NARROW INT8_WIDE
#endif

const nomen_int8_kernels NOMEN_INT8_KERNELS = {
    .name = NOMEN_KERNELS_NAME,
    .quantize = int8_quantize,
    .wide = INT8_WIDE,
    .narrow = INT8_NARROW,
};
