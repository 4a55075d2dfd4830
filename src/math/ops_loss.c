/* Label smoothing and focal loss: how their rows are cut among threads. */
#include "math/ops_loss.h"

#include <string.h>

#include "base/threads.h"
#include "math/isa.h"

enum { WORTH_A_TEAM = 1 << 14 }; /* below this many elements sharing out costs more than it saves */

/* A backward that is under way. */
typedef struct loss_pass {
    const nomen_loss_rows *rows;
    nomen_real *dlogits;
    double smoothing, weight_sum; /* weight_sum: over all labels */
    float gamma, scale;
} loss_pass;

static double weight_of(const nomen_loss_rows *rows, size_t label) {
    return rows->class_weights != NULL ? (double)rows->class_weights[label] : 1.0;
}

static void run_rows(loss_pass *pass, nomen_team_work *work) {
    const nomen_loss_rows *rows = pass->rows;
    nomen_team_run(rows->n_rows, 0, rows->n_rows * rows->n_labels >= WORTH_A_TEAM ? nomen_team_size() : 1, work, pass);
}

/* The softmax of row n in its gradient's place; false, with zeros there, where the row has no target. */
static bool start_row(const loss_pass *pass, size_t n, float **out) {
    const nomen_loss_rows *rows = pass->rows;
    *out = pass->dlogits + n * rows->n_labels;
    if (rows->targets[n] == NOMEN_IGNORE) {
        memset(*out, 0, rows->n_labels * sizeof **out);
        return false;
    }
    nomen_kernels_get()->softmax(*out, rows->logits + n * rows->n_labels, rows->n_labels);
    return true;
}

/* Of a row: all its terms count from the largest logit, so that none cancels another. */
static double smoothed_row(const nomen_loss_rows *rows, size_t n, double smoothing) {
    const size_t n_labels = rows->n_labels, target = (size_t)rows->targets[n];
    const float *row = rows->logits + n * n_labels;
    double all = 0.0;
    size_t top = 0;
    for (size_t k = 1; k < n_labels; k++) { top = row[k] > row[top] ? k : top; }
    const double log_sum = (double)nomen_kernels_get()->cross_entropy(row, n_labels, top);
    for (size_t k = 0; k < n_labels; k++) { all += weight_of(rows, k) * (log_sum + ((double)row[top] - (double)row[k])); }
    const double own = weight_of(rows, target) * (log_sum + ((double)row[top] - (double)row[target]));
    return (1.0 - smoothing) * own + smoothing / (double)n_labels * all;
}

double nomen_op_smoothed_forward(const nomen_loss_rows *rows, double smoothing) {
    double loss = 0.0;
    for (size_t n = 0; n < rows->n_rows; n++) {
        if (rows->targets[n] != NOMEN_IGNORE) { loss += smoothed_row(rows, n, smoothing); }
    }
    return loss;
}

static void smoothed_rows_backward(void *context, size_t first, size_t end) {
    const loss_pass *pass = context;
    const nomen_loss_rows *rows = pass->rows;
    const double share = pass->smoothing / (double)rows->n_labels;
    for (size_t n = first; n < end; n++) {
        float *out;
        if (!start_row(pass, n, &out)) { continue; }
        const size_t target = (size_t)rows->targets[n];
        const double own = (1.0 - pass->smoothing) * weight_of(rows, target), total = own + share * pass->weight_sum;
        for (size_t k = 0; k < rows->n_labels; k++) {
            const double wanted = share * weight_of(rows, k) + (k == target ? own : 0.0);
            out[k] = (float)((double)pass->scale * (total * (double)out[k] - wanted));
        }
    }
}

void nomen_op_smoothed_backward(nomen_real *dlogits, const nomen_loss_rows *rows, double smoothing, nomen_real scale) {
    loss_pass pass = {.rows = rows, .dlogits = dlogits, .smoothing = smoothing, .scale = scale};
    for (size_t k = 0; k < rows->n_labels; k++) { pass.weight_sum += weight_of(rows, k); }
    run_rows(&pass, smoothed_rows_backward);
}

double nomen_op_focal_forward(const nomen_loss_rows *rows, double gamma) {
    double loss = 0.0;
    for (size_t n = 0; n < rows->n_rows; n++) {
        if (rows->targets[n] == NOMEN_IGNORE) { continue; }
        const size_t target = (size_t)rows->targets[n];
        float slope;
        const float row =
            nomen_kernels_get()->focal(rows->logits + n * rows->n_labels, rows->n_labels, target, (float)gamma, &slope);
        loss += weight_of(rows, target) * (double)row;
    }
    return loss;
}

static void focal_rows_backward(void *context, size_t first, size_t end) {
    const loss_pass *pass = context;
    const nomen_loss_rows *rows = pass->rows;
    for (size_t n = first; n < end; n++) {
        float *out, slope;
        if (!start_row(pass, n, &out)) { continue; }
        const size_t target = (size_t)rows->targets[n];
        nomen_kernels_get()->focal(rows->logits + n * rows->n_labels, rows->n_labels, target, pass->gamma, &slope);
        const float factor = pass->scale * (float)weight_of(rows, target) * slope;
        out[target] -= 1.0f;
        for (size_t k = 0; k < rows->n_labels; k++) { out[k] *= factor; }
    }
}

void nomen_op_focal_backward(nomen_real *dlogits, const nomen_loss_rows *rows, double gamma, nomen_real scale) {
    loss_pass pass = {.rows = rows, .dlogits = dlogits, .gamma = (float)gamma, .scale = scale};
    run_rows(&pass, focal_rows_backward);
}
