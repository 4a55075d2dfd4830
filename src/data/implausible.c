/* What can't be meant; see the header. */
#include "data/implausible.h"

#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "data/excerpt.h"
#include "data/formats.h"

/* A word of the dataset. */
typedef struct word_position {
    size_t sentence, word; /* word: in its sentence */
} word_position;

/* Whether a word with this tag is an example; `first` is that of the one before, -1 for none. */
typedef bool (*is_example)(const nomen_builder *builder, int32_t tag, int32_t first);

static bool is_outside(const nomen_builder *builder, int32_t tag) {
    return strcmp(builder->tags.names[tag], "O") == 0;
}

static bool is_other_tag(const nomen_builder *builder, int32_t tag, int32_t first) {
    return !is_outside(builder, tag) && tag != first;
}

static bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* A piece of a list written out: [B-PER, 'O', "O"]. The tag of a comma or a quote may be the mark itself. */
static bool is_of_list(const nomen_builder *builder, int32_t tag, int32_t first) {
    (void)first;
    const char *name = builder->tags.names[tag];
    size_t n = strlen(name);
    bool named = false;
    for (size_t i = 0; i < n; i++) { named = named || is_alnum(name[i]); }
    return named && (strchr("['\"", name[0]) != NULL || strchr("],'\"", name[n - 1]) != NULL);
}

static bool is_any(const nomen_builder *builder, int32_t tag, int32_t first) {
    (void)builder, (void)tag, (void)first;
    return true;
}

/* The first example, and the first on another line; on the same line where there is no such. At least two are there. */
static void find_examples(const nomen_builder *builder, is_example is, word_position out[2]) {
    const nomen_dataset *set = &builder->set;
    size_t n = 0, line = 0;
    for (size_t s = 0; s < set->n_sentences; s++) {
        for (size_t w = 0; w < set->sentences[s].n_words; w++) {
            int32_t tag = set->tags[set->sentences[s].first_word + w];
            int32_t first = n == 0 ? -1 : set->tags[set->sentences[out[0].sentence].first_word + out[0].word];
            if (!is(builder, tag, first)) { continue; }
            size_t here = nomen_dataset_line(set, s, w);
            if (n == 0) {
                out[0] = (word_position){s, w};
                line = here;
            }
            if (n < 2 || here != line) { out[1] = (word_position){s, w}; }
            if (here != line) { return; }
            n++;
        }
    }
}

/* "'Jane' has 'x' on line 3": what stands there. */
static void show(const nomen_builder *builder, word_position at, char *out, size_t size) {
    const nomen_dataset *set = &builder->set;
    size_t word = set->sentences[at.sentence].first_word + at.word;
    const char *tag = builder->tags.names[set->tags[word]];
    char seen[NOMEN_EXCERPT_SIZE], its[NOMEN_EXCERPT_SIZE];
    nomen_excerpt(seen, nomen_sentence_text(set, at.sentence) + set->words[word].start,
                  set->words[word].end - set->words[word].start);
    nomen_number_snprintf(out, size, "'%s' has '%s' on line %zu", seen, nomen_excerpt(its, tag, strlen(tag)),
                          nomen_dataset_line(set, at.sentence, at.word));
}

/* `what` is wrong with the column; `cure` says what to do. */
static nomen_status refuse(nomen_builder *builder, is_example is, const char *what, const char *cure, nomen_remedy remedy,
                           nomen_error *err) {
    enum { SHOWN = 2 * NOMEN_EXCERPT_SIZE + 64 };
    word_position at[2];
    char one[SHOWN], two[SHOWN], message[NOMEN_ERROR_SIZE];
    const nomen_data_sink *sink = builder->set.notes.sink;
    find_examples(builder, is, at);
    show(builder, at[0], one, sizeof one);
    show(builder, at[1], two, sizeof two);
    nomen_number_snprintf(message, sizeof message, "%s: %s, %s; %s", what, one, two, cure);
    size_t line = nomen_dataset_line(&builder->set, at[0].sentence, at[0].word);
    if (sink == NULL) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_DATA, remedy, "%s:%zu: %s", builder->name, line, message);
    }
    sink->report(sink->user, NOMEN_FAULT_IMPLAUSIBLE, builder->name, line, message);
    return NOMEN_OK;
}

