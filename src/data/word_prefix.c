/* The same prefix before every word of a file; see the header. WikiANN's files have one: "de:Anton". */
#include "data/word_prefix.h"

#include <string.h>

/* Fewer words may begin alike by chance, and so may the same few again and again. */
enum { LEAST_WORDS = 5, LEAST_RESTS = 3 };

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

/*
 * Bytes of the language's code and its colon at the beginning of a word, 0 where there is none: two or three lower-case
 * letters and maybe more after hyphens, or "simple", which Wikipedia has among its languages. So "http:" is none.
 */
static size_t prefix_of(const char *word, size_t n) {
    static const char simple[] = "simple:";
    size_t i = 0;
    if (n >= sizeof simple - 1 && memcmp(word, simple, sizeof simple - 1) == 0) { return sizeof simple - 1; }
    while (i < n && is_lower(word[i])) { i++; }
    if (i < 2 || i > 3) { return 0; }
    while (i + 1 < n && word[i] == '-' && is_lower(word[i + 1])) {
        for (i++; i < n && is_lower(word[i]);) { i++; }
    }
    return i < n && word[i] == ':' ? i + 1 : 0;
}

static const char *word_of(const nomen_dataset *set, const nomen_sentence *sentence, size_t word, size_t *n) {
    nomen_span span = set->words[sentence->first_word + word];
    *n = span.end - span.start;
    return set->text + sentence->text_start + span.start;
}

/* Up to LEAST_RESTS different rests of words. */
typedef struct rests {
    const char *bytes[LEAST_RESTS];
    size_t sizes[LEAST_RESTS];
    size_t n;
} rests;

static void add_rest(rests *r, const char *bytes, size_t n) {
    for (size_t i = 0; i < r->n; i++) {
        if (r->sizes[i] == n && memcmp(r->bytes[i], bytes, n) == 0) { return; }
    }
    if (r->n == LEAST_RESTS) { return; }
    r->bytes[r->n] = bytes;
    r->sizes[r->n++] = n;
}

/* Bytes of the prefix that all words share, 0 for none. Mostly the first word decides. */
static size_t find_prefix(const nomen_dataset *set) {
    rests r = {0};
    size_t n_first = 0, n;
    if (set->n_words < LEAST_WORDS) { return 0; }
    const char *first = word_of(set, &set->sentences[0], 0, &n_first);
    size_t size = prefix_of(first, n_first);
    for (size_t s = 0; size > 0 && s < set->n_sentences; s++) {
        for (size_t w = 0; w < set->sentences[s].n_words; w++) {
            const char *word = word_of(set, &set->sentences[s], w, &n);
            if (n <= size || memcmp(word, first, size) != 0) { return 0; }
            if (r.n < LEAST_RESTS) { add_rest(&r, word + size, n - size); }
        }
    }
    return r.n == LEAST_RESTS ? size : 0;
}

/* Moves the texts together, without the first `size` bytes of each word; what stands between words stays. */
static void strip(nomen_dataset *set, size_t size) {
    size_t to = 0;
    for (size_t s = 0; s < set->n_sentences; s++) {
        nomen_sentence *sentence = &set->sentences[s];
        const char *text = set->text + sentence->text_start;
        size_t start = to, from = 0;
        for (size_t w = 0; w < sentence->n_words; w++) {
            nomen_span *word = &set->words[sentence->first_word + w];
            memmove(set->text + to, text + from, word->start - from);
            to += word->start - from;
            from = word->end;
            size_t n = word->end - word->start - size;
            memmove(set->text + to, text + word->start + size, n);
            *word = (nomen_span){to - start, to - start + n};
            to += n;
        }
        memmove(set->text + to, text + from, sentence->text_size - from);
        to += sentence->text_size - from;
        sentence->text_start = start;
        sentence->text_size = to - start;
    }
    set->text_size = to;
}

void nomen_word_prefix_strip(nomen_builder *builder) {
    nomen_dataset *set = &builder->set;
    size_t size = set->unit == NOMEN_WORDS_AUTO ? find_prefix(set) : 0, n;
    if (size == 0) { return; }
    const char *first = word_of(set, &set->sentences[0], 0, &n);
    nomen_note(&set->notes, NOMEN_NOTE_WORD_PREFIX, builder->name, nomen_dataset_line(set, 0, 0),
               "all %zu words begin with '%.*s', which is not part of them and is left out", set->n_words, (int)size, first);
    strip(set, size);
}
