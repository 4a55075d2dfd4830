/*
 * From doubtful words to places that a person can judge: the entities that a candidate is in, those that it would be in
 * by the model's most probable labels, and whatever these overlap, are one place, as doubtful as its worst word.
 */
#include "check/label_errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/mem.h"
#include "base/options.h"
#include "check/confident.h"
#include "check/out_of_sample.h"
#include "data/label_split.h"
#include "data/read.h"
#include "decode/decide.h"
#include "model_dir/calibrated.h"
#include "train/options/options.h"

typedef struct error_search {
    nomen_label_findings *findings;
    nomen_out_of_sample sample;
    nomen_judged words;
    nomen_confident confident;
    nomen_labelled *given, *suggested; /* entities of a sentence */
    size_t n_given, n_suggested, given_capacity, suggested_capacity;
    int32_t *best; /* (words of a sentence) the suggested labels */
    size_t best_capacity;
} error_search;

/* The name of a type, kept with the findings; NULL for O. */
static nomen_status keep_type(error_search *s, const char *label, const char **type, nomen_error *err) {
    const char *name = nomen_label_entity_type(label);
    nomen_interner *types = &s->findings->types;
    int32_t number = 0;
    *type = NULL;
    if (name == NULL) { return NOMEN_OK; }
    nomen_status status = nomen_intern(types, name, strlen(name), &number, err);
    if (status == NOMEN_OK) { *type = types->names[number]; }
    return status;
}

static nomen_status append(nomen_labelled **list, size_t *n, size_t *capacity, nomen_labelled entity, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(*list, *capacity, *n + 1, err);
    if (status == NOMEN_OK) { (*list)[(*n)++] = entity; }
    return status;
}

/* The entities of a sentence's labels, named by `names`, grouped as tag groups them. */
static nomen_status find_entities(error_search *s, const nomen_sentence *sentence, char *const *names, const int32_t *labels,
                                  nomen_labelled **list, size_t *n, size_t *capacity, nomen_error *err) {
    const nomen_span *words = s->findings->set.words + sentence->first_word;
    nomen_status status = NOMEN_OK;
    *n = 0;
    for (size_t begin = 0, end; begin < sentence->n_words; begin = end) {
        const char *first = names[labels[begin]], *kept;
        for (end = begin + 1; end < sentence->n_words && nomen_label_continues_hf(first, names[labels[end]]); end++) {}
        NOMEN_TRY(keep_type(s, first, &kept, err));
        if (kept == NULL) { continue; }
        nomen_span bytes = {words[begin].start, words[end - 1].end};
        NOMEN_TRY(append(list, n, capacity, (nomen_labelled){kept, begin, end, bytes}, err));
    }
done:
    return status;
}

/* Widens [begin, end) to the entities that it overlaps; whether it did. */
static bool widen(const nomen_labelled *list, size_t n, size_t *begin, size_t *end) {
    bool wider = false;
    for (size_t i = 0; i < n; i++) {
        if (list[i].end <= *begin || list[i].begin >= *end) { continue; }
        wider = wider || list[i].begin < *begin || list[i].end > *end;
        *begin = list[i].begin < *begin ? list[i].begin : *begin;
        *end = list[i].end > *end ? list[i].end : *end;
    }
    return wider;
}

/* Copies the entities within a place; their number. */
static nomen_status copy_within(nomen_label_findings *f, const nomen_labelled *list, size_t n, size_t begin, size_t end,
                                size_t *n_copied, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    *n_copied = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i].begin < begin || list[i].end > end) { continue; }
        NOMEN_TRY(append(&f->entities, &f->n_entities, &f->entities_capacity, list[i], err));
        ++*n_copied;
    }
done:
    return status;
}

