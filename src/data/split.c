/*
 * Train/dev/test splits. By text: groups of identical texts are dealt out, the largest first, each to
 * a part drawn with the weight of the room it has left; single texts come last and fill the parts to
 * the exact numbers.
 */
#include "data/split.h"

#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "base/mem.h"
#include "base/rng.h"
#include "data/numpy_random.h"

/* Sentences of one text. */
typedef struct text_group {
    size_t size;
    size_t first; /* its place in the shuffled order, which breaks ties */
    size_t part;
} text_group;

static nomen_status check_percent(const unsigned percent[3], nomen_error *err) {
    for (size_t i = 0; i < 3; i++) {
        if (percent[i] > 100) {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "split: %u percent is more than 100; give parts that sum to 100, such as 80/10/10",
                                   percent[i]);
        }
    }
    if (percent[0] + percent[1] + percent[2] == 100) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "split: %u + %u + %u is %u; the parts must sum to 100", percent[0],
                           percent[1], percent[2], percent[0] + percent[1] + percent[2]);
}

static int compare_groups(const void *a, const void *b) {
    const text_group *left = *(text_group *const *)a, *right = *(text_group *const *)b;
    if (left->size != right->size) { return left->size > right->size ? -1 : 1; }
    return left->first < right->first ? -1 : left->first > right->first;
}

static bool same_text(const nomen_dataset *dataset, size_t a, size_t b) {
    size_t n = dataset->sentences[a].text_size;
    return n == dataset->sentences[b].text_size &&
           memcmp(nomen_sentence_text(dataset, a), nomen_sentence_text(dataset, b), n) == 0;
}

/*
 * Numbers the texts: group_of[sentence], and the groups, found in the order `shuffled`. slots holds
 * one more than a sentence of each group, by the hash of its text.
 */
static nomen_status find_groups(const nomen_dataset *dataset, const size_t *shuffled, size_t *group_of, text_group *groups,
                                size_t *n_groups, nomen_error *err) {
    size_t n = dataset->n_sentences, n_slots = 64;
    size_t *slots;
    while (n_slots / 2 < n) { n_slots *= 2; }
    nomen_status status = NOMEN_NEW(slots, n_slots, err);
    if (status != NOMEN_OK) { return status; }
    *n_groups = 0;
    for (size_t i = 0; i < n; i++) {
        size_t sentence = shuffled[i];
        uint64_t hash = nomen_hash(nomen_sentence_text(dataset, sentence), dataset->sentences[sentence].text_size);
        size_t slot = (size_t)hash & (n_slots - 1);
        while (slots[slot] > 0 && !same_text(dataset, slots[slot] - 1, sentence)) { slot = (slot + 1) & (n_slots - 1); }
        if (slots[slot] == 0) {
            slots[slot] = sentence + 1;
            group_of[sentence] = *n_groups;
            groups[(*n_groups)++] = (text_group){.first = i};
        } else {
            group_of[sentence] = group_of[slots[slot] - 1];
        }
        groups[group_of[sentence]].size++;
    }
    nomen_mem_free(slots);
    return NOMEN_OK;
}

/* The part for a group: drawn by room; where it does not fit there, the one with the most room. */
static size_t choose_part(nomen_rng *rng, const size_t room[3], size_t size) {
    size_t total = room[0] + room[1] + room[2], part = 0;
    if (total > 0) {
        uint64_t draw = nomen_rng_below(rng, total);
        for (; draw >= room[part]; part++) { draw -= room[part]; }
    }
    if (room[part] >= size) { return part; }
    part = 0;
    for (size_t other = 1; other < 3; other++) {
        if (room[other] > room[part]) { part = other; }
    }
    return part;
}

static void deal(nomen_rng *rng, text_group **by_size, size_t n_groups, const size_t wanted[3], size_t got[3]) {
    for (size_t i = 0; i < n_groups; i++) {
        size_t room[3];
        for (size_t part = 0; part < 3; part++) { room[part] = wanted[part] > got[part] ? wanted[part] - got[part] : 0; }
        by_size[i]->part = choose_part(rng, room, by_size[i]->size);
        got[by_size[i]->part] += by_size[i]->size;
    }
}

/* n * percent / 100, rounded, without overflow. */
static size_t share(size_t n, unsigned percent) {
    return n / 100 * percent + (n % 100 * percent + 50) / 100;
}

/* The sentences in groups of one text each, in a random order, and the groups from the largest on. */
typedef struct grouping {
    size_t *shuffled, *group_of;   /* (n_sentences) */
    text_group *groups, **by_size; /* (n_groups) */
    size_t n_groups;
    nomen_rng rng;
} grouping;

