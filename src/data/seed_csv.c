/*
 * The seed's CSV: a header with the columns `text` and `labels` in any order among others, then a row
 * a sentence. Words and labels are cut at U+0020 and nowhere else: GMB has words that are, or hold,
 * other kinds of white space.
 */
#include <string.h>

#include "base/mem.h"
#include "data/csv.h"
#include "data/documents.h"
#include "data/format.h"

/* The titles of the columns. */
#define TEXT "text"
#define LABELS "labels"

/* Where what is read stands; document is SIZE_MAX for none. */
typedef struct seed_columns {
    size_t text, labels, document, n;
} seed_columns;

static nomen_status read_row(nomen_builder *builder, const nomen_csv *csv, const seed_columns *columns, nomen_error *err) {
    if (csv->n_fields != columns->n) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, csv->row_line, err,
                                   "%zu field%s where the header has %zu; %s", csv->n_fields,
                                   csv->n_fields == 1 ? "" : "s", columns->n,
                                   csv->n_fields < columns->n ? "give every column"
                                                            : "a text with a comma in it must stand in quotes");
    }
    size_t n_text, n_labels;
    const char *text_bytes = nomen_csv_field(csv, columns->text, &n_text);
    const char *labels_bytes = nomen_csv_field(csv, columns->labels, &n_labels);
    if (columns->document != SIZE_MAX) {
        size_t n;
        const char *document = nomen_csv_field(csv, columns->document, &n);
        nomen_status status = nomen_document_name(builder, document, n, err);
        if (status != NOMEN_OK) { return status; }
    }
    return nomen_builder_add_row(builder, text_bytes, n_text, labels_bytes, n_labels, csv->row_line, err);
}

/* Reads the header and finds the two columns. */
static nomen_status read_header(const nomen_builder *builder, nomen_csv *csv, seed_columns *out, nomen_error *err) {
    const char *name = builder->name;
    bool found = false;
    nomen_status status = nomen_csv_next(csv, &found, err);
    if (status == NOMEN_ERROR_DATA) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: %s", name, csv->fault_line, csv->fault);
    }
    if (status != NOMEN_OK) { return status; }
    int text_column = found ? nomen_csv_column(csv, TEXT) : -1;
    int labels_column = found ? nomen_csv_column(csv, LABELS) : -1;
    if (text_column < 0 || labels_column < 0) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s:%zu: the CSV header has no column '%s'; the columns 'text' and 'labels' are needed",
                               name, found ? csv->row_line : 1,
                               text_column < 0 ? TEXT : LABELS);
    }
    *out = (seed_columns){.text = (size_t)text_column, .labels = (size_t)labels_column, .n = csv->n_fields};
    return nomen_document_column(builder, csv, &out->document, err);
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_csv csv;
    nomen_csv_open(&csv, bytes, n_bytes);
    seed_columns columns = {0};
    nomen_status status;
    NOMEN_TRY(read_header(builder, &csv, &columns, err));
    builder->set.notes.counts[NOMEN_NOTE_FIELDS] = columns.n - 2 - (columns.document != SIZE_MAX);
    bool found = true;
    while (found && !nomen_builder_full(builder)) {
        status = nomen_csv_next(&csv, &found, err);
        if (status == NOMEN_ERROR_DATA) {
            NOMEN_TRY(nomen_builder_fault_of(builder, NOMEN_FAULT_QUOTE, csv.fault_line, err, "%s", csv.fault));
        } else if (status == NOMEN_OK && found) {
            NOMEN_TRY(read_row(builder, &csv, &columns, err));
        } else if (status != NOMEN_OK) {
            goto done;
        }
    }
done:
    nomen_csv_close(&csv);
    return status;
}

/* A NUL can't stand in a text file, and a space inside a word would part it; the no-break space looks the same. */
static const char *stand_in(unsigned char byte) {
    return byte == ' ' ? "\xc2\xa0" : byte == '\0' ? "\xef\xbf\xbd" : NULL;
}

/* Whether the text, cut at U+0020, gives the words. */
static bool is_cut_at_spaces(const nomen_writer *writer, size_t sentence) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const nomen_span *words = writer->set->words + s->first_word;
    const char *text = nomen_sentence_text(writer->set, sentence);
    size_t at = 0;
    for (size_t w = 0; w <= s->n_words; w++) {
        size_t start = w < s->n_words ? words[w].start : s->text_size;
        if (w > 0 && w < s->n_words && start == at) { return false; } /* two words without a space between */
        for (; at < start; at++) {
            if (text[at] != ' ') { return false; }
        }
        if (w == s->n_words) { break; }
        for (; at < words[w].end; at++) {
            if (text[at] == ' ') { return false; }
        }
    }
    return memchr(text, '\0', s->text_size) == NULL;
}

static nomen_status write_text(nomen_writer *writer, size_t sentence, nomen_buffer *row, nomen_error *err) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    if (is_cut_at_spaces(writer, sentence)) {
        return nomen_csv_put(&writer->out, nomen_sentence_text(writer->set, sentence), s->text_size, err);
    }
    nomen_status status = NOMEN_OK;
    if (!nomen_writer_is_joined(writer, sentence)) { nomen_writer_note_spacing(writer, sentence); }
    size_t start = writer->out.size;
    for (size_t w = 0; w < s->n_words; w++) {
        if (w > 0) { NOMEN_TRY(nomen_buffer_append_byte(&writer->out, ' ', err)); }
        NOMEN_TRY(nomen_writer_put_word(writer, sentence, w, stand_in, err));
    }
    /* Joined, it is a field to be quoted. */
    nomen_buffer_reset(row);
    NOMEN_TRY(nomen_buffer_append(row, writer->out.data + start, writer->out.size - start, err));
    writer->out.size = start;
    status = nomen_csv_put(&writer->out, row->data, row->size, err);
done:
    return status;
}

static nomen_status write_labels(nomen_writer *writer, size_t sentence, nomen_buffer *row, nomen_error *err) {
    nomen_status status;
    bool bare = writer->tags.in_csv_bare; /* as nearly always: then nothing need be looked at */
    nomen_buffer *out = bare ? &writer->out : row;
    NOMEN_TRY(nomen_writer_tags(writer, sentence, err));
    nomen_buffer_reset(row);
    for (size_t w = 0; w < writer->set->sentences[sentence].n_words; w++) {
        const nomen_tag_name *tag = &writer->sentence_tags[w];
        if (w > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err)); }
        NOMEN_TRY(nomen_buffer_append(out, tag->text, tag->n_bytes, err));
    }
    status = bare ? NOMEN_OK : nomen_csv_put(&writer->out, row->data, row->size, err);
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    nomen_buffer row = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, TEXT "," LABELS "\n", err));
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        NOMEN_TRY(write_text(writer, s, &row, err));
        NOMEN_TRY(nomen_buffer_append_byte(&writer->out, ',', err));
        NOMEN_TRY(write_labels(writer, s, &row, err));
        NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '\n', err));
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
done:
    nomen_buffer_clear(&row);
    return status;
}

static bool looks_like(const nomen_probe *probe) {
    return nomen_csv_has(probe->header, (const char *const[]){TEXT, LABELS, NULL});
}

const nomen_format nomen_format_seed_csv = {
    .format = NOMEN_DATA_SEED_CSV, .key = "csv", .name = "seed CSV", .suffix = ".csv",
    .holds = NOMEN_HOLDS_SPACING | NOMEN_HAS_VALUES, .tag_place = "column 'labels'", .advice = "add rows below the header",
    .looks_like = looks_like, .read = read_all, .write = write_all};
