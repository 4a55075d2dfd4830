/* nomen bench: how fast each stage runs here, beside what the machine can do. */
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "nomen/bench.h"
#include "nomen/runtime.h"

enum { KEY_LENGTHS = 0x100, KEY_SECONDS, KEY_INPUT, KEY_INT8, KEY_PASSES, KEY_PRECISION };

typedef struct bench_command {
    nomen_common common;
    nomen_bench_options bench;
    size_t lengths[NOMEN_BENCH_MAX_LENGTHS];
} bench_command;

/* "27,128,512", or "none" */
static void parse_lengths(struct argp_state *state, const char *text, bench_command *c) {
    c->bench.n_lengths = 0;
    if (strcmp(text, "none") == 0) { return; }
    for (const char *at = text; at != NULL;) {
        char one[16] = "";
        const char *comma = strchr(at, ',');
        size_t n = comma != NULL ? (size_t)(comma - at) : strlen(at);
        if (c->bench.n_lengths == NOMEN_BENCH_MAX_LENGTHS) {
            argp_error(state, "--lengths: \"%s\" has more than %d lengths", text, NOMEN_BENCH_MAX_LENGTHS);
        }
        memcpy(one, at, n < sizeof one ? n : sizeof one - 1);
        c->lengths[c->bench.n_lengths++] = nomen_cli_count(state, "--lengths", one, 3, 1u << 20);
        at = comma != NULL ? comma + 1 : NULL;
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    bench_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &c->common;
        c->bench.seconds = 1;
        c->bench.lengths = c->lengths;
        parse_lengths(state, "27,128,512", c);
        return 0;
    case 'm': c->bench.model = text; return 0;
    case KEY_INPUT: c->bench.input = text; return 0;
    case KEY_INT8: c->bench.int8 = true; return 0;
    case KEY_PRECISION: NOMEN_CLI_TRY(nomen_precision_parse(text, &c->bench.precision, &problem)); return 0;
    case KEY_LENGTHS: parse_lengths(state, text, c); return 0;
    case KEY_PASSES: c->bench.passes = nomen_cli_count(state, "--passes", text, 0, NOMEN_BENCH_MAX_PASSES); return 0;
    case KEY_SECONDS:
        if (!nomen_number_parse(text, &c->bench.seconds) || !(c->bench.seconds >= 0 && c->bench.seconds <= 3600)) {
            argp_error(state, "--seconds: \"%s\" is not a number from 0 to 3600", text);
        }
        return 0;
    case ARGP_KEY_ARG: argp_error(state, "no operands are expected, but \"%s\" was given", text); return 0;
    case ARGP_KEY_END:
        if (c->bench.model == NULL) { argp_error(state, "--model DIR is required"); }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0,
     "model directory, or the NAME of one in the hub's cache ('nomen fetch'); one without a head gets a fresh one", 1},
    {"lengths", KEY_LENGTHS, "N,N...", 0,
     "lengths to measure besides the sentences, in subword tokens with special tokens, or none (default: 27,128,512)", 1},
    {"seconds", KEY_SECONDS, "S", 0, "seconds to measure each line, with at least three runs (default: 1)", 1},
    {"passes", KEY_PASSES, "N", 0,
     "go on until so many passes count for a line's share of the peak, or five times as many were tried (default: 0)", 1},
    {"int8", KEY_INT8, NULL, 0, "dense layers in int8; measures tokenising and forward passes, no training", 1},
    {"precision", KEY_PRECISION, "NAME", 0,
     "of the dense layers' products: fp32, or bf16, faster where there is AVX512-BF16 (default: fp32)", 1},
    {"input", KEY_INPUT, "FILE", 0, "sentences, one per line; the first 1024 are used (default: made up)", 1},
    {0},
};

/* Lines as they are there: the whole takes a minute. */
static void print_lines(void *user, const char *lines) {
    (void)user;
    fputs(lines, stdout);
    fflush(stdout);
}

int nomen_cli_bench(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        options,
        parse,
        NULL,
        "Measures each stage on this machine: tokenising, the forward pass in a batch and for one text alone, and a training "
        "step with its parts, on the sentences and at fixed lengths. Each line also shows the share of the machine's peak, "
        "measured in the same run: of multiply-adds in registers, or of memory bandwidth for the optimizer. The directory is not "
        "changed.\vTokenising runs on one thread. Training steps have 32 texts, or 1024 subword tokens.",
        children,
        NULL,
        NULL};
    bench_command c = {.bench.size = sizeof c.bench};
    nomen_error err = {0};
    char *text = NULL, *found = NULL;
    size_t n_bytes = 0;
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    c.bench.tokenizer = &c.common.tokenizer;
    nomen_cli_catch_interrupt();
    nomen_status status = nomen_cli_find_model(&c.bench.model, &found, &err);
    if (status == NOMEN_OK) {
        status = c.common.json ? nomen_bench_run(&c.bench, NULL, NULL, &text, &n_bytes, &err)
                               : nomen_bench_run(&c.bench, print_lines, NULL, NULL, NULL, &err);
    }
    status = nomen_cli_write_string(status, text, n_bytes, &err);
    nomen_free(found);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}