/* Counts the different tags other than O, and the words whose tag is a piece of a list. */
static nomen_status count(const nomen_builder *builder, size_t *n_different, size_t *n_of_list, nomen_error *err) {
    const nomen_interner *tags = &builder->tags;
    size_t *counts = NULL;
    nomen_status status = NOMEN_NEW(counts, tags->n, err);
    *n_different = *n_of_list = 0;
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < builder->set.n_words; i++) { counts[builder->set.tags[i]]++; }
    for (size_t i = 0; i < tags->n; i++) {
        *n_different += counts[i] > 0 && !is_outside(builder, (int32_t)i);
        *n_of_list += is_of_list(builder, (int32_t)i, -1) ? counts[i] : 0;
    }
    nomen_mem_free(counts);
    return NOMEN_OK;
}

nomen_status nomen_implausible_tags(nomen_builder *builder, nomen_error *err) {
    const nomen_data_options *options = builder->options;
    const nomen_format *format = nomen_format_get(builder->set.format);
    size_t n_words = builder->set.n_words, n_different = 0, n_of_list = 0;
    if (builder->set.unit != NOMEN_WORDS_AUTO || n_words < NOMEN_IMPLAUSIBLE_ROWS) { return NOMEN_OK; }
    if (options->tag_column != NULL || options->scheme == NOMEN_SCHEME_PLAIN) { return NOMEN_OK; }
    bool maybe = builder->tags.n * 3 > n_words * 2; /* for most files this decides, without a look at the words */
    for (size_t i = 0; !maybe && i < builder->tags.n; i++) { maybe = is_of_list(builder, (int32_t)i, -1); }
    if (!maybe) { return NOMEN_OK; }
    nomen_status status = count(builder, &n_different, &n_of_list, err);
    if (status != NOMEN_OK) { return status; }
    const char *where = builder->tag_place[0] != '\0' ? builder->tag_place
                        : format->tag_place != NULL   ? format->tag_place
                                                      : "its place";
    bool columns = format->has & NOMEN_HAS_VALUES;
    nomen_remedy remedy = columns ? NOMEN_REMEDY_TAG_COLUMN : NOMEN_REMEDY_SCHEME;
    const char *cure = columns ? "name the column of the tags; if it is this one, name it, or state the scheme plain"
                               : "correct them, or state the scheme plain to read them unchanged";
    char what[256];
    if (n_of_list * 2 > n_words) {
        nomen_number_snprintf(what, sizeof what, "%zu of %zu tags in %s are parts of a list", n_of_list, n_words, where);
        return refuse(builder, is_of_list, what, cure, remedy, err);
    }
    if (n_different * 3 > n_words * 2) {
        nomen_number_snprintf(what, sizeof what, "%zu words have %zu different tags in %s, so these are not tags", n_words,
                              n_different, where);
        return refuse(builder, is_other_tag, what, cure, remedy, err);
    }
    return NOMEN_OK;
}

/* Digits, with marks such as those of dates, times and shares. */
static bool is_number(const char *word, size_t n) {
    bool digit = false;
    for (size_t i = 0; i < n; i++) {
        bool is_digit = word[i] >= '0' && word[i] <= '9';
        if (!is_digit && strchr(".,:/+-%", word[i]) == NULL) { return false; }
        digit = digit || is_digit;
    }
    return digit;
}

nomen_status nomen_implausible_words(nomen_builder *builder, nomen_error *err) {
    const nomen_dataset *set = &builder->set;
    if (!builder->other_letters || set->unit != NOMEN_WORDS_AUTO || set->n_words < NOMEN_IMPLAUSIBLE_ROWS) { return NOMEN_OK; }
    if (builder->options->word_column != NULL) { return NOMEN_OK; }
    for (size_t s = 0; s < set->n_sentences; s++) {
        for (size_t w = 0; w < set->sentences[s].n_words; w++) {
            nomen_span word = set->words[set->sentences[s].first_word + w];
            if (!is_number(nomen_sentence_text(set, s) + word.start, word.end - word.start)) { return NOMEN_OK; }
        }
    }
    char what[256];
    nomen_number_snprintf(what, sizeof what, "all %zu words in %s are numbers, while another column has letters", set->n_words,
                          builder->word_place[0] != '\0' ? builder->word_place : "their column");
    return refuse(builder, is_any, what, "name the column of the words, even if it is this one", NOMEN_REMEDY_WORD_COLUMN, err);
}
