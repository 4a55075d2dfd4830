/*
 * nomen's engine as bench/ drives it: a process that has loaded everything and computes one pass for each
 * line it reads, so that its turns alternate with those of another engine's process.
 *
 *   bench_engine MODEL TEXTS [--threads N] [--int8]
 *   bench_engine --about
 *
 * --about tells which kernels this machine gets, as JSON, and ends.
 *
 * TEXTS has a text a line. A line of standard input is a command, its answer one line of JSON:
 *   batch                 the forward pass of all texts, as `nomen tag` and `nomen eval` run it: their seconds
 *   single                each text by itself: milliseconds of each
 *   repeat N              the first text N times: the milliseconds of those during which no other machine took the
 *                         processors, and how many others there were
 *   level1                operations a second of the kernel of 8-bit products in the nearest cache (level1.h)
 *   tokenize N T          all texts N times on T threads: seconds
 *   ids FILE              writes pieces: for each text their number, then the ids (int32)
 *   logits FILE           writes the logits of all pieces (float32, pieces x labels)
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/threads.h"
#include "bench/level1.h"
#include "bench/lines.h"
#include "run/predict.h"

typedef struct engine {
    const char *directory, *file;
    nomen_model_options options;
    nomen_model *model;
    nomen_buffer bytes;
    nomen_text *lines; /* (n) */
    size_t n, n_pieces;
    nomen_examples all;
    nomen_examples *each; /* (n) one text each */
    nomen_predictor predictor;
    nomen_real *logits;   /* (n_pieces, K) */
    double *milliseconds; /* (n) */
} engine;

static nomen_status prepare(engine *e, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(bench_read_lines(e->file, &e->bytes, &e->lines, &e->n, err));
    NOMEN_TRY(nomen_model_load(e->directory, &e->options, &e->model, err));
    NOMEN_TRY(nomen_predictor_create(e->model, 0, &e->predictor, err));
    NOMEN_TRY(NOMEN_NEW(e->each, e->n, err));
    NOMEN_TRY(NOMEN_NEW(e->milliseconds, e->n, err));
    NOMEN_TRY(nomen_examples_add(&e->all, e->model, e->lines, e->n, NULL, err));
    for (size_t i = 0; i < e->n; i++) { NOMEN_TRY(nomen_examples_add(&e->each[i], e->model, &e->lines[i], 1, NULL, err)); }
    e->n_pieces = e->all.piece_start[e->n];
    NOMEN_TRY(NOMEN_NEW_ALIGNED(e->logits, e->n_pieces * e->model->labels.n, err));
done:
    return status;
}

static nomen_status run_batch(engine *e, nomen_error *err) {
    nomen_status status;
    double start = nomen_clock_now();
    NOMEN_TRY(nomen_predictor_run(&e->predictor, &e->all, e->logits, err));
    printf("{\"seconds\": %.6f}\n", nomen_clock_now() - start);
done:
    return status;
}

static void print_milliseconds(const double *milliseconds, size_t n) {
    printf("{\"milliseconds\": [");
    for (size_t i = 0; i < n; i++) { printf("%s%.4f", i > 0 ? ", " : "", milliseconds[i]); }
    printf("]");
}

static nomen_status run_single(engine *e, nomen_error *err) {
    nomen_status status;
    for (size_t i = 0; i < e->n; i++) {
        double start = nomen_clock_now();
        NOMEN_TRY(nomen_predictor_run(&e->predictor, &e->each[i], e->logits, err));
        e->milliseconds[i] = 1e3 * (nomen_clock_now() - start);
    }
    print_milliseconds(e->milliseconds, e->n);
    printf("}\n");
done:
    return status;
}

/* Ticks of all processors that the hypervisor gave to others: the eighth figure of the first line of /proc/stat. */
static unsigned long long stolen(int stat_file) {
    char line[512] = "";
    unsigned long long ticks = 0;
    if (pread(stat_file, line, sizeof line - 1, 0) <= 0) { return 0; }
    return sscanf(line, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks) == 1 ? ticks : 0;
}

static nomen_status run_repeat(engine *e, size_t times, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    double *kept = NULL;
    size_t n_kept = 0;
    const int stat_file = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    if (stat_file < 0) { return nomen_error_set(err, NOMEN_ERROR_IO, "/proc/stat can't be read"); }
    NOMEN_TRY(NOMEN_NEW(kept, times, err));
    for (size_t i = 0; i < times; i++) {
        const unsigned long long before = stolen(stat_file);
        double start = nomen_clock_now();
        NOMEN_TRY(nomen_predictor_run(&e->predictor, &e->each[0], e->logits, err));
        const double milliseconds = 1e3 * (nomen_clock_now() - start);
        if (stolen(stat_file) == before) { kept[n_kept++] = milliseconds; }
    }
    print_milliseconds(kept, n_kept);
    printf(", \"left_out\": %zu}\n", times - n_kept);
done:
    nomen_mem_free(kept);
    close(stat_file);
    return status;
}

