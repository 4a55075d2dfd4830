/* What the data show before the first step. */
#include <string.h>

#include "base/hashes.h"
#include "base/mem.h"
#include "data/label_split.h"
#include "data/same_words.h"
#include "train/diagnosis/diagnosis.h"

/*
 * Percent of the sentences of dev or test that may also be trained on. Some texts come again in any data (384 of the 47,959 of
 * GMB); much more than that raises F1 by what was learnt by heart.
 */
enum { MOST_SHARED = 5 };

/*
 * Percent of the subword tokens that have a label, at least: 89 in GMB and 63 in WNUT-17 by BERT's uncased vocabulary. Words cut
 * into 4 still have 25; a higher limit would blame languages that a vocabulary is poor in.
 */
enum { FEWEST_LABELLED = 20 };

/* Labels and types that a message lists. */
enum { MOST_LISTED = 8 };

enum { N_PARTS = 3 };
static const char *const part_names[N_PARTS] = {"training", "dev", "test"};

/* A part, with its words by tag. */
typedef struct counted_part {
    const nomen_corpus_part *part;
    const char *name;
    size_t *counts; /* (dataset->n_tags) */
} counted_part;

static nomen_status count_tags(counted_part *c, nomen_error *err) {
    const nomen_dataset *set = c->part->dataset;
    nomen_status status = NOMEN_NEW(c->counts, set->n_tags, err);
    for (size_t i = 0; i < c->part->n && status == NOMEN_OK; i++) {
        const nomen_sentence *s = &set->sentences[nomen_corpus_sentence(c->part, i)];
        for (size_t w = 0; w < s->n_words; w++) { c->counts[set->tags[s->first_word + w]]++; }
    }
    return status;
}

/* The same for the training part, which may be large, by what has been counted already. */
static nomen_status take_counts(counted_part *c, const nomen_labels *labels, const size_t *label_counts, nomen_error *err) {
    const nomen_dataset *set = c->part->dataset;
    nomen_status status = NOMEN_NEW(c->counts, set->n_tags, err);
    for (size_t t = 0; t < set->n_tags && status == NOMEN_OK; t++) {
        int32_t label = nomen_labels_find(labels, set->tag_names[t], strlen(set->tag_names[t]));
        c->counts[t] = label >= 0 ? label_counts[label] : 0;
    }
    return status;
}

/* Whether the part has a word with that tag. */
static bool has_tag(const counted_part *c, const char *tag) {
    const nomen_dataset *set = c->part->dataset;
    for (size_t t = 0; t < set->n_tags; t++) {
        if (c->counts[t] > 0 && strcmp(set->tag_names[t], tag) == 0) { return true; }
    }
    return false;
}

/* Whether it has one with a tag of that type. */
static bool has_type(const counted_part *c, const char *type) {
    const nomen_dataset *set = c->part->dataset;
    for (size_t t = 0; t < set->n_tags; t++) {
        const char *own = c->counts[t] > 0 ? nomen_label_entity_type(set->tag_names[t]) : NULL;
        if (own != NULL && strcmp(own, type) == 0) { return true; }
    }
    return false;
}

static bool has_entity(const counted_part *c) {
    const nomen_dataset *set = c->part->dataset;
    for (size_t t = 0; t < set->n_tags; t++) {
        if (c->counts[t] > 0 && nomen_label_entity_type(set->tag_names[t]) != NULL) { return true; }
    }
    return false;
}

/* Adds an item to a list in a message, and says where there are too many to list. */
static nomen_status list_item(nomen_buffer *list, size_t number, const char *item, nomen_error *err) {
    if (number > MOST_LISTED) { return NOMEN_OK; }
    return nomen_buffer_printf(list, err, "%s%s", number > 0 ? ", " : "", number < MOST_LISTED ? item : "...");
}

/* Whether the model has the label from before, and not from the data. */
static bool is_kept(const char *tag, const nomen_corpus *corpus, const nomen_labels *labels) {
    return nomen_labels_find(labels, tag, strlen(tag)) >= 0 && nomen_labels_find(&corpus->labels, tag, strlen(tag)) < 0;
}

