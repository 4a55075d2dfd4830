/* Tokenising and inference, each run until its time is over. */
#include "speed/stages.h"

#include "base/mem.h"

/* Adds the work of a forward over all windows of the examples. */
static void add_examples(nomen_speed_row *row, const nomen_model *model, const nomen_examples *e) {
    for (size_t w = 0, text = 0; w < e->window_start[e->n]; w++) {
        while (w >= e->window_start[text + 1]) { text++; }
        if (e->windows[w].own_end == e->windows[w].own_start) { continue; }
        nomen_speed_add_forward(row, &model->config,
                                nomen_batcher_length(model, e, (nomen_window_ref){.text = text, .window = w}));
    }
    row->texts += (double)e->n;
}

nomen_status nomen_speed_tokenize(nomen_speed_bench *b, const nomen_speed_texts *texts, nomen_error *err) {
    nomen_speed_row row = {.stage = NOMEN_SPEED_TOKENIZE, .texts = (double)texts->n};
    nomen_encoding encoding = {0};
    nomen_status status = NOMEN_OK;
    nomen_speed_begin(b);
    for (bool warm = false; !warm || nomen_speed_is_due(b); warm = true) {
        double started = nomen_clock_now();
        row.tokens = row.text_bytes = 0;
        for (size_t i = 0; i < texts->n; i++) {
            size_t n_bytes = texts->spans[i].end - texts->spans[i].start;
            NOMEN_TRY(
                nomen_tokenizer_encode(b->model->tokenizer, texts->bytes.data + texts->spans[i].start, n_bytes, &encoding, err));
            row.text_bytes += (double)n_bytes;
            row.tokens += (double)encoding.n_pieces;
        }
        if (warm) { nomen_speed_add(&b->samples, nomen_clock_now() - started, 0); }
    }
    NOMEN_TRY(nomen_speed_add_row(b, &b->samples, row, err));
done:
    nomen_encoding_clear(&encoding);
    return status;
}

/* Forward over the examples, as eval and tag do it. */
static nomen_status predict(nomen_speed_bench *b, nomen_error *err) {
    size_t n = b->examples.piece_start[b->examples.n] * b->model->labels.n;
    nomen_status status = NOMEN_RESERVE(b->logits, b->logits_capacity, n, err);
    return status == NOMEN_OK ? nomen_predictor_run(&b->predictor, &b->examples, b->logits, err) : status;
}

nomen_status nomen_speed_forward_batch(nomen_speed_bench *b, const nomen_speed_texts *texts, size_t length, nomen_error *err) {
    nomen_speed_row row = {.stage = NOMEN_SPEED_BATCH, .length = length};
    nomen_status status;
    NOMEN_TRY(nomen_speed_texts_all(texts, b->model, &b->examples, err));
    add_examples(&row, b->model, &b->examples);
    NOMEN_TRY(predict(b, err));
    nomen_speed_begin(b);
    while (nomen_speed_is_due(b)) {
        double started = nomen_clock_now();
        NOMEN_TRY(predict(b, err));
        nomen_speed_add(&b->samples, nomen_clock_now() - started, row.flops);
    }
    NOMEN_TRY(nomen_speed_add_row(b, &b->samples, row, err));
done:
    return status;
}

nomen_status nomen_speed_forward_alone(nomen_speed_bench *b, const nomen_speed_texts *texts, size_t length, nomen_error *err) {
    nomen_speed_row row = {.stage = NOMEN_SPEED_ALONE, .length = length};
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(nomen_speed_texts_one(texts, 0, b->model, &b->examples, err));
    NOMEN_TRY(predict(b, err));
    nomen_speed_begin(b);
    for (size_t i = 0; nomen_speed_is_due(b); i = (i + 1) % texts->n) {
        const double flops = row.flops;
        NOMEN_TRY(nomen_speed_texts_one(texts, i, b->model, &b->examples, err));
        add_examples(&row, b->model, &b->examples);
        double started = nomen_clock_now();
        NOMEN_TRY(predict(b, err));
        nomen_speed_add(&b->samples, nomen_clock_now() - started, row.flops - flops);
    }
    double n = (double)b->samples.n;
    row.texts /= n;
    row.tokens /= n;
    row.flops /= n;
    NOMEN_TRY(nomen_speed_add_row(b, &b->samples, row, err));
done:
    return status;
}
