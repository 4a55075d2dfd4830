/* The measurement for other programs: options, a table that grows, JSON; see nomen/bench.h. */
#include "nomen/bench.h"

#include <stdarg.h>
#include <string.h>

#include "base/call.h"
#include "base/json.h"
#include "base/number.h"
#include "base/options.h"
#include "math/ops.h"
#include "nomen/runtime.h"
#include "nomen/version.h"
#include "speed/speed.h"

/* The table for people, and who reads it. */
typedef struct bench_table {
    nomen_bench_function function; /* or NULL */
    void *user;
    const char *model;
    bool began;
} bench_table;

__attribute__((format(printf, 2, 3))) static void show(const bench_table *t, const char *format, ...) {
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    nomen_number_vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (t->function != NULL) { t->function(t->user, line); }
}

static void show_head(bench_table *t) {
    show(t, "%s: %s, %d threads; milliseconds per run\n\n", t->model, nomen_math_isa(), nomen_get_threads());
    show(t, "%-14s %9s %6s %10s %10s %10s %10s %10s %15s %9s\n", "stage", "length", "runs", "fastest", "median", "p99", "texts/s",
         "tokens/s", "rate", "of peak");
    t->began = true;
}

static void show_row(void *user, const nomen_speed_row *row) {
    bench_table *t = user;
    if (!t->began) { show_head(t); }
    char length[24] = "sentences", limit[24] = "", share[16] = "";
    if (row->length > 0) { nomen_number_snprintf(length, sizeof length, "%zu", row->length); }
    if (row->flops > 0) {
        nomen_number_snprintf(limit, sizeof limit, "%.1f GFLOP/s", row->flops / row->seconds * 1e-9);
    } else if (row->bytes > 0) {
        nomen_number_snprintf(limit, sizeof limit, "%.1f GB/s", row->bytes / row->seconds * 1e-9);
    } else {
        nomen_number_snprintf(limit, sizeof limit, "%.1f MB/s", row->text_bytes / row->seconds * 1e-6);
    }
    if (row->peak > 0) { nomen_number_snprintf(share, sizeof share, "%.1f %%", 100 * nomen_speed_share(row)); }
    show(t, "%-14s %9s %6zu %10.3f %10.3f %10.3f %10.1f %10.0f %15s %9s\n", nomen_speed_stage_name(row->stage), length,
         row->n_runs, row->fastest * 1e3, row->p50 * 1e3, row->p99 * 1e3, row->texts / row->seconds, row->tokens / row->seconds,
         limit, share);
}

static const char *precision_of(const nomen_speed_result *r) {
    return r->int8 ? "int8" : r->bf16 ? "bf16" : "fp32";
}

static void show_foot(bench_table *t, const nomen_speed_result *r) {
    if (r->int8) {
        show(t, "\npeak: %.1f GOP/s int8 (%s)\n", r->flops * 1e-9, nomen_math_int8_isa());
        return;
    }
    show(t, "\npeak: %.1f GFLOP/s %s; memory at the model's size: %.1f GB/s\n", r->flops * 1e-9, precision_of(r),
         r->bytes * 1e-9);
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
        failed |= json_object_set_new(o, "share_passes", json_integer((json_int_t)row->n_kept));
        failed |= json_object_set_new(o, "share_passes_dropped", json_integer((json_int_t)row->n_dropped));
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

static nomen_status append_json(nomen_buffer *text, const char *model, const nomen_speed_result *r, nomen_error *err) {
    json_t *stages = json_array();
    json_t *all = json_pack("{s:s, s:o, s:s, s:s, s:i, s:f, s:f, s:O}", "nomen_version", nomen_version(), "model",
                            nomen_json_text(model), "isa", r->int8 ? nomen_math_int8_isa() : nomen_math_isa(), "precision",
                            precision_of(r), "threads", nomen_get_threads(), "peak_gflops", r->flops * 1e-9,
                            "peak_gigabytes_per_second", r->bytes * 1e-9, "stages", stages);
    int failed = all == NULL;
    for (size_t i = 0; i < r->n_rows && !failed; i++) { failed |= json_array_append_new(stages, describe_row(&r->rows[i])); }
    nomen_status status;
    if (failed) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(nomen_json_append(all, true, text, err));
    status = nomen_buffer_append_byte(text, '\n', err);
done:
    json_decref(all);
    json_decref(stages);
    return status;
}

static nomen_status check(const nomen_bench_options *o, nomen_error *err) {
    if (o->model == NULL) { return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "a model directory is needed"); }
    if (!(o->seconds >= 0 && o->seconds <= 3600)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "seconds is %g, expected 0 to 3600", o->seconds);
    }
    if (o->passes > NOMEN_BENCH_MAX_PASSES) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "passes is %zu, expected 0 to %d", o->passes, NOMEN_BENCH_MAX_PASSES);
    }
    if (o->lengths != NULL && o->n_lengths > NOMEN_BENCH_MAX_LENGTHS) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "there are %zu lengths, of at most %d", o->n_lengths,
                               NOMEN_BENCH_MAX_LENGTHS);
    }
    for (size_t i = 0; o->lengths != NULL && i < o->n_lengths; i++) {
        if (o->lengths[i] > 0) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "a length is 0, expected a number of subword tokens");
    }
    return NOMEN_OK;
}

nomen_status nomen_bench_run(const nomen_bench_options *options, nomen_bench_function function, void *user, char **json,
                             size_t *n_bytes, nomen_error *err) {
    static const size_t usual[] = {27, 128, 512};
    nomen_bench_options own = {0};
    nomen_call_scope scope = {0};
    nomen_speed_result result = {0};
    nomen_buffer text = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_bench_options, &own, options, err));
    NOMEN_TRY(check(&own, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    bench_table table = {.function = function, .user = user, .model = own.model};
    nomen_speed_options speed = {.model = own.model,
                                 .tokenizer = own.tokenizer,
                                 .input = own.input,
                                 .seconds = own.seconds,
                                 .int8 = own.int8,
                                 .passes = own.passes,
                                 .precision = own.precision};
    speed.n_lengths = own.lengths != NULL ? own.n_lengths : sizeof usual / sizeof *usual;
    memcpy(speed.lengths, own.lengths != NULL ? own.lengths : usual, speed.n_lengths * sizeof *usual);
    NOMEN_TRY(nomen_speed_measure(&speed, function != NULL ? show_row : NULL, &table, &result, err));
    show_foot(&table, &result);
    if (json != NULL) { NOMEN_TRY(append_json(&text, own.model, &result, err)); }
done:
    nomen_call_leave(&scope);
    nomen_speed_result_clear(&result);
    if (json == NULL) { return status; }
    return nomen_buffer_string(status, &text, json, n_bytes, err);
}
