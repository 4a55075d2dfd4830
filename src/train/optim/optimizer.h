/* SGD, AdamW and Lion over the parameter table, with clipping of the gradient's norm. */
#ifndef NOMEN_TRAIN_OPTIMIZER_H
#define NOMEN_TRAIN_OPTIMIZER_H

#include "model/params.h"
#include "nomen/train.h"

enum { NOMEN_OPTIMIZER_MOST_SLOTS = 2 };

typedef struct nomen_optimizer_state nomen_optimizer_state;

/* A tensor that is to be updated. */
typedef struct nomen_tensor_update {
    nomen_real *value;                             /* (n_elements) */
    nomen_real *slots[NOMEN_OPTIMIZER_MOST_SLOTS]; /* (n_elements) each; NULL for those that the kind has not */
    const nomen_real *gradient;                    /* (n_elements) */
    size_t n_elements;
    const nomen_row_marks *rows; /* of a table of which few rows have a gradient; NULL: all elements have one */
    double rate, decay;          /* of this tensor */
    double scale;                /* of the gradient */
} nomen_tensor_update;

/* An optimiser: what it keeps for each element, and how it updates a tensor. */
typedef struct nomen_optimizer_kind {
    const char *name;                                   /* as people write it */
    size_t n_slots;                                     /* numbers it keeps for each element, */
    const char *slot_names[NOMEN_OPTIMIZER_MOST_SLOTS]; /* as torch.optim and lion-pytorch name them */
    void (*update)(const nomen_optimizer_state *state, const nomen_tensor_update *u);
} nomen_optimizer_kind;

/* The kind that the options choose. Borrowed, static. */
const nomen_optimizer_kind *nomen_optimizer_kind_of(const nomen_train_options *options);

struct nomen_optimizer_state {
    const nomen_train_options *options;
    const nomen_param_table *table;
    const nomen_optimizer_kind *kind;
    nomen_real *slots[NOMEN_OPTIMIZER_MOST_SLOTS]; /* (table->n_elements) each, */
    bool every_row;                                /* of words too; else only rows of words that were ever marked */
    size_t step;                                   /* steps done */
    double beta1_power, beta2_power;               /* AdamW's beta^step, by multiplication: no libm between data and weights */
};

nomen_status nomen_optimizer_create(const nomen_train_options *options, const nomen_param_table *table,
                                    nomen_optimizer_state *out, nomen_error *err);
void nomen_optimizer_clear(nomen_optimizer_state *state);

/* Updates `values` from `gradients` (both table->n_elements) at learning rate `rate`; returns the gradient's norm
 * before clipping (0 where nothing clips, as it is then not computed). `words`: the marks of all steps so far. */
double nomen_optimizer_step(nomen_optimizer_state *state, nomen_real *values, const nomen_real *gradients,
                            const nomen_row_marks *words, double rate);

#endif
