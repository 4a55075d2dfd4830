/*
 * The tokenizer behind a pipe, for the live comparisons of tests/parity/tokenizer_*.py. Texts come on
 * standard input as a 32-bit length and bytes, so that they can hold anything; answers go out as
 * 32-bit numbers in arrays. All numbers are in the machine's order.
 *
 * usage: tokenizer_driver encode DIRECTORY [special]   text -> n, ids, starts, ends, word ids, type ids
 *        tokenizer_driver words DIRECTORY              n, n words -> the same, offsets inside each word
 *        tokenizer_driver cut DIRECTORY                text -> n, starts, ends
 *        tokenizer_driver decode DIRECTORY [skip]      n, ids -> text
 *        tokenizer_driver vocab DIRECTORY              (no input) -> for each id its token as a text
 *        tokenizer_driver normalize CLEAN CHINESE ACCENTS LOWER (0 or 1 each)   text -> text
 *        tokenizer_driver save DIRECTORY OUT LENGTH    (no input)
 *        tokenizer_driver speed DIRECTORY              texts -> pieces and seconds as text
 * Offsets are code points.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "nomen/tokenizer.h"
#include "text/normalize.h"
#include "text/offsets.h"

static nomen_error err;

static void fail(void) {
    fprintf(stderr, "tokenizer_driver: %s\n", err.message[0] ? err.message : "unexpected input");
    exit(1);
}

static void must(nomen_status status) {
    if (status != NOMEN_OK) { fail(); }
}

static int read_number(uint32_t *number) {
    return fread(number, sizeof *number, 1, stdin) == 1;
}

static void write_numbers(const void *numbers, size_t n) {
    if (n > 0) { fwrite(numbers, sizeof(uint32_t), n, stdout); }
}

static void write_number(size_t number) {
    uint32_t narrow = (uint32_t)number;
    write_numbers(&narrow, 1);
}

static void write_text(const char *text, size_t n_bytes) {
    write_number(n_bytes);
    fwrite(text, 1, n_bytes, stdout);
}

/* Appends one framed text; 0 at the end of the input. */
static int read_text(nomen_buffer *buffer) {
    uint32_t n;
    if (!read_number(&n)) { return 0; }
    char *bytes = nomen_mem_new(n, 1);
    if (bytes == NULL || fread(bytes, 1, n, stdin) != n) { fail(); }
    must(nomen_buffer_append(buffer, bytes, n, &err));
    nomen_mem_free(bytes);
    return 1;
}

/* The next text alone in the buffer. */
static int next_text(nomen_buffer *buffer) {
    nomen_buffer_reset(buffer);
    return read_text(buffer);
}

static void write_encoding(const nomen_encoding *e, const nomen_buffer *text, const nomen_span *words) {
    nomen_offset_map map = {0};
    must(nomen_offset_map_fill(text->data, text->size, NOMEN_OFFSET_CODEPOINT, &map, &err));
    write_number(e->n_pieces);
    write_numbers(e->ids, e->n_pieces);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < e->n_pieces; i++) {
            size_t base = words && e->word_ids[i] >= 0 ? words[e->word_ids[i]].start : 0;
            size_t byte = side == 0 ? e->offsets[i].start : e->offsets[i].end;
            write_number(nomen_offset_map_from_byte(&map, byte) - nomen_offset_map_from_byte(&map, base));
        }
    }
    write_numbers(e->word_ids, e->n_pieces);
    write_numbers(e->type_ids, e->n_pieces);
    nomen_offset_map_clear(&map);
}

static void run_encode(const nomen_tokenizer *tokenizer, int special) {
    nomen_buffer text = {0};
    nomen_encoding encoding = {0};
    while (next_text(&text)) {
        must(nomen_tokenizer_encode(tokenizer, text.data, text.size, &encoding, &err));
        if (special) { must(nomen_tokenizer_add_special(tokenizer, &encoding, &err)); }
        write_encoding(&encoding, &text, NULL);
    }
    nomen_buffer_clear(&text);
    nomen_encoding_clear(&encoding);
}

static void run_words(const nomen_tokenizer *tokenizer) {
    nomen_buffer text = {0};
    nomen_encoding encoding = {0};
    uint32_t n;
    while (read_number(&n)) {
        nomen_span *words = nomen_mem_new(n, sizeof *words);
        nomen_buffer_reset(&text);
        must(nomen_buffer_append(&text, "", 0, &err));
        for (uint32_t i = 0; i < n; i++) {
            words[i].start = text.size;
            if (!read_text(&text)) { fail(); }
            words[i].end = text.size;
            must(nomen_buffer_append_byte(&text, ' ', &err));
        }
        must(nomen_tokenizer_encode_words(tokenizer, text.data, text.size, words, n, &encoding, &err));
        write_encoding(&encoding, &text, words);
        nomen_mem_free(words);
    }
    nomen_buffer_clear(&text);
    nomen_encoding_clear(&encoding);
}

