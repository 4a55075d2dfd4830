/*
 * Confident learning on what it reads, for the comparison with numpy: "N K", then N lines of a label (-1: it does not
 * count) and K probabilities; and again, to the end. Prints as a line of JSON the thresholds, the joint, the
 * estimated numbers, the candidates and the margin of each.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "check/confident.h"

static void print(const nomen_judged *words, const nomen_confident *c, const double *estimated) {
    const char *comma = "";
    printf("{\"thresholds\":[");
    for (size_t k = 0; k < c->n_labels; k++) {
        printf("%s%.17g", k > 0 ? "," : "", isinf(c->thresholds[k]) ? -1 : c->thresholds[k]);
    }
    printf("],\"joint\":[");
    for (size_t k = 0; k < c->n_labels * c->n_labels; k++) { printf("%s%zu", k > 0 ? "," : "", c->joint[k]); }
    printf("],\"estimated\":[");
    for (size_t k = 0; k < c->n_labels * c->n_labels; k++) { printf("%s%.17g", k > 0 ? "," : "", estimated[k]); }
    printf("],\"errors\":[");
    for (size_t w = 0; w < words->n; w++) {
        if (!nomen_confident_is_error(c, words, w)) { continue; }
        printf("%s[%zu,%.17g]", comma, w, nomen_judged_margin(words, w));
        comma = ",";
    }
    printf("]}\n");
}

int main(void) {
    size_t n, k;
    while (scanf("%zu %zu", &n, &k) == 2) {
        float *rows = malloc(n * k * sizeof *rows);
        int32_t *given = malloc(n * sizeof *given);
        double *estimated = malloc(k * k * sizeof *estimated);
        nomen_confident c = {0};
        if (rows == NULL || given == NULL || estimated == NULL) { return 1; }
        for (size_t i = 0; i < n; i++) {
            if (scanf("%d", &given[i]) != 1) { return 1; }
            for (size_t j = 0; j < k; j++) {
                if (scanf("%f", &rows[i * k + j]) != 1) { return 1; }
            }
        }
        const nomen_judged words = {.probabilities = rows, .given = given, .n = n, .n_labels = k};
        if (nomen_confident_find(&words, &c, NULL) != NOMEN_OK) { return 1; }
        nomen_confident_estimate(&c, estimated);
        print(&words, &c, estimated);
        nomen_confident_clear(&c);
        free(rows);
        free(given);
        free(estimated);
    }
    return 0;
}
