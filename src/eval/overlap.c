/*
 * nervaluate 1.2.1's four strategies, of its default: a predicted entity goes with a gold one of which it
 * covers a hundredth. Each predicted entity, in order, takes a gold one that no other took before.
 */
#include "eval/overlap.h"

#include <stdbool.h>
#include <string.h>

static const char *const names[NOMEN_N_OVERLAP] = {"strict", "exact", "partial", "ent_type"};

const char *nomen_overlap_way_name(nomen_overlap_way way) {
    return (unsigned)way < NOMEN_N_OVERLAP ? names[way] : "?";
}

/* Gold entities that a predicted one touches; with `alone` those of its type are all there are. */
typedef struct neighbours {
    const nomen_run *gold;
    unsigned char *matched;
    size_t from, to;
    bool alone;
} neighbours;

/* In nervaluate's own arithmetic. Without a word in common it is 0. */
static bool covers_enough(const nomen_run *predicted, const nomen_run *gold) {
    double share = (double)nomen_runs_shared(predicted, gold) / (double)(gold->end - gold->begin);
    return share * 100.0 >= 1.0;
}

static size_t distance(size_t a, size_t b) {
    return a > b ? a - b : b - a;
}

enum fit { RIGHT, LIKE, NOTHING };

/* How a predicted and a gold entity go together in one way; "like" makes a partial or an incorrect one. */
static enum fit compare(nomen_overlap_way way, const nomen_run *p, const nomen_run *g) {
    bool same_words = p->begin == g->begin && p->end == g->end, same_type = p->type == g->type;
    switch (way) {
    case NOMEN_OVERLAP_STRICT:
        if (same_words && same_type) { return RIGHT; }
        break;
    case NOMEN_OVERLAP_TYPE:
        if (same_type && covers_enough(p, g)) { return RIGHT; }
        break;
    default:
        if (same_words) { return RIGHT; }
    }
    return covers_enough(p, g) ? LIKE : NOTHING;
}

/* Counts a predicted entity in one way, and marks the gold entity that it takes. */
static void judge(nomen_overlap_way way, const nomen_run *p, const neighbours *n, nomen_overlap *counts) {
    unsigned char bit = (unsigned char)(1u << ((unsigned)way + (n->alone ? NOMEN_N_OVERLAP : 0)));
    size_t right = SIZE_MAX, like = SIZE_MAX, nearest = SIZE_MAX;
    for (size_t i = n->from; i < n->to; i++) {
        const nomen_run *g = &n->gold[i];
        if ((n->matched[i] & bit) != 0 || (n->alone && g->type != p->type)) { continue; }
        enum fit fit = compare(way, p, g);
        /* By type several may be right: the one whose boundaries are nearest counts. */
        size_t away = distance(p->begin, g->begin) + distance(p->end, g->end);
        if (fit == RIGHT && away < nearest) {
            right = i;
            nearest = away;
        } else if (fit == LIKE && like == SIZE_MAX) {
            like = i;
        }
    }
    if (right != SIZE_MAX) {
        counts->correct++;
        n->matched[right] |= bit;
    } else if (like == SIZE_MAX) {
        counts->spurious++;
    } else {
        if (way == NOMEN_OVERLAP_PARTIAL) {
            counts->partial++;
        } else {
            counts->incorrect++;
        }
        n->matched[like] |= bit;
    }
}

void nomen_overlap_add(const nomen_runs *gold, const nomen_runs *predicted, unsigned char *matched, nomen_overlaps all,
                       nomen_overlaps *per_type) {
    neighbours n = {.gold = gold->items, .matched = matched};
    if (gold->n > 0) { memset(matched, 0, gold->n); }
    for (size_t i = 0; i < predicted->n; i++) {
        const nomen_run *p = &predicted->items[i];
        while (n.from < gold->n && gold->items[n.from].end <= p->begin) { n.from++; }
        for (n.to = n.from; n.to < gold->n && gold->items[n.to].begin < p->end;) { n.to++; }
        for (nomen_overlap_way way = 0; way < NOMEN_N_OVERLAP; way++) {
            n.alone = false;
            judge(way, p, &n, &all[way]);
            n.alone = true;
            judge(way, p, &n, &per_type[p->type][way]);
        }
    }
    for (size_t i = 0; i < gold->n; i++) {
        for (nomen_overlap_way way = 0; way < NOMEN_N_OVERLAP; way++) {
            all[way].missed += (matched[i] >> way & 1) == 0;
            per_type[gold->items[i].type][way].missed += (matched[i] >> (way + NOMEN_N_OVERLAP) & 1) == 0;
        }
    }
}

void nomen_overlap_finish(nomen_overlaps counts) {
    for (nomen_overlap_way way = 0; way < NOMEN_N_OVERLAP; way++) {
        nomen_overlap *c = &counts[way];
        size_t taken = c->correct + c->incorrect + c->partial, found = taken + c->spurious, wanted = taken + c->missed;
        double credit = (double)c->correct + 0.5 * (double)c->partial;
        c->precision = found > 0 ? credit / (double)found : 0;
        c->recall = wanted > 0 ? credit / (double)wanted : 0;
        double sum = c->precision + c->recall;
        c->f1 = sum > 0 ? 2 * (c->precision * c->recall) / sum : 0;
    }
}
