/* A step of training and its parts. */
#include "base/mem.h"
#include "speed/stages.h"
#include "train/optim/optimizer.h"
#include "train/word_marks.h"

enum { TRAIN_SENTENCES = 32 };

/* What a step of training needs. */
typedef struct training_bench {
    nomen_bert_workspace *workspace;
    nomen_batcher batcher;
    nomen_real *logits, *dlogits; /* (capacity,K) each */
    nomen_real *gradients;        /* a block of the parameter table */
    nomen_word_marks words;
    nomen_optimizer_state optimizer;
    nomen_train_options options;
} training_bench;

static nomen_status start_training(nomen_speed_bench *b, training_bench *t, nomen_error *err) {
    const nomen_model *model = b->model;
    size_t longest = model->settings.max_length, n_logits = 0;
    size_t capacity = longest > NOMEN_SPEED_BATCH_TOKENS ? longest : NOMEN_SPEED_BATCH_TOKENS;
    nomen_status status;
    nomen_train_init(&t->options, sizeof t->options);
    NOMEN_TRY(nomen_bert_workspace_create(&model->config, capacity, longest, NOMEN_KEEP_ALL, &t->workspace, err));
    NOMEN_TRY(nomen_batcher_create(capacity, &t->batcher, err));
    NOMEN_TRY(nomen_mem_product(capacity, model->labels.n, "the logits of a batch", &n_logits, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(t->logits, n_logits, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(t->dlogits, n_logits, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(t->gradients, model->table.n_elements, err));
    NOMEN_TRY(nomen_word_marks_create(&model->config, &model->table, &t->words, err));
    NOMEN_TRY(nomen_optimizer_create(&t->options, &model->table, &t->optimizer, err));
done:
    return status;
}

static void clear_training(training_bench *t) {
    nomen_bert_workspace_free(t->workspace);
    nomen_batcher_clear(&t->batcher);
    nomen_mem_free(t->logits);
    nomen_mem_free(t->dlogits);
    nomen_mem_free(t->gradients);
    nomen_word_marks_clear(&t->words);
    nomen_optimizer_clear(&t->optimizer);
}

/* One batch of as many of the examples' windows as a step takes, each piece with some label. */
static void fill_batch(const nomen_speed_bench *b, training_bench *t) {
    const nomen_examples *e = &b->examples;
    nomen_batcher_reset(&t->batcher);
    for (size_t text = 0; text < e->n && text < TRAIN_SENTENCES; text++) {
        for (size_t w = e->window_start[text]; w < e->window_start[text + 1]; w++) {
            nomen_window_ref ref = {.text = text, .window = w};
            if (!nomen_batcher_add(&t->batcher, b->model, e, ref, (uint32_t)t->batcher.n_seqs)) { return; }
        }
    }
}

/* One step, whose forward has `flops` operations, 0 in the step that warms up, which does not count. Where it is stopped its
 * times are of no use, and nomen_speed_add_row ends the run. */
static void run_step(nomen_speed_bench *b, training_bench *t, uint32_t step, double flops) {
    const nomen_batch batch = nomen_batcher_get(&t->batcher);
    const size_t n = t->batcher.n_tokens, n_labels = b->model->labels.n;
    const nomen_bert_dropout dropout = {.seed = 1, .step = step};
    const nomen_real scale = 1 / (nomen_real)n;
    double times[5] = {nomen_clock_now()};
    nomen_bert_forward(&b->model->bert, &batch, &dropout, t->workspace, t->logits, NULL);
    times[1] = nomen_clock_now();
    nomen_op_cross_entropy_forward(t->logits, batch.targets, NULL, n, n_labels, NULL);
    nomen_op_cross_entropy_backward(t->dlogits, t->logits, batch.targets, NULL, scale, n, n_labels);
    times[2] = nomen_clock_now();
    nomen_word_marks_start(&t->words, t->gradients);
    nomen_word_marks_add(&t->words, batch.ids, n, t->gradients);
    nomen_bert_backward(&b->model->bert, &batch, &dropout, t->workspace, t->dlogits, t->gradients, true, NULL);
    times[3] = nomen_clock_now();
    nomen_optimizer_step(&t->optimizer, b->model->values, t->gradients, &t->words.rows, 1e-9);
    times[4] = nomen_clock_now();
    if (flops == 0) { return; }
    nomen_speed_add(&b->samples, times[4] - times[0], 3 * flops);
    nomen_speed_add(&b->parts[0], times[1] - times[0], flops);
    nomen_speed_add(&b->parts[1], times[3] - times[2], 2 * flops);
    nomen_speed_add(&b->parts[2], times[4] - times[3], 0);
}

static nomen_status measure(nomen_speed_bench *b, training_bench *t, const nomen_speed_texts *texts, size_t length,
                            nomen_error *err) {
    nomen_status status;
    uint32_t step = 0;
    NOMEN_TRY(nomen_speed_texts_all(texts, b->model, &b->examples, err));
    fill_batch(b, t);
    for (size_t i = 0; i < t->batcher.n_tokens; i++) { t->batcher.targets[i] = (int32_t)(i % b->model->labels.n); }
    nomen_speed_row forward = {.stage = NOMEN_SPEED_TRAIN_FORWARD, .length = length};
    forward.texts = (double)t->batcher.n_seqs;
    for (size_t s = 0; s < t->batcher.n_seqs; s++) {
        nomen_speed_add_forward(&forward, &b->model->config, t->batcher.seq_start[s + 1] - t->batcher.seq_start[s]);
    }
    run_step(b, t, step++, 0);
    nomen_speed_begin(b);
    while (nomen_speed_is_due(b)) { run_step(b, t, step++, forward.flops); }
    nomen_speed_row backward = forward, optimizer = forward, all = forward;
    backward.stage = NOMEN_SPEED_BACKWARD;
    backward.flops = 2 * forward.flops; /* what attention recomputes is not counted */
    all.stage = NOMEN_SPEED_TRAIN;
    all.flops = 3 * forward.flops;
    optimizer.stage = NOMEN_SPEED_OPTIMIZER;
    optimizer.flops = 0;
    optimizer.peak = b->result->bytes;
    /* value, gradient and two moments are read, three of them written; the norm reads the gradient first.
     * Words that no step had yet only decay: they are read and written. */
    size_t unused = 0;
    for (size_t i = 0; i < t->words.rows.n_rows; i++) { unused += t->words.rows.marks[i] == 0 ? t->words.rows.width : 0; }
    optimizer.bytes = sizeof(nomen_real) * (8.0 * (double)(b->model->table.n_elements - unused) + 2.0 * (double)unused);
    NOMEN_TRY(nomen_speed_add_row(b, &b->samples, all, err));
    NOMEN_TRY(nomen_speed_add_row(b, &b->parts[0], forward, err));
    NOMEN_TRY(nomen_speed_add_row(b, &b->parts[1], backward, err));
    NOMEN_TRY(nomen_speed_add_row(b, &b->parts[2], optimizer, err));
done:
    return status;
}

nomen_status nomen_speed_train(nomen_speed_bench *b, const nomen_speed_texts *texts, const size_t *lengths, size_t n,
                               nomen_error *err) {
    training_bench t = {0};
    nomen_status status;
    NOMEN_TRY(start_training(b, &t, err));
    nomen_op_fill(t.gradients, 0, b->model->table.n_elements);
    b->result->bytes = nomen_speed_bytes(t.optimizer.slots[0], t.gradients, b->model->table.n_elements);
    for (size_t i = 0; i < n; i++) { NOMEN_TRY(measure(b, &t, &texts[i], lengths[i], err)); }
done:
    clear_training(&t);
    return status;
}
