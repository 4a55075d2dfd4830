/* A tagged text as a dataset; see the header. */
#include "tag/view.h"

#include <stdint.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "decode/tagged.h"
#include "tag/clean.h"
#include "text/offsets.h"

nomen_status nomen_tagged_view_create(nomen_tagged_view *view, nomen_data_format format, const char *model, nomen_error *err) {
    static char name[] = "text";
    nomen_write_options options = {.format = format};
    view->set = (nomen_dataset){.path = name, .unit = NOMEN_WORDS_BERT, .n_sentences = 1, .sentences = &view->sentence};
    nomen_status status = nomen_writer_create(&view->set, &options, NULL, NULL, &view->writer, err);
    view->prediction.model = model;
    view->writer.prediction = &view->prediction;
    return status;
}

void nomen_tagged_view_clear(nomen_tagged_view *view) {
    if (view->set.sentences != NULL) { nomen_writer_clear(&view->writer); }
    nomen_buffer_clear(&view->text);
    nomen_mem_free(view->order);
    nomen_mem_free(view->spans);
    nomen_mem_free(view->labels);
    nomen_mem_free(view->scores);
    nomen_mem_free(view->words);
    *view = (nomen_tagged_view){0};
}

/* Whether entity a comes before b: it starts before it, or as early and ends after it. */
static bool is_before(const nomen_tagged *tagged, size_t a, size_t b) {
    nomen_span x = nomen_tagged_clip(tagged, tagged->entities.items[a].span);
    nomen_span y = nomen_tagged_clip(tagged, tagged->entities.items[b].span);
    return x.start != y.start ? x.start < y.start : x.end > y.end;
}

/* A tagger's entities are in order already, so each is put in from the end. */
nomen_status nomen_tagged_view_sort(nomen_tagged_view *view, const nomen_tagged *tagged, nomen_error *err) {
    size_t n = 0;
    nomen_status status = NOMEN_RESERVE(view->order, view->order_capacity, tagged->entities.n, err);
    for (size_t i = 0; status == NOMEN_OK && i < tagged->entities.n; i++) {
        nomen_span span = nomen_tagged_clip(tagged, tagged->entities.items[i].span);
        if (span.start == span.end) { continue; }
        size_t at = n++;
        for (; at > 0 && is_before(tagged, i, view->order[at - 1]); at--) { view->order[at] = view->order[at - 1]; }
        view->order[at] = i;
    }
    view->sentence.n_spans = view->set.n_spans = view->set.n_span_labels = n;
    return status;
}

static nomen_status copy_entities(nomen_tagged_view *view, const nomen_tagged *tagged, nomen_error *err) {
    size_t n;
    nomen_status status;
    NOMEN_TRY(nomen_tagged_view_sort(view, tagged, err));
    n = view->set.n_spans;
    NOMEN_TRY(NOMEN_RESERVE(view->spans, view->span_capacity, n, err));
    NOMEN_TRY(NOMEN_RESERVE(view->labels, view->label_capacity, n, err));
    NOMEN_TRY(NOMEN_RESERVE(view->scores, view->score_capacity, n, err));
    NOMEN_TRY(NOMEN_RESERVE(view->words, view->word_capacity, tagged->n_words, err));
    for (size_t i = 0; i < n; i++) {
        const nomen_entity *entity = &tagged->entities.items[view->order[i]];
        nomen_span span = nomen_tagged_clip(tagged, entity->span);
        view->spans[i] = (nomen_gold_span){span.start, span.end, (int32_t)i};
        view->labels[i] = (char *)(uintptr_t)entity->name;
        view->scores[i] = entity->score;
    }
    for (size_t w = 0; w < tagged->n_words; w++) { view->words[w] = nomen_tagged_clip(tagged, tagged->words[w]); }
done:
    return status;
}

/* A place in the text to the same place in the repaired one. */
static size_t moved(const nomen_offset_map *from, const nomen_offset_map *to, size_t byte) {
    return nomen_offset_map_to_byte(to, nomen_offset_map_from_byte(from, byte));
}

/* Puts U+FFFD in place of what is no UTF-8, in a copy, and moves spans and words along. */
static nomen_status repair(nomen_tagged_view *view, const nomen_tagged *tagged, nomen_error *err) {
    nomen_offset_map from = {0}, to = {0};
    nomen_status status;
    nomen_buffer_reset(&view->text);
    NOMEN_TRY(nomen_append_clean(&view->text, tagged->text, tagged->n_bytes, NOMEN_CLEAN_BYTES, err));
    NOMEN_TRY(nomen_offset_map_fill(tagged->text, tagged->n_bytes, NOMEN_OFFSET_CODEPOINT, &from, err));
    NOMEN_TRY(nomen_offset_map_fill(view->text.data, view->text.size, NOMEN_OFFSET_CODEPOINT, &to, err));
    for (size_t i = 0; i < view->set.n_spans; i++) {
        view->spans[i].start = moved(&from, &to, view->spans[i].start);
        view->spans[i].end = moved(&from, &to, view->spans[i].end);
    }
    for (size_t w = 0; w < tagged->n_words; w++) {
        view->words[w] = (nomen_span){moved(&from, &to, view->words[w].start), moved(&from, &to, view->words[w].end)};
    }
    view->set.text = view->text.data;
    view->set.text_size = view->text.size;
done:
    nomen_offset_map_clear(&from);
    nomen_offset_map_clear(&to);
    return status;
}

nomen_status nomen_tagged_view_show(nomen_tagged_view *view, const nomen_tagged *tagged, size_t number, nomen_error *err) {
    nomen_status status;
    view->set.text = (char *)(uintptr_t)tagged->text;
    view->set.text_size = tagged->n_bytes;
    NOMEN_TRY(copy_entities(view, tagged, err));
    if (!nomen_utf8_is_valid(tagged->text, tagged->n_bytes)) { NOMEN_TRY(repair(view, tagged, err)); }
    view->set.spans = view->spans;
    view->set.span_labels = view->labels;
    view->set.words = view->words;
    view->set.n_words = tagged->n_words;
    view->sentence.text_size = view->set.text_size;
    view->sentence.n_words = tagged->n_words;
    view->sentence.line = number;
    view->prediction.scores = view->scores;
done:
    return status;
}
