/*
 * Word labels to piece labels: tokenize_and_align_labels of Hugging Face's token-classification
 * recipe, whose "previous word" is the word of the piece before.
 */
#include "data/align.h"

#include <string.h>

#include "data/label_split.h"

void nomen_align(const int32_t *word_ids, size_t n_pieces, const int32_t *word_labels, nomen_align_mode mode,
                 const int32_t *inside, int32_t *targets) {
    int32_t previous = -1;
    for (size_t i = 0; i < n_pieces; i++) {
        int32_t word = word_ids[i];
        int32_t label = word < 0 ? -1 : word_labels[word];
        if (label < 0) {
            targets[i] = NOMEN_IGNORE;
        } else if (word != previous || mode == NOMEN_ALIGN_REPEAT) {
            targets[i] = label;
        } else {
            targets[i] = mode == NOMEN_ALIGN_INSIDE ? inside[label] : NOMEN_IGNORE;
        }
        previous = word;
    }
}

void nomen_align_inside(const nomen_labels *labels, int32_t *inside) {
    for (size_t i = 0; i < labels->n; i++) {
        inside[i] = (int32_t)i;
        nomen_label_parts own = nomen_label_split_hf(labels->names[i]);
        for (size_t j = 0; own.prefix == 'B' && j < labels->n; j++) {
            nomen_label_parts other = nomen_label_split_hf(labels->names[j]);
            if (other.prefix == 'I' && strcmp(other.type, own.type) == 0) { inside[i] = (int32_t)j; }
        }
    }
}
