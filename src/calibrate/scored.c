/* Entities with their scores, right or wrong. */
#include "calibrate/scored.h"

#include <string.h>

#include "base/mem.h"
#include "data/label_split.h"
#include "decode/decide.h"
#include "model_dir/calibrated.h"

/* An entity by its words, from `begin` to before `end`. */
typedef struct word_run {
    int32_t type;
    size_t begin, end;
    bool taken; /* a predicted entity was right by it */
} word_run;

typedef struct collection {
    const nomen_dataset *dataset;
    nomen_scored_set *set;
    word_run *gold; /* of a sentence */
    size_t n_gold, gold_capacity;
    size_t word, at; /* the first word, and gold entity, that the next entity of the sentence can touch */
} collection;

static nomen_status find_type(nomen_scored_set *set, const char *name, int32_t *type, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_intern(&set->types, name, strlen(name), type, err));
    size_t before = set->gold_capacity;
    NOMEN_TRY(NOMEN_RESERVE(set->n_gold, set->gold_capacity, set->types.n, err));
    for (size_t i = before; i < set->gold_capacity; i++) { set->n_gold[i] = 0; }
done:
    return status;
}

/* The gold entities of a sentence, as tag groups labels. */
static nomen_status find_gold(collection *c, const nomen_sentence *s, nomen_error *err) {
    const nomen_dataset *set = c->dataset;
    const int32_t *tags = set->tags + s->first_word;
    nomen_status status = NOMEN_OK;
    c->n_gold = 0;
    for (size_t begin = 0, end; begin < s->n_words; begin = end) {
        int32_t type;
        const char *first = set->tag_names[tags[begin]], *name = nomen_label_entity_type(first);
        for (end = begin + 1; end < s->n_words && nomen_label_continues_hf(first, set->tag_names[tags[end]]); end++) {}
        if (name == NULL) { continue; }
        NOMEN_TRY(find_type(c->set, name, &type, err));
        NOMEN_TRY(NOMEN_RESERVE(c->gold, c->gold_capacity, c->n_gold + 1, err));
        c->gold[c->n_gold++] = (word_run){.type = type, .begin = begin, .end = end};
        c->set->n_gold[type]++;
    }
done:
    return status;
}

/* The words that a span of the sentence's text touches. Spans come in the order of the text, so that none looks back. */
static void find_words(collection *c, const nomen_span *words, size_t n_words, nomen_span span, word_run *out) {
    while (c->word < n_words && words[c->word].end <= span.start) { c->word++; }
    size_t w = out->begin = c->word;
    while (w < n_words && words[w].start < span.end) { w++; }
    out->end = w;
}

/* An entity of the tagger's, in sentence `index`; what has a word of unknown label can't be judged. */
static nomen_status add_entity(collection *c, size_t index, const nomen_tagged *tagged, const nomen_entity *entity,
                               nomen_error *err) {
    const nomen_sentence *s = &c->dataset->sentences[index];
    nomen_scored_set *set = c->set;
    word_run found;
    bool right = false;
    nomen_status status;
    if (nomen_span_is_unknown(c->dataset, index, entity->span)) { return NOMEN_OK; }
    NOMEN_TRY(find_type(set, nomen_label_group_name(tagged->labels[entity->label]), &found.type, err));
    find_words(c, c->dataset->words + s->first_word, s->n_words, entity->span, &found);
    while (c->at < c->n_gold && c->gold[c->at].begin < found.begin) { c->at++; }
    if (c->at < c->n_gold) {
        word_run *gold = &c->gold[c->at]; /* no two begin at a word */
        right = !gold->taken && gold->type == found.type && gold->begin == found.begin && gold->end == found.end;
        gold->taken = gold->taken || right;
    }
    NOMEN_TRY(NOMEN_RESERVE(set->entities, set->entities_capacity, set->n + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(set->entity_types, set->types_capacity, set->n + 1, err));
    set->entities[set->n] = (nomen_scored){.score = entity->score, .right = right};
    set->entity_types[set->n++] = found.type;
done:
    return status;
}

static nomen_status compare(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    collection *c = user;
    const nomen_sentence *s = &c->dataset->sentences[index];
    nomen_status status;
    NOMEN_TRY(find_gold(c, s, err));
    c->word = c->at = 0;
    for (size_t i = 0; i < tagged->entities.n; i++) { NOMEN_TRY(add_entity(c, index, tagged, &tagged->entities.items[i], err)); }
done:
    return status;
}

nomen_status nomen_scored_collect(nomen_tagger *tagger, const nomen_request *request, const nomen_dataset *dataset,
                                  nomen_scored_set *out, nomen_error *err) {
    nomen_text *texts = NULL;
    collection c = {.dataset = dataset, .set = out};
    bool each_alone = nomen_dataset_each_alone(dataset);
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(texts, dataset->n_sentences, err));
    for (size_t i = 0; i < dataset->n_sentences; i++) {
        const nomen_sentence *s = &dataset->sentences[i];
        texts[i] = (nomen_text){.text = nomen_sentence_text(dataset, i),
                                .n_bytes = s->text_size,
                                .words = dataset->words + s->first_word,
                                .n_words = s->n_words,
                                .document_start = each_alone || s->document_start};
    }
    NOMEN_TRY(nomen_tagger_run(tagger, texts, dataset->n_sentences, request, compare, &c, err));
done:
    nomen_mem_free(texts);
    nomen_mem_free(c.gold);
    return status;
}

size_t nomen_scored_of_type(const nomen_scored_set *set, int32_t type, nomen_scored *out) {
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++) {
        if (set->entity_types[i] == type) { out[n++] = set->entities[i]; }
    }
    return n;
}

void nomen_scored_clear(nomen_scored_set *set) {
    nomen_interner_clear(&set->types);
    nomen_mem_free(set->n_gold);
    nomen_mem_free(set->entities);
    nomen_mem_free(set->entity_types);
    *set = (nomen_scored_set){0};
}
