/*
 * The text of a WebAnno TSV 3 sentence and the rows of its tokens: escapes, and the reading of the offsets under which each
 * row's text is what stands there.
 */
#ifndef NOMEN_DATA_WEBANNO_TEXT_H
#define NOMEN_DATA_WEBANNO_TEXT_H

#include "base/buffer.h"
#include "nomen/tokenizer.h"

/* The line of a token, or of a part of one. */
typedef struct nomen_webanno_row {
    size_t line;
    size_t token; /* its number in the sentence, from the file */
    bool part;
    nomen_span units;      /* its offsets in the document */
    nomen_span said, cell; /* bytes of the file: its own text, and the cell of the entities' column */
    nomen_span place;      /* bytes of the sentence's text, once it fits */
} nomen_webanno_row;

/* Start from {0}. */
typedef struct nomen_webanno_text {
    nomen_buffer raw, text; /* as it stands in the file, and with escapes resolved */
    nomen_buffer scratch;
    bool java;      /* as nomen_webanno_header */
    size_t n_lines; /* of #Text= */
} nomen_webanno_text;

/* Appends a line of "#Text=": a sentence of several lines has several. */
nomen_status nomen_webanno_text_add(nomen_webanno_text *text, const char *bytes, size_t n_bytes, nomen_error *err);
void nomen_webanno_text_reset(nomen_webanno_text *text);
void nomen_webanno_text_clear(nomen_webanno_text *text);

/*
 * Sets the rows' places and *fit, the text that they are in. Where no reading fits all rows, *bad is the first that does
 * not fit under the format's own reading, with its place or {0, 0} where it lies outside; else n_rows. `file` has the rows'
 * bytes.
 */
nomen_status nomen_webanno_text_fit(nomen_webanno_text *text, const char *file, nomen_webanno_row *rows, size_t n_rows,
                                    const nomen_buffer **fit, size_t *bad, nomen_error *err);

/* Appends the bytes of a cell with its escapes resolved. */
nomen_status nomen_webanno_unescape_value(const char *bytes, size_t n_bytes, nomen_buffer *out, nomen_error *err);

/* As text; `java` as in nomen_webanno_header. */
nomen_status nomen_webanno_unescape_text(const char *bytes, size_t n_bytes, bool java, nomen_buffer *out, nomen_error *err);

#endif
