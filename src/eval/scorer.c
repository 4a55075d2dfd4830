/*
 * The scorer. seqeval puts all sentences into one stream with an O after each; the same is done
 * here, one sentence at a time. At most one entity ends before a tag, so a predicted entity is correct
 * exactly where a gold one of the same type and beginning ends at the same place: no sets of entities
 * are needed, only the state of two streams. The state goes on from sentence to sentence, as seqeval's does:
 * that matters for odd tags alone (a tag "X" has O's type "_", so it depends on what stood before).
 */
#include "eval/scorer.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/options.h"

nomen_status nomen_scorer_reserve_counts(nomen_scorer *scorer, nomen_error *err) {
    size_t n = scorer->tags.types.n;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(scorer->counts, scorer->counts_capacity, n, err));
    for (; scorer->n_counts < n; scorer->n_counts++) { scorer->counts[scorer->n_counts] = (nomen_counts){0}; }
done:
    return status;
}

nomen_status nomen_scorer_create(const nomen_scorer_options *options, nomen_scorer **out, nomen_error *err) {
    nomen_scorer *scorer = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(scorer, 1, err));
    NOMEN_TRY(NOMEN_TAKE(nomen_scorer_options, &scorer->options, options, err));
    if (!scorer->options.details) { scorer->options.replicates = 0; }
    if (scorer->options.confidence == 0) { scorer->options.confidence = 0.95; }
    if (!(scorer->options.confidence > 0 && scorer->options.confidence < 1)) {
        status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the confidence level is %g; expected a number between 0 and 1",
                                 scorer->options.confidence);
        goto done;
    }
    scorer->gold.state = scorer->predicted.state = nomen_chunk_start();
    NOMEN_TRY(nomen_tag_parts_intern(&scorer->tags, "O", &scorer->outside, err));
    NOMEN_TRY(nomen_scorer_reserve_counts(scorer, err));
    nomen_account_start(&scorer->account, scorer->tags.parts[scorer->outside]);
    if (scorer->options.details) { NOMEN_TRY(nomen_account_reserve(&scorer->account, &scorer->tags, NULL, 0, err)); }
    if (scorer->options.replicates > 0) {
        NOMEN_TRY(NOMEN_NEW(scorer->resample, 1, err));
        NOMEN_TRY(nomen_resample_start(scorer->resample, scorer->options.replicates, scorer->options.seed, err));
    }
    *out = scorer;
    scorer = NULL;
done:
    nomen_scorer_free(scorer);
    return status;
}

void nomen_scorer_free(nomen_scorer *scorer) {
    if (scorer == NULL) { return; }
    if (scorer->resample != NULL) { nomen_resample_clear(scorer->resample); }
    nomen_mem_free(scorer->resample);
    nomen_scorer_free(scorer->other);
    nomen_account_clear(&scorer->account);
    nomen_tag_parts_clear(&scorer->tags);
    nomen_mem_free(scorer->counts);
    nomen_mem_free(scorer->gold.runs.items);
    nomen_mem_free(scorer->predicted.runs.items);
    nomen_mem_free(scorer->tag_ids);
    nomen_mem_free(scorer);
}

/* Notes an entity that ended before `place`. One that an odd tag left open is cut to what no other has. */
static void add_run(nomen_runs *runs, nomen_chunk chunk, size_t start, size_t place) {
    size_t begin = chunk.begin > start ? chunk.begin - start : 0, end = place - start;
    if (runs->n > 0 && begin < runs->items[runs->n - 1].end) { begin = runs->items[runs->n - 1].end; }
    if (begin < end) { runs->items[runs->n++] = (nomen_run){.type = chunk.type, .begin = begin, .end = end}; }
}

/* Both streams' next tag, in a sentence that began at `start`. */
static void step(nomen_scorer *scorer, const nomen_tag_parts *gold_tag, const nomen_tag_parts *predicted_tag, size_t start) {
    nomen_chunk gold, predicted;
    size_t place = scorer->place++;
    bool gold_ended = nomen_chunk_step(&scorer->gold.state, gold_tag->letter, gold_tag->type, place, &gold);
    bool predicted_ended =
        nomen_chunk_step(&scorer->predicted.state, predicted_tag->letter, predicted_tag->type, place, &predicted);
    if (gold_ended) {
        scorer->counts[gold.type].gold++;
        scorer->total.gold++;
        add_run(&scorer->gold.runs, gold, start, place);
    }
    if (predicted_ended) {
        scorer->counts[predicted.type].predicted++;
        scorer->total.predicted++;
        add_run(&scorer->predicted.runs, predicted, start, place);
    }
    if (gold_ended && predicted_ended && gold.type == predicted.type && gold.begin == predicted.begin) {
        scorer->counts[gold.type].correct++;
        scorer->total.correct++;
    }
}

