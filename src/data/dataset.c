/* Labelled sentences in memory; see the header. */
#include "data/dataset.h"

#include "base/mem.h"

static void free_names(char **names, size_t n) {
    for (size_t i = 0; i < n; i++) { nomen_mem_free(names[i]); }
    nomen_mem_free(names);
}

void nomen_dataset_use_found_tags(nomen_dataset *dataset) {
    if (dataset->found == NULL) { return; }
    free_names(dataset->tag_names, dataset->n_tags);
    nomen_mem_free(dataset->tags);
    dataset->tags = dataset->found;
    dataset->tag_names = dataset->found_names;
    dataset->n_tags = dataset->n_found_names;
    dataset->found = NULL;
    dataset->found_names = NULL;
    dataset->n_found_names = 0;
}

void nomen_dataset_clear(nomen_dataset *dataset) {
    free_names(dataset->tag_names, dataset->n_tags);
    free_names(dataset->found_names, dataset->n_found_names);
    nomen_mem_free(dataset->found);
    free_names(dataset->span_labels, dataset->n_span_labels);
    nomen_mem_free(dataset->spans);
    for (size_t i = 0; i < dataset->n_files; i++) { nomen_mem_free(dataset->files[i]); }
    nomen_mem_free(dataset->files);
    nomen_mem_free(dataset->path);
    nomen_mem_free(dataset->text);
    nomen_mem_free(dataset->names);
    nomen_mem_free(dataset->words);
    nomen_mem_free(dataset->tags);
    nomen_mem_free(dataset->sentences);
    *dataset = (nomen_dataset){0};
}

void nomen_sentence_unknown(const nomen_dataset *dataset, size_t sentence, bool *out) {
    const nomen_sentence *s = &dataset->sentences[sentence];
    for (size_t w = 0; w < s->n_words; w++) { out[w] = nomen_word_is_unknown(dataset, s->first_word + w); }
}

bool nomen_span_is_unknown(const nomen_dataset *dataset, size_t sentence, nomen_span span) {
    const nomen_sentence *s = &dataset->sentences[sentence];
    const nomen_span *words = dataset->words + s->first_word;
    size_t low = 0, high = s->n_words; /* the first word that ends after the span's start */
    if (!dataset->has_unknown) { return false; }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (words[middle].end <= span.start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t w = low; w < s->n_words && words[w].start < span.end; w++) {
        if (nomen_word_is_unknown(dataset, s->first_word + w)) { return true; }
    }
    return false;
}

bool nomen_dataset_each_alone(const nomen_dataset *dataset) {
    bool alone = dataset->unit != NOMEN_WORDS_AUTO;
    for (size_t i = 0; i < dataset->n_sentences && alone; i++) { alone = !dataset->sentences[i].document_start; }
    return alone;
}

static size_t count_newlines(const char *bytes, size_t n_bytes) {
    size_t n = 0;
    for (size_t i = 0; i < n_bytes; i++) { n += bytes[i] == '\n'; }
    return n;
}

size_t nomen_dataset_line(const nomen_dataset *dataset, size_t sentence, size_t word) {
    const nomen_sentence *s = &dataset->sentences[sentence];
    size_t start = word < s->n_words ? dataset->words[s->first_word + word].start : 0;
    size_t line = s->line + (dataset->word_lines & NOMEN_LINES_WORD ? word : 0);
    return line + (dataset->word_lines & NOMEN_LINES_TEXT ? count_newlines(nomen_sentence_text(dataset, sentence), start) : 0);
}
