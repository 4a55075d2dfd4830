/*
 * Forward. A layer (post-norm, Devlin et al. 2019):
 *   y = norm(x + dropout(attention(x)));  x' = norm(y + dropout(down(gelu(up(y)))))
 * In training each operation writes where backward will look for it; in inference all layers pass
 * through the same buffers. Halves of a layer return false where the call is to stop.
 */
#include <assert.h>

#include "base/call.h"
#include "model/bert_inner.h"

/* x = dropout(norm(word + type + position)). */
static void embed(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, nomen_bert_workspace *w) {
    const nomen_param_table *table = bert->table;
    nomen_norm norm = nomen_bert_get_embedding_norm(bert);
    nomen_dropout none = {0};
    nomen_dropout dropout = nomen_bert_dropout_at(step, bert->config->hidden_dropout_prob, 0, NOMEN_SITE_EMBEDDINGS);
    nomen_real *sum = w->keep != NOMEN_KEEP_NOTHING ? w->sum : w->x;
    nomen_op_embedding_forward(sum, bert->values + table->word, bert->values + table->position, bert->values + table->type,
                               batch->ids, batch->positions, batch->type_ids, batch->rows.n_tokens, bert->config->hidden_size);
    nomen_op_residual_norm_forward(w->x, w->sum, w->mean, w->rstd, sum, NULL, &norm, &batch->rows, &none);
    if (dropout.rate > 0) { nomen_op_dropout(w->x, w->x, norm.hidden, &batch->rows, &dropout); }
}

/* y = norm(x + dropout(attention output)). */
static bool attend(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, size_t index,
                   const nomen_real *x, nomen_bert_saved *saved, nomen_bert_workspace *w) {
    nomen_bert_layer layer = nomen_bert_get_layer(bert, index);
    const nomen_config *config = bert->config;
    size_t n = batch->rows.n_tokens;
    nomen_dropout at_probabilities =
        nomen_bert_dropout_at(step, config->attention_probs_dropout_prob, index, NOMEN_SITE_PROBABILITIES);
    nomen_dropout at_output = nomen_bert_dropout_at(step, config->hidden_dropout_prob, index, NOMEN_SITE_ATTENTION);
    bool training = w->keep != NOMEN_KEEP_NOTHING;
    nomen_real *qkv = training ? saved->qkv : w->wide;
    nomen_real *context = training ? saved->context : w->wide + 3 * n * config->hidden_size;
    nomen_real *sum = training ? saved->sum1 : w->y;
    nomen_op_dense_forward(qkv, x, &layer.dense[NOMEN_DENSE_QKV], n, w->scratch);
    nomen_bert_lora_forward(bert, batch, step, index, NOMEN_DENSE_QKV, qkv, x, w);
    if (nomen_call_is_stopped()) { return false; }
    nomen_op_attention_forward(context, saved->lse, qkv, &layer.heads, &batch->rows, &at_probabilities, w->scratch);
    if (nomen_call_is_stopped()) { return false; }
    nomen_op_dense_forward(sum, context, &layer.dense[NOMEN_DENSE_ATTENTION], n, w->scratch);
    nomen_bert_lora_forward(bert, batch, step, index, NOMEN_DENSE_ATTENTION, sum, context, w);
    nomen_op_residual_norm_forward(w->y, saved->sum1, saved->mean1, saved->rstd1, sum, x, &layer.attention_norm, &batch->rows,
                                   &at_output);
    return !nomen_call_is_stopped();
}

/* wide = activation(up(y)), and u = up(y) unless it is NULL. An adapter comes between the two. */
static void expand(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, size_t index, nomen_real *u,
                   nomen_bert_workspace *w) {
    nomen_bert_layer layer = nomen_bert_get_layer(bert, index);
    const nomen_dense *up = &layer.dense[NOMEN_DENSE_UP];
    size_t n = batch->rows.n_tokens;
    if (!nomen_bert_has_lora(bert->config, NOMEN_DENSE_UP)) {
        nomen_op_dense_act_forward(w->wide, u, w->y, up, bert->config->hidden_act, n, w->scratch);
        return;
    }
    nomen_real *before = u != NULL ? u : w->wide;
    nomen_op_dense_forward(before, w->y, up, n, w->scratch);
    nomen_bert_lora_forward(bert, batch, step, index, NOMEN_DENSE_UP, before, w->y, w);
    nomen_op_act_forward(w->wide, before, bert->config->hidden_act, n * up->out);
}

/* x = norm(y + dropout(down(activation(up(y))))). */
static bool feed_forward(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, size_t index,
                         nomen_bert_saved *saved, nomen_bert_workspace *w) {
    nomen_bert_layer layer = nomen_bert_get_layer(bert, index);
    const nomen_config *config = bert->config;
    size_t n = batch->rows.n_tokens;
    nomen_dropout dropout = nomen_bert_dropout_at(step, config->hidden_dropout_prob, index, NOMEN_SITE_OUTPUT);
    nomen_real *sum = w->keep != NOMEN_KEEP_NOTHING ? saved->sum2 : w->x;
    expand(bert, batch, step, index, saved->u, w);
    if (nomen_call_is_stopped()) { return false; }
    nomen_op_dense_forward(sum, w->wide, &layer.dense[NOMEN_DENSE_DOWN], n, w->scratch);
    nomen_bert_lora_forward(bert, batch, step, index, NOMEN_DENSE_DOWN, sum, w->wide, w);
    nomen_op_residual_norm_forward(w->x, saved->sum2, saved->mean2, saved->rstd2, sum, w->y, &layer.output_norm, &batch->rows,
                                   &dropout);
    return !nomen_call_is_stopped();
}

bool nomen_bert_layer_recompute(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, size_t index,
                                const nomen_real *x, nomen_bert_workspace *w) {
    nomen_bert_layer layer = nomen_bert_get_layer(bert, index);
    if (!attend(bert, batch, step, index, x, &w->layers[index], w)) { return false; }
    nomen_op_dense_forward(w->layers[index].u, w->y, &layer.dense[NOMEN_DENSE_UP], batch->rows.n_tokens, w->scratch);
    nomen_bert_lora_forward(bert, batch, step, index, NOMEN_DENSE_UP, w->layers[index].u, w->y, w);
    return true;
}

nomen_status nomen_bert_forward(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step,
                                nomen_bert_workspace *w, nomen_real *logits, nomen_error *err) {
    nomen_bert_saved nothing = {0};
    nomen_dense head = nomen_bert_get_head(bert);
    nomen_dropout dropout = nomen_bert_dropout_at(step, bert->config->classifier_dropout, 0, NOMEN_SITE_CLASSIFIER);
    assert(batch->rows.n_tokens <= w->n_tokens && (step == NULL || w->keep != NOMEN_KEEP_NOTHING));
    assert(bert->config->dense == NOMEN_DENSE_FLOAT || w->keep == NOMEN_KEEP_NOTHING);
    embed(bert, batch, step, w);
    for (size_t i = 0; i < bert->config->num_hidden_layers; i++) {
        nomen_bert_saved *saved = w->keep != NOMEN_KEEP_NOTHING ? &w->layers[i] : &nothing;
        if (!attend(bert, batch, step, i, w->x, saved, w) || !feed_forward(bert, batch, step, i, saved, w)) {
            return nomen_call_stopped(err);
        }
    }
    if (dropout.rate > 0) { nomen_op_dropout(w->x, w->x, head.in, &batch->rows, &dropout); }
    nomen_op_dense_forward(logits, w->x, &head, batch->rows.n_tokens, w->scratch);
    return NOMEN_OK;
}
