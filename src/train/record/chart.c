/* A line chart as inline SVG. */
#include "train/record/chart.h"

#include <math.h>

/* The first curve is a blue line, the second an orange dashed one: told apart by those who see no colours, too. */
const char nomen_chart_style[] =
    ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem}\n"
    "figure{margin:0;padding:.75rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem;break-inside:avoid}\n"
    "figcaption{display:flex;flex-wrap:wrap;gap:.1rem 1rem;margin-bottom:.25rem;font-size:.9rem}\n"
    "figcaption b{font-weight:600}figcaption span{color:var(--muted)}\n"
    "figcaption svg{width:1.8rem;height:.7rem;vertical-align:baseline;margin-inline-end:.35rem}\n"
    "figure>svg{display:block;width:100%;height:auto}\n"
    "svg text{fill:var(--muted);font-size:12px}\n"
    ".grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--muted);stroke-width:1;fill:none}\n"
    ".c0,.c1{stroke:var(--edge);stroke-width:2;fill:none;stroke-linejoin:round}.c1{stroke-dasharray:6 4}\n"
    ".dot{fill:var(--edge);stroke:none}.hit{fill:transparent;stroke:none}.hit:hover{fill:var(--edge)}\n";

static const char *const COLORS[NOMEN_CHART_CURVES] = {"t0", "t9"}; /* of html.h: blue and orange */

enum { WIDTH = 400, HEIGHT = 240, LEFT = 62 /* seven digits: 0.00015 */, RIGHT = 388, TOP = 12, BOTTOM = 198, MOST_DOTS = 60 };

/* An axis: its range, and the distance of its ticks, which are its multiples. */
typedef struct axis {
    double least, most, tick;
} axis;

/* Ticks at 1, 2 or 5 times a power of ten, so that there are 3 to 6; a range of nothing is made one. */
static axis make_axis(double least, double most, bool whole) {
    if (!(most > least)) {
        double room = most != 0 ? fabs(most) * 0.1 : 1;
        most += room;
        least -= least == 0 ? 0 : room;
    }
    double tick = 1, rough = (most - least) / 5;
    while (tick > rough) { tick /= 10; }
    while (tick * 10 <= rough) { tick *= 10; }
    tick *= tick * 5 <= rough ? 10 : tick * 2 <= rough ? 5 : tick < rough ? 2 : 1;
    if (whole && tick < 1) { tick = 1; }
    return (axis){
        .least = floor(least / tick + 1e-9) * tick, .most = whole ? most : ceil(most / tick - 1e-9) * tick, .tick = tick};
}

static double place_x(const axis *a, double x) {
    return (double)LEFT + (x - a->least) / (a->most - a->least) * (RIGHT - LEFT);
}

static double place_y(const axis *a, double y) {
    return (double)BOTTOM - (y - a->least) / (a->most - a->least) * (BOTTOM - TOP);
}

static nomen_status append_axes(const axis *x, const axis *y, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    for (double i = ceil(y->least / y->tick - 1e-9) + 0.0 /* no -0 */; i * y->tick <= y->most + y->tick * 1e-6; i++) {
        double at = place_y(y, i * y->tick);
        NOMEN_TRY(nomen_buffer_printf(out, err,
                                      "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
                                      "text-anchor=\"end\">%.6g</text>\n",
                                      LEFT, at, RIGHT, LEFT - 6, at + 4, i * y->tick));
    }
    for (double i = 0; i * x->tick <= x->most; i++) {
        double at = place_x(x, i * x->tick);
        NOMEN_TRY(nomen_buffer_printf(out, err,
                                      "<path class=\"axis\" d=\"M%.1f %dv4\"/><text x=\"%.1f\" y=\"%d\" "
                                      "text-anchor=\"middle\">%.0f</text>\n",
                                      at, BOTTOM, at, BOTTOM + 17, i * x->tick));
    }
    status = nomen_buffer_printf(out, err,
                                 "<path class=\"axis\" d=\"M%d %dV%dH%d\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">"
                                 "optimiser step</text>\n",
                                 LEFT, TOP, BOTTOM, RIGHT, (LEFT + RIGHT) / 2, HEIGHT - 6);
done:
    return status;
}

