/*
 * Texts to entities. The pieces of a text come in its order, in parts of any size (run/stream.h); they become
 * probabilities, words and entities as they come.
 */
#include "nomen/tagger.h"

#include <string.h>

#include "base/mem.h"
#include "decode/aggregate.h"
#include "decode/tagged.h"
#include "decode/word_entities.h"
#include "run/stream.h"
#include "tag/known.h"
#include "text/words.h"

struct nomen_tagger {
    nomen_model *model;
    nomen_tagger_options options;
    nomen_stream stream;
    nomen_aggregator aggregator;
    nomen_word_entities decoded;
    bool decodes;       /* entities are of decoded words, not Hugging Face's */
    nomen_real *logits; /* (pieces of a part, K) as the model gave them, for the decoder */
    size_t logits_capacity;
    nomen_tagged_words tagged_words;
    nomen_span *words; /* of one text, by white space */
    size_t word_capacity;
    int32_t last_word;    /* of the piece before the part, or NOMEN_NO_WORD */
    uint8_t *word_starts; /* a piece of a part */
    size_t start_capacity;
    const char **tokens; /* a piece of a part */
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
    NOMEN_TRY(nomen_word_entities_create(model, tagger->options.aggregation, &tagger->options.decode, &tagger->decoded, err));
    tagger->decodes = !nomen_decoder_is_plain(&tagger->decoded.decoder);
    NOMEN_TRY(nomen_bert_pack(&model->bert, model->values, err));
    NOMEN_TRY(nomen_stream_create(model, tagger->options.words, &tagger->stream, err));
    *out = tagger;
    return NOMEN_OK;
done:
    nomen_tagger_free(tagger);
    return status;
}

void nomen_tagger_free(nomen_tagger *tagger) {
    if (tagger == NULL) { return; }
    nomen_stream_clear(&tagger->stream);
    nomen_aggregator_clear(&tagger->aggregator);
    nomen_word_entities_clear(&tagger->decoded);
    nomen_mem_free(tagger->logits);
    nomen_tagged_words_clear(&tagger->tagged_words);
    nomen_mem_free(tagger->words);
    nomen_mem_free(tagger->word_starts);
    nomen_mem_free(tagger->tokens);
    nomen_tagged_clear(&tagger->tagged);
    nomen_mem_free(tagger);
}

/* One run: the texts, and who gets the results. */
typedef struct tagging {
    nomen_tagger *t;
    const nomen_text *texts;
    nomen_tagged_function function;
    void *user;
} tagging;

/* The first part of a text: its words, where they are known before its pieces are. */
static nomen_status begin_text(nomen_tagger *t, const nomen_text *text, nomen_error *err) {
    const nomen_span *words = text->words;
    size_t n_words = text->n_words;
    bool from_pieces = words == NULL && t->options.words != NOMEN_WORDS_WHITESPACE;
    nomen_status status;
    t->last_word = NOMEN_NO_WORD;
    nomen_tagged_start(&t->tagged, text->text, text->n_bytes, &t->model->labels, t->options.aggregation);
    if (t->decodes) { nomen_word_entities_start(&t->decoded, &t->tagged, !t->options.entities_only); }
    NOMEN_TRY(nomen_aggregator_start(&t->aggregator, t->options.aggregation, &t->model->labels, &t->tagged.entities, err));
    if (t->options.entities_only) { return NOMEN_OK; }
    if (words == NULL) {
        n_words = 0;
        if (!from_pieces) { NOMEN_TRY(nomen_text_words(text->text, text->n_bytes, &t->words, &t->word_capacity, &n_words, err)); }
        words = t->words;
    }
    NOMEN_TRY(nomen_tagged_words_start(&t->tagged_words, &t->tagged, words, n_words, from_pieces, err));
done:
    return status;
}

