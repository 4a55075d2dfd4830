/* The layers of the encoder as cases. Part of ops_cases.c, which is compiled over float and over double. */

/* ---- dense layers ---- */

static void linear_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = n_tokens(s) * s->hidden;
    in[1] = s->out * s->hidden;
    in[2] = s->out;
    out[0] = n_tokens(s) * s->out;
}

static void linear_any(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din,
                       bool act) {
    array ax, aw, ab, ay, au, adx, adw, adb, ady, as;
    size_t n = n_tokens(s);
    size_t o = s->out;
    nomen_real *x = reals(&ax, n * s->hidden, in[0]);
    nomen_dense layer = {.in = s->hidden, .out = o};
    layer.weight = reals(&aw, o * s->hidden, in[1]);
    layer.bias = reals(&ab, o, in[2]);
    nomen_real *y = reals(&ay, n * o, NULL);
    nomen_real *u = reals(&au, n * o, NULL);
    nomen_real *scratch = reals(&as, nomen_op_dense_scratch(NOMEN_DENSE_FLOAT, n, s->hidden, o), NULL);
    if (act) {
        nomen_op_dense_act_forward(y, s->bare && dout == NULL ? NULL : u, x, &layer, (nomen_activation)s->activation, n, scratch);
    } else {
        nomen_op_dense_forward(y, x, &layer, n, scratch);
    }
    if (dout != NULL) {
        nomen_real *dx = reals(&adx, n * s->hidden, din[0]);
        nomen_real *dw = reals(&adw, o * s->hidden, din[1]);
        nomen_real *db = reals(&adb, o, din[2]);
        nomen_real *dy = reals(&ady, n * o, dout[0]);
        if (act) { nomen_op_act_backward(dy, y, dy, u, (nomen_activation)s->activation, n * o); }
        nomen_op_dense_backward(dx, dw, db, dy, x, &layer, n, 0, scratch);
        done(&adx, din[0]), done(&adw, din[1]), done(&adb, din[2]), done(&ady, NULL);
    }
    done(&ay, out[0]);
    done(&ax, NULL), done(&aw, NULL), done(&ab, NULL), done(&au, NULL), done(&as, NULL);
}

static void linear_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    linear_any(s, in, out, dout, din, false);
}

static void linear_act_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    linear_any(s, in, out, dout, din, true);
}

/* ---- embeddings ---- */

static void embedding_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = s->out * s->hidden;
    in[1] = s->out * s->hidden;
    in[2] = 2 * s->hidden;
    out[0] = n_tokens(s) * s->hidden;
}

static void embedding_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    array aw, ap, at, ao, ado;
    int32_t *ids, *positions, *types;
    get_ids(s, &ids, &positions, &types);
    size_t n = n_tokens(s);
    size_t h = s->hidden;
    nomen_real *w = reals(&aw, s->out * h, in[0]);
    nomen_real *p = reals(&ap, s->out * h, in[1]);
    nomen_real *t = reals(&at, 2 * h, in[2]);
    nomen_real *o = reals(&ao, n * h, NULL);
    nomen_op_embedding_forward(o, w, p, t, ids, positions, types, n, h);
    done(&aw, NULL), done(&ap, NULL), done(&at, NULL), done(&ao, out[0]);
    if (dout != NULL) {
        w = reals(&aw, s->out * h, din[0]);
        p = reals(&ap, s->out * h, din[1]);
        t = reals(&at, 2 * h, din[2]);
        o = reals(&ado, n * h, dout[0]);
        nomen_op_embedding_backward(w, p, t, o, ids, positions, types, n, h);
        done(&aw, din[0]), done(&ap, din[1]), done(&at, din[2]), done(&ado, NULL);
    }
    free(ids), free(positions), free(types);
}

/* ---- residual, dropout, normalisation ---- */

static void norm_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = n_tokens(s) * s->hidden; /* x */
    in[1] = s->hidden;               /* gamma */
    in[2] = s->hidden;               /* beta */
    in[3] = s->bare ? 0 : n_tokens(s) * s->hidden;
    out[0] = n_tokens(s) * s->hidden;
}

