/* Sentences with the same words. */
#include "data/same_words.h"

#include "base/hashes.h"

/* Whether equal texts of the two have equal words, which then need no look. */
static bool cut_by_text(const nomen_dataset *a, const nomen_dataset *b) {
    return a->format == b->format && a->unit == b->unit && (a->format == NOMEN_DATA_SEED_CSV || a->unit != NOMEN_WORDS_AUTO);
}

bool nomen_same_words(const nomen_dataset *a, size_t a_sentence, const nomen_dataset *b, size_t b_sentence) {
    const nomen_sentence *s = &a->sentences[a_sentence], *t = &b->sentences[b_sentence];
    if (s->n_words != t->n_words) { return false; }
    const char *s_text = nomen_sentence_text(a, a_sentence), *t_text = nomen_sentence_text(b, b_sentence);
    if (s->text_size == t->text_size && memcmp(s_text, t_text, s->text_size) == 0 &&
        (cut_by_text(a, b) || memcmp(a->words + s->first_word, b->words + t->first_word, s->n_words * sizeof *a->words) == 0)) {
        return true;
    }
    for (size_t w = 0; w < s->n_words; w++) {
        nomen_span x = a->words[s->first_word + w], y = b->words[t->first_word + w];
        if (x.end - x.start != y.end - y.start || memcmp(s_text + x.start, t_text + y.start, x.end - x.start) != 0) {
            return false;
        }
    }
    return true;
}

uint32_t nomen_words_hash(const nomen_dataset *dataset, size_t sentence, uint64_t key) {
    const nomen_sentence *s = &dataset->sentences[sentence];
    const nomen_span *words = dataset->words + s->first_word;
    const char *text = nomen_sentence_text(dataset, sentence);
    uint64_t hash = key;
    for (size_t w = 0; w < s->n_words; w++) {
        hash = nomen_hashes_hash(hash, text + words[w].start, words[w].end - words[w].start);
    }
    return nomen_hashes_half(hash);
}
