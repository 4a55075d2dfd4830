/* Scores of predictions in a file. */
#include "eval/compare.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static nomen_status check_counts(const nomen_dataset *predicted, const nomen_dataset *gold, nomen_error *err) {
    size_t n = predicted->n_sentences < gold->n_sentences ? predicted->n_sentences : gold->n_sentences;
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *p = &predicted->sentences[i], *g = &gold->sentences[i];
        if (p->n_words != g->n_words) {
            return nomen_error_set(err, NOMEN_ERROR_DATA,
                                   "%s:%zu: sentence %zu has %zu words, but %zu at %s:%zu; predictions and gold must be "
                                   "the same sentences, cut into the same words or of the same characters",
                                   predicted->path, p->line, i + 1, p->n_words, g->n_words, gold->path, g->line);
        }
    }
    if (predicted->n_sentences != gold->n_sentences) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "%s has %zu sentences, but %s has %zu", predicted->path,
                               predicted->n_sentences, gold->path, gold->n_sentences);
    }
    return NOMEN_OK;
}

/* Whether sentence i has the same words in both, which have as many. */
static bool same_words(const nomen_dataset *a, const nomen_dataset *b, size_t i) {
    const nomen_sentence *x = &a->sentences[i], *y = &b->sentences[i];
    for (size_t w = 0; w < x->n_words; w++) {
        nomen_span m = a->words[x->first_word + w], n = b->words[y->first_word + w];
        if (m.end - m.start != n.end - n.start ||
            memcmp(nomen_sentence_text(a, i) + m.start, nomen_sentence_text(b, i) + n.start, m.end - m.start) != 0) {
            return false;
        }
    }
    return true;
}

/* Other words are no error, as a tool may write a word in its own way; but they may be other sentences. */
static void report_other_words(const nomen_dataset *predicted, const nomen_dataset *gold) {
    size_t n = 0, first = 0;
    for (size_t i = gold->n_sentences; i-- > 0;) {
        if (same_words(predicted, gold, i)) { continue; }
        first = i;
        n++;
    }
    if (n > 0) {
        nomen_log_warning("%zu of %zu sentences have other words in %s than in %s, the first at line %zu; are they in "
                          "the same order?",
                          n, gold->n_sentences, predicted->path, gold->path, predicted->sentences[first].line);
    }
}

nomen_status nomen_check_same_sentences(const nomen_dataset *predicted, const nomen_dataset *gold, nomen_error *err) {
    nomen_status status = check_counts(predicted, gold, err);
    if (status == NOMEN_OK) { report_other_words(predicted, gold); }
    return status;
}

nomen_status nomen_compare(const nomen_dataset *predicted, const nomen_dataset *gold,
                           const nomen_judge_options *options, nomen_details *out, nomen_error *err) {
    nomen_judge judge = {0};
    const char **tags = NULL;
    size_t capacity = 0;
    nomen_status status;
    NOMEN_TRY(nomen_check_same_sentences(predicted, gold, err));
    NOMEN_TRY(nomen_judge_start(gold, options, &judge, err));
    for (size_t i = 0; i < gold->n_sentences; i++) {
        const nomen_sentence *s = &predicted->sentences[i];
        NOMEN_TRY(NOMEN_RESERVE(tags, capacity, s->n_words, err));
        for (size_t w = 0; w < s->n_words; w++) {
            tags[w] = nomen_tag_or_outside(predicted->tag_names[predicted->tags[s->first_word + w]]);
        }
        NOMEN_TRY(nomen_judge_add(&judge, i, tags, NULL, err));
    }
    NOMEN_TRY(nomen_judge_finish(&judge, err));
    NOMEN_TRY(nomen_scorer_details(judge.scorer, out, err));
done:
    nomen_judge_clear(&judge);
    nomen_mem_free(tags);
    return status;
}
