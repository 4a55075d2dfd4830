/* The builder's half for texts with spans; see the header. */
#include "data/builder_text.h"

#include <string.h>

#include "base/mem.h"
#include "data/excerpt.h"
#include "text/words.h"

nomen_status nomen_builder_begin_text(nomen_builder *builder, const char *text, size_t n_bytes, size_t line, nomen_error *err) {
    nomen_builder_begin(builder, line);
    return nomen_builder_append_text(builder, text, n_bytes, err);
}

nomen_status nomen_builder_add_span(nomen_builder *builder, size_t start, size_t end, const char *label, size_t n_label,
                                    nomen_error *err) {
    nomen_dataset *set = &builder->set;
    size_t line = builder->sentence.line, n_text = set->text_size - builder->sentence.text_start;
    int32_t number = 0;
    if (start >= end || end > n_text) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "a span contains no character of the text; correct its offsets");
    }
    if (n_label == 0 || memchr(label, '\0', n_label) != NULL) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "a span's label is empty or contains a NUL; give it a type");
    }
    nomen_status status = nomen_intern(&builder->labels, label, n_label, &number, err);
    if (status == NOMEN_OK) { status = NOMEN_RESERVE(set->spans, builder->spans_capacity, set->n_spans + 1, err); }
    if (status == NOMEN_OK) { set->spans[set->n_spans++] = (nomen_gold_span){start, end, number}; }
    return status;
}

nomen_status nomen_builder_add_unknown(nomen_builder *builder, size_t start, size_t end, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(builder->unknown, builder->unknown_capacity, builder->n_unknown + 1, err);
    if (status == NOMEN_OK) { builder->unknown[builder->n_unknown++] = (nomen_span){start, end}; }
    return status;
}

static nomen_status number_of(nomen_builder *builder, const char *tag, int32_t *out, nomen_error *err) {
    return nomen_builder_number_tag(builder, tag, strlen(tag), 0, out, err);
}

nomen_status nomen_builder_unknown_beside_single(nomen_builder *builder, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    int32_t outside = 0, unknown = 0;
    nomen_status status;
    NOMEN_TRY(number_of(builder, "O", &outside, err));
    NOMEN_TRY(number_of(builder, NOMEN_TAG_UNKNOWN, &unknown, err));
    for (size_t s = 0; s < set->n_sentences; s++) {
        const nomen_sentence *sentence = &set->sentences[s];
        int32_t *tags = set->tags + sentence->first_word;
        for (size_t w = 0; sentence->n_spans == 1 && w < sentence->n_words; w++) {
            if (tags[w] == outside) { tags[w] = unknown; }
        }
    }
done:
    return status;
}

/* What a note or fault says of a span. */
typedef struct span_words {
    char text[NOMEN_EXCERPT_SIZE], label[NOMEN_EXCERPT_SIZE], became[NOMEN_EXCERPT_SIZE];
} span_words;

static void describe(const nomen_builder *builder, const nomen_aligned_span *s, span_words *out) {
    const char *text = builder->set.text + builder->sentence.text_start, *label = builder->labels.names[s->span.label];
    nomen_excerpt(out->text, text + s->span.start, s->span.end - s->span.start);
    nomen_excerpt(out->label, label, strlen(label));
    out->became[0] = '\0';
    if (s->first >= s->last) { return; }
    const nomen_span *words = builder->aligner.words;
    nomen_excerpt(out->became, text + words[s->first].start, words[s->last - 1].end - words[s->first].start);
}

static void note(nomen_builder *builder, nomen_diagnostic_kind kind, const nomen_aligned_span *s) {
    span_words say;
    describe(builder, s, &say);
    bool snapped = kind == NOMEN_NOTE_MISALIGNED;
    const char *what = kind == NOMEN_NOTE_OVERLAPPING     ? "overlaps a longer one and is left out"
                       : kind == NOMEN_NOTE_WORDLESS_SPAN ? "contains no word and is left out"
                       : snapped                          ? "is not on word boundaries and becomes '"
                                                          : "is not on word boundaries and is left out";
    nomen_note(&builder->set.notes, kind, builder->name, builder->sentence.line, "the span '%s' (%s) %s%s%s", say.text, say.label,
               what, snapped ? say.became : "", snapped ? "'" : "");
}

