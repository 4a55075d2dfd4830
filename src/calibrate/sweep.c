/* Trying all thresholds of a type. */
#include "calibrate/sweep.h"

#include <math.h>
#include <stdlib.h>

/* By falling score; what has no score is always kept, so it comes first. */
static int by_score(const void *a, const void *b) {
    float x = ((const nomen_scored *)a)->score, y = ((const nomen_scored *)b)->score;
    if (isnan(x) || isnan(y)) { return isnan(y) - isnan(x); }
    return (x < y) - (x > y);
}

double nomen_wilson_low(size_t right, size_t n) {
    static const double z = 1.959963984540054; /* of the standard normal, 97.5 % lie below */
    if (n == 0) { return 0; }
    double size = (double)n, share = (double)right / size;
    double low = share + z * z / (2 * size) - z * sqrt(share * (1 - share) / size + z * z / (4 * size * size));
    low /= 1 + z * z / size;
    return low > 0 ? low : 0; /* none right is 0, whatever rounding says */
}

/* What the goal looks at, of the entities kept. */
static double measure(const nomen_sweep_goal *goal, size_t kept, size_t right, size_t n_gold) {
    if (goal->f1) { return kept + n_gold > 0 ? 2 * (double)right / (double)(kept + n_gold) : 0; }
    return goal->confident ? nomen_wilson_low(right, kept) : (double)right / (double)kept;
}

nomen_sweep_result nomen_sweep_thresholds(nomen_scored *entities, size_t n, size_t n_gold, const nomen_sweep_goal *goal) {
    nomen_sweep_result result = {.threshold = -INFINITY, .kept = n, .best = NAN};
    size_t right = 0;
    if (n > 0) { qsort(entities, n, sizeof *entities, by_score); }
    for (size_t i = 0; i < n; i++) {
        right += entities[i].right;
        if (i + 1 < n && by_score(&entities[i], &entities[i + 1]) == 0) { continue; }
        double value = measure(goal, i + 1, right, n_gold);
        bool best = !(value < result.best);
        if (best) {
            result.best = value;
            result.best_kept = i + 1;
        }
        if (goal->f1 ? !best : !(value >= goal->precision)) { continue; }
        result.found = true;
        result.threshold = i + 1 < n ? entities[i].score : -INFINITY;
        result.kept = i + 1;
        result.right = right;
    }
    if (!result.found) { result.right = right; }
    return result;
}
