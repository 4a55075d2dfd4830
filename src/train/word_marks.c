/* Marks of the word embeddings' rows. A row's gradient is zero from its first mark on, but in the steps that fill it. */
#include "train/word_marks.h"

#include "base/mem.h"

nomen_status nomen_word_marks_create(const nomen_config *config, const nomen_param_table *table, nomen_row_marks *out,
                                     nomen_error *err) {
    nomen_row_marks words = {.n_rows = config->vocab_size, .width = config->hidden_size, .offset = table->word};
    nomen_status status = NOMEN_NEW(words.marks, words.n_rows, err);
    if (status == NOMEN_OK) { *out = words; }
    return status;
}

void nomen_word_marks_clear(nomen_row_marks *words) {
    nomen_mem_free(words->marks);
    *words = (nomen_row_marks){0};
}

static void clear_row(const nomen_row_marks *words, size_t row, nomen_real *gradients) {
    nomen_op_zero(gradients + words->offset + row * words->width, words->width);
}

void nomen_word_marks_start(const nomen_row_marks *words, nomen_real *gradients) {
    for (size_t i = 0; i < words->n_rows; i++) {
        if (!(words->marks[i] & NOMEN_ROW_NOW)) { continue; }
        clear_row(words, i, gradients);
        words->marks[i] = NOMEN_ROW_EARLIER;
    }
}

static void mark(const nomen_row_marks *words, size_t row, nomen_real *gradients) {
    if (words->marks[row] == 0) { clear_row(words, row, gradients); }
    words->marks[row] |= NOMEN_ROW_NOW;
}

void nomen_word_marks_add(const nomen_row_marks *words, const int32_t *ids, size_t n_tokens, nomen_real *gradients) {
    for (size_t i = 0; i < n_tokens; i++) { mark(words, (size_t)ids[i], gradients); }
    /* rows of odd width are all used in each step, as nomen_row_marks wants it */
    for (size_t i = 0; words->width % 16 != 0 && i < words->n_rows; i++) { mark(words, i, gradients); }
}