/* Fails where a tag is missing; `which` is "gold" or "predicted". */
static nomen_status check_tag(const char *tag, const char *which, size_t word, nomen_error *err) {
    if (tag != NULL && tag[0] != '\0') { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "word %zu of the sentence has %s %s tag; give each word a tag (O outside entities)", word + 1,
                           tag == NULL ? "no" : "an empty", which);
}

/* Whether a predicted entity goes on from one word to the next. */
static bool goes_on(const nomen_tag_parts *before, const nomen_tag_parts *tag) {
    bool ended = before->letter == 'E' || before->letter == 'L' || before->letter == 'S' || before->letter == 'U';
    bool begins = tag->letter == 'B' || tag->letter == 'S' || tag->letter == 'U';
    return !ended && !begins && before->type == tag->type;
}

/* Makes an O of what nobody can judge: words of unknown label on both sides, and predicted entities that have one. */
static void leave_out_unknown(nomen_scorer *scorer, const bool *unknown, size_t n_words) {
    const nomen_tag_parts *parts = scorer->tags.parts;
    int32_t *ids = scorer->tag_ids;
    for (size_t first = 0, next; first < n_words; first = next) {
        bool any = unknown[first], entity = ids[2 * first + 1] != scorer->outside;
        for (next = first + 1; next < n_words && goes_on(&parts[ids[2 * next - 1]], &parts[ids[2 * next + 1]]); next++) {
            any = any || unknown[next];
        }
        for (size_t w = first; any && entity && w < next; w++) { ids[2 * w + 1] = scorer->outside; }
    }
    scorer->n_unknown = 0;
    for (size_t w = 0; w < n_words; w++) {
        if (!unknown[w]) { continue; }
        ids[2 * w] = scorer->outside;
        scorer->n_unknown++;
    }
}

/* The tags of a sentence as numbers, and room for what will be found in it. */
static nomen_status prepare(nomen_scorer *scorer, const char *const *gold, const char *const *predicted, const nomen_span *words,
                            const bool *unknown, size_t n_words, nomen_error *err) {
    nomen_runs *g = &scorer->gold.runs, *p = &scorer->predicted.runs;
    nomen_status status;
    size_t n_ids;
    NOMEN_TRY(nomen_mem_product(n_words, 2, "the words of a sentence", &n_ids, err));
    NOMEN_TRY(NOMEN_RESERVE(scorer->tag_ids, scorer->tag_ids_capacity, n_ids, err));
    NOMEN_TRY(NOMEN_RESERVE(g->items, g->capacity, n_words, err));
    NOMEN_TRY(NOMEN_RESERVE(p->items, p->capacity, n_words, err));
    for (size_t i = 0; i < n_words; i++) {
        NOMEN_TRY(check_tag(gold[i], "gold", i, err));
        NOMEN_TRY(check_tag(predicted[i], "predicted", i, err));
        NOMEN_TRY(nomen_tag_parts_intern(&scorer->tags, gold[i], &scorer->tag_ids[2 * i], err));
        NOMEN_TRY(nomen_tag_parts_intern(&scorer->tags, predicted[i], &scorer->tag_ids[2 * i + 1], err));
    }
    scorer->n_unknown = 0;
    if (unknown != NULL) { leave_out_unknown(scorer, unknown, n_words); }
    NOMEN_TRY(nomen_scorer_reserve_counts(scorer, err));
    if (scorer->options.details) { NOMEN_TRY(nomen_account_reserve(&scorer->account, &scorer->tags, words, n_words, err)); }
done:
    return status;
}

/* Neumaier's compensated sum: within an ulp or so however many sentences there are. */
static void add_accuracy(nomen_scorer *scorer, double accuracy) {
    double sum = scorer->accuracy_sum + accuracy;
    scorer->accuracy_rest += fabs(scorer->accuracy_sum) >= fabs(accuracy) ? (scorer->accuracy_sum - sum) + accuracy
                                                                          : (accuracy - sum) + scorer->accuracy_sum;
    scorer->accuracy_sum = sum;
}

