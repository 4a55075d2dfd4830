/*
 * The long CSV of Kaggle's GMB: a header with the columns `Sentence #`, `Word` and `Tag` in any order
 * among others, then a row a token. A sentence is named on its first row; the cells below are empty,
 * or repeat the name.
 */
#include <string.h>

#include "base/buffer.h"
#include "data/csv.h"
#include "data/documents.h"
#include "data/format.h"

/* The titles of the columns. */
#define SENTENCE "Sentence #"
#define WORD "Word"
#define TAG "Tag"

typedef struct long_columns {
    size_t sentence, word, tag, document, n; /* document: SIZE_MAX for none */
} long_columns;

static nomen_status read_header(const nomen_builder *builder, nomen_csv *csv, long_columns *out, nomen_error *err) {
    const char *name = builder->name;
    static const char *const titles[3] = {SENTENCE, WORD, TAG};
    bool found = false;
    nomen_status status = nomen_csv_next(csv, &found, err);
    if (status == NOMEN_ERROR_DATA) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: %s", name, csv->fault_line, csv->fault);
    }
    if (status != NOMEN_OK) { return status; }
    size_t columns[3];
    for (size_t i = 0; i < 3; i++) {
        int column = found ? nomen_csv_column(csv, titles[i]) : -1;
        if (column < 0) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s:%zu: the CSV header has no column '%s'; the columns 'Sentence #', 'Word' and "
                                   "'Tag' are needed",
                                   name, found ? csv->row_line : 1, titles[i]);
        }
        columns[i] = (size_t)column;
    }
    *out = (long_columns){.sentence = columns[0], .word = columns[1], .tag = columns[2], .n = csv->n_fields};
    return nomen_document_column(builder, csv, &out->document, err);
}

/* One token. `current` is the open sentence's name. */
static nomen_status read_row(nomen_builder *builder, const nomen_csv *csv, const long_columns *columns,
                             nomen_buffer *current, nomen_error *err) {
    if (csv->n_fields != columns->n) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, csv->row_line, err,
                                   "%zu field%s where the header has %zu; %s", csv->n_fields,
                                   csv->n_fields == 1 ? "" : "s", columns->n,
                                   csv->n_fields < columns->n ? "give every column"
                                                            : "a word with a comma in it must stand in quotes");
    }
    nomen_status status = NOMEN_OK;
    size_t n_name, n_word, n_tag;
    const char *name = nomen_csv_field(csv, columns->sentence, &n_name);
    bool same = n_name == current->size && current->data != NULL && memcmp(current->data, name, n_name) == 0;
    if (n_name > 0 && !(builder->open && same)) {
        NOMEN_TRY(nomen_builder_end(builder, err));
        if (nomen_builder_full(builder)) { return NOMEN_OK; }
        nomen_buffer_reset(current);
        NOMEN_TRY(nomen_buffer_append(current, name, n_name, err));
        if (columns->document != SIZE_MAX) {
            size_t n_document;
            const char *document = nomen_csv_field(csv, columns->document, &n_document);
            NOMEN_TRY(nomen_document_name(builder, document, n_document, err));
        }
        nomen_builder_begin(builder, csv->row_line);
    }
    if (!builder->open) {
        return nomen_builder_fault(builder, csv->row_line, err,
                                   "no sentence has begun, and the cell '" SENTENCE
                                   "' is empty; name the sentence on its first row");
    }
    const char *word = nomen_csv_field(csv, columns->word, &n_word);
    const char *tag = nomen_csv_field(csv, columns->tag, &n_tag);
    status = nomen_builder_add(builder, word, n_word, tag, n_tag, csv->row_line, err);
done:
    return status;
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_csv csv;
    nomen_csv_open(&csv, bytes, n_bytes);
    nomen_buffer current = {0};
    long_columns columns = {0};
    nomen_status status;
    NOMEN_TRY(read_header(builder, &csv, &columns, err));
    builder->set.notes.counts[NOMEN_NOTE_FIELDS] = columns.n - 3 - (columns.document != SIZE_MAX);
    bool found = true;
    while (found && !nomen_builder_full(builder)) {
        status = nomen_csv_next(&csv, &found, err);
        if (status == NOMEN_ERROR_DATA) {
            NOMEN_TRY(nomen_builder_fault_of(builder, NOMEN_FAULT_QUOTE, csv.fault_line, err, "%s", csv.fault));
        } else if (status == NOMEN_OK && found) {
            NOMEN_TRY(read_row(builder, &csv, &columns, &current, err));
        } else if (status != NOMEN_OK) {
            goto done;
        }
    }
    status = nomen_builder_end(builder, err);
done:
    nomen_buffer_clear(&current);
    nomen_csv_close(&csv);
    return status;
}

static const char *stand_in(unsigned char byte) {
    return byte == '\0' ? "\xef\xbf\xbd" : NULL;
}

static nomen_status write_word(nomen_writer *writer, size_t sentence, size_t word, nomen_buffer *cell,
                               nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (word == 0) { NOMEN_TRY(nomen_buffer_printf(&writer->out, err, "Sentence: %zu", sentence + 1)); }
    NOMEN_TRY(nomen_buffer_append_byte(&writer->out, ',', err));
    size_t start = writer->out.size;
    NOMEN_TRY(nomen_writer_put_word(writer, sentence, word, stand_in, err));
    nomen_buffer_reset(cell);
    NOMEN_TRY(nomen_buffer_append(cell, writer->out.data + start, writer->out.size - start, err));
    writer->out.size = start;
    NOMEN_TRY(nomen_csv_put(&writer->out, cell->data, cell->size, err));
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, ",,", err)); /* no part of speech is known */
    const nomen_tag_name *tag = &writer->sentence_tags[word];
    NOMEN_TRY(nomen_csv_put(&writer->out, tag->text, tag->n_bytes, err));
    status = nomen_buffer_append_byte(&writer->out, '\n', err);
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    nomen_buffer cell = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(
        &writer->out, SENTENCE "," WORD ",POS," TAG "\n", err));
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        NOMEN_TRY(nomen_writer_tags(writer, s, err));
        if (!nomen_writer_is_joined(writer, s)) { nomen_writer_note_spacing(writer, s); }
        for (size_t w = 0; w < writer->set->sentences[s].n_words; w++) { NOMEN_TRY(write_word(writer, s, w, &cell, err)); }
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
done:
    nomen_buffer_clear(&cell);
    return status;
}

static bool looks_like(const nomen_probe *probe) {
    return nomen_csv_has(probe->header, (const char *const[]){SENTENCE, WORD, TAG, NULL});
}

const nomen_format nomen_format_long_csv = {
    .format = NOMEN_DATA_LONG_CSV, .key = "long-csv", .name = "long CSV", .suffix = "",
    .holds = NOMEN_HAS_VALUES, .tag_place = "column 'Tag'", .advice = "add rows below the header",
    .looks_like = looks_like, .read = read_all, .write = write_all};
