/*
 * The data room for the live comparisons with Python (tests/parity/data_*.py). Commands:
 *   read FILE ENCODING       the dataset as JSON lines; ENCODING "-" for none
 *   permute                  pairs "SEED N" a line on stdin: RandomState(SEED).permutation(N), uint32 each
 *   split SEED P0 P1 P2      N a line on stdin: the three sizes of nomen_split_as_numpy a line
 *   align MODE LABEL...      int32 on stdin: n_words, n_pieces, word labels, word ids; targets on stdout
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "data/align.h"
#include "data/numpy_random.h"
#include "data/read.h"
#include "data/split.h"

static int fail(const nomen_error *err) {
    fprintf(stderr, "%s\n", err->message);
    return 1;
}

static int read_file(const char *path, const char *encoding) {
    nomen_dataset set = {0};
    nomen_error err = {0};
    nomen_data_options options = {.encoding = strcmp(encoding, "-") == 0 ? NULL : encoding};
    if (nomen_dataset_read(path, &options, &set, &err) != NOMEN_OK) { return fail(&err); }
    nomen_buffer out = {0};
    for (size_t s = 0; s < set.n_sentences; s++) {
        const nomen_sentence *sentence = &set.sentences[s];
        nomen_buffer_reset(&out);
        nomen_status status = nomen_buffer_append_text(&out, "[", &err);
        for (size_t w = sentence->first_word; w < sentence->first_word + sentence->n_words; w++) {
            const nomen_span *span = &set.words[w];
            if (status == NOMEN_OK) { status = nomen_buffer_append_text(&out, w > sentence->first_word ? ",[" : "[", &err); }
            if (status == NOMEN_OK) {
                status =
                    nomen_buffer_append_json(&out, nomen_sentence_text(&set, s) + span->start, span->end - span->start, &err);
            }
            if (status == NOMEN_OK) { status = nomen_buffer_append_text(&out, ",", &err); }
            const char *tag = set.tag_names[set.tags[w]];
            if (status == NOMEN_OK) { status = nomen_buffer_append_json(&out, tag, strlen(tag), &err); }
            if (status == NOMEN_OK) { status = nomen_buffer_append_text(&out, "]", &err); }
        }
        if (status != NOMEN_OK) { return fail(&err); }
        printf("%s,%zu]\n", out.data, sentence->line);
    }
    nomen_buffer_clear(&out);
    nomen_dataset_clear(&set);
    return 0;
}

static int permute(void) {
    unsigned long seed, n;
    while (scanf("%lu %lu", &seed, &n) == 2) {
        size_t *order = nomen_mem_new(n, sizeof *order);
        uint32_t *narrow = nomen_mem_new(n, sizeof *narrow);
        if (order == NULL || narrow == NULL) { return 1; }
        nomen_numpy_permutation((uint32_t)seed, n, order);
        for (size_t i = 0; i < n; i++) { narrow[i] = (uint32_t)order[i]; }
        if (fwrite(narrow, sizeof *narrow, n, stdout) != n) { return 1; }
        nomen_mem_free(order);
        nomen_mem_free(narrow);
    }
    return 0;
}

static int split(char **arguments) {
    uint32_t seed = (uint32_t)strtoul(arguments[0], NULL, 10);
    unsigned percent[3];
    for (int i = 0; i < 3; i++) { percent[i] = (unsigned)strtoul(arguments[i + 1], NULL, 10); }
    unsigned long n;
    while (scanf("%lu", &n) == 1) {
        nomen_split parts = {0};
        nomen_error err = {0};
        if (nomen_split_as_numpy(n, percent, seed, &parts, &err) != NOMEN_OK) { return fail(&err); }
        printf("%zu %zu %zu\n", parts.n_train, parts.n_dev, parts.n_test);
        nomen_split_clear(&parts);
    }
    return 0;
}

static bool take(int32_t *out, size_t n) {
    return fread(out, sizeof *out, n, stdin) == n;
}

static int align(const char *mode, char **names, size_t n_names) {
    nomen_labels labels = {0};
    if (nomen_labels_copy(names, n_names, &labels, NULL) != NOMEN_OK) { return 1; }
    int32_t *inside = nomen_mem_new(n_names, sizeof *inside), sizes[2];
    if (inside == NULL) { return 1; }
    nomen_align_inside(&labels, inside);
    while (take(sizes, 2)) {
        size_t n_words = (size_t)sizes[0], n_pieces = (size_t)sizes[1];
        int32_t *numbers = nomen_mem_new(n_words + 2 * n_pieces, sizeof *numbers);
        if (numbers == NULL || !take(numbers, n_words + n_pieces)) { return 1; }
        int32_t *targets = numbers + n_words + n_pieces;
        nomen_align(numbers + n_words, n_pieces, numbers, (nomen_align_mode)atoi(mode), inside, targets);
        if (fwrite(targets, sizeof *targets, n_pieces, stdout) != n_pieces) { return 1; }
        nomen_mem_free(numbers);
    }
    nomen_mem_free(inside);
    nomen_labels_clear(&labels);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "read") == 0) { return read_file(argv[2], argv[3]); }
    if (argc == 2 && strcmp(argv[1], "permute") == 0) { return permute(); }
    if (argc == 6 && strcmp(argv[1], "split") == 0) { return split(argv + 2); }
    if (argc > 3 && strcmp(argv[1], "align") == 0) { return align(argv[2], argv + 3, (size_t)argc - 3); }
    fprintf(stderr, "data_driver: read FILE ENCODING | permute | split SEED P0 P1 P2 | align MODE LABEL...\n");
    return 2;
}
