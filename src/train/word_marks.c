/* Marks of the word embeddings' rows. A row's gradient is zero from its first mark on, but in the steps that fill it. */
#include "train/word_marks.h"

#include "base/mem.h"

nomen_status nomen_word_marks_create(const nomen_config *config, const nomen_param_table *table, nomen_word_marks *out,
                                     nomen_error *err) {
    size_t n_rows = table->first_trainable == 0 ? config->vocab_size : 0; /* frozen: there are no gradients to mark */
    nomen_word_marks words = {.rows = {.n_rows = n_rows, .width = config->hidden_size, .offset = table->word}};
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(words.rows.marks, words.rows.n_rows, err));
    NOMEN_TRY(NOMEN_NEW(words.now, words.rows.n_rows, err));
    *out = words;
    return NOMEN_OK;
done:
    nomen_word_marks_clear(&words);
    return status;
}

void nomen_word_marks_clear(nomen_word_marks *words) {
    nomen_mem_free(words->rows.marks);
    nomen_mem_free(words->now);
    *words = (nomen_word_marks){0};
}

static void clear_row(const nomen_row_marks *rows, size_t row, nomen_real *gradients) {
    nomen_op_fill(gradients + rows->offset + row * rows->width, 0, rows->width);
}

void nomen_word_marks_start(nomen_word_marks *words, nomen_real *gradients) {
    for (size_t i = 0; i < words->n_now; i++) {
        clear_row(&words->rows, words->now[i], gradients);
        words->rows.marks[words->now[i]] = NOMEN_ROW_EARLIER;
    }
    words->n_now = 0;
}

void nomen_word_marks_blank(const nomen_word_marks *words, nomen_real *gradients) {
    for (size_t i = 0; i < words->n_now; i++) { clear_row(&words->rows, words->now[i], gradients); }
}

void nomen_word_marks_undo(nomen_word_marks *words, nomen_real *gradients) {
    for (size_t i = 0; i < words->n_now; i++) {
        clear_row(&words->rows, words->now[i], gradients);
        words->rows.marks[words->now[i]] &= NOMEN_ROW_EARLIER;
    }
    words->n_now = 0;
}

void nomen_word_marks_restore(nomen_word_marks *words, const uint8_t *used, nomen_real *gradients) {
    for (size_t i = 0; i < words->rows.n_rows; i++) {
        words->rows.marks[i] = used[i] != 0 ? NOMEN_ROW_EARLIER : 0;
        if (used[i] != 0) { clear_row(&words->rows, i, gradients); }
    }
    words->n_now = 0;
}

static void mark(nomen_word_marks *words, size_t row, nomen_real *gradients) {
    uint8_t *marks = &words->rows.marks[row];
    if (*marks == 0) { clear_row(&words->rows, row, gradients); }
    if (!(*marks & NOMEN_ROW_NOW)) { words->now[words->n_now++] = (uint32_t)row; }
    *marks |= NOMEN_ROW_NOW;
}

void nomen_word_marks_add(nomen_word_marks *words, const int32_t *ids, size_t n_tokens, nomen_real *gradients) {
    if (words->rows.n_rows == 0) { return; }
    for (size_t i = 0; i < n_tokens; i++) { mark(words, (size_t)ids[i], gradients); }
    /* rows of odd width are all used in each step, as nomen_row_marks wants it */
    for (size_t i = 0; words->rows.width % 16 != 0 && i < words->rows.n_rows; i++) { mark(words, i, gradients); }
}
