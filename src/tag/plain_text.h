/*
 * How well a model finds the entities of a data file when it is given its texts as anyone would, without their words: what
 * nomen tag says of each text, against the gold entities as spans of it. The words of a file are a help that texts to be
 * tagged do not have, so this is the score to expect of them.
 *
 * It goes along with nomen_evaluate_details (eval/evaluate.h), whose logits serve wherever the pieces of the plain text are
 * those of its words; the model runs again for the other texts alone, or for all of them where neighbours are context.
 */
#ifndef NOMEN_TAG_PLAIN_TEXT_H
#define NOMEN_TAG_PLAIN_TEXT_H

#include "eval/evaluate.h"

typedef struct nomen_plain_text nomen_plain_text;

/* Both are borrowed. `decode` is how labels are chosen; NULL: as the model asks for. */
nomen_status nomen_plain_text_create(nomen_model *model, const nomen_dataset *gold, const nomen_decode_options *decode,
                                     nomen_plain_text **out, nomen_error *err);

/* What the evaluation calls with each chunk of sentences: nomen_eval_watch. */
nomen_eval_watch nomen_plain_text_watch(nomen_plain_text *plain);

/* The figures of all sentences, once the evaluation is done, in details->plain_text. */
nomen_status nomen_plain_text_finish(nomen_plain_text *plain, nomen_details *details, nomen_error *err);

void nomen_plain_text_free(nomen_plain_text *plain); /* NULL is allowed */

#endif
