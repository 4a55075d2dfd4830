/* Runs to rows: how often a stage is run, the peak between its runs, the work of a forward. */
#include "speed/bench.h"

#include "base/call.h"
#include "base/mem.h"

enum { LEAST_RUNS = 3, PEAK_LOOPS = 8, MOST_TRIED = 5 /* passes for each that must count */ };

/* Of a pass, in seconds: several times what the peak takes, or measuring would be all that is done. */
static const double LEAST_PASS = 0.04;

nomen_status nomen_speed_add_row(nomen_speed_bench *b, nomen_speed_samples *samples, nomen_speed_row row, nomen_error *err) {
    nomen_speed_result *r = b->result;
    nomen_speed_summarize(samples, row.stage != NOMEN_SPEED_ALONE || row.length > 0, &row);
    if (samples->peak > r->flops) { r->flops = samples->peak; }
    nomen_status status = NOMEN_RESERVE(r->rows, r->capacity, r->n_rows + 1, err);
    if (status != NOMEN_OK) { return status; }
    r->rows[r->n_rows++] = row;
    if (b->report != NULL) { b->report(b->user, &row); }
    return nomen_call_check(err);
}

void nomen_speed_begin(nomen_speed_bench *b) {
    nomen_speed_reset(&b->samples);
    for (size_t i = 0; i < sizeof b->parts / sizeof *b->parts; i++) { nomen_speed_reset(&b->parts[i]); }
    b->flops = nomen_speed_flops(b->kind, PEAK_LOOPS);
    b->began = nomen_clock_now();
}

static void end_pass(nomen_speed_bench *b) {
    const double before = b->flops;
    b->flops = nomen_speed_flops(b->kind, PEAK_LOOPS);
    nomen_speed_end_pass(&b->samples, before, b->flops);
    for (size_t i = 0; i < sizeof b->parts / sizeof *b->parts; i++) { nomen_speed_end_pass(&b->parts[i], before, b->flops); }
}

/* Whether the stage has a share of the peak, and too few passes that count for it. */
static bool needs_passes(const nomen_speed_bench *b) {
    const nomen_speed_samples *s = &b->samples;
    const bool has_share = s->n_passes > 0 || s->pass_flops > 0;
    return has_share && s->n_kept < b->passes && s->n_passes < MOST_TRIED * b->passes;
}

bool nomen_speed_is_due(nomen_speed_bench *b) {
    const nomen_speed_samples *s = &b->samples;
    if (s->pass_flops > 0 && s->pass_seconds >= LEAST_PASS) { end_pass(b); }
    const bool more = nomen_clock_now() - b->began < b->seconds || needs_passes(b);
    const bool due = s->n < LEAST_RUNS || (s->n < NOMEN_SPEED_MAX_RUNS && more && !nomen_call_is_stopped());
    if (s->pass_flops > 0 && !due) { end_pass(b); }
    return due;
}

/* Adds to row->flops a forward over a sequence of n pieces: dense layers and head, and attention's two products. */
void nomen_speed_add_forward(nomen_speed_row *row, const nomen_config *c, size_t n_pieces) {
    double n = (double)n_pieces, h = (double)c->hidden_size, f = (double)c->intermediate_size;
    double layer = n * (4 * h * h + 2 * h * f) + 2 * n * n * h;
    row->flops += 2 * ((double)c->num_hidden_layers * layer + n * h * (double)c->n_labels);
    row->tokens += n;
}
