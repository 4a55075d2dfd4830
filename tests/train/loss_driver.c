/*
 * Losses as a step of training computes them, for the comparison with torch: reads "LOSS SETTING N K WEIGHTED", K class weights
 * if WEIGHTED is 1, then N lines of a target (-100: none) and K logits; and again, to the end. LOSS is cross-entropy, smoothed or
 * focal. Prints the mean loss and its N K gradients, a line each time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/ops_loss.h"

static double run(const char *loss, double setting, const nomen_loss_rows *rows, float *dlogits) {
    double weight = 0, sum;
    for (size_t n = 0; n < rows->n_rows; n++) {
        if (rows->targets[n] == NOMEN_IGNORE) { continue; }
        weight += rows->class_weights != NULL ? (double)rows->class_weights[rows->targets[n]] : 1;
    }
    const float scale = (float)(1 / weight);
    if (strcmp(loss, "focal") == 0) {
        sum = nomen_op_focal_forward(rows, setting);
        nomen_op_focal_backward(dlogits, rows, setting, scale);
    } else if (strcmp(loss, "smoothed") == 0) {
        sum = nomen_op_smoothed_forward(rows, setting);
        nomen_op_smoothed_backward(dlogits, rows, setting, scale);
    } else {
        sum =
            nomen_op_cross_entropy_forward(rows->logits, rows->targets, rows->class_weights, rows->n_rows, rows->n_labels, NULL);
        nomen_op_cross_entropy_backward(dlogits, rows->logits, rows->targets, rows->class_weights, scale, rows->n_rows,
                                        rows->n_labels);
    }
    return sum / weight;
}

static int read_floats(float *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (scanf("%f", &out[i]) != 1) { return 0; }
    }
    return 1;
}

int main(void) {
    char loss[32];
    double setting;
    size_t n, k;
    int weighted;
    while (scanf("%31s %lf %zu %zu %d", loss, &setting, &n, &k, &weighted) == 5) {
        float *logits = malloc(n * k * sizeof *logits), *dlogits = malloc(n * k * sizeof *dlogits);
        float *weights = malloc(k * sizeof *weights);
        int32_t *targets = malloc(n * sizeof *targets);
        if (logits == NULL || dlogits == NULL || weights == NULL || targets == NULL) { return 1; }
        if (weighted && !read_floats(weights, k)) { return 1; }
        for (size_t i = 0; i < n; i++) {
            if (scanf("%d", &targets[i]) != 1 || !read_floats(logits + i * k, k)) { return 1; }
        }
        const nomen_loss_rows rows = {logits, targets, weighted ? weights : NULL, n, k};
        printf("%.17g", run(loss, setting, &rows, dlogits));
        for (size_t i = 0; i < n * k; i++) { printf(" %.9g", (double)dlogits[i]); }
        printf("\n");
        free(logits), free(dlogits), free(weights), free(targets);
    }
    return 0;
}
