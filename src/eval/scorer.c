/*
 * The scorer. seqeval puts all sentences into one stream with an O behind each; the same is done
 * here, one sentence at a time. At most one entity ends before a tag, so a predicted entity is correct
 * exactly where a gold one of the same type and beginning ends at the same place: no sets of entities
 * are needed, only the state of two streams. The state goes on from sentence to sentence, as seqeval's does:
 * that matters for odd tags alone (a tag "X" has O's type "_", so it depends on what stood before).
 */
#include "eval/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/chunk.h"
#include "eval/types.h"

typedef struct type_counts {
    size_t gold, predicted, correct;
} type_counts;

struct nomen_scorer {
    nomen_type_table types;
    int32_t outside; /* the type of "O" */
    type_counts *counts; /* (types.n) */
    size_t counts_capacity;
    nomen_chunk_state gold, predicted;
    size_t place; /* in the stream of words and the O behind each sentence */
    size_t n_words, n_correct_words, n_sentences, n_filled_sentences;
    double accuracy_sum, accuracy_rest; /* of the sentences' accuracies, by Neumaier's summation */
    int32_t *type_ids;                  /* scratch: gold and predicted type of each word of a sentence */
    size_t type_ids_capacity;
};

/* The type's index, with room for its counts. */
static nomen_status intern(nomen_scorer *scorer, const char *name, int32_t *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(scorer->counts, scorer->counts_capacity, scorer->types.n + 1, err));
    size_t n = scorer->types.n;
    NOMEN_TRY(nomen_type_table_intern(&scorer->types, name, out, err));
    if (scorer->types.n > n) { scorer->counts[n] = (type_counts){0}; }
done:
    return status;
}

nomen_status nomen_scorer_create(nomen_scorer **out, nomen_error *err) {
    nomen_scorer *scorer = NULL;
    const char *type;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(scorer, 1, err));
    scorer->gold = nomen_chunk_start();
    scorer->predicted = nomen_chunk_start();
    nomen_chunk_split("O", &type);
    NOMEN_TRY(intern(scorer, type, &scorer->outside, err));
    *out = scorer;
    scorer = NULL;
done:
    nomen_scorer_free(scorer);
    return status;
}

void nomen_scorer_free(nomen_scorer *scorer) {
    if (scorer == NULL) { return; }
    nomen_type_table_clear(&scorer->types);
    nomen_mem_free(scorer->counts);
    nomen_mem_free(scorer->type_ids);
    nomen_mem_free(scorer);
}

/* Both streams' next tag. */
static void step(nomen_scorer *scorer, char gold_tag, int32_t gold_type, char predicted_tag, int32_t predicted_type) {
    nomen_chunk gold, predicted;
    bool gold_ended = nomen_chunk_step(&scorer->gold, gold_tag, gold_type, scorer->place, &gold);
    bool predicted_ended =
        nomen_chunk_step(&scorer->predicted, predicted_tag, predicted_type, scorer->place, &predicted);
    scorer->place++;
    if (gold_ended) { scorer->counts[gold.type].gold++; }
    if (predicted_ended) { scorer->counts[predicted.type].predicted++; }
    if (gold_ended && predicted_ended && gold.type == predicted.type && gold.begin == predicted.begin) {
        scorer->counts[gold.type].correct++;
    }
}

/* Fails where a tag is missing; `which` is "gold" or "predicted". */
static nomen_status check_tag(const char *tag, const char *which, size_t word, nomen_error *err) {
    if (tag != NULL && tag[0] != '\0') { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "word %zu of the sentence has %s %s tag; give each word a tag (O outside entities)", word + 1,
                           tag == NULL ? "no" : "an empty", which);
}

/* Neumaier's compensated sum: within an ulp or so however many sentences there are. */
static void add_accuracy(nomen_scorer *scorer, double accuracy) {
    double sum = scorer->accuracy_sum + accuracy;
    scorer->accuracy_rest += fabs(scorer->accuracy_sum) >= fabs(accuracy) ? (scorer->accuracy_sum - sum) + accuracy
                                                                          : (accuracy - sum) + scorer->accuracy_sum;
    scorer->accuracy_sum = sum;
}

