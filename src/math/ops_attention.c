/* Attention: how heads of sequences are cut among threads. */
#include <math.h>

#include "base/threads.h"
#include "math/attention.h"
#include "math/isa.h"
#include "math/ops.h"

/* A thread's share starts at a multiple of 64 bytes, whatever the caller's block does. */
enum { ALIGNMENT = 64, ALIGNMENT_FLOATS = ALIGNMENT / sizeof(float) };

/* Below this many elements a parallel region costs more than it saves. */
enum { WORTH_A_TEAM = 1 << 12 };

static size_t share_size(size_t longest, size_t size) {
    nomen_attention_work work;
    return nomen_attention_layout(&work, NULL, longest, size);
}

size_t nomen_op_attention_scratch(const nomen_attention *attention, size_t n_tokens, size_t longest) {
    (void)n_tokens;
    return (size_t)NOMEN_MAX_THREADS * share_size(longest, attention->hidden / attention->heads) + ALIGNMENT_FLOATS;
}

static float *share_of(float *scratch, size_t longest, size_t size) {
    const size_t past = (uintptr_t)scratch % ALIGNMENT / sizeof(float);
    return scratch + (past > 0 ? ALIGNMENT_FLOATS - past : 0) + (size_t)omp_get_thread_num() * share_size(longest, size);
}

static size_t length_of(const nomen_rows *rows, size_t seq) {
    return rows->seq_start[seq + 1] - rows->seq_start[seq];
}

static size_t longest_of(const nomen_rows *rows) {
    size_t longest = 0;
    for (size_t b = 0; b < rows->n_seqs; b++) { longest = length_of(rows, b) > longest ? length_of(rows, b) : longest; }
    return longest;
}

/*
 * Heads that a thread takes at a time: neighbours share cache lines and fetch for each other, so a
 * sequence's where there are many sequences.
 */
static int chunk_of(const nomen_attention *attention, const nomen_rows *rows) {
    const size_t share = rows->n_seqs * attention->heads / (4 * (size_t)omp_get_num_threads());
    return (int)(share < 1 ? 1 : share < attention->heads ? share : attention->heads);
}

/* Fills in one head of one sequence. `row` is where its dropout stands, if there is any. */
static nomen_attention_head head_of(const nomen_real *qkv, const nomen_attention *attention, const nomen_rows *rows,
                                    const nomen_dropout *dropout, size_t seq, size_t index, nomen_dropout_row *row) {
    const size_t size = attention->hidden / attention->heads;
    nomen_attention_head h = {.qkv = qkv + rows->seq_start[seq] * 3 * attention->hidden + index * size,
                              .stride = 3 * attention->hidden,
                              .hidden = attention->hidden,
                              .length = length_of(rows, seq),
                              .size = size,
                              .size_padded = nomen_attention_padded(size),
                              .scale = 1.0f / sqrtf((float)size)};
    h.length_padded = nomen_attention_padded(h.length);
    if (nomen_dropout_on(dropout)) {
        *row = nomen_dropout_row_of(dropout, rows, seq, index);
        h.dropout = row;
    }
    return h;
}

/*
 * A work item is one head of one sequence. Threads take the next item when they are done with one,
 * which balances sequences of different lengths; a result does not depend on who computed it.
 */
void nomen_op_attention_forward(nomen_real *context, nomen_real *lse, const nomen_real *qkv, const nomen_attention *attention,
                                const nomen_rows *rows, const nomen_dropout *dropout, nomen_real *scratch) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t longest = longest_of(rows);
    const size_t size = attention->hidden / attention->heads;
#pragma omp parallel num_threads(nomen_get_threads()) if (rows -> n_tokens * attention->hidden >= WORTH_A_TEAM)
    {
        float *share = share_of(scratch, longest, size);
#pragma omp for schedule(dynamic, chunk_of(attention, rows))
        for (size_t item = 0; item < rows->n_seqs * attention->heads; item++) {
            const size_t seq = item / attention->heads;
            const size_t index = item % attention->heads;
            if (length_of(rows, seq) == 0) { continue; }
            const size_t start = rows->seq_start[seq];
            nomen_dropout_row row;
            const nomen_attention_head h = head_of(qkv, attention, rows, dropout, seq, index, &row);
            kernels->attention_forward(context + start * attention->hidden + index * size,
                                       lse != NULL ? lse + index * rows->n_tokens + start : NULL, &h, share);
        }
    }
}

void nomen_op_attention_backward(nomen_real *dqkv, const nomen_real *dcontext, const nomen_real *context, const nomen_real *lse,
                                 const nomen_real *qkv, const nomen_attention *attention, const nomen_rows *rows,
                                 const nomen_dropout *dropout, nomen_real *scratch) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t longest = longest_of(rows);
    const size_t size = attention->hidden / attention->heads;
#pragma omp parallel num_threads(nomen_get_threads()) if (rows -> n_tokens * attention->hidden >= WORTH_A_TEAM)
    {
        float *share = share_of(scratch, longest, size);
#pragma omp for schedule(dynamic, chunk_of(attention, rows))
        for (size_t item = 0; item < rows->n_seqs * attention->heads; item++) {
            const size_t seq = item / attention->heads;
            const size_t index = item % attention->heads;
            if (length_of(rows, seq) == 0) { continue; }
            const size_t start = rows->seq_start[seq];
            const size_t at = start * attention->hidden + index * size;
            nomen_dropout_row row;
            const nomen_attention_head h = head_of(qkv, attention, rows, dropout, seq, index, &row);
            kernels->attention_backward(dqkv + start * 3 * attention->hidden + index * size, dcontext + at, context + at,
                                        lse + index * rows->n_tokens + start, &h, share);
        }
    }
}