static void norm_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    array ar = {0};
    array ax, ag, ab, ay, asum, amean, arstd, adx, adsum, adg, adb, ady, as;
    size_t n = n_tokens(s);
    size_t h = s->hidden;
    rows_of r;
    get_rows(s, &r);
    nomen_dropout dropout = get_dropout(s);
    nomen_real *x = reals(&ax, n * h, in[0]);
    nomen_norm norm = {reals(&ag, h, in[1]), reals(&ab, h, in[2]), h, 1e-3f};
    nomen_real *residual = s->bare ? NULL : reals(&ar, n * h, in[3]);
    nomen_real *y = reals(&ay, n * h, NULL);
    nomen_real *sum = reals(&asum, n * h, NULL);
    nomen_real *mean = reals(&amean, n, NULL);
    nomen_real *rstd = reals(&arstd, n, NULL);
    if (dout == NULL && s->in_place) { /* inference */
        nomen_op_residual_norm_forward(x, NULL, NULL, NULL, x, residual, &norm, &r.rows, &dropout);
        memcpy(y, x, n * h * sizeof *y);
    } else {
        if (s->in_place) { memcpy(sum, x, n * h * sizeof *sum); }
        nomen_op_residual_norm_forward(y, sum, mean, rstd, s->in_place ? sum : x, residual, &norm, &r.rows, &dropout);
    }
    done(&ay, out[0]);
    if (dout != NULL) {
        nomen_real *dx = reals(&adx, n * h, din[0]);
        nomen_real *dg = reals(&adg, h, din[1]);
        nomen_real *db = reals(&adb, h, din[2]);
        nomen_real *dy = reals(&ady, n * h, dout[0]);
        nomen_real *dsum = reals(&adsum, n * h, NULL);
        nomen_real *scratch = reals(&as, nomen_op_residual_norm_scratch(n, h), NULL);
        if (s->in_place) {
            nomen_op_residual_norm_backward(dx, dy, dg, db, dy, sum, mean, rstd, &norm, &r.rows, &dropout, scratch);
            memcpy(dsum, dy, n * h * sizeof *dsum);
        } else {
            nomen_op_residual_norm_backward(dx, dsum, dg, db, dy, sum, mean, rstd, &norm, &r.rows, &dropout, scratch);
        }
        done(&adx, din[0]), done(&adg, din[1]), done(&adb, din[2]);
        done(&adsum, s->bare ? NULL : din[3]);
        done(&ady, NULL), done(&as, NULL);
    }
    done(&ax, NULL), done(&ag, NULL), done(&ab, NULL), done(&asum, NULL), done(&amean, NULL);
    done(&arstd, NULL);
    if (!s->bare) { done(&ar, NULL); }
}

static void dropout_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = out[0] = n_tokens(s) * s->hidden;
}

static void dropout_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    array ax, ay;
    rows_of r;
    get_rows(s, &r);
    nomen_dropout dropout = get_dropout(s);
    size_t size = n_tokens(s) * s->hidden;
    for (int pass = 0; pass < (dout != NULL ? 2 : 1); pass++) {
        nomen_real *x = reals(&ax, size, pass == 0 ? in[0] : dout[0]);
        nomen_real *y = reals(&ay, size, NULL);
        if (s->in_place) { memcpy(y, x, size * sizeof *y); }
        nomen_op_dropout(y, s->in_place ? y : x, s->hidden, &r.rows, &dropout);
        done(&ax, NULL), done(&ay, pass == 0 ? out[0] : din[0]);
    }
}

/* ---- attention ---- */

static void attention_sizes(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]) {
    in[0] = n_tokens(s) * 3 * s->hidden;
    out[0] = n_tokens(s) * s->hidden;
}

static void attention_run(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din) {
    array aqkv, ac, al, as, adqkv, adc;
    size_t n = n_tokens(s);
    size_t longest = 0;
    for (size_t b = 0; b < s->n_seqs; b++) {
        size_t t = s->seq_start[b + 1] - s->seq_start[b];
        longest = t > longest ? t : longest;
    }
    rows_of r;
    get_rows(s, &r);
    nomen_dropout dropout = get_dropout(s);
    nomen_attention attention = {s->hidden, s->heads};
    nomen_real *qkv = reals(&aqkv, n * 3 * s->hidden, in[0]);
    nomen_real *context = reals(&ac, n * s->hidden, NULL);
    nomen_real *lse = reals(&al, n * s->heads, NULL);
    nomen_real *scratch = reals(&as, nomen_op_attention_scratch(&attention, n, longest), NULL);
    bool inference = dout == NULL && s->bare;
    nomen_op_attention_forward(context, inference ? NULL : lse, qkv, &attention, &r.rows, &dropout, scratch);
    if (dout != NULL) {
        nomen_real *dqkv = reals(&adqkv, n * 3 * s->hidden, din[0]);
        nomen_real *dcontext = reals(&adc, n * s->hidden, dout[0]);
        nomen_op_attention_backward(dqkv, dcontext, context, lse, qkv, &attention, &r.rows, &dropout, scratch);
        done(&adqkv, din[0]), done(&adc, NULL);
    }
    done(&aqkv, NULL), done(&ac, out[0]), done(&al, NULL), done(&as, NULL);
}
