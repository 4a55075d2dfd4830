/* Embeddings and the head: how their work is cut among threads. */
#include <string.h>

#include "base/threads.h"
#include "math/isa.h"
#include "math/ops.h"

enum {
    WORTH_A_TEAM = 1 << 14, /* below this many elements sharing out costs more than it saves */
    VECTOR = 16             /* floats: two members never write to one cache line */
};

static size_t threads_for(size_t n_elements) {
    return n_elements >= WORTH_A_TEAM ? nomen_team_size() : 1;
}

/* ---- embeddings ---- */

typedef struct embedding {
    nomen_real *out; /* forward */
    const nomen_real *word, *position, *type;
    nomen_real *dword, *dposition, *dtype; /* backward */
    const nomen_real *dout;
    const int32_t *ids, *positions, *type_ids;
    size_t n_rows, hidden;
} embedding;

static void embed_rows(void *context, size_t first, size_t end) {
    const embedding *e = context;
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t hidden = e->hidden;
    for (size_t n = first; n < end; n++) {
        kernels->add3(e->out + n * hidden, e->word + (size_t)e->ids[n] * hidden, e->type + (size_t)e->type_ids[n] * hidden,
                      e->position + (size_t)e->positions[n] * hidden, hidden);
    }
}

void nomen_op_embedding_forward(nomen_real *out, const nomen_real *word, const nomen_real *position, const nomen_real *type,
                                const int32_t *ids, const int32_t *positions, const int32_t *type_ids, size_t n_rows,
                                size_t hidden) {
    embedding e = {.out = out,
                   .word = word,
                   .position = position,
                   .type = type,
                   .ids = ids,
                   .positions = positions,
                   .type_ids = type_ids,
                   .n_rows = n_rows,
                   .hidden = hidden};
    nomen_team_run(n_rows, 0, threads_for(n_rows * hidden), embed_rows, &e);
}

/* Columns of all tables, in vectors, while walking through the rows in their order. */
static void embed_columns_backward(void *context, size_t first_vector, size_t end_vector) {
    const embedding *e = context;
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t hidden = e->hidden, first = first_vector * VECTOR;
    const size_t columns = (end_vector * VECTOR < hidden ? end_vector * VECTOR : hidden) - first;
    for (size_t n = 0; n < e->n_rows; n++) {
        const float *from = e->dout + n * hidden + first;
        kernels->accumulate(e->dword + (size_t)e->ids[n] * hidden + first, from, columns);
        kernels->accumulate(e->dposition + (size_t)e->positions[n] * hidden + first, from, columns);
        kernels->accumulate(e->dtype + (size_t)e->type_ids[n] * hidden + first, from, columns);
    }
}

void nomen_op_embedding_backward(nomen_real *dword, nomen_real *dposition, nomen_real *dtype, const nomen_real *dout,
                                 const int32_t *ids, const int32_t *positions, const int32_t *type_ids, size_t n_rows,
                                 size_t hidden) {
    embedding e = {.dword = dword,
                   .dposition = dposition,
                   .dtype = dtype,
                   .dout = dout,
                   .ids = ids,
                   .positions = positions,
                   .type_ids = type_ids,
                   .n_rows = n_rows,
                   .hidden = hidden};
    nomen_team_run((hidden + VECTOR - 1) / VECTOR, 0, threads_for(n_rows * hidden), embed_columns_backward, &e);
}

/* ---- head ---- */

/* The index of the largest of n > 0 numbers, the first of equals. */
static size_t largest(const float *x, size_t n) {
    size_t best = 0;
    for (size_t k = 1; k < n; k++) { best = x[k] > x[best] ? k : best; }
    return best;
}

double nomen_op_cross_entropy_forward(const nomen_real *logits, const int32_t *targets, const nomen_real *class_weights,
                                      size_t n_rows, size_t n_labels, size_t *n_correct) {
    const nomen_kernels *kernels = nomen_kernels_get();
    double loss = 0.0;
    size_t correct = 0;
    for (size_t n = 0; n < n_rows; n++) {
        if (targets[n] == NOMEN_IGNORE) { continue; }
        const float *row = logits + n * n_labels;
        const size_t target = (size_t)targets[n];
        const float weight = class_weights != NULL ? class_weights[target] : 1.0f;
        loss += (double)weight * (double)kernels->cross_entropy(row, n_labels, target);
        correct += largest(row, n_labels) == target;
    }
    if (n_correct != NULL) { *n_correct = correct; }
    return loss;
}

typedef struct label_rows {
    nomen_real *out; /* gradients or probabilities */
    const nomen_real *logits;
    const int32_t *targets;
    const nomen_real *class_weights;
    nomen_real scale;
    size_t n_labels;
    int32_t *best;
} label_rows;

static void cross_entropy_rows_backward(void *context, size_t first, size_t end) {
    const label_rows *h = context;
    const size_t n_labels = h->n_labels;
    for (size_t n = first; n < end; n++) {
        float *out = h->out + n * n_labels;
        if (h->targets[n] == NOMEN_IGNORE) {
            memset(out, 0, n_labels * sizeof *out);
            continue;
        }
        const size_t target = (size_t)h->targets[n];
        const float factor = h->scale * (h->class_weights != NULL ? h->class_weights[target] : 1.0f);
        nomen_kernels_get()->softmax(out, h->logits + n * n_labels, n_labels);
        out[target] -= 1.0f;
        for (size_t k = 0; k < n_labels; k++) { out[k] *= factor; }
    }
}

void nomen_op_cross_entropy_backward(nomen_real *dlogits, const nomen_real *logits, const int32_t *targets,
                                     const nomen_real *class_weights, nomen_real scale, size_t n_rows, size_t n_labels) {
    label_rows h = {.out = dlogits,
                    .logits = logits,
                    .targets = targets,
                    .class_weights = class_weights,
                    .scale = scale,
                    .n_labels = n_labels};
    nomen_team_run(n_rows, 0, threads_for(n_rows * n_labels), cross_entropy_rows_backward, &h);
}

static void softmax_rows(void *context, size_t first, size_t end) {
    const label_rows *h = context;
    const nomen_kernels *kernels = nomen_kernels_get();
    for (size_t n = first; n < end; n++) { kernels->softmax(h->out + n * h->n_labels, h->logits + n * h->n_labels, h->n_labels); }
}

void nomen_op_softmax(nomen_real *probabilities, const nomen_real *logits, size_t n_rows, size_t n_labels) {
    label_rows h = {.out = probabilities, .logits = logits, .n_labels = n_labels};
    nomen_team_run(n_rows, 0, threads_for(n_rows * n_labels), softmax_rows, &h);
}

void nomen_op_log(nomen_real *y, const nomen_real *x, size_t n_elements) {
    nomen_kernels_get()->log(y, x, n_elements);
}

static void argmax_rows(void *context, size_t first, size_t end) {
    const label_rows *h = context;
    for (size_t n = first; n < end; n++) { h->best[n] = (int32_t)largest(h->logits + n * h->n_labels, h->n_labels); }
}

void nomen_op_argmax_rows(int32_t *best, const nomen_real *x, size_t n_rows, size_t n_columns) {
    label_rows h = {.best = best, .logits = x, .n_labels = n_columns};
    nomen_team_run(n_rows, 0, threads_for(n_rows * n_columns), argmax_rows, &h);
}

void nomen_op_copy_rows(nomen_real *to, const nomen_real *from, size_t n_rows, size_t width) {
    memcpy(to, from, n_rows * width * sizeof *to);
}
