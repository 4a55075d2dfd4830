/* Repeat factor sampling. */
#include "train/oversample.h"

#include <math.h>
#include <string.h>

#include "base/intern.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "data/label_split.h"

/* How many of a part's sentences have each type. */
typedef struct type_counts {
    nomen_interner types;
    int32_t *type_of;    /* (n_tags) -1: no entity's */
    size_t *n_sentences; /* (types.n) */
    size_t *seen;        /* (types.n) 1 + the index of the sentence that was counted last */
} type_counts;

static void clear(type_counts *c) {
    nomen_interner_clear(&c->types);
    nomen_mem_free(c->type_of);
    nomen_mem_free(c->n_sentences);
    nomen_mem_free(c->seen);
}

static nomen_status find_types(const nomen_dataset *set, type_counts *c, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(c->type_of, set->n_tags, err));
    for (size_t tag = 0; tag < set->n_tags; tag++) {
        const char *type = nomen_label_entity_type(set->tag_names[tag]);
        c->type_of[tag] = -1;
        if (type != NULL) { NOMEN_TRY(nomen_intern(&c->types, type, strlen(type), &c->type_of[tag], err)); }
    }
    NOMEN_TRY(NOMEN_NEW(c->n_sentences, c->types.n, err));
    NOMEN_TRY(NOMEN_NEW(c->seen, c->types.n, err));
done:
    return status;
}

/* The type of a sentence's word; -1 where it is in no entity. */
static int32_t type_at(const nomen_dataset *set, const type_counts *c, const nomen_sentence *sentence, size_t word) {
    return c->type_of[set->tags[sentence->first_word + word]];
}

static nomen_status count_types(const nomen_corpus_part *part, type_counts *c, nomen_error *err) {
    const nomen_dataset *set = part->dataset;
    nomen_status status = find_types(set, c, err);
    for (size_t i = 0; status == NOMEN_OK && i < part->n; i++) {
        const nomen_sentence *sentence = &set->sentences[nomen_corpus_sentence(part, i)];
        for (size_t word = 0; word < sentence->n_words; word++) {
            const int32_t type = type_at(set, c, sentence, word);
            if (type < 0 || c->seen[type] == i + 1) { continue; }
            c->seen[type] = i + 1;
            c->n_sentences[type]++;
        }
    }
    return status;
}

/* The factor r of a sentence. */
static double factor_of(const nomen_corpus_part *part, const type_counts *c, size_t index, double threshold) {
    const nomen_sentence *sentence = &part->dataset->sentences[nomen_corpus_sentence(part, index)];
    double factor = 1;
    for (size_t word = 0; word < sentence->n_words; word++) {
        const int32_t type = type_at(part->dataset, c, sentence, word);
        if (type < 0) { continue; }
        const double wanted = sqrt(threshold * (double)part->n / (double)c->n_sentences[type]);
        factor = wanted > factor ? wanted : factor;
    }
    return factor;
}

nomen_status nomen_oversample(const nomen_corpus_part *part, double threshold, uint64_t seed, size_t **entries, size_t *n_entries,
                              nomen_error *err) {
    type_counts counts = {0};
    size_t *list = NULL, n = 0, capacity = 0, n_rare = 0;
    nomen_rng rng;
    nomen_status status;
    NOMEN_TRY(count_types(part, &counts, err));
    nomen_rng_start(&rng, seed, NOMEN_RNG_OVERSAMPLE, 0);
    for (size_t i = 0; i < part->n; i++) {
        const double factor = factor_of(part, &counts, i, threshold), whole = floor(factor);
        const bool once_more = (double)nomen_rng_next(&rng) * 0x1p-32 < factor - whole; /* a number for each, needed or not */
        const size_t times = (size_t)whole + once_more;
        NOMEN_TRY(NOMEN_RESERVE(list, capacity, n + times, err));
        for (size_t k = 0; k < times; k++) { list[n++] = i; }
        n_rare += factor > 1;
    }
    if (n_rare > 0) {
        nomen_log_info("%zu of %zu sentences have rare types: with those repeated an epoch has %zu", n_rare, part->n, n);
    } else {
        nomen_log_warning("oversample-threshold %g repeats no sentence: every type is in a larger share of them", threshold);
    }
    *entries = list;
    *n_entries = n;
    list = NULL;
done:
    clear(&counts);
    nomen_mem_free(list);
    return status;
}