/* The place of the candidate `word` of a sentence; *next is where the search goes on. */
static nomen_status add_place(error_search *s, size_t sentence, size_t word, size_t *next, nomen_error *err) {
    nomen_label_findings *f = s->findings;
    const nomen_sentence *at = &f->set.sentences[sentence];
    const nomen_span *words = f->set.words + at->first_word;
    size_t begin = word, end = word + 1;
    while (widen(s->given, s->n_given, &begin, &end) || widen(s->suggested, s->n_suggested, &begin, &end)) {}
    nomen_label_error e = {.sentence = sentence, .line = at->line, .margin = INFINITY};
    e.place = (nomen_labelled){NULL, begin, end, {words[begin].start, words[end - 1].end}};
    nomen_status status;
    for (size_t w = begin; w < end; w++) {
        if (!nomen_confident_is_error(&s->confident, &s->words, at->first_word + w)) { continue; }
        double margin = nomen_judged_margin(&s->words, at->first_word + w);
        if (!(margin < e.margin)) { continue; }
        size_t row = at->first_word + w;
        e.margin = margin;
        e.probability = (double)s->words.probabilities[row * s->words.n_labels + (size_t)s->words.given[row]];
    }
    NOMEN_TRY(copy_within(f, s->given, s->n_given, begin, end, &e.n_given, err));
    NOMEN_TRY(copy_within(f, s->suggested, s->n_suggested, begin, end, &e.n_suggested, err));
    NOMEN_TRY(NOMEN_RESERVE(f->errors, f->errors_capacity, f->report.n_errors + 1, err));
    f->errors[f->report.n_errors++] = e;
    *next = end;
done:
    return status;
}

/* What the model says of a sentence's words: its most probable labels. What it can't judge stays as given, or is O. */
static nomen_status find_best(error_search *s, const nomen_sentence *sentence, nomen_error *err) {
    const nomen_dataset *set = &s->findings->set;
    nomen_status status = NOMEN_RESERVE(s->best, s->best_capacity, sentence->n_words, err);
    int32_t outside = nomen_labels_find(&s->sample.labels, "O", 1);
    for (size_t w = 0; status == NOMEN_OK && w < sentence->n_words; w++) {
        size_t row = sentence->first_word + w;
        const char *given = set->tag_names[set->tags[row]];
        s->best[w] = s->words.given[row] >= 0 ? nomen_judged_best(&s->words, row)
                                              : nomen_labels_find(&s->sample.labels, given, strlen(given));
        if (s->best[w] < 0) { s->best[w] = outside >= 0 ? outside : 0; }
    }
    return status;
}

static nomen_status search_sentence(error_search *s, size_t sentence, nomen_error *err) {
    nomen_label_findings *f = s->findings;
    const nomen_sentence *at = &f->set.sentences[sentence];
    bool any = false;
    nomen_status status = NOMEN_OK;
    for (size_t w = 0; w < at->n_words; w++) {
        bool candidate = nomen_confident_is_error(&s->confident, &s->words, at->first_word + w);
        f->report.n_candidates += candidate;
        any = any || candidate;
    }
    if (!any) { return NOMEN_OK; }
    NOMEN_TRY(find_best(s, at, err));
    NOMEN_TRY(
        find_entities(s, at, f->set.tag_names, f->set.tags + at->first_word, &s->given, &s->n_given, &s->given_capacity, err));
    NOMEN_TRY(find_entities(s, at, s->sample.labels.names, s->best, &s->suggested, &s->n_suggested, &s->suggested_capacity, err));
    for (size_t w = 0; w < at->n_words;) {
        if (nomen_confident_is_error(&s->confident, &s->words, at->first_word + w)) {
            NOMEN_TRY(add_place(s, sentence, w, &w, err));
        } else {
            w++;
        }
    }
done:
    return status;
}

static int by_doubt(const void *a, const void *b) {
    const nomen_label_error *x = a, *y = b;
    if (x->margin != y->margin) { return x->margin < y->margin ? -1 : 1; }
    if (x->sentence != y->sentence) { return x->sentence < y->sentence ? -1 : 1; }
    return x->place.begin < y->place.begin ? -1 : x->place.begin > y->place.begin;
}

/* Gives each error its entities, which lie where they were found, and sorts. */
static void finish_errors(nomen_label_findings *f) {
    size_t at = 0;
    for (size_t i = 0; i < f->report.n_errors; i++) {
        nomen_label_error *e = &f->errors[i];
        e->given = f->entities + at;
        e->suggested = e->given + e->n_given;
        at += e->n_given + e->n_suggested;
    }
    if (f->report.n_errors > 1) { qsort(f->errors, f->report.n_errors, sizeof *f->errors, by_doubt); }
    f->report.errors = f->errors;
}

static int by_estimate(const void *a, const void *b) {
    const nomen_label_pair *x = a, *y = b;
    if (x->estimated != y->estimated) { return x->estimated > y->estimated ? -1 : 1; }
    int order = strcmp(x->given != NULL ? x->given : "", y->given != NULL ? y->given : "");
    return order != 0 ? order : strcmp(x->suggested != NULL ? x->suggested : "", y->suggested != NULL ? y->suggested : "");
}

