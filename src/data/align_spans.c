/* Spans of characters to tags of words; see the header. The entry is nomen_builder_end_text. */
#include "data/align_spans.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "base/names.h"
#include "data/builder.h"
#include "data/excerpt.h"
#include "text/words.h"

typedef struct ordered_span {
    nomen_gold_span span;
    size_t index;
} ordered_span;

typedef struct nomen_aligner {
    nomen_span *words;
    int32_t *labels; /* a label a word, -1 for none */
    bool *first;     /* the word begins its entity */
    ordered_span *order;
    size_t words_capacity, labels_capacity, first_capacity, order_capacity;
    nomen_buffer tag;
} nomen_aligner;

void nomen_aligner_free(nomen_aligner *aligner) {
    if (aligner == NULL) { return; }
    nomen_mem_free(aligner->words);
    nomen_mem_free(aligner->labels);
    nomen_mem_free(aligner->first);
    nomen_mem_free(aligner->order);
    nomen_buffer_clear(&aligner->tag);
    nomen_mem_free(aligner);
}

nomen_status nomen_misaligned_parse(const char *name, nomen_misaligned *out, nomen_error *err) {
    static const char *const names[] = {"expand", "contract", "error", "skip", NULL};
    int found = 0;
    nomen_status status = nomen_name_find(name, names, "policy for misaligned spans", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_misaligned)found; }
    return status;
}

/* The longest first, then the earlier. */
static int compare_spans(const void *a, const void *b) {
    const ordered_span *x = a, *y = b;
    size_t n_x = x->span.end - x->span.start, n_y = y->span.end - y->span.start;
    if (n_x != n_y) { return n_x > n_y ? -1 : 1; }
    if (x->span.start != y->span.start) { return x->span.start < y->span.start ? -1 : 1; }
    return x->index < y->index ? -1 : 1;
}

/* Words [first, last) that a span touches. */
typedef struct word_range {
    size_t first, last;
} word_range;

/* The number of words that end at or before `byte`, and of those that start before it. */
static size_t words_ending_by(const nomen_span *words, size_t n, size_t byte) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (words[middle].end <= byte) { low = middle + 1; } else { high = middle; }
    }
    return low;
}

static word_range touched(const nomen_span *words, size_t n, const nomen_gold_span *span) {
    word_range range = {words_ending_by(words, n, span->start), 0};
    range.last = words_ending_by(words, n, span->end);
    if (range.last < n && words[range.last].start < span->end) { range.last++; }
    return range;
}

static bool is_taken(const nomen_aligner *a, word_range range) {
    /* The ends first: what is as long or longer covers one of them, so that this loop is short. */
    if (a->labels[range.first] >= 0 || a->labels[range.last - 1] >= 0) { return true; }
    for (size_t w = range.first; w < range.last; w++) {
        if (a->labels[w] >= 0) { return true; }
    }
    return false;
}

/* What a note or fault says of a span. */
typedef struct span_words {
    char text[NOMEN_EXCERPT_SIZE], label[NOMEN_EXCERPT_SIZE], became[NOMEN_EXCERPT_SIZE];
} span_words;

static void describe(const nomen_builder *builder, const nomen_gold_span *span, word_range range, span_words *out) {
    const char *text = builder->set.text + builder->sentence.text_start, *label = builder->labels.names[span->label];
    nomen_excerpt(out->text, text + span->start, span->end - span->start);
    nomen_excerpt(out->label, label, strlen(label));
    out->became[0] = '\0';
    if (range.first >= range.last) { return; }
    const nomen_span *words = builder->aligner->words;
    nomen_excerpt(out->became, text + words[range.first].start, words[range.last - 1].end - words[range.first].start);
}

static void note(nomen_builder *builder, nomen_note_kind kind, const nomen_gold_span *span, word_range range) {
    if (builder->options->keep_spans) { return; } /* the span itself stays */
    span_words say;
    describe(builder, span, range, &say);
    bool snapped = kind == NOMEN_NOTE_MISALIGNED;
    const char *what = kind == NOMEN_NOTE_OVERLAPPING      ? "overlaps a longer one and is left out"
                       : kind == NOMEN_NOTE_WORDLESS_SPAN ? "holds no word and is left out"
                       : snapped                          ? "is off the word borders and becomes '"
                                                          : "is off the word borders and is left out";
    nomen_note(&builder->set.notes, kind, builder->name, builder->sentence.line, "the span '%s' (%s) %s%s%s", say.text,
               say.label, what, snapped ? say.became : "", snapped ? "'" : "");
}

