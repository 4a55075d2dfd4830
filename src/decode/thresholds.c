/* Thresholds applied to the labels of words; see the header. */
#include "decode/thresholds.h"

#include "data/label_split.h"
#include "decode/decide.h"

/* Whether a word with label b, after one with label a, is of the same entity. */
static bool continues(const nomen_labels *labels, const nomen_label_rules *rules, int32_t a, int32_t b) {
    if (rules != NULL) { return (a == rules->outside) == (b == rules->outside) && !nomen_label_rules_begins(rules, a, b); }
    return nomen_label_continues_hf(labels->names[a], labels->names[b]);
}

void nomen_thresholds_filter(const nomen_calibrated *c, const nomen_labels *labels, const nomen_label_rules *rules,
                             const float *confidence, int32_t outside, float *scratch, size_t n_words, int32_t *word_labels) {
    for (size_t first = 0, next; c->thresholds != NULL && first < n_words; first = next) {
        int32_t label = word_labels[first];
        scratch[0] = confidence[first];
        for (next = first + 1; next < n_words && continues(labels, rules, word_labels[next - 1], word_labels[next]); next++) {
            scratch[next - first] = confidence[next];
        }
        if (nomen_label_entity_type(labels->names[label]) == NULL) { continue; }
        if (nomen_calibrated_keeps(c, label, nomen_decide_mean(scratch, next - first))) { continue; }
        for (size_t w = first; w < next; w++) { word_labels[w] = outside; }
    }
}
