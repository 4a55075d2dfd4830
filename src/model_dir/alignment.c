/* Targets of subword tokens for other programs; see nomen/align.h. */
#include "nomen/align.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/options.h"
#include "data/align.h"
#include "model/config.h"

struct nomen_alignment {
    nomen_labels labels;
    nomen_align_mode mode;
    int32_t *inside;      /* (K) the label that continues each */
    int32_t *word_labels; /* of all words of the dataset; -1 for no known label */
    size_t *first_word;   /* (n_sentences + 1) */
    size_t n_sentences;
};

/* The order of a model that has the same labels takes the place of the dataset's own. */
static nomen_status take_order(nomen_labels *labels, const char *directory, nomen_error *err) {
    nomen_config config = {0};
    nomen_labels own = {0};
    char *path = nomen_file_join(directory, "config.json");
    nomen_status status = NOMEN_OK;
    if (path == NULL) { return nomen_error_out_of_memory(err); }
    if (!nomen_file_exists(path)) { goto done; }
    NOMEN_TRY(nomen_config_read(directory, &config, err));
    NOMEN_TRY(nomen_labels_copy(config.labels, config.n_labels, &own, err));
    if (nomen_labels_same_set(&own, labels)) {
        nomen_labels_clear(labels);
        *labels = own;
        own = (nomen_labels){0};
    }
done:
    nomen_labels_clear(&own);
    nomen_config_clear(&config);
    nomen_mem_free(path);
    return status;
}

static nomen_status fill(nomen_alignment *a, const nomen_dataset *dataset, nomen_error *err) {
    int32_t *map = NULL;
    size_t n = dataset->n_sentences;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(a->inside, a->labels.n, err));
    nomen_align_inside(&a->labels, a->inside);
    NOMEN_TRY(nomen_labels_map(&a->labels, dataset, &map, err));
    NOMEN_TRY(NOMEN_NEW(a->word_labels, dataset->n_words, err));
    NOMEN_TRY(NOMEN_NEW(a->first_word, n + 1, err));
    a->n_sentences = n;
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *s = &dataset->sentences[i];
        for (size_t w = 0; w < s->n_words; w++) { a->word_labels[a->first_word[i] + w] = map[dataset->tags[s->first_word + w]]; }
        a->first_word[i + 1] = a->first_word[i] + s->n_words;
    }
done:
    nomen_mem_free(map);
    return status;
}

nomen_status nomen_alignment_create(const nomen_dataset *dataset, const nomen_align_options *options, nomen_alignment **out,
                                    nomen_error *err) {
    nomen_align_options own = {0};
    nomen_alignment *a = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_align_options, &own, options, err));
    if ((unsigned)own.mode > NOMEN_ALIGN_INSIDE) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown alignment %d", (int)own.mode));
    }
    NOMEN_TRY(NOMEN_NEW(a, 1, err));
    a->mode = own.mode;
    NOMEN_TRY(nomen_labels_collect(dataset, NULL, 0, &a->labels, err));
    if (own.model != NULL) { NOMEN_TRY(take_order(&a->labels, own.model, err)); }
    NOMEN_TRY(fill(a, dataset, err));
    *out = a;
    a = NULL;
done:
    nomen_alignment_free(a);
    return status;
}

void nomen_alignment_free(nomen_alignment *a) {
    if (a == NULL) { return; }
    nomen_labels_clear(&a->labels);
    nomen_mem_free(a->inside);
    nomen_mem_free(a->word_labels);
    nomen_mem_free(a->first_word);
    nomen_mem_free(a);
}

size_t nomen_alignment_get_n_labels(const nomen_alignment *a) {
    return a->labels.n;
}

const char *nomen_alignment_get_label(const nomen_alignment *a, size_t label) {
    return label < a->labels.n ? a->labels.names[label] : NULL;
}

nomen_status nomen_alignment_get_targets(const nomen_alignment *a, size_t sentence, const int32_t *word_ids, size_t n_pieces,
                                         int32_t *targets, nomen_error *err) {
    if (sentence >= a->n_sentences) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "there are %zu sentences; number %zu, counted from 0, is none of them",
                               a->n_sentences, sentence);
    }
    size_t first = a->first_word[sentence], n_words = a->first_word[sentence + 1] - first;
    for (size_t i = 0; i < n_pieces; i++) {
        if (word_ids[i] < 0 || (size_t)word_ids[i] < n_words) { continue; }
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "sentence %zu has %zu words; subword token %zu is of word %d, counted from 0, which is none of them", sentence,
            n_words, i, (int)word_ids[i]);
    }
    nomen_align(word_ids, n_pieces, a->word_labels + first, a->mode, a->inside, targets);
    return NOMEN_OK;
}
