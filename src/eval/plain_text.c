/* The score of plain text; see the header. */
#include "eval/plain_text.h"

#include <string.h>

#include "base/intern.h"
#include "base/mem.h"
#include "data/label_split.h"
#include "decode/text_decoder.h"
#include "eval/chunk.h"
#include "eval/scores.h"
#include "text/words.h"

/* An entity as a span of its text. */
typedef struct plain_entity {
    nomen_span span;
    int32_t type;
} plain_entity;

/* What a tag of the gold file says, by seqeval's default mode. */
typedef struct gold_tag {
    char letter;
    int32_t type;
} gold_tag;

struct nomen_plain_text {
    const nomen_model *model;
    const nomen_dataset *gold;
    nomen_request request;
    bool ready; /* the two that follow are there: made as late as needed, as what a model can't do is the evaluation's to say */
    nomen_text_decoder decoder;
    nomen_predictor predictor;
    nomen_stream stream;
    nomen_interner types;    /* names of types, of both sides */
    gold_tag *tags;          /* (gold->n_tags), and one more for the end of a sentence */
    nomen_examples examples; /* the plain texts of a chunk */
    nomen_text *texts;
    nomen_span *words;  /* of all of them, by white space */
    nomen_real *logits; /* of one text: the decoder turns them into probabilities */
    size_t texts_capacity, words_capacity, logits_capacity;
    const size_t *sentences; /* of the texts that are being tagged; NULL: all of the gold */
    plain_entity *entities;  /* of a sentence of the gold */
    size_t entities_capacity;
    nomen_counts counts;
    size_t n_differ;
};

static nomen_status intern(nomen_plain_text *p, const char *name, int32_t *out, nomen_error *err) {
    return nomen_intern(&p->types, name, strlen(name), out, err);
}

/* Takes a tag apart; a plain tag is a type as it is. */
static nomen_status read_tag(nomen_plain_text *p, const char *name, gold_tag *out, nomen_error *err) {
    name = nomen_tag_or_outside(name);
    nomen_label_parts parts = nomen_label_split_seqeval(name);
    if (p->gold->scheme == NOMEN_SCHEME_PLAIN && strcmp(name, "O") != 0) { parts = (nomen_label_parts){'I', name}; }
    out->letter = parts.prefix;
    return intern(p, parts.type, &out->type, err);
}

nomen_status nomen_plain_text_create(const nomen_model *model, const nomen_dataset *gold, const nomen_request *request,
                                     nomen_plain_text **out, nomen_error *err) {
    nomen_plain_text *p = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(p, 1, err));
    p->model = model;
    p->gold = gold;
    p->request = *request;
    NOMEN_TRY(NOMEN_NEW(p->tags, gold->n_tags + 1, err));
    for (size_t i = 0; i < gold->n_tags; i++) { NOMEN_TRY(read_tag(p, gold->tag_names[i], &p->tags[i], err)); }
    NOMEN_TRY(read_tag(p, "O", &p->tags[gold->n_tags], err));
    *out = p;
    return NOMEN_OK;
done:
    nomen_plain_text_free(p);
    return status;
}

void nomen_plain_text_free(nomen_plain_text *p) {
    if (p == NULL) { return; }
    nomen_text_decoder_clear(&p->decoder);
    nomen_predictor_clear(&p->predictor);
    nomen_stream_clear(&p->stream);
    nomen_interner_clear(&p->types);
    nomen_examples_clear(&p->examples);
    nomen_mem_free(p->tags);
    nomen_mem_free(p->texts);
    nomen_mem_free(p->words);
    nomen_mem_free(p->logits);
    nomen_mem_free(p->entities);
    nomen_mem_free(p);
}

/* The entities of a sentence of the gold, in order. */
static nomen_status find_gold(nomen_plain_text *p, size_t sentence, size_t *n, nomen_error *err) {
    const nomen_sentence *s = &p->gold->sentences[sentence];
    const nomen_span *words = p->gold->words + s->first_word;
    nomen_chunk_state state = nomen_chunk_start();
    nomen_status status = NOMEN_RESERVE(p->entities, p->entities_capacity, s->n_words + 1, err);
    *n = 0;
    for (size_t w = 0; status == NOMEN_OK && w <= s->n_words; w++) {
        const gold_tag *tag = &p->tags[w < s->n_words ? (size_t)p->gold->tags[s->first_word + w] : p->gold->n_tags];
        nomen_chunk ended;
        if (!nomen_chunk_step(&state, tag->letter, tag->type, w, &ended) || ended.begin == w) { continue; }
        p->entities[(*n)++] = (plain_entity){{words[ended.begin].start, words[w - 1].end}, ended.type};
    }
    return status;
}

/* Counts a text that was tagged. Both sides are in order of the text and do not overlap. */
static nomen_status count(nomen_plain_text *p, size_t text, const nomen_tagged *tagged, nomen_error *err) {
    size_t n = 0, at = 0, sentence = p->sentences != NULL ? p->sentences[text] : text;
    nomen_status status;
    NOMEN_TRY(find_gold(p, sentence, &n, err));
    p->counts.gold += n;
    for (size_t i = 0; i < tagged->entities.n; i++) {
        const nomen_entity *found = &tagged->entities.items[i];
        if (nomen_span_is_unknown(p->gold, sentence, found->span)) { continue; }
        p->counts.predicted++;
        while (at < n && p->entities[at].span.start < found->span.start) { at++; }
        if (at == n || p->entities[at].span.start != found->span.start || p->entities[at].span.end != found->span.end) {
            continue;
        }
        int32_t type = 0;
        NOMEN_TRY(intern(p, found->name, &type, err));
        p->counts.correct += type == p->entities[at].type;
    }
done:
    return status;
}

