/* A model's scores on labelled sentences, a few at a time. */
#include "eval/evaluate.h"

#include <math.h>

#include "base/log.h"
#include "base/mem.h"
#include "decode/thresholds.h"
#include "eval/plain_text.h"
#include "run/sentences.h"

typedef struct evaluation {
    nomen_predictor *predictor;
    const nomen_dataset *dataset;
    nomen_judge judge;
    nomen_plain_text *plain;           /* NULL where it is not wanted */
    const nomen_sentence_chunk *chunk; /* the sentences that were just run */
    nomen_request request;
    nomen_calibrated calibrated; /* the model's, as the request has it */
    nomen_decoder decoder;
    int32_t *certain;             /* (decoder.bound) */
    nomen_real *alpha, *crf_work; /* of a model with a CRF: (pieces of a chunk, K), and scratch */
    size_t alpha_capacity;
    int32_t *piece_labels, *word_labels; /* of all pieces of a chunk: the largest; of all its words: as decoded */
    size_t piece_capacity, word_capacity;
    const char **tags;         /* predicted, of a sentence's words */
    float *confidence;         /* the same; without details and thresholds NULL */
    float *scores;             /* scratch of the thresholds */
    nomen_real *probabilities; /* (K) */
    size_t tag_capacity, confidence_capacity, score_capacity;
    double loss;
    size_t n_labelled;
    size_t n_windows, n_long; /* windows, and sentences of more than one */
} evaluation;

nomen_status nomen_report_unknown_labels(const nomen_labels *labels, const nomen_dataset *dataset, const size_t *sentences,
                                         size_t n_sentences, const char *name, nomen_error *err) {
    int32_t *map = NULL;
    size_t *counts = NULL, n = sentences != NULL ? n_sentences : dataset->n_sentences;
    nomen_status status;
    NOMEN_TRY(nomen_labels_map(labels, dataset, &map, err));
    NOMEN_TRY(NOMEN_NEW(counts, dataset->n_tags, err));
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *s = &dataset->sentences[sentences != NULL ? sentences[i] : i];
        for (size_t w = 0; w < s->n_words; w++) { counts[dataset->tags[s->first_word + w]]++; }
    }
    for (size_t t = 0; t < dataset->n_tags; t++) {
        if (map[t] >= 0 || counts[t] == 0 || nomen_tag_is_unknown(dataset->tag_names[t])) { continue; }
        nomen_log_warning("%s has the label %s on %zu words, but the model lacks it: they count as errors", name,
                          dataset->tag_names[t], counts[t]);
    }
done:
    nomen_mem_free(map);
    nomen_mem_free(counts);
    return status;
}

/* The label of each of a text's words by the scores of its first piece. */
static void decode_text(evaluation *e, size_t text, size_t n_words, int32_t *word_labels) {
    const nomen_examples *x = e->chunk->examples;
    size_t n_labels = e->predictor->model->labels.n, piece = x->piece_start[text], end = x->piece_start[text + 1], n = 0;
    for (size_t w = 0; w < n_words; w++) {
        bool there = piece < end && (size_t)x->word_ids[piece] == w;
        size_t m = nomen_decoder_push(&e->decoder, there ? e->chunk->logits + piece * n_labels : NULL, e->certain);
        for (size_t i = 0; i < m; i++) { word_labels[n++] = e->certain[i]; }
        if (there) { piece = nomen_examples_next_word(x, text, piece); }
    }
    size_t m = nomen_decoder_finish(&e->decoder, e->certain);
    for (size_t i = 0; i < m; i++) { word_labels[n++] = e->certain[i]; }
}

/*
 * How sure the model is of each word's label: its probability at the word's first piece, NaN without pieces. An orphan
 * I- that became a B- keeps its probability; what no repair touched has its own, as in tag.
 */
