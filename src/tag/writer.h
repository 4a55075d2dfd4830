/*
 * A format of tagged texts as its file has it: one row of functions. The file of a format, write_NAME.c, knows this header
 * and never the table of formats (writers.c).
 */
#ifndef NOMEN_TAG_WRITER_H
#define NOMEN_TAG_WRITER_H

#include "base/buffer.h"
#include "base/file.h"
#include "nomen/data.h"
#include "nomen/tag.h"

struct nomen_writer; /* data/writer.h */

/* A document that is being written. */
struct nomen_tagged_writer {
    const struct nomen_tag_form *form;
    nomen_tag_write_options options;
    nomen_buffer out; /* not yet handed over */
    size_t n_texts;   /* added before this one */
    bool begun;
    void *state; /* of the format, made by its begin */
    nomen_bytes_function part;
    void *user;
    nomen_output *file; /* in place of `part`; NULL where there is none */
};

/*
 * A format: either each text stands for itself (`write`), or the rest. What is NULL is not needed. They append to
 * writer->out.
 */
typedef struct nomen_tag_form {
    const char *name;
    /* For a format of several files, which is no stream of bytes: makes the state; nothing is appended then. */
    nomen_status (*open)(nomen_tagged_writer *writer, const char *path, bool overwrite, nomen_error *err);
    nomen_status (*name_next)(nomen_tagged_writer *writer, const char *name, nomen_error *err);
    nomen_status (*write)(const nomen_tagged *tagged, const nomen_tag_write_options *options, nomen_buffer *out,
                          nomen_error *err);
    nomen_status (*prepare)(nomen_tagged_writer *writer, nomen_error *err); /* as soon as there is a writer */
    nomen_status (*begin)(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err); /* NULL: no text */
    nomen_status (*add)(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err);
    nomen_status (*end)(nomen_tagged_writer *writer, nomen_error *err);
    nomen_status (*map)(nomen_tagged_writer *writer, nomen_buffer *out, nomen_error *err); /* appends the way back */
    void (*clear)(nomen_tagged_writer *writer); /* frees the state; not called where there is none */
    /* Of a format of src/data, which write_data.c writes: which one, by what, and whether its texts make one JSON list. */
    nomen_data_format data;
    nomen_status (*write_data)(struct nomen_writer *writer, size_t sentence, nomen_error *err);
    bool list;
} nomen_tag_form;

/* The rows, one in each write_*.c and one for each format of src/data. */
extern const nomen_tag_form nomen_tag_form_text, nomen_tag_form_jsonl, nomen_tag_form_conll, nomen_tag_form_tsv,
    nomen_tag_form_csv, nomen_tag_form_doccano, nomen_tag_form_prodigy, nomen_tag_form_spacy, nomen_tag_form_label_studio,
    nomen_tag_form_brat, nomen_tag_form_html, nomen_tag_form_redacted;

#endif
