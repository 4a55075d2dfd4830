/* nomen bench: how fast each stage runs here, beside what the machine can do. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "cli/cli.h"
#include "math/ops.h"
#include "nomen/runtime.h"
#include "nomen/version.h"
#include "speed/speed.h"

enum { KEY_LENGTHS = 0x100, KEY_SECONDS, KEY_INPUT, KEY_INT8 };

typedef struct bench_command {
    nomen_common common;
    nomen_speed_options speed;
    bool began; /* printing */
} bench_command;

/* "27,128,512" */
static void parse_lengths(struct argp_state *state, const char *text, nomen_speed_options *o) {
    o->n_lengths = 0;
    for (const char *at = text; at != NULL;) {
        char one[16] = "";
        const char *comma = strchr(at, ',');
        size_t n = comma != NULL ? (size_t)(comma - at) : strlen(at);
        if (o->n_lengths == NOMEN_SPEED_MAX_LENGTHS) {
            argp_error(state, "--lengths: \"%s\" has more than %d lengths", text, NOMEN_SPEED_MAX_LENGTHS);
        }
        memcpy(one, at, n < sizeof one ? n : sizeof one - 1);
        o->lengths[o->n_lengths++] = nomen_cli_count(state, "--lengths", one, 3, 1u << 20);
        at = comma != NULL ? comma + 1 : NULL;
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    bench_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &c->common;
        c->speed.seconds = 1;
        parse_lengths(state, "27,128,512", &c->speed);
        return 0;
    case 'm': c->speed.model = text; return 0;
    case KEY_INPUT: c->speed.input = text; return 0;
    case KEY_INT8: c->speed.int8 = true; return 0;
    case KEY_LENGTHS: parse_lengths(state, text, &c->speed); return 0;
    case KEY_SECONDS:
        if (!nomen_number_parse(text, &c->speed.seconds) || !(c->speed.seconds >= 0 && c->speed.seconds <= 3600)) {
            argp_error(state, "--seconds: \"%s\" is not a number from 0 to 3600", text);
        }
        return 0;
    case ARGP_KEY_ARG: argp_error(state, "no operands are expected, but \"%s\" was given", text); return 0;
    case ARGP_KEY_END:
        if (c->speed.model == NULL) { argp_error(state, "--model DIR is required"); }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0, "model directory; one without a head gets a fresh one", 1},
    {"lengths", KEY_LENGTHS, "N,N...", 0,
     "lengths to measure besides the sentences, in subword tokens with special tokens (default: 27,128,512)", 1},
    {"seconds", KEY_SECONDS, "S", 0, "seconds to measure each line, with at least three runs (default: 1)", 1},
    {"int8", KEY_INT8, NULL, 0, "dense layers in int8; measures tokenising and forward passes, no training", 1},
    {"input", KEY_INPUT, "FILE", 0, "sentences, one per line; the first 1024 are used (default: made up)", 1},
    {0},
};

static void print_head(const nomen_speed_options *o) {
    printf("%s: %s, %d threads; milliseconds per run\n\n", o->model, nomen_math_isa(), nomen_get_threads());
    printf("%-14s %9s %6s %10s %10s %10s %10s %10s %15s %9s\n", "stage", "length", "runs", "fastest", "median", "p99", "texts/s",
           "tokens/s", "rate", "of peak");
}

static void print_row(void *user, const nomen_speed_row *row) {
    bench_command *c = user;
    if (!c->began) { print_head(&c->speed); }
    c->began = true;
    char length[24] = "sentences", limit[24] = "", share[16] = "";
    if (row->length > 0) { snprintf(length, sizeof length, "%zu", row->length); }
    if (row->flops > 0) {
        snprintf(limit, sizeof limit, "%.1f GFLOP/s", row->flops / row->seconds * 1e-9);
    } else if (row->bytes > 0) {
        snprintf(limit, sizeof limit, "%.1f GB/s", row->bytes / row->seconds * 1e-9);
    } else {
        snprintf(limit, sizeof limit, "%.1f MB/s", row->text_bytes / row->seconds * 1e-6);
    }
    if (row->peak > 0) { snprintf(share, sizeof share, "%.1f %%", 100 * nomen_speed_share(row)); }
    printf("%-14s %9s %6zu %10.3f %10.3f %10.3f %10.1f %10.0f %15s %9s\n", nomen_speed_stage_name(row->stage), length,
           row->n_runs, row->fastest * 1e3, row->p50 * 1e3, row->p99 * 1e3, row->texts / row->seconds, row->tokens / row->seconds,
           limit, share);
    fflush(stdout); /* a line as it is there: the whole takes a minute */
}

