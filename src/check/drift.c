/*
 * The drift: a recipe that gives a tokenizer the raw text and takes the n-th label for BERT's n-th word puts labels on
 * other words after the first word that BERT cuts otherwise. This counts what that would do, by BERT's pre-tokenizer
 * alone, which every BERT has; no vocabulary is needed. Words that give no word of BERT's are told here too.
 */
#include <string.h>

#include "base/mem.h"
#include "check/checker.h"
#include "data/excerpt.h"
#include "text/words.h"

/* Words of an example, with those before the cut. */
enum { EXAMPLE_WORDS = 12, EXAMPLE_BEFORE = 2 };

enum { LETTER = 1, MARK = 2, ODD = 4 };

/* Of each byte: digits and letters; printable ASCII marks; and what is not one byte, or dropped, or white space. */
#define ODD_8 ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD
#define ODD_64 ODD_8, ODD_8, ODD_8, ODD_8, ODD_8, ODD_8, ODD_8, ODD_8
#define MARK_5 MARK, MARK, MARK, MARK, MARK
#define LETTER_5 LETTER, LETTER, LETTER, LETTER, LETTER
#define LETTER_26 LETTER_5, LETTER_5, LETTER_5, LETTER_5, LETTER_5, LETTER
static const unsigned char kinds[256] = {ODD_8,     ODD_8,    ODD_8,  ODD_8,          /* to U+001F */
                                         ODD,       MARK_5,   MARK_5, MARK_5,         /* to '/' */
                                         LETTER_5,  LETTER_5,                         /* 0 to 9 */
                                         MARK_5,    MARK,     MARK,                   /* to '@' */
                                         LETTER_26, MARK_5,   MARK,   LETTER_26,      /* A to z */
                                         MARK,      MARK,     MARK,   MARK,      ODD, /* to U+007F */
                                         ODD_64,    ODD_64};

static const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);

/*
 * Whether eight bytes are ASCII letters and digits. Of bytes below 0x80, x + (0x80 - low) has its high bit from `low`
 * on, and x + (0x7F - high) after `high`.
 */
static inline bool are_plain(uint64_t eight) {
    uint64_t lower = eight | ones * 0x20;
    uint64_t letters = (lower + ones * (0x80 - 'a')) & ~(lower + ones * (0x7F - 'z'));
    uint64_t digits = (eight + ones * (0x80 - '0')) & ~(eight + ones * (0x7F - '9'));
    return ((letters | digits) & ~eight & highs) == highs;
}

/* Whether a word is all letters and digits, as nearly every one is; longer words are left to count_cut. */
static inline bool is_plain(const char *bytes, size_t n, size_t n_readable) {
    uint64_t first, last;
    if (n > 16 || n_readable < 8) { return false; }
    memcpy(&first, bytes, sizeof first);
    if (n >= 8) {
        memcpy(&last, bytes + n - 8, sizeof last);
        return are_plain(first) && are_plain(last);
    }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return are_plain((first & (((uint64_t)1 << 8 * n) - 1)) | (ones * 'a') << 8 * n);
#else
    return false;
#endif
}

/* How many words BERT makes of one. */
static size_t count_cut(const char *bytes, size_t n) {
    unsigned any = 0;
    for (size_t i = 0; i < n; i++) { any |= kinds[(unsigned char)bytes[i]]; }
    if (any == LETTER || (any == MARK && n == 1)) { return 1; }
    if (any & ODD) { return nomen_text_bert_count(bytes, n); }
    size_t count = 0;
    unsigned before = MARK;
    for (size_t i = 0; i < n; i++) {
        unsigned kind = kinds[(unsigned char)bytes[i]];
        count += kind == MARK || before == MARK;
        before = kind;
    }
    return count;
}

static void report_no_piece(nomen_checker *checker, const nomen_checked *c, size_t sentence, size_t word) {
    const nomen_dataset *set = &c->set;
    nomen_span span = set->words[set->sentences[sentence].first_word + word];
    char seen[NOMEN_EXCERPT_SIZE];
    nomen_findings_add(&checker->findings, NOMEN_CHECK_NO_PIECE, nomen_checked_path(c, sentence),
                       nomen_dataset_line(set, sentence, word), "the word '%s' (%s), word %zu of its sentence",
                       nomen_excerpt(seen, nomen_sentence_text(set, sentence) + span.start, span.end - span.start),
                       nomen_tag_shown(set->tag_names[set->tags[set->sentences[sentence].first_word + word]]), word + 1);
}

