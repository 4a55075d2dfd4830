/* The account of sentences; see the header. */
#include "eval/account.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

void nomen_account_start(nomen_account *account, nomen_tag_parts outside) {
    account->conll = nomen_conll_start(outside);
    account->rules = nomen_strict_rules_make();
    for (size_t s = 0; s < NOMEN_N_STRICT; s++) { account->refused[s] = -1; }
}

void nomen_account_clear(nomen_account *account) {
    nomen_mem_free(account->types);
    nomen_mem_free(account->type_overlaps);
    nomen_mem_free(account->confusion);
    nomen_pairs_clear(&account->pairs);
    nomen_mem_free(account->matched);
    nomen_seen_clear(&account->seen);
    *account = (nomen_account){0};
}

/* The slot of a pair of types, or the free one where it belongs. */
static nomen_type_pair *find(nomen_type_pair *slots, size_t n_slots, int32_t gold, int32_t predicted) {
    uint64_t key = (uint64_t)(uint32_t)gold << 32 | (uint32_t)predicted;
    size_t slot = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (n_slots - 1);
    while (slots[slot].n > 0 && (slots[slot].gold != gold || slots[slot].predicted != predicted)) {
        slot = (slot + 1) & (n_slots - 1);
    }
    return &slots[slot];
}

/* Room for n pairs in half of the slots. */
static nomen_status reserve_confusion(nomen_account *account, size_t n, nomen_error *err) {
    size_t n_slots = account->n_slots == 0 ? 64 : account->n_slots;
    nomen_type_pair *slots;
    while (n_slots / 2 < n) { n_slots *= 2; }
    if (n_slots == account->n_slots) { return NOMEN_OK; }
    nomen_status status = NOMEN_NEW(slots, n_slots, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < account->n_slots; i++) {
        const nomen_type_pair *pair = &account->confusion[i];
        if (pair->n > 0) { *find(slots, n_slots, pair->gold, pair->predicted) = *pair; }
    }
    nomen_mem_free(account->confusion);
    account->confusion = slots;
    account->n_slots = n_slots;
    return NOMEN_OK;
}

nomen_status nomen_account_reserve(nomen_account *account, const nomen_tag_parts_table *tags, const nomen_span *words,
                                   size_t n_words, nomen_error *err) {
    size_t n_types = tags->types.n, n_pairs = account->n_confusion + 2 * n_words;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(account->types, account->types_capacity, n_types, err));
    NOMEN_TRY(NOMEN_RESERVE(account->type_overlaps, account->overlaps_capacity, n_types, err));
    for (; account->n_types < n_types; account->n_types++) {
        account->types[account->n_types] = (nomen_type_account){0};
        memset(account->type_overlaps[account->n_types], 0, sizeof(nomen_overlaps));
    }
    /* There are no more pairs than types make. */
    if (n_types < 1000 && n_pairs > (n_types + 1) * (n_types + 1)) { n_pairs = (n_types + 1) * (n_types + 1); }
    NOMEN_TRY(reserve_confusion(account, n_pairs, err));
    NOMEN_TRY(nomen_pairs_reserve(&account->pairs, n_words, n_words, err));
    NOMEN_TRY(NOMEN_RESERVE(account->matched, account->matched_capacity, n_words, err));
    for (; account->n_tags < tags->tags.n; account->n_tags++) {
        size_t n_bytes = strlen(tags->tags.names[account->n_tags]);
        if (n_bytes > account->longest_tag) { account->longest_tag = n_bytes; }
    }
    if (words != NULL) { NOMEN_TRY(nomen_seen_reserve(&account->seen, account->longest_tag, words, n_words, err)); }
done:
    return status;
}

/* A word's tags, or the O after a sentence, in conlleval's streams. */
static void step_conll(nomen_account *account, const nomen_tag_parts *gold, const nomen_tag_parts *predicted) {
    nomen_conll_step step = nomen_conll_step_on(&account->conll, gold, predicted);
    if (step.gold >= 0) { account->types[step.gold].conll.gold++; }
    if (step.predicted >= 0) { account->types[step.predicted].conll.predicted++; }
    if (step.correct >= 0) { account->types[step.correct].conll.correct++; }
}

/* A whole sentence by one strict scheme. */
static void add_strict(nomen_account *account, nomen_strict_scheme scheme, const nomen_tag_parts_table *tags, int32_t outside,
                       const int32_t *tag_ids, size_t n_words) {
    const nomen_tag_parts *o = &tags->parts[outside];
    nomen_strict_state gold = {.type = o->strict_type}, predicted = gold;
    for (size_t i = 0; i <= n_words; i++) {
        const nomen_tag_parts *g = i < n_words ? &tags->parts[tag_ids[2 * i]] : o;
        const nomen_tag_parts *p = i < n_words ? &tags->parts[tag_ids[2 * i + 1]] : o;
        nomen_chunk a, b;
        bool gold_ended = nomen_strict_step(&account->rules, scheme, &gold, g->strict_prefix, g->strict_type, i, &a);
        bool predicted_ended = nomen_strict_step(&account->rules, scheme, &predicted, p->strict_prefix, p->strict_type, i, &b);
        if (gold_ended) { account->types[a.type].strict[scheme].gold++; }
        if (predicted_ended) { account->types[b.type].strict[scheme].predicted++; }
        if (gold_ended && predicted_ended && a.type == b.type && a.begin == b.begin) {
            account->types[a.type].strict[scheme].correct++;
        }
    }
}

