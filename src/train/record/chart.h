/* A line chart as inline SVG: axes with ticks, values on hover, readable light and dark and without colours. */
#ifndef NOMEN_TRAIN_CHART_H
#define NOMEN_TRAIN_CHART_H

#include <stdbool.h>

#include "base/buffer.h"

/* The most points that a curve is drawn with. */
enum { NOMEN_CHART_POINTS = 400, NOMEN_CHART_CURVES = 2 };

typedef struct nomen_curve {
    const char *name;
    const double *x, *y; /* (n) x rising; a y that is not finite is left out */
    size_t n;
} nomen_curve;

typedef struct nomen_chart {
    const char *title, *unit; /* HTML without markup; unit of the y axis */
    double x_end;             /* the x axis goes from 0 to here */
    bool from_zero;           /* so does the y axis, from 0 up */
    nomen_curve curves[NOMEN_CHART_CURVES];
    size_t n_curves;
} nomen_chart;

/* The style of all charts. */
extern const char nomen_chart_style[];

/* Appends a <figure>, or nothing where no curve has a point. A curve of more points than are drawn is drawn as means of them. */
nomen_status nomen_chart_append(const nomen_chart *chart, nomen_buffer *out, nomen_error *err);

#endif
