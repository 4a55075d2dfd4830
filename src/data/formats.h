/*
 * The table of file formats. Each has a file of its own with its reader and its writer; here stands
 * what the rest has to know of it.
 */
#ifndef NOMEN_DATA_FORMATS_H
#define NOMEN_DATA_FORMATS_H

#include "data/readers.h"
#include "data/writer.h"

/* What a format can hold. */
enum {
    NOMEN_HOLDS_SPANS = 1,    /* a text with spans of characters; otherwise words with a tag each */
    NOMEN_HOLDS_SPACING = 2,  /* the text as it stood (the seed's CSV does where words are cut at U+0020) */
    NOMEN_HOLDS_DOCUMENTS = 4, /* borders between documents */
    NOMEN_HOLDS_NAMES = 8 /* an id or a file's name for each text */
};

typedef struct nomen_format {
    nomen_data_format format;
    const char *key;    /* for --from and --to */
    const char *name;   /* in messages */
    const char *suffix; /* of a file name that means this format; "" for none */
    unsigned holds;
    const char *advice; /* where a file has no sentences */
    /* Adds the sentences of `bytes` (valid UTF-8 without NUL) to an empty builder. NULL: read by path. */
    nomen_status (*read)(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
    /* Writes all of writer->set. NULL: written by path. */
    nomen_status (*write)(nomen_writer *writer, nomen_error *err);
} nomen_format;

/* The row of a format, AUTO aside. */
const nomen_format *nomen_format_get(nomen_data_format format);

/* The format to write, by the suffix of a path; AUTO where it says nothing. */
nomen_data_format nomen_format_of_path(const char *path);

#endif
