/*
 * Segments: a long text is encoded a stretch at a time, in memory that does not grow with it. A segment ends
 * where encoding can restart, so that the pieces are those of the whole text.
 */
#ifndef NOMEN_TOKEN_SEGMENT_H
#define NOMEN_TOKEN_SEGMENT_H

#include "nomen/tokenizer.h"
#include "text/normalize.h"

/* Work memory of looking for a cut. Start from {0}. */
typedef struct nomen_segmenter {
    nomen_normal_text normal;
    char *bytes;
    size_t capacity;
} nomen_segmenter;

void nomen_segmenter_clear(nomen_segmenter *segmenter);

/*
 * Where the segment of text[0, n_bytes) that begins at `start` ends, in *cut: at most `wanted` bytes further
 * unless there is no boundary, at the end of a word that white space follows or else before a
 * punctuation mark or an ideograph. The pieces of text[start, *cut) and of text[*cut, n_bytes), each encoded
 * as a text by itself, are those of text[start, n_bytes), their word ids counted on.
 */
nomen_status nomen_segment_cut(const nomen_tokenizer *tokenizer, const char *text, size_t n_bytes, size_t start, size_t wanted,
                               nomen_segmenter *segmenter, size_t *cut, nomen_error *err);

#endif