static void find_confidence(evaluation *e, size_t text, const int32_t *word_labels, size_t n_words, size_t n_labels) {
    const nomen_decode_options *how = &e->decoder.options; /* what was asked for may leave the decoding to the model */
    bool begins = how->repair == NOMEN_REPAIR_BEGIN && how->decoding == NOMEN_DECODE_ARGMAX;
    const nomen_examples *x = e->chunk->examples;
    for (size_t w = 0; w < n_words; w++) { e->confidence[w] = NAN; }
    for (size_t i = x->piece_start[text]; i < x->piece_start[text + 1]; i = nomen_examples_next_word(x, text, i)) {
        int32_t word = x->word_ids[i], label = word_labels[word];
        nomen_op_softmax(e->probabilities, e->chunk->logits + i * n_labels, 1, n_labels);
        const nomen_label_rule *best = &e->decoder.rules.labels[e->piece_labels[i]];
        bool repaired = begins && best->opened && best->begin == label;
        e->confidence[word] = (float)e->probabilities[repaired ? e->piece_labels[i] : label];
    }
}

/* Scores the text of a chunk, which is that sentence; the labels are those of its words. */
static nomen_status score_text(evaluation *e, size_t text, size_t sentence, int32_t *word_labels, nomen_error *err) {
    const nomen_labels *labels = &e->predictor->model->labels;
    size_t n_words = e->dataset->sentences[sentence].n_words;
    int32_t other = nomen_labels_find(labels, "O", 1);
    const nomen_calibrated *calibrated = &e->calibrated;
    bool confident = e->probabilities != NULL; /* for details or thresholds */
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(e->tags, e->tag_capacity, n_words, err));
    if (confident) {
        NOMEN_TRY(NOMEN_RESERVE(e->confidence, e->confidence_capacity, n_words, err));
        find_confidence(e, text, word_labels, n_words, labels->n);
    }
    if (calibrated->thresholds != NULL) {
        NOMEN_TRY(NOMEN_RESERVE(e->scores, e->score_capacity, n_words, err));
        const nomen_label_rules *rules = nomen_decoder_is_plain(&e->decoder) ? NULL : &e->decoder.rules;
        nomen_thresholds_filter(calibrated, labels, rules, e->confidence, other < 0 ? 0 : other, e->scores, n_words, word_labels);
        find_confidence(e, text, word_labels, n_words, labels->n); /* a word left out is an O now */
    }
    for (size_t w = 0; w < n_words; w++) { e->tags[w] = labels->names[word_labels[w]]; }
    NOMEN_TRY(nomen_judge_add(&e->judge, sentence, e->tags, confident ? e->confidence : NULL, err));
done:
    return status;
}

/* The loss of a model with a CRF, which reads each text's labelled pieces as a chain. */
static nomen_status add_crf_loss(evaluation *e, nomen_error *err) {
    const nomen_examples *x = e->chunk->examples;
    const nomen_rows rows = {.n_tokens = e->chunk->n_pieces, .n_seqs = x->n, .seq_start = x->piece_start};
    nomen_crf view;
    const nomen_crf *crf = nomen_model_get_crf(e->predictor->model, &view);
    nomen_status status = NOMEN_RESERVE(e->alpha, e->alpha_capacity, e->chunk->n_logits, err);
    if (status != NOMEN_OK) { return status; }
    e->loss += nomen_op_crf_forward(e->alpha, e->chunk->logits, x->targets, crf, &rows, e->crf_work);
    return NOMEN_OK;
}

/* The decoder, and what the loss of a CRF needs. */
static nomen_status prepare(evaluation *e, nomen_error *err) {
    const nomen_model *model = e->predictor->model;
    nomen_crf view;
    const nomen_crf *crf = nomen_model_get_crf(model, &view);
    const nomen_request *r = &e->request;
    const nomen_decode_options how = {r->decoding, r->repair};
    nomen_status status;
    NOMEN_TRY(nomen_calibrated_choose(&model->calibrated, &model->labels, r, &e->calibrated, err));
    NOMEN_TRY(nomen_decoder_create(&model->labels, crf, &how, 0, &e->decoder, err));
    NOMEN_TRY(NOMEN_NEW(e->certain, e->decoder.bound, err));
    if (crf != NULL) { NOMEN_TRY(NOMEN_NEW_ALIGNED(e->crf_work, nomen_op_crf_scratch(model->labels.n), err)); }
    nomen_decoder_report(&e->decoder);
done:
    return status;
}

