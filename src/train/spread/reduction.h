/*
 * Adding up the gradients of a step's micro-batches, each of which was computed alone: total = (((0 + g0) + g1) + g2)..., in the
 * order of the micro-batches. An element's sum depends on no other element, so it has the same bits whichever process adds it
 * up: with N processes, each owns a part of the elements, gets the others' gradients of it (a reduce-scatter), and at the end
 * all get all totals (an allgather). In round j process r has micro-batch j N + r, so the order of the sums is the same for any
 * N. MPI_Allreduce promises no order. Of the word embeddings, the rows that the step uses take part; all processes know them.
 * All other elements that are trained do (nomen_param_gradient).
 */
#ifndef NOMEN_TRAIN_REDUCTION_H
#define NOMEN_TRAIN_REDUCTION_H

#include "train/spread/spread.h"
#include "train/word_marks.h"

typedef struct nomen_reduction {
    const nomen_spread *spread;
    const nomen_param_table *table;
    const nomen_word_marks *words;
    size_t n_elements;         /* that take part in the step */
    nomen_real *total;         /* (elements that are trained / N + 1) the sums of the part that this process owns */
    size_t chunk;              /* elements of a message at most */
    nomen_real *send, *arrive; /* (N, chunk); NULL where this process is alone */
} nomen_reduction;

/* Memory for a model's gradients. All that is pointed to is borrowed, and stays where it is. */
nomen_status nomen_reduction_create(const nomen_spread *spread, const nomen_param_table *table, const nomen_word_marks *words,
                                    nomen_reduction *out, nomen_error *err);
void nomen_reduction_clear(nomen_reduction *reduction);

/* Begins a step, whose words are all marked: the totals are zero. */
void nomen_reduction_start(nomen_reduction *reduction);

/*
 * Adds a round of micro-batches: those of the processes 0 to n_live - 1. `gradients` (the tail that is trained) is this
 * process's; it is not looked at where it has none. Fails as an exchange does.
 */
nomen_status nomen_reduction_add(nomen_reduction *reduction, const nomen_real *gradients, size_t n_live, nomen_error *err);

/* Puts the totals into `gradients`, in all processes. */
nomen_status nomen_reduction_finish(nomen_reduction *reduction, nomen_real *gradients, nomen_error *err);

#endif
