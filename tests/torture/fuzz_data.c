/*
 * Any bytes as a data file. LLVMFuzzerTestOneInput is libFuzzer's entry (its first byte chooses the
 * options, the reader among them); built with NOMEN_REPLAY, a main reads files instead and tries each under all options.
 *   clang -g -O1 -fsanitize=fuzzer,address -D_GNU_SOURCE -Isrc -Iinclude tests/torture/fuzz_data.c \
 *       src/base/[a-z]*.c src/text/[a-z]*.c src/data/[a-z]*.c -lcsv -ljansson -lm -o fuzz_data && ./fuzz_data -max_len=4096 CORPUS
 * It stops on a crash, a leak, a result whose arrays do not hang together, or an error without words.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/encoding.h"
#include "data/labels.h"
#include "data/split.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static void require(int truth, const char *what) {
    if (truth) { return; }
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

static void check_sentence(const nomen_dataset *set, const nomen_sentence *sentence) {
    size_t before = 0;
    for (size_t w = 0; w < sentence->n_words; w++) {
        nomen_span span = set->words[sentence->first_word + w];
        int32_t tag = set->tags[sentence->first_word + w];
        require(span.start >= before && span.start < span.end && span.end <= sentence->text_size, "words lie in order");
        require(tag >= 0 && (size_t)tag < set->n_tags, "tags have names");
        before = span.end;
    }
}

static void check_set(const nomen_dataset *set) {
    size_t n_words = 0, text_size = 0, n_wide = 0;
    require(set->n_sentences > 0, "a dataset has sentences");
    for (size_t s = 0; s < set->n_sentences; s++) {
        const nomen_sentence *sentence = &set->sentences[s];
        require(sentence->first_word == n_words && sentence->text_start == text_size, "sentences lie side by side");
        require(sentence->n_words > 0 && sentence->line > 0, "sentences have words and lines");
        require(s == 0 || sentence->line >= sentence[-1].line, "lines rise");
        check_sentence(set, sentence);
        n_words += sentence->n_words;
        text_size += sentence->text_size;
    }
    require(n_words == set->n_words && text_size == set->text_size, "sentences cover the arrays");
    require(nomen_data_valid_utf8(set->text, set->text_size, &n_wide) == set->text_size, "the text is UTF-8");
}

static void use_set(const nomen_dataset *set) {
    nomen_labels labels = {0};
    nomen_split split = {0};
    require(nomen_labels_collect(set, NULL, 0, &labels, NULL) == NOMEN_OK, "labels are collected");
    require(strcmp(labels.names[0], "O") == 0, "O comes first");
    require(nomen_split_by_text(set, (const unsigned[3]){80, 10, 10}, 1, &split, NULL) == NOMEN_OK, "it can be split");
    require(split.n_train + split.n_dev + split.n_test == set->n_sentences, "the parts are the whole");
    nomen_split_clear(&split);
    nomen_labels_clear(&labels);
}

static void run(const uint8_t *bytes, size_t n_bytes, unsigned choice) {
    static const char *const encodings[4] = {NULL, "utf-8", "cp1252", "latin-1"};
    nomen_data_options options = {.format = (nomen_data_format)((choice & 15) % NOMEN_DATA_N_FORMATS),
                                  .skip_bad = (choice & 16) != 0,
                                  .words = (choice & 32) != 0 ? NOMEN_WORDS_WHITESPACE : NOMEN_WORDS_AUTO,
                                  .encoding = encodings[choice >> 6 & 3],
                                  .misaligned = (nomen_misaligned)(choice >> 6 & 3),
                                  .max_rows = (choice & 32) != 0 ? 2 : 0};
    nomen_dataset set = {0};
    nomen_error err = {0};
    nomen_status status = nomen_dataset_parse((const char *)bytes, n_bytes, "file", &options, &set, &err);
    if (status == NOMEN_OK) {
        check_set(&set);
        use_set(&set);
    } else {
        require(err.status == status && strlen(err.message) > 10, "an error says something");
        require(status != NOMEN_ERROR_MEMORY && status != NOMEN_ERROR_ARGUMENT, "the file is what is at fault");
    }
    nomen_dataset_clear(&set);
    require(nomen_mem_test_live() == 0, "nothing is left behind");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
    if (n_bytes > 0) { run(bytes + 1, n_bytes - 1, bytes[0]); }
    return 0;
}

#ifdef NOMEN_REPLAY
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        nomen_buffer file = {0};
        nomen_error err = {0};
        if (nomen_file_read(argv[i], &file, &err) != NOMEN_OK) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        /* A block of exactly the file's size, so that a sanitizer sees a step past it. */
        size_t n = file.size;
        uint8_t *bytes = malloc(n > 0 ? n : 1);
        if (bytes == NULL) { return 1; }
        if (n > 0) { memcpy(bytes, file.data, n); }
        nomen_buffer_clear(&file);
        for (unsigned choice = 0; choice < 256; choice++) { run(bytes, n, choice); }
        free(bytes);
    }
    printf("%d files under 256 choices of options\n", argc - 1);
    return argc > 1 ? 0 : 2;
}
#endif
