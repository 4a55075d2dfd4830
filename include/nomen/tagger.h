/*
 * Tagging: texts in, entities out.
 *
 *     nomen_error err = {0};
 *     nomen_model *model;
 *     nomen_tagger *tagger;
 *     if (nomen_model_load("my-model", NULL, &model, &err) != NOMEN_OK) { return fail(&err); }
 *     if (nomen_tagger_create(model, NULL, &tagger, &err) != NOMEN_OK) { return fail(&err); }
 *     nomen_text text = {.text = "Bill Gates founded Microsoft", .n_bytes = 28};
 *     nomen_tagger_run(tagger, &text, 1, print_entities, NULL, &err);
 *     nomen_tagger_free(tagger);
 *     nomen_model_release(model);
 */
#ifndef NOMEN_TAGGER_H
#define NOMEN_TAGGER_H

#include "nomen/decode.h"
#include "nomen/model.h"
#include "nomen/tag.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* How to tag. Fill with nomen_tagger_defaults. */
typedef struct nomen_tagger_options {
    nomen_aggregation aggregation; /* default: NOMEN_AGGREGATE_FIRST */
    nomen_word_unit words;         /* default: as the model was trained */
    /*
     * How labels are chosen. With argmax and conlleval, entities are those of Hugging Face's pipeline by `aggregation`.
     * Otherwise words are decoded (scored by `aggregation`, which then can't be NONE or SIMPLE), an entity is a run of
     * words by the scheme of their labels, and its score is the mean probability of those labels.
     */
    nomen_decode_options decode;
    bool entities_only; /* default: false; true leaves the words out of each nomen_tagged, which is cheaper */
    bool windows;       /* default: false; true keeps the windows of each text in its nomen_tagged */
} nomen_tagger_options;

void nomen_tagger_defaults(nomen_tagger_options *options);

/* A model with the work memory for tagging. Serves one call at a time. */
typedef struct nomen_tagger nomen_tagger;

/* Makes a tagger; `model` is borrowed and must outlive it, `options` may be NULL. The model's weights are packed
 * for the matrix products, once. */
nomen_status nomen_tagger_create(nomen_model *model, const nomen_tagger_options *options, nomen_tagger **out, nomen_error *err);

/* Frees a tagger; NULL is allowed. */
void nomen_tagger_free(nomen_tagger *tagger);

/* Receives the result for texts[index]; `tagged` is valid during the call. Any status but NOMEN_OK ends the run. */
typedef nomen_status (*nomen_tagged_function)(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err);

/*
 * Tags n_texts texts together and hands each result over, in their order. A text of any length is
 * read whole, in windows; its scores have the same bits alone or together with others. Apart from the texts
 * and the result that is handed over, memory grows neither with their number nor with their length.
 */
nomen_status nomen_tagger_run(nomen_tagger *tagger, const nomen_text *texts, size_t n_texts, nomen_tagged_function function,
                              void *user, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
