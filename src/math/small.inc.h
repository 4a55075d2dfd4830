/*
 * The small matrix products inside attention: c (M,N) = or += alpha a (M,K) b (K,N), where N is a
 * multiple of 16, b and c are rows of whole vectors, and a is read element by element with any two
 * strides (so a^T is no work). Each element of c is one chain of fused multiply-adds along K, in
 * order, whatever the tile it falls in.
 */

/* AVX2 has sixteen registers of eight floats: six rows of one vector fill them. The plain lanes have
 * no registers to fill, and compile much faster by single rows. */
#if defined(NOMEN_SIMD_AVX2) || defined(NOMEN_SIMD_NEON)
enum { SMALL_ROWS = 6, SMALL_VECTORS = 1 };
#elif defined(NOMEN_SIMD_PLAIN)
enum { SMALL_ROWS = 1, SMALL_VECTORS = 1 };
#else
enum { SMALL_ROWS = 6, SMALL_VECTORS = 2 };
#endif

typedef struct small_product {
    float *c;
    size_t c_row;
    const float *a;
    size_t a_row, a_k;
    const float *b;
    size_t b_row;
    size_t k;
    float alpha;
    bool add;
} small_product;

/* One tile of `rows` by `vectors` * 16; both are constants where this is inlined. */
SIMD void small_tile(const small_product *p, size_t row, size_t column, size_t rows, size_t vectors) {
    nomen_v16 acc[SMALL_ROWS][SMALL_VECTORS];
    float *c = p->c + row * p->c_row + column;
    const float *a = p->a + row * p->a_row;
    const float *b = p->b + column;
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) { acc[r][v] = p->add ? v16_load(c + r * p->c_row + 16 * v) : v16_zero(); }
    }
    for (size_t k = 0; k < p->k; k++) {
        nomen_v16 bv[SMALL_VECTORS];
        for (size_t v = 0; v < vectors; v++) { bv[v] = v16_load(b + k * p->b_row + 16 * v); }
        for (size_t r = 0; r < rows; r++) {
            nomen_v16 av = v16_set1(a[r * p->a_row + k * p->a_k]);
            for (size_t v = 0; v < vectors; v++) { acc[r][v] = v16_fma(av, bv[v], acc[r][v]); }
        }
    }
    const nomen_v16 alpha = v16_set1(p->alpha);
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) { v16_store(c + r * p->c_row + 16 * v, v16_mul(alpha, acc[r][v])); }
    }
}

SIMD void small_column(const small_product *p, size_t column, size_t m, size_t vectors) {
    size_t row = 0;
    for (; row + SMALL_ROWS <= m; row += SMALL_ROWS) { small_tile(p, row, column, SMALL_ROWS, vectors); }
    if (SMALL_ROWS == 1) { return; }
    switch (m - row) {
    case 5: small_tile(p, row, column, 5, vectors); break;
    case 4: small_tile(p, row, column, 4, vectors); break;
    case 3: small_tile(p, row, column, 3, vectors); break;
    case 2: small_tile(p, row, column, 2, vectors); break;
    case 1: small_tile(p, row, column, 1, vectors); break;
    default: break;
    }
}

/* The whole product, m by n. */
static void small_multiply(const small_product *p, size_t m, size_t n) {
    size_t column = 0;
    for (; column + 16 * SMALL_VECTORS <= n; column += 16 * SMALL_VECTORS) { small_column(p, column, m, SMALL_VECTORS); }
    for (; column < n; column += 16) { small_column(p, column, m, 1); }
}

/* Fetches the D floats after a row's: what the next head packs. */
SIMD void small_fetch_next(const float *row, size_t d) {
    for (size_t e = 0; e < d; e += 16) { NOMEN_PREFETCH_FAR(row + d + e); }
}

/* out (T,Dp) = rows of D floats `stride` apart, with zeros after them; Dp is D rounded up to 16. */
static void small_pack_rows(float *out, const float *in, size_t stride, size_t t, size_t d) {
    for (size_t i = 0; i < t; i++) {
        small_fetch_next(in + i * stride, d);
        for (size_t e = 0; e < d; e += 16) {
            v16_store(out, load_lanes(in + i * stride + e, lanes_left(e, d)));
            out += 16;
        }
    }
}

/*
 * out (D,Tp) = the transpose of rows of D floats; Tp is T rounded up to 16. Columns from T on repeat
 * the last row, so that what is computed from them (and thrown away) is ordinary.
 */
static void small_pack_columns(float *out, const float *in, size_t stride, size_t t, size_t d) {
    const size_t tp = (t + 15) / 16 * 16;
    for (size_t i = 0; i < tp; i += 16) {
        const float *row[16];
        for (size_t r = 0; r < 16; r++) {
            row[r] = in + (i + r < t ? i + r : t - 1) * stride;
            small_fetch_next(row[r], d);
        }
        size_t e = 0;
        for (; e + 4 <= d; e += 4) {
            nomen_v16 v[4];
            for (size_t r = 0; r < 4; r++) { v[r] = v16_load_quads(row[r] + e, row[4 + r] + e, row[8 + r] + e, row[12 + r] + e); }
            v16_transpose4(v);
            for (size_t r = 0; r < 4; r++) { v16_store(out + (e + r) * tp + i, v[r]); }
        }
        for (; e < d; e++) {
            for (size_t r = 0; r < 16; r++) { out[e * tp + i + r] = row[r][e]; }
        }
    }
}
