/* Texts to entities: words, windows, forward, probabilities, aggregation. */
#include "nomen/tagger.h"

#include "base/mem.h"
#include "infer/predict.h"
#include "tag/aggregate.h"
#include "tag/tagged.h"
#include "text/words.h"

struct nomen_tagger {
    nomen_model *model;
    nomen_tagger_options options;
    nomen_predictor predictor;
    nomen_examples examples;
    nomen_real *logits; /* (pieces of all texts, K), turned into probabilities in place */
    size_t logits_capacity;
    nomen_span *words; /* of all texts by white space, or of one text by its pieces */
    size_t word_capacity;
    nomen_text *texts; /* with words by white space */
    size_t text_capacity;
    uint8_t *word_starts; /* a piece of one text */
    size_t start_capacity;
    const char **tokens; /* a piece of one text */
    size_t token_capacity;
    nomen_tagged tagged;
};

void nomen_tagger_defaults(nomen_tagger_options *options) {
    *options = (nomen_tagger_options){.aggregation = NOMEN_AGGREGATE_FIRST, .words = NOMEN_WORDS_AUTO};
}

nomen_status nomen_tagger_create(nomen_model *model, const nomen_tagger_options *options, nomen_tagger **out,
                                 nomen_error *err) {
    nomen_tagger *tagger = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(tagger, 1, err));
    tagger->model = model;
    nomen_tagger_defaults(&tagger->options);
    if (options != NULL) { tagger->options = *options; }
    NOMEN_TRY(nomen_calibrated_check(&model->calibrated, tagger->options.aggregation,
                                     "tag with that one, fit them anew, or do without (--no-calibration)", err));
    if (tagger->options.words == NOMEN_WORDS_AUTO) { tagger->options.words = model->settings.words; }
    NOMEN_TRY(nomen_bert_pack(&model->bert, model->values, err));
    NOMEN_TRY(nomen_predictor_create(model, 0, &tagger->predictor, err));
    *out = tagger;
    return NOMEN_OK;
done:
    nomen_tagger_free(tagger);
    return status;
}

void nomen_tagger_free(nomen_tagger *tagger) {
    if (tagger == NULL) { return; }
    nomen_predictor_clear(&tagger->predictor);
    nomen_examples_clear(&tagger->examples);
    nomen_mem_free(tagger->logits);
    nomen_mem_free(tagger->words);
    nomen_mem_free(tagger->texts);
    nomen_mem_free(tagger->word_starts);
    nomen_mem_free(tagger->tokens);
    nomen_tagged_clear(&tagger->tagged);
    nomen_mem_free(tagger);
}

/* The texts with words by white space where they came without; t->texts borrows the rest. */
static nomen_status cut_words(nomen_tagger *t, const nomen_text *texts, size_t n_texts, nomen_error *err) {
    size_t n_words = 0;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(t->texts, t->text_capacity, n_texts, err));
    for (size_t i = 0; i < n_texts; i++) {
        size_t before = n_words;
        t->texts[i] = texts[i];
        if (texts[i].words != NULL) { continue; }
        NOMEN_TRY(nomen_text_words(texts[i].text, texts[i].n_bytes, &t->words, &t->word_capacity, &n_words, err));
        t->texts[i].n_words = n_words - before;
    }
    size_t at = 0; /* only now do the words stay where they are */
    for (size_t i = 0; i < n_texts; i++) {
        if (texts[i].words != NULL) { continue; }
        t->texts[i].words = t->words + at;
        at += t->texts[i].n_words;
    }
done:
    return status;
}

/* The words that BERT's pre-tokenizer made, from the pieces they yielded. */
static nomen_status words_of_pieces(nomen_tagger *t, const int32_t *word_ids, const nomen_span *offsets,
                                    size_t n_pieces, size_t *n_words, nomen_error *err) {
    size_t n = n_pieces > 0 ? (size_t)word_ids[n_pieces - 1] + 1 : 0;
    nomen_status status = NOMEN_RESERVE(t->words, t->word_capacity, n, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < n; i++) { t->words[i] = (nomen_span){0}; }
    for (size_t i = 0; i < n_pieces; i++) {
        nomen_span *word = &t->words[word_ids[i]];
        if (i == 0 || word_ids[i] != word_ids[i - 1]) { word->start = offsets[i].start; }
        word->end = offsets[i].end;
    }
    *n_words = n;
    return NOMEN_OK;
}