static void print_foot(const nomen_speed_result *r) {
    if (r->int8) {
        printf("\npeak: %.1f GOP/s int8 (%s)\n", r->flops * 1e-9, nomen_math_int8_isa());
        return;
    }
    printf("\npeak: %.1f GFLOP/s fp32; memory at the model's size: %.1f GB/s\n", r->flops * 1e-9, r->bytes * 1e-9);
}

/* One stage's object; new reference, or NULL. Keys that say nothing of a stage are left out. */
static json_t *describe_row(const nomen_speed_row *row) {
    json_t *o = json_pack("{s:s, s:o, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "stage", nomen_speed_stage_name(row->stage),
                          "length", row->length > 0 ? json_integer((json_int_t)row->length) : json_null(), "runs",
                          (json_int_t)row->n_runs, "texts", row->texts, "tokens", row->tokens, "seconds", row->seconds,
                          "seconds_fastest", row->fastest, "seconds_p50", row->p50, "seconds_p99", row->p99, "texts_per_second",
                          row->texts / row->seconds, "tokens_per_second", row->tokens / row->seconds);
    int failed = o == NULL;
    if (row->flops > 0) {
        failed |= json_object_set_new(o, "gflops", json_real(row->flops / row->seconds * 1e-9));
        failed |= json_object_set_new(o, "peak_gflops", json_real(row->peak * 1e-9));
    }
    if (row->bytes > 0) {
        failed |= json_object_set_new(o, "gigabytes_per_second", json_real(row->bytes / row->seconds * 1e-9));
        failed |= json_object_set_new(o, "peak_gigabytes_per_second", json_real(row->peak * 1e-9));
    }
    if (row->text_bytes > 0) {
        failed |= json_object_set_new(o, "megabytes_per_second", json_real(row->text_bytes / row->seconds * 1e-6));
    }
    if (row->peak > 0) { failed |= json_object_set_new(o, "share_of_peak", json_real(nomen_speed_share(row))); }
    if (!failed) { return o; }
    json_decref(o);
    return NULL;
}

static nomen_status print_json(const nomen_speed_options *o, const nomen_speed_result *r, nomen_error *err) {
    nomen_buffer text = {0};
    json_t *stages = json_array();
    json_t *all = json_pack("{s:s, s:o, s:s, s:s, s:i, s:f, s:f, s:O}", "nomen_version", nomen_version(), "model",
                            nomen_json_text(o->model), "isa", r->int8 ? nomen_math_int8_isa() : nomen_math_isa(), "precision",
                            r->int8 ? "int8" : "fp32", "threads", nomen_get_threads(), "peak_gflops", r->flops * 1e-9,
                            "peak_gigabytes_per_second", r->bytes * 1e-9, "stages", stages);
    int failed = all == NULL;
    for (size_t i = 0; i < r->n_rows && !failed; i++) { failed |= json_array_append_new(stages, describe_row(&r->rows[i])); }
    nomen_status status;
    if (failed) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(nomen_json_append(all, true, &text, err));
    NOMEN_TRY(nomen_buffer_append_byte(&text, '\n', err));
    NOMEN_TRY(nomen_cli_write(&text, err));
done:
    json_decref(all);
    json_decref(stages);
    nomen_buffer_clear(&text);
    return status;
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
    bench_command c = {0};
    nomen_error err = {0};
    nomen_speed_result result = {0};
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    c.speed.tokenizer = &c.common.tokenizer;
    nomen_cli_catch_interrupt();
    nomen_status status;
    NOMEN_TRY(nomen_speed_measure(&c.speed, c.common.json ? NULL : print_row, &c, &result, &err));
    if (c.common.json) {
        NOMEN_TRY(print_json(&c.speed, &result, &err));
    } else {
        print_foot(&result);
    }
done:
    nomen_speed_result_clear(&result);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}
