/* A sweep as a page: the table, and for each hyper-parameter a plot of the trials' scores over its values. */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "html/html.h"
#include "nomen/version.h"
#include "sweep/report.h"

static const char style[] =
    "main{max-width:64rem}"
    ".wide{overflow-x:auto}table{width:100%}"
    ".plots{display:flex;flex-wrap:wrap;gap:1rem}"
    "figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .8rem}"
    "figcaption{font-size:.9rem}"
    "svg{display:block;width:min(27rem,80vw);height:auto}"
    "svg text{fill:var(--muted);font-size:12px}"
    ".axis{stroke:var(--line)}.dot{fill:var(--accent);fill-opacity:.6}.bar{stroke:var(--accent);stroke-opacity:.5}"
    ".muted{color:var(--muted)}tr.first td{font-weight:600}";

/* The plot's box in user units. */
enum { WIDTH = 420, HEIGHT = 220, LEFT = 48, RIGHT = 12, TOP = 10, BOTTOM = 30 };

typedef struct page {
    const nomen_sweep_report *report;
    nomen_buffer *out;
    nomen_error *err;
    double low, high; /* of the scores */
} page;

static nomen_status append(const page *p, const char *html) {
    return nomen_buffer_append_text(p->out, html, p->err);
}

static nomen_status append_text(const page *p, const char *text) {
    return nomen_html_append(p->out, text, strlen(text), NOMEN_HTML_TEXT, p->err);
}

/* ---- the table ---- */

static nomen_status write_trial(const page *p, size_t t) {
    const nomen_sweep_trial *trial = &p->report->trials[t];
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "<tr%s><td class=\"n\">%zu</td>", t == 0 ? " class=\"first\"" : "", t + 1));
    for (size_t i = 0; i < p->report->n_names; i++) {
        NOMEN_TRY(append(p, "<td>"));
        NOMEN_TRY(append_text(p, trial->values[i]));
        NOMEN_TRY(append(p, "</td>"));
    }
    if (isnan(trial->f1)) {
        NOMEN_TRY(append(p, "<td colspan=\"6\">"));
        NOMEN_TRY(append_text(p, trial->problem != NULL ? trial->problem : "no score"));
        NOMEN_FAIL(append(p, "</td></tr>\n"));
    }
    NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "<td class=\"n\">%.4f</td><td class=\"n\">", trial->f1));
    if (!isnan(trial->f1_deviation)) { NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "%.4f", trial->f1_deviation)); }
    NOMEN_TRY(nomen_buffer_printf(p->out, p->err,
                                  "</td><td class=\"n\">%.4f</td><td class=\"n\">%.4f</td><td class=\"n\">%.4f</td>"
                                  "<td class=\"n\">%.1f",
                                  trial->pooled.precision, trial->pooled.recall, trial->loss, trial->seconds));
    if (trial->n_failed > 0) {
        NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "; %zu of %zu runs failed: ", trial->n_failed, trial->n_runs));
        NOMEN_TRY(append_text(p, trial->problem != NULL ? trial->problem : "no score"));
    }
    status = append(p, "</td></tr>\n");
done:
    return status;
}

static nomen_status write_table(const page *p) {
    nomen_status status;
    NOMEN_TRY(append(p, "<h2>Trials</h2><div class=\"wide\"><table><tr><th class=\"n\">rank</th>"));
    for (size_t i = 0; i < p->report->n_names; i++) {
        NOMEN_TRY(append(p, "<th>"));
        NOMEN_TRY(append_text(p, p->report->names[i]));
        NOMEN_TRY(append(p, "</th>"));
    }
    NOMEN_TRY(append(p, "<th class=\"n\">F1</th><th class=\"n\">sd</th><th class=\"n\">precision</th><th class=\"n\">recall</th>"
                        "<th class=\"n\">loss</th><th class=\"n\">seconds</th></tr>\n"));
    for (size_t t = 0; t < p->report->n_trials; t++) { NOMEN_TRY(write_trial(p, t)); }
    status = append(p, "</table></div>\n");
done:
    return status;
}

/* ---- the plots ---- */

/* Where the values of a hyper-parameter stand: numbers by their size, or logarithm where they span more than 20 times; texts in
 * the order of their first appearance. */
typedef struct scale {
    bool numeric, logarithmic;
    double low, high;
    size_t n_texts;
} scale;

