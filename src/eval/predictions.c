/* Predictions and gold brought together; see the header. */
#include "eval/predictions.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "data/builder_text.h"
#include "data/entities.h"
#include "data/finish.h"
#include "data/scheme_rules.h"
#include "text/words.h"

/* A text as runs of what is no white space, and how many such bytes stand before each. */
typedef struct solid_text {
    nomen_span *runs;
    size_t *before; /* (n+1) */
    size_t n, runs_capacity, before_capacity;
    const char *text;
} solid_text;

static nomen_status find_runs(const nomen_dataset *set, size_t sentence, solid_text *out, nomen_error *err) {
    nomen_status status;
    out->n = 0;
    out->text = set->sentences[sentence].text_size > 0 ? nomen_sentence_text(set, sentence) : "";
    NOMEN_TRY(nomen_text_words(out->text, set->sentences[sentence].text_size, &out->runs, &out->runs_capacity, &out->n, err));
    NOMEN_TRY(NOMEN_RESERVE(out->before, out->before_capacity, out->n + 1, err));
    out->before[0] = 0;
    for (size_t i = 0; i < out->n; i++) { out->before[i + 1] = out->before[i] + out->runs[i].end - out->runs[i].start; }
done:
    return status;
}

static void clear_runs(solid_text *text) {
    nomen_mem_free(text->runs);
    nomen_mem_free(text->before);
}

/* Whether both have the same bytes, white space aside. */
static bool same_solid(const solid_text *a, const solid_text *b) {
    if (a->before[a->n] != b->before[b->n]) { return false; }
    for (size_t i = 0, j = 0, x = 0, y = 0; i < a->n && j < b->n;) {
        size_t n = a->runs[i].end - a->runs[i].start - x, m = b->runs[j].end - b->runs[j].start - y;
        if (m < n) { n = m; }
        if (memcmp(a->text + a->runs[i].start + x, b->text + b->runs[j].start + y, n) != 0) { return false; }
        x += n;
        y += n;
        if (a->runs[i].start + x == a->runs[i].end) { i++, x = 0; }
        if (b->runs[j].start + y == b->runs[j].end) { j++, y = 0; }
    }
    return true;
}