/* The first tag of a sentence that a scheme lacks, or -1. */
static int32_t find_refused(nomen_strict_scheme scheme, const nomen_tag_parts_table *tags, const int32_t *tag_ids,
                            size_t n_tags) {
    for (size_t i = 0; i < n_tags; i++) {
        if (!nomen_strict_allows(scheme, tags->parts[tag_ids[i]].strict_prefix)) { return tag_ids[i]; }
    }
    return -1;
}

static void add_confusion(nomen_account *account, int32_t gold, int32_t predicted) {
    nomen_type_pair *pair = find(account->confusion, account->n_slots, gold, predicted);
    account->n_confusion += pair->n == 0;
    *pair = (nomen_type_pair){.gold = gold, .predicted = predicted, .n = pair->n + 1};
}

static size_t length_of(const nomen_run *run) {
    size_t n = run->end - run->begin;
    return (n < NOMEN_N_LENGTHS ? n : NOMEN_N_LENGTHS) - 1;
}

void nomen_account_add(nomen_account *account, const nomen_tag_parts_table *tags, int32_t outside, const int32_t *tag_ids,
                       size_t n_words, const nomen_runs *gold, const nomen_runs *predicted) {
    for (size_t i = 0; i < n_words; i++) {
        const nomen_tag_parts *g = &tags->parts[tag_ids[2 * i]], *p = &tags->parts[tag_ids[2 * i + 1]];
        step_conll(account, g, p);
        account->n_conll_words += g->conll_prefix == p->conll_prefix && g->conll_type == p->conll_type;
    }
    step_conll(account, &tags->parts[outside], &tags->parts[outside]);
    for (nomen_strict_scheme s = 0; s < NOMEN_N_STRICT; s++) {
        if (account->refused[s] < 0) { account->refused[s] = find_refused(s, tags, tag_ids, 2 * n_words); }
        if (account->refused[s] < 0) { add_strict(account, s, tags, outside, tag_ids, n_words); }
    }
    nomen_overlap_add(gold, predicted, account->matched, account->overlaps, account->type_overlaps);

    nomen_pairs_make(&account->pairs, gold, predicted);
    for (size_t i = 0; i < account->pairs.n; i++) {
        const nomen_pair *pair = &account->pairs.items[i];
        const nomen_run *g = pair->gold != SIZE_MAX ? &gold->items[pair->gold] : NULL;
        const nomen_run *p = pair->predicted != SIZE_MAX ? &predicted->items[pair->predicted] : NULL;
        account->outcomes[pair->outcome]++;
        add_confusion(account, g != NULL ? g->type : -1, p != NULL ? p->type : -1);
        if (g != NULL) { account->lengths[length_of(g)].gold++; }
        if (p != NULL) { account->lengths[length_of(p)].predicted++; }
        if (pair->outcome == NOMEN_RIGHT) { account->lengths[length_of(g)].correct++; }
    }
}

/* A class of entities by the training data; correct ones are of one class on both sides. */
static void add_seen(nomen_account *account, const nomen_interner *types, const nomen_runs *gold, const nomen_runs *predicted,
                     const nomen_sentence_facts *facts) {
    for (size_t i = 0; i < account->pairs.n; i++) {
        const nomen_pair *pair = &account->pairs.items[i];
        if (pair->gold != SIZE_MAX) {
            const nomen_run *run = &gold->items[pair->gold];
            nomen_seen_before seen = nomen_seen_find(&account->seen, types->names[run->type], facts->text, facts->words, run);
            account->seen_counts[seen].gold++;
            account->seen_counts[seen].correct += pair->outcome == NOMEN_RIGHT;
        }
        if (pair->predicted != SIZE_MAX) {
            const nomen_run *run = &predicted->items[pair->predicted];
            nomen_seen_before seen = nomen_seen_find(&account->seen, types->names[run->type], facts->text, facts->words, run);
            account->seen_counts[seen].predicted++;
        }
    }
}

/* The mean confidence of an entity's words that have one; NaN for none. */
static double mean_confidence(const float *confidence, const nomen_run *run) {
    double sum = 0;
    size_t n = 0;
    for (size_t w = run->begin; w < run->end; w++) {
        if (isnan(confidence[w])) { continue; }
        sum += (double)confidence[w];
        n++;
    }
    return n > 0 ? sum / (double)n : NAN;
}

void nomen_account_add_facts(nomen_account *account, const nomen_interner *types, const int32_t *tag_ids, size_t n_words,
                             const nomen_runs *gold, const nomen_runs *predicted, const nomen_sentence_facts *facts) {
    if (account->has_training && facts->words != NULL) { add_seen(account, types, gold, predicted, facts); }
    if (facts->confidence == NULL) { return; }
    for (size_t w = 0; w < n_words; w++) {
        if (isnan(facts->confidence[w]) || (facts->unknown != NULL && facts->unknown[w])) { continue; }
        nomen_bins_add(&account->word_bins, (double)facts->confidence[w], tag_ids[2 * w] == tag_ids[2 * w + 1]);
    }
    for (size_t i = 0; i < account->pairs.n; i++) {
        const nomen_pair *pair = &account->pairs.items[i];
        if (pair->predicted == SIZE_MAX) { continue; }
        double confidence = mean_confidence(facts->confidence, &predicted->items[pair->predicted]);
        if (!isnan(confidence)) { nomen_bins_add(&account->entity_bins, confidence, pair->outcome == NOMEN_RIGHT); }
    }
}
