/* Pairs of gold and predicted entities; see the header. */
#include "eval/pairs.h"

#include <stdbool.h>

#include "base/mem.h"

static const char *const names[NOMEN_N_OUTCOMES] = {"correct", "wrong type", "wrong border", "both", "missed", "spurious"};

const char *nomen_outcome_name(nomen_outcome outcome) {
    return (unsigned)outcome < NOMEN_N_OUTCOMES ? names[outcome] : "?";
}

static bool same_words(const nomen_run *a, const nomen_run *b) {
    return a->begin == b->begin && a->end == b->end;
}

/* The partners by the header's rule. Both sides are in order, so each looks at its neighbours alone. */
static void find_partners(size_t *partner, const nomen_runs *gold, const nomen_runs *predicted) {
    for (size_t g = 0, p = 0; g < gold->n; g++) {
        while (p < predicted->n && predicted->items[p].begin < gold->items[g].begin) { p++; }
        partner[g] = p < predicted->n && same_words(&gold->items[g], &predicted->items[p]) ? p : SIZE_MAX;
    }
    for (size_t p = 0, from = 0; p < predicted->n; p++) {
        const nomen_run *run = &predicted->items[p];
        size_t best = SIZE_MAX, most = 0;
        bool best_type = false, taken = false;
        while (from < gold->n && gold->items[from].end <= run->begin) { from++; }
        for (size_t g = from; g < gold->n && gold->items[g].begin < run->end; g++) {
            if (partner[g] == p) { taken = true; }
            if (partner[g] != SIZE_MAX) { continue; }
            size_t shared = nomen_runs_shared(run, &gold->items[g]);
            bool type = run->type == gold->items[g].type;
            if (shared > most || (shared == most && type && !best_type)) {
                best = g;
                most = shared;
                best_type = type;
            }
        }
        if (!taken && best != SIZE_MAX) { partner[best] = p; }
    }
}

static nomen_outcome judge(const nomen_run *gold, const nomen_run *predicted) {
    bool type = gold->type == predicted->type;
    if (same_words(gold, predicted)) { return type ? NOMEN_RIGHT : NOMEN_WRONG_TYPE; }
    return type ? NOMEN_WRONG_BORDER : NOMEN_WRONG_BOTH;
}

nomen_status nomen_pairs_reserve(nomen_pairs *pairs, size_t n_gold, size_t n_predicted, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(pairs->partner, pairs->partner_capacity, n_gold, err));
    NOMEN_TRY(NOMEN_RESERVE(pairs->items, pairs->capacity, n_gold + n_predicted, err));
done:
    return status;
}

void nomen_pairs_make(nomen_pairs *pairs, const nomen_runs *gold, const nomen_runs *predicted) {
    const size_t *partner = pairs->partner;
    find_partners(pairs->partner, gold, predicted);
    pairs->n = 0;
    /* Partners rise with the gold entities, so the predicted ones without stand between them. */
    for (size_t g = 0, p = 0, next = 0; g <= gold->n; g++) {
        while (next < gold->n && (next < g || partner[next] == SIZE_MAX)) { next++; }
        size_t limit = next < gold->n ? partner[next] : predicted->n;
        bool paired = g < gold->n && next == g;
        for (; p < limit && (paired || g == gold->n || predicted->items[p].begin < gold->items[g].begin); p++) {
            pairs->items[pairs->n++] = (nomen_pair){NOMEN_SPURIOUS, SIZE_MAX, p};
        }
        if (g == gold->n) { return; }
        if (paired) {
            pairs->items[pairs->n++] = (nomen_pair){judge(&gold->items[g], &predicted->items[p]), g, p};
            p++;
        } else {
            pairs->items[pairs->n++] = (nomen_pair){NOMEN_MISSED, g, SIZE_MAX};
        }
    }
}

void nomen_pairs_clear(nomen_pairs *pairs) {
    nomen_mem_free(pairs->items);
    nomen_mem_free(pairs->partner);
    *pairs = (nomen_pairs){0};
}
