/* Texts of many lengths, and what is found in one as a number: for tests of many threads. */
#ifndef TESTS_TAG_MIXED_H
#define TESTS_TAG_MIXED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "nomen/tagger.h"
#include "support/tiny_model.h"

/* So many words of the tiny model's vocabulary, to be freed with free. */
static inline char *mixed_text(nomen_rng *rng, size_t n_words) {
    char *text = malloc(n_words * 8 + 1), *at = text;
    *at = '\0';
    for (size_t w = 0; w < n_words; w++) {
        const char *word = tiny_model_word((size_t)nomen_rng_below(rng, 80));
        at += snprintf(at, 8, "%s ", word != NULL && strlen(word) < 7 ? word : "gates");
    }
    return text;
}

/* All of a text's entities, to the bit of their scores (FNV-1a by words). */
static inline uint64_t mixed_hash(const nomen_results *r, size_t text) {
    uint64_t hash = 1469598103934665603U;
    for (size_t i = 0; i < nomen_results_n_entities(r, text); i++) {
        const nomen_result_entity *e = nomen_results_entity(r, text, i);
        uint32_t bits;
        memcpy(&bits, &e->score, sizeof bits);
        const uint64_t parts[] = {e->start, e->end, (uint64_t)e->label, bits, e->first_word, e->n_words, strlen(e->text)};
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) { hash = (hash ^ parts[p]) * 1099511628211U; }
    }
    return hash;
}

#endif