/* The number of the value among the different ones. */
static size_t text_place(const nomen_sweep_report *r, size_t column, size_t trial) {
    size_t place = 0;
    for (size_t t = 0; t < r->n_trials; t++) {
        bool first = true;
        for (size_t u = 0; u < t && first; u++) { first = strcmp(r->trials[u].values[column], r->trials[t].values[column]) != 0; }
        if (!first) { continue; }
        if (strcmp(r->trials[t].values[column], r->trials[trial].values[column]) == 0) { break; }
        place++;
    }
    return place;
}

static scale find_scale(const nomen_sweep_report *r, size_t column) {
    scale s = {.numeric = true, .low = INFINITY, .high = -INFINITY};
    for (size_t t = 0; t < r->n_trials; t++) {
        double number;
        if (!nomen_number_parse(r->trials[t].values[column], &number)) { s.numeric = false; }
        if (!s.numeric) { break; }
        s.low = fmin(s.low, number);
        s.high = fmax(s.high, number);
    }
    for (size_t t = 0; t < r->n_trials && !s.numeric; t++) {
        size_t place = text_place(r, column, t);
        s.n_texts = place + 1 > s.n_texts ? place + 1 : s.n_texts;
    }
    if (s.numeric) { s.logarithmic = s.low > 0 && s.high / s.low > 20; }
    return s;
}

static double x_of(const page *p, const scale *s, size_t column, size_t trial) {
    double share = 0.5, number = 0;
    if (!s->numeric) {
        share = ((double)text_place(p->report, column, trial) + 0.5) / (double)s->n_texts;
    } else if (s->high > s->low) {
        nomen_number_parse(p->report->trials[trial].values[column], &number);
        share = s->logarithmic ? log(number / s->low) / log(s->high / s->low) : (number - s->low) / (s->high - s->low);
        share = 0.04 + 0.92 * share; /* dots at the ends lie inside */
    }
    return (double)LEFT + share * (WIDTH - LEFT - RIGHT);
}

static double y_of(const page *p, double f1) {
    return (double)TOP + (p->high - f1) / (p->high - p->low) * (HEIGHT - TOP - BOTTOM);
}

static nomen_status write_axes(const page *p) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "<path class=\"axis\" fill=\"none\" d=\"M%d %dV%dH%d\"/>", LEFT, TOP,
                                  HEIGHT - BOTTOM, WIDTH - RIGHT));
    for (int i = 0; i <= 2; i++) {
        double f1 = p->low + (p->high - p->low) * i / 2;
        NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3f</text>", LEFT - 6,
                                      y_of(p, f1) + 4, f1));
    }
done:
    return status;
}

/* A value's name under the axis: of the ends for numbers, of each for texts. */
static nomen_status write_labels(const page *p, const scale *s, size_t column) {
    const nomen_sweep_report *r = p->report;
    nomen_status status = NOMEN_OK;
    for (size_t t = 0; t < r->n_trials; t++) {
        double number = 0;
        bool shown =
            !s->numeric || (nomen_number_parse(r->trials[t].values[column], &number) && (number <= s->low || number >= s->high));
        for (size_t u = 0; u < t && shown; u++) { shown = strcmp(r->trials[u].values[column], r->trials[t].values[column]) != 0; }
        if (!shown) { continue; }
        NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", x_of(p, s, column, t),
                                      HEIGHT - BOTTOM + 18));
        NOMEN_TRY(append_text(p, r->trials[t].values[column]));
        NOMEN_TRY(append(p, "</text>"));
    }
done:
    return status;
}

static nomen_status write_dots(const page *p, const scale *s, size_t column) {
    const nomen_sweep_report *r = p->report;
    nomen_status status = NOMEN_OK;
    for (size_t t = 0; t < r->n_trials; t++) {
        const nomen_sweep_trial *trial = &r->trials[t];
        double x = x_of(p, s, column, t);
        if (isnan(trial->f1)) { continue; }
        if (!isnan(trial->f1_deviation)) {
            NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "<path class=\"bar\" d=\"M%.1f %.1fV%.1f\"/>", x,
                                          y_of(p, fmin(trial->f1 + trial->f1_deviation, p->high)),
                                          y_of(p, fmax(trial->f1 - trial->f1_deviation, p->low))));
        }
        NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"><title>rank %zu, ",
                                      x, y_of(p, trial->f1), t + 1));
        NOMEN_TRY(append_text(p, trial->values[column]));
        NOMEN_TRY(nomen_buffer_printf(p->out, p->err, ": F1 %.4f</title></circle>", trial->f1));
    }
