/* The threshold of a type's entities: all scores are tried. */
#ifndef NOMEN_CALIBRATE_SWEEP_H
#define NOMEN_CALIBRATE_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

/* A predicted entity: its score, and whether the gold has it. */
typedef struct nomen_scored {
    float score;
    bool right;
} nomen_scored;

typedef struct nomen_sweep_goal {
    bool f1;          /* the best F1; otherwise: */
    double precision; /* at least this */
    bool confident;   /* ... and not by chance: the lower end of its interval must be at least that */
} nomen_sweep_goal;

typedef struct nomen_sweep_result {
    bool found;         /* some threshold reaches the goal */
    float threshold;    /* the smallest that does; -INFINITY where all entities do */
    size_t kept, right; /* entities that it keeps, and those of them that are right; without one all there are */
    double best;        /* the most that any threshold reaches: precision, its lower end, or F1; NaN without entities */
    size_t best_kept;   /* with how many entities */
} nomen_sweep_result;

/*
 * Sorts the n entities by falling score and finds the smallest threshold that reaches the goal, which keeps
 * the most of what is right; entities of one score are kept or left out together. n_gold is how many there are to
 * find.
 */
nomen_sweep_result nomen_sweep_thresholds(nomen_scored *entities, size_t n, size_t n_gold, const nomen_sweep_goal *goal);

/*
 * The lower end of the 95 % interval of a share: Wilson, "Probable inference, the law of succession, and statistical
 * inference", JASA 1927. 0 of 0 is 0.
 */
double nomen_wilson_low(size_t right, size_t n);

#endif
