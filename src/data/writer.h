/*
 * Writing a dataset: where the bytes go, tags in the wished scheme, and words and spans as a format
 * can hold them. What it can't is counted in `notes`.
 */
#ifndef NOMEN_DATA_WRITER_H
#define NOMEN_DATA_WRITER_H

#include "base/buffer.h"
#include "data/dataset.h"
#include "data/scheme_out.h"

/* Takes a part of the output. */
typedef nomen_status (*nomen_write_part)(void *user, const void *bytes, size_t n_bytes, nomen_error *err);

typedef struct nomen_write_options {
    nomen_data_format format;
    nomen_scheme scheme;     /* of the tags; AUTO: as the file had them */
    const char *const *meta; /* (n_sentences) remarks on each: an object of JSON, under "meta"; or NULL.
                              * Formats of JSON records hold it, the others don't. */
} nomen_write_options;

/* Whose the spans of a sentence are, where they are no annotation but a model's answer. */
typedef struct nomen_prediction {
    const char *model;   /* its name; NULL where it has none */
    const float *scores; /* a span, in order of the spans */
} nomen_prediction;

typedef struct nomen_writer {
    const nomen_dataset *set;
    const char *const *meta; /* of the options */
    nomen_buffer out;        /* not yet handed over */
    nomen_write_part part;
    void *user;
    bool begun; /* a part was handed over */
    nomen_tag_writer tags;
    const nomen_tag_name *sentence_tags; /* of the sentence given to nomen_writer_tags */
    nomen_gold_span *spans;              /* of the sentence given to nomen_writer_spans */
    size_t n_spans, spans_capacity;
    nomen_span *places; /* the same in code points, by nomen_writer_places */
    size_t places_capacity;
    size_t n_documents;                 /* begun so far, where the format numbers them */
    const nomen_prediction *prediction; /* NULL: annotations */
    nomen_notes notes;
} nomen_writer;

/* For the formats' files. */

nomen_status nomen_writer_create(const nomen_dataset *set, const nomen_write_options *options, nomen_write_part part, void *user,
                                 nomen_writer *out, nomen_error *err);
void nomen_writer_clear(nomen_writer *writer); /* also after a create that failed */

/* Hands over what waits. */
nomen_status nomen_writer_hand_over(nomen_writer *writer, nomen_error *err);

/* The same once it is much. Called after each sentence. */
nomen_status nomen_writer_flush(nomen_writer *writer, nomen_error *err);

/* Writes the sentences one by one with `write_one`: each on a line, or (list) as one JSON list. */
nomen_status nomen_writer_write_all(nomen_writer *writer, bool list,
                                    nomen_status (*write_one)(nomen_writer *writer, size_t sentence, nomen_error *err),
                                    nomen_error *err);

/* Finds the tags of a sentence: sentence_tags, one name per word. */
nomen_status nomen_writer_tags(nomen_writer *writer, size_t sentence, nomen_error *err);

/* Finds the entities of a sentence: spans, labels in nomen_writer_label; in order of start, longest first. */
nomen_status nomen_writer_spans(nomen_writer *writer, size_t sentence, nomen_error *err);

/* The name of a span's label. */
const char *nomen_writer_label(const nomen_writer *writer, int32_t label);

/* The bytes of a word. */
static inline const char *nomen_writer_word(const nomen_writer *writer, size_t sentence, size_t word, size_t *n_bytes) {
    const nomen_span *span = &writer->set->words[writer->set->sentences[sentence].first_word + word];
    *n_bytes = span->end - span->start;
    return nomen_sentence_text(writer->set, sentence) + span->start;
}

/* Whether a sentence's text is its words joined by single spaces. */
bool nomen_writer_is_joined(const nomen_writer *writer, size_t sentence);

/* Counts a sentence whose spacing the format does not hold. */
void nomen_writer_note_spacing(nomen_writer *writer, size_t sentence);

/*
 * Appends a word in which some characters can't stand: `stand_in` gives for each byte up to U+0020
 * what takes its place, NULL for itself. A change is counted.
 */
nomen_status nomen_writer_append_word(nomen_writer *writer, size_t sentence, size_t word,
                                      const char *(*stand_in)(unsigned char byte), nomen_error *err);

#endif