/* The next part of one of p->texts. */
static nomen_status add_part(void *user, const nomen_stream_part *part, nomen_error *err) {
    nomen_plain_text *p = user;
    const nomen_tagged *done = NULL;
    nomen_status status = nomen_text_decoder_add(&p->decoder, &p->texts[part->text], part, &done, err);
    return status == NOMEN_OK && done != NULL ? count(p, part->text, done, err) : status;
}

static nomen_status make_ready(nomen_plain_text *p, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (p->ready) { return NOMEN_OK; }
    NOMEN_TRY(nomen_text_decoder_create(p->model, &p->request, &p->decoder, err));
    NOMEN_TRY(nomen_predictor_create(p->model, 0, &p->predictor, err));
    nomen_stream_start(p->model, &p->stream);
    p->ready = true;
done:
    return status;
}

/* The texts of sentences as they stand, with the words of the model's unit where that is white space. */
static nomen_status cut_texts(nomen_plain_text *p, const size_t *sentences, size_t n, nomen_error *err) {
    bool white = p->model->settings.words == NOMEN_WORDS_WHITESPACE;
    size_t n_words = 0, at = 0;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(p->texts, p->texts_capacity, n, err));
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *s = &p->gold->sentences[sentences[i]];
        size_t before = n_words;
        p->texts[i] = (nomen_text){
            .text = nomen_sentence_text(p->gold, sentences[i]), .n_bytes = s->text_size, .document_start = s->document_start};
        if (!white) { continue; }
        NOMEN_TRY(nomen_text_words(p->texts[i].text, s->text_size, &p->words, &p->words_capacity, &n_words, err));
        p->texts[i].n_words = n_words - before;
    }
    for (size_t i = 0; white && i < n; i++) { /* only now do the words stay where they are */
        p->texts[i].words = p->words + at;
        at += p->texts[i].n_words;
    }
done:
    return status;
}

/* Whether text i has the same pieces in both, in one window. */
static bool same_pieces(const nomen_examples *a, const nomen_examples *b, size_t i) {
    size_t n = nomen_examples_n_pieces(a, i);
    if (n != nomen_examples_n_pieces(b, i) || a->window_start[i + 1] - a->window_start[i] > 1) { return false; }
    return n == 0 || memcmp(a->ids + a->piece_start[i], b->ids + b->piece_start[i], n * sizeof *a->ids) == 0;
}

/* Finishes text i with the logits of the evaluation. */
static nomen_status reuse(nomen_plain_text *p, size_t i, const nomen_real *logits, nomen_error *err) {
    size_t first = p->examples.piece_start[i], n = nomen_examples_n_pieces(&p->examples, i);
    size_t n_logits = n * p->model->labels.n; /* they were there, so that it does not overflow */
    nomen_status status = NOMEN_RESERVE(p->logits, p->logits_capacity, n_logits + 1, err);
    if (status != NOMEN_OK) { return status; }
    if (n > 0) { memcpy(p->logits, logits, n_logits * sizeof *logits); }
    nomen_stream_part part = {.text = i,
                              .last = true,
                              .n = n,
                              .ids = p->examples.ids + first,
                              .word_ids = p->examples.word_ids + first,
                              .offsets = p->examples.offsets + first,
                              .logits = p->logits};
    return add_part(p, &part, err);
}

/* What has other pieces runs at once. */
nomen_status nomen_plain_text_add(nomen_plain_text *p, const nomen_examples *examples, const size_t *sentences,
                                  const nomen_real *logits, nomen_error *err) {
    size_t n = examples->n, n_other = 0, *other = NULL;
    nomen_status status = NOMEN_OK;
    if (p->model->settings.context > 0) { return NOMEN_OK; } /* all run in nomen_plain_text_finish */
    nomen_examples_reset(&p->examples);
    NOMEN_TRY(make_ready(p, err));
    NOMEN_TRY(NOMEN_NEW(other, n, err));
    NOMEN_TRY(cut_texts(p, sentences, n, err));
    NOMEN_TRY(nomen_examples_add(&p->examples, p->model, p->texts, n, NULL, err));
    p->sentences = sentences;
    for (size_t i = 0; i < n; i++) {
        if (same_pieces(examples, &p->examples, i)) {
            NOMEN_TRY(reuse(p, i, logits + examples->piece_start[i] * p->model->labels.n, err));
        } else {
            other[n_other++] = sentences[i];
        }
    }
    if (n_other > 0) {
        NOMEN_TRY(cut_texts(p, other, n_other, err));
        p->sentences = other;
        NOMEN_TRY(nomen_stream_run(&p->stream, &p->predictor, p->texts, n_other, add_part, p, err));
    }
    p->n_differ += n_other;
done:
    nomen_mem_free(other);
    return status;
}

/* Neighbours are context: all texts run one after another, as they would in a file. */
static nomen_status run_all(nomen_plain_text *p, nomen_error *err) {
    size_t n = p->gold->n_sentences, *all = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(all, n, err));
    NOMEN_TRY(make_ready(p, err));
    for (size_t i = 0; i < n; i++) { all[i] = i; }
    NOMEN_TRY(cut_texts(p, all, n, err));
    p->sentences = NULL;
    NOMEN_TRY(nomen_stream_run(&p->stream, &p->predictor, p->texts, n, add_part, p, err));
    p->n_differ = n;
done:
    nomen_mem_free(all);
    return status;
}

nomen_status nomen_plain_text_finish(nomen_plain_text *p, nomen_details *details, nomen_error *err) {
    nomen_status status = p->model->settings.context > 0 ? run_all(p, err) : NOMEN_OK;
    if (status != NOMEN_OK) { return status; }
    details->has_plain_text = true;
    details->plain_text = nomen_counts_score(p->counts);
    details->plain_text_differ = p->n_differ;
    return NOMEN_OK;
}
