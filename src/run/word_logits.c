/* Words' logits, some sentences at a time. */
#include "run/word_logits.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Sentences encoded and run together. */
enum { CHUNK = 1024 };

/* The rows of one text's words, from those of its pieces. */
static void take_rows(const nomen_examples *examples, size_t text, const nomen_real *piece_logits, size_t n_words,
                      size_t n_labels, nomen_real *rows) {
    int32_t last = -1;
    for (size_t i = 0; i < n_words * n_labels; i++) { rows[i] = NAN; }
    for (size_t i = examples->piece_start[text]; i < examples->piece_start[text + 1]; i++) {
        if (examples->word_ids[i] == last) { continue; }
        last = examples->word_ids[i];
        memcpy(rows + (size_t)last * n_labels, piece_logits + i * n_labels, n_labels * sizeof *rows);
    }
}

nomen_status nomen_word_logits(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences,
                               size_t n_sentences, nomen_real *logits, nomen_error *err) {
    const nomen_model *model = predictor->model;
    size_t n = sentences != NULL ? n_sentences : dataset->n_sentences, n_labels = model->labels.n, capacity = 0;
    size_t chunk[CHUNK];
    nomen_examples examples = {0};
    nomen_real *piece_logits = NULL;
    int32_t *map = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_labels_map(&model->labels, dataset, &map, err));
    for (size_t i = 0; i < n;) {
        size_t m = 0, n_logits = 0;
        for (; m < CHUNK && i < n; m++, i++) { chunk[m] = sentences != NULL ? sentences[i] : i; }
        nomen_examples_reset(&examples);
        NOMEN_TRY(nomen_examples_add_dataset(&examples, model, dataset, chunk, m, map, err));
        NOMEN_TRY(nomen_mem_product(examples.piece_start[m], n_labels, "the logits of the sentences", &n_logits, err));
        NOMEN_TRY(NOMEN_RESERVE(piece_logits, capacity, n_logits, err));
        NOMEN_TRY(nomen_predictor_run(predictor, &examples, piece_logits, err));
        for (size_t t = 0; t < m; t++) {
            const nomen_sentence *s = &dataset->sentences[chunk[t]];
            take_rows(&examples, t, piece_logits, s->n_words, n_labels, logits + s->first_word * n_labels);
        }
    }
done:
    nomen_examples_clear(&examples);
    nomen_mem_free(piece_logits);
    nomen_mem_free(map);
    return status;
}
