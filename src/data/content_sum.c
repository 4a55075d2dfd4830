/* The sum of a dataset's sentences. */
#include "data/content_sum.h"

#include <string.h>

#include "base/sha256.h"

static void add_number(nomen_sha256 *hash, size_t value) {
    const uint64_t fixed = value;
    nomen_sha256_add(hash, &fixed, sizeof fixed);
}

/* A text with its size before it, so that no two rows of texts look alike. */
static void add_text(nomen_sha256 *hash, const char *text, size_t n_bytes) {
    add_number(hash, n_bytes);
    nomen_sha256_add(hash, text, n_bytes);
}

void nomen_dataset_sum(const nomen_dataset *d, char out[65]) {
    nomen_sha256 hash;
    nomen_sha256_start(&hash);
    add_number(&hash, d->n_sentences);
    for (size_t i = 0; i < d->n_sentences; i++) {
        const nomen_sentence *s = &d->sentences[i];
        add_text(&hash, nomen_sentence_text(d, i), s->text_size);
        add_number(&hash, s->document_start);
        add_number(&hash, s->n_words);
        for (size_t word = s->first_word; word < s->first_word + s->n_words; word++) {
            const char *tag = d->tag_names[d->tags[word]];
            add_number(&hash, d->words[word].start);
            add_number(&hash, d->words[word].end);
            add_text(&hash, tag, strlen(tag));
        }
    }
    nomen_sha256_finish(&hash, out);
}
