/*
 * Any bytes as a data file. LLVMFuzzerTestOneInput is libFuzzer's entry; the first two bytes choose the options, the
 * reader among them unless NOMEN_FUZZ_FORMAT names it (csv, conll, doccano...). What is read is also written in a format
 * and read again. brat's two files stand in one input, parted by the byte 0x1E. Built with NOMEN_REPLAY, a main reads
 * files instead and tries each under all options.
 *
 * tests/torture/fuzz_data.sh builds it with clang and runs each reader for a while. It stops on a crash, a leak, a result
 * whose arrays do not hang together, an error without words, or a file of ours that is not read.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/encoding.h"
#include "data/formats.h"
#include "data/labels.h"
#include "data/read.h"
#include "data/split.h"
#include "data/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);
int LLVMFuzzerInitialize(int *argc, char ***argv);

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
    require(nomen_utf8_valid_prefix(set->text, set->text_size, &n_wide) == set->text_size, "the text is UTF-8");
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

static nomen_status keep_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_buffer_append(user, bytes, n_bytes, err);
}

/* Writes the set in a format and reads that again: as many sentences and, where words are held, as many of them. */
static void write_set(const nomen_dataset *set, nomen_data_format to) {
    const nomen_format *format = nomen_format_get(to);
    nomen_write_options options = {.format = to};
    nomen_buffer out = {0};
    nomen_notes lost = {0};
    nomen_dataset again = {0};
    nomen_error err = {0};
    if (format->write == NULL) { return; }
    require(nomen_dataset_write(set, &options, "out", keep_part, &out, &lost, &err) == NOMEN_OK, err.message);
    nomen_data_options reading = {.format = to, .scheme = set->scheme, .keep_spans = true}; /* as convert does: no word needed */
    require(nomen_dataset_parse(out.data, out.size, "again", &reading, &again, &err) == NOMEN_OK, err.message);
    require(again.n_sentences == set->n_sentences, "no sentence is lost");
    bool words = (format->holds & NOMEN_HOLDS_SPANS) == 0; /* else the text is cut anew */
    require(!words || again.n_words == set->n_words, "no word is lost");
    nomen_dataset_clear(&again);
    nomen_buffer_clear(&out);
}

static void put_file(const char *path, const uint8_t *bytes, size_t n_bytes) {
    FILE *file = fopen(path, "wb");
    require(file != NULL && fwrite(bytes, 1, n_bytes, file) == n_bytes && fclose(file) == 0, "a file is written");
}

/* The two files of brat, in a folder of this process. */
static nomen_status read_brat(const uint8_t *bytes, size_t n_bytes, const nomen_data_options *options, nomen_dataset *out,
                              nomen_error *err) {
    static char folder[] = "/tmp/fuzz_brat_XXXXXX", text[64], ann[64];
    if (text[0] == '\0') {
        require(mkdtemp(folder) != NULL, "a folder is made");
        snprintf(text, sizeof text, "%s/file.txt", folder);
        snprintf(ann, sizeof ann, "%s/file.ann", folder);
    }
    const uint8_t *mark = n_bytes > 0 ? memchr(bytes, 0x1E, n_bytes) : NULL;
    size_t n_text = mark != NULL ? (size_t)(mark - bytes) : n_bytes, n_ann = mark != NULL ? n_bytes - n_text - 1 : 0;
    put_file(text, bytes, n_text);
    put_file(ann, mark != NULL ? mark + 1 : bytes, n_ann);
    nomen_status status = nomen_dataset_read(ann, options, out, err);
    require(unlink(text) == 0 && unlink(ann) == 0, "the files are removed");
    return status;
}

/* The format that NOMEN_FUZZ_FORMAT names; AUTO where it names none. */
static nomen_data_format fixed_format(void) {
    const char *name = getenv("NOMEN_FUZZ_FORMAT");
    nomen_data_format format = NOMEN_DATA_AUTO;
    if (name != NULL) { require(nomen_format_parse(name, &format, NULL) == NOMEN_OK, "NOMEN_FUZZ_FORMAT is a format"); }
    return format;
}

static void ignore(void *user, nomen_log_level level, const char *message) {
    (void)user, (void)level, (void)message;
}

/* The low byte of `choice` has the format and how strictly it is read, the high one the rest. */
static void run(const uint8_t *bytes, size_t n_bytes, unsigned choice) {
    static const char *const encodings[4] = {NULL, "utf-8", "cp1252", "latin-1"};
    static const char *const columns[2] = {"1", "doc_id"};
    nomen_data_format fixed = fixed_format();
    nomen_data_options options = {
        .format =
            fixed != NOMEN_DATA_AUTO ? fixed : (nomen_data_format)(((choice & 15) | (choice >> 10 & 16)) % NOMEN_DATA_N_FORMATS),
        .skip_bad = (choice & 16) != 0,
        .words = (choice & 32) != 0 ? NOMEN_WORDS_WHITESPACE : NOMEN_WORDS_AUTO,
        .encoding = encodings[choice >> 6 & 3],
        .misaligned = (nomen_misaligned)(choice >> 6 & 3),
        .max_rows = (choice & 32) != 0 ? 2 : 0,
        .documents = (nomen_documents)((choice >> 8 & 7) % 5),
        .offsets = (nomen_offset_unit)((choice >> 11 & 3) % 3)};
    options.document_column = columns[choice >> 13 & 1];
    nomen_dataset set = {0};
    nomen_error err = {0};
    nomen_set_log(ignore, NULL);
    nomen_status status = options.format == NOMEN_DATA_BRAT
                              ? read_brat(bytes, n_bytes, &options, &set, &err)
                              : nomen_dataset_parse((const char *)bytes, n_bytes, "file", &options, &set, &err);
    if (status == NOMEN_OK) {
        check_set(&set);
        use_set(&set);
        write_set(&set, (nomen_data_format)(1 + (choice >> 8) % (NOMEN_DATA_N_FORMATS - 1)));
    } else {
        require(err.status == status && strlen(err.message) > 10, "an error says something");
        require(status != NOMEN_ERROR_MEMORY && status != NOMEN_ERROR_ARGUMENT, "the file is what is at fault");
    }
    nomen_dataset_clear(&set);
    require(nomen_mem_test_live() == 0, "nothing is left behind");
}

#ifndef NOMEN_REPLAY
/* With NOMEN_FUZZ_LIST set, prints the formats, for fuzz_data.sh. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    if (getenv("NOMEN_FUZZ_LIST") == NULL) { return 0; }
    for (nomen_data_format f = NOMEN_DATA_AUTO + 1; f < NOMEN_DATA_N_FORMATS; f++) { puts(nomen_format_get(f)->key); }
    exit(0);
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
    if (n_bytes > 1) { run(bytes + 2, n_bytes - 2, bytes[0] | (unsigned)bytes[1] << 8); }
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
        for (unsigned choice = 0; choice < 256; choice++) { run(bytes, n, choice | (choice * 37 & 255) << 8); }
        free(bytes);
    }
    printf("%d files under 256 choices of options\n", argc - 1);
    return argc > 1 ? 0 : 2;
}
#endif
