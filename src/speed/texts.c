/* Sentences to measure on. */
#include "speed/texts.h"

#include <string.h>

#include "base/lines.h"
#include "base/mem.h"
#include "base/rng.h"

enum { MOST_READ = 1024, N_MADE = 128 };

/*
 * A word that the vocabulary holds whole, or its beginning. BERT's vocabularies are ordered by frequency behind
 * some thousand special ones, so low ids are drawn more often.
 */
static const char *draw_word(const nomen_tokenizer *tokenizer, nomen_rng *rng) {
    for (int tries = 0; tries < 100; tries++) {
        size_t bound = nomen_tokenizer_get_size(tokenizer);
        while (bound > 4000 && nomen_rng_below(rng, 8) > 0) { bound = bound * 3 / 4; }
        const char *token = nomen_tokenizer_get_token(tokenizer, (int32_t)nomen_rng_below(rng, bound));
        if (token != NULL && token[0] > ' ' && token[0] < 0x7f && token[0] != '#' && token[0] != '[') { return token; }
    }
    return "."; /* a single character is a piece in any vocabulary */
}

/* Ends the text that began at `start`. */
static nomen_status end_text(nomen_speed_texts *texts, size_t start, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(texts->spans, texts->capacity, texts->n + 1, err);
    if (status == NOMEN_OK) { texts->spans[texts->n++] = (nomen_span){start, texts->bytes.size}; }
    return status;
}

static bool is_blank(const char *line, size_t n_bytes) {
    for (size_t i = 0; i < n_bytes; i++) {
        if (line[i] != ' ' && line[i] != '\t') { return false; }
    }
    return true;
}

nomen_status nomen_speed_texts_read(const char *path, nomen_speed_texts *texts, nomen_error *err) {
    nomen_lines *lines = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_lines_open(path, &lines, err));
    while (texts->n < MOST_READ) {
        const char *line = NULL;
        size_t n_bytes = 0, start = texts->bytes.size;
        NOMEN_TRY(nomen_lines_next(lines, &line, &n_bytes, err));
        if (line == NULL) { break; }
        if (is_blank(line, n_bytes)) { continue; }
        NOMEN_TRY(nomen_buffer_append(&texts->bytes, line, n_bytes, err));
        NOMEN_TRY(end_text(texts, start, err));
    }
    if (texts->n == 0) {
        NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_DATA, "%s: no text found; expected one per line", nomen_lines_name(lines)));
    }
done:
    nomen_lines_close(lines);
    return status;
}

static nomen_status append_word(nomen_buffer *bytes, size_t start, const char *word, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (bytes->size > start) { status = nomen_buffer_append_byte(bytes, ' ', err); }
    return status == NOMEN_OK ? nomen_buffer_append_text(bytes, word, err) : status;
}

nomen_status nomen_speed_texts_make(const nomen_model *model, nomen_speed_texts *texts, nomen_error *err) {
    nomen_rng rng;
    nomen_rng_start(&rng, 1, NOMEN_RNG_SHUFFLE, 0);
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < N_MADE; i++) {
        /* The sum of three throws: few short ones, few long ones. */
        size_t start = texts->bytes.size, n_words = 3;
        for (int throw = 0; throw < 3; throw ++) { n_words += nomen_rng_below(&rng, throw < 2 ? 14 : 12 + i % 24); }
        for (size_t w = 0; w < n_words; w++) {
            NOMEN_TRY(append_word(&texts->bytes, start, draw_word(model->tokenizer, &rng), err));
            /* Some words are two glued together, which the tokenizer has to cut. */
            if (nomen_rng_below(&rng, 8) > 0) { continue; }
            NOMEN_TRY(nomen_buffer_append_text(&texts->bytes, draw_word(model->tokenizer, &rng), err));
        }
        NOMEN_TRY(end_text(texts, start, err));
    }
done:
    return status;
}

nomen_status nomen_speed_texts_of(const nomen_model *model, size_t length, size_t n_texts, nomen_speed_texts *texts,
                                  nomen_error *err) {
    nomen_special_tokens special;
    nomen_tokenizer_get_special(model->tokenizer, &special);
    nomen_rng rng;
    nomen_rng_start(&rng, 2, NOMEN_RNG_SHUFFLE, 0);
    nomen_encoding encoding = {0};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_texts; i++) {
        size_t start = texts->bytes.size;
        for (size_t w = special.n_prefix + special.n_suffix; w < length; w++) {
            const char *word = draw_word(model->tokenizer, &rng);
            NOMEN_TRY(nomen_tokenizer_encode(model->tokenizer, word, strlen(word), &encoding, err));
            NOMEN_TRY(append_word(&texts->bytes, start, encoding.n_pieces == 1 ? word : ".", err));
        }
        NOMEN_TRY(end_text(texts, start, err));
    }
done:
    nomen_encoding_clear(&encoding);
    return status;
}

void nomen_speed_texts_clear(nomen_speed_texts *texts) {
    nomen_buffer_clear(&texts->bytes);
    nomen_mem_free(texts->spans);
    *texts = (nomen_speed_texts){0};
}

static nomen_status add(const nomen_speed_texts *texts, size_t i, const nomen_model *model, nomen_examples *examples,
                        nomen_error *err) {
    nomen_span span = texts->spans[i];
    nomen_text text = {.text = texts->bytes.data + span.start, .n_bytes = span.end - span.start};
    return nomen_examples_add(examples, model, &text, 1, NULL, err);
}

nomen_status nomen_speed_texts_one(const nomen_speed_texts *texts, size_t i, const nomen_model *model, nomen_examples *examples,
                                   nomen_error *err) {
    nomen_examples_reset(examples);
    return add(texts, i, model, examples, err);
}

nomen_status nomen_speed_texts_all(const nomen_speed_texts *texts, const nomen_model *model, nomen_examples *examples,
                                   nomen_error *err) {
    nomen_status status = NOMEN_OK;
    nomen_examples_reset(examples);
    for (size_t i = 0; i < texts->n && status == NOMEN_OK; i++) { status = add(texts, i, model, examples, err); }
    return status;
}
