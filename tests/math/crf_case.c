/* See crf_case.h. Compiled with float and with NOMEN_REAL_DOUBLE. */
#include "crf_case.h"

#include <stdlib.h>
#include <string.h>

#include "guarded.h"

#ifdef NOMEN_REAL_DOUBLE
#define CASE ops_crf_case_double
#else
#define CASE ops_crf_case_float
#endif

static void crf_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = s->seq_start[s->n_seqs] * s->out;
    in[1] = s->out * s->out;
    in[2] = in[3] = s->out;
    out[0] = 1;
}

static void crf_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    array al, at, as, ae, aa, aw, dl, dt, ds, de;
    const size_t n = s->seq_start[s->n_seqs], k = s->out;
    const nomen_rows rows = {n, s->n_seqs, s->seq_start, NULL};
    int32_t *targets = calloc(n + 1, sizeof *targets);
    for (size_t row = 0; row < n; row++) { targets[row] = ops_crf_target(s, row); }
    nomen_real *logits = reals(&al, n * k, in[0]);
    const nomen_crf crf = {reals(&at, k * k, in[1]), reals(&as, k, in[2]), reals(&ae, k, in[3]), k};
    nomen_real *alpha = reals(&aa, n * k, NULL), *scratch = reals(&aw, nomen_op_crf_scratch(k), NULL);
    out[0][0] = nomen_op_crf_forward(alpha, logits, targets, &crf, &rows, scratch);
    if (dout != NULL) {
        nomen_real *dlogits = reals(&dl, n * k, din[0]), *dtransitions = reals(&dt, k * k, din[1]);
        nomen_real *dstart = reals(&ds, k, din[2]), *dend = reals(&de, k, din[3]);
        nomen_op_crf_backward(dlogits, dtransitions, dstart, dend, alpha, targets, &crf, (nomen_real)dout[0][0], &rows, scratch);
        done(&dl, din[0]), done(&dt, din[1]), done(&ds, din[2]), done(&de, din[3]);
    }
    done(&al, NULL), done(&at, NULL), done(&as, NULL), done(&ae, NULL), done(&aa, NULL), done(&aw, NULL);
    free(targets);
}

const ops_case CASE = {"crf", OPS_LABELS, crf_sizes, crf_run, .has_backward = true, .adds = 14};
