/* Writers of tagged texts, one file a format, and the table of them. */
#ifndef NOMEN_TAG_WRITERS_H
#define NOMEN_TAG_WRITERS_H

#include "base/buffer.h"
#include "base/file.h"
#include "nomen/tag.h"

/* A document in the making. */
struct nomen_tagged_writer {
    const struct nomen_tag_form *form;
    nomen_tag_write_options options;
    nomen_buffer out; /* not yet handed over */
    size_t n_texts;   /* added before this one */
    bool begun;
    void *state; /* of the format, made by its begin */
    nomen_tagged_part part;
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
    void (*clear)(nomen_tagged_writer *writer); /* frees the state; not called where there is none */
} nomen_tag_form;

/* Appends one text as a whole document; `options` may be NULL for {0}. */
nomen_status nomen_tagged_write(const nomen_tagged *tagged, nomen_tag_format format,
                                const nomen_tag_write_options *options, nomen_buffer *out, nomen_error *err);

/*
 * For people. The text with each entity in brackets, "[Bill Gates|per]", or in its type's colour; a
 * line "type score start end word" for each entity; with all_scores a table of the words; an empty line.
 */
nomen_status nomen_tagged_write_text(const nomen_tagged *tagged, const nomen_tag_write_options *options,
                                     nomen_buffer *out, nomen_error *err);

/*
 * {"text":...,"entities":[...]} and a newline. An entity has HF's keys: "entity_group", "score",
 * "word", "start", "end" or, with NONE, "entity", "score", "index", "word", "start", "end"; "word" is
 * the true slice of the text. With all_scores also "words":[{"start","end","label","scores":{...}},...].
 */
nomen_status nomen_tagged_write_jsonl(const nomen_tagged *tagged, const nomen_tag_write_options *options,
                                      nomen_buffer *out, nomen_error *err);

/* A line "word<TAB>label" a word, and an empty line. */
nomen_status nomen_tagged_write_conll(const nomen_tagged *tagged, const nomen_tag_write_options *options,
                                      nomen_buffer *out, nomen_error *err);

/* Tables of entities, write_table.c. A character that TSV can't hold becomes U+FFFD; finish tells how many did. */
nomen_status nomen_table_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err);
nomen_status nomen_tsv_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err);
nomen_status nomen_csv_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err);
nomen_status nomen_table_end(nomen_tagged_writer *writer, nomen_error *err);
void nomen_table_clear(nomen_tagged_writer *writer);

/* The JSON formats of annotators, write_data.c. */
nomen_status nomen_tag_doccano_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err);
nomen_status nomen_tag_prodigy_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err);
nomen_status nomen_tag_spacy_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err);
nomen_status nomen_tag_label_studio_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err);
nomen_status nomen_tag_data_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err);
nomen_status nomen_tag_data_end(nomen_tagged_writer *writer, nomen_error *err);
void nomen_tag_data_clear(nomen_tagged_writer *writer);

/* The page, write_html.c. */
nomen_status nomen_tag_html_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err);
nomen_status nomen_tag_html_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err);
nomen_status nomen_tag_html_end(nomen_tagged_writer *writer, nomen_error *err);
void nomen_tag_html_clear(nomen_tagged_writer *writer);

/* Redacted texts, write_redacted.c. */
nomen_status nomen_tag_redacted_prepare(nomen_tagged_writer *writer, nomen_error *err);
nomen_status nomen_tag_redacted_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err);
nomen_status nomen_tag_redacted_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err);
nomen_status nomen_tag_redacted_end(nomen_tagged_writer *writer, nomen_error *err);
void nomen_tag_redacted_clear(nomen_tagged_writer *writer);

/* brat's files, write_brat.c. */
nomen_status nomen_tag_brat_open(nomen_tagged_writer *writer, const char *path, bool overwrite, nomen_error *err);
nomen_status nomen_tag_brat_name(nomen_tagged_writer *writer, const char *name, nomen_error *err);
nomen_status nomen_tag_brat_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err);
nomen_status nomen_tag_brat_end(nomen_tagged_writer *writer, nomen_error *err);
void nomen_tag_brat_clear(nomen_tagged_writer *writer);

/* What nomen_append_clean lets through. */
typedef enum nomen_clean {
    NOMEN_CLEAN_LINES, /* for a terminal: all but control characters; newlines and tabs stay */
    NOMEN_CLEAN_LINE,  /* the same, and newlines and tabs become spaces */
    NOMEN_CLEAN_FIELD, /* for a column: tabs, newlines, carriage returns and NULs become U+FFFD; the rest stays */
    NOMEN_CLEAN_QUOTED, /* for a field in quotes: NULs become U+FFFD; the rest stays */
    NOMEN_CLEAN_BYTES   /* all that is UTF-8 stays */
} nomen_clean;

/* Appends text so that it can't break its surroundings; what may not pass becomes U+FFFD, as do ill-formed bytes. */
nomen_status nomen_append_clean(nomen_buffer *out, const char *text, size_t n_bytes, nomen_clean clean,
                                nomen_error *err);

/* A span cut down to the text. */
nomen_span nomen_tagged_clip(const nomen_tagged *tagged, nomen_span span);

#endif
