/*
 * What a scorer keeps beside its report, sentence by sentence: conlleval's and the strict schemes'
 * streams and counts, nervaluate's counts, which types went together, and the lengths of entities.
 */
#ifndef NOMEN_EVAL_ACCOUNT_H
#define NOMEN_EVAL_ACCOUNT_H

#include "eval/calibration.h"
#include "eval/conlleval.h"
#include "eval/overlap.h"
#include "eval/pairs.h"
#include "eval/scores.h"
#include "eval/seen.h"
#include "eval/strict.h"

/* Types that went together; -1 for no entity on a side. */
typedef struct nomen_type_pair {
    int32_t gold, predicted;
    size_t n; /* 0: a free slot */
} nomen_type_pair;

typedef struct nomen_type_account {
    nomen_counts conll, strict[NOMEN_N_STRICT];
} nomen_type_account;

typedef struct nomen_account {
    nomen_type_account *types;     /* (a type) */
    nomen_overlaps *type_overlaps; /* (a type) */
    size_t n_types, types_capacity, overlaps_capacity;
    nomen_overlaps overlaps;

    nomen_conll_state conll;
    size_t n_conll_words; /* whose tags are equal to conlleval */
    nomen_strict_rules rules;
    int32_t refused[NOMEN_N_STRICT]; /* a tag that the scheme lacks, or -1 */

    size_t outcomes[NOMEN_N_OUTCOMES];
    nomen_counts lengths[NOMEN_N_LENGTHS];
    nomen_type_pair *confusion; /* (n_slots) open addressing, a power of two */
    size_t n_confusion, n_slots;

    nomen_seen_table seen;
    bool has_training;
    nomen_counts seen_counts[NOMEN_N_SEEN];
    nomen_bins word_bins, entity_bins;

    nomen_pairs pairs;      /* of the last sentence */
    unsigned char *matched; /* scratch */
    size_t matched_capacity;
    size_t n_tags, longest_tag; /* tags looked at, and bytes of the longest */
} nomen_account;

/* `outside` are the parts of O. */
void nomen_account_start(nomen_account *account, nomen_tag_parts outside);
void nomen_account_clear(nomen_account *account);

/* Room for a sentence of n_words, when the table has all its tags: what follows can't fail. `words` may be NULL. */
nomen_status nomen_account_reserve(nomen_account *account, const nomen_tag_parts_table *tags, const nomen_span *words,
                                   size_t n_words, nomen_error *err);

/* Adds a sentence: its tags (2 * n_words: a word's gold and predicted one) and the entities in them. */
void nomen_account_add(nomen_account *account, const nomen_tag_parts_table *tags, int32_t outside, const int32_t *tag_ids,
                       size_t n_words, const nomen_runs *gold, const nomen_runs *predicted);

/* Adds what is known of the sentence beside its tags, after nomen_account_add. */
void nomen_account_add_facts(nomen_account *account, const nomen_interner *types, const int32_t *tag_ids, size_t n_words,
                             const nomen_runs *gold, const nomen_runs *predicted, const nomen_sentence_facts *facts);

/* Fills all of `out` but its report, which is there; on failure `out` can be cleared. */
nomen_status nomen_account_fill(const nomen_account *account, const nomen_tag_parts_table *tags, nomen_details *out,
                                nomen_error *err);

#endif
