/* Embeddings and the head: how their work is cut among threads. */
#include <string.h>

#include "base/threads.h"
#include "math/isa.h"
#include "math/ops.h"

/* Below this many elements a parallel region costs more than it saves. */
enum { WORTH_A_TEAM = 1 << 14 };

/* ---- embeddings ---- */

void nomen_op_embedding_forward(nomen_real *out, const nomen_real *word, const nomen_real *position, const nomen_real *type,
                                const int32_t *ids, const int32_t *positions, const int32_t *type_ids, size_t n_rows,
                                size_t hidden) {
    const nomen_kernels *kernels = nomen_kernels_get();
#pragma omp parallel for num_threads(nomen_get_threads()) if (n_rows * hidden >= WORTH_A_TEAM)
    for (size_t n = 0; n < n_rows; n++) {
        kernels->add3(out + n * hidden, word + (size_t)ids[n] * hidden, type + (size_t)type_ids[n] * hidden,
                      position + (size_t)positions[n] * hidden, hidden);
    }
}

/* Each thread takes columns of all tables and walks through the rows in their order. */
void nomen_op_embedding_backward(nomen_real *dword, nomen_real *dposition, nomen_real *dtype, const nomen_real *dout,
                                 const int32_t *ids, const int32_t *positions, const int32_t *type_ids, size_t n_rows,
                                 size_t hidden) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t n_vectors = (hidden + 15) / 16;
#pragma omp parallel num_threads(nomen_get_threads()) if (n_rows * hidden >= WORTH_A_TEAM)
    {
        const size_t team = (size_t)omp_get_num_threads();
        const size_t me = (size_t)omp_get_thread_num();
        const size_t first = n_vectors * me / team * 16;
        const size_t end = n_vectors * (me + 1) / team * 16;
        const size_t columns = (end < hidden ? end : hidden) - (first < hidden ? first : hidden);
        for (size_t n = 0; columns > 0 && n < n_rows; n++) {
            const float *from = dout + n * hidden + first;
            kernels->accumulate(dword + (size_t)ids[n] * hidden + first, from, columns);
            kernels->accumulate(dposition + (size_t)positions[n] * hidden + first, from, columns);
            kernels->accumulate(dtype + (size_t)type_ids[n] * hidden + first, from, columns);
        }
    }
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

void nomen_op_cross_entropy_backward(nomen_real *dlogits, const nomen_real *logits, const int32_t *targets,
                                     const nomen_real *class_weights, nomen_real scale, size_t n_rows, size_t n_labels) {
    const nomen_kernels *kernels = nomen_kernels_get();
#pragma omp parallel for num_threads(nomen_get_threads()) if (n_rows * n_labels >= WORTH_A_TEAM)
    for (size_t n = 0; n < n_rows; n++) {
        float *out = dlogits + n * n_labels;
        if (targets[n] == NOMEN_IGNORE) {
            memset(out, 0, n_labels * sizeof *out);
            continue;
        }
        const size_t target = (size_t)targets[n];
        const float factor = scale * (class_weights != NULL ? class_weights[target] : 1.0f);
        kernels->softmax(out, logits + n * n_labels, n_labels);
        out[target] -= 1.0f;
        for (size_t k = 0; k < n_labels; k++) { out[k] *= factor; }
    }
}

void nomen_op_softmax(nomen_real *probabilities, const nomen_real *logits, size_t n_rows, size_t n_labels) {
    const nomen_kernels *kernels = nomen_kernels_get();
#pragma omp parallel for num_threads(nomen_get_threads()) if (n_rows * n_labels >= WORTH_A_TEAM)
    for (size_t n = 0; n < n_rows; n++) { kernels->softmax(probabilities + n * n_labels, logits + n * n_labels, n_labels); }
}

void nomen_op_log(nomen_real *y, const nomen_real *x, size_t n_elements) {
    nomen_kernels_get()->log(y, x, n_elements);
}

void nomen_op_argmax_rows(int32_t *best, const nomen_real *x, size_t n_rows, size_t n_columns) {
#pragma omp parallel for num_threads(nomen_get_threads()) if (n_rows * n_columns >= WORTH_A_TEAM)
    for (size_t n = 0; n < n_rows; n++) { best[n] = (int32_t)largest(x + n * n_columns, n_columns); }
}

void nomen_op_copy_rows(nomen_real *to, const nomen_real *from, size_t n_rows, size_t width) {
    memcpy(to, from, n_rows * width * sizeof *to);
}
