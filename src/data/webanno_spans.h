/*
 * The cells of WebAnno TSV 3 as annotations: a value, "*" for an annotation without one or "_" for none; "|" between stacked
 * values; "LOC[3]" on each token of annotation 3. Without a number a token's annotation is one of its own.
 */
#ifndef NOMEN_DATA_WEBANNO_SPANS_H
#define NOMEN_DATA_WEBANNO_SPANS_H

#include "data/builder.h"
#include "data/webanno_header.h"
#include "data/webanno_text.h"

/* An annotation; before its pieces are joined, as far as it lies on one row. */
typedef struct nomen_webanno_piece {
    size_t id;        /* 0: it has none, and is all of its annotation */
    size_t index;     /* of pieces in the file's order */
    size_t row, last; /* its first row and its last */
    nomen_span label; /* bytes of `labels`; empty: no value */
} nomen_webanno_piece;

/* The annotations of one sentence. Start from {0}. */
typedef struct nomen_webanno_spans {
    nomen_webanno_piece *pieces;
    nomen_buffer labels;
    size_t *ids, *ids_before; /* of this sentence, and of that before, rising */
    size_t n_pieces, n_ids, n_ids_before;
    size_t pieces_capacity, ids_capacity, ids_before_capacity;
    size_t n_empty, first_empty; /* annotations without a value, and the line of the first */
} nomen_webanno_spans;

/*
 * Adds the annotations of a sentence, whose `text` the open sentence of the builder has. A fault is reported to the builder;
 * what has no value is counted, and left out.
 */
nomen_status nomen_webanno_spans_add(nomen_webanno_spans *spans, nomen_builder *builder, const nomen_webanno_header *header,
                                     const nomen_webanno_row *rows, size_t n_rows, const nomen_buffer *text, nomen_error *err);

/* The next sentence is of another document, whose annotations are numbered from scratch. */
void nomen_webanno_spans_restart(nomen_webanno_spans *spans);
void nomen_webanno_spans_clear(nomen_webanno_spans *spans);

/* How many values are stacked in a cell. */
size_t nomen_webanno_count_stacked(const char *bytes, nomen_span cell);

/* A number of up to nine digits at *at, which moves past it; false where there is none. */
bool nomen_webanno_number(const char *bytes, size_t end, size_t *at, size_t *out);

#endif