done:
    return status;
}

static nomen_status write_plot(const page *p, size_t column) {
    scale s = find_scale(p->report, column);
    nomen_status status;
    NOMEN_TRY(append(p, "<figure><figcaption>F1 by "));
    NOMEN_TRY(append_text(p, p->report->names[column]));
    NOMEN_TRY(append(p, s.logarithmic ? " (logarithmic)</figcaption>" : "</figcaption>"));
    NOMEN_TRY(nomen_buffer_printf(p->out, p->err, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"F1 of the trials by ",
                                  WIDTH, HEIGHT));
    NOMEN_TRY(
        nomen_html_append(p->out, p->report->names[column], strlen(p->report->names[column]), NOMEN_HTML_ATTRIBUTE, p->err));
    NOMEN_TRY(append(p, "\">"));
    NOMEN_TRY(write_axes(p));
    NOMEN_TRY(write_labels(p, &s, column));
    NOMEN_TRY(write_dots(p, &s, column));
    status = append(p, "</svg></figure>\n");
done:
    return status;
}

/* The range of the scores, a little wider. */
static bool find_range(page *p) {
    p->low = INFINITY;
    p->high = -INFINITY;
    for (size_t t = 0; t < p->report->n_trials; t++) {
        const nomen_sweep_trial *trial = &p->report->trials[t];
        double deviation = isnan(trial->f1_deviation) ? 0 : trial->f1_deviation;
        if (isnan(trial->f1)) { continue; }
        p->low = fmin(p->low, trial->f1 - deviation);
        p->high = fmax(p->high, trial->f1 + deviation);
    }
    double margin = fmax((p->high - p->low) * 0.06, 0.002);
    bool found = p->high >= p->low;
    p->low = fmax(p->low - margin, 0);
    p->high = fmin(p->high + margin, 1);
    return found && p->high > p->low;
}

static nomen_status write_body(page *p, const nomen_train_options *base) {
    const nomen_sweep_report *r = p->report;
    nomen_status status;
    NOMEN_TRY(append(p, "<main><h1>Sweep</h1><p>Model "));
    NOMEN_TRY(append_text(p, base->model));
    NOMEN_TRY(append(p, ", training file "));
    NOMEN_TRY(append_text(p, base->train));
    NOMEN_TRY(nomen_buffer_printf(p->out, p->err, ": %zu trial%s", r->n_trials, r->n_trials == 1 ? "" : "s"));
    if (r->n_seeds > 1) { NOMEN_TRY(nomen_buffer_printf(p->out, p->err, ", each with %zu seeds", r->n_seeds)); }
    NOMEN_TRY(r->n_folds > 0 ? nomen_buffer_printf(p->out, p->err, ", each cross-validated in %zu folds.</p>\n", r->n_folds)
                             : append(p, ", scored on the dev part.</p>\n"));
    if (r->n_seeds > 1 || r->n_folds > 1) {
        NOMEN_TRY(
            append(p, "<p class=\"muted\">F1 is the mean over a trial's runs, sd their standard deviation; precision and recall "
                      "are those of all entities of all its runs together.</p>\n"));
    }
    if (r->n_names > 0 && r->n_trials > 1 && find_range(p)) {
        NOMEN_TRY(append(p, "<div class=\"plots\">\n"));
        for (size_t i = 0; i < r->n_names; i++) { NOMEN_TRY(write_plot(p, i)); }
        NOMEN_TRY(append(p, "</div>\n"));
    }
    NOMEN_TRY(write_table(p));
    status = append(p, "<footer>nomen " NOMEN_VERSION "; best.json beside this page holds the best trial's hyper-parameters."
                       "</footer></main>");
done:
    return status;
}

nomen_status nomen_sweep_write_html(const nomen_sweep_report *report, const nomen_train_options *base, const char *directory,
                                    nomen_error *err) {
    nomen_buffer text = {0};
    page p = {.report = report, .out = &text, .err = err};
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_html_begin(&text, "Sweep", 0, style, err));
    NOMEN_TRY(write_body(&p, base));
    NOMEN_TRY(nomen_html_end(&text, err));
    NOMEN_TRY(NOMEN_JOIN(path, directory, "sweep.html", err));
    status = nomen_file_write(path, text.data, text.size, err);
done:
    nomen_mem_free(path);
    nomen_buffer_clear(&text);
    return status;
}
