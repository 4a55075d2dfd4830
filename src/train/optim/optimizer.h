/* SGD and AdamW over the parameter table, with clipping of the gradient's norm. */
#ifndef NOMEN_TRAIN_OPTIMIZER_H
#define NOMEN_TRAIN_OPTIMIZER_H

#include "model/params.h"
#include "nomen/train.h"

/* An optimiser: what it keeps for each element, and how it updates a tensor or a table of which few rows change. */
typedef struct nomen_optimizer_kind {
    const char *name; /* as people write it */
    size_t n_slots;   /* numbers it keeps for each element */
    void (*update)(nomen_real *value, nomen_real *const *slots, const nomen_real *gradient, size_t n_elements,
                   const nomen_adamw *settings);
    void (*update_rows)(nomen_real *value, nomen_real *const *slots, const nomen_real *gradient, const nomen_row_marks *rows,
                        const nomen_adamw *settings);
} nomen_optimizer_kind;

enum { NOMEN_OPTIMIZER_MOST_SLOTS = 2 };

/* The row of an optimiser. Borrowed, static. */
const nomen_optimizer_kind *nomen_optimizer_kind_of(nomen_optimizer optimizer);

typedef struct nomen_optimizer_state {
    const nomen_train_options *options;
    const nomen_param_table *table;
    const nomen_optimizer_kind *kind;
    nomen_real *slots[NOMEN_OPTIMIZER_MOST_SLOTS]; /* the tail that is trained, of words only rows that were ever marked */
    size_t step;                                   /* steps done */
    double beta1_power, beta2_power;               /* beta^step, by multiplication: no libm between data and weights */
} nomen_optimizer_state;

nomen_status nomen_optimizer_create(const nomen_train_options *options, const nomen_param_table *table,
                                    nomen_optimizer_state *out, nomen_error *err);
void nomen_optimizer_clear(nomen_optimizer_state *state);

/*
 * Updates `values` (a block) from `gradients` (the tail that is trained, left as it is) at learning rate `rate`; returns the
 * gradient's norm before clipping (0 where nothing clips, as it is then not computed). `words`: the marks of all steps so far.
 */
double nomen_optimizer_step(nomen_optimizer_state *state, nomen_real *values, nomen_real *gradients, const nomen_row_marks *words,
                            double rate);

#endif
