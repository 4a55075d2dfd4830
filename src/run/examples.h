/*
 * Texts ready for the model: encoded, cut into windows, with a target a piece where labels are known.
 * Train, eval and tag all make these, in this one way.
 */
#ifndef NOMEN_RUN_EXAMPLES_H
#define NOMEN_RUN_EXAMPLES_H

#include "data/dataset.h"
#include "model_dir/model.h"
#include "token/window.h"

/* Pieces round a text that the model sees with it: before its first window and after its last one. */
typedef struct nomen_context {
    size_t before, n_before; /* where they stand in context_ids */
    size_t after, n_after;
} nomen_context;

/* The pieces of all sentences of a dataset, in its order. */
typedef struct nomen_neighbours {
    const nomen_dataset *dataset; /* NULL: there are none */
    int32_t *ids;
    size_t *start;   /* (n_sentences+1) */
    bool each_alone; /* a file of texts without boundaries of documents: each text is one */
    size_t id_capacity, start_capacity;
} nomen_neighbours;

/* Flat arrays over all texts; text i has pieces piece_start[i] .. piece_start[i+1]-1, and so on. */
typedef struct nomen_examples {
    size_t n;                    /* texts */
    size_t *piece_start;         /* (n+1) */
    size_t *window_start;        /* (n+1) */
    int32_t *ids;                /* a piece */
    int32_t *word_ids;           /* a piece: index of its word in its text */
    nomen_span *offsets;         /* a piece: bytes of its text */
    int32_t *targets;            /* a piece: label or NOMEN_IGNORE */
    nomen_window *windows;       /* pieces relative to their text */
    nomen_context *context;      /* (n) or NULL: no text has any */
    const int32_t *context_ids;  /* NULL: `ids` */
    nomen_neighbours neighbours; /* of the dataset that texts were taken from, where the model sees context */
    /* Capacities of the arrays above, and scratch that encoding reuses. */
    size_t text_capacity, window_capacity, id_capacity, word_capacity, offset_capacity, target_capacity;
    size_t label_capacity, start_capacity, texts_capacity, context_capacity;
    nomen_encoding encoding;
    nomen_windows plan;
    size_t *starts;
    nomen_text *texts;
    int32_t *word_labels;
} nomen_examples;

/*
 * Appends texts, which the team encodes together. Where a text has no words of its own, they are those of
 * BERT's pre-tokenizer. word_labels gives the label of each word of each text, one text's after the
 * other's, -1 for one the model lacks; NULL for none. On failure some of them may have been appended.
 */
nomen_status nomen_examples_add(nomen_examples *examples, const nomen_model *model, const nomen_text *texts, size_t n_texts,
                                const int32_t *word_labels, nomen_error *err);

/*
 * Appends sentences of a dataset (all where `sentences` is NULL), with labels by `map`. Where the model sees context,
 * a sentence's neighbours are those of the file, whether they are among the sentences or not.
 */
nomen_status nomen_examples_add_dataset(nomen_examples *examples, const nomen_model *model, const nomen_dataset *dataset,
                                        const size_t *sentences, size_t n_sentences, const int32_t *map, nomen_error *err);

/*
 * Cuts a text's context down to the room that its first and its last window leave, evenly where (`same`)
 * these are one window: neither side gives up more than it must.
 */
void nomen_context_fit(size_t room_first, size_t room_last, bool same, size_t *n_before, size_t *n_after);

static inline size_t nomen_examples_n_pieces(const nomen_examples *e, size_t i) {
    return e->piece_start[i + 1] - e->piece_start[i];
}

/* The first piece of the word after that of `piece`, in the same text; the text's end where there is none. */
static inline size_t nomen_examples_next_word(const nomen_examples *e, size_t text, size_t piece) {
    size_t first = piece;
    while (piece < e->piece_start[text + 1] && e->word_ids[piece] == e->word_ids[first]) { piece++; }
    return piece;
}

/* What the stream builds texts from: room for so many pieces and windows in all, */
nomen_status nomen_examples_reserve(nomen_examples *examples, size_t n_pieces, size_t n_windows, nomen_error *err);

/* a further text, without pieces and windows yet, */
nomen_status nomen_examples_begin_text(nomen_examples *examples, nomen_error *err);

/* and the first texts and pieces dropped: of the first text that stays some pieces may go, and all its windows do. */
void nomen_examples_drop(nomen_examples *examples, size_t n_texts, size_t n_pieces);

/* Empties it and keeps the memory. */
void nomen_examples_reset(nomen_examples *examples);
void nomen_examples_clear(nomen_examples *examples);

#endif
