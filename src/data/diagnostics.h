/*
 * Notes and faults of readers and writers, by kind. A note counts what could not be taken over as it stood; a
 * fault makes a row or sentence useless. Notes go to the log: the first few cases of a kind with line and text, then one
 * line with its number. A caller with a sink (`nomen check`) gets every case instead.
 */
#ifndef NOMEN_DATA_DIAGNOSTICS_H
#define NOMEN_DATA_DIAGNOSTICS_H

#include <stddef.h>

typedef enum nomen_diagnostic_kind {
    /* Notes, in reading. */
    NOMEN_NOTE_MISALIGNED,    /* spans that were snapped to words */
    NOMEN_NOTE_LEFT_OUT,      /* spans that the policy left out */
    NOMEN_NOTE_OVERLAPPING,   /* spans that give way to a longer one */
    NOMEN_NOTE_WORDLESS_SPAN, /* spans that hold no word */
    NOMEN_NOTE_WORDLESS_TEXT, /* texts without a word, left out */
    NOMEN_NOTE_DISCONTINUOUS, /* entities in several parts, each now one of its own */
    NOMEN_NOTE_TEXT_DIFFERS,  /* spans whose own text is not what their offsets give */
    NOMEN_NOTE_UTF16,         /* spans whose own text shows that offsets count UTF-16 units */
    NOMEN_NOTE_NOT_ANNOTATED, /* texts not annotated or not accepted, left out */
    NOMEN_NOTE_ANNOTATIONS,   /* further annotations of a text */
    NOMEN_NOTE_PREDICTIONS,   /* texts whose spans are a model's predictions, there being no place for annotations */
    NOMEN_NOTE_REJECTED_SPAN, /* spans that an annotator rejected within a text that was accepted */
    NOMEN_NOTE_IGNORED_SPAN,  /* spans that an annotator left open within such a text: their words are unknown, not O */
    NOMEN_NOTE_ONE_ASKED,     /* texts of which the annotator was asked about one span: all other words are unknown, not O */
    NOMEN_NOTE_SECOND_KEY,    /* keys that could have been read in the place of those that were */
    NOMEN_NOTE_NAMED_BESIDE,  /* files whose numbers for tags were named by a file beside them */
    NOMEN_NOTE_ENDS,          /* files whose spans look as if their ends were not included, though their format has them so */
    NOMEN_NOTE_OTHER,         /* relations, attributes, choices */
    NOMEN_NOTE_EXTRA_TOKENS,  /* ranges and empty nodes of CoNLL-U, which are no tokens */
    NOMEN_NOTE_WORD_PREFIX,   /* the same prefix before every word of the file, left out; logged by its case alone */
    NOMEN_NOTE_FIELDS,        /* columns, or keys of JSON, besides those that are read */
    /* Notes, in writing. */
    NOMEN_NOTE_SPACING,    /* texts whose white space is not kept */
    NOMEN_NOTE_CHARACTERS, /* words in which a character was replaced */
    NOMEN_NOTE_LABELS,     /* words whose tag had a character replaced */
    NOMEN_NOTE_DOCUMENTS,  /* boundaries between documents */
    NOMEN_NOTE_NAMES,      /* ids of texts, names of their files */
    NOMEN_NOTE_ORDER,      /* texts that come before the one they followed, as files go by name */
    NOMEN_NOTE_CROSSING,   /* spans that cross another, where spans can only nest */
    NOMEN_NOTE_MERGED,     /* entities that run into the one before */
    NOMEN_NOTE_UNKNOWN,    /* words whose label is unknown: they are written as O */
    NOMEN_NOTE_N_KINDS,

    /* Faults: the row or sentence is dropped. */
    NOMEN_FAULT_ROW = NOMEN_NOTE_N_KINDS, /* any other */
    NOMEN_FAULT_COUNTS,                   /* words and labels differ in number */
    NOMEN_FAULT_QUOTE,                    /* a broken quote of CSV */
    NOMEN_FAULT_COLUMNS,                  /* another number of columns than before */
    NOMEN_FAULT_EMPTY,                    /* no words, or an empty one */
    NOMEN_FAULT_TAG,                      /* no tag, or one that is malformed */
    NOMEN_FAULT_SCHEME,                   /* a tag of another scheme than the file's */
    NOMEN_FAULT_JSON,                     /* not JSON */
    NOMEN_FAULT_SPAN,                     /* a span that does not lie in its text, or has no label */
    /* What is kept as it stands. */
    NOMEN_FAULT_ORDER,       /* a tag that breaks the rules of a scheme with marked ends */
    NOMEN_FAULT_IMPLAUSIBLE, /* words or tags that can't be meant: another column should have been read */
    NOMEN_FAULT_ENCODING,    /* bytes that were read in another encoding than UTF-8 */
    NOMEN_DIAGNOSTIC_N_KINDS
} nomen_diagnostic_kind;

/*
 * Receives each note and fault of a file. With a sink, reading continues after every fault, and a file without one good
 * sentence is no error. `name` is the file's, `line` 0 where none is known.
 */
typedef struct nomen_data_sink {
    void (*report)(void *user, nomen_diagnostic_kind kind, const char *name, size_t line, const char *message);
    void *user;
} nomen_data_sink;

typedef struct nomen_notes {
    size_t counts[NOMEN_NOTE_N_KINDS];
    const nomen_data_sink *sink; /* while reading: gets each in place of the log; NULL for none */
} nomen_notes;

/* Counts one; the first few are logged: "NAME:LINE: MESSAGE". Line 0 has none. */
void nomen_note(nomen_notes *notes, nomen_diagnostic_kind kind, const char *name, size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Counts one of which the log has the number alone. */
void nomen_note_quietly(nomen_notes *notes, nomen_diagnostic_kind kind, const char *name, size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Logs each kind's number, as warnings about the file `name`; of fields and names as information: most files have some. */
void nomen_notes_log(const nomen_notes *notes, const char *name);

/* How many there are of all kinds. */
size_t nomen_notes_total(const nomen_notes *notes);

/* A note's name for programs, such as "misaligned". */
const char *nomen_note_key(nomen_diagnostic_kind kind);

#endif
