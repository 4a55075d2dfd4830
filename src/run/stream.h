/*
 * Texts of any length through the model, in memory that does not grow with them: encoded in segments, cut into
 * windows as the pieces come in, run in batches, and handed over in the order of the text. Short texts share
 * batches. A text's logits have the same bits however it is cut, alone or among others.
 */
#ifndef NOMEN_RUN_STREAM_H
#define NOMEN_RUN_STREAM_H

#include "nomen/tag.h"
#include "run/feed.h"
#include "run/predict.h"

/* The next pieces of a text, each seen by the window that owns it. */
typedef struct nomen_stream_part {
    size_t text;                      /* index among those given */
    bool last;                        /* nothing of the text comes after it */
    size_t first, n;                  /* of the text's pieces; n may be 0 */
    const int32_t *ids, *word_ids;    /* (n) */
    const nomen_span *offsets;        /* (n) bytes of the text */
    nomen_real *logits;               /* (n,K) the receiver's, to do with as it likes */
    const nomen_window_span *windows; /* (n_windows) that came to an end in this part */
    size_t n_windows;
} nomen_stream_part;

/* Receives a part: those of a text in order, and one text after another. */
typedef nomen_status (*nomen_stream_function)(void *user, const nomen_stream_part *part, nomen_error *err);

enum { NOMEN_ROUND_BYTES = 128 * 1024 };

/* A text of which some is held. */
typedef struct nomen_stream_text {
    size_t text;
    nomen_feed_place place;
    nomen_window_planner planner;
    size_t dropped;   /* pieces of it that are no longer held */
    size_t delivered; /* pieces of it that were in parts */
    bool ended;       /* all of it was, or it is context only */
    bool document_start;
} nomen_stream_text;

/* Work memory kept from one call to the next. */
typedef struct nomen_stream {
    const nomen_text *input;  /* (n_input) what was submitted, borrowed */
    size_t n_input, n_begun;  /* n_begun: those that were begun */
    size_t n_wanted;          /* without the last ones that are context only */
    size_t next;              /* the text held whose part comes next */
    const nomen_model *model; /* borrowed */
    nomen_feed feed;
    size_t round_bytes;       /* about so many are encoded at a time; NOMEN_ROUND_BYTES but in tests */
    size_t overlap;           /* of windows, in pieces */
    size_t context;           /* pieces of the neighbouring texts that are seen with a text, each side */
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

/* By the model's settings; the model is borrowed. */
void nomen_stream_start(const nomen_model *model, nomen_stream *out);
void nomen_stream_clear(nomen_stream *stream);

/* The unit of words, not AUTO, and the overlap of windows of the runs to come, in place of the model's. */
void nomen_stream_set(nomen_stream *stream, nomen_word_unit words, size_t overlap);

/* Begins a run of texts, which stay as they are until it is done. What was left of another run is dropped. */
nomen_status nomen_stream_submit(nomen_stream *stream, const nomen_text *texts, size_t n_texts, nomen_error *err);

/* Whether all parts of all texts came, but for those that are context only. */
bool nomen_stream_is_done(const nomen_stream *stream);

/*
 * Begins a round of a run that is not done, once the parts of the one before were asked for: encodes texts, and plans windows.
 * All windows of stream->held are then to be run into stream->logits.
 */
nomen_status nomen_stream_prepare(nomen_stream *stream, nomen_error *err);

/*
 * The next part of a round whose windows were run, in the order of the texts; *found is false where there is none left. Its
 * arrays are valid until the next call, its logits until the next round.
 */
nomen_status nomen_stream_next(nomen_stream *stream, nomen_stream_part *part, bool *found, nomen_error *err);

/* All of that: submits the texts, runs their rounds by the predictor, and hands over each part. */
nomen_status nomen_stream_run(nomen_stream *stream, nomen_predictor *predictor, const nomen_text *texts, size_t n_texts,
                              nomen_stream_function function, void *user, nomen_error *err);

#endif