/* Snaps a span to words by the policy; an empty range is left out, which was told. */
static nomen_status snap(nomen_builder *builder, const nomen_gold_span *span, word_range *range, nomen_error *err) {
    const nomen_span *words = builder->aligner->words;
    if (range->first >= range->last) {
        note(builder, NOMEN_NOTE_WORDLESS_SPAN, span, *range);
        return NOMEN_OK;
    }
    bool starts_late = words[range->first].start < span->start, ends_early = words[range->last - 1].end > span->end;
    if (!starts_late && !ends_early) { return NOMEN_OK; }
    nomen_misaligned policy = builder->options->misaligned;
    if (policy == NOMEN_MISALIGNED_ERROR && !builder->options->keep_spans) {
        span_words say;
        describe(builder, span, *range, &say);
        range->last = range->first;
        return nomen_builder_fault(builder, builder->sentence.line, err,
                                   "the span '%s' (%s) is off the word borders (nearest: '%s'); correct it, or have such "
                                   "spans snapped (--misaligned expand, contract or skip)",
                                   say.text, say.label, say.became);
    }
    if (policy == NOMEN_MISALIGNED_CONTRACT) {
        range->first += starts_late;
        range->last -= ends_early && range->last > range->first;
    } else if (policy == NOMEN_MISALIGNED_SKIP) {
        range->last = range->first;
    }
    note(builder, range->first < range->last ? NOMEN_NOTE_MISALIGNED : NOMEN_NOTE_LEFT_OUT, span, *range);
    return NOMEN_OK;
}

/* Gives each word of the open text its label. */
static nomen_status label_words(nomen_builder *builder, size_t n_words, nomen_error *err) {
    nomen_aligner *a = builder->aligner;
    const nomen_dataset *set = &builder->set;
    size_t n_spans = set->n_spans - builder->sentence.first_span;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(a->labels, a->labels_capacity, n_words + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(a->first, a->first_capacity, n_words + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(a->order, a->order_capacity, n_spans + 1, err));
    for (size_t w = 0; w < n_words; w++) { a->labels[w] = -1; }
    for (size_t i = 0; i < n_spans; i++) { a->order[i] = (ordered_span){set->spans[builder->sentence.first_span + i], i}; }
    qsort(a->order, n_spans, sizeof *a->order, compare_spans);
    for (size_t i = 0; i < n_spans; i++) {
        const nomen_gold_span *span = &a->order[i].span;
        word_range range = touched(a->words, n_words, span);
        NOMEN_TRY(snap(builder, span, &range, err));
        if (range.first >= range.last) { continue; }
        if (is_taken(a, range)) {
            note(builder, NOMEN_NOTE_OVERLAPPING, span, range);
            continue;
        }
        for (size_t w = range.first; w < range.last; w++) {
            a->labels[w] = span->label;
            a->first[w] = w == range.first;
        }
    }
done:
    return status;
}

static nomen_status put_words(nomen_builder *builder, size_t n_words, nomen_error *err) {
    nomen_aligner *a = builder->aligner;
    nomen_status status = NOMEN_OK;
    for (size_t w = 0; w < n_words; w++) {
        nomen_buffer_reset(&a->tag);
        NOMEN_TRY(nomen_buffer_append_text(&a->tag, a->labels[w] < 0 ? "O" : a->first[w] ? "B-" : "I-", err));
        if (a->labels[w] >= 0) { NOMEN_TRY(nomen_buffer_append_text(&a->tag, builder->labels.names[a->labels[w]], err)); }
        NOMEN_TRY(nomen_builder_put_word(builder, a->words[w], a->tag.data, a->tag.size, builder->sentence.line, err));
    }
done:
    return status;
}

nomen_status nomen_builder_end_text_as(nomen_builder *builder, const nomen_span *words, size_t n_words, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (!builder->open || builder->bad) { return nomen_builder_end(builder, err); }
    if (builder->aligner == NULL) { NOMEN_TRY(NOMEN_NEW(builder->aligner, 1, err)); }
    NOMEN_TRY(NOMEN_RESERVE(builder->aligner->words, builder->aligner->words_capacity, n_words, err));
    memcpy(builder->aligner->words, words, n_words * sizeof *words);
    NOMEN_TRY(label_words(builder, n_words, err));
    NOMEN_TRY(put_words(builder, n_words, err));
    status = nomen_builder_end(builder, err);
done:
    return status;
}

nomen_status nomen_builder_end_text(nomen_builder *builder, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    const char *text = set->text + builder->sentence.text_start;
    size_t n_text = set->text_size - builder->sentence.text_start, n_words = 0;
    nomen_status status = NOMEN_OK;
    if (!builder->open || builder->bad) { return nomen_builder_end(builder, err); }
    if (builder->aligner == NULL) { NOMEN_TRY(NOMEN_NEW(builder->aligner, 1, err)); }
    nomen_aligner *a = builder->aligner;
    if (n_text == 0) {
        n_words = 0;
    } else if (set->unit == NOMEN_WORDS_BERT) {
        NOMEN_TRY(nomen_text_bert_words(text, n_text, &a->words, &a->words_capacity, &n_words, err));
    } else {
        NOMEN_TRY(nomen_text_words(text, n_text, &a->words, &a->words_capacity, &n_words, err));
    }
    if (n_words == 0 && !builder->options->keep_spans) {
        char seen[NOMEN_EXCERPT_SIZE];
        nomen_note(&set->notes, NOMEN_NOTE_WORDLESS_TEXT, builder->name, builder->sentence.line,
                   "the text '%s' holds no word and is left out", nomen_excerpt(seen, n_text > 0 ? text : "", n_text));
    } else if (n_words > 0) {
        NOMEN_TRY(label_words(builder, n_words, err));
        NOMEN_TRY(put_words(builder, n_words, err));
    }
    status = nomen_builder_end(builder, err);
done:
    return status;
}