nomen_status nomen_scorer_add(nomen_scorer *scorer, const char *const *gold, const char *const *predicted,
                              size_t n_words, nomen_error *err) {
    nomen_status status;
    size_t n_ids, correct = 0;
    const char *type;

    /* All that can fail comes first, so that a failure leaves the streams where they were. */
    NOMEN_TRY(nomen_mem_product(n_words, 2, "the words of a sentence", &n_ids, err));
    NOMEN_TRY(NOMEN_RESERVE(scorer->type_ids, scorer->type_ids_capacity, n_ids, err));
    for (size_t i = 0; i < n_words; i++) {
        NOMEN_TRY(check_tag(gold[i], "gold", i, err));
        NOMEN_TRY(check_tag(predicted[i], "predicted", i, err));
        nomen_chunk_split(gold[i], &type);
        NOMEN_TRY(intern(scorer, type, &scorer->type_ids[2 * i], err));
        nomen_chunk_split(predicted[i], &type);
        NOMEN_TRY(intern(scorer, type, &scorer->type_ids[2 * i + 1], err));
    }

    for (size_t i = 0; i < n_words; i++) {
        step(scorer, nomen_chunk_split(gold[i], &type), scorer->type_ids[2 * i],
             nomen_chunk_split(predicted[i], &type), scorer->type_ids[2 * i + 1]);
        if (strcmp(gold[i], predicted[i]) == 0) { correct++; }
    }
    step(scorer, 'O', scorer->outside, 'O', scorer->outside);
    scorer->n_words += n_words;
    scorer->n_correct_words += correct;
    scorer->n_sentences++;
    if (n_words > 0) {
        scorer->n_filled_sentences++;
        add_accuracy(scorer, (double)correct / (double)n_words);
    }
done:
    return status;
}

/* Precision, recall and F1 of the counts, in seqeval's order of operations. */
static nomen_prf score(type_counts counts) {
    nomen_prf prf = {.support = counts.gold, .predicted = counts.predicted, .correct = counts.correct};
    if (counts.predicted > 0) { prf.precision = (double)counts.correct / (double)counts.predicted; }
    if (counts.gold > 0) { prf.recall = (double)counts.correct / (double)counts.gold; }
    double sum = prf.precision + prf.recall;
    if (sum > 0) { prf.f1 = 2 * prf.precision * prf.recall / sum; }
    return prf;
}

/* The means over the types; `weighted` by support, otherwise plain. */
static nomen_prf average(const nomen_report *report, bool weighted) {
    nomen_prf mean = report->micro;
    double precision = 0, recall = 0, f1 = 0;
    for (size_t i = 0; i < report->n_types; i++) {
        const nomen_prf *type = &report->per_type[i];
        double weight = weighted ? (double)type->support : 1;
        precision += type->precision * weight;
        recall += type->recall * weight;
        f1 += type->f1 * weight;
    }
    /* Without gold entities seqeval's weighted scores are 0; without any type its macro scores are NaN. */
    double total = weighted ? (double)report->micro.support : (double)report->n_types;
    if (weighted && report->micro.support == 0) { total = 1; }
    mean.precision = precision / total;
    mean.recall = recall / total;
    mean.f1 = f1 / total;
    return mean;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Copies the names of types that have entities, sorted, and their scores. */
static nomen_status fill_types(const nomen_scorer *scorer, nomen_report *report, nomen_error *err) {
    nomen_status status;
    const nomen_type_table *types = &scorer->types;
    size_t n = 0;
    for (size_t i = 0; i < types->n; i++) {
        if (scorer->counts[i].gold + scorer->counts[i].predicted > 0) { n++; }
    }
    NOMEN_TRY(NOMEN_NEW(report->types, n, err));
    NOMEN_TRY(NOMEN_NEW(report->per_type, n, err));
    for (size_t i = 0; i < types->n; i++) {
        if (scorer->counts[i].gold + scorer->counts[i].predicted == 0) { continue; }
        size_t n_bytes = strlen(types->names[i]);
        char *name = nomen_mem_copy(types->names[i], n_bytes);
        if (name == NULL) {
            status = nomen_error_memory(err, n_bytes + 1, 1);
            goto done;
        }
        report->types[report->n_types++] = name;
    }
    if (n > 1) { qsort(report->types, n, sizeof *report->types, by_name); }
    for (size_t i = 0; i < n; i++) {
        report->per_type[i] = score(scorer->counts[nomen_type_table_find(types, report->types[i])]);
    }
done:
    return status;
}

nomen_status nomen_scorer_report(const nomen_scorer *scorer, nomen_report *out, nomen_error *err) {
    nomen_report report = {.accuracy = NAN, .sentence_accuracy = NAN, .loss = NAN};
    nomen_status status;
    type_counts all = {0};
    NOMEN_TRY(fill_types(scorer, &report, err));
    for (size_t i = 0; i < scorer->types.n; i++) {
        all.gold += scorer->counts[i].gold;
        all.predicted += scorer->counts[i].predicted;
        all.correct += scorer->counts[i].correct;
    }
    report.micro = score(all);
    report.macro = average(&report, false);
    report.weighted = average(&report, true);
    report.n_words = scorer->n_words;
    report.n_sentences = scorer->n_sentences;
    if (scorer->n_words > 0) {
        report.accuracy = (double)scorer->n_correct_words / (double)scorer->n_words;
        report.sentence_accuracy =
            (scorer->accuracy_sum + scorer->accuracy_rest) / (double)scorer->n_filled_sentences;
    }
    *out = report;
    report = (nomen_report){0};
done:
    nomen_report_clear(&report);
    return status;
}

void nomen_report_clear(nomen_report *report) {
    for (size_t i = 0; i < report->n_types; i++) { nomen_mem_free(report->types[i]); }
    nomen_mem_free(report->types);
    nomen_mem_free(report->per_type);
    *report = (nomen_report){0};
}
