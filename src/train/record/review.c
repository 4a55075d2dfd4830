/* What a report shows of a part of the data beside its scores. */
#include "train/record/review.h"

#include <string.h>

#include "base/mem.h"
#include "eval/evaluate.h"

typedef struct reviewer {
    nomen_review *review;
    const nomen_dataset *dataset;
} reviewer;

static nomen_status copy_side(nomen_review *r, const nomen_match_side *from, nomen_reviewed_side *to, nomen_error *err) {
    *to = (nomen_reviewed_side){.type = -1, .begin = from->begin, .end = from->end};
    return from->type != NULL ? nomen_intern(&r->types, from->type, strlen(from->type), &to->type, err) : NOMEN_OK;
}

static nomen_status copy_matches(nomen_review *r, const nomen_scorer *scorer, nomen_reviewed_sentence *to, nomen_error *err) {
    nomen_match match;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(to->matches, to->n_matches, err));
    for (size_t i = 0; nomen_scorer_match(scorer, i, &match); i++) {
        to->matches[i].outcome = match.outcome;
        NOMEN_TRY(copy_side(r, &match.gold, &to->matches[i].gold, err));
        NOMEN_TRY(copy_side(r, &match.predicted, &to->matches[i].predicted, err));
    }
done:
    return status;
}

static bool is_worse(const nomen_dataset *dataset, const nomen_reviewed_sentence *a, const nomen_reviewed_sentence *b) {
    if (a->n_wrong != b->n_wrong) { return a->n_wrong > b->n_wrong; }
    size_t n = dataset->sentences[a->sentence].n_words, m = dataset->sentences[b->sentence].n_words;
    return n != m ? n < m : a->sentence < b->sentence;
}

/* Keeps the sentence where it is among the worst so far. */
static nomen_status note_sentence(void *user, const nomen_scorer *scorer, size_t sentence, nomen_error *err) {
    reviewer *w = user;
    nomen_review *r = w->review;
    nomen_reviewed_sentence found = {.sentence = sentence};
    nomen_match match;
    for (; nomen_scorer_match(scorer, found.n_matches, &match); found.n_matches++) {
        found.n_wrong += match.outcome != NOMEN_RIGHT;
    }
    size_t place = r->n_worst;
    while (place > 0 && is_worse(w->dataset, &found, &r->worst[place - 1])) { place--; }
    if (found.n_wrong == 0 || place == NOMEN_REVIEW_SENTENCES) { return NOMEN_OK; }
    nomen_status status = copy_matches(r, scorer, &found, err);
    if (status != NOMEN_OK) {
        nomen_mem_free(found.matches);
        return status;
    }
    if (r->n_worst == NOMEN_REVIEW_SENTENCES) { nomen_mem_free(r->worst[--r->n_worst].matches); }
    memmove(&r->worst[place + 1], &r->worst[place], (r->n_worst - place) * sizeof *r->worst);
    r->worst[place] = found;
    r->n_worst++;
    return NOMEN_OK;
}

nomen_status nomen_review_part(nomen_predictor *predictor, const nomen_corpus_part *part, nomen_review *review, nomen_report *out,
                               nomen_error *err) {
    reviewer w = {.review = review, .dataset = part->dataset};
    const nomen_judge_options options = {.scorer = {.details = true}, .scored = note_sentence, .user = &w};
    nomen_review_clear(review);
    nomen_status status =
        nomen_evaluate_part_details(predictor, part->dataset, part->sentences, part->n, &options, &review->details, err);
    if (status != NOMEN_OK) {
        nomen_review_clear(review);
        return status;
    }
    *out = review->details.report;
    review->details.report = (nomen_report){0};
    review->made = true;
    return NOMEN_OK;
}

void nomen_review_move(nomen_review *from, nomen_review *to) {
    nomen_review_clear(to);
    *to = *from;
    *from = (nomen_review){0};
}

void nomen_review_clear(nomen_review *review) {
    nomen_details_clear(&review->details);
    nomen_interner_clear(&review->types);
    for (size_t i = 0; i < review->n_worst; i++) { nomen_mem_free(review->worst[i].matches); }
    *review = (nomen_review){0};
}
