/* What the tests of decoding share: label sets from text, and a decoder run over a text. */
#ifndef TESTS_INFER_DECODING_H
#define TESTS_INFER_DECODING_H

#include <string.h>

#include "decode/decoder.h"
#include "support/cmocka_all.h"

enum { MOST_LABELS = 24 };

/* Labels from names with spaces between; `names` has room for MOST_LABELS. Good until eight calls later. */
static inline nomen_labels labels_of(const char *text, char *names[MOST_LABELS]) {
    static char copies[8][512];
    static size_t next;
    char *copy = copies[next++ % 8];
    nomen_labels labels = {.names = names};
    snprintf(copy, sizeof copies[0], "%s", text);
    for (char *name = strtok(copy, " "); name != NULL; name = strtok(NULL, " ")) { names[labels.n++] = name; }
    assert_true(labels.n <= MOST_LABELS);
    return labels;
}

static inline nomen_decoder make(const nomen_labels *labels, const nomen_crf *crf, nomen_decoding decoding, nomen_repair repair,
                                 size_t bound) {
    nomen_decoder d;
    nomen_error err = {0};
    nomen_decode_options options = {decoding, repair};
    if (nomen_decoder_create(labels, crf, &options, bound, &d, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return d;
}

/* All labels of a text; absent[w] for a word without scores. */
static inline size_t decode(nomen_decoder *d, const nomen_real *rows, const bool *absent, size_t n_words, int32_t *out) {
    size_t n = 0;
    int32_t *certain = calloc(d->bound + 1, sizeof *certain);
    for (size_t w = 0; w < n_words; w++) {
        bool none = absent != NULL && absent[w];
        size_t m = nomen_decoder_push(d, none ? NULL : rows + w * d->rules.n, certain);
        assert_true(m <= d->bound && n + m <= w + 1);
        memcpy(out + n, certain, m * sizeof *out);
        n += m;
    }
    size_t m = nomen_decoder_finish(d, certain);
    memcpy(out + n, certain, m * sizeof *out);
    free(certain);
    return n + m;
}

#endif