/* The labels of all words of a chunk, from logits without temperature: a CRF's scores are to those. */
static nomen_status decode_chunk(evaluation *e, nomen_error *err) {
    const nomen_sentence_chunk *chunk = e->chunk;
    size_t n_words = 0;
    for (size_t i = 0; i < chunk->examples->n; i++) { n_words += e->dataset->sentences[chunk->sentences[i]].n_words; }
    nomen_status status = NOMEN_RESERVE(e->word_labels, e->word_capacity, n_words, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0, at = 0; i < chunk->examples->n; i++) {
        size_t n = e->dataset->sentences[chunk->sentences[i]].n_words;
        decode_text(e, i, n, e->word_labels + at);
        at += n;
    }
    return NOMEN_OK;
}

/* Decodes and scores a chunk. */
static nomen_status add_chunk(void *user, const nomen_sentence_chunk *chunk, nomen_error *err) {
    evaluation *e = user;
    const nomen_model *model = e->predictor->model;
    const nomen_examples *x = chunk->examples;
    size_t n_labels = model->labels.n;
    nomen_status status;
    e->chunk = chunk;
    if (e->plain != NULL) { NOMEN_TRY(nomen_plain_text_add(e->plain, x, chunk->sentences, chunk->logits, err)); }
    NOMEN_TRY(NOMEN_RESERVE(e->piece_labels, e->piece_capacity, chunk->n_pieces, err));
    for (size_t i = 0; i < chunk->n_pieces; i++) {
        e->n_labelled += x->targets[i] != NOMEN_IGNORE;
        e->piece_labels[i] = (int32_t)nomen_largest(chunk->logits + i * n_labels, n_labels);
    }
    NOMEN_TRY(decode_chunk(e, err));
    if (model->config.crf) { NOMEN_TRY(add_crf_loss(e, err)); }
    nomen_calibrated_scale(&e->calibrated, chunk->logits, chunk->n_logits); /* of the same labels: only their scores change */
    if (!model->config.crf) {
        e->loss += nomen_op_cross_entropy_forward(chunk->logits, x->targets, NULL, chunk->n_pieces, n_labels, NULL);
    }
    e->n_windows += x->window_start[x->n];
    for (size_t i = 0, at = 0; i < x->n; at += e->dataset->sentences[chunk->sentences[i++]].n_words) {
        e->n_long += x->window_start[i + 1] - x->window_start[i] > 1;
        NOMEN_TRY(score_text(e, i, chunk->sentences[i], e->word_labels + at, err));
    }
done:
    return status;
}

/* Runs the sentences (all where `sentences` is NULL) through the model and the judge. */
static nomen_status run(evaluation *e, const size_t *sentences, size_t n_sentences, const nomen_judge_options *options,
                        nomen_error *err) {
    const nomen_model *model = e->predictor->model;
    nomen_status status;
    NOMEN_TRY(prepare(e, err));
    NOMEN_TRY(nomen_calibrated_check(&e->calibrated, NOMEN_AGGREGATE_FIRST,
                                     "a word is scored by its first subword token; fit the thresholds to that aggregation", err));
    NOMEN_TRY(nomen_judge_start(e->dataset, options, &e->judge, err));
    if (options->scorer.details || e->calibrated.thresholds != NULL) {
        NOMEN_TRY(NOMEN_NEW_ALIGNED(e->probabilities, model->labels.n, err));
    }
    NOMEN_TRY(nomen_run_sentences(e->predictor, e->dataset, sentences, n_sentences, add_chunk, e, err));
    NOMEN_TRY(nomen_judge_finish(&e->judge, err));
done:
    return status;
}

