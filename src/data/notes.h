/*
 * What of a file could not be taken over as it stood, by kind and count. Each kind is told through the
 * log with its first few cases, their line and text, and then in one line with its number.
 */
#ifndef NOMEN_DATA_NOTES_H
#define NOMEN_DATA_NOTES_H

#include <stddef.h>

typedef enum nomen_note_kind {
    /* In reading. */
    NOMEN_NOTE_MISALIGNED,    /* spans that were snapped to words */
    NOMEN_NOTE_LEFT_OUT,      /* spans that the policy left out */
    NOMEN_NOTE_OVERLAPPING,   /* spans that give way to a longer one */
    NOMEN_NOTE_WORDLESS_SPAN, /* spans in which no word stands */
    NOMEN_NOTE_WORDLESS_TEXT, /* texts without a word, left out */
    NOMEN_NOTE_DISCONTINUOUS, /* entities in several parts, each now one of its own */
    NOMEN_NOTE_TEXT_DIFFERS,  /* spans whose own text is not what their offsets give */
    NOMEN_NOTE_UTF16,         /* spans whose own text shows that offsets count UTF-16 units */
    NOMEN_NOTE_NOT_ANNOTATED, /* texts that nobody annotated or accepted, left out */
    NOMEN_NOTE_ANNOTATIONS,   /* further annotations of a text */
    NOMEN_NOTE_PREDICTIONS,   /* texts whose spans are a model's predictions, there being no place for annotations */
    NOMEN_NOTE_OTHER,         /* relations, attributes, choices */
    NOMEN_NOTE_FIELDS,        /* columns, or keys of JSON, besides those that are read */
    /* In writing. */
    NOMEN_NOTE_SPACING,    /* texts whose white space is not kept */
    NOMEN_NOTE_CHARACTERS, /* words in which a character was replaced */
    NOMEN_NOTE_LABELS,     /* words whose tag had a character replaced */
    NOMEN_NOTE_DOCUMENTS,  /* borders between documents */
    NOMEN_NOTE_NAMES,      /* ids of texts, names of their files */
    NOMEN_NOTE_ORDER,      /* texts that come before the one they followed, as files go by name */
    NOMEN_NOTE_CROSSING,   /* spans that cross another, where spans can only nest */
    NOMEN_NOTE_MERGED,     /* entities that run into the one before */
    NOMEN_NOTE_N_KINDS
} nomen_note_kind;

struct nomen_data_sink;

typedef struct nomen_notes {
    size_t counts[NOMEN_NOTE_N_KINDS];
    const struct nomen_data_sink *sink; /* while reading: told of each in place of the log; NULL for none */
} nomen_notes;

/* Counts one; the first few are told: "NAME:LINE: MESSAGE". Line 0 has none. */
void nomen_note(nomen_notes *notes, nomen_note_kind kind, const char *name, size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Counts one of which the log hears by number alone. */
void nomen_note_quietly(nomen_notes *notes, nomen_note_kind kind, const char *name, size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Tells each kind's number, as warnings about the file `name`; of fields and names as information: most files have some. */
void nomen_notes_say(const nomen_notes *notes, const char *name);

/* How many there are of all kinds. */
size_t nomen_notes_total(const nomen_notes *notes);

/* A kind's name for programs, such as "misaligned". */
const char *nomen_note_key(nomen_note_kind kind);

#endif
