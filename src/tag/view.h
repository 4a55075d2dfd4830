/* A tagged text seen as a dataset of one sentence, so that the writers of data formats (src/data) write it too. */
#ifndef NOMEN_TAG_VIEW_H
#define NOMEN_TAG_VIEW_H

#include "data/writer.h"
#include "nomen/tag.h"

/* Start from {0}; it stays where it is, as its parts point to each other. */
typedef struct nomen_tagged_view {
    nomen_dataset set;
    nomen_sentence sentence;
    nomen_writer writer; /* over `set` */
    nomen_prediction prediction;
    nomen_buffer text;      /* the text, where its own bytes are no UTF-8 */
    size_t *order;          /* entities in order of start, the longer first */
    nomen_gold_span *spans; /* theirs; its label is its place */
    char **labels;          /* the names of their types, borrowed */
    float *scores;
    nomen_span *words;
    size_t order_capacity, span_capacity, label_capacity, score_capacity, word_capacity;
} nomen_tagged_view;

/* `model` is the model's name or NULL; borrowed. */
nomen_status nomen_tagged_view_create(nomen_tagged_view *view, nomen_data_format format, const char *model, nomen_error *err);

/* Finds the order of a text's entities, view->set.n_spans of them that are not empty, and nothing else. */
nomen_status nomen_tagged_view_sort(nomen_tagged_view *view, const nomen_tagged *tagged, nomen_error *err);

/* Shows a text, which is called number `number` in messages, until the next call. */
nomen_status nomen_tagged_view_show(nomen_tagged_view *view, const nomen_tagged *tagged, size_t number, nomen_error *err);

/* Frees what it holds and leaves {0}. */
void nomen_tagged_view_clear(nomen_tagged_view *view);

#endif
