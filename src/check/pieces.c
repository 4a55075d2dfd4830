/*
 * What a model's tokenizer makes of the words: none, [UNK], more than the model reads at once. And whether data and
 * vocabulary agree on case, and labels and model on names.
 */
#include <string.h>

#include "base/file.h"
#include "base/call.h"
#include "base/mem.h"
#include "check/case.h"
#include "check/checker.h"
#include "check/scripts.h"
#include "data/excerpt.h"
#include "data/labels.h"
#include "model/config.h"
#include "text/words.h"

/* Sentences that are encoded together. */
enum { BATCH = 2048, DEFAULT_LIMIT = 512 };

/* A script counts as unknown from so many words on, of which half are. */
enum { SCRIPT_WORDS = 10 };

typedef struct piece_check {
    nomen_checker *checker;
    nomen_tokenizer *tokenizer;
    nomen_encoding encoding;
    nomen_text *texts;   /* (BATCH) */
    size_t *piece_start; /* (BATCH + 1) */
    size_t *word_end;    /* of a long sentence: the piece after each word */
    size_t word_capacity;
    size_t room; /* pieces of a text that the model reads, without special tokens */
    int32_t unknown;
    nomen_check_script *scripts;
} piece_check;

static void place(const piece_check *x, nomen_check_kind kind, const nomen_checked *c, size_t sentence, size_t word,
                  const char *what) {
    const nomen_dataset *set = &c->set;
    nomen_findings *findings = &x->checker->findings;
    if (!nomen_findings_want(findings, kind)) {
        nomen_findings_count(findings, kind, 1);
        return;
    }
    nomen_span span = set->words[set->sentences[sentence].first_word + word];
    char seen[NOMEN_EXCERPT_SIZE];
    nomen_findings_add(findings, kind, nomen_checked_path(c, sentence), nomen_dataset_line(set, sentence, word), "%s '%s' (%s)",
                       what, nomen_excerpt(seen, nomen_sentence_text(set, sentence) + span.start, span.end - span.start),
                       nomen_tag_shown(set->tag_names[set->tags[set->sentences[sentence].first_word + word]]));
}

/* Entities of which a piece lies past the limit. */
static nomen_status look_at_long(piece_check *x, nomen_checked *c, size_t sentence, const int32_t *word_ids, size_t n_pieces,
                                 nomen_error *err) {
    const nomen_sentence *s = &c->set.sentences[sentence];
    nomen_status status = NOMEN_RESERVE(x->word_end, x->word_capacity, s->n_words, err);
    if (status != NOMEN_OK) { return status; }
    size_t at = 0, n_lost = 0;
    for (size_t w = 0; w < s->n_words; w++) {
        while (at < n_pieces && (size_t)word_ids[at] == w) { at++; }
        x->word_end[w] = at;
    }
    nomen_tagged_run run = {0};
    while (nomen_checked_next(c, sentence, run.last, &run)) { n_lost += x->word_end[run.last - 1] > x->room; }
    x->checker->pieces.n_over++;
    x->checker->pieces.n_entities_over += n_lost;
    nomen_findings_add(&x->checker->findings, NOMEN_CHECK_OVER_LIMIT, nomen_checked_path(c, sentence), s->line,
                       "%zu words give %zu subword tokens, and the model reads %zu; entities past that: %zu", s->n_words,
                       n_pieces, x->room, n_lost);
    return NOMEN_OK;
}