static nomen_status report(nomen_builder *builder, const nomen_aligned_span *s, nomen_error *err) {
    if (s->fate == NOMEN_SPAN_REFUSED) {
        span_words say;
        describe(builder, s, &say);
        return nomen_error_remedy(
            err, NOMEN_REMEDY_MISALIGNED,
            nomen_builder_fault(
                builder, builder->sentence.line, err,
                "the span '%s' (%s) is not on word boundaries (nearest: '%s'); correct it, or choose how such spans are aligned",
                say.text, say.label, say.became));
    }
    if (s->snapped == NOMEN_SPAN_SNAPPED) { note(builder, NOMEN_NOTE_MISALIGNED, s); }
    if (s->fate == NOMEN_SPAN_LEFT_OUT) { note(builder, NOMEN_NOTE_LEFT_OUT, s); }
    if (s->fate == NOMEN_SPAN_OVERLAPPING) { note(builder, NOMEN_NOTE_OVERLAPPING, s); }
    if (s->fate == NOMEN_SPAN_WORDLESS) { note(builder, NOMEN_NOTE_WORDLESS_SPAN, s); }
    return NOMEN_OK;
}

/*
 * Gives each word of the open text its label. With keep_spans the spans themselves stay, so nothing is reported; not those of
 * a file of words, which are written by their tags.
 */
static nomen_status label_words(nomen_builder *builder, size_t n_words, nomen_error *err) {
    const nomen_data_options *options = builder->options;
    const nomen_dataset *set = &builder->set;
    size_t first = builder->sentence.first_span, n_spans = set->n_spans - first;
    bool keep = options->keep_spans && set->unit != NOMEN_WORDS_AUTO;
    nomen_misaligned policy =
        keep && options->misaligned == NOMEN_MISALIGNED_ERROR ? NOMEN_MISALIGNED_EXPAND : options->misaligned;
    const nomen_gold_span *spans = n_spans > 0 ? set->spans + first : NULL;
    nomen_status status = nomen_align_spans(&builder->aligner, n_words, spans, n_spans, policy, err);
    for (size_t i = 0; status == NOMEN_OK && !keep && i < n_spans; i++) {
        status = report(builder, &builder->aligner.spans[i], err);
    }
    return status;
}

static bool is_unknown(const nomen_builder *builder, nomen_span word) {
    for (size_t i = 0; i < builder->n_unknown; i++) {
        if (word.start < builder->unknown[i].end && word.end > builder->unknown[i].start) { return true; }
    }
    return false;
}

static nomen_status append_words(nomen_builder *builder, size_t n_words, nomen_error *err) {
    const nomen_aligner *a = &builder->aligner;
    nomen_buffer *tag = &builder->tag;
    nomen_status status = NOMEN_OK;
    for (size_t w = 0; w < n_words; w++) {
        nomen_buffer_reset(tag);
        const char *prefix = a->labels[w] >= 0                  ? (a->first[w] ? "B-" : "I-")
                             : is_unknown(builder, a->words[w]) ? NOMEN_TAG_UNKNOWN
                                                                : "O";
        NOMEN_TRY(nomen_buffer_append_text(tag, prefix, err));
        if (a->labels[w] >= 0) { NOMEN_TRY(nomen_buffer_append_text(tag, builder->labels.names[a->labels[w]], err)); }
        NOMEN_TRY(nomen_builder_append_word(builder, a->words[w], tag->data, tag->size, builder->sentence.line, err));
    }
done:
    return status;
}

nomen_status nomen_builder_end_text_as(nomen_builder *builder, const nomen_span *words, size_t n_words, nomen_error *err) {
    nomen_aligner *a = &builder->aligner;
    nomen_status status = NOMEN_OK;
    if (!builder->open || builder->bad) { return nomen_builder_end(builder, err); }
    NOMEN_TRY(NOMEN_RESERVE(a->words, a->words_capacity, n_words, err));
    memcpy(a->words, words, n_words * sizeof *words);
    NOMEN_TRY(label_words(builder, n_words, err));
    NOMEN_TRY(append_words(builder, n_words, err));
    status = nomen_builder_end(builder, err);
done:
    return status;
}

nomen_status nomen_builder_end_text(nomen_builder *builder, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    nomen_aligner *a = &builder->aligner;
    const char *text = set->text + builder->sentence.text_start;
    size_t n_text = set->text_size - builder->sentence.text_start, n_words = 0;
    nomen_status status = NOMEN_OK;
    if (!builder->open || builder->bad) { return nomen_builder_end(builder, err); }
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
                   "the text '%s' contains no word and is left out", nomen_excerpt(seen, n_text > 0 ? text : "", n_text));
    } else if (n_words > 0) {
        NOMEN_TRY(label_words(builder, n_words, err));
        NOMEN_TRY(append_words(builder, n_words, err));
    }
    status = nomen_builder_end(builder, err);
done:
    return status;
}