/* Which pieces begin a word: by HF's rule where HF's words are asked for, else by the words. */
static nomen_status find_word_starts(nomen_tagger *t, const nomen_text *text, const nomen_stream_part *part, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(t->word_starts, t->start_capacity, part->n, err);
    if (status != NOMEN_OK || part->n == 0) { return status; }
    int32_t last = t->last_word;
    t->last_word = part->word_ids[part->n - 1];
    if (text->words != NULL || t->options.words == NOMEN_WORDS_WHITESPACE) {
        nomen_word_starts(part->word_ids, part->n, last, t->word_starts);
        return NOMEN_OK;
    }
    status = NOMEN_RESERVE(t->tokens, t->token_capacity, part->n, err);
    if (status != NOMEN_OK) { return status; }
    const nomen_tokenizer *tokenizer = t->model->tokenizer;
    for (size_t i = 0; i < part->n; i++) { t->tokens[i] = nomen_tokenizer_get_token(tokenizer, part->ids[i]); }
    const char *unknown = nomen_tokenizer_get_token(tokenizer, nomen_tokenizer_get_unknown(tokenizer));
    nomen_hf_word_starts(t->tokens, unknown, part->offsets, part->n, text->text, text->n_bytes, t->word_starts);
    return NOMEN_OK;
}

static nomen_status keep_windows(nomen_tagged *tagged, const nomen_stream_part *part, nomen_error *err) {
    size_t n = tagged->n_windows + part->n_windows;
    nomen_status status = NOMEN_RESERVE(tagged->windows, tagged->window_capacity, n, err);
    if (status != NOMEN_OK) { return status; }
    memcpy(tagged->windows + tagged->n_windows, part->windows, part->n_windows * sizeof *part->windows);
    tagged->n_windows = n;
    return NOMEN_OK;
}

/* The rows of a part, in the order of the text: every piece of every text comes through here once. */
static nomen_status take_rows(nomen_tagger *t, const nomen_text *text, const nomen_stream_part *part, nomen_error *err) {
    nomen_status status;
    if (t->decodes) {
        size_t n = part->n * t->model->labels.n;
        NOMEN_TRY(NOMEN_RESERVE(t->logits, t->logits_capacity, n, err));
        memcpy(t->logits, part->logits, n * sizeof *t->logits);
    }
    nomen_calibrated_scale(&t->model->calibrated, part->logits, part->n * t->model->labels.n);
    nomen_op_softmax(part->logits, part->logits, part->n, t->model->labels.n);
    if (!t->options.entities_only) {
        NOMEN_TRY(nomen_tagged_words_add(&t->tagged_words, part->word_ids, part->offsets, part->logits, part->n, err));
    }
    if (t->decodes) {
        return nomen_word_entities_add(&t->decoded, part->word_ids, part->offsets, t->logits, part->logits, part->n, err);
    }
    NOMEN_TRY(find_word_starts(t, text, part, err));
    NOMEN_TRY(nomen_aggregator_add(&t->aggregator, part->logits, part->offsets, t->word_starts, part->n, err));
done:
    return status;
}

static nomen_status take_part(void *user, const nomen_stream_part *part, nomen_error *err) {
    tagging *r = user;
    nomen_tagger *t = r->t;
    const nomen_text *text = &r->texts[part->text];
    nomen_status status;
    if (part->first == 0) { NOMEN_TRY(begin_text(t, text, err)); }
    if (part->n > 0) { NOMEN_TRY(take_rows(t, text, part, err)); }
    if (t->options.windows) { NOMEN_TRY(keep_windows(&t->tagged, part, err)); }
    if (!part->last) { return NOMEN_OK; }
    if (!t->options.entities_only) { nomen_tagged_words_end(&t->tagged_words); }
    if (t->decodes) {
        NOMEN_TRY(nomen_word_entities_end(&t->decoded, text->n_words, err));
    } else {
        NOMEN_TRY(nomen_aggregator_end(&t->aggregator, err));
    }
    nomen_tagged_filter(&t->tagged, &t->model->calibrated);
    NOMEN_TRY(r->function(r->user, part->text, &t->tagged, err));
done:
    return status;
}

nomen_status nomen_tagger_run(nomen_tagger *t, const nomen_text *texts, size_t n_texts,
                              nomen_tagged_function function, void *user, nomen_error *err) {
    tagging r = {.t = t, .texts = texts, .function = function, .user = user};
    return nomen_stream_run(&t->stream, texts, n_texts, take_part, &r, err);
}

nomen_status nomen_tagger_finish(nomen_tagger *t, const nomen_text *texts, const nomen_stream_part *part,
                                 nomen_tagged_function function, void *user, nomen_error *err) {
    tagging r = {.t = t, .texts = texts, .function = function, .user = user};
    return take_part(&r, part, err);
}
