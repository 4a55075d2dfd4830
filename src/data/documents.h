/*
 * Where documents begin. Files mark it in several ways: a line of its own (-DOCSTART-, "# newdoc" of CoNLL-U, "#begin
 * document" of CoNLL-2012), blank lines, or a value that stands with each sentence and changes.
 */
#ifndef NOMEN_DATA_DOCUMENTS_H
#define NOMEN_DATA_DOCUMENTS_H

#include <jansson.h>

#include "data/builder.h"
#include "data/csv.h"

#define NOMEN_DOCUMENT_MARK "-DOCSTART-"

/* The key under which a document's number is written, one of those that are known. */
#define NOMEN_DOCUMENT_KEY "doc_id"

/* What a line among columns is, if it is no word. */
typedef enum nomen_line_mark {
    NOMEN_LINE_WORD = 0,
    NOMEN_LINE_DOCUMENT, /* a document begins after it */
    NOMEN_LINE_COMMENT   /* "# key = value" of CoNLL-U, or "#end document" */
} nomen_line_mark;

/*
 * Looks at a line without its end. A "# key = value" is a comment only where it stands between sentences (`inside`
 * false): else it is a word, and wrong or right as one. A line with a tab is always a word.
 */
nomen_line_mark nomen_line_mark_of(const char *bytes, size_t n_bytes, bool inside);

/* Whether a word, written first in a line, would be read as the mark -DOCSTART-. */
bool nomen_is_docstart(const char *bytes, size_t n_bytes);

/* A document begins with the next sentence. */
void nomen_document_begin(nomen_builder *builder);

/* The document of the next sentence is called so: another name than before begins one. */
nomen_status nomen_document_name(nomen_builder *builder, const char *name, size_t n_bytes, nomen_error *err);

/* What names a record of JSON and its document: values of it, NULL where there is none. */
typedef struct nomen_record_names {
    const json_t *id, *document;
} nomen_record_names;

/*
 * Reads both for the next sentence. The id stands under "id"; the document under the key that --documents names, which
 * must be there, else under one of those that are known (doc_id, document_id, document, doc) but for `text`, the value that
 * is the record's text.
 */
nomen_status nomen_record_names_read(nomen_builder *builder, const json_t *record, const json_t *text, size_t line,
                                     nomen_record_names *out, nomen_error *err);

/* The column of a CSV header that names documents, or SIZE_MAX; one that was asked for must be there. */
nomen_status nomen_document_column(const nomen_builder *builder, const nomen_csv *csv, size_t *column, nomen_error *err);

#endif
