/*
 * Optimisers and schedules on numbers of the caller's, for the comparison with torch, transformers and lion-pytorch:
 *
 *   rates STEPS [NAME VALUE]...                   prints the rate of each step, a line each
 *   plateau N max|min [NAME VALUE]...             reads N metrics, prints the rate after each
 *   update STEPS ROWS WIDTH REST [NAME VALUE]...  reads floats: ROWS x WIDTH words and REST elements without decay, then as many
 *                                                 gradients a step; writes the values after each step
 *   elementary                                    reads pairs x y, prints the cosine of x and |x| to the power |y|
 *
 * NAME VALUE are hyper-parameters. A row of words whose gradients are all zero counts as one without a gradient.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/mem.h"
#include "train/optim/optimizer.h"
#include "train/optim/schedule.h"

static int stop(const char *message) {
    fprintf(stderr, "%s\n", message);
    exit(1);
}

static nomen_train_options options_of(int argc, char **argv, int first) {
    nomen_train_options o;
    nomen_error err = {0};
    nomen_train_init(&o, sizeof o);
    for (int i = first; i + 1 < argc; i += 2) {
        if (nomen_train_set(&o, argv[i], argv[i + 1], &err) != NOMEN_OK) { stop(err.message); }
    }
    return o;
}

static void start(const nomen_train_options *o, size_t n_steps, nomen_lr_schedule *schedule, nomen_plateau *plateau) {
    nomen_error err = {0};
    if (nomen_lr_schedule_create(o, n_steps, schedule, plateau, &err) != NOMEN_OK) { stop(err.message); }
}

static void print_rates(size_t n_steps, const nomen_train_options *o) {
    nomen_lr_schedule schedule;
    nomen_plateau plateau;
    start(o, n_steps, &schedule, &plateau);
    for (size_t step = 0; step < n_steps; step++) { printf("%.17g\n", nomen_lr_schedule_rate(&schedule, &plateau, step)); }
}

static void print_plateau(size_t n, bool higher, const nomen_train_options *o) {
    nomen_lr_schedule schedule;
    nomen_plateau plateau;
    double metric;
    start(o, n, &schedule, &plateau);
    for (size_t i = 0; i < n && scanf("%lf", &metric) == 1; i++) {
        nomen_lr_schedule_on_evaluation(&schedule, &plateau, metric, higher);
        printf("%.17g\n", nomen_lr_schedule_rate(&schedule, &plateau, i));
    }
}

static void read_floats(float *x, size_t n) {
    if (fread(x, sizeof *x, n, stdin) != n) { stop("too few numbers"); }
}

/* Marks rows that have a gradient, as a step of training does, and hides the gradients that may not be read. */
static void mark(nomen_row_marks *rows, float *gradients) {
    for (size_t r = 0; r < rows->n_rows; r++) {
        bool used = false;
        for (size_t e = 0; e < rows->width; e++) { used |= gradients[r * rows->width + e] != 0; }
        rows->marks[r] = (uint8_t)((rows->marks[r] != 0 ? NOMEN_ROW_EARLIER : 0) | (used ? NOMEN_ROW_NOW : 0));
        for (size_t e = 0; rows->marks[r] == 0 && e < rows->width; e++) { gradients[r * rows->width + e] = NAN; }
    }
}

static void print_updates(size_t n_steps, size_t n_rows, size_t width, size_t rest, const nomen_train_options *o) {
    const size_t n = n_rows * width + rest;
    nomen_param tensors[2] = {
        {.name = "words", .n_dims = 2, .shape = {n_rows, width}, .size = n_rows * width},
        {.name = "rest", .n_dims = 1, .shape = {rest}, .size = rest, .offset = n_rows * width},
    };
    for (int i = 0; i < 2; i++) {
        tensors[i].trainable = true;
        tensors[i].lr_scale = 1;
        tensors[i].decay = i == 0;
    }
    const nomen_param_table table = {.rows = tensors, .n_rows = 2, .n_elements = n};
    nomen_row_marks rows = {.n_rows = n_rows, .width = width};
    nomen_optimizer_state state = {0};
    nomen_lr_schedule schedule;
    nomen_plateau plateau;
    float *values = NULL, *gradients = NULL;
    nomen_error err = {0};
    start(o, n_steps, &schedule, &plateau);
    if (NOMEN_NEW(rows.marks, n_rows, &err) != NOMEN_OK || NOMEN_NEW_ALIGNED(values, n, &err) != NOMEN_OK ||
        NOMEN_NEW_ALIGNED(gradients, n, &err) != NOMEN_OK || nomen_optimizer_create(o, &table, &state, &err) != NOMEN_OK) {
        stop(err.message);
    }
    read_floats(values, n);
    for (size_t step = 0; step < n_steps; step++) {
        read_floats(gradients, n);
        mark(&rows, gradients);
        nomen_optimizer_step(&state, values, gradients, &rows, nomen_lr_schedule_rate(&schedule, &plateau, step));
        fwrite(values, sizeof *values, n, stdout);
    }
    nomen_optimizer_clear(&state);
    nomen_mem_free(rows.marks);
    nomen_mem_free(values);
    nomen_mem_free(gradients);
}

static void print_elementary(void) {
    double x, y;
    while (scanf("%lf %lf", &x, &y) == 2) { printf("%a %a\n", nomen_cos(x), nomen_pow(fabs(x), fabs(y))); }
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    size_t sizes[4] = {0};
    for (int i = 0; i < 4 && i + 2 < argc; i++) { sizes[i] = (size_t)strtoumax(argv[i + 2], NULL, 10); }
    nomen_train_options o;
    if (strcmp(what, "rates") == 0 && argc > 2) {
        o = options_of(argc, argv, 3);
        print_rates(sizes[0], &o);
    } else if (strcmp(what, "plateau") == 0 && argc > 3) {
        o = options_of(argc, argv, 4);
        print_plateau(sizes[0], strcmp(argv[3], "max") == 0, &o);
    } else if (strcmp(what, "update") == 0 && argc > 5) {
        o = options_of(argc, argv, 6);
        print_updates(sizes[0], sizes[1], sizes[2], sizes[3], &o);
    } else if (strcmp(what, "elementary") == 0) {
        print_elementary();
    } else {
        stop("usage: see the head of optimizer_driver.c");
    }
    return 0;
}
