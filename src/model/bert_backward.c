/*
 * Backward: forward read upwards. w->x holds the gradient of the value at hand; where dropout is off
 * the gradient before it is the same numbers and no buffer of its own is filled. Inputs of dense
 * layers that forward did not keep are recomputed by the operation that made them. With
 * NOMEN_KEEP_SUMS so is most of a layer, but for the last, which forward has just left. What is frozen has no gradient, and
 * below the lowest that is trained nothing is computed.
 */
#include <assert.h>

#include "base/call.h"
#include "model/bert_inner.h"

/* What every step of a backward pass needs. */
typedef struct pass {
    const nomen_bert *bert;
    const nomen_batch *batch;
    const nomen_bert_dropout *step;
    nomen_bert_workspace *w;
    nomen_real *gradients; /* the tail of a block that is trained */
    unsigned set;          /* NOMEN_SET_DWEIGHT or 0 */
    size_t lowest;         /* the first layer that has anything to train */
    bool embeddings;       /* they are trained too */
} pass;

/* The gradient at an offset of a block; NULL where it is frozen. */
static nomen_real *gradient_at(const pass *p, size_t offset) {
    const nomen_param_table *table = p->bert->table;
    return offset < table->first_trainable ? NULL : nomen_param_gradient(table, p->gradients, offset);
}

/* Whether anything of a dense part is trained, so that its input is needed. */
static bool is_trained(const pass *p, size_t index, nomen_dense_part part) {
    return gradient_at(p, p->bert->table->layers[index].weight[part]) != NULL || nomen_bert_has_lora(p->bert->config, part);
}

/*
 * A dense part and its adapters: dx (N,I), unless it is NULL, and from x (N,I), unless that is NULL, the gradients of what is
 * trained of them. `how` is 0 or NOMEN_ADD_DX.
 */
static void backward_dense(const pass *p, size_t index, nomen_dense_part part, nomen_real *dx, const nomen_real *dy,
                           const nomen_real *x, unsigned how) {
    const nomen_layer_offsets *at = &p->bert->table->layers[index];
    nomen_bert_layer layer = nomen_bert_get_layer(p->bert, index);
    nomen_real *dweight = x != NULL ? gradient_at(p, at->weight[part]) : NULL;
    nomen_real *dbias = dweight != NULL ? gradient_at(p, at->bias[part]) : NULL;
    nomen_op_dense_backward(dx, dweight, dbias, dy, dweight != NULL ? x : NULL, &layer.dense[part], p->batch->rows.n_tokens,
                            p->set | how, p->w->scratch);
    nomen_bert_lora_backward(p->bert, p->batch, p->step, index, part, dx, dy, x, p->gradients, p->set, p->w);
}

/* out (N,H) = norm(sum), recomputed. */
static void recompute_norm(const pass *p, nomen_real *out, const nomen_real *sum, const nomen_norm *norm) {
    nomen_dropout none = {0};
    nomen_op_residual_norm_forward(out, NULL, NULL, NULL, sum, NULL, norm, &p->batch->rows, &none);
}

/* The input of layer `index`, recomputed; that of layer L is the encoder's output. */
static void recompute_input(const pass *p, nomen_real *out, size_t index) {
    if (index > 0) {
        nomen_bert_layer layer = nomen_bert_get_layer(p->bert, index - 1);
        recompute_norm(p, out, p->w->layers[index - 1].sum2, &layer.output_norm);
        return;
    }
    nomen_norm norm = nomen_bert_get_embedding_norm(p->bert);
    nomen_dropout dropout = nomen_bert_dropout_at(p->step, p->bert->config->hidden_dropout_prob, 0, NOMEN_SITE_EMBEDDINGS);
    recompute_norm(p, out, p->w->sum, &norm);
    if (dropout.rate > 0) { nomen_op_dropout(out, out, norm.hidden, &p->batch->rows, &dropout); }
}