static nomen_status look_at_sentence(piece_check *x, nomen_checked *c, size_t sentence, const int32_t *ids,
                                     const int32_t *word_ids, size_t n_pieces, nomen_error *err) {
    const nomen_sentence *s = &c->set.sentences[sentence];
    const nomen_span *words = c->set.words + s->first_word;
    const char *text = nomen_sentence_text(&c->set, sentence);
    size_t at = 0;
    for (size_t w = 0; w < s->n_words; w++) {
        size_t first = at;
        bool unknown = false;
        for (; at < n_pieces && (size_t)word_ids[at] == w; at++) { unknown = unknown || ids[at] == x->unknown; }
        const char *word = text + words[w].start;
        size_t n = words[w].end - words[w].start;
        nomen_check_script *script = &x->scripts[nomen_script_of(word, n)];
        script->n_words++;
        script->n_unknown += unknown;
        if (unknown) { place(x, NOMEN_CHECK_UNKNOWN_PIECE, c, sentence, w, "the word"); }
        /* What BERT drops whole was told without a model. */
        if (at == first && (c->set.unit != NOMEN_WORDS_AUTO || nomen_text_bert_count(word, n) > 0)) {
            place(x, NOMEN_CHECK_NO_PIECE, c, sentence, w, "the word");
        }
    }
    nomen_check_pieces *pieces = &x->checker->pieces;
    pieces->n_pieces += n_pieces;
    size_t whole = n_pieces + (pieces->limit - x->room);
    if (whole > pieces->longest) { pieces->longest = whole; }
    return n_pieces > x->room ? look_at_long(x, c, sentence, word_ids, n_pieces, err) : NOMEN_OK;
}

static nomen_status look_at_batch(piece_check *x, nomen_checked *c, size_t first, size_t n, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *s = &c->set.sentences[first + i];
        x->texts[i] = (nomen_text){.text = nomen_sentence_text(&c->set, first + i),
                                   .n_bytes = s->text_size,
                                   .words = c->set.words + s->first_word,
                                   .n_words = s->n_words};
    }
    NOMEN_TRY(nomen_tokenizer_encode_batch(x->tokenizer, x->texts, n, &x->encoding, x->piece_start, err));
    for (size_t i = 0; i < n; i++) {
        size_t start = x->piece_start[i];
        NOMEN_TRY(look_at_sentence(x, c, first + i, x->encoding.ids + start, x->encoding.word_ids + start,
                                   x->piece_start[i + 1] - start, err));
    }
done:
    return status;
}

/* Labels that the model's head lacks: each once, where it first stands. */
static nomen_status compare_labels(nomen_checker *checker, const nomen_config *config, nomen_error *err) {
    bool *told = NULL;
    nomen_labels labels = {0};
    nomen_status status;
    if (config->n_labels == 0 || nomen_config_other_task(config) != NULL) { return NOMEN_OK; } /* no head to be trained on */
    NOMEN_TRY(nomen_labels_copy(config->labels, config->n_labels, &labels, err));
    NOMEN_TRY(NOMEN_NEW(told, checker->labels.n, err));
    for (size_t l = 0; l < checker->labels.n; l++) {
        told[l] = nomen_labels_find(&labels, checker->labels.names[l], strlen(checker->labels.names[l])) >= 0;
    }
    for (size_t i = 0; i < checker->n_inputs; i++) {
        const nomen_checked *c = &checker->inputs[i];
        bool any = false;
        for (size_t t = 0; t < c->set.n_tags; t++) { any = any || !told[c->facts[t].label]; }
        for (size_t s = 0; any && s < c->set.n_sentences; s++) {
            for (size_t w = 0; w < c->set.sentences[s].n_words; w++) {
                size_t tag = (size_t)c->set.tags[c->set.sentences[s].first_word + w];
                if (told[c->facts[tag].label]) { continue; }
                told[c->facts[tag].label] = true;
                nomen_findings_add(&checker->findings, NOMEN_CHECK_UNKNOWN_LABEL, nomen_checked_path(c, s),
                                   nomen_dataset_line(&c->set, s, w), "'%s': %zu words here", c->set.tag_names[tag],
                                   c->tag_counts[tag]);
            }
        }
    }
done:
    nomen_labels_clear(&labels);
    nomen_mem_free(told);
    return status;
}

static void report_limit(nomen_checker *checker) {
    size_t n = 0;
    for (size_t i = 0; i < checker->n_inputs; i++) { n += checker->inputs[i].n_entities; }
    if (checker->pieces.n_over == 0 || n == 0) { return; }
    nomen_findings_detail(&checker->findings, NOMEN_CHECK_OVER_LIMIT,
                          "if cut off there, %zu of %zu entities would be lost (%.2f %%)", checker->pieces.n_entities_over, n,
                          100 * (double)checker->pieces.n_entities_over / (double)n);
}