/* Bytes of no white space before byte `at` of the text. */
static size_t solid_before(const solid_text *text, size_t at) {
    size_t low = 0, high = text->n; /* the first run that ends after it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text->runs[middle].end <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool inside = low < text->n && text->runs[low].start < at;
    return text->before[low] + (inside ? at - text->runs[low].start : 0);
}

/* The byte of the text where `solid` such bytes stand before: the first of them that is no white space, or (`after`) the
 * one after the last of them. */
static size_t byte_of(const solid_text *text, size_t solid, bool after) {
    size_t low = 0, high = text->n; /* the last run that begins at or before it */
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        if (text->before[middle] + after <= solid) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return text->runs[low].start + (solid - text->before[low]);
}

static bool same_cut(const nomen_dataset *a, const nomen_dataset *b, size_t i) {
    const nomen_sentence *x = &a->sentences[i], *y = &b->sentences[i];
    if (x->n_words != y->n_words) { return false; }
    for (size_t w = 0; w < x->n_words; w++) {
        nomen_span m = a->words[x->first_word + w], n = b->words[y->first_word + w];
        if (m.end - m.start != n.end - n.start ||
            memcmp(nomen_sentence_text(a, i) + m.start, nomen_sentence_text(b, i) + n.start, m.end - m.start) != 0) {
            return false;
        }
    }
    return true;
}

/* The work of placing predictions on other words. */
typedef struct recut {
    const nomen_dataset *predicted, *gold;
    nomen_builder builder;
    nomen_gold_span *spans; /* entities of a sentence */
    size_t n_spans, spans_capacity;
    solid_text from, to;
    size_t n, first; /* sentences that were cut into other words, and the first */
} recut;

/* Adds a sentence as it is. */
static nomen_status add_same(recut *r, size_t sentence, nomen_error *err) {
    const nomen_dataset *set = r->predicted;
    const nomen_sentence *s = &set->sentences[sentence];
    nomen_status status;
    NOMEN_TRY(nomen_builder_begin_text(&r->builder, nomen_sentence_text(set, sentence), s->text_size, s->line, err));
    for (size_t w = s->first_word; w < s->first_word + s->n_words; w++) {
        const char *tag = nomen_tag_or_outside(set->tag_names[set->tags[w]]);
        NOMEN_TRY(nomen_builder_append_word(&r->builder, set->words[w], tag, strlen(tag), s->line, err));
    }
    status = nomen_builder_end(&r->builder, err);
done:
    return status;
}

/* Adds the gold's text and words with the predicted entities. */
static nomen_status add_recut(recut *r, size_t sentence, nomen_error *err) {
    const nomen_sentence *s = &r->gold->sentences[sentence];
    nomen_status status;
    NOMEN_TRY(nomen_dataset_entities(r->predicted, sentence, &r->spans, &r->n_spans, &r->spans_capacity, err));
    NOMEN_TRY(nomen_builder_begin_text(&r->builder, nomen_sentence_text(r->gold, sentence), s->text_size,
                                       r->predicted->sentences[sentence].line, err));
    for (size_t i = 0; i < r->n_spans; i++) {
        const nomen_gold_span *span = &r->spans[i];
        size_t start = solid_before(&r->from, span->start), end = solid_before(&r->from, span->end);
        if (start == end) { continue; } /* white space alone: of no word */
        const char *label = nomen_dataset_entity_type(r->predicted, span->label);
        NOMEN_TRY(nomen_builder_add_span(&r->builder, byte_of(&r->to, start, false), byte_of(&r->to, end, true), label,
                                         strlen(label), err));
    }
    status = nomen_builder_end_text_as(&r->builder, r->gold->words + s->first_word, s->n_words, err);
    if (r->n++ == 0) { r->first = r->predicted->sentences[sentence].line; }
done:
    return status;
}

static nomen_status add_all(recut *r, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < r->gold->n_sentences; i++) {
        bool other = !same_cut(r->predicted, r->gold, i);
        if (other) {
            NOMEN_TRY(find_runs(r->predicted, i, &r->from, err));
            NOMEN_TRY(find_runs(r->gold, i, &r->to, err));
            other = same_solid(&r->from, &r->to);
        }
        NOMEN_TRY(other ? add_recut(r, i, err) : add_same(r, i, err));
    }
done:
    return status;
}

nomen_status nomen_predictions_recut(nomen_dataset *predicted, const nomen_dataset *gold, nomen_misaligned misaligned,
                                     bool *changed, nomen_error *err) {
    nomen_data_options options = {.misaligned = misaligned};
    recut r = {.predicted = predicted, .gold = gold};
    nomen_status status = NOMEN_OK;
    size_t i = 0;
    *changed = false;
    bool plain = predicted->scheme == NOMEN_SCHEME_PLAIN || gold->scheme == NOMEN_SCHEME_PLAIN;
    if (plain || predicted->n_sentences != gold->n_sentences) { return NOMEN_OK; }
    while (i < gold->n_sentences && same_cut(predicted, gold, i)) { i++; }
    if (i == gold->n_sentences) { return NOMEN_OK; }
    r.builder = (nomen_builder){.name = predicted->path, .options = &options, .max_rows = SIZE_MAX};
    r.builder.set.format = predicted->format;
    r.builder.set.word_lines = predicted->word_lines;
    r.builder.set.unit = NOMEN_WORDS_WHITESPACE; /* the tags are made here */
    NOMEN_TRY(add_all(&r, err));
    if (r.n == 0) { goto done; } /* other characters: told where the two are compared */
    NOMEN_TRY(nomen_builder_finish(&r.builder, err));
    nomen_log_warning("%s: %zu of %zu sentences are cut into other words than in %s, the first on line %zu; their entities were "
                      "mapped to its words",
                      predicted->path, r.n, gold->n_sentences, gold->path, r.first);
    nomen_notes_log(&r.builder.set.notes, predicted->path);
    nomen_dataset_clear(predicted);
    *predicted = r.builder.set;
    r.builder.set = (nomen_dataset){0};
    *changed = true;
done:
    nomen_mem_free(r.spans);
    nomen_builder_clear(&r.builder);
    clear_runs(&r.from);
    clear_runs(&r.to);
    return status;
}

