/*
 * nomen: named entity recognition with BERT. This header includes the others, in the order a user
 * works: version, errors, settings, the tokenizer, a model, tagging with it, scores, training, quantising.
 *
 *     #include <nomen/nomen.h>
 *     #include <stdio.h>
 *
 *     int main(void) {
 *         nomen_error err = {0};
 *         nomen_model *model = NULL;
 *         nomen_tagger *tagger = NULL;
 *         nomen_results *results = NULL;
 *         const nomen_text text = {.text = "Bill Gates is the founder of Microsoft", .n_bytes = 38};
 *         if (nomen_model_load("my-model", NULL, &model, &err) != NOMEN_OK ||
 *             nomen_tagger_create(model, NULL, &tagger, &err) != NOMEN_OK ||
 *             nomen_tag(tagger, &text, 1, NULL, &results, &err) != NOMEN_OK) {
 *             fprintf(stderr, "%s\n", err.message);
 *         }
 *         for (size_t i = 0; results != NULL && i < nomen_results_n_entities(results, 0); i++) {
 *             const nomen_result_entity *e = nomen_results_entity(results, 0, i);
 *             printf("%s: %s\n", e->type, e->text);
 *         }
 *         nomen_results_free(results);
 *         nomen_tagger_free(tagger);
 *         nomen_model_release(model);
 *         return err.status != NOMEN_OK;
 *     }
 */
#ifndef NOMEN_NOMEN_H
#define NOMEN_NOMEN_H

#include "nomen/version.h"
#include "nomen/error.h"
#include "nomen/runtime.h"
#include "nomen/call.h"
#include "nomen/tokenizer.h"
#include "nomen/offsets.h"
#include "nomen/model.h"
#include "nomen/hub.h"
#include "nomen/decode.h"
#include "nomen/tag.h"
#include "nomen/info.h"
#include "nomen/tagger.h"
#include "nomen/queue.h"
#include "nomen/input.h"
#include "nomen/data.h"
#include "nomen/dataset.h"
#include "nomen/align.h"
#include "nomen/check.h"
#include "nomen/eval.h"
#include "nomen/evaluate.h"
#include "nomen/train.h"
#include "nomen/sweep.h"
#include "nomen/quantize.h"
#include "nomen/calibrate.h"
#include "nomen/label_errors.h"
#include "nomen/bench.h"

#endif
