/* The label set of a model; see the header. */
#include "data/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/label_split.h"

static const char outside[] = "O";

/* O first, then by bytes, which for UTF-8 is the order of code points that Python's sorted() has. */
static int compare_names(const void *a, const void *b) {
    const char *left = *(char *const *)a, *right = *(char *const *)b;
    int left_first = strcmp(left, outside) == 0, right_first = strcmp(right, outside) == 0;
    return left_first || right_first ? right_first - left_first : strcmp(left, right);
}

nomen_status nomen_labels_copy(char *const *names, size_t n, nomen_labels *out, nomen_error *err) {
    nomen_labels copy = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(copy.names, n, err));
    for (; copy.n < n; copy.n++) { NOMEN_TRY(NOMEN_COPY(copy.names[copy.n], names[copy.n], strlen(names[copy.n]), err)); }
    *out = copy;
    return NOMEN_OK;
done:
    nomen_labels_clear(&copy);
    return status;
}

nomen_status nomen_labels_collect(const nomen_dataset *dataset, const size_t *sentences, size_t n_sentences, nomen_labels *out,
                                  nomen_error *err) {
    size_t n_names = 0, n = sentences == NULL ? dataset->n_sentences : n_sentences;
    unsigned char *used = NULL;
    const char **names = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(used, dataset->n_tags, err));
    NOMEN_TRY(NOMEN_NEW(names, dataset->n_tags + 1, err));
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *sentence = &dataset->sentences[sentences == NULL ? i : sentences[i]];
        const int32_t *tags = dataset->tags + sentence->first_word;
        for (size_t word = 0; word < sentence->n_words; word++) { used[tags[word]] = 1; }
    }
    names[n_names++] = outside;
    for (size_t tag = 0; tag < dataset->n_tags; tag++) {
        const char *name = dataset->tag_names[tag];
        if (used[tag] && strcmp(name, outside) != 0 && !nomen_tag_is_unknown(name)) { names[n_names++] = name; }
    }
    qsort(names, n_names, sizeof *names, compare_names);
    status = nomen_labels_copy((char *const *)names, n_names, out, err);
done:
    nomen_mem_free(used);
    nomen_mem_free(names);
    return status;
}

void nomen_labels_clear(nomen_labels *labels) {
    for (size_t i = 0; i < labels->n; i++) { nomen_mem_free(labels->names[i]); }
    nomen_mem_free(labels->names);
    *labels = (nomen_labels){0};
}

int32_t nomen_labels_find(const nomen_labels *labels, const char *name, size_t n_bytes) {
    for (size_t i = 0; i < labels->n; i++) {
        if (strlen(labels->names[i]) == n_bytes && memcmp(labels->names[i], name, n_bytes) == 0) { return (int32_t)i; }
    }
    return -1;
}

bool nomen_labels_have_type(const nomen_labels *labels, const char *type, size_t n_bytes) {
    for (size_t k = 0; k < labels->n; k++) {
        const char *own = nomen_label_entity_type(labels->names[k]);
        if (own != NULL && strlen(own) == n_bytes && memcmp(own, type, n_bytes) == 0) { return true; }
    }
    return false;
}

bool nomen_labels_same_set(const nomen_labels *a, const nomen_labels *b) {
    if (a->n != b->n) { return false; }
    for (size_t i = 0; i < a->n; i++) {
        if (nomen_labels_find(b, a->names[i], strlen(a->names[i])) < 0) { return false; }
        if (nomen_labels_find(a, b->names[i], strlen(b->names[i])) < 0) { return false; }
    }
    return true;
}

nomen_status nomen_labels_map(const nomen_labels *labels, const nomen_dataset *dataset, int32_t **map, nomen_error *err) {
    int32_t *found;
    nomen_status status = NOMEN_NEW(found, dataset->n_tags, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < dataset->n_tags; i++) {
        found[i] = nomen_labels_find(labels, dataset->tag_names[i], strlen(dataset->tag_names[i]));
    }
    *map = found;
    return NOMEN_OK;
}

void nomen_labels_count(const nomen_labels *labels, const nomen_dataset *dataset, const int32_t *map, const size_t *sentences,
                        size_t n_sentences, size_t *counts) {
    size_t n = sentences == NULL ? dataset->n_sentences : n_sentences;
    for (size_t i = 0; i < labels->n; i++) { counts[i] = 0; }
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *sentence = &dataset->sentences[sentences == NULL ? i : sentences[i]];
        const int32_t *tags = dataset->tags + sentence->first_word;
        for (size_t word = 0; word < sentence->n_words; word++) {
            int32_t label = map[tags[word]];
            if (label >= 0) { counts[label]++; }
        }
    }
}
