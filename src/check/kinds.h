/*
 * The kinds of findings, each with its name, severity, and its texts. Within a severity they stand by
 * harm, which is the order of the report. A further kind is a row here and in kinds.c.
 */
#ifndef NOMEN_CHECK_KINDS_H
#define NOMEN_CHECK_KINDS_H

#include "nomen/check.h"

typedef enum nomen_check_kind {
    /* Errors. */
    NOMEN_CHECK_UNREADABLE,
    NOMEN_CHECK_NO_SENTENCES,
    NOMEN_CHECK_IMPLAUSIBLE,
    NOMEN_CHECK_COUNTS,
    NOMEN_CHECK_QUOTE,
    NOMEN_CHECK_COLUMNS,
    NOMEN_CHECK_JSON,
    NOMEN_CHECK_ROW,
    NOMEN_CHECK_TAG,
    NOMEN_CHECK_SCHEMES,
    NOMEN_CHECK_SPAN,
    NOMEN_CHECK_TEXT_DIFFERS,
    NOMEN_CHECK_NOT_UTF8,
    NOMEN_CHECK_NUL,
    NOMEN_CHECK_LEAK,
    NOMEN_CHECK_UNKNOWN_LABEL,
    NOMEN_CHECK_NOT_IN_TRAIN,
    NOMEN_CHECK_SPELLING,
    NOMEN_CHECK_VOCABULARY_CASE,
    NOMEN_CHECK_MOJIBAKE,
    NOMEN_CHECK_REPLACEMENT,
    /* Warnings. */
    NOMEN_CHECK_DRIFT,
    NOMEN_CHECK_CONTRADICTION,
    NOMEN_CHECK_LONE_INSIDE,
    NOMEN_CHECK_TYPE_CHANGE,
    NOMEN_CHECK_ORDER,
    NOMEN_CHECK_OVERLAP,
    NOMEN_CHECK_DISCONTINUOUS,
    NOMEN_CHECK_WORDLESS_SPAN,
    NOMEN_CHECK_LEFT_OUT,
    NOMEN_CHECK_OFF_BORDER,
    NOMEN_CHECK_OVER_LIMIT,
    NOMEN_CHECK_UNKNOWN_SCRIPT,
    NOMEN_CHECK_LOWER_DATA,
    NOMEN_CHECK_NO_PIECE,
    NOMEN_CHECK_ENCODING,
    NOMEN_CHECK_EMPTY,
    NOMEN_CHECK_WORDLESS_TEXT,
    NOMEN_CHECK_NO_ENTITIES,
    NOMEN_CHECK_WHITE_SPACE,
    NOMEN_CHECK_CONTROL,
    NOMEN_CHECK_HIDDEN,
    NOMEN_CHECK_DUPLICATE,
    NOMEN_CHECK_RARE,
    NOMEN_CHECK_EDGE_SPACE,
    NOMEN_CHECK_ANNOTATIONS,
    NOMEN_CHECK_PREDICTIONS,
    NOMEN_CHECK_UTF16,
    NOMEN_CHECK_WORD_PREFIX,
    NOMEN_CHECK_ENDS,
    NOMEN_CHECK_ONE_ASKED,
    NOMEN_CHECK_IGNORED_SPAN,
    NOMEN_CHECK_SECOND_KEY,
    /* Notes. */
    NOMEN_CHECK_EDGE_PUNCTUATION,
    NOMEN_CHECK_LONG_ENTITY,
    NOMEN_CHECK_AMBIGUOUS,
    NOMEN_CHECK_UNKNOWN_PIECE,
    NOMEN_CHECK_CASE_ONLY,
    NOMEN_CHECK_NOT_MEASURED,
    NOMEN_CHECK_NOT_ANNOTATED,
    NOMEN_CHECK_REJECTED_SPAN,
    NOMEN_CHECK_NAMED_BESIDE,
    NOMEN_CHECK_NOT_ENTITIES,
    NOMEN_CHECK_FIELDS,
    NOMEN_CHECK_N_KINDS
} nomen_check_kind;

typedef struct nomen_check_kind_words {
    const char *id;
    nomen_severity severity;
    const char *one, *many; /* after the number */
    const char *meaning, *remedy;
} nomen_check_kind_words;

const nomen_check_kind_words *nomen_check_kind_get(nomen_check_kind kind);

/* The setting that the remedy speaks of; NOMEN_REMEDY_NONE where it speaks of none. */
nomen_remedy nomen_check_kind_setting(nomen_check_kind kind);

#endif
