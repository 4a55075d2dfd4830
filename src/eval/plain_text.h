/*
 * How well a model finds the entities of a data file when it is given its texts as anyone would, without their words: what
 * nomen tag finds in each text, against the gold entities as spans of it. The words of a file are a help that texts to be
 * tagged do not have, so this is the score to expect of them.
 *
 * It is part of nomen_evaluate_details (eval/evaluate.h), whose logits serve wherever the pieces of the plain text are
 * those of its words; the model runs again for the other texts alone, or for all of them where neighbours are context.
 */
#ifndef NOMEN_EVAL_PLAIN_TEXT_H
#define NOMEN_EVAL_PLAIN_TEXT_H

#include "data/dataset.h"
#include "nomen/tagger.h"
#include "nomen/eval.h"
#include "run/examples.h"

typedef struct nomen_plain_text nomen_plain_text;

/* The model and the gold are borrowed. `request` is complete: how labels are chosen, and the calibration. */
nomen_status nomen_plain_text_create(const nomen_model *model, const nomen_dataset *gold, const nomen_request *request,
                                     nomen_plain_text **out, nomen_error *err);

/* The logits of a chunk of sentences, as the model gave them: of examples->n texts, which are `sentences` of the gold. */
nomen_status nomen_plain_text_add(nomen_plain_text *plain, const nomen_examples *examples, const size_t *sentences,
                                  const nomen_real *logits, nomen_error *err);

/* The figures of all sentences, once the evaluation is done, in details->plain_text. */
nomen_status nomen_plain_text_finish(nomen_plain_text *plain, nomen_details *details, nomen_error *err);

void nomen_plain_text_free(nomen_plain_text *plain); /* NULL is allowed */

#endif
