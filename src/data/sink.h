/*
 * Who wants to be told of each thing that is amiss in a file, with its line, where the log hears of the first few:
 * `nomen check`. With a sink, reading goes on behind every fault, and a file without one good sentence is no error.
 */
#ifndef NOMEN_DATA_SINK_H
#define NOMEN_DATA_SINK_H

#include <stddef.h>

#include "data/notes.h"

/* What makes a row or sentence useless, so that it is dropped; numbered behind the kinds of notes. */
typedef enum nomen_fault_kind {
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
    NOMEN_FAULT_ORDER,    /* a tag that breaks the rules of a scheme with marked ends */
    NOMEN_FAULT_ENCODING, /* bytes that were taken for another encoding than UTF-8 */
    NOMEN_FAULT_N_KINDS
} nomen_fault_kind;

/* `kind` is a nomen_note_kind or a nomen_fault_kind; `name` is the file's, `line` 0 where none is known. */
typedef struct nomen_data_sink {
    void (*tell)(void *user, int kind, const char *name, size_t line, const char *message);
    void *user;
} nomen_data_sink;

#endif