static nomen_status check_counts(const nomen_dataset *predicted, const nomen_dataset *gold, nomen_error *err) {
    size_t n = predicted->n_sentences < gold->n_sentences ? predicted->n_sentences : gold->n_sentences;
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *p = &predicted->sentences[i], *g = &gold->sentences[i];
        if (p->n_words != g->n_words) {
            return nomen_error_set(err, NOMEN_ERROR_DATA,
                                   "%s:%zu: sentence %zu has %zu words, but %zu at %s:%zu; predictions and gold must be the same "
                                   "sentences, cut into the same words or made of the same characters",
                                   predicted->path, p->line, i + 1, p->n_words, g->n_words, gold->path, g->line);
        }
    }
    if (predicted->n_sentences != gold->n_sentences) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "%s has %zu sentences, but %s has %zu", predicted->path,
                               predicted->n_sentences, gold->path, gold->n_sentences);
    }
    return NOMEN_OK;
}

/* Other words are no error, as a tool may write a word in its own way; but they may be other sentences. */
static void report_other_words(const nomen_dataset *predicted, const nomen_dataset *gold) {
    size_t n = 0, first = 0;
    for (size_t i = gold->n_sentences; i-- > 0;) {
        if (same_cut(predicted, gold, i)) { continue; }
        first = i;
        n++;
    }
    if (n > 0) {
        nomen_log_warning("%zu of %zu sentences have other words in %s than in %s, the first on line %zu; check that they are in "
                          "the same order",
                          n, gold->n_sentences, predicted->path, gold->path, predicted->sentences[first].line);
    }
}

nomen_status nomen_check_same_sentences(const nomen_dataset *predicted, const nomen_dataset *gold, nomen_error *err) {
    nomen_status status = check_counts(predicted, gold, err);
    if (status == NOMEN_OK) { report_other_words(predicted, gold); }
    return status;
}

void nomen_predictions_match_schemes(nomen_dataset *const *sets, size_t n_sets) {
    const nomen_dataset *other = NULL;
    bool any = false;
    for (size_t i = 0; i < n_sets; i++) {
        if (sets[i] == NULL) { continue; }
        any = any || sets[i]->found != NULL;
        if (other == NULL && sets[i]->scheme != sets[0]->scheme) { other = sets[i]; }
    }
    if (other != NULL && any) {
        nomen_log_warning("%s has %s tags and %s %s: all are scored as IOB2; state the scheme to have them scored unchanged",
                          sets[0]->path, nomen_scheme_title(sets[0]->scheme), other->path, nomen_scheme_title(other->scheme));
    }
    for (size_t i = 0; i < n_sets && other == NULL; i++) {
        if (sets[i] != NULL) { nomen_dataset_use_found_tags(sets[i]); }
    }
    if (other == NULL && sets[0]->scheme == NOMEN_SCHEME_BILOU) {
        nomen_log_info("the tags are scored unchanged; seqeval's default mode, conlleval and nervaluate do not know L- and U-, "
                       "so they take adjacent entities of one type for one: strict BILOU separates them");
    }
}

/* Words whose tag is none of the labels. */
static size_t count_unknown(const nomen_labels *labels, char *const *names, const int32_t *tags, size_t n_words) {
    size_t n = 0;
    for (size_t w = 0; w < n_words; w++) {
        const char *name = names[tags[w]];
        n += !nomen_tag_is_unknown(name) && nomen_labels_find(labels, name, strlen(name)) < 0;
    }
    return n;
}

void nomen_predictions_match_labels(nomen_dataset *gold, const nomen_labels *labels) {
    if (gold->found == NULL) { return; }
    size_t n = gold->n_words;
    if (count_unknown(labels, gold->found_names, gold->found, n) >= count_unknown(labels, gold->tag_names, gold->tags, n)) {
        nomen_log_info("%s: its %s tags are scored as IOB2, the scheme of the model", gold->path,
                       nomen_scheme_title(gold->scheme));
        return;
    }
    nomen_dataset_use_found_tags(gold);
}
