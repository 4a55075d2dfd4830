/* One optimiser step's gradients. */
#include "train/step.h"

#include <string.h>

#include "base/mem.h"
#include "math/ops_loss.h"

/* What a process says of its micro-batch in a round; the labels that it found follow, for the scores of the training passes. */
typedef struct round_head {
    double loss_sum;
    int64_t status;
} round_head;

/* The most pieces that so many sentences can have, of an epoch of n_entries; SIZE_MAX where they can't be counted. */
static size_t most_pieces(size_t n_sentences, size_t n_entries, const nomen_examples *e) {
    size_t longest = 0, total = e->piece_start[e->n], most;
    for (size_t i = 0; i < e->n; i++) {
        size_t n = nomen_examples_n_pieces(e, i);
        if (n > longest) { longest = n; }
    }
    if (n_sentences > n_entries) { n_sentences = n_entries; }
    if (__builtin_mul_overflow(n_sentences, longest, &most)) { most = SIZE_MAX; }
    return n_entries == e->n && most > total ? total : most; /* sentences that are repeated can have more than all */
}

/* Room for what each process says of its micro-batch: of the longest texts that can meet in one. */
static nomen_status make_share(nomen_stepper *s, size_t n_entries, nomen_error *err) {
    size_t n_bytes = 0;
    nomen_status status = NOMEN_OK;
    if (s->spread->size == 1) { return NOMEN_OK; }
    NOMEN_TRY(nomen_mem_product(most_pieces(s->options->batch_size, n_entries, s->examples), sizeof *s->predicted,
                                "the labels of a batch", &n_bytes, err));
    s->share_size = sizeof(round_head) + n_bytes;
    NOMEN_TRY(nomen_mem_product(s->share_size, s->spread->size, "the labels of a round", &n_bytes, err));
    status = NOMEN_NEW(s->share, n_bytes, err);
done:
    return status;
}

nomen_status nomen_stepper_create(const nomen_train_options *options, const nomen_model *model, const nomen_examples *examples,
                                  size_t n_entries, const nomen_real *class_weights, const nomen_spread *spread,
                                  nomen_stepper *out, nomen_error *err) {
    nomen_stepper s = {
        .options = options, .model = model, .examples = examples, .class_weights = class_weights, .spread = spread};
    size_t per_step = 0;
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
    if (__builtin_mul_overflow(options->batch_size, options->gradient_accumulation_steps, &per_step)) { per_step = n_entries; }
    NOMEN_TRY(NOMEN_NEW(s.predicted, most_pieces(per_step, n_entries, examples), err));
    if (options->reduce_by_batch) { NOMEN_TRY(make_share(&s, n_entries, err)); }
    *out = s;
    s = (nomen_stepper){0};
    if (options->reduce_by_batch) {
        status = nomen_reduction_create(spread, &model->table, &out->words, &out->reduction, err);
        if (status != NOMEN_OK) { nomen_stepper_clear(out); }
    }
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
    nomen_reduction_clear(&s->reduction);
    nomen_mem_free(s->share);
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

/* The texts of micro-batch number m of the step; their number. */
static size_t batch_texts(const nomen_stepper *s, const size_t *texts, size_t n_texts, size_t m, const size_t **out) {
    size_t first = m * s->options->batch_size;
    if (first >= n_texts) { return 0; }
    *out = texts + first;
    return n_texts - first < s->options->batch_size ? n_texts - first : s->options->batch_size;
}

/* The pieces of the texts. */
static size_t count_pieces(const nomen_stepper *s, const size_t *texts, size_t n_texts) {
    size_t n = 0;
    for (size_t i = 0; i < n_texts; i++) { n += nomen_examples_n_pieces(s->examples, texts[i]); }
    return n;
}

/*
 * Ends a round: the losses of its micro-batches are added in their order, all get the labels, each at its text's place in the
 * step, and all stop where one has to. `first` is the number of the round's first micro-batch, `own` how this process's ended.
 */
static nomen_status share_round(nomen_stepper *s, const size_t *texts, size_t n_texts, size_t first, nomen_status own,
                                double loss_sum, nomen_step_result *result, nomen_error *err) {
    nomen_message send[NOMEN_MAX_RANKS], receive[NOMEN_MAX_RANKS] = {{0}};
    int32_t *place[NOMEN_MAX_RANKS] = {NULL};
    size_t n_bytes[NOMEN_MAX_RANKS] = {0};
    size_t n = s->spread->size, me = s->spread->rank;
    const size_t *part = NULL;
    round_head head = {.loss_sum = loss_sum, .status = own};
    if (n == 1) {
        result->loss_sum += loss_sum;
        return own == NOMEN_OK ? own : nomen_call_stopped(err);
    }
    place[0] = s->predicted + count_pieces(s, texts, first * s->options->batch_size);
    for (size_t i = 0; i < n; i++) {
        size_t n_part = batch_texts(s, texts, n_texts, first + i, &part), n_pieces = count_pieces(s, part, n_part);
        if (i + 1 < n) { place[i + 1] = place[i] + n_pieces; }
        n_bytes[i] = n_pieces * sizeof **place;
        receive[i] = (nomen_message){s->share + i * s->share_size, sizeof head + n_bytes[i]};
    }
    memcpy(receive[me].bytes, &head, sizeof head);
    memcpy((unsigned char *)receive[me].bytes + sizeof head, place[me], n_bytes[me]);
    for (size_t i = 0; i < n; i++) { send[i] = receive[me]; }
    nomen_status status = nomen_spread_exchange(s->spread, send, receive, err), worst = NOMEN_OK;
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < n; i++) {
        memcpy(&head, receive[i].bytes, sizeof head);
        memcpy(place[i], (const unsigned char *)receive[i].bytes + sizeof head, n_bytes[i]);
        result->loss_sum += head.loss_sum;
        if ((nomen_status)head.status > worst) { worst = (nomen_status)head.status; }
    }
    return worst == NOMEN_OK ? worst : nomen_call_set_stop(err, worst);
}

