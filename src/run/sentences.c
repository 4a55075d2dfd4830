/* Sentences of a dataset through the model; see the header. */
#include "run/sentences.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/*
 * Sentences encoded and run together. They are sorted by length into batches: fewer give batches of unlike lengths, which run
 * slower; more take memory for their logits (30 pieces of 9 labels each: 1 MB). Results are the same with any number.
 */
enum { CHUNK = 1024 };

nomen_status nomen_run_sentences(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences,
                                 size_t n_sentences, nomen_chunk_function function, void *user, nomen_error *err) {
    const nomen_model *model = predictor->model;
    size_t n = sentences != NULL ? n_sentences : dataset->n_sentences, capacity = 0;
    size_t indices[CHUNK];
    nomen_examples examples = {0};
    nomen_sentence_chunk chunk = {.sentences = indices, .examples = &examples};
    int32_t *map = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_labels_map(&model->labels, dataset, &map, err));
    for (size_t i = 0; i < n;) {
        size_t m = 0;
        for (; m < CHUNK && i < n; m++, i++) { indices[m] = sentences != NULL ? sentences[i] : i; }
        nomen_examples_reset(&examples);
        NOMEN_TRY(nomen_examples_add_dataset(&examples, model, dataset, indices, m, map, err));
        chunk.n_pieces = examples.piece_start[m];
        NOMEN_TRY(nomen_mem_product(chunk.n_pieces, model->labels.n, "the logits of the sentences", &chunk.n_logits, err));
        NOMEN_TRY(NOMEN_RESERVE(chunk.logits, capacity, chunk.n_logits, err));
        NOMEN_TRY(nomen_predictor_run(predictor, &examples, chunk.logits, err));
        NOMEN_TRY(function(user, &chunk, err));
    }
done:
    nomen_examples_clear(&examples);
    nomen_mem_free(chunk.logits);
    nomen_mem_free(map);
    return status;
}

/* Where the rows of words go. */
typedef struct word_rows {
    const nomen_dataset *dataset;
    size_t n_labels;
    nomen_real *logits;
} word_rows;

static nomen_status copy_words(void *user, const nomen_sentence_chunk *chunk, nomen_error *err) {
    const word_rows *to = user;
    const nomen_examples *x = chunk->examples;
    (void)err;
    for (size_t t = 0; t < x->n; t++) {
        const nomen_sentence *s = &to->dataset->sentences[chunk->sentences[t]];
        nomen_real *rows = to->logits + s->first_word * to->n_labels;
        for (size_t i = 0; i < s->n_words * to->n_labels; i++) { rows[i] = NAN; }
        for (size_t i = x->piece_start[t]; i < x->piece_start[t + 1]; i = nomen_examples_next_word(x, t, i)) {
            memcpy(rows + (size_t)x->word_ids[i] * to->n_labels, chunk->logits + i * to->n_labels, to->n_labels * sizeof *rows);
        }
    }
    return NOMEN_OK;
}

nomen_status nomen_word_logits(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences,
                               size_t n_sentences, nomen_real *logits, nomen_error *err) {
    word_rows to = {.dataset = dataset, .n_labels = predictor->model->labels.n, .logits = logits};
    return nomen_run_sentences(predictor, dataset, sentences, n_sentences, copy_words, &to, err);
}
