/*
 * A tagged text for people. Nothing of the text or of a label's name can reach the terminal as a
 * control sequence.
 */
#include <string.h>

#include "base/utf8.h"
#include "decode/tagged.h"
#include "tag/clean.h"
#include "tag/entity_types.h"
#include "tag/writer.h"
#include "text/offsets.h"

/* Foreground colours that can be read on dark and on light ground: blue, green, magenta, cyan, red, yellow. */
static const int COLORS[] = {34, 32, 35, 36, 31, 33};

static const char RESET[] = "\x1b[0m";

/* The colour of a type: its place among the model's types. */
static int color_of(const nomen_tagged *tagged, const char *type) {
    return COLORS[nomen_type_place(tagged->labels, tagged->n_labels, type) % (sizeof COLORS / sizeof COLORS[0])];
}

/* The text with its entities marked, and a newline. Where entities overlap, the first is marked. */
static nomen_status append_marked(const nomen_tagged *tagged, bool color, nomen_buffer *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    size_t at = 0;
    for (size_t i = 0; i < tagged->entities.n; i++) {
        const nomen_entity *entity = &tagged->entities.items[i];
        nomen_span span = nomen_tagged_clip(tagged, entity->span);
        if (span.start < at || span.start == span.end) { continue; }
        int code = color ? color_of(tagged, nomen_entity_type(tagged, entity)) : 0;
        NOMEN_TRY(nomen_append_clean(out, tagged->text + at, span.start - at, NOMEN_CLEAN_LINES, err));
        NOMEN_TRY(color ? nomen_buffer_printf(out, err, "\x1b[1;%dm", code) : nomen_buffer_append_byte(out, '[', err));
        NOMEN_TRY(nomen_append_clean(out, tagged->text + span.start, span.end - span.start, NOMEN_CLEAN_LINES, err));
        NOMEN_TRY(color ? nomen_buffer_printf(out, err, "%s\x1b[%dm ", RESET, code) : nomen_buffer_append_byte(out, '|', err));
        NOMEN_TRY(nomen_append_clean(out, entity->name, strlen(entity->name), NOMEN_CLEAN_LINE, err));
        NOMEN_TRY(nomen_buffer_append_text(out, color ? RESET : "]", err));
        at = span.end;
    }
    NOMEN_TRY(nomen_append_clean(out, tagged->text + at, tagged->n_bytes - at, NOMEN_CLEAN_LINES, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
done:
    return status;
}

/* One line of text, filled up with spaces to `columns` code points. */
static nomen_status append_padded(nomen_buffer *out, const char *text, size_t n_bytes, size_t columns, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_append_clean(out, text, n_bytes, NOMEN_CLEAN_LINE, err));
    for (size_t n = nomen_utf8_count(text, n_bytes); n < columns; n++) { NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err)); }
done:
    return status;
}

static size_t columns_of(const char *text) {
    return nomen_utf8_count(text, strlen(text));
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* A line for each entity. */
static nomen_status append_list(const nomen_tagged *tagged, const nomen_tag_write_options *options, nomen_buffer *out,
                                nomen_error *err) {
    nomen_offset_map map = {0};
    nomen_status status;
    size_t columns = 0;
    NOMEN_TRY(nomen_offset_map_fill(tagged->text, tagged->n_bytes, options->offsets, &map, err));
    for (size_t i = 0; i < tagged->entities.n; i++) { columns = larger(columns, columns_of(tagged->entities.items[i].name)); }
    for (size_t i = 0; i < tagged->entities.n; i++) {
        const nomen_entity *entity = &tagged->entities.items[i];
        nomen_span slice = nomen_tagged_clip(tagged, entity->span);
        size_t start = nomen_offset_map_from_byte(&map, slice.start);
        size_t end = nomen_offset_map_from_byte(&map, slice.end);
        NOMEN_TRY(nomen_buffer_append_text(out, "  ", err));
        if (options->color) {
            NOMEN_TRY(nomen_buffer_printf(out, err, "\x1b[%dm", color_of(tagged, nomen_entity_type(tagged, entity))));
        }
        NOMEN_TRY(append_padded(out, entity->name, strlen(entity->name), columns, err));
        if (options->color) { NOMEN_TRY(nomen_buffer_append_text(out, RESET, err)); }
        NOMEN_TRY(nomen_buffer_printf(out, err, "  %.4f %5zu %5zu  ", (double)entity->score, start, end));
        NOMEN_TRY(append_padded(out, tagged->text + slice.start, slice.end - slice.start, 0, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
    }
done:
    nomen_offset_map_clear(&map);
    return status;
}

/* The words, their labels and the probability of each label. */
static nomen_status append_words(const nomen_tagged *tagged, nomen_buffer *out, nomen_error *err) {
    enum { FIGURE = 6 }; /* columns of "0.1234" */
    nomen_status status = NOMEN_OK;
    size_t word_columns = 4, label_columns = 5; /* of the headings "word" and "label" */
    for (size_t i = 0; i < tagged->n_words; i++) {
        nomen_span word = nomen_tagged_clip(tagged, tagged->words[i]);
        word_columns = larger(word_columns, nomen_utf8_count(tagged->text + word.start, word.end - word.start));
        label_columns = larger(label_columns, columns_of(tagged->labels[tagged->word_labels[i]]));
    }
    for (size_t i = 0; i <= tagged->n_words; i++) { /* line 0 is the heading */
        nomen_span word = {0};
        if (i > 0) { word = nomen_tagged_clip(tagged, tagged->words[i - 1]); }
        const char *label = i > 0 ? tagged->labels[tagged->word_labels[i - 1]] : "label";
        NOMEN_TRY(nomen_buffer_append_text(out, "  ", err));
        NOMEN_TRY(i > 0 ? append_padded(out, tagged->text + word.start, word.end - word.start, word_columns, err)
                        : append_padded(out, "word", 4, word_columns, err));
        NOMEN_TRY(nomen_buffer_append_text(out, "  ", err));
        NOMEN_TRY(append_padded(out, label, strlen(label), label_columns, err));
        for (size_t k = 0; k < tagged->n_labels; k++) {
            const char *name = tagged->labels[k];
            size_t columns = larger(FIGURE, columns_of(name));
            NOMEN_TRY(nomen_buffer_append_text(out, "  ", err));
            if (i == 0) {
                NOMEN_TRY(append_padded(out, name, strlen(name), columns, err));
            } else {
                float score = tagged->probabilities[(i - 1) * tagged->n_labels + k];
                NOMEN_TRY(nomen_buffer_printf(out, err, "%-*.4f", (int)columns, (double)score));
            }
        }
        NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
    }
done:
    return status;
}

/*
 * The text with each entity in brackets, "[Bill Gates|per]", or in its type's colour; a line "type score start end word" for
 * each entity; with all_scores a table of the words; an empty line.
 */
static nomen_status write_text(const nomen_tagged *tagged, const nomen_tag_write_options *options, nomen_buffer *out,
                               nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(append_marked(tagged, options->color, out, err));
    NOMEN_TRY(append_list(tagged, options, out, err));
    if (options->all_scores && tagged->n_words > 0) { NOMEN_TRY(append_words(tagged, out, err)); }
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
done:
    return status;
}

const nomen_tag_form nomen_tag_form_text = {"text", .write = write_text};