/* Keeps BERT's words from just before the first cut on, with their labels. */
static nomen_status keep_example(nomen_checker *checker, const nomen_checked *c, size_t sentence, size_t first_word,
                                 nomen_error *err) {
    const nomen_dataset *set = &c->set;
    const nomen_sentence *s = &set->sentences[sentence];
    nomen_check_drift *drift = &checker->drift;
    const char *text = nomen_sentence_text(set, sentence);
    const char **cells = NULL;
    size_t n = 0, skipped = first_word > EXAMPLE_BEFORE ? first_word - EXAMPLE_BEFORE : 0, j = skipped;
    nomen_status status = NOMEN_NEW(cells, (size_t)3 * EXAMPLE_WORDS, err);
    drift->example = (const char *const *)cells;
    for (size_t w = skipped; status == NOMEN_OK && w < s->n_words && n < EXAMPLE_WORDS; w++) {
        nomen_span word = set->words[s->first_word + w];
        size_t n_cut = 0;
        status = nomen_text_bert_words(text + word.start, word.end - word.start, &checker->words, &checker->words_capacity,
                                       &n_cut, err);
        for (size_t i = 0; status == NOMEN_OK && i < n_cut && n < EXAMPLE_WORDS; i++, j++, n++) {
            char seen[NOMEN_EXCERPT_SIZE];
            nomen_span cut = checker->words[i];
            nomen_excerpt(seen, text + word.start + cut.start, cut.end - cut.start);
            const char *right = nomen_tag_shown(set->tag_names[set->tags[s->first_word + w]]);
            const char *given = j < s->n_words ? nomen_tag_shown(set->tag_names[set->tags[s->first_word + j]]) : "-";
            cells[3 * n] = nomen_mem_copy(seen, strlen(seen));
            cells[3 * n + 1] = nomen_mem_copy(right, strlen(right));
            cells[3 * n + 2] = nomen_mem_copy(given, strlen(given));
            drift->n_example = n + 1;
            if (cells[3 * n] == NULL || cells[3 * n + 1] == NULL || cells[3 * n + 2] == NULL) {
                status = nomen_error_memory(err, strlen(seen), 1);
            }
        }
    }
    drift->line = nomen_dataset_line(set, sentence, first_word);
    return status;
}

/* What each label of a sentence becomes; words from `first` on are cut otherwise. */
static bool count_drift(nomen_checker *checker, const nomen_checked *c, size_t sentence, size_t first) {
    const nomen_dataset *set = &c->set;
    const nomen_sentence *s = &set->sentences[sentence];
    const char *text = nomen_sentence_text(set, sentence);
    const int32_t *tags = set->tags + s->first_word;
    size_t j = first, n_moved = 0, n_wrong = 0;
    for (size_t w = first; w < s->n_words && j < s->n_words; w++) {
        nomen_span word = set->words[s->first_word + w];
        size_t n_cut = count_cut(text + word.start, word.end - word.start);
        for (size_t i = 0; i < n_cut && j < s->n_words; i++, j++) {
            n_moved += j != w;
            n_wrong += tags[j] != tags[w];
        }
    }
    nomen_check_drift *drift = &checker->drift;
    drift->n_sentences++;
    drift->n_moved += n_moved;
    drift->n_wrong += n_wrong;
    drift->n_lost += s->n_words - j;
    return n_wrong > 0;
}

nomen_status nomen_check_drift_of(nomen_checker *checker, nomen_checked *c, size_t sentence, nomen_error *err) {
    const nomen_dataset *set = &c->set;
    const nomen_sentence *s = &set->sentences[sentence];
    const nomen_span *words = set->words + s->first_word;
    const char *text = nomen_sentence_text(set, sentence);
    size_t first = s->n_words;
    if (set->unit != NOMEN_WORDS_AUTO) { return NOMEN_OK; } /* labels came from spans of characters */
    for (size_t w = 0; w < s->n_words; w++) {
        if (words[w].end == words[w].start + 1 && kinds[(unsigned char)text[words[w].start]] != ODD) { continue; }
        if (is_plain(text + words[w].start, words[w].end - words[w].start, s->text_size - words[w].start)) { continue; }
        size_t n_cut = count_cut(text + words[w].start, words[w].end - words[w].start);
        if (n_cut == 1) { continue; }
        if (first == s->n_words) { first = w; }
        if (n_cut == 0) { report_no_piece(checker, c, sentence, w); }
    }
    if (first == s->n_words) { return NOMEN_OK; }
    bool harms = count_drift(checker, c, sentence, first);
    char seen[NOMEN_EXCERPT_SIZE];
    nomen_span word = words[first];
    nomen_findings_add(&checker->findings, NOMEN_CHECK_DRIFT, c->name, nomen_dataset_line(set, sentence, first),
                       "the word '%s' is %zu words to BERT", nomen_excerpt(seen, text + word.start, word.end - word.start),
                       count_cut(text + word.start, word.end - word.start));
    if (!harms || checker->drift.path != NULL) { return NOMEN_OK; }
    checker->drift.path = c->name;
    return keep_example(checker, c, sentence, first, err);
}