/* Labels of dev and test that nothing can be learnt of: the model has none of them, or no example of them was seen. */
static nomen_status look_for_absent(nomen_diagnosis *d, const counted_part *parts, const nomen_corpus *corpus,
                                    const nomen_labels *labels, nomen_error *err) {
    nomen_buffer list = {0}, item = {0};
    size_t n = 0;
    nomen_status status = NOMEN_OK;
    for (size_t p = 1; p < N_PARTS; p++) {
        const nomen_dataset *set = parts[p].part->dataset;
        for (size_t t = 0; set != NULL && t < set->n_tags; t++) {
            const char *tag = set->tag_names[t];
            if (parts[p].counts[t] == 0 || nomen_tag_is_unknown(tag) || strcmp(tag, "O") == 0) { continue; }
            if (has_tag(&parts[0], tag) || is_kept(tag, corpus, labels)) { continue; }
            nomen_buffer_reset(&item);
            NOMEN_TRY(nomen_buffer_printf(&item, err, "%s (%zu word%s of the %s part)", tag, parts[p].counts[t],
                                          parts[p].counts[t] == 1 ? "" : "s", parts[p].name));
            NOMEN_TRY(list_item(&list, n++, item.data, err));
        }
    }
    if (n > 0) {
        NOMEN_TRY(
            nomen_diagnosis_find(d, NOMEN_TRAIN_LABELS_NOT_IN_TRAIN, err,
                                 "the training part has no example of %s: they count as errors. Correct these labels if they "
                                 "are misspelt, else add sentences that have them to the training part",
                                 list.data));
    }
done:
    nomen_buffer_clear(&list);
    nomen_buffer_clear(&item);
    return status;
}

/* Types that the model had before, and the data has no example of. */
static nomen_status look_for_forgotten(nomen_diagnosis *d, const counted_part *parts, const nomen_corpus *corpus,
                                       const nomen_labels *labels, nomen_error *err) {
    nomen_buffer list = {0};
    size_t n = 0;
    nomen_status status = NOMEN_OK;
    for (size_t k = 0; k < labels->n; k++) {
        const char *type = nomen_label_entity_type(labels->names[k]);
        bool first = true; /* of its labels */
        for (size_t i = 0; type != NULL && i < k && first; i++) {
            const char *other = nomen_label_entity_type(labels->names[i]);
            first = other == NULL || strcmp(other, type) != 0;
        }
        if (type == NULL || !first || has_type(&parts[0], type)) { continue; }
        if (nomen_labels_have_type(&corpus->labels, type, strlen(type))) { continue; } /* it is new */
        NOMEN_TRY(list_item(&list, n++, type, err));
    }
    if (n > 0) {
        NOMEN_TRY(
            nomen_diagnosis_find(d, NOMEN_TRAIN_TYPES_FORGOTTEN, err,
                                 "the model has types of which the training part has no entity: %s. Training makes it forget "
                                 "them: add sentences in which they are labelled, or set keep-labels to false to drop them",
                                 list.data));
    }
done:
    nomen_buffer_clear(&list);
    return status;
}

static nomen_status look_for_entities(nomen_diagnosis *d, const counted_part *parts, nomen_error *err) {
    for (size_t p = 0; p < N_PARTS; p++) {
        if (parts[p].part->dataset == NULL || has_entity(&parts[p])) { continue; }
        return nomen_diagnosis_find(
            d, NOMEN_TRAIN_NO_ENTITIES, err,
            "the %s part has %zu sentences and no entity, so %s. Check that the column of the tags is the right one, or %s",
            parts[p].name, parts[p].part->n, p == 0 ? "O is all that can be learnt" : "its F1 is 0 whatever the model does",
            p == 0 ? "add sentences with entities" : "take a larger part");
    }
    return NOMEN_OK;
}

/* The sentences of dev or test, by their words: the training part may be far larger, and is gone through once. */
typedef struct word_table {
    const nomen_corpus_part *part;
    nomen_hashes table;
    uint64_t key;
    bool *in_train; /* (part->n) of the first of equal sentences: whether the training part has it */
} word_table;

typedef struct asked_sentence {
    const word_table *words;
    const nomen_dataset *dataset;
    size_t sentence;
} asked_sentence;

static bool is_same(const void *user, size_t item) {
    const asked_sentence *a = user;
    return nomen_same_words(a->words->part->dataset, nomen_corpus_sentence(a->words->part, item), a->dataset, a->sentence);
}

/* The place of sentence i of `from` among those of the table; free where there is none. */
static nomen_hashes_slot *find_sentence(word_table *words, const nomen_corpus_part *from, size_t i, uint32_t *hash) {
    const asked_sentence asked = {words, from->dataset, nomen_corpus_sentence(from, i)};
    *hash = nomen_words_hash(asked.dataset, asked.sentence, words->key);
    return nomen_hashes_find(&words->table, *hash, is_same, &asked);
}

static nomen_status fill_table(word_table *words, nomen_error *err) {
    nomen_status status;
    uint32_t hash;
    words->key = nomen_hashes_key();
    NOMEN_TRY(NOMEN_NEW(words->in_train, words->part->n, err));
    for (size_t i = 0; i < words->part->n; i++) {
        NOMEN_TRY(nomen_hashes_reserve(&words->table, err));
        nomen_hashes_slot *slot = find_sentence(words, words->part, i, &hash);
        if (slot->item > 0) { continue; }
        *slot = (nomen_hashes_slot){hash, (uint32_t)i + 1};
        words->table.n++;
    }
done:
    return status;
}