/* A stretch of texts, into an encoding that the thread keeps. */
typedef struct tokenizing {
    const engine *e;
    nomen_encoding encodings[NOMEN_MAX_THREADS];
    nomen_error errors[NOMEN_MAX_THREADS];
} tokenizing;

static void tokenize_texts(void *context, size_t first, size_t end) {
    tokenizing *t = context;
    const size_t me = nomen_team_member();
    for (size_t i = first; i < end; i++) {
        const nomen_text *l = &t->e->lines[i % t->e->n];
        nomen_tokenizer_encode(t->e->model->tokenizer, l->text, l->n_bytes, &t->encodings[me], &t->errors[me]);
    }
}

/* All texts `times` times; a thread takes texts by turns. */
static nomen_status run_tokenize(const engine *e, size_t times, size_t n_threads, nomen_error *err) {
    static tokenizing t;
    double start = nomen_clock_now();
    t.e = e;
    nomen_team_run(e->n * times, 64, n_threads, tokenize_texts, &t);
    printf("{\"seconds\": %.6f}\n", nomen_clock_now() - start);
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < NOMEN_MAX_THREADS; i++) {
        nomen_encoding_clear(&t.encodings[i]);
        if (t.errors[i].message[0] != '\0') { status = nomen_error_set(err, NOMEN_ERROR_DATA, "%s", t.errors[i].message); }
    }
    return status;
}

static nomen_status write_ids(const engine *e, const char *path, nomen_error *err) {
    nomen_buffer out = {0};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < e->n; i++) {
        int32_t n = (int32_t)nomen_examples_n_pieces(&e->all, i);
        NOMEN_TRY(nomen_buffer_append(&out, (const char *)&n, sizeof n, err));
        NOMEN_TRY(
            nomen_buffer_append(&out, (const char *)(e->all.ids + e->all.piece_start[i]), (size_t)n * sizeof *e->all.ids, err));
    }
    NOMEN_TRY(nomen_file_write(path, out.data, out.size, err));
    printf("{\"texts\": %zu}\n", e->n);
done:
    nomen_buffer_clear(&out);
    return status;
}

static nomen_status write_logits(engine *e, const char *path, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_predictor_run(&e->predictor, &e->all, e->logits, err));
    NOMEN_TRY(nomen_file_write(path, e->logits, e->n_pieces * e->model->labels.n * sizeof *e->logits, err));
    printf("{\"pieces\": %zu}\n", e->n_pieces);
done:
    return status;
}

static nomen_status obey(engine *e, char *command, nomen_error *err) {
    const char *word = strtok(command, " \n"), *first = strtok(NULL, " \n"), *second = strtok(NULL, " \n");
    if (word == NULL) { return NOMEN_OK; }
    if (strcmp(word, "batch") == 0) { return run_batch(e, err); }
    if (strcmp(word, "single") == 0) { return run_single(e, err); }
    if (strcmp(word, "repeat") == 0 && first != NULL) { return run_repeat(e, strtoul(first, NULL, 10), err); }
    if (strcmp(word, "level1") == 0) { return printf("{\"gops\": %.3f}\n", bench_level1_rate() * 1e-9), NOMEN_OK; }
    if (strcmp(word, "ids") == 0 && first != NULL) { return write_ids(e, first, err); }
    if (strcmp(word, "logits") == 0 && first != NULL) { return write_logits(e, first, err); }
    if (strcmp(word, "tokenize") == 0 && second != NULL) {
        return run_tokenize(e, strtoul(first, NULL, 10), strtoul(second, NULL, 10), err);
    }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown command \"%s\"", word);
}

static int usage(void) {
    fputs("usage: bench_engine MODEL TEXTS [--threads N] [--int8], or bench_engine --about\n", stderr);
    return 2;
}

static int about(void) {
    printf("{\"isa\": \"%s\", \"int8_isa\": \"%s\", \"threads\": %d}\n", nomen_math_isa(), nomen_math_int8_isa(),
           nomen_get_threads());
    return 0;
}

int main(int argc, char **argv) {
    engine e = {.options = {.size = sizeof e.options}};
    nomen_error err = {0};
    char command[4096];
    if (argc == 2 && strcmp(argv[1], "--about") == 0) { return about(); }
    if (argc < 3) { return usage(); }
    e.directory = argv[1];
    e.file = argv[2];
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            nomen_set_threads((int)strtoul(argv[++i], NULL, 10));
        } else if (strcmp(argv[i], "--int8") == 0) {
            e.options.int8 = true;
        } else {
            return usage();
        }
    }
    nomen_status status = prepare(&e, &err);
    if (status == NOMEN_OK) {
        printf("{\"texts\": %zu, \"pieces\": %zu, \"threads\": %d}\n", e.n, e.n_pieces, nomen_get_threads());
        fflush(stdout);
    }
    while (status == NOMEN_OK && fgets(command, sizeof command, stdin) != NULL) {
        status = obey(&e, command, &err);
        fflush(stdout);
    }
    if (status != NOMEN_OK) { fprintf(stderr, "bench_engine: %s\n", err.message); }
    nomen_model_release(e.model); /* the rest ends with the process */
    return status == NOMEN_OK ? 0 : 1;
}
