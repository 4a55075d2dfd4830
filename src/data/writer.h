/*
 * Writes a dataset: hands the bytes over, converts tags to the requested scheme, and gives words and spans as a format
 * can represent them. What a format can't represent is counted in `notes`.
 */
#ifndef NOMEN_DATA_WRITER_H
#define NOMEN_DATA_WRITER_H

#include "base/buffer.h"
#include "data/dataset.h"
#include "data/scheme_out.h"

typedef struct nomen_write_options {
    nomen_data_format format;
    nomen_scheme scheme;     /* the scheme of the tags; AUTO: that of the file */
    const char *const *meta; /* (n_sentences) a JSON object for "meta" of each sentence, or NULL. Formats of
                              * JSON records write it, the others ignore it. */
} nomen_write_options;

/* The model whose predictions the spans of a sentence are, if they are not annotations. */
typedef struct nomen_prediction {
    const char *model;   /* its name, or NULL */
    const float *scores; /* one per span, in the order of the spans */
} nomen_prediction;

typedef struct nomen_writer {
    const nomen_dataset *set;
    const char *const *meta; /* from the options */
    nomen_buffer out;        /* bytes that were not handed over yet */
    nomen_bytes_function part;
    void *user;
    bool begun; /* whether a part was handed over */
    nomen_tag_writer tags;
    const nomen_tag_name *sentence_tags; /* for the sentence given to nomen_writer_tags */
    nomen_gold_span *spans;              /* for the sentence given to nomen_writer_spans */
    size_t n_spans, spans_capacity;
    nomen_span *places; /* the spans in code points, filled by nomen_writer_places */
    size_t places_capacity;
    size_t n_documents;                 /* documents begun so far, for formats that number them */
    const nomen_prediction *prediction; /* NULL if the spans are annotations */
    nomen_notes notes;
} nomen_writer;

/* The rest is for the files of the formats. */

nomen_status nomen_writer_create(const nomen_dataset *set, const nomen_write_options *options, nomen_bytes_function part,
                                 void *user, nomen_writer *out, nomen_error *err);
void nomen_writer_clear(nomen_writer *writer); /* also allowed after a create that failed */

/* Hands over the bytes that are buffered. */
nomen_status nomen_writer_hand_over(nomen_writer *writer, nomen_error *err);

/* The same, but only once many bytes are buffered. Called after each sentence. */
nomen_status nomen_writer_flush(nomen_writer *writer, nomen_error *err);

/* Writes the sentences one by one with `write_one`: each on its own line, or with `list` as one JSON list. */
nomen_status nomen_writer_write_all(nomen_writer *writer, bool list,
                                    nomen_status (*write_one)(nomen_writer *writer, size_t sentence, nomen_error *err),
                                    nomen_error *err);

/* Fills sentence_tags with the tags of a sentence, one name per word. */
nomen_status nomen_writer_tags(nomen_writer *writer, size_t sentence, nomen_error *err);

/* Fills `spans` with the entities of a sentence, ordered by start, the longest first; nomen_writer_label names their labels. */
nomen_status nomen_writer_spans(nomen_writer *writer, size_t sentence, nomen_error *err);

/* Returns the name of a span's label. */
const char *nomen_writer_label(const nomen_writer *writer, int32_t label);

/* Returns the bytes of a word. */
static inline const char *nomen_writer_word(const nomen_writer *writer, size_t sentence, size_t word, size_t *n_bytes) {
    const nomen_span *span = &writer->set->words[writer->set->sentences[sentence].first_word + word];
    *n_bytes = span->end - span->start;
    return nomen_sentence_text(writer->set, sentence) + span->start;
}

/* Whether a sentence's text is its words joined by single spaces. */
bool nomen_writer_is_joined(const nomen_writer *writer, size_t sentence);

/* Counts a sentence that is not joined, for formats that can't represent spacing. */
void nomen_writer_note_spacing(nomen_writer *writer, size_t sentence);

/*
 * Appends a word to a format that does not allow every character: `stand_in` gives the replacement for each byte up to
 * U+0020, or NULL to keep it. A change is counted.
 */
nomen_status nomen_writer_append_word(nomen_writer *writer, size_t sentence, size_t word,
                                      const char *(*stand_in)(unsigned char byte), nomen_error *err);

#endif
