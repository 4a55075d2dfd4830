/* Attention: how heads of sequences are cut among threads. */
#include <math.h>

#include "base/threads.h"
#include "math/attention.h"
#include "math/isa.h"
#include "math/ops.h"

/* A thread's share starts at a multiple of 64 bytes, whatever the caller's block does. */
enum { ALIGNMENT = 64, ALIGNMENT_FLOATS = ALIGNMENT / sizeof(float) };

/* Below this many elements sharing out costs more than it saves. */
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
    return scratch + (past > 0 ? ALIGNMENT_FLOATS - past : 0) + nomen_team_member() * share_size(longest, size);
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
static size_t chunk_of(const nomen_attention *attention, const nomen_rows *rows, size_t n_threads) {
    const size_t share = rows->n_seqs * attention->heads / (4 * n_threads);
    return share < 1 ? 1 : share < attention->heads ? share : attention->heads;
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

/* What all heads of a call share; results are in `context` and `lse`, or in `dqkv`. */
typedef struct all_heads {
    nomen_real *context, *lse, *dqkv;
    const nomen_real *qkv, *dcontext, *context_in, *lse_in;
    const nomen_attention *attention;
    const nomen_rows *rows;
    const nomen_dropout *dropout;
    nomen_real *scratch;
    size_t longest;
} all_heads;

/* The item-th head, counted through all sequences; false where its sequence is empty. */
static bool find_head(const all_heads *all, size_t item, size_t *start, size_t *index, nomen_attention_head *head,
                      nomen_dropout_row *row) {
    const size_t seq = item / all->attention->heads;
    *index = item % all->attention->heads;
    *start = all->rows->seq_start[seq];
    if (length_of(all->rows, seq) == 0) { return false; }
    *head = head_of(all->qkv, all->attention, all->rows, all->dropout, seq, *index, row);
    return true;
}

static void heads_forward(void *context, size_t first, size_t end) {
    const all_heads *all = context;
    const size_t hidden = all->attention->hidden, size = hidden / all->attention->heads;
    float *share = share_of(all->scratch, all->longest, size);
    for (size_t item = first; item < end; item++) {
        size_t start, index;
        nomen_dropout_row row;
        nomen_attention_head head;
        if (!find_head(all, item, &start, &index, &head, &row)) { continue; }
        nomen_kernels_get()->attention_forward(all->context + start * hidden + index * size,
                                               all->lse != NULL ? all->lse + index * all->rows->n_tokens + start : NULL, &head,
                                               share);
    }
}

static void heads_backward(void *context, size_t first, size_t end) {
    const all_heads *all = context;
    const size_t hidden = all->attention->hidden, size = hidden / all->attention->heads;
    float *share = share_of(all->scratch, all->longest, size);
    for (size_t item = first; item < end; item++) {
        size_t start, index;
        nomen_dropout_row row;
        nomen_attention_head head;
        if (!find_head(all, item, &start, &index, &head, &row)) { continue; }
        const size_t at = start * hidden + index * size;
        nomen_kernels_get()->attention_backward(all->dqkv + start * 3 * hidden + index * size, all->dcontext + at,
                                                all->context_in + at, all->lse_in + index * all->rows->n_tokens + start, &head,
                                                share);
    }
}

/*
 * A work item is one head of one sequence. Threads take the next items when they are done with theirs, which balances
 * sequences of different lengths; a result does not depend on who computed it.
 */
static void run_heads(all_heads *all, nomen_team_work *work) {
    const nomen_attention *attention = all->attention;
    const nomen_rows *rows = all->rows;
    const size_t n_threads = rows->n_tokens * attention->hidden >= WORTH_A_TEAM ? nomen_team_size() : 1;
    all->longest = longest_of(rows);
    nomen_team_run(rows->n_seqs * attention->heads, chunk_of(attention, rows, n_threads), n_threads, work, all);
}

void nomen_op_attention_forward(nomen_real *context, nomen_real *lse, const nomen_real *qkv, const nomen_attention *attention,
                                const nomen_rows *rows, const nomen_dropout *dropout, nomen_real *scratch) {
    all_heads all = {
        .context = context, .lse = lse, .qkv = qkv, .attention = attention, .rows = rows, .dropout = dropout, .scratch = scratch};
    run_heads(&all, heads_forward);
}

void nomen_op_attention_backward(nomen_real *dqkv, const nomen_real *dcontext, const nomen_real *context, const nomen_real *lse,
                                 const nomen_real *qkv, const nomen_attention *attention, const nomen_rows *rows,
                                 const nomen_dropout *dropout, nomen_real *scratch) {
    all_heads all = {.dqkv = dqkv,
                     .dcontext = dcontext,
                     .context_in = context,
                     .lse_in = lse,
                     .qkv = qkv,
                     .attention = attention,
                     .rows = rows,
                     .dropout = dropout,
                     .scratch = scratch};
    run_heads(&all, heads_backward);
}
