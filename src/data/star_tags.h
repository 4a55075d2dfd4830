/* Tags as CoNLL-2012 writes them: (PER* where an entity begins, * inside and outside, *) where it ends, (PER) for one word. */
#ifndef NOMEN_DATA_STAR_TAGS_H
#define NOMEN_DATA_STAR_TAGS_H

#include "data/builder.h"

/* Start from {0}; the buffer is the caller's to clear. */
typedef struct nomen_star_tags {
    size_t line;      /* where the open entity began; 0 for none */
    nomen_buffer tag; /* the last one, as B-PER, I-PER or O */
} nomen_star_tags;

/* Puts a cell's tag into stars->tag. An entity inside another, or an end without a beginning, is a fault. */
nomen_status nomen_star_tags_read(nomen_star_tags *stars, nomen_builder *builder, const char *cell, size_t n, size_t line,
                                  nomen_error *err);

/* At the end of a sentence, in which every entity must be closed; before nomen_builder_end. */
nomen_status nomen_star_tags_end(nomen_star_tags *stars, nomen_builder *builder, nomen_error *err);

#endif
