/*
 * Fits the temperature of what it reads, for the comparison with numpy: "N K", then N lines of a label (-1: it does
 * not count) and K logits; and again, to the end. Prints the temperature and the losses at 1 and there, a line each
 * time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "calibrate/temperature.h"

int main(void) {
    size_t n, k;
    while (scanf("%zu %zu", &n, &k) == 2) {
        float *logits = malloc(n * k * sizeof *logits);
        int32_t *gold = malloc(n * sizeof *gold);
        if (logits == NULL || gold == NULL) { return 1; }
        for (size_t i = 0; i < n; i++) {
            if (scanf("%d", &gold[i]) != 1) { return 1; }
            for (size_t j = 0; j < k; j++) {
                if (scanf("%f", &logits[i * k + j]) != 1) { return 1; }
            }
        }
        const nomen_labelled_logits words = {.logits = logits, .gold = gold, .n = n, .n_labels = k};
        double temperature = nomen_temperature_fit(&words);
        printf("%.17g %.17g %.17g\n", temperature, nomen_temperature_loss(&words, 1),
               nomen_temperature_loss(&words, temperature));
        free(logits);
        free(gold);
    }
    return 0;
}
