/*
 * The header of a WebAnno TSV 3 file: which layers its columns are of, and which column holds the entities. Lines are
 * "#FORMAT=WebAnno TSV 3.3", and "#T_SP=LAYER|FEATURE|FEATURE" for spans, "#T_RL" for relations, "#T_CH" for chains.
 */
#ifndef NOMEN_DATA_WEBANNO_HEADER_H
#define NOMEN_DATA_WEBANNO_HEADER_H

#include "data/builder.h"

#define NOMEN_WEBANNO_MARK "#FORMAT=WebAnno TSV "

typedef enum nomen_webanno_kind {
    NOMEN_WEBANNO_FEATURE, /* of a layer of spans */
    NOMEN_WEBANNO_SLOT,    /* role or target of a slot: it links spans */
    NOMEN_WEBANNO_RELATION,
    NOMEN_WEBANNO_CHAIN
} nomen_webanno_kind;

typedef struct nomen_webanno_column {
    nomen_span layer, feature; /* bytes of the file; a layer without features has one column, and no name for it */
    nomen_webanno_kind kind;
    bool first;       /* of its layer */
    nomen_span above; /* the cell of this column in the row before, of chains */
} nomen_webanno_column;

/* Start from {0} with the bytes set. */
typedef struct nomen_webanno_header {
    const char *bytes;
    nomen_webanno_column *columns;
    size_t n, capacity;
    size_t chosen; /* the column of entities, n where the file has no layer of spans */
    size_t line;   /* of the first layer, or of the mark */
    bool found;    /* there was a mark */
    bool open;     /* layers may follow */
    bool java;     /* 3.0 and 3.1: texts are escaped as strings of Java */
} nomen_webanno_header;

/* Reads a line that starts with the mark, [at, end) of the bytes. */
nomen_status nomen_webanno_header_begin(nomen_webanno_header *header, nomen_builder *builder, size_t at, size_t end, size_t line,
                                        nomen_error *err);

/* Reads a line of the header that follows it; *known says whether it was one. */
nomen_status nomen_webanno_header_add(nomen_webanno_header *header, const nomen_builder *builder, size_t at, size_t end,
                                      size_t line, bool *known, nomen_error *err);

/* Ends the header and chooses the column, as options->tag_column says, or the only one that can hold entities. */
nomen_status nomen_webanno_header_end(nomen_webanno_header *header, nomen_builder *builder, nomen_error *err);

/* Appends a column's name as it is shown and may be asked for: "NamedEntity|value". */
nomen_status nomen_webanno_column_name(const nomen_webanno_header *header, const nomen_webanno_column *column, nomen_buffer *out,
                                       nomen_error *err);

/* The layer's name without the package before it. */
nomen_span nomen_webanno_layer(const nomen_webanno_header *header, const nomen_webanno_column *column);

#endif