static void backward_head(const pass *p, const nomen_real *dlogits) {
    nomen_bert_workspace *w = p->w;
    nomen_dense head = nomen_bert_get_head(p->bert);
    const nomen_rows *rows = &p->batch->rows;
    nomen_dropout dropout = nomen_bert_dropout_at(p->step, p->bert->config->classifier_dropout, 0, NOMEN_SITE_CLASSIFIER);
    recompute_input(p, w->d, p->bert->config->num_hidden_layers);
    if (dropout.rate > 0) { nomen_op_dropout(w->d, w->d, head.in, rows, &dropout); }
    bool below = p->lowest < p->bert->config->num_hidden_layers;
    nomen_op_dense_backward(below ? w->x : NULL, gradient_at(p, p->bert->table->classifier_weight),
                            gradient_at(p, p->bert->table->classifier_bias), dlogits, w->d, &head, rows->n_tokens, p->set,
                            w->scratch);
    if (below && dropout.rate > 0) { nomen_op_dropout(w->x, w->x, head.in, rows, &dropout); }
}

/* From the gradient of the layer's output to that of its first half's output, both in w->x. */
static bool backward_feed_forward(const pass *p, size_t index) {
    nomen_bert_workspace *w = p->w;
    nomen_bert_saved *saved = &w->layers[index];
    nomen_bert_layer layer = nomen_bert_get_layer(p->bert, index);
    const nomen_layer_offsets *at = &p->bert->table->layers[index];
    const nomen_rows *rows = &p->batch->rows;
    size_t n = rows->n_tokens;
    nomen_dropout dropout = nomen_bert_dropout_at(p->step, p->bert->config->hidden_dropout_prob, index, NOMEN_SITE_OUTPUT);
    nomen_real *ddown = dropout.rate > 0 ? w->d : w->x;
    nomen_op_residual_norm_backward(ddown, w->x, gradient_at(p, at->output_gamma), gradient_at(p, at->output_beta), w->x,
                                    saved->sum2, saved->mean2, saved->rstd2, &layer.output_norm, rows, &dropout, w->scratch);
    /* The gradient of the activation's output first: with it, u becomes that output in place. */
    backward_dense(p, index, NOMEN_DENSE_DOWN, w->wide, ddown, NULL, 0);
    if (nomen_call_is_stopped()) { return false; }
    nomen_op_act_backward(w->wide, saved->u, w->wide, saved->u, p->bert->config->hidden_act, n * layer.dense[NOMEN_DENSE_UP].out);
    if (is_trained(p, index, NOMEN_DENSE_DOWN)) { backward_dense(p, index, NOMEN_DENSE_DOWN, NULL, ddown, saved->u, 0); }
    if (nomen_call_is_stopped()) { return false; }
    bool up = is_trained(p, index, NOMEN_DENSE_UP);
    if (up) { recompute_norm(p, w->y, saved->sum1, &layer.attention_norm); }
    backward_dense(p, index, NOMEN_DENSE_UP, w->x, w->wide, up ? w->y : NULL, NOMEN_ADD_DX);
    return !nomen_call_is_stopped();
}

/* From the gradient of the first half's output to that of the layer's input, both in w->x. */
static bool backward_attend(const pass *p, size_t index) {
    nomen_bert_workspace *w = p->w;
    nomen_bert_saved *saved = &w->layers[index];
    nomen_bert_layer layer = nomen_bert_get_layer(p->bert, index);
    const nomen_layer_offsets *at = &p->bert->table->layers[index];
    const nomen_config *config = p->bert->config;
    const nomen_rows *rows = &p->batch->rows;
    nomen_dropout at_probabilities =
        nomen_bert_dropout_at(p->step, config->attention_probs_dropout_prob, index, NOMEN_SITE_PROBABILITIES);
    nomen_dropout at_output = nomen_bert_dropout_at(p->step, config->hidden_dropout_prob, index, NOMEN_SITE_ATTENTION);
    nomen_real *dattention = at_output.rate > 0 ? w->d : w->x;
    nomen_op_residual_norm_backward(dattention, w->x, gradient_at(p, at->attention_gamma), gradient_at(p, at->attention_beta),
                                    w->x, saved->sum1, saved->mean1, saved->rstd1, &layer.attention_norm, rows, &at_output,
                                    w->scratch);
    backward_dense(p, index, NOMEN_DENSE_ATTENTION, w->y, dattention, saved->context, 0);
    if (nomen_call_is_stopped()) { return false; }
    nomen_op_attention_backward(w->wide, w->y, saved->context, saved->lse, saved->qkv, &layer.heads, rows, &at_probabilities,
                                w->scratch);
    if (nomen_call_is_stopped()) { return false; }
    bool input = is_trained(p, index, NOMEN_DENSE_QKV), below = index > p->lowest || p->embeddings;
    if (input) { recompute_input(p, w->d, index); }
    backward_dense(p, index, NOMEN_DENSE_QKV, below ? w->x : NULL, w->wide, input ? w->d : NULL, NOMEN_ADD_DX);
    return !nomen_call_is_stopped();
}

