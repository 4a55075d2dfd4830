/*
 * Texts to tag from a file, a part at a time: one text per line, the file as one text, JSON lines, CoNLL's columns.
 *
 *     nomen_input *input;
 *     const nomen_text *texts;
 *     size_t n_texts;
 *     nomen_input_open("texts.jsonl", NOMEN_INPUT_JSONL, nomen_model_get_context(model), &input, &err);
 *     while (nomen_input_next(input, &texts, &n_texts, &err) == NOMEN_OK && n_texts > 0) {
 *         nomen_tagger_run(tagger, texts, n_texts, print_entities, NULL, &err);
 *     }
 *     nomen_input_close(input);
 */
#ifndef NOMEN_INPUT_H
#define NOMEN_INPUT_H

#include <stddef.h>

#include "nomen/error.h"
#include "nomen/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What a file of texts looks like. */
typedef enum nomen_input_format {
    NOMEN_INPUT_LINES = 0, /* each line is a text; an empty one separates documents */
    NOMEN_INPUT_FILE = 1,  /* the whole file is one text */
    NOMEN_INPUT_JSONL = 2, /* each line is an object with "text", or with "tokens": an array of words; neighbours whose
                            * "document" is the same are of one document */
    NOMEN_INPUT_CONLL = 3  /* one word per line, in the first column; blank lines between texts, -DOCSTART- between documents */
} nomen_input_format;

/* "lines", "file", "jsonl" or "conll"; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_input_format_name(nomen_input_format format);

/* The format of that name; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_input_format_parse(const char *name, nomen_input_format *out, nomen_error *err);

/* An open file of texts. Serves one call at a time. */
typedef struct nomen_input nomen_input;

/*
 * Opens `path`; "-" or NULL is standard input. `context` is the number of neighbours in its document that a text may need on
 * each side: where they are not to be tagged with it, they are handed over again with it, as context_only. A model's is
 * nomen_model_get_context, 0 is none. On NOMEN_OK *out is the caller's, to be closed with nomen_input_close. Fails with
 * NOMEN_ERROR_IO and NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_input_open(const char *path, nomen_input_format format, size_t context, nomen_input **out, nomen_error *err);

/* Closes the file and frees all that was handed over; NULL is allowed. */
void nomen_input_close(nomen_input *input);

/*
 * The next texts, at least one unless the file is at its end (*n_texts is then 0): as many as are there without waiting, up
 * to a bound. *texts and what they point to are the input's and valid until the next call. A byte order mark at the
 * beginning of a file is no part of its text. Fails with NOMEN_ERROR_IO, NOMEN_ERROR_MEMORY, NOMEN_ERROR_INTERRUPTED, and
 * with NOMEN_ERROR_FORMAT for a line that is not what the format says; the message has file and line.
 */
nomen_status nomen_input_next(nomen_input *input, const nomen_text **texts, size_t *n_texts, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
