/* The entities of a dataset's sentences; see the header. */
#include "data/entities.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/scheme_out.h"

static int compare_spans(const void *a, const void *b) {
    const nomen_gold_span *x = a, *y = b;
    if (x->start != y->start) { return x->start < y->start ? -1 : 1; }
    if (x->end != y->end) { return x->end > y->end ? -1 : 1; }
    return (x->label > y->label) - (x->label < y->label);
}

/* The entities in the tags of words. */
static nomen_status find_in_tags(const nomen_dataset *set, const nomen_sentence *s, nomen_gold_span **spans, size_t *n,
                                 size_t *capacity, nomen_error *err) {
    const int32_t *tags = set->tags + s->first_word;
    const nomen_span *words = set->words + s->first_word;
    bool inside = false; /* the word before is in an entity */
    nomen_status status = NOMEN_OK;
    for (size_t w = 0; w < s->n_words; w++) {
        bool was_inside = inside;
        inside = !nomen_tag_is_outside(set, tags[w]);
        if (!inside) { continue; }
        if (!nomen_tag_begins(set, was_inside, was_inside ? tags[w - 1] : -1, tags[w])) {
            (*spans)[*n - 1].end = words[w].end;
            (*spans)[*n - 1].label = tags[w];
            continue;
        }
        NOMEN_TRY(NOMEN_RESERVE(*spans, *capacity, *n + 1, err));
        (*spans)[(*n)++] = (nomen_gold_span){words[w].start, words[w].end, tags[w]};
    }
done:
    return status;
}

nomen_status nomen_dataset_entities(const nomen_dataset *set, size_t sentence, nomen_gold_span **spans, size_t *n,
                                    size_t *capacity, nomen_error *err) {
    const nomen_sentence *s = &set->sentences[sentence];
    *n = 0;
    if (set->unit == NOMEN_WORDS_AUTO) { return find_in_tags(set, s, spans, n, capacity, err); }
    nomen_status status = NOMEN_RESERVE(*spans, *capacity, s->n_spans, err);
    if (status != NOMEN_OK || s->n_spans == 0) { return status; }
    memcpy(*spans, set->spans + s->first_span, s->n_spans * sizeof **spans);
    *n = s->n_spans;
    qsort(*spans, *n, sizeof **spans, compare_spans);
    return NOMEN_OK;
}

const char *nomen_dataset_entity_type(const nomen_dataset *set, int32_t label) {
    return set->unit != NOMEN_WORDS_AUTO ? set->span_labels[label] : nomen_tag_type(set, label);
}