/* How many sentences of a part, which has some, the training part has too. */
static nomen_status count_shared(const nomen_corpus_part *train, const nomen_corpus_part *part, size_t *n, nomen_error *err) {
    word_table words = {.part = part};
    nomen_status status;
    uint32_t hash;
    *n = 0;
    NOMEN_TRY(fill_table(&words, err));
    for (size_t i = 0; i < train->n; i++) {
        const nomen_hashes_slot *slot = find_sentence(&words, train, i, &hash);
        if (slot->item > 0) { words.in_train[slot->item - 1] = true; }
    }
    for (size_t i = 0; i < part->n; i++) { *n += words.in_train[find_sentence(&words, part, i, &hash)->item - 1]; }
done:
    nomen_mem_free(words.in_train);
    nomen_hashes_clear(&words.table);
    return status;
}

static nomen_status look_for_shared(nomen_diagnosis *d, const counted_part *parts, nomen_error *err) {
    nomen_buffer list = {0};
    nomen_status status = NOMEN_OK;
    for (size_t p = 1; p < N_PARTS; p++) {
        size_t n = 0, all = parts[p].part->n;
        if (parts[p].part->dataset == NULL || all == 0) { continue; }
        NOMEN_TRY(count_shared(parts[0].part, parts[p].part, &n, err));
        if (n == 0 || n * 100 < all * MOST_SHARED) { continue; }
        NOMEN_TRY(nomen_buffer_printf(&list, err, "%s%zu of the %zu sentences of the %s part (%.0f %%)",
                                      list.size > 0 ? " and " : "", n, all, parts[p].name, 100 * (double)n / (double)all));
    }
    if (list.size > 0) {
        NOMEN_TRY(nomen_diagnosis_find(d, NOMEN_TRAIN_SHARED_SENTENCES, err,
                                       "%s are also in the training part, so scores are better than the model. Remove them from "
                                       "one of the two, or split one file by text, which keeps equal texts together",
                                       list.data));
    }
done:
    nomen_buffer_clear(&list);
    return status;
}

static nomen_status look_at_tokens(nomen_diagnosis *d, const nomen_corpus_part *part, const nomen_examples *x, nomen_error *err) {
    size_t n = x->piece_start[x->n], n_labelled = 0, n_words = 0;
    for (size_t i = 0; i < n; i++) { n_labelled += x->targets[i] != NOMEN_IGNORE; }
    for (size_t i = 0; i < part->n; i++) { n_words += part->dataset->sentences[nomen_corpus_sentence(part, i)].n_words; }
    if (n == 0 || n_labelled * 100 >= n * FEWEST_LABELLED) { return NOMEN_OK; }
    return nomen_diagnosis_find(
        d, NOMEN_TRAIN_FEW_LABELLED, err,
        "only %zu of the training part's %zu subword tokens have a label (%.0f %%), as its %zu words have %.1f each: the others "
        "are "
        "computed and teach nothing. Check that the column of the words is the right one, and that the model's vocabulary is for "
        "this language; or set label-all-pieces to repeat",
        n_labelled, n, 100 * (double)n_labelled / (double)n, n_words, (double)n / (double)n_words);
}

nomen_status nomen_diagnosis_data(nomen_diagnosis *d, const nomen_corpus *corpus, const nomen_labels *labels,
                                  const size_t *label_counts, const nomen_examples *examples, nomen_error *err) {
    counted_part parts[N_PARTS] = {{.part = &corpus->train}, {.part = &corpus->dev}, {.part = &corpus->test}};
    nomen_status status = NOMEN_OK;
    for (size_t p = 0; p < N_PARTS; p++) {
        parts[p].name = part_names[p];
        if (p == 0) {
            NOMEN_TRY(take_counts(&parts[p], labels, label_counts, err));
        } else if (parts[p].part->dataset != NULL) {
            NOMEN_TRY(count_tags(&parts[p], err));
        }
    }
    NOMEN_TRY(look_for_entities(d, parts, err));
    NOMEN_TRY(look_for_absent(d, parts, corpus, labels, err));
    NOMEN_TRY(look_for_forgotten(d, parts, corpus, labels, err));
    if (nomen_data_cache_is_there(&corpus->cache)) { goto done; }
    NOMEN_TRY(look_for_shared(d, parts, err));
    NOMEN_TRY(look_at_tokens(d, &corpus->train, examples, err));
done:
    for (size_t p = 0; p < N_PARTS; p++) { nomen_mem_free(parts[p].counts); }
    return status;
}
