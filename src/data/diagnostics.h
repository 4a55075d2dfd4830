/*
 * Notes and faults of readers and writers, by kind. A note counts what could not be kept unchanged; a fault
 * makes a row or sentence unusable. Notes go to the log: the first few cases of a kind with line and text, then one line
 * with their number. A caller with a sink (`nomen check`) gets every case instead.
 */
#ifndef NOMEN_DATA_DIAGNOSTICS_H
#define NOMEN_DATA_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum nomen_diagnostic_kind {
    /* Notes while reading. */
    NOMEN_NOTE_MISALIGNED,    /* spans that were aligned to words */
    NOMEN_NOTE_LEFT_OUT,      /* spans that the policy left out */
    NOMEN_NOTE_OVERLAPPING,   /* spans that overlap a longer one, which is kept */
    NOMEN_NOTE_WORDLESS_SPAN, /* spans that contain no word */
    NOMEN_NOTE_WORDLESS_TEXT, /* texts without a word, which are left out */
    NOMEN_NOTE_DISCONTINUOUS, /* entities in several parts, each of which becomes an entity */
    NOMEN_NOTE_TEXT_DIFFERS,  /* spans whose own text differs from the text at their offsets */
    NOMEN_NOTE_UTF16,         /* spans whose own text shows that their offsets count UTF-16 units */
    NOMEN_NOTE_NOT_ANNOTATED, /* texts that are not annotated or not accepted, which are left out */
    NOMEN_NOTE_ANNOTATIONS,   /* annotations of a text besides the one that is read */
    NOMEN_NOTE_PREDICTIONS,   /* texts whose spans are a model's predictions, as there is no annotation */
    NOMEN_NOTE_REJECTED_SPAN, /* spans that an annotator rejected in an accepted text */
    NOMEN_NOTE_IGNORED_SPAN,  /* spans that an annotator left undecided in such a text: their words have no known label */
    NOMEN_NOTE_ONE_ASKED,     /* texts annotated for one span only: all other words have no known label */
    NOMEN_NOTE_SECOND_KEY,    /* keys that could have been read instead of those that were */
    NOMEN_NOTE_NAMED_BESIDE,  /* files whose tags are numbers, with names from another file in the directory */
    NOMEN_NOTE_ENDS,          /* files whose spans look exclusive at the end, although their format is inclusive */
    NOMEN_NOTE_OTHER,         /* relations, attributes and choices, which are not read */
    NOMEN_NOTE_EXTRA_TOKENS,  /* ranges and empty nodes of CoNLL-U, which are not tokens */
    NOMEN_NOTE_WORD_PREFIX,   /* a prefix of every word of the file, which is left out; the log has the case, but no number */
    NOMEN_NOTE_FIELDS,        /* columns or JSON keys besides those that are read */
    /* Notes while writing. */
    NOMEN_NOTE_SPACING,    /* texts whose white space is not kept */
    NOMEN_NOTE_CHARACTERS, /* words in which a character was replaced */
    NOMEN_NOTE_LABELS,     /* words whose tag had a character replaced */
    NOMEN_NOTE_DOCUMENTS,  /* boundaries between documents that are not kept */
    NOMEN_NOTE_NAMES,      /* ids of texts, or names of their files, that are not kept */
    NOMEN_NOTE_ORDER,      /* texts that come before one they followed, as files are sorted by name */
    NOMEN_NOTE_CROSSING,   /* spans that cross another in a format where spans can only nest */
    NOMEN_NOTE_MERGED,     /* entities that merge with the one before */
    NOMEN_NOTE_UNKNOWN,    /* words without a known label, which are written as O */
    NOMEN_NOTE_N_KINDS,

    /* Faults: the row or sentence is dropped. */
    NOMEN_FAULT_ROW = NOMEN_NOTE_N_KINDS, /* any fault without a kind of its own */
    NOMEN_FAULT_COUNTS,                   /* words and labels differ in number */
    NOMEN_FAULT_QUOTE,                    /* a broken quote of CSV */
    NOMEN_FAULT_COLUMNS,                  /* a different number of columns than before */
    NOMEN_FAULT_EMPTY,                    /* no words, or an empty word */
    NOMEN_FAULT_TAG,                      /* a missing or malformed tag */
    NOMEN_FAULT_SCHEME,                   /* a tag of another scheme than the file's */
    NOMEN_FAULT_JSON,                     /* invalid JSON */
    NOMEN_FAULT_SPAN,                     /* a span that is not inside its text, or has no label */
    /* Faults of data that is kept unchanged. */
    NOMEN_FAULT_ORDER,       /* a tag that breaks the rules of a scheme with marked ends */
    NOMEN_FAULT_IMPLAUSIBLE, /* values that are not words or tags: another column should have been read */
    NOMEN_FAULT_ENCODING,    /* bytes that were read in another encoding than UTF-8 */
    NOMEN_DIAGNOSTIC_N_KINDS
} nomen_diagnostic_kind;

/*
 * Receives each note and fault of a file. With a sink, reading continues after every fault, and a file without a
 * good sentence is not an error. `name` is the file's; `line` is 0 if it is not known.
 */
typedef struct nomen_data_sink {
    void (*report)(void *user, nomen_diagnostic_kind kind, const char *name, size_t line, const char *message);
    void *user;
} nomen_data_sink;

typedef struct nomen_notes {
    size_t counts[NOMEN_NOTE_N_KINDS];
    const nomen_data_sink *sink; /* while reading: receives each one instead of the log; or NULL */
} nomen_notes;

/* Counts a note. The first few are logged as "NAME:LINE: MESSAGE"; a line of 0 is left out. */
void nomen_note(nomen_notes *notes, nomen_diagnostic_kind kind, const char *name, size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Counts a note without logging the case: the log only gets the number. */
void nomen_note_quietly(nomen_notes *notes, nomen_diagnostic_kind kind, const char *name, size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Logs the number of each kind as a warning about the file `name`. Fields and names are only information, as most files
 * have some. */
void nomen_notes_log(const nomen_notes *notes, const char *name);

/* Returns the number of notes of all kinds. */
size_t nomen_notes_total(const nomen_notes *notes);

/* The i-th kind with a number, by its name, in the order of the enum; false if there are fewer. */
bool nomen_notes_get(const nomen_notes *notes, size_t i, const char **kind, size_t *count);

/* Returns a note's name for programs, such as "misaligned". */
const char *nomen_note_key(nomen_diagnostic_kind kind);

#endif