static void clear_grouping(grouping *g) {
    nomen_mem_free(g->shuffled);
    nomen_mem_free(g->group_of);
    nomen_mem_free(g->groups);
    nomen_mem_free(g->by_size);
}

static nomen_status group(const nomen_dataset *dataset, uint64_t seed, uint32_t stream, grouping *g, nomen_error *err) {
    size_t n = dataset->n_sentences;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(g->shuffled, n, err));
    NOMEN_TRY(NOMEN_NEW(g->group_of, n, err));
    NOMEN_TRY(NOMEN_NEW(g->groups, n, err));
    NOMEN_TRY(NOMEN_NEW(g->by_size, n, err));
    nomen_rng_start(&g->rng, seed, NOMEN_RNG_SPLIT, stream);
    nomen_rng_permutation(&g->rng, n, g->shuffled);
    NOMEN_TRY(find_groups(dataset, g->shuffled, g->group_of, g->groups, &g->n_groups, err));
    for (size_t i = 0; i < g->n_groups; i++) { g->by_size[i] = &g->groups[i]; }
    qsort(g->by_size, g->n_groups, sizeof(text_group *), compare_groups);
done:
    return status;
}

nomen_status nomen_split_by_text(const nomen_dataset *dataset, const unsigned percent[3], uint64_t seed, nomen_split *out,
                                 nomen_error *err) {
    size_t n = dataset->n_sentences, got[3] = {0}, *order = NULL;
    grouping g = {0};
    nomen_status status;
    NOMEN_TRY(check_percent(percent, err));
    NOMEN_TRY(group(dataset, seed, 0, &g, err));
    NOMEN_TRY(NOMEN_NEW(order, n, err));
    size_t cut = share(n, percent[0]), cut2 = share(n, percent[0] + percent[1]);
    deal(&g.rng, g.by_size, g.n_groups, (size_t[3]){cut, cut2 - cut, n - cut2}, got);
    size_t at[3] = {0, got[0], got[0] + got[1]};
    for (size_t i = 0; i < n; i++) { order[at[g.groups[g.group_of[g.shuffled[i]]].part]++] = g.shuffled[i]; }
    *out = (nomen_split){.order = order, .n_train = got[0], .n_dev = got[1], .n_test = got[2]};
done:
    clear_grouping(&g);
    return status;
}

static size_t smallest(const size_t *sizes, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (sizes[i] < sizes[best]) { best = i; }
    }
    return best;
}

nomen_status nomen_split_folds(const nomen_dataset *dataset, size_t n_folds, uint64_t seed, size_t *fold, nomen_error *err) {
    size_t *sizes = NULL;
    grouping g = {0};
    nomen_status status;
    NOMEN_TRY(group(dataset, seed, 1, &g, err));
    if (n_folds < 2 || n_folds > g.n_groups) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "%s: %zu folds for %zu different texts; choose at least 2, and no more than there are texts",
                                   dataset->path, n_folds, g.n_groups));
    }
    NOMEN_TRY(NOMEN_NEW(sizes, n_folds, err));
    for (size_t i = 0; i < g.n_groups; i++) {
        g.by_size[i]->part = smallest(sizes, n_folds);
        sizes[g.by_size[i]->part] += g.by_size[i]->size;
    }
    for (size_t s = 0; s < dataset->n_sentences; s++) { fold[s] = g.groups[g.group_of[s]].part; }
done:
    clear_grouping(&g);
    nomen_mem_free(sizes);
    return status;
}

nomen_status nomen_split_as_numpy(size_t n_sentences, const unsigned percent[3], uint32_t seed, nomen_split *out,
                                  nomen_error *err) {
    nomen_status status = check_percent(percent, err);
    if (status != NOMEN_OK) { return status; }
    if (n_sentences > (uint64_t)UINT32_MAX + 1) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT,
                               "split: %zu sentences exceed the 2^32 that numpy can order; split by text instead", n_sentences);
    }
    size_t *order;
    status = NOMEN_NEW(order, n_sentences, err);
    if (status != NOMEN_OK) { return status; }
    nomen_numpy_permutation(seed, n_sentences, order);
    /* The double nearest to 0.8 times n, cut off: what int(.8*n) is in Python. */
    size_t cut = (size_t)(percent[0] / 100.0 * (double)n_sentences);
    size_t cut2 = (size_t)((percent[0] + percent[1]) / 100.0 * (double)n_sentences);
    *out = (nomen_split){.order = order, .n_train = cut, .n_dev = cut2 - cut, .n_test = n_sentences - cut2};
    return NOMEN_OK;
}

void nomen_split_clear(nomen_split *split) {
    nomen_mem_free(split->order);
    *split = (nomen_split){0};
}
