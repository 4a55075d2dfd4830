/* One optimiser step's gradients. */
#include "train/step.h"

#include "base/mem.h"
#include "math/ops_loss.h"

/* The most pieces that a step can have; the entries of an epoch are its texts. */
static size_t most_pieces(const nomen_train_options *options, const nomen_examples *e, const size_t *entries, size_t n_entries) {
    size_t longest = 0, total = 0, most;
    for (size_t i = 0; i < n_entries; i++) {
        size_t n = nomen_examples_n_pieces(e, entries != NULL ? entries[i] : i);
        if (n > longest) { longest = n; }
        total += n;
    }
    if (__builtin_mul_overflow(options->batch_size, options->gradient_accumulation_steps, &most)) { return total; }
    return __builtin_mul_overflow(most, longest, &most) || most > total ? total : most;
}

nomen_status nomen_stepper_create(const nomen_train_options *options, const nomen_model *model, const nomen_examples *examples,
                                  const size_t *entries, size_t n_entries, const nomen_real *class_weights, nomen_stepper *out,
                                  nomen_error *err) {
    nomen_stepper s = {.options = options, .model = model, .examples = examples, .class_weights = class_weights};
    size_t longest = model->settings.max_length, n_logits = 0;
    size_t capacity = options->max_tokens > longest ? options->max_tokens : longest;
    nomen_status status;
    nomen_bert_keep keep = options->gradient_checkpointing ? NOMEN_KEEP_SUMS : NOMEN_KEEP_ALL;
    NOMEN_TRY(nomen_bert_workspace_create(&model->config, capacity, longest, keep, &s.workspace, err));
    NOMEN_TRY(nomen_batcher_create(capacity, &s.batcher, err));
    NOMEN_TRY(nomen_mem_product(capacity, model->labels.n, "the logits of a batch", &n_logits, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(s.logits, n_logits, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(s.dlogits, n_logits, err));
    if (model->config.crf) {
        NOMEN_TRY(NOMEN_NEW_ALIGNED(s.alpha, n_logits, err));
        NOMEN_TRY(NOMEN_NEW_ALIGNED(s.crf_work, nomen_op_crf_scratch(model->labels.n), err));
    }
    NOMEN_TRY(NOMEN_NEW_ALIGNED(s.gradients, nomen_param_n_trainable(&model->table), err));
    nomen_param_table_clear_tail_gaps(&model->table, s.gradients);
    NOMEN_TRY(nomen_word_marks_create(&model->config, &model->table, &s.words, err));
    NOMEN_TRY(NOMEN_NEW(s.places, capacity, err));
    NOMEN_TRY(NOMEN_NEW(s.predicted, most_pieces(options, examples, entries, n_entries), err));
    *out = s;
    return NOMEN_OK;
done:
    nomen_stepper_clear(&s);
    return status;
}

void nomen_stepper_clear(nomen_stepper *s) {
    nomen_bert_workspace_free(s->workspace);
    nomen_batcher_clear(&s->batcher);
    nomen_mem_free(s->logits);
    nomen_mem_free(s->dlogits);
    nomen_mem_free(s->alpha);
    nomen_mem_free(s->crf_work);
    nomen_mem_free(s->gradients);
    nomen_word_marks_clear(&s->words);
    nomen_mem_free(s->places);
    nomen_mem_free(s->predicted);
    *s = (nomen_stepper){0};
}

/* The sum of the class weights of the texts' labelled pieces. Each piece is owned by one window. */
static double labelled_weight(const nomen_stepper *s, const size_t *texts, size_t n_texts) {
    const nomen_examples *e = s->examples;
    double weight = 0;
    for (size_t i = 0; i < n_texts; i++) {
        for (size_t p = e->piece_start[texts[i]]; p < e->piece_start[texts[i] + 1]; p++) {
            if (e->targets[p] == NOMEN_IGNORE) { continue; }
            weight += s->class_weights != NULL ? (double)s->class_weights[e->targets[p]] : 1;
        }
    }
    return weight;
}

/* Keeps the label with the largest logit of every owned piece of the batch. */
static void keep_predictions(nomen_stepper *s) {
    const nomen_batcher *b = &s->batcher;
    size_t n_labels = s->model->labels.n;
    for (size_t q = 0; q < b->n_seqs; q++) {
        const nomen_window *w = &s->examples->windows[b->refs[q].window];
        int32_t *predicted = s->predicted + s->places[q] + w->own_start;
        nomen_op_argmax_rows(predicted, s->logits + b->own_row[q] * n_labels, w->own_end - w->own_start, n_labels);
    }
}

/* The loss of a batch whose labelled pieces count by themselves, and its gradient at the logits. */
static double find_row_loss(nomen_stepper *s, const nomen_batch *batch, nomen_real scale) {
    const nomen_train_options *o = s->options;
    const nomen_loss_rows rows = {s->logits, batch->targets, s->class_weights, batch->rows.n_tokens, s->model->labels.n};
    if (o->loss == NOMEN_LOSS_FOCAL) {
        nomen_op_focal_backward(s->dlogits, &rows, o->focal_gamma, scale);
        return nomen_op_focal_forward(&rows, o->focal_gamma);
    }
    if (o->label_smoothing > 0) {
        nomen_op_smoothed_backward(s->dlogits, &rows, o->label_smoothing, scale);
        return nomen_op_smoothed_forward(&rows, o->label_smoothing);
    }
    nomen_op_cross_entropy_backward(s->dlogits, s->logits, batch->targets, s->class_weights, scale, rows.n_rows, rows.n_labels);
    return nomen_op_cross_entropy_forward(s->logits, batch->targets, s->class_weights, rows.n_rows, rows.n_labels, NULL);
}

/* The loss of the batch, added up, and its gradients at the logits and in the CRF. */
static void find_loss(nomen_stepper *s, const nomen_batch *batch, nomen_step_result *result) {
    nomen_real scale = result->weight > 0 ? (nomen_real)(1 / result->weight) : 0;
    nomen_crf view;
    const nomen_crf *crf = nomen_model_get_crf(s->model, &view);
    if (crf == NULL) {
        result->loss_sum += find_row_loss(s, batch, scale);
        return;
    }
    const nomen_param_table *table = &s->model->table;
    result->loss_sum += nomen_op_crf_forward(s->alpha, s->logits, batch->targets, crf, &batch->rows, s->crf_work);
    nomen_op_crf_backward(s->dlogits, nomen_param_gradient(table, s->gradients, table->crf_transitions),
                          nomen_param_gradient(table, s->gradients, table->crf_start),
                          nomen_param_gradient(table, s->gradients, table->crf_end), s->alpha, batch->targets, crf, scale,
                          &batch->rows, s->crf_work);
}

/* Forward, loss and backward of the batch that is filled. */
static nomen_status flush(nomen_stepper *s, uint32_t step, nomen_step_result *result, nomen_error *err) {
    nomen_batcher *b = &s->batcher;
    if (b->n_seqs == 0) { return NOMEN_OK; }
    nomen_batch batch = nomen_batcher_get(b);
    nomen_bert_dropout dropout = {.seed = s->options->seed, .step = step};
    size_t n = b->n_tokens;
    nomen_status status;
    NOMEN_TRY(nomen_bert_forward(&s->model->bert, &batch, &dropout, s->workspace, s->logits, err));
    find_loss(s, &batch, result);
    nomen_word_marks_add(&s->words, b->ids, n, s->gradients);
    NOMEN_TRY(nomen_bert_backward(&s->model->bert, &batch, &dropout, s->workspace, s->dlogits, s->gradients,
                                  result->n_tokens == 0, err));
    keep_predictions(s);
    result->n_tokens += n;
    nomen_batcher_reset(b);
done:
    return status;
}

/* The CRF's gradients are added to by every batch. */
static void clear_crf(nomen_stepper *s) {
    const nomen_param_table *table = &s->model->table;
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *row = &table->rows[i];
        if (row->owner == NOMEN_OWNER_CRF) {
            nomen_op_fill(nomen_param_gradient(table, s->gradients, row->offset), 0, row->size);
        }
    }
}

nomen_status nomen_stepper_run(nomen_stepper *s, const size_t *texts, size_t n_texts, uint32_t step, nomen_step_result *out,
                               nomen_error *err) {
    const nomen_examples *e = s->examples;
    nomen_step_result result = {.weight = labelled_weight(s, texts, n_texts)};
    uint32_t seq_index = 0;
    size_t place = 0;
    nomen_status status;
    nomen_word_marks_start(&s->words, s->gradients);
    clear_crf(s);
    nomen_batcher_reset(&s->batcher);
    for (size_t i = 0; i < n_texts; i++) {
        if (i % s->options->batch_size == 0) { NOMEN_TRY(flush(s, step, &result, err)); }
        for (size_t w = e->window_start[texts[i]]; w < e->window_start[texts[i] + 1]; w++, seq_index++) {
            nomen_window_ref ref = {.text = texts[i], .window = w};
            if (!nomen_batcher_add(&s->batcher, s->model, e, ref, seq_index)) {
                NOMEN_TRY(flush(s, step, &result, err));
                nomen_batcher_add(&s->batcher, s->model, e, ref, seq_index);
            }
            s->places[s->batcher.n_seqs - 1] = place;
        }
        place += nomen_examples_n_pieces(e, texts[i]);
    }
    NOMEN_TRY(flush(s, step, &result, err));
    *out = result;
done:
    return status;
}