static void report_scripts(piece_check *x) {
    nomen_check_pieces *pieces = &x->checker->pieces;
    size_t n = 0;
    for (size_t i = 0; i < NOMEN_N_SCRIPTS; i++) {
        nomen_check_script script = x->scripts[i];
        script.name = nomen_script_name(i);
        if (script.n_words == 0) { continue; }
        if (script.n_words >= SCRIPT_WORDS && script.n_unknown * 2 >= script.n_words) {
            nomen_findings_add(&x->checker->findings, NOMEN_CHECK_UNKNOWN_SCRIPT, x->checker->options->model, 0,
                               "%s: %zu of %zu words", script.name, script.n_unknown, script.n_words);
        }
        x->scripts[n++] = script;
    }
    pieces->scripts = x->scripts;
    pieces->n_scripts = n;
    x->scripts = NULL;
}

/* The tokenizer, and from config.json, where there is one, the limit and the labels. */
static nomen_status load(piece_check *x, nomen_error *err) {
    const nomen_check_options *options = x->checker->options;
    char *path = nomen_file_join(options->model, "config.json");
    nomen_config config = {0};
    nomen_special_tokens special;
    nomen_status status = NOMEN_OK;
    if (path == NULL) { return nomen_error_memory(err, strlen(options->model), 1); }
    NOMEN_TRY(nomen_tokenizer_load(options->model, options->tokenizer, &x->tokenizer, err));
    size_t limit = nomen_tokenizer_get_max_length(x->tokenizer);
    if (nomen_file_exists(path)) {
        NOMEN_TRY(nomen_config_read(options->model, &config, err));
        if (config.max_position_embeddings < limit) { limit = config.max_position_embeddings; }
        NOMEN_TRY(compare_labels(x->checker, &config, err));
    }
    if (limit == SIZE_MAX) { limit = DEFAULT_LIMIT; }
    if (options->max_length > 0 && options->max_length < limit) { limit = options->max_length; }
    nomen_tokenizer_get_special(x->tokenizer, &special);
    if (limit <= special.n_prefix + special.n_suffix) {
        NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                  "a limit of %zu subword tokens leaves no room beside %zu special tokens; raise it", limit,
                                  special.n_prefix + special.n_suffix));
    }
    x->checker->pieces.limit = limit;
    x->room = limit - special.n_prefix - special.n_suffix;
    x->unknown = nomen_tokenizer_get_unknown(x->tokenizer);
done:
    nomen_config_clear(&config);
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_check_pieces_of(nomen_checker *checker, nomen_error *err) {
    piece_check x = {.checker = checker};
    nomen_status status;
    checker->pieces.used = true;
    NOMEN_TRY(load(&x, err));
    NOMEN_TRY(NOMEN_NEW(x.texts, BATCH, err));
    NOMEN_TRY(NOMEN_NEW(x.piece_start, BATCH + 1, err));
    NOMEN_TRY(NOMEN_NEW(x.scripts, NOMEN_N_SCRIPTS, err));
    for (size_t i = 0; i < checker->n_inputs; i++) {
        nomen_checked *c = &checker->inputs[i];
        for (size_t s = 0; s < c->set.n_sentences; s += BATCH) {
            NOMEN_TRY(nomen_call_check(err));
            size_t n = c->set.n_sentences - s < BATCH ? c->set.n_sentences - s : BATCH;
            NOMEN_TRY(look_at_batch(&x, c, s, n, err));
        }
    }
    report_scripts(&x);
    report_limit(checker);
    status = nomen_check_case(checker, x.tokenizer, err);
done:
    nomen_tokenizer_free(x.tokenizer);
    nomen_encoding_clear(&x.encoding);
    nomen_mem_free(x.texts);
    nomen_mem_free(x.piece_start);
    nomen_mem_free(x.word_end);
    nomen_mem_free(x.scripts);
    return status;
}