/* The row of a pair of types, added where it is new; there is room. Names are interned, so that they compare as pointers. */
static nomen_label_pair *find_pair(nomen_label_findings *f, const char *given, const char *suggested) {
    nomen_label_report *r = &f->report;
    for (size_t i = 0; i < r->n_pairs; i++) {
        if (f->pairs[i].given == given && f->pairs[i].suggested == suggested) { return &f->pairs[i]; }
    }
    f->pairs[r->n_pairs] = (nomen_label_pair){.given = given, .suggested = suggested};
    return &f->pairs[r->n_pairs++];
}

/* Estimated and found numbers of each pair of labels, put together by type. */
static nomen_status find_pairs(error_search *s, nomen_error *err) {
    nomen_label_findings *f = s->findings;
    size_t n = s->words.n_labels;
    double *estimated = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(estimated, n * n, err));
    NOMEN_TRY(NOMEN_NEW(f->pairs, n * n, err));
    nomen_confident_estimate(&s->confident, estimated);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const char *given, *suggested;
            if (i == j || s->confident.joint[i * n + j] == 0) { continue; }
            NOMEN_TRY(keep_type(s, s->sample.labels.names[i], &given, err));
            NOMEN_TRY(keep_type(s, s->sample.labels.names[j], &suggested, err));
            find_pair(f, given, suggested)->estimated += estimated[i * n + j];
            f->report.n_estimated += estimated[i * n + j];
        }
    }
    for (size_t w = 0; w < s->words.n; w++) {
        const char *given, *suggested;
        if (!nomen_confident_is_error(&s->confident, &s->words, w)) { continue; }
        NOMEN_TRY(keep_type(s, s->sample.labels.names[s->words.given[w]], &given, err));
        NOMEN_TRY(keep_type(s, s->sample.labels.names[s->confident.label[w]], &suggested, err));
        find_pair(f, given, suggested)->found++;
    }
    if (f->report.n_pairs > 1) { qsort(f->pairs, f->report.n_pairs, sizeof *f->pairs, by_estimate); }
    f->report.pairs = f->pairs;
done:
    nomen_mem_free(estimated);
    return status;
}

static void clear_search(error_search *s) {
    nomen_out_of_sample_clear(&s->sample);
    nomen_confident_clear(&s->confident);
    nomen_mem_free(s->given);
    nomen_mem_free(s->suggested);
    nomen_mem_free(s->best);
}

nomen_status nomen_label_errors_find(const nomen_label_errors_options *options, nomen_fold_function progress, void *user,
                                     nomen_label_report **out, nomen_error *err) {
    nomen_label_findings *f = NULL;
    error_search s = {0};
    nomen_label_errors_options own = {0};
    nomen_data_options reading = {0};
    nomen_train_options train = {0};
    nomen_call_scope scope = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_label_errors_options, &own, options, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(NOMEN_TAKE(nomen_data_options, &reading, own.reading, err));
    if (own.train != NULL) {
        NOMEN_TRY(nomen_train_take(&train, own.train, err));
        own.train = &train;
    }
    NOMEN_TRY(NOMEN_NEW(f, 1, err));
    s.findings = f;
    NOMEN_TRY(nomen_dataset_read(own.data, &reading, &f->set, err));
    NOMEN_TRY(nomen_out_of_sample_make(&own, &f->set, progress, user, &s.sample, err));
    s.words = (nomen_judged){
        .probabilities = s.sample.probabilities, .given = s.sample.given, .n = f->set.n_words, .n_labels = s.sample.labels.n};
    NOMEN_TRY(nomen_confident_find(&s.words, &s.confident, err));
    f->report.n_sentences = f->set.n_sentences;
    f->report.n_words = f->set.n_words;
    f->report.n_judged = s.sample.n_judged;
    f->report.n_unknown = s.sample.n_unknown;
    for (size_t i = 0; i < f->set.n_sentences; i++) { NOMEN_TRY(search_sentence(&s, i, err)); }
    finish_errors(f);
    NOMEN_TRY(find_pairs(&s, err));
    *out = &f->report;
    f = NULL;
done:
    nomen_call_leave(&scope);
    clear_search(&s);
    nomen_label_report_free(f != NULL ? &f->report : NULL);
    return status;
}

void nomen_label_report_free(nomen_label_report *report) {
    nomen_label_findings *f = (nomen_label_findings *)(void *)report;
    if (f == NULL) { return; }
    nomen_dataset_clear(&f->set);
    nomen_interner_clear(&f->types);
    nomen_mem_free(f->errors);
    nomen_mem_free(f->entities);
    nomen_mem_free(f->pairs);
    nomen_mem_free(f);
}