/* How many points of a curve are one of the drawing. */
static size_t bundle_size(const nomen_curve *c) {
    return (c->n + NOMEN_CHART_POINTS - 1) / NOMEN_CHART_POINTS;
}

/* The next point of the drawing, from the curve's point *at on; false where there is none. */
static bool next_point(const nomen_curve *c, size_t *at, double *x, double *y) {
    double sum = 0;
    size_t n = 0;
    while (n == 0 && *at < c->n) {
        for (size_t end = *at + bundle_size(c); *at < end && *at < c->n; ++*at) {
            if (!isfinite(c->y[*at])) { continue; }
            sum += c->y[*at];
            *x = c->x[*at];
            n++;
        }
    }
    *y = n > 0 ? sum / (double)n : 0;
    return n > 0;
}

static nomen_status append_curve(const nomen_curve *c, size_t number, const axis *ax, const axis *ay, nomen_buffer *out,
                                 nomen_error *err) {
    size_t at = 0, n = 0;
    double x, y;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "<g class=\"%s\"><polyline class=\"c%zu\" points=\"", COLORS[number], number));
    for (; next_point(c, &at, &x, &y); n++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%.1f,%.1f ", place_x(ax, x), place_y(ay, y)));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "\"/>\n", err));
    for (at = 0; next_point(c, &at, &x, &y);) {
        NOMEN_TRY(nomen_buffer_printf(
            out, err, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"><title>%s, step %.0f: %.6g</title></circle>\n",
            n <= MOST_DOTS ? "dot" : "hit", place_x(ax, x), place_y(ay, y), n <= MOST_DOTS ? "3" : "4", c->name, x, y));
    }
    status = nomen_buffer_append_text(out, "</g>\n", err);
done:
    return status;
}

static nomen_status append_caption(const nomen_chart *chart, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    size_t bundle = 1;
    NOMEN_TRY(nomen_buffer_printf(out, err, "<figure><figcaption><b>%s</b> <span>%s</span>", chart->title, chart->unit));
    for (size_t i = 0; i < chart->n_curves; i++) {
        if (bundle_size(&chart->curves[i]) > bundle) { bundle = bundle_size(&chart->curves[i]); }
        if (chart->n_curves == 1 || chart->curves[i].n == 0) { continue; }
        NOMEN_TRY(nomen_buffer_printf(out, err,
                                      "<span><svg class=\"%s\" viewBox=\"0 0 36 14\" aria-hidden=\"true\"><path class=\"c%zu\" "
                                      "d=\"M0 7H36\"/></svg>%s</span>",
                                      COLORS[i], i, chart->curves[i].name));
    }
    if (bundle > 1) { NOMEN_TRY(nomen_buffer_printf(out, err, "<span>a point is the mean of %zu entries</span>", bundle)); }
    status = nomen_buffer_append_text(out, "</figcaption>\n", err);
done:
    return status;
}

nomen_status nomen_chart_append(const nomen_chart *chart, nomen_buffer *out, nomen_error *err) {
    double least = chart->from_zero ? 0 : INFINITY, most = -INFINITY, x, y;
    nomen_status status;
    for (size_t i = 0; i < chart->n_curves; i++) {
        for (size_t at = 0; next_point(&chart->curves[i], &at, &x, &y);) {
            least = y < least ? y : least;
            most = y > most ? y : most;
        }
    }
    if (!isfinite(most)) { return NOMEN_OK; }
    const axis ax = make_axis(0, chart->x_end, true), ay = make_axis(least, most, false);
    NOMEN_TRY(append_caption(chart, out, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by optimiser step\">\n",
                                  WIDTH, HEIGHT, chart->title));
    NOMEN_TRY(append_axes(&ax, &ay, out, err));
    for (size_t i = 0; i < chart->n_curves; i++) { NOMEN_TRY(append_curve(&chart->curves[i], i, &ax, &ay, out, err)); }
    status = nomen_buffer_append_text(out, "</svg></figure>\n", err);
done:
    return status;
}