/* Which pieces begin a word: by HF's rule where HF's words are asked for, else by the words. */
static nomen_status find_word_starts(nomen_tagger *t, const nomen_text *text, size_t first, size_t n_pieces,
                                     nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(t->word_starts, t->start_capacity, n_pieces, err);
    if (status != NOMEN_OK) { return status; }
    if (text->words != NULL) {
        nomen_word_starts(t->examples.word_ids + first, n_pieces, t->word_starts);
        return NOMEN_OK;
    }
    status = NOMEN_RESERVE(t->tokens, t->token_capacity, n_pieces, err);
    if (status != NOMEN_OK) { return status; }
    const nomen_tokenizer *tokenizer = t->model->tokenizer;
    for (size_t i = 0; i < n_pieces; i++) {
        t->tokens[i] = nomen_tokenizer_get_token(tokenizer, t->examples.ids[first + i]);
    }
    const char *unknown = nomen_tokenizer_get_token(tokenizer, nomen_tokenizer_get_unknown(tokenizer));
    nomen_hf_word_starts(t->tokens, unknown, t->examples.offsets + first, n_pieces, text->text, text->n_bytes,
                         t->word_starts);
    return NOMEN_OK;
}

/* Text number i of the examples, whose probabilities are there, as a nomen_tagged. */
static nomen_status finish_text(nomen_tagger *t, const nomen_text *text, size_t i, nomen_error *err) {
    size_t first = t->examples.piece_start[i], n = nomen_examples_n_pieces(&t->examples, i);
    const nomen_real *probabilities = t->logits + first * t->model->labels.n;
    const nomen_span *words = text->words, *offsets = t->examples.offsets + first;
    const int32_t *word_ids = t->examples.word_ids + first;
    size_t n_words = text->n_words;
    nomen_status status;
    nomen_tagged_start(&t->tagged, text->text, text->n_bytes, &t->model->labels, t->options.aggregation);
    if (!t->options.entities_only) {
        if (words == NULL) {
            NOMEN_TRY(words_of_pieces(t, word_ids, offsets, n, &n_words, err));
            words = t->words;
        }
        NOMEN_TRY(nomen_tagged_set_words(&t->tagged, words, n_words, word_ids, probabilities, n, err));
    }
    NOMEN_TRY(find_word_starts(t, text, first, n, err));
    NOMEN_TRY(nomen_aggregate(t->options.aggregation, &t->model->labels, probabilities, offsets, t->word_starts, n,
                              &t->tagged.entities, err));
    nomen_tagged_filter(&t->tagged, &t->model->calibrated);
done:
    return status;
}

nomen_status nomen_tagger_run(nomen_tagger *t, const nomen_text *texts, size_t n_texts,
                              nomen_tagged_function function, void *user, nomen_error *err) {
    size_t n_labels = t->model->labels.n, n_pieces, n_logits = 0;
    nomen_status status = NOMEN_OK;
    nomen_examples_reset(&t->examples);
    if (n_texts == 0) { return NOMEN_OK; }
    if (t->options.words == NOMEN_WORDS_WHITESPACE) {
        NOMEN_TRY(cut_words(t, texts, n_texts, err));
        texts = t->texts;
    }
    NOMEN_TRY(nomen_examples_add(&t->examples, t->model, texts, n_texts, NULL, err));
    n_pieces = t->examples.piece_start[n_texts];
    NOMEN_TRY(nomen_mem_product(n_pieces, n_labels, "the logits of the texts", &n_logits, err));
    NOMEN_TRY(NOMEN_RESERVE(t->logits, t->logits_capacity, n_logits, err));
    NOMEN_TRY(nomen_predictor_run(&t->predictor, &t->examples, t->logits, err));
    nomen_calibrated_scale(&t->model->calibrated, t->logits, n_logits);
    nomen_op_softmax(t->logits, t->logits, n_pieces, n_labels);
    for (size_t i = 0; i < n_texts; i++) {
        NOMEN_TRY(finish_text(t, &texts[i], i, err));
        NOMEN_TRY(function(user, i, &t->tagged, err));
    }
done:
    return status;
}
