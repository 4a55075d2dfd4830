/*
 * Aggregates what stands on standard input by all five strategies, for the comparison with Hugging
 * Face's pipeline. Numbers are 32 bits in this machine's order; a string is its size and its bytes.
 *
 *   K, K labels, the unknown token, the unit of offsets, the number of texts; then for each text:
 *   the text, its number of words, their spans, the number of pieces, and for each piece its span, its
 *   word and its token; last the probabilities (n_pieces, K)
 *
 * Prints for each text five lines of JSON, one a strategy, with the words' scores.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "decode/whole.h"
#include "tag/writers.h"

static void get(void *to, size_t size, size_t n) {
    if (fread(to, size, n, stdin) != n) {
        fputs("aggregate_driver: the input ends early\n", stderr);
        exit(1);
    }
}

static uint32_t get_number(void) {
    uint32_t number;
    get(&number, sizeof number, 1);
    return number;
}

static char *get_string(size_t *size) {
    *size = get_number();
    char *string = nomen_mem_new(*size + 1, 1);
    get(string, 1, *size);
    return string;
}

static void get_spans(nomen_span *spans, size_t n) {
    for (size_t i = 0; i < n; i++) {
        spans[i].start = get_number();
        spans[i].end = get_number();
    }
}

static void check(nomen_status status, const nomen_error *err) {
    if (status == NOMEN_OK) { return; }
    fprintf(stderr, "aggregate_driver: %s\n", err->message);
    exit(1);
}

static void tag_text(const nomen_labels *labels, const char *unknown, nomen_offset_unit unit, nomen_tagged *tagged) {
    nomen_error err = {0};
    size_t n_bytes, size;
    char *text = get_string(&n_bytes);
    size_t n_words = get_number();
    nomen_span *words = nomen_mem_new(n_words, sizeof *words);
    get_spans(words, n_words);
    size_t n = get_number();
    nomen_span *offsets = nomen_mem_new(n, sizeof *offsets);
    int32_t *word_ids = nomen_mem_new(n, sizeof *word_ids);
    char **tokens = nomen_mem_new(n, sizeof *tokens);
    uint8_t *starts = nomen_mem_new(n, 1);
    float *probabilities = nomen_mem_new(n * labels->n, sizeof *probabilities);
    for (size_t i = 0; i < n; i++) {
        get_spans(&offsets[i], 1);
        get(&word_ids[i], sizeof word_ids[i], 1);
        tokens[i] = get_string(&size);
    }
    get(probabilities, sizeof *probabilities, n * labels->n);
    nomen_hf_word_starts((const char *const *)tokens, unknown, offsets, n, text, n_bytes, starts);
    for (int strategy = NOMEN_AGGREGATE_NONE; strategy <= NOMEN_AGGREGATE_MAX; strategy++) {
        nomen_buffer json = {0};
        nomen_tag_write_options options = {.size = sizeof options, .offsets = unit, .all_scores = true};
        nomen_tagged_start(tagged, text, n_bytes, labels, (nomen_aggregation)strategy);
        check(aggregate_whole((nomen_aggregation)strategy, labels, probabilities, offsets, starts, n, &tagged->entities, &err),
              &err);
        check(set_words(tagged, words, n_words, word_ids, probabilities, n, &err), &err);
        check(nomen_tagged_write(tagged, NOMEN_TAG_JSONL, &options, &json, &err), &err);
        fputs(json.data, stdout);
        nomen_buffer_clear(&json);
    }
    for (size_t i = 0; i < n; i++) { nomen_mem_free(tokens[i]); }
    nomen_mem_free(text);
    nomen_mem_free(words);
    nomen_mem_free(offsets);
    nomen_mem_free(word_ids);
    nomen_mem_free(tokens);
    nomen_mem_free(starts);
    nomen_mem_free(probabilities);
}

int main(void) {
    size_t size;
    nomen_labels labels = {.n = get_number()};
    nomen_tagged tagged = {0};
    labels.names = nomen_mem_new(labels.n, sizeof *labels.names);
    for (size_t k = 0; k < labels.n; k++) { labels.names[k] = get_string(&size); }
    char *unknown = get_string(&size);
    nomen_offset_unit unit = (nomen_offset_unit)get_number();
    size_t n_texts = get_number();
    for (size_t i = 0; i < n_texts; i++) { tag_text(&labels, unknown, unit, &tagged); }
    nomen_tagged_clear(&tagged);
    for (size_t k = 0; k < labels.n; k++) { nomen_mem_free(labels.names[k]); }
    nomen_mem_free(labels.names);
    nomen_mem_free(unknown);
    return 0;
}