static void run_cut(const nomen_tokenizer *tokenizer) {
    nomen_buffer text = {0};
    while (next_text(&text)) {
        nomen_span *words;
        size_t n;
        nomen_offset_map map = {0};
        must(nomen_tokenizer_words(tokenizer, text.data, text.size, &words, &n, &err));
        must(nomen_offset_map_fill(text.data, text.size, NOMEN_OFFSET_CODEPOINT, &map, &err));
        write_number(n);
        for (size_t i = 0; i < n; i++) { write_number(nomen_offset_map_from_byte(&map, words[i].start)); }
        for (size_t i = 0; i < n; i++) { write_number(nomen_offset_map_from_byte(&map, words[i].end)); }
        nomen_offset_map_clear(&map);
        nomen_free(words);
    }
    nomen_buffer_clear(&text);
}

static void run_decode(const nomen_tokenizer *tokenizer, int skip) {
    uint32_t n;
    while (read_number(&n)) {
        int32_t *ids = nomen_mem_new(n, sizeof *ids);
        char *text;
        size_t n_bytes;
        if (fread(ids, sizeof *ids, n, stdin) != n) { fail(); }
        must(nomen_tokenizer_decode(tokenizer, ids, n, skip, &text, &n_bytes, &err));
        write_text(text, n_bytes);
        nomen_free(text);
        nomen_mem_free(ids);
    }
}

static void run_normalize(char **flags) {
    nomen_normalizer normalizer = {flags[0][0] == '1', flags[1][0] == '1', flags[2][0] == '1', flags[3][0] == '1'};
    nomen_normal_text normal = {0};
    nomen_buffer text = {0}, out = {0};
    while (next_text(&text)) {
        normal.n_chars = 0;
        nomen_buffer_reset(&out);
        must(nomen_buffer_append(&out, "", 0, &err));
        must(nomen_normalize(&normalizer, text.data, 0, text.size, &normal, &err));
        for (size_t i = 0; i < normal.n_chars; i++) {
            char bytes[4];
            must(nomen_buffer_append(&out, bytes, nomen_utf8_encode(normal.chars[i].scalar, bytes), &err));
        }
        write_text(out.data, out.size);
    }
    nomen_normal_text_clear(&normal);
    nomen_buffer_clear(&text);
    nomen_buffer_clear(&out);
}

/* One thread over all texts, the best of five passes; reading and loading are outside the clock. */
static void run_speed(const nomen_tokenizer *tokenizer) {
    enum { MOST = 200000 };
    nomen_buffer text = {0};
    nomen_encoding encoding = {0};
    size_t *ends = nomen_mem_new(MOST, sizeof *ends), n = 0, n_pieces = 0;
    while (n < MOST && read_text(&text)) { ends[n++] = text.size; }
    double best = 1e9;
    for (int pass = 0; pass < 5; pass++) {
        struct timespec start, end;
        clock_gettime(CLOCK_MONOTONIC, &start);
        n_pieces = 0;
        for (size_t i = 0; i < n; i++) {
            size_t from = i ? ends[i - 1] : 0;
            must(nomen_tokenizer_encode(tokenizer, text.data + from, ends[i] - from, &encoding, &err));
            n_pieces += encoding.n_pieces;
        }
        clock_gettime(CLOCK_MONOTONIC, &end);
        double seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
        if (seconds < best) { best = seconds; }
    }
    printf("%zu %.6f\n", n_pieces, best);
    nomen_mem_free(ends);
    nomen_buffer_clear(&text);
    nomen_encoding_clear(&encoding);
}

static void run_vocab(const nomen_tokenizer *tokenizer) {
    for (size_t i = 0; i < nomen_tokenizer_get_size(tokenizer); i++) {
        const char *token = nomen_tokenizer_get_token(tokenizer, (int32_t)i);
        write_text(token ? token : "", token ? strlen(token) : 0);
    }
}

int main(int argc, char **argv) {
    nomen_tokenizer *tokenizer = NULL;
    if (argc < 3) { fail(); }
    const char *command = argv[1];
    if (strcmp(command, "normalize") == 0) {
        if (argc != 6) { fail(); }
        run_normalize(argv + 2);
        return 0;
    }
    must(nomen_tokenizer_load(argv[2], NULL, &tokenizer, &err));
    if (strcmp(command, "encode") == 0) {
        run_encode(tokenizer, argc > 3);
    } else if (strcmp(command, "words") == 0) {
        run_words(tokenizer);
    } else if (strcmp(command, "cut") == 0) {
        run_cut(tokenizer);
    } else if (strcmp(command, "decode") == 0) {
        run_decode(tokenizer, argc > 3);
    } else if (strcmp(command, "vocab") == 0) {
        run_vocab(tokenizer);
    } else if (strcmp(command, "speed") == 0) {
        run_speed(tokenizer);
    } else if (strcmp(command, "save") == 0 && argc == 5) {
        must(nomen_tokenizer_save(tokenizer, argv[3], strtoul(argv[4], NULL, 10), &err));
    } else {
        fail();
    }
    nomen_tokenizer_free(tokenizer);
    return 0;
}
