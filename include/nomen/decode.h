/*
 * Decoding: from the scores of each word's labels to one label per word.
 */
#ifndef NOMEN_DECODE_H
#define NOMEN_DECODE_H

#include "nomen/error.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* How labels are chosen. */
typedef enum nomen_decoding {
    NOMEN_DECODE_AUTO = 0,   /* VITERBI if the model has a CRF, otherwise ARGMAX */
    NOMEN_DECODE_ARGMAX = 1, /* the best label of each word */
    NOMEN_DECODE_VITERBI = 2 /* the best sequence of those that the label names allow; with the CRF's scores, if any */
} nomen_decoding;

/*
 * What to do with an orphan I-: a label that continues an entity, but follows none of its type. VITERBI never
 * yields one.
 */
typedef enum nomen_repair {
    NOMEN_REPAIR_CONLLEVAL = 0, /* keep it; it begins an entity, as conlleval and Hugging Face read it */
    NOMEN_REPAIR_BEGIN = 1,     /* make it B- of its type, if the model has that label */
    NOMEN_REPAIR_DROP = 2       /* make it O, and also the labels that continue it */
} nomen_repair;

/* "auto", "argmax" or "viterbi". Borrowed, never NULL. */
const char *nomen_decoding_name(nomen_decoding decoding);

/* "conlleval", "begin" or "drop". Borrowed, never NULL. */
const char *nomen_repair_name(nomen_repair repair);

/* The choice called "argmax" or "viterbi"; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_decoding_parse(const char *name, nomen_decoding *out, nomen_error *err);

/* The choice called "conlleval", "begin" or "drop"; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_repair_parse(const char *name, nomen_repair *out, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
