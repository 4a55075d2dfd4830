/*
 * Texts to pieces, a segment of each at a time: a long text is never encoded as a whole. The segments of a round
 * are encoded together, by the team.
 */
#ifndef NOMEN_RUN_FEED_H
#define NOMEN_RUN_FEED_H

#include "nomen/tokenizer.h"
#include "token/segment.h"

/* Bytes of a segment: some batches of windows. A text no longer than that is one segment. */
enum { NOMEN_SEGMENT_BYTES = 32 * 1024 };

/* How far a text was read. Start from {0}. */
typedef struct nomen_feed_place {
    size_t at;        /* byte; of a text with words only where `inside` */
    bool inside;      /* the next segment begins inside a word */
    size_t word;      /* of a text with words: the one that comes next, or that `at` is inside */
    size_t next_word; /* the index of the word that would come next */
    bool complete;    /* nothing is left */
} nomen_feed_place;

/* Segments of a round, and what they became. */
typedef struct nomen_feed {
    const nomen_tokenizer *tokenizer; /* borrowed */
    size_t segment_bytes;             /* about so many; NOMEN_SEGMENT_BYTES but in tests */
    bool by_space;                    /* texts without words are cut into words at white space */
    nomen_segmenter segmenter;
    nomen_text *segments;             /* (n) */
    struct nomen_segment_base *bases; /* (n) */
    size_t n, segment_capacity, base_capacity;
    nomen_span *words; /* of segments that have words of their own */
    size_t n_words, word_capacity;
    nomen_encoding encoding; /* the pieces of all, as of texts by themselves */
    size_t *starts;          /* (n+1) */
    size_t start_capacity;
} nomen_feed;

/* What is added to a segment's offsets and word ids. */
struct nomen_segment_base {
    size_t byte, word;
    size_t first_word; /* in feed->words; SIZE_MAX: the segment's words are not there */
};

void nomen_feed_clear(nomen_feed *feed);

/* Begins a round: no segments. */
void nomen_feed_reset(nomen_feed *feed);

/* Appends the next segment of a text, one in a round, and advances `place`; its bytes are added to *n_bytes. */
nomen_status nomen_feed_append(nomen_feed *feed, const nomen_text *text, nomen_feed_place *place, size_t *n_bytes,
                               nomen_error *err);

/* Encodes the round's segments. */
nomen_status nomen_feed_encode(nomen_feed *feed, nomen_error *err);

/* Copies segment number i, encoded, with offsets and word ids of its text; the place's next word is then known. */
nomen_status nomen_feed_copy(const nomen_feed *feed, size_t i, nomen_feed_place *place, int32_t *ids, int32_t *word_ids,
                             nomen_span *offsets, nomen_error *err);

#endif