static void clear(evaluation *e) {
    nomen_judge_clear(&e->judge);
    nomen_calibrated_clear(&e->calibrated);
    nomen_plain_text_free(e->plain);
    nomen_decoder_clear(&e->decoder);
    nomen_mem_free(e->certain);
    nomen_mem_free(e->alpha);
    nomen_mem_free(e->crf_work);
    nomen_mem_free(e->piece_labels);
    nomen_mem_free(e->word_labels);
    nomen_mem_free(e->tags);
    nomen_mem_free(e->confidence);
    nomen_mem_free(e->scores);
    nomen_mem_free(e->probabilities);
}

static void set_loss(const evaluation *e, nomen_report *report) {
    if (e->n_labelled > 0) { report->loss = e->loss / (double)e->n_labelled; }
}

nomen_status nomen_evaluate(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences, size_t n_sentences,
                            nomen_report *out, nomen_error *err) {
    evaluation e = {.predictor = predictor, .dataset = dataset};
    const nomen_judge_options options = {.train = NULL};
    nomen_status status;
    NOMEN_TRY(run(&e, sentences, n_sentences, &options, err));
    NOMEN_TRY(nomen_scorer_report(e.judge.scorer, out, err));
    set_loss(&e, out);
done:
    clear(&e);
    return status;
}

/* All figures of the sentences, by an evaluation that has its predictor, dataset and request. */
static nomen_status find_details(evaluation *e, const size_t *sentences, size_t n_sentences, const nomen_judge_options *options,
                                 nomen_details *out, nomen_error *err) {
    nomen_details details = {0};
    nomen_status status;
    NOMEN_TRY(run(e, sentences, n_sentences, options, err));
    NOMEN_TRY(nomen_scorer_details(e->judge.scorer, &details, err));
    if (e->plain != NULL) { NOMEN_TRY(nomen_plain_text_finish(e->plain, &details, err)); }
    *out = details;
    details = (nomen_details){0};
    set_loss(e, &out->report);
    out->n_windows = e->n_windows;
    out->n_long_sentences = e->n_long;
done:
    nomen_details_clear(&details);
    return status;
}

nomen_status nomen_evaluate_details(const nomen_model *model, const nomen_dataset *dataset, const nomen_judge_options *options,
                                    const nomen_request *request, nomen_details *out, nomen_error *err) {
    nomen_predictor predictor = {0};
    evaluation e = {.predictor = &predictor, .dataset = dataset};
    nomen_status status;
    if (request != NULL) { e.request = *request; }
    NOMEN_TRY(nomen_predictor_create(model, 0, &predictor, err));
    if (options->plain_text) { NOMEN_TRY(nomen_plain_text_create(model, dataset, &e.request, &e.plain, err)); }
    status = find_details(&e, NULL, 0, options, out, err);
done:
    clear(&e);
    nomen_predictor_clear(&predictor);
    return status;
}

nomen_status nomen_evaluate_part_details(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences,
                                         size_t n_sentences, const nomen_judge_options *options, nomen_details *out,
                                         nomen_error *err) {
    evaluation e = {.predictor = predictor, .dataset = dataset};
    nomen_status status = find_details(&e, sentences, n_sentences, options, out, err);
    clear(&e);
    return status;
}

nomen_status nomen_evaluate_model(const nomen_model *model, const nomen_dataset *dataset, nomen_report *out, nomen_error *err) {
    nomen_predictor predictor = {0};
    nomen_status status;
    NOMEN_TRY(nomen_predictor_create(model, 0, &predictor, err));
    NOMEN_TRY(nomen_evaluate(&predictor, dataset, NULL, 0, out, err));
done:
    nomen_predictor_clear(&predictor);
    return status;
}
