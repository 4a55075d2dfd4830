/* Runs to rows: how often a stage is run, the work of a forward, the peak beside it. */
#include "speed/bench.h"

#include "base/call.h"
#include "base/mem.h"

enum { LEAST_RUNS = 3 };

nomen_status nomen_speed_add_row(nomen_speed_bench *b, nomen_speed_samples *samples, nomen_speed_row row, nomen_error *err) {
    nomen_speed_result *r = b->result;
    if (row.flops > 0) {
        double after = nomen_speed_flops(b->kind);
        row.peak = after > b->flops ? after : b->flops;
        b->flops = after;
        if (row.peak > r->flops) { r->flops = row.peak; }
    }
    nomen_speed_summarize(samples, row.stage != NOMEN_SPEED_ALONE || row.length > 0, &row);
    nomen_status status = NOMEN_RESERVE(r->rows, r->capacity, r->n_rows + 1, err);
    if (status != NOMEN_OK) { return status; }
    r->rows[r->n_rows++] = row;
    if (b->report != NULL) { b->report(b->user, &row); }
    return nomen_call_check(err);
}

bool nomen_speed_is_due(const nomen_speed_bench *b, const nomen_speed_samples *samples, double started) {
    return samples->n < LEAST_RUNS || (nomen_clock_now() - started < b->seconds && !nomen_call_is_stopped());
}

/* Adds to row->flops a forward over a sequence of n pieces: dense layers and head, and attention's two products. */
void nomen_speed_add_forward(nomen_speed_row *row, const nomen_config *c, size_t n_pieces) {
    double n = (double)n_pieces, h = (double)c->hidden_size, f = (double)c->intermediate_size;
    double layer = n * (4 * h * h + 2 * h * f) + 2 * n * n * h;
    row->flops += 2 * ((double)c->num_hidden_layers * layer + n * h * (double)c->n_labels);
    row->tokens += n;
}