static void backward_embed(const pass *p) {
    nomen_bert_workspace *w = p->w;
    const nomen_param_table *table = p->bert->table;
    const nomen_batch *batch = p->batch;
    nomen_norm norm = nomen_bert_get_embedding_norm(p->bert);
    nomen_dropout none = {0};
    nomen_dropout dropout = nomen_bert_dropout_at(p->step, p->bert->config->hidden_dropout_prob, 0, NOMEN_SITE_EMBEDDINGS);
    if (dropout.rate > 0) { nomen_op_dropout(w->x, w->x, norm.hidden, &batch->rows, &dropout); }
    nomen_op_residual_norm_backward(NULL, w->x, p->gradients + table->embedding_gamma, p->gradients + table->embedding_beta, w->x,
                                    w->sum, w->mean, w->rstd, &norm, &batch->rows, &none, w->scratch);
    nomen_op_embedding_backward(p->gradients + table->word, p->gradients + table->position, p->gradients + table->type, w->x,
                                batch->ids, batch->positions, batch->type_ids, batch->rows.n_tokens, norm.hidden);
    if (p->bert->config->pad_token_id >= 0) {
        size_t row = (size_t)p->bert->config->pad_token_id * norm.hidden;
        nomen_op_fill(p->gradients + table->word + row, 0, norm.hidden);
    }
}

/* Zeroes what is added to even where the gradients of dense weights are assigned, but for the words'. */
static void clear_small(const nomen_param_table *table, nomen_real *gradients) {
    for (size_t i = 0; i < table->n_model_rows; i++) {
        const nomen_param *row = &table->rows[i];
        if (row->trainable && (row->n_dims == 1 || row->offset == table->position || row->offset == table->type)) {
            nomen_op_fill(nomen_param_gradient(table, gradients, row->offset), 0, row->size);
        }
    }
}

/* The layers, from the last. False where the call is to stop, as from their halves. */
static bool backward_layers(const pass *p) {
    size_t n_layers = p->bert->config->num_hidden_layers;
    for (size_t i = n_layers; i-- > p->lowest;) {
        if (p->w->keep == NOMEN_KEEP_SUMS && i + 1 < n_layers) {
            recompute_input(p, p->w->d, i);
            if (!nomen_bert_layer_recompute(p->bert, p->batch, p->step, i, p->w->d, p->w)) { return false; }
        }
        if (!backward_feed_forward(p, i) || !backward_attend(p, i)) { return false; }
    }
    return true;
}

nomen_status nomen_bert_backward(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step,
                                 nomen_bert_workspace *w, const nomen_real *dlogits, nomen_real *gradients, bool first,
                                 nomen_error *err) {
    const nomen_trained *trained = &bert->config->trained;
    size_t n_layers = bert->config->num_hidden_layers;
    pass p = {bert,
              batch,
              step,
              w,
              gradients,
              .set = first ? NOMEN_SET_DWEIGHT : 0,
              .lowest = trained->freeze_layers < n_layers ? trained->freeze_layers : n_layers,
              .embeddings = bert->table->first_trainable == 0};
    if (first) { clear_small(bert->table, gradients); }
    assert(w->keep != NOMEN_KEEP_NOTHING && batch->rows.n_tokens <= w->n_tokens);
    backward_head(&p, dlogits);
    if (!backward_layers(&p)) { return nomen_call_stopped(err); }
    if (p.embeddings) { backward_embed(&p); }
    return NOMEN_OK;
}
