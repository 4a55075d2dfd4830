/* What a run has said of itself as curves by step. */
#include "base/mem.h"
#include "train/record/chart.h"
#include "train/record/report_page.h"

/* The columns of a history: what a chart draws. */
typedef struct columns {
    double *step, *loss, *rate, *norm;  /* (n_log) */
    double *eval_step, *eval_loss, *f1; /* (n_evaluations) */
    double *block;
} columns;

static nomen_status make_columns(const nomen_history *h, columns *c, nomen_error *err) {
    size_t n = h->n_log, m = h->n_evaluations;
    nomen_status status = NOMEN_NEW(c->block, 4 * n + 3 * m, err);
    if (status != NOMEN_OK) { return status; }
    c->step = c->block;
    c->loss = c->step + n;
    c->rate = c->loss + n;
    c->norm = c->rate + n;
    c->eval_step = c->norm + n;
    c->eval_loss = c->eval_step + m;
    c->f1 = c->eval_loss + m;
    for (size_t i = 0; i < n; i++) {
        c->step[i] = (double)h->log[i].step;
        c->loss[i] = h->log[i].loss;
        c->rate[i] = h->log[i].learning_rate;
        c->norm[i] = nomen_log_norm(&h->log[i]);
    }
    for (size_t i = 0; i < m; i++) {
        c->eval_step[i] = (double)h->evaluations[i].step;
        c->eval_loss[i] = h->evaluations[i].dev_loss;
        c->f1[i] = h->evaluations[i].dev_f1;
    }
    return NOMEN_OK;
}

nomen_status nomen_page_curves(const nomen_run_report *r, nomen_buffer *out, nomen_error *err) {
    const nomen_history *h = &r->history;
    columns c = {0};
    nomen_status status;
    NOMEN_TRY(make_columns(h, &c, err));
    const nomen_curve train = {"training", c.step, c.loss, h->n_log}, dev = {"dev", c.eval_step, c.eval_loss, h->n_evaluations};
    const double end = (double)r->n_steps;
    const nomen_chart charts[] = {
        {"Loss", "nats a labelled subword token", end, true, {train, dev}, 2},
        {"F1", "of entities, dev part", end, false, {{"dev", c.eval_step, c.f1, h->n_evaluations}}, 1},
        {"Learning rate", "of the last step of each entry", end, true, {{"rate", c.step, c.rate, h->n_log}}, 1},
        {"Gradient norm", "before clipping", end, true, {{"norm", c.step, c.norm, h->n_log}}, 1},
    };
    NOMEN_TRY(nomen_buffer_append_text(out, "<h2>Curves</h2>\n<div class=\"charts\">\n", err));
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++) { NOMEN_TRY(nomen_chart_append(&charts[i], out, err)); }
    status = nomen_buffer_printf(
        out, err,
        "</div>\n<p class=\"muted\">Steps from one entry to the next: %zu%s; an epoch has %zu. Values are shown where "
        "the pointer rests on a point.</p>\n",
        r->options->logging_steps, h->n_log > 1 ? "" : " (the run has no more; a smaller logging-steps shows its course)",
        r->result->steps_per_epoch);
done:
    nomen_mem_free(c.block);
    return status;
}