/* Where texts stand in their step. */
typedef struct step_place {
    uint32_t seq_index; /* sequences before them, which dropout goes by */
    size_t piece;       /* pieces before them */
} step_place;

/* Computes what the batcher holds. */
typedef nomen_status full_function(nomen_stepper *s, uint32_t step, nomen_step_result *result, nomen_error *err);

/*
 * Fills the batcher with one window of these texts after the other; `full` takes what it holds where no more fits, and at the
 * end.
 */
static nomen_status pack_texts(nomen_stepper *s, const size_t *texts, size_t n_texts, uint32_t step, step_place *at,
                               full_function *full, nomen_step_result *result, nomen_error *err) {
    const nomen_examples *e = s->examples;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_texts; i++) {
        for (size_t w = e->window_start[texts[i]]; w < e->window_start[texts[i] + 1]; w++, at->seq_index++) {
            nomen_window_ref ref = {.text = texts[i], .window = w};
            if (!nomen_batcher_add(&s->batcher, s->model, e, ref, at->seq_index)) {
                NOMEN_TRY(full(s, step, result, err));
                nomen_batcher_add(&s->batcher, s->model, e, ref, at->seq_index);
            }
            s->places[s->batcher.n_seqs - 1] = at->piece;
        }
        at->piece += nomen_examples_n_pieces(e, texts[i]);
    }
    status = full(s, step, result, err);
done:
    return status;
}

/* Marks the words of the batch that is filled, whichever process computes it. */
static nomen_status mark_batch(nomen_stepper *s, uint32_t step, nomen_step_result *result, nomen_error *err) {
    (void)step, (void)err;
    nomen_word_marks_add(&s->words, s->batcher.ids, s->batcher.n_tokens, s->gradients);
    result->n_tokens += s->batcher.n_tokens;
    nomen_batcher_reset(&s->batcher);
    return NOMEN_OK;
}

/* The gradient of one micro-batch and nothing else. Its sequences have their numbers in the whole step, which dropout goes by. */
static nomen_status run_alone(nomen_stepper *s, const size_t *texts, size_t n_texts, size_t m, uint32_t step,
                              nomen_step_result *part, nomen_error *err) {
    const nomen_examples *e = s->examples;
    const size_t *own = NULL;
    size_t n = batch_texts(s, texts, n_texts, m, &own);
    step_place at = {0};
    if (n == 0) { return nomen_call_check(err); }
    at.piece = count_pieces(s, texts, (size_t)(own - texts));
    for (const size_t *text = texts; text < own; text++) {
        at.seq_index += (uint32_t)(e->window_start[*text + 1] - e->window_start[*text]);
    }
    nomen_word_marks_blank(&s->words, s->gradients);
    clear_crf(s);
    nomen_status status = pack_texts(s, own, n, step, &at, flush, part, err);
    /* What no batch has filled still holds the gradient of the micro-batch before. */
    if (status == NOMEN_OK && part->n_tokens == 0) { nomen_op_fill(s->gradients, 0, nomen_param_n_trainable(&s->model->table)); }
    return status;
}

static nomen_status run_by_batch(nomen_stepper *s, const size_t *texts, size_t n_texts, uint32_t step, nomen_step_result *result,
                                 nomen_error *err) {
    size_t batch = s->options->batch_size, n_batches = (n_texts + batch - 1) / batch, n = s->spread->size;
    step_place at = {0};
    nomen_status status;
    NOMEN_TRY(pack_texts(s, texts, n_texts, step, &at, mark_batch, result, err));
    nomen_reduction_start(&s->reduction);
    for (size_t first = 0; first < n_batches; first += n) {
        nomen_step_result part = {.weight = result->weight};
        nomen_error problem = {0};
        nomen_status own = run_alone(s, texts, n_texts, first + s->spread->rank, step, &part, &problem);
        nomen_batcher_reset(&s->batcher);
        NOMEN_TRY(share_round(s, texts, n_texts, first, own, part.loss_sum, result, err));
        NOMEN_TRY(nomen_reduction_add(&s->reduction, s->gradients, n_batches - first < n ? n_batches - first : n, err));
    }
    status = nomen_reduction_finish(&s->reduction, s->gradients, err);
done:
    return status;
}

nomen_status nomen_stepper_run(nomen_stepper *s, const size_t *texts, size_t n_texts, uint32_t step, nomen_step_result *out,
                               nomen_error *err) {
    nomen_step_result result = {.weight = labelled_weight(s, texts, n_texts)};
    size_t batch = s->options->batch_size;
    step_place at = {0};
    nomen_status status = NOMEN_OK;
    nomen_word_marks_start(&s->words, s->gradients);
    nomen_batcher_reset(&s->batcher);
    if (s->options->reduce_by_batch) {
        NOMEN_TRY(run_by_batch(s, texts, n_texts, step, &result, err));
    } else {
        clear_crf(s);
        for (size_t i = 0; i < n_texts; i += batch) {
            size_t n = n_texts - i < batch ? n_texts - i : batch;
            NOMEN_TRY(pack_texts(s, texts + i, n, step, &at, flush, &result, err));
        }
    }
    *out = result;
done:
    return status;
}
