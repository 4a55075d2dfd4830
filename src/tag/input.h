/* Texts to tag from a file, a part at a time: a text a line, the file as one, JSON lines, CoNLL columns. */
#ifndef NOMEN_TAG_INPUT_H
#define NOMEN_TAG_INPUT_H

#include "nomen/tagger.h"

typedef enum nomen_input_format {
    NOMEN_INPUT_LINES = 0, /* each line is a text; one that is empty parts documents */
    NOMEN_INPUT_FILE,      /* the whole file is one text */
    NOMEN_INPUT_JSONL,     /* each line an object with "text", or with "tokens": an array of words; neighbours whose
                              "document" is the same are of one document */
    NOMEN_INPUT_CONLL      /* a word a line, in the first column; blank lines between texts, -DOCSTART- between documents */
} nomen_input_format;

/* The format called "lines", "file", "jsonl" or "conll"; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_input_format_parse(const char *name, nomen_input_format *out, nomen_error *err);

typedef struct nomen_input nomen_input;

/*
 * Opens `path`; "-" or NULL is standard input. So many texts on each side of a text, of its document, are handed
 * over with it where they are not to be tagged with it; they are context_only. 0 for none.
 */
nomen_status nomen_input_open(const char *path, nomen_input_format format, size_t context, nomen_input **out, nomen_error *err);
void nomen_input_close(nomen_input *input);

/*
 * The next texts, at least one unless the file is at its end (*n_texts is then 0): as many as are
 * there without waiting, up to a bound. Valid until the next call. A byte
 * order mark at the beginning of a file is no part of its text. A line that is not what the
 * format says is NOMEN_ERROR_FORMAT, with file and line.
 */
nomen_status nomen_input_next(nomen_input *input, const nomen_text **texts, size_t *n_texts, nomen_error *err);

#endif
