/*
 * Texts of any length through the model, in memory that does not grow with them: encoded in segments, cut into
 * windows as the pieces come in, run in batches, and given on in the order of the text. Short texts share
 * batches. A text's logits have the same bits however it is cut, alone or among others.
 */
#ifndef NOMEN_RUN_STREAM_H
#define NOMEN_RUN_STREAM_H

#include "nomen/tag.h"
#include "run/feed.h"
#include "run/predict.h"

/* The next pieces of a text, each seen by the window that owns it. */
typedef struct nomen_stream_part {
    size_t text; /* index among those given */
    bool last;   /* nothing of the text comes after it */
    size_t first, n; /* of the text's pieces; n may be 0 */
    const int32_t *ids, *word_ids; /* (n) */
    const nomen_span *offsets;     /* (n) bytes of the text */
    nomen_real *logits;            /* (n,K) the receiver's, to do with as it likes */
    const nomen_window_span *windows; /* (n_windows) that came to an end in this part */
    size_t n_windows;
} nomen_stream_part;

/* Takes a part: those of a text one behind the other, and one text behind the other. */
typedef nomen_status (*nomen_stream_function)(void *user, const nomen_stream_part *part, nomen_error *err);

enum { NOMEN_ROUND_BYTES = 128 * 1024 };

/* A text of which some is held. */
typedef struct nomen_stream_text {
    size_t text;
    nomen_feed_place place;
    nomen_window_planner planner;
    size_t dropped; /* pieces of it that are no longer held */
    size_t given;   /* pieces of it that were given on */
    bool ended;     /* all of it was given on, or it is context only */
    bool document_start;
} nomen_stream_text;

/* Work memory kept from one call to the next. */
typedef struct nomen_stream {
    nomen_predictor predictor;
    nomen_feed feed;
    size_t round_bytes; /* about so many are taken at a time; NOMEN_ROUND_BYTES but in tests */
    size_t context; /* pieces of the neighbouring texts that are seen with a text, each side */
    nomen_examples held;      /* the pieces held, texts[i] being its text i; their windows of this round */
    nomen_stream_text *texts; /* (held.n) */
    size_t text_capacity;
    size_t *segment_text; /* which of them a segment of the round belongs to */
    size_t segment_capacity;
    nomen_windows plan;
    nomen_window_span *spans;
    size_t span_capacity;
    nomen_real *logits; /* (pieces held, K) */
    size_t logits_capacity;
} nomen_stream;

/* By the model's settings but for the unit of words, which is not AUTO; the model is borrowed. */
nomen_status nomen_stream_create(const nomen_model *model, nomen_word_unit words, nomen_stream *out, nomen_error *err);
void nomen_stream_clear(nomen_stream *stream);

/* Runs the texts; those that are context only are given to nobody. */
nomen_status nomen_stream_run(nomen_stream *stream, const nomen_text *texts, size_t n_texts,
                              nomen_stream_function function, void *user, nomen_error *err);

#endif