/* Adds the sentence that was prepared; gives its counts. */
static nomen_counts commit(nomen_scorer *scorer, size_t n_words) {
    const nomen_tag_parts *parts = scorer->tags.parts;
    nomen_counts before = scorer->total;
    size_t correct = 0, n_known = n_words - scorer->n_unknown, start = scorer->place;
    scorer->gold.runs.n = scorer->predicted.runs.n = 0;
    for (size_t i = 0; i < n_words; i++) {
        int32_t g = scorer->tag_ids[2 * i], p = scorer->tag_ids[2 * i + 1];
        step(scorer, &parts[g], &parts[p], start);
        correct += g == p;
    }
    step(scorer, &parts[scorer->outside], &parts[scorer->outside], start);
    correct -= scorer->n_unknown; /* an O on both sides */
    scorer->n_words += n_known;
    scorer->n_correct_words += correct;
    scorer->n_sentences++;
    if (n_known > 0) {
        scorer->n_filled_sentences++;
        add_accuracy(scorer, (double)correct / (double)n_known);
    }
    return (nomen_counts){.gold = scorer->total.gold - before.gold,
                          .predicted = scorer->total.predicted - before.predicted,
                          .correct = scorer->total.correct - before.correct};
}

/* Makes ready for a sentence of another system. It has to have been there from the first one on. */
static nomen_status prepare_other(nomen_scorer *scorer, const char *const *gold, const nomen_sentence_facts *facts,
                                  size_t n_words, nomen_error *err) {
    bool has_other = facts != NULL && facts->other != NULL;
    nomen_status status = NOMEN_OK;
    if (has_other && scorer->other == NULL && scorer->n_sentences == 0) {
        NOMEN_TRY(nomen_scorer_create(NULL, &scorer->other, err));
    }
    if (has_other != (scorer->other != NULL)) {
        status = nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "sentence %zu comes %s the other system's tags, unlike the ones before it; give them with all sentences or with none",
            scorer->n_sentences + 1, has_other ? "with" : "without");
        goto done;
    }
    if (has_other) { NOMEN_TRY(prepare(scorer->other, gold, facts->other, NULL, facts->unknown, n_words, err)); }
done:
    return status;
}

nomen_status nomen_scorer_add_facts(nomen_scorer *scorer, const char *const *gold, const char *const *predicted, size_t n_words,
                                    const nomen_sentence_facts *facts, nomen_error *err) {
    nomen_status status;
    nomen_counts own, other = {0};
    const nomen_span *words = facts != NULL ? facts->words : NULL;
    const bool *unknown = facts != NULL ? facts->unknown : NULL;

    /* All that can fail comes first, so that a failure leaves the streams where they were. */
    if (scorer->options.details) { NOMEN_TRY(prepare_other(scorer, gold, facts, n_words, err)); }
    NOMEN_TRY(prepare(scorer, gold, predicted, words, unknown, n_words, err));
    uint64_t sentence = scorer->n_sentences;
    own = commit(scorer, n_words);
    if (scorer->other != NULL) { other = commit(scorer->other, n_words); }
    if (scorer->options.details) {
        nomen_account_add(&scorer->account, &scorer->tags, scorer->outside, scorer->tag_ids, n_words, &scorer->gold.runs,
                          &scorer->predicted.runs);
        scorer->account.n_conll_words -= scorer->n_unknown;
        if (facts != NULL) {
            nomen_account_add_facts(&scorer->account, &scorer->tags.types, scorer->tag_ids, n_words, &scorer->gold.runs,
                                    &scorer->predicted.runs, facts);
        }
    }
    if (scorer->resample != NULL) { nomen_resample_add(scorer->resample, sentence, own, other); }
done:
    return status;
}

nomen_status nomen_scorer_add(nomen_scorer *scorer, const char *const *gold, const char *const *predicted, size_t n_words,
                              nomen_error *err) {
    return nomen_scorer_add_facts(scorer, gold, predicted, n_words, NULL, err);
}

nomen_status nomen_scorer_report(const nomen_scorer *scorer, nomen_report *out, nomen_error *err) {
    nomen_report report = {.accuracy = NAN, .sentence_accuracy = NAN, .loss = NAN};
    nomen_status status;
    NOMEN_TRY(nomen_report_fill(&scorer->tags.types, scorer->counts, scorer->n_counts, sizeof *scorer->counts, &report, err));
    report.n_words = scorer->n_words;
    report.n_sentences = scorer->n_sentences;
    if (scorer->n_words > 0) {
        report.accuracy = (double)scorer->n_correct_words / (double)scorer->n_words;
        report.sentence_accuracy = (scorer->accuracy_sum + scorer->accuracy_rest) / (double)scorer->n_filled_sentences;
    }
    *out = report;
    report = (nomen_report){0};
done:
    nomen_report_clear(&report);
    return status;
}
