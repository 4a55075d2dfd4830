/* A text's pieces aggregated at once, for tests that have them all. */
#ifndef NOMEN_TESTS_DECODE_WHOLE_H
#define NOMEN_TESTS_DECODE_WHOLE_H

#include "decode/aggregate.h"
#include "decode/tagged.h"

/* All pieces; replaces what `out` held. */
static inline nomen_status aggregate_whole(nomen_aggregation strategy, const nomen_labels *labels, const float *probabilities,
                                           const nomen_span *offsets, const uint8_t *word_starts, size_t n_pieces,
                                           nomen_entities *out, nomen_error *err) {
    nomen_aggregator a = {0};
    nomen_status status;
    NOMEN_TRY(nomen_aggregator_start(&a, strategy, labels, out, err));
    NOMEN_TRY(nomen_aggregator_add(&a, probabilities, offsets, NULL, word_starts, n_pieces, err));
    NOMEN_TRY(nomen_aggregator_end(&a, err));
done:
    if (status != NOMEN_OK) { out->n = 0; }
    nomen_aggregator_clear(&a);
    return status;
}

/* Copies `words`, and fills them in from all pieces; on failure there are none. */
static inline nomen_status set_words(nomen_tagged *out, const nomen_span *words, size_t n_words, const int32_t *word_ids,
                                     const float *probabilities, size_t n_pieces, nomen_error *err) {
    nomen_tagged_words w = {0};
    nomen_status status;
    NOMEN_TRY(nomen_tagged_words_start(&w, out, words, n_words, false, true, err));
    NOMEN_TRY(nomen_tagged_words_add(&w, word_ids, NULL, probabilities, n_pieces, err));
    nomen_tagged_words_end(&w);
done:
    if (status != NOMEN_OK) { out->n_words = 0; }
    nomen_tagged_words_clear(&w);
    return status;
}

#endif
